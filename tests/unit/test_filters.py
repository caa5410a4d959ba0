"""What a filter finds, against plain Python row by row, SQLite, shapely and known cases."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import operator
import sqlite3
import time
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import cql2
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geo.filters.compile import compile_filter
from geo.filters.faults import FilterError
from geo.filters.parse import parse_filter
from geo.filters.rows import Rows, kinds_of
from geo.filters.shapes import CRS84, PREDICATES, filter_crs, read_bbox, read_shape
from geo.filters.sorting import MOST_SORT_KEYS, order_rows, parse_names, parse_sortby
from geo.filters.strings import like_test, without_accents, without_case
from geo.filters.times import RELATIONS, local_day

WARSAW = ZoneInfo("Europe/Warsaw")
TYPES = {
    "n": "integer", "x": "number", "name": "string", "kind": "string", "hot": "boolean",
    "start": "date", "end": "date", "nothing": "string",
}  # fmt: skip
FIELDS = {
    "n": pa.int64(), "x": pa.float64(), "name": pa.string(),
    "kind": pa.dictionary(pa.int32(), pa.string()), "hot": pa.bool_(), "start": pa.date32(),
    "end": pa.date32(), "nothing": pa.string(),
}  # fmt: skip
NAMES = ["Łódź", "łódź", "LODZ", "Rynek", "a%b", "a_b", "a\\b", "", "straße", "Z", "it's", None]
KINDS = kinds_of({name: {"type": kind} for name, kind in TYPES.items()})
SHAPES = [
    shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(0.5, 0.5, 1.5, 1.5),
    shapely.Point(0.5, 0.5), shapely.LineString([(0, 0), (2, 2)]),
    shapely.MultiPoint([(0, 0), (5, 5)]), shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2),
]  # fmt: skip
RNG = np.random.default_rng(7)


def a_day() -> dt.date | None:
    return (
        dt.date(2026, 1, 1) + dt.timedelta(int(RNG.integers(0, 9))) if RNG.random() > 0.2 else None
    )


def a_row(number: int) -> dict[str, Any]:
    days = sorted((a_day() or dt.date(2026, 1, 5), a_day() or dt.date(2026, 1, 5)))
    return {
        "n": None if RNG.random() < 0.2 else int(RNG.integers(-3, 4)),
        "x": None if RNG.random() < 0.2 else float(RNG.choice([-1.5, 0.0, 0.5, 2.0, math.nan])),
        "name": NAMES[number % len(NAMES)],
        "kind": [None, "a", "b", "Łódź"][int(RNG.integers(0, 4))],
        "hot": [None, True, False][int(RNG.integers(0, 3))],
        "start": None if RNG.random() < 0.2 else days[0],
        "end": None if RNG.random() < 0.2 else days[1],
        "nothing": None,
        "geometry": None if number % 8 == 7 else SHAPES[number % 8],
    }


TABLE = [a_row(number) for number in range(60)]


def make_rows(table: list[dict[str, Any]]) -> Rows:
    columns = {
        name: pa.chunked_array([pa.array([row[name] for row in table], type=kind)])
        for name, kind in FIELDS.items()
    }
    lines = [-1 if r["geometry"] is None else SHAPES.index(r["geometry"]) for r in table]
    return Rows(
        kinds=KINDS,
        column=columns.__getitem__,
        lines=lambda: np.array(lines, dtype=np.int32),
        encoded=lambda: [shapely.to_geojson(shape).encode() for shape in SHAPES],
        fids=lambda: [f"f{len(table) - i:03d}" for i in range(len(table))],
    )


ROWS = make_rows(TABLE)


def run(text: str, *, crs: str = CRS84, rows: Rows = ROWS) -> list[int]:
    condition = compile_filter(parse_filter(text), kinds=KINDS, zone=WARSAW, crs=crs)
    mask = condition.mask(rows)
    assert mask.shape == (rows.count,)
    assert mask.dtype == bool
    return np.flatnonzero(mask).tolist()


def run_tree(tree: Any) -> list[int]:
    return np.flatnonzero(compile_filter(tree, kinds=KINDS, zone=WARSAW).mask(ROWS)).tolist()


# Row by row, in plain Python: None is unknown.

COMPARE = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
COMPUTE = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "%": math.fmod, "div": lambda a, b: math.trunc(a / b), "^": operator.pow,
}  # fmt: skip


def plain(node: Any, row: dict[str, Any]) -> Any:  # noqa: PLR0911 - one return a kind of node
    """The value of an expression for one row."""
    if not isinstance(node, dict):
        return node
    if "property" in node:
        value = row[node["property"]]
        return None if isinstance(value, float) and math.isnan(value) else value
    if "date" in node:
        return dt.date.fromisoformat(node["date"])
    name = node["op"]
    if name == "in":
        members = node["args"][1]
        return plain_or([plain_binary("=", node["args"][0], m, row) for m in members])
    if name == "between":
        value, low, high = node["args"]
        return plain_and(
            [plain_binary(">=", value, low, row), plain_binary("<=", value, high, row)]
        )
    if name in {"and", "or"}:
        truths = [plain(argument, row) for argument in node["args"]]
        return plain_and(truths) if name == "and" else plain_or(truths)
    if name == "isNull":
        return plain(node["args"][0], row) is None
    if len(node["args"]) == 1:
        return plain_unary(name, plain(node["args"][0], row))
    return plain_binary(name, *node["args"], row)


def plain_unary(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "not":
        return not value
    if name == "casei":
        return value.casefold()
    stripped = "".join(
        c for c in unicodedata.normalize("NFD", value) if unicodedata.category(c) != "Mn"
    )
    return unicodedata.normalize("NFC", stripped.replace("ł", "l").replace("Ł", "L"))


def plain_binary(name: str, left: Any, right: Any, row: dict[str, Any]) -> Any:
    a, b = plain(left, row), plain(right, row)
    if a is None or b is None:
        return None
    if name in COMPARE:
        return COMPARE[name](a, b)
    if name == "like":
        return plain_like(a, b)
    try:
        result = COMPUTE[name](a, b)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return None if isinstance(result, complex) or not math.isfinite(result) else result


def plain_like(text: str, pattern: str) -> bool:
    """By definition: the first of the pattern decides what may follow."""
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == "%":
        return any(plain_like(text[i:], rest) for i in range(len(text) + 1))
    if first == "\\" and rest:
        first, rest = rest[0], rest[1:]
    elif first == "_":
        return bool(text) and plain_like(text[1:], rest)
    return text[:1] == first and plain_like(text[1:], rest)


def plain_and(truths: list[Any]) -> Any:
    return False if False in truths else (None if None in truths else True)


def plain_or(truths: list[Any]) -> Any:
    return True if True in truths else (None if None in truths else False)


def op(name: str, *arguments: Any) -> dict[str, Any]:
    return {"op": name, "args": list(arguments)}


def props(*names: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(names).map(lambda name: {"property": name})


NUMBERS = st.recursive(
    props("n", "x") | st.integers(-4, 4) | st.sampled_from([0.5, -1.5]),
    lambda inner: st.builds(op, st.sampled_from(sorted(COMPUTE)), inner, inner),
    max_leaves=3,
)
PATTERNS = st.text("aŁłóź%_\\bR", max_size=5)
TEXTS = st.recursive(
    props("name", "kind", "nothing") | st.sampled_from([n for n in NAMES if n is not None]),
    lambda inner: st.builds(op, st.sampled_from(["casei", "accenti"]), inner),
    max_leaves=2,
)
DAYS = props("start", "end") | st.integers(1, 9).map(lambda d: {"date": f"2026-01-0{d}"})
TRUTHS = props("hot") | st.booleans()


def compared(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.builds(op, st.sampled_from(sorted(COMPARE)), values, values)
        | st.builds(op, st.just("between"), values, values, values)
        | st.builds(op, st.just("in"), values, st.lists(values, min_size=1, max_size=4))
        | st.builds(op, st.just("isNull"), values)
    )


PREDICATE_TREES = (
    compared(NUMBERS)
    | compared(TEXTS)
    | compared(DAYS)
    | st.builds(op, st.sampled_from(["=", "<>"]), TRUTHS, TRUTHS)
    | st.builds(op, st.just("like"), TEXTS, PATTERNS)
    | TRUTHS
)
TREES = st.recursive(
    PREDICATE_TREES,
    lambda inner: (
        st.builds(op, st.sampled_from(["and", "or"]), inner, inner)
        | st.builds(op, st.sampled_from(["and", "or"]), inner, inner, inner)
        | st.builds(op, st.just("not"), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=500, deadline=None)
@given(TREES)
def test_a_filter_finds_what_plain_python_finds(tree: Any) -> None:
    wanted = [i for i, row in enumerate(TABLE) if plain(tree, row) is True]
    assert run_tree(tree) == wanted


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_true_false_and_unknown_part_the_rows(tree: Any) -> None:
    true, false = set(run_tree(tree)), set(run_tree(op("not", tree)))
    unknown = {i for i, row in enumerate(TABLE) if plain(tree, row) is None}
    assert not true & false
    assert true | false == set(range(len(TABLE))) - unknown


SQL_NUMBERS = st.recursive(
    props("n", "x") | st.integers(-4, 4) | st.just(0.5),
    lambda inner: st.builds(op, st.sampled_from(["+", "-", "*"]), inner, inner),
    max_leaves=3,
)
SQL_TEXTS = props("name", "kind") | st.sampled_from(["Rynek", "a%b", "a", "Z", "LODZ"])
SQL_TREES = st.recursive(
    st.builds(op, st.sampled_from(sorted(COMPARE)), SQL_NUMBERS, SQL_NUMBERS)
    | st.builds(op, st.sampled_from(sorted(COMPARE)), SQL_TEXTS, SQL_TEXTS)
    | st.builds(op, st.just("between"), SQL_NUMBERS, SQL_NUMBERS, SQL_NUMBERS)
    | st.builds(op, st.just("like"), props("name"), st.text("aRy%_b", min_size=1, max_size=4))
    | st.builds(op, st.just("isNull"), props("n", "x", "name", "kind")),
    lambda inner: (
        st.builds(op, st.sampled_from(["and", "or"]), inner, inner)
        | st.builds(op, st.just("not"), inner)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def database() -> Any:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.execute("CREATE TABLE t (i INTEGER, n REAL, x REAL, name TEXT, kind TEXT)")
    values = [
        (i, row["n"], None if row["x"] != row["x"] else row["x"], row["name"], row["kind"])
        for i, row in enumerate(TABLE)
    ]
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", values)
    yield connection
    connection.close()


@settings(max_examples=300, deadline=None)
@given(tree=SQL_TREES)
def test_a_filter_finds_what_sqlite_finds(database: Any, tree: Any) -> None:
    """The SQL is the library's, not ours, so reading the tree is tested along with it."""
    condition = cql2.parse_json(json.dumps(tree)).to_sql()
    found = database.execute(f"SELECT i FROM t WHERE {condition} ORDER BY i").fetchall()  # noqa: S608
    assert run_tree(tree) == [i for (i,) in found]


