"""The feed declares exactly the classes that are tested, and each of their tests is there once."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ogc import ABSTRACT_TESTS, ROOTS

if TYPE_CHECKING:
    from ogc import Feed

HERE = Path(__file__).parent


def written() -> list[tuple[str, str]]:
    """Name and first paragraph of the docstring of every test here but those of this file."""
    return [
        (node.name, " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split()))
        for path in sorted(HERE.glob("test_*.py"))
        if path != Path(__file__)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def wanted() -> dict[str, str]:
    """Name of a test to the id of the abstract test that it ports."""
    tests = {}
    for name, (first, names) in ABSTRACT_TESTS.items():
        for number, each in enumerate(names.split(), start=first):
            function = re.sub(r"\W", "_", f"test_{ROOTS[name]}_{number:02}_{each}")
            tests[function.lower()] = f"/conf/{ROOTS[name]}/{each}"
    return tests


def test_every_class_that_is_declared_is_tested_and_no_other(feed: Feed) -> None:
    assert sorted(feed.conforms_to) == sorted(ABSTRACT_TESTS)


def test_every_abstract_test_is_there_once() -> None:
    names = [name for name, _ in written()]
    assert sorted(names) == sorted(wanted())


def test_every_test_says_what_it_ports_and_holds() -> None:
    """The first paragraph: the abstract test, then the requirements, or that there is none."""
    tests = wanted()
    for name, line in written():
        conf, _, req = line.partition(": ")
        assert conf == tests[name]
        assert re.fullmatch(r"((/req/[\w/-]+)(, )?)+\.|no requirement of its own\.", req), line
