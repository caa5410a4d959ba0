"""Every published column, once: type, title, unit, whether it may be null, and for whose eyes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from geo.languages import Texts

__all__ = ["COLUMNS", "Column"]

_EPISODES, _REPORTS = "episodes", "reports"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is string, integer, number, boolean or date, `key` that of `COLUMNS`."""

    type: str
    title: str
    unit: str | None = None
    nullable: bool = False
    internal: bool = False
    key: str = ""

    def titles(self) -> dict[str, str]:
        """What the column is called, in all languages."""
        return _TITLES.everywhere(self.key)

    def describe(self) -> dict[str, object]:
        """The column as the manifest tells of it."""
        return {
            "type": self.type,
            "title": self.titles(),
            "unit": self.unit,
            "nullable": self.nullable,
        }


def _text(title: str, *, nullable: bool = False) -> Column:
    return Column("string", title, nullable=nullable)


def _count(title: str, unit: str = _REPORTS, *, nullable: bool = True) -> Column:
    return Column("integer", title, unit, nullable=nullable)


def _number(title: str, unit: str | None = None, *, nullable: bool = True) -> Column:
    return Column("number", title, unit, nullable=nullable)


def _flag(title: str) -> Column:
    return Column("boolean", title, nullable=True)


def _internal(
    title: str, unit: str | None = None, *, type_: str = "number", nullable: bool = False
) -> Column:
    return Column(type_, title, unit, nullable=nullable, internal=True)


