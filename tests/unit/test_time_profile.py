"""Time profiles: spans and habits shared out over the week, and what comes out on top."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from geo.errors import InputError
from geo.statistics.time_profile import (
    SHIFTS,
    WEEKDAYS,
    aoristic_weights,
    habit_weights,
    report_weights,
    time_profile,
)

WARSAW = ZoneInfo("Europe/Warsaw")
MON, TUE, SAT, SUN = 0, 1, 5, 6


def at(*times: str | None) -> pd.Series:
    """Local times; 5 January 2026 is a Monday."""
    return (
        pd.Series(pd.to_datetime(list(times), format="ISO8601"))
        .dt.tz_localize(WARSAW)
        .dt.tz_convert("UTC")
    )


def spans(*pairs: tuple[str, str | None]) -> np.ndarray:
    start, end = zip(*pairs, strict=True)
    return aoristic_weights(at(*start), at(*end), timezone=WARSAW)


def test_a_working_day_is_an_eighth_per_hour() -> None:
    # 8:00 to 16:00 is 0.125 per hour, the example of Ratcliffe's introduction.
    weights = spans(("2026-01-05 08:00", "2026-01-05 16:00"))[0]
    assert weights[MON, 8:16].tolist() == [0.125] * 8
    assert weights.sum() == 1


def test_hours_that_are_met_in_part_get_a_part() -> None:
    weights = spans(("2026-01-05 23:30", "2026-01-06 01:15"))[0] * 105
    assert weights[MON, 23] == pytest.approx(30)
    assert weights[TUE, :2] == pytest.approx([60, 15])
    assert weights.sum() == pytest.approx(105)


def test_an_instant_has_one_hour() -> None:
    start = at("2026-01-05 00:00", "2026-01-11 23:59:59.999999", None)
    weights = aoristic_weights(start, timezone=WARSAW)
    assert weights[0, MON, 0] == weights[1, SUN, 23] == 1
    assert weights.sum(axis=(1, 2)).tolist() == [1, 1, 0]
    same = aoristic_weights(start, pd.Series([pd.NaT] * 3, dtype=start.dtype), timezone=WARSAW)
    np.testing.assert_array_equal(same, weights)


def test_sunday_runs_into_monday() -> None:
    weights = spans(("2026-01-11 22:00", "2026-01-12 02:00"))[0]
    assert weights[SUN, 22:].tolist() == weights[MON, :2].tolist() == [0.25, 0.25]


def test_a_week_and_more_is_all_hours_alike() -> None:
    weights = spans(
        ("2026-01-05 10:30", "2026-01-12 10:30"),
        ("2026-01-05 10:30", "2026-01-12 10:31"),
        ("2026-01-05 10:30", "2027-01-05 10:30"),
    )
    np.testing.assert_allclose(weights, 1 / 168)


@pytest.mark.parametrize("seed", [1, 2])
def test_spans_minute_by_minute(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.integers(0, 20_000, 40), unit="min")
    length = rng.integers(1, 10_080, 40)
    end = start + pd.to_timedelta(length, unit="min")
    weights = aoristic_weights(at(*start.astype(str)), at(*end.astype(str)), timezone=WARSAW)
    for row, first, many in zip(weights, start, length, strict=True):
        wanted = np.zeros((7, 24))
        minutes = first + pd.to_timedelta(np.arange(many), unit="min")
        np.add.at(wanted, (minutes.day_of_week, minutes.hour), 1 / many)
        np.testing.assert_allclose(row, wanted, atol=1e-12)


def test_the_clock_of_the_city_counts() -> None:
    # Half past ten in the evening in Warsaw, in winter and in summer.
    start = pd.Series(pd.to_datetime(["2026-01-05 21:30", "2026-07-06 20:30"], utc=True))
    weights = aoristic_weights(start, timezone=WARSAW)
    assert weights[:, MON, 22].tolist() == [1, 1]


def test_nights_when_the_clock_changes_keep_their_weight() -> None:
    # 25 October 2026: from 2:50 summer time to 2:10 winter time, twenty minutes later.
    start, end = (pd.Series(pd.to_datetime([t], utc=True)) for t in
                  ("2026-10-25 00:50", "2026-10-25 01:10"))  # fmt: skip
    assert aoristic_weights(start, end, timezone=WARSAW)[0, SUN, 2] == 1
    spring = aoristic_weights(
        pd.Series(pd.to_datetime(["2026-03-29 00:30"], utc=True)),
        pd.Series(pd.to_datetime(["2026-03-29 01:30"], utc=True)),
        timezone=WARSAW,
    )
    assert spring.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("part", "days", "wanted"),
    [
        ("18-22", "mon,tue", [(d, h) for d in (MON, TUE) for h in range(18, 22)]),
        ("22-06", "sun", [(SUN, 22), (SUN, 23), *((MON, h) for h in range(6))]),
        ("21-24", "sat", [(SAT, 21), (SAT, 22), (SAT, 23)]),
        ("00-03", None, [(d, h) for d in range(7) for h in range(3)]),
        (None, "sat,sun", [(d, h) for d in (SAT, SUN) for h in range(24)]),
        ("8:00 – 10:00", " Sat , SUN ", [(d, h) for d in (SAT, SUN) for h in (8, 9)]),
    ],
)
def test_habits(part: str | None, days: str | None, wanted: list[tuple[int, int]]) -> None:
    weights = habit_weights(pd.Series([part], dtype=object), pd.Series([days], dtype=object))[0]
    assert sorted(map(tuple, np.argwhere(weights))) == sorted(wanted)
    np.testing.assert_allclose(weights[weights > 0], 1 / len(wanted))


@pytest.mark.parametrize(
    ("part", "days"),
    [(None, None), ("4", "mon"), ("evening", None), ("18-22", "31"), ("18-18", "mon"),
     ("25-26", None), ("18-30", None), ("18-22", "")],
)  # fmt: skip
def test_what_cannot_be_read_is_not_guessed(part: str | None, days: str | None) -> None:
    texts = (pd.Series([text], dtype=object) for text in (part, days))
    assert not habit_weights(*texts).any()


def test_a_report_tells_by_its_habit_else_by_its_event_else_not() -> None:
    reports = pd.DataFrame(
        {
            "event_at": at("2026-01-05 12:20", "2026-01-05 12:20", None),
            "part_of_day": ["18-21", None, None],
            "weekdays": ["sat", None, None],
            "reported_at": at("2026-01-09 09:00", "2026-01-09 09:00", "2026-01-09 09:00"),
        }
    )
    habit, event, neither = report_weights(reports, timezone=WARSAW)
    np.testing.assert_allclose(habit[SAT, 18:21], 1 / 3)
    assert event[MON, 12] == 1
    assert neither.sum() == 0


def test_a_profile_sums_up() -> None:
    start = at(*["2026-01-10 23:10"] * 3, "2026-01-11 00:40", "2026-01-06 07:00", None)
    end = at(*["2026-01-10 23:20"] * 3, "2026-01-11 00:50", "2026-01-06 09:00", None)
    profile = time_profile(aoristic_weights(start, end, timezone=WARSAW))
    assert (profile.n, profile.aoristic_n) == (5, 1)
    assert profile.hours.sum() == pytest.approx(5)
    assert profile.hours[SAT, 23] == 3
    assert profile.peak_weekday == "sat"
    assert profile.peak_hours == "22-01"
    assert profile.peak_share == pytest.approx(4 / 5)
    assert profile.peak_shift == "III"
    # The night from Saturday to Sunday is one shift, Saturday's.
    assert profile.shifts[SAT].tolist() == [0, 0, 4]
    assert profile.shifts[TUE].tolist() == [1, 0, 0]
    assert profile.shifts.sum() == pytest.approx(5)


@pytest.mark.parametrize("weekday", range(7))
def test_every_hour_is_in_its_shift(weekday: int) -> None:
    for hour in range(24):
        weights = np.zeros((1, 7, 24))
        weights[0, weekday, hour] = 1
        day, shift = np.argwhere(time_profile(weights).shifts)[0]
        name = list(SHIFTS)[shift]
        first, end = SHIFTS[name]
        inside = first <= hour < end if first < end else hour >= first or hour < end
        assert inside
        assert WEEKDAYS[day] == WEEKDAYS[(weekday - (hour < 6)) % 7]


def test_equal_peaks_give_the_earliest() -> None:
    profile = time_profile(np.full((4, 7, 24), 1 / 168))
    assert (profile.peak_weekday, profile.peak_hours, profile.peak_shift) == ("mon", "00-03", "I")
    assert profile.peak_share == pytest.approx(3 / 24)


@pytest.mark.parametrize("many", [0, 3])
def test_no_report_with_a_time_has_no_peak(many: int) -> None:
    profile = time_profile(np.zeros((many, 7, 24)))
    assert (profile.n, profile.aoristic_n) == (0, 0)
    assert profile[4:7] == (None, None, None)
    assert np.isnan(profile.peak_share)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: time_profile(np.zeros((7, 24))), r"\(n, 7, 24\)"),
        (lambda: time_profile(np.full((1, 7, 24), -1.0)), "weights holds -1"),
        (lambda: spans(("2026-01-05 10:00", "2026-01-05 09:00")), "an end before its start"),
        (lambda: aoristic_weights(pd.Series(["x"]), timezone=WARSAW), "datetimes with a time zone"),
        (
            lambda: aoristic_weights(at("2026-01-05").dt.tz_localize(None), timezone=WARSAW),
            "datetimes with a time zone",
        ),
        (
            lambda: aoristic_weights(at("2026-01-05"), at(), timezone=WARSAW),
            "1 starts, 0 ends",
        ),
        (
            lambda: habit_weights(pd.Series(["18-22"]), pd.Series([], dtype=object)),
            "one per report",
        ),
        (lambda: report_weights(pd.DataFrame({"weekdays": []}), timezone=WARSAW), "lack event_at"),
    ],
)
def test_nonsense_is_refused(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
