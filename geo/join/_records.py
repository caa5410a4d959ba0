"""What a border cell knows: a few edges, and for each of them whose border it is.

The candidates of a cell are taken by rank, five at a time, and kept as bits of a word. It starts
as the areas that hold the lower right corner of the cell. On the way from there up the right
side of the cell and then left to the point, each edge that is crossed flips the bits of its
owners. The lowest bit set is the answer, with no assumption about how areas overlap.

The way up is folded into the way left. An edge that leaves through the right side is cut there
and continued straight upwards just beyond it, which encloses the same points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.join._compile import compiled
from geo.join._predicates import threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.join._edges import Edges
    from geo.join._raster import CellEdges, Grid
    from geo.join._sweep import BorderCells

__all__ = [
    "AX",
    "AY",
    "BX",
    "BY",
    "FIRST",
    "HIGH",
    "LOW",
    "MASK",
    "MORE",
    "STOP",
    "WORD",
    "Records",
    "make_records",
]

AX, AY, BX, BY, LOW, HIGH, MASK = range(7)
"""A line about an edge: its ends, the heights [LOW, HIGH) at which it stands, its owners."""

WORD, STOP, MORE, FIRST = range(4)
"""The line before: the bits at the corner, where the edges end, whether the next record is
about the same cell, and from here on the candidates that the bits stand for."""

_WIDTH = 8  # values in a line: 64 bytes, what a processor fetches at once
_BITS = _WIDTH - FIRST


class Records(NamedTuple):
    """Records, one or more in a row per border cell.

    Record `i` is a head at line `start[i]`, then a line for each edge. `whole` is the same
    memory as `line`, read as integers: the head, and `MASK`.
    """

    start: NDArray[np.int32]
    line: NDArray[np.float64]
    whole: NDArray[np.int64]


def make_records(
    grid: Grid, edges: Edges, cells: CellEdges, border: BorderCells
) -> tuple[Records, NDArray[np.int64]]:
    """Records of all border cells, candidates by rank, and the number of each cell's first."""
    words = -(-np.diff(border.start) // _BITS)
    first = np.concatenate([[0], np.cumsum(words)])
    listed = cells.start[border.cell + 1] - cells.start[border.cell]
    start = np.empty(first[-1], dtype=np.int32)
    line = np.zeros((int((words * (1 + 2 * listed)).sum()), _WIDTH))
    records = Records(start, line, line.view(np.int64))
    used = _write_records(grid, edges, cells, border, first, records)
    line = line[:used].copy()
    return Records(start, line, line.view(np.int64)), first[:-1]


@compiled
def _write_records(
    grid: Grid,
    edges: Edges,
    cells: CellEdges,
    border: BorderCells,
    first: np.ndarray,
    records: Records,
) -> int:
    used = 0
    for i in range(len(border.cell)):
        for record in range(first[i], first[i + 1]):
            low = border.start[i] + (record - first[i]) * _BITS
            high = min(low + _BITS, border.start[i + 1])
            records.start[record] = used
            head, areas = records.whole[used], border.area[low:high]
            used = _write_edges(grid, edges, cells, border.cell[i], areas, records, used + 1)
            head[WORD], head[STOP] = _word(border.inside[low:high]), used
            head[MORE] = record + 1 < first[i + 1]
            head[FIRST : FIRST + len(areas)] = areas
    return used


@compiled
def _word(inside: np.ndarray) -> int:
    word = 0
    for bit in range(len(inside)):
        word |= int(inside[bit]) << bit
    return word


@compiled
def _write_edges(
    grid: Grid,
    edges: Edges,
    cells: CellEdges,
    cell: int,
    areas: np.ndarray,
    records: Records,
    used: int,
) -> int:
    """Write the edges of a cell that some of the areas own; the number of lines used so far."""
    c, r = cell % grid.frame.columns, cell // grid.frame.columns
    side, bottom, top = grid.x[c + 1], grid.y[r], grid.y[r + 1]
    for k in cells.edge[cells.start[cell] : cells.start[cell + 1]]:
        mask = _owner_bits(edges, k, areas)
        if mask == 0 or min(edges.ax[k], edges.bx[k]) >= side:
            continue
        ax, ay, bx, by = edges.ax[k], edges.ay[k], edges.bx[k], edges.by[k]
        low, high, leaves = _extent_left_of(ax, ay, bx, by, side)
        _write_line(records.line[used], (ax, ay, bx, by, low, high))
        records.whole[used, MASK] = mask
        used += 1
        if bottom < leaves < top:
            _write_line(records.line[used], (side, 0.0, side, 1.0, leaves, np.inf))
            records.whole[used, MASK] = mask
            used += 1
    return used


@compiled
def _owner_bits(edges: Edges, k: int, areas: np.ndarray) -> int:
    """Both lists ascend, so one walk along them finds what they share."""
    mask, j = 0, edges.owner_start[k]
    for bit in range(len(areas)):
        while j < edges.owner_start[k + 1] and edges.owner[j] < areas[bit]:
            j += 1
        if j < edges.owner_start[k + 1] and edges.owner[j] == areas[bit]:
            mask |= 1 << bit
    return mask


@compiled
def _extent_left_of(
    ax: float, ay: float, bx: float, by: float, side: float
) -> tuple[float, float, float]:
    """The heights of the part of an edge left of a vertical line, and where it meets the line.

    The last is infinite if it does not. An edge that only starts at the line has no part there,
    one that only ends at it does: the line stands an infinitesimal step left of `side`.
    """
    if max(ax, bx) < side:
        return ay, by, np.inf
    leaves = threshold(ax, ay, bx, by, side)
    if bx > ax:
        return ay, min(by, leaves), leaves
    return max(ay, leaves), by, leaves


@compiled
def _write_line(line: np.ndarray, values: tuple[float, ...]) -> None:
    for i in range(len(values)):
        line[i] = values[i]
