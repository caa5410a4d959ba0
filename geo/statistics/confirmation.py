"""Confirmation: how many of the reports that wait would be confirmed, and how sure a share is.

"Confirmed" measures practice as well as truth: between units of one force the share runs from a
quarter to more than a half. So a pending report gets the share of its category in the whole city:
that a unit is strict neither raises nor lowers what is expected of its area. All reports, those
confirmed and those expected to be confirmed are always given together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, special

from geo.errors import InputError
from geo.statistics.rates import checked_counts, checked_level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "START_RATE",
    "STRENGTH",
    "ConfirmationModel",
    "beta_posterior",
    "confirmation",
    "confirmation_model",
]

START_RATE = 0.51
"""Share of all reports confirmed nationwide: what is expected of a category without a history."""

STRENGTH = 20.0
"""Reports that the mean of a category is worth, where the data do not tell."""

_STRENGTH_RANGE = (5.0, 1_000.0)
_UNIT_SPREAD = 0.5
_FEWEST_ROWS = 15
_COUNTS = ("n_confirmed", "n_pending", "n_unconfirmed")
_KEYS = ("category", "unit")


class ConfirmationModel(NamedTuple):
    """What `confirmation_model` gives.

    `city_rate` is the share of each category in the city, by category. `mean` is the share that
    category and unit lead to expect, row by row, with the index of the frame. `unit_effect` is in
    logits, by unit. `strength` is M, the reports that `mean` is worth.
    """

    city_rate: pd.Series
    mean: pd.Series
    unit_effect: pd.Series
    strength: float


def confirmation(
    counts: pd.DataFrame,
    *,
    start_rates: Mapping[str, float] | None = None,
    level: float = 0.90,
    unconfirmed_weight: float = 0.0,
) -> pd.DataFrame:
    """Reports in all, confirmed, and expected to be confirmed, and the share with its interval.

    Parameters
    ----------
    counts
        One row per area and category: `category` and `unit` (text; the unit that verifies), and
        whole numbers of reports, or of episodes, `n_confirmed`, `n_pending`, `n_unconfirmed`.
        Jokes are not among them.
    start_rates
        Share to start a category from, by category; the national share without one.
    level
        Probability inside the interval, between 0 and 1.
    unconfirmed_weight
        What an unconfirmed report counts, in [0, 1]. 0.2 is the sensitivity run: what passes
        quickly is easily missed by one visit.

    Returns
    -------
    DataFrame
        Same index: `n_all` and `n_confirmed` (as given), `n_expected_confirmed`, and
        `conf_rate_eb`, `conf_rate_lo`, `conf_rate_hi` (float64). Nothing is NaN: a row without
        a verified report has the mean of its category and unit.

    Raises
    ------
    InputError
        If a column is missing, a key is empty, a number is negative or not finite, or a share does
        not lie in its range.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    `n_expected_confirmed` is confirmed + pending × the share of the category in the city +
    unconfirmed × its weight. The share of the row is the posterior of `beta_posterior` around the
    mean of `confirmation_model`.
    """
    checked_level(level)
    weight = float(_checked_shares(unconfirmed_weight, name="unconfirmed_weight"))
    model = confirmation_model(counts, start_rates=start_rates)
    confirmed, pending, unconfirmed = (counts[name].to_numpy(np.float64) for name in _COUNTS)
    city = counts["category"].map(model.city_rate).to_numpy(np.float64)
    posterior = beta_posterior(
        confirmed,
        confirmed + unconfirmed,
        mean=model.mean.to_numpy(),
        strength=model.strength,
        level=level,
    )
    table = {
        "n_all": counts[list(_COUNTS)].sum(axis=1),
        "n_confirmed": counts["n_confirmed"],
        "n_expected_confirmed": confirmed + pending * city + unconfirmed * weight,
    }
    return pd.DataFrame(table, index=counts.index).join(posterior.set_axis(counts.index))


def beta_posterior(
    confirmed: ArrayLike,
    verified: ArrayLike,
    *,
    mean: ArrayLike,
    strength: float = STRENGTH,
    level: float = 0.90,
) -> pd.DataFrame:
    r"""The share confirmed, drawn towards a mean that is worth so many reports.

    Parameters
    ----------
    confirmed, verified
        Of so many verified reports so many were confirmed, shape (n,).
    mean
        What to expect, between 0 and 1; one number or shape (n,).
    strength
        Reports that the mean is worth, above zero.
    level
        Probability inside the interval, between 0 and 1.

    Returns
    -------
    DataFrame
        `conf_rate_eb`, the posterior mean; `conf_rate_lo` and `conf_rate_hi`, the equal-tailed
        interval; float64.

    Raises
    ------
    InputError
        If more are confirmed than verified, a number is negative or not finite, the mean is not
        strictly between 0 and 1, or the strength is zero.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    .. math:: p \mid k, n \sim \mathrm{Beta}(M \mu + k,\; M (1 - \mu) + n - k)

    Examples
    --------
    >>> beta_posterior([0, 3], [3, 3], mean=0.58).round(2).to_numpy().tolist()
    [[0.5, 0.34, 0.67], [0.63, 0.47, 0.79]]
    """
    k, n = checked_counts(confirmed, name="confirmed"), checked_counts(verified, name="verified")
    m = checked_counts(strength, name="strength")
    mu = np.broadcast_to(_checked_shares(mean, name="mean"), k.shape)
    tail = (1 - checked_level(level)) / 2
    if k.shape != n.shape or (k > n).any():
        msg = f"{k.shape} confirmed, {n.shape} verified: give one of each, none above its verified"
        raise InputError(msg)
    if m == 0 or not ((mu > 0) & (mu < 1)).all():
        msg = f"the mean runs from {mu.min()} to {mu.max()}, worth {m} reports: neither may vanish"
        raise InputError(msg)
    a, b = m * mu + k, m * (1 - mu) + n - k
    table = {
        "conf_rate_eb": a / (a + b),
        "conf_rate_lo": special.betaincinv(a, b, tail),
        "conf_rate_hi": special.betainccinv(a, b, tail),
    }
    return pd.DataFrame(table)


def confirmation_model(
    counts: pd.DataFrame, *, start_rates: Mapping[str, float] | None = None
) -> ConfirmationModel:
    r"""Learn what share of reports category and unit lead to expect.

    Parameters
    ----------
    counts, start_rates
        As in `confirmation`.

    Returns
    -------
    ConfirmationModel
        Shares in the city, means of the rows, effects of the units, strength of the means.

    Raises
    ------
    InputError
        As in `confirmation`.

    Notes
    -----
    The confirmed of a row are beta-binomial: :math:`p \sim \mathrm{Beta}(M\mu, M(1-\mu))` with
    :math:`\operatorname{logit} \mu = a_{\text{category}} + b_{\text{unit}}`. a, b and M maximise
    the likelihood, with a word from outside where it says little:

    * a category starts from twenty reports with its start rate;
    * effects of units spread around zero with a standard deviation of 0.5 logits, as those that
      are published do;
    * M is at least 5 and at most 1 000, and 20 with fewer than fifteen rows that have a verified
      report.

    The share of a category in the city is that of its verified reports and the twenty.
    """
    _check(counts)
    category, categories = pd.factorize(counts["category"], sort=True)
    unit, units = pd.factorize(counts["unit"], sort=True)
    start = _start_rates(categories, start_rates)
    k = counts["n_confirmed"].to_numpy(np.float64)
    n = k + counts["n_unconfirmed"].to_numpy(np.float64)
    confirmed, verified = (np.bincount(category, weights, len(categories)) for weights in (k, n))
    city = (confirmed + STRENGTH * start) / (verified + STRENGTH)
    logits, effects, strength = _fit(k, n, category, unit, start=start, units=len(units))
    mean = special.expit(logits[category] + effects[unit])
    return ConfirmationModel(
        pd.Series(city, index=pd.Index(categories, name="category")),
        pd.Series(mean, index=counts.index),
        pd.Series(effects, index=pd.Index(units, name="unit")),
        strength,
    )


def _checked_shares(values: ArrayLike, *, name: str) -> FloatArray:
    shares = checked_counts(values, name=name)
    if (shares > 1).any():
        msg = f"{name} holds {shares.max()}: a share lies between 0 and 1"
        raise InputError(msg)
    return shares


def _check(counts: pd.DataFrame) -> None:
    absent = [name for name in (*_KEYS, *_COUNTS) if name not in counts.columns]
    if absent:
        msg = f"the counts lack {', '.join(absent)}: give one row per area and category with them"
        raise InputError(msg)
    for name in _COUNTS:
        checked_counts(counts[name], name=name)
    for name in _KEYS:
        if counts[name].isna().any():
            msg = f"{name} is empty in {counts[name].isna().sum()} rows: every row needs one"
            raise InputError(msg)


def _start_rates(categories: pd.Index, start_rates: Mapping[str, float] | None) -> FloatArray:
    """The start of each category, strictly between 0 and 1."""
    given = start_rates or {}
    rates = np.array([given.get(name, START_RATE) for name in categories], dtype=np.float64)
    return np.clip(_checked_shares(rates, name="start_rates"), 0.01, 0.99)


def _fit(
    k: FloatArray,
    n: FloatArray,
    category: IntArray,
    unit: IntArray,
    *,
    start: FloatArray,
    units: int,
) -> tuple[FloatArray, FloatArray, float]:
    """Logits of the categories, effects of the units, and M."""
    known = n > 0
    k, n, category, unit = k[known], n[known], category[known], unit[known]
    low, high = np.log(_STRENGTH_RANGE)
    strength = np.log(STRENGTH)
    if known.sum() < _FEWEST_ROWS:
        low = high = strength
    first = np.concatenate([special.logit(start), np.zeros(units), [strength]])
    # With so few parameters the threads that others of scipy's methods start only wait.
    found = optimize.minimize(
        _loss,
        first,
        args=(k, n, category, unit, start),
        jac=True,
        method="TNC",
        bounds=[(None, None)] * (len(first) - 1) + [(low, high)],
        options={"maxfun": 2000, "ftol": 1e-15, "xtol": 1e-10, "gtol": 1e-9},
    )
    logits, effects = found.x[: len(start)], found.x[len(start) : -1]
    return logits, effects, float(np.clip(np.exp(found.x[-1]), *_STRENGTH_RANGE))


def _loss(
    parameters: FloatArray,
    k: FloatArray,
    n: FloatArray,
    category: IntArray,
    unit: IntArray,
    start: FloatArray,
) -> tuple[float, FloatArray]:
    """Less the penalised log-likelihood, and its gradient."""
    logits, effects = parameters[: len(start)], parameters[len(start) : -1]
    m = np.exp(parameters[-1])
    mu = special.expit(logits[category] + effects[unit])
    a, b = m * mu, m * (1 - mu)
    likelihood = special.betaln(a + k, b + n - k) - special.betaln(a, b)
    whole = special.digamma(m + n) - special.digamma(m)
    by_a = special.digamma(a + k) - special.digamma(a) - whole
    by_b = special.digamma(b + n - k) - special.digamma(b) - whole
    by_logit = (by_a - by_b) * m * mu * (1 - mu)
    prior = special.expit(logits)
    kept = STRENGTH * (start * np.log(prior) + (1 - start) * np.log1p(-prior))
    unlikely = (effects / _UNIT_SPREAD) ** 2 / 2
    total = likelihood.sum() + kept.sum() - unlikely.sum()
    gradient = np.concatenate(
        [
            np.bincount(category, by_logit, len(start)) + STRENGTH * (start - prior),
            np.bincount(unit, by_logit, len(effects)) - effects / _UNIT_SPREAD**2,
            [(by_a * a + by_b * b).sum()],
        ]
    )
    return -float(total), -gradient
