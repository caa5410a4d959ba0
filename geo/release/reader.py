"""Read a release: features come out as the bytes that the build has encoded.

Nothing is parsed on the way: a feature is its line of properties, its line of geometry and a
frame around them. Only what a filter asks for is read from the columns, when it first asks.
A release never changes, so whoever holds a `Release` sees one state from beginning to end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.errors import NotFoundError, StoreError
from geo.filters.rows import Rows, kinds_of
from geo.filters.sorting import order_rows
from geo.release.files import Lines, choose_properties, read_table
from geo.release.selection import (
    Box,
    Interval,
    Selection,
    equal_mask,
    parse_value,
    time_mask,
    touch_masks,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from geo.filters.compile import Filter
    from geo.filters.sorting import SortKey
    from geo.storage import Folder

__all__ = [
    "FORMAT",
    "RELEASE_ID",
    "Collection",
    "Release",
    "current_id",
    "open_current",
    "open_release",
]

FORMAT = 1
"""The version of the folder's layout that this module reads."""

MOST_MASKS = 256

RELEASE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


@dataclass(frozen=True, eq=False)
class Release:
    """An open release, seen by one face.

    Attributes
    ----------
    id
        Names the release: as-of date and hash of everything that went in.
    face
        ``public`` or ``internal``. The public face never opens a file of the internal one; the
        internal face takes from the public one what is the same on both.
    manifest
        What the build says of the release: city, periods, groups, inputs, parameters.
    collections
        Collection id to `Collection`, in the manifest's order.
    """

    id: str
    face: str
    manifest: Mapping[str, Any] = field(repr=False)
    collections: Mapping[str, Collection] = field(repr=False)
    folder: Folder = field(repr=False)
    shared: Folder = field(repr=False)

    def collection(self, name: str) -> Collection:
        """The collection of this id.

        Raises
        ------
        NotFoundError
            If the release has none.
        """
        if name not in self.collections:
            msg = f"no collection {name!r}: take one of {', '.join(self.collections)}"
            raise NotFoundError(msg, code="no-collection")
        return self.collections[name]

    def has(self, name: str) -> bool:
        """Whether this face has a file of this name beside its collections."""
        return self._home(name).exists(name)

    def file(self, name: str) -> bytes:
        """A file of this face, such as ``basemap.json``.

        Raises
        ------
        StoreError
            If it is missing.
        """
        return self._home(name).read(name)

    def table(self, name: str) -> pa.Table:
        """A Parquet file of this face, such as ``addresses.parquet``.

        Raises
        ------
        StoreError
            If it is missing or no Parquet file.
        """
        return read_table(self._home(name), name)

    def _home(self, name: str) -> Folder:
        """Where a file beside the collections lies."""
        return self.folder if self.folder.exists(name) else self.shared


