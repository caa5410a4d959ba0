"""Emerging patterns: whether a hot spot is new, lasting, growing or fading.

Bins that are hot, in the order of time, make a pattern with a name. Which areas may have one is
for a gate to say (`geo.statistics.emerging_map`): among many areas noise makes patterns too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.errors import InputError
from geo.statistics.rates import checked_counts
from geo.statistics.trend import mann_kendall, trend_is_known

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    StrArray = NDArray[np.str_]

__all__ = ["PLAIN_NAMES", "PLAIN_OF", "emerging_pattern"]

PLAIN_OF = {
    "new": "new",
    "consecutive": "new",
    "intensifying": "growing",
    "persistent": "persistent",
    "diminishing": "fading",
    "sporadic": "persistent",
    "oscillating": "persistent",
    "historical": "fading",
    "none": "none",
}
"""The plain word for each pattern. One that comes and goes and is there now counts as lasting."""

PLAIN_NAMES = {
    "persistent": {"en": "persistent", "pl": "stały"},
    "growing": {"en": "growing", "pl": "nasilający się"},
    "new": {"en": "new", "pl": "nowy"},
    "fading": {"en": "fading", "pl": "wygasający"},
    "none": {"en": "none", "pl": "brak"},
}

_P_TREND = 0.05


def emerging_pattern(
    flags: ArrayLike,
    values: ArrayLike,
    *,
    cold: ArrayLike | None = None,
    gate: ArrayLike | None = None,
    events: ArrayLike | None = None,
) -> pd.DataFrame:
    """Name the pattern of hot bins of each area.

    Parameters
    ----------
    flags
        Whether each bin of each area is hot: boolean, shape (areas, bins), bins in the order of
        time. The index of a DataFrame is kept.
    values
        How hot: the numbers that a trend is looked for in, same shape.
    cold
        Whether it is cold, boolean, same shape; without it nothing is.
    gate
        Which areas may have a pattern, boolean, shape (areas,); without it all. See `emerging_map`.
    events
        Events over the whole span, shape (areas,). Where they are fewer than a hundred no trend is
        claimed: what would be intensifying or diminishing is persistent. Without it every area
        counts as having enough.

    Returns
    -------
    DataFrame
        `pattern` and `plain` (text, see below), `mk_z` and `mk_p` (float64, of the Mann-Kendall
        test of the values).

    Raises
    ------
    InputError
        If shapes differ, there is no bin, a flag is not boolean, a value is not finite, or a bin
        is hot and cold.

    Notes
    -----
    Tested in this order; "mostly" is at least nine bins of ten, a trend is significant at 5 %:

    ============  =====================================================  ==========
    pattern       rule                                                   plain
    ============  =====================================================  ==========
    new           the last bin is the only hot one                       new
    consecutive   the last two or more are hot, none before, not mostly  new
    historical    mostly hot, but not the last bin                       fading
    intensifying  mostly hot, and the last bin; values rise              growing
    diminishing   mostly hot, and the last bin; values fall              fading
    persistent    mostly hot, and the last bin; no trend                 persistent
    oscillating   the last bin is hot, an earlier one was cold           persistent
    sporadic      the last bin is hot, never cold                        persistent
    none          everything else                                        none
    ============  =====================================================  ==========

    These are the categories of emerging hot spot analysis as its vendor words them today. Give
    ten bins or more: with fewer, "mostly" means all. The values should not borrow from the bin
    before, as with a neighbour in time: then Mann-Kendall sees trends where there are none.
    """
    hot, x = _flags(flags, name="flags"), np.asarray(values, dtype=np.float64)
    icy = np.zeros(hot.shape, dtype=bool) if cold is None else _flags(cold, name="cold")
    passed = np.ones(len(hot), dtype=bool) if gate is None else _flags(gate, name="gate")
    counted = None if events is None else checked_counts(events, name="events")
    _check_shapes(hot, x, icy, passed, counted)
    trend = mann_kendall(x)
    significant = trend.p < _P_TREND
    if counted is not None:
        significant &= trend_is_known(counted)
    direction = np.where(significant, np.sign(trend.s), 0.0)
    pattern = np.where(passed, _pattern(hot, icy, direction), "none")
    plain = np.array([PLAIN_OF[name] for name in pattern], dtype=np.str_)
    table = {"pattern": pattern, "plain": plain, "mk_z": trend.z, "mk_p": trend.p}
    return pd.DataFrame(table, index=flags.index if isinstance(flags, pd.DataFrame) else None)


def _flags(flags: ArrayLike, *, name: str) -> BoolArray:
    array = np.asarray(flags)
    wrong = ~np.isin(array, (0, 1))
    if wrong.any():
        msg = f"{name} holds {array[wrong][0]}: a flag is true or false"
        raise InputError(msg)
    return array.astype(bool)


def _check_shapes(
    hot: BoolArray, x: FloatArray, icy: BoolArray, passed: BoolArray, events: FloatArray | None
) -> None:
    shapes = f"flags {hot.shape}, values {x.shape}, cold {icy.shape}"
    if hot.ndim != 2 or not hot.shape == x.shape == icy.shape or not hot.shape[1]:
        msg = f"{shapes}: all must be of one shape, (areas, bins), with a bin at least"
        raise InputError(msg)
    for name, array in (("gate", passed), ("events", events)):
        if array is not None and array.shape != hot.shape[:1]:
            msg = f"{name} has shape {array.shape}: give one for each of the {len(hot)} areas"
            raise InputError(msg)
    if (hot & icy).any():
        msg = f"area {np.argwhere(hot & icy)[0][0]} has a bin that is hot and cold: decide for one"
        raise InputError(msg)


def _pattern(hot: BoolArray, icy: BoolArray, trend: FloatArray) -> StrArray:
    """The table of `emerging_pattern`, row by row; `trend` is 1, 0 or -1."""
    bins, many, now = hot.shape[1], hot.sum(axis=1), hot[:, -1]
    mostly = 10 * many >= 9 * bins
    # Once it is on, it stays on: then the hot bins are the last ones, and none is before.
    at_the_end = now & (np.diff(hot.astype(np.int8), axis=1) >= 0).all(axis=1)
    was_cold = icy.any(axis=1)
    rules = {
        "new": now & (many == 1),
        "consecutive": at_the_end & ~mostly,
        "historical": mostly & ~now,
        "intensifying": mostly & (trend > 0),
        "diminishing": mostly & (trend < 0),
        "persistent": mostly,
        "oscillating": now & was_cold,
        "sporadic": now,
    }
    return np.select(list(rules.values()), list(rules), default="none")
