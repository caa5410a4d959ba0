"""Two counts against each other, and many p-values against noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from geo.errors import InputError
from geo.statistics.rates import checked_counts, checked_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["benjamini_hochberg", "rate_ratio"]


def rate_ratio(
    count: ArrayLike,
    base: ArrayLike,
    *,
    exposure: ArrayLike = 1.0,
    base_exposure: ArrayLike = 1.0,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""The ratio of two Poisson rates with its exact conditional interval and p-value.

    Parameters
    ----------
    count, base
        Counts of this period and of the one it is compared with, shape (n,), zero or more. The
        index of `count` is kept if it is a Series.
    exposure, base_exposure
        Length of the two periods, or any other exposure, above zero; one number or shape (n,).
    level
        Confidence of the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        `ratio`, `ratio_lo`, `ratio_hi`, `p_value`, float64. With nothing in `base` the ratio and
        its upper limit are inf; with nothing in either the ratio is NaN (there is nothing to
        compare), the interval runs from 0 to inf and p is 1.

    Raises
    ------
    InputError
        If a number is negative or not finite, an exposure is zero, or the lengths differ.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    Given the sum n of the two, the count is binomial with the probability

    .. math:: \pi = \frac{\theta\,t_1}{\theta\,t_1 + t_0}

    for a ratio :math:`\theta` and exposures :math:`t_1, t_0` (Przyborowski and Wilenski 1940,
    Biometrika 31:313). The Clopper-Pearson limits for :math:`\pi` are turned into limits for
    :math:`\theta`. The p-value of :math:`\theta = 1` is twice the smaller tail, so p < 0.05 just
    when 1 lies outside the 95 % interval. Both are conservative.
    """
    k1, k0 = checked_counts(count, name="count"), checked_counts(base, name="base")
    t1, t0 = _exposure(exposure, like=k1), _exposure(base_exposure, like=k1)
    if k1.shape != k0.shape:
        msg = f"{k1.shape} counts against {k0.shape}: give one base count per count"
        raise InputError(msg)
    tail = (1 - checked_level(level)) / 2
    lower, upper = _clopper_pearson(k1, k0, tail=tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        table = {
            "ratio": (k1 / t1) / (k0 / t0),
            "ratio_lo": lower / (1 - lower) * t0 / t1,
            "ratio_hi": upper / (1 - upper) * t0 / t1,
            "p_value": _p_value(k1, k0, t1 / (t1 + t0)),
        }
    return pd.DataFrame(table, index=count.index if isinstance(count, pd.Series) else None)


def benjamini_hochberg(p_value: ArrayLike) -> FloatArray:
    r"""The q-value of each p-value: the false discovery rate at which it would pass.

    Parameters
    ----------
    p_value
        p-values of one family, any shape.

    Returns
    -------
    ndarray
        q-values, float64, of the same shape.

    Raises
    ------
    InputError
        If a value is not between 0 and 1.

    Notes
    -----
    With the p-values in ascending order,

    .. math:: q_{(i)} = \min_{j \ge i} \min\left(1, \frac{m\,p_{(j)}}{j}\right)

    (Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57:289).
    """
    p = checked_counts(p_value, name="p_value")
    if (p > 1).any():
        msg = f"p_value holds {p.max()}: a p-value lies between 0 and 1"
        raise InputError(msg)
    order = np.argsort(p, axis=None)
    rank = np.arange(1, p.size + 1)
    scaled = p.ravel()[order] * (p.size / rank)
    q = np.empty(p.size)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q.reshape(p.shape)


def _exposure(exposure: ArrayLike, *, like: FloatArray) -> FloatArray:
    numbers = np.broadcast_to(checked_counts(exposure, name="exposure"), like.shape)
    if (numbers == 0).any():
        msg = "an exposure is 0: a rate needs a period or an area above zero"
        raise InputError(msg)
    return numbers


def _clopper_pearson(
    hits: FloatArray, misses: FloatArray, *, tail: float
) -> tuple[FloatArray, FloatArray]:
    """Exact limits of a proportion: quantiles of two beta distributions."""
    lower = special.betaincinv(np.maximum(hits, 0.5), misses + 1, tail)
    upper = special.betainccinv(hits + 1, np.maximum(misses, 0.5), tail)
    return np.where(hits > 0, lower, 0.0), np.where(misses > 0, upper, 1.0)


def _p_value(hits: FloatArray, misses: FloatArray, chance: FloatArray) -> FloatArray:
    """Twice the smaller binomial tail, at most 1."""
    at_most = special.betaincc(hits + 1, np.maximum(misses, 0.5), chance)
    at_least = special.betainc(np.maximum(hits, 0.5), misses + 1, chance)
    at_most, at_least = np.where(misses > 0, at_most, 1.0), np.where(hits > 0, at_least, 1.0)
    return np.minimum(2 * np.minimum(at_most, at_least), 1.0)
