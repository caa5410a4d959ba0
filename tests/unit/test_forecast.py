"""The forecast: against a fit of its own, against simulated futures, and where little is known."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy import optimize, stats

from geo.errors import InputError, UsageError
from geo.statistics.forecast import forecast_counts, log_probability, prediction_interval
from geo.statistics.grid import make_grid
from geo.statistics.priors import (
    equal_prior,
    exposure_prior,
    nearby_areas_prior,
    nearby_cells_prior,
    nearby_exposure_prior,
)

EVEN = 1e9
"""A half-life that lets all bins weigh the same."""


def beats(
    seed: int, *, mean: float = 26, drift: float = 0.05, many: int = 130, swing: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """24 months of counts, and the half-year after them: rates spread, swing, and drift."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(6, 1 / 6, many) * mean / 6
    months = []
    for month in range(30):
        if month % 6 == 0 and drift:
            rate = rate * rng.gamma(1 / drift, drift, many)
        months.append(rng.poisson(rate * (1 + swing * np.cos(month * np.pi / 6))))
    counts = np.array(months).T
    return counts[:, :24], counts[:, 24:].sum(axis=1)


def test_with_even_weights_it_is_the_gamma_posterior() -> None:
    # Another parametrisation, another optimiser, another library's likelihood.
    history, _ = beats(1, drift=0, swing=0)
    y, expected = history[:, :5].sum(axis=1), np.full(130, history[:, :5].sum() / 130)

    def loss(log_prior: np.ndarray) -> float:
        shape, rate = np.exp(log_prior)
        return -stats.nbinom.logpmf(y, shape, rate / (rate + expected)).sum()

    options = {"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2_000}
    found = optimize.minimize(loss, [1.0, 1.0], method="Nelder-Mead", options=options)
    shape, rate = np.exp(found.x)
    forecast = forecast_counts(history[:, :5], horizon=4, half_life=EVEN)
    ratio = (y + shape) / (expected + rate)
    np.testing.assert_allclose(forecast.mean, expected * ratio * 4 / 5, rtol=1e-5)
    np.testing.assert_allclose(forecast.alpha, (1 + 1 / (y + shape)) * 1.05 - 1, rtol=1e-4)
    assert (forecast.drift, forecast.season) == (0.05, 1.0)


@pytest.mark.parametrize("mean", [7, 26, 60])
@pytest.mark.parametrize("drift", [0.0, 0.05, 0.1])
def test_the_interval_covers_what_comes(mean: float, drift: float) -> None:
    covered = []
    for seed in range(12):
        history, came = beats(seed, mean=mean, drift=drift)
        forecast = forecast_counts(history, horizon=6)
        lower, upper = prediction_interval(forecast.mean, forecast.alpha)
        covered.append((lower <= came) & (came <= upper))
    assert 0.75 <= np.mean(covered) <= 0.88


def test_it_beats_last_period_and_its_poisson_interval() -> None:
    errors, scores = [], []
    for seed in range(10):
        history, came = beats(seed, mean=7)
        forecast, last = forecast_counts(history, horizon=6), history[:, -6:].sum(axis=1) + 0.5
        errors.append([((f - came) ** 2).mean() for f in (forecast.mean, last)])
        ours = log_probability(came, forecast.mean, forecast.alpha).mean()
        scores.append([ours, log_probability(came, last, 0 * last).mean()])
    ours, theirs = np.mean(errors, axis=0)
    assert ours < 0.95 * theirs
    assert np.mean(scores, axis=0)[0] > np.mean(scores, axis=0)[1] + 0.3


def test_drift_is_found_on_average() -> None:
    calm, restless = (
        np.mean([forecast_counts(beats(seed, drift=d)[0], horizon=6).drift for seed in range(8)])
        for d in (0.0, 0.1)
    )
    assert calm < 0.02
    assert 0.07 < restless < 0.2


def test_the_season_of_the_same_months_is_expected_again() -> None:
    season = np.tile([2, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2], 2) * 2_000
    history = np.tile(season, (20, 1))
    ahead = forecast_counts(history, horizon=3)
    assert ahead.season == pytest.approx(4 / 3, rel=1e-3)
    np.testing.assert_allclose(ahead.mean, 3 * 4_000, rtol=1e-3)
    # One year does not tell season from chance.
    assert forecast_counts(history[:, :23], horizon=3).season == 1


def test_later_bins_weigh_more() -> None:
    history = np.full((40, 12), 10)
    history[:20, 6:], history[20:, :6] = 0, 0
    even, fading = (forecast_counts(history, horizon=6, half_life=h).mean for h in (EVEN, 3.0))
    np.testing.assert_allclose(even, 30, rtol=0.01)
    assert (fading[20:] > 40).all()
    assert (fading[:20] < 20).all()


def test_the_prior_that_would_have_done_best_is_chosen() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 10_000, (2, 130))
    near = nearby_areas_prior(x, y, bandwidth_m=1_500)
    smooth, rough = np.exp(2 * np.sin(x / 2_000)), rng.gamma(0.5, 2, 130)
    for rate, best in ((smooth, 1), (rough, 0)):
        history = rng.poisson(0.1 * rate[:, None], (130, 24))
        assert forecast_counts(history, horizon=6, priors=[equal_prior, near]).prior == best


