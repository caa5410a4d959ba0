"""Mann-Kendall: against pairs by hand, and where nothing changes."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest

from geo.errors import InputError
from geo.statistics.trend import LEAST_EVENTS, mann_kendall, trend_is_known


def rising_less_falling(series: np.ndarray) -> int:
    return sum(bool(b > a) - bool(b < a) for a, b in combinations(series, 2))


@pytest.mark.parametrize("series", [[1, 2, 3, 4, 5], [0, 0, 1, 1, 2], [3, 1, 1, 1, 0]])
def test_variance_is_that_over_all_orders(series: list[int]) -> None:
    # 120 orders of the same values, ties and all: the null distribution itself.
    all_s = [rising_less_falling(order) for order in permutations(series)]
    found = mann_kendall(series)
    assert found.s == rising_less_falling(series)
    assert found.var_s == pytest.approx(np.var(all_s))
    assert found.z == pytest.approx((found.s - np.sign(found.s)) / np.std(all_s))
    assert found.p == pytest.approx(math.erfc(abs(found.z) / math.sqrt(2)))


def test_many_series_at_once_are_each_series_alone() -> None:
    rows = np.random.default_rng(1).integers(0, 6, (30, 12))
    together = mann_kendall(rows)
    assert together.p.shape == (30,)
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(mann_kendall(row), [array[i] for array in together])
    np.testing.assert_array_equal(mann_kendall(pd.DataFrame(rows)), together)


@pytest.mark.parametrize("series", [[], [4.0], [7, 7], [0] * 12])
def test_nothing_changes(series: list[float]) -> None:
    found = mann_kendall(series)
    assert (found.s, found.z, found.p) == (0, 0, 1)
    assert found.var_s == 0


def test_no_series_no_number() -> None:
    assert mann_kendall(np.empty((0, 12))).p.shape == (0,)


def test_a_year_that_only_rises_is_a_trend() -> None:
    up, down = mann_kendall(np.arange(12)), mann_kendall(-np.arange(12.0))
    assert (up.s, down.s) == (66, -66)
    assert up.z == -down.z > 0
    assert up.p == down.p < 1e-5


def test_without_a_trend_one_in_twenty_is_significant() -> None:
    rows = np.random.default_rng(2).poisson(3.0, (20_000, 12))
    # The correction for continuity makes it a little careful.
    assert 0.03 < (mann_kendall(rows).p < 0.05).mean() <= 0.05


@pytest.mark.parametrize("wrong", [[1.0, np.nan], [np.inf, 1.0]])
def test_a_gap_is_refused(wrong: list[float]) -> None:
    with pytest.raises(InputError, match="a number for every time"):
        mann_kendall(wrong)


@pytest.mark.parametrize("shape", [(), (2, 3, 4)])
def test_only_series_have_trends(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="give one series"):
        mann_kendall(np.zeros(shape))


def test_a_trend_needs_a_hundred_events() -> None:
    assert LEAST_EVENTS == 100
    assert trend_is_known([0, 99, 100, 3_350]).tolist() == [False, False, True, True]
