"""What a file of reports looks like before anybody judges it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.errors import ReportsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BrokenRow", "Positions", "Source", "Table", "damage_told"]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that has no columns to speak of; `row` counts data rows from 1."""

    row: int
    fault: str


@dataclass(frozen=True, slots=True)
class Positions:
    """Points as a file's own geometry gives them.

    Attributes
    ----------
    x, y
        float64, east or longitude first; NaN where there is no point.
    crs
        One CRS for all, one per row (None where a row names none), or None if the file
        declares none.
    faults
        Per row None, or what stands there in place of a point.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str | NDArray[np.object_] | None
    faults: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns of a file as they were written, one row per report, RangeIndex."""

    frame: pd.DataFrame
    positions: Positions | None = None
    broken: tuple[BrokenRow, ...] = ()

    def row_numbers(self) -> NDArray[np.int64]:
        """The number of each row of `frame` in the file, from 1, blank lines not counted."""
        total = len(self.frame) + len(self.broken)
        taken = sorted({min(b.row, total) - 1 for b in self.broken})
        return np.delete(np.arange(1, total + 1, dtype=np.int64), taken)[: len(self.frame)]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened: its column names are known, its rows are read on demand.

    `load` takes the names of the wanted columns; no other column is kept. `is_empty` says that
    the file has no rows, and so of a kind without a header, no columns either.
    """

    name: str
    columns: tuple[str, ...]
    has_geometry: bool
    load: Callable[[Sequence[str]], Table]
    is_empty: bool = False


@contextmanager
def damage_told(what: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn what a library raises on a damaged file into our message.

    Raises
    ------
    ReportsError
        In place of any of `errors`; `what` says what the file should be.
    """
    try:
        yield
    except errors as error:
        msg = f"{what}, or it is damaged: {error or type(error).__name__}"
        raise ReportsError(msg) from error
