"""The scan statistic against a search that looks at every circle by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from geo.errors import InputError, UsageError
from geo.statistics.scan import recent_scan, spatial_scan, usual_alpha

COLUMNS = ["llr", "cases", "expected", "rr", "p", "members"]


def town(seed: int, *, many: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Areas with 500 to 3 000 residents each; every fifth person is a case on average."""
    rng = np.random.default_rng(seed)
    population = rng.integers(500, 3_000, many)
    return rng.poisson(population / 200), population, *rng.uniform(0, 5_000, (2, many))


def by_hand(
    cases: np.ndarray, population: np.ndarray, x: np.ndarray, y: np.ndarray, max_share: float
) -> list[tuple[float, frozenset[int]]]:
    """Every set of areas that a circle around an area can hold, with its ratio, best first."""
    total, persons, found = cases.sum(), population.sum(), {}
    for i in range(len(x)):
        for j in range(len(x)):
            radius = math.dist((x[i], y[i]), (x[j], y[j]))
            inside = [k for k in range(len(x)) if math.dist((x[i], y[i]), (x[k], y[k])) <= radius]
            c, e = cases[inside].sum(), total * population[inside].sum() / persons
            if population[inside].sum() <= max_share * persons and c > e and c >= 2:
                rest = (total - c) * math.log((total - c) / (total - e)) if total > c else 0
                found[frozenset(inside)] = c * math.log(c / e) + rest
    return sorted(((llr, areas) for areas, llr in found.items()), key=lambda pair: -pair[0])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("max_share", [0.1, 0.5])
def test_clusters_are_those_found_by_hand(seed: int, max_share: float) -> None:
    data = town(seed)
    clusters = spatial_scan(*data, max_share=max_share, simulations=1, seed=1)
    wanted = by_hand(*data, max_share)
    taken: set[int] = set()
    for llr, members in zip(clusters["llr"], clusters["members"], strict=True):
        best = next(pair for pair in wanted if not pair[1] & taken)
        assert llr == pytest.approx(best[0])
        assert frozenset(members) == best[1]
        taken |= best[1]
    assert all(areas & taken for _, areas in wanted)


def test_a_row_says_what_is_in_its_circle() -> None:
    cases, population, x, y = town(7)
    clusters = spatial_scan(cases, population, x, y, simulations=1, seed=1)
    assert clusters.columns.tolist() == COLUMNS
    for row in clusters.itertuples():
        inside = list(row.members)
        share = population[inside].sum() / population.sum()
        assert row.cases == cases[inside].sum()
        assert row.expected == pytest.approx(cases.sum() * share)
        outside = (cases.sum() - row.cases) / (cases.sum() - row.expected)
        assert row.rr == pytest.approx(row.cases / row.expected / outside)
        distances = np.hypot(x[inside] - x[inside[0]], y[inside] - y[inside[0]])
        assert (np.diff(distances) >= 0).all()


def test_a_planted_cluster_is_found_and_certain() -> None:
    cases, population, x, y = town(8, many=120)
    near = np.argsort(np.hypot(x - x[0], y - y[0]))[:6]
    cases[near] *= 4
    first = spatial_scan(cases, population, x, y, simulations=199, seed=1).iloc[0]
    assert len(set(first["members"]) & set(near.tolist())) >= 5
    assert len(first["members"]) <= 8
    assert first["p"] == pytest.approx(1 / 200)


@pytest.mark.parametrize(("alpha", "fits"), [(0.0, False), (0.5, True)])
def test_over_dispersion_is_a_cluster_only_to_a_test_that_knows_none(
    alpha: float, *, fits: bool
) -> None:
    rng = np.random.default_rng(9)
    x, y = rng.uniform(0, 5_000, (2, 80))
    false = 0
    for seed in range(40):
        cases = rng.poisson(10 * rng.gamma(1 / 0.5, 0.5, 80))
        clusters = spatial_scan(cases, np.ones(80), x, y, simulations=39, seed=seed, alpha=alpha)
        false += clusters["p"].iloc[0] <= 0.05
    # 40 maps: more than 7 are below one in a thousand at 5 %.
    assert (false <= 7) == fits


