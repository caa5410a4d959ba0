"""Hot-spot maps: one for each period and category group.

A map is a grid of cells, tested against a background that is learned from people, addresses,
streets, land and the quarter around. It looks back twelve months from the end of its period,
because half a year holds too few reports for most groups. Where even that leaves less than half an
episode per cell there is no map, and the layer says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from geo.layers.facts import STATUS_CLASSES, day_number
from geo.layers.map_evidence import HOT, Episodes, find_evidence
from geo.periods import months_before
from geo.statistics.background import expected_background
from geo.statistics.dispersion import fit_alpha
from geo.statistics.grid import choose_cell_size
from geo.statistics.hotspots import hotspot_test

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from geo.layers.facts import Facts
    from geo.layers.ground import CellGround, Ground
    from geo.layers.map_evidence import Evidence
    from geo.periods import Period
    from geo.statistics.background import Background
    from geo.statistics.grid import Grid
    from geo.statistics.hotspots import HotspotTest

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

__all__ = [
    "CELL_SIZES",
    "HOT",
    "LEAST_EPISODES",
    "MERGE_GAP",
    "MINIMUM_EFFECT",
    "MINIMUM_MEAN",
    "HotspotMap",
    "MapMaker",
    "MappedReports",
    "NoMap",
    "Window",
    "hotspot_windows",
]

CELL_SIZES = (200, 300, 400)
MINIMUM_MEAN = 0.5
MINIMUM_EFFECT = 1.2
LEAST_EPISODES = 5
MERGE_GAP = 1
"""Cells that may lie between two hot cells of one place; they do not become part of it."""
WINDOW_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Window:
    """The twelve months [start, end) that the map of a period looks at.

    Stability is `judged` for the last period only, the one that plans are made from: it takes
    longer than all else. A window is `compared` if the data cover the twelve months before as well.
    """

    period: Period
    start: date
    end: date
    judged: bool = False
    compared: bool = False


@dataclass(frozen=True, slots=True)
class NoMap:
    """A period and group without a map: even the largest cells hold too few episodes."""

    window: Window
    group: str
    episodes: int
    mean: float


@dataclass(frozen=True, eq=False)
class MappedReports:
    """The reports of a map: metres, day, category, flat cell, and whether it stands for an episode.

    `row` are their positions in `times`, which is `Facts.times`; `repeated` and `heaped` are as
    there.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    day: IntArray
    category: NDArray[np.object_]
    cell: IntArray
    first: BoolArray
    row: IntArray
    times: pd.DataFrame
    repeated: BoolArray
    heaped: BoolArray

    def times_of(self, chosen: IntArray) -> pd.DataFrame:
        """What some of the reports say of the time, row by row."""
        return self.times.iloc[self.row[chosen]]


@dataclass(frozen=True, eq=False)
class HotspotMap:
    """One tested map; arrays have the shape of its grid.

    Attributes
    ----------
    window, group
        What it is a map of.
    ground
        Its cells, and what lies in them.
    n_reports, n_episodes, n_confirmed
        int64 counts.
    n_before
        int64 episodes of the twelve months before; None where the data do not cover them.
    background
        Expectations, weights of the mixture, relative variance.
    test
        p, q and class on this grid.
    evidence
        The class that may be published, and what else the map tells.
    spread
        Relative variance of the whole map around the expectation, hot spots included.
    places
        int32: number of the hot spot that a cell belongs to, from 1, in order of its first cell;
        0 for none. Hot cells with at most `MERGE_GAP` cells between them are one hot spot.
    reports
        The reports that it was made of.
    """

    window: Window
    group: str
    ground: CellGround
    n_reports: IntArray
    n_episodes: IntArray
    n_confirmed: IntArray
    n_before: IntArray | None
    background: Background
    test: HotspotTest
    evidence: Evidence
    spread: float
    places: NDArray[np.int32]
    reports: MappedReports

    @property
    def shown(self) -> IntArray:
        """Flat positions of the cells that a layer has: with a report."""
        return np.flatnonzero((self.n_reports > 0) & self.ground.grid.mask)

    def cell_ids(self, flat: IntArray) -> NDArray[np.object_]:
        """Ids of cells: side, then north and east in sides from the origin of the metric CRS."""
        grid = self.ground.grid
        row, column = np.unravel_index(flat, grid.shape)
        north = row + round(grid.y0 / grid.cell_m)
        east = column + round(grid.x0 / grid.cell_m)
        side = f"{grid.cell_m:g}m"
        return np.array([f"{side}N{n}E{e}" for n, e in zip(north, east, strict=True)], dtype=object)


def hotspot_windows(periods: Sequence[Period], *, first: date, end: date) -> list[Window]:
    """The windows whose twelve months the data cover.

    Parameters
    ----------
    periods
        Periods in order; that of the last day of data is cut at that day.
    first, end
        The data cover the local days [first, end).

    Returns
    -------
    list of Window
        In the order of the periods.
    """
    found = []
    for period in periods:
        last = min(period.end, end)
        start = months_before(last, WINDOW_MONTHS)
        if start >= first and period.start < last:
            compared = months_before(start, WINDOW_MONTHS) >= first
            found.append(Window(period, start, last, compared=compared))
    return [*found[:-1], *(replace(one, judged=True) for one in found[-1:])]


