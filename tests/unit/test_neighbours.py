"""Who lies beside whom, on squares where it is plain and in the bundled city against shapely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.layers.areas import area_layer
from geo.layers.levels import MetricLevels
from geo.layers.neighbours import border_lengths, neighbour_texts

if TYPE_CHECKING:
    from geo.city import City


def areas(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"area_id": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:2180"
    )


def test_squares_have_neighbours_at_their_sides_only(nine: City) -> None:
    table = area_layer(MetricLevels(nine), "beat").table.set_index("area_id")["neighbours"]
    assert sorted(table["S-5"].split(",")) == ["S-2", "S-4", "S-6", "S-8"]
    assert sorted(table["S-1"].split(",")) == ["S-2", "S-4"]
    assert sorted(table["S-9"].split(",")) == ["S-6", "S-8"]
    assert area_layer(MetricLevels(nine), "city").table["neighbours"].tolist() == [None]


def test_the_longest_common_border_comes_first() -> None:
    found = neighbour_texts(
        areas(
            a=shapely.box(0, 0, 300, 100),
            b=shapely.box(0, 100, 100, 200),
            c=shapely.box(100, 100, 300, 200),
            d=shapely.box(300, 100, 400, 200),  # beside c; only a corner of a
            e=shapely.box(1000, 0, 1100, 100),
        )
    )
    assert found == ["c,b", "a,c", "a,b,d", "c", None]


def test_a_vertex_that_one_side_lacks_does_not_part_them() -> None:
    """The left border has a vertex in the middle, some millimetres off the line."""
    left = shapely.Polygon([(0, 0), (100, 0), (100.004, 37), (100, 100), (0, 100)])
    right = shapely.box(100, 0, 200, 100)
    pairs, metres = border_lengths(np.array([left, right]))
    assert pairs.tolist() == [[0, 1]]
    assert metres == pytest.approx([100.0], abs=0.1)
    apart = np.array([left, shapely.box(100.5, 0, 200, 100)])
    assert len(border_lengths(apart)[0]) == 0


@settings(deadline=None, max_examples=40)
@given(
    cells=st.lists(st.integers(0, 3), min_size=25, max_size=25),
    step=st.sampled_from([7.0, 120.0]),
)
def test_lengths_are_those_of_the_grid_lines_between(cells: list[int], step: float) -> None:
    """Areas put together from squares: their common border is counted edge by edge."""
    grid = np.array(cells).reshape(5, 5)
    squares = [
        [shapely.box(x * step, y * step, (x + 1) * step, (y + 1) * step) for x in range(5)]
        for y in range(5)
    ]
    kinds = sorted(set(cells))
    shapes = [
        shapely.union_all([squares[y][x] for y in range(5) for x in range(5) if grid[y, x] == k])
        for k in kinds
    ]
    wanted: dict[tuple[int, int], float] = {}
    for one, other in [*zip(grid[:, :-1].flat, grid[:, 1:].flat, strict=True),
                       *zip(grid[:-1].flat, grid[1:].flat, strict=True)]:  # fmt: skip
        if one != other:
            pair = tuple(sorted((kinds.index(one), kinds.index(other))))
            wanted[pair] = wanted.get(pair, 0.0) + step
    pairs, metres = border_lengths(np.array(shapes, dtype=object))
    found = dict(zip(map(tuple, pairs.tolist()), metres, strict=True))
    assert found.keys() == wanted.keys()
    for pair, length in wanted.items():
        # Where unions have dropped vertices, the line within a centimetre is measured: a little
        # more at its ends.
        assert found[pair] <= length + 0.1 * len(cells)
        assert found[pair] > 0


def test_neighbours_in_lodz_are_mutual_and_touch(lodz: City) -> None:
    levels = MetricLevels(lodz)
    for level, frame in levels.frames.items():
        texts = neighbour_texts(frame)
        ids = frame["area_id"].tolist()
        beside = {i: (t or "").split(",") if t else [] for i, t in zip(ids, texts, strict=True)}
        shape = dict(zip(ids, frame.geometry, strict=True))
        for area, names in beside.items():
            assert len(set(names)) == len(names)
            assert all(area in beside[other] for other in names)
            borders = [shape[area].intersection(shape[other]).length for other in names]
            assert borders == sorted(borders, reverse=True) or np.allclose(
                borders, sorted(borders, reverse=True), atol=0.2
            )
            assert all(length > 0.9 for length in borders)
        if len(ids) > 1:
            assert all(beside.values()), level
