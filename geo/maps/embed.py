"""The data of a release in the form that a self-contained file carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from geo.maps.config import FORECASTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.release.reader import Release

__all__ = ["COLUMNS", "embedded_data"]

DECIMALS = 6
"""Of a degree: a tenth of a metre, finer than a screen."""

COLUMNS = (
    "area_id", "area_name", "parent_id", "period", "period_start", "period_end",
    "period_complete", "category_group", "n_reports", "n_episodes", "n_confirmed", "n_pending",
    "n_unconfirmed", "n_expected_confirmed", "conf_rate_eb", "conf_rate_lo90", "conf_rate_hi90",
    "funnel_class", "area_km2", "pop_resident", "rate_per_km2", "rate_per_km2_lo95",
    "rate_per_km2_hi95", "rate_per_1000", "rate_per_1000_lo95", "rate_per_1000_hi95", "smr_eb",
    "smr_eb_lo90", "smr_eb_hi90", "n_boundary_25m", "n_same_period_prev_year", "rate_ratio_yoy",
    "rate_ratio_lo95", "rate_ratio_hi95", "q_value", "reporting_rate_rr", "reporting_rate_lo90",
    "reporting_rate_hi90", "low_reporting", "suppressed", "low_information", "note",
)  # fmt: skip
"""What the page reads of an area in a period."""

FORECAST_COLUMNS = ("area_id", "period", "category_group", "forecast_lo80", "forecast_hi80")

WHEN_AND_WHAT = ("period", "category_group")


def embedded_data(release: Release) -> dict[str, Any]:
    """Everything the page would fetch: background, shapes, numbers of all periods, hot spots.

    Parameters
    ----------
    release
        The release that is shown.

    Returns
    -------
    dict
        ``basemap``; ``shapes``, level id to features; ``rows``, the columns once and then for
        each ``<level>.<period>.<group>`` its rows as lists; ``forecasts``, rows; ``hotspots``,
        features.

    Raises
    ------
    StoreError
        If a file of the release is missing or damaged.
    """
    return {
        "basemap": orjson.loads(release.file("basemap.json")),
        "shapes": {
            level["id"]: [_shape(f) for f in _features(release, level["collection"])]
            for level in release.manifest["levels"]
        },
        "rows": {"columns": COLUMNS, "tables": _tables(release)},
        "forecasts": _forecasts(release),
        "hotspots": [_rounded(f) for f in _features(release, "hotspot-areas")],
        "watched": [
            {**_rounded(f), "properties": {name: f["properties"][name] for name in WHEN_AND_WHAT}}
            for f in _features(release, "hotspot-cells", equals={"hot_class": "90"})
        ],
    }


def _features(
    release: Release,
    name: str,
    *,
    equals: Mapping[str, str] | None = None,
    geometry: bool = True,
) -> Iterable[dict[str, Any]]:
    collection = release.collections[name]
    rows = collection.select(equals=equals).rows.tolist()
    return map(orjson.loads, collection.features(rows, geometry=geometry))


def _tables(release: Release) -> dict[str, list[list[Any]]]:
    tables: dict[str, list[list[Any]]] = {}
    for feature in _features(release, "area-periods", geometry=False):
        row = feature["properties"]
        key = f"{row['level']}.{row['period']}.{row['category_group']}"
        tables.setdefault(key, []).append([row.get(name) for name in COLUMNS])
    return tables


def _forecasts(release: Release) -> list[dict[str, Any]]:
    """What the panel tells of each beat; nothing where a release has no forecast."""
    if FORECASTS not in release.collections:
        return []
    features = _features(release, FORECASTS, geometry=False)
    return [{name: f["properties"][name] for name in FORECAST_COLUMNS} for f in features]


def _shape(feature: dict[str, Any]) -> dict[str, Any]:
    """An area with only what the map needs of it."""
    properties = {name: feature["properties"][name] for name in ("area_id", "name")}
    return _rounded({**feature, "properties": properties})


def _rounded(feature: dict[str, Any]) -> dict[str, Any]:
    geometry = feature["geometry"]
    coordinates = _round(geometry["coordinates"])
    return {**feature, "geometry": {"type": geometry["type"], "coordinates": coordinates}}


def _round(values: Any) -> Any:
    return round(values, DECIMALS) if isinstance(values, float) else [_round(v) for v in values]
