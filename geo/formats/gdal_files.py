"""FlatGeobuf and GeoPackage, written by GDAL from Arrow columns.

A FlatGeobuf here has no spatial index: that would sort the rows anew and refuse those without a
shape, and the rows of every format are the same in the same order. It has no type for a day, so
dates are read back as midnights. In a GeoPackage the feature's id is the column `fid` and the
format's own row number goes by another name.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from geo.formats.about import provenance
from geo.formats.coordinates import authority_name
from geo.formats.files import file_chunks
from geo.formats.geoparquet import wkb_column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.formats.extract import Extract

__all__ = ["write_flatgeobuf", "write_geopackage"]

# GDAL takes the time that it writes into a file from a setting of the whole process.
_CLOCK = threading.Lock()


def write_flatgeobuf(extract: Extract) -> Iterator[bytes]:
    """A FlatGeobuf, its rows in their order."""
    about = provenance(extract)
    options = {
        "SPATIAL_INDEX": "NO",
        "TITLE": about["title"],
        "DESCRIPTION": about["description"],
    }
    return _written(extract, "FlatGeobuf", "fgb", options=options)


def write_geopackage(extract: Extract) -> Iterator[bytes]:
    """A GeoPackage with one layer, which tells of its source in its metadata."""
    about = provenance(extract)
    options = {
        "FID": "row_number",
        "GEOMETRY_NAME": "geometry",
        "IDENTIFIER": about["title"],
        "DESCRIPTION": about["description"],
    }
    # Version 1.4 adds nothing that is written here, and older programs warn of it.
    version = {"VERSION": "1.3"}
    return _written(extract, "GPKG", "gpkg", options=options, file_options=version, metadata=about)


def _written(
    extract: Extract,
    driver: str,
    suffix: str,
    *,
    options: dict[str, str],
    file_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Iterator[bytes]:
    column, kinds = wkb_column(extract, multi=True)
    table = extract.table().append_column("geometry", column)

    def make(path: Path) -> None:
        import pyogrio  # noqa: PLC0415 - it brings geopandas, which serving starts without

        with _CLOCK:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _moment(extract)})
            pyogrio.write_arrow(
                table,
                path,
                layer=extract.collection.id,
                driver=driver,
                geometry_name="geometry",
                geometry_type=kinds[0] if len(kinds) == 1 else "Unknown",
                crs=authority_name(extract.crs),
                dataset_options=file_options,
                layer_options=options,
                layer_metadata=metadata,
            )

    return file_chunks(make, f"{extract.collection.id}.{suffix}")


def _moment(extract: Extract) -> str:
    """The release's own moment: two writings give the same bytes."""
    moment = datetime.fromisoformat(extract.release.manifest["generated_at"]).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
