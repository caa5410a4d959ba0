"""The layer of areas by period and category group: how many, how many per what, how sure.

Every number comes with its interval. Where a question has no answer (nobody lives there, no year
before) the number is null and `note` says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.layers.area_statistics import statistics
from geo.layers.layer import Layer, exchange_shapes
from geo.layers.practice import learn_practice, units_of
from geo.layers.schema import AREA_PERIODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.area_counts import AreaCounts
    from geo.layers.exposure import Exposure
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]

__all__ = ["COLLECTION", "UNASSIGNED", "area_periods"]

COLLECTION = "area-periods"

UNASSIGNED = "unassigned"
"""`area_id` of what lies in no area of a level."""


def area_periods(
    city: City,
    counts: Sequence[AreaCounts],
    *,
    denominators: Mapping[str, pd.DataFrame],
    exposure: Exposure,
    periods: Sequence[Period],
    complete: BoolArray,
    hidden: Mapping[str, BoolArray] | None = None,
) -> Layer:
    """One row per level, area, period and category group, and one for what lies in no area.

    Parameters
    ----------
    city
        The city.
    counts
        Counts of every level, from `count_areas`.
    denominators
        Level id to what its counts are divided by, from `geo.layers.areas`.
    exposure
        What the expected numbers are shared out by, from `geo.layers.exposure`.
    periods
        The periods that were counted.
    complete
        Which of them the data cover from the first day to the last, shape (periods,).
    hidden
        Level id to (areas, periods) booleans: where nothing may be shown. Hidden counts take no
        part in any statistic of the others.

    Returns
    -------
    Layer
        Ordered by level (finest first), area, period, group. Rows in no area come last in their
        level, without a geometry, and only where there are any.
    """
    none = {c.level: np.zeros(c["n_reports"][:-1, :, 0].shape, dtype=bool) for c in counts}
    seen = {level: ~flags for level, flags in (none if hidden is None else hidden).items()}
    finest = counts[0].level
    practice = learn_practice(counts[0], units=units_of(city, finest), shown=seen[finest])
    tables, shapes, positions, before = [], [], [], 0
    for level_counts in counts:
        level = level_counts.level
        areas = city.levels[level]
        numbers = statistics(
            level_counts,
            denominators[level],
            shares=exposure.shares[level],
            practice=practice,
            units=units_of(city, level),
            periods=periods,
            complete=complete,
            shown=seen[level],
        )
        table = _rows(city, level, numbers, exposure=exposure, periods=periods, complete=complete)
        tables.append(table)
        shapes.append(exchange_shapes(areas.geometry))
        position = table.pop("_area").to_numpy()
        positions.append(np.where(position < len(areas), position + before, -1))
        before += len(areas)
    return Layer(
        COLLECTION,
        AREA_PERIODS,
        pd.concat(tables, ignore_index=True),
        np.concatenate(shapes),
        np.concatenate(positions).astype(np.int32),
    )


def _rows(
    city: City,
    level: str,
    numbers: pd.DataFrame,
    *,
    exposure: Exposure,
    periods: Sequence[Period],
    complete: BoolArray,
) -> pd.DataFrame:
    """Who, when and what before the numbers; without empty rows of what lies in no area."""
    groups = tuple(city.catalogue.groups)
    areas = city.levels[level]
    size = (len(areas) + 1, len(periods), len(groups))
    area, period, group = (index.ravel() for index in np.indices(size))
    unassigned = area == len(areas)
    used = [exposure.used[name] for name in groups]
    ids = _labels(areas["area_id"], UNASSIGNED)[area]
    named = np.array([p.id for p in periods], dtype=object)[period]
    grouped = np.array(groups, dtype=object)[group]
    head = pd.DataFrame(
        {
            "fid": [f"{level}.{a}.{p}.{g}" for a, p, g in zip(ids, named, grouped, strict=True)],
            "level": level,
            "area_id": ids,
            "area_name": _labels(areas["name"], UNASSIGNED)[area],
            "parent_id": _labels(areas["parent_id"], None)[area],
            "status": _labels(areas["status"], None)[area],
            "period": named,
            "period_start": np.array([p.start for p in periods], dtype=object)[period],
            "period_end": np.array([p.last_day for p in periods], dtype=object)[period],
            "period_complete": complete[period],
            "category_group": grouped,
            "exposure_used": np.where(unassigned, None, np.array(used, dtype=object)[group]),
            "_area": area,
        }
    )
    table = pd.concat([head, numbers], axis=1)
    empty = unassigned & (numbers["n_reports"] == 0) & (numbers["n_joke"] == 0)
    wanted = ["fid", *AREA_PERIODS, "_area"]
    return table.loc[~empty.to_numpy(dtype=bool, na_value=False), wanted]


def _labels(values: pd.Series, last: str | None) -> NDArray[np.object_]:
    texts = np.empty(len(values) + 1, dtype=object)
    texts[:-1] = [None if pd.isna(v) else str(v) for v in values]
    texts[-1] = last
    return texts
