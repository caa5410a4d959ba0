"""The square cells that hot spots are computed on, and the rule that picks their size.

Squares, because their area is exact and a window of them is a sum of shifted arrays. The lattice
hangs on the origin of the metric CRS, so two runs, periods or category groups share their cells.
Row 0 is the southernmost row, column 0 the westernmost column.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, overload

import numpy as np
import shapely

from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["Grid", "choose_cell_size", "lay_grid", "make_grid"]

_LEAST_SHARE = 1e-9
"""A smaller share of a cell inside the boundary is a rounding of a touch, not area."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A lattice of square cells over a city. All lengths are metres of one metric CRS.

    Parameters
    ----------
    cell_m
        Side of a cell.
    x0, y0
        South-west corner of cell (0, 0).
    shape
        Rows, columns.
    mask
        Boolean array of `shape`: the cells with area inside the boundary.
    share
        Float array of `shape`: the share of each cell's area inside the boundary, in [0, 1].
    """

    cell_m: float
    x0: float
    y0: float
    shape: tuple[int, int]
    mask: BoolArray
    share: FloatArray

    def cell_of(self, x: ArrayLike, y: ArrayLike) -> tuple[IntArray, IntArray]:
        """The cell of each point.

        A cell is half-open: a point on a shared edge belongs to the cell east or north of it.

        Parameters
        ----------
        x, y
            Coordinates in the metric CRS, shape (n,).

        Returns
        -------
        tuple of ndarray
            Row and column, int64, shape (n,); both -1 where the point lies outside the lattice or
            is not finite.
        """
        rows, columns = self.shape
        column = np.floor((np.asarray(x, dtype=np.float64) - self.x0) / self.cell_m)
        row = np.floor((np.asarray(y, dtype=np.float64) - self.y0) / self.cell_m)
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return (
            np.where(inside, row, -1.0).astype(np.int64),
            np.where(inside, column, -1.0).astype(np.int64),
        )

    @overload
    def count(self, x: ArrayLike, y: ArrayLike, weights: None = None) -> IntArray: ...

    @overload
    def count(self, x: ArrayLike, y: ArrayLike, weights: ArrayLike) -> FloatArray: ...

    def count(
        self, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None
    ) -> IntArray | FloatArray:
        """The number of points in each cell, or the sum of their weights.

        Points outside the lattice are left out. A cell on the boundary also counts what lies in
        it beyond the boundary: give the points of the city only.

        Parameters
        ----------
        x, y
            Coordinates in the metric CRS, shape (n,).
        weights
            One number per point, for example its residents.

        Returns
        -------
        ndarray
            Of `shape`: int64 without weights, float64 with them.
        """
        row, column = self.cell_of(x, y)
        inside = row >= 0
        flat = np.ravel_multi_index((row[inside], column[inside]), self.shape)
        given = None if weights is None else np.asarray(weights, dtype=np.float64)[inside]
        size = math.prod(self.shape)
        return np.bincount(flat, weights=given, minlength=size).reshape(self.shape)

    def covered(self, area: shapely.Geometry) -> tuple[IntArray, FloatArray]:
        """The cells that an area covers, wholly or in part.

        Parameters
        ----------
        area
            Polygon or MultiPolygon in the metric CRS.

        Returns
        -------
        tuple of ndarray
            Flat positions of cells, increasing, and the share of each inside the area, in (0, 1].
        """
        part = lay_grid(area, cell_m=self.cell_m, origin=(self.x0, self.y0))
        row, column = np.nonzero(part.mask)
        share = part.share[row, column]
        row = row + round((part.y0 - self.y0) / self.cell_m)
        column = column + round((part.x0 - self.x0) / self.cell_m)
        rows, columns = self.shape
        here = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return row[here] * columns + column[here], share[here]

    def polygons(self, rows: ArrayLike, columns: ArrayLike) -> NDArray[np.object_]:
        """The squares of some cells, whole, also where the boundary cuts them.

        Parameters
        ----------
        rows, columns
            Integer positions, shape (n,).

        Returns
        -------
        ndarray
            n shapely polygons in the metric CRS, counter-clockwise.
        """
        west = self.x0 + np.asarray(columns, dtype=np.float64) * self.cell_m
        south = self.y0 + np.asarray(rows, dtype=np.float64) * self.cell_m
        return np.asarray(shapely.box(west, south, west + self.cell_m, south + self.cell_m))

    def line_length(
        self, lines: geopandas.GeoSeries | Sequence[shapely.Geometry] | NDArray[np.object_]
    ) -> FloatArray:
        """Metres of line in each cell: every segment is cut where it crosses the lattice.

        A piece that runs along a shared edge belongs to the cell east or north of it.

        Parameters
        ----------
        lines
            LineStrings or MultiLineStrings in the metric CRS. What lies outside the lattice is
            left out.

        Returns
        -------
        ndarray
            Float64 of `shape`, metres.

        Raises
        ------
        InputError
            If a geometry is not a line.
        """
        start, end = _segments(np.asarray(lines, dtype=object))
        origin = np.array([self.x0, self.y0])
        middle, step = _cut_at_lattice((start - origin) / self.cell_m, (end - origin) / self.cell_m)
        where = origin + middle * self.cell_m
        return self.count(where[:, 0], where[:, 1], np.hypot(*step.T) * self.cell_m)


def lay_grid(
    boundary: shapely.Geometry, *, cell_m: float, origin: tuple[float, float] = (0.0, 0.0)
) -> Grid:
    """The cells that cover a boundary.

    Parameters
    ----------
    boundary
        Polygon or MultiPolygon in the metric CRS.
    cell_m
        Side of a cell, metres.
    origin
        A point that is a corner of the lattice, metres; shift it to see how far a map depends on
        where the lattice happens to lie.

    Returns
    -------
    Grid
        Just large enough for every point of the boundary. Its arrays are read-only.

    Raises
    ------
    InputError
        If the boundary has no area, or crosses itself.
    UsageError
        If `cell_m` is not positive.
    """
    if not (math.isfinite(cell_m) and cell_m > 0):
        msg = f"the cell size is {cell_m} m, and a cell needs a positive side: try 200"
        raise UsageError(msg)
    if not (shapely.area(boundary) > 0 and shapely.is_valid(boundary)):
        given = shapely.to_wkt(boundary)[:60]
        msg = f"the boundary is {given}: cells need a polygon with area that does not cross itself"
        raise InputError(msg)
    west, south, east, north = shapely.bounds(boundary)
    first_column, last_column = (math.floor((v - origin[0]) / cell_m) for v in (west, east))
    first_row, last_row = (math.floor((v - origin[1]) / cell_m) for v in (south, north))
    x0 = origin[0] + first_column * cell_m
    y0 = origin[1] + first_row * cell_m
    shape = (last_row - first_row + 1, last_column - first_column + 1)
    share = _area_share(boundary, x0=x0, y0=y0, shape=shape, cell_m=cell_m)
    mask = share > 0
    for array in (mask, share):
        array.setflags(write=False)
    return Grid(cell_m=cell_m, x0=x0, y0=y0, shape=shape, mask=mask, share=share)


make_grid = lru_cache(maxsize=16)(lay_grid)
"""`lay_grid`, and the last grids kept: every category group of a release asks for the same few."""


def choose_cell_size(
    x: ArrayLike,
    y: ArrayLike,
    boundary: shapely.Geometry,
    *,
    candidates: Sequence[float] = (200, 300, 400),
    minimum_mean: float = 0.5,
) -> tuple[float | None, dict[float, float]]:
    """The smallest cell that still holds enough episodes for a test.

    Parameters
    ----------
    x, y
        Episodes in the metric CRS, shape (n,). Those outside the boundary do not count.
    boundary
        Polygon or MultiPolygon in the metric CRS.
    candidates
        Sides to choose from, metres, in any order.
    minimum_mean
        Episodes per cell of the mask, on average, that a test needs.

    Returns
    -------
    tuple
        The side in metres, or None where even the largest cell holds too few: then the map shows
        density and no class. And the mean number of episodes per cell for every candidate.

    Notes
    -----
    At 0.2 episodes per cell the test of `hotspot_test` finds only places with eight times the
    expected number; at 0.5 it finds nine of ten with five times.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    shapely.prepare(boundary)
    inside = shapely.intersects_xy(boundary, x, y)
    means = {}
    for cell_m in sorted(candidates):
        grid = make_grid(boundary, cell_m=cell_m)
        means[cell_m] = float(grid.count(x[inside], y[inside])[grid.mask].sum() / grid.mask.sum())
    chosen = next((cell_m for cell_m, mean in means.items() if mean >= minimum_mean), None)
    return chosen, means


