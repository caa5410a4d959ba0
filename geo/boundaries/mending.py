"""Regions of a graph made whole, balanced and smooth, one site at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.boundaries.sites import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.boundaries.sites import SiteGraph

__all__ = ["mend", "polish"]

_SWEEPS = 60  # over all border sites; a sweep without a move ends them earlier
_BALANCE = 1500.0  # what a squared relative imbalance costs, in units of cut


def mend(graph: SiteGraph, *, labels: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Make every region one piece.

    Parameters
    ----------
    graph
        A connected graph of m sites, at least as many as regions.
    labels
        Region of every site, 0 … parts-1 (m,).
    parts
        Number of regions.

    Returns
    -------
    numpy.ndarray
        New labels: the heaviest piece of a region stays, the others go to the neighbour whose
        border would be dearest to cut, an empty region gets a site that another can spare.
    """
    labels = labels.copy()
    for _ in range(len(labels)):
        piece = components(graph, labels)
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


def polish(
    graph: SiteGraph, *, labels: NDArray[np.int64], targets: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Balance regions and smooth their borders by moves of single sites.

    Parameters
    ----------
    graph
        Weighted sites.
    labels
        Region of every site; every region is connected, and stays so.
    targets
        What each region should weigh, above zero (k,).

    Returns
    -------
    numpy.ndarray
        New labels, at a local minimum of Σ cuts + 1500 Σ (weight / target - 1)².
    """
    moves = _Moves(graph, labels=labels, targets=targets)
    for _ in range(_SWEEPS):
        if moves.sweep() == 0:
            break
    return np.asarray(moves.labels, dtype=np.int64)


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
            whole = components(graph, trial).max() + 1 == len(np.unique(trial))
            if whole and labels[site] in trial:
                labels = trial
                break
    return labels


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
