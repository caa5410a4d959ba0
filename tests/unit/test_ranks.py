"""Ranks and how sure they are: against simulated truth, and in cases that leave no doubt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_candidates import make_candidates

from geo.errors import InputError, UsageError
from geo.planning.candidates import score_candidates
from geo.planning.ranks import draw_scores, rank_candidates, summarise_ranks

BEATS = pd.Series(["a", "a", "b", "b"], index=list("wxyz"))


def test_certain_scores_have_certain_ranks() -> None:
    drawn = np.tile([4.0, 1.0, 3.0, 2.0], (50, 1))
    table = summarise_ranks(drawn, beats=BEATS, k=2)
    assert table["rank_median"].tolist() == [1, 4, 2, 3]
    assert table["rank_lo90"].tolist() == table["rank_hi90"].tolist() == [1, 4, 2, 3]
    assert table["p_top_k"].tolist() == [1, 0, 1, 0]
    assert table["p_best_in_beat"].tolist() == [1, 0, 1, 0]
    assert table["tie_group"].tolist() == [1, 4, 2, 3]
    assert table["score_lo80"].tolist() == table["score_hi80"].tolist() == [4, 1, 3, 2]


def test_a_coin_toss_is_shown_as_equal() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.normal([5.0, 5.0, 5.1, 1.0], 0.5, (4_000, 4))
    table = summarise_ranks(drawn, beats=BEATS, k=1)
    assert table["tie_group"].tolist() == [1, 1, 1, 2]
    assert table["p_top_k"].sum() == pytest.approx(1)
    assert table.groupby(BEATS)["p_best_in_beat"].sum().tolist() == pytest.approx([1, 1])
    assert table.loc["z", "rank_hi90"] == 4


def test_draws_have_the_mean_of_the_score() -> None:
    candidates = make_candidates()
    drawn = draw_scores(candidates, harm_spread=1, seed=1, draws=20_000)
    assert drawn.shape == (20_000, 60)
    np.testing.assert_allclose(drawn.mean(axis=0), score_candidates(candidates)["score"], rtol=0.06)
    assert (drawn[:, ~candidates["actionable"]] == 0).all()


def test_the_harm_of_a_group_is_wrong_for_all_of_it() -> None:
    candidates = make_candidates().assign(
        volume_alpha=1e-9, confirmed_a=1e9, confirmed_b=1e9, eliminated_a=9e9, eliminated_b=1e9,
        actionable=True,
    )  # fmt: skip
    logs = np.log(draw_scores(candidates, harm_spread=2, seed=1, draws=8_000))
    groups = candidates["category_group"].to_numpy()
    same = groups[0] == groups
    between = np.corrcoef(logs.T)[0]
    assert (between[same] > 0.99).all()
    assert (np.abs(between[~same]) < 0.05).all()
    # 90 % of draws within a factor of two.
    inside = np.abs(logs[:, 0] - np.log(score_candidates(candidates)["score"].iloc[0])) < np.log(2)
    assert inside.mean() == pytest.approx(0.9, abs=0.015)


def test_what_is_called_ninety_percent_is() -> None:
    """Simulated truth: how often rank intervals hold the true rank, and P(top k) comes true."""
    rng, inside, sure = np.random.default_rng(2), [], []
    for seed in range(30):
        rate = rng.gamma(6, 1 / 6, 30) * 27
        shape = rng.poisson(rate) + 6
        mean = shape / (1 + 6 / 27)  # the posterior of a prior of shape 6 and mean 27
        candidates = make_candidates(30).assign(
            actionable=True, volume=mean, volume_alpha=1 / shape, harm=1.0, confirmed_a=1e7,
            confirmed_b=1e7, category_group="poverty",
        )  # fmt: skip
        table = rank_candidates(candidates, k=5, harm_spread=1, seed=seed, draws=2_000)
        true = pd.Series(rate, index=candidates.index).rank(ascending=False)
        inside.append(true.between(table["rank_lo90"], table["rank_hi90"]))
        sure += list(zip(table["p_top_k"], true <= 5, strict=True))
    assert 0.87 <= np.mean(inside) <= 0.96
    told, came = np.array(sure).T
    for low, high in ((0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 1.01)):
        chosen = (told >= low) & (told < high)
        assert came[chosen].mean() == pytest.approx(told[chosen].mean(), abs=0.08)


def test_the_seed_decides_and_the_order_of_rows_does_not() -> None:
    candidates = make_candidates()
    options = {"k": 10, "harm_spread": 2.0, "draws": 500}
    one = rank_candidates(candidates, seed=1, **options)
    pd.testing.assert_frame_equal(one, rank_candidates(candidates, seed=1, **options))
    assert not one["p_top_k"].equals(rank_candidates(candidates, seed=2, **options)["p_top_k"])
    turned = candidates.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(rank_candidates(turned, seed=1, **options), one.loc[turned.index])


def test_ranks_from_counts_alone_are_told_and_flagged() -> None:
    candidates = make_candidates(4).assign(
        actionable=True, harm=1.0, volume=[40.0, 20.0, 10.0, 5.0], volume_alpha=0.001,
        confirmed_a=1e6, confirmed_b=1e6, category_group="poverty",
        n_reports=[80, 40, 20, 10], n_confirmed=[10, 20, 5, 5],
    )  # fmt: skip
    table = rank_candidates(candidates, k=2, harm_spread=1, seed=1)
    assert table["rank_median"].tolist() == [1, 2, 3, 4]
    assert table["rank_raw_reports"].tolist() == [1, 2, 3, 4]
    assert table["rank_confirmed_only"].tolist() == [2, 1, 3, 3]
    assert table["sensitivity_flag"].tolist() == [True, True, False, True]
    plain = rank_candidates(candidates.drop(columns="n_reports"), k=2, harm_spread=1, seed=1)
    assert "sensitivity_flag" not in plain


@pytest.mark.parametrize("many", [0, 1])
def test_hardly_a_candidate(many: int) -> None:
    table = rank_candidates(make_candidates(many), k=3, harm_spread=2, seed=1, draws=10)
    assert len(table) == many
    assert (table["p_top_k"] == 1).all()
    assert table.notna().all(axis=None)


def test_what_nobody_can_act_on_comes_last() -> None:
    candidates = make_candidates()
    table = rank_candidates(candidates, k=10, harm_spread=2, seed=1, draws=200)
    idle = ~candidates["actionable"]
    assert table.loc[idle, "rank_lo90"].min() > table.loc[~idle, "rank_hi90"].max()
    assert (table.loc[idle, "p_top_k"] == 0).all()


def test_nonsense_is_refused() -> None:
    candidates = make_candidates(3)
    options = {"k": 1, "harm_spread": 2.0, "seed": 1}
    with pytest.raises(UsageError, match="k is 0"):
        rank_candidates(candidates, **options | {"k": 0})
    with pytest.raises(UsageError, match="draws is 0"):
        rank_candidates(candidates, **options, draws=0)
    with pytest.raises(UsageError, match=r"harm_spread is 0\.5"):
        rank_candidates(candidates, **options | {"harm_spread": 0.5})
    with pytest.raises(InputError, match="n_reports holds -1"):
        rank_candidates(candidates.assign(n_reports=[-1, 2, 3]), **options)
    with pytest.raises(InputError, match=r"shape \(5, 3\) for 4 candidates"):
        summarise_ranks(np.ones((5, 3)), beats=BEATS, k=1)
