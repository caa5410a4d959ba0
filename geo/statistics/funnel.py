"""The funnel: which areas differ from the norm at all, more than areas always differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from geo.errors import InputError
from geo.statistics.dispersion import upper_tail
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["FEWEST_AREAS", "funnel", "funnel_columns", "funnel_limits"]

FEWEST_AREAS = 10
"""Fewer areas do not tell how much areas always differ."""

_TRIM = 0.10
_WARN, _ALARM = 0.025, 0.001
"""Tails on each side beyond limits that hold 95 % and 99.8 %."""


def funnel(observed: ArrayLike, expected: ArrayLike) -> pd.DataFrame:
    r"""Class each area by how far its count lies outside what chance, and all areas' spread, give.

    Parameters
    ----------
    observed
        Counts, shape (n,), zero or more. The index of a Series is kept.
    expected
        What each area would have at the norm, shape (n,), zero or more.

    Returns
    -------
    DataFrame
        `smr`, the crude ratio; `p_funnel`, twice the smaller tail, at most 1; `funnel_class`
        (int64): 2 or -2 beyond the limits that hold 99.8 %, 1 or -1 beyond those that hold 95 %,
        else 0; `tau2`, by how much areas always differ, the same in every row.

        An area with expectation zero takes no part: `smr` is NaN, p is 1 and the class 0. With
        fewer than ten areas nothing tells how much areas always differ: `tau2` is NaN, every p is
        1 and every class 0.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the shapes differ.

    Notes
    -----
    On the scale of roots the standard deviation of a Poisson ratio is :math:`1 / (2 \sqrt{E_i})`,
    and

    .. math::
        z_i = 2 (\sqrt{O_i} - \sqrt{E_i}), \qquad
        \phi = \frac1n \sum_i \tilde z_i^2, \qquad
        \tau^2 = \max\left(0, \frac{n \phi - (n - 1)}{\sum w_i - \sum w_i^2 / \sum w_i}\right)

    with :math:`\tilde z` the scores whose outer tenth on each side is drawn in to the tenth
    (winsorised), and :math:`w_i = 4 E_i`: additive over-dispersion (Spiegelhalter 2005, Quality
    and Safety in Health Care 14:347). A variance of :math:`\tau^2` of the roots is one of
    :math:`4 \tau^2` of the ratios, so the tails are those of a negative binomial with this
    relative variance, and exact Poisson ones at :math:`\tau^2 = 0`. Normal tails of z would call
    an area without a report low that expects two or three. Areas are classed, never ranked.
    """
    y, e = checked_counts(observed, name="observed"), checked_counts(expected, name="expected")
    if y.shape != e.shape or y.ndim != 1:
        msg = f"observed has shape {y.shape} and expected {e.shape}: give one of each per area"
        raise InputError(msg)
    index = observed.index if isinstance(observed, pd.Series) else None
    return pd.DataFrame(funnel_columns(y, e), index=index)


def funnel_columns(y: FloatArray, e: FloatArray) -> dict[str, NDArray[Any]]:
    """The columns of `funnel`, without looking at what is given.

    Parameters
    ----------
    y, e
        Counts and expectations, zero or more, shape (n,).

    Returns
    -------
    dict
        `smr`, `p_funnel`, `tau2`, float64, and `funnel_class`, int64, shape (n,).
    """
    known = e > 0
    classed = known & (known.sum() >= FEWEST_AREAS)
    tau2 = _tau2(y[known], e[known]) if classed.any() else np.nan
    high, low = np.ones(y.shape), np.ones(y.shape)
    high[classed], low[classed] = _tails(y[classed], e[classed], tau2=tau2)
    return {
        "smr": np.divide(y, e, out=np.full(y.shape, np.nan), where=known),
        "p_funnel": np.minimum(2 * np.minimum(high, low), 1.0),
        "funnel_class": _class(high) - _class(low),
        "tau2": np.full(y.shape, tau2),
    }


def funnel_limits(expected: ArrayLike, *, tau2: float) -> pd.DataFrame:
    """The four lines of the funnel, to draw it.

    Parameters
    ----------
    expected
        Where to draw, shape (n,), zero or more.
    tau2
        From `funnel`, zero or more.

    Returns
    -------
    DataFrame
        Ratios `lo998`, `lo95`, `hi95`, `hi998`, float64: what lies on a line or beyond is in its
        class. A lower line at 0 has nothing beyond, and at expectation zero the upper are inf.

    Raises
    ------
    InputError
        If a number is negative or not finite.

    Notes
    -----
    The tails of `funnel`, with counts that may be fractions, so that the lines are smooth.
    """
    e, spread = checked_counts(expected, name="expected"), checked_counts(tau2, name="tau2")
    known = e > 0
    lines = {"lo998": _ALARM, "lo95": _WARN, "hi95": 1 - _WARN, "hi998": 1 - _ALARM}
    table = {}
    for name, share in lines.items():
        upper = name.startswith("hi")
        table[name] = np.full(e.shape, np.inf if upper else 0.0)
        table[name][known] = (_quantile(share, e[known], alpha=4 * spread) + upper) / e[known]
    return pd.DataFrame(table)


def _tau2(y: FloatArray, e: FloatArray) -> float:
    """The variance between areas that chance does not explain, by moments."""
    z = 2 * (np.sqrt(y) - np.sqrt(e))
    drawn_in = np.clip(z, *np.quantile(z, [_TRIM, 1 - _TRIM]))
    weight = 4 * e
    excess = (drawn_in**2).sum() - (len(z) - 1)
    return max(0.0, float(excess / (weight.sum() - (weight**2).sum() / weight.sum())))


def _tails(y: FloatArray, e: FloatArray, *, tau2: float) -> tuple[FloatArray, FloatArray]:
    """The probabilities of a count as large or larger, and as small or smaller."""
    variance = e + 4 * tau2 * e**2
    return upper_tail(y, e, variance), 1 - upper_tail(y + 1, e, variance)


def _class(tail: FloatArray) -> NDArray[np.int64]:
    return (tail <= _WARN).astype(np.int64) + (tail <= _ALARM)


def _quantile(share: float, mean: FloatArray, *, alpha: FloatArray) -> FloatArray:
    """Where the distribution function reaches a share, at least 0."""
    if alpha == 0:
        return special.pdtrik(share, mean)
    return special.nbdtrik(share, 1 / alpha, 1 / (1 + alpha * mean))
