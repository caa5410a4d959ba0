"""Getis and Ord's Gi*: the hot-spot statistic that everybody knows, beside the one that decides.

It comes as a number only, without a p-value and without a class. On maps of noise with the counts
that beats see, its normal p-values with the usual correction call something hot in 15 to 97 maps
of a hundred, and permutation cannot see a single bad address. `hotspot_test` decides instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from geo.errors import InputError
from geo.statistics.windows import window_sum

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["gi_star", "gi_star_map"]


def gi_star(values: ArrayLike, weights: ArrayLike | sparse.spmatrix) -> FloatArray:
    r"""Standard scores of the sums around each area, itself included.

    Parameters
    ----------
    values
        Numbers, shape (n,).
    weights
        Who is near whom, shape (n, n), dense or sparse, zero or more. The diagonal counts: give 1
        there for Gi*. Rows need not be standardised, and the scores are the same if they are.

    Returns
    -------
    ndarray
        z, float64, shape (n,). 0 where nothing can stand out: all values are equal, or the area is
        near nobody, or near all alike.

    Raises
    ------
    InputError
        If a number is not finite, a weight is negative, or the shapes do not match.

    Notes
    -----
    .. math::
        z_i = \frac{\sum_j w_{ij} x_j - \bar x W_i}
                   {s \sqrt{(n S_{1i} - W_i^2) / (n - 1)}},
        \qquad W_i = \sum_j w_{ij}, \quad S_{1i} = \sum_j w_{ij}^2

    with s the standard deviation of all n values, divided by n (Ord and Getis 1995, Geographical
    Analysis 27:286). It assumes that values could change places, and sums that are nearly normal:
    thirty neighbours or large counts.
    """
    x, w = np.asarray(values, dtype=np.float64), sparse.csr_array(weights, dtype=np.float64)
    if x.ndim != 1 or w.shape != (len(x), len(x)):
        msg = f"{x.shape} values and {w.shape} weights: give one row and one column per value"
        raise InputError(msg)
    if not np.isfinite(w.data).all() or (w.data < 0).any():
        msg = "a weight is negative or not finite: nearness is zero or more"
        raise InputError(msg)
    return _scores(_finite(x), w @ x, w.sum(axis=1), w.power(2).sum(axis=1))


def gi_star_map(counts: ArrayLike, *, mask: ArrayLike | None = None) -> FloatArray:
    """`gi_star` of the cells of a map, each with the eight around it, all with weight one.

    Parameters
    ----------
    counts
        Numbers, shape (rows, columns).
    mask
        The cells of the map, boolean, same shape; without it all. What lies outside is in no
        window and in no mean.

    Returns
    -------
    ndarray
        z, float64, of the map's shape; 0 outside the mask.

    Raises
    ------
    InputError
        If a number inside the mask is not finite, or the shapes differ.
    """
    y = np.asarray(counts, dtype=np.float64)
    inside = np.ones(y.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if y.ndim != 2 or inside.shape != y.shape:
        msg = f"counts {y.shape}, mask {inside.shape}: both must be of one shape, (rows, columns)"
        raise InputError(msg)
    x = _finite(y[inside])
    around, many = (window_sum(array)[inside] for array in (np.where(inside, y, 0.0), inside))
    z = np.zeros(y.shape)
    z[inside] = _scores(x, around, many, many)
    return z


def _finite(x: FloatArray) -> FloatArray:
    wrong = ~np.isfinite(x)
    if wrong.any():
        msg = f"the values hold {x[wrong][0]}: every area needs a finite number"
        raise InputError(msg)
    return x


def _scores(
    x: FloatArray, around: FloatArray, weight: FloatArray, squares: FloatArray
) -> FloatArray:
    """The formula, from the weighted sums, the weights' sums and those of their squares."""
    n = len(x)
    if n < 2:
        return np.zeros(n)
    # Rounding leaves a little where the difference should vanish; it counts as nothing.
    room = np.maximum(n * squares - weight**2, 0.0)
    room[room <= 1e-12 * n * squares] = 0.0
    scale = np.std(x) * np.sqrt(room / (n - 1))
    return np.divide(around - x.mean() * weight, scale, out=np.zeros(n), where=scale > 0)
