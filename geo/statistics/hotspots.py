"""Hot spots: cells that hold more episodes than noise around the expectation would give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.errors import InputError, UsageError
from geo.statistics.comparison import benjamini_hochberg
from geo.statistics.dispersion import fit_alpha, upper_tail
from geo.statistics.rates import checked_counts
from geo.statistics.windows import window_sum

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["HotspotTest", "flagged_cells", "hotspot_test"]

_Q_CERTAIN = 0.01


@dataclass(frozen=True, eq=False)
class HotspotTest:
    """What the test says of each cell; arrays of the map's shape.

    Parameters
    ----------
    p_cell, p_window
        p-values of the cell's own count and of the 3 x 3 window around it, at `minimum_effect`.
    p_value
        The two combined: twice the smaller, at most 1.
    q_value
        Benjamini-Hochberg q-values of `p_value` over the cells of the map.
    hot_class
        int64: 99, 95 (hot), 90 (watch) or 0.
    scale
        Text: "cell" or "neighbourhood", whichever has the smaller p-value ("cell" if equal);
        "none" outside the map.
    alpha
        Relative variance of the background.
    q_value_watch
        q-values of the same test at a minimum effect of 1; what class 90 is read from.
    """

    p_cell: FloatArray
    p_window: FloatArray
    p_value: FloatArray
    q_value: FloatArray
    hot_class: NDArray[np.int64]
    scale: NDArray[np.str_]
    alpha: float
    q_value_watch: FloatArray


def hotspot_test(
    counts: ArrayLike,
    *,
    exposure: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    alpha: float | None = None,
    minimum_effect: float = 1.0,
    q_hot: float = 0.05,
    q_watch: float = 0.10,
) -> HotspotTest:
    r"""Test each cell, alone and with its neighbours, against a negative binomial background.

    Parameters
    ----------
    counts
        Episodes per cell: whole numbers, shape (rows, columns).
    exposure
        What each cell's expectation is proportional to, same shape, zero or more; without it every
        cell expects the same.
    mask
        The cells of the map, boolean, same shape; without it all.
    alpha
        Relative variance of the background; without it the likeliest, hot spots included, which
        makes the test careful.
    minimum_effect
        A cell is hot only if it holds more than noise around this many times its expectation.
    q_hot, q_watch
        False discovery rates for the classes 95 and 90. Class 99 is at 0.01.

    Returns
    -------
    HotspotTest
        Outside the map (outside the mask, or where the exposure is zero) every p and q is 1 and
        the class is 0; what was counted there is in no window and no total. Nothing is NaN.

    Raises
    ------
    InputError
        If a number is negative, not finite, or a count is not whole; if shapes differ.
    UsageError
        If `minimum_effect` is below 1, `alpha` is negative, or the rates are not
        0.01 <= `q_hot` <= `q_watch` < 1.

    Notes
    -----
    With :math:`y` the counts and :math:`e` the expectations, which share the sum of the counts in
    proportion to the exposure, a sum :math:`O` over a set of cells is compared with the negative
    binomial of mean and variance

    .. math::
        M = \sum \rho e_j, \qquad V = \sum \rho e_j + \alpha (\rho e_j)^2

    where :math:`\rho` is the minimum effect, once for the cell itself and once for its window;
    :math:`p = \min(1, 2 \min(p_1, p_9))`. The family of Benjamini and Hochberg's correction is
    the map. A cell is in a class only if its own count exceeds its expectation, which trims the
    halo that a window puts around a hot cell:

    ======  ======================================  =====================
    class   minimum effect                          q-value
    ======  ======================================  =====================
    99      `minimum_effect`                        `q_value` <= 0.01
    95      `minimum_effect`                        `q_value` <= `q_hot`
    90      1: more than expected, no matter how    `q_value_watch` <=
            little                                  `q_watch`
    ======  ======================================  =====================

    So with `minimum_effect` = 1 the two q-values are the same, and with a larger one a cell of
    class 90 may have a `q_value` above `q_watch`. Assumes that the exposure is right up to a
    constant and that the background's spread is the same everywhere.
    """
    _check_options(alpha=alpha, minimum_effect=minimum_effect, q_hot=q_hot, q_watch=q_watch)
    y, e, inside = _map(counts, exposure, mask)
    spread = fit_alpha(y[inside], e[inside]) if alpha is None else alpha
    p_cell, p_window, p_value, q_value = _tested(y, e, inside, alpha=spread, effect=minimum_effect)
    same = minimum_effect == 1
    watch = q_value if same else _tested(y, e, inside, alpha=spread, effect=1.0)[-1]
    hot_class = np.zeros(y.shape, dtype=np.int64)
    for value, q, limit in ((90, watch, q_watch), (95, q_value, q_hot), (99, q_value, _Q_CERTAIN)):
        hot_class[(q <= limit) & (y > e)] = value
    scale = np.where(p_cell <= p_window, "cell", "neighbourhood")
    scale[~inside] = "none"
    return HotspotTest(
        p_cell, p_window, p_value, q_value, hot_class, scale, alpha=spread, q_value_watch=watch
    )


def flagged_cells(
    counts: FloatArray,
    expected: FloatArray,
    *,
    inside: BoolArray,
    alpha: float,
    minimum_effect: float = 1.0,
    q: float = 0.05,
) -> BoolArray:
    r"""Which cells `hotspot_test` flags at one rate, without the p-values of the others.

    Parameters
    ----------
    counts, expected
        Float64, shape (rows, columns), zero outside the map, with the same sum.
    inside
        The cells of the map, boolean: where something is expected.
    alpha
        Relative variance of the background.
    minimum_effect
        As in `hotspot_test`.
    q
        False discovery rate, at most 0.5.

    Returns
    -------
    ndarray
        Boolean, of the map's shape: more than expected, and a q-value of at most `q`.

    Notes
    -----
    Exact. A negative binomial of size :math:`r \ge 1` is log-concave, and reaches any whole number
    up to its mean with a probability of at least :math:`1/e` (Alqasem, Aravinda, Marsiglietti and
    Melbourne 2024, SIAM J. Discrete Mathematics 38:93), as Poisson does. So where neither cell nor
    window lies above its mean the p-value is at least :math:`2/e`, beyond any `q`. It then has no
    part in the step of Benjamini and Hochberg but as one of the m tests.
    """
    mean = minimum_effect * expected
    variance = mean + alpha * mean**2
    tails = (
        _small_tail(counts, mean, variance),
        _small_tail(window_sum(counts), window_sum(mean), window_sum(variance)),
    )
    p_value = np.where(inside, 2 * np.minimum(*tails), 1.0)
    small = np.sort(p_value[p_value <= q])
    passed = small * (inside.sum() / np.arange(1, len(small) + 1)) <= q
    limit = small[passed].max(initial=0.0)
    return (p_value <= limit) & (counts > expected)


def _check_options(
    *, alpha: float | None, minimum_effect: float, q_hot: float, q_watch: float
) -> None:
    if not (np.isfinite(minimum_effect) and minimum_effect >= 1):
        msg = f"minimum_effect is {minimum_effect}: it must be 1 or more, such as 1.2"
        raise UsageError(msg)
    if alpha is not None and not (np.isfinite(alpha) and alpha >= 0):
        msg = f"alpha is {alpha}: a relative variance is zero or more"
        raise UsageError(msg)
    if not _Q_CERTAIN <= q_hot <= q_watch < 1:
        msg = f"q_hot is {q_hot} and q_watch {q_watch}: they must be 0.01 <= q_hot <= q_watch < 1"
        raise UsageError(msg)


def _map(
    counts: ArrayLike, exposure: ArrayLike | None, mask: ArrayLike | None
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Counts, expectations that share their sum, and the cells that both are of."""
    y = checked_counts(counts, name="counts")
    weight = np.ones(y.shape) if exposure is None else checked_counts(exposure, name="exposure")
    inside = np.ones(y.shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if y.ndim != 2 or not y.shape == weight.shape == inside.shape:
        shapes = f"counts {y.shape}, exposure {weight.shape}, mask {inside.shape}"
        msg = f"{shapes}: all must be of one shape, (rows, columns)"
        raise InputError(msg)
    if (y != np.floor(y)).any():
        msg = f"counts holds {y[y != np.floor(y)][0]}: episodes are whole numbers"
        raise InputError(msg)
    inside = inside & (weight > 0)
    y, weight = np.where(inside, y, 0.0), np.where(inside, weight, 0.0)
    return y, weight * (y.sum() / max(weight.sum(), np.finfo(float).tiny)), inside


def _tested(
    y: FloatArray, e: FloatArray, inside: BoolArray, *, alpha: float, effect: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """p-values of cell and window, both combined, and the q-values of these."""
    mean = effect * e
    variance = mean + alpha * mean**2
    p_cell = upper_tail(y, mean, variance)
    p_window = upper_tail(window_sum(y), window_sum(mean), window_sum(variance))
    p_window[~inside] = 1.0
    p_value = np.minimum(2 * np.minimum(p_cell, p_window), 1.0)
    q_value = np.ones(y.shape)
    q_value[inside] = benjamini_hochberg(p_value[inside])
    return p_cell, p_window, p_value, q_value


def _small_tail(y: FloatArray, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """`upper_tail` where it may be below 1/e, and 1 elsewhere."""
    doubtful = (y > mean) | (variance - mean > mean**2)
    tail = np.ones(y.shape)
    tail[doubtful] = upper_tail(y[doubtful], mean[doubtful], variance[doubtful])
    return tail
