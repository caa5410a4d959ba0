"""Everything that a release says of one area, found in the layers where it lies.

Rows are those of the feed, number by number. Nothing is computed here but which rows belong to
the area; `geo.area_months` tells what its months and hours say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geo.release.reader import Collection, Release

__all__ = ["UNASSIGNED", "NoAreaError", "OneArea", "Place", "Rows", "find_area", "level_of"]

UNASSIGNED = "unassigned"
"""Stands for what lies in the city's data, but in no area of a level."""

AREA_PERIODS = "area-periods"
AREA_SERIES = "area-series"
FORECASTS = "forecasts"
HOTSPOTS = "hotspot-areas"
CANDIDATES = "plan-candidates"

MOST_SPOTS = 8
MOST_CANDIDATES = 6
LEAST_SHARE = 0.01
"""A hot spot lies in an area that holds this share of it; its corners may touch others."""

_NEAR = 5
_LIKE = 0.5

Row = dict[str, Any]


class NoAreaError(NotFoundError):
    """A level has no area of this id.

    Parameters
    ----------
    collection
        The level's collection.
    area_id
        What was asked for.
    near
        Ids that look like it.
    """

    code = "no-area"

    def __init__(self, collection: str, area_id: str, near: list[str]) -> None:
        super().__init__(f"{collection} has no area {area_id!r}: near are {', '.join(near)}")
        self.near = near


@dataclass(frozen=True, slots=True)
class Place:
    """An area by its name: one that holds another, or borders on it.

    Attributes
    ----------
    level
        The manifest's entry of its level.
    area_id, name
        Of the area.
    numbers
        Its row of `area-periods` for the same period and all groups; None where there is none.
    """

    level: Mapping[str, Any]
    area_id: str
    name: str
    numbers: Row | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The first rows of a layer that belong to an area.

    Attributes
    ----------
    rows
        With their id as ``id``.
    matched
        How many there are in all.
    made
        Whether the release has them at all for areas of this level.
    query
        A filter in CQL2 text with which the feed gives all of them and nothing else.
    """

    rows: tuple[Row, ...] = ()
    matched: int = 0
    made: bool = True
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneArea:
    """What `find_area` gives.

    Attributes
    ----------
    level
        The manifest's entry of its level.
    area_id, name, period
        What was asked for.
    facts
        Its row of the level's collection; None for what is in no area.
    parents
        The areas that hold it, the smallest first.
    numbers
        Group to its row of `area-periods`; groups without a row are not there.
    series
        Group to its row of `area-series`, month by month.
    city
        The row of `area-series` of the whole city, if the release has one, and its residents.
    forecasts
        Group to its row of `forecasts`, if the period is the release's own.
    hotspots, candidates
        Hot spots in the area over the twelve months to the period's end; plan candidates.
    neighbours
        Areas of the same level that share a border line, the longest first.
    """

    level: Mapping[str, Any]
    area_id: str
    name: str
    period: str
    facts: Row | None
    parents: tuple[Place, ...] = ()
    numbers: Mapping[str, Row] = field(default_factory=dict)
    series: Mapping[str, Row] = field(default_factory=dict)
    city: tuple[Row, float] | None = None
    forecasts: Mapping[str, Row] = field(default_factory=dict)
    hotspots: Rows = Rows()
    candidates: Rows = Rows()
    neighbours: tuple[Place, ...] = ()


def level_of(release: Release, collection: str) -> Mapping[str, Any] | None:
    """The manifest's entry of the level that a collection holds, or None."""
    levels: Sequence[Mapping[str, Any]] = release.manifest["levels"]
    return next((level for level in levels if level["collection"] == collection), None)


