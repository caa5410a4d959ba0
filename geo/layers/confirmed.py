"""What is confirmed, and what is expected to be: of episodes, because a duplicate proves nothing.

An episode that waits counts with the share of its category that is confirmed in the whole city,
never with the share of its own unit: that a unit is strict must not make its area look quiet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.layers.facts import STATUS_CLASSES
from geo.statistics.confirmation import confirmation_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.layers.facts import Facts

    FloatArray = NDArray[np.float64]

__all__ = ["START_RATES", "chance_confirmed", "city_rates"]

START_RATES = {"parkowanie": 0.6443, "predkosc": 0.5733, "alkohol": 0.3772}
"""Shares confirmed in Małopolska 2016-2022 (policja.pl, 219105); the national one elsewhere."""


def chance_confirmed(facts: Facts) -> FloatArray:
    """The chance that an episode is confirmed: 1 or 0 where that is known.

    Parameters
    ----------
    facts
        Reports of one face.

    Returns
    -------
    ndarray
        Float64, shape (n, groups): 0 where a report does not stand for an episode of the group.
    """
    rates = city_rates(facts)
    waiting = np.array([rates.get(name, 0.0) for name in facts.category], dtype=np.float64)
    confirmed = facts.standing == STATUS_CLASSES.index("confirmed")
    pending = facts.standing == STATUS_CLASSES.index("pending")
    return np.where(confirmed, 1.0, np.where(pending, waiting[:, None], 0.0))


def city_rates(facts: Facts) -> dict[str, float]:
    """The share of each category's episodes that is confirmed in the whole city.

    Parameters
    ----------
    facts
        Reports of one face; their first group is that of all reports.

    Returns
    -------
    dict
        Category id to a share between 0 and 1, as `confirmation_model` learns it: of the verified
        episodes, and twenty more with the start rate.
    """
    standing = facts.standing[:, 0]
    first = standing >= 0
    if not first.any():
        return {}
    names = pd.Index(["pending", "confirmed", "unconfirmed"])
    counts = pd.crosstab(facts.category[first], standing[first]).reindex(columns=[0, 1, 2])
    counts = counts.fillna(0).set_axis([f"n_{name}" for name in names], axis=1)
    counts = counts.assign(category=counts.index, unit="city")
    rates = confirmation_model(counts, start_rates=START_RATES).city_rate
    return {str(name): float(rate) for name, rate in rates.items()}
