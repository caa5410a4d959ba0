"""When in the week it happens, as published: shares of 168 hours in one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST_TIMES", "profile_texts"]

LEAST_TIMES = 10
"""With fewer reports that tell a time there is no profile."""

_STEPS = 10_000
_TEXTS = np.array(["0", *(f"{k / _STEPS:.4f}" for k in range(1, _STEPS + 1))], dtype=object)


def profile_texts(hours: NDArray[np.float64]) -> list[str]:
    """The share of each hour of the week, in steps of 0.0001.

    Parameters
    ----------
    hours
        Weights from Monday and midnight, shape (n, 7, 24); each week has some.

    Returns
    -------
    list of str
        168 numbers, joined by commas; what rounds to nothing is ``0``.
    """
    weeks = hours.reshape(len(hours), 7 * 24)
    shares = weeks / weeks.sum(axis=1, keepdims=True)
    steps = np.rint(shares * _STEPS).astype(np.int64)
    return [",".join(week) for week in _TEXTS[steps].tolist()]
