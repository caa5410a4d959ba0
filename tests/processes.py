"""What processes cost: memory and processor time, as Linux tells them below /proc."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1 << 20


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[int(path.parent.name)] = int(after_name[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def resident_mib(pid: int) -> float:
    """Memory of a process and its children, in MiB; what they share counts once for each."""
    pages = sum(int(_read(one, "statm").split()[1]) for one in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def processor_seconds(pid: int) -> float:
    """Processor time that a process and its children have had."""
    fields = [_read(one, "stat").rpartition(")")[2].split() for one in family(pid)]
    return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()
