"""The forecast of the next period: past counts, shrunk, with an interval that knows about drift."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize, special, stats

from geo.errors import InputError, UsageError
from geo.statistics.priors import equal_prior
from geo.statistics.rates import checked_counts, checked_level
from geo.statistics.smoothing import gamma_prior, shrunk_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from geo.statistics.priors import Prior

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["Forecast", "forecast_counts", "log_probability", "prediction_interval"]

_USUAL_DRIFT = 0.05
"""Relative variance from one half-year to the next where a history is too short to tell."""

_SEASONAL = 100
"""Fewer events tell no season: a single burst would make its month the only one that counts."""

_LARGEST_DRIFT = 4.0
_DRIFT_DIGITS = 1e-3

_POISSON = 1e-9
"""A smaller relative variance is none."""

_FEW = 30.0
"""Up to this mean an interval is found by counting."""


class Forecast(NamedTuple):
    """What `forecast_counts` gives.

    `mean` is the expected count of each place over the horizon, float64, shape (n,), above zero.
    `alpha` is the relative variance of its true rate, so that the count is negative binomial of
    variance mean + alpha mean². `drift` is the part of alpha that all places share, `season` the
    horizon's level against the year's (1 is average), `prior` the position of the prior chosen.
    """

    mean: FloatArray
    alpha: FloatArray
    drift: float
    season: float
    prior: int


def forecast_counts(
    history: ArrayLike,
    *,
    horizon: int,
    ahead: int = 0,
    per_year: int = 12,
    half_life: float = 9.0,
    priors: Sequence[Prior] = (equal_prior,),
) -> Forecast:
    r"""Forecast the counts of the next bins from those of the past.

    Parameters
    ----------
    history
        Episodes per place and bin of time, shape (n, bins), the oldest bin first, the last one
        ending where the forecast begins. Bins are equally long, for example months.
    horizon
        Bins to forecast, as one sum.
    ahead
        Bins between the end of the past and the horizon, zero or more.
    per_year
        Bins in a year, for the season.
    half_life
        Bins after which an episode counts half.
    priors
        What to expect of a place from its surroundings; the one that would have forecast the last
        `horizon` bins best is taken.

    Returns
    -------
    Forecast
        Without any episode in the history every place expects as much as if one had been seen in
        the whole city. One place is its own prior. No places, no forecast.

    Raises
    ------
    InputError
        If a count is negative or not finite, or the history is not two-dimensional or has no bin.
    UsageError
        If `horizon`, `per_year` or `half_life` is not positive, `ahead` is negative, or there is
        no prior.

    Notes
    -----
    1. A bin of age t weighs :math:`w_t \propto 2^{-t/h}`, with :math:`\sum w = \sum w^2`, so that
       the weighted count :math:`y_i` of a place varies as much as a plain count of its size
       (Kish's effective sample).
    2. The season: of two whole years or more with 100 events at least, the total of each twelfth
       of the year over what it would be in an even year, drawn towards one (`shrunk_ratio`); it is
       the same for all places.
    3. With the prior means :math:`m_i`, scaled to the sum of y, the true ratio of a place is gamma
       distributed given its count, :math:`\theta_i \sim \Gamma(y_i + a, m_i + b)`; a and b as in
       `empirical_bayes`. The mean is :math:`m_i \theta_i`, times the seasonal bins of the horizon
       over the seasonal, weighted bins of the past.
    4. Places change. With a relative variance d of this drift,

       .. math:: \alpha_i = \left(1 + \frac{1}{y_i + a}\right) (1 + d) - 1

       and d is the likeliest one for the last `horizon` bins, forecast by steps 1 to 3 from those
       that end `ahead` bins before. A history that leaves less than a horizon for that cannot
       tell: d is 0.05.

    Last year's counts, shrunk: elaborate models were hardly better in comparisons (Wheeler and
    Steenbeek 2021, J. Quant. Criminol. 37:445).
    """
    y = checked_counts(history, name="history")
    _check_options(y, horizon=horizon, per_year=per_year, half_life=half_life, priors=priors)
    if ahead < 0:
        msg = f"ahead is {ahead}: it must be a number of bins, zero or more"
        raise UsageError(msg)
    season = _season(y.sum(axis=0), following=ahead + horizon, per_year=per_year)
    drift, best = _USUAL_DRIFT, 0
    if y.shape[1] >= 2 * horizon + ahead:
        drift, best = _learned(
            y, season, horizon=horizon, ahead=ahead, half_life=half_life, priors=priors
        )
    mean, spread = _shrunk(y, season, horizon=horizon, half_life=half_life, prior=priors[best])
    level = float(season[-horizon:].mean())
    return Forecast(mean, _with_drift(spread, drift), drift, level, best)


def prediction_interval(
    mean: ArrayLike, alpha: ArrayLike, *, level: float = 0.80
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The central interval of a count to come.

    Parameters
    ----------
    mean, alpha
        As of a `Forecast`, any shape; alpha 0 is Poisson.
    level
        Probability, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limit, int64, both inside. A count is whole, so the interval holds at least
        `level`, and much more where the mean is small.

    Raises
    ------
    InputError
        If a number is negative or not finite.
    UsageError
        If `level` is not between 0 and 1.
    """
    m, a = np.broadcast_arrays(_numbers(mean, name="mean"), _numbers(alpha, name="alpha"))
    tail = (1 - checked_level(level)) / 2
    lower, upper = np.zeros(m.shape, dtype=np.int64), np.zeros(m.shape, dtype=np.int64)
    few = m <= _FEW
    lower[few], upper[few] = _counted_limits(m[few], a[few], tail=tail)
    if not few.all():
        lower[~few], upper[~few] = _inverted_limits(m[~few], a[~few], tail=tail)
    return lower, upper


