"""GeoParquet 1.1: WKB, east first, with a bounding box of each row as a covering."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from geo.formats.coordinates import authority_name
from geo.formats.files import file_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.formats.extract import Extract

__all__ = ["wkb_column", "write_geoparquet"]

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def write_geoparquet(extract: Extract) -> Iterator[bytes]:
    """A Parquet file, compressed with zstd; readers skip row groups outside their box."""
    table = _table(extract)

    def make(path: Path) -> None:
        pq.write_table(
            table,
            path,
            compression="zstd",
            row_group_size=10_000,
            dictionary_pagesize_limit=2**25,
            write_batch_size=1024,
        )

    return file_chunks(make, f"{extract.collection.id}.parquet")


def wkb_column(extract: Extract, *, multi: bool = False) -> tuple[pa.Array, list[str]]:
    """The shape of each row as WKB, null for none, and the kinds of shapes that there are.

    Parameters
    ----------
    extract
        What is written.
    multi
        Whether single shapes become collections of one where both occur.
    """
    import shapely  # noqa: PLC0415 - as GeoJSON is served without it

    shapes = extract.shapes(official_axes=False)
    kinds = sorted({str(shape.geom_type) for shape in shapes.values()})
    bare = {kind.removeprefix("Multi") for kind in kinds}
    if multi and len(kinds) == 2 and len(bare) == 1:
        kinds = [f"Multi{bare.pop()}"]
        shapes = {n: _as_multi(shape) for n, shape in shapes.items()}
    encoded = pa.array(
        shapely.to_wkb(list(shapes.values())).tolist() if shapes else [], pa.binary()
    )
    place, missing = _positions(extract, shapes)
    where = pa.array(place, pa.int32(), mask=missing)
    return pa.DictionaryArray.from_arrays(where, encoded).dictionary_decode(), kinds


def _as_multi(shape: Any) -> Any:
    import shapely  # noqa: PLC0415 - as above

    makers = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    maker = makers.get(shape.geom_type)
    return maker([shape]) if maker else shape


def _table(extract: Extract) -> pa.Table:
    column, kinds = wkb_column(extract)
    crs = _projjson(extract.crs)
    about: dict[str, Any] = {
        "encoding": "WKB",
        "crs": crs,
        "geometry_types": kinds,
        "orientation": "counterclockwise",
        "covering": {"bbox": {corner: ["bbox", corner] for corner in _CORNERS}},
    }
    boxes, missing = _boxes(extract)
    if not missing.all():
        low, high = boxes[~missing, :2].min(axis=0), boxes[~missing, 2:].max(axis=0)
        about["bbox"] = [*low.tolist(), *high.tolist()]
    meta = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": about}}
    corners = [pa.array(values, pa.float64(), mask=missing) for values in boxes.T]
    bbox = pa.StructArray.from_arrays(corners, names=_CORNERS, mask=pa.array(missing))
    table = extract.table().append_column("geometry", column).append_column("bbox", bbox)
    return table.replace_schema_metadata({"geo": json.dumps(meta)})


def _boxes(extract: Extract) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """West, south, east, north of each row, shape (n, 4), and which rows have none."""
    import shapely  # noqa: PLC0415 - as above

    shapes = extract.shapes(official_axes=False)
    place, missing = _positions(extract, shapes)
    bounds = np.zeros((len(place), 4))
    if shapes:
        bounds[~missing] = shapely.bounds(list(shapes.values()))[place[~missing]]
    return bounds, missing


def _positions(
    extract: Extract, shapes: dict[int, Any]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Where the shape of each row is among the shapes, and which rows have none."""
    numbers = extract.shape_numbers(extract.rows)
    place = np.searchsorted(np.array(list(shapes), dtype=np.int32), numbers)
    return np.where(numbers < 0, 0, place).astype(np.int32), numbers < 0


def _projjson(uri: str) -> dict[str, Any]:
    from geo.crs import parse_crs  # noqa: PLC0415 - as above

    found: dict[str, Any] = parse_crs(authority_name(uri)).to_json_dict()
    return found
