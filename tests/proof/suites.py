"""E12 and E13: the tests that hold printed numbers, other implementations, and what stays.

These run with every `make test`; here they are run once more, and counted.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from proof.page import Part, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[2]
ORACLES = ("test_published_statistics.py", "test_published_planning.py",
           "test_statistics_oracles.py", "test_scan_and_knox.py")  # fmt: skip
INVARIANTS = ("test_metamorphic_always.py",)


class Tally(NamedTuple):
    """How many tests of a file passed, failed, and were left out for want of their data."""

    passed: int
    failed: int
    skipped: int


def oracles(maps: int, *, progress: Callable[[str], None]) -> Part:  # noqa: ARG001 - no maps here
    """E12."""
    part = Part("E12", "printed numbers and other implementations")
    part.say(
        "Numbers of papers, books and manuals, exact to the digits printed, and the same question"
        " put to other people's programs. Each example of a test counts. Beyond these,"
        " `test_join_properties.py` holds every join against rational arithmetic, and"
        " `test_chicago.py` against the beat that the police recorded of a million incidents."
    )
    _table(part, [ROOT / "tests" / "reference" / name for name in ORACLES], progress=progress)
    return part


def invariants(maps: int, *, progress: Callable[[str], None]) -> Part:  # noqa: ARG001 - as above
    """E13."""
    part = Part("E13", "what must not change")
    part.say(
        "Rows in another order, a file imported twice, areas under other names, an origin moved by"
        " a cell, a category split in two, a map turned: the answer is the same, or changed as"
        " foretold. The file lists which test holds what; those that it names elsewhere in"
        " `tests/property` run with `make test`."
    )
    _table(part, [ROOT / "tests" / "property" / name for name in INVARIANTS], progress=progress)
    return part


def run_tests(file: Path) -> Tally:
    """Run a file of tests, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                   f"--junitxml={report}", str(file)]  # fmt: skip
        subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        [suite] = ET.parse(report).getroot()  # noqa: S314 - pytest has just written it
    ran, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
    failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    return Tally(ran - skipped - failed, failed, skipped)


def _table(part: Part, files: Sequence[Path], *, progress: Callable[[str], None]) -> None:
    rows = []
    for path in files:
        progress(f"{part.name}: {path.name}")
        rows.append([f"`{path.stem}`: {_subject(path)}", _shown(run_tests(path))])
    part.table(["tests", "pass"], rows)


def _subject(path: Path) -> str:
    """The first line of what the file says of itself, as the end of a line."""
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")
    return first[0].rstrip(".")


def _shown(tally: Tally) -> str:
    passed, failed, skipped = tally
    text = f"{passed} of {passed + failed}" + (f", {skipped} left out" if skipped else "")
    return marked(text, met=passed > 0 and not failed)
