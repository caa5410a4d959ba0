"""Write a release: whole or not at all, never over another, and then serve it.

On a disk the files go to a hidden folder that takes its name only when it is complete. Other
stores know no renaming of folders; there the manifest is written last, and a folder without a
manifest is no release.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from typing import TYPE_CHECKING, Any

import orjson

from geo.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo.storage import Folder

__all__ = ["MANIFEST", "describe_files", "has_release", "make_current", "write_release"]

MANIFEST = "manifest.json"


def has_release(folder: Folder, release_id: str) -> bool:
    """Whether a store holds this release, complete."""
    return folder.exists(f"releases/{release_id}/{MANIFEST}")


def write_release(
    folder: Folder, release_id: str, files: Mapping[str, bytes], manifest: Mapping[str, Any]
) -> bool:
    """Write all files of a release, the manifest last.

    Parameters
    ----------
    folder
        The store.
    release_id
        Names the release; the same id means the same bytes.
    files
        Path below the release's folder, such as ``public/beats.parquet``, to content.
    manifest
        What the release says of itself.

    Returns
    -------
    bool
        False if the store has this release already, which then stays as it is.

    Raises
    ------
    StoreError
        If the release cannot be put in its place.
    """
    if has_release(folder, release_id):
        return False
    content = {**files, MANIFEST: orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"}
    if not folder.is_local:
        for name, data in content.items():
            folder.replace(f"releases/{release_id}/{name}", data)
        return True
    return _write_and_rename(folder, release_id, content)


def make_current(folder: Folder, release_id: str) -> None:
    """Serve this release from now on; readers see the old one or the new one.

    Raises
    ------
    StoreError
        If the store has no such release.
    """
    if not has_release(folder, release_id):
        msg = f"the store {folder.root} has no release {release_id}: build it first"
        raise StoreError(msg)
    folder.replace("current", f"{release_id}\n".encode())


def describe_files(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Hash and size of every file, as the manifest tells of them."""
    return {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
    }


def _write_and_rename(folder: Folder, release_id: str, content: Mapping[str, bytes]) -> bool:
    hidden = f"releases/.{release_id}.{uuid.uuid4().hex}"
    try:
        for name, data in content.items():
            folder.create(f"{hidden}/{name}", data)
        return _take_name(folder, hidden, release_id)
    finally:
        shutil.rmtree(folder.path(hidden), ignore_errors=True)


def _take_name(folder: Folder, hidden: str, release_id: str) -> bool:
    """Rename; if somebody else was faster with the same release, theirs stays."""
    rename: Callable[[str, str], None] = os.rename
    try:
        rename(folder.path(hidden), folder.path(f"releases/{release_id}"))
    except OSError as error:
        if has_release(folder, release_id):
            return False
        msg = f"the release {release_id} cannot be put into {folder.root}: {error}"
        raise StoreError(msg) from error
    return True
