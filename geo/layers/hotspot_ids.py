"""Which hot spots are one place: ids that outlive a period and a release.

A hot spot takes over the id of the earlier hot spot that it shares most ground with:

1. in the internal face, the id of the public hot spot that has exactly its cells;
2. else that of the previous release's hot spot of the same period and category group;
3. else that of the hot spot of the period before, in this release;
4. else it is new: ``<period>-<group>-<its first cell>``, the cell that lies farthest south and of
   those farthest west. Where that name is taken, ``-2``, ``-3`` and so on follow it.

An id occurs once per period and group. Within each of the first three steps the pair with the
larger overlap goes first; of equal ones that whose hot spot sorts first by its first cell, then
the one whose earlier id sorts first. Who loses an id goes on to its next candidate. So if a hot
spot splits, the part that keeps most of the ground keeps the id and the others are new; if some
merge, the id of the one with most of the ground in common goes on and the others end.

Only ground counts, so it does not matter if the earlier cells were of another size. The public
face is named from public hot spots alone: nothing in it depends on what it does not show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from numpy.typing import NDArray

    ObjectArray = NDArray[np.object_]

__all__ = ["KNOWN_COLUMNS", "KnownSpots", "hotspot_ids", "known_spots", "seen_days"]

KNOWN_COLUMNS = ("hotspot_id", "period", "category_group", "first_seen")


@dataclass(frozen=True, eq=False)
class KnownSpots:
    """Hot spots that have their ids already, each as `known_spots` gives them.

    Attributes
    ----------
    previous
        Those of the previous release, as the same face has them; None without one.
    public
        Those of this release's public face, for the internal one; else None.
    """

    previous: gpd.GeoDataFrame | None = None
    public: gpd.GeoDataFrame | None = None


class _Named(NamedTuple):
    """Hot spots of one period and group with their ids, in the order of these."""

    ids: list[str]
    shapes: ObjectArray


class _Pair(NamedTuple):
    """An earlier hot spot that shares ground; sorts as the claims are heard."""

    minus_overlap: float
    spot: int
    name: str


_NOTHING_KNOWN = KnownSpots()
_NONE = _Named([], np.empty(0, dtype=object))


def known_spots(layer: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """Hot spots of a published layer, ready to be compared.

    Parameters
    ----------
    layer
        `KNOWN_COLUMNS` and the published geometry. `first_seen` may be missing: releases had
        ids before they had that.
    crs
        The city's metric CRS.

    Returns
    -------
    GeoDataFrame
        The same in that CRS. Corners are rounded to whole metres, which undoes the rounding of
        published degrees: corners of cells are whole metres.
    """
    metres = shapely.transform(layer.geometry.to_crs(crs).to_numpy(), np.round)
    table = pd.DataFrame(layer).reindex(columns=list(KNOWN_COLUMNS)).reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=shapely.make_valid(metres), crs=crs)


def hotspot_ids(
    spots: gpd.GeoDataFrame, *, periods: Sequence[str], known: KnownSpots = _NOTHING_KNOWN
) -> pd.Series[str]:
    """Name the hot spots of a release.

    Parameters
    ----------
    spots
        `period`, `category_group`, `first_cell` (id of the southernmost, then westernmost cell)
        and the cells' union in the metric CRS, in any order. Hot spots of one period and group do
        not overlap.
    periods
        Every period of the release, the oldest first.
    known
        Hot spots that have their ids already.

    Returns
    -------
    Series
        Ids, by the index of `spots`; each once per period and group.
    """
    named: dict[Hashable, str] = {}
    for group, rows in spots.groupby("category_group", sort=False):
        named |= _ids_of_group(rows, str(group), periods=periods, known=known)
    return pd.Series([named[label] for label in spots.index], index=spots.index, dtype=object)


def seen_days(
    spots: pd.DataFrame, *, periods: Sequence[str], previous: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Since when, and until when, each hot spot has been seen under its id.

    Parameters
    ----------
    spots
        `hotspot_id`, `period`, `category_group`, and `first_seen`, `last_seen`: the days of the
        first and last report in the twelve months of the row.
    periods
        Every period of the release, the oldest first.
    previous
        Hot spots of the previous release, with their `first_seen`; None counts for nothing.

    Returns
    -------
    DataFrame
        `first_seen` and `last_seen` by the index of `spots`: the earliest and latest of these
        days up to the row's period. A row never tells of a later period.
    """
    first = _first_days(previous)
    last: dict[tuple[str, str], date] = {}
    found = spots[["first_seen", "last_seen"]].astype(object)
    turn = spots["period"].map({period: i for i, period in enumerate(periods)})
    for label, row in spots.loc[turn.sort_values(kind="stable").index].iterrows():
        key = (row["category_group"], row["hotspot_id"])
        first[key] = min(first.get(key, date.max), row["first_seen"])
        last[key] = max(last.get(key, date.min), row["last_seen"])
        found.loc[label] = [first[key], last[key]]
    return found


