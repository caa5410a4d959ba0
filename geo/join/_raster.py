"""A raster over the areas, and which edges pass through each of its cells.

Everything here is exact or errs on the safe side. A point finds its cell by one monotone float
expression. `Grid.x` and `Grid.y` are the lowest doubles that this expression sends to each
column and row, so the real rectangle of a cell is known to the last bit, and an edge is listed
in every cell in which it could touch or cross anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.join._compile import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.join._edges import Edges

__all__ = ["CellEdges", "Frame", "Grid", "column_of", "list_edges", "make_grid", "row_of"]

_FEWEST_CELLS, _USUAL_CELLS, _MOST_CELLS = 2**12, 2**20, 2**24
_CELLS_PER_EDGE = 64
_FEWEST_LISTINGS, _LISTINGS_PER_EDGE = 200_000, 8
_ROUNDING = 2.0**-48
"""Thirty times what interpolating along an edge can lose, relative to its coordinates."""


class Frame(NamedTuple):
    """Columns and rows of cells: plain numbers, cheap to pass around.

    The outermost cells lie beyond the areas and take in all that is farther away, and NaN.
    """

    x_min: float
    y_min: float
    x_scale: float
    y_scale: float
    columns: int
    rows: int


class Grid(NamedTuple):
    """The frame, and where its columns and rows begin.

    Column c holds the doubles from `x[c]` to below `x[c + 1]`, row r those from `y[r]` to
    below `y[r + 1]`.
    """

    frame: Frame
    x: NDArray[np.float64]
    y: NDArray[np.float64]


class CellEdges(NamedTuple):
    """The edges of cell `i`, counted row by row: `edge[start[i]:start[i + 1]]`."""

    start: NDArray[np.int64]
    edge: NDArray[np.int32]


def make_grid(edges: Edges) -> Grid:
    """A raster whose cells are small beside the areas, and not too many."""
    x_low, x_high = min(edges.ax.min(), edges.bx.min()), max(edges.ax.max(), edges.bx.max())
    y_low, y_high = edges.ay.min(), edges.by.max()
    columns, rows = _shape(edges, x_high - x_low, y_high - y_low)
    x_min, x_scale, columns = _axis(x_low, x_high, columns)
    y_min, y_scale, rows = _axis(y_low, y_high, rows)
    return Grid(
        Frame(x_min, y_min, x_scale, y_scale, columns, rows),
        _lines(x_min, x_scale, columns),
        _lines(y_min, y_scale, rows),
    )


def list_edges(grid: Grid, edges: Edges) -> CellEdges:
    """List every edge in every cell that it may meet."""
    cells = grid.frame.columns * grid.frame.rows
    start = np.zeros(cells + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    _visit_cells(grid, edges, start[1:], nothing)
    total = np.cumsum(start)
    listed = np.empty(total[-1], dtype=np.int32)
    cursor = total[:-1].copy()
    _visit_cells(grid, edges, cursor, listed)
    return CellEdges(total, listed)


@compiled
def column_of(frame: Frame, x: float) -> int:
    """The column of any x."""
    return _place((x - frame.x_min) * frame.x_scale, frame.columns)


@compiled
def row_of(frame: Frame, y: float) -> int:
    """The row of any y."""
    return _place((y - frame.y_min) * frame.y_scale, frame.rows)


@compiled
def _place(offset: float, count: int) -> int:
    """An offset in cells, cut to the cells there are; NaN is neither above nor below."""
    return int(min(float(count - 1), max(0.0, offset)))


def _shape(edges: Edges, width: float, height: float) -> tuple[int, int]:
    """Columns and rows, nearly square on the ground.

    The raster grows with the number of edges until it would no longer fit the processor's
    cache. Long edges pass through many cells, so their listings are bounded, too.
    """
    count = len(edges.ax)
    cells = max(min(_CELLS_PER_EDGE * count, _USUAL_CELLS), 2 * count, _FEWEST_CELLS)
    aspect = float(np.clip(np.sqrt(width / height), 1 / 64, 64))
    crossings = aspect * np.abs(edges.bx - edges.ax).sum() / width
    crossings += (edges.by - edges.ay).sum() / height / aspect
    listings = max(_LISTINGS_PER_EDGE * count, _FEWEST_LISTINGS)
    side = min(np.sqrt(min(cells, _MOST_CELLS)), listings / crossings)
    return max(1, round(side * aspect)), max(1, round(side / aspect))


def _axis(low: float, high: float, count: int) -> tuple[float, float, int]:
    """Origin, cells per unit and number of cells: `count` over the extent, 1.5 on either side.

    A cell is never so narrow that neighbouring doubles would skip it.
    """
    finest = 4 * float(np.spacing(max(abs(low), abs(high))))
    count = max(1, min(count, int((high - low) / finest)))
    width = (high - low) / count
    return float(low - 1.5 * width), 1 / width, count + 3


@compiled
def _lines(origin: float, scale: float, count: int) -> np.ndarray:
    """For each column or row, the lowest double that falls into it or into a later one."""
    lines = np.empty(count + 1)
    lines[0], lines[count] = -np.inf, np.inf
    for c in range(1, count):
        below, above = origin + (c - 1) / scale, origin + (c + 1) / scale
        while True:
            middle = below + 0.5 * (above - below)
            if middle <= below or middle >= above:
                break
            if (middle - origin) * scale >= c:
                above = middle
            else:
                below = middle
        lines[c] = above
    return lines


@compiled
def _visit_cells(grid: Grid, edges: Edges, cursor: np.ndarray, listed: np.ndarray) -> None:
    """Count the edges of each cell, or, given room, write them down."""
    frame, writes = grid.frame, len(listed) > 0
    for k in range(len(edges.ax)):
        for r in range(row_of(frame, edges.ay[k]), row_of(frame, edges.by[k]) + 1):
            first, last = _columns_in_row(grid, edges, k, r)
            for cell in range(r * frame.columns + first, r * frame.columns + last + 1):
                if writes:
                    listed[cursor[cell]] = k
                cursor[cell] += 1


@compiled
def _columns_in_row(grid: Grid, edges: Edges, k: int, r: int) -> tuple[int, int]:
    """The first and the last column that edge k may meet in row r."""
    ax, bx = edges.ax[k], edges.bx[k]
    left, right = min(ax, bx), max(ax, bx)
    if edges.by[k] > edges.ay[k]:
        x0 = _x_at(edges, k, max(edges.ay[k], grid.y[r]))
        x1 = _x_at(edges, k, min(edges.by[k], grid.y[r + 1]))
        margin = _ROUNDING * (abs(ax) + abs(bx))
        left, right = max(left, min(x0, x1) - margin), min(right, max(x0, x1) + margin)
    return column_of(grid.frame, left), column_of(grid.frame, right)


@compiled
def _x_at(edges: Edges, k: int, y: float) -> float:
    share = (y - edges.ay[k]) / (edges.by[k] - edges.ay[k])
    return edges.ax[k] + share * (edges.bx[k] - edges.ax[k])
