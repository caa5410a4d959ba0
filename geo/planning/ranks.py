"""How sure a ranking is: the same candidates, ranked in thousands of worlds that may be true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from geo.errors import InputError, UsageError
from geo.planning.candidates import NEEDED, checked_candidates, score_candidates

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.integer[Any]]

__all__ = ["Ranking", "draw_scores", "rank_candidates", "rank_for_every_k", "summarise_ranks"]

_Z90 = float(special.ndtri(0.95))
_EQUAL = 0.6
"""Two candidates are shown as equal unless one is better in more than this share of draws."""


class Ranking(NamedTuple):
    """What `rank_for_every_k` gives.

    `table` is that of `rank_candidates`. `top_counts` tells, for each candidate and each number k
    from 1, in how many draws its rank is k or better: int64, shape (candidates, most).
    """

    table: pd.DataFrame
    top_counts: IntArray


def rank_candidates(
    candidates: pd.DataFrame, *, k: int, harm_spread: float, seed: int, draws: int = 4_000
) -> pd.DataFrame:
    """Score candidates and rank them, with what is known about each rank.

    Parameters
    ----------
    candidates
        As for `score_candidates`. With the columns `n_reports` and `n_confirmed`, counts of the
        past, the ranks are also told that follow from these alone.
    k
        Plans that will be made, for `p_top_k`.
    harm_spread
        Of the weights (`PlanWeights`).
    seed
        Of the random numbers; the same seed gives the same ranks.
    draws
        Worlds to rank in.

    Returns
    -------
    DataFrame
        The columns of `score_candidates`, of `summarise_ranks`, and with past counts
        `rank_raw_reports` and `rank_confirmed_only` (int64, 1 is highest, equal ones share the
        lower number) and `sensitivity_flag`: whether one of these lies outside the 90 % interval
        of the rank.

    Raises
    ------
    InputError
        If a column is missing, or a number is not above zero (a past count: negative).
    UsageError
        If `k` or `draws` is below 1, or `harm_spread` is.
    """
    return rank_for_every_k(
        candidates, k=k, harm_spread=harm_spread, seed=seed, draws=draws, most=1
    ).table


def rank_for_every_k(
    candidates: pd.DataFrame,
    *,
    k: int,
    harm_spread: float,
    seed: int,
    draws: int = 4_000,
    most: int,
) -> Ranking:
    """Rank candidates, and keep what `p_top_k` needs for other numbers of plans.

    Parameters
    ----------
    candidates, k, harm_spread, seed, draws
        As for `rank_candidates`.
    most
        The largest number of plans that may be asked for.

    Returns
    -------
    Ranking
        The table, and counts of draws.

    Raises
    ------
    InputError
        As for `rank_candidates`.
    UsageError
        If `k`, `most` or `draws` is below 1, or `harm_spread` is.
    """
    if most < 1:
        msg = f"most is {most}: it must be the largest number of plans, 1 or more"
        raise UsageError(msg)
    checked_candidates(candidates)
    place = candidates.reset_index(drop=True).sort_values([*NEEDED], kind="stable").index.to_numpy()
    ordered = candidates.iloc[place]  # so that the order of rows has no part in the draws
    drawn = draw_scores(ordered, harm_spread=harm_spread, seed=seed, draws=draws)
    rank = _ranks(drawn)
    reached = _reached(rank)
    ranks = _summary(drawn, rank, reached, beats=ordered["beat_id"], k=k)
    tables = [score_candidates(ordered), ranks]
    if {"n_reports", "n_confirmed"} <= {*candidates.columns}:
        tables.append(_sensitivity(ordered, pd.concat(tables, axis=1)))
    back = np.argsort(place)
    return Ranking(pd.concat(tables, axis=1).iloc[back], _top_counts(reached, most)[back])


def draw_scores(
    candidates: pd.DataFrame, *, harm_spread: float, seed: int, draws: int = 4_000
) -> FloatArray:
    r"""Scores of all candidates in many worlds.

    Parameters
    ----------
    candidates
        As for `score_candidates`.
    harm_spread
        A group's harm lies within this factor of its value in 90 % of worlds; 1 or more.
    seed
        Of the random numbers.
    draws
        Worlds.

    Returns
    -------
    ndarray
        Float64, shape (draws, candidates); 0 where nobody can act.

    Raises
    ------
    InputError
        If a column is missing, or a number is not above zero.
    UsageError
        If `draws` or `harm_spread` is below 1.

    Notes
    -----
    In each world a candidate has a rate from a gamma distribution of mean `volume` and relative
    variance `volume_alpha`, and a share confirmed from its beta distribution. Candidates of one
    group share the error of its harm, a log-normal factor of median 1, and those with one record
    of elimination share a share eliminated. All are independent otherwise.
    """
    _check_draws(draws=draws, harm_spread=harm_spread)
    facts = checked_candidates(candidates)
    rng, many = np.random.default_rng(seed), len(candidates)
    groups, group = np.unique(candidates["category_group"].astype(str), return_inverse=True)
    record = np.column_stack([facts["eliminated_a"], facts["eliminated_b"], group])
    records, which = np.unique(record, axis=0, return_inverse=True)
    scores = rng.standard_gamma(1 / facts["volume_alpha"], (draws, many))
    scores *= rng.beta(facts["confirmed_a"], facts["confirmed_b"], (draws, many))
    error = rng.standard_normal((draws, len(groups))) * (math.log(harm_spread) / _Z90)
    scores *= np.exp(error)[:, group]
    scores *= rng.beta(records[:, 0], records[:, 1], (draws, len(records)))[:, which.ravel()]
    scores *= facts["volume"] * facts["volume_alpha"] * facts["harm"]
    scores *= candidates["actionable"].to_numpy(dtype=bool)
    return scores


def summarise_ranks(drawn: ArrayLike, *, beats: pd.Series, k: int) -> pd.DataFrame:
    """What many rankings have in common.

    Parameters
    ----------
    drawn
        Scores, shape (draws, candidates), as of `draw_scores`.
    beats
        The beat of each candidate.
    k
        Plans that will be made.

    Returns
    -------
    DataFrame
        With the index of `beats`: `rank_median`, `rank_lo90`, `rank_hi90` (the 5 % and 95 %
        quantiles; 1 is highest); `p_top_k`, the share of draws in which the rank is `k` or better;
        `p_best_in_beat`; `score_lo80`, `score_hi80`; `tie_group` (int64, from 1): from the best
        median down, a candidate joins the group of the one that leads it unless that one is better
        in more than 60 % of draws. Candidates of one group are shown as equal.

    Raises
    ------
    InputError
        If the shapes do not fit.
    UsageError
        If `k` is below 1.
    """
    scores = np.asarray(drawn, dtype=np.float64)
    if scores.ndim != 2 or scores.shape[1] != len(beats) or not len(scores):
        msg = (
            f"drawn has shape {scores.shape} for {len(beats)} candidates: give (draws, candidates)"
        )
        raise InputError(msg)
    rank = _ranks(scores)
    return _summary(scores, rank, _reached(rank), beats=beats, k=k)


def _summary(
    scores: FloatArray, rank: IntArray, reached: IntArray, *, beats: pd.Series, k: int
) -> pd.DataFrame:
    """`summarise_ranks` of scores whose ranks are known."""
    if k < 1:
        msg = f"k is {k}: it must be the number of plans, 1 or more"
        raise UsageError(msg)
    draws, many = rank.shape
    low, median, high = (
        # of the ordered ranks the one at the quantile's place
        (reached <= round(share * (draws - 1))).sum(axis=1).astype(np.float64)
        for share in (0.05, 0.50, 0.95)
    )
    table = {
        "rank_median": median,
        "rank_lo90": low,
        "rank_hi90": high,
        "p_top_k": reached[:, min(k, many)] / draws,
        "p_best_in_beat": _best_share(rank, pd.factorize(beats)[0]),
    }
    table["score_lo80"], table["score_hi80"] = _quantiles(scores, 0.10, 0.90)
    table["tie_group"] = _tie_groups(scores, np.argsort(median, kind="stable"))
    return pd.DataFrame(table, index=beats.index)


def _check_draws(*, draws: int, harm_spread: float) -> None:
    if draws < 1:
        msg = f"draws is {draws}: it must be 1 or more, better 4000"
        raise UsageError(msg)
    if not (math.isfinite(harm_spread) and harm_spread >= 1):
        msg = f"harm_spread is {harm_spread}: it must be 1 (certain) or more, such as 2"
        raise UsageError(msg)


def _ranks(scores: FloatArray) -> IntArray:
    """The rank of each candidate in each draw, from 1.

    Equal ones follow in the order of columns, those that never score after all others.
    """
    draws, many = scores.shape
    scored = scores.any(axis=0)
    live = np.flatnonzero(scored)
    falling = -scores if scored.all() else -scores[:, live]
    order = np.argsort(falling, axis=1)  # much faster than a stable order, which only ties need
    ordered = np.take_along_axis(falling, order, axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    if tied.any():
        order[tied] = np.argsort(falling[tied], axis=1, kind="stable")
    found = np.empty(order.shape, dtype=np.int32)
    places = np.broadcast_to(np.arange(1, len(live) + 1, dtype=np.int32), order.shape)
    np.put_along_axis(found, order, places, axis=1)
    if scored.all():
        return found
    rank = np.empty((draws, many), dtype=np.int32)
    rank[:, live] = found
    rank[:, ~scored] = np.arange(len(live) + 1, many + 1)
    return rank


def _reached(rank: IntArray) -> IntArray:
    """In how many draws the rank of each candidate is 0, 1, 2 … or better."""
    many = rank.shape[1]
    cell = np.arange(many, dtype=np.int64) * (many + 1) + rank
    times = np.bincount(cell.ravel(), minlength=many * (many + 1)).reshape(many, many + 1)
    return np.cumsum(times, axis=1, dtype=np.int64)


def _top_counts(reached: IntArray, most: int) -> IntArray:
    """In how many draws each candidate is among the first 1, 2 … `most`."""
    return reached[:, np.minimum(np.arange(1, most + 1), reached.shape[1] - 1)]


def _quantiles(values: NDArray[np.generic], *shares: float) -> list[FloatArray]:
    """Quantiles over the draws, by the value at the nearest place."""
    places = [round(share * (len(values) - 1)) for share in shares]
    ordered = np.partition(values, places, axis=0)
    return [ordered[place].astype(np.float64) for place in places]


def _best_share(rank: IntArray, beat: IntArray) -> FloatArray:
    """The share of draws in which a candidate is the best of its beat."""
    order = np.argsort(beat, kind="stable")
    starts = np.flatnonzero(np.diff(beat[order], prepend=-1))
    share = np.zeros(len(beat))
    if len(beat):
        best = np.minimum.reduceat(rank[:, order], starts, axis=1)
        share[order] = (rank[:, order] == best[:, beat[order]]).mean(axis=0)
    return share


def _tie_groups(scores: FloatArray, order: IntArray) -> IntArray:
    group = np.zeros(len(order), dtype=np.int64)
    number, leader = 0, -1
    for candidate in order:
        if leader < 0 or (scores[:, leader] > scores[:, candidate]).mean() > _EQUAL:
            number, leader = number + 1, int(candidate)
        group[candidate] = number
    return group


def _sensitivity(candidates: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The ranks by counts of the past, all of them or confirmed ones only."""
    actionable = candidates["actionable"].to_numpy(dtype=bool)
    ranks = {}
    for name, column in (("rank_raw_reports", "n_reports"), ("rank_confirmed_only", "n_confirmed")):
        counts = candidates[column].to_numpy(dtype=np.float64)
        if not (np.isfinite(counts) & (counts >= 0)).all():
            msg = f"{column} holds {counts.min()}: it must be finite and not negative"
            raise InputError(msg)
        score = counts * table["harm_weight"] * table["p_eliminated"] * actionable
        ranks[name] = score.rank(ascending=False, method="min").astype(np.int64)
    found = pd.DataFrame(ranks, index=table.index)
    outside = found.lt(table["rank_lo90"], axis=0) | found.gt(table["rank_hi90"], axis=0)
    return found.assign(sensitivity_flag=outside.any(axis=1))
