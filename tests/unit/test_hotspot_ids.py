"""Ids of hot spots: hand-made moves, splits, merges and ties on squares of metres."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.layers.hotspot_ids import KnownSpots, hotspot_ids, known_spots, seen_days
from geo.layers.layer import exchange_shapes

CRS = "EPSG:2180"
PERIODS = ["2025H1", "2025H2", "2026H1"]
X0, Y0 = 530_000, 430_000


def cells(*places: tuple[int, int], side: int = 200) -> shapely.Geometry:
    """Squares by (column, row), counted in sides from a corner that all sides share."""
    squares = [
        shapely.box(X0 + c * side, Y0 + r * side, X0 + (c + 1) * side, Y0 + (r + 1) * side)
        for c, r in places
    ]
    return shapely.union_all(squares)


def block(column: int, row: int, width: int, height: int = 1) -> shapely.Geometry:
    return cells(*((column + i, row + j) for i in range(width) for j in range(height)))


def frame(*rows: tuple[str, str, shapely.Geometry], group: str = "all") -> gpd.GeoDataFrame:
    """Hot spots of a release: period, first cell, shape."""
    table = pd.DataFrame(rows, columns=["period", "first_cell", "geometry"])
    table["category_group"] = group
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def known(*rows: tuple[str, str, shapely.Geometry], group: str = "all") -> gpd.GeoDataFrame:
    """Hot spots that have ids: period, id, shape."""
    found = frame(*rows, group=group).rename(columns={"first_cell": "hotspot_id"})
    return found.assign(first_seen=date(2025, 3, 4))


def ids(spots: gpd.GeoDataFrame, **options: Any) -> list[str]:
    return hotspot_ids(spots, periods=PERIODS, **options).tolist()


def test_a_new_hot_spot_is_named_by_period_group_and_first_cell() -> None:
    spots = frame(("2026H1", "c1", block(0, 0, 2)), group="water")
    assert ids(spots) == ["2026H1-water-c1"]


def test_an_id_goes_on_from_period_to_period() -> None:
    spots = frame(
        ("2025H1", "a", block(0, 0, 2)),
        ("2025H2", "b", block(1, 0, 2)),  # moves on by a cell
        ("2026H1", "c", block(2, 0, 2)),  # shares nothing with where it began
        ("2026H1", "d", block(0, 0, 1)),  # does, but not with the period before
    )
    assert ids(spots) == ["2025H1-all-a"] * 3 + ["2026H1-all-d"]


def test_a_gap_of_a_period_ends_an_id() -> None:
    place = block(0, 0, 2)
    spots = frame(("2025H1", "a", place), ("2026H1", "a", place))
    assert ids(spots) == ["2025H1-all-a", "2026H1-all-a"]


def test_groups_do_not_take_ids_from_each_other() -> None:
    place = block(0, 0, 2)
    one, other = frame(("2025H1", "a", place)), frame(("2025H2", "a", place), group="water")
    both = gpd.GeoDataFrame(pd.concat([one, other], ignore_index=True), crs=CRS)
    assert ids(both) == ["2025H1-all-a", "2025H2-water-a"]
    assert ids(other, known=KnownSpots(previous=known(("2025H2", "X", place)))) == [
        "2025H2-water-a"
    ]


def test_the_previous_release_comes_before_the_period_before() -> None:
    spots = frame(("2025H1", "a", block(0, 0, 4)), ("2025H2", "b", block(0, 0, 4)))
    previous = known(("2025H2", "X", block(3, 0, 1)), ("2026H1", "Y", block(0, 0, 4)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["2025H1-all-a", "X"]


def test_the_largest_overlap_counts_not_the_largest_hot_spot() -> None:
    spots = frame(("2025H1", "a", block(2, 0, 3)))
    previous = known(("2025H1", "wide", block(4, 0, 9)), ("2025H1", "near", block(1, 0, 3)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["near"]


def test_touching_is_no_overlap() -> None:
    spots = frame(("2025H1", "a", block(0, 0, 1)))
    previous = known(("2025H1", "edge", block(1, 0, 1)), ("2025H1", "corner", block(1, 1, 1)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["2025H1-all-a"]


def test_a_split_leaves_the_id_with_the_larger_part() -> None:
    spots = frame(("2025H1", "a", block(0, 0, 2)), ("2025H1", "b", block(3, 0, 3)))
    previous = known(("2025H1", "X", block(0, 0, 6)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["2025H1-all-a", "X"]


def test_of_equal_parts_the_lower_one_keeps_the_id() -> None:
    spots = frame(("2025H1", "b", block(3, 0, 2)), ("2025H1", "a", block(0, 0, 2)))
    previous = known(("2025H1", "X", block(0, 0, 5)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["2025H1-all-b", "X"]


def test_a_merge_goes_on_under_the_id_with_most_ground() -> None:
    spots = frame(("2025H1", "a", block(0, 0, 6)))
    previous = known(("2025H1", "small", block(0, 0, 2)), ("2025H1", "large", block(3, 0, 3)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["large"]
    tied = known(("2025H1", "second", block(0, 0, 3)), ("2025H1", "first", block(3, 0, 3)))
    assert ids(spots, known=KnownSpots(previous=tied)) == ["first"]


def test_who_loses_an_id_takes_the_next_candidate() -> None:
    spots = frame(("2025H1", "a", block(0, 0, 5)), ("2025H1", "b", block(5, 0, 6)))
    previous = known(("2025H1", "X", block(2, 0, 8)), ("2025H1", "Y", block(0, 0, 1)))
    # Both overlap X most: b by five cells, a by three.
    assert ids(spots, known=KnownSpots(previous=previous)) == ["Y", "X"]


def test_who_finds_nothing_in_the_previous_release_looks_at_the_period_before() -> None:
    spots = frame(
        ("2025H1", "a", block(0, 0, 3)),
        ("2025H2", "a", block(0, 0, 3)),
        ("2025H2", "b", block(5, 0, 3)),
    )
    previous = known(("2025H2", "2025H1-all-a", block(5, 0, 3)))
    # The id of the period before is given away within 2025H2, so the first one is new; and the
    # name that it would get belongs to no one else.
    assert ids(spots, known=KnownSpots(previous=previous)) == [
        "2025H1-all-a-2",
        "2025H1-all-a-2",
        "2025H1-all-a",
    ]


def test_a_new_id_was_never_used_before() -> None:
    previous = known(
        ("2025H1", "2025H1-all-a", block(0, 0, 6)), ("2025H1", "2025H1-all-a-2", block(9, 9, 1))
    )
    spots = frame(("2025H1", "a", block(0, 0, 2)), ("2025H1", "b", block(2, 0, 4)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["2025H1-all-a-3", "2025H1-all-a"]


@pytest.mark.parametrize("side", [200, 300, 400])
def test_cells_of_another_size_are_compared_by_area(side: int) -> None:
    here = block(0, 0, 6, 6)  # 1200 m, whatever the side of the earlier cells
    n = 1200 // side
    earlier = [(c, r) for c in range(n) for r in range(n)]
    previous = known(("2025H1", "X", cells(*earlier, side=side)))
    spots = frame(("2025H1", "a", here), ("2025H1", "b", block(7, 0, 2)))
    assert ids(spots, known=KnownSpots(previous=previous)) == ["X", "2025H1-all-b"]


def test_the_internal_face_takes_the_id_of_the_same_cells_first() -> None:
    spots = frame(("2025H1", "a", block(0, 0, 3)), ("2025H1", "b", block(5, 0, 3)))
    public = known(("2025H1", "P", block(0, 0, 3)), ("2025H1", "Q", block(5, 0, 2)))
    previous = known(("2025H1", "X", block(0, 0, 3)), ("2025H1", "Y", block(5, 0, 3)))
    assert ids(spots, known=KnownSpots(previous=previous, public=public)) == ["P", "Y"]


def test_publishing_moves_no_corner() -> None:
    """Degrees are rounded to a centimetre; back in metres every cell lies where it lay."""
    shape = cells((0, 0), (1, 1), (2, 1), (4, 3), side=300)
    degrees = exchange_shapes(gpd.GeoSeries([shape], crs=CRS))
    layer = gpd.GeoDataFrame(
        {"hotspot_id": ["X"], "period": "2025H1", "category_group": "all", "more": 1},
        geometry=degrees,
        crs="EPSG:4326",
    )
    back = known_spots(layer, CRS)
    assert shapely.equals(back.geometry.iloc[0], shape)
    assert back.geometry.area.iloc[0] == 4 * 300**2
    assert back["first_seen"].isna().all()  # a release from before that column
    assert list(back.columns) == [
        "hotspot_id", "period", "category_group", "first_seen", "geometry",
    ]  # fmt: skip


def test_days_follow_the_id() -> None:
    table = pd.DataFrame(
        [
            ("2026H1", "X", date(2025, 9, 1), date(2026, 7, 2)),
            ("2025H1", "X", date(2024, 8, 9), date(2025, 7, 9)),
            ("2025H2", "X", date(2025, 2, 3), date(2025, 7, 1)),
            ("2025H2", "Y", date(2025, 3, 3), date(2026, 1, 1)),
        ],
        columns=["period", "hotspot_id", "first_seen", "last_seen"],
    ).assign(category_group="all")
    found = seen_days(table, periods=PERIODS)
    assert found["first_seen"].tolist() == [date(2024, 8, 9)] * 3 + [date(2025, 3, 3)]
    # A row of an earlier period does not tell of a later one.
    assert found["last_seen"].tolist() == [
        date(2026, 7, 2), date(2025, 7, 9), date(2025, 7, 9), date(2026, 1, 1),
    ]  # fmt: skip
    previous = pd.DataFrame(
        {
            "hotspot_id": ["X", "X", "Y", "Y"],
            "category_group": ["all", "all", "water", "all"],
            "first_seen": [date(2023, 5, 1), date(2023, 4, 1), date(2020, 1, 1), None],
        }
    )
    found = seen_days(table, periods=PERIODS, previous=previous)
    assert found["first_seen"].tolist() == [date(2023, 4, 1)] * 3 + [date(2025, 3, 3)]


def test_nothing_has_no_ids() -> None:
    nothing = frame()
    assert ids(nothing, known=KnownSpots(previous=known(), public=known())) == []
    empty = nothing.assign(hotspot_id="", first_seen=None, last_seen=None)
    assert len(seen_days(empty, periods=PERIODS, previous=known())) == 0
