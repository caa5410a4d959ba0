"""Contiguous regions of equal weight: how beats are drawn where nobody publishes them.

Sites are the vertices of a graph, their common Voronoi borders its edges. A balanced power
diagram gives compact regions of nearly equal weight; moves of single sites over a border
then mend, balance and smooth them without ever breaking one apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.boundaries.mending import mend, polish
from geo.boundaries.sites import components
from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.boundaries.sites import SiteGraph

__all__ = ["divide", "visiting_order"]

_ROUNDS = 20  # in which the centres follow their regions
_SETTLING = 3  # passes over the offsets per round, ten times as many in the last


def divide(
    graph: SiteGraph, *, shares: Sequence[float], around: Sequence[tuple[float, float]] = ()
) -> NDArray[np.int64]:
    """Divide sites into contiguous regions whose weights are in given proportions.

    Parameters
    ----------
    graph
        A connected graph of m sites.
    shares
        Proportions of the k regions, all above zero; equal ones for equal regions.
    around
        Places in metres, at most k: each is the centre of a region of its own, and stays.

    Returns
    -------
    numpy.ndarray
        Region of every site, 0 … k-1, int64 (m,). Every region is connected in the graph.
        The same input gives the same regions.

    Raises
    ------
    InputError
        If a share is not positive, there are more regions than sites or more places than
        regions, no site has weight, or the graph falls apart.

    Notes
    -----
    A site x belongs to the region with the least |x - c|² - o. Centres c follow their
    regions; each offset o in turn is set so that its region weighs what it should: a
    balanced centroidal power diagram (Aurenhammer, Hoffmann and Aronov 1998; Cohen-Addad,
    Klein and Young 2018). The moves that follow lower Σ cuts + 1500 Σ (weight / target - 1)².
    """
    targets = _targets(graph, shares=shares)
    if len(around) > len(targets):
        msg = f"{len(around)} places to lie around, but only {len(targets)} regions"
        raise InputError(msg)
    if len(targets) == 1:
        return np.zeros(len(graph.xy), dtype=np.int64)
    labels = _power_diagram(graph, targets=targets, around=np.array(around).reshape(-1, 2))
    labels = mend(graph, labels=labels, parts=len(targets))
    return polish(graph, labels=labels, targets=targets)


def visiting_order(xy: NDArray[np.float64], *, first: Sequence[int]) -> list[int]:
    """An order of places in which consecutive ones are close, for numbering areas.

    Parameters
    ----------
    xy
        Centres in metres (n, 2).
    first
        Positions that come first, in this order.

    Returns
    -------
    list of int
        All positions: a nearest-neighbour walk from the last of `first`, shortened by
        reversing stretches (2-opt) until none helps.
    """
    tour = list(first) or [int(np.lexsort((xy[:, 0], -xy[:, 1]))[0])]
    fixed = len(tour)
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    left = [i for i in range(len(xy)) if i not in tour]
    while left:
        nearest = min(left, key=lambda i: (apart[tour[-1], i], i))
        tour.append(nearest)
        left.remove(nearest)
    return _shorten(tour, apart=apart, fixed=fixed)


def _shorten(tour: list[int], *, apart: NDArray[np.float64], fixed: int) -> list[int]:
    def length(order: list[int]) -> float:
        return float(apart[order[:-1], order[1:]].sum())

    best, improved = length(tour), True
    while improved:
        improved = False
        for i in range(fixed, len(tour) - 1):
            for j in range(i + 2, len(tour) + 1):
                candidate = tour[:i] + tour[i:j][::-1] + tour[j:]
                if length(candidate) < best - 1e-6:
                    tour, best, improved = candidate, length(candidate), True
    return tour


def _targets(graph: SiteGraph, *, shares: Sequence[float]) -> NDArray[np.float64]:
    given = np.asarray(shares, dtype=np.float64)
    total = float(graph.weights.sum())
    faults = [
        (
            len(given) == 0 or not bool((given > 0).all()),
            f"shares {given.tolist()} must be above 0",
        ),
        (
            len(given) > len(graph.xy),
            f"{len(given)} regions need as many sites, not {len(graph.xy)}",
        ),
        (total <= 0, "the sites weigh nothing in all, so no share of it can be met"),
    ]
    found = [message for wrong, message in faults if wrong]
    if not found and (pieces := _pieces(graph)) > 1:
        found = [f"the sites fall into {pieces} unconnected groups: divide each by itself"]
    if found:
        raise InputError("; ".join(found))
    return given / given.sum() * total


def _pieces(graph: SiteGraph) -> int:
    return int(components(graph, np.zeros(len(graph.xy), dtype=np.int64)).max()) + 1


def _power_diagram(
    graph: SiteGraph, *, targets: NDArray[np.float64], around: NDArray[np.float64]
) -> NDArray[np.int64]:
    k = len(targets)
    labels = np.zeros(len(graph.xy), dtype=np.int64)
    _bisect(graph, targets=targets, chosen=np.arange(len(labels)), labels=labels, first=0)
    mass = graph.weights + graph.weights.sum() * 1e-9  # an empty cell still has a place
    centres, offsets = _centres(graph.xy, mass=mass, labels=labels, k=k), np.zeros(k)
    held = _hold(centres, around)
    for sweeps in [_SETTLING] * _ROUNDS + [10 * _SETTLING]:
        squared = ((graph.xy[:, None] - centres[None]) ** 2).sum(axis=2)
        for _ in range(sweeps):
            _settle(squared, mass=mass, targets=targets, offsets=offsets)
        labels = np.argmin(squared - offsets, axis=1)
        moved = _centres(graph.xy, mass=mass, labels=labels, k=k)
        centres = np.where(np.isnan(moved) | held[:, None], centres, moved)
    return labels


def _hold(centres: NDArray[np.float64], around: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Put the nearest free centre on each place to lie around; which centres these are."""
    held = np.zeros(len(centres), dtype=bool)
    for place in around:
        away = np.where(held, np.inf, ((centres - place) ** 2).sum(axis=1))
        centres[away.argmin()] = place
        held[away.argmin()] = True
    return held


