"""Which areas of a level lie side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.boundaries.planar import shared_borders

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

__all__ = ["border_lengths", "neighbour_texts"]

_APART_M = 0.01
"""Borders that are nearer than this are the same line: published coordinates have a centimetre."""

_LEAST_M = 1.0
"""Less than this in common is a corner."""


def neighbour_texts(areas: gpd.GeoDataFrame) -> list[str | None]:
    """The neighbours of each area, as one text.

    Parameters
    ----------
    areas
        With `area_id`, in a metric CRS.

    Returns
    -------
    list
        Per area the ids of those that share a border line with it, the longest line first, joined
        by commas; None for an area without any.
    """
    pairs, metres = border_lengths(areas.geometry.to_numpy())
    ids = areas["area_id"].tolist()
    one, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    beside: list[list[tuple[float, str]]] = [[] for _ in ids]
    for area, neighbour, length in zip(one, other, np.tile(metres, 2), strict=True):
        beside[area].append((-round(float(length), 1), str(ids[neighbour])))
    return [",".join(name for _, name in sorted(found)) or None for found in beside]


def border_lengths(shapes: NDArray[np.object_]) -> tuple[IntArray, FloatArray]:
    """Pairs of areas with a border line in common, and how long it is.

    Parameters
    ----------
    shapes
        Polygons in a metric CRS, shape (n,).

    Returns
    -------
    tuple
        Positions of two neighbours, int64, shape (pairs, 2), the lower first, in order; and
        metres, shape (pairs,). Areas that meet in a corner are no neighbours.

    Notes
    -----
    In a clean coverage neighbours have the same vertices, so that edges can be compared. Where
    two areas touch without a common edge, because one of them has a vertex that the other lacks,
    the length is that of the one border within a centimetre of the other.
    """
    exact, metres = shared_borders(shapes)
    touching = _touching(shapes)
    known = np.isin(_key(touching, len(shapes)), _key(exact, len(shapes)))
    rest = touching[~known]
    border = shapely.boundary(shapes)
    wide = shapely.buffer(border[rest[:, 1]], _APART_M, quad_segs=1)
    near = shapely.length(shapely.intersection(border[rest[:, 0]], wide))
    pairs, lengths = np.concatenate([exact, rest]), np.concatenate([metres, near])
    real = lengths >= _LEAST_M
    order = np.argsort(_key(pairs[real], len(shapes)))
    return pairs[real][order], lengths[real][order]


def _touching(shapes: NDArray[np.object_]) -> IntArray:
    """Pairs that are a centimetre apart at most."""
    found = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_APART_M)
    return np.asarray(found.T[found[0] < found[1]], dtype=np.int64).reshape(-1, 2)


def _key(pairs: IntArray, many: int) -> IntArray:
    return pairs[:, 0] * many + pairs[:, 1]
