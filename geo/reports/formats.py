"""Which reader opens which file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import ReportsError
from geo.reports.tabular import csv_source, xlsx_source
from geo.reports.vector import geojsonl_source, geoparquet_source, gpkg_source, json_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo.reports.table import Source

__all__ = ["READERS", "open_source"]

READERS: Mapping[str, Callable[[Path], Source]] = {
    ".csv": csv_source,
    ".tsv": csv_source,
    ".geojson": json_source,
    ".json": json_source,
    ".geojsonl": geojsonl_source,
    ".gpkg": gpkg_source,
    ".parquet": geoparquet_source,
    ".xlsx": xlsx_source,
}
"""From a file's suffix to what opens it."""


def open_source(path: str | Path) -> Source:
    """Open a file of reports by its suffix.

    Raises
    ------
    ReportsError
        If it is missing, a folder, empty, of an unknown kind, or cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        msg = f"{path} is a folder: name the files in it"
        raise ReportsError(msg)
    if not path.is_file():
        msg = f"there is no file {path}"
        raise ReportsError(msg)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(READERS)
        msg = f"{path.name} is of no known kind ({path.suffix or 'no suffix'}): take one of {kinds}"
        raise ReportsError(msg)
    try:
        if path.stat().st_size == 0:
            msg = f"{path.name} is empty (0 bytes): there is nothing to read"
            raise ReportsError(msg)
        return reader(path)
    except PermissionError as error:
        msg = f"{path.name} may not be read: {error.strerror}"
        raise ReportsError(msg) from error
