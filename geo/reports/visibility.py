"""Which reports the public map of the service shows on a day.

An open report shows as long as it is open, one that is not confirmed for 7 days after its last
change, an eliminated one for a calendar month; jokes and sensitive categories never show. A
snapshot of the map is therefore a biased sample: long-unresolved reports are over-represented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo.periods import local_midnight

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from geo.catalogue import Catalogue

__all__ = ["visible_on"]

UNCONFIRMED_DAYS = 7


def visible_on(
    reports: pd.DataFrame, day: date, *, catalogue: Catalogue, timezone: ZoneInfo
) -> pd.Series[bool]:
    """Whether the public map shows each report at the start of a local day.

    Parameters
    ----------
    reports
        Frame with `category`, `status`, `reported_at`, `modified_at` (UTC; NaT means that
        nothing has changed since the report).
    day
        The day of the snapshot.

    Returns
    -------
    Series of bool, same index
        A report filed later than the snapshot is not shown.
    """
    moment = pd.Timestamp(local_midnight(day, timezone))
    changed = reports["modified_at"].fillna(reports["reported_at"])
    status = reports["status"]
    public = _ids(catalogue, "public") | _ids(catalogue, "confirmed-only")
    once_confirmed = reports["category"].isin(_ids(catalogue, "confirmed-only"))
    shown = reports["category"].isin(public) & (status != "joke")
    shown &= reports["reported_at"] < moment
    shown &= ~once_confirmed | status.isin(catalogue.statuses_of("confirmed"))
    shown &= (status != "unconfirmed") | (changed >= moment - pd.Timedelta(days=UNCONFIRMED_DAYS))
    return shown & ((status != "eliminated") | (changed >= moment - pd.DateOffset(months=1)))


def _ids(catalogue: Catalogue, sensitivity: str) -> frozenset[str]:
    return frozenset(c.id for c in catalogue.categories.values() if c.sensitivity == sensitivity)
