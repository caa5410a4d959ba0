"""Versions of reports: which are new, when each was seen, which one held on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.crs import require_crs
from geo.reports.content import content_hashes
from geo.reports.times import UTC_US

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = [
    "KNOWN_COLUMNS",
    "VERSION_COLUMNS",
    "dated",
    "decided_at",
    "in_order",
    "is_new",
    "known_by",
    "rows_of",
]

VERSION_COLUMNS = ("report_id", "category", "status", "reported_at", "event_at", "part_of_day",
                   "weekdays", "modified_at", "seen_at", "recorded_at", "source", "content",
                   "geometry")  # fmt: skip
"""What is stored of a version; `content` is the hash of what it says."""
KNOWN_COLUMNS = ("report_id", "content", "modified_at", "seen_at")
"""What must be read of the stored versions before a file is added."""

KEYS = ["report_id", "content"]
ORDER = ["report_id", "seen_at", "modified_at", "recorded_at", "content"]


def rows_of(
    accepted: gpd.GeoDataFrame, *, source: str, seen_at: datetime | None, now: datetime
) -> gpd.GeoDataFrame:
    """Accepted rows as versions; `seen_at` stays missing where neither row nor import gives it.

    Raises
    ------
    CrsError
        If the frame declares no CRS.
    """
    rows = require_crs(accepted, what="the frame of reports").reset_index(drop=True)
    if "seen_at" not in rows:
        rows = rows.assign(seen_at=pd.Series(pd.NaT, index=rows.index, dtype=UTC_US))
    if seen_at is not None:
        rows = rows.assign(seen_at=rows["seen_at"].fillna(pd.Timestamp(seen_at)).astype(UTC_US))
    recorded = pd.Series(pd.Timestamp(now), index=rows.index).astype(UTC_US)
    rows = rows.assign(recorded_at=recorded, source=source, content=content_hashes(rows))
    return rows[list(VERSION_COLUMNS)].astype({"source": "str", "content": "str"})


def is_new(rows: gpd.GeoDataFrame, known: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows say something that neither the store nor an earlier row says.

    A version is known by its report and content. Said again it is a duplicate, unless it is
    said to have been seen earlier than is known.
    """
    order = rows.sort_values("seen_at", na_position="last", kind="stable")
    first = ~order.duplicated(KEYS).sort_index()
    since = known.groupby(KEYS, as_index=False)["seen_at"].min()
    stored = pd.DataFrame(rows[KEYS]).merge(since, on=KEYS, how="left")["seen_at"]
    unknown = stored.isna() | (rows["seen_at"] < stored)
    return (first & unknown).to_numpy(dtype=bool)


def dated(fresh: gpd.GeoDataFrame, known: pd.DataFrame, now: datetime) -> gpd.GeoDataFrame:
    """Say since when each new version was known.

    Where nobody said: since its own time (`modified_at`, or `reported_at` before any change);
    but if a different version with that very time is stored, since `now`, because only the
    arrival tells the two apart.
    """
    reported, modified = fresh["reported_at"], fresh["modified_at"]
    own = modified.where(modified > reported, reported)
    twin = _same_time(fresh, known)
    arrival = own.where(own > pd.Timestamp(now), pd.Timestamp(now)).astype(UTC_US)
    return fresh.assign(seen_at=fresh["seen_at"].fillna(own.mask(twin, arrival)).astype(UTC_US))


def in_order(versions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Every version once, by report and from the first to the last.

    By `seen_at`, then `modified_at` (missing: never changed, hence first), then arrival.
    """
    keys = {name: _sortable(versions[name]) for name in ORDER}
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in ORDER])
    ordered = versions.iloc[order.to_numpy()].reset_index(drop=True)
    several = np.flatnonzero(_repeated(ordered["report_id"]))
    twice = ordered.iloc[several].duplicated(KEYS).to_numpy()
    return ordered.drop(index=several[twice]).reset_index(drop=True) if twice.any() else ordered


def known_by(versions: gpd.GeoDataFrame, end: pd.Timestamp, status: str) -> gpd.GeoDataFrame:
    """The versions that were known before a moment, in their order.

    A report that was filed before the moment but first seen later counts with its first version
    and `status`, because its state at that moment is not known.
    """
    filed = versions[versions["reported_at"] < end].reset_index(drop=True)
    if len(filed) == 0:
        return filed
    first = ~_same_as_above(filed["report_id"])
    report = np.cumsum(first) - 1
    seen = (filed["seen_at"] < end).to_numpy(dtype=bool)
    unseen = np.bincount(report, weights=seen)[report] == 0
    filed.loc[unseen, "status"] = status
    filed.loc[unseen, "modified_at"] = pd.NaT
    return filed[seen | (unseen & first)].reset_index(drop=True)


def decided_at(versions: gpd.GeoDataFrame, pending: Collection[str]) -> pd.Series[Any]:
    """When each report was verified, as far as its versions tell; missing where they do not.

    Parameters
    ----------
    versions
        In their order.
    pending
        Statuses of reports that wait to be verified.

    Returns
    -------
    Series
        UTC, one value for each report, in the order of `versions`. The time of the earliest
        version that does not wait: `modified_at`, not before the report; without one `seen_at`,
        unless that is the report's own time, which says that nobody knows. Where only a later
        version is known, elimination for instance, it is later than the verification.
    """
    reported, own = versions["reported_at"], versions["modified_at"]
    seen = versions["seen_at"].where(versions["seen_at"] > reported)
    own = own.where(own.isna() | (own > reported), reported).fillna(seen)
    moment = own.to_numpy(dtype="datetime64[us]").view(np.int64)
    waits = versions["status"].isin(list(pending)).to_numpy(dtype=bool) | own.isna().to_numpy()
    never = np.iinfo(np.int64).max
    starts = np.flatnonzero(~_same_as_above(versions["report_id"]))
    first = np.minimum.reduceat(np.where(waits, never, moment), starts) if len(starts) else moment
    found = np.where(first == never, np.iinfo(np.int64).min, first).view("datetime64[us]")
    return pd.Series(found).dt.tz_localize("UTC").astype(UTC_US)


def _same_time(fresh: gpd.GeoDataFrame, known: pd.DataFrame) -> NDArray[np.bool_]:
    """Which versions have the report and the `modified_at` of a stored one, also if missing."""
    pairs = _pairs(known).drop_duplicates().assign(stored=True)
    return _pairs(fresh).merge(pairs, how="left")["stored"].notna().to_numpy()


def _pairs(frame: pd.DataFrame) -> pd.DataFrame:
    """Report and time as text and integer, in which missing equals missing."""
    micros: Any = frame["modified_at"].to_numpy(dtype="datetime64[us]").view(np.int64)
    return pd.DataFrame({"report_id": frame["report_id"].to_numpy(), "modified_at": micros})


def _sortable(values: pd.Series[Any]) -> Any:
    """Text as it is, times as integers, of which the least stands for a missing one."""
    if values.name in ("report_id", "content"):
        return pa.array(values, type=pa.large_string())
    return values.to_numpy(dtype="datetime64[us]").view(np.int64)


def _same_as_above(ids: pd.Series[str]) -> NDArray[np.bool_]:
    """Where a sorted column repeats the value of the row above."""
    same = np.zeros(len(ids), dtype=bool)
    same[1:] = ids.to_numpy()[1:] == ids.to_numpy()[:-1]
    return same


def _repeated(ids: pd.Series[str]) -> NDArray[np.bool_]:
    """Where a value of a sorted column stands more than once."""
    same = _same_as_above(ids)
    return same | np.append(same[1:], False)
