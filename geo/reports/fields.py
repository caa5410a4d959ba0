"""The fields of a report, read from columns of text, numbers or times; positions aside."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.catalogue import fold
from geo.reports.times import PLAUSIBLE_FROM, UTC_US, read_times, text_of, text_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.catalogue import Catalogue
    from geo.city import City
    from geo.reports.faults import Faults

__all__ = ["first_status", "read_fields"]

TOLERANCE = pd.Timedelta(days=1)
"""How far ahead of ours another machine's clock may be."""


def read_fields(
    raw: Mapping[str, pd.Series[Any]], faults: Faults, *, city: City, now: pd.Timestamp
) -> pd.DataFrame:
    """Every field read, positions aside; faults are noted, not raised."""
    catalogue = city.catalogue
    groups = {c.id: c.group for c in catalogue.categories.values()}
    category = _known_names(raw["category"], "category", catalogue, faults)
    status = pd.Series(first_status(catalogue), index=category.index, dtype=object)
    if "status" in raw:
        known = _known_names(raw["status"], "status", catalogue, faults)
        status = known.where(text_values(raw["status"]) != "", status)
    frame = pd.DataFrame(
        {
            "report_id": _text_or_missing(raw.get("report_id"), category.index),
            "category": category,
            "category_group": category.map(groups),
            "status": status,
            "part_of_day": _text_or_missing(raw.get("part_of_day"), category.index),
            "weekdays": _text_or_missing(raw.get("weekdays"), category.index),
        }
    )
    for field in ("reported_at", "event_at", "modified_at", "seen_at"):
        if field in raw:
            frame[field] = _times(raw[field], field, faults, city=city, now=now)
        elif field != "seen_at":
            frame[field] = pd.Series(pd.NaT, index=frame.index, dtype=UTC_US)
    if "corrects" in raw:
        frame["corrects"] = _text_or_missing(raw["corrects"], frame.index)
    return frame


def _known_names(
    values: pd.Series[Any], kind: str, catalogue: Catalogue, faults: Faults
) -> pd.Series[Any]:
    """Catalogue ids of a column of names; each different name is looked up once."""
    values = text_values(values) if values.dtype == object else values
    codes, different = pd.factorize(values, use_na_sentinel=False)
    names = [text_of(value) for value in different]
    find = catalogue.category if kind == "category" else catalogue.status
    ids = [find(name) if name else None for name in names]
    texts = {
        i: _unknown_text(name, kind, catalogue)
        for i, name in enumerate(names)
        if name and ids[i] is None
    }
    faults.note(np.isin(codes, list(texts)), f"unknown_{kind}", lambda row: texts[codes[row]])
    if kind == "category":
        empty = [i for i, name in enumerate(names) if not name]
        faults.note(np.isin(codes, empty), "missing_category", lambda _: "the category is empty")
    found = np.array([*ids, None], dtype=object)[codes]
    return pd.Series(found, index=values.index, dtype=object)


def _unknown_text(name: str, kind: str, catalogue: Catalogue) -> str:
    """What is unknown, and the name that comes nearest to it."""
    entries = catalogue.categories if kind == "category" else catalogue.statuses
    known = {fold(n): n for entry in entries.values() for n in (entry.id, *entry.names.values())}
    near = difflib.get_close_matches(fold(name), list(known), n=1, cutoff=0.6)
    advice = f"did you mean {known[near[0]]!r}?" if near else f"see the catalogue {catalogue.id!r}"
    return f"the {kind} {name!r} is not known: {advice}"


def _times(
    values: pd.Series[Any], field: str, faults: Faults, *, city: City, now: pd.Timestamp
) -> pd.Series[Any]:
    """A column of times; what is written and cannot be a time is a fault."""
    times = read_times(values, timezone=city.timezone)
    early = times < PLAUSIBLE_FROM
    empty = _is_empty(values, times)

    def written(row: int) -> str:
        return f"{field} is {text_of(values.iloc[row])!r}"

    advice = "write it as 2026-07-01 10:15 or 01.07.2026 10:15"
    faults.note(
        times.isna() & ~empty,
        "unreadable_time",
        lambda row: f"{written(row)}, which is not read as a time: {advice}",
    )
    if field == "reported_at":
        faults.note(empty, "missing_time", lambda _: f"reported_at is empty: {advice}")
        faults.note(early, "unreadable_time", lambda row: f"{written(row)}, before 2000: {advice}")
    if field != "event_at":
        late = times > now + TOLERANCE
        faults.note(late, "future_time", lambda row: f"{written(row)}, after {now:%Y-%m-%d}")
    return times.mask(early)


def _is_empty(values: pd.Series[Any], times: pd.Series[Any]) -> pd.Series[bool]:
    """Where nothing is written; looked at only where no time was read."""
    empty = times.isna()
    empty[empty] = text_values(values[empty]) == ""
    return empty


def _text_or_missing(values: pd.Series[Any] | None, index: pd.Index[Any]) -> pd.Series[Any]:
    """Text, missing where it is empty."""
    if values is None:
        return pd.Series(np.nan, index=index, dtype="str")
    text = text_values(values)
    return text.mask(text == "")


def first_status(catalogue: Catalogue) -> str:
    """The status of a report of which nothing more is known: the first pending one."""
    pending = (s.id for s in catalogue.statuses.values() if s.status_class == "pending")
    return next(pending, "new")
