"""Times as files write them, read as moments in UTC.

Read are ISO 8601 (``2026-07-01T10:15``, with or without a zone), Polish ``01.07.2026 10:15``,
seconds or milliseconds since 1970, and the dates of Excel, Parquet and GeoPackage. A time without
a zone is local time of the city: an hour that the clock shows twice in autumn is read as the
first of the two (summer time), one that it skips in spring as the moment of the change. A day
without an hour is its midnight. Dates with slashes are refused: 07/01 is July or January.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["PLAUSIBLE_FROM", "read_times", "text_of", "text_values"]

PLAUSIBLE_FROM = pd.Timestamp("2000-01-01", tz="UTC")
"""Earlier times are defaults of some program (1970, 1900), not observations."""

MILLISECONDS_FROM = 1e11
"""Numbers from here on count milliseconds (1973 …); in seconds this would be the year 5138."""

UTC_US = "datetime64[us, UTC]"
_ZONED = r"[T ]\d{2}.*(?:Z|[+-]\d{2}(?::?\d{2})?)$"
_ISO = r"^\d{4}-\d{2}-\d{2}"
_POLISH = r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
_EPOCH = r"^-?\d{9,17}(?:\.\d*)?$"


def read_times(values: pd.Series[Any], *, timezone: ZoneInfo) -> pd.Series[Any]:
    """The moments of a column.

    Parameters
    ----------
    values
        Texts, numbers or times, mixed if need be.
    timezone
        Zone of the times that name none.

    Returns
    -------
    Series of datetime64[us, UTC], same index
        NaT where nothing stands or it cannot be read.
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert("UTC").astype(UTC_US)
    if pd.api.types.is_datetime64_dtype(values.dtype):
        return _localised(values, timezone)
    if pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool:
        return _from_epoch(values.astype(np.float64))
    return _from_text(text_values(values), timezone)


def text_values(values: pd.Series[Any]) -> pd.Series[str]:
    """A column as stripped text; empty where nothing stands. 17.0 is written 17."""
    if isinstance(values.dtype, pd.StringDtype):
        return values.str.strip().fillna("").astype("str")
    if pd.api.types.is_integer_dtype(values.dtype) and values.dtype.kind in "iu":
        return values.astype("str")
    return pd.Series([text_of(v) for v in values], index=values.index, dtype="str")


def text_of(value: Any) -> str:
    """One value as text, as `text_values` writes it."""
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return ""
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value).strip()


def _from_text(text: pd.Series[str], timezone: ZoneInfo) -> pd.Series[Any]:
    """Read each form apart, so that no row's form can change how another row is read."""
    text = text.str.replace(" UTC", "Z", regex=False)
    times = pd.Series(pd.NaT, index=text.index, dtype=UTC_US)
    iso = text.str.match(_ISO)
    zoned = iso & text.str.contains(_ZONED, regex=True)
    naive, polish, epoch = iso & ~zoned, text.str.match(_POLISH), text.str.match(_EPOCH)
    if zoned.any():
        parsed = pd.to_datetime(text[zoned], format="ISO8601", utc=True, errors="coerce")
        times[zoned] = parsed.astype(UTC_US)
    if naive.any():
        parsed = pd.to_datetime(text[naive], format="ISO8601", errors="coerce")
        times[naive] = _localised(parsed, timezone)
    if polish.any():
        parsed = pd.to_datetime(_polish_to_iso(text[polish]), format="ISO8601", errors="coerce")
        times[polish] = _localised(parsed, timezone)
    if epoch.any():
        times[epoch] = _from_epoch(text[epoch].astype(np.float64))
    return times


def _polish_to_iso(text: pd.Series[str]) -> pd.Series[str]:
    parts = text.str.extract(_POLISH)
    day, month, hour = (parts[i].fillna("0").str.zfill(2) for i in (0, 1, 3))
    minute, second = (parts[i].fillna("00") for i in (4, 5))
    return parts[2] + "-" + month + "-" + day + "T" + hour + ":" + minute + ":" + second


def _from_epoch(numbers: pd.Series[Any]) -> pd.Series[Any]:
    """Seconds or milliseconds, told apart by size; to the microsecond."""
    seconds = numbers.where(numbers.abs() < MILLISECONDS_FROM, numbers / 1000)
    # 9999-12-31 in seconds; NaN fails the comparison and stays missing.
    possible = seconds.abs() < 253_402_300_800
    micros = (seconds.where(possible, 0) * 1e6).round().astype(np.int64)
    times = pd.to_datetime(micros, unit="us", utc=True).astype(UTC_US)
    return times.where(possible)


def _localised(values: pd.Series[Any], timezone: ZoneInfo) -> pd.Series[Any]:
    summer = np.ones(len(values), dtype=bool)
    micros = values.astype("datetime64[us]")
    local = micros.dt.tz_localize(timezone, ambiguous=summer, nonexistent="shift_forward")
    return local.dt.tz_convert("UTC").astype(UTC_US)