def find_area(
    release: Release, level: Mapping[str, Any], area_id: str, *, period: str | None = None
) -> OneArea:
    """Everything that a release says of an area.

    Parameters
    ----------
    release
        An open release.
    level
        The entry of the area's level in the manifest.
    area_id
        Its id, or ``unassigned``.
    period
        One of the release's periods; its own if None.

    Returns
    -------
    OneArea
        What is not in the release is empty.

    Raises
    ------
    NoAreaError
        If the level has no such area.
    """
    when = period or release.manifest["period"]
    layer = release.collection(level["collection"])
    row = layer.row_of(area_id)
    numbers = _by_group(release, AREA_PERIODS, f"{level['id']}.{area_id}.{when}.{{}}")
    if row is None and not (area_id == UNASSIGNED and numbers):
        raise NoAreaError(level["collection"], area_id, _near(layer, area_id))
    facts = None if row is None else _properties(layer, row)
    known: dict[str, Any] = {"level": level, "area_id": area_id, "period": when, "facts": facts}
    series = _by_group(release, AREA_SERIES, f"{level['id']}.{area_id}.{{}}")
    if facts is None:
        nowhere = Rows(made=False)
        return OneArea(
            **known,
            name=area_id,
            numbers=numbers,
            series=series,
            hotspots=nowhere,
            candidates=nowhere,
        )
    return OneArea(
        **known,
        name=facts["name"],
        parents=tuple(_parents(release, level, facts)),
        numbers=numbers,
        series=series,
        city=_city(release),
        forecasts=_forecasts(release, level, area_id, period=when),
        hotspots=_hotspots(release, level, row or 0, period=when),
        candidates=_candidates(release, level, area_id),
        neighbours=tuple(_neighbours(release, level, facts, period=when)),
    )


def _properties(layer: Collection, row: int) -> Row:
    found: Row = orjson.loads(layer.property_line(row))
    return found


def _with_id(layer: Collection, row: int) -> Row:
    return {"id": layer.fid_of(row), **_properties(layer, row)}


def _by_group(release: Release, name: str, fid: str) -> dict[str, Row]:
    """Group to the row whose id is `fid` with the group in its gap."""
    layer = release.collections.get(name)
    if layer is None:
        return {}
    rows = {group: layer.row_of(fid.format(group)) for group in release.manifest["groups"]}
    return {group: _with_id(layer, row) for group, row in rows.items() if row is not None}


def _near(layer: Collection, area_id: str) -> list[str]:
    """Ids that look like this one, or begin as it does; else the first."""
    ids: list[str] = layer.table(["area_id"]).column(0).to_pylist()
    folded = {each.casefold(): each for each in ids}
    alike = get_close_matches(area_id.casefold()[:64], folded, n=_NEAR, cutoff=_LIKE)
    return [folded[each] for each in alike] or ids[:_NEAR]


def _parents(release: Release, level: Mapping[str, Any], facts: Row) -> Iterable[Place]:
    """The areas that hold an area, one level after the other."""
    parent_id = facts["parent_id"]
    while parent_id is not None:
        above = _level_above(release, level)
        layer = None if above is None else release.collection(above["collection"])
        row = None if layer is None else layer.row_of(parent_id)
        if above is None or layer is None or row is None:
            return
        facts, level = _properties(layer, row), above
        yield Place(level, parent_id, facts["name"])
        parent_id = facts["parent_id"]


