"""Signs that reports tell more of a reporter than of a place: near-duplicates and bursts.

Reports are anonymous, so nobody is accused and nothing is deleted. The flags say where to look
twice; episodes already count one event once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.episodes import find_episodes
from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import geopandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["HEAP", "flag_bursts", "flag_near_duplicates", "place_signs"]

HEAP = 5
"""A heap has more reports than this."""

_LONGER_THAN_ANY_STORE_DAYS = 100_000


def flag_near_duplicates(
    reports: geopandas.GeoDataFrame, *, distance_m: float = 25, gap_hours: float = 24
) -> pd.Series:
    """Reports of which another one, of the same category, has just told the same.

    Parameters
    ----------
    reports
        With `report_id` and `category` (text), `reported_at` (datetimes) and Point geometry in a
        projected CRS that counts in metres.
    distance_m
        The other one lies at most this far away, metres.
    gap_hours
        And was made at most so many hours before.

    Returns
    -------
    Series
        Boolean, named `near_duplicate`, with the index of `reports`: every report of a chain but
        its first (of those made at the same moment, the lowest id).

    Raises
    ------
    CrsError
        If the frame declares no CRS, or one that does not count in metres.
    InputError
        If a column is missing, or a row lacks its category, its time or its point.
    UsageError
        If `distance_m` is not positive, or `gap_hours` is negative.

    Notes
    -----
    The chains of `find_episodes`, by category instead of by group and without a cap. The map
    takes one report a day from a computer, so the day is the natural gap.
    """
    if not (math.isfinite(gap_hours) and gap_hours >= 0):
        msg = f"gap_hours is {gap_hours}: it must be a number of hours, zero or more"
        raise UsageError(msg)
    _require(reports, "report_id", "reported_at")
    chain = _chains(reports, distance_m=distance_m, gap_days=gap_hours / 24)
    told = reports[["reported_at", "report_id"]].reset_index(drop=True).assign(chain=chain)
    later = told.sort_values(["reported_at", "report_id"])["chain"].duplicated().sort_index()
    return pd.Series(later.to_numpy(), index=reports.index, name="near_duplicate")


def flag_bursts(
    reports: geopandas.GeoDataFrame,
    *,
    timezone: ZoneInfo,
    more_than: int = HEAP,
    distance_m: float = 50,
) -> pd.DataFrame:
    """Reports that came in a heap: many at one place on one day, and no heap elsewhere.

    Parameters
    ----------
    reports
        With `category` (text), `reported_at` (datetimes with a time zone) and Point geometry in a
        projected CRS that counts in metres.
    timezone
        The zone of the city, whose midnights part the days.
    more_than
        A heap has more reports than this.
    distance_m
        Reports of a heap lie at most this far from another one of it, metres.

    Returns
    -------
    DataFrame
        With the index of `reports`: `burst_size` (int64), the reports of the category at the place
        on the day, itself included; `burst` (boolean), whether they are a heap, and the only one
        of the category in the city on that day. Where there are several, a storm or a match tells
        of itself; a single one may be a campaign.

    Raises
    ------
    CrsError
        If the frame declares no CRS, or one that does not count in metres.
    InputError
        If a column is missing, a row lacks its category, its time or its point, or the times have
        no time zone.
    UsageError
        If `distance_m` is not positive or `more_than` is below 1.
    """
    if more_than < 1:
        msg = f"more_than is {more_than}: a heap has more reports than one at least"
        raise UsageError(msg)
    day = _local_day(reports, timezone)
    heap = _chains(reports.assign(reported_at=day), distance_m=distance_m, gap_days=0)
    size = np.bincount(heap)[heap] if len(heap) else heap
    large = size > more_than
    told = pd.DataFrame({"category": _categories(reports), "day": day, "heap": heap})
    heaps = told["heap"].where(large).groupby([told["category"], told["day"]]).transform("nunique")
    return pd.DataFrame({"burst_size": size, "burst": large & (heaps == 1)}, index=reports.index)


def place_signs(reports: pd.DataFrame, place: ArrayLike, *, timezone: ZoneInfo) -> pd.DataFrame:
    r"""How one-sided the reports of each place are.

    Parameters
    ----------
    reports
        With `category` (text) and `reported_at` (datetimes with a time zone).
    place
        The place of each report, shape (n,): any labels. Missing: of no place.
    timezone
        The zone of the city.

    Returns
    -------
    DataFrame
        One row per place, in the order of the labels: `n_reports` and `n_report_days` (int64);
        `max_day_share`, the share of its busiest day; `category_entropy`, in bits, 0 if all are of
        one category (float64).

    Raises
    ------
    InputError
        If a column is missing, the lengths differ, or the times have no time zone.

    Notes
    -----
    Entropy is :math:`-\sum_c p_c \log_2 p_c` over the shares of the categories. Persistence shows
    in the days, not in the reports: thirty reports of one day are one day.
    """
    where = np.asarray(place)
    if where.shape != (len(reports),):
        msg = f"places of shape {where.shape} for {len(reports)} reports: give one place for each"
        raise InputError(msg)
    told = pd.DataFrame(
        {
            "place": where,
            "day": _local_day(reports, timezone).to_numpy(),
            "category": _categories(reports).to_numpy(),
        }
    )
    many = told.groupby("place").size()
    by_day = told.groupby(["place", "day"]).size()
    share = told.groupby(["place", "category"]).size().div(many, level="place")
    table = {
        "n_reports": many,
        "n_report_days": by_day.groupby("place").size(),
        "max_day_share": by_day.groupby("place").max() / many,
        "category_entropy": (share * np.log2(1 / share)).groupby("place").sum(),
    }
    return pd.DataFrame(table)


def _chains(
    reports: geopandas.GeoDataFrame, *, distance_m: float, gap_days: float
) -> NDArray[np.int64]:
    """A number for each report, from 0, equal for those of one category that hang together."""
    alike = reports.assign(category_group=_categories(reports))
    chain = find_episodes(
        alike, distance_m=distance_m, gap_days=gap_days, cap_days=_LONGER_THAN_ANY_STORE_DAYS
    )
    return np.unique(chain.to_numpy(), return_inverse=True)[1].astype(np.int64)


def _categories(reports: pd.DataFrame) -> pd.Series:
    _require(reports, "category")
    missing = reports["category"].isna()
    if missing.any():
        msg = f"{missing.sum()} of {len(reports)} reports lack category: quarantine them first"
        raise InputError(msg)
    return reports["category"]


def _local_day(reports: pd.DataFrame, timezone: ZoneInfo) -> pd.Series:
    """The midnight with which each report's day began."""
    _require(reports, "reported_at")
    times = reports["reported_at"]
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        msg = f"reported_at holds {times.dtype}: give datetimes with a time zone"
        raise InputError(msg)
    return times.dt.tz_convert(timezone).dt.normalize()


def _require(reports: pd.DataFrame, *names: str) -> None:
    absent = [name for name in names if name not in reports.columns]
    if absent:
        msg = f"the reports lack {', '.join(absent)}: give the frame of accepted reports"
        raise InputError(msg)
