"""`AreaIndex`: in which area does each point lie? Exact, and as fast as memory allows."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import InputError
from geo.join._edges import collect_edges
from geo.join._lookup import locate, make_lookup
from geo.join._predicates import LARGEST, SMALLEST

if TYPE_CHECKING:
    import geopandas
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["AreaIndex"]

_CHUNK = 2**18
"""Points per task: enough to keep a thread busy for about a millisecond."""

_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


class AreaIndex:
    """An exact point-in-polygon join, one row in, one row out.

    A point belongs to the area that holds it or whose border it touches. If several do, the
    lowest key wins, and among equal keys the first row. Areas may overlap, leave gaps, have
    holes and several parts; they need not tile.

    Parameters
    ----------
    areas
        Valid polygons and multi-polygons in any projected or geographic CRS, which is read as
        a plane. Beats, komisariaty, any level of a city. No rows: no point is in an area.
    key
        The column whose plain sort order breaks ties. A value may occur more than once, as
        Chicago's beat 3100 does.

    Raises
    ------
    InputError
        If the key column is missing, has gaps or cannot be sorted, or if a geometry is
        missing, empty, not a polygon, invalid, or too large or too fine for exact arithmetic.

    Notes
    -----
    A raster lies over the areas. A cell that no edge meets answers at once. Any other cell
    lists its edges, and the point's answer follows from those between it and the cell's
    corner (`geo.join._records`). Signs are exact (`geo.join._predicates`), so the result is
    that of `geopandas.sjoin(predicate="intersects")` with the lowest key kept, on any machine.

    Examples
    --------
    >>> import geopandas, shapely
    >>> halves = geopandas.GeoDataFrame(
    ...     {"beat": ["IV-2", "IV-1"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    ... )
    >>> AreaIndex(halves, key="beat").assign([0.5, 1.0, 3.0], [0.5, 0.5, 0.5])
    array([ 0,  1, -1], dtype=int32)
    """

    def __init__(self, areas: geopandas.GeoDataFrame, *, key: str) -> None:
        if key not in areas.columns:
            msg = f"the areas have no column {key!r}: take one of {', '.join(map(str, areas))}"
            raise InputError(msg)
        position = _sort_order(areas[key])
        polygons = areas.geometry.to_numpy()
        _check_polygons(polygons, areas[key].to_numpy(dtype=object))
        self._lookup = (
            make_lookup(collect_edges(polygons[position]), position) if len(areas) else None
        )

    def assign(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.int32]:
        """The area of each point.

        Parameters
        ----------
        x, y
            Float64 arrays of one shape, in the CRS of the areas (longitude before latitude).
            NaN, infinite and far-away coordinates are in no area.

        Returns
        -------
        NDArray[np.int32]
            Row positions in `areas`, of the same shape, -1 where there is none.

        Raises
        ------
        InputError
            If x and y are not numbers or differ in shape.
        """
        x, y = _coordinates(x), _coordinates(y)
        if x.shape != y.shape:
            msg = f"x has shape {x.shape} and y {y.shape}: give one y for each x"
            raise InputError(msg)
        if self._lookup is None:
            return np.full(x.shape, -1, dtype=np.int32)
        found = np.empty(x.shape, dtype=np.int32)
        self._fill(x.reshape(-1), y.reshape(-1), found.reshape(-1))
        return found

    def _fill(self, x: NDArray[np.float64], y: NDArray[np.float64], found: NDArray[Any]) -> None:
        chunks = [slice(i, i + _CHUNK) for i in range(0, len(x), _CHUNK)]
        workers = min(len(chunks), _processors())
        if workers <= 1:
            locate(self._lookup, x, y, found)
            return
        with ThreadPoolExecutor(workers) as pool:
            tasks = [pool.submit(locate, self._lookup, x[c], y[c], found[c]) for c in chunks]
        for task in tasks:
            task.result()


def _processors() -> int:
    """The processors that this process may use, not all that the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _sort_order(keys: pd.Series) -> NDArray[np.int32]:
    """Positions in order of the key, equal keys in order of the rows."""
    if keys.isna().any():
        msg = f"row {int(keys.isna().argmax())} has no {keys.name!r}: give every area its key"
        raise InputError(msg)
    values = keys.tolist()
    try:
        order = sorted(range(len(values)), key=values.__getitem__)
    except TypeError as error:
        msg = f"the values of {keys.name!r} have no common order ({error}): make them all text"
        raise InputError(msg) from error
    return np.array(order, dtype=np.int32)


def _check_polygons(polygons: NDArray[np.object_], keys: NDArray[np.object_]) -> None:
    """Every fault is named with its area; the first kind found is raised for all that have it."""
    absent = shapely.is_missing(polygons) | shapely.is_empty(polygons)
    _refuse(absent, keys, "has no geometry: draw it or leave the row out")
    foreign = ~np.isin(shapely.get_type_id(polygons), _POLYGONAL)
    _refuse(foreign, keys, "is not a polygon or multi-polygon: keep only its polygons")
    low, high = np.abs(_bounds_of_magnitude(polygons))
    _refuse(
        ~(high <= LARGEST),
        keys,
        f"has a coordinate that is not finite or above {LARGEST:g}: check its CRS",
    )
    _refuse(
        low < SMALLEST,
        keys,
        f"has a coordinate other than zero below {SMALLEST:g}: round it to zero",
    )
    invalid = ~shapely.is_valid(polygons)
    reason = shapely.is_valid_reason(polygons[invalid][0]) if invalid.any() else ""
    _refuse(invalid, keys, f"is not valid ({reason}): repair it, for example with make_valid()")


def _bounds_of_magnitude(
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The smallest magnitude of a coordinate other than zero, and the largest, of each area."""
    points, area = shapely.get_coordinates(polygons, return_index=True)
    size = np.abs(points)
    low, high = np.full(len(polygons), np.inf), np.zeros(len(polygons))
    np.minimum.at(low, area, np.where(size == 0, np.inf, size).min(axis=1))
    np.maximum.at(high, area, size.max(axis=1))
    return low, high


def _refuse(faulty: NDArray[np.bool_], keys: NDArray[np.object_], fault: str) -> None:
    if faulty.any():
        named = ", ".join(repr(key) for key in keys[faulty][:5])
        more = faulty.sum() - 5
        others = f" (and {more} more)" if more > 0 else ""
        msg = f"area {named}{others} {fault}"
        raise InputError(msg)


def _coordinates(values: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"coordinates must be numbers ({error}): convert them to float64"
        raise InputError(msg) from error
