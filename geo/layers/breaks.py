"""Class breaks for maps: fitted once per release, so that a legend stays when a filter moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["METHOD", "RATIO_LIMITS", "class_breaks", "fit_breaks", "join_limits"]

RATIO_LIMITS = (0.1, 0.5, 0.67, 0.8, 1.25, 1.5, 2.0, 10.0)
"""Limits for ratios to the expected: alike in steps on both sides of one, which lies in a class."""

METHOD = (
    "Quantiles of the positive values of all periods, at most five classes, limits rounded to two "
    "significant digits. Class i holds limits[i] <= value < limits[i + 1], the last one its upper "
    "limit too; zero and missing values have no class. <level>.<column> is one legend for every "
    "group: quantiles of all groups, continued by those of all reports; ratios have fixed limits."
)


def fit_breaks(
    table: pd.DataFrame, *, by: list[str], columns: Iterable[str], classes: int = 5
) -> dict[str, list[float]]:
    """Breaks of several columns, fitted apart for each group of rows and over all its periods.

    Parameters
    ----------
    table
        Rows of a layer.
    by
        Columns that part the table, for example ``["level", "category_group"]``.
    columns
        Names of the number columns.
    classes
        At most this many classes.

    Returns
    -------
    dict
        ``<group>.<group>.<column>`` to the limits; groups without a positive value are left out.
    """
    values = {c: table[c].to_numpy(dtype=np.float64, na_value=np.nan) for c in columns}
    found = {}
    for key, rows in table.groupby(by, sort=True).indices.items():
        names = key if isinstance(key, tuple) else (key,)
        for column, numbers in values.items():
            limits = class_breaks(numbers[rows], classes=classes)
            if limits:
                found[".".join((*map(str, names), column))] = limits
    return found


def join_limits(small: list[float], large: list[float]) -> list[float]:
    """Limits of small values, then at most two more of large ones, beyond the last of the small.

    Parameters
    ----------
    small, large
        As `class_breaks` gives them.

    Returns
    -------
    list of float
        Increasing; from the smallest of `small` to the largest of both.
    """
    last = small[-2]
    beyond = [limit for limit in large if limit > last]
    return [*small[:-1], *(beyond[-3:] or small[-1:])]


def class_breaks(values: ArrayLike, *, classes: int = 5) -> list[float]:
    """Limits of classes that hold about equally many of the positive values.

    Parameters
    ----------
    values
        Numbers of any shape; those that are zero, negative or not finite do not count.
    classes
        At most this many; fewer where values repeat.

    Returns
    -------
    list of float
        Increasing, one more than there are classes; empty without a positive value. The first is
        at most the smallest positive value and the last at least the largest.

    Notes
    -----
    Quantiles rather than natural breaks: they do not depend on one extreme beat, and a class never
    stays empty. Rounded to two digits (the ends outward), because a legend is read.
    """
    numbers = np.asarray(values, dtype=np.float64).ravel()
    positive = numbers[np.isfinite(numbers) & (numbers > 0)]
    if not len(positive):
        return []
    inner = np.quantile(positive, np.arange(1, classes) / classes, method="inverted_cdf")
    low, high = _round(positive.min(), np.floor), _round(positive.max(), np.ceil)
    limits = np.unique(_round(inner, np.round))
    limits = limits[(limits > low) & (limits < high)]
    ends = [low, high] if high > low else [low, low]
    return [float(v) for v in (ends[0], *limits, ends[1])]


def _round(values: ArrayLike, how: Callable[[FloatArray], FloatArray]) -> NDArray[np.float64]:
    """Two significant digits; whole numbers below 100 stay as they are."""
    numbers = np.asarray(values, dtype=np.float64)
    digits = 1 - np.floor(np.log10(numbers)).astype(int)
    up = 10.0 ** np.maximum(digits, 0)
    down = 10.0 ** np.maximum(-digits, 0)
    # Dividing whole numbers by a power of ten gives the nearest double, so 0.12 prints as 0.12.
    # The inner rounding takes away what binary fractions add, such as 0.29 * 100 = 28.999….
    whole = how(np.round(numbers * up / down, 9))
    return np.asarray(whole * down / up)