class MapMaker:
    """Makes maps, each once: two faces that see the same reports share theirs."""

    def __init__(self, ground: Ground, *, cell_sizes: Sequence[int] = CELL_SIZES) -> None:
        self.ground = ground
        self.cell_sizes = tuple(cell_sizes)
        self._made: dict[bytes, HotspotMap | NoMap] = {}

    def make(self, facts: Facts, window: Window, group: str) -> HotspotMap | NoMap:
        """The map of a group in a window, or why there is none.

        Parameters
        ----------
        facts
            Reports of one face.
        window
            Which twelve months.
        group
            Id of a category group.

        Returns
        -------
        HotspotMap or NoMap
            Made of the reports inside the city.
        """
        rows = self._rows(facts, group, since=window.start, until=window.end)
        before = None
        if window.compared:
            earlier = months_before(window.start, WINDOW_MONTHS)
            before = self._rows(facts, group, since=earlier, until=window.start)
            before = before[facts.first_of(group)[before]]
        key = _digest(facts, rows, before, window=window, group=group)
        if key not in self._made:
            self._made[key] = self._make(facts, rows, before, window=window, group=group)
        return self._made[key]

    def _rows(self, facts: Facts, group: str, *, since: date, until: date) -> IntArray:
        """The reports of a group on the days [since, until) inside the city."""
        inside = facts.places.area[self.ground.city.settings.boundary_level] >= 0
        inside &= (facts.day >= day_number(since)) & (facts.day < day_number(until))
        return np.flatnonzero(inside & facts.counted(group))

    def _make(
        self,
        facts: Facts,
        rows: IntArray,
        before: IntArray | None,
        *,
        window: Window,
        group: str,
    ) -> HotspotMap | NoMap:
        first = rows[facts.first_of(group)[rows]]
        x, y = facts.x[first], facts.y[first]
        cell_m, means = choose_cell_size(
            x, y, self.ground.boundary, candidates=self.cell_sizes, minimum_mean=MINIMUM_MEAN
        )
        if cell_m is None:
            return NoMap(window, group, episodes=len(first), mean=max(means.values()))
        ground = self.ground.cells(cell_m)
        grid = ground.grid
        counts = np.where(grid.mask, grid.count(x, y), 0)
        confirmed = rows[facts.status[rows] == STATUS_CLASSES.index("confirmed")]
        background = expected_background(
            counts, list(ground.components.values()), cell_m=cell_m, mask=grid.mask
        )
        expected = background.expected
        test = hotspot_test(
            counts,
            exposure=expected,
            mask=grid.mask,
            alpha=background.alpha,
            minimum_effect=MINIMUM_EFFECT,
        )
        tested = grid.mask & (expected > 0)
        judged = window.judged and (test.hot_class >= HOT).any()
        evidence = find_evidence(
            Episodes(x, y, facts.day[first]),
            end=window.end,
            grid=grid,
            background=background,
            test=test,
            lattices=self.ground.lattices if judged else (),
            minimum_effect=MINIMUM_EFFECT,
        )
        return HotspotMap(
            window=window,
            group=group,
            ground=ground,
            n_reports=grid.count(facts.x[rows], facts.y[rows]),
            n_episodes=counts,
            n_confirmed=grid.count(facts.x[confirmed], facts.y[confirmed]),
            n_before=None if before is None else grid.count(facts.x[before], facts.y[before]),
            background=background,
            test=test,
            evidence=evidence,
            spread=fit_alpha(counts[tested].astype(float), expected[tested]),
            places=_places(evidence.hot_class, counts),
            reports=_mapped(facts, rows, grid=grid, group=group),
        )


def _mapped(facts: Facts, rows: IntArray, *, grid: Grid, group: str) -> MappedReports:
    x, y = facts.x[rows], facts.y[rows]
    cell = np.ravel_multi_index(grid.cell_of(x, y), grid.shape, mode="clip")
    return MappedReports(
        x=x,
        y=y,
        day=facts.day[rows],
        category=facts.category[rows],
        cell=cell,
        first=facts.first_of(group)[rows],
        row=rows,
        times=facts.times,
        repeated=facts.repeated[rows],
        heaped=facts.heaped[rows],
    )


def _digest(
    facts: Facts, rows: IntArray, before: IntArray | None, *, window: Window, group: str
) -> bytes:
    """Two maps with the same digest are made of the same reports."""
    state = hashlib.sha256(f"{group}.{window.start}.{window.end}.{window.judged}".encode())
    signs = (facts.repeated, facts.heaped)
    for values in (facts.x, facts.y, facts.status, facts.first_of(group), facts.day, *signs):
        state.update(np.ascontiguousarray(values[rows]).tobytes())
    for values in () if before is None else (facts.x, facts.y):
        state.update(values[before].tobytes())
    state.update("\n".join(facts.category[rows]).encode())
    return state.digest()


def _places(hot_class: IntArray, counts: IntArray) -> NDArray[np.int32]:
    """Hot cells with at most one cell between them are one place if it holds enough episodes."""
    hot = hot_class >= HOT
    # A cell and its neighbours north and east: two such squares touch exactly if the cells are
    # that near, and each square begins with its cell, so places are numbered by their first cell.
    reach = np.ones((MERGE_GAP + 1, MERGE_GAP + 1))
    near = ndimage.binary_dilation(hot, reach, origin=-((MERGE_GAP + 1) // 2))
    labels, _ = ndimage.label(near, structure=np.ones((3, 3)))
    labels[~hot] = 0
    held = np.bincount(labels.ravel(), weights=counts.ravel())
    held[0] = 0
    large = held >= LEAST_EPISODES
    number = np.where(large, np.cumsum(large), 0)
    return number[labels].astype(np.int32)
