"""How readily people report: a rate that shows in duplicates, whatever there is to report.

Few reports may mean few incidents or few people who report. Duplicates part the two. Once an
incident is reported first, it is there; how many more reports of it come, and how soon, tells of
the people, not of how often such things happen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from geo.errors import InputError, UsageError
from geo.statistics.rates import checked_counts, rate
from geo.statistics.smoothing import gamma_posterior, gamma_prior

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "LEAST_PLACE_DAYS",
    "LOW_PROBABILITY",
    "WATCH_DAYS",
    "ReportingRatio",
    "Watch",
    "reporting_rates",
    "reporting_ratio",
    "watch_incidents",
]

WATCH_DAYS = 14.0
"""An incident is watched at most so long: the gap within which a report must join its episode."""

LEAST_PLACE_DAYS = 200.0
"""Fewer days of watching say little: at one duplicate in twenty days, ten of them."""

LOW_PROBABILITY = 0.8
"""An area is called low if it reports less readily than the city with this probability."""

_FEWEST_AREAS = 15
_SURE = 0.975
"""And with this one among fewer areas, which do not tell how much areas differ."""


class Watch(NamedTuple):
    """Incidents while further reports of them could come; arrays of one length, by incident.

    `first` is the row of its first report (int64), `duplicates` the further reports while it was
    watched (int64), `days` how long that was (float64).
    """

    first: IntArray
    duplicates: IntArray
    days: FloatArray


class ReportingRatio(NamedTuple):
    """How readily areas report against the city: arrays of one length, by area.

    The mean, the 5 % and the 95 % quantile of the posterior (float64), and whether it is low
    (boolean), as `reporting_rates` tells.
    """

    rr: FloatArray
    rr_lo90: FloatArray
    rr_hi90: FloatArray
    low_reporting: BoolArray


def watch_incidents(
    incident: ArrayLike, reported: ArrayLike, closed: ArrayLike, *, longest: float = WATCH_DAYS
) -> Watch:
    r"""Watch each incident from its first report until it is verified.

    Parameters
    ----------
    incident
        The incident (episode) of each report, any integers, shape (n,).
    reported
        When it was made, in days since any moment, shape (n,).
    closed
        When it was verified, or the data end if that came first; in the same days, shape (n,).
        Not before it was made.
    longest
        Days after which the watch ends at the latest.

    Returns
    -------
    Watch
        In the order of the incidents' numbers. Of two reports made at the same moment the one that
        stands above is the first.

    Raises
    ------
    InputError
        If the lengths differ, a time is missing, or a report was closed before it was made.
    UsageError
        If `longest` is not positive.

    Notes
    -----
    The watch of an incident begins with its first report at :math:`t_1` and ends at

    .. math:: \min(t_1 + 14,\; \min_j c_j)

    where :math:`c_j` closes report j of the incident. Both are stopping times of the reports:
    whether they have come does not depend on reports still to come. Hence duplicates and days have
    the same ratio in the mean as at any other time (Liu, Bhandaram and Garg 2024, Nature
    Computational Science 4:57, doi 10.1038/s43588-023-00572-6; arXiv 2204.08620). The last report
    would not do as an end: it is known as the last only afterwards, and 14 days without a report
    behind each episode would weigh most where people report least.

    The limit of 14 days needs no knowledge of the inspection, and keeps an unknown one from
    weighing much: where only a later change is known (elimination, say), the days run on after
    duplicates have ceased, and the rate is too low by up to the ratio of the two. That cancels
    from a comparison of areas as far as their units take alike.
    """
    group = np.asarray(incident)
    made, shut = (np.asarray(times, dtype=np.float64) for times in (reported, closed))
    _check_times(group, made, shut, longest=longest)
    order = np.lexsort((made, group))
    group, made, shut = group[order], made[order], shut[order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]][: len(group)])
    if not len(starts):
        return Watch(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    end = np.minimum(made[starts] + longest, np.minimum.reduceat(shut, starts))
    held = np.diff(np.append(starts, len(group)))
    early = made < np.repeat(end, held)
    early[starts] = False
    return Watch(order[starts], np.add.reduceat(early.astype(np.int64), starts), end - made[starts])


def reporting_rates(
    duplicates: ArrayLike, place_days: ArrayLike, *, expected: ArrayLike | None = None
) -> pd.DataFrame:
    r"""The rate at which the people of each area report what is there, and its ratio to the city's.

    Parameters
    ----------
    duplicates
        Further reports of watched incidents, shape (areas,). The index of a Series is kept.
    place_days
        Days that they were watched, shape (areas,).
    expected
        Duplicates that each area would have at the city's rates, for example those of its own mix
        of categories; any scale. Without it they follow the place-days.

    Returns
    -------
    DataFrame
        float64 columns: `rate`, duplicates per place-day, `rate_lo` and `rate_hi`, its exact 95 %
        limits, NaN without place-days; `rr`, the ratio to the city drawn towards one, `rr_lo90`
        and `rr_hi90`, its 90 % interval, NaN where nothing is expected anywhere. Boolean
        `low_reporting`: the ratio is below one with a probability of 0.8 or more; of 0.975 where
        fewer than 15 areas are compared.

    Raises
    ------
    InputError
        If a number is negative or not finite, or the shapes differ.

    Notes
    -----
    Duplicates are Poisson with the local rate times the days (`watch_incidents`), so

    .. math:: \hat\lambda_i = \frac{\sum \text{duplicates}}{\sum \text{days}}

    with Garwood's limits, and the ratio is that of `empirical_bayes`: gamma with the posterior of
    shape y + a and rate E + b. Forty in 800 place-days are 0.050 a day (0.036 to 0.068).

    Low is what a planner should look at twice, so it need not be beyond doubt: 0.8 finds four of
    five areas that report a third as readily at 200 place-days, where 0.95 finds two of five; of
    areas that are alike it calls one in a hundred low (experiment E9 of the proof). That is so
    because the ratios of areas that are alike are drawn to one; of fewer than 15 they are not.

    Two other incidents of a kind, near in place and time, count as duplicates as well: where much
    happens at one spot the rate is too high. It is a reason to look, never a number to divide
    counts by.
    """
    days = checked_counts(place_days, name="place_days")
    table = rate(duplicates, days)
    like = days if expected is None else checked_counts(expected, name="expected")
    if like.shape != days.shape:
        msg = f"{days.shape} place-days and {like.shape} expectations: give one of each per area"
        raise InputError(msg)
    ratio = reporting_ratio(checked_counts(duplicates, name="duplicates"), like)
    return table.assign(**ratio._asdict())


def reporting_ratio(duplicates: FloatArray, like: FloatArray) -> ReportingRatio:
    """The ratios of `reporting_rates` alone.

    Parameters
    ----------
    duplicates
        Shape (areas,), zero or more.
    like
        What each area would have at the city's rates, on any scale, shape (areas,).

    Returns
    -------
    ReportingRatio
        By area.
    """
    known = like > 0
    if not known.any():
        nothing = np.full(like.shape, np.nan)
        return ReportingRatio(nothing, nothing, nothing, np.zeros(like.shape, dtype=bool))
    total = float(duplicates[known].sum())
    expected = like * (total / float(like.sum()) if total > 0 else 1.0)
    shape, rate_of_prior = gamma_prior(duplicates[known], expected[known])
    shapes, rates = np.where(known, duplicates, 0.0) + shape, expected + rate_of_prior
    found = gamma_posterior(shapes, rates, level=0.90)
    needed = LOW_PROBABILITY if np.count_nonzero(known) >= _FEWEST_AREAS else _SURE
    low = special.gammainc(shapes, rates) >= needed
    return ReportingRatio(found["smr_eb"], found["smr_eb_lo"], found["smr_eb_hi"], low)


def _check_times(
    group: NDArray[np.generic], made: FloatArray, shut: FloatArray, *, longest: float
) -> None:
    if not (math.isfinite(longest) and longest > 0):
        msg = f"longest is {longest}: watch an incident for a positive number of days, such as 14"
        raise UsageError(msg)
    if not (group.ndim == 1 and group.shape == made.shape == shut.shape):
        msg = f"{group.shape} incidents, {made.shape} and {shut.shape} times: give one of each"
        raise InputError(msg)
    if not (np.isfinite(made).all() and np.isfinite(shut).all()):
        msg = "a time is missing: close what is not verified with the end of the data"
        raise InputError(msg)
    if (early := np.flatnonzero(shut < made)).size:
        at = int(early[0])
        msg = f"report {at} was closed at day {shut[at]}, before it was made at {made[at]}"
        raise InputError(msg)
