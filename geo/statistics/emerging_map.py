"""The gate before emerging patterns: which cells may have one, and which of their bins are hot.

A pattern asks for many tests, one for each bin, and noise passes some of them: without a gate 4 %
of the cells of a map of noise get a label. So a cell is labelled only if it stands out in the whole
span or in its last bin, tested over the map; its bins then only say of which kind it is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.errors import InputError
from geo.statistics.comparison import rate_ratio
from geo.statistics.dispersion import fit_alpha, upper_tail
from geo.statistics.emerging import emerging_pattern
from geo.statistics.hotspots import hotspot_test
from geo.statistics.rates import checked_counts
from geo.statistics.windows import touching

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from geo.statistics.hotspots import HotspotTest

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    StrArray = NDArray[np.str_]

__all__ = ["EmergingMap", "emerging_map", "emerging_places"]

_P_BIN = 0.05
_HOT = 95


class EmergingMap(NamedTuple):
    """What `emerging_map` gives; arrays of shape (rows, columns).

    `pattern` and `plain` are text, "none" where the gate is closed; `mk_z` and `mk_p` float64, 0
    and 1 there; `hot_bins` is the number of hot bins (int64, 0 there); `gate` is boolean.
    """

    pattern: StrArray
    plain: StrArray
    mk_z: FloatArray
    mk_p: FloatArray
    hot_bins: IntArray
    gate: BoolArray


def emerging_map(
    counts: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    alpha: float | None = None,
    minimum_effect: float = 1.0,
    whole: HotspotTest | None = None,
) -> EmergingMap:
    r"""Let the cells of a map through the gate, and name the patterns of those that have passed.

    Parameters
    ----------
    counts
        Episodes per bin and cell: whole numbers, shape (bins, rows, columns), bins in the order of
        time, twelve months as a rule.
    exposure
        What each cell's expectation is proportional to, shape (rows, columns), zero or more: the
        learned background of the whole span. Without it every cell expects the same.
    mask
        The cells of the map, boolean, same shape; without it all.
    alpha
        Relative variance of the background over the whole span; without it the likeliest.
    minimum_effect
        As in `hotspot_test`, for the gate.
    whole
        `hotspot_test` of the sum over the bins with all these, where it has been done already.

    Returns
    -------
    EmergingMap
        Patterns, their tests, and the gate.

    Raises
    ------
    InputError
        If there is no bin, a number is negative, not finite, or a count is not whole, or shapes
        differ.
    UsageError
        If `alpha` is negative or `minimum_effect` below 1.

    Notes
    -----
    1. The gate: class 95 of `hotspot_test`, on the sum over the bins or on the last bin alone.
    2. A bin's expectations share its own total, so what the whole city has in common (a season, a
       campaign) is no trend of a cell. A bin without episodes has no hot cell.
    3. The bins' relative variance is the likeliest over all of them, without the cells that stand
       out in the sum and those above expectation that touch them.
    4. A bin is hot at p < 0.05, the p-value being that of `hotspot_test` (twice the smaller of cell
       and window), uncorrected: the gate has done that. No bin knows the one before.
    5. The values are the ratios of observed to expected, of the cell or of its window, whichever
       opened the gate; 1 where nothing is expected. (A standardised excess would rise with the
       total of the bin.) Its events over the whole span tell whether a trend may be claimed.
    6. The later half of the bins holds surely more or less than the earlier one if the exact 95 %
       interval of the ratio of both, each to what it expects, leaves out 1 (`rate_ratio`).

    The gate is our own; on maps of noise less than one cell in two hundred gets a label.
    """
    y = _checked_bins(counts)
    tested = partial(hotspot_test, exposure=exposure, mask=mask, minimum_effect=minimum_effect)
    whole = tested(y.sum(axis=0), alpha=alpha) if whole is None else whole
    y, e = _shared_out(y, exposure, inside=whole.scale != "none")
    spread = _spread(y, e, standing_out=whole.hot_class > 0)
    last = tested(y[-1], alpha=spread)
    gate = (whole.hot_class >= _HOT) | (last.hot_class >= _HOT)
    alone = _scale(whole, last)[gate] == "cell"
    flags, observed, mean = _evidence(y, e, gate, alone=alone, alpha=spread)
    return _on_map(gate, flags, _named(flags, observed, mean))


def emerging_places(
    counts: ArrayLike,
    places: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    mask: ArrayLike | None = None,
) -> pd.DataFrame:
    """Name the pattern of whole hot spots, each a set of cells that have been found to be hot.

    Parameters
    ----------
    counts
        As in `emerging_map`.
    places
        Number of the hot spot that each cell belongs to, from 1, or 0: int, shape (rows, columns).
    exposure, mask
        As in `emerging_map`.

    Returns
    -------
    DataFrame
        One row for each number from 1 to the largest, which is the index `place`: `pattern`,
        `plain`, `mk_z`, `mk_p` as in `emerging_pattern`, and `hot_bins` (int64).

    Raises
    ------
    InputError
        If there is no bin, a number is negative or not finite, or shapes differ.

    Notes
    -----
    Steps 2 to 6 of `emerging_map` on the sums over the cells of a hot spot. That it is one, is the
    gate.
    """
    y, where = _checked_bins(counts), np.asarray(places)
    inside = np.ones(y.shape[1:], dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if where.shape != y.shape[1:] or inside.shape != where.shape:
        shapes = f"counts {y.shape}, places {where.shape}, mask {inside.shape}"
        msg = f"{shapes}: places and mask must have the shape of one bin"
        raise InputError(msg)
    if not np.issubdtype(where.dtype, np.integer) or (where < 0).any():
        msg = (
            f"places are {where.dtype} from {where.min(initial=0)}: number them from 1, 0 for none"
        )
        raise InputError(msg)
    y, e = _shared_out(y, exposure, inside=inside)
    alpha = _spread(y, e, standing_out=where > 0)
    many = int(where.max(initial=0))
    observed, mean, variance = (
        np.array([np.bincount(where.ravel(), bin_.ravel(), many + 1)[1:] for bin_ in array]).T
        for array in (y, e, e + alpha * e**2)
    )
    flags = upper_tail(observed, mean, variance) < _P_BIN
    table = _named(flags, observed, mean)
    table["hot_bins"] = flags.sum(axis=1)
    return table.set_axis(range(1, many + 1)).rename_axis("place")


def _checked_bins(counts: ArrayLike) -> FloatArray:
    y = checked_counts(counts, name="counts")
    if y.ndim != 3 or not len(y):
        msg = f"counts has shape {y.shape}: give one map or more, (bins, rows, columns)"
        raise InputError(msg)
    return y


def _shared_out(
    y: FloatArray, exposure: ArrayLike | None, *, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Counts of the map, and expectations that share the total of each bin."""
    given = 1.0 if exposure is None else checked_counts(exposure, name="exposure")
    weight = np.where(inside, given, 0.0)
    y = np.where(weight > 0, y, 0.0)
    share = weight / max(weight.sum(), np.finfo(float).tiny)
    return y, share * y.sum(axis=(1, 2), keepdims=True)


