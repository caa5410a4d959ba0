"""From a point to its area: one look at the raster, rarely at a few edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.join._compile import compiled
from geo.join._predicates import RELATIVE_ERROR, UNDERFLOW, orientation
from geo.join._raster import Frame, column_of, list_edges, make_grid, row_of
from geo.join._records import (
    AX,
    AY,
    BX,
    BY,
    FIRST,
    HIGH,
    LOW,
    MASK,
    MORE,
    STOP,
    WORD,
    Records,
    make_records,
)
from geo.join._sweep import BORDER, sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.join._edges import Edges

__all__ = ["Lookup", "code_at", "locate", "make_lookup"]

_UNSURE = -1


class Lookup(NamedTuple):
    """Everything that answers a point.

    `code` has one number per cell: 0 for no area, then position + 1 of an area that covers the
    cell, then, above `areas`, the cell's first record. Records name areas by rank; `position`
    is where the area of each rank stands in the caller's frame, with a last -1 for rank -1.
    """

    frame: Frame
    records: Records
    code: NDArray[np.uint16] | NDArray[np.int32]
    position: NDArray[np.int32]
    areas: int


def make_lookup(edges: Edges, position: NDArray[np.int32]) -> Lookup:
    """Build the raster and its records."""
    grid = make_grid(edges)
    cells = list_edges(grid, edges)
    answer, border = sweep(grid, edges, cells, areas=len(position))
    records, first = make_records(grid, edges, cells, border)
    code = np.concatenate([[0], position + 1, [BORDER]])[answer]
    code[border.cell] = len(position) + 1 + first
    narrow = len(position) + len(records.start) < np.iinfo(np.uint16).max
    code = code.astype(np.uint16 if narrow else np.int32)
    return Lookup(grid.frame, records, code, np.append(position, np.int32(-1)), len(position))


@compiled
def locate(lookup: Lookup, x: np.ndarray, y: np.ndarray, found: np.ndarray) -> None:
    """Write the position of the area of each point, -1 where there is none."""
    frame, cells, position, areas = lookup.frame, lookup.code, lookup.position, lookup.areas
    start, line, whole = lookup.records
    for i in range(len(x)):
        code = code_at(frame, cells, x[i], y[i])
        if code <= areas:
            found[i] = code - 1
        else:
            found[i] = position[_rank_at(start, line, whole, code - areas - 1, x[i], y[i])]


@compiled
def code_at(frame: Frame, cells: np.ndarray, x: float, y: float) -> np.int64:
    """The code of the cell of a point."""
    return np.int64(cells[row_of(frame, y) * frame.columns + column_of(frame, x)])


@compiled
def _rank_at(
    start: np.ndarray, line: np.ndarray, whole: np.ndarray, record: int, x: float, y: float
) -> int:
    """The lowest rank that holds a point of a border cell; -1 if none does."""
    head = start[record]
    word = _word_at(line, whole, head, x, y)
    if word > 0:
        return whole[head, FIRST + _lowest_bit(word)]
    if word == 0 and not whole[head, MORE]:
        return -1
    return _exact_rank_at(start, line, whole, record, x, y)


@compiled
def _exact_rank_at(
    start: np.ndarray, line: np.ndarray, whole: np.ndarray, record: int, x: float, y: float
) -> int:
    """The same where a sign is in doubt or a cell has several records: rare, so never hurried."""
    while True:
        head = start[record]
        word = _exact_word_at(line, whole, head, x, y)
        if word:
            return whole[head, FIRST + _lowest_bit(word)]
        if not whole[head, MORE]:
            return -1
        record += 1


@compiled
def _word_at(line: np.ndarray, whole: np.ndarray, head: int, x: float, y: float) -> int:
    """The candidates that hold the point, or that floating point cannot tell for sure."""
    word = whole[head, WORD]
    sure = True
    for k in range(head + 1, whole[head, STOP]):
        left = (line[k, BX] - line[k, AX]) * (y - line[k, AY])
        right = (line[k, BY] - line[k, AY]) * (x - line[k, AX])
        sure &= abs(left - right) > RELATIVE_ERROR * (abs(left) + abs(right)) + UNDERFLOW
        crossed = (line[k, LOW] <= y) & (y < line[k, HIGH]) & (left > right)
        word ^= whole[k, MASK] & -np.int64(crossed)
    return word if sure else _UNSURE


@compiled
def _exact_word_at(line: np.ndarray, whole: np.ndarray, head: int, x: float, y: float) -> int:
    """The same with exact signs; an edge under the point adds its owners, whatever is crossed."""
    word, touched = whole[head, WORD], 0
    for k in range(head + 1, whole[head, STOP]):
        ax, ay, bx, by = line[k, AX], line[k, AY], line[k, BX], line[k, BY]
        side = orientation(ax, ay, bx, by, x, y)
        if side == 0 and min(ax, bx) <= x <= max(ax, bx) and ay <= y <= by:
            touched |= whole[k, MASK]
        elif side > 0 and line[k, LOW] <= y < line[k, HIGH]:
            word ^= whole[k, MASK]
    return word | touched


@compiled
def _lowest_bit(word: int) -> np.int64:
    """Its number, read off the exponent of the power of two that it stands for."""
    return (np.float64(word & -word).view(np.int64) >> 52) - 1023
