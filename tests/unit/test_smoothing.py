"""Empirical Bayes: against a fit of its own, and where the data say too little."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from geo._gamma_profile import likeliest_mean, profile
from geo.errors import InputError, UsageError
from geo.statistics.dispersion import fit_alpha, likelihood_of, upper_tail
from geo.statistics.smoothing import empirical_bayes, shrunk_ratio

COLUMNS = ["smr", "smr_eb", "smr_eb_lo", "smr_eb_hi", "p_rr_gt_1_5"]
CRUDE, MEAN, LOW, HIGH, NOTABLE = COLUMNS


def beats(seed: int, *, many: int = 130, spread: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Counts of beats with 26 reports on average, and true ratios that spread so much."""
    rng = np.random.default_rng(seed)
    expected = rng.gamma(4, 26 / 4, many)
    ratios = rng.gamma(1 / spread**2, spread**2, many)
    return rng.poisson(expected * ratios), expected


def test_posterior_of_the_likeliest_prior() -> None:
    # Another parametrisation, another optimiser, another library's likelihood.
    observed, expected = beats(1)

    def loss(log_prior: np.ndarray) -> float:
        shape, rate = np.exp(log_prior)
        return -stats.nbinom.logpmf(observed, shape, rate / (rate + expected)).sum()

    options = {"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2_000}
    found = optimize.minimize(loss, [1.0, 1.0], method="Nelder-Mead", options=options)
    shape, rate = np.exp(found.x)
    posterior = stats.gamma(observed + shape, scale=1 / (expected + rate))
    table = empirical_bayes(observed, expected, level=0.8)
    assert table.columns.tolist() == COLUMNS
    np.testing.assert_allclose(table[CRUDE], observed / expected)
    np.testing.assert_allclose(table[MEAN], posterior.mean(), rtol=1e-5)
    np.testing.assert_allclose(table[LOW], posterior.ppf(0.1), rtol=1e-5)
    np.testing.assert_allclose(table[HIGH], posterior.ppf(0.9), rtol=1e-5)
    np.testing.assert_allclose(table[NOTABLE], posterior.sf(1.5), rtol=1e-4, atol=1e-12)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(40):
        expected = rng.gamma(4, 26 / 4, 130)
        ratios = rng.gamma(6, 1 / 6, 130)
        table = empirical_bayes(rng.poisson(expected * ratios), expected)
        covered.append((table[LOW] <= ratios) & (ratios <= table[HIGH]))
    # 5 200 areas: three standard errors are 0.0125.
    assert np.mean(covered) == pytest.approx(0.90, abs=0.0125)


def test_it_comes_nearer_to_the_truth_than_the_crude_ratio() -> None:
    rng = np.random.default_rng(3)
    expected, ratios = rng.gamma(4, 7 / 4, 130), rng.gamma(6, 1 / 6, 130)
    table = empirical_bayes(rng.poisson(expected * ratios), expected)
    errors = table[[CRUDE, MEAN]].sub(ratios, axis=0) ** 2
    assert errors[MEAN].mean() < 0.6 * errors[CRUDE].mean()


def test_a_small_area_is_drawn_further() -> None:
    observed, expected = beats(4)
    table = empirical_bayes([*observed, 2, 200], [*expected, 1.0, 100.0]).tail(2)
    assert table[CRUDE].tolist() == [2.0, 2.0]
    small, large = table.iloc[0], table.iloc[1]
    assert small[MEAN] < 1.4
    assert large[MEAN] > 1.7
    assert small[NOTABLE] < 0.5
    assert large[NOTABLE] > 0.9


def test_areas_that_do_not_differ_share_one_ratio() -> None:
    # Counts equal to their expectations show less than chance: the prior is as narrow as it gets.
    table = empirical_bayes(np.full(40, 10), np.full(40, 10.0))
    np.testing.assert_allclose(table[MEAN], 1.0)
    posterior = stats.gamma(10 + 400, scale=1 / (10 + 400))
    np.testing.assert_allclose(table[LOW], posterior.ppf(0.05))


@pytest.mark.parametrize("many", [1, 5, 14])
def test_few_areas_get_a_prior_of_one_event(many: int) -> None:
    observed, expected = np.arange(1, many + 1), np.linspace(2, 9, many)
    table = empirical_bayes(observed, expected)
    common = observed.sum() / expected.sum()
    np.testing.assert_allclose(table[MEAN], (observed + 1) / (expected + 1 / common))


def test_no_event_anywhere() -> None:
    table = empirical_bayes(np.zeros(20), np.full(20, 5.0))
    assert (table[CRUDE] == 0).all()
    np.testing.assert_allclose(table[MEAN], 1 / 105)
    np.testing.assert_allclose(table[HIGH], -np.log(0.05) / 105)
    assert table.notna().all(axis=None)


def test_an_area_with_no_expectation_gets_the_prior_and_does_not_change_it() -> None:
    observed, expected = beats(5)
    alone = empirical_bayes(observed, expected)
    table = empirical_bayes([*observed, 7, 0], [*expected, 0.0, 0.0])
    pd.testing.assert_frame_equal(table.iloc[:-2], alone)
    assert table[CRUDE].tail(2).isna().all()
    assert table[MEAN].tail(2).between(0.8, 1.2).all()
    assert (table[LOW].tail(2) < table[MEAN].tail(2)).all()
    assert table.drop(columns=CRUDE).notna().all(axis=None)


@pytest.mark.parametrize("observed", [[0, 0, 0], [3, 0, 1]])
def test_nothing_expected_anywhere_has_no_ratio(observed: list[int]) -> None:
    assert empirical_bayes(observed, [0.0, 0.0, 0.0]).isna().all(axis=None)


def test_no_area_no_row() -> None:
    table = empirical_bayes([], [])
    assert table.columns.tolist() == COLUMNS
    assert table.empty


def test_the_index_is_kept_and_must_agree() -> None:
    index = pd.Index(["b", "a"])
    observed, expected = pd.Series([1, 2], index=index), pd.Series([1.0, 1.0], index=index)
    assert empirical_bayes(observed, [1.0, 1.0]).index.tolist() == ["b", "a"]
    assert empirical_bayes([1, 2], expected).index.tolist() == ["b", "a"]
    with pytest.raises(InputError, match="align them"):
        empirical_bayes(observed, expected.sort_index())


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="observed holds -1"):
        empirical_bayes([-1, 2], [1, 1])
    with pytest.raises(InputError, match="expected holds nan"):
        empirical_bayes([1, 2], [1, np.nan])
    with pytest.raises(InputError, match="one of each per area"):
        empirical_bayes([1, 2], [1])
    with pytest.raises(UsageError, match="level is 90"):
        empirical_bayes([1], [1], level=90)


