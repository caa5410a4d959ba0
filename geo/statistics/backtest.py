"""The backtest: forecast periods that are over, from what was known, and see what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import metric_crs, require_crs
from geo.errors import UsageError
from geo.statistics.accuracy import Ranking, number_scores
from geo.statistics.backtest_counts import (
    Tally,
    find_places,
    make_cut,
    place_reports,
    seen_reports,
    serious_reports,
    tally_reports,
)
from geo.statistics.contenders import MODELS, Ground, predict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import date

    from geo.city import City

__all__ = ["SHARES", "Backtester", "backtest"]

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
    if not len(cut_dates):
        msg = "there is no cut date: give one at least, such as date(2026, 2, 1)"
        raise UsageError(msg)
    tester = Backtester(city, crs=reports.crs, count=count, cell_m=cell_m)
    chosen = [*city.catalogue.groups] if groups is None else [*groups]
    if groups is None:
        found = set(serious_reports(reports, city)["category"])
        chosen = [group for group in chosen if city.catalogue.members(group) & found]
    cuts = [(pd.Timestamp(day).date(), horizon_days) for day in cut_dates]
    return tester.run(reports, cuts=cuts, groups=chosen, progress=progress)


class Backtester:
    """Runs backtests on the places of a city, each once: two of the same counts share theirs.

    Parameters
    ----------
    city
        As of `backtest`.
    crs
        CRS of the reports to come, projected, in metres.
    count, cell_m
        As of `backtest`.
    least
        With fewer in the city in as many days before a cut nothing is forecast; the reason is
        ``few-episodes``.
    without
        Ids of areas of the finest level that take no part among areas.

    Raises
    ------
    CrsError
        If the CRS is missing, or does not count in metres.
    UsageError
        If `cell_m` is not positive or `count` is unknown.
    """

    def __init__(
        self,
        city: City,
        *,
        crs: Any,
        count: str = "episodes",
        cell_m: float = 200,
        least: int = 0,
        without: Collection[str] = (),
    ) -> None:
        if count not in {"episodes", "reports"}:
            msg = f"count is {count!r}: it must be 'episodes' or 'reports'"
            raise UsageError(msg)
        declared = require_crs(gpd.GeoSeries([], crs=crs), what="the frame of reports")
        metric_crs(declared.crs.to_wkt())
        self.city, self.count, self.least = city, count, least
        self._places, self._ground = find_places(city, crs, cell_m=cell_m, without=without)
        self._known: dict[tuple[bytes, ...], list[dict[str, Any]]] = {}

    def run(
        self,
        reports: gpd.GeoDataFrame,
        *,
        cuts: Sequence[tuple[date, int]],
        groups: Sequence[str],
        progress: Callable[[str], None] | None = None,
    ) -> pd.DataFrame:
        """Forecast what came after some days.

        Parameters
        ----------
        reports
            As of `backtest`, in the CRS that was announced.
        cuts
            Days at whose beginning a forecast is made, and how many days it is for.
        groups
            Category groups.
        progress
            As of `backtest`.

        Returns
        -------
        DataFrame
            As `backtest` gives it.

        Raises
        ------
        InputError
            If a column is missing.
        UsageError
            If a horizon is not positive.
        CityError
            If the catalogue lacks a group.
        """
        for _, days in cuts:
            if days < 1:
                msg = f"horizon_days is {days}: it must be a positive number, such as 181"
                raise UsageError(msg)
        placed = place_reports(serious_reports(reports, self.city), self._places)
        members = {group: self.city.catalogue.members(group) for group in groups}
        rows: list[dict[str, Any]] = []
        for day, days in cuts:
            if progress:
                progress(f"forecasting {days} days from {day.isoformat()}")
            cut = make_cut(day, self.city, placed["reported_at"], horizon_days=days)
            seen = seen_reports(placed, cut, count=self.count)
            for group, ids in members.items():
                key = {"cut_date": day, "horizon_days": days, "category_group": group}
                tally = tally_reports(seen[seen["category"].isin(ids)], cut, self._ground)
                rows += [key | row for row in self._rows(tally)]
        columns = {k: pd.Series([row[k] for row in rows], dtype=v) for k, v in _COLUMNS.items()}
        return pd.DataFrame(columns)

    def _rows(self, tally: Tally) -> list[dict[str, Any]]:
        """All models at both levels, if these counts were not met before."""
        key = tally.key()
        if key not in self._known:
            level = self._places.level
            found = _rows(tally, self._ground, level=level, least=self.least)
            self._known[key] = list(found)
        return self._known[key]


def _rows(tally: Tally, ground: Ground, *, level: str, least: int) -> Iterator[dict[str, Any]]:
    """All models at both levels."""
    reason = _why_not(tally, least=least)
    for name, cells in ((level, False), ("cell", True)):
        came, before = tally.of(cells=cells)
        known = {"level": name, "n_before": before.sum(), "n_observed": came.sum()}
        best = None if reason else _Best(tally, ground, cells=cells)
        for model in MODELS:
            nothing = dict.fromkeys(_NUMBERS, np.nan) | {"model": model, "reason": reason}
            if best is None:
                yield from (known | nothing | {"area_frac": share} for share in SHARES)
                continue
            mean, alpha = predict(model, tally.history, ground, cells=cells)
            numbers = number_scores(came, mean, alpha)._asdict()
            ranking = Ranking(mean, best.area)
            for share in SHARES:
                hits = best.hits(ranking, share=share)
                yield known | nothing | numbers | hits | {"area_frac": share}


def _why_not(tally: Tally, *, least: int) -> str | None:
    """Why there is no forecast."""
    if tally.history.areas.shape[1] < tally.history.horizon:
        return "history-too-short"
    if not tally.over:
        return "horizon-not-over"
    return "few-episodes" if tally.of(cells=True)[1].sum() < least else None


class _Best:
    """What the best places caught: against chance, the best possible, and before."""

    def __init__(self, tally: Tally, ground: Ground, *, cells: bool) -> None:
        self.area = ground.cells_km2 if cells else ground.areas_km2
        self._came, self._before = tally.of(cells=cells)
        here = Ranking(self._came, self.area)
        among_cells = Ranking(tally.cells, ground.cells_km2)
        self._most = {
            share: {
                "pei": among_cells.caught(tally.cells, share=share),
                "pei_star": here.caught(self._came, share=share),
            }
            for share in SHARES
        }

    def hits(self, ranking: Ranking, *, share: float) -> dict[str, Any]:
        """Hit rate, and what it is measured by."""
        if self._came.sum() == 0:
            return {"reason": "nothing-came"}
        hits, before = (ranking.caught(n, share=share) for n in (self._came, self._before))
        hit_rate = hits / self._came.sum()
        found = {"hit_rate": hit_rate, "pai": hit_rate / share}
        found |= {name: hits / most for name, most in self._most[share].items()}
        if before == 0:
            return found | {"reason": "nothing-before-there"}
        return found | {"rri": hit_rate / (before / self._before.sum())}
