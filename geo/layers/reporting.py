"""How readily people report, by area: duplicates of episodes until these are verified.

What is reported often everywhere (a parked car) must not make an area look eager where there is
much of it. So an area's duplicates are compared with those that its own place-days would have at
the city's rate of each category.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geo.periods import months_before
from geo.statistics.reporting import (
    LEAST_PLACE_DAYS,
    LOW_PROBABILITY,
    WATCH_DAYS,
    ReportingRatio,
    reporting_ratio,
    watch_incidents,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.layers.facts import Facts
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "REPORTING",
    "Watched",
    "WatchedEpisodes",
    "reporting_columns",
    "watch_episodes",
    "watched_areas",
]

_MONTHS = 12

REPORTING = {
    "months": _MONTHS,
    "watch_days": WATCH_DAYS,
    "least_place_days": LEAST_PLACE_DAYS,
    "low_probability": LOW_PROBABILITY,
}
"""What was chosen."""

_MICROSECONDS_PER_DAY = 86_400_000_000
_COLUMNS = ("reporting_rate_rr", "reporting_rate_lo90", "reporting_rate_hi90", "low_reporting")
"""In the order of `ReportingRatio`."""


class WatchedEpisodes(NamedTuple):
    """Episodes, each at the report that stands for it.

    `duplicates` and `place_days` have shape (n, groups), float64, and are zero elsewhere;
    `category` is that of each report, int64 from 0, and `categories` how many there are.
    """

    duplicates: FloatArray
    place_days: FloatArray
    category: IntArray
    categories: int


class Watched(NamedTuple):
    """Sums over areas: `duplicates` and `place_days`, float64.

    Shape (areas + 1, periods, groups, categories); the last row is what lies in no area.
    """

    duplicates: FloatArray
    place_days: FloatArray


def watch_episodes(facts: Facts) -> WatchedEpisodes:
    """Watch every episode from its first report until it is verified.

    Parameters
    ----------
    facts
        Reports of one face.

    Returns
    -------
    WatchedEpisodes
        By report.
    """
    names, category = np.unique(facts.category.astype(str), return_inverse=True)
    zeros = np.zeros((2, *facts.first.shape))
    found = WatchedEpisodes(zeros[0], zeros[1], category.astype(np.int64), max(len(names), 1))
    made, closed = (times / _MICROSECONDS_PER_DAY for times in (facts.time, facts.closed))
    for column, group in enumerate(facts.groups):
        rows = np.flatnonzero(facts.counted(group))
        watch = watch_incidents(facts.episode[rows], made[rows], closed[rows])
        heads = np.flatnonzero(facts.first_of(group))
        heads = heads[np.argsort(facts.episode[heads])]
        found.duplicates[heads, column] = watch.duplicates
        found.place_days[heads, column] = watch.days
    return found


def watched_areas(
    facts: Facts,
    watch: WatchedEpisodes,
    *,
    level: str,
    areas: int,
    period: IntArray,
    periods: int,
) -> Watched:
    """Sum what was watched by area, period, group and category of the first report.

    Parameters
    ----------
    facts
        Reports of one face.
    watch
        From `watch_episodes`.
    level
        A level that they were joined to.
    areas
        How many areas it has.
    period
        The period of each report, from 0, or -1: not counted.
    periods
        How many there are.

    Returns
    -------
    Watched
        By area; the last row is what lies in none.
    """
    report, group = np.nonzero(facts.first & (period >= 0)[:, None])
    area = facts.places.area[level][report]
    size = (areas + 1, periods, len(facts.groups), watch.categories)
    index = (np.where(area < 0, areas, area), period[report], group, watch.category[report])
    cell = np.ravel_multi_index(index, size)
    sums = [
        np.bincount(cell, weights=values[report, group], minlength=int(np.prod(size)))
        for values in (watch.duplicates, watch.place_days)
    ]
    duplicates, days = (values.reshape(size).astype(np.float64) for values in sums)
    return Watched(duplicates, days)


def reporting_columns(
    watched: Watched, *, periods: Sequence[Period], shown: BoolArray
) -> dict[str, object]:
    """Reporting rates against the city's, over the twelve months to the end of each period.

    Parameters
    ----------
    watched
        By area.
    periods
        The periods, in order. An episode belongs to that of its first report, and counts for
        every period with which its own ends less than twelve months apart.
    shown
        Where the counts may be shown, (areas, periods): what may not has no part in any rate.

    Returns
    -------
    dict
        ``reporting_rate_rr``, ``reporting_rate_lo90``, ``reporting_rate_hi90`` and
        ``low_reporting``, flat over areas (the last one none), periods and groups; missing where
        fewer than `LEAST_PLACE_DAYS` were watched. ``_no_reporting`` says why.
    """
    duplicates, days, expected = _in_windows(watched, periods=periods, shown=shown)
    size = (len(days) + 1, *days.shape[1:])
    found = {name: np.full(size, np.nan) for name in _COLUMNS}
    enough = (days >= LEAST_PLACE_DAYS) & shown[..., None]
    compared = enough & (expected.sum(axis=0) > 0)
    for p, g in np.argwhere(compared.any(axis=0)):
        use = np.flatnonzero(shown[:, p] & (days[:, p, g] > 0))
        ratio = _ratio(duplicates[use, p, g].tobytes(), expected[use, p, g].tobytes())
        kept = compared[use, p, g]
        for name, values in zip(found, ratio, strict=True):
            found[name][use[kept], p, g] = values[kept]
    low = pd.array(found.pop("low_reporting").ravel(), dtype="boolean")
    why = np.where(compared, "", np.where(enough, "no-duplicates", "few-place-days"))
    reason = np.concatenate([why, np.full((1, *size[1:]), "")]).ravel()
    ratios: dict[str, object] = {name: values.ravel() for name, values in found.items()}
    return ratios | {"low_reporting": low, "_no_reporting": reason}


def _in_windows(
    watched: Watched, *, periods: Sequence[Period], shown: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Duplicates, place-days and expected duplicates, each (areas, periods, groups)."""
    within = np.array(
        [[q.start >= months_before(p.end, _MONTHS) and q.end <= p.end for q in periods]
         for p in periods], dtype=float,
    )  # fmt: skip
    open_ = shown[:, :, None, None]
    duplicates, days = (
        np.einsum("pq,aqgc->apgc", within, np.where(open_, values[:-1], 0.0)) for values in watched
    )
    watched_for = days.sum(axis=0)
    rate = np.divide(
        duplicates.sum(axis=0), watched_for, out=np.zeros_like(watched_for), where=watched_for > 0
    )
    return duplicates.sum(axis=3), days.sum(axis=3), np.einsum("apgc,pgc->apg", days, rate)


@lru_cache(maxsize=4096)
def _ratio(duplicates: bytes, expected: bytes) -> ReportingRatio:
    """`reporting_ratio`, fitted once where both faces count the same."""
    return reporting_ratio(*(np.frombuffer(part, np.float64) for part in (duplicates, expected)))