def test_a_prior_from_nearby_cells_leaves_out_the_cell_and_keeps_the_edge() -> None:
    grid = make_grid(shapely.box(0, 0, 4_000, 3_000), cell_m=200)
    counts = np.zeros(grid.mask.sum())
    prior = nearby_cells_prior(grid, bandwidth_m=400)
    flat = grid.share[grid.mask] / grid.share.sum()
    np.testing.assert_allclose(prior(counts), flat)
    np.testing.assert_allclose(prior(7.0 * grid.share[grid.mask]), flat, rtol=1e-6)
    counts[150] = 9
    alone = prior(counts)
    assert alone[150] < alone[151]
    assert alone[151] == pytest.approx(alone.max(), rel=0.01)
    assert (alone > 0).all()


def test_priors_from_nearby_areas() -> None:
    x, counts = np.array([0.0, 500.0, 50_000.0]), np.array([4.0, 8.0, 0.0])
    near = nearby_areas_prior(x, 0 * x, bandwidth_m=500)(counts)
    assert near[0] / near[1] == pytest.approx(2, rel=0.05)
    assert near[2] / near[1] == pytest.approx(1, rel=0.05)
    with pytest.raises(UsageError, match="bandwidth_m is 0"):
        nearby_areas_prior(x, x, bandwidth_m=0)


@pytest.mark.parametrize("many", [1, 5, 200])
def test_no_episode_anywhere(many: int) -> None:
    forecast = forecast_counts(np.zeros((many, 24)), horizon=6)
    assert 0 < forecast.mean.sum() < 1
    assert np.isfinite(forecast.alpha).all()


def test_one_place_is_its_own_prior() -> None:
    forecast = forecast_counts([[3, 5, 4, 4]], horizon=2, half_life=EVEN)
    np.testing.assert_allclose(forecast.mean, 8)


def test_no_place_no_forecast() -> None:
    forecast = forecast_counts(np.zeros((0, 24)), horizon=6)
    assert (len(forecast.mean), len(forecast.alpha)) == (0, 0)


def test_a_short_history_takes_the_usual_drift() -> None:
    assert forecast_counts(beats(5)[0][:, :11], horizon=6).drift == 0.05


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_the_interval_has_its_tails(level: float) -> None:
    mean, alpha = np.array([0.01, 0.7, 5.0, 26.0, 300.0, 5.0]), np.array([1, 2, 0.1, 0.3, 0.05, 0])
    lower, upper = prediction_interval(mean, alpha, level=level)
    tail = (1 - level) / 2
    for m, a, low, high in zip(mean, alpha, lower, upper, strict=True):
        chance = stats.nbinom(1 / a, 1 / (1 + a * m)) if a else stats.poisson(m)
        assert chance.cdf(low - 1) < tail <= chance.cdf(low)
        assert chance.cdf(high - 1) < 1 - tail <= chance.cdf(high)


def test_log_probability_is_that_of_scipy() -> None:
    counts, mean = np.arange(8), np.linspace(0.5, 9, 8)
    spread = log_probability(counts, mean, np.full(8, 0.4))
    np.testing.assert_allclose(spread, stats.nbinom.logpmf(counts, 2.5, 1 / (1 + 0.4 * mean)))
    np.testing.assert_allclose(log_probability(counts, mean, 0), stats.poisson.logpmf(counts, mean))
    assert log_probability(1, 0, 0)[0] == -np.inf
    assert log_probability(0, 0, 0)[0] == 0
    assert prediction_interval(0, 0.3)[1][0] == 0


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="history holds -1"):
        forecast_counts([[-1, 2]], horizon=1)
    with pytest.raises(InputError, match=r"history has shape \(2,\)"):
        forecast_counts([1, 2], horizon=1)
    with pytest.raises(InputError, match="with a bin at least"):
        forecast_counts(np.zeros((3, 0)), horizon=1)
    with pytest.raises(UsageError, match="horizon is 0"):
        forecast_counts([[1, 2]], horizon=0)
    with pytest.raises(UsageError, match="half_life is nan"):
        forecast_counts([[1, 2]], horizon=1, half_life=np.nan)
    with pytest.raises(UsageError, match="priors is empty"):
        forecast_counts([[1, 2]], horizon=1, priors=[])
    with pytest.raises(UsageError, match="level is 80"):
        prediction_interval(1, 0.1, level=80)


