"""Empirical Bayes: which ratio to expect again, where the count that shows it is small."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special

from geo.errors import InputError
from geo.statistics.dispersion import ALPHA_RANGE, fit_alpha
from geo.statistics.rates import checked_counts, checked_level

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = [
    "ShrunkRatio",
    "empirical_bayes",
    "gamma_posterior",
    "gamma_prior",
    "ratio_columns",
    "shrunk_ratio",
]

_FEWEST_AREAS = 15
"""Fewer areas do not tell how much areas differ."""

_NOTABLE = 1.5


def empirical_bayes(
    observed: ArrayLike, expected: ArrayLike, *, level: float = 0.90
) -> pd.DataFrame:
    r"""Observed against expected per area, drawn towards what the areas have in common.

    Parameters
    ----------
    observed
        Counts, shape (n,). The index of a Series is kept.
    expected
        What each area would have at the common rate, shape (n,), zero or more.
    level
        Probability inside the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        float64 columns: `smr`, the crude ratio; `smr_eb`, its posterior mean; `smr_eb_lo` and
        `smr_eb_hi`, the equal-tailed interval; `p_rr_gt_1_5`, the posterior probability that the
        true ratio exceeds 1.5.

        An area with expectation zero has no crude ratio (`smr` is NaN), takes no part in the fit
        and gets the prior. If nothing is expected anywhere, all five are NaN: there is no ratio.

    Raises
    ------
    InputError
        If a number is negative or not finite, the shapes differ, or two indexes differ.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    Counts are Poisson with mean :math:`E_i \theta_i`, and the ratios :math:`\theta_i` come from a
    gamma distribution of shape a and rate b, so

    .. math:: \theta_i \mid y_i \sim \Gamma(y_i + a,\; E_i + b)

    (Clayton and Kaldor 1987, Biometrics 43:671). a and b maximise the marginal, negative binomial
    likelihood, for each spread with its best mean. Three rules where that says too little:

    * The relative variance 1/a is at least :math:`1 / \sum y`: no prior is known better than the
      mean of the map itself.
    * Fewer than 15 areas do not tell their spread: a = 1, the weight of one event, around the
      common ratio :math:`\sum y / \sum E`.
    * No event anywhere: a = 1 around :math:`1 / \sum E`, as if one had been seen.
    """
    y, e = checked_counts(observed, name="observed"), checked_counts(expected, name="expected")
    checked_level(level)
    index = _common_index(observed, expected)
    if y.shape != e.shape or y.ndim != 1:
        msg = f"observed has shape {y.shape} and expected {e.shape}: give one of each per area"
        raise InputError(msg)
    return pd.DataFrame(ratio_columns(y, e, level=level), index=index)


def ratio_columns(y: FloatArray, e: FloatArray, *, level: float = 0.90) -> dict[str, FloatArray]:
    """The columns of `empirical_bayes`, without looking at what is given.

    Parameters
    ----------
    y, e
        Counts and expectations, zero or more, shape (n,).
    level
        Probability inside the interval, between 0 and 1.

    Returns
    -------
    dict
        `smr`, `smr_eb`, `smr_eb_lo`, `smr_eb_hi`, `p_rr_gt_1_5`: float64, shape (n,).
    """
    known = e > 0
    shape, rate = gamma_prior(y[known], e[known]) if known.any() else (np.nan, np.nan)
    crude = np.divide(y, e, out=np.full(y.shape, np.nan), where=known)
    drawn = gamma_posterior(np.where(known, y, 0.0) + shape, e + rate, level=level)
    return {"smr": crude, **drawn}


class ShrunkRatio(NamedTuple):
    """Posterior of the ratio of true to expected, cell by cell; arrays of the map's shape.

    `rr_shrunk` is the mean, `rr_lo90` and `rr_hi90` are the 5 % and 95 % quantiles. All are 1
    where nothing is expected.
    """

    rr_shrunk: FloatArray
    rr_lo90: FloatArray
    rr_hi90: FloatArray


def shrunk_ratio(
    counts: ArrayLike,
    expected: ArrayLike,
    *,
    alpha: float | None = None,
    mask: BoolArray | None = None,
) -> ShrunkRatio:
    r"""How many times more than expected each cell holds, drawn towards one.

    Parameters
    ----------
    counts, expected
        Arrays of one shape, zero or more.
    alpha
        Relative variance of the true ratios, zero or more. Without it the one that makes the whole
        map likeliest, hot spots included: they are part of how much cells differ. The `alpha` of
        a cleaned background leaves them out, and would shrink them as if they were noise.
    mask
        The cells of the map, boolean; without it all.

    Returns
    -------
    ShrunkRatio
        1 everywhere if alpha is 0: the counts give no sign that cells differ.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the shapes differ.

    Notes
    -----
    With a gamma prior of mean 1 and shape :math:`1/\alpha`,

    .. math:: \theta_i \mid y_i \sim \Gamma(y_i + 1/\alpha,\; e_i + 1/\alpha)
    """
    y, e = checked_counts(counts, name="counts"), checked_counts(expected, name="expected")
    if y.shape != e.shape:
        msg = f"counts has shape {y.shape} and expected {e.shape}: give arrays of one shape"
        raise InputError(msg)
    known = (e > 0) if mask is None else (e > 0) & mask
    if alpha is None:
        alpha = fit_alpha(y[known], e[known])
    ratio = ShrunkRatio(*(np.ones(y.shape) for _ in range(3)))
    if alpha > 0:
        found = gamma_posterior(y[known] + 1 / alpha, e[known] + 1 / alpha, level=0.90)
        for array, name in zip(ratio, ("smr_eb", "smr_eb_lo", "smr_eb_hi"), strict=True):
            array[known] = found[name]
    return ratio


def gamma_prior(y: FloatArray, e: FloatArray) -> tuple[float, float]:
    """What the ratios of areas have in common: the gamma distribution that `empirical_bayes` fits.

    Parameters
    ----------
    y, e
        Counts and expectations, shape (n,); the expectations above zero.

    Returns
    -------
    tuple of float
        Shape and rate, by the rules of `empirical_bayes`.
    """
    total = y.sum()
    if total == 0 or len(y) < _FEWEST_AREAS:
        return 1.0, e.sum() / max(total, 1.0)
    from geo._gamma_profile import likeliest_mean, profile  # noqa: PLC0415 - numba loads slowly

    given = np.array(y, dtype=np.float64), np.array(e, dtype=np.float64)
    value, many = np.unique(given[0], return_counts=True)
    best = optimize.minimize_scalar(
        lambda log_alpha: -profile(*given, value, many, math.exp(log_alpha)),
        bounds=np.log(ALPHA_RANGE),
        method="bounded",
        options={"xatol": 1e-6},
    )
    alpha = math.exp(best.x) if -best.fun > profile(*given, value, many, 0.0) else 0.0
    shape = 1 / max(alpha, 1 / total)
    return shape, shape / likeliest_mean(*given, alpha)


def gamma_posterior(shape: FloatArray, rate: FloatArray, *, level: float) -> dict[str, FloatArray]:
    """Mean, interval and upper tail of gamma distributions, by the names of `empirical_bayes`.

    Parameters
    ----------
    shape, rate
        Above zero, shape (n,).
    level
        Probability inside the interval.

    Returns
    -------
    dict
        `smr_eb`, `smr_eb_lo`, `smr_eb_hi` and `p_rr_gt_1_5`.
    """
    tail = (1 - level) / 2
    return {
        "smr_eb": shape / rate,
        "smr_eb_lo": special.gammaincinv(shape, tail) / rate,
        "smr_eb_hi": special.gammainccinv(shape, tail) / rate,
        "p_rr_gt_1_5": special.gammaincc(shape, _NOTABLE * rate),
    }


def _common_index(observed: ArrayLike, expected: ArrayLike) -> pd.Index | None:
    """The index of whichever is a Series; two Series must agree."""
    found = [values.index for values in (observed, expected) if isinstance(values, pd.Series)]
    if len(found) == 2 and not found[0].equals(found[1]):
        msg = "observed and expected have different indexes: align them first"
        raise InputError(msg)
    return found[0] if found else None
