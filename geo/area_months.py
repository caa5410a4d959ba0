"""What the months and hours of an area say: its counts, the city's, and what would be usual.

The usual range of a month is the central 90 % of a Poisson count whose mean is the area's share
of the city's episodes over all months, times the city's episodes of that month: the season and
the city's own rise and fall are in it, and nothing of the area is smoothed.
"""

from __future__ import annotations

import math
from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DAYS", "HOURS", "SHIFTS", "Month", "Week", "months_of", "poisson_range", "week_of"]

SHIFTS = {"I": range(6, 14), "II": range(14, 22), "III": (22, 23, 0, 1, 2, 3, 4, 5)}
"""Shifts of the police and their hours."""

DAYS, HOURS = 7, 24
TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Month:
    """One month of an area.

    Attributes
    ----------
    month
        ``2026-07``.
    reports, episodes, confirmed
        Its counts.
    complete
        Whether the data cover all its days.
    city
        Episodes that as many residents have in the city, None where that is not known.
    usual_low, usual_high
        Between them, ends included, lie nine months of ten by chance alone; None for the city.
    """

    month: str
    reports: int
    episodes: int
    confirmed: int
    complete: bool
    city: float | None = None
    usual_low: int | None = None
    usual_high: int | None = None

    @property
    def outside(self) -> int:
        """1 above the usual range, -1 below, 0 inside or where there is none."""
        if self.usual_low is None or self.usual_high is None or not self.complete:
            return 0
        return (self.episodes > self.usual_high) - (self.episodes < self.usual_low)


@dataclass(frozen=True, slots=True)
class Week:
    """When in the week it happens.

    Attributes
    ----------
    shares
        Share of each hour, Monday's midnight first: 168 numbers that add up to about 1.
    shifts
        Share of each shift.
    peak_weekday, peak_hours, peak_shift
        As the layer names them.
    """

    shares: tuple[float, ...]
    shifts: Mapping[str, float]
    peak_weekday: str | None
    peak_hours: str | None
    peak_shift: str | None


def months_of(
    series: Mapping[str, Any] | None,
    *,
    city: tuple[Mapping[str, Any], float] | None,
    residents: float | None,
) -> list[Month]:
    """The months of an area.

    Parameters
    ----------
    series
        Its row of `area-series`; None, or one whose counts are hidden, gives no months.
    city
        The row of the whole city and its residents.
    residents
        Of the area.

    Returns
    -------
    list of Month
        The first one first.
    """
    if series is None or series.get("episodes_by_month") is None:
        return []
    reports, episodes, confirmed = (
        _numbers(series[f"{what}_by_month"]) for what in ("reports", "episodes", "confirmed")
    )
    names = _month_names(series["month_first"], len(episodes))
    whole = [_is_whole(series, names, number) for number in range(len(names))]
    per_resident, usual = _compared(episodes, series, city=city, residents=residents)
    return [
        Month(names[i], reports[i], episodes[i], confirmed[i], whole[i], per_resident[i], *usual[i])
        for i in range(len(names))
    ]


def poisson_range(mean: float, *, tail: float = TAIL) -> tuple[int, int]:
    """The central range of a Poisson count.

    Parameters
    ----------
    mean
        Its mean, 0 or more.
    tail
        At most this probability lies below the range, and at most this above it.

    Returns
    -------
    tuple of int
        The lowest and the highest count of the range.
    """
    if mean <= 0:
        return 0, 0
    low, count = None, 0
    # In logarithms: exp(-mean) alone is 0 from a mean of 745 on.
    below, log_p = 0.0, -mean
    while True:
        below += math.exp(log_p)
        if low is None and below > tail:
            low = count
        if below >= 1 - tail or count > mean + 40 * math.sqrt(mean + 1):
            return low or 0, count
        count += 1
        log_p += math.log(mean / count)


def week_of(series: Mapping[str, Any] | None) -> Week | None:
    """The hours of an area's week; None where too few reports tell them.

    Parameters
    ----------
    series
        Its row of `area-series`.
    """
    if series is None or not series.get("profile"):
        return None
    shares = tuple(float(text) for text in series["profile"].split(","))
    shifts = {
        name: sum(shares[HOURS * day + hour] for day in range(DAYS) for hour in hours)
        for name, hours in SHIFTS.items()
    }
    peaks = (series.get(f"peak_{what}") for what in ("weekday", "hours", "shift"))
    return Week(shares, shifts, *peaks)


def _compared(
    episodes: Sequence[int],
    series: Mapping[str, Any],
    *,
    city: tuple[Mapping[str, Any], float] | None,
    residents: float | None,
) -> tuple[list[float | None], list[tuple[int | None, int | None]]]:
    """The city's episodes per as many residents, and the usual range, month by month."""
    row, people = city or ({}, 0.0)
    # A city is not compared with itself, nor with months that are not the same.
    same = (series["level"], series["area_id"]) == (row.get("level"), row.get("area_id"))
    if same or row.get("month_first") != series["month_first"]:
        return [None] * len(episodes), [(None, None)] * len(episodes)
    whole = _numbers(row["episodes_by_month"])
    scale = residents / people if residents and people else None
    share = sum(episodes) / sum(whole) if sum(whole) else 0.0
    per_resident = [None if scale is None else n * scale for n in whole]
    return per_resident, [poisson_range(n * share) for n in whole]


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _month_names(first: str, many: int) -> list[str]:
    year, month = map(int, first.split("-"))
    places = range(12 * year + month - 1, 12 * year + month - 1 + many)
    return [f"{place // 12:04d}-{place % 12 + 1:02d}" for place in places]


def _is_whole(series: Mapping[str, Any], names: Sequence[str], number: int) -> bool:
    """Whether the data cover a month: only the first and the last may be cut."""
    told = {0: "first_month_days", len(names) - 1: "last_month_days"}.get(number)
    days = series.get(told) if told else None
    return days is None or days >= _days_in(names[number])


def _days_in(month: str) -> int:
    year, number = map(int, month.split("-"))
    return monthrange(year, number)[1]