def test_intervals_are_those_of_scipy_at_every_mean() -> None:
    """Small means are counted out, large ones inverted."""
    rng = np.random.default_rng(21)
    mean = np.concatenate([rng.gamma(0.3, 1.0, 2_000), rng.uniform(0, 40, 500), [0, 30, 31, 4e3]])
    alpha = np.where(rng.random(len(mean)) < 0.3, 0.0, rng.gamma(1, 0.7, len(mean)))
    spread = alpha > 0
    for level in (0.5, 0.8, 0.99):
        limits = prediction_interval(mean, alpha, level=level)
        for limit, chance in zip(limits, ((1 - level) / 2, (1 + level) / 2), strict=True):
            wanted = np.maximum(stats.poisson.ppf(chance, mean), 0)
            size = 1 / alpha[spread]
            wanted[spread] = stats.nbinom.ppf(chance, size, size / (size + mean[spread]))
            np.testing.assert_array_equal(limit, wanted)


def test_months_ahead_have_their_own_season() -> None:
    """Twice as much in the second half of the year: it depends on which half is forecast."""
    year = np.r_[np.full(6, 20), np.full(6, 40)]
    history = np.tile(year, (20, 2))
    now, later = (forecast_counts(history, horizon=6, ahead=ahead) for ahead in (0, 6))
    assert later.mean.sum() / now.mean.sum() == pytest.approx(2, rel=0.05)
    plain = forecast_counts(history, horizon=6)
    np.testing.assert_array_equal(now.mean, plain.mean)
    assert now.season < 1 < later.season


def test_drift_is_learned_across_a_gap() -> None:
    """Forecasting further ahead is judged further ahead, and a history may be too short for it."""
    rng = np.random.default_rng(5)
    walk = np.exp(np.cumsum(rng.normal(0, 0.25, (60, 24)), axis=1))
    history = rng.poisson(20 * walk)
    near, far = (forecast_counts(history, horizon=6, ahead=ahead) for ahead in (0, 6))
    assert far.drift > near.drift > 0.05
    assert forecast_counts(history, horizon=6, ahead=13).drift == 0.05


def test_a_prior_of_exposure_has_its_proportions() -> None:
    exposure = np.array([1.0, 3.0, 0.0, 6.0])
    found = exposure_prior(exposure)(np.array([5.0, 0.0, 9.0, 1.0]))
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(found, 0.98 * exposure / 10 + 0.02 / 4)
    assert (found > 0).all()


def test_a_prior_of_exposure_and_neighbours_by_hand() -> None:
    """Two places near each other, one far off; the small one has a share of what is near."""
    exposure, x, y = np.array([8.0, 1.0, 1.0]), np.array([0.0, 500, 90_000]), np.zeros(3)
    counts = np.array([30.0, 0.0, 0.0])
    found = nearby_exposure_prior(exposure, x, y, bandwidth_m=500)(counts)
    expected = 30 * (0.98 * exposure / 10 + 0.02 / 3)
    near = np.exp(-0.5)
    ratio = np.array([3 / (near * expected[1] + 3), (near * 30 + 3) / (near * expected[0] + 3), 1])
    wanted = exposure * ratio
    np.testing.assert_allclose(found, 0.98 * wanted / wanted.sum() + 0.02 / 3)
    other = nearby_exposure_prior(exposure, x, y, bandwidth_m=500)(counts * [0, 1, 1])
    assert np.isfinite(other).all()


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, float("nan")])
def test_a_kernel_needs_a_width(bandwidth: float) -> None:
    with pytest.raises(UsageError, match="bandwidth_m"):
        nearby_exposure_prior([1.0], [0.0], [0.0], bandwidth_m=bandwidth)


def test_the_past_does_not_begin_in_the_future() -> None:
    with pytest.raises(UsageError, match="ahead is -1"):
        forecast_counts(np.ones((3, 12)), horizon=6, ahead=-1)
