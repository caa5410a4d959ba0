"""GeoJSON (RFC 7946) and GeoJSON text sequences (RFC 8142).

In WGS 84 the features are the very bytes that the build has encoded. In another coordinate
system, which a client asks for by name, the shapes that are needed are encoded anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from geo.formats.coordinates import CRS84

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo.formats.extract import Extract

__all__ = [
    "RECORD_SEPARATOR",
    "collection_chunks",
    "encoded_features",
    "encoded_shapes",
    "write_feature",
    "write_geojson",
    "write_sequence",
]

RECORD_SEPARATOR = b"\x1e"


def write_geojson(extract: Extract) -> Iterator[bytes]:
    """A FeatureCollection, piece by piece."""
    return collection_chunks({"type": "FeatureCollection", **extract.head}, features_of(extract))


def write_sequence(extract: Extract) -> Iterator[bytes]:
    """One feature a line, each after a record separator: a reader can take them as they come."""
    for features in features_of(extract):
        yield b"".join(RECORD_SEPARATOR + feature + b"\n" for feature in features)


def write_feature(extract: Extract) -> bytes:
    """The first row as a GeoJSON feature of its own, with the members of the head."""
    [feature] = next(features_of(extract))
    return b"%b,%b" % (feature[:-1], orjson.dumps(extract.head)[1:]) if extract.head else feature


def collection_chunks(head: dict[str, object], features: Iterator[list[bytes]]) -> Iterator[bytes]:
    """A JSON object of the members of `head` and the features, one feature a line."""
    yield orjson.dumps(head)[:-1] + b',"features":['
    between = b"\n"
    for some in features:
        yield between + b",\n".join(some)
        between = b",\n"
    yield b"\n]}\n"


def features_of(extract: Extract) -> Iterator[list[bytes]]:
    """The features, encoded, some at a time."""
    if extract.crs == CRS84 and extract.properties is None:
        for rows in extract.chunks():
            yield extract.collection.features(rows.tolist(), geometry=extract.geometry)
        return

    def encode(fid: bytes, shape: bytes, properties: bytes, _: int) -> bytes:
        return b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}' % (
            fid,
            shape,
            properties,
        )

    yield from encoded_features(extract, encode)


def encoded_features(
    extract: Extract, encode: Callable[[bytes, bytes, bytes, int], bytes]
) -> Iterator[list[bytes]]:
    """What `encode` makes of the id, shape, properties and row of each feature."""
    shapes = encoded_shapes(extract)
    collection = extract.collection
    for rows in extract.chunks():
        numbers = extract.shape_numbers(rows).tolist()
        yield [
            encode(
                orjson.dumps(collection.fid_of(row)),
                shapes[number],
                extract.properties_of(row),
                row,
            )
            for row, number in zip(rows.tolist(), numbers, strict=True)
        ]


def encoded_shapes(extract: Extract) -> dict[int, bytes]:
    """The shapes that the rows need as GeoJSON, by number; -1 is null."""
    if extract.crs == CRS84:
        numbers = {int(n) for n in extract.shape_numbers(extract.rows)} - {-1}
        return {-1: b"null"} | {n: extract.collection.geometry_line(n) for n in numbers}
    import shapely  # noqa: PLC0415 - degrees are served without it

    shapes = extract.shapes(official_axes=True)
    texts = [text.encode() for text in shapely.to_geojson(list(shapes.values()))] if shapes else []
    return {-1: b"null"} | dict(zip(shapes, texts, strict=True))
