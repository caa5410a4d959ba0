"""Formats that are made as a file first: written aside, sent in pieces, never left behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["file_chunks"]

_PIECE = 1 << 18


def file_chunks(make: Callable[[Path], None], name: str) -> Iterator[bytes]:
    """The content of a file that `make` writes.

    Parameters
    ----------
    make
        Writes the file of the path that it is given.
    name
        Name of the file; drivers tell the format by it.

    Returns
    -------
    Iterator of bytes
        Pieces of the content. The file has been written, and has lost its name, before the first:
        a client that goes away leaves nothing behind, and an error comes before any byte.
    """
    with tempfile.TemporaryDirectory(prefix="rewir-") as folder:
        path = Path(folder) / name
        make(path)
        file = path.open("rb")
    return _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
