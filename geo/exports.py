"""Layers as files of other tools: GeoJSON, GeoPackage, GeoParquet, CSV. The same rows in each."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from geo.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import geopandas as gpd

    from geo.release.reader import Collection, Release

__all__ = ["SUFFIXES", "export_collection"]


def export_collection(release: Release, collection: str, output: Path) -> int:
    """Write a collection of a release to one file.

    Parameters
    ----------
    release
        An open release; its face says what the file may hold.
    collection
        Id of the collection, for example ``area-periods``.
    output
        The file; its suffix says how: ``.geojson``, ``.geojsonl`` (one feature a line), ``.gpkg``,
        ``.parquet`` or ``.csv`` (with `lon` and `lat` of a point inside and the geometry as WKT).
        All in longitude and latitude, WGS 84.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    UsageError
        If the suffix is none of these, or the folder does not exist.
    NotFoundError
        If the release has no such collection.
    StoreError
        If the release is damaged.
    """
    write = _WRITERS.get(output.suffix.lower())
    if write is None:
        msg = f"cannot export to {output.name}: end the name in {', '.join(SUFFIXES)}"
        raise UsageError(msg, code="unknown-suffix")
    if not output.parent.is_dir():
        msg = f"the folder {output.parent} does not exist: make it first"
        raise UsageError(msg)
    if collection not in release.collections:
        msg = f"no collection {collection!r}: take one of {', '.join(release.collections)}"
        raise NotFoundError(msg, code="no-collection")
    layer = release.collections[collection]
    write(layer, output)
    return layer.count


def _write_geojson(layer: Collection, output: Path) -> None:
    """A FeatureCollection of the bytes that the feed serves."""
    with output.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        for number, feature in enumerate(layer.features(range(layer.count))):
            file.write(b",\n" if number else b"\n")
            file.write(feature)
        file.write(b"\n]}\n")


def _write_lines(layer: Collection, output: Path) -> None:
    with output.open("wb") as file:
        file.writelines(line + b"\n" for line in layer.features(range(layer.count)))


def _write_parquet(layer: Collection, output: Path) -> None:
    output.write_bytes(layer.folder.read(f"{layer.id}.parquet"))


def _write_gpkg(layer: Collection, output: Path) -> None:
    """The feature's id is the column `fid`; the format's own row number goes by another name."""
    frame = _frame(layer)
    output.unlink(missing_ok=True)
    frame.to_file(output, driver="GPKG", layer=layer.id, engine="pyogrio", FID="row_number")


def _write_csv(layer: Collection, output: Path) -> None:
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(_csv_rows(layer))


def _csv_rows(layer: Collection) -> Iterator[list[object]]:
    """A header, then each row with a point that lies inside its geometry."""
    frame = _frame(layer)
    point = frame.geometry.representative_point()
    names = [name for name in frame.columns if name != "geometry"]
    yield [*names, "lon", "lat", "wkt"]
    columns = [layer.table([name]).column(name).to_pylist() for name in names]
    places = zip(frame.geometry, point, strict=True)
    for values, (shape, inside) in zip(zip(*columns, strict=True), places, strict=True):
        position = ["", "", ""]
        if shape is not None:
            position = [f"{inside.x:.7f}", f"{inside.y:.7f}", shape.wkt]
        yield [*(_csv_value(v) for v in values), *position]


def _csv_value(value: object) -> object:
    """Empty for missing, lower case for truth values as in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def _frame(layer: Collection) -> gpd.GeoDataFrame:
    import geopandas as gpd  # noqa: PLC0415 - the formats that need it are the slower ones

    return gpd.read_parquet(io.BytesIO(layer.folder.read(f"{layer.id}.parquet")))


_WRITERS: dict[str, Callable[[Collection, Path], None]] = {
    ".geojson": _write_geojson,
    ".geojsonl": _write_lines,
    ".gpkg": _write_gpkg,
    ".parquet": _write_parquet,
    ".csv": _write_csv,
}

SUFFIXES = tuple(_WRITERS)
"""What a file's name may end in."""