@settings(max_examples=300, deadline=None)
@given(st.text("ab%_\\\n", max_size=8), st.text("ab%_\\\n", max_size=8))
def test_like_is_what_its_definition_says(text: str, pattern: str) -> None:
    assert like_test(pattern)(text) is plain_like(text, pattern)


def test_like_takes_no_time_on_evil_patterns() -> None:
    test = like_test("%a" * 500 + "%b")
    begun = time.process_time()
    assert not test("a" * 20_000)
    assert time.process_time() - begun < 2.0


def test_folding_of_polish() -> None:
    assert without_accents("Zażółć GĘŚLĄ jaźń Łódź") == "Zazolc GESLA jazn Lodz"
    assert without_case("ŁÓDŹ Straße") == "łódź strasse"


# Space: shapely on each row.

LITERALS = [
    shapely.box(0, 0, 1, 1), shapely.box(0.25, 0.25, 3, 3), shapely.Point(0.5, 0.5),
    shapely.Point(1, 1), shapely.LineString([(-1, 0.5), (3, 0.5)]), shapely.box(9, 9, 10, 10),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(4, 4, 6, 6)]),
    shapely.GeometryCollection([shapely.Point(5, 5), shapely.box(1, 0, 2, 1)]),
    shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2),
]  # fmt: skip