@dataclass(frozen=True, eq=False)
class Collection:
    """One layer of a release: rows with properties, a geometry, and often a time."""

    id: str
    meta: Mapping[str, Any] = field(repr=False)
    folder: Folder = field(repr=False)
    _columns: dict[str, pa.ChunkedArray] = field(default_factory=dict, repr=False)
    _shapes: dict[int, Any] = field(default_factory=dict, repr=False)
    _masks: dict[tuple[str, str], NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self.meta["rows"])

    @property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        """Name of each property to its type, title, unit and whether it may be null."""
        columns: Mapping[str, Mapping[str, Any]] = self.meta["columns"]
        return columns

    @cached_property
    def rows(self) -> Rows:
        """The columns and geometries as filters read them."""
        return Rows(
            kinds=kinds_of(self.columns, geometry=self.meta["geometry"] is not None),
            column=self._column,
            lines=lambda: self._index["geometry"],
            encoded=lambda: [self._geometries[line] for line in range(len(self._geometries))],
            fids=lambda: self._fids,
        )

    def select(
        self,
        *,
        equals: Mapping[str, str] | None = None,
        bbox: Box | None = None,
        interval: Interval | None = None,
        where: Filter | None = None,
        order: Sequence[SortKey] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> Selection:
        """Rows that pass every filter, in the order of the file unless another is asked for.

        Parameters
        ----------
        equals
            Column to the text of the value it must have.
        bbox
            West, south, east, north in degrees; a geometry that touches it matches.
        interval
            First and last day, inclusive, either may be None.
        where
            A condition compiled for the properties of this collection.
        order
            What to sort by; equal rows follow by their id.
        offset, limit
            Which part of the matching rows to return.

        Raises
        ------
        UsageError
            If a text is no value of its column.
        NotFoundError
            If there is no such column.
        """
        mask = np.ones(self.count, dtype=bool)
        for name, text in (equals or {}).items():
            mask &= self._equal(name, text)
        if interval is not None:
            mask &= time_mask(*self._days, interval)
        if where is not None:
            mask &= where.mask(self.rows)
        if bbox is not None:
            mask &= self._touching(bbox, mask)
        rows = np.flatnonzero(mask)
        if order:
            rows = order_rows(self.rows, rows, keys=order)
        stop = None if limit is None else offset + limit
        return Selection(rows[offset:stop], len(rows))

    def features(
        self,
        rows: Iterable[int],
        *,
        geometry: bool = True,
        properties: Container[str] | None = None,
    ) -> list[bytes]:
        """GeoJSON features, encoded.

        Parameters
        ----------
        rows
            Which.
        geometry
            False for ``"geometry": null`` everywhere; it is so anyway where there is none.
        properties
            Names of those wanted; None for all, which are then not even parsed.
        """
        shape_of, shapes = self._index["geometry"], self._geometries
        features = []
        for row in rows:
            line = int(shape_of[row]) if geometry else -1
            features.append(
                b'{"type":"Feature","id":%b,"geometry":%b,"properties":%b}'
                % (
                    orjson.dumps(self._fids[row]),
                    shapes[line] if line >= 0 else b"null",
                    choose_properties(self._properties[row], properties),
                )
            )
        return features

    def fid_of(self, row: int) -> str:
        """The feature id of a row."""
        return self._fids[row]

    def property_line(self, row: int) -> bytes:
        """The properties of a row as one JSON object."""
        return self._properties[row]

    def geometry_line(self, number: int) -> bytes:
        """A shape, by its number, as GeoJSON."""
        return self._geometries[number]

    def shape_numbers(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """The number of each row's shape, -1 where it has none; rows may share one."""
        return np.asarray(self._index["geometry"][rows], dtype=np.int32)

    def shapes(self, numbers: Iterable[int]) -> NDArray[np.object_]:
        """Shapely geometries in EPSG:4326, longitude first, by their numbers; each parsed once."""
        import shapely  # noqa: PLC0415 - pages without a box never need it

        wanted = [int(number) for number in numbers]
        for number in wanted:
            if number not in self._shapes:
                self._shapes[number] = shapely.from_geojson(self._geometries[number])
        shapes = np.empty(len(wanted), dtype=object)
        shapes[:] = [self._shapes[number] for number in wanted]
        return shapes

    def days(self, rows: NDArray[np.intp]) -> tuple[NDArray[Any], NDArray[Any]]:
        """First and last day of each row, datetime64[D], NaT where it has none."""
        start, end = self._days
        return start[rows], end[rows]

    def row_of(self, fid: str) -> int | None:
        """The row of a feature, None if the collection has no such feature."""
        return self._row_of_fid.get(fid)

    def parse(self, name: str, text: str) -> str | bool | int | float | Any:
        """The value that a text means in a column.

        Raises
        ------
        UsageError
            If it means none.
        NotFoundError
            If there is no such column.
        """
        return parse_value(self._column(name).type, text)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Columns of the layer as they were built, for example ``["fid", "geometry"]`` (WKB).

        Raises
        ------
        StoreError
            If the file or a column is missing.
        """
        return read_table(self.folder, f"{self.id}.parquet", columns=columns)

    def _equal(self, name: str, text: str) -> NDArray[np.bool_]:
        """The rows with a value; kept, because maps ask for the same few values again and again."""
        mask = self._masks.get((name, text))
        if mask is None:
            mask = equal_mask(self._column(name), text)
            if len(self._masks) >= MOST_MASKS:
                self._masks.clear()
            self._masks[name, text] = mask
        return mask

    def _column(self, name: str) -> pa.ChunkedArray:
        if name not in self.columns:
            msg = f"{self.id} has no property {name!r}: take one of {', '.join(self.columns)}"
            raise NotFoundError(msg, code="no-property")
        if name not in self._columns:
            self._columns[name] = self.table([name]).column(name)
        return self._columns[name]

    @cached_property
    def _index(self) -> dict[str, NDArray[Any]]:
        table = read_table(self.folder, f"{self.id}.index.parquet")
        if len(table) != self.count:
            msg = f"{self.id}.index.parquet has {len(table)} rows and the manifest {self.count}"
            raise StoreError(msg)
        names = ("geometry", "xmin", "ymin", "xmax", "ymax", "start", "end")
        return {name: table.column(name).to_numpy() for name in names} | {
            "fid": np.array(table.column("fid").to_pylist(), dtype=object)
        }

    @cached_property
    def _fids(self) -> list[str]:
        fids: list[str] = self._index["fid"].tolist()
        return fids

    @cached_property
    def _row_of_fid(self) -> dict[str, int]:
        return {fid: row for row, fid in enumerate(self._fids)}

    @cached_property
    def _properties(self) -> Lines:
        lines = Lines(self.folder.read(f"{self.id}.properties.jsonl"))
        if len(lines) != self.count:
            msg = f"{self.id}.properties.jsonl has {len(lines)} lines, the manifest {self.count}"
            raise StoreError(msg)
        return lines

    @cached_property
    def _geometries(self) -> Lines:
        return Lines(self.folder.read(f"{self.id}.geometry.jsonl"))

    @cached_property
    def _bounds(self) -> NDArray[np.float64]:
        corners = [self._index[name].astype(float) for name in ("xmin", "ymin", "xmax", "ymax")]
        return np.column_stack(corners)

    @cached_property
    def _days(self) -> tuple[NDArray[Any], NDArray[Any]]:
        start, end = (self._index[name].astype("datetime64[D]") for name in ("start", "end"))
        return start, end

    def _touching(self, box: Box, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Rows of `among` that touch a box: by bounds, and by geometry where those leave doubt."""
        touching = np.zeros(self.count, dtype=bool)
        for sure, doubtful, half in touch_masks(self._bounds, box):
            touching |= sure
            rows = np.flatnonzero(doubtful & among & ~touching)
            touching[rows[self._shapes_touch(rows, half)]] = True
        return touching

    def _shapes_touch(self, rows: NDArray[np.int64], box: Box) -> NDArray[np.bool_]:
        import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

        lines, row_line = np.unique(self._index["geometry"][rows], return_inverse=True)
        touched = shapely.intersects(self.shapes(lines), shapely.box(*box))
        found: NDArray[np.bool_] = touched[row_line]
        return found


def open_current(folder: Folder, *, face: str) -> Release:
    """Open the release that a store serves now.

    Parameters
    ----------
    folder
        The store.
    face
        ``public`` or ``internal``.

    Raises
    ------
    NotFoundError
        If the store has no release yet.
    StoreError
        If the release is damaged or of another format.
    """
    return open_release(folder, current_id(folder), face=face)


def current_id(folder: Folder) -> str:
    """The id of the release that a store serves now.

    Raises
    ------
    NotFoundError
        If the store has no release yet.
    StoreError
        If `current` does not hold an id.
    """
    if not folder.exists("current"):
        msg = f"the store {folder.root} has no release yet: run `rewir build` or `rewir serve`"
        raise NotFoundError(msg, code="no-release")
    name = folder.read("current").decode("utf-8", errors="replace").strip()
    if not RELEASE_ID.fullmatch(name):
        msg = f"{folder.root}/current holds {name[:80]!r}, which names no release"
        raise StoreError(msg)
    return name


def open_release(folder: Folder, release_id: str, *, face: str) -> Release:
    """Open a release of a store by its id.

    Raises
    ------
    StoreError
        If it is missing, damaged or of another format.
    """
    home = folder.sub(f"releases/{release_id}")
    try:
        manifest = orjson.loads(home.read("manifest.json"))
        if manifest["format"] != FORMAT:
            msg = f"release {release_id} has not format {FORMAT} of this version: build it again"
            raise StoreError(msg)
        entries = manifest["faces"][face]["collections"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        msg = f"the manifest of release {release_id} cannot be used ({error!r}): build it again"
        raise StoreError(msg) from error
    faced = home.sub(face)
    collections = {name: Collection(name, meta, faced) for name, meta in entries.items()}
    return Release(release_id, face, manifest, collections, faced, home.sub("public"))
