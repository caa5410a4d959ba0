"""What the benches have in common: where they ran, and the page that they write together."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from geo.join.index import _processors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOAD = os.getloadavg()[0]
"""What else the machine had to do; a bench on a busy machine says little about seconds."""


def provenance(packages: Sequence[str], *, command: str) -> str:
    """When, on what, with which versions, and how to do it again."""
    versions = []
    for name in packages:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    today = datetime.now(tz=UTC).date().isoformat()
    return (
        f"{today}, {_processors()} cores, load {LOAD:.1f} at the start, "
        f"Python {platform.python_version()}, {', '.join(versions)}. Command: `{command}`."
    )


def replace_section(path: Path, section: str, *, name: str, script: str = "") -> None:
    """Replace one bench's section of the page, or add it; the rest stays."""
    begin = f"<!-- {name}: made by tests/bench/{script or f'bench_{name}.py'} -->"
    end = f"<!-- {name}: end -->"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n\n"
    before, found, rest = old.partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    before = before if found or before.endswith("\n\n") else before.rstrip("\n") + "\n\n"
    path.write_text(f"{before}{begin}\n{section}{end}{after}", encoding="utf-8")
