"""The data of a release in the form that a self-contained file carries.

The page reads a collection as the feed gives it: features with an id, properties and a shape. A
file holds the same by columns: a column of few different values as these and one number a row or
a run of rows, every shape once, its corners as whole millionths of a degree from the corner before.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.maps.config import FORECASTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.release.reader import Collection, Release

__all__ = ["COLUMNS", "KEYS", "LEVEL_COLUMNS", "embedded_data"]

DECIMALS = 6
"""Of a degree: a tenth of a metre, finer than a screen."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "area-periods": (
        "level", "area_id", "area_name", "parent_id", "status", "period", "period_start",
        "period_end", "period_complete", "category_group", "n_reports", "n_episodes",
        "n_confirmed", "n_pending", "n_unconfirmed", "n_expected_confirmed", "conf_rate_eb",
        "conf_rate_lo90", "conf_rate_hi90", "funnel_class", "area_km2", "pop_resident",
        "rate_per_km2", "rate_per_km2_lo95", "rate_per_km2_hi95", "rate_per_1000",
        "rate_per_1000_lo95", "rate_per_1000_hi95", "smr_eb", "smr_eb_lo90", "smr_eb_hi90",
        "p_rr_gt_1_5", "n_boundary_25m", "n_same_period_prev_year", "rate_ratio_yoy",
        "rate_ratio_lo95", "rate_ratio_hi95", "q_value", "reporting_rate_rr",
        "reporting_rate_lo90", "reporting_rate_hi90", "low_reporting", "suppressed",
        "low_information", "note",
    ),
    "area-series": (
        "level", "area_id", "area_name", "parent_id", "status", "category_group", "month_first",
        "n_months", "reports_by_month", "episodes_by_month", "confirmed_by_month",
        "expected_by_month", "first_month_days", "last_month_days", "suppressed", "note",
    ),
    "hotspot-areas": (
        "hotspot_id", "name", "category_group", "period", "period_start", "period_end", "n_cells",
        "area_km2", "n_reports", "n_episodes", "n_confirmed", "expected_n",
        "share_of_city_episodes", "rr_shrunk", "rr_lo90", "rr_hi90", "hot_class", "stability",
        "emerging_pattern", "emerging_plain", "persistence_months", "first_seen", "last_seen",
        "peak_weekday", "peak_hours", "peak_shift", "peak_share", "n_same_period_prev_year",
        "rate_ratio_yoy", "rate_ratio_lo95", "rate_ratio_hi95", "n_near_duplicates", "n_burst",
        "beat_ids", "beat_shares", "top_category", "suppressed", "note",
    ),
    "hotspot-cells": (
        "cell_id", "cell_m", "category_group", "period", "period_start", "period_end",
        "n_reports", "n_episodes", "kde_per_km2", "hot_class", "beat_id", "suppressed",
    ),
    "plan-candidates": (
        "candidate_id", "beat_id", "beat_name", "rewir_id", "hotspot_id", "name",
        "category_group", "period", "period_start", "period_end", "actionable", "forecast_lo80",
        "forecast_hi80", "rank_median", "rank_lo90", "rank_hi90", "tie_group", "p_best_in_beat",
        "p_top_k", "sensitivity_flag", "low_information", "selected", "selection_reason",
        "hours", "suppressed", "note",
    ),
    "clusters": (
        "scan", "category_group", "period", "period_start", "period_end", "months", "n_areas",
        "beat_ids", "n_episodes", "expected_n", "rr", "p_value", "recurrence_days", "signal",
        "simulations", "note",
    ),
    FORECASTS: ("area_id", "period", "category_group", "forecast_lo80", "forecast_hi80"),
}  # fmt: skip
"""What the page reads of each collection, and of no other but the levels."""

LEVEL_COLUMNS = ("area_id", "name", "parent_id", "status", "neighbours")

