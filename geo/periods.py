"""Plan periods: the half-years in which priorities are set, as data of the city.

In Poland a plan runs from 1 February to 31 July or from 1 August to 31 January (it crosses
the year); written ``2026H1`` and ``2026H2``. Half-open in code: `end` is the first day after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import total_ordering
from typing import TYPE_CHECKING

from geo.errors import CityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

__all__ = ["Period", "PeriodScheme", "local_midnight", "months_before"]

_LETTER = {1: "Y", 2: "H", 4: "Q", 12: "M"}


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """A period [start, end) of local days."""

    id: str
    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    def __lt__(self, other: Period) -> bool:
        return self.start < other.start


@dataclass(frozen=True, slots=True)
class PeriodScheme:
    """Periods that start on the same days every year.

    Parameters
    ----------
    starts
        (month, day) of each start, in order within the year the period is named after.
    """

    starts: tuple[tuple[int, int], ...]

    @classmethod
    def from_text(cls, starts: Sequence[str]) -> PeriodScheme:
        """Read starts such as ``["02-01", "08-01"]``.

        Raises
        ------
        CityError
            If one is not a month and a day, they are not in order, or their number is not
            1, 2, 4 or 12.
        """
        try:
            days = tuple(
                (d.month, d.day) for d in (date.fromisoformat(f"2001-{s}") for s in starts)
            )
        except (TypeError, ValueError) as error:
            msg = f"period starts {starts!r} must be month-day pairs such as '02-01': {error}"
            raise CityError(msg) from error
        if len(days) not in _LETTER or list(days) != sorted(set(days)):
            msg = f"period starts {starts!r} must be 1, 2, 4 or 12 different days in order"
            raise CityError(msg)
        return cls(days)

    @property
    def letter(self) -> str:
        """H for half-years, Q for quarters, M for months, Y for years."""
        return _LETTER[len(self.starts)]

    def period(self, year: int, number: int) -> Period:
        """The `number`-th period (from 1) named after `year`."""
        start = date(year, *self.starts[number - 1])
        if number < len(self.starts):
            end = date(year, *self.starts[number])
        else:
            end = date(year + 1, *self.starts[0])
        return Period(f"{year}{self.letter}{number}", start, end)

    def parse(self, text: str) -> Period:
        """The period that is written so, for example ``2026H1``.

        Raises
        ------
        UsageError
            If no period of this scheme is.
        """
        match = re.fullmatch(rf"(\d{{4}}){self.letter}(\d{{1,2}})", text.strip().upper())
        known = match and 1 <= int(match[2]) <= len(self.starts)
        if not match or not known or not 1900 <= int(match[1]) < 9999:
            example = f"2026{self.letter}1"
            msg = f"{text!r} is no period: write the year, {self.letter} and a number, as {example}"
            raise UsageError(msg)
        return self.period(int(match[1]), int(match[2]))

    def containing(self, day: date) -> Period:
        """The period in which a local day lies."""
        candidates = (
            self.period(year, number)
            for year in (day.year, day.year - 1)
            for number in range(len(self.starts), 0, -1)
        )
        return next(p for p in candidates if p.start <= day < p.end)

    def previous_year(self, period: Period) -> Period:
        """The same period one year before."""
        return self.parse(f"{int(period.id[:4]) - 1}{period.id[4:]}")

    def between(self, first: date, last: date) -> list[Period]:
        """Every period that has a day in [first, last], in order; none if `last` is earlier."""
        if last < first:
            return []
        periods = [self.containing(first)]
        while periods[-1].end <= last:
            periods.append(self.containing(periods[-1].end))
        return periods


def local_midnight(day: date, timezone: ZoneInfo) -> datetime:
    """The moment at which a local day begins."""
    return datetime.combine(day, time.min, tzinfo=timezone)


def months_before(day: date, months: int) -> date:
    """The day `months` months earlier; the last day of the month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(
        date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1)
    )
