"""Where the data come from: a registry of files with source, licence, date, CRS and hash.

`registry.json` lies beside the files it speaks of and travels with them, from the city's
folder into every release and the footer of every map.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from geo.errors import CityError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["REGISTRY", "FileRecord", "read_registry", "sha256_file", "write_registry"]

REGISTRY = "registry.json"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What must be known of a data file before it is used."""

    title: str
    source: str
    licence: str
    attribution: str
    date: str
    crs: str
    rows: int
    status: str
    sha256: str
    note: str = ""


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_registry(folder: Path) -> dict[str, FileRecord]:
    """The records of a folder by file name; empty if it has no registry.

    Raises
    ------
    CityError
        If the registry cannot be read.
    """
    path = folder / REGISTRY
    if not path.exists():
        return {}
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {name: FileRecord(**record) for name, record in raw.items()}
    except (json.JSONDecodeError, AttributeError, TypeError) as error:
        msg = f"{path.name} in {folder.name} is not a registry of files: {error}"
        raise CityError(msg) from error


def write_registry(folder: Path, records: Mapping[str, FileRecord]) -> None:
    """Write the records, sorted by file name, the same bytes for the same records."""
    raw = {name: asdict(records[name]) for name in sorted(records)}
    text = json.dumps(raw, ensure_ascii=False, indent=2) + "\n"
    (folder / REGISTRY).write_text(text, encoding="utf-8")
