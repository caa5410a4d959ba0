"""How units verify: the share that each confirms, and the share of an area with its interval."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geo.statistics.confirmation import beta_posterior, confirmation_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.area_counts import AreaCounts

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["Practice", "confirmation_rates", "learn_practice", "units_of"]

_RATES = {
    "conf_rate_eb": "conf_rate_eb",
    "conf_rate_lo": "conf_rate_lo90",
    "conf_rate_hi": "conf_rate_hi90",
}
_STANDINGS = ("confirmed", "pending", "unconfirmed")


class Practice(NamedTuple):
    """What share each unit confirms, learned by `learn_practice`.

    `units` are their names; `mean` has shape (units + 1, groups), the last row being the whole
    city's, for areas that lie in no unit; `strength` is what a mean is worth, shape (groups,).
    """

    units: tuple[str, ...]
    mean: FloatArray
    strength: FloatArray


def units_of(city: City, level: str) -> list[str]:
    """The unit that verifies what is reported in each area of a level.

    Parameters
    ----------
    city
        The city.
    level
        A level's id.

    Returns
    -------
    list of str
        For each area, that of its ancestors (itself included) which lies right below the outermost
        level, as ``<level>/<id>``: of beats and rewirs the komisariat.
    """
    levels = city.settings.levels
    unit = [str(name) for name in city.levels[level]["area_id"]]
    while (parent := levels[level].parent) and levels[parent].parent:
        areas = city.levels[level]
        above = dict(zip(areas["area_id"], areas["parent_id"], strict=True))
        unit = [str(above.get(name)) for name in unit]
        level = parent
    return [f"{level}/{name}" for name in unit]


def learn_practice(counts: AreaCounts, *, units: Sequence[str], shown: BoolArray) -> Practice:
    """Learn the share that each unit confirms from the finest level, all periods together.

    Parameters
    ----------
    counts
        Counts of the finest level, shape (areas + 1, periods, groups).
    units
        The unit of each area.
    shown
        Where the counts may be shown, (areas, periods): what may not has no part in any share.

    Returns
    -------
    Practice
        One beta-binomial model for each group (`confirmation_model`), with an effect of the unit.
    """
    cube = np.stack([counts[f"episodes_{name}"][:-1] for name in _STANDINGS])
    seen = np.where(shown[..., None], cube, 0).sum(axis=2)
    names, first = np.unique(np.asarray(units, dtype=str), return_index=True)
    groups = seen.shape[2]
    mean, strength = np.empty((len(names) + 1, groups)), np.empty(groups)
    for group in range(groups):
        mean_of_area, city, strength[group] = _fitted(seen[:, :, group].tobytes(), tuple(units))
        mean[:, group] = np.append(mean_of_area[first], city)
    return Practice(tuple(names.tolist()), mean, strength)


def confirmation_rates(
    counts: AreaCounts, practice: Practice, *, units: Sequence[str], shown: BoolArray
) -> dict[str, FloatArray]:
    """Shares confirmed, with their intervals, of every area, period and group.

    Parameters
    ----------
    counts
        Shape (areas + 1, periods, groups).
    practice
        What to expect before an area's own episodes.
    units
        The unit of each area; one that is none of the practice's expects what the city does.
    shown
        Where the counts may be shown, (areas, periods).

    Returns
    -------
    dict
        ``conf_rate_eb``, ``conf_rate_lo90``, ``conf_rate_hi90``: float64, of the counts' shape,
        NaN where nothing is shown, and in the last row, which is no area.
    """
    size = counts["n_episodes"].shape
    found = {published: np.full(size, np.nan) for published in _RATES.values()}
    if not shown.any():
        return found
    place = {name: row for row, name in enumerate(practice.units)}
    row = np.array([place.get(name, len(place)) for name in units], dtype=np.int64)
    mean = np.broadcast_to(practice.mean[row][:, None, :], (len(row), *size[1:]))[shown]
    k, n = (counts[f"episodes_{name}"][:-1][shown] for name in ("confirmed", "unconfirmed"))
    strength = np.broadcast_to(practice.strength, k.shape)
    table = _posterior(k.ravel(), (k + n).ravel(), mean.ravel(), strength=strength.ravel())
    for name, published in _RATES.items():
        found[published][:-1][shown] = table[name].to_numpy().reshape(k.shape)
    return found


def _posterior(
    k: NDArray[np.int64], n: NDArray[np.int64], mean: FloatArray, *, strength: FloatArray
) -> pd.DataFrame:
    """`beta_posterior`, once for each different row: most areas hold next to nothing."""
    rows, which = np.unique(np.column_stack([k, n, mean, strength]), axis=0, return_inverse=True)
    parts = [
        beta_posterior(part[:, 0], part[:, 1], mean=part[:, 2], strength=worth, level=0.90)
        for worth in np.unique(rows[:, 3])
        for part in [rows[rows[:, 3] == worth]]
    ]
    order = np.argsort(np.argsort(rows[:, 3], kind="stable"), kind="stable")
    return pd.concat(parts, ignore_index=True).iloc[order[which.ravel()]]


@lru_cache(maxsize=64)
def _fitted(counts: bytes, units: tuple[str, ...]) -> tuple[FloatArray, float, float]:
    """Means of the areas, of the city, and strength; once where both faces count the same."""
    columns = np.frombuffer(counts, np.int64).reshape(len(_STANDINGS), -1)
    frame = pd.DataFrame({f"n_{n}": c for n, c in zip(_STANDINGS, columns, strict=True)})
    model = confirmation_model(frame.assign(category="group", unit=list(units)))
    return model.mean.to_numpy(), float(model.city_rate.iloc[0]), model.strength
