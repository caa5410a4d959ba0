"""What holds for any candidates and any counts: of ranks, of allocations and of evaluations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from made_candidates import make_candidates

from geo.planning.allocation import allocate_plans
from geo.planning.displacement import control_dispersion, pooled_ratio, weighted_displacement
from geo.planning.evaluation import observed_against_expected
from geo.planning.ranks import rank_candidates, rank_for_every_k, summarise_ranks

QUICK = settings(deadline=None, max_examples=40)
COUNT = st.integers(0, 2_000)
PAIR = st.tuples(COUNT, COUNT)


@given(st.integers(0, 25), st.integers(0, 1_000), st.integers(1, 30), st.floats(1, 5))
@QUICK
def test_ranks_are_whole_and_shares_add_up(many: int, seed: int, k: int, spread: float) -> None:
    candidates = make_candidates(many, seed=seed, beats=7)
    table = rank_candidates(candidates, k=k, harm_spread=spread, seed=seed, draws=60)
    assert table.notna().all(axis=None)
    assert (table["rank_lo90"] <= table["rank_median"]).all()
    assert (table["rank_median"] <= table["rank_hi90"]).all()
    assert table[["rank_lo90", "rank_hi90"]].isin(range(1, many + 1)).all(axis=None)
    np.testing.assert_allclose(table["p_top_k"].sum(), min(k, many))
    best = table.groupby(candidates["beat_id"])["p_best_in_beat"].sum()
    np.testing.assert_allclose(best, 1)
    assert sorted(set(table["tie_group"])) == list(range(1, table["tie_group"].nunique() + 1))


@given(st.integers(1, 25), st.integers(0, 1_000), st.integers(1, 40))
@QUICK
def test_each_draw_fills_the_first_k_places(many: int, seed: int, most: int) -> None:
    candidates = make_candidates(many, seed=seed, beats=7)
    options = {"harm_spread": 2.0, "seed": seed, "draws": 50}
    counts = rank_for_every_k(candidates, k=1, most=most, **options).top_counts
    filled = np.minimum(np.arange(1, most + 1), many)
    np.testing.assert_array_equal(counts.sum(axis=0), 50 * filled)
    assert (np.diff(counts, axis=1) >= 0).all()
    assert counts.max() <= 50


@given(hnp.arrays(float, st.tuples(st.integers(1, 20), st.just(6)), elements=st.floats(0, 9)))
@QUICK
def test_another_unit_of_harm_changes_no_rank(drawn: np.ndarray) -> None:
    beats = pd.Series(list("aabbcc"))
    one, other = (summarise_ranks(scores, beats=beats, k=2) for scores in (drawn, 4 * drawn))
    pd.testing.assert_frame_equal(one.filter(like="rank"), other.filter(like="rank"))


@given(
    st.integers(0, 25), st.integers(0, 1_000), st.floats(0, 200), st.integers(0, 12),
    st.floats(0, 1),
)  # fmt: skip
@QUICK
def test_an_allocation_keeps_its_limits(
    many: int, seed: int, hours: float, plans: int, exploration: float
) -> None:
    candidates = make_candidates(many, seed=seed, beats=9).assign(score=lambda t: t["volume"])
    found = allocate_plans(candidates, hours=hours, plans=plans, exploration=exploration)
    for chosen in (candidates[found.selected], candidates[found.greedy]):
        assert chosen["beat_id"].is_unique
        assert len(chosen) <= plans
        assert (chosen.groupby("rewir_id")["hours"].sum() <= hours + 1e-6).all()
    assert found.reason.notna().equals(found.selected)
    served = {*candidates[found.selected]["rewir_id"], *found.rewirs_without}
    assert served == {*candidates["rewir_id"]}
    left = {*candidates["beat_id"]} - {*candidates[found.selected]["beat_id"]}
    assert (found.first_left_out is None) == (not left)


@given(PAIR, PAIR, PAIR, PAIR)
@QUICK
def test_treated_and_control_changed_round_turn_the_sign(
    one: tuple[int, int], other: tuple[int, int], ring: tuple[int, int], rest: tuple[int, int]
) -> None:
    change = weighted_displacement(one, other, ring, rest)
    turned = weighted_displacement(other, one, rest, ring)
    assert change.wdd == -turned.wdd
    assert change.se == turned.se
    np.testing.assert_allclose(change.rirr, 1 / turned.rirr)
    assert change.lo95 < change.wdd < change.hi95
    assert 0 < change.rirr_lo95 <= change.rirr <= change.rirr_hi95


@given(
    hnp.arrays(np.int64, 8, elements=COUNT),
    hnp.arrays(float, 8, elements=st.floats(0.1, 500)),
    hnp.arrays(float, 8, elements=st.floats(0, 3)),
)
@QUICK
def test_limits_hold_the_ratio_and_widen_with_doubt(
    observed: np.ndarray, mean: np.ndarray, alpha: np.ndarray
) -> None:
    table = observed_against_expected(observed, mean, alpha)
    assert table.drop(columns="verdict").notna().all(axis=None)
    assert (table["oe_lo95"] <= table["oe_ratio"] * (1 + 1e-9)).all()
    assert (table["oe_ratio"] <= table["oe_hi95"] * (1 + 1e-9)).all()
    unsure = observed_against_expected(observed, mean, alpha + 0.5)
    assert (unsure["oe_hi95"] >= table["oe_hi95"] * (1 - 1e-9)).all()
    assert (unsure["power_20pct"].between(0, 1)).all()


@given(hnp.arrays(np.int64, st.tuples(st.just(2), st.integers(0, 20)), elements=COUNT))
@QUICK
def test_dispersion_is_at_least_that_of_poisson(counts: np.ndarray) -> None:
    assert 1 <= control_dispersion(*counts) < np.inf


@given(hnp.arrays(float, st.tuples(st.just(2), st.integers(1, 20)), elements=st.floats(0.05, 5)))
@QUICK
def test_the_pooled_ratio_lies_among_the_ratios(data: np.ndarray) -> None:
    ratios, errors = data
    pooled = pooled_ratio(ratios, errors)
    assert ratios.min() * (1 - 1e-9) <= pooled.ratio <= ratios.max() * (1 + 1e-9)
    assert pooled.lo95 < pooled.ratio < pooled.hi95
