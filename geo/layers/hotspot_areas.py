"""The layer of hot spots: cells of class 95 and 99 side by side, as one place with a name.

Watched cells (class 90) belong to no hot spot: they are a hint, and a hint has no name.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.layers.hotspot_cells import PLACE, when
from geo.layers.hotspot_ids import KnownSpots, hotspot_ids, seen_days
from geo.layers.layer import Layer, exchange_shapes
from geo.layers.profiles import LEAST_TIMES, profile_texts
from geo.layers.schema import HOTSPOT_AREAS
from geo.statistics.comparison import rate_ratio
from geo.statistics.emerging_map import emerging_places
from geo.statistics.smoothing import shrunk_ratio
from geo.statistics.stability import published_class, stability
from geo.statistics.time_profile import report_weights, time_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from geo.catalogue import Catalogue
    from geo.layers.ground import Ground
    from geo.layers.hotspot_maps import HotspotMap
    from geo.statistics.time_profile import TimeProfile

    IntArray = NDArray[np.int64]

__all__ = ["COLLECTION", "hotspot_areas"]

COLLECTION = "hotspot-areas"

EPOCH = date(1970, 1, 1).toordinal()

_LEAST_SHARE = 0.005
"""A beat with less of a hot spot is not named."""

_NOTHING_KNOWN = KnownSpots()

_NAMES = [name.partition("=")[0] for name in HOTSPOT_AREAS]
_BEFORE = "n_same_period_prev_year"
_RATIO = {
    "ratio": "rate_ratio_yoy",
    "ratio_lo": "rate_ratio_lo95",
    "ratio_hi": "rate_ratio_hi95",
}


def hotspot_areas(
    maps: Sequence[HotspotMap],
    ground: Ground,
    *,
    periods: Sequence[str] | None = None,
    known: KnownSpots = _NOTHING_KNOWN,
) -> Layer:
    """One row per hot spot.

    Parameters
    ----------
    maps
        Tested maps, in the order of the rows.
    ground
        The city's ground, for the names of streets.
    periods
        Every period that was looked at, the oldest first; without it those of the maps.
    known
        Hot spots whose ids go on.

    Returns
    -------
    Layer
        Ordered by map, then by the first cell of each hot spot from south-west. A hot spot over a
        border names every beat, with its share of the area. Besides the columns of the schema the
        table has `PLACE`, the number of the hot spot within its map.
    """
    rows, shapes = [], []
    names = _StreetNames(ground)
    for one in maps:
        changed = [d | c for d, c in zip(_developed(one), _changes(one), strict=True)]
        told = zip(changed, _profiles(one, ground.city.timezone), strict=True)
        for number, (over_time, profile) in enumerate(told, start=1):
            cells = np.flatnonzero(one.places.ravel() == number)
            rows.append(_row(one, cells, over_time, profile, number=number, names=names))
            squares = one.ground.grid.polygons(*np.unravel_index(cells, one.ground.grid.shape))
            shapes.append(shapely.union_all(squares))
    unnamed = [name for name in _NAMES if name != "hotspot_id"]
    spots = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=[*unnamed, PLACE, "first_cell"]),
        geometry=np.array(shapes, dtype=object),
        crs=ground.city.metric_crs,
    )
    table = _named(spots, periods=periods or _periods(maps), known=known)
    published = exchange_shapes(spots.geometry)
    return Layer(COLLECTION, HOTSPOT_AREAS, table, published, np.arange(len(rows), dtype=np.int32))


def _named(spots: gpd.GeoDataFrame, *, periods: Sequence[str], known: KnownSpots) -> pd.DataFrame:
    """The table with ids, and with the days on which each was seen first and last."""
    table = pd.DataFrame(spots.drop(columns="geometry"))
    table["hotspot_id"] = hotspot_ids(spots, periods=periods, known=known)
    days = seen_days(table, periods=periods, previous=known.previous)
    table[["first_seen", "last_seen"]] = days
    table[_BEFORE] = table[_BEFORE].astype("Int64")
    table["fid"] = [f"{p}.{i}" for p, i in zip(table["period"], table["hotspot_id"], strict=True)]
    return table[["fid", *_NAMES, PLACE]]


def _periods(maps: Sequence[HotspotMap]) -> list[str]:
    return [period.id for period in sorted({one.window.period for one in maps})]


class _StreetNames:
    """Which street is nearest; the beat's name where a city has no streets."""

    def __init__(self, ground: Ground) -> None:
        streets = ground.streets[ground.streets["name"].notna()] if len(ground.streets) else None
        self._names = [] if streets is None else streets["name"].tolist()
        self._tree = shapely.STRtree([] if streets is None else streets.geometry.to_numpy())
        self.city = ground.city
        finest = next(iter(ground.city.levels.values()))
        self.beat_ids, self.beat_names = finest["area_id"].tolist(), finest["name"].tolist()

    def near(self, x: float, y: float) -> str | None:
        """The street nearest to a point, of equally near ones the first by name."""
        if not self._names:
            return None
        found = self._tree.query_nearest(shapely.Point(x, y))
        return min(str(self._names[i]) for i in found)


