"""The negative binomial of counts that vary more than chance alone: its spread and its tail.

Throughout, `alpha` is the relative variance of the true rates around the expectation: the variance
of a count with mean m is m + alpha m². At alpha = 0 it is Poisson.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["ALPHA_RANGE", "fit_alpha", "likelihood_of", "upper_tail"]

ALPHA_RANGE = (1e-4, 1e2)
"""Below, the counts are Poisson for every purpose; above, no map was ever seen."""

_ROWS = 16


def fit_alpha(counts: FloatArray, expected: FloatArray) -> float:
    """The relative variance that makes the counts likeliest, given their expectations.

    Parameters
    ----------
    counts
        Shape (n,).
    expected
        Their means, above zero, shape (n,).

    Returns
    -------
    float
        In [0, 100]; 0 where Poisson is at least as likely, or where there is no count.

    Notes
    -----
    Maximum likelihood by one bounded search over log alpha (`likelihood_of`).
    """
    if not len(counts) or not counts.any():
        return 0.0
    likelihood = likelihood_of(counts, expected)
    best = optimize.minimize_scalar(
        lambda log_alpha: -likelihood(np.exp(log_alpha)),
        bounds=np.log(ALPHA_RANGE),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(best.x)) if -best.fun > likelihood(0.0) else 0.0


def likelihood_of(counts: FloatArray, expected: FloatArray) -> Callable[[float], float]:
    r"""The log-likelihood of some counts, without the factorials that do not depend on alpha.

    Parameters
    ----------
    counts, expected
        Shape (n,); the expectations above zero.

    Returns
    -------
    callable
        From alpha, zero or more, to a natural logarithm.

    Notes
    -----
    .. math::
        \sum_i \log\Gamma(y_i + 1/\alpha) - \log\Gamma(1/\alpha)
        + y_i \log(\alpha e_i) - (y_i + 1/\alpha) \log(1 + \alpha e_i)

    and :math:`\sum_i y_i \log e_i - e_i` at alpha = 0.
    """
    # Counts repeat: the costliest function is called once for each value that occurs.
    value, many = np.unique(counts, return_counts=True)
    held = counts > 0
    y, e, empty = counts[held], expected[held], _in_rows(expected[~held])
    logs, total, whole = (y * np.log(e)).sum(), y.sum(), expected.sum()

    def likelihood(alpha: float) -> float:
        if alpha == 0:
            return float(logs - whole)
        size = 1 / alpha
        rising = (many * (special.gammaln(value + size) - special.gammaln(size))).sum()
        # Most cells are empty, and a sum of logarithms is the logarithm of a product.
        none = np.log(np.prod(1 + alpha * empty, axis=0)).sum()
        some = ((y + size) * np.log1p(alpha * e)).sum()
        return float(rising + logs + total * np.log(alpha) - some - size * none)

    return likelihood


def upper_tail(counts: FloatArray, mean: FloatArray, variance: FloatArray) -> FloatArray:
    r"""The probability of a count as large as this one, or larger.

    Parameters
    ----------
    counts, mean, variance
        Arrays of one shape; variance at least the mean. A variance that exceeds it by less than a
        billionth part counts as equal: Poisson.

    Returns
    -------
    ndarray
        Float64; 1 where the count is 0.

    Notes
    -----
    Negative binomial of size :math:`r = m^2 / (v - m)`. Its tail is an incomplete beta function,

    .. math:: P(Y \ge k) = I_{1 - m/v}(k, r)

    and for Poisson an incomplete gamma function.
    """
    tail = np.ones(counts.shape)
    excess = variance - mean
    spread = excess > 1e-9 * mean
    at, flat = spread & (counts > 0), ~spread & (counts > 0)
    size = mean[at] ** 2 / excess[at]
    tail[at] = special.betainc(counts[at], size, excess[at] / variance[at])
    tail[flat] = special.gammainc(counts[flat], mean[flat])
    return tail


def _in_rows(values: FloatArray) -> FloatArray:
    """Sixteen rows, filled up with zeros: columns whose product no expectation makes overflow."""
    padded = np.zeros((_ROWS, -(-len(values) // _ROWS)))
    padded.ravel()[: len(values)] = values
    return padded
