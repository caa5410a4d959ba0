"""CQL2 (21-065r2), annex A: functions of space and of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cql2_predicates as predicates
import pytest
import shapely
from cql2_predicates import INSIDE, NEAR, WORLD, WORLD_POLYGON, YEAR, check_logical, check_shapes
from ogc import EVERYTHING, GEOMETRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ogc import Feed

OFF_THE_GLOBE = "POINT(90 180)"
BOX = shapely.box(19.41, 51.70, 19.42, 51.72)
BOX_TEXT = "BBOX(19.41,51.70,19.42,51.72)"
SQUARE = shapely.box(19.401, 51.701, 19.409, 51.709)
SQUARE_TEXT = shapely.to_wkt(SQUARE, rounding_precision=6)
LINE = shapely.from_wkt(NEAR)
SPOT = shapely.from_wkt(INSIDE)
HOLLOW = shapely.box(19.39, 51.69, 19.42, 51.72) - shapely.box(19.40, 51.70, 19.41, 51.71)
LITERALS = {
    "LINESTRING(19.405 51.705, 19.425 51.705)": "LINESTRING (19.405 51.705, 19.425 51.705)",
    "MULTILINESTRING((19.405 51.705, 19.406 51.706), (19.42 51.72, 19.44 51.74))":
        "MULTILINESTRING ((19.405 51.705, 19.406 51.706), (19.42 51.72, 19.44 51.74))",
    "POLYGON((19.39 51.69,19.42 51.69,19.42 51.72,19.39 51.72,19.39 51.69))":
        "POLYGON ((19.39 51.69,19.42 51.69,19.42 51.72,19.39 51.72,19.39 51.69))",
    "MULTIPOLYGON(((19 51,19.401 51,19.401 51.701,19 51.701,19 51)),((0 0,1 0,1 1,0 0)))":
        "MULTIPOLYGON (((19 51,19.401 51,19.401 51.701,19 51.701,19 51)),((0 0,1 0,1 1,0 0)))",
    "GEOMETRYCOLLECTION(POINT(19.405 51.705), POLYGON((0 0,10 0,10 10,0 10,0 0)))":
        "GEOMETRYCOLLECTION (POINT (19.405 51.705), POLYGON ((0 0,10 0,10 10,0 10,0 0)))",
    "MULTIPOINT(7.02 49.92, 19.425 51.725)": "MULTIPOINT (7.02 49.92, 19.425 51.725)",
}  # fmt: skip


def pairs(feed: Feed, function: str, *shapes: str) -> dict[str, list[set[str]]]:
    """Collection to what a function finds with each shape."""
    return {
        name: [feed.pass_(name, f"{function}({GEOMETRY},{shape})") for shape in shapes]
        for name in feed.collections
    }


def off_the_globe(feed: Feed, function: str, shape: str = OFF_THE_GLOBE) -> None:
    for name in feed.collections:
        assert feed.refused(name, filter=f"{function}({GEOMETRY},{shape})")


def test_basic_spatial_functions_25_s_intersects(feed: Feed) -> None:
    """/conf/basic-spatial-functions/s_intersects:
    /req/basic-spatial-functions/spatial-functions.
    """
    for name in feed.collections:
        placed = feed.pass_(name, f"{GEOMETRY} IS NOT NULL")
        assert feed.pass_(name, f"S_INTERSECTS({GEOMETRY},{WORLD})") == placed
        assert feed.pass_(name, f"S_INTERSECTS({GEOMETRY},POINT(7.02 49.92))") == set()
        west, east = (
            f"S_INTERSECTS({GEOMETRY},BBOX({a},-90,{b},90))" for a, b in ((-180, -90), (90, 180))
        )
        assert feed.pass_(name, f"{west} AND {east}") == set()
    off_the_globe(feed, "S_INTERSECTS")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (f"S_INTERSECTS(geometry,{BOX_TEXT})", BOX.intersects),
        ("S_INTERSECTS(geometry,BBOX(150,-90,19.405,90))",
         shapely.box(-180, -90, 19.405, 90).intersects),
        (f"S_INTERSECTS(geometry,{INSIDE})", SPOT.intersects),
        (
            f"S_INTERSECTS(geometry,{BOX_TEXT}) and S_INTERSECTS(geometry,{INSIDE})",
            lambda g: g.intersects(BOX) and g.intersects(SPOT),
        ),
        (
            f"S_INTERSECTS(geometry,{BOX_TEXT}) and not S_INTERSECTS(geometry,{INSIDE})",
            lambda g: g.intersects(BOX) and not g.intersects(SPOT),
        ),
        (
            f"S_INTERSECTS(geometry,{BOX_TEXT}) or S_INTERSECTS(geometry,{INSIDE})",
            lambda g: g.intersects(BOX) or g.intersects(SPOT),
        ),
    ],
)  # fmt: skip
def test_basic_spatial_functions_26_test_data(
    feed: Feed, text: str, holds: Callable[[Any], bool]
) -> None:
    """/conf/basic-spatial-functions/test-data: /req/basic-spatial-functions/spatial-functions."""
    check_shapes(feed, text, holds)


def test_basic_spatial_functions_27_logical(feed: Feed) -> None:
    """/conf/basic-spatial-functions/logical: no requirement of its own."""
    check_logical(feed, predicates.basic_spatial)


def test_basic_spatial_functions_plus_28_s_intersects(feed: Feed) -> None:
    """/conf/basic-spatial-functions-plus/s_intersects:
    /req/basic-spatial-functions-plus/spatial-data-types.
    """
    for name in feed.collections:
        for text in LITERALS:
            assert not feed.refused(name, filter=f"S_INTERSECTS({GEOMETRY},{text})"), text
    off_the_globe(feed, "S_INTERSECTS", "MULTIPOINT(7.02 49.92, 90 180)")


@pytest.mark.parametrize("text", LITERALS)
def test_basic_spatial_functions_plus_29_test_data(feed: Feed, text: str) -> None:
    """/conf/basic-spatial-functions-plus/test-data:
    /req/basic-spatial-functions-plus/spatial-data-types.
    """
    shape = shapely.from_wkt(LITERALS[text])
    check_shapes(feed, f"S_INTERSECTS(geometry,{text})", shape.intersects)


def test_spatial_functions_30_s_intersects(feed: Feed) -> None:
    """/conf/spatial-functions/s_intersects: /req/spatial-functions/spatial-functions."""
    for box, polygon, line, spot in pairs(
        feed, "S_INTERSECTS", WORLD, WORLD_POLYGON, NEAR, INSIDE
    ).values():
        assert box == polygon
        assert line <= box
        assert spot <= line
    off_the_globe(feed, "S_INTERSECTS")


def test_spatial_functions_31_s_disjoint(feed: Feed) -> None:
    """/conf/spatial-functions/s_disjoint: /req/spatial-functions/spatial-functions."""
    shapes = (WORLD, WORLD_POLYGON, NEAR, INSIDE)
    touching = pairs(feed, "S_INTERSECTS", *shapes)
    for name, apart in pairs(feed, "S_DISJOINT", *shapes).items():
        assert apart[0] == apart[1] == set()
        for one, other in zip(apart, touching[name], strict=True):
            assert not one & other
            assert one | other == touching[name][0]
    off_the_globe(feed, "S_DISJOINT")


def test_spatial_functions_32_s_equals(feed: Feed) -> None:
    """/conf/spatial-functions/s_equals: /req/spatial-functions/spatial-functions."""
    for found in pairs(feed, "S_EQUALS", WORLD_POLYGON, NEAR, INSIDE).values():
        assert found == [set(), set(), set()]
    itself = shapely.to_wkt(shapely.geometry.shape(
        feed.json("/collections/beats/items/S-5")["geometry"]), rounding_precision=7)  # fmt: skip
    assert feed.pass_("beats", f"S_EQUALS({GEOMETRY},{itself})") == {"S-5"}


def test_spatial_functions_33_s_touches(feed: Feed) -> None:
    """/conf/spatial-functions/s_touches: /req/spatial-functions/spatial-functions."""
    for box, polygon, _ in pairs(feed, "S_TOUCHES", WORLD, WORLD_POLYGON, NEAR).values():
        assert box == polygon == set()


def test_spatial_functions_34_s_crosses(feed: Feed) -> None:
    """/conf/spatial-functions/s_crosses: /req/spatial-functions/spatial-functions."""
    lines = set()
    for box, polygon, line in pairs(feed, "S_CROSSES", WORLD, WORLD_POLYGON, NEAR).values():
        assert box == polygon == set()  # areas do not cross areas
        lines |= line
    assert "S-5" in lines


def test_spatial_functions_35_s_within(feed: Feed) -> None:
    """/conf/spatial-functions/s_within: /req/spatial-functions/spatial-functions."""
    for name, (box, polygon, line, spots) in pairs(
        feed, "S_WITHIN", WORLD, WORLD_POLYGON, NEAR, "MULTIPOINT(7 50,10 51)"
    ).items():
        assert box == polygon == feed.pass_(name, f"{GEOMETRY} IS NOT NULL")
        assert line == spots == set()


def test_spatial_functions_36_s_contains(feed: Feed) -> None:
    """/conf/spatial-functions/s_contains: /req/spatial-functions/spatial-functions."""
    shapes = (WORLD, WORLD_POLYGON, NEAR, "MULTIPOINT(7 50,10 51)")
    within = pairs(feed, "S_WITHIN", *shapes)
    for name, found in pairs(feed, "S_CONTAINS", *shapes).items():
        assert found[0] == found[1]
        for one, other in zip(found, within[name], strict=True):
            assert not one & other


def test_spatial_functions_37_s_overlaps(feed: Feed) -> None:
    """/conf/spatial-functions/s_overlaps: /req/spatial-functions/spatial-functions."""
    for world, some in pairs(feed, "S_OVERLAPS", WORLD_POLYGON, SQUARE_TEXT).values():
        assert not world & some
        assert world == set()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (f"S_INTERSECTS(geometry,{NEAR})", LINE.intersects),
        (f"S_DISJOINT(geometry,{BOX_TEXT})", BOX.disjoint),
        (f"S_DISJOINT(geometry,{NEAR})", LINE.disjoint),
        (f"S_DISJOINT(geometry,{INSIDE})", SPOT.disjoint),
        (
            "S_EQUALS(geometry,BBOX(19.40,51.70,19.402,51.702))",
            shapely.box(19.40, 51.70, 19.402, 51.702).equals,
        ),
        ("S_TOUCHES(geometry,POINT(19.41 51.71))", shapely.Point(19.41, 51.71).touches),
        (
            "S_TOUCHES(geometry,LINESTRING(19.41 51.71,19.42 51.71))",
            shapely.LineString([(19.41, 51.71), (19.42, 51.71)]).touches,
        ),
        (f"S_CROSSES(geometry,{NEAR})", LINE.crosses),
        ("S_WITHIN(geometry,BBOX(19.395,51.695,19.415,51.715))",
         lambda g: g.within(shapely.box(19.395, 51.695, 19.415, 51.715))),
        (f"S_WITHIN(geometry,{shapely.to_wkt(HOLLOW, rounding_precision=6)})",
         lambda g: g.within(HOLLOW)),
        (f"S_CONTAINS(geometry,{SQUARE_TEXT})", lambda g: g.contains(SQUARE)),
        (f"S_CONTAINS(geometry,{INSIDE})", lambda g: g.contains(SPOT)),
        ("S_OVERLAPS(geometry,BBOX(19.395,51.695,19.405,51.705))",
         shapely.box(19.395, 51.695, 19.405, 51.705).overlaps),
        (f"S_CONTAINS({BOX_TEXT},geometry)", BOX.contains),
        (f"S_WITHIN({INSIDE},geometry)", SPOT.within),
    ],
)  # fmt: skip
def test_spatial_functions_38_test_data(
    feed: Feed, text: str, holds: Callable[[Any], bool]
) -> None:
    """/conf/spatial-functions/test-data: /req/spatial-functions/spatial-functions."""
    check_shapes(feed, text, holds)


def test_spatial_functions_39_logical(feed: Feed) -> None:
    """/conf/spatial-functions/logical: no requirement of its own."""
    check_logical(feed, predicates.spatial)


def test_temporal_functions_40_temporal_functions_1(feed: Feed) -> None:
    """/conf/temporal-functions/temporal-functions-1: /req/temporal-functions/temporal-functions."""
    for name, queryable, _ in feed.of_kind("date"):
        for time in ("DATE('2026-02-01')", "TIMESTAMP('2026-02-01T07:59:57Z')", YEAR):
            after, before, apart, same, meets = (
                feed.pass_(name, f"{function}({queryable},{time})")
                for function in predicates.OF_INSTANTS
            )
            assert not after & before
            assert apart == after | before
            assert not apart & meets
            assert same <= meets


def test_temporal_functions_41_temporal_functions_2(feed: Feed) -> None:
    """/conf/temporal-functions/temporal-functions-2:
    /req/temporal-functions/temporal-predicates.
    """
    for name in [n for n, queryables in feed.queryables.items() if "period_start" in queryables]:
        everything = feed.pass_(name, "period_start IS NOT NULL AND period_end IS NOT NULL")
        for year in (YEAR, "INTERVAL('2025-08-01','2026-01-31')", "INTERVAL('..','2025-12-31')"):
            found = {
                function: feed.pass_(name, f"{function}(INTERVAL(period_start,period_end),{year})")
                for function in predicates.OF_INTERVALS
            }
            assert found["T_DISJOINT"] | found["T_INTERSECTS"] == everything
            assert not found["T_DISJOINT"] & found["T_INTERSECTS"]
            # Of Allen's thirteen relations, exactly one holds.
            both = {"T_DISJOINT", "T_INTERSECTS"}
            thirteen = [found[f] for f in predicates.OF_INTERVALS if f not in both]
            assert sum(map(len, thirteen)) == len(everything)
            assert set().union(*thirteen) == everything


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("t_after(period_start,date('2025-08-01'))", lambda a, _: a > "2025-08-01"),
        ("t_before(period_start,date('2026-02-01'))", lambda a, _: a < "2026-02-01"),
        ("t_disjoint(period_start,date('2026-02-01'))", lambda a, _: a != "2026-02-01"),
        ("t_equals(period_start,date('2026-02-01'))", lambda a, _: a == "2026-02-01"),
        ("t_intersects(period_start,date('2026-02-01'))", lambda a, _: a == "2026-02-01"),
        ("t_after(period_start,interval('2025-01-01','2025-12-31'))",
         lambda a, _: a > "2025-12-31"),
        ("t_equals(period_start,interval('2026-02-01','2026-02-01'))",
         lambda a, _: a == "2026-02-01"),
        ("t_intersects(period_start,interval('2026-01-01','..'))", lambda a, _: a >= "2026-01-01"),
        ("t_after(interval(period_start,period_end),interval('..','2026-01-31'))",
         lambda a, _: a > "2026-01-31"),
        ("t_before(interval(period_start,period_end),interval('2026-02-01','..'))",
         lambda _, b: b < "2026-02-01"),
        ("t_equals(interval(period_start,period_end),interval('2026-02-01','2026-07-31'))",
         lambda a, b: (a, b) == ("2026-02-01", "2026-07-31")),
        ("T_CONTAINS(interval(period_start,period_end),interval('2026-03-01','2026-03-02'))",
         lambda a, b: a < "2026-03-01" and b > "2026-03-02"),
        ("T_DURING(interval(period_start,period_end),interval('2026-01-01','2026-12-31'))",
         lambda a, b: a > "2026-01-01" and b < "2026-12-31"),
        ("T_FINISHES(interval(period_start,period_end),interval('2025-01-01','2026-07-31'))",
         lambda a, b: a > "2025-01-01" and b == "2026-07-31"),
        ("T_FINISHEDBY(interval(period_start,period_end),interval('2026-03-01','2026-07-31'))",
         lambda a, b: a < "2026-03-01" and b == "2026-07-31"),
        ("T_MEETS(interval(period_start,period_end),interval('2026-07-31','2026-12-31'))",
         lambda _, b: b == "2026-07-31"),
        ("T_METBY(interval(period_start,period_end),interval('2025-01-01','2026-02-01'))",
         lambda a, _: a == "2026-02-01"),
        ("T_OVERLAPS(interval(period_start,period_end),interval('2026-03-01','2026-12-31'))",
         lambda a, b: a < "2026-03-01" < b < "2026-12-31"),
        ("T_OVERLAPPEDBY(interval(period_start,period_end),interval('2025-01-01','2026-03-01'))",
         lambda a, b: "2025-01-01" < a < "2026-03-01" < b),
        ("T_STARTEDBY(interval(period_start,period_end),interval('2026-02-01','2026-03-01'))",
         lambda a, b: a == "2026-02-01" and b > "2026-03-01"),
        ("T_STARTS(interval(period_start,period_end),interval('2026-02-01','2026-12-31'))",
         lambda a, b: a == "2026-02-01" and b < "2026-12-31"),
    ],
)  # fmt: skip
def test_temporal_functions_42_test_data(
    feed: Feed, text: str, holds: Callable[[str, str], bool]
) -> None:
    """/conf/temporal-functions/test-data: /req/temporal-functions/temporal-functions."""
    some = 0
    for name in [n for n, queryables in feed.queryables.items() if "period_start" in queryables]:
        rows = feed.page(name, limit=EVERYTHING)["features"]
        wanted = {
            row["id"]
            for row in rows
            if holds(row["properties"]["period_start"], row["properties"]["period_end"])
        }
        assert feed.pass_(name, text) == wanted
        some += bool(wanted)
    assert some


def test_temporal_functions_43_logical(feed: Feed) -> None:
    """/conf/temporal-functions/logical: no requirement of its own."""
    check_logical(feed, predicates.temporal)
