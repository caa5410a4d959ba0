"""Address places as a graph: who lives next to whom, and what a border between them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.boundaries.voronoi import AddressCells

__all__ = ["SiteGraph", "components", "site_graph"]

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


def components(graph: SiteGraph, labels: NDArray[np.int64]) -> NDArray[np.int32]:
    """Number of the connected piece of its label that each site is in, (m,)."""
    same = graph.pairs[labels[graph.pairs[:, 0]] == labels[graph.pairs[:, 1]]]
    links = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(labels),) * 2)
    return np.asarray(connected_components(links, directed=False)[1])
