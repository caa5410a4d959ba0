"""The backtest: forecast periods that are over, from what was known, and see what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import metric_crs, require_crs
from geo.episodes import find_episodes
from geo.errors import InputError, UsageError
from geo.join import AreaIndex
from geo.periods import local_midnight
from geo.statistics.accuracy import caught, number_scores
from geo.statistics.contenders import MODELS, Ground, History, predict
from geo.statistics.grid import make_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

    from geo.city import City
    from geo.statistics.grid import Grid

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["SHARES", "backtest"]

SHARES = (0.05, 0.10)
"""The shares of the city's area that hit rates are for."""

_COLUMNS = {
    "cut_date": "datetime64[s]", "horizon_days": np.int64, "category_group": object,
    "level": object, "model": object, "area_frac": float, "n_before": np.int64,
    "n_observed": np.int64, "hit_rate": float, "pai": float, "pei": float, "pei_star": float,
    "rri": float, "poisson_deviance": float, "log_score": float, "coverage80": float,
    "width80": float, "reason": object,
}  # fmt: skip
_NUMBERS = ("hit_rate", "pai", "pei", "pei_star", "rri", "poisson_deviance", "log_score",
            "coverage80", "width80")  # fmt: skip
_NEEDED = ("report_id", "category", "category_group", "status", "reported_at")
_MONTH_DAYS = 365.25 / 12
_YEARS = 2
_LATE = 0.1
"""The share of a horizon that may be without any report at its end."""


def backtest(
    reports: gpd.GeoDataFrame,
    *,
    city: City,
    cut_dates: Sequence[date],
    horizon_days: int,
    groups: Sequence[str] | None = None,
    count: str = "episodes",
    cell_m: float = 200,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    r"""Forecast what came after each cut date from what was reported before it.

    Parameters
    ----------
    reports
        Accepted reports of the city in a projected CRS in metres. Jokes are left out.
    city
        Its finest level and its boundary are the places, its catalogue the groups, its time zone
        says when days begin.
    cut_dates
        Days at whose beginning a forecast is made.
    horizon_days
        Days that it is for.
    groups
        Category groups; without them all of the catalogue that have reports.
    count
        "episodes" or "reports".
    cell_m
        Side of the cells, metres.
    progress
        Is told which cut date is next.

    Returns
    -------
    DataFrame
        A row for each cut date, group, level ("cell" and the city's finest level), model (see
        `contenders.MODELS`) and share of the area:

        * `n_before`, `n_observed`: counts in as many days before the cut, and after it.
        * `hit_rate`: the share of what came that lay in the forecast's best `area_frac` of the
          area; `pai`: that over `area_frac`; `pei`: that over what the best cells would have
          caught; `pei_star`: over what the best places of the same level would have caught, which
          for cells is the same; `rri`: the share of these places in what came, over their share
          in what was before.
        * `poisson_deviance`, `log_score`, `coverage80`, `width80`: see `number_scores`; the same
          for every `area_frac`.
        * `reason`: why numbers are NaN, else None. All are where ``history-too-short`` (no
          horizon's length of reports before the cut) and ``horizon-not-over`` (the reports end
          earlier); the hit rates and what follows from them where ``nothing-came``; only `rri`
          where ``nothing-before-there``.

    Raises
    ------
    CrsError
        If the reports declare no CRS, or one that does not count in metres.
    InputError
        If a column is missing.
    UsageError
        If there is no cut date, `horizon_days` or `cell_m` is not positive, or `count` is unknown.
    CityError
        If the catalogue lacks a group.

    Notes
    -----
    A forecast sees the reports made before the cut, at most two years of them, in bins of about a
    month. Episodes before the cut are found among these alone; an episode that began before it
    does not come again after it. PAI: Chainey, Tompson and Uhlig 2008 (Security Journal 21:4).
    PEI: Hunt 2016. PEI*: the National Institute of Justice's, here for whole places. RRI: Levine
    2008.
    """
    _check_options(cut_dates, horizon_days=horizon_days, count=count)
    _check_frame(reports)
    places, ground = _places(city, reports.crs, cell_m=cell_m)
    placed = _placed(reports, places, jokes=city.catalogue.statuses_of("joke"))
    chosen = [*city.catalogue.groups] if groups is None else groups
    members = {group: city.catalogue.members(group) for group in chosen}
    if groups is None:
        members = {k: ids for k, ids in members.items() if placed["category"].isin(ids).any()}
    rows: list[dict[str, Any]] = []
    for day in (pd.Timestamp(cut).date() for cut in cut_dates):
        if progress:
            progress(f"forecasting {horizon_days} days from {day.isoformat()}")
        cut = _cut(day, city, placed["reported_at"], horizon_days=horizon_days)
        seen = _seen(placed, cut, count=count)
        for group, categories in members.items():
            key = {"cut_date": day, "horizon_days": horizon_days, "category_group": group}
            tally = _tally(seen[seen["category"].isin(categories)], cut, ground)
            rows += [key | row for row in _rows(tally, ground, level=places.level)]
    columns = {k: pd.Series([row[k] for row in rows], dtype=v) for k, v in _COLUMNS.items()}
    return pd.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class _Places:
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


class _Cut(NamedTuple):
    """A moment, what is forecast from it, and what is known at it."""

    start: pd.Timestamp
    end: pd.Timestamp
    bin: pd.Timedelta
    bins: int
    horizon: int
    per_year: int
    over: bool


class _Tally(NamedTuple):
    """Counts of one group at one cut: before it, and in the horizon."""

    history: History
    areas: FloatArray
    cells: FloatArray
    over: bool

    def of(self, *, cells: bool) -> tuple[FloatArray, FloatArray]:
        """What came, and as much time's worth of what was before."""
        counts = self.history.cells if cells else self.history.areas
        before = counts[:, -self.history.horizon :].sum(axis=1)
        return (self.cells if cells else self.areas), before


def _check_options(cut_dates: Sequence[date], *, horizon_days: int, count: str) -> None:
    if not len(cut_dates):
        msg = "there is no cut date: give one at least, such as date(2026, 2, 1)"
        raise UsageError(msg)
    if horizon_days < 1:
        msg = f"horizon_days is {horizon_days}: it must be a positive number of days, such as 181"
        raise UsageError(msg)
    if count not in {"episodes", "reports"}:
        msg = f"count is {count!r}: it must be 'episodes' or 'reports'"
        raise UsageError(msg)


def _check_frame(reports: gpd.GeoDataFrame) -> None:
    absent = [name for name in _NEEDED if name not in reports.columns]
    if absent:
        msg = f"the reports lack {', '.join(absent)}: give the accepted reports of a city"
        raise InputError(msg)
    metric_crs(require_crs(reports, what="the frame of reports").crs.to_wkt())


def _places(city: City, crs: Any, *, cell_m: float) -> tuple[_Places, Ground]:
    """Areas and cells of a city."""
    level = next(iter(city.levels))
    areas = city.levels[level].to_crs(crs)
    boundary = gpd.GeoSeries([city.boundary], crs=city.levels[level].crs).to_crs(crs).iloc[0]
    grid = make_grid(boundary, cell_m=cell_m)
    number = np.full(grid.shape, -1)
    number[grid.mask] = np.arange(grid.mask.sum())
    places = _Places(level, AreaIndex(areas, key="area_id"), grid, number)
    row, column = np.nonzero(grid.mask)
    x, y = grid.x0 + (column + 0.5) * cell_m, grid.y0 + (row + 0.5) * cell_m
    centres = shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy()))
    sizes = areas["area_km2"].to_numpy(dtype=np.float64)
    cells_km2 = grid.share[grid.mask] * (cell_m / 1000) ** 2
    return places, Ground(grid, places.find(x, y)[0], centres, sizes, cells_km2)


