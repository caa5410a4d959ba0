"""Tables without geometry: CSV, XLSX, plain Parquet and lists of records."""

from __future__ import annotations

import codecs
import csv
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from geo.errors import ReportsError
from geo.reports.table import BrokenRow, Source, Table, damage_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "PARQUET_ERRORS",
    "csv_source",
    "parquet_source",
    "pick_records",
    "read_columns",
    "records_source",
    "xlsx_source",
]

SEPARATORS = (",", ";", "\t")
CHUNK = 1 << 20
PARQUET_ERRORS = (OSError, ValueError, KeyError, TypeError, NotImplementedError)
XLSX_ERRORS = (InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, EOFError,
               AttributeError, IndexError, *PARQUET_ERRORS)  # fmt: skip
"""What the libraries raise on damaged files; found by damaging some."""


def csv_source(path: Path) -> Source:
    """A CSV file in UTF-8, separated by commas, semicolons or tabs, with a header.

    Raises
    ------
    ReportsError
        If it is not UTF-8.
    """
    _require_utf8(path)
    separator, header = _header(path)
    return Source(
        path.name,
        header,
        has_geometry=False,
        load=lambda wanted: _load_csv(path, separator, wanted),
    )


def xlsx_source(path: Path) -> Source:
    """The first sheet of an Excel workbook; its first row that is not empty is the header.

    Raises
    ------
    ReportsError
        If it is no workbook, or damaged.
    """
    with damage_told(f"{path.name} is no Excel workbook", XLSX_ERRORS):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = [r for r in book.worksheets[0].iter_rows(values_only=True) if any(_filled(r))]
        book.close()
    header = tuple("" if name is None else str(name) for name in rows[0]) if rows else ()
    width = len(header)
    padded = [(*row[:width], *[None] * (width - len(row))) for row in rows[1:]]
    return Source(
        path.name, header, has_geometry=False, load=lambda wanted: _pick(header, padded, wanted)
    )


def parquet_source(path: Path) -> Source:
    """A Parquet file without geometry; only the wanted columns are read from the disk."""
    names = tuple(pq.read_schema(path).names)

    def load(wanted: Sequence[str]) -> Table:
        with damage_told(f"{path.name} is no Parquet file", PARQUET_ERRORS):
            return Table(read_columns(path, wanted).to_pandas(ignore_metadata=True))

    return Source(path.name, names, has_geometry=False, load=load)


def records_source(name: str, records: Sequence[Mapping[str, Any]]) -> Source:
    """A list of objects, as a JSON file may hold it."""
    names = tuple(dict.fromkeys(key for record in records for key in record))

    def load(wanted: Sequence[str]) -> Table:
        return Table(pick_records(records, wanted))

    return Source(name, names, has_geometry=False, load=load, is_empty=not records)


def read_columns(path: Path, wanted: Sequence[str]) -> pa.Table:
    """Some columns of a Parquet file, checked to the last byte of every text.

    Raises
    ------
    OSError, ValueError
        If it is damaged.
    """
    table = pq.read_table(path, columns=list(wanted))
    table.validate(full=True)
    return table


def pick_records(records: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> pd.DataFrame:
    """The wanted members of objects as a frame of dtype object; None where one has not got it."""
    columns = {name: [record.get(name) for record in records] for name in wanted}
    return pd.DataFrame(columns, index=range(len(records)), dtype=object)


def _require_utf8(path: Path) -> None:
    """Refuse other encodings by name: a wrong guess would spoil every Polish letter."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            seen = error.object[error.start : error.start + 24]
            guess = (
                "UTF-16" if error.object.startswith((b"\xff\xfe", b"\xfe\xff")) else "Windows-1250"
            )
            text = seen.decode("cp1250", errors="replace").split("\n")[0]
            msg = (
                f"{path.name} is not UTF-8: the byte 0x{seen[0]:02X} cannot stand there. It may be "
                f"{guess} (where it reads {text!r}): save the file as CSV UTF-8"
            )
            raise ReportsError(msg) from error


def _header(path: Path) -> tuple[str, tuple[str, ...]]:
    """The separator that splits the first line into most fields, and these fields."""
    headers = {}
    for separator in SEPARATORS:
        with (
            path.open(encoding="utf-8-sig", newline="") as file,
            damage_told(f"{path.name} is no CSV file", (csv.Error,)),
        ):
            lines = (row for row in csv.reader(file, delimiter=separator) if row)
            headers[separator] = tuple(next(lines, []))
    separator = max(SEPARATORS, key=lambda s: len(headers[s]))
    return separator, headers[separator]


def _load_csv(path: Path, separator: str, wanted: Sequence[str]) -> Table:
    broken: list[BrokenRow] = []

    def skip(row: Any) -> str:
        fault = (
            f"it has {row.actual_columns} fields and the header {row.expected_columns}: "
            "put quotes around a text that holds the separator"
        )
        broken.append(BrokenRow(row.number - 1, fault))
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            path,
            # Row numbers are known only to the reader that does not split the file.
            read_options=pyarrow.csv.ReadOptions(use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.large_string()), include_columns=list(wanted)
            ),
        )
    except pa.ArrowInvalid as error:
        msg = f"{path.name} cannot be read as CSV: {str(error).split(': ')[0]}"
        raise ReportsError(msg) from error
    return Table(table.to_pandas(), broken=tuple(broken))


def _filled(row: Sequence[Any]) -> list[bool]:
    return [value is not None and value != "" for value in row]


def _pick(header: tuple[str, ...], rows: Sequence[Sequence[Any]], wanted: Sequence[str]) -> Table:
    places = {name: header.index(name) for name in wanted}
    columns = {name: [row[i] for row in rows] for name, i in places.items()}
    return Table(pd.DataFrame(columns, index=range(len(rows)), dtype=object))
