"""The rows of a collection as filters read them: a column becomes a vector once, and is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.filters.shapes import Shapes
from geo.filters.vectors import Kind, Vector, word_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["GEOMETRY", "KINDS", "Rows", "kinds_of"]

KINDS: Mapping[str, Kind] = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
}
"""Type of a column in the manifest to what it can be compared with."""

GEOMETRY = "geometry"
"""The name by which a filter speaks of a feature's geometry."""


def kinds_of(columns: Mapping[str, Mapping[str, Any]], *, geometry: bool = True) -> dict[str, Kind]:
    """What a filter may name: every property with its kind, and the geometry if there is one."""
    kinds = {name: KINDS[column["type"]] for name, column in columns.items()}
    return {**kinds, GEOMETRY: "geometry"} if geometry else kinds


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns and geometries of a collection, decoded when they are first asked for.

    Attributes
    ----------
    kinds
        Name to kind, as `kinds_of` gives it.
    column
        Gives the Arrow column of a name.
    lines
        Gives the number of each row's geometry, -1 for none.
    encoded
        Gives the different geometries as GeoJSON.
    fids
        Gives the ids of the features, in the order of the rows.
    """

    kinds: Mapping[str, Kind]
    column: Callable[[str], pa.ChunkedArray] = field(repr=False)
    lines: Callable[[], NDArray[Any]] = field(repr=False)
    encoded: Callable[[], Sequence[bytes]] = field(repr=False)
    fids: Callable[[], Sequence[str]] = field(repr=False)
    _vectors: dict[str, Vector] = field(default_factory=dict, repr=False)
    _ranks: dict[str, NDArray[np.int64]] = field(default_factory=dict, repr=False)

    @cached_property
    def count(self) -> int:
        """Number of rows."""
        return len(self.lines())

    @cached_property
    def shapes(self) -> Shapes:
        """The geometries."""
        return Shapes.from_geojson(self.lines(), self.encoded())

    def vector(self, name: str) -> Vector:
        """A property of every row."""
        if name not in self._vectors:
            self._vectors[name] = _decode(self.column(name), self.kinds[name])
        return self._vectors[name]

    def ranks(self, name: str) -> NDArray[np.int64]:
        """(rows,) place of each value among the different values; as many as rows for null."""
        if name not in self._ranks:
            vector = self.vector(name)
            values = vector.words[vector.data] if vector.kind == "string" else vector.data
            _, ranks = np.unique(values, return_inverse=True)
            self._ranks[name] = np.where(vector.null, self.count, ranks)
        return self._ranks[name]

    @cached_property
    def order_of_fids(self) -> NDArray[np.int64]:
        """(rows,) place of each feature by its id."""
        return np.argsort(np.argsort(word_array(*self.fids()), kind="stable"), kind="stable")


def _decode(column: pa.ChunkedArray, kind: Kind) -> Vector:
    null = np.asarray(pc.is_null(column, nan_is_null=kind == "number"), dtype=bool)
    if kind == "string":
        return _decode_texts(column, null)
    if kind == "date":
        days = column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        return Vector(kind, _filled(days, 0), null)
    if kind == "boolean":
        return Vector(kind, _filled(column, fill=False), null)
    numbers = _filled(column.cast(pa.float64()), 0.0)
    return Vector(kind, numbers, null | ~np.isfinite(numbers))


def _decode_texts(column: pa.ChunkedArray, null: NDArray[np.bool_]) -> Vector:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode()
    numbers = _filled(encoded.indices.cast(pa.int64()), 0)
    # A column of nulls has no word, and its rows point at one all the same.
    return Vector("string", numbers, null, word_array(*(encoded.dictionary.to_pylist() or [""])))


def _filled(column: Any, fill: Any) -> NDArray[Any]:
    return np.asarray(pc.fill_null(column, fill).to_numpy(zero_copy_only=False))
