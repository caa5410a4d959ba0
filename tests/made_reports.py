"""Made-up reports for the city of nine squares, as the frame that the store gives."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.reports.store import ReportStore

if TYPE_CHECKING:
    from geo.city import City
    from geo.storage import Folder

X0, Y0 = 530_000.0, 430_000.0
STATUSES = ("new", "verification", "confirmed", "passed_on", "eliminated", "unconfirmed", "joke")
NOW = datetime.fromisoformat("2026-09-01T12:00:00+00:00")


def make_reports(
    city: City,
    *,
    n: int = 1500,
    first: date = date(2024, 2, 1),
    last: date = date(2026, 7, 31),
    seed: int = 1,
    spot: int = 0,
    margin: float = 150.0,
) -> gpd.GeoDataFrame:
    """Reports all over the city and a little outside it, `spot` more of them near one corner.

    The first and the last day have a report, so that the data cover every day between.
    """
    rng = np.random.default_rng(seed)
    categories = np.array(sorted(city.catalogue.categories), dtype=object)
    x = rng.uniform(X0 - margin, X0 + 3000 + margin, n + spot)
    y = rng.uniform(Y0 - margin, Y0 + 3000 + margin, n + spot)
    x[n:], y[n:] = X0 + 700 + rng.normal(0, 60, spot), Y0 + 2300 + rng.normal(0, 60, spot)
    days = rng.integers(0, (last - first).days + 1, n + spot)
    if len(days) > 1:
        days[:2] = 0, (last - first).days
    start = pd.Timestamp(first.isoformat()) + timedelta(hours=11)
    when = [start + timedelta(days=int(d)) for d in days]
    return frame(
        city,
        category=rng.choice(categories, n + spot),
        status=rng.choice(np.array(STATUSES, dtype=object), n + spot),
        when=when,
        x=x,
        y=y,
    )


def frame(
    city: City, *, category: object, status: object, when: object, x: object, y: object
) -> gpd.GeoDataFrame:
    """The frame of accepted reports; `when` is in UTC."""
    group = {c.id: c.group for c in city.catalogue.categories.values()}
    times = pd.to_datetime(pd.Series(when)).dt.tz_localize("UTC").dt.as_unit("us")
    table = pd.DataFrame({"category": category, "status": status})
    nothing = pd.Series(pd.NaT, index=table.index, dtype="datetime64[us, UTC]")
    table.insert(0, "report_id", [f"R-{i:05d}" for i in range(len(table))])
    table.insert(2, "category_group", table["category"].map(group))
    table["reported_at"] = times
    table["event_at"] = nothing
    table["part_of_day"] = None
    table["weekdays"] = None
    table["modified_at"] = nothing
    points = gpd.points_from_xy(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return gpd.GeoDataFrame(table, geometry=points, crs=city.metric_crs)


def fill(folder: Folder, reports: gpd.GeoDataFrame, *, now: datetime = NOW) -> ReportStore:
    """Put reports into a store."""
    store = ReportStore(folder)
    none = pd.DataFrame({name: [] for name in ("row", "reason", "detail", "record")})
    store.ingest(reports, none, source="0" * 64, now=now)
    return store
