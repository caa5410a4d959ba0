"""From counts to rates, ratios and changes, each with its interval, or with a note why not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.languages import Texts
from geo.layers.area_counts import COUNTS
from geo.layers.practice import confirmation_rates
from geo.layers.reporting import reporting_columns
from geo.statistics.comparison import benjamini_hochberg, rate_ratio
from geo.statistics.funnel import FEWEST_AREAS, funnel_columns
from geo.statistics.rates import garwood, rate
from geo.statistics.smoothing import ratio_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.layers.area_counts import AreaCounts
    from geo.layers.practice import Practice
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["FEWEST_COMPARED", "LOW_INFORMATION", "NOTES", "statistics"]

LOW_INFORMATION = 10
"""With fewer episodes the interval says more than the number."""

FEWEST_COMPARED = 10
"""With fewer episodes in either of two periods their difference is not tested."""

_NOTES = Texts(
    {
        "unassigned": "in no area of this level: counts only",
        "suppressed": "hidden, because a small number could be read from it",
        "no-residents": "no residents known here",
        "no-streets": "no streets known here",
        "nothing-expected": "the expected number is zero: there is no ratio to it",
        "few-areas": (
            "fewer than ten areas do not tell how much areas always differ: no funnel class"
        ),
        "period-incomplete": (
            "the data do not cover the whole period: not compared with the year before"
        ),
        "no-previous-year": "the data do not cover the same period a year before",
        "previous-year-suppressed": "the number of the year before is hidden",
        "few-times": "fewer than ten reports tell when: no profile of the week",
        "not-judged": "not checked on other grids: stability is judged for the last period only",
        "few-place-days": (
            "fewer than 200 days between first reports and verification: no reporting rate"
        ),
        "no-duplicates": "no duplicate in the city: no reporting rate",
        "base-zero": "no episode a year before: there is no ratio to zero",
        "few-to-compare": (
            "fewer than ten episodes in one of the two periods: ratio and interval, but no test"
        ),
    },
    context="notes",
)
NOTES = _NOTES.everything()
"""Codes of the column `note`; several are joined by a comma."""

_RATES = {
    "rate_per_km2": ("land", 1.0),
    "rate_per_1000": ("residents", 1000.0),
    "rate_per_street_km": ("streets", 1.0),
}
_LIMITS = ("smr_lo95", "smr_hi95")
_SHRUNK = {
    "smr": "smr",
    "smr_eb": "smr_eb",
    "smr_eb_lo90": "smr_eb_lo",
    "smr_eb_hi90": "smr_eb_hi",
    "p_rr_gt_1_5": "p_rr_gt_1_5",
}
_FUNNEL = ("funnel_class", "tau2")
_RATIO = {
    "ratio": "rate_ratio_yoy",
    "ratio_lo": "rate_ratio_lo95",
    "ratio_hi": "rate_ratio_hi95",
    "p_value": "p_value",
}


def statistics(
    counts: AreaCounts,
    table: pd.DataFrame,
    *,
    shares: FloatArray,
    practice: Practice,
    units: Sequence[str],
    periods: Sequence[Period],
    complete: BoolArray,
    shown: BoolArray,
) -> pd.DataFrame:
    """All numbers of one level.

    Parameters
    ----------
    counts
        Shape (areas + 1, periods, groups), the last row being what lies in no area.
    table
        Residents (NaN: unknown), streets (km) and land (km²) of the areas.
    shares
        Share of each area in the expectation, shape (areas, groups).
    practice, units
        The shares that units confirm, and the unit of each area.
    periods
        The periods, in order.
    complete
        Which of them the data cover whole, shape (periods,).
    shown
        Where the counts may be shown, shape (areas, periods). What may not takes no part in any
        statistic, so that nothing can be read back from one.

    Returns
    -------
    DataFrame
        One row per area (the last one unassigned), period and group, in this order. Columns as in
        `geo.layers.schema`; counts are Int64 with NA where hidden.
    """
    size = counts["n_reports"].shape
    area = np.indices(size)[0].ravel()
    assigned = area < len(table)
    seen = np.vstack([shown, np.ones((1, len(periods)), dtype=bool)])
    visible = np.repeat(seen[..., None], size[2], axis=2).ravel()
    ranked = visible & assigned
    numbers: dict[str, object] = {
        name: pd.array(np.where(visible, counts[name].ravel(), 0), dtype="Int64") for name in COUNTS
    }
    for column in numbers.values():
        column[~visible] = pd.NA  # type: ignore[index]
    episodes = np.where(ranked, counts["n_episodes"].ravel(), 0)
    expected = np.where(ranked, counts.expected_confirmed.ravel(), np.nan)
    numbers["n_expected_confirmed"] = expected
    rates = confirmation_rates(counts, practice, units=units, shown=shown)
    numbers |= {name: values.ravel() for name, values in rates.items()}
    numbers |= _denominators(table, area)
    numbers |= _rates(table, area, episodes=episodes, ranked=ranked)
    numbers |= _ratios(counts, shares, shown=shown)
    numbers |= _changes(counts, periods=periods, complete=complete, shown=shown)
    numbers |= reporting_columns(counts.watched, periods=periods, shown=shown)
    numbers["suppressed"] = ~visible
    numbers["low_information"] = ~visible | (counts["n_episodes"].ravel() < LOW_INFORMATION)
    frame = pd.DataFrame(numbers)
    frame["note"] = _notes(frame, complete=complete, size=size, assigned=assigned)
    return frame.drop(columns=["_no_base", "_no_reporting"])


def _denominators(table: pd.DataFrame, area: IntArray) -> dict[str, FloatArray]:
    """NaN for what lies in no area, and for residents that nobody counted."""
    of = {"area_km2": "land", "pop_resident": "residents", "street_km": "streets"}
    return {name: np.append(table[column], np.nan)[area] for name, column in of.items()}


def _rates(
    table: pd.DataFrame, area: IntArray, *, episodes: IntArray, ranked: BoolArray
) -> dict[str, FloatArray]:
    """Episodes per unit; NaN where there is no such unit or the count is not shown."""
    found = {}
    for name, (column, per) in _RATES.items():
        base = np.append(table[column].fillna(0.0), 0.0)[area]
        rates = rate(episodes, np.where(ranked, base, 0.0), per=per)
        for part, end in (("rate", ""), ("rate_lo", "_lo95"), ("rate_hi", "_hi95")):
            found[f"{name}{end}"] = rates[part].to_numpy()
    return found


def _ratios(counts: AreaCounts, shares: FloatArray, *, shown: BoolArray) -> dict[str, object]:
    """Observed to expected, crude, shrunk and classed, fitted apart for each period and group."""
    observed = counts["n_episodes"][:-1]
    expected = shares[:, None, :] * observed.sum(axis=0)
    size = counts["n_reports"].shape
    found = {name: np.full(size, np.nan) for name in ("expected_n", *_LIMITS, *_FUNNEL, *_SHRUNK)}
    found["expected_n"][:-1][shown] = expected[shown]
    for p, g in np.ndindex(size[1:]):
        use = np.flatnonzero(shown[:, p] & (expected[:, p, g] > 0))
        judged = _judged(observed[use, p, g].tobytes(), expected[use, p, g].tobytes())
        for name, values in judged.items():
            found[name][use, p, g] = values
    numbers: dict[str, object] = {name: values.ravel() for name, values in found.items()}
    return numbers | {"funnel_class": pd.array(numbers["funnel_class"], dtype="Int64")}


@lru_cache(maxsize=4096)
def _judged(observed: bytes, expected: bytes) -> dict[str, NDArray[Any]]:
    """The areas of one period and group, worked out once where both faces count the same."""
    y, e = np.frombuffer(observed, np.int64).astype(np.float64), np.frombuffer(expected, np.float64)
    if not len(y):
        return {}
    limits = (bound / e for bound in garwood(y))
    found: dict[str, NDArray[Any]] = dict(zip(_LIMITS, limits, strict=True))
    shrunk = ratio_columns(y, e)
    found |= {name: shrunk[column] for name, column in _SHRUNK.items()}
    if len(y) >= FEWEST_AREAS:
        classed = funnel_columns(y, e)
        found |= {name: classed[name] for name in _FUNNEL}
    return found


def _changes(
    counts: AreaCounts, *, periods: Sequence[Period], complete: BoolArray, shown: BoolArray
) -> dict[str, object]:
    """Against the same period a year before; `_no_base` says why there is nothing to compare."""
    now = counts["n_episodes"]
    seen = np.vstack([shown, np.ones((1, len(periods)), dtype=bool)])
    before, position = np.zeros_like(now), _year_before(periods)
    covered = complete & (position >= 0) & complete[position]
    before[:, covered] = now[:, position[covered]]
    open_before = seen[:, position] | (position < 0)
    known = np.broadcast_to((covered & seen & open_before)[..., None], now.shape)
    compared = known & (before > 0)
    compared[-1] = False  # what lies in no area is no place to compare
    why = np.where(~covered, "no-previous-year", "")
    reason = np.where(covered & ~open_before, "previous-year-suppressed", why)[..., None]
    reason = np.where(known & (before == 0), "base-zero", np.broadcast_to(reason, now.shape))
    previous = pd.array(before.ravel(), dtype="Int64")
    previous[~known.ravel()] = pd.NA
    found: dict[str, object] = {"n_same_period_prev_year": previous, "_no_base": reason.ravel()}
    return found | _year_on_year(now, before, compared)


def _year_on_year(now: IntArray, before: IntArray, compared: BoolArray) -> dict[str, FloatArray]:
    """Ratios with exact intervals; p and q where both periods hold enough for a test.

    The interval is exact at any count, and below a hundred events the way to compare, so it is
    always told. A test of fewer than ten against ten has next to no power and only makes the
    family larger that the q-values are over: the areas of one period and group. The exact
    conditional test is taken, though the E-test has more power (20 to 10: p 0.099 and 0.069),
    because its p is below 0.05 just when the interval beside it leaves out 1.
    """
    ratio = rate_ratio(now[compared], before[compared])
    found = {name: np.full(now.shape, np.nan) for name in (*_RATIO.values(), "q_value")}
    for column, name in _RATIO.items():
        found[name][compared] = ratio[column]
    tested = compared & (np.minimum(now, before) >= FEWEST_COMPARED)
    found["p_value"][~tested] = np.nan
    for p, g in np.ndindex(now.shape[1:]):
        family = tested[:, p, g]
        if family.any():
            found["q_value"][family, p, g] = benjamini_hochberg(found["p_value"][family, p, g])
    return {name: values.ravel() for name, values in found.items()}


def _year_before(periods: Sequence[Period]) -> IntArray:
    """The position of each period's namesake a year before, -1 where the list has none."""
    position = {p.id: i for i, p in enumerate(periods)}
    names = [f"{int(p.id[:4]) - 1}{p.id[4:]}" for p in periods]
    return np.array([position.get(name, -1) for name in names], dtype=np.int64)


