"""Reads vector tiles by the letter of the specification: what the writer is tested on.

The archive around the tiles is read by the package `pmtiles`. Slow and plain on purpose; nothing
here uses the code that writes tiles.
"""

from __future__ import annotations

import gzip
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pmtiles.reader import MemorySource, Reader, all_tiles
from pmtiles.tile import zxy_to_tileid

if TYPE_CHECKING:
    from collections.abc import Iterator

Ring = list[tuple[int, int]]


@dataclass
class Feature:
    """A feature of a tile: its properties, and its rings in tile units as they were drawn."""

    id: int
    properties: dict[str, Any]
    rings: list[Ring]


@dataclass
class Tile:
    """The one layer of a tile."""

    name: str
    extent: int
    features: list[Feature]


def read_archive(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and metadata of an archive."""
    reader = Reader(MemorySource(content))
    return reader.header(), reader.metadata()


def read_tiles(content: bytes) -> dict[tuple[int, int, int], Tile]:
    """Zoom, column and row to the tile, of all tiles of an archive, in its order."""
    tiles = all_tiles(MemorySource(content))
    return {place: read_tile(gzip.decompress(data)) for place, data in tiles}


def in_order(places: list[tuple[int, int, int]]) -> bool:
    """Whether tiles stand in the order of their numbers."""
    numbers = [zxy_to_tileid(*place) for place in places]
    return numbers == sorted(numbers)


def read_tile(data: bytes) -> Tile:
    """A tile with one layer."""
    [(number, layer)] = list(_fields(data))
    assert number == 3
    fields = list(_fields(layer))
    [version] = [value for number, value in fields if number == 15]
    assert version == 2
    keys = [value.decode() for number, value in fields if number == 3]
    values = [_value(value) for number, value in fields if number == 4]
    [name] = [value.decode() for number, value in fields if number == 1]
    [extent] = [value for number, value in fields if number == 5]
    features = [_feature(value, keys, values) for number, value in fields if number == 2]
    return Tile(name, extent, features)


def polygons(rings: list[Ring]) -> list[shapely.Polygon]:
    """Polygons of rings: one of positive area begins a polygon, one of negative area is a hole."""
    found: list[list[Ring]] = []
    for ring in rings:
        area = twice_area(ring)
        assert area != 0
        if area > 0:
            found.append([ring])
        else:
            found[-1].append(ring)
    return [shapely.Polygon(outer, holes) for outer, *holes in found]


def twice_area(ring: Ring) -> int:
    """Twice the area by the surveyor's formula, in whole numbers; x to the right, y down."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))


def to_degrees(shape: Any, place: tuple[int, int, int], *, extent: int = 4096) -> Any:
    """A shape in units of a tile as longitude and latitude."""
    zoom, column, row = place

    def project(xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        x = (xy[:, 0] / extent + column) / 2**zoom
        y = (xy[:, 1] / extent + row) / 2**zoom
        latitude = [math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * each)))) for each in y]
        return np.column_stack([360 * x - 180, latitude])

    return shapely.transform(shape, project)


def _feature(data: bytes, keys: list[str], values: list[Any]) -> Feature:
    fields = dict(_fields(data))
    assert fields[3] == 3, "only polygons are expected"
    tags = list(_varints(fields[2]))
    pairs = zip(tags[::2], tags[1::2], strict=True)
    properties = {keys[key]: values[value] for key, value in pairs}
    return Feature(fields[1], properties, _rings(list(_varints(fields[4]))))


def _rings(integers: list[int]) -> list[Ring]:
    rings: list[Ring] = []
    x = y = at = 0
    while at < len(integers):
        command, count = integers[at] & 7, integers[at] >> 3
        at += 1
        if command == 7:
            assert count == 1
            continue
        assert command == (2 if rings and len(rings[-1]) == 1 else 1)
        if command == 1:
            assert count == 1
            rings.append([])
        for _ in range(count):
            x, y = x + _signed(integers[at]), y + _signed(integers[at + 1])
            at += 2
            rings[-1].append((x, y))
    return rings


def _value(data: bytes) -> Any:
    [(number, value)] = list(_fields(data))
    match number:
        case 1:
            return value.decode()
        case 3:
            return struct.unpack("<d", value)[0]
        case 4 | 5:
            return value
        case 6:
            return _signed(value)
        case 7:
            return bool(value)
    msg = f"a value of kind {number}"
    raise AssertionError(msg)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
            case 1:
                value, at = data[at : at + 8], at + 8
            case 2:
                size, at = _varint(data, at)
                value, at = data[at : at + size], at + size
            case wire:
                msg = f"a field of wire type {wire}"
                raise AssertionError(msg)
        yield tag >> 3, value


def _varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        number, at = _varint(data, at)
        yield number


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while data[at] & 0x80:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | data[at] << shift, at + 1


def _signed(number: int) -> int:
    return -(number >> 1) - 1 if number & 1 else number >> 1
