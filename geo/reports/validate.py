"""Every row of a file is a report, or it is quarantined and told why.

Nothing is repaired and nothing is dropped: what cannot be taken as it stands is kept with a
reason code and a sentence for the person who can correct it. One exception: the
national service writes garbage before 2000 where an event time is not known; that becomes null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd

from geo.reports.content import content_hashes, own_ids
from geo.reports.faults import Faults
from geo.reports.fields import read_fields
from geo.reports.points import Points, read_points
from geo.reports.times import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from geo.city import City
    from geo.reports.columns import Columns
    from geo.reports.table import Table

__all__ = ["QUARANTINE_COLUMNS", "REASONS", "REPORT_COLUMNS", "validate"]

REASONS: Mapping[str, str] = {
    "malformed_row": "the row has not as many fields as the header",
    "missing_category": "no category is given",
    "unknown_category": "the catalogue has no such category",
    "unknown_status": "the catalogue has no such status",
    "missing_time": "the time of the report is not given",
    "unreadable_time": "a time cannot be read, or lies before 2000",
    "future_time": "a time lies in the future",
    "missing_coordinates": "no position is given, or it is 0, 0",
    "impossible_coordinates": "the coordinates are no numbers, no point or no place on Earth",
    "swapped_axes": "with the coordinates exchanged the point would lie in the city",
    "outside_city": "the point lies too far outside the city",
    "conflicting_id": "rows of one id differ and no time says which is later",
}
"""Why a row is not accepted. A row with several faults has the code of the first in this order,
and its detail names them all."""

REPORT_COLUMNS = ("report_id", "category", "category_group", "status", "reported_at", "event_at",
                  "part_of_day", "weekdays", "modified_at", "geometry")  # fmt: skip
MOST = 2**53
"""JSON numbers from here on are text: no reader agrees on their digits. So are NaN and inf."""
QUARANTINE_COLUMNS = ("row", "reason", "detail", "record")


def validate(
    table: Table, columns: Columns, *, city: City, crs: str | None, now: datetime
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Judge every row of a table.

    Parameters
    ----------
    table, columns
        The rows, and which column is which field.
    crs
        The CRS that the caller declares, if any.
    now
        The present moment; no report can be more than a day later.

    Returns
    -------
    accepted : GeoDataFrame
        `REPORT_COLUMNS` in the city's metric CRS, and `seen_at` or `corrects` where the file
        has them.
    quarantined : DataFrame
        `QUARANTINE_COLUMNS`.

    Raises
    ------
    CrsError
        If a CRS is missing, unknown or unfit.
    """
    raw = {field: table.frame[name] for field, name in columns.fields.items()}
    faults = Faults(len(table.frame))
    points = read_points(table, columns, city=city, crs=crs)
    reports = read_fields(raw, faults, city=city, now=pd.Timestamp(now).tz_convert("UTC"))
    _note_positions(points, faults, city)
    good = faults.none()
    accepted = _accept(reports[good], points, good, city)
    conflicting = _conflicts(accepted)
    if conflicting.any():
        rows = np.flatnonzero(good)[conflicting]
        ids = accepted["report_id"].to_numpy()[conflicting]
        for row, report_id in zip(rows, ids, strict=True):
            faults.add(int(row), "conflicting_id", _conflict_text(report_id))
        accepted = accepted[~conflicting].reset_index(drop=True)
    return accepted, _quarantine(table, raw, points, faults)


def _note_positions(points: Points, faults: Faults, city: City) -> None:
    far_km = city.settings.far_m / 1000
    hint = f"; in {points.hint} most rows would lie in the city: --crs {points.hint}"
    hint = hint if points.hint else ""

    def place(row: int) -> str:
        return f"({points.raw_x[row]}, {points.raw_y[row]}) in {points.crs[row]}"

    texts: Mapping[str, Callable[[int], str]] = {
        "missing_coordinates": lambda row: f"the position is {place(row)}: give two coordinates",
        "impossible_coordinates": lambda row: (
            f"{points.faults[row] or f'{place(row)} is no place on Earth'}: "
            f"correct it, or declare its coordinate system{hint}"
        ),
        "swapped_axes": lambda row: (
            f"{place(row)} lies in {city.name} only with x and y exchanged: "
            "give the east coordinate (longitude) as x"
        ),
        "outside_city": lambda row: (
            f"{place(row)} is more than {far_km:g} km from {city.name}: "
            f"correct the position or declare its coordinate system{hint}"
        ),
    }
    for code, text in texts.items():
        faults.note(points.code == code, code, text)


