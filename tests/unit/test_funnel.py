"""The funnel: its formula, its error rate, and who takes no part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geo.errors import InputError
from geo.statistics.funnel import FEWEST_AREAS, funnel, funnel_limits


def beats(seed: int, *, many: int = 130, spread: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Counts of beats with 26 reports on average, whose true ratios spread so much."""
    rng = np.random.default_rng(seed)
    expected = rng.gamma(4, 26 / 4, many)
    ratios = rng.gamma(1 / spread**2, spread**2, many) if spread else 1.0
    return rng.poisson(expected * ratios), expected


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_the_formula_by_loops(spread: float) -> None:
    observed, expected = beats(1, many=25, spread=spread)
    table = funnel(observed, expected)
    z = [2 * (o**0.5 - e**0.5) for o, e in zip(observed, expected, strict=True)]
    low, high = np.percentile(z, [10, 90])
    phi = sum(min(max(value, low), high) ** 2 for value in z) / 25
    w = [4 * e for e in expected]
    tau2 = max(0, (25 * phi - 24) / (sum(w) - sum(v**2 for v in w) / sum(w)))
    assert (tau2 > 0) == (spread > 0)
    assert table["tau2"].tolist() == [pytest.approx(tau2)] * 25
    np.testing.assert_allclose(table["smr"], observed / expected)
    size = 1 / (4 * tau2) if tau2 else 1e9
    chance = stats.nbinom(size, size / (size + expected))
    tails = np.minimum(chance.sf(observed - 1), chance.cdf(observed))
    np.testing.assert_allclose(table["p_funnel"], np.minimum(2 * tails, 1), rtol=1e-5)


@pytest.mark.parametrize("mean", [1.0, 5.0, 26.0])
def test_beats_that_are_alike_lie_inside(mean: float) -> None:
    rng, classes = np.random.default_rng(2), []
    for _ in range(100):
        expected = rng.gamma(4, mean / 4, 130)
        classes.append(funnel(rng.poisson(expected), expected)["funnel_class"])
    # 13 000 beats; exact limits hold at least what they say, and the more the smaller the counts.
    assert (np.abs(classes) == 2).mean() <= 0.002
    assert (np.array(classes) != 0).mean() <= 0.05
    assert (np.array(classes) != 0).any()


def test_no_report_is_not_few_where_two_are_expected() -> None:
    expected = np.full(40, 2.4)
    observed = np.array([2, 3] * 19 + [0, 0])
    assert (funnel(observed, expected)["funnel_class"] == 0).all()


def test_the_spread_between_beats_is_not_held_against_them() -> None:
    outside, without = [], []
    for seed in range(40):
        observed, expected = beats(seed, spread=0.4)
        table = funnel(observed, expected)
        # The root of a ratio with a standard deviation of 0.4 has one of about 0.2.
        assert 0.005 < table["tau2"][0] < 0.08
        outside.append((table["funnel_class"].abs() == 2).mean())
        z = 2 * (np.sqrt(observed) - np.sqrt(expected))
        without.append((abs(z) > 3.09).mean())
    assert np.mean(outside) < 0.02
    assert np.mean(without) > 0.08


def test_one_bad_beat_stands_out_and_does_not_widen_the_funnel() -> None:
    observed, expected = beats(2)
    observed[7], expected[7] = 90, 30.0
    observed[8], expected[8] = 4, 30.0
    table = funnel(observed, expected)
    assert table["funnel_class"][7] == 2
    assert table["funnel_class"][8] == -2
    assert table["tau2"][0] < 0.01


def test_classes_are_just_what_lies_on_the_lines_or_beyond() -> None:
    observed, expected = beats(3, spread=0.8)
    table = funnel(observed, expected)
    lines = funnel_limits(expected, tau2=table["tau2"][0])
    ratio, above_zero = table["smr"], lines > 0
    wanted = np.select(
        [ratio >= lines["hi998"], ratio >= lines["hi95"],
         (ratio <= lines["lo998"]) & above_zero["lo998"],
         (ratio <= lines["lo95"]) & above_zero["lo95"]], [2, 1, -2, -1], 0,
    )  # fmt: skip
    np.testing.assert_array_equal(table["funnel_class"], wanted)
    assert set(wanted) >= {-1, 0, 1}
    assert set(np.sign(table["funnel_class"]) * np.sign(ratio - 1)) == {0, 1}


def test_lines_of_a_funnel() -> None:
    lines = funnel_limits([0.0, 1.0, 26.0, 1e6], tau2=0.0)
    assert lines.loc[0].tolist() == [0, 0, np.inf, np.inf]
    assert lines.loc[1, ["lo998", "lo95"]].tolist() == [0, 0]
    # 26 expected: Poisson puts 16 or fewer, and 37 or more, into tails of 2.5 %.
    assert 16 <= lines.loc[2, "lo95"] * 26 < 17
    assert 36 < lines.loc[2, "hi95"] * 26 <= 37
    assert lines.loc[2].is_monotonic_increasing
    np.testing.assert_allclose(lines.loc[3], 1, atol=0.005)
    wider = funnel_limits([26.0], tau2=0.05)
    assert wider["hi95"][0] > lines.loc[2, "hi95"]
    assert wider["lo95"][0] < lines.loc[2, "lo95"]


def test_fewer_than_ten_areas_are_not_classed() -> None:
    observed, expected = beats(4, many=FEWEST_AREAS - 1)
    observed[0] = 500
    table = funnel(observed, expected)
    assert (table["funnel_class"] == 0).all()
    assert (table["p_funnel"] == 1).all()
    assert table["tau2"].isna().all()
    assert table["smr"].notna().all()


def test_an_area_with_no_expectation_takes_no_part() -> None:
    observed, expected = beats(5)
    table = funnel([*observed, 9], [*expected, 0.0])
    pd.testing.assert_frame_equal(table.iloc[:-1], funnel(observed, expected))
    assert np.isnan(table["smr"].iloc[-1])
    assert table[["p_funnel", "funnel_class"]].iloc[-1].tolist() == [1, 0]


def test_the_index_is_kept_and_no_area_is_no_row() -> None:
    observed, expected = beats(6)
    index = pd.Index([f"IV-{i}" for i in range(130)])
    pd.testing.assert_index_equal(funnel(pd.Series(observed, index=index), expected).index, index)
    assert funnel([], []).empty


def test_no_report_anywhere() -> None:
    table = funnel(np.zeros(20), np.full(20, 3.0))
    assert table.notna().all(axis=None)
    assert table["smr"].eq(0).all()


@pytest.mark.parametrize(
    ("observed", "expected", "message"),
    [
        ([-1, 2], [1, 1], "observed holds -1"),
        ([1, 2], [1, np.inf], "expected holds inf"),
        ([1, 2], [1], "one of each per area"),
        ([[1, 2]], [[1, 1]], "one of each per area"),
    ],
)
def test_nonsense_is_refused(observed: Any, expected: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        funnel(observed, expected)
    with pytest.raises(InputError, match="tau2 holds -1"):
        funnel_limits([1.0], tau2=-1)
