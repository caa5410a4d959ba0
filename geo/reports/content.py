"""What makes two rows the same: hashes of content, the same on every machine.

Positions count to the centimetre and times to the microsecond, so that a file says the same
in every format and coordinate system.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

__all__ = ["content_hashes", "frame_digest", "own_ids"]

TIMES = ("reported_at", "event_at", "modified_at")
VERSION = ("category", "status", *TIMES, "x", "y", "part_of_day", "weekdays")
"""What a version of a report consists of; the category's group comes from the catalogue."""
VIEW_TIMES = ("seen_at", "decided_at")
"""What a view adds, from all versions of a report."""
REPORT = ("category", "reported_at", "event_at", "x", "y", "part_of_day", "weekdays")
"""What stays the same while a report is dealt with."""
SEPARATOR = "\x1f"


def content_hashes(reports: gpd.GeoDataFrame) -> list[str]:
    """The hash of each row's version, 32 hexadecimal digits."""
    return _hashes(reports, VERSION)


def own_ids(reports: gpd.GeoDataFrame) -> list[str]:
    """Ids for reports whose file gives none, from what does not change while they are dealt with.

    Two rows that agree in category, position, times and habits are then one report.
    """
    return [f"H-{digest}" for digest in _hashes(reports, REPORT)]


def frame_digest(reports: gpd.GeoDataFrame) -> str:
    """The SHA-256 of a view of reports, whatever the order of its rows."""
    ordered = reports.sort_values("report_id")
    lines = _lines(ordered, ("report_id", *VERSION, *VIEW_TIMES))
    digest = hashlib.sha256(f"{ordered.crs}\n".encode())
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _hashes(reports: gpd.GeoDataFrame, fields: Sequence[str]) -> list[str]:
    blake = hashlib.blake2b
    return [blake(line.encode(), digest_size=16).hexdigest() for line in _lines(reports, fields)]


def _lines(reports: gpd.GeoDataFrame, fields: Sequence[str]) -> list[str]:
    """One text per row, built column by column."""
    if len(reports) == 0:
        return []
    columns = [_text(reports, field) for field in fields]
    separator = pa.scalar(SEPARATOR, pa.large_string())
    joined = pc.binary_join_element_wise(*columns, separator)
    return joined.to_pylist()


def _text(reports: gpd.GeoDataFrame, field: str) -> pa.Array:
    if field in ("x", "y"):
        metres = getattr(reports.geometry, field).to_numpy()
        values = pa.array(np.round(metres * 100).astype(np.int64))
    elif field in (*TIMES, *VIEW_TIMES):
        values = pa.array(_micros(reports[field]))
    else:
        # pandas' own conversion, because a column without any value has no type for Arrow.
        values = pa.array(reports[field].astype("str").fillna(""), type=pa.large_string())
    return pc.cast(values, pa.large_string())


def _micros(times: pd.Series[pd.Timestamp]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Microseconds since 1970; a missing time is the least integer."""
    return times.to_numpy(dtype="datetime64[us]").view(np.int64)
