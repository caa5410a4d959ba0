"""Where a plan could be: parts of hot spots that lie in a beat, and what is left of each beat.

For one category group every report lies in exactly one of these places, so what is forecast for
them adds up to the city and nothing is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.layers.collection import PARAMETERS
from geo.layers.facts import STATUS_CLASSES, day_number
from geo.layers.hotspot_maps import HotspotMap
from geo.periods import months_before

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.facts import Facts
    from geo.layers.ground import CellGround
    from geo.layers.hotspot_maps import NoMap
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "LEAST_SHARE",
    "MONTHS",
    "PlanPlaces",
    "PlanTime",
    "PlannedReports",
    "find_plan_places",
    "plan_time",
    "planned_reports",
]

MONTHS: int = PARAMETERS["plans"]["months"]
"""Months of the past that a forecast looks at."""

YEAR = 12
"""Months of the past that counts of candidates are of, as those of hot spots."""

LEAST_SHARE = 0.05
"""A beat with less of a hot spot has no part in it."""

_DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class PlanTime:
    """The period that plans are for, and the past that they are made from.

    Attributes
    ----------
    period
        The first one that begins after the last day of data.
    horizon, ahead
        Its months, and those between the data and it.
    edges
        First days of the months of the past, as day numbers, and the day after the last; one edge
        alone if the data do not fill a month.
    """

    period: Period
    horizon: int
    ahead: int
    edges: tuple[int, ...]

    @property
    def months(self) -> int:
        """Months of the past."""
        return len(self.edges) - 1


@dataclass(frozen=True, eq=False)
class PlannedReports:
    """Reports of one group that a forecast is made from, as arrays of one length.

    Attributes
    ----------
    row
        Positions in the facts.
    beat
        Positions in the finest level.
    month
        Month of the past, 0 is the oldest.
    spot
        Number of the hot spot that holds the report, 0 for none.
    first
        Whether it stands for its episode.
    """

    row: IntArray
    beat: IntArray
    month: IntArray
    spot: IntArray
    first: BoolArray


class PlanPlaces(NamedTuple):
    """Places of one group: parts of hot spots first, then what is left of each beat.

    `beat` and `spot` (0 for what is left) have shape (places,), `part` is the share of its beat
    that a place is by people, addresses and so on; `of_report` is the place of each report.
    """

    beat: IntArray
    spot: IntArray
    part: FloatArray
    x: FloatArray
    y: FloatArray
    of_report: IntArray


def plan_time(city: City, *, first: date, end: date) -> PlanTime:
    """Which period plans are made for, given days of data.

    Parameters
    ----------
    city
        The city, for its periods.
    first, end
        The data cover the local days [first, end).

    Returns
    -------
    PlanTime
        The plans of the running period are approved already, so it is the next one: its plans are
        drawn up in the last weeks before it begins.
    """
    last = next(p for p in city.periods.between(first, end) if p.end >= end)
    period = city.periods.containing(last.end)
    known = [months_before(end, k) for k in range(MONTHS, -1, -1)]
    edges = tuple(day_number(day) for day in known if day >= first)
    return PlanTime(
        period=period,
        horizon=max(round((period.end - period.start).days / _DAYS_PER_MONTH), 1),
        ahead=round((period.start - end).days / _DAYS_PER_MONTH),
        edges=edges,
    )


def planned_reports(
    facts: Facts,
    chosen: BoolArray,
    first: BoolArray,
    *,
    level: str,
    one: HotspotMap | NoMap | None,
    time: PlanTime,
    open_beats: BoolArray,
) -> PlannedReports:
    """The reports of one group in the past, with beat, month and hot spot.

    Parameters
    ----------
    facts
        Reports of one face.
    chosen
        Which of them are of the group; jokes are left out.
    first
        Which of them stand for an episode.
    level
        Id of the finest level.
    one
        The group's map of the last period, if there is one.
    time
        The months.
    open_beats
        Beats whose numbers may be used, shape (beats,).

    Returns
    -------
    PlannedReports
        Those in an open beat and one of the months.
    """
    beat = facts.places.area[level]
    edges = np.array(time.edges)
    use = chosen & (facts.status != STATUS_CLASSES.index("joke")) & (beat >= 0)
    use &= (facts.day >= edges[0]) & (facts.day < edges[-1])
    row = np.flatnonzero(use)
    row = row[open_beats[beat[row]]]
    return PlannedReports(
        row=row,
        beat=beat[row],
        month=np.searchsorted(edges, facts.day[row], side="right") - 1,
        spot=_spots(one, facts.x[row], facts.y[row]),
        first=first[row],
    )


def find_plan_places(
    reports: PlannedReports,
    *,
    one: HotspotMap | NoMap | None,
    inside: tuple[FloatArray, FloatArray],
    weights: Mapping[str, float],
    months: int,
    least: int,
) -> PlanPlaces:
    """Part the city into places for one group.

    Parameters
    ----------
    reports
        From `planned_reports`.
    one
        The group's map of the last period, if there is one.
    inside
        Coordinates of a point in each beat, metres.
    weights
        Component of the ground to what it tells of the group, of sum 1.
    months
        Months of the past.
    least
        Episodes of the last twelve months that a part of a hot spot must hold.

    Returns
    -------
    PlanPlaces
        A hot spot's part in a beat is a place if it is at least `LEAST_SHARE` of the hot spot and
        holds `least` episodes; else its reports count with the rest of their beat.
    """
    many = len(inside[0])
    parts = _parts(one, weights, beats=many)
    lately = reports.first & (reports.month >= months - YEAR)
    held = _matches(parts, reports)[lately]
    real = np.bincount(held[held >= 0], minlength=len(parts.beat)) >= least
    parts = _Parts(*(values[real] for values in parts))
    left = np.clip(1 - np.bincount(parts.beat, weights=parts.share, minlength=many), 0, 1)
    of_report = _matches(parts, reports)
    return PlanPlaces(
        beat=np.append(parts.beat, np.arange(many)),
        spot=np.append(parts.spot, np.zeros(many, dtype=np.int64)),
        part=np.append(parts.share, left),
        x=np.append(parts.x, inside[0]),
        y=np.append(parts.y, inside[1]),
        of_report=np.where(of_report >= 0, of_report, len(parts.beat) + reports.beat),
    )


class _Parts(NamedTuple):
    """Parts of hot spots: beat, number of the hot spot, share of the beat, middle."""

    beat: NDArray[Any]
    spot: NDArray[Any]
    share: NDArray[Any]
    x: NDArray[Any]
    y: NDArray[Any]


def _spots(one: HotspotMap | NoMap | None, x: FloatArray, y: FloatArray) -> IntArray:
    """The number of the hot spot at each point."""
    if not isinstance(one, HotspotMap):
        return np.zeros(len(x), dtype=np.int64)
    row, column = one.ground.grid.cell_of(x, y)
    return np.where(row >= 0, one.places[row, column], 0).astype(np.int64)


def _parts(one: HotspotMap | NoMap | None, weights: Mapping[str, float], *, beats: int) -> _Parts:
    """The part of every hot spot in every beat that has a real share of it."""
    if not isinstance(one, HotspotMap):
        none = np.zeros(0, dtype=np.int64)
        return _Parts(none, none, np.zeros(0), np.zeros(0), np.zeros(0))
    grid, pairs = one.ground.grid, one.ground.beats
    mass = _mass(one.ground, weights)
    of_beat = np.bincount(pairs.beat, weights=mass, minlength=beats)
    spot = one.places.ravel()[pairs.cell].astype(np.int64)
    held = np.flatnonzero(spot)
    keys, which = np.unique(
        np.column_stack([spot[held], pairs.beat[held]]), axis=0, return_inverse=True
    )

    def total(values: NDArray[Any]) -> FloatArray:
        sums = np.bincount(which.ravel(), weights=values[held], minlength=len(keys))
        return sums.astype(np.float64)

    area = total(pairs.area)
    real = area >= LEAST_SHARE * np.bincount(keys[:, 0], weights=area)[keys[:, 0]]
    row, column = np.unravel_index(pairs.cell, grid.shape)
    found = _Parts(
        beat=keys[:, 1],
        spot=keys[:, 0],
        share=total(mass) / np.maximum(of_beat[keys[:, 1]], np.finfo(float).tiny),
        x=total((grid.x0 + (column + 0.5) * grid.cell_m) * pairs.area) / area,
        y=total((grid.y0 + (row + 0.5) * grid.cell_m) * pairs.area) / area,
    )
    return _Parts(*(values[real] for values in found))


def _mass(ground: CellGround, weights: Mapping[str, float]) -> FloatArray:
    """What each pair of cell and beat holds of the mixture: a cell's is shared out by area."""
    pairs = ground.beats
    mixture = 1e-9 * ground.grid.share
    for name, component in ground.components.items():
        mixture += weights.get(name, 0.0) * component / component.sum()
    covered = np.bincount(pairs.cell, weights=pairs.area, minlength=mixture.size)
    return np.asarray(mixture.ravel()[pairs.cell] * pairs.area / covered[pairs.cell])


def _matches(parts: _Parts, reports: PlannedReports) -> IntArray:
    """Which part each report lies in, -1 for none."""
    size = int(max(parts.spot.max(initial=0), reports.spot.max(initial=0))) + 1
    many = int(max(parts.beat.max(initial=0), reports.beat.max(initial=0))) + 1
    number = np.full(size * many, -1, dtype=np.int64)
    number[parts.beat * size + parts.spot] = np.arange(len(parts.beat))
    return np.where(reports.spot > 0, number[reports.beat * size + reports.spot], -1)
