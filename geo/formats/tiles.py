"""The tiles of a collection: made when they are first asked for, and kept while it is open.

They follow from the release alone, so every process that makes them makes the same bytes, and
none has to write them anywhere.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from geo.errors import NotFoundError, UsageError
from geo.formats.coordinates import CRS84
from geo.formats.extract import Extract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.release.reader import Collection, Release

__all__ = ["TileArchive", "tiles_of", "write_pmtiles"]

_LOCK = threading.Lock()
_MADE: WeakKeyDictionary[Collection, TileArchive] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class TileArchive:
    """A PMTiles archive and what names its content."""

    content: bytes
    digest: str


def tiles_of(release: Release, collection: Collection) -> TileArchive:
    """The tiles of all rows of a collection.

    Raises
    ------
    NotFoundError
        If no row has a shape.
    StoreError
        If the release is damaged.
    """
    # One at a time: two requests for the same tiles must not both make them.
    with _LOCK:
        if collection not in _MADE:
            content = b"".join(write_pmtiles(Extract.whole(release, collection)))
            digest = hashlib.sha256(content).hexdigest()
            _MADE[collection] = TileArchive(content, digest)
        return _MADE[collection]


def write_pmtiles(extract: Extract) -> Iterator[bytes]:
    """A PMTiles archive of vector tiles, one layer in each, named as the collection.

    Raises
    ------
    NotFoundError
        If no row has a shape.
    UsageError
        If another coordinate system is asked for than the one of the tiles.
    """
    if extract.crs != CRS84:
        msg = "tiles are always Web Mercator: leave the coordinate system out"
        raise UsageError(msg, code="bad-crs")
    numbers = extract.shape_numbers(extract.rows)
    if not (numbers >= 0).any():
        msg = f"{extract.collection.id} has no shapes here, so it has no tiles"
        raise NotFoundError(msg, code="no-tiles")
    from geo.formats.pmtiles import tile_archive  # noqa: PLC0415 - it brings shapely

    used, place = np.unique(numbers[numbers >= 0], return_inverse=True)
    shape = np.full(len(numbers), -1, dtype=np.int32)
    shape[numbers >= 0] = place
    shapes = extract.collection.shapes(used)
    yield tile_archive(extract.collection.id, extract.table(), shapes, shape)
