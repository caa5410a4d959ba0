"""Sums over the 3 x 3 cells around each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["WindowRatio", "touching", "window_ratio", "window_sum"]


class WindowRatio(NamedTuple):
    """What each window holds, what it was expected to hold, and the ratio; float64 arrays.

    Outside the mask the sums are 0 and the ratio is 1; it is 1 too where nothing is expected.
    """

    window_n: FloatArray
    window_expected: FloatArray
    window_rr: FloatArray


def window_sum(values: ArrayLike) -> FloatArray:
    """The sum over each cell and its eight neighbours; beyond the edge lies nothing.

    Parameters
    ----------
    values
        Numbers, shape (rows, columns).

    Returns
    -------
    ndarray
        Float64, of the same shape.
    """
    padded = np.pad(np.asarray(values, dtype=np.float64), 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]


def window_ratio(
    counts: ArrayLike, expected: ArrayLike, *, mask: BoolArray | None = None
) -> WindowRatio:
    """Observed against expected in the 3 x 3 window of each cell.

    Parameters
    ----------
    counts, expected
        Numbers, shape (rows, columns).
    mask
        The cells of the map, boolean; without it all. What lies outside is in no window.

    Returns
    -------
    WindowRatio
        As published in the layer of hot-spot cells.
    """
    inside = np.ones(np.shape(counts), dtype=bool) if mask is None else mask
    n = np.where(inside, window_sum(np.where(inside, counts, 0)), 0.0)
    e = np.where(inside, window_sum(np.where(inside, expected, 0)), 0.0)
    return WindowRatio(n, e, np.divide(n, e, out=np.ones(n.shape), where=e > 0))


def touching(flags: BoolArray) -> BoolArray:
    """The cells that are flagged, or share an edge or a corner with one that is.

    Parameters
    ----------
    flags
        Boolean, shape (rows, columns).

    Returns
    -------
    ndarray
        Boolean, of the same shape.
    """
    return window_sum(flags) > 0
