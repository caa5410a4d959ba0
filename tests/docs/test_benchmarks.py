"""The page of benchmarks: every bench has written its part, and says what it misses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CELL = re.compile(r"(\*\*)?(<\s*)?([\d,.]+)(\*\*)?")


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")


def section(page: str, name: str) -> str:
    """What one bench has written."""
    return page.partition(f"<!-- {name}: made by ")[2].partition(f"<!-- {name}: end -->")[0]


def rows(text: str) -> list[list[str]]:
    """Cells of its tables, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_bench_of_the_makefile_has_its_part(root: Path, page: str) -> None:
    recipe = (root / "Makefile").read_text(encoding="utf-8").partition("\nbench:")[2]
    scripts = re.findall(r"tests/bench/(\w+)\.py --output docs/benchmarks\.md",
                         recipe.partition("\n\n")[0])  # fmt: skip
    assert len(scripts) >= 5
    told = re.findall(r"<!-- (\w+): made by tests/bench/(\w+)\.py -->", page)
    assert sorted(script for _, script in told) == sorted(scripts)
    for name, script in told:
        assert (root / "tests" / "bench" / f"{script}.py").exists()
        assert f"Command: `python tests/bench/{script}.py" in section(page, name)


def test_answers_of_the_map_say_which_are_too_slow(page: str) -> None:
    """In bold what misses its target, and nothing else."""
    table = rows(section(page, "map"))[1:]
    assert len(table) >= 12
    for label, *cells, target in table:
        limit = float(target.removeprefix("< ").replace(",", ""))
        for cell in cells[::2]:
            bold, below, number, _ = CELL.fullmatch(cell).groups()  # type: ignore[union-attr]
            value = float(number.replace(",", ""))
            assert bool(bold) == (below is None and value >= limit), f"{label}: {cell}"
        for cell in filter(None, cells[1::2]):
            assert float(cell) < 60_000, f"{label}: {cell}"


def test_a_release_is_measured_against_its_targets(page: str) -> None:
    table = [row for row in rows(section(page, "build")) if row[-1].startswith("<")]
    assert len(table) >= 7
    for label, clock, processors, target in table:
        assert float(processors) > 0, label
        assert float(clock) > 0, label
        assert float(target.removeprefix("< ")) > 0, label