@pytest.mark.parametrize("predicate", PREDICATES)
@pytest.mark.parametrize("number", range(len(LITERALS)))
def test_predicates_are_those_of_shapely(predicate: str, number: int) -> None:
    literal = LITERALS[number]
    test = getattr(shapely, predicate.removeprefix("s_"))
    wkt = shapely.to_wkt(literal)
    with_shape = [(i, row["geometry"]) for i, row in enumerate(TABLE) if row["geometry"]]
    wanted = [i for i, shape in with_shape if test(shape, literal)]
    turned = [i for i, shape in with_shape if test(literal, shape)]
    assert run(f"{predicate}(geometry, {wkt})") == wanted
    assert run(f"{predicate}({wkt}, geometry)") == turned
    assert run(f"NOT {predicate}(geometry, {wkt})") == [i for i, _ in with_shape if i not in wanted]


@pytest.mark.parametrize("predicate", PREDICATES)
def test_predicates_between_two_literals_and_with_itself(predicate: str) -> None:
    test = getattr(shapely, predicate.removeprefix("s_"))
    for a, b in itertools.product(LITERALS[:5], repeat=2):
        found = run(f"{predicate}({shapely.to_wkt(a)}, {shapely.to_wkt(b)})")
        assert found == (list(range(len(TABLE))) if test(a, b) else [])
    own = [i for i, r in enumerate(TABLE) if r["geometry"] and test(r["geometry"], r["geometry"])]
    assert run(f"{predicate}(geometry, geometry)") == own


