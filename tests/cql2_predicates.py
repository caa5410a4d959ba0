"""Predicates of the abstract test suite of CQL2 (21-065r2) for what a feed has, by class."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import shapely
from ogc import EVERYTHING, GEOMETRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ogc import Feed

    Predicates = dict[str, list[str]]

ROWS = "area-periods"
"""The collection that has every kind of queryable, and nulls."""

VALUES = {
    "string": "'foo'", "boolean": "true", "number": "3.14", "integer": "1",
    "date": "DATE('2022-04-14')",
}  # fmt: skip
MEMBERS = {
    "string": ("'foo'", "'S-1'"), "boolean": ("true",), "number": ("1", "2.5", "3"),
    "integer": ("1", "2", "3"), "date": ("DATE('2026-02-01')", "DATE('2022-04-15')"),
}  # fmt: skip
TURNED = {"=": "=", "<>": "<>", ">": "<", "<": ">", ">=": "<=", "<=": ">="}
WORLD = "BBOX(-180,-90,180,90)"
WORLD_POLYGON = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
NEAR = "LINESTRING(19.405 51.705,19.425 51.725)"
INSIDE = "POINT(19.405 51.705)"
SPATIAL = ("S_INTERSECTS", "S_DISJOINT", "S_EQUALS", "S_TOUCHES", "S_CROSSES", "S_WITHIN",
           "S_CONTAINS", "S_OVERLAPS")  # fmt: skip
YEAR = "INTERVAL('2026-01-01','2026-12-31')"
OF_INSTANTS = ("T_AFTER", "T_BEFORE", "T_DISJOINT", "T_EQUALS", "T_INTERSECTS")
OF_INTERVALS = (
    *OF_INSTANTS, "T_CONTAINS", "T_DURING", "T_FINISHEDBY", "T_FINISHES", "T_MEETS", "T_METBY",
    "T_OVERLAPPEDBY", "T_OVERLAPS", "T_STARTEDBY", "T_STARTS",
)  # fmt: skip


def _by_collection(found: Iterable[tuple[str, str]]) -> Predicates:
    made: Predicates = {}
    for name, text in found:
        made.setdefault(name, []).append(text)
    return made


def basic(feed: Feed) -> Predicates:
    """Comparisons of queryables with values, nulls and truths."""
    simple = [
        (name, f"{queryable} {sign} {VALUES[kind]}")
        for name, queryable, kind in feed.of_kind(*VALUES)
        for sign in TURNED
    ]
    empty = [(name, f"{q} IS NULL") for name, q, _ in feed.of_kind(*VALUES, GEOMETRY)]
    truths = [(name, text) for name in feed.collections for text in ("true", "false")]
    return _by_collection([*simple, *empty, *truths])


def advanced(feed: Feed) -> Predicates:
    """LIKE, BETWEEN and IN."""
    texts = [
        (name, f"{q} LIKE '{pattern}'")
        for name, q, _ in feed.of_kind("string")
        for pattern in ("%", "_%", "S-_", "")
    ]
    between = [(name, f"{q} BETWEEN 0 AND 100") for name, q, _ in feed.of_kind("integer", "number")]
    members = [
        (name, f"{q} IN ({', '.join(MEMBERS[kind])})") for name, q, kind in feed.of_kind(*VALUES)
    ]
    return _by_collection([*texts, *between, *members])


def caseless(feed: Feed) -> Predicates:
    """CASEI."""
    return _by_collection(
        (name, text)
        for name, q, _ in feed.of_kind("string")
        for text in (f"CASEI({q}) = casei('s-1')", f"CASEI({q}) LIKE casei('A%')")
    )


def unaccented(feed: Feed) -> Predicates:
    """ACCENTI, alone and around CASEI."""
    return _by_collection(
        (name, text)
        for name, q, _ in feed.of_kind("string")
        for text in (
            f"ACCENTI({q}) <> accenti('äöü')",
            f"ACCENTI({q}) LIKE accenti('Ä%')",
            f"ACCENTI(CASEI({q})) = accenti(casei('Ś-1'))",
        )
    )


def basic_spatial(feed: Feed) -> Predicates:
    """S_INTERSECTS with points and boxes."""
    return _by_collection(
        (name, f"S_INTERSECTS({GEOMETRY},{shape})")
        for name in feed.collections
        for shape in (WORLD, INSIDE, "POINT(7.02 49.92)", "BBOX(19.41,51.70,19.42,51.72)")
    )


def spatial(feed: Feed) -> Predicates:
    """Every relation with shapes of every dimension."""
    return _by_collection(
        (name, f"{function}({GEOMETRY},{shape})")
        for name in feed.collections
        for function in SPATIAL
        for shape in (WORLD, WORLD_POLYGON, NEAR, "MULTIPOINT(7 50,10 51)")
    )


def temporal(feed: Feed) -> Predicates:
    """Every relation of days and of intervals."""
    instants = [
        (name, f"{function}({q},{time})")
        for name, q, _ in feed.of_kind("date")
        for function in OF_INSTANTS
        for time in ("DATE('2026-02-01')", YEAR)
    ]
    intervals = [
        (name, f"{function}(INTERVAL(period_start,period_end),{YEAR})")
        for name, queryables in feed.queryables.items()
        if "period_start" in queryables
        for function in OF_INTERVALS
    ]
    return _by_collection([*instants, *intervals])


def turned(feed: Feed) -> Predicates:
    """Values on the left, properties on both sides."""
    return _by_collection(
        (name, text)
        for name, q, kind in feed.of_kind(*VALUES)
        for sign in TURNED
        for text in (f"{VALUES[kind]} {sign} {q}", f"{q} {sign} {q}")
    )


def arithmetic(feed: Feed) -> Predicates:
    """Every operation, in brackets and out of them."""
    return _by_collection(
        (name, text)
        for name, q, _ in feed.of_kind("integer", "number")
        for text in (
            f"{q} + 1 > 2 * 3 - 4",
            f"({q} - 1) * ({q} + 1) >= {q} ^ 2 - 1",
            f"{q} / 2 < 3 AND {q} % 2 = 1",
            f"{q} div 2 = 1",
        )
    )


def every(feed: Feed) -> Predicates:
    """The predicates of all classes: all for one collection, each fifth for the others."""
    classes = (basic, advanced, caseless, unaccented, basic_spatial, spatial, temporal, turned,
               arithmetic)  # fmt: skip
    made: Predicates = {}
    for one in classes:
        for name, texts in one(feed).items():
            made.setdefault(name, []).extend(texts if name == ROWS else texts[::5])
    return made


def check_rows(feed: Feed, text: str, holds: Callable[[Any], bool]) -> None:
    """Hold a filter to what the properties of the rows say in plain Python."""
    rows = feed.page(ROWS, limit=EVERYTHING, skipGeometry="true")["features"]
    wanted = {row["id"] for row in rows if holds(row["properties"])}
    assert feed.pass_(ROWS, text) == wanted


def check_shapes(feed: Feed, text: str, holds: Callable[[shapely.Geometry], bool]) -> None:
    """Hold a filter to what shapely says of the shapes; what has none passes nothing."""
    some = 0
    for name in feed.collections:
        rows = feed.page(name, limit=EVERYTHING)["features"]
        shapes = {row["id"]: shapely.geometry.shape(row["geometry"]) for row in rows
                  if row["geometry"] is not None}  # fmt: skip
        wanted = {fid for fid, shape in shapes.items() if holds(shape)}
        assert feed.pass_(name, text) == wanted
        some += bool(wanted)
    assert some


def unlike(feed: Feed, collection: str, first: str, second: str) -> None:
    """Check that no feature passes both of two filters."""
    assert not feed.pass_(collection, first) & feed.pass_(collection, second)


def check_logical(feed: Feed, predicates: Callable[[Feed], Predicates]) -> None:
    """Ten combinations of four predicates of each collection, and what each must find.

    Rows in which one of the four is unknown are left out of the comparison: three-valued logic
    has tests of its own.
    """
    rng = random.Random(1)  # noqa: S311 - a seeded choice of tests
    for name, texts in predicates(feed).items():
        everything = set(feed.ids(name))
        for _ in range(10):
            chosen = rng.choices(texts, k=4)
            p1, p2, p3, p4 = (_where_known(feed, name, each) for each in chosen)
            a, b, c, d = (f"({each})" for each in chosen)
            text = f"((NOT {a} AND {b}) OR ({c} and NOT {d}) or not ({a} AND {d}))"
            yes = [each[0] for each in (p1, p2, p3, p4)]
            known = p1[1] & p2[1] & p3[1] & p4[1]
            q1, q2, q3, q4 = yes
            wanted = (q2 - q1) | (q3 - q4) | (everything - (q1 & q4))
            assert feed.pass_(name, text) & known == wanted & known, text


def _where_known(feed: Feed, collection: str, text: str) -> tuple[set[str], set[str]]:
    """Where a predicate is true, and where it is true or false."""
    yes = feed.pass_(collection, text)
    return yes, yes | feed.pass_(collection, f"NOT ({text})")