def _ids_of_group(
    spots: gpd.GeoDataFrame, group: str, *, periods: Sequence[str], known: KnownSpots
) -> dict[Hashable, str]:
    """Ids of the hot spots of one category group, by their label."""
    found: dict[Hashable, str] = {}
    previous, public = (_of_group(frame, group) for frame in (known.previous, known.public))
    ever = {name for one in previous.values() for name in one.ids}
    before = _NONE
    for period in periods:
        here = spots[spots["period"] == period].sort_values("first_cell")
        shapes = here.geometry.to_numpy()
        own: dict[int, str] = {}
        _claim(own, _pairs(shapes, public.get(period, _NONE), same=True))
        _claim(own, _pairs(shapes, previous.get(period, _NONE)))
        _claim(own, _pairs(shapes, before))
        for spot, cell in enumerate(here["first_cell"]):
            if spot not in own:
                own[spot] = _new_id(f"{period}-{group}-{cell}", ever | {*own.values()})
        ids = [own[spot] for spot in range(len(here))]
        ever |= set(ids)
        found |= zip(here.index, ids, strict=True)
        before = _Named(ids, shapes)
    return found


def _of_group(frame: gpd.GeoDataFrame | None, group: str) -> dict[str, _Named]:
    """The known hot spots of a group, by period."""
    if frame is None:
        return {}
    rows = frame[frame["category_group"] == group]
    return {
        str(period): _Named(here["hotspot_id"].tolist(), here.geometry.to_numpy())
        for period, here in rows.groupby("period", sort=False)
    }


def _pairs(shapes: ObjectArray, earlier: _Named, *, same: bool = False) -> list[_Pair]:
    """Who shares ground with whom, or exactly the `same` ground, in the order of the claims."""
    spot, other = shapely.STRtree(earlier.shapes).query(shapes, predicate="intersects")
    ours, theirs = shapes[spot], earlier.shapes[other]
    overlap = np.round(shapely.area(shapely.intersection(ours, theirs)))
    kept = overlap > 0
    if same:
        kept &= overlap == np.round(shapely.area(ours))
        kept &= overlap == np.round(shapely.area(theirs))
    found = zip(-overlap[kept], spot[kept].tolist(), other[kept].tolist(), strict=True)
    return sorted(_Pair(float(minus), i, earlier.ids[j]) for minus, i, j in found)


def _claim(own: dict[int, str], pairs: Sequence[_Pair]) -> None:
    """Give ids to those that have none yet, first come, first served."""
    taken = set(own.values())
    for pair in pairs:
        if pair.spot not in own and pair.name not in taken:
            own[pair.spot] = pair.name
            taken.add(pair.name)


def _new_id(name: str, taken: Collection[str]) -> str:
    names = chain([name], (f"{name}-{n}" for n in count(2)))
    return next(one for one in names if one not in taken)


def _first_days(previous: pd.DataFrame | None) -> dict[tuple[str, str], date]:
    """The earliest day that an earlier release knew, by group and id."""
    first: dict[tuple[str, str], date] = {}
    if previous is None:
        return first
    columns = (previous[name] for name in ("category_group", "hotspot_id", "first_seen"))
    for group, name, day in zip(*columns, strict=True):
        if pd.notna(day):
            first[group, name] = min(first.get((group, name), date.max), day)
    return first
