"""The reporting rate from duplicates: by hand, against plain loops, and on rates that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo.errors import InputError, UsageError
from geo.statistics.reporting import (
    LOW_PROBABILITY,
    WATCH_DAYS,
    reporting_rates,
    watch_incidents,
)
from geo.statistics.smoothing import empirical_bayes


def test_an_incident_is_watched_until_it_is_verified() -> None:
    # Incident 7: reports at days 0, 2 and 5, the first one verified at day 4.
    watch = watch_incidents([7, 7, 7], [0.0, 2.0, 5.0], [4.0, 9.0, 9.0])
    assert watch.first.tolist() == [0]
    assert watch.duplicates.tolist() == [1]
    assert watch.days.tolist() == [4.0]


def test_the_first_verification_ends_the_watch_whosever_it_is() -> None:
    watch = watch_incidents([1, 1, 1], [0.0, 1.0, 3.5], [30.0, 3.0, 30.0])
    assert (watch.duplicates[0], watch.days[0]) == (1, 3.0)


def test_without_a_verification_the_watch_lasts_fourteen_days() -> None:
    watch = watch_incidents([1, 1, 1], [0.0, 13.9, 14.0], [99.0] * 3)
    assert (watch.duplicates[0], watch.days[0]) == (1, WATCH_DAYS)


def test_rows_may_come_in_any_order() -> None:
    watch = watch_incidents([5, 2, 5, 2], [3.0, 1.0, 0.0, 9.0], [20.0] * 4)
    assert watch.first.tolist() == [1, 2]
    assert watch.duplicates.tolist() == [1, 1]


def test_no_report_is_no_incident() -> None:
    assert [len(part) for part in watch_incidents([], [], [])] == [0, 0, 0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([1], [0.0, 1.0], [1.0]), "give one of each"),
        (([1], [np.nan], [1.0]), "a time is missing"),
        (([1, 1], [0.0, 3.0], [4.0, 2.0]), "report 1 was closed at day 2.0"),
    ],
)
def test_times_that_cannot_be_are_refused(rows: tuple[list[float], ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        watch_incidents(*rows)


def test_a_watch_has_a_length() -> None:
    with pytest.raises(UsageError, match="longest is 0"):
        watch_incidents([1], [0.0], [1.0], longest=0)


report = st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 20))


@settings(deadline=None, max_examples=100)
@given(st.lists(report, max_size=25))
def test_a_watch_is_what_its_definition_says(reports: list[tuple[int, int, int]]) -> None:
    table = np.array(reports, dtype=float).reshape(-1, 3)
    incident, made, wait = table.T
    shut = made + wait
    watch = watch_incidents(incident, made, shut)
    for number, name in enumerate(np.unique(incident)):
        of = np.flatnonzero(incident == name)
        first = min(of, key=lambda i: (made[i], i))
        end = min(made[first] + 14, *shut[of], np.inf)
        assert watch.first[number] == first
        assert watch.days[number] == end - made[first]
        assert watch.duplicates[number] == sum(made[i] < end for i in of if i != first)


def test_forty_duplicates_in_eight_hundred_days() -> None:
    # The limits as published for the count of 40: 28.577 to 54.469.
    row = reporting_rates([40], [800.0]).iloc[0]
    assert row["rate"] == 0.05
    assert (row["rate_lo"], row["rate_hi"]) == pytest.approx((28.577 / 800, 54.469 / 800), rel=1e-4)


def test_the_ratio_is_that_of_empirical_bayes() -> None:
    rng = np.random.default_rng(1)
    days = rng.uniform(50, 900, 40)
    duplicates = rng.poisson(0.08 * days * rng.gamma(4, 1 / 4, 40))
    table = reporting_rates(duplicates, days)
    expected = days * duplicates.sum() / days.sum()
    usual = empirical_bayes(duplicates, expected)
    np.testing.assert_allclose(table["rr"], usual["smr_eb"], rtol=1e-6)
    np.testing.assert_allclose(table["rr_lo90"], usual["smr_eb_lo"], rtol=1e-6)
    np.testing.assert_allclose(table["rr_hi90"], usual["smr_eb_hi"], rtol=1e-6)
    upper = empirical_bayes(duplicates, expected, level=2 * LOW_PROBABILITY - 1)["smr_eb_hi"]
    assert table["low_reporting"].tolist() == (upper <= 1).tolist()
    assert 0 < table["low_reporting"].sum() < 40


def test_few_areas_are_called_low_only_when_that_is_sure() -> None:
    days, rng = np.full(8, 1000.0), np.random.default_rng(6)
    low = [reporting_rates(rng.poisson(0.05 * days), days)["low_reporting"] for _ in range(200)]
    assert stats.binom.sf(np.sum(low) - 1, 1600, 0.05) > 0.001
    assert reporting_rates([5, *[50] * 7], days)["low_reporting"].tolist() == [True] + [False] * 7


def test_expectations_may_have_any_scale() -> None:
    duplicates, like = np.arange(20), np.linspace(1, 5, 20)
    one, other = (reporting_rates(duplicates, like, expected=k * like) for k in (1.0, 37.0))
    pd.testing.assert_frame_equal(one, other)


def test_a_mix_of_categories_is_no_habit() -> None:
    # Half of the areas have only what is reported twice as often everywhere.
    days = np.full(40, 500.0)
    rates = np.repeat([0.05, 0.10], 20)
    duplicates = np.random.default_rng(2).poisson(rates * days)
    plain = reporting_rates(duplicates, days)
    fair = reporting_rates(duplicates, days, expected=rates * days)
    assert plain["low_reporting"][:20].mean() > 0.8
    assert fair["low_reporting"].sum() <= 2
    assert abs(fair["rr"] - 1).max() < 0.2


def test_where_nothing_was_watched_there_is_no_ratio() -> None:
    table = reporting_rates([0, 0], [0.0, 0.0])
    assert table.drop(columns="low_reporting").isna().all(axis=None)
    assert not table["low_reporting"].any()


def test_no_duplicate_anywhere_says_nothing_of_an_area() -> None:
    table = reporting_rates(np.zeros(20), np.full(20, 30.0))
    assert (table["rr_lo90"] < 1).all()
    assert (table["rr"] == table["rr"].iloc[0]).all()


def test_an_area_that_was_not_watched_gets_what_all_have_in_common() -> None:
    table = reporting_rates(np.r_[0, np.full(20, 10)], np.r_[0.0, np.full(20, 100.0)])
    assert table["rate"].isna().tolist() == [True] + [False] * 20
    assert table["rr"].iloc[0] == pytest.approx(1.0, rel=1e-6)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="give one denominator per count"):
        reporting_rates([1, 2], [1.0])
    with pytest.raises(InputError, match="give one of each per area"):
        reporting_rates([1, 2], [1.0, 2.0], expected=[1.0])


def reports_of(rate: float, *, incidents: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Incidents that are reported at a rate until they are verified: incident, time, closed."""
    wait = rng.exponential(1.0, incidents) + rng.exponential(3.0, incidents)
    first = rng.uniform(0, 1000, incidents)
    many = rng.poisson(rate * wait)
    of = np.repeat(np.arange(incidents), many)
    made = first[of] + rng.uniform(0, wait[of])
    return [
        np.r_[np.arange(incidents), of],
        np.r_[first, made],
        np.r_[first + wait, made + rng.exponential(4.0, len(of))],
    ]


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_the_rate_is_found_again(rate: float) -> None:
    rng = np.random.default_rng(3)
    incident, made, shut = reports_of(rate, incidents=20_000, rng=rng)
    # A duplicate that is verified sooner than the first report ends the watch as well.
    shut = np.maximum(shut, made)
    watch = watch_incidents(incident, made, shut)
    count, days = watch.duplicates.sum(), watch.days.sum()
    assert stats.poisson.cdf(count, rate * days) > 0.001
    assert stats.poisson.sf(count - 1, rate * days) > 0.001