def test_a_row_without_geometry_is_found_by_is_null_alone() -> None:
    missing = [i for i, row in enumerate(TABLE) if row["geometry"] is None]
    assert missing
    assert run("geometry IS NULL") == missing
    assert not set(run("s_disjoint(geometry, POINT(50 50))")) & set(missing)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2180", "EPSG:2177"])
def test_literals_of_another_system_land_where_pyproj_says(crs: str) -> None:
    """Within 5 cm: the axis order of the authority, and edges that are straight there."""
    corners = [(19.3, 51.7), (19.9, 51.7), (19.9, 51.9), (19.3, 51.7)]
    there = Transformer.from_crs(CRS84, crs)  # lon, lat to the authority's axes
    back = Transformer.from_crs(crs, CRS84)
    written = [there.transform(*corner) for corner in corners]
    shape = read_shape({"type": "Polygon", "coordinates": [written]}, crs=crs)
    along = [
        back.transform(a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1]))
        for a, b in itertools.pairwise(written)
        for f in np.linspace(0, 1, 41)
    ]
    degrees = shapely.distance(shape.exterior, shapely.points(along))
    assert degrees.max() * 111_000 < 0.05
    assert shapely.Polygon(along).symmetric_difference(shape).area / shape.area < 1e-5
    assert shape.bounds[0] == pytest.approx(19.3, abs=1e-9)


