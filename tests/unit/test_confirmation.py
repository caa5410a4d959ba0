"""Confirmation: the posterior, the model behind it, and three counts that stay together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from geo.errors import InputError, UsageError
from geo.statistics.confirmation import (
    START_RATE,
    STRENGTH,
    beta_posterior,
    confirmation,
    confirmation_model,
)

LOGITS = {"parking": 0.6, "speed": 0.3, "alcohol": -0.5, "litter": 0.0}
EFFECTS = dict(zip("ABCDEFGH", [-0.7, -0.4, -0.2, 0.0, 0.1, 0.3, 0.4, 0.5], strict=True))


def city(seed: int, *, strength: float = 15.0, beats: int = 160) -> pd.DataFrame:
    """Reports of four categories in beats of eight units, some strict and some not."""
    rng = np.random.default_rng(seed)
    beat, category = (axis.ravel() for axis in np.indices((beats, len(LOGITS))))
    unit = np.array(list(EFFECTS))[beat % 8]
    names = np.array(list(LOGITS))[category]
    mean = special.expit([LOGITS[c] + EFFECTS[u] for c, u in zip(names, unit, strict=True)])
    verified = rng.poisson(6, len(beat))
    confirmed = rng.binomial(verified, rng.beta(strength * mean, strength * (1 - mean)))
    return pd.DataFrame(
        {
            "category": names,
            "unit": unit,
            "n_confirmed": confirmed,
            "n_pending": rng.poisson(2, len(beat)),
            "n_unconfirmed": verified - confirmed,
        }
    )


@pytest.mark.parametrize(
    ("confirmed", "verified", "share", "low", "high"),
    [(0, 3, 0.50, 0.34, 0.67), (3, 3, 0.63, 0.47, 0.79), (1, 12, 0.39, 0.26, 0.54),
     (0, 30, 0.23, 0.14, 0.34)],
)  # fmt: skip
def test_few_verified_reports_move_the_mean_a_little(
    confirmed: int, verified: int, share: float, low: float, high: float
) -> None:
    row = beta_posterior([confirmed], [verified], mean=0.58, strength=20).iloc[0]
    assert row.round(2).tolist() == [share, low, high]
    posterior = stats.beta(11.6 + confirmed, 8.4 + verified - confirmed)
    assert row["conf_rate_eb"] == pytest.approx(posterior.mean())
    assert row["conf_rate_lo"] == pytest.approx(posterior.ppf(0.05))
    assert row["conf_rate_hi"] == pytest.approx(posterior.ppf(0.95))


def test_the_posterior_by_summing_over_a_grid_of_shares() -> None:
    shares = np.linspace(0.0005, 0.9995, 1_000)
    weight = stats.beta.pdf(shares, 20 * 0.4, 20 * 0.6) * stats.binom.pmf(4, 9, shares)
    row = beta_posterior([4], [9], mean=0.4).iloc[0]
    assert row["conf_rate_eb"] == pytest.approx((shares * weight).sum() / weight.sum(), rel=1e-6)


def test_pending_reports_get_the_share_of_the_city_not_of_the_unit() -> None:
    counts = city(1)
    table, model = confirmation(counts), confirmation_model(counts)
    by_category = counts.groupby("category")[["n_confirmed", "n_unconfirmed"]].sum()
    verified = by_category.sum(axis=1)
    share = (by_category["n_confirmed"] + STRENGTH * START_RATE) / (verified + STRENGTH)
    pd.testing.assert_series_equal(model.city_rate, share, check_names=False)
    expected = counts["n_confirmed"] + counts["n_pending"] * counts["category"].map(share)
    np.testing.assert_allclose(table["n_expected_confirmed"], expected)
    strict, mild = (table.loc[counts["unit"] == u, "conf_rate_eb"].mean() for u in "AH")
    assert strict < mild - 0.15


def test_three_counts_together() -> None:
    counts = city(2).set_index(pd.Index(range(100, 740), name="row"))
    table = confirmation(counts)
    pd.testing.assert_index_equal(table.index, counts.index)
    assert table.columns.tolist() == ["n_all", "n_confirmed", "n_expected_confirmed",
                                      "conf_rate_eb", "conf_rate_lo", "conf_rate_hi"]  # fmt: skip
    assert (table["n_confirmed"] <= table["n_expected_confirmed"]).all()
    assert (table["n_expected_confirmed"] <= table["n_all"]).all()
    assert (table["conf_rate_lo"] < table["conf_rate_eb"]).all()
    assert (table["conf_rate_eb"] < table["conf_rate_hi"]).all()


def test_an_unconfirmed_report_may_count_a_fifth() -> None:
    counts = city(3)
    more = confirmation(counts, unconfirmed_weight=0.2)["n_expected_confirmed"]
    plain = confirmation(counts)["n_expected_confirmed"]
    np.testing.assert_allclose(more - plain, 0.2 * counts["n_unconfirmed"])


def test_the_model_finds_the_truth_again() -> None:
    found = [confirmation_model(city(seed)) for seed in range(6)]
    effects = pd.concat([model.unit_effect for model in found], axis=1).mean(axis=1)
    np.testing.assert_allclose(effects, pd.Series(EFFECTS), atol=0.12)
    assert np.exp(np.mean([np.log(model.strength) for model in found])) == pytest.approx(
        15, rel=0.3
    )


def test_the_model_sits_where_the_likelihood_of_scipy_peaks() -> None:
    counts = city(4, beats=40)
    model = confirmation_model(counts)
    k, n = counts["n_confirmed"], counts["n_confirmed"] + counts["n_unconfirmed"]

    def likelihood(strength: float, shift: float = 0.0) -> float:
        mean = special.expit(special.logit(model.mean) + shift)
        return stats.betabinom.logpmf(k, n, strength * mean, strength * (1 - mean)).sum()

    best = likelihood(model.strength)
    assert best > likelihood(model.strength * 1.05)
    assert best > likelihood(model.strength / 1.05)
    assert best > likelihood(model.strength, 0.3)
    assert best > likelihood(model.strength, -0.3)


def test_the_interval_covers_the_truth() -> None:
    rng, covered = np.random.default_rng(5), []
    for seed in range(6):
        counts = city(seed)
        mean = special.expit(counts["category"].map(LOGITS) + counts["unit"].map(EFFECTS))
        truth = rng.beta(15 * mean, 15 * (1 - mean))
        verified = counts["n_confirmed"] + counts["n_unconfirmed"]
        confirmed = rng.binomial(verified, truth)
        drawn = counts.assign(n_confirmed=confirmed, n_unconfirmed=verified - confirmed)
        table = confirmation(drawn)
        covered.append((table["conf_rate_lo"] <= truth) & (truth <= table["conf_rate_hi"]))
    # 3 840 rows, and means that are learned, not known.
    assert np.mean(covered) == pytest.approx(0.90, abs=0.03)


def test_few_rows_take_the_strength_that_is_usual() -> None:
    assert confirmation_model(city(6).head(14)).strength == pytest.approx(STRENGTH)
    many = confirmation_model(city(6).head(200)).strength
    assert many != pytest.approx(STRENGTH, abs=0.1)


@pytest.mark.parametrize("strength", [1.0, 1e6])
def test_the_strength_stays_in_its_range(strength: float) -> None:
    assert 5 <= confirmation_model(city(7, strength=strength)).strength <= 1_000


def test_a_category_without_history_starts_from_its_start_rate() -> None:
    counts = city(8)
    waiting = counts.head(1).assign(category="new", n_confirmed=0, n_pending=4, n_unconfirmed=0)
    both = pd.concat([counts, waiting], ignore_index=True)
    given = confirmation(both, start_rates={"new": 0.38}).iloc[-1]
    assert given["n_expected_confirmed"] == pytest.approx(4 * 0.38)
    assert confirmation(both).iloc[-1]["n_expected_confirmed"] == pytest.approx(4 * START_RATE)
    # The unit of this row is strict, and its mean knows it.
    assert given["conf_rate_eb"] < 0.38


def test_nothing_verified_anywhere() -> None:
    counts = city(9).assign(n_confirmed=0, n_unconfirmed=0)
    table = confirmation(counts)
    assert table.notna().all(axis=None)
    np.testing.assert_allclose(table["conf_rate_eb"], START_RATE)
    np.testing.assert_allclose(table["n_expected_confirmed"], START_RATE * counts["n_pending"])


def test_nothing_or_everything_confirmed_stays_inside_zero_and_one() -> None:
    counts = city(10)
    verified = counts["n_confirmed"] + counts["n_unconfirmed"]
    for share in (0, 1):
        table = confirmation(
            counts.assign(n_confirmed=share * verified, n_unconfirmed=(1 - share) * verified)
        )
        assert table.notna().all(axis=None)
        assert table["conf_rate_eb"].between(0, 1, inclusive="neither").all()


def test_no_row_no_row() -> None:
    table = confirmation(city(1).head(0))
    assert table.empty
    assert "conf_rate_eb" in table


def test_the_order_of_rows_plays_no_part() -> None:
    counts = city(11)
    turned = counts.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        confirmation(turned).sort_index(), confirmation(counts), rtol=1e-4
    )


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"n_pending": -1}, InputError, "n_pending holds -1"),
        ({"n_confirmed": np.nan}, InputError, "n_confirmed holds nan"),
        ({"unit": None}, InputError, "unit is empty in 640 rows"),
        ({"category": None}, InputError, "category is empty"),
    ],
)
def test_a_row_that_is_none_is_refused(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        confirmation(city(12).assign(**wrong))


def test_nonsense_is_refused() -> None:
    counts = city(13)
    with pytest.raises(InputError, match="lack unit"):
        confirmation(counts.drop(columns="unit"))
    with pytest.raises(UsageError, match="level is 90"):
        confirmation(counts, level=90)
    with pytest.raises(InputError, match="unconfirmed_weight holds 2"):
        confirmation(counts, unconfirmed_weight=2)
    with pytest.raises(InputError, match=r"start_rates holds 1\.5"):
        confirmation(counts, start_rates={"speed": 1.5})
    with pytest.raises(InputError, match="none above its verified"):
        beta_posterior([3], [2], mean=0.5)
    with pytest.raises(InputError, match="neither may vanish"):
        beta_posterior([1], [2], mean=0.0)
    with pytest.raises(InputError, match="neither may vanish"):
        beta_posterior([1], [2], mean=0.5, strength=0)
