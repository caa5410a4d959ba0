"""How many episodes the next period is likely to bring to each place, by the tested model.

It is the model ``eb-drift`` of the backtests: what these measured is what this forecast is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geo.layers.collection import PARAMETERS
from geo.layers.hotspot_cells import FORECAST
from geo.statistics.contenders import cell_priors
from geo.statistics.forecast import forecast_counts, prediction_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.facts import Facts
    from geo.layers.hotspot_maps import HotspotMap
    from geo.layers.layer import Layer
    from geo.layers.plan_places import PlanTime
    from geo.statistics.priors import Prior

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["HALF_LIFE", "INTERVAL", "PlaceForecast", "forecast_cells", "forecast_places",
           "is_known", "monthly_episodes"]  # fmt: skip

HALF_LIFE: float = PARAMETERS["forecasts"]["half_life"]
INTERVAL: float = PARAMETERS["forecasts"]["interval"]


@dataclass(frozen=True, eq=False)
class PlaceForecast:
    """Arrays of one length, and what was learned for all places.

    Attributes
    ----------
    n
        Expected episodes, float64.
    low, high
        Limits of the interval, int64.
    drift, season, prior
        As of `geo.statistics.forecast.Forecast`.
    """

    n: FloatArray
    low: IntArray
    high: IntArray
    drift: float
    season: float
    prior: int


def is_known(time: PlanTime) -> bool:
    """Whether the past is at least as long as what is forecast."""
    return time.months >= time.horizon


def monthly_episodes(
    facts: Facts, group: str, place: IntArray, *, places: int, time: PlanTime
) -> FloatArray:
    """Count the episodes of a group in each place and month of the past.

    Parameters
    ----------
    facts
        Reports of one face.
    group
        A category group.
    place
        The place of each report, -1 for none, shape (n,).
    places
        How many places there are.
    time
        The months.

    Returns
    -------
    ndarray
        Shape (places, months), the oldest month first.
    """
    edges = np.array(time.edges)
    use = facts.first_of(group) & (place >= 0) & (facts.day >= edges[0]) & (facts.day < edges[-1])
    month = np.searchsorted(edges, facts.day[use], side="right") - 1
    counts = np.bincount(place[use] * time.months + month, minlength=places * time.months)
    return counts.reshape(places, time.months).astype(np.float64)


def forecast_places(
    history: FloatArray, *, time: PlanTime, priors: Sequence[Prior]
) -> PlaceForecast:
    """Forecast the next period from what each place had.

    Parameters
    ----------
    history
        From `monthly_episodes`.
    time
        The months.
    priors
        What to expect of a place from those around.

    Returns
    -------
    PlaceForecast
        In the order of the places.
    """
    found = forecast_counts(
        history, horizon=time.horizon, ahead=time.ahead, half_life=HALF_LIFE, priors=priors
    )
    low, high = prediction_interval(found.mean, found.alpha, level=INTERVAL)
    return PlaceForecast(found.mean, low, high, found.drift, found.season, found.prior)


def forecast_cells(
    cells: Layer, maps: Sequence[HotspotMap], facts: Facts, *, city: City, time: PlanTime
) -> Layer:
    """Fill the forecasts of cells, on the maps of the last period.

    Parameters
    ----------
    cells
        The layer of cells, made of these maps in their order.
    maps
        The maps.
    facts
        The reports that they are made of, and older ones.
    city
        Its boundary is that of the maps.
    time
        The months.

    Returns
    -------
    Layer
        The same with the columns `FORECAST`; they stay empty on other maps, and where the past
        is too short.
    """
    columns = {name: np.full(len(cells.table), np.nan) for name in FORECAST}
    inside, start = facts.places.area[city.settings.boundary_level] >= 0, 0
    for one in maps:
        rows = slice(start, start + len(one.shown))
        start = rows.stop
        if one.window.judged and is_known(time):
            found = _of_map(one, facts, inside, time)
            for name, values in zip(FORECAST, (found.n, found.low, found.high), strict=True):
                columns[name][rows] = values[_number(one)[one.shown]]
    return replace(cells, table=cells.table.assign(**columns))


def _of_map(one: HotspotMap, facts: Facts, inside: BoolArray, time: PlanTime) -> PlaceForecast:
    """All cells of a map, row by row: the empty ones too, for they tell of those around."""
    grid = one.ground.grid
    row, column = grid.cell_of(facts.x, facts.y)
    flat = np.ravel_multi_index((row, column), grid.shape, mode="clip")
    place = np.where(inside & (row >= 0), _number(one)[flat], -1)
    history = monthly_episodes(facts, one.group, place, places=int(grid.mask.sum()), time=time)
    return forecast_places(history, time=time, priors=cell_priors(grid))


def _number(one: HotspotMap) -> IntArray:
    """The number of each flat cell among those inside the city, -1 outside."""
    mask = one.ground.grid.mask.ravel()
    return np.where(mask, np.cumsum(mask) - 1, -1)
