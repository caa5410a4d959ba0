"""Reports to areas: each report's area on every level of a city, and how near a border it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.crs import metric_crs, require_crs
from geo.errors import InputError
from geo.join._edges import collect_edges
from geo.join.index import AreaIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas
    from numpy.typing import NDArray

__all__ = ["assign_areas"]


def assign_areas(
    points: geopandas.GeoDataFrame,
    levels: Mapping[str, geopandas.GeoDataFrame],
    *,
    border_level: str = "beat",
) -> pd.DataFrame:
    """The area of each point on every level, and its distance to the nearest border.

    Parameters
    ----------
    points
        Points in a projected CRS in metres. A point without coordinates is in no area.
    levels
        Level id to its areas, with `area_id`, in any CRS. They are projected to that of the
        points.
    border_level
        The level whose borders count for `border_m`.

    Returns
    -------
    pandas.DataFrame
        The index of `points`; for each level a column of that name with `area_id` (str) or
        None; `border_m`, the distance in metres to the nearest border of an area of
        `border_level`, inf if there is none or the point has no coordinates.

    Raises
    ------
    CrsError
        If the points or a level declare no CRS, or that of the points is not in metres.
    InputError
        If `border_level` is not among the levels, a geometry of `points` is not a point, or
        the areas of a level cannot be indexed.

    Notes
    -----
    Areas meet where their borders meet: a point on a shared border belongs to the lowest
    `area_id` (see `AreaIndex`). An edge that is straight before projection stays straight
    between its projected ends.
    """
    if border_level not in levels:
        msg = f"there is no level {border_level!r} to measure borders of: take one of {[*levels]}"
        raise InputError(msg)
    metric_crs(require_crs(points, what="the frame of points").crs.to_string())
    geometry = _require_points(points)
    x, y = shapely.get_x(geometry), shapely.get_y(geometry)
    projected = {
        level: require_crs(areas, what=f"level {level!r}").to_crs(points.crs)
        for level, areas in levels.items()
    }
    columns = {level: _area_ids(areas, x, y) for level, areas in projected.items()}
    assigned = pd.DataFrame(columns, index=points.index, dtype=object)
    assigned["border_m"] = _distance_to_border(geometry, projected[border_level])
    return assigned


def _require_points(points: geopandas.GeoDataFrame) -> NDArray[np.object_]:
    geometry = points.geometry.to_numpy().copy()
    kind = shapely.get_type_id(geometry)
    other = ~np.isin(kind, (shapely.GeometryType.POINT, shapely.GeometryType.MISSING))
    if other.any():
        name = shapely.GeometryType(kind[other][0]).name.lower()
        msg = f"row {int(other.argmax())} of the points is a {name}: give one point per row"
        raise InputError(msg)
    geometry[shapely.is_empty(geometry)] = None
    return geometry


def _area_ids(
    areas: geopandas.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.object_]:
    position = AreaIndex(areas, key="area_id").assign(x, y)
    ids = np.full(len(areas) + 1, None, dtype=object)
    ids[:-1] = areas["area_id"]
    return ids[position]


def _distance_to_border(
    points: NDArray[np.object_], areas: geopandas.GeoDataFrame
) -> NDArray[np.float64]:
    distance = np.full(len(points), np.inf)
    edges = collect_edges(areas.geometry.to_numpy())
    ends = np.column_stack([edges.ax, edges.ay, edges.bx, edges.by]).reshape(-1, 2, 2)
    tree = shapely.STRtree(shapely.linestrings(ends))
    (point, _), metres = tree.query_nearest(points, all_matches=False, return_distance=True)
    distance[point] = metres
    return distance