def test_the_last_report_would_be_no_end() -> None:
    # Fourteen silent days behind the last report: the rate of those who report least falls most.
    rng, found = np.random.default_rng(4), {}
    for rate in (0.1, 0.3):
        incident, made, shut = reports_of(rate, incidents=20_000, rng=rng)
        watch = watch_incidents(incident, made, np.maximum(shut, made))
        last = np.zeros(20_000)
        np.maximum.at(last, incident.astype(int), made)
        silent = (last + 14 - made[:20_000]).sum()
        found[rate] = watch.duplicates.sum() / np.array([watch.days.sum(), silent])
    assert found[0.1][0] / found[0.3][0] == pytest.approx(1 / 3, rel=0.06)
    assert found[0.1][1] < 0.035


def test_an_end_known_too_late_cancels_from_the_comparison() -> None:
    # Only the elimination is known, three weeks after the verification in both areas.
    rng, exact, late = np.random.default_rng(5), {}, {}
    for rate in (0.1, 0.3):
        incident, made, shut = reports_of(rate, incidents=20_000, rng=rng)
        shut = np.maximum(shut, made)
        later = shut + rng.exponential(20.0, len(shut))
        for ends, found in ((shut, exact), (later, late)):
            watch = watch_incidents(incident, made, ends)
            found[rate] = watch.duplicates.sum() / watch.days.sum()
    assert late[0.1] < 0.6 * exact[0.1]
    assert late[0.1] / late[0.3] == pytest.approx(1 / 3, rel=0.15)
