"""The public face: its names, their docstrings, and that importing it costs nothing."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import geo

ROOT = Path(__file__).parents[2]
NAMES = sorted(set(geo.__all__) - {"__version__"})


def test_all_is_sorted_and_whole() -> None:
    assert geo.__all__ == sorted(geo.__all__)
    assert set(geo.__all__) == {*geo._HOME, "__version__"}
    assert dir(geo) == geo.__all__


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(geo, name)
    assert inspect.getdoc(value)
    assert value.__module__.startswith(geo._HOME[name])


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'hot_spots'"):
        geo.hot_spots  # noqa: B018


def test_importing_geo_imports_nothing_heavy() -> None:
    code = (
        "import sys, geo; print(*(m for m in ('numba', 'geopandas', 'numpy') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def public_functions() -> list[tuple[str, ast.FunctionDef]]:
    """Every public function and method of a module's `__all__`."""
    found = []
    for path in sorted(ROOT.glob("geo/**/*.py")):
        if path.parent.name == "cli" or path.name.startswith("_"):
            continue  # a command's docstring is its help
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_"]
        for scope in (tree, *classes):
            found += [
                (f"{name}.{node.name}", node)
                for node in scope.body
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
                if "overload" not in {getattr(d, "id", "") for d in node.decorator_list}
            ]
    return found


@pytest.mark.parametrize(("name", "node"), public_functions())
def test_what_raises_says_so(name: str, node: ast.FunctionDef) -> None:
    raised = {
        call.func.id
        for statement in ast.walk(node)
        if isinstance(statement, ast.Raise) and isinstance(call := statement.exc, ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id.endswith("Error")
    }
    text = ast.get_docstring(node) or ""
    assert text, f"{name} has no docstring"
    if raised:
        assert "Raises\n------" in text, f"{name} raises {raised} and does not say so"
        for error in raised:
            assert error in text, f"{name} raises {error} and does not say so"
