"""The way of the data is one way: the imports of every module are read and held against it."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Left may be imported by right, never the reverse; a name stands for a module or a sub-package.
LAYERS = [
    ["geo.errors", "geo.crs", "geo.provenance", "geo.storage", "geo.settings", "geo.addresses"],
    ["geo.keys", "geo.similar_names"],
    ["geo.languages", "geo.writing"],
    ["geo.phrases"],
    ["geo.catalogue", "geo.periods"],
    ["geo.city_settings", "geo.city"],
    [
        "geo.boundaries",
        "geo.reports",
        "geo.join",
        "geo.episodes",
        "geo._episode_links",
        "geo._gamma_profile",
        "geo._scan_ratios",
        "geo.statistics",
    ],
    ["geo.planning"],
    ["geo.layers"],
    ["geo.filters"],
    [
        "geo.release",
        "geo.formats",
        "geo.locate",
        "geo.priorities",
        "geo.one_area",
        "geo.area_months",
        "geo.contacts",
    ],
    ["geo.maps"],
    ["geo.pipeline"],
    ["geo.demo"],
    ["geo.cli", "geo.__main__"],
    ["api"],
]
FOREIGN_TO_GEO = ("fastapi", "starlette", "uvicorn", "api")


def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted([*ROOT.glob("geo/**/*.py"), *ROOT.glob("api/**/*.py")]):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.Module, known: set[str]) -> set[str]:
    """Modules that a tree imports, also inside functions and for type checking."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (inner & known) or {node.module}
    return names


def layer(name: str) -> int:
    """The layer of a module, by the longest name that it begins with."""
    homes = {
        home: number
        for number, homes in enumerate(LAYERS)
        for home in homes
        if name == home or name.startswith((f"{home}.", f"{home}_"))
    }
    assert homes, f"{name} is in no layer: add it to LAYERS"
    return homes[max(homes, key=len)]


MODULES = modules()
KNOWN = set(MODULES)


@pytest.mark.parametrize("name", sorted(KNOWN - {"geo"}))
def test_imports_go_one_way(name: str) -> None:
    for imported in imports(MODULES[name], KNOWN):
        if imported in KNOWN - {"geo"}:
            assert layer(imported) <= layer(name), f"{name} imports {imported}"


def test_there_is_no_cycle() -> None:
    graph = {name: imports(tree, KNOWN) & KNOWN - {"geo"} for name, tree in MODULES.items()}
    try:
        order = list(
            TopologicalSorter({k: v for k, v in graph.items() if k != "geo"}).static_order()
        )
    except CycleError as error:
        pytest.fail(f"modules import each other: {error.args[1]}")
    assert set(order) >= KNOWN - {"geo"}


@pytest.mark.parametrize("name", sorted(n for n in KNOWN if n.startswith("geo")))
def test_geo_knows_no_http(name: str) -> None:
    for imported in imports(MODULES[name], KNOWN):
        foreign = imported.partition(".")[0] in FOREIGN_TO_GEO
        # `rewir serve` starts the server; it names the application by a string only.
        allowed = name.startswith("geo.cli") and imported.partition(".")[0] == "uvicorn"
        assert not foreign or allowed, f"{name} imports {imported}"


def test_http_knows_only_what_serves() -> None:
    heavy = {"geopandas", "numba", "scipy", "pandas"}
    for name in sorted(n for n in KNOWN if n.startswith("api")):
        assert not imports(MODULES[name], KNOWN) & heavy, name


def test_no_module_is_too_large() -> None:
    lines = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in [*ROOT.glob("geo/**/*.py"), *ROOT.glob("api/**/*.py")]
    }
    too_large = {str(p.relative_to(ROOT)): n for p, n in lines.items() if n > 450}
    assert not too_large


def test_no_function_is_too_long() -> None:
    too_long = []
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[ast.get_docstring(node) is not None :]
                length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                too_long += [(name, node.name, length)] if length > 50 else []
    assert not too_long
