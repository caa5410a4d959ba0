"""The releases that a store holds: which there are, and what each says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from geo.errors import NotFoundError, StoreError
from geo.release.reader import RELEASE_ID, Release, open_release
from geo.release.writer import MANIFEST, has_release

if TYPE_CHECKING:
    from geo.storage import Folder

__all__ = ["ReleaseSummary", "find_release", "release_ids", "summarise_release", "written_at"]

_DAY = len("2026-07-31")
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What a list of releases says of one."""

    id: str
    as_of: str
    period: str
    code_version: str
    generated_at: str
    simulated: bool


def release_ids(folder: Folder) -> list[str]:
    """Ids of the complete releases of a store: newest as-of day first, then last written."""
    names = [name for name in folder.names("releases") if _is_release(folder, name)]

    def age(name: str) -> tuple[str, datetime, str]:
        return name[:_DAY], written_at(folder, name) or _EVER, name

    return sorted(names, key=age, reverse=True)


def written_at(folder: Folder, release_id: str) -> datetime | None:
    """When a release was complete, in UTC; None if nobody can tell."""
    return folder.modified(_manifest(release_id))


def summarise_release(folder: Folder, release_id: str) -> ReleaseSummary:
    """What the manifest of a release says in short.

    Raises
    ------
    NotFoundError
        If the store has no such release.
    StoreError
        If its manifest cannot be used.
    """
    _require(folder, release_id)
    content = folder.read(_manifest(release_id))
    try:
        manifest = orjson.loads(content)
        return ReleaseSummary(
            release_id,
            as_of=str(manifest["as_of"]),
            period=str(manifest["period"]),
            code_version=str(manifest["code_version"]),
            generated_at=str(manifest["generated_at"]),
            simulated=bool(manifest["inputs"]["reports"]["simulated"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        msg = f"the manifest of release {release_id} cannot be used ({error!r}): build it again"
        raise StoreError(msg) from error


def find_release(folder: Folder, release_id: str, *, face: str) -> Release:
    """Open a release that somebody has named.

    Parameters
    ----------
    folder
        The store.
    release_id
        Any text; what is no id of a release names none.
    face
        ``public`` or ``internal``.

    Raises
    ------
    NotFoundError
        If the store has no such release.
    StoreError
        If it is damaged or of another format.
    """
    _require(folder, release_id)
    return open_release(folder, release_id, face=face)


def _manifest(release_id: str) -> str:
    return f"releases/{release_id}/{MANIFEST}"


def _require(folder: Folder, release_id: str) -> None:
    if not _is_release(folder, release_id):
        msg = f"the store {folder.root} has no release {release_id[:100]!r}"
        raise NotFoundError(msg, code="no-such-release")


def _is_release(folder: Folder, name: str) -> bool:
    return bool(RELEASE_ID.fullmatch(name)) and has_release(folder, name)
