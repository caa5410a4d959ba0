"""Contiguous regions of equal weight: how beats are drawn where nobody publishes them.

Sites are the vertices of a graph, their common Voronoi borders its edges. A balanced power
diagram gives compact regions of nearly equal weight; moves of single sites over a border
then mend, balance and smooth them without ever breaking one apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.boundaries.voronoi import AddressCells

__all__ = ["SiteGraph", "divide", "site_graph", "visiting_order"]

_ROUNDS = 20  # in which the centres follow their regions
_SETTLING = 3  # passes over the offsets per round, ten times as many in the last
_SWEEPS = 60  # over all border sites; a sweep without a move ends them earlier
_BALANCE = 1500.0  # what a squared relative imbalance costs, in units of cut
_LEAST_BORDER_M = 1.0  # sites that touch over less than this are not neighbours


@dataclass(frozen=True, slots=True)
class SiteGraph:
    """Weighted sites and their neighbours.

    Attributes
    ----------
    xy
        Places in metres, float64 (m, 2).
    weights
        What is to be shared out, such as residents, float64 (m,).
    pairs
        Two neighbours per edge, int64 (e, 2).
    cuts
        Cost of cutting an edge, float64 (e,).
    """

    xy: NDArray[np.float64]
    weights: NDArray[np.float64]
    pairs: NDArray[np.int64]
    cuts: NDArray[np.float64]

    def part(self, chosen: NDArray[np.bool_]) -> SiteGraph:
        """The graph of some sites (mask) and the edges among them."""
        kept = chosen[self.pairs].all(axis=1)
        renumbered = np.cumsum(chosen) - 1
        return SiteGraph(
            xy=self.xy[chosen],
            weights=self.weights[chosen],
            pairs=renumbered[self.pairs[kept]],
            cuts=self.cuts[kept],
        )


def site_graph(cells: AddressCells, weights: NDArray[np.float64]) -> SiteGraph:
    """The graph of Voronoi cells, weighted by what lives at their points.

    Parameters
    ----------
    cells
        Cells of n points.
    weights
        One weight per point (n,), summed where points coincide.

    Returns
    -------
    SiteGraph
        Cutting an edge costs its border length over the distance of its two sites. The
        ratio has no unit, so that a border costs as much in a village as downtown, and
        less where it runs through a gap between buildings.
    """
    near = cells.lengths >= _LEAST_BORDER_M
    pairs = cells.pairs[near]
    step = cells.sites[pairs[:, 0]] - cells.sites[pairs[:, 1]]
    total = np.bincount(cells.site_of, weights=weights, minlength=len(cells.sites))
    return SiteGraph(
        xy=cells.sites,
        weights=np.asarray(total, dtype=np.float64),
        pairs=pairs,
        cuts=cells.lengths[near] / np.hypot(step[:, 0], step[:, 1]),
    )


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
    labels = _mend(graph, labels=labels, parts=len(targets))
    return _polish(graph, labels=labels, targets=targets)


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
    return int(_components(graph, np.zeros(len(graph.xy), dtype=np.int64)).max()) + 1


def _components(graph: SiteGraph, labels: NDArray[np.int64]) -> NDArray[np.int32]:
    """Number of the connected piece of its label that each site is in."""
    same = graph.pairs[labels[graph.pairs[:, 0]] == labels[graph.pairs[:, 1]]]
    links = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(labels),) * 2)
    return np.asarray(connected_components(links, directed=False)[1])


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


def _mend(graph: SiteGraph, *, labels: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Keep the heaviest piece of every region, give the others to a neighbour."""
    labels = labels.copy()
    for _ in range(len(labels)):
        piece = _components(graph, labels)
        weight = np.bincount(piece, weights=graph.weights) + 1e-12 * np.bincount(piece)
        region = np.zeros(len(weight), dtype=np.int64)
        region[piece] = labels
        order = np.lexsort((-weight, region))
        main = order[np.unique(region[order], return_index=True)[1]]
        if len(main) == len(weight):
            break
        loose = np.setdiff1d(np.arange(len(weight)), main)
        _adopt(graph, labels=labels, members=piece == loose[np.argmin(weight[loose])])
    return _fill_empty(graph, labels=labels, parts=parts)


