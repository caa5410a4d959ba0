"""A store whose internal face says more than the public one, and keys to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from small_release import write_release

from geo.keys import Key, KeyRing
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

COLUMN = "kept_inside"
VALUE = "not-for-the-public"


def write_two_faces(store: Path, **options: Any) -> Path:
    """Write a release; every row of its internal face has one property more."""
    home = write_release(store, **options)
    manifest = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["faces"]["internal"]["collections"].items():
        title = {"en": f"{COLUMN} in English", "pl": f"{COLUMN} po polsku"}
        kind = {"type": "string", "title": title, "unit": None, "nullable": False}
        entry["columns"][COLUMN] = kind
        _add_column(home / "internal", name)
    (home / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return home


def add_key(store: Path, *scopes: str, days: float = 30) -> tuple[Key, str]:
    """A key of the store, and its token; one that has ended if `days` is negative."""
    now = datetime.now(UTC)
    made = now - timedelta(days=60)
    ring = KeyRing(Folder.open(store))
    return ring.add("test", scopes=scopes, expires=now + timedelta(days=days), now=made)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _add_column(folder: Path, name: str) -> None:
    lines = folder / f"{name}.properties.jsonl"
    rows = [json.loads(line) | {COLUMN: VALUE} for line in lines.read_text("utf-8").splitlines()]
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    file = folder / f"{name}.parquet"
    table = pq.read_table(file)
    pq.write_table(table.append_column(COLUMN, [[VALUE] * len(table)]), file)
