"""The inner loop of `geo.episodes`, compiled: which runs of reports in two squares touch.

A run is what hangs together inside one square: consecutive reports no further apart in time than
the gap. Runs are rows of `start`, `stop` into reports that are sorted by square, then time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.join._compile import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["link_squares"]


@compiled
def link_squares(
    parent: IntArray,
    squares: IntArray,
    start: IntArray,
    time: IntArray,
    place: FloatArray,
    distance: float,
    gap: int,
) -> None:
    """Join, in `parent`, the runs of each pair of squares that touch in space and time.

    Parameters
    ----------
    parent
        Union-find forest over runs, shape (r,); changed in place.
    squares
        Pairs of squares as first and one past last run of each, shape (p, 4).
    start
        First report of each run, shape (r + 1,); the last entry is the number of reports.
    time, place
        Microseconds, shape (n,); coordinates, shape (n, 2).
    distance, gap
        The limits, both included.
    """
    for pair in range(len(squares)):
        low, end = squares[pair, 2], squares[pair, 3]
        for one in range(squares[pair, 0], squares[pair, 1]):
            opens, closes = time[start[one]] - gap, time[start[one + 1] - 1] + gap
            while low < end and time[start[low + 1] - 1] < opens:
                low += 1
            other = low
            while other < end and time[start[other]] <= closes:
                roots = _root(parent, one), _root(parent, other)
                if roots[0] != roots[1] and _touch(one, other, start, time, place, distance, gap):
                    parent[max(roots)] = min(roots)
                other += 1


@compiled
def _touch(
    one: int,
    other: int,
    start: IntArray,
    time: IntArray,
    place: FloatArray,
    distance: float,
    gap: int,
) -> bool:
    """Whether any report of one run is near any of the other; stops at the first."""
    low, end = start[other], start[other + 1]
    for i in range(start[one], start[one + 1]):
        while low < end and time[low] < time[i] - gap:
            low += 1
        j = low
        while j < end and time[j] <= time[i] + gap:
            dx, dy = place[i, 0] - place[j, 0], place[i, 1] - place[j, 1]
            if dx * dx + dy * dy <= distance * distance:
                return True
            j += 1
    return False


@compiled
def _root(parent: IntArray, node: int) -> int:
    """The representative of a node's set; the path to it is halved on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
