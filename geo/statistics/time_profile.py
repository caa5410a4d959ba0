"""When it happens: hour by weekday, and the police shifts these make.

A report often knows only a span ("between eight and four") or a habit ("weekdays, 18-22"). Its
weight of one is then shared out over the hours of the week that the span or habit covers: the
aoristic way. The middle, the start or the end of a span would each make up a peak.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = [
    "SHIFTS",
    "WEEKDAYS",
    "Peaks",
    "TimeProfile",
    "aoristic_weights",
    "habit_weights",
    "report_weights",
    "time_profile",
    "week_peaks",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

SHIFTS = {"I": (6, 14), "II": (14, 22), "III": (22, 6)}
"""Police shifts: first hour, and hour after the last. The third belongs to the day it begins on."""

_WEEK = 7 * 24
_PEAK_HOURS = 3
_NAMES_OF_DAYS = np.array(WEEKDAYS, dtype=object)
_NAMES_OF_HOURS = np.array(
    [f"{hour:02d}-{(hour + _PEAK_HOURS) % 24:02d}" for hour in range(24)], dtype=object
)
_NAMES_OF_SHIFTS = np.array(list(SHIFTS), dtype=object)
_PART_OF_DAY = r"(\d{1,2})(?::00)?\s*[-–]\s*(\d{1,2})(?::00)?"


class TimeProfile(NamedTuple):
    """What `time_profile` gives.

    `hours` are weights, float64, shape (7, 24), from Monday and midnight; `shifts` the same by
    shift, shape (7, 3). `n` is the number of reports with a time, their sum; `aoristic_n` of how
    many only a span or habit of more than an hour is known. `peak_weekday` is one of `WEEKDAYS`,
    `peak_hours` the three hours in a row that hold most (``"22-01"``), `peak_share` their share,
    `peak_shift` one of `SHIFTS`. Without a report that has a time these are None and NaN.
    """

    hours: FloatArray
    shifts: FloatArray
    n: int
    aoristic_n: int
    peak_weekday: str | None
    peak_hours: str | None
    peak_shift: str | None
    peak_share: float


class Peaks(NamedTuple):
    """What `week_peaks` gives: of each week the peaks as `TimeProfile` has them, shape (n,)."""

    weekday: NDArray[np.object_]
    hours: NDArray[np.object_]
    shift: NDArray[np.object_]
    share: FloatArray


def time_profile(weights: ArrayLike) -> TimeProfile:
    """Sum up when reports happened.

    Parameters
    ----------
    weights
        Weight of each hour of the week for each report, shape (n, 7, 24), each of sum 1, or 0 for
        a report without a time (`report_weights`).

    Returns
    -------
    TimeProfile
        The earliest peak, if several are equal. Show hours only where `n` is ten or more.

    Raises
    ------
    InputError
        If a weight is negative or not finite, or the shape is another.
    """
    w = checked_counts(weights, name="weights")
    if w.ndim != 3 or w.shape[1:] != (7, 24):
        msg = f"the weights have shape {w.shape}: give one week for each report, (n, 7, 24)"
        raise InputError(msg)
    hours = w.sum(axis=0)
    known = w.any(axis=(1, 2))
    spread = (w > 0).sum(axis=(1, 2)) > 1
    weekday, three, shift, share = (found[0] for found in week_peaks(hours[None]))
    return TimeProfile(
        hours, _shifts(hours[None])[0], int(known.sum()), int(spread.sum()),
        weekday, three, shift, float(share),
    )  # fmt: skip


def week_peaks(hours: FloatArray) -> Peaks:
    """The weekday, the three hours in a row and the shift that hold most of each week.

    Parameters
    ----------
    hours
        Weights from Monday and midnight, shape (n, 7, 24).

    Returns
    -------
    Peaks
        The earliest of equal ones; None and NaN for a week without any weight.
    """
    by_hour = hours.sum(axis=1)
    held = sum(np.roll(by_hour, -step, axis=1) for step in range(_PEAK_HOURS))
    held = np.asarray(held, dtype=np.float64)
    first = _rounded(held).argmax(axis=1)
    total = by_hour.sum(axis=1)
    some = total > 0
    most = np.take_along_axis(held, first[:, None], axis=1)[:, 0]
    days, shifts = hours.sum(axis=2), _shifts(hours).sum(axis=1)
    return Peaks(
        _if(some, _NAMES_OF_DAYS[_rounded(days).argmax(axis=1)]),
        _if(some, _NAMES_OF_HOURS[first]),
        _if(some, _NAMES_OF_SHIFTS[_rounded(shifts).argmax(axis=1)]),
        np.divide(most, total, out=np.full(len(total), np.nan), where=some),
    )


def report_weights(reports: pd.DataFrame, *, timezone: ZoneInfo) -> FloatArray:
    """When each report says that it happens.

    Parameters
    ----------
    reports
        With `event_at` (datetimes with a time zone), `part_of_day` and `weekdays` (text).
    timezone
        The zone of the city.

    Returns
    -------
    ndarray
        Shape (n, 7, 24): the habit, where it can be read, else the hour of the event, else 0.
        The time of reporting tells when somebody sat down to report, and is not used.

    Raises
    ------
    InputError
        If a column is missing.
    """
    absent = [c for c in ("event_at", "part_of_day", "weekdays") if c not in reports.columns]
    if absent:
        msg = f"the reports lack {', '.join(absent)}: a time profile needs all three columns"
        raise InputError(msg)
    weights = habit_weights(reports["part_of_day"], reports["weekdays"])
    without = ~weights.any(axis=(1, 2))
    weights[without] = aoristic_weights(reports["event_at"][without], timezone=timezone)
    return weights


def aoristic_weights(
    start: pd.Series, end: pd.Series | None = None, *, timezone: ZoneInfo
) -> FloatArray:
    """Share out the weight of each event over the hours of the week that its span covers.

    Parameters
    ----------
    start, end
        Datetimes with a time zone, shape (n,). Without an end, or where it is missing, the event
        is an instant.
    timezone
        The zone whose clocks tell the hour.

    Returns
    -------
    ndarray
        Float64, shape (n, 7, 24), from Monday and midnight: each of sum 1, or 0 where the start is
        missing. A span of more than a week says nothing: all hours alike.

    Raises
    ------
    InputError
        If the columns hold no datetimes with a time zone, an end lies before its start, or the
        lengths differ.

    Notes
    -----
    Each hour gets the share of the span that lies in it (Ratcliffe and McCullagh 1998, Int. J.
    Geographical Information Science 12:751). On the two nights a year when clocks change, the
    span is the one that the clock on the wall shows.
    """
    first = _local(start, timezone)
    last = first if end is None else _local(end, timezone).fillna(first)
    if end is not None and (len(end) != len(start) or (end.to_numpy() < start.to_numpy()).any()):
        msg = f"{len(start)} starts, {len(end)} ends, or an end before its start: check the columns"
        raise InputError(msg)
    weights = np.zeros((len(first), _WEEK))
    known = first.notna().to_numpy()
    since, length = _hours_of_week(first[known]), _hours_between(first[known], last[known])
    weights[known] = _shared_out(since, np.maximum(length, 0.0))
    return weights.reshape(-1, 7, 24)


def habit_weights(part_of_day: pd.Series, weekdays: pd.Series) -> FloatArray:
    """Share out the weight of each report over the hours of its habit.

    Parameters
    ----------
    part_of_day
        Text as ``18-22``, the hours from and to, shape (n,); ``22-06`` ends on the day after.
        Missing: all day.
    weekdays
        Text as ``mon,tue,fri``, shape (n,). Missing: every day.

    Returns
    -------
    ndarray
        Float64, shape (n, 7, 24), each of sum 1; 0 where both are missing or either cannot be
        read: nothing is guessed from a code that nobody has documented.

    Raises
    ------
    InputError
        If the lengths differ.
    """
    if len(part_of_day) != len(weekdays):
        msg = f"{len(part_of_day)} parts of day and {len(weekdays)} weekdays: give one per report"
        raise InputError(msg)
    hours, days = _each(part_of_day, _hours, size=48), _each(weekdays, _days, size=7)
    said = (part_of_day.notna().to_numpy() | weekdays.notna().to_numpy())[:, None, None]
    long = np.where(said, days[:, :, None] * hours[:, None, :], 0.0)
    # What runs past midnight belongs to the next weekday; Monday follows Sunday.
    covered = long[:, :, :24] + np.roll(long[:, :, 24:], 1, axis=1)
    total = covered.sum(axis=(1, 2), keepdims=True)
    return np.divide(covered, total, out=np.zeros(covered.shape), where=total > 0)


def _local(times: pd.Series, timezone: ZoneInfo) -> pd.Series:
    """What the clock on the wall shows."""
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        msg = f"the times hold {times.dtype}: give datetimes with a time zone"
        raise InputError(msg)
    return times.dt.tz_convert(timezone).dt.tz_localize(None).reset_index(drop=True)


def _hours_of_week(times: pd.Series) -> FloatArray:
    """Hours since the midnight before Monday, in [0, 168); the epoch was a Thursday."""
    hours = times.to_numpy().astype("datetime64[us]").astype(np.int64) / 3.6e9
    return (hours + 3 * 24) % _WEEK


def _hours_between(start: pd.Series, end: pd.Series) -> FloatArray:
    return (end - start).to_numpy().astype("timedelta64[us]").astype(np.float64) / 3.6e9


def _shared_out(since: FloatArray, length: FloatArray) -> FloatArray:
    """The share of each span in each hour of the week, shape (n, 168)."""
    edges = np.arange(2 * _WEEK + 1)
    passed = np.clip(edges - since[:, None], 0.0, length[:, None])
    share = np.diff(passed, axis=1) / np.where(length > 0, length, 1.0)[:, None]
    folded = share[:, :_WEEK] + share[:, _WEEK:]
    instant = length == 0
    folded[instant, since[instant].astype(np.int64)] = 1.0
    folded[length > _WEEK] = 1 / _WEEK
    return folded


def _each(texts: pd.Series, read: Callable[[str], list[int]], *, size: int) -> FloatArray:
    """What each text covers, as 0 and 1; each different text is read once. Missing: one day, all.

    One day are the first 24 of 48 hours, or all 7 of the days.
    """
    codes, different = pd.factorize(texts)
    covered = np.zeros((len(different) + 1, size))
    for row, text in zip(covered, different, strict=False):
        row[read(str(text))] = 1.0
    covered[-1, : min(size, 24)] = 1.0  # code -1: missing
    return covered[codes]


def _hours(text: str) -> list[int]:
    """Hours from midnight to the end of the next day; none if the text cannot be read."""
    match = re.fullmatch(_PART_OF_DAY, text.strip())
    first, last = (int(number) for number in match.groups()) if match else (0, 0)
    if first == last or first > 23 or last > 24:
        return []
    return list(range(first, last if last > first else last + 24))


def _days(text: str) -> list[int]:
    names = [name.strip().lower() for name in text.split(",")]
    return [WEEKDAYS.index(name) for name in names] if set(names) <= set(WEEKDAYS) else []


def _shifts(hours: FloatArray) -> FloatArray:
    """Weights of each week by the weekday on which a shift begins, and shift, shape (n, 7, 3)."""
    # From Monday 06:00 on, the three shifts are blocks of eight hours.
    weeks = hours.reshape(len(hours), _WEEK)
    return np.roll(weeks, -SHIFTS["I"][0], axis=1).reshape(-1, 7, len(SHIFTS), 8).sum(axis=3)


def _if(some: NDArray[np.bool_], names: NDArray[np.object_]) -> NDArray[np.object_]:
    names[~some] = None
    return names


def _rounded(values: FloatArray) -> FloatArray:
    """Without the last digits, so that equal sums are equal whatever was added first."""
    return np.round(values, 9)
