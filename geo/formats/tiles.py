"""The tiles of a collection: made when they are first asked for, and kept while it is open.

They follow from the release alone, so every process that makes them makes the same bytes, and
none has to write them anywhere.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from geo.errors import NotFoundError

if TYPE_CHECKING:
    from geo.release.reader import Collection

__all__ = ["MEDIA_TYPE", "tiles_of"]

MEDIA_TYPE = "application/vnd.pmtiles"

_LOCK = threading.Lock()
_MADE: WeakKeyDictionary[Collection, bytes] = WeakKeyDictionary()


def tiles_of(collection: Collection) -> bytes:
    """A PMTiles archive of all rows of a collection, one layer in each tile, named as it is.

    Parameters
    ----------
    collection
        Of an open release, so of one face of it.

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
            _MADE[collection] = _archive(collection)
        return _MADE[collection]


def _archive(collection: Collection) -> bytes:
    """The archive, each shape in it once however many rows share it."""
    numbers = collection.shape_numbers(np.arange(collection.count))
    placed = numbers >= 0
    if not placed.any():
        msg = f"{collection.id} has no shapes, so it has no tiles: read its features"
        raise NotFoundError(msg, code="no-shapes")
    from geo.formats.pmtiles import tile_archive  # noqa: PLC0415 - it brings shapely

    used, place = np.unique(numbers[placed], return_inverse=True)
    shape = np.full(len(numbers), -1, dtype=np.int32)
    shape[placed] = place
    table = collection.table(["fid", *collection.columns])
    return tile_archive(collection.id, table, collection.shapes(used), shape)
