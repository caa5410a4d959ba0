"""The largest ratio of a scan on each map of chance: the loop that takes the time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from geo.join._compile import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["largest_ratios"]


@compiled
def largest_ratios(
    maps: IntArray, order: IntArray, whole: BoolArray, share: FloatArray, fewest: int
) -> FloatArray:
    """The largest log-likelihood ratio of any circle and window of each map, 0 if there is none.

    Parameters
    ----------
    maps
        Cases, shape (maps, windows, areas).
    order
        Areas by their distance from each centre, shape (centres, widest).
    whole
        Whether a circle ends at this area, same shape.
    share
        Share of the expectation up to and with this area, same shape.
    fewest
        A circle with fewer cases does not count.

    Returns
    -------
    ndarray
        Shape (maps,).
    """
    largest = np.zeros(maps.shape[0])
    for m in range(maps.shape[0]):
        best = 0.0
        for w in range(maps.shape[1]):
            total = maps[m, w].sum()
            for i in range(order.shape[0]):
                c = 0
                for j in range(order.shape[1]):
                    c += maps[m, w, order[i, j]]
                    e = share[i, j] * total
                    # The logarithms are at most this, as ln(1 + u) <= u. Half the circles hold
                    # less than they should: one test that nearly all fail is foreseen, two are not.
                    if total * (c - e) * abs(c - e) <= best * e * (total - e):
                        continue
                    if not whole[i, j] or c < fewest:
                        continue
                    ratio = c * math.log(c / e)
                    if c < total:
                        ratio += (total - c) * math.log((total - c) / (total - e))
                    best = max(best, ratio)
        largest[m] = best
    return largest
