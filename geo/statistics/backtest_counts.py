"""What a backtest counts: what was known at a cut, and what came after it, per place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.episodes import find_episodes
from geo.errors import InputError
from geo.join import AreaIndex
from geo.periods import local_midnight
from geo.statistics.contenders import Ground, History
from geo.statistics.grid import make_grid

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

    from geo.city import City
    from geo.statistics.grid import Grid

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "Cut",
    "Places",
    "Tally",
    "find_places",
    "make_cut",
    "place_reports",
    "seen_reports",
    "serious_reports",
    "tally_reports",
]

_NEEDED = ("report_id", "category", "category_group", "status", "reported_at")
_MONTH_DAYS = 365.25 / 12
_YEARS = 2
_LATE = 0.1
"""The share of a horizon that may be without any report at its end."""


@dataclass(frozen=True, eq=False)
class Places:
    """Finds the area of the finest level, and the cell, of points; cells are numbered."""

    level: str
    areas: AreaIndex
    grid: Grid
    number: IntArray

    def find(self, x: ArrayLike, y: ArrayLike) -> tuple[IntArray, IntArray]:
        """Positions of areas and numbers of cells, -1 for none."""
        row, column = self.grid.cell_of(x, y)
        cell = np.where(row >= 0, self.number[row, column], -1)
        return self.areas.assign(x, y).astype(np.int64), cell


class Cut(NamedTuple):
    """A moment, what is forecast from it, and what is known at it."""

    start: pd.Timestamp
    end: pd.Timestamp
    bin: pd.Timedelta
    bins: int
    horizon: int
    per_year: int
    over: bool


class Tally(NamedTuple):
    """Counts of one group at one cut: before it, and in the horizon."""

    history: History
    areas: FloatArray
    cells: FloatArray
    over: bool

    def key(self) -> tuple[bytes, ...]:
        """The same for the same counts."""
        counts = (self.history.areas, self.history.cells, self.areas, self.cells)
        bins = (self.history.horizon, self.history.per_year, self.over)
        shapes = repr((*(array.shape for array in counts), *bins))
        return (shapes.encode(), *(hashlib.sha256(array.tobytes()).digest() for array in counts))

    def of(self, *, cells: bool) -> tuple[FloatArray, FloatArray]:
        """What came, and as much time's worth of what was before."""
        counts = self.history.cells if cells else self.history.areas
        before = counts[:, -self.history.horizon :].sum(axis=1)
        return (self.cells if cells else self.areas), before


def serious_reports(reports: gpd.GeoDataFrame, city: City) -> gpd.GeoDataFrame:
    """The reports that are no jokes, with the columns that count.

    Parameters
    ----------
    reports
        Accepted reports.
    city
        Its catalogue says which statuses are jokes.

    Returns
    -------
    GeoDataFrame
        Some of the rows, in their order.

    Raises
    ------
    InputError
        If a column is missing.
    """
    absent = [name for name in _NEEDED if name not in reports.columns]
    if absent:
        msg = f"the reports lack {', '.join(absent)}: give the accepted reports of a city"
        raise InputError(msg)
    jokes = reports["status"].isin(city.catalogue.statuses_of("joke")).to_numpy(dtype=bool)
    return reports.loc[~jokes, [*_NEEDED, "geometry"]]


def find_places(
    city: City, crs: Any, *, cell_m: float, without: Collection[str]
) -> tuple[Places, Ground]:
    """Areas and cells of a city."""
    level = next(iter(city.levels))
    areas = city.levels[level]
    areas = areas[~areas["area_id"].isin([*without])].to_crs(crs).reset_index(drop=True)
    boundary = gpd.GeoSeries([city.boundary], crs=city.levels[level].crs).to_crs(crs).iloc[0]
    grid = make_grid(boundary, cell_m=cell_m)
    number = np.full(grid.shape, -1)
    number[grid.mask] = np.arange(grid.mask.sum())
    places = Places(level, AreaIndex(areas, key="area_id"), grid, number)
    row, column = np.nonzero(grid.mask)
    x, y = grid.x0 + (column + 0.5) * cell_m, grid.y0 + (row + 0.5) * cell_m
    centres = shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy()))
    sizes = areas["area_km2"].to_numpy(dtype=np.float64)
    cells_km2 = grid.share[grid.mask] * (cell_m / 1000) ** 2
    return places, Ground(grid, places.find(x, y)[0], centres, sizes, cells_km2)


def place_reports(serious: gpd.GeoDataFrame, places: Places) -> gpd.GeoDataFrame:
    """Reports in the order in which they were made, with their area and cell."""
    kept = serious.sort_values(["reported_at", "report_id"], ignore_index=True)
    area, cell = places.find(kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy())
    return kept.assign(area=area, cell=cell)


def make_cut(day: date, city: City, times: pd.Series, *, horizon_days: int) -> Cut:
    """When a forecast is made, and how much past it may use."""
    start, end = (
        pd.Timestamp(local_midnight(day + timedelta(days=days), city.timezone)).tz_convert("UTC")
        for days in (0, horizon_days)
    )
    horizon = max(1, round(horizon_days / _MONTH_DAYS))
    step = (end - start) / horizon
    per_year = max(1, round(365.25 / (horizon_days / horizon)))
    known = (start - times.min()) // step if len(times) else 0
    over = bool(len(times)) and times.max() >= end - _LATE * (end - start)
    bins = min(max(known, 0), _YEARS * per_year)
    return Cut(start, end, step, bins, horizon, per_year, over)


def seen_reports(placed: gpd.GeoDataFrame, cut: Cut, *, count: str) -> pd.DataFrame:
    """The reports until the end of the horizon, with their episodes as known then and later."""
    seen = placed[placed["reported_at"] < cut.end]
    before = (seen["reported_at"] < cut.start).to_numpy()
    then = later = pd.Series(np.arange(len(seen)), index=seen.index)
    if count == "episodes":
        then = find_episodes(seen[before]).reindex(seen.index, fill_value=0)
        later = find_episodes(seen)
    age = (cut.start - seen["reported_at"]) / cut.bin
    table = pd.DataFrame(seen[["category", "area", "cell"]])
    return table.assign(before=before, then=then, later=later, age=age)


def tally_reports(seen: pd.DataFrame, cut: Cut, ground: Ground) -> Tally:
    """Count each episode once, at its first report."""
    past = seen[seen["before"]]
    past = past[~past["then"].duplicated() & (past["age"] < cut.bins)]
    came = seen[~seen["later"].duplicated()]
    came = came[~came["before"]]
    column = cut.bins - 1 - past["age"].astype(np.int64)
    many = {"area": len(ground.centres), "cell": len(ground.cells_km2)}
    history = {
        name: _count(past[name], column, shape=(size, cut.bins)) for name, size in many.items()
    }
    now = {name: _count(came[name], 0 * came[name], shape=(n, 1))[:, 0] for name, n in many.items()}
    known = History(history["area"], history["cell"], cut.horizon, cut.per_year)
    return Tally(known, now["area"], now["cell"], cut.over)


def _count(place: pd.Series, column: pd.Series, *, shape: tuple[int, int]) -> FloatArray:
    """How many are in each place and bin; what is nowhere does not count."""
    found = (place >= 0).to_numpy()
    flat = place.to_numpy()[found] * shape[1] + column.to_numpy()[found]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
