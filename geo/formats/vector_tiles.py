"""Mapbox Vector Tiles 2.1 of a layer, written by arrays.

Layers here are of polygons. Each is cut to a tile with a margin, laid on the tile's grid and made
valid there; the rows that share a shape share the result. Values keep their type: texts, whole
numbers, numbers, truth values; dates are texts, and what is missing is left out. The encoding is
that of the specification: https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["EXTENT", "TileLayer", "world_square"]

EXTENT = 4096
"""Units along the side of a tile."""

_MARGIN = 64
_POLYGON = b"\x18\x03"
_POLYGON_TYPE = 3
_MOVE, _LINE, _CLOSE = 1 << 3 | 1, 2, 1 << 3 | 7

_SHORT = [bytes([n]) if n < 0x80 else bytes([n & 0x7F | 0x80, n >> 7]) for n in range(1 << 14)]
"""Varints of one and two bytes, which nearly all are."""


def world_square(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes in degrees, longitude first, as Web Mercator in a square from 0 to 1, y downwards."""

    def project(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x = xy[:, 0] / 360.0 + 0.5
        y = 0.5 - np.arctanh(np.sin(np.radians(xy[:, 1]))) / (2 * np.pi)
        return np.column_stack([x, y])

    return np.asarray(shapely.transform(shapes, project), dtype=object)


@dataclass(frozen=True, eq=False)
class TileLayer:
    """A layer, ready to be cut into tiles.

    Attributes
    ----------
    name
        Name of the layer in every tile.
    keys
        Names of the properties.
    codes
        int64, shape (rows, keys): position of each value in `values`, -1 for missing.
    values
        The different values, each encoded as it stands in a tile.
    square
        Shapes by `world_square`.
    shape
        int32, shape (rows,): position of each row's shape, -1 for none.
    """

    name: str
    keys: list[str]
    codes: NDArray[np.int64]
    values: list[bytes]
    square: NDArray[np.object_]
    shape: NDArray[np.int32]

    @classmethod
    def of(
        cls, name: str, table: pa.Table, shapes: NDArray[np.object_], shape: NDArray[np.int32]
    ) -> TileLayer:
        """A layer from its columns, its shapes in degrees, and the shape of each row."""
        known: dict[bytes, int] = {}
        codes = [_column_codes(table.column(key), known) for key in table.column_names]
        return cls(
            name,
            table.column_names,
            np.column_stack(codes),
            [_bytes_field(4, value) for value in known],
            world_square(shapes),
            shape,
        )

    def tiles(self, zoom: int) -> Iterator[tuple[int, int, bytes]]:
        """Column, row and content of every tile of a zoom that is not empty."""
        scale = float(EXTENT * 2**zoom)
        scaled = shapely.transform(self.square, lambda xy: xy * scale)
        rows_of = _rows_by_shape(self.shape, len(scaled))
        for (x, y), numbers in sorted(_touched(scaled, 2**zoom).items()):
            texts = _drawn(_cut(scaled[numbers], x=x, y=y))
            drawn = {int(n): text for n, text in zip(numbers, texts, strict=True) if text}
            rows = [rows_of[number] for number in drawn]
            if rows:
                yield x, y, self._tile(np.sort(np.concatenate(rows)), drawn)

    def _tile(self, rows: NDArray[np.intp], drawn: dict[int, bytes]) -> bytes:
        codes = self.codes[rows]
        present = codes >= 0
        used, local = np.unique(codes[present], return_inverse=True)
        column = np.broadcast_to(np.arange(len(self.keys)), codes.shape)[present]
        pairs = np.column_stack([column, local]).ravel()
        tags = _split_varints(pairs, 2 * present.sum(axis=1))
        content = [_field(15, 0, b"\x02"), _bytes_field(1, self.name.encode())]
        encoded = {number: _POLYGON + _bytes_field(4, text) for number, text in drawn.items()}
        shapes = self.shape[rows].tolist()
        for row, shape, tag in zip(rows.tolist(), shapes, tags, strict=True):
            identity = b"\x08" + _varint(row + 1)
            size = len(identity) + 1 + len(_varint(len(tag))) + len(tag) + len(encoded[shape])
            content += (
                b"\x12", _varint(size), identity, b"\x12", _varint(len(tag)), tag, encoded[shape]
            )  # fmt: skip
        content += [_bytes_field(3, key.encode()) for key in self.keys]
        content += [self.values[code] for code in used.tolist()]
        content.append(_field(5, 0, _varint(EXTENT)))
        return _bytes_field(3, b"".join(content))


def _column_codes(column: pa.ChunkedArray, known: dict[bytes, int]) -> NDArray[np.int64]:
    """Position of each value among the values known, which grow by the new ones."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.string())
    encoded = column.combine_chunks().dictionary_encode()
    codes = [known.setdefault(_value(v), len(known)) for v in encoded.dictionary.to_pylist()]
    places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.array([*codes, -1], dtype=np.int64)[places]


def _value(value: Any) -> bytes:
    """A value with its type; whole numbers zigzag, so that small negative ones stay short."""
    if isinstance(value, bool):
        return _field(7, 0, b"\x01" if value else b"\x00")
    if isinstance(value, int):
        return _field(6, 0, _varint(2 * value if value >= 0 else -2 * value - 1))
    if isinstance(value, float):
        return _field(3, 1, struct.pack("<d", value))
    return _bytes_field(1, str(value).encode())


def _rows_by_shape(shape: NDArray[np.int32], count: int) -> list[NDArray[np.intp]]:
    order = np.argsort(shape, kind="stable")
    order = order[np.searchsorted(shape[order], 0) :]
    return np.split(order, np.searchsorted(shape[order], np.arange(1, count)))


def _touched(shapes: NDArray[np.object_], side: int) -> dict[tuple[int, int], NDArray[np.intp]]:
    """The tiles that each shape lies in or near, as tile to positions of shapes."""
    corners = shapely.bounds(shapes) + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN])
    low_x, low_y, high_x, high_y = np.clip(corners // EXTENT, 0, side - 1).astype(int).T
    found: dict[tuple[int, int], list[int]] = {}
    for number in range(len(shapes)):
        for x in range(low_x[number], high_x[number] + 1):
            for y in range(low_y[number], high_y[number] + 1):
                found.setdefault((x, y), []).append(number)
    return {tile: np.array(numbers) for tile, numbers in found.items()}


def _cut(shapes: NDArray[np.object_], *, x: int, y: int) -> NDArray[np.object_]:
    """The parts of shapes inside a tile and its margin, valid on the grid of the tile."""
    west, north = x * EXTENT, y * EXTENT
    box = west - _MARGIN, north - _MARGIN, west + EXTENT + _MARGIN, north + EXTENT + _MARGIN
    whole = (shapely.bounds(shapes) >= (*box[:2], -np.inf, -np.inf)).all(axis=1) & (
        shapely.bounds(shapes) <= (np.inf, np.inf, *box[2:])
    ).all(axis=1)
    parts = shapes.copy()
    parts[~whole] = shapely.clip_by_rect(shapes[~whole], *box)
    moved = shapely.transform(parts, lambda xy: xy - (west, north))
    # Few shapes become invalid by rounding; only these are noded, which is slow.
    snapped = np.asarray(shapely.transform(moved, np.rint), dtype=object)
    whole = shapely.is_valid(snapped)
    snapped[whole] = shapely.remove_repeated_points(snapped[whole])
    snapped[~whole] = shapely.set_precision(moved[~whole], 1.0)
    return snapped


def _drawn(shapes: NDArray[np.object_]) -> list[bytes]:
    """The drawing commands of each shape, none for one that has vanished.

    The commands of all shapes are made at once. A ring of n points becomes MoveTo with the first,
    LineTo with the rest, and ClosePath; positions are told as steps from the one before, a shape's
    first from the tile's corner.
    """
    polygons, owner = _polygons(shapes)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    kept = np.diff(ring, append=-1) == 0  # all but the last point, which repeats the first
    xy, ring = np.rint(xy[kept]).astype(np.int64), ring[kept]
    of_shape = owner[polygon][ring]
    steps = np.diff(xy, axis=0, prepend=0)
    fresh = np.diff(of_shape, prepend=-1) != 0
    steps[fresh] = xy[fresh]
    size = np.bincount(ring, minlength=len(rings))
    lengths = np.bincount(owner[polygon], weights=2 * size + 3, minlength=len(shapes))
    return _split_varints(_commands(steps, size), lengths.astype(np.int64))


def _polygons(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """The polygons that the shapes consist of, and the shape of each.

    A shape that merely touches the box of a cut leaves a line or a point: they are no part of it.
    Outer rings run so that they go round clockwise where y points down, as the specification asks.
    """
    found, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(found) > _POLYGON_TYPE).any():
        found, inner = shapely.get_parts(found, return_index=True)
        owner = owner[inner]
    kept = (shapely.get_type_id(found) == _POLYGON_TYPE) & ~shapely.is_empty(found)
    return shapely.orient_polygons(found[kept]), owner[kept]


def _commands(steps: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    """The integers of all rings, one after the other: 2 for each point and 3 for each ring."""
    begin = np.cumsum(2 * size + 3) - (2 * size + 3)
    commands = np.empty(int((2 * size + 3).sum()), dtype=np.int64)
    commands[begin] = _MOVE
    commands[begin + 3] = (size - 1) << 3 | _LINE
    commands[begin + 2 * size + 2] = _CLOSE
    ring = np.repeat(np.arange(len(size)), size)
    nth = np.arange(len(steps)) - (np.cumsum(size) - size)[ring]
    place = begin[ring] + 1 + 2 * nth + (nth > 0)
    zigzag = (steps << 1) ^ (steps >> 63)
    commands[place], commands[place + 1] = zigzag[:, 0], zigzag[:, 1]
    return commands


def _split_varints(numbers: NDArray[np.int64], counts: NDArray[np.int64]) -> list[bytes]:
    """Numbers of 0 or more as varints, cut into runs of `counts` numbers."""
    values = numbers.astype(np.uint64)
    size = np.ones(len(values), dtype=np.int64)
    for bits in range(7, 63, 7):
        size += values >= np.uint64(1 << bits)
    ends = np.cumsum(size)
    content = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    start = ends - size
    for byte in range(int(size.max(initial=0))):
        longer = size > byte
        part = (values[longer] >> np.uint64(7 * byte)) & np.uint64(0x7F)
        more = (size[longer] > byte + 1).astype(np.uint64) << np.uint64(7)
        content[start[longer] + byte] = part | more
    text = content.tobytes()
    stops = np.concatenate([[0], ends])[np.concatenate([[0], np.cumsum(counts)])].tolist()
    return [text[a:b] for a, b in pairwise(stops)]


def _varint(number: int) -> bytes:
    if number < len(_SHORT):
        return _SHORT[number]
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _field(number: int, wire: int, content: bytes) -> bytes:
    return _varint(number << 3 | wire) + content


def _bytes_field(number: int, content: bytes) -> bytes:
    return _field(number, 2, _varint(len(content)) + content)