def test_shrunk_ratio_is_the_gamma_posterior() -> None:
    counts, expected = np.array([[0, 4], [30, 1]]), np.array([[0.5, 0.5], [2.0, 0.0]])
    ratio = shrunk_ratio(counts, expected, alpha=0.5)
    posterior = stats.gamma(counts + 2, scale=1 / (expected + 2))
    for array, wanted in zip(
        ratio, (posterior.mean(), posterior.ppf(0.05), posterior.ppf(0.95)), strict=True
    ):
        np.testing.assert_allclose(array.ravel()[:3], wanted.ravel()[:3])
        assert array[1, 1] == 1


def test_shrunk_ratio_takes_the_spread_of_the_map() -> None:
    rng = np.random.default_rng(6)
    expected = np.full((60, 60), 0.5)
    counts = rng.poisson(expected * rng.gamma(0.5, 2, expected.shape))
    counts[30, 30] = 12
    alpha = fit_alpha(counts.ravel().astype(float), expected.ravel())
    found, given = shrunk_ratio(counts, expected), shrunk_ratio(counts, expected, alpha=alpha)
    np.testing.assert_array_equal(found, given)
    assert found.rr_shrunk[30, 30] > found.rr_lo90[30, 30] > 5


def test_shrunk_ratio_outside_the_mask_or_without_spread_is_one() -> None:
    counts, expected = np.full((3, 3), 5), np.ones((3, 3))
    mask = np.eye(3, dtype=bool)
    for array in shrunk_ratio(counts, expected, alpha=1.0, mask=mask):
        assert (array[~mask] == 1).all()
        assert (array[mask] > 1).all()
    for array in shrunk_ratio(counts, expected, alpha=0.0):
        assert (array == 1).all()
    with pytest.raises(InputError, match="one shape"):
        shrunk_ratio(counts, expected[:2])


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_alpha_is_found_again(alpha: float) -> None:
    rng = np.random.default_rng(7)
    expected = rng.uniform(0.1, 3, 20_000)
    counts = rng.poisson(expected * rng.gamma(1 / alpha, alpha, expected.size)).astype(float)
    assert fit_alpha(counts, expected) == pytest.approx(alpha, rel=0.08)


