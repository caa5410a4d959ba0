"""Counts and rates with exact Poisson limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["checked_counts", "checked_level", "garwood", "rate"]


def garwood(count: ArrayLike, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    r"""Exact limits for the mean of a Poisson count.

    Parameters
    ----------
    count
        Counts, any shape, zero or more.
    level
        Confidence, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limit, float64, each of the shape of `count`.

    Raises
    ------
    InputError
        If a count is negative or not finite.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    .. math::
        \tfrac12 \chi^2_{\alpha/2,\,2k} \le \mu \le \tfrac12 \chi^2_{1-\alpha/2,\,2k+2}

    with the lower limit 0 at k = 0 (Garwood 1936, Biometrika 28:437). It covers the mean at least
    at the level given, mostly more. It assumes independent events: give episodes, not reports.

    Examples
    --------
    >>> lower, upper = garwood([0, 10])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 4.795], [3.689, 18.39])
    """
    k = checked_counts(count, name="count")
    tail = (1 - checked_level(level)) / 2
    # Counts repeat, so each is looked up once.
    value, which = np.unique(k, return_inverse=True)
    # A chi-square with 2k degrees of freedom is twice a gamma of shape k.
    lower = np.where(value > 0, special.gammaincinv(np.where(value > 0, value, 1.0), tail), 0.0)
    upper = special.gammainccinv(value + 1, tail)
    which = which.reshape(k.shape)
    return lower[which], upper[which]


def rate(
    count: ArrayLike, denominator: ArrayLike, *, per: float = 1.0, level: float = 0.95
) -> pd.DataFrame:
    """Counts per square kilometre, per thousand residents or per kilometre of street.

    Parameters
    ----------
    count
        Counts, shape (n,), zero or more. The index of a Series is kept.
    denominator
        What they are divided by, shape (n,), zero or more.
    per
        Units of the denominator that the rate is for, such as 1 000 for residents.
    level
        Confidence of the limits, between 0 and 1.

    Returns
    -------
    DataFrame
        `rate`, `rate_lo`, `rate_hi`, float64. All three are NaN where the denominator is zero:
        nobody lives there, so there is no rate per resident.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the lengths differ.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    The exact limits of the count (`garwood`), divided by the denominator, which is taken as known.
    """
    k, base = checked_counts(count, name="count"), checked_counts(denominator, name="denominator")
    if k.shape != base.shape:
        msg = f"{k.shape} counts and {base.shape} denominators: give one denominator per count"
        raise InputError(msg)
    units = np.where(base > 0, base, np.nan) / per
    lower, upper = garwood(k, level=level)
    table = {"rate": k / units, "rate_lo": lower / units, "rate_hi": upper / units}
    return pd.DataFrame(table, index=count.index if isinstance(count, pd.Series) else None)


def checked_counts(values: ArrayLike, *, name: str) -> FloatArray:
    """The values as float64, if all are finite and none is negative.

    Raises
    ------
    InputError
        With the first value that is not.
    """
    numbers = np.asarray(values, dtype=np.float64)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        msg = f"{name} holds {numbers[wrong].flat[0]}: it must be finite and not negative"
        raise InputError(msg)
    return numbers


def checked_level(level: float) -> float:
    """The level, if it lies between 0 and 1.

    Raises
    ------
    UsageError
        If it does not.
    """
    if not 0 < level < 1:
        msg = f"the level is {level}: it must lie between 0 and 1, such as 0.95"
        raise UsageError(msg)
    return level
