"""Which layer has which columns, in which order, and for whose eyes.

The manifest, the files, the exports and the documentation read this, and `geo.layers.columns` for
what a column is. A column that is internal does not exist in the public face: from it, hidden
numbers would follow (`geo.layers.disclosure`).
"""

from __future__ import annotations

from geo.layers.columns import COLUMNS, Column

__all__ = [
    "AREAS",
    "AREA_PERIODS",
    "AREA_SERIES",
    "BACKTESTS",
    "CLUSTERS",
    "COLUMNS",
    "FACES",
    "FORECASTS",
    "HOTSPOT_AREAS",
    "HOTSPOT_CELLS",
    "NEAR_REPEATS",
    "PLAN_CANDIDATES",
    "Column",
    "columns_of",
]

FACES = ("public", "internal")

_WHEN = ("period", "period_start", "period_end")
_RATES = ("rate_per_km2", "rate_per_1000", "rate_per_street_km")

AREAS = ("area_id", "name", "parent_id", "level", "status", "population", "area_km2",
         "neighbours")  # fmt: skip

AREA_PERIODS = (
    "level", "area_id", "area_name", "parent_id", "status", *_WHEN, "period_complete",
    "category_group",
    "n_reports", "n_episodes", "n_report_days", "n_confirmed", "n_pending", "n_unconfirmed",
    "n_joke", "n_expected_confirmed", "conf_rate_eb", "conf_rate_lo90", "conf_rate_hi90",
    "area_km2", "pop_resident", "street_km",
    *(f"{rate}{end}" for rate in _RATES for end in ("", "_lo95", "_hi95")),
    "exposure_used", "expected_n", "smr", "smr_lo95", "smr_hi95", "smr_eb", "smr_eb_lo90",
    "smr_eb_hi90", "p_rr_gt_1_5", "funnel_class", "tau2", "n_boundary_25m",
    "n_same_period_prev_year", "rate_ratio_yoy", "rate_ratio_lo95", "rate_ratio_hi95", "p_value",
    "q_value", "reporting_rate_rr", "reporting_rate_lo90", "reporting_rate_hi90", "low_reporting",
    "suppressed", "low_information", "note",
)  # fmt: skip

AREA_SERIES = (
    "level", "area_id", "area_name", "parent_id", "status", "category_group",
    "month_first", "n_months", "first_month_days", "last_month_days",
    "reports_by_month", "episodes_by_month", "confirmed_by_month", "expected_by_month",
    "profile=week_profile", "peak_weekday", "peak_hours", "peak_shift", "peak_share",
    "n_new", "n_new_overdue", "n_verification", "n_verification_overdue", "suppressed", "note",
)  # fmt: skip

HOTSPOT_CELLS = (
    "cell_id", "cell_m", "category_group", *_WHEN, "n_reports", "n_episodes",
    "n_confirmed=confirmed_cell", "expected_n=expected_cell", "window_n", "window_expected",
    "window_rr", "p_cell", "p_window", "scale", "rr_shrunk=rr_cell", "rr_lo90=rr_cell_lo90",
    "rr_hi90=rr_cell_hi90", "alpha_dispersion", "p_value=p_combined", "q_value=q_cell",
    "q_value_watch", "hot_class", "gi_z", "kde_per_km2", "stability=stability_cell",
    "persistence_months=months_cell", "emerging_pattern=pattern_cell",
    "emerging_plain=plain_cell", "mk_z", "mk_p", "forecast_n=cell_forecast",
    "forecast_lo80=cell_lo80", "forecast_hi80=cell_hi80", "beat_id",
    "beat_share", "suppressed",
)  # fmt: skip

HOTSPOT_AREAS = (
    "hotspot_id", "name", "category_group", *_WHEN, "n_cells", "area_km2", "n_reports",
    "n_episodes", "n_confirmed", "share_of_city_episodes", "rr_shrunk", "rr_lo90", "rr_hi90",
    "q_value_min", "hot_class", "stability", "emerging_pattern", "emerging_plain",
    "persistence_months", "first_seen", "last_seen", "peak_weekday", "peak_hours", "peak_shift",
    "peak_share", "aoristic_n", "profile", "n_same_period_prev_year=spot_before",
    "rate_ratio_yoy=spot_yoy", "rate_ratio_lo95=spot_lo95", "rate_ratio_hi95=spot_hi95",
    "n_near_duplicates", "n_burst", "beats", "beat_ids", "beat_shares", "top_category",
    "partner_hint", "suppressed", "note",
)  # fmt: skip


PLAN_CANDIDATES = (
    "candidate_id", "beat_id=plan_beat", "beat_name", "rewir_id", "hotspot_id=plan_hotspot",
    "name=place_name", "category_group", *_WHEN, "actionable", "forecast_n", "forecast_lo80",
    "forecast_hi80", "harm_weight", "p_eliminated", "score", "score_lo80", "score_hi80",
    "contrib_volume", "contrib_confirmation", "contrib_harm", "contrib_solvability",
    "rank_median", "rank_lo90", "rank_hi90", "tie_group", "p_best_in_beat", "p_top_k",
    "rank_raw_reports", "rank_confirmed_only", "sensitivity_flag",
    "low_information=beat_low_information", "selected", "selection_reason", "hours",
    "reason_text", "reason_text_pl", "suppressed", "note",
)  # fmt: skip

FORECASTS = (
    "area_id", "area_name", "parent_id", "status", *_WHEN, "category_group",
    "forecast_n=forecast_episodes", "forecast_lo80", "forecast_hi80", "last_n", "used_months",
    "low_information=few_in_a_year", "suppressed", "note",
)  # fmt: skip

BACKTESTS = (
    "cut_date", "horizon_days", *_WHEN, "category_group", "level=test_level", "model", "area_frac",
    "n_before", "n_observed", "hit_rate", "pai", "pei", "pei_star", "rri", "poisson_deviance",
    "log_score", "coverage80", "width80", "note",
)  # fmt: skip

CLUSTERS = (
    "scan", "category_group", *_WHEN, "months", "n_areas", "beat_ids=cluster_beats", "n_episodes",
    "expected_n", "rr", "llr", "p_value=p_search", "recurrence_days", "signal", "simulations",
    "seed", "note",
)  # fmt: skip

NEAR_REPEATS = (
    *_WHEN, "category_group", "distance_from_m", "distance_to_m", "gap_from_days", "gap_to_days",
    "n_episodes=group_episodes", "n_pairs", "expected_pairs", "pair_ratio", "p_value",
    "simulations", "seed", "note",
)  # fmt: skip


def columns_of(names: tuple[str, ...], *, face: str) -> dict[str, Column]:
    """The columns of a layer, in order, as far as a face may see them.

    Parameters
    ----------
    names
        One of the tuples above.
    face
        ``public`` or ``internal``.

    Returns
    -------
    dict
        Published name to column.
    """
    pairs = [(name.partition("=")[0], COLUMNS[name.rpartition("=")[2]]) for name in names]
    return {name: c for name, c in pairs if face == "internal" or not c.internal}
