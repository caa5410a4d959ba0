"""The change where there was a plan against the change where there was none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from geo.errors import InputError, UsageError
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = ["Displacement", "Pooled", "control_dispersion", "pooled_ratio", "weighted_displacement"]

_Z95 = float(special.ndtri(0.975))
_LEAST_VARIANCE = 0.5


class Displacement(NamedTuple):
    """What `weighted_displacement` gives.

    `wdd` is the weighted displacement difference in episodes (below zero is better), with its
    standard error and 95 % limits. `wdq` is the displacement quotient, None where it is undefined.
    `rirr` is the relative incident rate ratio (below one is better) with its 95 % limits.
    """

    wdd: float
    se: float
    lo95: float
    hi95: float
    wdq: float | None
    rirr: float
    rirr_lo95: float
    rirr_hi95: float


class Pooled(NamedTuple):
    """The common ratio of several plans, its 95 % limits, and how much true ratios vary.

    `tau2` is the variance of the logarithms of the true ratios.
    """

    ratio: float
    lo95: float
    hi95: float
    tau2: float


def weighted_displacement(
    treated: Sequence[float],
    control: Sequence[float],
    displacement: Sequence[float] | None = None,
    displacement_control: Sequence[float] | None = None,
    *,
    phi: float = 1.0,
) -> Displacement:
    r"""Compare the change where there was a plan with the change where there was none.

    Parameters
    ----------
    treated, control
        Episodes before and after, where the plan was and in beats like it without a plan.
    displacement, displacement_control
        Episodes before and after in the surroundings of the two, where problems may have moved.
    phi
        Variance of the counts against that of Poisson counts, at least 1 (`control_dispersion`).

    Returns
    -------
    Displacement
        `wdq` is None without `displacement`, without episodes in `control`, and where the plan's
        place did not change against the control.

    Raises
    ------
    InputError
        If a number is negative or not finite, or a pair is not two numbers.
    UsageError
        If `phi` is below 1, or there is a `displacement_control` without a `displacement`.

    Notes
    -----
    With T for treated, C for control, D and E for their surroundings, before (0) and after (1),

    .. math::
        \mathrm{WDD} = (T_1 - T_0) - (C_1 - C_0) + (D_1 - D_0) - (E_1 - E_0)

    with the square root of the sum of all counts as its standard error (Wheeler and Ratcliffe
    2018, Crime Science 7:11); the limits are normal. Counts of zero are not certain to stay so: the
    sum is taken as no less than a half for each count that is given.

    .. math::
        \mathrm{WDQ} = \frac{D_1 / C_1 - D_0 / C_0}{T_1 / C_1 - T_0 / C_0}, \qquad
        \mathrm{RIRR} = \frac{T_1 / T_0}{C_1 / C_0}

    A quotient of 1 is as much benefit in the surroundings as in the place, -1 as much harm (Bowers
    and Johnson 2003, J. Quant. Criminol. 19:275); it has no error and is for showing only. The
    logarithm of the ratio has the variance :math:`1/T_0 + 1/T_1 + 1/C_0 + 1/C_1`. Where one of
    these four is zero, a half is added to each (Haldane 1956). Variances are multiplied by phi.

    Examples
    --------
    >>> change = weighted_displacement((100, 80), (100, 90))
    >>> change.wdd, round(change.se, 2), round(change.rirr, 3)
    (-10.0, 19.24, 0.889)
    """
    if not phi >= 1:
        msg = f"phi is {phi}: counts vary at least as much as Poisson's, give 1 or more"
        raise UsageError(msg)
    if displacement is None and displacement_control is not None:
        msg = "displacement_control is given without displacement: give both, or displacement alone"
        raise UsageError(msg)
    (t0, t1), (c0, c1) = _pair(treated, name="treated"), _pair(control, name="control")
    d0, d1 = _pair((0, 0) if displacement is None else displacement, name="displacement")
    e0, e1 = _pair(
        (0, 0) if displacement_control is None else displacement_control,
        name="displacement_control",
    )
    wdd = (t1 - t0) - (c1 - c0) + (d1 - d0) - (e1 - e0)
    counts = [n for n in (treated, control, displacement, displacement_control) if n is not None]
    least = _LEAST_VARIANCE * 2 * len(counts)
    se = math.sqrt(phi * max(t0 + t1 + c0 + c1 + d0 + d1 + e0 + e1, least))
    wdq = _quotient(t0, t1, c0, c1, d0, d1) if displacement is not None else None
    limits = _rate_ratio(t0, t1, c0, c1, phi=phi)
    return Displacement(wdd, se, wdd - _Z95 * se, wdd + _Z95 * se, wdq, *limits)


def control_dispersion(before: ArrayLike, after: ArrayLike) -> float:
    r"""How much more beats without a plan vary from period to period than Poisson counts.

    Parameters
    ----------
    before, after
        Episodes of each of them, shape (n,).

    Returns
    -------
    float
        At least 1; 1 for fewer than two beats with episodes.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the shapes differ.

    Notes
    -----
    If all change by one ratio, the later count of a beat is binomial given both, with the common
    probability p. phi is Pearson's :math:`\chi^2 / (n - 1)` of that.
    """
    b, a = checked_counts(before, name="before"), checked_counts(after, name="after")
    if b.shape != a.shape or b.ndim != 1:
        msg = f"before {b.shape} and after {a.shape}: give one of each per beat"
        raise InputError(msg)
    both = (a + b)[a + b > 0]
    if len(both) < 2 or not (a.any() and b.any()):
        return 1.0
    p = a.sum() / both.sum()
    squares = (a[a + b > 0] - both * p) ** 2 / (both * p * (1 - p))
    return max(1.0, float(squares.sum() / (len(both) - 1)))


def pooled_ratio(ratios: ArrayLike, standard_errors: ArrayLike) -> Pooled:
    r"""What all plans have in common, where each alone says little.

    Parameters
    ----------
    ratios
        One per plan, such as `rirr`, shape (n,), above zero.
    standard_errors
        Of their natural logarithms, shape (n,), above zero.

    Returns
    -------
    Pooled
        The ratio of the average plan.

    Raises
    ------
    InputError
        If there is no plan, a number is not above zero, or the shapes differ.

    Notes
    -----
    Random effects: a plan weighs :math:`1 / (s_i^2 + \tau^2)`, with the moment estimate of
    :math:`\tau^2` (DerSimonian and Laird 1986, Control. Clin. Trials 7:177).
    """
    ratio, s = (
        checked_counts(values, name=name)
        for values, name in ((ratios, "ratios"), (standard_errors, "standard_errors"))
    )
    if ratio.shape != s.shape or ratio.ndim != 1 or not len(ratio):
        msg = f"ratios {ratio.shape}, standard errors {s.shape}: give one of each, for one plan up"
        raise InputError(msg)
    if not (ratio.all() and s.all()):
        msg = "a ratio or a standard error is 0: leave that plan out"
        raise InputError(msg)
    logs, weight = np.log(ratio), 1 / s**2
    excess = (weight * (logs - weight @ logs / weight.sum()) ** 2).sum() - (len(logs) - 1)
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = max(0.0, excess / spread) if spread > 0 else 0.0
    weight = 1 / (s**2 + tau2)
    mean, error = weight @ logs / weight.sum(), _Z95 / math.sqrt(weight.sum())
    low, middle, high = (float(np.exp(mean + step)) for step in (-error, 0.0, error))
    return Pooled(middle, low, high, float(tau2))


def _pair(values: Sequence[float], *, name: str) -> tuple[float, float]:
    numbers = checked_counts(values, name=name)
    if numbers.shape != (2,):
        msg = f"{name} has shape {numbers.shape}: give two counts, before and after"
        raise InputError(msg)
    return float(numbers[0]), float(numbers[1])


def _quotient(t0: float, t1: float, c0: float, c1: float, d0: float, d1: float) -> float | None:
    if c0 == 0 or c1 == 0:
        return None
    change = t1 / c1 - t0 / c0
    return (d1 / c1 - d0 / c0) / change if abs(change) > 1e-12 else None


def _rate_ratio(
    t0: float, t1: float, c0: float, c1: float, *, phi: float
) -> tuple[float, float, float]:
    """The relative incident rate ratio and its limits."""
    if 0 in (t0, t1, c0, c1):
        t0, t1, c0, c1 = (count + 0.5 for count in (t0, t1, c0, c1))
    ratio = (t1 / t0) / (c1 / c0)
    step = math.exp(_Z95 * math.sqrt(phi * (1 / t0 + 1 / t1 + 1 / c0 + 1 / c1)))
    return ratio, ratio / step, ratio * step
