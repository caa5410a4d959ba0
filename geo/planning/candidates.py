"""The score of a plan candidate, one factor per reason, so that it explains itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.statistics.forecast import prediction_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["NEEDED", "checked_candidates", "score_candidates"]

_ABOVE_ZERO = (
    "volume", "volume_alpha", "confirmed_a", "confirmed_b", "harm", "eliminated_a", "eliminated_b",
)  # fmt: skip
NEEDED = ("beat_id", "category_group", "actionable", *_ABOVE_ZERO)
"""The columns of a frame of candidates."""


def score_candidates(candidates: pd.DataFrame) -> pd.DataFrame:
    r"""Score candidates for a plan: a problem at a place of a beat.

    Parameters
    ----------
    candidates
        One row per candidate:

        * `beat_id`, `category_group`; `actionable`, whether a beat officer can act on it.
        * `volume` and `volume_alpha`: episodes of the next half-year and the relative variance of
          their rate (`Forecast`).
        * `confirmed_a`, `confirmed_b`: shapes of the beta distribution of the share confirmed.
        * `harm`: day-equivalents of an episode (`PlanWeights.harm_of`).
        * `eliminated_a`, `eliminated_b`: the same for the share of the confirmed that gets
          eliminated (`PlanWeights.solvability`).

    Returns
    -------
    DataFrame
        float64 unless told otherwise, with the index of `candidates`: `forecast_n`, confirmed
        episodes of the next half-year, with `forecast_lo80` and `forecast_hi80` (int64);
        `harm_weight`; `p_eliminated`; `score`, day-equivalents that a plan may save; the four
        contributions below; `score_reference`, one number for all rows.

        A candidate that nobody can act on has the score 0; its contributions say what it would
        have without that.

    Raises
    ------
    InputError
        If a column is missing, or a number is not above zero: leave out what cannot happen.

    Notes
    -----
    .. math:: S = \text{harm} \times E[\text{confirmed episodes}] \times P(\text{eliminated})

    Trend enters through the forecast, and only there. A contribution is the logarithm of a factor
    over its median among the actionable candidates: `contrib_volume`, `contrib_confirmation`,
    `contrib_harm`, `contrib_solvability`. They sum to the logarithm of `score` over
    `score_reference`, the score of a candidate with all four medians. A product of factors never
    changes the order of two candidates because of a third, as TOPSIS and rescaled sums do.
    """
    facts = checked_candidates(candidates)
    factors = {
        "volume": facts["volume"],
        "confirmation": _mean(facts, "confirmed"),
        "harm": facts["harm"],
        "solvability": _mean(facts, "eliminated"),
    }
    actionable = candidates["actionable"].to_numpy(dtype=bool)
    medians = {name: _median(values, actionable) for name, values in factors.items()}
    low, high = prediction_interval(*_confirmed_forecast(facts))
    product = np.prod(list(factors.values()), axis=0)
    table = {
        "forecast_n": factors["volume"] * factors["confirmation"],
        "forecast_lo80": low,
        "forecast_hi80": high,
        "harm_weight": factors["harm"],
        "p_eliminated": factors["solvability"],
        "score": np.where(actionable, product, 0.0),
    }
    for name, values in factors.items():
        table[f"contrib_{name}"] = np.log(values / medians[name])
    table["score_reference"] = np.full(len(candidates), np.prod(list(medians.values())))
    return pd.DataFrame(table, index=candidates.index)


def checked_candidates(candidates: pd.DataFrame) -> dict[str, FloatArray]:
    """The numbers of a frame of candidates, as arrays.

    Parameters
    ----------
    candidates
        As for `score_candidates`.

    Returns
    -------
    dict
        Column name to float64 array, for each column that must be above zero.

    Raises
    ------
    InputError
        If a column is missing, or a number is not above zero.
    """
    absent = [name for name in NEEDED if name not in candidates.columns]
    if absent:
        msg = f"the candidates lack {', '.join(absent)}: a score needs every factor"
        raise InputError(msg)
    facts = {name: candidates[name].to_numpy(dtype=np.float64) for name in _ABOVE_ZERO}
    for name, values in facts.items():
        wrong = ~(np.isfinite(values) & (values > 0))
        if wrong.any():
            where = f"candidate {candidates.index[wrong][0]!r}"
            msg = f"{name} of {where} is {values[wrong][0]}: it must be above 0, or leave it out"
            raise InputError(msg)
    return facts


def _mean(facts: dict[str, FloatArray], name: str) -> FloatArray:
    """The mean of a beta distribution."""
    a, b = facts[f"{name}_a"], facts[f"{name}_b"]
    return a / (a + b)


def _median(values: FloatArray, actionable: NDArray[np.bool_]) -> float:
    chosen = values[actionable] if actionable.any() else values
    return float(np.median(chosen)) if len(chosen) else 1.0


def _confirmed_forecast(facts: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Mean of the confirmed episodes, and the relative variance of their rate."""
    a, b = facts["confirmed_a"], facts["confirmed_b"]
    share = b / (a * (a + b + 1))  # the relative variance of a beta distribution
    return facts["volume"] * a / (a + b), (1 + facts["volume_alpha"]) * (1 + share) - 1
