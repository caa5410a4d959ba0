"""Counts per area, period and category group: additive, exact, and nothing but counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.layers.confirmed import chance_confirmed
from geo.layers.facts import STATUS_CLASSES, period_codes
from geo.layers.reporting import Watched, WatchedEpisodes, watch_episodes, watched_areas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.layers.facts import Facts
    from geo.periods import Period

    IntArray = NDArray[np.int64]

__all__ = ["COUNTS", "STANDINGS", "AreaCounts", "count_areas"]

COUNTS = (
    "n_reports",
    "n_episodes",
    "n_report_days",
    "n_confirmed",
    "n_pending",
    "n_unconfirmed",
    "n_joke",
    "n_boundary_25m",
)

STANDINGS = ("pending", "confirmed", "unconfirmed")
"""Episodes are counted by how they stand, as `episodes_<standing>`; these are not published."""


@dataclass(frozen=True, eq=False)
class AreaCounts:
    """Counts in the areas of one level.

    Attributes
    ----------
    level
        The level's id.
    counts
        Name (one of `COUNTS`, or of an episode's `STANDINGS`) to int64, shape (areas + 1, periods,
        groups). The last row of areas is what lies in none of them.
    expected_confirmed
        float64, same shape: episodes confirmed and to be confirmed (`geo.layers.confirmed`).
    watched
        Duplicates and place-days, by category as well (`geo.layers.reporting`).
    """

    level: str
    counts: Mapping[str, IntArray]
    expected_confirmed: NDArray[np.float64]
    watched: Watched

    def __getitem__(self, name: str) -> IntArray:
        return self.counts[name]


def count_areas(
    facts: Facts,
    *,
    level: str,
    areas: int,
    periods: Sequence[Period],
    chance: NDArray[np.float64] | None = None,
    watch: WatchedEpisodes | None = None,
) -> AreaCounts:
    """Count the reports of every category group in every area and period.

    Parameters
    ----------
    facts
        Reports of one face.
    level
        A level that they were joined to.
    areas
        How many areas it has.
    periods
        Periods in order, without a gap; reports outside them are left out.
    chance, watch
        From `chance_confirmed` and `watch_episodes`, if they are known already.

    Returns
    -------
    AreaCounts
        Sums over areas, the unassigned row included, are those of the whole city. An episode
        counts in the area and period of its first report. `n_report_days` alone is not additive
        over areas. Jokes count in `n_joke` only.
    """
    period = period_codes(facts.day, periods)
    report, group = np.nonzero(facts.member & (period >= 0)[:, None])
    area = facts.places.area[level][report]
    shape = (areas + 1, len(periods), len(facts.groups))
    cell = np.ravel_multi_index((np.where(area < 0, areas, area), period[report], group), shape)
    status = facts.status[report]
    serious = status != STATUS_CLASSES.index("joke")
    chosen = {
        "n_reports": serious,
        "n_episodes": facts.first[report, group],
        **{f"n_{name}": status == code for code, name in enumerate(STATUS_CLASSES)},
        "n_boundary_25m": serious & (area >= 0) & facts.places.near_border[level][report],
    }
    standing = facts.standing[report, group]
    for name in STANDINGS:
        chosen[f"episodes_{name}"] = standing == STATUS_CLASSES.index(name)
    counts = {name: _count(cell[which], shape) for name, which in chosen.items()}
    counts["n_report_days"] = _count(_once_a_day(cell[serious], facts.day[report][serious]), shape)
    likely = (chance_confirmed(facts) if chance is None else chance)[report, group]
    expected = np.bincount(cell, weights=likely, minlength=int(np.prod(shape)))
    watch = watch_episodes(facts) if watch is None else watch
    watched = watched_areas(facts, watch, level=level, areas=areas, period=period, periods=shape[1])
    return AreaCounts(level, counts, expected.astype(np.float64).reshape(shape), watched)


def _once_a_day(cells: IntArray, day: IntArray) -> IntArray:
    """Cells, once for each day on which they have a report."""
    if not len(day):
        return cells
    span = int(np.ptp(day)) + 1
    return np.unique(cells * span + (day - day.min())) // span


def _count(cells: IntArray, shape: tuple[int, int, int]) -> IntArray:
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
