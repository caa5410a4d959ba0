"""Faults of rows, collected while a table is read, judged when all are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Faults"]


class Faults:
    """The faults of each row (counted from 0), noted as they are found."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.of: dict[int, list[tuple[str, str]]] = {}

    def add(self, row: int, code: str, text: str) -> None:
        """Note a fault of one row."""
        self.of.setdefault(row, []).append((code, text))

    def note(
        self, mask: pd.Series[bool] | NDArray[np.bool_], code: str, text: Callable[[int], str]
    ) -> None:
        """Note a fault of many rows; `text` gives the detail of each."""
        for row in np.flatnonzero(np.asarray(mask, dtype=bool)).tolist():
            self.add(row, code, text(row))

    def none(self) -> NDArray[np.bool_]:
        """Which rows have no fault."""
        good = np.ones(self.rows, dtype=bool)
        good[list(self.of)] = False
        return good
