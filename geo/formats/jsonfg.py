"""JSON-FG 1.0 (OGC 21-045r1): GeoJSON with time, type and any coordinate system.

`geometry` is WGS 84, longitude first, as in GeoJSON. A shape in another system goes to `place`,
with `coordRefSys` at the root, and `geometry` is then null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.formats.coordinates import CRS84
from geo.formats.geojson import collection_chunks, encoded_features

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.formats.extract import Extract

__all__ = ["CONFORMANCE", "PROFILE", "write_jsonfg", "write_jsonfg_feature"]

CONFORMANCE = (
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/core",
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas",
)
PROFILE = "http://www.opengis.net/def/profile/OGC/0/jsonfg"
"""What a link of relation `profile` names, as the media type is that of GeoJSON."""

_DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}


def write_jsonfg(extract: Extract) -> Iterator[bytes]:
    """A feature collection, piece by piece."""
    head = {"type": "FeatureCollection", **_root(extract), **extract.head}
    dimension = _DIMENSIONS.get(str(extract.collection.meta["geometry"]).removeprefix("Multi"))
    if dimension is not None:
        head["geometryDimension"] = dimension
    return collection_chunks(head, _features(extract))


def write_jsonfg_feature(extract: Extract) -> bytes:
    """The first row as a feature of its own."""
    [feature] = next(_features(extract))
    return b"%b,%b" % (feature[:-1], orjson.dumps({**_root(extract), **extract.head})[1:])


def _root(extract: Extract) -> dict[str, Any]:
    """What is said once, at the root."""
    root: dict[str, Any] = {"conformsTo": CONFORMANCE, "featureType": extract.collection.id}
    return root if extract.crs == CRS84 else root | {"coordRefSys": extract.crs}


def _features(extract: Extract) -> Iterator[list[bytes]]:
    plain = extract.crs == CRS84
    start, end = extract.collection.days(np.arange(extract.collection.count))

    def encode(fid: bytes, shape: bytes, properties: bytes, row: int) -> bytes:
        geometry, place = (shape, b"null") if plain else (b"null", shape)
        return b'{"type":"Feature","id":%b,"time":%b,"geometry":%b,"place":%b,"properties":%b}' % (
            fid,
            _time(start[row], end[row]),
            geometry,
            place,
            properties,
        )

    return encoded_features(extract, encode)


def _time(start: np.datetime64, end: np.datetime64) -> bytes:
    """An interval of days, both belonging to it; null for what has no time."""
    if np.isnat(start) and np.isnat(end):
        return b"null"
    days = [".." if np.isnat(day) else str(day) for day in (start, end)]
    return orjson.dumps({"interval": days})
