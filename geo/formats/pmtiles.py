"""PMTiles version 3: all tiles of a layer in one file, read by ranges of bytes.

The layout is that of the specification: https://github.com/protomaps/PMTiles/blob/main/spec/v3/
spec.md. Tiles and directory are compressed with gzip. Equal layers give equal bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import orjson
import shapely

from geo.formats.vector_tiles import TileLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["tile_archive", "tile_id", "zoom_range"]

_HEADER_BYTES = 127
_GZIP, _MVT = 2, 1
_FINEST, _MOST_TILES = 13, 512
_USUAL_PIXELS = 2.0
_TYPES = {"int64": "Number", "double": "Number", "bool": "Boolean"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A run of equal tiles."""

    tile: int
    offset: int
    length: int
    run: int


def tile_archive(
    name: str, table: pa.Table, shapes: NDArray[np.object_], shape: NDArray[np.int32]
) -> bytes:
    """The tiles of a layer as one PMTiles archive.

    Parameters
    ----------
    name
        Name of the layer in every tile.
    table
        The properties, `fid` among them.
    shapes
        Different shapes in degrees, longitude first; at least one.
    shape
        Position of each row's shape, -1 for none.

    Notes
    -----
    A client enlarges the tiles of the finest zoom as far as it likes: at zoom 13 a unit is 0.74 m
    at the latitude of Łódź.

    There is one directory and no leaves: `zoom_range` keeps it far below the 16 KiB that the
    specification has room for.
    """
    layer = TileLayer.of(name, table, shapes, shape)
    low, high = zoom_range(layer.square, rows=int((shape >= 0).sum()))
    tiles = {
        tile_id(zoom, x, y): gzip.compress(content, 6, mtime=0)
        for zoom in range(low, high + 1)
        for x, y, content in layer.tiles(zoom)
    }
    entries, data = _lay_out(tiles)
    root = _directory(entries)
    metadata = gzip.compress(orjson.dumps(_metadata(name, table, low, high)), 9, mtime=0)
    header = _header(
        (root, metadata, b"", data),
        counts=(len(tiles), len(entries), len({entry.offset for entry in entries})),
        zooms=(low, high),
        box=shapely.total_bounds(shapes).tolist(),
    )
    return b"".join((header, root, metadata, data))


def zoom_range(square: NDArray[np.object_], *, rows: int) -> tuple[int, int]:
    """From the zoom where the usual shape is two pixels wide to the finest worth cutting.

    Parameters
    ----------
    square
        Different shapes by `geo.formats.vector_tiles.world_square`; at least one.
    rows
        How many rows have one of them.

    Notes
    -----
    The finest zoom takes some hundred tiles at most, and fewer where many rows share each shape,
    as every tile repeats a shape for each of its rows.
    """
    west, north, east, south = shapely.total_bounds(square)
    span = max(east - west, south - north, 2.0**-_FINEST)
    widths = np.ptp(shapely.bounds(square).reshape(-1, 2, 2)[:, :, 0], axis=1)
    usual = max(float(np.median(widths)), span / 256)
    tiles = max(1.0, _MOST_TILES * len(square) / max(rows, len(square)))
    high = int(np.clip(np.floor(np.log2(np.sqrt(tiles) / span)), 0, _FINEST))
    low = int(np.clip(np.ceil(np.log2(_USUAL_PIXELS / (256 * usual))), 0, high))
    return low, high


def tile_id(zoom: int, x: int, y: int) -> int:
    """Number of a tile: coarser zooms first, and in a zoom along a Hilbert curve."""
    number, side = (4**zoom - 1) // 3, 1 << zoom
    half = side >> 1
    while half:
        right, lower = int(x & half > 0), int(y & half > 0)
        number += half * half * ((3 * right) ^ lower)
        if not lower:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        half >>= 1
    return number


def _lay_out(tiles: dict[int, bytes]) -> tuple[list[_Entry], bytes]:
    """Tiles in the order of their numbers, equal ones stored once."""
    places: dict[bytes, int] = {}
    entries: list[_Entry] = []
    data = bytearray()
    for tile, content in sorted(tiles.items()):
        digest = hashlib.sha256(content).digest()
        if digest not in places:
            places[digest] = len(data)
            data += content
        last = entries[-1] if entries else None
        if last and last.offset == places[digest] and last.tile + last.run == tile:
            entries[-1] = _Entry(last.tile, last.offset, last.length, last.run + 1)
        else:
            entries.append(_Entry(tile, places[digest], len(content), 1))
    return entries, bytes(data)


def _directory(entries: Sequence[_Entry]) -> bytes:
    """Four columns of numbers; an offset that follows from the entry before is a 0."""
    tiles = [entry.tile for entry in entries]
    offsets, expected = [], None
    for entry in entries:
        offsets.append(0 if entry.offset == expected else entry.offset + 1)
        expected = entry.offset + entry.length
    columns = (
        [len(entries)],
        [b - a for a, b in zip([0, *tiles], tiles, strict=False)],
        [entry.run for entry in entries],
        [entry.length for entry in entries],
        offsets,
    )
    content = bytearray()
    for column in columns:
        for number in column:
            rest = number
            while rest > 0x7F:
                content.append(rest & 0x7F | 0x80)
                rest >>= 7
            content.append(rest)
    return gzip.compress(bytes(content), 9, mtime=0)


def _metadata(name: str, table: pa.Table, low: int, high: int) -> dict[str, object]:
    fields = {field.name: _TYPES.get(str(field.type), "String") for field in table.schema}
    layer = {"id": name, "minzoom": low, "maxzoom": high, "fields": fields}
    return {"name": name, "format": "pbf", "type": "overlay", "vector_layers": [layer]}


def _header(
    parts: tuple[bytes, bytes, bytes, bytes],
    *,
    counts: tuple[int, int, int],
    zooms: tuple[int, int],
    box: list[float],
) -> bytes:
    """Where the directory, the metadata, the leaves and the tiles begin, and what they are."""
    places, at = [], _HEADER_BYTES
    for part in parts:
        places += [at, len(part)]
        at += len(part)
    west, south, east, north = (round(degrees * 1e7) for degrees in box)
    low, high = zooms
    return struct.pack(
        "<7sB11Q6B4iB2i",
        b"PMTiles",
        3,
        *places,
        *counts,
        1,
        _GZIP,
        _GZIP,
        _MVT,
        low,
        high,
        *(west, south, east, north),
        low,
        (west + east) // 2,
        (south + north) // 2,
    )
