"""Which areas can hold a point of each cell: the cell's answer, or its candidates.

A sweep runs along the lower line of every row, from the empty outside to the right, and keeps
the set of areas it is in. Its state is taken at the lower right corner of each cell, moved up
by an infinitesimal amount and left by a still smaller one. So the corner lies on no edge,
whatever the data, and every comparison below has one right answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.join._compile import compiled
from geo.join._predicates import orientation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.join._edges import Edges
    from geo.join._raster import CellEdges, Grid

__all__ = ["BORDER", "BorderCells", "sweep"]

BORDER = -1
"""In `answer`: the cell has candidates instead."""


class BorderCells(NamedTuple):
    """The cells whose points need a look at edges, in rising order of cell number.

    The candidates of border cell `i` are `area[start[i]:start[i + 1]]`, ranks ascending, and
    `inside` says which of them hold the cell's corner. A last candidate without an edge in the
    cell covers it all, so no later area can win there.
    """

    cell: NDArray[np.int64]
    start: NDArray[np.int64]
    area: NDArray[np.int32]
    inside: NDArray[np.bool_]


def sweep(
    grid: Grid, edges: Edges, cells: CellEdges, *, areas: int
) -> tuple[NDArray[np.int32], BorderCells]:
    """Settle every cell.

    Returns
    -------
    answer
        Per cell the lowest rank that covers it, plus one; 0 where no area is; `BORDER`.
    border
        The candidates of the cells marked `BORDER`.
    """
    shared = np.diff(edges.owner_start)[cells.edge].sum()
    touched = int(np.count_nonzero(np.diff(cells.start)))
    answer = np.empty(len(cells.start) - 1, dtype=np.int32)
    border = BorderCells(
        np.empty(touched, dtype=np.int64),
        np.zeros(touched + 1, dtype=np.int64),
        np.empty(shared + touched, dtype=np.int32),
        np.empty(shared + touched, dtype=np.bool_),
    )
    count = _sweep_rows(grid, edges, cells, answer, border, areas)
    filled = border.start[count]
    return answer, BorderCells(
        border.cell[:count], border.start[: count + 1], border.area[:filled], border.inside[:filled]
    )


@compiled
def _sweep_rows(
    grid: Grid,
    edges: Edges,
    cells: CellEdges,
    answer: np.ndarray,
    border: BorderCells,
    areas: int,
) -> int:
    count = 0
    entered = np.zeros(areas, dtype=np.bool_)
    active = np.empty(areas, dtype=np.int32)
    owners = np.empty(areas, dtype=np.int32)
    seen = np.full(areas, -1, dtype=np.int64)
    for cell in range(len(answer)):
        c, r = cell % grid.frame.columns, cell // grid.frame.columns
        if c == 0:
            entered[:] = False
            length = 0
        if cells.start[cell] == cells.start[cell + 1]:
            answer[cell] = active[0] + 1 if length else 0
            continue
        for i in range(cells.start[cell], cells.start[cell + 1]):
            k = cells.edge[i]
            if _enters(grid, edges, k, c, r):
                for j in range(edges.owner_start[k], edges.owner_start[k + 1]):
                    length = _toggle(active, length, entered, edges.owner[j])
        found = _owners(edges, cells, cell, seen, owners)
        cover = _first_cover(active, length, seen, cell, areas)
        if found == 0 or owners[0] > cover:
            answer[cell] = cover + 1
            continue
        answer[cell] = BORDER
        border.cell[count] = cell
        _write_candidates(border, count, owners[:found], cover, entered)
        count += 1
    return count


@compiled
def _enters(grid: Grid, edges: Edges, k: int, c: int, r: int) -> bool:
    """Whether edge k crosses the lower line of row r between the corners of cells c - 1 and c."""
    y = grid.y[r]
    if not edges.ay[k] <= y < edges.by[k]:
        return False
    return _is_left_of(edges, k, grid.x[c + 1], y) and not _is_left_of(edges, k, grid.x[c], y)


@compiled
def _is_left_of(edges: Edges, k: int, x: float, y: float) -> bool:
    """Whether the edge passes left of the point, moved up and a still smaller step left."""
    ax, bx = edges.ax[k], edges.bx[k]
    side = orientation(ax, edges.ay[k], bx, edges.by[k], x, y)
    return side < 0 or (side == 0 and bx < ax)


@compiled
def _toggle(active: np.ndarray, length: int, entered: np.ndarray, rank: int) -> int:
    """Enter or leave an area; `active` stays sorted. Its new length."""
    place = 0
    while place < length and active[place] < rank:
        place += 1
    if entered[rank]:
        for i in range(place, length - 1):
            active[i] = active[i + 1]
        entered[rank] = False
        return length - 1
    for i in range(length, place, -1):
        active[i] = active[i - 1]
    active[place] = rank
    entered[rank] = True
    return length + 1


@compiled
def _owners(edges: Edges, cells: CellEdges, cell: int, seen: np.ndarray, owners: np.ndarray) -> int:
    """Write the ranks that have an edge in the cell, ascending, and mark them in `seen`."""
    found = 0
    for i in range(cells.start[cell], cells.start[cell + 1]):
        k = cells.edge[i]
        for rank in edges.owner[edges.owner_start[k] : edges.owner_start[k + 1]]:
            if seen[rank] != cell:
                seen[rank] = cell
                place = found
                while place > 0 and owners[place - 1] > rank:
                    owners[place] = owners[place - 1]
                    place -= 1
                owners[place] = rank
                found += 1
    return found


@compiled
def _first_cover(active: np.ndarray, length: int, seen: np.ndarray, cell: int, areas: int) -> int:
    """The lowest rank that holds the corner and has no edge in the cell; `areas` if none."""
    for i in range(length):
        if seen[active[i]] != cell:
            return active[i]
    return areas


@compiled
def _write_candidates(
    border: BorderCells, count: int, owners: np.ndarray, cover: int, entered: np.ndarray
) -> None:
    """The owners that can win, then the area that covers the cell, if there is one."""
    end = border.start[count]
    for rank in owners:
        if rank < cover:
            border.area[end], border.inside[end] = rank, entered[rank]
            end += 1
    if cover < len(entered):
        border.area[end], border.inside[end] = cover, True
        end += 1
    border.start[count + 1] = end
