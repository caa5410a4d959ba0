"""Knox's test against a count of every pair, and against bursts put there on purpose."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from geo.errors import InputError, UsageError
from geo.statistics.knox import knox_table, knox_test

NEAR = {"distance_m": 300, "gap_days": 10}


def episodes(seed: int, *, many: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return *rng.integers(0, 3_000, (2, many)).astype(float), rng.integers(0, 200, many).astype(
        float
    )


def test_pairs_are_those_counted_by_hand() -> None:
    x, y, days = episodes(1)
    pairs = list(combinations(range(len(x)), 2))
    near = [np.hypot(x[i] - x[j], y[i] - y[j]) <= 300 for i, j in pairs]
    soon = [abs(days[i] - days[j]) <= 10 for i, j in pairs]
    test = knox_test(x, y, days, **NEAR, simulations=9, seed=1)
    assert test.observed == sum(a and b for a, b in zip(near, soon, strict=True))
    assert test.expected == pytest.approx(sum(near) * sum(soon) / len(pairs))
    assert test.p_poisson == pytest.approx(stats.poisson.sf(test.observed - 1, test.expected))


def test_bursts_are_seen() -> None:
    x, y, days = episodes(2, many=60)
    again = [
        np.concatenate([column, column + shift]) for column, shift in ((x, 50), (y, 0), (days, 3))
    ]
    assert knox_test(x, y, days, **NEAR, simulations=99, seed=1).p_value > 0.05
    assert knox_test(*again, **NEAR, simulations=99, seed=1).p_value == pytest.approx(0.01)


def test_noise_is_significant_as_often_as_it_should_be() -> None:
    p = np.array([
        knox_test(*episodes(seed), **NEAR, simulations=19, seed=seed).p_value
        for seed in range(200)
    ])  # fmt: skip
    # 200 draws at 5 %: more than 20 are below one in a thousand.
    assert (p <= 0.05).sum() <= 20
    assert p.mean() == pytest.approx(0.525, abs=0.07)


@pytest.mark.parametrize("many", [0, 1])
def test_without_a_pair_nothing_is_expected(many: int) -> None:
    assert knox_test(*episodes(3, many=many), **NEAR, seed=1) == (0, 0.0, 1.0, 1.0)


def test_where_all_is_one_point_place_says_nothing() -> None:
    days = episodes(4)[2]
    test = knox_test(np.ones(120), np.ones(120), days, **NEAR, simulations=19, seed=1)
    assert test.observed == pytest.approx(test.expected)
    assert test.p_value == 1


def test_nonsense_is_refused() -> None:
    x, y, days = episodes(5)
    with pytest.raises(InputError, match="one of each per episode"):
        knox_test(x, y, days[:-1], **NEAR, seed=1)
    with pytest.raises(InputError, match="episode 7 lacks"):
        knox_test(x, y, np.where(np.arange(120) == 7, np.nan, days), **NEAR, seed=1)
    with pytest.raises(UsageError, match="distance_m is -1"):
        knox_test(x, y, days, distance_m=-1, gap_days=10, seed=1)
    with pytest.raises(UsageError, match="simulations is 0"):
        knox_test(x, y, days, **NEAR, simulations=0, seed=1)


BANDS = {"distances_m": (100, 300, 600), "gaps_days": (5, 20)}


def pairs_by_hand(
    x: np.ndarray, y: np.ndarray, days: np.ndarray, beyond: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of each band, and what is expected there, by looking at every pair."""
    near, soon, both = np.zeros(3), np.zeros(2), np.zeros((3, 2), dtype=int)
    pairs = list(combinations(range(len(x)), 2))
    for i, j in pairs:
        apart, gap = np.hypot(x[i] - x[j], y[i] - y[j]), abs(days[i] - days[j])
        band = next((b for b, d in enumerate(BANDS["distances_m"]) if beyond < apart <= d), None)
        late = next((b for b, d in enumerate(BANDS["gaps_days"]) if gap <= d), None)
        if band is not None:
            near[band] += 1
        if late is not None:
            soon[late] += 1
        if band is not None and late is not None:
            both[band, late] += 1
    return both, np.outer(near, soon) / len(pairs)


@pytest.mark.parametrize("beyond", [None, 50.0])
def test_bands_are_those_counted_by_hand(beyond: float | None) -> None:
    x, y, days = episodes(6)
    x[1], y[1] = x[0], y[0]
    table = knox_table(x, y, days, **BANDS, beyond_m=beyond, simulations=9, seed=1)
    observed, expected = pairs_by_hand(x, y, days, -1.0 if beyond is None else beyond)
    assert table["observed"].tolist() == observed.ravel().tolist()
    np.testing.assert_allclose(table["expected"], expected.ravel())
    np.testing.assert_allclose(table["ratio"], observed.ravel() / expected.ravel())
    assert table["distance_m"].tolist() == [100, 100, 300, 300, 600, 600]
    assert table["gap_days"].tolist() == [5, 20] * 3


def test_one_band_is_the_plain_test() -> None:
    data = episodes(7)
    plain = knox_test(*data, **NEAR, simulations=99, seed=3)
    row = knox_table(
        *data, distances_m=[300], gaps_days=[10], simulations=99, seed=3
    ).iloc[0]  # fmt: skip
    assert (row["observed"], row["p_value"]) == (plain.observed, plain.p_value)
    assert row["expected"] == pytest.approx(plain.expected)


def test_a_burst_is_in_its_band_alone() -> None:
    x, y, days = episodes(8, many=80)
    again = [np.concatenate([c, c + s]) for c, s in ((x, 200), (y, 0), (days, 12))]
    table = knox_table(*again, **BANDS, simulations=99, seed=1)
    strongest = table.loc[table["ratio"].idxmax()]
    assert (strongest["distance_m"], strongest["gap_days"]) == (300, 20)
    assert strongest["p_value"] == pytest.approx(0.01)


@pytest.mark.parametrize("many", [0, 1])
def test_a_table_without_a_pair(many: int) -> None:
    table = knox_table(*episodes(9, many=many), **BANDS, simulations=9, seed=1)
    assert len(table) == 6
    assert (table["observed"] == 0).all()
    assert table["ratio"].isna().all()
    assert (table["p_value"] == 1).all()


def test_nonsense_bands_are_refused() -> None:
    data = episodes(10)
    with pytest.raises(UsageError, match=r"distances_m is \[300, 100\]"):
        knox_table(*data, distances_m=[300, 100], gaps_days=[7], seed=1)
    with pytest.raises(UsageError, match=r"above 50"):
        knox_table(*data, distances_m=[50, 100], gaps_days=[7], beyond_m=50, seed=1)
    with pytest.raises(UsageError, match=r"gaps_days is \[\]"):
        knox_table(*data, distances_m=[50, 100], gaps_days=[], seed=1)
    with pytest.raises(UsageError, match="simulations is 0"):
        knox_table(*data, **BANDS, simulations=0, seed=1)