def test_boxes_in_another_system() -> None:
    assert read_bbox([51.7, 19.4, 51.8, 19.5], crs="EPSG:4326").equals(
        shapely.box(19.4, 51.7, 19.5, 51.8)
    )
    there = Transformer.from_crs("EPSG:2180", CRS84)
    box = read_bbox([430_000, 520_000, 440_000, 540_000], crs="EPSG:2180")
    for northing, easting in itertools.product((430_010, 439_990), (520_010, 539_990)):
        assert box.contains(shapely.Point(there.transform(northing, easting)))
    for northing, easting in itertools.product((429_990, 440_010), (519_990, 540_010)):
        assert not box.intersects(shapely.Point(there.transform(northing, easting)))


def test_a_box_may_cross_the_antimeridian_or_be_a_point() -> None:
    both = read_bbox([170, -10, -170, 10])
    assert both.contains(shapely.Point(175, 0))
    assert both.contains(shapely.Point(-175, 0))
    assert not both.intersects(shapely.Point(0, 0))
    assert read_bbox([1, 2, 1, 2]).equals(shapely.Point(1, 2))
    assert read_bbox([1, 2, -9, 3, 2, 9]).equals(shapely.LineString([(1, 2), (3, 2)]))


# Time: the conditions of each relation, over every pair of small intervals.

RELATION = {
    "t_after": lambda a, _b, _c, d: a > d,
    "t_before": lambda _a, b, c, _d: b < c,
    "t_contains": lambda a, b, c, d: a < c and b > d,
    "t_disjoint": lambda a, b, c, d: b < c or a > d,
    "t_during": lambda a, b, c, d: a > c and b < d,
    "t_equals": lambda a, b, c, d: (a, b) == (c, d),
    "t_finishedBy": lambda a, b, c, d: a < c and b == d,
    "t_finishes": lambda a, b, c, d: a > c and b == d,
    "t_intersects": lambda a, b, c, d: a <= d and b >= c,
    "t_meets": lambda _a, b, c, _d: b == c,
    "t_metBy": lambda a, _b, _c, d: a == d,
    "t_overlappedBy": lambda a, b, c, d: c < a < d < b,
    "t_overlaps": lambda a, b, c, d: a < c < b < d,
    "t_startedBy": lambda a, b, c, d: a == c and b > d,
    "t_starts": lambda a, b, c, d: a == c and b < d,
}  # fmt: skip


JANUARY = [dt.date(2026, 1, day) for day in range(1, 32)]


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations_of_intervals(relation: str) -> None:
    """An unknown end leaves only what holds whatever it is."""
    known = {i for i, row in enumerate(TABLE) if row["start"] and row["end"]}
    for first, last in [(2, 2), (2, 5), (3, 9), (1, 9)]:
        c, d = dt.date(2026, 1, first), dt.date(2026, 1, last)
        surely = {
            i
            for i, row in enumerate(TABLE)
            if all(
                RELATION[relation](a, b, c, d)
                for a in ([row["start"]] if row["start"] else JANUARY)
                for b in ([row["end"]] if row["end"] else JANUARY)
                if a <= b
            )
        }
        found = set(run(f"{relation}(INTERVAL(start, end), INTERVAL('{c}', '{d}'))"))
        assert found & known == surely & known
        assert found <= surely
        if first == last:
            assert set(run(f"{relation}(INTERVAL(start, end), DATE('{c}'))")) == found


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations_are_those_of_the_library(relation: str) -> None:
    """For literals, the library can evaluate them itself."""
    days = [f"2026-01-0{n}" for n in range(1, 5)]
    spans = [(a, b) for a, b in itertools.product(days, repeat=2) if a <= b]
    for (a, b), (c, d) in itertools.product(spans, repeat=2):
        left, right = (f"INTERVAL('{s}T00:00:00Z','{e}T00:00:00Z')" for s, e in ((a, b), (c, d)))
        text = f"{relation}({left}, {right})"
        assert bool(run(text)) is cql2.parse_text(text).reduce().to_json(), text


