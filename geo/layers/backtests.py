"""The layer of backtests: what forecasts of periods that are over would have been worth.

One row per period, category group, level, model and share of the area, without a geometry. The
numbers are of the whole city, so both faces have them, each from its own reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.layers.layer import Layer
from geo.layers.schema import BACKTESTS, columns_of
from geo.statistics.backtest import Backtester

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.city import City
    from geo.periods import Period

__all__ = ["BACKTEST", "COLLECTION", "ForecastTests", "backtests", "past_periods"]

COLLECTION = "backtests"

BACKTEST = {"periods": 2, "cell_m": 200, "least_episodes": 100}
"""How many periods are forecast again, on which cells, and from how many episodes on."""

_YEAR = 365


class ForecastTests:
    """Runs backtests, each once: two faces that see the same counts share theirs."""

    def __init__(self, city: City) -> None:
        self.city = city
        self._testers: dict[frozenset[str], Backtester] = {}

    def of(self, without: frozenset[str]) -> Backtester:
        """The backtester that leaves these areas of the finest level out."""
        if without not in self._testers:
            self._testers[without] = Backtester(
                self.city,
                crs=self.city.metric_crs,
                cell_m=BACKTEST["cell_m"],
                least=BACKTEST["least_episodes"],
                without=without,
            )
        return self._testers[without]


def past_periods(
    periods: Sequence[Period], complete: NDArray[np.bool_], *, first: date
) -> list[Period]:
    """The last periods that are over and have a year of data before them.

    Parameters
    ----------
    periods
        Periods in order.
    complete
        Which of them the data cover whole.
    first
        First day of the data.

    Returns
    -------
    list of Period
        In order; none if the data are too short.
    """
    whole = [p for p, over in zip(periods, complete, strict=True) if over]
    return [p for p in whole if (p.start - first).days >= _YEAR][-BACKTEST["periods"] :]


def backtests(
    reports: gpd.GeoDataFrame,
    tests: ForecastTests,
    *,
    periods: Sequence[Period],
    without: frozenset[str] = frozenset(),
) -> Layer:
    """Forecast periods from what was reported before them, and say how good that was.

    Parameters
    ----------
    reports
        The frame of accepted reports that a face may see.
    tests
        Runs them.
    periods
        From `past_periods`.
    without
        Ids of areas of the finest level whose numbers may not be told.

    Returns
    -------
    Layer
        Ordered by period, group, level (finest first, then cells), model and share.
    """
    groups = list(tests.city.catalogue.groups)
    cuts = [(p.start, (p.end - p.start).days) for p in periods]
    found = tests.of(without).run(reports, cuts=cuts, groups=groups)
    about = {p.start: p for p in periods}
    cut = [stamp.date() for stamp in found["cut_date"]]
    table = found.rename(columns={"reason": "note"}).assign(
        cut_date=cut,
        period=[about[day].id for day in cut],
        period_start=cut,
        period_end=[about[day].last_day for day in cut],
    )
    table["fid"] = [
        f"{row.period}.{row.category_group}.{row.level}.{row.model}.{100 * row.area_frac:.0f}"
        for row in table.itertuples()
    ]
    none = np.full(len(table), -1, dtype=np.int32)
    columns = ["fid", *columns_of(BACKTESTS, face="internal")]
    return Layer(COLLECTION, BACKTESTS, pd.DataFrame(table[columns]), np.empty(0, object), none)