def _accept(
    reports: pd.DataFrame, points: Points, good: NDArray[np.bool_], city: City
) -> gpd.GeoDataFrame:
    """The frame of accepted reports; those without an id get one from their content."""
    names = ["report_id", "category", "category_group", "status", "part_of_day", "weekdays"]
    frame = gpd.GeoDataFrame(
        reports.reset_index(drop=True).astype(dict.fromkeys(names, "str")),
        geometry=gpd.points_from_xy(points.x[good], points.y[good]),
        crs=city.metric_crs,
    )
    unnamed = frame["report_id"].isna()
    if unnamed.any():
        frame.loc[unnamed, "report_id"] = own_ids(frame[unnamed])
    optional = [name for name in ("seen_at", "corrects") if name in frame.columns]
    return frame[[*REPORT_COLUMNS, *optional]]


def _conflicts(reports: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Rows that share an id and all times, and differ: nobody can tell which is the later."""
    repeated = reports["report_id"].duplicated(keep=False).to_numpy()
    conflicting = np.zeros(len(reports), dtype=bool)
    if not repeated.any():
        return conflicting
    some = reports[repeated]
    times = [field for field in ("seen_at", "modified_at") if field in some.columns]
    # As integers, because a missing time equals a missing time here.
    micros = {field: some[field].to_numpy(dtype="datetime64[us]").view(np.int64) for field in times}
    versions = pd.DataFrame({"report_id": some["report_id"].to_numpy(), **micros})
    contents = versions.assign(content=content_hashes(some)).drop_duplicates()
    per_time = contents.groupby(["report_id", *times], as_index=False).size()
    found = versions.merge(per_time, how="left")["size"]
    conflicting[repeated] = (found > 1).to_numpy(dtype=bool)
    return conflicting


def _conflict_text(report_id: str) -> str:
    return (
        f"rows with the id {report_id!r} differ, and neither modified_at nor seen_at says which is "
        "later: correct the ids, name another column (--map report_id=COLUMN) or give modified_at"
    )


def _quarantine(
    table: Table, raw: Mapping[str, pd.Series[Any]], points: Points, faults: Faults
) -> pd.DataFrame:
    """The rows that were not accepted, in the order of the file."""
    numbers = table.row_numbers()
    order = list(REASONS)
    rows = [(b.row, "malformed_row", b.fault, "{}") for b in table.broken]
    bad = sorted(faults.of)
    for row, record in zip(bad, _records(raw, points, np.array(bad, dtype=np.intp)), strict=True):
        found = sorted(faults.of[row], key=lambda fault: order.index(fault[0]))
        detail = "; ".join(text for _, text in found)
        rows.append((int(numbers[row]), found[0][0], detail, record))
    frame = pd.DataFrame(sorted(rows), columns=list(QUARANTINE_COLUMNS))
    return frame.astype({"row": np.int64, "reason": "str", "detail": "str", "record": "str"})


def _records(
    raw: Mapping[str, pd.Series[Any]], points: Points, rows: NDArray[np.intp]
) -> Iterator[str]:
    """The mapped fields of rows as they were written, under our own names, as JSON."""
    columns = {field: column.iloc[rows].tolist() for field, column in raw.items()}
    columns |= {"x": points.raw_x[rows], "y": points.raw_y[rows], "crs": points.crs[rows]}
    for values in zip(*columns.values(), strict=True):
        record = {f: _plain(v) for f, v in zip(columns, values, strict=True)}
        kept = {field: value for field, value in record.items() if value not in (None, "")}
        yield orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: numbers stay numbers, all else is text."""
    if isinstance(value, (bool, int, float, np.integer, np.floating)):
        number = value.item() if isinstance(value, np.generic) else value
        return number if abs(number) < MOST else text_of(value)
    return text_of(value)
