"""What is written: some rows of a collection, some of its properties, one coordinate system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from geo.errors import UsageError
from geo.formats.coordinates import CRS84, project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from geo.release.reader import Collection, Release

__all__ = ["CHUNK", "Extract", "repeats_areas"]

CHUNK = 200
"""Rows that are encoded between two writes: memory does not grow with their number."""


@dataclass(frozen=True, eq=False)
class Extract:
    """Rows of a collection as they are to be written.

    Attributes
    ----------
    release
        The release, which tells of licence, source and method.
    collection
        One of its collections.
    rows
        Integers, shape (n,): rows in the order in which they are written.
    properties
        Names of the properties that are written; None for all.
    crs
        URI of the coordinate system, one of `geo.formats.coordinates.SERVED_CRS`.
    geometry
        Whether shapes are written; without them every row says that it has none.
    head
        Members of a JSON answer beside its features, such as links.
    """

    release: Release
    collection: Collection
    rows: NDArray[np.intp]
    properties: tuple[str, ...] | None = None
    crs: str = CRS84
    geometry: bool = True
    head: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def whole(cls, release: Release, collection: Collection, *, crs: str = CRS84) -> Extract:
        """All rows and properties of a collection."""
        return cls(release, collection, np.arange(collection.count), crs=crs)

    @property
    def columns(self) -> dict[str, Mapping[str, Any]]:
        """The properties that are written, by name, as the manifest tells of them.

        Raises
        ------
        UsageError
            If one of them is no property of the collection.
        """
        known = self.collection.columns
        names = known if self.properties is None else self.properties
        if strange := [name for name in names if name not in known]:
            msg = f"{self.collection.id} has no property {strange[0]!r}: take of {', '.join(known)}"
            raise UsageError(msg, code="no-property")
        return {name: known[name] for name in names}

    def chunks(self) -> Iterator[NDArray[np.intp]]:
        """The rows, some at a time."""
        for start in range(0, len(self.rows), CHUNK):
            yield self.rows[start : start + CHUNK]

    def properties_of(self, row: int) -> bytes:
        """The properties of a row as one JSON object."""
        line = self.collection.property_line(row)
        if self.properties is None:
            return line
        record = orjson.loads(line)
        return orjson.dumps({name: record[name] for name in self.columns})

    def shape_numbers(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """The number of each row's shape, -1 where none is written."""
        if not self.geometry:
            return np.full(len(rows), -1, dtype=np.int32)
        return self.collection.shape_numbers(rows)

    def shapes(self, *, official_axes: bool) -> dict[int, Any]:
        """The shapes that the rows need, by number, in the coordinate system.

        Parameters
        ----------
        official_axes
            Coordinates in the order of the coordinate system's definition, as texts have them;
            else east before north, as files of GIS programs have them.
        """
        numbers = np.unique(self.shape_numbers(self.rows))
        numbers = numbers[numbers >= 0]
        found = self.collection.shapes(numbers)
        placed = project(found, self.crs, official_axes=official_axes)
        return dict(zip(numbers.tolist(), placed.tolist(), strict=True))

    def table(self) -> pa.Table:
        """`fid` and the properties as Arrow columns, dates as dates, of the rows alone."""
        names: Sequence[str] = ["fid", *self.columns]
        return self.collection.table(names).take(pa.array(self.rows)).replace_schema_metadata(None)


def repeats_areas(collection: Collection) -> bool:
    """Whether rows only name an area whose shape another collection holds.

    Half a million corners for two hundred areas would be in a table with a shape in each row.
    """
    return {"level", "area_id", "period"} <= set(collection.columns)
