"""What to expect of a place from its surroundings: the prior means that forecasts start from.

A prior takes the counts of all places, shape (n,), and gives what each is expected to hold, shape
(n,), above zero; only the proportions matter. A place's own count has no part in its own prior, or
it would be used twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from geo.statistics.grid import Grid

__all__ = [
    "Prior",
    "equal_prior",
    "exposure_prior",
    "nearby_areas_prior",
    "nearby_cells_prior",
    "nearby_exposure_prior",
]

FloatArray: TypeAlias = NDArray[np.float64]
Prior: TypeAlias = Callable[[FloatArray], FloatArray]

_EVERYWHERE = 0.02
"""The share of the expectation that is spread evenly: no place is out of the question."""

_WORTH = 3.0
"""Episodes that the exposure around a place is worth against the counts there."""


def equal_prior(counts: FloatArray) -> FloatArray:
    """Every place expects the same.

    Parameters
    ----------
    counts
        Shape (n,).

    Returns
    -------
    ndarray
        Ones, shape (n,).
    """
    return np.ones(len(counts))


def exposure_prior(exposure: ArrayLike) -> Prior:
    """Each place expects its share of what the city knows of people, addresses and streets.

    Parameters
    ----------
    exposure
        Shape (n,), zero or more; only the proportions matter.

    Returns
    -------
    Prior
        A function of the counts, which it does not look at.
    """
    fixed = np.asarray(exposure, dtype=np.float64)

    def prior(counts: FloatArray) -> FloatArray:
        return _spread(fixed, evenly=np.ones(len(counts)))

    return prior


def nearby_exposure_prior(
    exposure: ArrayLike, x: ArrayLike, y: ArrayLike, *, bandwidth_m: float
) -> Prior:
    r"""Each place expects its exposure, times what the places around hold against theirs.

    Parameters
    ----------
    exposure
        Shape (n,), zero or more; only the proportions matter.
    x, y
        A point of each place in a projected CRS in metres, shape (n,).
    bandwidth_m
        Standard deviation of the kernel, metres.

    Returns
    -------
    Prior
        A function of the counts. Where nothing is near, the exposure decides alone.

    Raises
    ------
    UsageError
        If `bandwidth_m` is not positive.

    Notes
    -----
    With the exposure e scaled to the sum of the counts and a kernel K of height one, without the
    place itself,

    .. math:: m_i \propto e_i\, \frac{\sum_j K_{ij} y_j + 3}{\sum_j K_{ij} e_j + 3}

    so that a small place is not expected to hold what the large ones beside it do.
    """
    _check_bandwidth(bandwidth_m)
    fixed = np.asarray(exposure, dtype=np.float64)
    kernel = _kernel(x, y, bandwidth_m=bandwidth_m)

    def prior(counts: FloatArray) -> FloatArray:
        evenly = np.ones(len(counts))
        expected = _spread(fixed, evenly=evenly) * counts.sum()
        ratio = (kernel @ counts + _WORTH) / (kernel @ expected + _WORTH)
        return _spread(fixed * ratio, evenly=evenly)

    return prior


def nearby_cells_prior(grid: Grid, *, bandwidth_m: float) -> Prior:
    r"""What the cells around each cell hold per area, by a Gaussian kernel.

    Parameters
    ----------
    grid
        The cells; counts are those of `grid.mask`, row by row.
    bandwidth_m
        Standard deviation of the kernel, metres.

    Returns
    -------
    Prior
        A function of the counts.

    Raises
    ------
    UsageError
        If `bandwidth_m` is not positive.

    Notes
    -----
    With the kernel G, the share :math:`s_i` of a cell inside the boundary and g the kernel's
    weight at its centre,

    .. math:: m_i \propto s_i\, \frac{G[y]_i - g\,y_i}{G[s]_i - g\,s_i}

    so the city's edge takes nothing away. Two parts in a hundred are spread evenly by area.
    """
    _check_bandwidth(bandwidth_m)
    sigma = bandwidth_m / grid.cell_m
    ground = _around(grid.share, sigma=sigma)[grid.mask]
    share = grid.share[grid.mask]

    def prior(counts: FloatArray) -> FloatArray:
        field = np.zeros(grid.shape)
        field[grid.mask] = counts
        density = np.divide(
            _around(field, sigma=sigma)[grid.mask], ground, where=ground > 0, out=0 * ground
        )
        return _spread(density * share, evenly=share)

    return prior


def nearby_areas_prior(x: ArrayLike, y: ArrayLike, *, bandwidth_m: float) -> Prior:
    """What the areas around each area hold on average, by a Gaussian kernel of their distance.

    Parameters
    ----------
    x, y
        A point of each area in a projected CRS in metres, shape (n,).
    bandwidth_m
        Standard deviation of the kernel, metres.

    Returns
    -------
    Prior
        A function of the counts. An area far from all others expects the mean of all.

    Raises
    ------
    UsageError
        If `bandwidth_m` is not positive.
    """
    _check_bandwidth(bandwidth_m)
    kernel = _kernel(x, y, bandwidth_m=bandwidth_m)
    reach = kernel.sum(axis=1)

    def prior(counts: FloatArray) -> FloatArray:
        mean = np.full(len(counts), counts.mean())
        around = np.divide(kernel @ counts, reach, where=reach > 1e-12, out=mean)
        return _spread(around, evenly=np.ones(len(counts)))

    return prior


def _check_bandwidth(bandwidth_m: float) -> None:
    if not (math.isfinite(bandwidth_m) and bandwidth_m > 0):
        msg = f"bandwidth_m is {bandwidth_m}: it must be a positive number of metres, such as 400"
        raise UsageError(msg)


def _kernel(x: ArrayLike, y: ArrayLike, *, bandwidth_m: float) -> FloatArray:
    """Gaussian weights of height one between points, none of a point with itself."""
    points = np.column_stack([x, y]).astype(np.float64)
    squared = ((points[:, None] - points) ** 2).sum(axis=2)
    kernel: FloatArray = np.exp(-0.5 * squared / bandwidth_m**2)
    np.fill_diagonal(kernel, 0.0)
    return kernel


def _around(field: FloatArray, *, sigma: float) -> FloatArray:
    """Gaussian smoothing without the cell itself; sigma in cells."""
    reach = max(math.ceil(4 * sigma), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    smooth = field
    for axis in (0, 1):
        smooth = ndimage.correlate1d(smooth, kernel, axis=axis, mode="constant")
    return np.maximum(smooth - kernel[reach] ** 2 * field, 0.0)


def _spread(values: FloatArray, *, evenly: FloatArray) -> FloatArray:
    """The values, of which a small part is spread evenly; all of it where they are all zero."""
    total = values.sum()
    own = values / total if total > 0 else evenly / evenly.sum()
    return (1 - _EVERYWHERE) * own + _EVERYWHERE * evenly / evenly.sum()