def log_probability(counts: ArrayLike, mean: ArrayLike, alpha: ArrayLike) -> FloatArray:
    """The logarithm of the probability that a forecast gave to what came.

    Parameters
    ----------
    counts
        What came, zero or more, any shape.
    mean, alpha
        As of a `Forecast`, of the same shape; alpha 0 is Poisson.

    Returns
    -------
    ndarray
        Natural logarithms; minus infinity for a count above zero where the mean is zero.

    Raises
    ------
    InputError
        If a number is negative or not finite.
    """
    k, m, a = np.broadcast_arrays(
        _numbers(counts, name="counts"), _numbers(mean, name="mean"), _numbers(alpha, name="alpha")
    )
    spread = a > _POISSON
    size = 1 / np.where(spread, a, 1.0)
    found = np.where(spread, -size * np.log1p(m / size), -m)
    # Most places of a city are empty, and for these that is all.
    some = k > 0
    k, m, size, spread = k[some], m[some], size[some], spread[some]
    ways = np.where(spread, special.gammaln(k + size) - special.gammaln(size), 0.0)
    rate = np.where(spread, m / (size + m), m)
    found[some] += ways + special.xlogy(k, rate) - special.gammaln(k + 1)
    return found


def _counted_limits(m: FloatArray, a: FloatArray, *, tail: float) -> tuple[IntArray, IntArray]:
    """Count up from zero until the probability is reached: for small means far the fastest."""
    size = 1 / np.maximum(a, _POISSON)
    spread = a > _POISSON
    # The chance of k + 1 is that of k times (a_k + b k) / (k + 1), as Panjer's recursion has it.
    slope = np.where(spread, m / (size + m), 0.0)
    start = np.where(spread, slope * size, m)
    chance = np.exp(np.where(spread, -size * np.log1p(m / size), -m))
    limits = np.zeros((2, *m.shape), dtype=np.int64)
    reached, k, still = chance.copy(), 0, np.arange(len(m))
    while len(still):
        limits[0, still] += reached < tail
        open_ = reached < 1 - tail
        still, chance, reached = still[open_], chance[open_], reached[open_]
        start, slope = start[open_], slope[open_]
        limits[1, still] += 1
        chance = chance * (start + slope * k) / (k + 1)
        reached = reached + chance
        k += 1
    return limits[0], limits[1]


def _inverted_limits(m: FloatArray, a: FloatArray, *, tail: float) -> tuple[IntArray, IntArray]:
    """The same by inverting the distribution functions."""
    spread, limits = a > _POISSON, []
    size = 1 / a[spread]
    for chance in (tail, 1 - tail):
        limit = np.asarray(stats.poisson.ppf(chance, m))
        limit[spread] = stats.nbinom.ppf(chance, size, size / (size + m[spread]))
        limits.append(limit.astype(np.int64))
    return limits[0], limits[1]