def test_alpha_is_where_the_likelihood_of_scipy_peaks() -> None:
    rng = np.random.default_rng(8)
    expected = rng.uniform(0.1, 3, 400)
    counts = rng.poisson(expected * rng.gamma(1, 1, 400)).astype(float)

    def likelihood(alpha: float) -> float:
        return stats.nbinom.logpmf(counts, 1 / alpha, 1 / (1 + alpha * expected)).sum()

    best = fit_alpha(counts, expected)
    assert likelihood(best) > max(likelihood(best * 1.01), likelihood(best / 1.01))
    gap = likelihood(2.0) - likelihood(0.7)
    mine = likelihood_of(counts, expected)
    assert mine(2.0) - mine(0.7) == pytest.approx(gap, rel=1e-9)


def test_alpha_is_zero_without_spread_or_counts() -> None:
    assert fit_alpha(np.full(50, 3.0), np.full(50, 3.0)) == 0
    assert fit_alpha(np.zeros(50), np.full(50, 3.0)) == 0
    assert fit_alpha(np.array([]), np.array([])) == 0


def test_likelihood_runs_into_poisson() -> None:
    counts, expected = np.array([0.0, 3.0, 1.0]), np.array([0.5, 2.0, 1.5])
    likelihood = likelihood_of(counts, expected)
    assert likelihood(1e-6) == pytest.approx(likelihood(0.0), abs=1e-4)
    assert likelihood(0.0) == pytest.approx(3 * np.log(2.0) + np.log(1.5) - 4.0, rel=1e-12)


@pytest.mark.parametrize("cells", [1, 15, 16, 17, 2_000])
@pytest.mark.parametrize("alpha", [1e-4, 0.3, 100.0])
def test_likelihood_term_by_term_however_many_cells_are_empty(cells: int, alpha: float) -> None:
    rng = np.random.default_rng(cells)
    expected = rng.gamma(0.5, 2, cells) + 1e-9
    expected[0] = 1e3
    for counts in (np.zeros(cells), rng.poisson(0.1, cells).astype(float), expected.round()):
        terms = []
        for y, e in zip(counts, expected, strict=True):
            # The ratio of the gamma functions is a product; scipy's logpmf is off in the third
            # decimal here.
            terms += [math.log(1 / alpha + j) for j in range(int(y))]
            terms += [y * math.log(alpha * e), -(y + 1 / alpha) * math.log1p(alpha * e)]
        found = likelihood_of(counts, expected)(alpha)
        assert found == pytest.approx(math.fsum(terms), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("alpha", [0.0, 1e-4, 0.2, 3.0, 100.0])
def test_the_profile_is_the_likelihood_at_its_best_mean(alpha: float) -> None:
    rng = np.random.default_rng(9)
    expected = rng.gamma(1, 3, 60)
    counts = rng.poisson(1.4 * expected * rng.gamma(2, 0.5, 60)).astype(float)
    mean = likeliest_mean(counts, expected, alpha)
    found = profile(counts, expected, *np.unique(counts, return_counts=True), alpha)
    assert found == pytest.approx(likelihood_of(counts, mean * expected)(alpha), rel=1e-10)
    best = optimize.minimize_scalar(
        lambda m: -likelihood_of(counts, m * expected)(alpha), bounds=(0.3, 5), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    assert mean == pytest.approx(best.x, rel=1e-5)
    assert -best.fun <= found + 1e-7


def test_upper_tail_is_the_negative_binomial_of_scipy() -> None:
    counts, mean = (axis.ravel() for axis in np.meshgrid(np.arange(40.0), [0.05, 0.7, 4.0]))
    variance = mean + 0.8 * mean**2
    wanted = stats.nbinom.sf(counts - 1, 1 / 0.8, mean / variance)
    np.testing.assert_allclose(upper_tail(counts, mean, variance), wanted, rtol=1e-9)
    wanted = stats.poisson.sf(counts - 1, mean)
    np.testing.assert_allclose(upper_tail(counts, mean, mean), wanted, rtol=1e-9)
