"""Stability: how often a hot spot is found again when the lattice is laid otherwise.

Where the lattice happens to lie, and how wide its cells are, is a third of the answer: of the
twenty hottest cells two thirds agree between two lattices. So the whole procedure, background and
test, runs again on lattices of three sizes, each shifted eight times, and a place that is hot in
fewer than half of them is not called hot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.errors import InputError, UsageError
from geo.statistics.background import expected_background
from geo.statistics.grid import make_grid
from geo.statistics.hotspots import hotspot_test
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import shapely
    from numpy.typing import ArrayLike, NDArray

    from geo.statistics.grid import Grid

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "LEAST_STABILITY",
    "ShiftedGrid",
    "flagged_by_grid",
    "published_class",
    "shifted_grids",
    "stability",
]

LEAST_STABILITY = 0.5
"""A hot spot is published as one if it is found on at least this share of the lattices."""

_CELL_SIZES = (150.0, 200.0, 300.0)
_SHIFTS = 8
_HOT, _WATCH = 95, 90


class ShiftedGrid(NamedTuple):
    """A lattice, and what the city consists of in its cells (see `expected_background`)."""

    grid: Grid
    components: Sequence[ArrayLike]


def shifted_grids(
    boundary: shapely.Geometry,
    components: Callable[[Grid], Sequence[ArrayLike]],
    *,
    cell_sizes: Sequence[float] = _CELL_SIZES,
    shifts: int = _SHIFTS,
) -> list[ShiftedGrid]:
    r"""Lay lattices of several sizes over a city, each shifted several times.

    Parameters
    ----------
    boundary
        Polygon or MultiPolygon in the metric CRS.
    components
        From a lattice to arrays of its shape: what the city consists of, zero or more.
    cell_sizes
        Sides of the cells, metres.
    shifts
        How often each size is shifted, the lattice on the origin included.

    Returns
    -------
    list of ShiftedGrid
        Size by size. They serve every map of a city, so make them once.

    Raises
    ------
    InputError
        If the boundary has no area.
    UsageError
        If a size or the number of shifts is not positive.

    Notes
    -----
    Shift k of m moves the origin by :math:`(k/m,\; 3k/m \bmod 1)` of a side: a lattice rule, so
    that no two share a row or a column, and all parts of a cell are met alike.
    """
    if shifts < 1:
        msg = f"shifts is {shifts}: lay each lattice once at least"
        raise UsageError(msg)
    laid = []
    for cell_m in cell_sizes:
        for k in range(shifts):
            origin = (cell_m * k / shifts, cell_m * (3 * k % shifts) / shifts)
            grid = make_grid(boundary, cell_m=cell_m, origin=origin)
            laid.append(ShiftedGrid(grid, components(grid)))
    return laid


def flagged_by_grid(
    x: ArrayLike, y: ArrayLike, grids: Sequence[ShiftedGrid], *, minimum_effect: float = 1.2
) -> BoolArray:
    """Whether each episode lies in a hot cell, lattice by lattice.

    Parameters
    ----------
    x, y
        Episodes of one map inside the city, in the metric CRS, shape (n,).
    grids
        The lattices.
    minimum_effect
        As in `hotspot_test`.

    Returns
    -------
    ndarray
        Boolean, shape (lattices, n): the episode's cell has class 95 or 99 against the background
        that is learned on that lattice.

    Raises
    ------
    InputError
        If the lengths differ, or a lattice has nothing to expect anything from.
    UsageError
        If `minimum_effect` is below 1.
    """
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if east.shape != north.shape or east.ndim != 1:
        msg = f"x has shape {east.shape} and y {north.shape}: give one of each per episode"
        raise InputError(msg)
    flagged = np.zeros((len(grids), len(east)), dtype=bool)
    for one, row in zip(grids, flagged, strict=True):
        hot = _hot_cells(one, east, north, minimum_effect=minimum_effect)
        at_row, at_column = one.grid.cell_of(east, north)
        row[:] = hot[at_row, at_column] & (at_row >= 0)
    return flagged


def stability(flagged: ArrayLike, place: ArrayLike, *, many: int | None = None) -> FloatArray:
    """The share of lattices on which each place is hot.

    Parameters
    ----------
    flagged
        From `flagged_by_grid`, boolean, shape (lattices, n).
    place
        The place of each episode (a cell, a hot spot): int from 0, or -1 for none, shape (n,).
    many
        The number of places; without it one more than the largest.

    Returns
    -------
    ndarray
        Float64, shape (many,), in [0, 1]. On a lattice a place is hot if at least half of its
        episodes lie in hot cells. 0 for a place without episodes, and without lattices.

    Raises
    ------
    InputError
        If the lengths differ, or a number is not that of a place.
    """
    found, where = np.atleast_2d(np.asarray(flagged, dtype=bool)), np.asarray(place)
    if where.shape != found.shape[1:]:
        msg = f"{found.shape[1]} flagged episodes and {where.shape} places: give one place for each"
        raise InputError(msg)
    size = int(where.max(initial=-1)) + 1 if many is None else many
    if len(where) and (where.dtype.kind not in "iu" or where.min() < -1 or where.max() >= size):
        msg = f"places run from {where.min()} to {where.max()}: number them 0 to {size - 1}, or -1"
        raise InputError(msg)
    placed = where >= 0
    where, found = where[placed].astype(np.int64), found[:, placed]
    held = np.bincount(where, minlength=size)
    hot = np.zeros(size)
    for row in found:
        inside = np.bincount(where, weights=row, minlength=size)
        hot += (2 * inside >= held) & (held > 0)
    return hot / max(len(found), 1)


def published_class(hot_class: ArrayLike, share: ArrayLike) -> IntArray:
    """The class that may be published, given the stability of what it is said of.

    Parameters
    ----------
    hot_class
        0, 90, 95 or 99, from `hotspot_test`, any shape.
    share
        Stability in [0, 1], same shape.

    Returns
    -------
    ndarray
        int64: 95 and 99 become 90, watched, where the stability is below `LEAST_STABILITY`.

    Raises
    ------
    InputError
        If a share is not between 0 and 1, or the shapes differ.
    """
    given, found = np.asarray(hot_class, dtype=np.int64), checked_counts(share, name="share")
    if given.shape != found.shape or (found > 1).any():
        largest = found.max(initial=0.0)
        msg = (
            f"classes {given.shape}, shares {found.shape} up to {largest}: give one in [0, 1] each"
        )
        raise InputError(msg)
    return np.where((given >= _HOT) & (found < LEAST_STABILITY), _WATCH, given)


def _hot_cells(
    one: ShiftedGrid, x: FloatArray, y: FloatArray, *, minimum_effect: float
) -> BoolArray:
    """The cells of class 95 on one lattice, as the layer of hot spots finds them."""
    grid = one.grid
    counts = np.where(grid.mask, grid.count(x, y), 0)
    background = expected_background(counts, one.components, cell_m=grid.cell_m, mask=grid.mask)
    test = hotspot_test(
        counts,
        exposure=background.expected,
        mask=grid.mask,
        alpha=background.alpha,
        minimum_effect=minimum_effect,
    )
    return test.hot_class >= _HOT