def test_open_intervals_end_never() -> None:
    some = [i for i, row in enumerate(TABLE) if row["start"]]
    assert run("t_during(start, INTERVAL('..', '..'))") == some
    late = [i for i in some if TABLE[i]["start"] >= dt.date(2026, 1, 5)]
    assert run("t_intersects(start, INTERVAL('2026-01-05', '..'))") == late
    assert run("start >= DATE('2026-01-05')") == run("start >= '2026-01-05'") == late


def test_a_moment_is_on_the_local_day() -> None:
    assert local_day("2026-01-04T23:30:00Z", WARSAW) == dt.date(2026, 1, 5)
    assert local_day("2026-07-04T22:00:00.000Z", WARSAW) == dt.date(2026, 7, 5)
    on_fifth = [i for i, row in enumerate(TABLE) if row["start"] == dt.date(2026, 1, 5)]
    assert run("start = TIMESTAMP('2026-01-04T23:30:00Z')") == on_fifth


# What does not fit is refused.

BAD = {
    "nope = 1": "filter-property",
    "n = 'a'": "filter-type",
    "n = hot": "filter-type",
    "name > 1": "filter-type",
    "hot BETWEEN true AND false": "filter-type",
    "n BETWEEN 1 AND 'a'": "filter-type",
    "n IN (1, 'a')": "filter-type",
    "geometry = geometry": "filter-type",
    "geometry = 1": "filter-type",
    "name LIKE kind": "filter-type",
    "n LIKE 'a'": "filter-type",
    "casei(n) = 'a'": "filter-type",
    "name + 1 = 2": "filter-type",
    "start + 1 = end": "filter-type",
    "start = name": "filter-type",
    "n": "filter-type",
    "n AND true": "filter-type",
    "NOT name": "filter-type",
    "s_within(geometry, name)": "filter-type",
    "s_within(geometry, 1)": "filter-type",
    "t_after(n, DATE('2026-01-01'))": "filter-type",
    "t_after(start, '2026-01-01')": "filter-type",
    "t_after(INTERVAL(n, end), end)": "filter-type",
    "n = null": "filter-syntax",
    "s_within(geometry)": "filter-syntax",
    "t_after(start, INTERVAL('..'))": "filter-syntax",
    "n = 1e400": "filter-syntax",
    "start = 'soon'": "filter-time",
    "start = DATE('2026-02-29')": "filter-time",
    "start = DATE('26-1-1')": "filter-time",
    "start = DATE(n)": "filter-time",
    "start = TIMESTAMP('2026-02-01T25:00:00Z')": "filter-time",
    "t_during(start, INTERVAL('2026-02-01','2026-01-01'))": "filter-time",
    "start = TIMESTAMP('0001-01-01T00:00:00+14:00')": "filter-time",
    "start = TIMESTAMP('9999-12-31T23:59:59-14:00')": "filter-time",
    "s_within(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))": "filter-geometry",
    "s_within(geometry, POLYGON((0 0,1 1,1 0)))": "filter-geometry",
    "s_within(geometry, LINESTRING(0 0))": "filter-geometry",
    "s_within(geometry, POINT(181 0))": "filter-geometry",
    "s_within(geometry, POINT(1e300 0))": "filter-geometry",
    "s_within(geometry, BBOX(0,1,1,0))": "filter-geometry",
    "s_within(geometry, BBOX(0,1,1))": "filter-geometry",
    "s_within(geometry, BBOX(1e400,1,2,2))": "filter-geometry",
}


@pytest.mark.parametrize("sign", COMPARE)
@pytest.mark.parametrize("value", ["true", "false"])
def test_false_comes_before_true(sign: str, value: str) -> None:
    wanted = [
        i
        for i, row in enumerate(TABLE)
        if row["hot"] is not None and COMPARE[sign](row["hot"], value == "true")
    ]
    assert run(f"hot {sign} {value}") == wanted


@pytest.mark.parametrize("text", BAD)
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        run(text)
    assert caught.value.error_code == BAD[text]
    assert caught.value.message