def test_the_p_value_of_noise_is_uniform() -> None:
    rng = np.random.default_rng(10)
    x, y = rng.uniform(0, 5_000, (2, 50))
    p = [
        spatial_scan(rng.multinomial(200, [0.02] * 50), [1] * 50, x, y, simulations=19, seed=s)
        .loc[0, "p"]
        for s in range(100)
    ]  # fmt: skip
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.16)


def test_the_seed_and_the_order_of_areas_decide_nothing_else() -> None:
    cases, population, x, y = town(11)
    one = spatial_scan(cases, population, x, y, simulations=19, seed=3)
    pd.testing.assert_frame_equal(
        one, spatial_scan(cases, population, x, y, simulations=19, seed=3)
    )
    order = np.random.default_rng(1).permutation(len(x))
    other = spatial_scan(*(a[order] for a in (cases, population, x, y)), simulations=1, seed=3)
    np.testing.assert_allclose(other["llr"], one["llr"])
    assert [set(order[list(m)]) for m in other["members"]] == [set(m) for m in one["members"]]


def test_areas_at_one_distance_are_never_parted() -> None:
    cases, x, y = np.ones(100, dtype=int), np.tile(np.arange(10), 10), np.repeat(np.arange(10), 10)
    cases[55] = 30
    clusters = spatial_scan(cases, np.ones(100), x, y, simulations=1, seed=1)
    assert clusters["members"][0] == (55,)
    for members in clusters["members"]:
        assert len(members) in {1, 5, 9}


@pytest.mark.parametrize(
    ("cases", "population", "x"),
    [
        ([], [], []),
        ([0, 0, 0], [10, 20, 30], [0, 1, 2]),
        ([0, 0], [0, 0], [0, 1]),
        ([7], [10], [0]),
        ([3, 4, 5], [10, 20, 30], [1, 1, 1]),
        ([1] * 30, [10] * 30, range(30)),
    ],
)
def test_where_no_circle_stands_out_there_is_no_row(
    cases: list[int], population: list[int], x: list[int]
) -> None:
    clusters = spatial_scan(cases, population, x, [0] * len(x), simulations=9, seed=1)
    assert clusters.columns.tolist() == COLUMNS
    assert clusters.empty


def test_all_cases_inside() -> None:
    clusters = spatial_scan([9, *[0] * 19], [1] * 20, range(20), [0] * 20, simulations=9, seed=1)
    assert clusters["members"].tolist() == [(0,)]
    assert np.isinf(clusters["rr"].iloc[0])
    assert clusters["llr"].iloc[0] == pytest.approx(9 * math.log(20))


def test_nonsense_is_refused() -> None:
    good = ([1, 2], [10, 20], [0.0, 1.0], [0.0, 0.0])
    with pytest.raises(InputError, match="cases holds -1"):
        spatial_scan([-1, 2], *good[1:], seed=1)
    with pytest.raises(InputError, match=r"cases holds 1\.5"):
        spatial_scan([1.5, 2], *good[1:], seed=1)
    with pytest.raises(InputError, match="area 0 has 1 cases and no population"):
        spatial_scan([1, 2], [0, 20], *good[2:], seed=1)
    with pytest.raises(InputError, match="area 1 has no finite point"):
        spatial_scan(*good[:2], [0.0, np.nan], good[3], seed=1)
    with pytest.raises(InputError, match="one of each per area"):
        spatial_scan(*good[:3], [0.0], seed=1)
    with pytest.raises(UsageError, match=r"max_share is 0\.6"):
        spatial_scan(*good, max_share=0.6, seed=1)
    with pytest.raises(UsageError, match="simulations is 0"):
        spatial_scan(*good, simulations=0, seed=1)
    with pytest.raises(UsageError, match="alpha is -1"):
        spatial_scan(*good, alpha=-1, seed=1)


def months_by_hand(
    cases: np.ndarray, population: np.ndarray, x: np.ndarray, y: np.ndarray
) -> list[tuple[float, frozenset[int], int]]:
    """As `by_hand`, for the last month, the last two and so on; the best first."""
    found = []
    for bins in range(1, cases.shape[1] + 1):
        window = cases[:, -bins:].sum(axis=1)
        found += [(*one, bins) for one in by_hand(window, population, x, y, 0.1)]
    return sorted(found, key=lambda one: -one[0])


