"""Releases beside the current one: opened when somebody names them, the last few kept open."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

from api.watch import http_date
from geo.errors import StoreError
from geo.release.changes import find_changes
from geo.release.history import find_release, release_ids, summarise_release, written_at

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from geo.release.changes import Changes
    from geo.release.history import ReleaseSummary
    from geo.release.reader import Release
    from geo.storage import Folder

__all__ = ["History"]

MOST_OPEN = 3
MOST_CHANGES = 8
MOST_SUMMARIES = 1024

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class History:
    """All releases of a store as one face sees them; none of them ever changes.

    Parameters
    ----------
    folder
        The store.
    face
        ``public`` or ``internal``: no file of another face is opened.
    """

    def __init__(self, folder: Folder, *, face: str) -> None:
        self._folder = folder
        self._face = face
        self._open = _Recent(MOST_OPEN)
        self._changes = _Recent(MOST_CHANGES)
        self._summaries = _Recent(MOST_SUMMARIES)

    def releases(self) -> list[ReleaseSummary]:
        """What there is now, the newest first; a damaged release is left out."""
        return [each for name in release_ids(self._folder) if (each := self._summary(name))]

    def open(self, release_id: str) -> Release:
        """A release by its id.

        Raises
        ------
        NotFoundError
            If the store has no such release.
        StoreError
            If it is damaged or of another format.
        """
        return self._open.get(
            release_id, lambda: find_release(self._folder, release_id, face=self._face)
        )

    def written(self, release_id: str) -> str:
        """When a release was written, for ``Last-Modified``; empty if nobody can tell."""
        moment = written_at(self._folder, release_id)
        return http_date(moment) if moment else ""

    def changes(self, before: Release, after: Release) -> Changes:
        """What differs between two releases; found once for all pages.

        Raises
        ------
        StoreError
            If a file is missing or damaged.
        """
        return self._changes.get((before.id, after.id), lambda: find_changes(before, after))

    def _summary(self, release_id: str) -> ReleaseSummary | None:
        try:
            return self._summaries.get(
                release_id, lambda: summarise_release(self._folder, release_id)
            )
        except StoreError as error:
            _log.warning("a release is left out of the list: %s", error)
            return None


class _Recent:
    """The things used last, each made once at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        with self._lock:
            if key not in self._held:
                self._held[key] = make()
                if len(self._held) > self._most:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            found: _T = self._held[key]
            return found
