"""A planar graph on a grid of 1e-7 degrees: faces that share their vertices with neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["GRID_DEG", "join_strays", "planar_faces", "shared_borders", "snap_to_grid"]

GRID_DEG = 1e-7
"""Coordinates are multiples of this: the seventh decimal of a degree, about a centimetre."""


def planar_faces(lines: Sequence[BaseGeometry]) -> NDArray[np.object_]:
    """Polygons that lines enclose, after noding them all at once on the grid.

    Parameters
    ----------
    lines
        Line geometries in EPSG:4326; they may cross, touch and overlap.

    Returns
    -------
    numpy.ndarray
        Polygons in a fixed order, vertices on the `GRID_DEG` grid. Neighbours have the same
        vertices along their common border.

    Notes
    -----
    Noding is snap rounding (Hobby 1999) as in GEOS OverlayNG: full, so that rounding to
    seven decimals afterwards moves nothing.
    """
    noded = shapely.unary_union(np.asarray(lines, dtype=object), grid_size=GRID_DEG)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    faces = shapely.normalize(snap_to_grid(faces))
    order = np.lexsort(shapely.bounds(faces).T[::-1])
    return np.asarray(faces[order], dtype=object)


def shared_borders(
    faces: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Neighbours in a coverage, and how much border they share.

    Parameters
    ----------
    faces
        Polygons with identical vertices along common borders.

    Returns
    -------
    pairs : numpy.ndarray
        Positions of two neighbours, (p, 2), lower first, sorted.
    lengths : numpy.ndarray
        Length of the common border in the unit of the coordinates, (p,).
    """
    owner, edges = _edges(faces)
    order = np.lexsort((owner, *edges.T))
    owner, edges = owner[order], edges[order]
    twin = np.flatnonzero((edges[1:] == edges[:-1]).all(axis=1))
    found = np.sort(np.column_stack([owner[twin], owner[twin + 1]]), axis=1)
    size = np.hypot(edges[twin, 2] - edges[twin, 0], edges[twin, 3] - edges[twin, 1])
    pairs, inverse = np.unique(found, axis=0, return_inverse=True)
    lengths = np.bincount(inverse.reshape(-1), weights=size, minlength=len(pairs))
    return pairs.reshape(-1, 2).astype(np.int64), np.asarray(lengths, dtype=np.float64)


def join_strays(
    labels: NDArray[np.object_], *, faces: NDArray[np.object_], inhabited: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Give every part of a label in which nobody lives to the neighbour around it.

    Parameters
    ----------
    labels
        One label per face.
    faces
        Polygons of one planar graph.
    inhabited
        Whether a face holds an address. Parts that hold none are cut-off bits of cells.

    Returns
    -------
    numpy.ndarray
        New labels: a bit has that of the neighbour with which it shares most border.
    """
    pairs, lengths = shared_borders(faces)
    for _ in range(len(faces)):
        part = _parts(labels, pairs=pairs)
        lived_in = np.bincount(part, weights=inhabited) > 0
        stray = ~lived_in[part]
        edge = stray[pairs].any(axis=1) & (part[pairs[:, 0]] != part[pairs[:, 1]])
        if not edge.any():
            break
        first = part[pairs[edge]][stray[pairs[edge]]].min()
        labels = _move_part(labels, part=part, moved=int(first), pairs=pairs, lengths=lengths)
    return labels


def snap_to_grid(geometries: Any) -> Any:
    """Geometries whose coordinates are exactly the doubles that seven decimals name."""
    return shapely.transform(geometries, lambda xy: np.rint(xy * 1e7) / 1e7)


def _parts(labels: NDArray[np.object_], *, pairs: NDArray[np.int64]) -> NDArray[np.int32]:
    same = pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]
    graph = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(len(labels),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1])


def _move_part(
    labels: NDArray[np.object_],
    *,
    part: NDArray[np.int32],
    moved: int,
    pairs: NDArray[np.int64],
    lengths: NDArray[np.float64],
) -> NDArray[np.object_]:
    sides = part[pairs] == moved
    border = sides[:, 0] != sides[:, 1]
    beyond = np.where(sides[border, 0], pairs[border, 1], pairs[border, 0])
    names, inverse = np.unique(labels[beyond], return_inverse=True)
    longest = np.argmax(np.bincount(inverse.reshape(-1), weights=lengths[border]))
    changed = labels.copy()
    changed[part == moved] = names[longest]
    return changed


def _edges(faces: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every edge of every face as (x0, y0, x1, y1), lower end first, with its face."""
    rings, face = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    start, end, owner = xy[:-1][inner], xy[1:][inner], face[ring[:-1][inner]]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)
    return owner.astype(np.int64), np.hstack([low, high])