def _adopt(graph: SiteGraph, *, labels: NDArray[np.int64], members: NDArray[np.bool_]) -> None:
    """Give sites the label around them whose border would be dearest to cut."""
    sides = members[graph.pairs]
    border = sides[:, 0] != sides[:, 1]
    beyond = np.where(sides[border, 0], graph.pairs[border, 1], graph.pairs[border, 0])
    labels[members] = np.argmax(np.bincount(labels[beyond], weights=graph.cuts[border]))


def _fill_empty(graph: SiteGraph, *, labels: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Start every empty region with one site that its own region can spare."""
    for empty in np.setdiff1d(np.arange(parts), labels):
        for site in np.argsort(-graph.weights, kind="stable"):
            trial = labels.copy()
            trial[site] = empty
            whole = _components(graph, trial).max() + 1 == len(np.unique(trial))
            if whole and labels[site] in trial:
                labels = trial
                break
    return labels


def _polish(
    graph: SiteGraph, *, labels: NDArray[np.int64], targets: NDArray[np.float64]
) -> NDArray[np.int64]:
    moves = _Moves(graph, labels=labels, targets=targets)
    for _ in range(_SWEEPS):
        if moves.sweep() == 0:
            break
    return np.asarray(moves.labels, dtype=np.int64)


class _Moves:
    """Sites that change their region one by one, while every region stays whole."""

    def __init__(
        self, graph: SiteGraph, *, labels: NDArray[np.int64], targets: NDArray[np.float64]
    ) -> None:
        self.labels: list[int] = labels.tolist()
        self.weights: list[float] = graph.weights.tolist()
        self.targets: list[float] = targets.tolist()
        self.loads: list[float] = np.bincount(
            labels, weights=graph.weights, minlength=len(targets)
        ).tolist()
        self.around: list[dict[int, float]] = [{} for _ in self.labels]
        for (i, j), cut in zip(graph.pairs.tolist(), graph.cuts.tolist(), strict=True):
            self.around[i][j] = cut
            self.around[j][i] = cut

    def sweep(self) -> int:
        """Move every site once where that lowers the cost; how many moved."""
        return sum(self._improve(site) for site in range(len(self.labels)))

    def _improve(self, site: int) -> bool:
        here = self.labels[site]
        touching: dict[int, float] = {}
        for other, cut in self.around[site].items():
            label = self.labels[other]
            touching[label] = touching.get(label, 0.0) + cut
        own = touching.pop(here, 0.0)
        if not touching or own == 0.0:
            return False
        change, there = min(
            (own - cut + self._imbalance_change(site, there), there)
            for there, cut in touching.items()
        )
        if change > -1e-9 or not self._can_leave(site):
            return False
        self._move(site, there)
        return True

    def _imbalance_change(self, site: int, there: int) -> float:
        here, weight = self.labels[site], self.weights[site]

        def cost(region: int, added: float) -> float:
            return ((self.loads[region] + added) / self.targets[region] - 1) ** 2

        before = cost(here, 0.0) + cost(there, 0.0)
        return _BALANCE * (cost(here, -weight) + cost(there, weight) - before)

    def _can_leave(self, site: int) -> bool:
        """Whether the site's neighbours in its region hold together without it."""
        here = self.labels[site]
        ring = {other for other in self.around[site] if self.labels[other] == here}
        reached = {min(ring)}
        queue = list(reached)
        while queue:
            found = (self.around[queue.pop()].keys() & ring) - reached
            reached |= found
            queue.extend(found)
        return reached == ring

    def _move(self, site: int, there: int) -> None:
        here, weight = self.labels[site], self.weights[site]
        self.loads[here] -= weight
        self.loads[there] += weight
        self.labels[site] = there
