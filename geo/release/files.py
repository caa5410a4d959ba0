"""The files of a release as they are read: tables, and lines of JSON that nobody parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from geo.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from geo.storage import Folder

__all__ = ["Lines", "choose_properties", "read_table"]


class Lines:
    """The lines of a file, kept as one block of bytes and cut when asked for."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n"))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, position: int) -> bytes:
        start = int(self._ends[position - 1]) + 1 if position else 0
        return self._content[start : int(self._ends[position])]


def choose_properties(line: bytes, names: Container[str] | None) -> bytes:
    """A line of properties; if names are given, only those, in the order of the line."""
    if names is None:
        return line
    return orjson.dumps(
        {name: value for name, value in orjson.loads(line).items() if name in names}
    )


def read_table(folder: Folder, name: str, *, columns: Sequence[str] | None = None) -> pa.Table:
    """A Parquet file of a folder, or some of its columns.

    Raises
    ------
    StoreError
        If it is missing, is no Parquet file, or lacks a column.
    """
    wanted = None if columns is None else list(columns)
    try:
        table = pq.ParquetFile(pa.BufferReader(folder.read(name))).read(
            columns=wanted, use_threads=False
        )
    except pa.ArrowInvalid as error:
        msg = f"{name} in {folder.root} is no Parquet file: {error}"
        raise StoreError(msg) from error
    if missing := set(columns or ()) - set(table.column_names):
        msg = f"{name} in {folder.root} lacks the columns {', '.join(sorted(missing))}"
        raise StoreError(msg)
    return table
