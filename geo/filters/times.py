"""Time in filters: dates, moments as the local day they are on, and relations of intervals.

What Rewir serves is dated by days, so a day is the grain: a moment counts as the day that it is
on in the city's time. Days of an interval are inclusive, and an instant is the interval that
starts and ends with it. The relations are those of Allen (1983, doi:10.1145/182.358434), which
CQL2 takes over as conditions on the four ends.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from geo.filters.vectors import Vector, all_of, any_of, compare, negate

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

__all__ = ["EARLIEST", "LATEST", "RELATIONS", "Span", "day_number", "local_day", "relate_times"]

EARLIEST, LATEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
"""The ends of an interval that is open."""

Span: TypeAlias = tuple[Vector, Vector]
"""First and last day of each row's interval; two vectors of the kind ``date``."""

_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.IGNORECASE,
)


def local_day(text: str, zone: ZoneInfo) -> date:
    """The local day of a date or of a moment.

    Parameters
    ----------
    text
        ``2026-02-01`` or a time of RFC 3339.
    zone
        Where the day is local.

    Raises
    ------
    ValueError
        If the text is neither.
    OverflowError
        If there is no such day in that zone.
    """
    if _DATE.fullmatch(text):
        return date.fromisoformat(text)
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper()).astimezone(zone).date()


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def relate_times(relation: str, left: Span, right: Span) -> Vector:
    """Whether intervals stand in a relation; unknown where an end is that the answer needs."""
    return RELATIONS[relation](*left, *right)


def _ends(starts: str, ends: str) -> Callable[..., Vector]:
    """A relation that compares start with start and end with end."""

    def relation(a: Vector, b: Vector, c: Vector, d: Vector) -> Vector:
        return all_of([compare(starts, a, c), compare(ends, b, d)])

    return relation


def _disjoint(a: Vector, b: Vector, c: Vector, d: Vector) -> Vector:
    return any_of([compare(">", a, d), compare("<", b, c)])


def _overlaps(a: Vector, b: Vector, c: Vector, d: Vector) -> Vector:
    return all_of([compare("<", a, c), compare(">", b, c), compare("<", b, d)])


RELATIONS: dict[str, Callable[..., Vector]] = {
    "t_after": lambda a, _b, _c, d: compare(">", a, d),
    "t_before": lambda _a, b, c, _d: compare("<", b, c),
    "t_contains": _ends("<", ">"),
    "t_disjoint": _disjoint,
    "t_during": _ends(">", "<"),
    "t_equals": _ends("=", "="),
    "t_finishedBy": _ends("<", "="),
    "t_finishes": _ends(">", "="),
    "t_intersects": lambda *ends: negate(_disjoint(*ends)),
    "t_meets": lambda _a, b, c, _d: compare("=", b, c),
    "t_metBy": lambda a, _b, _c, d: compare("=", a, d),
    "t_overlappedBy": lambda a, b, c, d: _overlaps(c, d, a, b),
    "t_overlaps": _overlaps,
    "t_startedBy": _ends("=", ">"),
    "t_starts": _ends("=", "<"),
}
"""Relation to its condition on start and end of the left, start and end of the right."""
