"""Plan periods: the half-years of the plans, and other schemes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import CityError, UsageError
from geo.periods import Period, PeriodScheme, local_midnight, months_before

HALF_YEARS = PeriodScheme.from_text(["02-01", "08-01"])
WARSAW = ZoneInfo("Europe/Warsaw")
SCHEMES = [
    HALF_YEARS,
    PeriodScheme.from_text(["01-01"]),
    PeriodScheme.from_text(["01-01", "04-01", "07-01", "10-01"]),
    PeriodScheme.from_text([f"{month:02}-15" for month in range(1, 13)]),
]
DAYS = st.dates(date(1950, 1, 1), date(2150, 1, 1))


@pytest.mark.parametrize(
    ("text", "start", "last_day"),
    [
        ("2026H1", date(2026, 2, 1), date(2026, 7, 31)),
        ("2026H2", date(2026, 8, 1), date(2027, 1, 31)),
        (" 2024h2 ", date(2024, 8, 1), date(2025, 1, 31)),
    ],
)
def test_a_half_year_is_the_one_of_the_plans(text: str, start: date, last_day: date) -> None:
    period = HALF_YEARS.parse(text)
    assert (period.start, period.last_day) == (start, last_day)
    assert period.end == last_day + timedelta(days=1)
    assert period.id == text.strip().upper()


@pytest.mark.parametrize(
    "text", ["2026", "2026H3", "2026H0", "2026Q1", "26H1", "H1", "", "9999H2", "1899H1", "2026-H1"]
)
def test_what_is_no_period_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no period: write the year.*as 2026H1"):
        HALF_YEARS.parse(text)


def test_january_belongs_to_the_period_that_began_the_year_before() -> None:
    assert HALF_YEARS.containing(date(2027, 1, 31)).id == "2026H2"
    assert HALF_YEARS.containing(date(2027, 2, 1)).id == "2027H1"


@given(day=DAYS, scheme=st.sampled_from(SCHEMES))
def test_every_day_lies_in_exactly_one_period(day: date, scheme: PeriodScheme) -> None:
    period = scheme.containing(day)
    assert period.start <= day <= period.last_day
    assert scheme.parse(period.id) == period
    assert scheme.containing(period.last_day) == period
    assert scheme.containing(period.end).start == period.end


@given(first=DAYS, length=st.integers(0, 1500), scheme=st.sampled_from(SCHEMES))
def test_periods_between_two_days_follow_each_other(
    first: date, length: int, scheme: PeriodScheme
) -> None:
    last = first + timedelta(days=length)
    periods = scheme.between(first, last)
    expected = {scheme.containing(first + timedelta(days=i)).id for i in range(length + 1)}
    assert [p.id for p in periods] == [p.id for p in sorted(periods)]
    assert {p.id for p in periods} == expected
    assert all(a.end == b.start for a, b in pairwise(periods))


def test_no_period_lies_between_a_day_and_an_earlier_one() -> None:
    assert HALF_YEARS.between(date(2026, 5, 2), date(2026, 5, 1)) == []


def test_the_same_period_a_year_before() -> None:
    assert HALF_YEARS.previous_year(HALF_YEARS.parse("2026H2")) == HALF_YEARS.parse("2025H2")


def test_periods_are_ordered_by_their_start() -> None:
    early, late = HALF_YEARS.parse("2025H2"), HALF_YEARS.parse("2026H1")
    assert early < late
    assert late >= early
    assert early != Period("2025H2", early.start, late.end)


@pytest.mark.parametrize(
    "starts",
    [["08-01", "02-01"], ["02-01", "02-01"], ["02-01", "05-01", "08-01"], ["13-01"], ["02-30"], []],
)
def test_a_scheme_that_cannot_be_is_refused(starts: list[str]) -> None:
    with pytest.raises(CityError, match="period starts"):
        PeriodScheme.from_text(starts)


def test_a_local_day_begins_at_local_midnight() -> None:
    # Summer time in Poland began on 29 March 2026 at 2 o'clock.
    assert local_midnight(date(2026, 3, 29), WARSAW) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert local_midnight(date(2026, 3, 30), WARSAW) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 8, 1), 12, date(2025, 8, 1)),
        (date(2026, 1, 31), 1, date(2025, 12, 31)),
        (date(2026, 1, 15), 13, date(2024, 12, 15)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_months_before_stays_within_the_month(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


@given(day=DAYS, months=st.integers(0, 600))
def test_months_before_counts_months(day: date, months: int) -> None:
    earlier = months_before(day, months)
    assert (day.year - earlier.year) * 12 + day.month - earlier.month == months
    assert earlier.day == day.day or (earlier + timedelta(days=1)).day == 1