def _row(
    one: HotspotMap,
    cells: IntArray,
    over_time: Mapping[str, object],
    profile: TimeProfile,
    *,
    number: int,
    names: _StreetNames,
) -> dict[str, object]:
    lowest = one.cell_ids(cells[:1])[0]
    beats, shares = one.ground.beats.of(cells)
    real = shares >= _LEAST_SHARE
    ids = [names.beat_ids[b] for b in beats[real]]
    held = np.isin(one.reports.cell, cells)
    episodes = held & one.reports.first
    street = names.near(one.reports.x[episodes].mean(), one.reports.y[episodes].mean())
    city, top = names.city, _most_frequent(one.reports.category[held])
    fallback = names.beat_names[beats[0]] if len(beats) else lowest
    return {
        PLACE: number,
        "first_cell": lowest,
        "name": street or fallback,
        "category_group": one.group,
        **when(one.window),
        **_numbers(one, cells),
        "beats": _shares_text(ids, shares[real]),
        "beat_ids": ",".join(ids) or None,
        "beat_shares": ",".join(f"{s:.4f}" for s in shares[real]) or None,
        "top_category": top,
        "partner_hint": _partners(top, city.catalogue),
        **_stability(one, cells),
        **{name: value for name, value in over_time.items() if name != "why"},
        **_times(one, held, profile),
        "n_near_duplicates": int(one.reports.repeated[held].sum()),
        "n_burst": int(one.reports.heaped[held].sum()),
        "note": _note(one, profile, over_time),
        "suppressed": False,
    }


def _numbers(one: HotspotMap, cells: IntArray) -> dict[str, object]:
    """Sums over the cells; the ratio shrunk as that of a sum of independent cells."""

    def total(values: NDArray[np.generic]) -> float:
        return float(values.ravel()[cells].sum())

    expected = one.background.expected.ravel()[cells]
    episodes = total(one.n_episodes)
    alpha = one.spread * float(np.sum(expected**2)) / max(float(expected.sum()) ** 2, 1e-300)
    shrunk = shrunk_ratio([episodes], [expected.sum()], alpha=alpha)
    return {
        "n_cells": len(cells),
        "area_km2": len(cells) * one.ground.grid.cell_m**2 / 1e6,
        "n_reports": int(total(one.n_reports)),
        "n_episodes": int(episodes),
        "n_confirmed": int(total(one.n_confirmed)),
        "share_of_city_episodes": episodes / float(one.n_episodes.sum()),
        **{name: float(values[0]) for name, values in shrunk._asdict().items()},
        "q_value_min": float(one.test.q_value.ravel()[cells].min()),
    }


def _stability(one: HotspotMap, cells: IntArray) -> dict[str, object]:
    """Of the place as a whole; if it is not stable it is watched, whatever its cells are."""
    largest = one.evidence.hot_class.ravel()[cells].max(keepdims=True)
    if not len(one.evidence.flagged):
        return {"stability": np.nan, "hot_class": int(largest[0])}
    where = np.where(np.isin(one.reports.cell[one.reports.first], cells), 0, -1)
    share = stability(one.evidence.flagged, where, many=1)
    return {
        "stability": round(float(share[0]), 4),
        "hot_class": int(published_class(largest, share)[0]),
    }


