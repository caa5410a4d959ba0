"""The background of a map, learned: how many episodes each cell should hold if nothing stood out.

People, addresses and streets vary a hundredfold between the centre and the forests of a city. A
flat background calls the centre hot for being the centre. This one explains the counts by what the
city consists of and by the quarter around, so that a hot spot stands out from its surroundings.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

from geo.errors import InputError, UsageError
from geo.statistics.dispersion import fit_alpha
from geo.statistics.hotspots import flagged_cells
from geo.statistics.rates import checked_counts
from geo.statistics.windows import touching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["Background", "expected_background", "mixture_weights"]

_ROUNDS = 60
_PRIOR_REPORTS = 3.0
_LENIENT_Q = 0.20
_HOLE = 2


class Background(NamedTuple):
    """What `expected_background` gives.

    `expected` is a float64 array of the map's shape, zero outside the mask, with the sum of the
    counts inside it. `weights` is the share of each component in the mixture, shape (k,), sum 1.
    `alpha` is the relative variance of the counts around `expected`, without what stood out.
    `rest` is what the quarter around each cell holds, over its share in the mixture of all counts,
    float64; `standing_out` are the cells that were left out, boolean; both of the map's shape.
    """

    expected: FloatArray
    weights: FloatArray
    alpha: float
    rest: FloatArray
    standing_out: BoolArray


def expected_background(
    counts: ArrayLike,
    components: Sequence[ArrayLike],
    *,
    cell_m: float,
    mask: ArrayLike | None = None,
    bandwidth_m: float = 500,
) -> Background:
    r"""Explain counts by what the city consists of, and by the quarter around each cell.

    Parameters
    ----------
    counts
        Episodes per cell, shape (rows, columns), zero or more.
    components
        Arrays of the same shape, zero or more, each in its own unit: residents, address points,
        metres of street, area. A component that is zero all over the map gets weight 0.
    cell_m
        Side of a cell, metres.
    mask
        The cells of the map, boolean; without it all. Counts outside are left out.
    bandwidth_m
        Standard deviation of the smoothing that makes "the quarter around", metres.

    Returns
    -------
    Background
        Expectations, weights of the mixture, relative variance.

    Raises
    ------
    InputError
        If a number is negative or not finite, shapes differ, or all components are zero.
    UsageError
        If `cell_m` or `bandwidth_m` is not positive.

    Notes
    -----
    1. Each component :math:`x_k` is divided by its sum over the map.
    2. The weights come from 60 rounds of expectation maximisation, from equal weights:
       :math:`w_k \propto \sum_i y_i\, w_k x_{ik} / \sum_j w_j x_{ij}`.
    3. What they leave unexplained is smoothed, without the cells at most two away: these hold every
       3 x 3 window that the cell is part of, and with them a hot spot would hide itself:

       .. math:: r_i = \frac{\kappa\,G[y]_i + 3}{\kappa\,G[N x]_i + 3},
                 \qquad \kappa = 4 \pi (\sigma / \text{cell})^2

       where G is Gaussian smoothing; :math:`\kappa` is the number of cells it averages over, so 3
       is a prior of three reports.
    4. The expectation is proportional to :math:`x_i r_i`; alpha is the likeliest given it.
    5. One round of cleaning. What `hotspot_test` flags at a lenient q of 0.20, and the cells above
       expectation that touch it, give way to their expectation in steps 2 and 3 and are left out
       of the fit of alpha; else hot spots leak into the background that they are compared with.

    The method is our own. What noise and planted places make of it on made-up cities is held by
    `tests/reference/test_noise_and_power.py`.
    """
    y, x, inside = _map(counts, components, mask)
    _check_lengths(cell_m=cell_m, bandwidth_m=bandwidth_m)
    sigma = bandwidth_m / cell_m
    expected, weights, rest = _explained(y, x, inside, sigma=sigma)
    alpha = _alpha(y, expected, inside)
    standing_out = _standing_out(y, expected, alpha=alpha)
    if standing_out.any():
        cleaned = np.where(standing_out, expected, y)
        expected, weights, rest = _explained(cleaned, x, inside, sigma=sigma)
        alpha = _alpha(y, expected, inside & ~standing_out)
    scale = y.sum() / max(expected.sum(), 1e-300)
    return Background(expected * scale, weights, alpha, rest / max(scale, 1.0), standing_out)


def mixture_weights(y: FloatArray, x: FloatArray) -> FloatArray:
    """The likeliest mixture of components for some counts (step 2 above).

    Parameters
    ----------
    y
        Counts, zero or more, shape (n,). Those that no component can explain have no say.
    x
        Components, shape (k, n), each of sum 1, or 0 for one that is unknown.

    Returns
    -------
    ndarray
        Weights, shape (k,), of sum 1; equal ones where there are no counts.
    """
    weights = np.where(x.any(axis=1), 1.0, 0.0)
    weights /= weights.sum()
    counted = (y > 0) & x.any(axis=0)
    y, x = y[counted], x[:, counted]
    if not len(y):
        return weights
    for _ in range(_ROUNDS):
        weights = weights * (x @ (y / (weights @ x)))
        weights /= weights.sum()
    return weights


def _map(
    counts: ArrayLike, components: Sequence[ArrayLike], mask: ArrayLike | None
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Counts; components, shape (k, rows, columns), each of sum 1 or 0; the cells of the map."""
    y = checked_counts(counts, name="counts")
    parts = [checked_counts(part, name="a component") for part in components]
    inside = np.ones(y.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    shapes = [part.shape for part in parts]
    if y.ndim != 2 or not parts or {*shapes, inside.shape} != {y.shape}:
        found = f"counts {y.shape}, components {shapes}, mask {inside.shape}"
        msg = f"{found}: there must be a component, and all must be of one shape, (rows, columns)"
        raise InputError(msg)
    x = np.where(inside, parts, 0.0)
    total = x.sum(axis=(1, 2), keepdims=True)
    if not total.any():
        msg = "every component is zero all over the map: nothing says where to expect anything"
        raise InputError(msg)
    return np.where(inside, y, 0.0), np.divide(x, total, out=x, where=total > 0), inside


def _check_lengths(*, cell_m: float, bandwidth_m: float) -> None:
    for name, value in (("cell_m", cell_m), ("bandwidth_m", bandwidth_m)):
        if not (math.isfinite(value) and value > 0):
            msg = f"{name} is {value}: it must be a positive number of metres"
            raise UsageError(msg)


def _explained(
    y: FloatArray, x: FloatArray, inside: BoolArray, *, sigma: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Steps 2 to 4: expectations with the sum of `y`, weights of the mixture, smooth rest."""
    weights = mixture_weights(y[inside], x[:, inside])
    mixed = np.tensordot(weights, x, axes=1) * y.sum()
    rest = _smooth_rest(y, mixed, sigma=sigma)
    total = (mixed * rest).sum()
    if total > 0:
        rest *= y.sum() / total
    return mixed * rest, weights, rest


def _smooth_rest(y: FloatArray, mixed: FloatArray, *, sigma: float) -> FloatArray:
    """Step 3: how much more or less than the mixture the quarter around each cell holds."""
    kappa = 4 * math.pi * sigma**2
    above, below = (kappa * _around(array, sigma=sigma) for array in (y, mixed))
    return (above + _PRIOR_REPORTS) / (below + _PRIOR_REPORTS)


def _around(values: FloatArray, *, sigma: float) -> FloatArray:
    """Gaussian smoothing without the 5 x 5 cells around each cell; sigma in cells."""
    reach = max(math.ceil(4 * sigma), _HOLE)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    hole = kernel[reach - _HOLE : reach + _HOLE + 1]
    whole, near = values, values
    for axis in (0, 1):
        whole = ndimage.correlate1d(whole, kernel, axis=axis, mode="constant")
        near = ndimage.correlate1d(near, hole, axis=axis, mode="constant")
    return np.maximum(whole - near, 0.0)


def _alpha(y: FloatArray, expected: FloatArray, inside: BoolArray) -> float:
    tested = inside & (expected > 0)
    return fit_alpha(y[tested], expected[tested])


def _standing_out(y: FloatArray, expected: FloatArray, *, alpha: float) -> BoolArray:
    """Step 5: what a lenient test flags, and the cells above expectation that touch it."""
    explained = expected > 0
    counted = np.where(explained, y, 0.0)
    shared = expected * (counted.sum() / max(expected.sum(), 1e-300))
    flagged = flagged_cells(counted, shared, inside=explained, alpha=alpha, q=_LENIENT_Q)
    return touching(flagged) & (y > expected)