def _area_share(
    boundary: shapely.Geometry, *, x0: float, y0: float, shape: tuple[int, int], cell_m: float
) -> FloatArray:
    """Exact: what lies east of each piece of border, less what lies east of the border beyond.

    Borders run with the city on their left, so a piece that rises takes away what is east of it,
    and one that falls adds it. What is added in a cell goes on in all cells east of it.
    """
    rings = shapely.get_parts(shapely.boundary(shapely.orient_polygons(boundary)))
    start, end = _segments(rings)
    origin = np.array([x0, y0])
    middle, step = _cut_at_lattice((start - origin) / cell_m, (end - origin) / cell_m)
    cell = np.floor(middle)
    column, row = cell.astype(np.int64).T
    west, fall = middle[:, 0] - cell[:, 0], -step[:, 1]
    wide = (shape[0], shape[1] + 1)
    # Rounding may lift a corner over the edge of the lattice; what then stands there is no area.
    here, beyond = (np.ravel_multi_index((row, column + k), wide, mode="clip") for k in (0, 1))
    begun = np.bincount(
        np.concatenate([here, beyond]),
        weights=np.concatenate([fall * (1 - west), fall * west]),
        minlength=math.prod(wide),
    )
    share = np.cumsum(begun.reshape(wide), axis=1, dtype=np.float64)[:, :-1]
    share[share < _LEAST_SHARE] = 0.0
    share[share > 1 - _LEAST_SHARE] = 1.0
    return share