def _settle(
    squared: NDArray[np.float64],
    *,
    mass: NDArray[np.float64],
    targets: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> None:
    """Set one offset after the other so that its region weighs what it should."""
    reach = squared - offsets
    for i, target in enumerate(targets):
        reach[:, i] = np.inf
        margin = squared[:, i] - reach.min(axis=1)
        order = np.argsort(margin, kind="stable")
        last = int(np.searchsorted(np.cumsum(mass[order]), target))
        last = min(max(last, 1), len(order) - 1)
        offsets[i] = margin[order[last - 1 : last + 1]].mean()
        reach[:, i] = squared[:, i] - offsets[i]


def _centres(
    xy: NDArray[np.float64], *, mass: NDArray[np.float64], labels: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    """Weighted centre of every region, NaN where it is empty."""
    total = np.bincount(labels, weights=mass, minlength=k)
    total[total == 0] = np.nan
    sums = [np.bincount(labels, weights=mass * axis, minlength=k) for axis in xy.T]
    return np.column_stack(sums) / total[:, None]


def _bisect(
    graph: SiteGraph,
    *,
    targets: NDArray[np.float64],
    chosen: NDArray[np.int64],
    labels: NDArray[np.int64],
    first: int,
) -> None:
    """Write starting labels: halve the regions across the longer axis, again and again."""
    k = len(targets)
    labels[chosen] = first
    if k == 1:
        return
    half = k // 2
    along = _long_axis(graph.xy[chosen], graph.weights[chosen])
    order = np.argsort(along, kind="stable")
    running = np.cumsum(graph.weights[chosen][order])
    share = float(targets[:half].sum() / targets.sum())
    cut = int(np.searchsorted(running, share * running[-1]))
    cut = min(max(cut, half), len(chosen) - (k - half))
    low, high = np.sort(chosen[order[:cut]]), np.sort(chosen[order[cut:]])
    _bisect(graph, targets=targets[:half], chosen=low, labels=labels, first=first)
    _bisect(graph, targets=targets[half:], chosen=high, labels=labels, first=first + half)


def _long_axis(xy: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions along the direction of greatest weighted spread."""
    mass = weights + max(float(weights.max()), 1.0) * 1e-9
    centred = xy - np.average(xy, axis=0, weights=mass)
    _, directions = np.linalg.eigh((centred * mass[:, None]).T @ centred)
    axis = directions[:, -1]
    return np.asarray(centred @ (axis * np.sign(axis[np.argmax(np.abs(axis))])))
