"""Stability: how often a hot spot is found again when the lattice is laid otherwise.

Where the lattice happens to lie, and how wide its cells are, is a third of the answer: of the
twenty hottest cells two thirds agree between two lattices. So the test runs again on lattices of
three sizes, each shifted eight times, and a place that is hot in fewer than half of them is not
called hot. What is to be expected, people, streets and the quarter around, does not depend on a
lattice: it is learned once, on the map, and laid on each of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.errors import InputError, UsageError
from geo.statistics.dispersion import fit_alpha
from geo.statistics.grid import lay_grid
from geo.statistics.hotspots import flagged_cells
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import shapely
    from numpy.typing import ArrayLike, NDArray

    from geo.statistics.background import Background
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
            grid = lay_grid(boundary, cell_m=cell_m, origin=origin)
            laid.append(ShiftedGrid(grid, components(grid)))
    return laid


def flagged_by_grid(
    x: ArrayLike,
    y: ArrayLike,
    grids: Sequence[ShiftedGrid],
    *,
    grid: Grid,
    background: Background,
    minimum_effect: float = 1.2,
) -> BoolArray:
    r"""Whether each episode lies in a hot cell, lattice by lattice.

    Parameters
    ----------
    x, y
        Episodes of one map inside the city, in the metric CRS, shape (n,).
    grids
        The lattices, with the components that the background was learned from, in their order.
    grid, background
        The map's own cells, and the background that `expected_background` learned on them.
    minimum_effect
        As in `hotspot_test`.

    Returns
    -------
    ndarray
        Boolean, shape (lattices, n): the episode's cell has class 95 or 99 on that lattice.

    Raises
    ------
    InputError
        If the lengths differ, a lattice has other components than the background, or the
        background is not of the map's shape.

    Notes
    -----
    A lattice with N episodes expects

    .. math:: e_i = N\, r(s_i) \sum_k w_k x_{ik}

    with :math:`x_{ik}` the share of its cell i in component k, :math:`w_k` the learned weights, and
    :math:`r(s_i)` the learned rest at the middle of the cell, linear between the middles of the
    map's cells. Alpha depends on the size of cells and is fitted on each lattice, without the cells
    that overlap what stood out on the map. Then the test runs, with expectations of sum N. On the
    map's own lattice all this gives the map again.
    """
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if east.shape != north.shape or east.ndim != 1:
        msg = f"x has shape {east.shape} and y {north.shape}: give one of each per episode"
        raise InputError(msg)
    if background.rest.shape != grid.shape:
        shapes = f"the background has shape {background.rest.shape} and the map {grid.shape}"
        msg = f"{shapes}: give both of one map"
        raise InputError(msg)
    flagged = np.zeros((len(grids), len(east)), dtype=bool)
    for one, row in zip(grids, flagged, strict=True):
        laid = one.grid
        counts = np.where(laid.mask, laid.count(east, north), 0.0)
        expected = _laid(background, grid, one) * counts.sum()
        inside = expected > 0
        counts[~inside] = 0.0
        kept = inside & ~_overlapping(background.standing_out, grid, laid)
        hot = flagged_cells(
            counts,
            expected * (counts.sum() / max(expected.sum(), np.finfo(float).tiny)),
            inside=inside,
            alpha=fit_alpha(counts[kept], expected[kept]),
            minimum_effect=minimum_effect,
        )
        at_row, at_column = laid.cell_of(east, north)
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


def _laid(background: Background, grid: Grid, one: ShiftedGrid) -> FloatArray:
    """The expectation of each cell of a lattice for one episode."""
    laid = one.grid
    if len(one.components) != len(background.weights):
        found = f"{len(one.components)} components on a lattice, {len(background.weights)} weights"
        msg = f"{found}: a lattice needs those that the background was learned from"
        raise InputError(msg)
    mixed = np.zeros(laid.shape)
    for weight, component in zip(background.weights, one.components, strict=True):
        inside = np.where(laid.mask, component, 0.0)
        mixed += weight * inside / max(inside.sum(), np.finfo(float).tiny)
    return mixed * _between_middles(background.rest, grid, laid)


def _between_middles(values: FloatArray, grid: Grid, laid: Grid) -> FloatArray:
    """Values of the map at the middles of a lattice's cells; beyond the edge those at the edge."""
    scale = laid.cell_m / grid.cell_m
    row, column = (np.arange(many, dtype=np.float64) + 0.5 for many in laid.shape)
    row = (laid.y0 - grid.y0) / grid.cell_m + row * scale - 0.5
    column = (laid.x0 - grid.x0) / grid.cell_m + column * scale - 0.5
    return _linear(_linear(values, row).T, column).T


def _linear(values: FloatArray, place: FloatArray) -> FloatArray:
    """Rows between rows."""
    last = len(values) - 1
    at = np.clip(place, 0, last)
    below = np.floor(at).astype(np.int64)
    above, share = np.minimum(below + 1, last), (at - below)[:, None]
    return values[below] * (1 - share) + values[above] * share


def _overlapping(flags: BoolArray, grid: Grid, laid: Grid) -> BoolArray:
    """The cells of a lattice that share land with a flagged cell of the map."""
    # Points this near to each other, and just inside, leave out no cell of the lattice.
    step = np.linspace(1e-6, 1 - 1e-6, math.ceil(grid.cell_m / laid.cell_m) + 1)
    row, column = (index[:, None, None] for index in np.nonzero(flags))
    shape = (len(row), len(step), len(step))
    x = np.broadcast_to(grid.x0 + (column + step[None, None, :]) * grid.cell_m, shape)
    y = np.broadcast_to(grid.y0 + (row + step[None, :, None]) * grid.cell_m, shape)
    return laid.count(x.ravel(), y.ravel()) > 0
