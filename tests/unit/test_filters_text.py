"""CQL2 text becomes the tree that it means, quickly, or a refusal; never a crash."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import Any

import cql2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.filters.faults import CODES, FilterError
from geo.filters.limits import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_OPERATIONS,
    MAX_PREDICATES,
    check_size,
)
from geo.filters.parse import parse_filter


def prop(name: str) -> dict[str, str]:
    return {"property": name}


def op(name: str, *arguments: Any) -> dict[str, Any]:
    return {"op": name, "args": list(arguments)}


A, B = prop("a"), prop("b")
RING = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]]
TREES = {
    "a = 1": op("=", A, 1),
    "a<>'it''s'": op("<>", A, "it's"),
    "a IS NOT NULL AND NOT b = 2": op("and", op("not", op("isNull", A)), op("not", op("=", B, 2))),
    "a = 1 OR b = 2 AND a = 3": op("or", op("=", A, 1), op("and", op("=", B, 2), op("=", A, 3))),
    "(a = 1 OR b = 2) AND a = 3": op("and", op("or", op("=", A, 1), op("=", B, 2)), op("=", A, 3)),
    "NOT (a = 1)": op("not", op("=", A, 1)),
    "not(a=1)and(b=2)": op("and", op("not", op("=", A, 1)), op("=", B, 2)),
    "a NOT LIKE 'x%'": op("not", op("like", A, "x%")),
    "a BETWEEN (1) AND 2 AND b IN ('x','y')": op(
        "and", op("between", A, 1, 2), op("in", B, ["x", "y"])
    ),
    "a + 2 * (b - 1) / 3 = .5": op(
        "=", op("+", A, op("/", op("*", 2, op("-", B, 1)), 3)), 0.5
    ),
    "a - b - 1 = -5": op("=", op("-", op("-", A, B), 1), -5),
    "-a = 1": op("=", op("*", -1, A), 1),
    "a div 2 % 2 = 1": op("=", op("%", op("div", A, 2), 2), 1),
    "CASEI(a) IN (casei('X'), Casei('y'))": op(
        "in", op("casei", A), [op("casei", "X"), op("casei", "y")]
    ),
    "accenti(casei(a)) = accenti(casei('Ł'))": op(
        "=", op("accenti", op("casei", A)), op("accenti", op("casei", "Ł"))
    ),
    '"a" = 1 and "x ""y""" = 2': op("and", op("=", A, 1), op("=", prop('x "y"'), 2)),
    "zażółć = 'gęślą'": op("=", prop("zażółć"), "gęślą"),
    "s_intersects(geometry, point (1 2))": op(
        "s_intersects", prop("geometry"), {"type": "Point", "coordinates": [1.0, 2.0]}
    ),
    "S_Within(geometry, POLYGON((0 0,1 0,1 1,0 0)))": op(
        "s_within", prop("geometry"), {"type": "Polygon", "coordinates": RING}
    ),
    "s_within(geometry, POINT(-1e2 +.5))": op(
        "s_within", prop("geometry"), {"type": "Point", "coordinates": [-100.0, 0.5]}
    ),
    "(s_within((geometry), BBOX( 1,2 , 3,4 )))": op(
        "s_within", prop("geometry"), {"bbox": [1.0, 2.0, 3.0, 4.0]}
    ),
    "t_after(a, DATE('2026-02-01'))": op("t_after", A, {"date": "2026-02-01"}),
    "t_metby(interval(a,b), INTERVAL('2026-02-01','..'))": op(
        "t_metBy", {"interval": [A, B]}, {"interval": ["2026-02-01", ".."]}
    ),
    r"a = 'it\'s \\'": op("=", A, "it's \\"),
    r"a = '\a\b\t\n\v\f\r'": op("=", A, "\a\b\t\n\v\f\r"),
    r"a LIKE '\\%\_\x'": op("like", A, r"\%\_\x"),

    "true": True,
    "point = 1": op("=", prop("point"), 1),
    "pointempty = truest": op("=", prop("pointempty"), prop("truest")),
    "date = date('2026-02-01')": op("=", prop("date"), {"date": "2026-02-01"}),
    "a = 'POINT(1 2) AND ('": op("=", A, "POINT(1 2) AND ("),
}  # fmt: skip