def _notes(
    frame: pd.DataFrame, *, complete: BoolArray, size: tuple[int, ...], assigned: BoolArray
) -> NDArray[np.object_]:
    """Why numbers are missing, as codes of `NOTES`; None where none is."""
    whole = complete[np.indices(size)[1].ravel()]
    visible = ~frame["suppressed"].to_numpy()
    plain = assigned & visible
    base, rate = frame["_no_base"].to_numpy(), frame["_no_reporting"].to_numpy()
    reasons = {
        "unassigned": ~assigned,
        "suppressed": ~visible,
        "no-residents": plain & ~(frame["pop_resident"] > 0).to_numpy(),
        "no-streets": plain & ~(frame["street_km"] > 0).to_numpy(),
        "nothing-expected": plain & frame["smr"].isna().to_numpy(),
        "few-areas": plain & (frame["smr"].notna() & frame["tau2"].isna()).to_numpy(),
        "period-incomplete": plain & ~whole,
        **{
            code: plain & whole & (base == code)
            for code in ("no-previous-year", "previous-year-suppressed", "base-zero")
        },
        "few-to-compare": (frame["rate_ratio_yoy"].notna() & frame["p_value"].isna()).to_numpy(),
        **{code: plain & (rate == code) for code in ("few-place-days", "no-duplicates")},
    }
    notes = np.full(len(frame), "", dtype=object)
    for code, applies in reasons.items():
        notes[applies] = [f"{note},{code}" if note else code for note in notes[applies]]
    notes[notes == ""] = None
    return notes