KEYS: Mapping[str, tuple[str, ...]] = {
    "area-periods": ("level", "area_id", "period", "category_group"),
    "area-series": ("level", "area_id", "category_group"),
    "hotspot-areas": ("period", "hotspot_id"),
    "hotspot-cells": ("period", "category_group", "cell_id"),
    "plan-candidates": ("candidate_id",),
    FORECASTS: ("period", "area_id", "category_group"),
}
"""The columns whose values, joined by dots, are a row's feature id; so ids need no place."""


def embedded_data(release: Release) -> dict[str, Any]:
    """Everything the page would fetch: the background, and the collections that views read.

    Parameters
    ----------
    release
        The release that is shown.

    Returns
    -------
    dict
        ``basemap``; ``shapes``, each shape once; ``collections``, id to ``ids`` (strings, or the
        names of the columns that make them), ``columns`` (name to values, or to the different
        ones, ``of``, and which of them each row has, ``at``, or each run of rows and how long it
        is, ``runs``) and ``shape``, the place of each row's shape in ``shapes``, -1 where there
        is none.

    Raises
    ------
    StoreError
        If a file of the release is missing or damaged.
    """
    levels = {level["collection"]: LEVEL_COLUMNS for level in release.manifest["levels"]}
    shapes: dict[bytes, int] = {}
    collections = {
        name: _packed(release.collections[name], columns, shapes)
        for name, columns in {**levels, **COLUMNS}.items()
        if name in release.collections
    }
    return {
        "basemap": orjson.loads(release.file("basemap.json")),
        "shapes": [_stepped(orjson.loads(shape)) for shape in shapes],
        "collections": collections,
    }


def _packed(
    collection: Collection, names: Sequence[str], shapes: dict[bytes, int]
) -> dict[str, Any]:
    """A collection by columns; its shapes join those of the others."""
    rows = [orjson.loads(collection.property_line(row)) for row in range(collection.count)]
    held = [name for name in names if name in collection.columns]
    return {
        "ids": _ids(collection, rows),
        "columns": {name: _column([row.get(name) for row in rows]) for name in held},
        "shape": _column(_shape_places(collection, shapes)),
    }


def _ids(collection: Collection, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The feature ids, as the columns that make them where these do."""
    ids = [collection.fid_of(row) for row in range(collection.count)]
    key = KEYS.get(collection.id)
    if key and ids == [".".join(str(row.get(name)) for name in key) for row in rows]:
        return {"key": list(key)}
    return {"all": ids}


def _column(values: Sequence[Any]) -> list[Any] | dict[str, list[Any]]:
    """The values, or the different ones with the place of each row or run: the shortest form."""
    places: dict[tuple[str, Any], int] = {}
    # 1, 1.0 and True are one key of a dict, and three values of a column.
    at = [places.setdefault((type(value).__name__, value), len(places)) for value in values]
    of = [value for _, value in places]
    runs = [n for place, rows in groupby(at) for n in (place, len(list(rows)))]
    forms: tuple[list[Any] | dict[str, list[Any]], ...] = (
        list(values),
        {"of": of, "at": at},
        {"of": of, "runs": runs},
    )
    return min(forms, key=lambda form: len(orjson.dumps(form)))


def _shape_places(collection: Collection, shapes: dict[bytes, int]) -> list[int]:
    numbers = collection.shape_numbers(np.arange(collection.count)).tolist()
    place = {
        number: shapes.setdefault(collection.geometry_line(number), len(shapes))
        for number in dict.fromkeys(numbers)
        if number >= 0
    }
    return [place.get(number, -1) for number in numbers]


def _stepped(geometry: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": geometry["type"], "rings": _steps(geometry["coordinates"])}


def _steps(part: list[Any]) -> list[Any]:
    """Rings, however deep, as x, y of the first corner and then steps, in millionths."""
    if not isinstance(part[0][0], (int, float)):
        return [_steps(inner) for inner in part]
    corners = np.rint(np.array(part) * 10**DECIMALS).astype(np.int64)
    return np.concatenate([corners[:1], np.diff(corners, axis=0)]).ravel().tolist()