def _spread(y: FloatArray, e: FloatArray, *, standing_out: BoolArray) -> float:
    """Step 3: the relative variance of the bins."""
    above = y.sum(axis=0) > e.sum(axis=0)
    fitted = (e > 0) & ~(touching(standing_out) & above)
    return fit_alpha(y[fitted], e[fitted])


def _scale(whole: HotspotTest, last: HotspotTest) -> StrArray:
    return np.where(whole.hot_class >= _HOT, whole.scale, last.scale)


def _evidence(
    y: FloatArray, e: FloatArray, gate: BoolArray, *, alone: BoolArray, alpha: float
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Of the cells behind the gate: hot bins, events and their mean, shape (cells, bins)."""
    maps = (y, e, e + alpha * e**2)
    cell = [array[:, gate].T for array in maps]
    window = [_windows_at(array, gate) for array in maps]
    p_value = 2 * np.minimum(upper_tail(*cell), upper_tail(*window))
    observed, mean = (np.where(alone[:, None], cell[i], window[i]) for i in (0, 1))
    return p_value < _P_BIN, observed, mean


def _named(flags: BoolArray, observed: FloatArray, mean: FloatArray) -> pd.DataFrame:
    """Steps 5 and 6, and the patterns."""
    events, change = observed.sum(axis=1), _change(observed, mean)
    return emerging_pattern(flags, _ratio(observed, mean), events=events, change=change)


def _change(observed: FloatArray, mean: FloatArray) -> FloatArray:
    """Step 6: 1, 0 or -1. Where a half expects nothing it holds nothing, and nothing follows."""
    half = observed.shape[1] // 2
    early, late = observed[:, :half].sum(axis=1), observed[:, half:].sum(axis=1)
    least = np.finfo(float).tiny
    found = rate_ratio(
        late,
        early,
        exposure=np.maximum(mean[:, half:].sum(axis=1), least),
        base_exposure=np.maximum(mean[:, :half].sum(axis=1), least),
    )
    up = found["ratio_lo"].to_numpy() > 1
    down = found["ratio_hi"].to_numpy() < 1
    return up.astype(np.float64) - down


def _windows_at(bins: FloatArray, chosen: BoolArray) -> FloatArray:
    """The sums of the 3 x 3 cells around the chosen ones, shape (cells, bins)."""
    padded = np.pad(bins, ((0, 0), (1, 1), (1, 1)))
    row, column = np.nonzero(chosen)
    sums = np.zeros((len(bins), len(row)))
    for north, east in np.ndindex(3, 3):
        sums += padded[:, row + north, column + east]
    return sums.T


def _ratio(observed: FloatArray, mean: FloatArray) -> FloatArray:
    """Step 5, without the last digits: equal ratios are a tie, whatever was added first."""
    ratio = np.divide(observed, mean, out=np.ones(mean.shape), where=mean > 0)
    return ratio.round(9)


def _on_map(gate: BoolArray, flags: BoolArray, found: pd.DataFrame) -> EmergingMap:
    """The rows of a table back in their cells."""
    pattern, plain = (np.full(gate.shape, "none", dtype="U12") for _ in range(2))
    mk_z, mk_p = np.zeros(gate.shape), np.ones(gate.shape)
    hot_bins = np.zeros(gate.shape, dtype=np.int64)
    pattern[gate], plain[gate] = found["pattern"], found["plain"]
    mk_z[gate], mk_p[gate], hot_bins[gate] = found["mk_z"], found["mk_p"], flags.sum(axis=1)
    return EmergingMap(pattern, plain, mk_z, mk_p, hot_bins, gate)
