"""Counts and rates with exact limits, and two counts against each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geo.errors import InputError, UsageError
from geo.statistics.comparison import benjamini_hochberg, rate_ratio
from geo.statistics.rates import garwood, rate

INDEX = pd.Index(["IV-1", "IV-2", "IV-3"], name="area_id")


def test_garwood_is_where_the_poisson_tails_are_two_and_a_half_percent() -> None:
    counts = np.array([0, 1, 2, 5, 26, 100, 3_350])
    lower, upper = garwood(counts)
    np.testing.assert_allclose(stats.poisson.sf(counts[1:] - 1, lower[1:]), 0.025, rtol=1e-9)
    np.testing.assert_allclose(stats.poisson.cdf(counts, upper), 0.025, rtol=1e-9)
    assert lower[0] == 0


def test_garwood_keeps_the_shape() -> None:
    lower, upper = garwood([[0, 1], [5, 10]], level=0.9)
    assert lower.shape == upper.shape == (2, 2)
    assert [round(limit, 3) for limit in garwood(5)] == [1.623, 11.668]
    assert [limit.shape for limit in garwood([])] == [(0,), (0,)]


@pytest.mark.parametrize("count", [-1, np.nan, np.inf])
def test_garwood_refuses_what_is_no_count(count: float) -> None:
    with pytest.raises(InputError, match=f"count holds {float(count)}"):
        garwood([3, count])


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, np.nan])
def test_a_level_lies_between_zero_and_one(level: float) -> None:
    with pytest.raises(UsageError, match="must lie between 0 and 1"):
        garwood(3, level=level)
    with pytest.raises(UsageError, match="must lie between 0 and 1"):
        rate_ratio([1], [1], level=level)


def test_rate_divides_the_count_and_its_limits() -> None:
    table = rate(pd.Series([10, 0, 5], index=INDEX), [4_000, 2_000, 0], per=1_000)
    pd.testing.assert_index_equal(table.index, INDEX)
    assert table.loc["IV-1"].round(4).tolist() == [2.5, round(4.79538870 / 4, 4), 4.5976]
    assert table.loc["IV-2"].round(4).tolist() == [0.0, 0.0, 1.8444]
    assert table.loc["IV-3"].isna().all()


def test_rate_needs_one_denominator_per_count() -> None:
    with pytest.raises(InputError, match="one denominator per count"):
        rate([1, 2], [1.0])
    with pytest.raises(InputError, match="denominator holds -1"):
        rate([1], [-1.0])


def test_twice_as_many_against_a_published_p_value() -> None:
    row = rate_ratio([20], [10]).iloc[0]
    assert row["ratio"] == 2
    assert round(row["p_value"], 4) == 0.0987
    share = stats.binomtest(20, 30).proportion_ci(method="exact")
    assert row["ratio_lo"] == pytest.approx(share.low / (1 - share.low))
    assert row["ratio_hi"] == pytest.approx(share.high / (1 - share.high))


def test_ratio_interval_and_p_agree_with_the_binomial_tails() -> None:
    rng = np.random.default_rng(4)
    k1, k0 = rng.integers(1, 40, (2, 50))
    table = rate_ratio(k1, k0, exposure=181, base_exposure=184, level=0.9)
    for (_, row), one, base in zip(table.iterrows(), k1, k0, strict=True):
        n = one + base
        low, high = (row[c] * 181 / (row[c] * 181 + 184) for c in ("ratio_lo", "ratio_hi"))
        assert stats.binom.sf(one - 1, n, low) == pytest.approx(0.05)
        assert stats.binom.cdf(one, n, high) == pytest.approx(0.05)
        tails = [stats.binom.cdf(one, n, 181 / 365), stats.binom.sf(one - 1, n, 181 / 365)]
        assert row["p_value"] == pytest.approx(min(1, 2 * min(tails)))
        assert (row["p_value"] < 0.1) == (not row["ratio_lo"] <= 1 <= row["ratio_hi"])


def test_a_ratio_with_nothing_below_or_anywhere() -> None:
    table = rate_ratio(pd.Series([5, 0, 0], index=INDEX), [0, 5, 0])
    pd.testing.assert_index_equal(table.index, INDEX)
    some_nothing, nothing_some, nothing = (table.loc[name] for name in INDEX)
    assert some_nothing["ratio"] == some_nothing["ratio_hi"] == np.inf
    assert some_nothing["p_value"] == nothing_some["p_value"] == 2 / 2**5
    assert nothing_some["ratio"] == nothing_some["ratio_lo"] == 0
    assert nothing_some["ratio_hi"] == pytest.approx(1 / some_nothing["ratio_lo"])
    assert np.isnan(nothing["ratio"])
    assert (nothing["ratio_lo"], nothing["ratio_hi"], nothing["p_value"]) == (0, np.inf, 1)


def test_a_ratio_needs_pairs_and_exposure() -> None:
    with pytest.raises(InputError, match="one base count per count"):
        rate_ratio([1, 2], [1])
    with pytest.raises(InputError, match="an exposure is 0"):
        rate_ratio([1], [1], base_exposure=0)


def test_benjamini_hochberg_by_its_definition() -> None:
    rng = np.random.default_rng(5)
    p = np.round(rng.beta(0.5, 1, (6, 7)), 2)
    q = benjamini_hochberg(p)
    brute = np.empty_like(p)
    for where, value in np.ndenumerate(p):
        # The smallest bound among the levels at which this value is rejected.
        bounds = [p.size * other / (p <= other).sum() for other in p.flat if other >= value]
        brute[where] = min(1, *bounds)
    np.testing.assert_allclose(q, brute, rtol=1e-12)
    np.testing.assert_allclose(q.ravel(), stats.false_discovery_control(p.ravel()), rtol=1e-12)


def test_benjamini_hochberg_of_the_paper() -> None:
    # Benjamini and Hochberg 1995, section 3.2: fifteen p-values, four rejected at 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4


def test_benjamini_hochberg_of_nothing_and_of_nonsense() -> None:
    assert benjamini_hochberg([]).shape == (0,)
    with pytest.raises(InputError, match="between 0 and 1"):
        benjamini_hochberg([0.5, 1.5])
    with pytest.raises(InputError, match="p_value holds nan"):
        benjamini_hochberg([0.5, np.nan])
