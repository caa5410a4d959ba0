"""A collection as a file: the format by the name's end, the file whole or not at all."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

from geo.errors import StoreError, UsageError
from geo.formats.coordinates import CRS84, served_crs
from geo.formats.csv_text import write_csv
from geo.formats.extract import Extract
from geo.formats.registry import FORMATS, format_of_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from geo.release.reader import Release

__all__ = ["SUFFIXES", "export_collection"]

SUFFIXES = tuple(entry.suffixes[0] for entry in FORMATS.values())
"""What a file's name may end in."""


def export_collection(
    release: Release,
    collection: str,
    output: Path,
    *,
    where: Mapping[str, str] | None = None,
    crs: str = CRS84,
    wkt: bool | None = None,
) -> int:
    """Write a collection of a release to one file.

    Parameters
    ----------
    release
        An open release; its face says what the file may hold.
    collection
        Id of the collection, for example ``area-periods``.
    output
        The file; its suffix says how it is written. One that is there is replaced in one step.
    where
        Property to the text of the value that rows must have; all rows without it.
    crs
        URI or name of the coordinate system, such as ``EPSG:2180``; WGS 84 without it.
    wkt
        Whether a CSV has the shapes; without it, where the collection has shapes of its own.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    UsageError
        If the suffix is none of these, the folder does not exist, a text is no value of its
        column, or the format cannot say its coordinate system.
    NotFoundError
        If the release has no such collection, or the collection no such property.
    StoreError
        If the release is damaged, or the file cannot be written.
    """
    if not output.parent.is_dir():
        msg = f"the folder {output.parent} does not exist: make it first"
        raise UsageError(msg)
    layer = release.collection(collection)
    rows = layer.select(equals=where or {}).rows
    extract = Extract(release, layer, rows, crs=served_crs(crs))
    _replace(output, _content(extract, output, wkt=wkt))
    return len(rows)


def _content(extract: Extract, output: Path, *, wkt: bool | None) -> Iterator[bytes]:
    chosen = format_of_suffix(output.name)
    if chosen is None:
        msg = f"cannot export to {output.name}: end the name in {', '.join(SUFFIXES)}"
        raise UsageError(msg, code="unknown-suffix")
    if extract.crs != CRS84 and not chosen.names_crs:
        msg = f"{output.suffix} is always longitude and latitude: export to .gpkg or .fgb instead"
        raise UsageError(msg, code="bad-crs")
    if chosen.id == "csv":
        return write_csv(extract, wkt=wkt)
    return chosen.write(extract)


def _replace(output: Path, content: Iterable[bytes]) -> None:
    """Write beside the file and take its name: readers see the old one or the new one."""
    part = output.with_name(f".{output.name}.{uuid.uuid4().hex}")
    try:
        with part.open("xb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(output)
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror}"
        raise StoreError(msg) from error
    finally:
        part.unlink(missing_ok=True)
