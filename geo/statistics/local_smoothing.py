"""Empirical Bayes with a prior of the neighbourhood: drawn towards what lies around, not the city.

The common ratio of a whole city says little about one quarter of it. Where neighbours are alike,
an area with few events is better drawn towards them; where they are not, the spread that is
learned is wide, and it is hardly drawn at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from geo.errors import InputError
from geo.statistics.rates import checked_counts, checked_level
from geo.statistics.smoothing import gamma_posterior, gamma_prior

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["local_empirical_bayes"]


def local_empirical_bayes(
    observed: ArrayLike,
    expected: ArrayLike,
    neighbours: ArrayLike | sparse.spmatrix,
    *,
    level: float = 0.90,
) -> pd.DataFrame:
    r"""Observed against expected per area, drawn towards what its neighbours have in common.

    Parameters
    ----------
    observed
        Counts, shape (n,). The index of a Series is kept.
    expected
        What each area would have at the common rate, shape (n,), zero or more.
    neighbours
        How much each area takes from each other one, shape (n, n), dense or sparse, zero or more:
        1 for a neighbour, or a kernel of the distance. The diagonal plays no part: an area is no
        witness for itself.
    level
        Probability inside the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        float64 columns: `smr`, `smr_eb`, `smr_eb_lo`, `smr_eb_hi`, `p_rr_gt_1_5` as in
        `empirical_bayes`, and `prior_mean`, what the neighbours lead to expect.

        An area with expectation zero has no crude ratio (`smr` is NaN), takes no part in the fit
        and gets the prior of its neighbours. If nothing is expected anywhere, all are NaN.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the shapes do not match.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    With r the common ratio of all areas, the neighbours lead to expect

    .. math:: m_i = \frac{1 + \sum_{j \ne i} w_{ij} y_j}{1 / r + \sum_{j \ne i} w_{ij} E_j}

    that is, theirs and the city's with the weight of one event. So an island gets the global
    prior, and neighbours without an event do not make one impossible. The ratios of areas to
    :math:`m_i` come from one gamma distribution of shape a and rate b, fitted by the rules of
    `empirical_bayes` (fewer than fifteen areas: the weight of one event), and

    .. math:: \theta_i \mid y_i \sim \Gamma(y_i + a,\; E_i + b / m_i)

    The moment estimator with a local mean is Marshall's (1991, Applied Statistics 40:283).
    """
    y, e = checked_counts(observed, name="observed"), checked_counts(expected, name="expected")
    checked_level(level)
    weights = _neighbours(neighbours)
    if y.ndim != 1 or y.shape != e.shape or weights.shape != (len(y), len(y)):
        shapes = f"observed {y.shape}, expected {e.shape}, neighbours {weights.shape}"
        msg = f"{shapes}: give one of each per area, and neighbours of each by each"
        raise InputError(msg)
    known = e > 0
    y = np.where(known, y, 0.0)
    mean = _prior_mean(y, e, weights)
    shape, rate = gamma_prior(y[known], (e * mean)[known]) if known.any() else (np.nan, np.nan)
    table = {"smr": np.divide(y, e, out=np.full(y.shape, np.nan), where=known)}
    table |= gamma_posterior(y + shape, e + rate / mean, level=level)
    table["prior_mean"] = mean * shape / rate
    return pd.DataFrame(table, index=observed.index if isinstance(observed, pd.Series) else None)


def _neighbours(neighbours: ArrayLike | sparse.spmatrix) -> sparse.csr_array:
    """The weights without their diagonal."""
    given = sparse.csr_array(neighbours, dtype=np.float64)
    if not np.isfinite(given.data).all() or (given.data < 0).any():
        msg = "a weight of neighbours is negative or not finite: give zero or more"
        raise InputError(msg)
    return given - sparse.diags_array(given.diagonal(), shape=given.shape)


def _prior_mean(y: FloatArray, e: FloatArray, weights: sparse.csr_array) -> FloatArray:
    """The formula of m; r is one event for all that is expected if there was none."""
    inverse = e.sum() / max(y.sum(), 1.0)
    below = inverse + weights @ e
    return np.divide(1.0 + weights @ y, below, out=np.full(y.shape, np.nan), where=below > 0)
