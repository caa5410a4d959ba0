"""Which rows of a collection match: by the value of a column, by a box, by time.

A filter is a boolean mask over all rows. Rows without a geometry match every box and rows
without a time match every interval: OGC API – Features, Part 1 (17-069r4) demands both, in clause
C of /req/core/fc-bbox-response and of /req/core/fc-time-response.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]

__all__ = ["Box", "Interval", "Selection", "equal_mask", "parse_value", "time_mask", "touch_masks"]

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees; west > east crosses the antimeridian."""

Interval: TypeAlias = tuple[date | None, date | None]
"""First and last day, both inclusive; None is open."""

_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Selection:
    """A page of the rows that match, and how many match in all."""

    rows: NDArray[np.int64]
    matched: int


def parse_value(kind: pa.DataType, text: str) -> str | bool | int | float | date:
    """The value that a text means in a column of this type.

    Raises
    ------
    UsageError
        If it means none, or the type is not one that can be compared with a text.
    """
    for applies, parse in _PARSERS:
        if applies(kind):
            try:
                return parse(text)
            except (ValueError, KeyError, OverflowError) as error:
                msg = f"{text!r} is not a value of type {kind}"
                raise UsageError(msg, code="bad-value") from error
    msg = f"a column of type {kind} cannot be compared with a text"
    raise UsageError(msg, code="bad-value")


def equal_mask(column: pa.ChunkedArray, text: str) -> Mask:
    """Rows whose value is the one written; null equals nothing.

    Raises
    ------
    UsageError
        If the text is no value of the column's type.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    value = pa.scalar(parse_value(column.type, text))
    return np.asarray(pc.fill_null(pc.equal(column, value), fill_value=False), dtype=bool)


def time_mask(start: NDArray[Any], end: NDArray[Any], interval: Interval) -> Mask:
    """Rows whose days [start, end] (both inclusive, datetime64[D], NaT open) meet the interval."""
    first, last = interval
    matches: Mask = np.ones(len(start), dtype=bool)
    if first is not None:
        matches &= np.isnat(end) | (end >= np.datetime64(first))
    if last is not None:
        matches &= np.isnat(start) | (start <= np.datetime64(last))
    return matches


def touch_masks(bounds: NDArray[np.float64], box: Box) -> Iterator[tuple[Mask, Mask, Box]]:
    """For each half of a box: rows that surely touch it, rows that may, and the half.

    Parameters
    ----------
    bounds
        (rows, 4): west, south, east, north of each row; NaN where it has no geometry.
    """
    west, south, east, north = bounds.T
    for half in _halves(box):
        w, s, e, n = half
        apart = (east < w) | (west > e) | (north < s) | (south > n)
        within = (west >= w) & (east <= e) & (south >= s) & (north <= n)
        sure = within | np.isnan(west)
        yield sure, ~apart & ~sure, half


def _halves(box: Box) -> tuple[Box, ...]:
    west, south, east, north = box
    if west <= east:
        return (box,)
    return ((west, south, 180.0, north), (-180.0, south, east, north))


def _integer(text: str) -> int:
    value = int(text)
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


_PARSERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str], Any]], ...] = (
    (pa.types.is_string, str),
    (pa.types.is_large_string, str),
    (pa.types.is_boolean, _BOOLEANS.__getitem__),
    (pa.types.is_integer, _integer),
    (pa.types.is_floating, _number),
    (pa.types.is_date, _date),
)
