"""Ranks and how sure they are: against simulated truth, and in cases that leave no doubt."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_candidates import make_candidates

from geo.errors import InputError, UsageError
from geo.planning.candidates import score_candidates
from geo.planning.ranks import (
    draw_scores,
    rank_candidates,
    rank_for_every_k,
    summarise_ranks,
)
from geo.planning.sentences import reason_sentence

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


def test_counts_of_draws_for_every_k_by_brute_force() -> None:
    candidates = make_candidates(25, beats=9).sort_values("beat_id", kind="stable")
    options = {"harm_spread": 2.0, "seed": 4, "draws": 300}
    found = rank_for_every_k(candidates, k=5, most=30, **options)
    assert found.top_counts.shape == (25, 30)
    for k in (1, 5, 20, 25, 30):
        table = rank_candidates(candidates, k=k, **options)
        np.testing.assert_array_equal(found.top_counts[:, k - 1] / 300, table["p_top_k"])
    pd.testing.assert_frame_equal(found.table, rank_candidates(candidates, k=5, **options))
    turned = candidates.sample(frac=1, random_state=2)
    other = rank_for_every_k(turned, k=5, most=30, **options)
    place = candidates.index.get_indexer(turned.index)
    np.testing.assert_array_equal(other.top_counts, found.top_counts[place])
    with pytest.raises(UsageError, match="most is 0"):
        rank_for_every_k(candidates, k=5, most=0, **options)


def test_equal_scores_rank_in_the_order_of_columns() -> None:
    """Against a stable order of plain Python, with ties and with columns that are zero."""
    rng = np.random.default_rng(7)
    scores = rng.integers(0, 4, (200, 12)).astype(float)
    scores[:, [3, 8]] = 0.0
    beats = pd.Series(np.arange(12).astype(str))
    p = summarise_ranks(scores, beats=beats, k=4)["p_top_k"].to_numpy()
    # Columns without any score come last, then rows are ordered by score and column.
    idle = ~scores.any(axis=0)
    counted = np.zeros(12)
    for row in scores:
        first = sorted(range(12), key=lambda c: (idle[c], -row[c], c))[:4]
        counted[first] += 1
    np.testing.assert_allclose(p, counted / 200)


def test_quantiles_of_ranks_are_those_of_the_ordered_draws() -> None:
    rng = np.random.default_rng(8)
    scores = rng.gamma(2, 1, (401, 9))
    table = summarise_ranks(scores, beats=pd.Series(list("abcdefghi")), k=3)
    rank = np.sort((-scores).argsort(axis=1).argsort(axis=1) + 1, axis=0)
    for name, share in (("rank_lo90", 0.05), ("rank_median", 0.5), ("rank_hi90", 0.95)):
        np.testing.assert_array_equal(table[name], rank[round(share * 400)])


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0, "hardly"), (0.04, "hardly"), (0.1, "1 chance in 10"), (0.71, "7 chances in 10"),
     (0.94, "9 chances in 10"), (0.95, "almost surely"), (1.0, "almost surely")],
)  # fmt: skip
def test_a_sentence_says_how_sure_it_is(p: float, words: str) -> None:
    told = {"period": "2026H2", "low": 6, "high": 14, "k": 18, "p_top_k": p,
            "actionable": True, "low_information": False}  # fmt: skip
    english, polish = (reason_sentence(language, **told) for language in ("en", "pl"))
    assert english.startswith("Likely 6–14 confirmed episodes in 2026H2; ")
    assert words in english
    assert "first 18" in english
    assert "pierwszych 18" in polish
    idle = reason_sentence("en", **told | {"actionable": False, "low_information": True})
    assert idle.endswith("beat officer can act on; little is known of this beat.")
    assert "0 chances" not in english
    assert reason_sentence("en", **told | {"low": 0, "high": 0}).startswith("Likely no confirmed")
    assert "Likely 3 confirmed" in reason_sentence("en", **told | {"low": 3, "high": 3})
