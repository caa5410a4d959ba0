"""The likelihood of a spread at its best mean: the loop that fits of gamma priors repeat."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from geo.join._compile import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["likeliest_mean", "profile"]

_CLOSE, _STEPS = 1e-12, 100


@compiled
def profile(y: FloatArray, e: FloatArray, value: FloatArray, many: IntArray, alpha: float) -> float:
    """The log-likelihood of `likelihood_of` at the likeliest mean.

    Parameters
    ----------
    y, e
        Counts, not all zero, and expectations above zero, shape (n,).
    value, many
        The counts that occur, and how often each does.
    alpha
        Relative variance, zero or more.

    Returns
    -------
    float
        Natural logarithm.
    """
    mean = likeliest_mean(y, e, alpha)
    found = 0.0
    if alpha == 0:
        for i in range(len(y)):
            found += (y[i] * math.log(mean * e[i]) if y[i] > 0 else 0.0) - mean * e[i]
        return found
    size = 1 / alpha
    for i in range(len(y)):
        over = alpha * mean * e[i]
        found += (y[i] * math.log(over) if y[i] > 0 else 0.0) - (y[i] + size) * math.log1p(over)
    for j in range(len(value)):
        found += many[j] * (math.lgamma(value[j] + size) - math.lgamma(size))
    return found


@compiled
def likeliest_mean(y: FloatArray, e: FloatArray, alpha: float) -> float:
    """The mean of the ratios at which the sum of (y - m e) / (1 + alpha m e) is zero.

    That sum falls and is convex in m, so Newton's steps cannot stray; halving keeps m above zero.

    Parameters
    ----------
    y, e, alpha
        As in `profile`.

    Returns
    -------
    float
        Above zero, to twelve digits.
    """
    mean = y.sum() / e.sum()
    for _ in range(_STEPS):
        left = slope = 0.0
        for i in range(len(y)):
            spread = 1 + alpha * mean * e[i]
            left += (y[i] - mean * e[i]) / spread
            slope += e[i] * (1 + alpha * y[i]) / (spread * spread)
        before = mean
        mean = max(mean + left / slope, mean / 2)
        if abs(mean - before) <= _CLOSE * mean:
            break
    return mean