def _numbers(values: ArrayLike, *, name: str) -> FloatArray:
    return np.atleast_1d(checked_counts(values, name=name))


def _check_options(
    y: FloatArray, *, horizon: int, per_year: int, half_life: float, priors: Sequence[Prior]
) -> None:
    if y.ndim != 2 or y.shape[1] == 0:
        msg = f"history has shape {y.shape}: give (places, bins of time), with a bin at least"
        raise InputError(msg)
    for name, value in (("horizon", horizon), ("per_year", per_year), ("half_life", half_life)):
        if not (math.isfinite(value) and value > 0):
            msg = f"{name} is {value}: it must be a positive number of bins"
            raise UsageError(msg)
    if not priors:
        msg = "priors is empty: give one at least, such as equal_prior"
        raise UsageError(msg)


def _season(totals: FloatArray, *, following: int, per_year: int) -> FloatArray:
    """The level of each bin of the past and of those that follow against the year's average."""
    bins = len(totals)
    years = bins // per_year
    position = np.arange(bins + following) % per_year
    whole = slice(bins - years * per_year, bins)
    if years < 2 or per_year == 1 or totals[whole].sum() < _SEASONAL:
        return np.ones(bins + following)
    found = np.bincount(position[whole], weights=totals[whole], minlength=per_year)
    level = shrunk_ratio(found, np.full(per_year, found.mean())).rr_shrunk
    return np.asarray(level / level.mean())[position]


def _shrunk(
    y: FloatArray, season: FloatArray, *, horizon: int, half_life: float, prior: Prior
) -> tuple[FloatArray, FloatArray]:
    """Steps 1 and 3: means over the horizon, and relative variances without drift."""
    if not len(y):
        return np.zeros(0), np.zeros(0)
    age = np.arange(y.shape[1])[::-1]
    weight = 2.0 ** (-age / half_life)
    weight *= weight.sum() / (weight**2).sum()
    counts = y @ weight
    expected = prior(counts)
    expected = expected * (max(counts.sum(), 1.0) / expected.sum())
    shape, rate = gamma_prior(counts, expected)
    ratio = (counts + shape) / (expected + rate)
    bins = season[-horizon:].sum() / (weight @ season[: y.shape[1]])
    return expected * ratio * bins, 1 / (counts + shape)


def _learned(
    y: FloatArray,
    season: FloatArray,
    *,
    horizon: int,
    ahead: int,
    half_life: float,
    priors: Sequence[Prior],
) -> tuple[float, int]:
    """Step 4: drift, and the prior that forecasts best, by the last bins of the past."""
    before, came = y[:, : -horizon - ahead], y[:, -horizon:].sum(axis=1)
    known = season[: y.shape[1]]
    fits = []
    for prior in priors:
        mean, spread = _shrunk(before, known, horizon=horizon, half_life=half_life, prior=prior)
        fits.append(_likeliest_drift(came, mean, spread))
    best = max(range(len(fits)), key=lambda position: fits[position][1])
    return fits[best][0], best


def _likeliest_drift(came: FloatArray, mean: FloatArray, spread: FloatArray) -> tuple[float, float]:
    """The drift that makes what came likeliest, and that log-likelihood but for a constant."""
    some = came > 0
    k, m = came[some], mean[some]

    def likelihood(drift: float) -> float:
        alpha = np.maximum(_with_drift(spread, drift), _POISSON)
        empty, size = -np.log1p(alpha * mean) / alpha, 1 / alpha[some]
        rising = special.gammaln(k + size) - special.gammaln(size)
        return float(empty.sum() + np.sum(rising + k * np.log(m / (size + m))))

    found = optimize.minimize_scalar(
        lambda drift: -likelihood(drift),
        bounds=(0.0, _LARGEST_DRIFT),
        method="bounded",
        options={"xatol": _DRIFT_DIGITS},
    )
    drift = float(found.x) if -found.fun > likelihood(0.0) else 0.0
    return drift, likelihood(drift)


def _with_drift(spread: FloatArray, drift: float) -> FloatArray:
    return (1 + spread) * (1 + drift) - 1