def _placed(
    reports: gpd.GeoDataFrame, places: _Places, *, jokes: frozenset[str]
) -> gpd.GeoDataFrame:
    """The serious reports in the order in which they were made, with their area and cell."""
    kept = reports.loc[~reports["status"].isin(jokes).to_numpy(), [*_NEEDED, "geometry"]]
    kept = kept.sort_values(["reported_at", "report_id"], ignore_index=True)
    area, cell = places.find(kept.geometry.x.to_numpy(), kept.geometry.y.to_numpy())
    return kept.assign(area=area, cell=cell)


def _cut(day: date, city: City, times: pd.Series, *, horizon_days: int) -> _Cut:
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
    return _Cut(start, end, step, bins, horizon, per_year, over)


def _seen(placed: gpd.GeoDataFrame, cut: _Cut, *, count: str) -> pd.DataFrame:
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


def _tally(seen: pd.DataFrame, cut: _Cut, ground: Ground) -> _Tally:
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
    return _Tally(known, now["area"], now["cell"], cut.over)


def _count(place: pd.Series, column: pd.Series, *, shape: tuple[int, int]) -> FloatArray:
    """How many are in each place and bin; what is nowhere does not count."""
    found = (place >= 0).to_numpy()
    flat = place.to_numpy()[found] * shape[1] + column.to_numpy()[found]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _rows(tally: _Tally, ground: Ground, *, level: str) -> Iterator[dict[str, Any]]:
    """All models at both levels."""
    short = tally.history.areas.shape[1] < tally.history.horizon
    reason = "history-too-short" if short else None if tally.over else "horizon-not-over"
    for name, cells in ((level, False), ("cell", True)):
        came, before = tally.of(cells=cells)
        known = {"level": name, "n_before": before.sum(), "n_observed": came.sum()}
        for model in MODELS:
            nothing = dict.fromkeys(_NUMBERS, np.nan) | {"model": model, "reason": reason}
            if reason:
                yield from (known | nothing | {"area_frac": share} for share in SHARES)
                continue
            mean, alpha = predict(model, tally.history, ground, cells=cells)
            numbers = number_scores(came, mean, alpha)._asdict()
            for share in SHARES:
                hits = _hits(mean, tally, ground, cells=cells, share=share)
                yield known | nothing | numbers | hits | {"area_frac": share}


def _hits(
    mean: FloatArray, tally: _Tally, ground: Ground, *, cells: bool, share: float
) -> dict[str, Any]:
    """What the best places caught, against chance, against the best possible, against before."""
    came, before = tally.of(cells=cells)
    if came.sum() == 0:
        return {"reason": "nothing-came"}
    area = ground.cells_km2 if cells else ground.areas_km2
    hits, hits_before = (caught(mean, counts, area, share=share) for counts in (came, before))
    best = caught(came, came, area, share=share)
    best_cells = caught(tally.cells, tally.cells, ground.cells_km2, share=share)
    hit_rate = hits / came.sum()
    found = {"hit_rate": hit_rate, "pai": hit_rate / share, "pei_star": hits / best}
    found["pei"] = hits / best_cells
    if hits_before == 0:
        return found | {"reason": "nothing-before-there"}
    return found | {"rri": hit_rate / (hits_before / before.sum())}
