"""Quarantined rows: kept, listed, exported for correction, and closed once corrected.

A row stays open until a report with its id is accepted by a later import, or until its export
is corrected and imported again: the export names in `corrects` which row each line corrects. A
row that was recorded once is not recorded again, so importing a file twice adds nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from geo.reports.columns import FIELDS
from geo.reports.times import text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

__all__ = ["CLOSED", "STORED_COLUMNS", "closings", "new_rows", "open_rows", "to_csv"]

CLOSED = "closed"
"""The reason of a stored line that says: this row was corrected."""

STORED_COLUMNS = ("record_id", "row", "reason", "detail", "record", "source", "recorded_at")


def new_rows(quarantined: pd.DataFrame, *, source: str, now: datetime) -> pd.DataFrame:
    """The quarantined rows of a file as lines to be stored, those said twice once."""
    fields = [orjson.loads(record) for record in quarantined["record"]]
    lines = quarantined.assign(
        record_id=[
            _record_id(f, source, row) for f, row in zip(fields, quarantined["row"], strict=True)
        ],
        corrects=pd.Series([f.get("corrects") for f in fields], index=quarantined.index).map(
            text_of
        ),
        source=source,
        recorded_at=pd.Timestamp(now),
    )
    texts = dict.fromkeys(("record_id", "corrects", "source"), "str")
    return lines.drop_duplicates("record_id").astype(texts)


def closings(
    stored: pd.DataFrame,
    rows: pd.DataFrame,
    *,
    report_ids: pd.Series[str],
    corrects: Collection[str],
    source: str,
    now: datetime,
) -> pd.DataFrame:
    """Lines that close open rows.

    Parameters
    ----------
    stored
        All lines of the store.
    rows
        The lines of this import (`new_rows`). Those that correct a row and are still wrong take
        its place; those that are wrong as before keep it open.
    report_ids, corrects
        Ids of the reports that this import accepted, and of the rows that they correct.
    """
    waiting = open_rows(stored)
    own = pd.Series([orjson.loads(r).get("report_id") for r in waiting["record"]], dtype=object)
    own = own.map(text_of)
    named = own.isin(set(report_ids[report_ids.isin(own)]))
    done = named | waiting["record_id"].isin([*corrects, *rows["corrects"]])
    lines = waiting[done & ~waiting["record_id"].isin(rows["record_id"])].assign(
        reason=CLOSED, detail="", record="{}", source=source, recorded_at=pd.Timestamp(now)
    )
    return lines[list(STORED_COLUMNS)]


def open_rows(stored: pd.DataFrame) -> pd.DataFrame:
    """The rows that wait for a correction, in the order in which they came."""
    closed = stored["reason"] == CLOSED
    waiting = stored[~closed & ~stored["record_id"].isin(stored.loc[closed, "record_id"])]
    first = waiting.sort_values(["recorded_at", "source", "row"]).drop_duplicates("record_id")
    return first.reset_index(drop=True)


def to_csv(waiting: pd.DataFrame) -> str:
    """The rows as CSV, to be corrected and imported again as it is.

    `corrects`, `reason` and `detail` go before the fields under our own names, so no ``--map``
    is needed; `x`, `y` and `crs` hold the position. The reader ignores `reason` and `detail`.
    """
    records = [orjson.loads(record) for record in waiting["record"]]
    used = [f for f in FIELDS if f != "corrects" and any(f in record for record in records)]
    lines = [
        [record_id, reason, detail, *(record.get(field) for field in used)]
        for record_id, reason, detail, record in zip(
            waiting["record_id"], waiting["reason"], waiting["detail"], records, strict=True
        )
    ]
    frame = pd.DataFrame(lines, columns=["corrects", "reason", "detail", *used], dtype=object)
    return frame.to_csv(index=False, lineterminator="\n")


def _record_id(fields: Mapping[str, Any], source: str, row: int) -> str:
    """The identity of a row: its fields, or its place where no field could be read."""
    said = {field: value for field, value in fields.items() if field != "corrects"}
    text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    if not set(said) - {"crs"}:
        text = f"{source}:{row}".encode()
    return hashlib.sha256(text).hexdigest()[:32]