@pytest.mark.parametrize("text", TREES)
def test_text_means_its_tree(text: str) -> None:
    assert parse_filter(text) == TREES[text]


@pytest.mark.parametrize("text", TREES)
def test_space_and_parentheses_do_not_matter(text: str) -> None:
    assert parse_filter(f" \n(\t(  {text} ) ) ") == TREES[text]


BAD = {
    "": "filter-syntax",
    "a =": "filter-syntax",
    "(a = 1": "filter-syntax",
    "a = 1)": "filter-syntax",
    "a = 'x": "filter-syntax",
    "a == 1": "filter-syntax",
    "a = 1; b": "filter-syntax",
    "a IN ()": "filter-syntax",
    "a IN (b IN (1))": "filter-syntax",
    "(1, 2) = a": "filter-syntax",
    "a = DATE('2026-02-01','2027-02-01')": "filter-syntax",
    "\ue0000 = 1": "filter-syntax",
    '"\ue0000" = 1': "filter-syntax",
    "a = '\ud800'": "filter-syntax",
    "a = '\x00'": "filter-syntax",
    "foo(a)": "filter-function",
    "a_overlaps(a, (1, 2))": "filter-function",
    "s_within(a, POINT EMPTY)": "filter-geometry",
    "s_within(a, GEOMETRYCOLLECTION(POINT EMPTY))": "filter-geometry",
    "s_within(a, POINT(1))": "filter-geometry",
    "s_within(a, POINT(1 2)": "filter-syntax",
    "s_within(a, POINT(1 2": "filter-geometry",
    "s_within(a, POINT(b 2))": "filter-geometry",
    "s_within(a, POLYGON((((((0 0))))))": "filter-geometry",
    "a = 1" + "+1" * 300: "filter-size",
    "(" * (MAX_DEPTH + 2) + "a = 1": "filter-size",
    "a IN (" + "1," * 5000 + "1)": "filter-size",
    "x" * (MAX_CHARACTERS + 1): "filter-size",
    " and ".join(["a = 1"] * (MAX_OPERATIONS + 1)): "filter-size",
    " or ".join(["s_within(a, POINT(1 2))"] * (MAX_PREDICATES + 1)): "filter-size",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:30].encode("ascii", "replace"))
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert caught.value.error_code == BAD[text]


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[1,]", '{"a":1e999}', '"\\ud800"', "[" * 5000, "\ud800"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, language="cql2-json")
    assert caught.value.error_code in {"filter-syntax", "filter-size"}


@pytest.mark.parametrize("opened", ["(", "not(", "a and (", "a in ((", "casei((", "-(", "f("])
@pytest.mark.parametrize("filling", ["a =", "a = 1 and", "1,", "'x' like", "a is"])
def test_nesting_costs_no_time(opened: str, filling: str) -> None:
    """The library alone takes minutes or ends the process: two dozen of these are enough."""
    begun = time.process_time()
    for depth in (3, 10, 24, 35, 3000):
        for closed in ("", ")" * depth * opened.count("(")):
            with pytest.raises(FilterError):
                parse_filter(opened * depth + filling + closed)
    assert time.process_time() - begun < 1.0


def test_the_library_alone_would_not_do() -> None:
    """Why there is a scan before it: without it, this text ends the process."""
    code = "import cql2; cql2.parse_text('not ' * 100_000 + 'a = 1')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode < 0


def test_the_deepest_filters_fit_a_small_stack() -> None:
    deep = ["a = 1" + "+1" * 190, "not " * 190 + "a = 1", "a = " + "-" * 190 + "1"]
    refused = []

    def parse() -> None:
        for text in deep:
            try:
                parse_filter(text)
            except FilterError as error:
                refused.append(error.error_code)

    before = threading.stack_size(1 << 20)
    try:
        thread = threading.Thread(target=parse)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert refused == ["filter-size", "filter-size"]  # a row of signs is one number


def test_size_counts_coordinates_apart_from_nodes() -> None:
    line = {"type": "LineString", "coordinates": [[float(i), 0.0] for i in range(3 * MAX_NODES)]}
    check_size(op("s_within", A, line))
    with pytest.raises(FilterError, match="nodes"):
        check_size(op("in", A, [1] * (2 * MAX_NODES + 1)))
    with pytest.raises(FilterError, match="coordinates"):
        check_size([{"coordinates": line["coordinates"]}] * 4)


# Printing a tree and reading it gives the tree: with every parenthesis, and with those needed.

NUMBERS = st.integers(0, 10**6) | st.floats(0, 1e6).map(lambda x: round(x, 3))
TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=8)
NAMES = st.sampled_from(["a", "b", "and_so", "x y", 'say "hi"', "not", "ł", "point"])
PROPERTIES = NAMES.map(prop)
NUMERIC = st.recursive(
    NUMBERS | PROPERTIES,
    lambda inner: st.builds(op, st.sampled_from(["+", "-", "*", "/", "%", "div"]), inner, inner),
    max_leaves=5,
)
SCALARS = NUMERIC | TEXTS | PROPERTIES.map(lambda p: op("casei", p))
PREDICATES = (
    st.builds(op, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), SCALARS, SCALARS)
    | st.builds(op, st.just("between"), NUMERIC, NUMERIC, NUMERIC)
    | st.builds(op, st.just("like"), PROPERTIES, TEXTS)
    | st.builds(op, st.just("in"), PROPERTIES, st.lists(SCALARS, min_size=1, max_size=3))
    | st.builds(op, st.just("isNull"), PROPERTIES)
)
CONDITIONS = st.recursive(
    PREDICATES,
    lambda inner: (
        st.builds(op, st.sampled_from(["and", "or"]), inner, inner)
        | st.builds(op, st.just("not"), inner)
    ),
    max_leaves=6,
)


