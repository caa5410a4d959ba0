"""What came of a plan: against what was expected without it, and against beats without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special, stats

from geo.errors import InputError
from geo.planning.displacement import weighted_displacement
from geo.statistics.forecast import prediction_interval
from geo.statistics.rates import checked_counts, checked_level, garwood

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["BETTER", "UNKNOWN", "WORSE", "evaluate_plans", "observed_against_expected"]

BETTER, UNKNOWN, WORSE = "likely better", "cannot tell", "likely worse"

_POISSON = 1e-9
_EFFECT = 0.8
"""A fifth less: the effect whose chance of being seen is told."""


def observed_against_expected(
    observed: ArrayLike, mean: ArrayLike, alpha: ArrayLike, *, level: float = 0.95
) -> pd.DataFrame:
    r"""What came over what was expected without a plan, and whether that says anything.

    Parameters
    ----------
    observed
        Episodes that came, shape (n,). The index of a Series is kept.
    mean, alpha
        The forecast made before the plan and its relative variance (`Forecast`), shape (n,); means
        above zero.
    level
        Confidence of the limits, between 0 and 1.

    Returns
    -------
    DataFrame
        `oe_ratio`; `oe_lo95` and `oe_hi95`, its limits; `power_20pct`, the chance that a true fall
        by a fifth would have been called likely better; `verdict`: "likely better" if the limits
        lie below 1, "likely worse" if above, else "cannot tell".

    Raises
    ------
    InputError
        If a number is negative or not finite, a mean is zero, or the shapes differ.
    UsageError
        If `level` is not between 0 and 1.

    Notes
    -----
    With the true effect :math:`\delta` the count is negative binomial of mean :math:`\delta \mu`
    and relative variance :math:`\alpha`. The limits are the effects at which as many or more, and
    as few or fewer, have half of the rest of the level as probability. With r = 1/alpha,

    .. math:: \delta = \frac{r}{\mu} \frac{b}{1 - b}

    where b is a quantile of a beta distribution of shapes k and r (lower) or k + 1 and r (upper):
    Garwood's limits, widened by what the forecast did not know. The forecast knows that beats are
    planned for because they were high, so the ratio is not pulled down by their return.
    """
    k, m = checked_counts(observed, name="observed"), checked_counts(mean, name="mean")
    a = checked_counts(alpha, name="alpha")
    tail = (1 - checked_level(level)) / 2
    if not k.shape == m.shape == a.shape or k.ndim != 1:
        msg = f"observed {k.shape}, mean {m.shape}, alpha {a.shape}: give one of each per plan"
        raise InputError(msg)
    if (m == 0).any():
        msg = f"the mean of plan {(m == 0).argmax()} is 0: a forecast expects a little everywhere"
        raise InputError(msg)
    lower, upper = (limit / m for limit in _limits(k, a, tail=tail))
    table = {
        "oe_ratio": k / m,
        "oe_lo95": lower,
        "oe_hi95": upper,
        "power_20pct": _power(m, a, tail=tail),
        "verdict": np.select([upper < 1, lower > 1], [BETTER, WORSE], UNKNOWN).astype(object),
    }
    return pd.DataFrame(table, index=observed.index if isinstance(observed, pd.Series) else None)


def evaluate_plans(plans: pd.DataFrame) -> pd.DataFrame:
    """Evaluate plans whose half-year is over.

    Parameters
    ----------
    plans
        One row per plan. Needed: `t0` and `t1`, episodes in the same half-year a year before and
        during the plan; `expected_no_plan` and `alpha`, the forecast made before it; `c0` and
        `c1`, those of the comparison beats. If known: `buffer_d0` and `buffer_d1`, those in a ring
        around the place; `phi`, from `control_dispersion`.

    Returns
    -------
    DataFrame
        With the index of `plans`: `expected_lo80` and `expected_hi80` of a count without a plan,
        the columns of `observed_against_expected` (the primary measure), `rirr` and `wdd` with
        their limits, and `wdq`, None where it is undefined.

    Raises
    ------
    InputError
        If a column is missing, a number is negative or not finite, or nothing was expected.
    UsageError
        If `phi` is below 1.
    """
    absent = [c for c in ("t0", "t1", "expected_no_plan", "alpha", "c0", "c1") if c not in plans]
    if absent:
        msg = f"the plans lack {', '.join(absent)}: counts before and after, and a forecast"
        raise InputError(msg)
    low, high = prediction_interval(plans["expected_no_plan"], plans["alpha"])
    table = pd.DataFrame(
        {"expected_lo80": low[: len(plans)], "expected_hi80": high[: len(plans)]}, plans.index
    )
    compared = observed_against_expected(plans["t1"], plans["expected_no_plan"], plans["alpha"])
    names = ("wdd", "wdd_se", "wdd_lo95", "wdd_hi95", "wdq", "rirr", "rirr_lo95", "rirr_hi95")
    changes = [_change(plan) for plan in plans.to_dict("records")]
    change = pd.DataFrame(changes, index=plans.index, columns=list(names), dtype=object)
    kinds = dict.fromkeys((name for name in names if name != "wdq"), np.float64)
    return table.join(compared).join(change.astype(kinds))


def _limits(k: FloatArray, alpha: FloatArray, *, tail: float) -> tuple[FloatArray, FloatArray]:
    """Means at which a negative binomial count of k is just not too large, and not too small."""
    lower, upper = (np.atleast_1d(limit) for limit in garwood(k, level=1 - 2 * tail))
    spread = alpha > _POISSON
    k, size = k[spread], 1 / alpha[spread]
    low = np.where(k > 0, special.betaincinv(np.maximum(k, 0.5), size, tail), 0.0)
    high = special.betainccinv(k + 1, size, tail)
    lower[spread], upper[spread] = size * low / (1 - low), size * high / (1 - high)
    return lower, upper


def _power(mean: FloatArray, alpha: FloatArray, *, tail: float) -> FloatArray:
    """The chance of a count so small that no effect could explain it, if a fifth is gone."""
    size = 1 / np.maximum(alpha, _POISSON)
    largest = stats.nbinom.ppf(tail, size, size / (size + mean)) - 1
    return np.asarray(stats.nbinom.cdf(largest, size, size / (size + _EFFECT * mean)))


def _change(plan: dict[str, float]) -> tuple[float | None, ...]:
    """A row of `evaluate_plans`, from `weighted_displacement`."""
    known = "buffer_d0" in plan and "buffer_d1" in plan
    ring = (plan["buffer_d0"], plan["buffer_d1"]) if known else None
    return weighted_displacement(
        (plan["t0"], plan["t1"]), (plan["c0"], plan["c1"]), ring, phi=plan.get("phi", 1.0)
    )
