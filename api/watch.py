"""Keeps the current release open, and notices a new one."""

from __future__ import annotations

import logging
import math
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from geo.errors import NotFoundError, RewirError
from geo.locate import Locator
from geo.release.reader import Release, current_id, open_release

if TYPE_CHECKING:
    from geo.storage import Folder

__all__ = ["ReleaseWatch", "http_date"]

MOST_READS = 5

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
        self._seen: tuple[Release | None, bytes] = None, b""
        self._sound = False
        self._started = datetime.now(UTC)
        self._switches = 0
        self._lock = threading.Lock()

    @property
    def due(self) -> bool:
        """Whether it is time to look at the store again."""
        return time.monotonic() - self._looked >= self._every

    @property
    def release(self) -> Release | None:
        """The release that was current at the last look; None if there was none."""
        return self._seen[0]

    @property
    def seen(self) -> tuple[Release | None, bytes]:
        """The release, and when its answers last changed, for ``Last-Modified``; of one moment.

        That is when it became the current one or when this process began, the later of the two in
        whole seconds; empty until no other switch can have the same date.
        """
        return self._seen

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
        if self.release is not None and self._lock.locked():
            return self.release
        with self._lock:
            if self.due:
                self._look_again()
                self._looked = time.monotonic()
            return self.release

    def locator(self, release: Release) -> Locator:
        """The look-up of a release; kept, because its indexes are built once."""
        with self._lock:
            if self._locator is None or self._locator[0] is not release:
                self._locator = (release, Locator(release))
            return self._locator[1]

    def _look_again(self) -> None:
        self._sound = False
        try:
            looked = datetime.now(UTC)
            name, switched = self._current()
            release = self.release
            if release is None or release.id != name:
                opened = open_release(self._folder, name, face=self._face)
                self._switches += release is not None
                release = opened
                _log.info("serving release %s (%s)", name, self._face)
        except NotFoundError:
            return
        except RewirError as error:
            _log.error("the current release cannot be opened: %s", error)
            return
        self._seen = release, self._date(switched, looked)
        self._sound = True

    def _current(self) -> tuple[str, datetime | None]:
        """The id of the current release, and since when it is that; both of one moment."""
        for _ in range(MOST_READS):
            before = self._folder.modified("current")
            name = current_id(self._folder)
            if self._folder.modified("current") == before:
                return name, before
        return name, None

    def _date(self, switched: datetime | None, looked: datetime) -> bytes:
        """The later of switch and start; none while another switch would have the same date."""
        if switched is None or looked.timestamp() < math.floor(switched.timestamp()) + 1:
            return b""
        return http_date(max(switched, self._started)).encode()


def http_date(moment: datetime) -> str:
    """A moment as the headers of HTTP write it: GMT, whole seconds."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