FORMS = {
    "casei": "CASEI({})", "in": "{} IN ({})", "between": "{} BETWEEN {} AND {}",
    "isNull": "{} IS NULL", "not": "NOT {}",
}  # fmt: skip


def written(node: Any) -> str:
    """A tree as text, with parentheses around every operand that is an operation."""
    if isinstance(node, str):
        return "'" + node.replace("'", "''") + "'"
    if isinstance(node, list):
        return ", ".join(map(inner, node))
    if not isinstance(node, dict):
        return repr(node)
    if "property" in node:
        return '"' + node["property"].replace('"', '""') + '"'
    form = FORMS.get(node["op"], f"{{}} {node['op'].upper()} {{}}")
    return form.format(*map(inner, node["args"]))


def inner(node: Any) -> str:
    text = written(node)
    return f"({text})" if isinstance(node, dict) and node.get("op") not in {None, "casei"} else text


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_what_is_written_is_read(tree: Any) -> None:
    assert parse_filter(written(tree)) == tree


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_text_that_the_library_writes_means_the_same(tree: Any) -> None:
    """The library leaves out the parentheses that precedence makes needless, and flattens."""
    text = cql2.Expr(tree).to_text()
    assume("div(" not in text)  # which the library writes as a function, and CQL2 as an operator
    assert parse_filter(text) == cql2.parse_text(text).to_json()


@settings(max_examples=100, deadline=None)
@given(CONDITIONS)
def test_json_is_read_as_it_is(tree: Any) -> None:
    assert parse_filter(json.dumps(tree), language="cql2-json") == tree


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("abn ()'\"=<>+-*/.,0123POINTBBOX", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except FilterError as error:
        assert error.error_code in CODES  # noqa: PT017 - either way is right