def _developed(one: HotspotMap) -> list[dict[str, object]]:
    """The pattern of each hot spot of a map over its twelve months."""
    if not one.places.any():
        return []
    found = emerging_places(
        one.evidence.monthly,
        one.places,
        exposure=one.background.expected,
        mask=one.ground.grid.mask,
    )
    columns = (found["pattern"], found["plain"], found["hot_bins"])
    return [
        {"emerging_pattern": pattern, "emerging_plain": plain, "persistence_months": int(months)}
        for pattern, plain, months in zip(*columns, strict=True)
    ]


def _changes(one: HotspotMap) -> list[dict[str, object]]:
    """Episodes of each hot spot against its cells in the twelve months before; `why` if nothing.

    Hot spots are chosen for what they hold now, so their ratios are above 1 by that alone.
    """
    many = int(one.places.max())
    if one.n_before is None:
        nothing = dict.fromkeys(_RATIO.values(), np.nan)
        return [{_BEFORE: None, **nothing, "why": "no-previous-year"} for _ in range(many)]
    now, before = (
        np.bincount(one.places.ravel(), counts.ravel(), many + 1)[1:].astype(np.int64)
        for counts in (one.n_episodes, one.n_before)
    )
    found = rate_ratio(now, before)
    rows = []
    for k, n in enumerate(before.tolist()):
        ratios = {name: float(found[c][k]) if n else np.nan for c, name in _RATIO.items()}
        rows.append({_BEFORE: n, **ratios, "why": None if n else "base-zero"})
    return rows


def _note(one: HotspotMap, profile: TimeProfile, over_time: Mapping[str, object]) -> str | None:
    """Why numbers are missing, as codes."""
    codes = {
        "few-times": profile.n < LEAST_TIMES,
        "not-judged": not len(one.evidence.flagged),
        str(over_time["why"]): over_time["why"] is not None,
    }
    return ",".join(code for code, holds in codes.items() if holds) or None


def _profiles(one: HotspotMap, timezone: ZoneInfo) -> list[TimeProfile]:
    """When reports of each hot spot say that it happens, read once for all of a map."""
    number = one.places.ravel()[one.reports.cell]
    held = np.flatnonzero(number)
    weights = report_weights(one.reports.times_of(held), timezone=timezone)
    many = int(one.places.max())
    return [time_profile(weights[number[held] == k]) for k in range(1, many + 1)]


def _times(one: HotspotMap, held: NDArray[np.bool_], profile: TimeProfile) -> dict[str, object]:
    """First and last day, and when in the week; the latter only if enough reports say when."""
    days = one.reports.day[held]
    known = profile.n >= LEAST_TIMES
    return {
        "first_seen": date.fromordinal(EPOCH + int(days.min())),
        "last_seen": date.fromordinal(EPOCH + int(days.max())),
        "peak_weekday": profile.peak_weekday if known else None,
        "peak_hours": profile.peak_hours if known else None,
        "peak_shift": profile.peak_shift if known else None,
        "peak_share": round(profile.peak_share, 4) if known else np.nan,
        "aoristic_n": profile.aoristic_n,
        "profile": profile_texts(profile.hours[None])[0] if known else None,
    }


def _partners(category: str | None, catalogue: Catalogue) -> str | None:
    """Whom the catalogue names for the most frequent category, in English."""
    if category is None:
        return None
    partners = catalogue.categories[category].partners
    return ", ".join(catalogue.partners[name]["en"] for name in partners) or None


def _shares_text(ids: Sequence[str], shares: NDArray[np.float64]) -> str | None:
    parts = [f"{name}: {share * 100:.0f} %" for name, share in zip(ids, shares, strict=True)]
    return "; ".join(parts) or None


def _most_frequent(categories: NDArray[np.object_]) -> str | None:
    names, many = np.unique(categories.astype(str), return_counts=True)
    return str(names[np.argmax(many)]) if len(names) else None
