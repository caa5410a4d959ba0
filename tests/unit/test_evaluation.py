"""What came of plans: no effect is seldom called one, and selection does not look like success."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geo.errors import InputError, UsageError
from geo.planning.displacement import (
    control_dispersion,
    pooled_ratio,
    weighted_displacement,
)
from geo.planning.evaluation import evaluate_plans, observed_against_expected
from geo.statistics.forecast import forecast_counts
from geo.statistics.rates import garwood


def test_the_limits_are_where_the_tails_are_two_and_a_half_percent() -> None:
    observed, mean, alpha = (
        np.array([0, 3, 26, 80]),
        np.full(4, 20.0),
        np.array([0.1, 0.2, 0.05, 1]),
    )
    table = observed_against_expected(observed, mean, alpha)

    def chance(effect: pd.Series) -> object:
        return stats.nbinom(1 / alpha, 1 / (1 + alpha * effect * mean))

    np.testing.assert_allclose(chance(table["oe_lo95"]).sf(observed - 1)[1:], 0.025, rtol=1e-6)
    np.testing.assert_allclose(chance(table["oe_hi95"]).cdf(observed), 0.025, rtol=1e-6)
    assert table["oe_lo95"].iloc[0] == 0
    np.testing.assert_allclose(table["oe_ratio"], observed / 20)


def test_a_certain_forecast_has_garwoods_limits() -> None:
    observed = np.array([0, 5, 40])
    table = observed_against_expected(observed, np.full(3, 10.0), np.zeros(3))
    for column, limit in zip(("oe_lo95", "oe_hi95"), garwood(observed), strict=True):
        np.testing.assert_allclose(table[column], limit / 10)


@pytest.mark.parametrize("alpha", [0.02, 0.2])
def test_power_is_the_share_of_true_falls_called_better(alpha: float) -> None:
    rng, mean = np.random.default_rng(1), 150.0
    came = rng.poisson(0.8 * mean * rng.gamma(1 / alpha, alpha, 20_000))
    table = observed_against_expected(came, np.full(20_000, mean), np.full(20_000, alpha))
    assert (table["verdict"] == "likely better").mean() == pytest.approx(
        table["power_20pct"].iloc[0], abs=0.01
    )
    nothing = rng.poisson(mean * rng.gamma(1 / alpha, alpha, 20_000))
    table = observed_against_expected(nothing, np.full(20_000, mean), np.full(20_000, alpha))
    assert (table["verdict"] != "cannot tell").mean() <= 0.05


def test_beats_chosen_because_they_were_high_are_not_called_a_success() -> None:
    """No plan has any effect. Before and after says a fall; against the forecast there is none."""
    raw, expected, called = [], [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        rate = rng.gamma(6, 1 / 6, 130) * 26 / 6
        history = rng.poisson(rate[:, None], (130, 24))
        after = rng.poisson(6 * rate)
        before = history[:, -6:].sum(axis=1)
        chosen = np.argsort(-before)[:20]
        forecast = forecast_counts(history, horizon=6)
        raw.append(after[chosen].sum() / before[chosen].sum())
        expected.append(after[chosen].sum() / forecast.mean[chosen].sum())
        table = observed_against_expected(
            after[chosen], forecast.mean[chosen], forecast.alpha[chosen]
        )
        called.append(table["verdict"] != "cannot tell")
    assert np.mean(raw) < 0.93
    assert np.mean(expected) == pytest.approx(1, abs=0.02)
    assert np.mean(called) <= 0.05


def test_a_row_per_plan_with_all_measures() -> None:
    plans = pd.DataFrame(
        {
            "t0": [100, 20, 0], "t1": [80, 10, 3], "expected_no_plan": [98.0, 15.0, 2.0],
            "alpha": [0.02, 0.1, 0.3], "c0": [100, 20, 50], "c1": [90, 20, 0],
        },
        index=["p1", "p2", "p3"],
    )  # fmt: skip
    table = evaluate_plans(plans)
    assert table.index.tolist() == ["p1", "p2", "p3"]
    assert table.loc["p1", ["wdd", "rirr"]].round(3).tolist() == [-10, 0.889]
    assert table["verdict"].tolist() == ["cannot tell"] * 3
    assert table["wdq"].tolist() == [None] * 3
    assert table.drop(columns="wdq").notna().all(axis=None)
    assert (table["expected_lo80"] <= plans["expected_no_plan"]).all()
    ring = plans.assign(buffer_d0=[100, 0, 0], buffer_d1=[95, 0, 0], phi=2.0)
    wider = evaluate_plans(ring)
    assert wider.loc["p1", "wdq"] == pytest.approx((95 / 90 - 1) / (80 / 90 - 1))
    assert wider.loc["p2", "wdd_se"] == pytest.approx(np.sqrt(2 * 70))
    assert (wider["rirr_hi95"] > table["rirr_hi95"]).all()
    assert evaluate_plans(plans.head(0)).columns.tolist() == table.columns.tolist()


def test_a_zero_does_not_break_a_ratio() -> None:
    change = weighted_displacement((5, 0), (20, 20))
    assert change.rirr == pytest.approx((0.5 / 5.5) / 1)
    assert np.isfinite(change[5:]).all()
    nothing = weighted_displacement((0, 0), (0, 0), (0, 0), (0, 0))
    # Eight counts of none: a variance of half an episode each, so a standard error of two.
    assert nothing[:4] == pytest.approx((0, 2, -1.959964 * 2, 1.959964 * 2))
    assert nothing[4] is None
    assert nothing.rirr == 1


def test_the_limits_of_the_rate_ratio_cover_it() -> None:
    rng, covered = np.random.default_rng(4), []
    for t0, t1, c0, c1 in rng.poisson([60, 42, 120, 120], (2_000, 4)):
        change = weighted_displacement((t0, t1), (c0, c1))
        covered.append(
            (change.rirr_lo95 <= 0.7 <= change.rirr_hi95, change.lo95 <= -18 <= change.hi95)
        )
    np.testing.assert_allclose(np.mean(covered, axis=0), 0.95, atol=0.015)


def test_dispersion_of_controls() -> None:
    rng = np.random.default_rng(5)
    calm = [control_dispersion(*rng.poisson(30, (2, 40))) for _ in range(50)]
    assert 1 <= np.mean(calm) < 1.2
    restless = rng.poisson(30 * rng.gamma(5, 0.2, (2, 400)))
    assert control_dispersion(*restless) == pytest.approx(1 + 30 * 0.2, rel=0.3)
    assert control_dispersion([5], [9]) == control_dispersion([], []) == 1
    assert control_dispersion([0, 0], [3, 4]) == 1


def test_pooling() -> None:
    same = pooled_ratio([0.8, 0.8, 0.8], [0.2, 0.2, 0.2])
    assert same.ratio == pytest.approx(0.8)
    assert same.tau2 == 0
    assert np.log(same.hi95 / same.lo95) == pytest.approx(2 * 1.959964 * 0.2 / np.sqrt(3), rel=1e-5)
    # By hand: weights 100, 25, 100, Q = 5.5561, C = 136.11.
    logs, s = np.array([-0.4, 0.0, 0.0]), np.array([0.1, 0.2, 0.1])
    mixed = pooled_ratio(np.exp(logs), s)
    weight = 1 / s**2
    q = (weight * (logs - weight @ logs / weight.sum()) ** 2).sum()
    tau2 = (q - 2) / (weight.sum() - (weight**2).sum() / weight.sum())
    assert mixed.tau2 == pytest.approx(tau2)
    again = 1 / (s**2 + tau2)
    assert np.log(mixed.ratio) == pytest.approx(again @ logs / again.sum())
    assert pooled_ratio([0.5], [0.3]).tau2 == 0


def test_many_plans_tell_what_one_cannot() -> None:
    rng, hits = np.random.default_rng(6), 0
    for _ in range(100):
        t0, c0 = rng.poisson(26, 20), rng.poisson(260, 20)
        t1, c1 = rng.poisson(0.8 * 26, 20), rng.poisson(260, 20)
        changes = [weighted_displacement(p[:2], p[2:]) for p in zip(t0, t1, c0, c1, strict=True)]
        errors = [np.sqrt(1 / p[0] + 1 / p[1] + 1 / p[2] + 1 / p[3])
                  for p in zip(t0, t1, c0, c1, strict=True)]  # fmt: skip
        hits += pooled_ratio([c.rirr for c in changes], errors).hi95 < 1
    assert hits >= 70


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="treated has shape"):
        weighted_displacement((1, 2, 3), (1, 2))
    with pytest.raises(InputError, match="control holds -1"):
        weighted_displacement((1, 2), (-1, 2))
    with pytest.raises(UsageError, match="displacement_control is given without"):
        weighted_displacement((1, 2), (1, 2), displacement_control=(1, 2))
    with pytest.raises(UsageError, match=r"phi is 0\.5"):
        weighted_displacement((1, 2), (1, 2), phi=0.5)
    with pytest.raises(InputError, match="lack c1"):
        evaluate_plans(pd.DataFrame(columns=["t0", "t1", "expected_no_plan", "alpha", "c0"]))
    with pytest.raises(InputError, match="mean of plan 0 is 0"):
        observed_against_expected([1], [0], [0.1])
    with pytest.raises(InputError, match="one of each per plan"):
        observed_against_expected([1, 2], [1], [0.1])
    with pytest.raises(InputError, match="for one plan up"):
        pooled_ratio([], [])
    with pytest.raises(InputError, match="is 0: leave that plan out"):
        pooled_ratio([1.0], [0.0])
    with pytest.raises(InputError, match="one of each per beat"):
        control_dispersion([1], [1, 2])
