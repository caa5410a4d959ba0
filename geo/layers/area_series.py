"""The layer of areas month by month: what a chart, a slider and a backlog need.

One row per level, area and category group holds the whole series as text, so that a map can add
up any months without asking again. Months of a period add up to its counts in ``area-periods``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from geo.layers.area_periods import UNASSIGNED
from geo.layers.area_statistics import NOTES
from geo.layers.collection import Collection, border_status
from geo.layers.confirmed import chance_confirmed
from geo.layers.facts import STATUS_CLASSES, WAITING, day_number, period_codes
from geo.layers.hidden_areas import hide_areas
from geo.layers.layer import Layer
from geo.layers.profiles import LEAST_TIMES, profile_texts
from geo.layers.schema import AREA_SERIES
from geo.layers.texts import about
from geo.periods import Period, local_midnight, months_before
from geo.statistics.time_profile import report_weights, week_peaks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.layers.disclosure import DisclosureRules
    from geo.layers.faces import Frame
    from geo.layers.facts import Facts

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["COLLECTION", "area_series", "closed_areas", "months_of"]

COLLECTION = "area-series"

PROFILE_MONTHS = 12

OVERDUE_DAYS = {"new": 2, "verification": 5}
"""A report is to be opened within two days and verified within five."""

_BY_MONTH = ("reports_by_month", "episodes_by_month", "confirmed_by_month", "expected_by_month")
_PEAKS = {"weekday": "peak_weekday", "hours": "peak_hours", "shift": "peak_shift"}
_HIDDEN = (*_BY_MONTH, "profile", *_PEAKS.values(), "peak_share")
_DAY = 86_400_000_000  # microseconds


def area_series(
    facts: Facts, frame: Frame, *, areas: Collection, rules: DisclosureRules | None
) -> Collection:
    """Every area month by month, as one face sees it.

    Parameters
    ----------
    facts
        Reports of the face.
    frame
        What both faces share.
    areas
        The face's collection ``area-periods``: whose numbers it hides in any period has no series.
    rules
        The rules of the public face; None hides nothing.

    Returns
    -------
    Collection
        A row per level (finest first), area and group; what lies in no area comes last in its
        level, without a geometry, and only where there is any.
    """
    city, closed = frame.city, closed_areas(areas.layer, frame, rules=rules)
    months = months_of(*frame.time)
    counter = _Counter(facts, frame, months)
    tables, before = [], 0
    for level, shapes in city.levels.items():
        table = pd.concat(
            [_labels(frame, level, facts.groups), counter.numbers(level, areas=len(shapes))], axis=1
        )
        area = table["_area"].to_numpy()
        table["suppressed"] = np.append(closed[level], np.array([False]))[area]
        table["_shape"] = np.where(area < len(shapes), area + before, -1)
        tables.append(table[(area < len(shapes)) | (table["_reports"] > 0)])
        before += len(shapes)
    rows = _without_hidden(pd.concat(tables, ignore_index=True))
    rows = rows.assign(**_calendar(months, frame.time))
    layer = Layer(
        COLLECTION,
        AREA_SERIES,
        rows[["fid", *(name.partition("=")[0] for name in AREA_SERIES)]],
        areas.layer.shapes,
        rows["_shape"].to_numpy(dtype=np.int32),
    )
    status = border_status(city, list(city.levels))
    return Collection(layer, **_ABOUT, status=status, time=frame.time, method=_method(months))


def months_of(first: date, end: date) -> list[Period]:
    """The calendar months that have a day in [first, end), each named as ``2026-01``."""
    found, start = [], first.replace(day=1)
    while start < end:
        after = (start + timedelta(days=31)).replace(day=1)
        found.append(Period(f"{start:%Y-%m}", start, after))
        start = after
    return found


def closed_areas(
    areas: Layer, frame: Frame, *, rules: DisclosureRules | None
) -> dict[str, BoolArray]:
    """The areas that have no series, so that no month tells more than its half-year.

    Parameters
    ----------
    areas
        The layer ``area-periods`` of the face.
    frame
        What both faces share.
    rules
        The rules of the public face; None hides nothing.

    Returns
    -------
    dict
        Level id to booleans, one per area: hidden in some period, or with so few residents that
        a month's number might have to be, or needed to find the months of such a one.
    """
    levels = frame.city.levels
    if rules is None:
        return {level: np.zeros(len(shapes), dtype=bool) for level, shapes in levels.items()}
    table = areas.table[areas.table["suppressed"].to_numpy(dtype=bool)]
    residents = {level: frame.denominators[level]["residents"].to_numpy(float) for level in levels}
    small = {}
    for level, shapes in levels.items():
        hidden = shapes["area_id"].isin(table.loc[table["level"] == level, "area_id"])
        few = residents[level] < rules.least_residents
        small[level] = (hidden.to_numpy(dtype=bool) | few)[:, None]
    if any(flags.any() for flags in small.values()):
        small = hide_areas(small, residents, frame.pieces)
    return {level: flags[:, 0] for level, flags in small.items()}


class _Cells(NamedTuple):
    """Pairs of a report and a group it is of."""

    report: IntArray
    group: IntArray


class _Counter:
    """Counts of one face by area, group and month."""

    def __init__(self, facts: Facts, frame: Frame, months: list[Period]) -> None:
        self._facts, self._months = facts, len(months)
        self._month = period_codes(facts.day, months)
        self._cells = _Cells(*np.nonzero(facts.member & (self._month >= 0)[:, None]))
        report, group = self._cells
        status = facts.status[report]
        self._chosen = {
            "reports_by_month": status != STATUS_CLASSES.index("joke"),
            "episodes_by_month": facts.first[report, group],
            "confirmed_by_month": status == STATUS_CLASSES.index("confirmed"),
        }
        self._expected = chance_confirmed(facts)[report, group]
        self._waiting = _waiting(facts, frame)
        start = day_number(months_before(frame.time[1], PROFILE_MONTHS))
        self._recent = _Cells(*np.nonzero(facts.first & (facts.day >= start)[:, None]))
        told, self._row = np.unique(self._recent.report, return_inverse=True)
        weights = report_weights(facts.times.iloc[told], timezone=frame.city.timezone)
        self._weights = weights.reshape(len(told), 7 * 24)

    def numbers(self, level: str, *, areas: int) -> pd.DataFrame:
        """The numbers of one level: a row per area (the last one unassigned) and group."""
        size = (areas + 1, len(self._facts.groups))
        cell = self._cell(level, self._cells, size)
        month = cell * self._months + self._month[self._cells.report]
        shape = (size[0] * size[1], self._months)
        counts = {
            name: np.bincount(month[which], minlength=shape[0] * shape[1]).reshape(shape)
            for name, which in self._chosen.items()
        }
        expected = np.bincount(month, self._expected, shape[0] * shape[1]).astype(np.float64)
        found: dict[str, Any] = {name: _whole_texts(values) for name, values in counts.items()}
        found["expected_by_month"] = _number_texts(expected.reshape(shape))
        for name, waits in self._waiting.items():
            found[name] = np.bincount(cell[waits[self._cells.report]], minlength=shape[0])
        found["_reports"] = counts["reports_by_month"].sum(axis=1)
        return pd.DataFrame(found | self._times(level, size))

    def _cell(self, level: str, cells: _Cells, size: tuple[int, int]) -> IntArray:
        area = self._facts.places.area[level][cells.report]
        return np.ravel_multi_index((np.where(area < 0, size[0] - 1, area), cells.group), size)

    def _times(self, level: str, size: tuple[int, int]) -> dict[str, object]:
        """When in the week episodes of the last twelve months happened; none of fewer than ten."""
        cell = self._cell(level, self._recent, size)
        ones = np.ones(len(cell))
        held = sparse.csr_array((ones, (cell, self._row)), (size[0] * size[1], len(self._weights)))
        enough = held @ self._weights.any(axis=1) >= LEAST_TIMES
        hours = (held[np.flatnonzero(enough)] @ self._weights).reshape(-1, 7, 24)
        peaks = week_peaks(hours)
        texts = {"profile": profile_texts(hours)}
        texts |= {column: getattr(peaks, name).tolist() for name, column in _PEAKS.items()}
        found: dict[str, object] = {}
        for name, values in texts.items():
            column = np.full(len(enough), None, dtype=object)
            column[enough] = values
            found[name] = column
        share = np.full(len(enough), np.nan)
        share[enough] = peaks.share.round(4)
        return found | {"peak_share": share, "_few": ~enough}


def _waiting(facts: Facts, frame: Frame) -> dict[str, BoolArray]:
    """Which reports wait at the end of the as-of day, and which of them too long."""
    end = local_midnight(frame.as_of + timedelta(days=1), frame.city.timezone)
    age = int(end.timestamp()) * 1_000_000 - facts.time
    found = {}
    for status, days in OVERDUE_DAYS.items():
        waits = facts.waits == WAITING[status]
        found[f"n_{status}"] = waits
        found[f"n_{status}_overdue"] = waits & (age > days * _DAY)
    return found


def _labels(frame: Frame, level: str, groups: tuple[str, ...]) -> pd.DataFrame:
    """Who and what, in the order of the numbers; `_area` is the position of the area."""
    shapes = frame.city.levels[level]
    area = np.repeat(np.arange(len(shapes) + 1), len(groups))
    group = np.tile(np.array(groups, dtype=object), len(shapes) + 1)
    nowhere = {"area_id": UNASSIGNED, "name": UNASSIGNED, "parent_id": None, "status": None}
    plain = shapes[list(nowhere)].astype(object)
    named = pd.concat([plain, pd.DataFrame([nowhere], dtype=object)], ignore_index=True)
    table = named.iloc[area].reset_index(drop=True).rename(columns={"name": "area_name"})
    table.insert(0, "fid", level + "." + table["area_id"] + "." + group)
    return table.assign(level=level, category_group=group, _area=area)


def _without_hidden(table: pd.DataFrame) -> pd.DataFrame:
    """Without what is suppressed, and why something is missing."""
    hidden = table["suppressed"].to_numpy(dtype=bool)
    if hidden.any():
        table.loc[hidden, list(_HIDDEN)] = None
    for status in OVERDUE_DAYS:
        for name in (f"n_{status}", f"n_{status}_overdue"):
            table[name] = table[name].astype("Int64").mask(hidden)
    note = np.full(len(table), None, dtype=object)
    note[table["_few"].to_numpy(dtype=bool)], note[hidden] = "few-times", "suppressed"
    return table.assign(note=note)


def _calendar(months: list[Period], time: tuple[date, date]) -> dict[str, object]:
    """The months that all series have, and how many days of the first and last the data cover."""
    first, end = time
    return {
        "month_first": months[0].id,
        "n_months": len(months),
        "first_month_days": (min(months[0].end, end) - first).days,
        "last_month_days": (end - max(months[-1].start, first)).days,
    }


def _whole_texts(counts: IntArray) -> list[str]:
    return [",".join(map(str, row)) for row in counts.tolist()]


def _number_texts(values: FloatArray) -> list[str]:
    """Numbers to three decimals, without zeros at their ends."""
    steps, position = np.unique(np.rint(values * 1000).astype(np.int64), return_inverse=True)
    texts = [f"{step / 1000:.3f}".rstrip("0").rstrip(".") for step in steps.tolist()]
    table = np.array(texts, dtype=object)[position.reshape(values.shape)]
    return [",".join(row) for row in table.tolist()]


def _method(months: list[Period]) -> Mapping[str, Any]:
    return {
        "months": [months[0].id, months[-1].id],
        "by_month": "one number a month, joined by commas, the oldest first; jokes count nowhere. "
        "Where periods begin on the first of a month, months add up to the counts of "
        "area-periods: n_reports, n_episodes, n_confirmed, and n_expected_confirmed to 0.0005 a "
        "month. Episodes count in the month of their first report",
        "days": "the data may begin and end within a month: first_month_days, last_month_days",
        "profile": "shares of the hours of the week, of the first reports of the episodes of the "
        f"last {PROFILE_MONTHS} months that tell when; from {LEAST_TIMES} on",
        "overdue": {
            "moment": "the end of the as-of day",
            "since": "the report was made",
            "days": OVERDUE_DAYS,
        },
        "hidden_areas": "areas whose numbers are hidden in some period, or have so few residents "
        "that those of a month might be, have no series",
        "notes": {code: NOTES[code] for code in ("suppressed", "few-times")},
    }


_ABOUT: dict[str, Any] = {
    **about("area-series"),
}
