"""The formats by name: media type, suffix, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.formats.csv_text import write_csv
from geo.formats.gdal_files import write_flatgeobuf, write_geopackage
from geo.formats.geojson import write_feature, write_geojson, write_sequence
from geo.formats.geoparquet import write_geoparquet
from geo.formats.jsonfg import write_jsonfg, write_jsonfg_feature
from geo.formats.spreadsheet import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo.formats.extract import Extract

__all__ = ["FORMATS", "Format", "format_of_suffix"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format in which any rows of any collection can be written.

    Attributes
    ----------
    id
        The value of the parameter `f`.
    media_type
        What an answer says that it is.
    suffixes
        Ends of file names, the usual one first.
    write
        Gives the content in pieces.
    accepts
        Further media types by which a client may ask for it.
    write_one
        Gives one feature as a document of its own, None where the format has none.
    names_crs
        Whether a file says which coordinate system it is in; plain GeoJSON does not.
    """

    id: str
    media_type: str
    suffixes: tuple[str, ...]
    write: Callable[[Extract], Iterator[bytes]]
    accepts: tuple[str, ...] = ()
    write_one: Callable[[Extract], bytes] | None = None
    names_crs: bool = True


FORMATS: dict[str, Format] = {
    entry.id: entry
    for entry in (
        Format(
            "geojson",
            "application/geo+json",
            (".geojson",),
            write_geojson,
            accepts=("application/json",),
            write_one=write_feature,
            names_crs=False,
        ),
        Format(
            "geojsonseq",
            "application/geo+json-seq",
            (".geojsonl", ".geojsons", ".geojsonseq"),
            write_sequence,
            names_crs=False,
        ),
        # The standard gives JSON-FG the media type of GeoJSON; drafts had their own.
        Format(
            "jsonfg",
            "application/geo+json",
            (".jsonfg", ".fg.json"),
            write_jsonfg,
            accepts=("application/vnd.ogc.fg+json", "application/fg+json"),
            write_one=write_jsonfg_feature,
        ),
        Format("csv", "text/csv; charset=utf-8", (".csv",), write_csv),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            (".xlsx",),
            write_xlsx,
        ),
        Format("fgb", "application/flatgeobuf", (".fgb",), write_flatgeobuf),
        Format("gpkg", "application/geopackage+sqlite3", (".gpkg",), write_geopackage),
        Format("parquet", "application/vnd.apache.parquet", (".parquet",), write_geoparquet),
    )
}
"""Format id to format, in the order in which a server offers them."""


def format_of_suffix(name: str) -> Format | None:
    """The format that a file's name asks for by its end."""
    lower = name.lower()
    return next((f for f in FORMATS.values() if lower.endswith(f.suffixes)), None)