BAD_TREES: list[Any] = [
    None, [], {}, "x", 1, {"op": "="}, {"op": "=", "args": None}, {"op": 1, "args": []},
    {"op": "and", "args": []}, {"op": "and", "args": [True]}, {"op": "not", "args": [True, True]},
    {"op": "in", "args": [{"property": "n"}, 1]}, {"op": "in", "args": [{"property": "n"}, []]},
    {"property": 1}, {"property": "n", "more": 1}, {"date": 1}, {"interval": ["..", ".."]},
    {"op": "=", "args": [{"property": "n"}, 10**400]}, {"op": "=", "args": [[1], [1]]},
    {"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point"}]},
    {"op": "s_within", "args": [{"property": "geometry"}, {"type": "Circle", "coordinates": []}]},
    {"op": "s_within", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": "x"}]},
    {"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1, 2, True, 4]}]},
    {"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [1, 2, 10**400, 4]}]},
    {"op": "t_after", "args": [{"interval": []}, {"date": "2026-01-01"}]},
    {"op": "a_equals", "args": [[1], [1]]}, {"op": "avg", "args": [1]},
]  # fmt: skip


@pytest.mark.parametrize("tree", BAD_TREES, ids=lambda tree: repr(tree)[:50])
def test_a_tree_that_means_nothing_is_refused(tree: Any) -> None:
    with pytest.raises(FilterError):
        run_tree(tree)


def test_a_system_that_is_not_served_is_refused() -> None:
    with pytest.raises(FilterError, match="filter-crs"):
        filter_crs("http://www.opengis.net/def/crs/EPSG/0/3857")


def test_a_collection_without_geometry_has_none_to_filter_by() -> None:
    kinds = kinds_of({"n": {"type": "integer"}}, geometry=False)
    assert kinds == {"n": "number"}
    with pytest.raises(FilterError, match="no property 'geometry'"):
        compile_filter(parse_filter("geometry IS NULL"), kinds=kinds, zone=WARSAW)


def test_no_rows_and_constants() -> None:
    empty = make_rows([])
    assert run("n = 1 AND name LIKE 'a%' AND s_within(geometry, POINT(1 1))", rows=empty) == []
    assert run("true") == list(range(len(TABLE)))
    assert run("1 = 2 OR 'a' IN ('b')") == []


# Order.

KEYS = st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=4, unique=True)


@settings(max_examples=150, deadline=None)
@given(KEYS, st.lists(st.booleans(), min_size=4, max_size=4), st.sets(st.integers(0, 59)))
def test_order_is_that_of_sorted(names: list[str], turned: list[bool], chosen: set[int]) -> None:
    text = ",".join(("-" if down else "+") + n for n, down in zip(names, turned, strict=False))
    found = order_rows(ROWS, np.array(sorted(chosen), dtype=np.int64),
                       keys=parse_sortby(text, kinds=KINDS))  # fmt: skip
    wanted = sorted(chosen, key=lambda i: ROWS.fids()[i])
    for name, down in reversed(list(zip(names, turned, strict=False))):
        known = [i for i in wanted if plain({"property": name}, TABLE[i]) is not None]
        # `reverse` keeps the order of equal ones.
        known.sort(key=lambda i, name=name: TABLE[i][name], reverse=down)
        wanted = known + [i for i in wanted if i not in set(known)]
    assert found.tolist() == wanted


@pytest.mark.parametrize("text", ["", "nope", "geometry", "n,", "-", "--n", "n,-n", "n n"])
def test_bad_orders_are_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse_sortby(text, kinds=KINDS)


def test_order_has_a_limit() -> None:
    kinds = {f"c{i}": "number" for i in range(20)}
    with pytest.raises(FilterError, match=str(MOST_SORT_KEYS)):
        parse_sortby(",".join(kinds), kinds=kinds)  # type: ignore[arg-type]


def test_names_keep_their_order() -> None:
    assert parse_names(" x , n", among=list(TYPES)) == ("x", "n")
    with pytest.raises(FilterError, match="more than once"):
        parse_names("n,n", among=list(TYPES))