def _segments(lines: NDArray[np.object_]) -> tuple[FloatArray, FloatArray]:
    """Start and end of every straight segment, shape (n, 2) each."""
    parts = shapely.get_parts(lines)
    wrong = ~np.isin(shapely.get_type_id(parts), (1, 2))
    if wrong.any():
        kind = parts[wrong][0].geom_type
        msg = f"{kind} among the lines: a length per cell needs LineStrings or MultiLineStrings"
        raise InputError(msg)
    points, line = shapely.get_coordinates(parts, return_index=True)
    joined = line[1:] == line[:-1]
    return points[:-1][joined], points[1:][joined]


def _cut_at_lattice(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middles and steps, shape (m, 2), of the pieces of segments between whole numbers."""
    n = len(start)
    pieces = [(np.arange(n), np.zeros(n)), (np.arange(n), np.ones(n))]
    pieces += [_crossings(start[:, axis], end[:, axis]) for axis in (0, 1)]
    segment, at = (np.concatenate(part) for part in zip(*pieces, strict=True))
    order = np.lexsort((at, segment))
    segment, at = segment[order], at[order]
    same = segment[1:] == segment[:-1]
    segment, first, last = segment[:-1][same], at[:-1][same], at[1:][same]
    step = end[segment] - start[segment]
    middle = start[segment] + step * ((first + last) / 2)[:, None]
    return middle, step * (last - first)[:, None]


def _crossings(start: FloatArray, end: FloatArray) -> tuple[IntArray, FloatArray]:
    """Which segment passes a whole number on this axis, and at which share of its way."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.floor(low) + 1
    many = np.maximum(np.ceil(high) - first, 0).astype(np.int64)
    segment = np.repeat(np.arange(len(start)), many)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(many) - many, many)
    at = (first[segment] + nth - start[segment]) / (end[segment] - start[segment])
    return segment, at
