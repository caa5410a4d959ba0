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

__all__ = ["PLAIN_OF", "emerging_pattern"]

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
"""The plain word for each pattern by itself. See `emerging_pattern` for those that come and go."""

_P_TREND = 0.05
_COME_AND_GO = ("oscillating", "sporadic", "none")
_STRAY = 1
"""Hot bins that chance gives half a year: with six of 5 % each, two or more 3 % of the time."""


def emerging_pattern(
    flags: ArrayLike,
    values: ArrayLike,
    *,
    cold: ArrayLike | None = None,
    gate: ArrayLike | None = None,
    events: ArrayLike | None = None,
    change: ArrayLike | None = None,
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
        claimed: what would be intensifying or diminishing is persistent, and historical is so in
        plain words, unless `change` is -1, for one quiet bin is no end. Without it every area
        counts as having enough.
    change
        1 where the later half of the bins surely holds more than the earlier one, measured by what
        each expects, -1 where it holds less, 0 where nobody can tell: shape (areas,). Without it
        nobody can anywhere. With an odd number of bins the middle one belongs to the later half.

    Returns
    -------
    DataFrame
        `pattern` and `plain` (text, see below), `mk_z` and `mk_p` (float64, of the Mann-Kendall
        test of the values).

    Raises
    ------
    InputError
        If shapes differ, there is no bin, a flag is not boolean, a value is not finite, a change
        is none of the three, or a bin is hot and cold.

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

    In the last three of them hot bins come and go, and one bin that happens to be quiet, the last,
    would leave a place without a word that was hot all year. Behind the gate their plain word is

    * new, if there is surely more in the later half, and at most one hot bin in the earlier one;
    * fading, if there is surely less in the later half, with at most one hot bin, not the last;
    * else persistent, if the last bin is hot or at least half of all are;
    * else none.

    That is where hot bins lie and a ratio with its interval, no trend, so it holds for few events
    as well: below a hundred only what was not there before is new, only what has gone is fading,
    and nothing is growing.
    """
    hot, x = _flags(flags, name="flags"), np.asarray(values, dtype=np.float64)
    icy = np.zeros(hot.shape, dtype=bool) if cold is None else _flags(cold, name="cold")
    passed = np.ones(len(hot), dtype=bool) if gate is None else _flags(gate, name="gate")
    counted = None if events is None else checked_counts(events, name="events")
    turned = np.zeros(len(hot)) if change is None else np.asarray(change, dtype=np.float64)
    _check_shapes(hot, x, icy, passed, counted, turned)
    trend = mann_kendall(x)
    enough = np.ones(len(hot), dtype=bool) if counted is None else trend_is_known(counted)
    direction = np.where((trend.p < _P_TREND) & enough, np.sign(trend.s), 0.0)
    pattern = np.where(passed, _pattern(hot, icy, direction), "none")
    plain = np.where(passed, _plain(pattern, hot, turned, enough=enough), PLAIN_OF["none"])
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
    hot: BoolArray,
    x: FloatArray,
    icy: BoolArray,
    passed: BoolArray,
    events: FloatArray | None,
    change: FloatArray,
) -> None:
    shapes = f"flags {hot.shape}, values {x.shape}, cold {icy.shape}"
    if hot.ndim != 2 or not hot.shape == x.shape == icy.shape or not hot.shape[1]:
        msg = f"{shapes}: all must be of one shape, (areas, bins), with a bin at least"
        raise InputError(msg)
    for name, array in (("gate", passed), ("events", events), ("change", change)):
        if array is not None and array.shape != hot.shape[:1]:
            msg = f"{name} has shape {array.shape}: give one for each of the {len(hot)} areas"
            raise InputError(msg)
    if not np.isin(change, (-1, 0, 1)).all():
        msg = f"change holds {change[~np.isin(change, (-1, 0, 1))][0]}: it is -1, 0 or 1"
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


def _plain(pattern: StrArray, hot: BoolArray, change: FloatArray, *, enough: BoolArray) -> StrArray:
    """The plain word: that of the pattern, or of where the hot bins lie if they come and go."""
    half = hot.shape[1] // 2
    before, after = hot[:, :half].sum(axis=1), hot[:, half:].sum(axis=1)
    now = hot[:, -1]
    lasts = now | (2 * (before + after) >= hot.shape[1])
    rules = {
        "new": (change > 0) & (before <= _STRAY) & (after > 0),
        "fading": (change < 0) & (after <= _STRAY) & ~now & (before > 0),
        "persistent": lasts,
    }
    words = np.array([PLAIN_OF[name] for name in pattern], dtype=np.str_)
    words = np.where((pattern == "historical") & ~enough & (change >= 0), "persistent", words)
    found = np.select(list(rules.values()), list(rules), default="none")
    return np.where(np.isin(pattern, _COME_AND_GO), found, words)
