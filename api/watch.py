"""Keeps the current release open, and notices a new one."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from geo.errors import NotFoundError, RewirError
from geo.locate import Locator
from geo.release.reader import Release, current_id, open_release

if TYPE_CHECKING:
    from geo.storage import Folder

__all__ = ["ReleaseWatch"]

_log = logging.getLogger(__name__)


class ReleaseWatch:
    """The current release of a store as one face sees it; nothing is opened before the first look.

    Parameters
    ----------
    folder
        The store.
    face
        ``public`` or ``internal``.
    every
        Seconds between two looks at the store.
    """

    def __init__(self, folder: Folder, *, face: str = "public", every: float = 1.0) -> None:
        self._folder = folder
        self._face = face
        self._every = every
        self._looked = float("-inf")
        self._locator: tuple[Release, Locator] | None = None
        self._release: Release | None = None
        self._sound = False
        self._switches = 0
        self._lock = threading.Lock()

    @property
    def due(self) -> bool:
        """Whether it is time to look at the store again."""
        return time.monotonic() - self._looked >= self._every

    @property
    def release(self) -> Release | None:
        """The release that was current at the last look; None if there was none."""
        return self._release

    @property
    def sound(self) -> bool:
        """Whether the last look found the store and a release that can be opened."""
        return self._sound

    @property
    def switches(self) -> int:
        """How often a release was followed by another."""
        return self._switches

    def look(self) -> Release | None:
        """Look at the store. A release that cannot be opened does not end the one being served.

        While one request looks, the others go on with the release that they have.
        """
        if self._release is not None and self._lock.locked():
            return self._release
        with self._lock:
            if self.due:
                self._look_again()
                self._looked = time.monotonic()
            return self._release

    def locator(self, release: Release) -> Locator:
        """The look-up of a release; kept, because its indexes are built once."""
        with self._lock:
            if self._locator is None or self._locator[0] is not release:
                self._locator = (release, Locator(release))
            return self._locator[1]

    def _look_again(self) -> None:
        self._sound = False
        try:
            name = current_id(self._folder)
            if self._release is None or self._release.id != name:
                release = open_release(self._folder, name, face=self._face)
                self._switches += self._release is not None
                self._release = release
                _log.info("serving release %s (%s)", name, self._face)
        except NotFoundError:
            return
        except RewirError as error:
            _log.error("the current release cannot be opened: %s", error)
            return
        self._sound = True
