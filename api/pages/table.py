"""Rows of a layer as a table: an estimate and its interval belong together, in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from api.pages.words import column_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.pages.words import Words
    from geo.release.reader import Collection

__all__ = ["Head", "body", "heads", "intervals_of", "main_columns", "notes_of", "without_limits"]

MOST_COLUMNS = 12

MAIN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "area-periods": (
        "area_name", "level", "period", "category_group", "n_reports", "n_episodes",
        "n_confirmed", "rate_per_1000", "smr_eb", "rate_ratio_yoy",
    ),
    "area-series": (
        "area_name", "level", "category_group", "month_first", "n_months", "reports_by_month",
        "peak_weekday", "peak_hours", "n_new", "n_new_overdue", "n_verification",
        "n_verification_overdue",
    ),
    "hotspot-areas": (
        "name", "period", "category_group", "hot_class", "n_episodes", "n_reports", "rr_shrunk",
        "emerging_plain", "peak_hours", "beats", "top_category",
    ),
    "forecasts": (
        "area_name", "period", "category_group", "forecast_n", "last_n", "low_information",
    ),
    "plan-candidates": (
        "beat_id", "name", "category_group", "rank_median", "p_top_k", "forecast_n", "selected",
        "reason_text",
    ),
}  # fmt: skip
"""What the table of a broad layer shows unless a reader asks for all; the files have it all."""

_LIMIT = re.compile(r"(.+)_(lo|hi)(\d\d)")


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the head of the table shows it; `href` sorts by it, if it does anything."""

    name: str
    title: str
    right: bool
    order: str = ""
    href: str = ""


def main_columns(collection: Collection, language: str) -> list[str]:
    """The columns of a layer that a reader sees first."""
    names = MAIN_COLUMNS.get(collection.id, tuple(collection.columns)[:MOST_COLUMNS])
    translated = (
        f"{n}_{language}" if f"{n}_{language}" in collection.columns else n for n in names
    )
    return [name for name in translated if name in collection.columns]


def intervals_of(columns: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Estimates with the names of their limits, and what per cent of intervals hold the truth.

    A limit belongs to the last column before it that has its name without ``_lo90``, or begins
    with that.
    """
    found: dict[str, tuple[str, str, str]] = {}
    before: list[str] = []
    for name in columns:
        limit = _LIMIT.fullmatch(name)
        if not limit:
            before.append(name)
        elif limit[2] == "lo":
            stem, percent = limit[1], limit[3]
            near = [n for n in before if n == stem or n.startswith(f"{stem}_")]
            if near:
                found[near[-1]] = (name, f"{stem}_hi{percent}", percent)
    return {n: limits for n, limits in found.items() if limits[1] in set(columns)}


def without_limits(collection: Collection, names: Sequence[str]) -> list[str]:
    """Columns less the limits that stand beside their estimate."""
    beside = {
        limit
        for name, (low, high, _) in intervals_of(collection.columns).items()
        if name in names
        for limit in (low, high)
    }
    return [name for name in names if name not in beside]


def heads(collection: Collection, names: Sequence[str], language: str) -> list[Head]:
    """The head of the table."""
    return [
        Head(
            name,
            column_title(collection.columns[name], language),
            collection.columns[name]["type"] in {"integer", "number"},
        )
        for name in names
    ]


def body(
    words: Words,
    collection: Collection,
    names: Sequence[str],
    rows: Iterable[tuple[str, Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """The rows of the table, from the ids and properties of features."""
    intervals = intervals_of(collection.columns)
    path = f"/collections/{quote(collection.id)}/items/"
    return [
        {
            "fid": fid,
            "path": path + quote(fid),
            "cells": [cell(words, collection, name, values, intervals) for name in names],
        }
        for fid, values in rows
    ]


def cell(
    words: Words,
    collection: Collection,
    name: str,
    values: Mapping[str, Any],
    intervals: Mapping[str, tuple[str, str, str]],
) -> Markup:
    """A value, with its interval if it has one."""
    shown = words.cell(collection, name, values)
    if name not in intervals or values.get(name) is None:
        return shown
    low, high, percent = intervals[name]
    ends = [words.cell(collection, end, values) for end in (low, high)]
    return Markup('{} <span class="soft interval">({}%: {}–{})</span>').format(
        shown, percent, *ends
    )


def notes_of(words: Words, collection: Collection, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why numbers are missing in these rows, each reason once."""
    reasons = (words.reason(collection, row) for row in rows)
    return [reason for reason in dict.fromkeys(reasons) if reason]