def _level_above(release: Release, level: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The finest coarser level in which all parents of a level's areas are."""
    levels = list(release.manifest["levels"])
    layer = release.collection(level["collection"])
    parents = set(layer.table(["parent_id"]).column(0).to_pylist()) - {None}
    if not parents:
        return None
    for above in levels[levels.index(level) + 1 :]:
        if all(
            release.collection(above["collection"]).row_of(each) is not None for each in parents
        ):
            return above
    return None


def _city(release: Release) -> tuple[Row, float] | None:
    """Months of the level that is one area, and its residents."""
    levels = [level for level in release.manifest["levels"] if level["areas"] == 1]
    if not levels or AREA_SERIES not in release.collections:
        return None
    layer = release.collection(levels[-1]["collection"])
    facts = _properties(layer, 0)
    group = next(iter(release.manifest["groups"]))
    series = release.collection(AREA_SERIES)
    row = series.row_of(f"{levels[-1]['id']}.{layer.fid_of(0)}.{group}")
    return None if row is None else (_with_id(series, row), float(facts.get("population") or 0.0))


def _forecasts(
    release: Release, level: Mapping[str, Any], area_id: str, *, period: str
) -> dict[str, Row]:
    """What is expected after the release's own period; forecasts are made for the finest level."""
    layer = release.collections.get(FORECASTS)
    if layer is None or level != release.manifest["levels"][0]:
        return {}
    if period != release.manifest["period"]:
        return {}
    rows = layer.select(equals={"area_id": area_id}).rows.tolist()
    found = [_with_id(layer, row) for row in rows]
    return {row["category_group"]: row for row in found}


def _hotspots(release: Release, level: Mapping[str, Any], row: int, *, period: str) -> Rows:
    """The hot spots of a period that lie in an area: surest and largest first."""
    layer = release.collections.get(HOTSPOTS)
    if layer is None:
        return Rows(made=False)
    shape, box = _shape(release.collection(level["collection"]), row)
    rows = layer.select(equals={"period": period}, bbox=box).rows
    inside = [each for each in rows.tolist() if _share_in(layer, each, shape) >= LEAST_SHARE]
    found = sorted(
        (_with_id(layer, each) for each in inside),
        key=lambda spot: (-(spot.get("hot_class") or 0), -(spot.get("n_episodes") or 0)),
    )
    # No filter of the feed finds what lies in a part of the city: there they are all given.
    shown = found[:MOST_SPOTS] if level["areas"] == 1 else found
    return Rows(tuple(shown), len(found), query=f"period={_quoted(period)}")


def _quoted(text: str) -> str:
    """A text as CQL2 writes it."""
    return "'{}'".format(text.replace("'", "''"))


def _shape(layer: Collection, row: int) -> tuple[Any, Any]:
    (shape,) = layer.shapes(layer.shape_numbers(np.array([row])))
    return shape, shape.bounds


def _share_in(layer: Collection, row: int, shape: Any) -> float:
    """The share of a hot spot's surface that lies in a shape."""
    spot, _ = _shape(layer, row)
    return float(spot.intersection(shape).area / spot.area) if spot.area else 0.0


def _candidates(release: Release, level: Mapping[str, Any], area_id: str) -> Rows:
    """Plan candidates of the beats of an area, by rank."""
    layer = release.collections.get(CANDIDATES)
    belongs = _beats_in(release, level, area_id)
    if layer is None or belongs is None:
        return Rows(made=False)
    beats = layer.table(["beat_id"]).column(0).to_pylist()
    rows = [row for row, beat in enumerate(beats) if belongs(beat)]
    first = tuple(_with_id(layer, row) for row in rows[:MOST_CANDIDATES])
    theirs = sorted({beats[row] for row in rows}) if level["areas"] > 1 else ()
    query = f"beat_id IN ({','.join(map(_quoted, theirs))})" if theirs else ""
    return Rows(first, len(rows), query=query)


def _beats_in(
    release: Release, level: Mapping[str, Any], area_id: str
) -> Callable[[str], bool] | None:
    """Whether a beat belongs to an area; None where beats do not belong to areas of this level."""
    if level["areas"] == 1:
        return lambda _: True
    here: Mapping[str, Any] | None = release.manifest["levels"][0]
    held: dict[str, str | None] | None = None
    while here is not None and here != level:
        table = release.collection(here["collection"]).table(["area_id", "parent_id"])
        ids, parents = (table.column(i).to_pylist() for i in (0, 1))
        above = dict(zip(ids, parents, strict=True))
        held = (
            above if held is None else {beat: above.get(id_) for beat, id_ in held.items() if id_}
        )
        here = _level_above(release, here)
    if here is None:
        return None
    return lambda beat: (beat if held is None else held.get(beat)) == area_id


def _neighbours(
    release: Release, level: Mapping[str, Any], facts: Row, *, period: str
) -> Iterable[Place]:
    """The areas beside an area with their numbers, the longest border first."""
    layer, counts = release.collection(level["collection"]), release.collections.get(AREA_PERIODS)
    group = next(iter(release.manifest["groups"]))
    for area_id in filter(None, (facts.get("neighbours") or "").split(",")):
        row = layer.row_of(area_id)
        if row is None:
            continue
        fid = f"{level['id']}.{area_id}.{period}.{group}"
        at = None if counts is None else counts.row_of(fid)
        numbers = None if counts is None or at is None else _with_id(counts, at)
        yield Place(level, area_id, _properties(layer, row)["name"], numbers)
