"""A folder of files, local or behind any fsspec URL: the only place that writes a store.

Three promises: a file is created whole or not at all, an existing file is never overwritten
by `create`, and `replace` switches from the old content to the new in one step.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import fsspec

from geo.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Folder"]


@dataclass(frozen=True)
class Folder:
    """A folder and the file system it lies in; paths below it are POSIX, relative."""

    fs: Any
    root: str

    @classmethod
    def open(cls, url: str | Path) -> Folder:
        """A folder by path or fsspec URL (``s3://…``, ``memory://…``); it need not exist yet.

        Raises
        ------
        StoreError
            If the URL names no file system that is installed, or a file.
        """
        try:
            fs, root = fsspec.core.url_to_fs(str(url))
        except (ImportError, ValueError) as error:
            msg = f"cannot open the store {str(url)!r}: {error}"
            raise StoreError(msg) from error
        folder = cls(fs, str(root).rstrip("/"))
        if folder.is_local and os.path.isfile(folder.root):  # noqa: PTH113  (fsspec paths are strings)
            msg = f"{folder.root} is a file: a store is a folder, which need not exist yet"
            raise StoreError(msg)
        return folder

    @property
    def is_local(self) -> bool:
        """Whether the files lie on this machine's disk."""
        return "file" in _protocols(self.fs)

    def path(self, name: str) -> str:
        """The file system's own path of a file in this folder."""
        return f"{self.root}/{name}" if name else self.root

    def sub(self, name: str) -> Folder:
        """A folder below this one."""
        return Folder(self.fs, self.path(name))

    def exists(self, name: str = "") -> bool:
        """Whether there is a file or folder of this name."""
        return bool(self.fs.exists(self.path(name)))

    def names(self, name: str = "") -> list[str]:
        """Names of the files and folders in a folder, sorted; empty where there is none."""
        if not self.exists(name):
            return []
        self.fs.invalidate_cache()
        found = self.fs.ls(self.path(name), detail=False)
        names = {str(p).rstrip("/").rsplit("/", 1)[-1] for p in found}
        return sorted(n for n in names if not n.startswith("."))

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises
        ------
        StoreError
            If it is not there.
        """
        try:
            return bytes(self.fs.cat_file(self.path(name)))
        except FileNotFoundError as error:
            msg = f"{name} is missing in {self.root}"
            raise StoreError(msg) from error

    def modified(self, name: str) -> datetime | None:
        """When a file was last written, in UTC; None if there is none, or nobody can tell."""
        try:
            moment: datetime = self.fs.modified(self.path(name))
        except (FileNotFoundError, NotImplementedError):
            return None
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)

    def create(self, name: str, content: bytes) -> bool:
        """Write a new file whole; False if one of this name exists, which then stays as it is.

        Raises
        ------
        StoreError
            If the folder cannot be written to.
        """
        if self.exists(name):
            return False
        if not self.is_local:
            self.fs.pipe_file(self.path(name), content)
            return True
        part = self._write_part(name, content)
        try:
            os.link(part, self.path(name))
        except FileExistsError:
            return False
        except OSError as error:
            raise StoreError(_unwritable(self.path(name), error)) from error
        finally:
            os.unlink(part)  # noqa: PTH108  (fsspec paths are strings)
        return True

    def replace(self, name: str, content: bytes) -> None:
        """Put new content in the place of the old in one step; readers see one or the other.

        Raises
        ------
        StoreError
            If the folder cannot be written to.
        """
        if not self.is_local:
            self.fs.pipe_file(self.path(name), content)
            return
        part = self._write_part(name, content)
        try:
            os.replace(part, self.path(name))  # noqa: PTH105  (as above)
        except OSError as error:
            os.unlink(part)  # noqa: PTH108  (as above)
            raise StoreError(_unwritable(self.path(name), error)) from error

    def _write_part(self, name: str, content: bytes) -> str:
        """Write and sync a hidden file beside the target, and return its path."""
        parent, _, base = self.path(name).rpartition("/")
        part = f"{parent}/.{base}.{uuid.uuid4().hex}"
        try:
            self.fs.makedirs(parent, exist_ok=True)
            with open(part, "xb") as file:  # noqa: PTH123  (as above)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            if os.path.exists(part):  # noqa: PTH110  (as above)
                os.unlink(part)  # noqa: PTH108  (as above)
            raise StoreError(_unwritable(self.path(name), error)) from error
        return part


def _unwritable(path: str, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror}. Name another store, or make room in this one"


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
