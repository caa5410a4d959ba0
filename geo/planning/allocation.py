"""Which plans to make, if hours are short: the best set, the plain one, and what was left out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from geo.errors import InputError, UsageError
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["Allocation", "allocate_plans"]

_NEEDED = ("beat_id", "rewir_id", "score", "hours", "low_information")
_SCORE, _REWIR, _EXPLORATION = "score", "only plan of its rewir", "exploration"


class Allocation(NamedTuple):
    """What `allocate_plans` gives; Series have the index of the candidates.

    Attributes
    ----------
    selected
        Booleans: the best set.
    reason
        Text: ``score``, ``only plan of its rewir``, ``exploration`` (a beat of low information
        that would not have been chosen without that rule), or None where not selected.
    greedy
        Booleans: what taking the highest scores in turn would select under the same rules.
    score, greedy_score
        Sums of the two.
    gap
        The share of `score` that the greedy set misses; below zero if it keeps fewer rules.
    first_left_out
        Index label of the highest score in a beat that gets no plan; None if every beat gets one.
    rewirs_without
        Rewirs with candidates that get no plan, because hours or plans do not suffice.
    exploration_short
        Plans of exploration that are missing to the share asked for.
    """

    selected: pd.Series
    reason: pd.Series
    greedy: pd.Series
    score: float
    greedy_score: float
    gap: float
    first_left_out: Any
    rewirs_without: tuple[str, ...]
    exploration_short: int


def allocate_plans(
    candidates: pd.DataFrame,
    *,
    hours: float | Mapping[str, float] = math.inf,
    plans: int | None = None,
    exploration: float = 0.10,
) -> Allocation:
    r"""Choose the plans that promise most, under what can be done.

    Parameters
    ----------
    candidates
        One row per candidate: `beat_id`, `rewir_id`, `score`, `hours` that a plan takes, and
        `low_information`, whether little is known of the beat. A score of 0 is never selected.
    hours
        That a rewir has: one number for all, or by rewir.
    plans
        The most plans that can be made; without it one per beat.
    exploration
        The share of plans for beats of low information, so that these do not stay unknown.

    Returns
    -------
    Allocation
        Empty for no candidates.

    Raises
    ------
    InputError
        If a column is missing, or a number is negative or not finite.
    UsageError
        If `plans` or `hours` is negative, a rewir has no hours, or `exploration` is not a share.

    Notes
    -----
    .. math:: \max \sum_c S_c x_c, \qquad x_c \in \{0, 1\}

    with at most one candidate of each beat, the hours of each rewir, at least one plan for each
    rewir, and as many plans of low information as the share of those made without this rule,
    rounded up; solved to the optimum by HiGHS (Huangfu and Hall 2018, Math. Program. Comput.
    10:119). Of two sets with the same sum either may be chosen. The last two rules give way where
    they cannot be kept: as few rewirs as possible stay without, then as few plans of exploration
    are missing, and both are told.

    A place that is looked at tells more, and would be looked at for ever (Ensign et al. 2018,
    Runaway feedback loops in predictive policing); the share of exploration works against that.
    """
    task = _task(candidates, hours=hours, plans=plans, exploration=exploration)
    chosen = _solve(task)
    asked = math.ceil(exploration * chosen.sum() - 1e-9)
    before, task = chosen, replace(task, explore=min(asked, task.unknown_beats))
    if chosen[task.unknown].sum() < task.explore:
        chosen = _solve(task)
    greedy = _greedy(task)
    best, plain = float(task.score @ chosen), float(task.score @ greedy)
    index = candidates.index
    return Allocation(
        selected=pd.Series(chosen, index=index, name="selected"),
        reason=pd.Series(_reasons(task, chosen, before), index=index, name="reason", dtype=object),
        greedy=pd.Series(greedy, index=index, name="greedy"),
        score=best,
        greedy_score=plain,
        gap=(best - plain) / best if best > 0 else 0.0,
        first_left_out=_first_left_out(task, chosen, index),
        rewirs_without=tuple(
            str(name)
            for number, name in enumerate(task.rewirs)
            if not chosen[task.rewir == number].any()
        ),
        exploration_short=max(0, asked - int(chosen[task.unknown].sum())),
    )


@dataclass(frozen=True, eq=False)
class _Task:
    """The candidates as numbers; beats and rewirs are counted from 0."""

    score: FloatArray
    hours: FloatArray
    beat: IntArray
    rewir: IntArray
    rewirs: pd.Index
    capacity: FloatArray
    unknown: BoolArray
    plans: int
    explore: int = 0

    @property
    def possible(self) -> BoolArray:
        """The candidates that a rewir has the hours for, and that promise anything."""
        return (self.score > 0) & (self.hours <= self.capacity[self.rewir])

    @property
    def unknown_beats(self) -> int:
        """The beats of low information that can have a plan."""
        return len(np.unique(self.beat[self.unknown & self.possible]))


def _task(
    candidates: pd.DataFrame,
    *,
    hours: float | Mapping[str, float],
    plans: int | None,
    exploration: float,
) -> _Task:
    absent = [name for name in _NEEDED if name not in candidates.columns]
    if absent:
        msg = f"the candidates lack {', '.join(absent)}: see allocate_plans"
        raise InputError(msg)
    if plans is not None and plans < 0:
        msg = f"plans is {plans}: it must be the number of plans that can be made"
        raise UsageError(msg)
    if not 0 <= exploration <= 1:
        msg = f"exploration is {exploration}: it must be a share of the plans, such as 0.1"
        raise UsageError(msg)
    beat, beats = pd.factorize(candidates["beat_id"], sort=True)
    rewir, rewirs = pd.factorize(candidates["rewir_id"], sort=True)
    return _Task(
        score=checked_counts(candidates["score"], name="score"),
        hours=checked_counts(candidates["hours"], name="hours"),
        beat=beat,
        rewir=rewir,
        rewirs=pd.Index(rewirs),
        capacity=_capacity(rewirs, hours),
        unknown=candidates["low_information"].to_numpy(dtype=bool),
        plans=len(beats) if plans is None else plans,
    )


def _capacity(rewirs: pd.Index, hours: float | Mapping[str, float]) -> FloatArray:
    try:
        each = [float(hours[name] if not isinstance(hours, int | float) else hours)
                for name in rewirs]  # fmt: skip
    except KeyError as error:
        msg = f"hours has nothing for rewir {error}: give one number, or one for each rewir"
        raise UsageError(msg) from error
    capacity = np.array(each, dtype=np.float64)
    if not (capacity >= 0).all():
        msg = f"hours holds {capacity[~(capacity >= 0)][0]}: a rewir has zero hours or more"
        raise UsageError(msg)
    return capacity


def _solve(task: _Task) -> BoolArray:
    """The best set; what rules are short of is counted by slacks that cost more than all scores."""
    many, sites = len(task.score), len(task.rewirs)
    if not task.possible.any():
        return np.zeros(many, dtype=bool)
    gain = task.score / task.score.max()
    penalty = 1 + gain.sum()
    short = np.r_[np.full(sites, penalty * (1 + task.explore)), penalty]
    rows, low, high = _rules(task)
    result = optimize.milp(
        np.r_[-gain, short],
        constraints=optimize.LinearConstraint(rows, low, high),
        integrality=np.r_[np.ones(many), np.zeros(sites + 1)],
        bounds=optimize.Bounds(0, np.r_[task.possible, np.ones(sites), task.explore]),
        options={"mip_rel_gap": 0.0},
    )
    return np.asarray(result.x[:many] > 0.5)


def _rules(task: _Task) -> tuple[sparse.csr_array, FloatArray, FloatArray]:
    """One row per rule over candidates, a slack for each rewir, and one for exploration."""
    many, sites = len(task.score), len(task.rewirs)
    column, ones = np.arange(many), np.ones(many)
    beats = task.beat.max() + 1
    finite = np.isfinite(task.capacity)
    blocks = [
        sparse.csr_array((ones, (task.beat, column)), shape=(beats, many)),
        sparse.csr_array((task.hours, (task.rewir, column)), shape=(sites, many))[finite],
        sparse.csr_array((ones, (task.rewir, column)), shape=(sites, many)),
        sparse.csr_array(task.unknown[None, :].astype(np.float64)),
        sparse.csr_array(ones[None, :]),
    ]
    slack = sparse.lil_array((sum(block.shape[0] for block in blocks), sites + 1))
    first = beats + int(finite.sum())
    slack[np.arange(first, first + sites), np.arange(sites)] = 1
    slack[first + sites, sites] = 1
    rows = sparse.hstack([sparse.vstack(blocks), slack], format="csr")
    none, free = np.full(first, -np.inf), np.full(sites + 1, np.inf)
    low = np.r_[none, np.ones(sites), task.explore, -np.inf]
    return rows, low, np.r_[np.ones(beats), task.capacity[finite], free, task.plans]


def _greedy(task: _Task) -> BoolArray:
    """The best of each rewir, the best of low information, then the best of all."""
    chosen = np.zeros(len(task.score), dtype=bool)
    spent, busy = np.zeros(len(task.rewirs)), np.zeros(len(task.score), dtype=bool)
    order = np.lexsort((task.beat, -task.score))
    for rule in ("rewir", "explore", "score"):
        for candidate in order:
            rewir = task.rewir[candidate]
            open_rule = {
                "rewir": not chosen[task.rewir == rewir].any(),
                "explore": task.unknown[candidate] and chosen[task.unknown].sum() < task.explore,
                "score": True,
            }[rule]
            fits = spent[rewir] + task.hours[candidate] <= task.capacity[rewir]
            free = task.possible[candidate] and not busy[task.beat[candidate]]
            if open_rule and fits and free and chosen.sum() < task.plans:
                chosen[candidate] = busy[task.beat[candidate]] = True
                spent[rewir] += task.hours[candidate]
    return chosen


def _reasons(task: _Task, chosen: BoolArray, before: BoolArray) -> list[str | None]:
    """Why each candidate was selected."""
    plans = np.bincount(task.rewir[chosen], minlength=len(task.rewirs))
    only = plans[task.rewir] == 1
    added = task.unknown & ~before
    reasons = np.select([~chosen, added, only], ["", _EXPLORATION, _REWIR], _SCORE)
    return [str(reason) or None for reason in reasons]


def _first_left_out(task: _Task, chosen: BoolArray, index: pd.Index) -> Any:
    left = ~np.isin(task.beat, task.beat[chosen]) & (task.score > 0)
    if not left.any():
        return None
    return index[np.lexsort((task.beat, -np.where(left, task.score, -1.0)))[0]]
