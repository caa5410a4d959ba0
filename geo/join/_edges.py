"""From polygons to edges: every stretch of border once, with the areas that share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Edges", "collect_edges"]


class Edges(NamedTuple):
    """Distinct edges, each from its lower end a to its upper end b, and their owners.

    The areas that own edge `k` are `owner[owner_start[k]:owner_start[k + 1]]`, ascending.
    Areas are numbered by rank: 0 is the area with the lowest key.
    """

    ax: NDArray[np.float64]
    ay: NDArray[np.float64]
    bx: NDArray[np.float64]
    by: NDArray[np.float64]
    owner_start: NDArray[np.int64]
    owner: NDArray[np.int32]


def collect_edges(polygons: NDArray[np.object_]) -> Edges:
    """The edges of valid polygons or multi-polygons, given in order of rank.

    A valid area has an edge once. So crossing an edge means entering or leaving each of its
    owners, whether one area has it or, in a tiling, two.
    """
    ends, rank = _ring_segments(polygons)
    order = np.lexsort((rank, *ends.T[::-1]))
    ends, rank = ends[order], rank[order]
    first = np.ones(len(ends), dtype=bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    start = np.flatnonzero(first)
    ax, ay, bx, by = np.ascontiguousarray(ends[start].T)
    return Edges(ax, ay, bx, by, np.append(start, len(rank)).astype(np.int64), rank)


def _ring_segments(
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Segments (n, 4) as ax, ay, bx, by with a below b, and the rank of the area of each."""
    parts, part_rank = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    points = points + 0.0  # a negative zero is a zero
    start, end = points[:-1], points[1:]
    is_edge = (point_ring[:-1] == point_ring[1:]) & (start != end).any(axis=1)
    start, end, ring = start[is_edge], end[is_edge], point_ring[:-1][is_edge]
    upward = (start[:, 1] < end[:, 1]) | ((start[:, 1] == end[:, 1]) & (start[:, 0] < end[:, 0]))
    ends = np.where(upward[:, None], np.hstack([start, end]), np.hstack([end, start]))
    return ends, part_rank[ring_part[ring]].astype(np.int32)