@pytest.mark.parametrize("seed", range(4))
def test_recent_clusters_are_those_found_by_hand(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _, population, x, y = town(seed)
    cases = rng.poisson(population[:, None] / 500, (40, 3))
    clusters = recent_scan(cases, population, x, y, simulations=1, seed=1)
    wanted = months_by_hand(cases, population, x, y)
    taken: set[int] = set()
    for row in clusters.itertuples():
        llr, areas, bins = next(one for one in wanted if not one[1] & taken)
        assert row.llr == pytest.approx(llr)
        assert (frozenset(row.members), row.bins) == (areas, bins)
        assert row.cases == cases[list(areas), -bins:].sum()
        share = population[list(areas)].sum() / population.sum()
        assert row.expected == pytest.approx(cases[:, -bins:].sum() * share)
        taken |= areas


def test_one_bin_of_time_is_the_plain_scan() -> None:
    cases, population, x, y = town(12)
    options = {"simulations": 99, "seed": 5, "alpha": 0.2}
    plain = spatial_scan(cases, population, x, y, **options)
    recent = recent_scan(cases[:, None], population, x, y, **options)
    assert (recent["bins"] == 1).all()
    pd.testing.assert_frame_equal(recent[plain.columns], plain)


def test_what_came_last_is_found_in_its_months() -> None:
    rng = np.random.default_rng(13)
    x, y = rng.uniform(0, 5_000, (2, 90))
    cases = rng.poisson(4.0, (90, 3))
    near = np.argsort(np.hypot(x - x[7], y - y[7]))[:4]
    cases[near, -2:] += 12
    first = recent_scan(cases, np.ones(90), x, y, simulations=199, seed=1).iloc[0]
    assert first["bins"] == 2
    assert set(first["members"]) == set(near.tolist())
    assert first["p"] == pytest.approx(1 / 200)


def test_a_month_in_which_the_whole_city_reports_more_is_no_cluster() -> None:
    rng = np.random.default_rng(14)
    x, y = rng.uniform(0, 5_000, (2, 90))
    p = []
    for seed in range(30):
        cases = rng.poisson([[4.0, 4.0, 40.0]] * 90)
        clusters = recent_scan(cases, np.ones(90), x, y, simulations=19, seed=seed)
        p.append(clusters["p"].iloc[0])
    # 30 draws at 5 %: more than 6 are below one in a thousand.
    assert (np.array(p) <= 0.05).sum() <= 6


def test_the_usual_variance_is_learned_from_the_past() -> None:
    rng = np.random.default_rng(15)
    rates = rng.uniform(2, 20, (200, 1))
    assert usual_alpha(rng.poisson(rates, (200, 24))) < 0.01
    moved = rng.poisson(rates * rng.gamma(1 / 0.3, 0.3, (200, 24)))
    assert usual_alpha(moved) == pytest.approx(0.3, abs=0.05)
    assert usual_alpha(np.zeros((5, 4))) == 0.0


def test_noise_that_varies_raises_few_alarms() -> None:
    """With the variance learned from the past, not known."""
    rng = np.random.default_rng(16)
    x, y = rng.uniform(0, 5_000, (2, 80))
    rates = rng.uniform(0.5, 6, (80, 1))
    p = []
    for seed in range(60):
        months = rng.poisson(rates * rng.gamma(1 / 0.2, 0.2, (80, 15)))
        past, recent = months[:, :12], months[:, 12:]
        found = recent_scan(
            recent, past.sum(axis=1) + 1, x, y, simulations=19, seed=seed, alpha=usual_alpha(past)
        )
        p.append(found["p"].iloc[0] if len(found) else 1.0)
    # 60 draws at 5 %: more than 9 are below one in a thousand.
    assert (np.array(p) <= 0.05).sum() <= 9


def test_nonsense_of_months_is_refused() -> None:
    with pytest.raises(InputError, match="one of each per area"):
        recent_scan([1, 2], [1, 2], [0.0, 1.0], [0.0, 1.0], seed=1)
    with pytest.raises(InputError, match="two bins at least"):
        usual_alpha([[1], [2]])
    with pytest.raises(InputError, match="past holds -1"):
        usual_alpha([[1, -1], [2, 2]])
