"""The allocation of plans: against every possible set, and where rules cannot be kept."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from made_candidates import make_candidates

from geo.errors import InputError, UsageError
from geo.planning.allocation import allocate_plans


def made(many: int, *, seed: int, beats: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    candidates = make_candidates(many, seed=seed, beats=beats)
    candidates["rewir_id"] = [f"R-{int(name[2:]) % 3}" for name in candidates["beat_id"]]
    return candidates.assign(score=rng.gamma(1, 10, many) * (rng.random(many) < 0.9))


def by_hand(
    candidates: pd.DataFrame, hours: float, plans: int, exploration: float
) -> tuple[int, int, float]:
    """Rewirs with a plan, plans of exploration and the score of the best of all sets."""
    many = len(candidates)
    sets = (np.arange(2**many)[:, None] >> np.arange(many)) & 1
    beats, rewirs = (pd.get_dummies(candidates[k]).to_numpy() for k in ("beat_id", "rewir_id"))
    spent = sets @ (rewirs * candidates["hours"].to_numpy()[:, None])
    kept = (sets @ beats <= 1).all(axis=1) & (spent <= hours).all(axis=1)
    kept &= (sets.sum(axis=1) <= plans) & (sets @ (candidates["score"] == 0).to_numpy() == 0)
    sets = sets[kept]
    served = (sets @ rewirs > 0).sum(axis=1)
    unknown = sets @ candidates["low_information"].to_numpy(dtype=int)
    score = sets @ candidates["score"].to_numpy()

    def best(explore: int) -> int:
        return int(np.lexsort((score, np.minimum(unknown, explore), served))[-1])

    possible = (candidates["score"] > 0) & (candidates["hours"] <= hours)
    open_beats = candidates.loc[possible & candidates["low_information"], "beat_id"].nunique()
    asked = math.ceil(exploration * sets[best(0)].sum() - 1e-9)
    found = best(min(asked, open_beats))
    return int(served[found]), int(unknown[found]), float(score[found])


@pytest.mark.parametrize("seed", range(12))
def test_no_set_is_better(seed: int) -> None:
    candidates = made(14, seed=seed)
    rng = np.random.default_rng(seed)
    hours, plans = float(rng.choice([16, 24, 40, 48, math.inf])), int(rng.integers(1, 9))
    exploration = float(rng.choice([0.0, 0.1, 0.4]))
    found = allocate_plans(candidates, hours=hours, plans=plans, exploration=exploration)
    chosen = candidates[found.selected]
    rewirs, unknown, score = by_hand(candidates, hours, plans, exploration)
    assert chosen["rewir_id"].nunique() == rewirs
    assert chosen["low_information"].sum() == unknown
    assert found.score == pytest.approx(score)


@pytest.mark.parametrize("seed", range(5))
def test_rules_are_kept(seed: int) -> None:
    candidates = make_candidates(200, seed=seed, beats=60)
    candidates["score"] = candidates["volume"] * candidates["harm"]
    found = allocate_plans(candidates, hours=120, plans=30)
    for name in ("selected", "greedy"):
        chosen = candidates[getattr(found, name)]
        assert chosen["beat_id"].is_unique
        assert chosen["rewir_id"].nunique() == 6
        assert (chosen.groupby("rewir_id")["hours"].sum() <= 120).all()
        assert len(chosen) <= 30
        assert chosen["low_information"].sum() >= 0.1 * len(chosen)
    assert found.greedy_score <= found.score
    assert found.gap == pytest.approx(1 - found.greedy_score / found.score)
    assert (found.rewirs_without, found.exploration_short) == ((), 0)
    assert found.reason.notna().equals(found.selected)


def test_greedy_is_not_always_best() -> None:
    # One large plan fills the hours of the rewir; two smaller ones promise more together.
    candidates = pd.DataFrame(
        {
            "beat_id": ["a", "b", "c"], "rewir_id": "R", "score": [10.0, 9.0, 8.0],
            "hours": [40.0, 20.0, 20.0], "low_information": False,
        }
    )  # fmt: skip
    found = allocate_plans(candidates, hours=40)
    assert found.selected.tolist() == [False, True, True]
    assert found.greedy.tolist() == [True, False, False]
    assert found.gap == pytest.approx(7 / 17)
    assert found.first_left_out == 0
    assert found.exploration_short == 1


def test_reasons_are_told() -> None:
    candidates = pd.DataFrame(
        {
            "beat_id": list("abcdef"), "rewir_id": list("RRRSRR"), "hours": 1.0,
            "score": [10.0, 9.0, 8.0, 1.0, 2.0, 0.0],
            "low_information": [False, False, False, False, True, True],
        },
        index=list("uvwxyz"),
    )  # fmt: skip
    found = allocate_plans(candidates, plans=4)
    assert found.selected[found.selected].index.tolist() == ["u", "v", "x", "y"]
    assert found.reason.to_dict() == {
        "u": "score", "v": "score", "w": None, "x": "only plan of its rewir", "y": "exploration",
        "z": None,
    }  # fmt: skip
    assert found.first_left_out == "w"


def test_rules_that_cannot_be_kept_give_way_and_it_is_told() -> None:
    candidates = made(12, seed=1).assign(score=1.0, low_information=False)
    found = allocate_plans(candidates, plans=2)
    assert found.selected.sum() == 2
    assert len(found.rewirs_without) == 1
    assert found.exploration_short == 1
    none = allocate_plans(candidates, hours=8)
    assert not none.selected.any()
    assert none.rewirs_without == ("R-0", "R-1", "R-2")
    assert (none.score, none.gap) == (0, 0)
    assert not allocate_plans(candidates, plans=0).selected.any()


def test_hours_by_rewir() -> None:
    candidates = made(12, seed=2).assign(score=1.0, hours=10.0)
    found = allocate_plans(candidates, hours={"R-0": 10, "R-1": 0, "R-2": 1e9})
    plans = candidates[found.selected]["rewir_id"].value_counts()
    assert plans.get("R-0") == 1
    assert "R-1" not in plans
    assert found.rewirs_without == ("R-1",)


@pytest.mark.parametrize("score", [[], [5.0], [0.0]])
def test_hardly_a_candidate(score: list[float]) -> None:
    found = allocate_plans(made(len(score), seed=3).assign(score=score))
    assert found.selected.tolist() == [s > 0 for s in score]
    assert found.first_left_out is None
    assert found.rewirs_without == (("R-0",) if score == [0.0] else ())


def test_nonsense_is_refused() -> None:
    candidates = made(3, seed=4)
    with pytest.raises(InputError, match="lack hours"):
        allocate_plans(candidates.drop(columns="hours"))
    with pytest.raises(InputError, match="score holds nan"):
        allocate_plans(candidates.assign(score=np.nan))
    with pytest.raises(UsageError, match="plans is -1"):
        allocate_plans(candidates, plans=-1)
    with pytest.raises(UsageError, match="exploration is 10"):
        allocate_plans(candidates, exploration=10)
    with pytest.raises(UsageError, match="nothing for rewir 'R-1'"):
        allocate_plans(candidates, hours={"R-0": 3})
    with pytest.raises(UsageError, match="hours holds -5"):
        allocate_plans(candidates, hours=-5)
