"""How good a forecast was: what its best areas caught, and what its numbers were worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from geo.errors import InputError, UsageError
from geo.statistics.forecast import log_probability, prediction_interval
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["NumberScores", "Ranking", "caught", "number_scores"]


class NumberScores(NamedTuple):
    """What `number_scores` gives: averages over the places, float.

    `poisson_deviance` is better the smaller, `log_score` the larger (natural logarithm).
    `coverage80` is the share of counts inside the 80 % interval, `width80` its average width.
    """

    poisson_deviance: float
    log_score: float
    coverage80: float
    width80: float


class Ranking:
    """Places in the order of a forecast's density, the densest first.

    Parameters
    ----------
    ranking
        The number whose density orders the places, shape (n,), zero or more: a forecast, or what
        came, for the best that was possible.
    area
        Area of each place in any unit, shape (n,), above zero.

    Raises
    ------
    InputError
        If a number is negative or not finite, an area is zero, or the lengths differ.
    """

    def __init__(self, ranking: ArrayLike, area: ArrayLike) -> None:
        value, size = checked_counts(ranking, name="ranking"), checked_counts(area, name="area")
        _check_places(value, size, ranking=value)
        density = value / size
        self._order = np.argsort(-density, kind="stable")
        sorted_ = density[self._order]
        self._starts = np.flatnonzero(np.append(True, sorted_[1:] != sorted_[:-1])[: len(value)])
        self._size, self._taken = size, self._sums(size)

    def caught(self, counts: ArrayLike, *, share: float) -> float:
        """The episodes in the best share of the area.

        Parameters
        ----------
        counts
            Episodes of each place, shape (n,).
        share
            The share of the whole area that is taken, between 0 and 1.

        Returns
        -------
        float
            Episodes. The last place is taken in part, so that the share is exact. Places of equal
            density are taken in equal parts: no order of rows can help.

        Raises
        ------
        InputError
            If a count is negative or not finite, or there is not one per place.
        UsageError
            If `share` is not between 0 and 1.
        """
        n = checked_counts(counts, name="counts")
        _check_places(n, self._size, counts=n)
        if not 0 < share < 1:
            msg = f"the share is {share}: it must lie between 0 and 1, such as 0.05"
            raise UsageError(msg)
        return float(np.interp(share * self._taken[-1], self._taken, self._sums(n)))

    def _sums(self, values: FloatArray) -> FloatArray:
        """The sums over the places so far, after each density, from 0 on."""
        if not len(values):
            return np.zeros(1)
        tied = np.add.reduceat(values[self._order], self._starts)
        return np.concatenate([[0.0], np.cumsum(tied)])


def caught(ranking: ArrayLike, counts: ArrayLike, area: ArrayLike, *, share: float) -> float:
    """The episodes in the best share of the area, if places are taken in order of density.

    Parameters
    ----------
    ranking, area
        As of `Ranking`.
    counts, share
        As of `Ranking.caught`.

    Returns
    -------
    float
        Episodes.

    Raises
    ------
    InputError
        If a number is negative or not finite, an area is zero, or the lengths differ.
    UsageError
        If `share` is not between 0 and 1.
    """
    return Ranking(ranking, area).caught(counts, share=share)


def number_scores(counts: ArrayLike, mean: ArrayLike, alpha: ArrayLike) -> NumberScores:
    r"""How near the forecast numbers came, and whether their intervals were honest.

    Parameters
    ----------
    counts
        What came, shape (n,), zero or more.
    mean, alpha
        The forecast and its relative variance (`Forecast`), same shape; the mean above zero.

    Returns
    -------
    NumberScores
        NaN four times if there is no place.

    Raises
    ------
    InputError
        If a number is negative or not finite, a mean is zero, or the shapes differ.

    Notes
    -----
    The deviance is :math:`2\,(y \ln(y / \mu) - (y - \mu))` on average; it looks at the means
    alone. The log score is the logarithm of the probability that the forecast gave to the count.
    """
    k, m = checked_counts(counts, name="counts"), checked_counts(mean, name="mean")
    a = checked_counts(alpha, name="alpha")
    if not k.shape == m.shape == a.shape or k.ndim != 1:
        msg = f"counts {k.shape}, mean {m.shape}, alpha {a.shape}: give one of each per place"
        raise InputError(msg)
    if (m == 0).any():
        msg = f"the mean of place {(m == 0).argmax()} is 0: nothing is impossible, expect a little"
        raise InputError(msg)
    if not len(k):
        return NumberScores(*[np.nan] * 4)
    deviance = 2 * (special.xlogy(k, k / m) - (k - m))
    lower, upper = prediction_interval(m, a)
    covered = (lower <= k) & (k <= upper)
    return NumberScores(
        float(deviance.mean()),
        float(log_probability(k, m, a).mean()),
        float(covered.mean()),
        float((upper - lower).mean()),
    )


def _check_places(values: FloatArray, area: FloatArray, **named: FloatArray) -> None:
    """One number and one area, above zero, per place."""
    if values.shape != area.shape or area.ndim != 1:
        shapes = ", ".join(f"{k} {v.shape}" for k, v in (*named.items(), ("area", area)))
        msg = f"{shapes}: give one of each per place"
        raise InputError(msg)
    if (area == 0).any():
        msg = f"place {(area == 0).argmax()} has no area: leave it out"
        raise InputError(msg)