_COLUMNS = {
    # where, when, what
    "level": _text("level"),
    "area_id": _text("area"),
    "name": _text("name"),
    "neighbours": _text(
        "areas of this level beside it, the longest common border first",
        nullable=True,
    ),
    "area_name": _text("area name"),
    "parent_id": _text("area it belongs to", nullable=True),
    "status": _text("status of the boundary", nullable=True),
    "period": _text("period"),
    "period_start": Column("date", "first day"),
    "period_end": Column("date", "last day"),
    "period_complete": Column("boolean", "the data cover the whole period"),
    "category_group": _text("category group"),
    # counts
    "n_reports": _count("reports"),
    "n_episodes": _count("episodes", _EPISODES),
    "n_report_days": _count("days with a report", "days"),
    "n_confirmed": _count("confirmed reports"),
    "n_pending": _count("reports not yet decided"),
    "n_unconfirmed": _count("unconfirmed reports"),
    "n_joke": _count("jokes and mistakes, counted nowhere else"),
    "n_expected_confirmed": _number("episodes confirmed and expected to be", _EPISODES),
    "conf_rate_eb": _number("share confirmed (empirical Bayes)", "1"),
    "conf_rate_lo90": _number("lower limit, 90 %", "1"),
    "conf_rate_hi90": _number("upper limit, 90 %", "1"),
    "n_boundary_25m": _count("reports within 25 m of the area's border"),
    # what they are divided by
    "population": _number("residents", "persons"),
    "pop_resident": _number("residents", "persons"),
    "area_km2": _number("area", "km²"),
    "street_km": _number("length of streets", "km"),
    # rates
    "rate_per_km2": _number("episodes per km²", "1/km²"),
    "rate_per_km2_lo95": _number("lower limit, 95 %", "1/km²"),
    "rate_per_km2_hi95": _number("upper limit, 95 %", "1/km²"),
    "rate_per_1000": _number("episodes per 1 000 residents", "1/1000"),
    "rate_per_1000_lo95": _number("lower limit, 95 %", "1/1000"),
    "rate_per_1000_hi95": _number("upper limit, 95 %", "1/1000"),
    "rate_per_street_km": _number("episodes per km of street", "1/km"),
    "rate_per_street_km_lo95": _number("lower limit, 95 %", "1/km"),
    "rate_per_street_km_hi95": _number("upper limit, 95 %", "1/km"),
    # against the expectation
    "exposure_used": _text("what the expected number is shared out by", nullable=True),
    "expected_n": _number("expected episodes", _EPISODES),
    "smr": _number("observed to expected"),
    "smr_lo95": _number("lower limit, 95 %"),
    "smr_hi95": _number("upper limit, 95 %"),
    "smr_eb": _number("ratio to be expected again (empirical Bayes)"),
    "smr_eb_lo90": _number("lower limit, 90 %"),
    "smr_eb_hi90": _number("upper limit, 90 %"),
    "p_rr_gt_1_5": _number("probability that the true ratio exceeds 1.5"),
    "funnel_class": Column(
        "integer",
        "outside the funnel: 2, -2 of 99.8 %; 1, -1 of 95 %; 0 inside",
        nullable=True,
    ),
    "tau2": _number(
        "how much areas always differ (variance of roots)",
    ),
    # against the same period a year before
    "n_same_period_prev_year": _count("episodes in this period a year before", _EPISODES),
    "rate_ratio_yoy": _number("ratio to a year before"),
    "rate_ratio_lo95": _number("lower limit, 95 %"),
    "rate_ratio_hi95": _number("upper limit, 95 %"),
    "p_value": _number("p-value"),
    "q_value": _number("q-value (false discovery rate)"),
    # how readily people report
    "reporting_rate_rr": _number(
        "how readily people report, against the city (from duplicates)",
    ),
    "reporting_rate_lo90": _number("lower limit, 90 %"),
    "reporting_rate_hi90": _number("upper limit, 90 %"),
    "low_reporting": Column(
        "boolean",
        "people probably report less readily than in the city",
        nullable=True,
    ),
    # how far to trust the row
    "suppressed": Column("boolean", "a small number is hidden"),
    "low_information": Column("boolean", "fewer than 10 episodes: see the interval"),
    "note": _text("why a number is missing", nullable=True),
    # month by month
    "month_first": _text("first month"),
    "n_months": Column("integer", "months of the series", "months"),
    "first_month_days": Column(
        "integer",
        "days of the first month that the data cover",
        "days",
    ),
    "last_month_days": Column(
        "integer",
        "days of the last month that the data cover",
        "days",
    ),
    "reports_by_month": _text("reports, month by month", nullable=True),
    "episodes_by_month": _text("episodes, month by month", nullable=True),
    "confirmed_by_month": _text("confirmed reports, month by month", nullable=True),
    "expected_by_month": _text(
        "episodes confirmed and expected to be, month by month",
        nullable=True,
    ),
    "week_profile": _text(
        "share of each hour of the week, last twelve months: 168 numbers, Monday 0-1 first",
        nullable=True,
    ),
    "n_new": _count("reports not yet opened"),
    "n_new_overdue": _count("for more than two days"),
    "n_verification": _count("reports being verified"),
    "n_verification_overdue": _count("made more than five days ago"),
    # cells
    "cell_id": _text("cell"),
    "cell_m": Column("integer", "side of the cell", "m"),
    "expected_cell": _internal("expected episodes", _EPISODES),
    "confirmed_cell": _internal("confirmed reports", _REPORTS, type_="integer"),
    "window_n": _internal("episodes in 3 x 3 cells", _EPISODES),
    "window_expected": _internal("expected in 3 x 3 cells", _EPISODES),
    "window_rr": _internal("observed to expected in 3 x 3 cells"),
    "p_cell": _internal("p-value of the cell alone"),
    "p_window": _internal("p-value of its 3 x 3 cells"),
    "scale": _internal("which of the two is smaller", type_="string"),
    "rr_cell": _internal("ratio, drawn towards one"),
    "rr_cell_lo90": _internal("lower limit, 90 %"),
    "rr_cell_hi90": _internal("upper limit, 90 %"),
    "alpha_dispersion": _internal("relative variance of the map"),
    "p_combined": _internal("p-value of both scales"),
    "q_cell": _internal("q-value"),
    "q_value_watch": _internal("q-value at any effect, for class 90"),
    "hot_class": Column("integer", "class: 99, 95 hot; 90 watch; 0"),
    "gi_z": _internal("Gi* z-score, for comparison"),
    "kde_per_km2": _internal("smooth density", "1/km²"),
    "stability_cell": _internal(
        "share of 24 lattices on which it is hot; last period, on maps with a hot cell",
        "1",
        nullable=True,
    ),
    "months_cell": _internal("hot months of twelve", "months", type_="integer"),
    "pattern_cell": _internal("pattern of its months", type_="string"),
    "plain_cell": _internal("pattern in plain words", type_="string"),
    "mk_z": _internal("Mann-Kendall z of its months"),
    "mk_p": _internal("Mann-Kendall p-value"),
    "beat_id": _text("beat with the largest share", nullable=True),
    "beat_share": _number("that beat's share of the area", "1"),
    # hot spots
    "hotspot_id": _text("hot spot, over periods and releases"),
    "n_cells": Column("integer", "cells", "cells"),
    "share_of_city_episodes": _number("share of all episodes", "1"),
    "rr_shrunk": _number("ratio, drawn towards one"),
    "rr_lo90": _number("lower limit, 90 %"),
    "rr_hi90": _number("upper limit, 90 %"),
    "q_value_min": _internal("smallest q-value of its cells"),
    "beats": _text("beats with their shares", nullable=True),
    "beat_ids": _text("beats, largest share first", nullable=True),
    "beat_shares": _text("shares of these beats", nullable=True),
    "top_category": _text("most frequent category", nullable=True),
    "partner_hint": _text("partners for it", nullable=True),
    "stability": _number("share of 24 lattices on which it is hot", "1"),
    "emerging_pattern": _text("pattern of its months"),
    "emerging_plain": _text("pattern in plain words"),
    "persistence_months": Column("integer", "hot months of twelve", "months"),
    "first_seen": Column(
        "date",
        "first report since it has this id (public: its month)",
    ),
    "last_seen": Column(
        "date",
        "last report up to this period (public: its month)",
    ),
    "peak_weekday": _text("weekday that holds most", nullable=True),
    "peak_hours": _text("three hours that hold most", nullable=True),
    "peak_shift": _text(
        "police shift that holds most: I 6-14, II 14-22, III 22-6",
        nullable=True,
    ),
    "peak_share": _number("share of these hours", "1"),
    "aoristic_n": _count("reports that tell a span of time"),
    "spot_before": _internal(
        "episodes in these cells in the twelve months before",
        _EPISODES,
        type_="integer",
        nullable=True,
    ),
    "spot_yoy": _internal(
        "these twelve months to those before, in its cells; a spot is chosen for what it holds now",
        nullable=True,
    ),
    "spot_lo95": _internal("lower limit, 95 %", nullable=True),
    "spot_hi95": _internal("upper limit, 95 %", nullable=True),
    "profile": _internal(
        "share of each hour of the week: 168 numbers, Monday 0-1 first",
        "1",
        type_="string",
        nullable=True,
    ),
    "n_near_duplicates": _internal(
        "reports that repeat another of their category, at most 24 h before and 25 m away",
        _REPORTS,
        type_="integer",
    ),
    "n_burst": _internal(
        "reports of a category's only heap in the city that day: over 5, each 50 m from another",
        _REPORTS,
        type_="integer",
    ),
    # plan candidates
    "candidate_id": _text("candidate"),
    "plan_beat": _text("beat"),
    "beat_name": _text("name of the beat"),
    "rewir_id": _text("rewir, the area the beat belongs to"),
    "plan_hotspot": _text("hot spot; none: the whole beat", nullable=True),
    "place_name": _text("street of the hot spot, or the beat"),
    "actionable": _flag("a beat officer can act on it"),
    "forecast_n": _number("expected confirmed episodes", _EPISODES),
    "forecast_lo80": _count("lower limit, 80 %", _EPISODES),
    "forecast_hi80": _count("upper limit, 80 %", _EPISODES),
    "harm_weight": _number("harm of an episode, an assumption", "day-equivalents"),
    "p_eliminated": _number("share of confirmed that end", "1"),
    "score": _number("harm that a plan may save", "day-equivalents"),
    "score_lo80": _number("lower limit, 80 %", "day-equivalents"),
    "score_hi80": _number("upper limit, 80 %", "day-equivalents"),
    "contrib_volume": _number("episodes, ln over median"),
    "contrib_confirmation": _number("confirmation, ln over median"),
    "contrib_harm": _number("harm, ln over median"),
    "contrib_solvability": _number("elimination, ln over median"),
    "rank_median": _number("rank in the city, median"),
    "rank_lo90": _number("best rank, 90 %"),
    "rank_hi90": _number("worst rank, 90 %"),
    "tie_group": _count("candidates of one number are equal", "groups"),
    "p_best_in_beat": _number("chance to be the beat's first", "1"),
    "p_top_k": _number("chance to be among the first k", "1"),
    "rank_raw_reports": _count("rank by all reports", "ranks"),
    "rank_confirmed_only": _count("rank by confirmed ones", "ranks"),
    "sensitivity_flag": _flag("one of these lies outside the rank's interval"),
    "beat_low_information": _flag(
        "the beat has fewer than 10 episodes in twelve months",
    ),
    "selected": Column("boolean", "chosen for a plan"),
    "selection_reason": _text("why, or why not", nullable=True),
    "hours": _number("hours of a plan, an assumption", "h"),
    "reason_text": _text("in words", nullable=True),
    "reason_text_pl": _text("in words, Polish", nullable=True),
    # what is likely to come
    "forecast_episodes": _number("forecast episodes", _EPISODES),
    "last_n": _count("episodes in as many months before", _EPISODES),
    "used_months": Column("integer", "months of the past used", "months"),
    "few_in_a_year": _flag(
        "fewer than 10 episodes in twelve months: see the interval",
    ),
    "cell_forecast": _internal(
        "forecast episodes of the next period; on maps of the last",
        _EPISODES,
        nullable=True,
    ),
    "cell_lo80": _internal("lower limit, 80 %", _EPISODES, type_="integer", nullable=True),
    "cell_hi80": _internal("upper limit, 80 %", _EPISODES, type_="integer", nullable=True),
    # what forecasts of periods that are over were worth
    "cut_date": Column("date", "day of the forecast"),
    "horizon_days": Column("integer", "days that it is for", "days"),
    "model": _text("model of the forecast"),
    "test_level": _text("areas of this level, or cells"),
    "area_frac": Column("number", "share of the area", "1"),
    "n_before": Column("integer", "episodes in as many days before", _EPISODES),
    "n_observed": Column("integer", "episodes that came", _EPISODES),
    "hit_rate": _number("share of them in that area", "1"),
    "pai": _number("hit rate to share of the area"),
    "pei": _number("to what the best cells would hold", "1"),
    "pei_star": _number("to what the best places would hold", "1"),
    "rri": _number("share after to share before"),
    "poisson_deviance": _number("Poisson deviance of a place"),
    "log_score": _number("log score of a place"),
    "coverage80": _number("share inside the 80 % interval", "1"),
    "width80": _number("width of the 80 % interval", _EPISODES),
    # what circles of beats hold
    "scan": _text("gate (twelve months) or alarm"),
    "months": _count("months of the search or cluster", "months"),
    "n_areas": _count("areas of the finest level", "areas"),
    "cluster_beats": _text("areas, from its centre on", nullable=True),
    "rr": _number("rate inside to outside"),
    "llr": _number("log-likelihood ratio"),
    "p_search": _number("p-value of the whole search"),
    "recurrence_days": _number("by chance once in so many days (alarm only)", "days"),
    "signal": Column("boolean", "chance is no explanation"),
    "simulations": Column("integer", "maps of chance", "maps"),
    "seed": Column("integer", "seed of the random numbers"),
    # what follows soon and nearby
    "distance_from_m": Column("number", "further apart than", "m"),
    "distance_to_m": Column("number", "at most so far apart", "m"),
    "gap_from_days": Column("number", "from so many days apart (above, unless 0)", "days"),
    "gap_to_days": Column("number", "at most so many days apart", "days"),
    "group_episodes": Column("integer", "episodes looked at", _EPISODES),
    "n_pairs": Column("integer", "pairs of episodes", "pairs"),
    "expected_pairs": Column("number", "pairs by chance", "pairs"),
    "pair_ratio": _number("pairs to pairs by chance"),
}
"""Name to column. Where a name means different things in two layers, the layer says `name=key`."""

COLUMNS: dict[str, Column] = {key: replace(column, key=key) for key, column in _COLUMNS.items()}

_TITLES = Texts({key: column.title for key, column in COLUMNS.items()}, context="columns")
