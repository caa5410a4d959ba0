"""`AreaIndex` against two oracles: GEOS, and rational arithmetic written out below."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.join import AreaIndex
from geo.join._predicates import orientation, threshold

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Polygons = list[shapely.Geometry]
    Maker = Callable[[np.random.Generator], Polygons]
    Move = tuple[float, float]

seeds = st.integers(0, 2**32 - 1)
LIMITS = settings(deadline=None, max_examples=60)


# Areas ---------------------------------------------------------------------------------------


def voronoi(rng: np.random.Generator) -> Polygons:
    seeds_xy = rng.uniform(0, 10, (rng.integers(2, 25), 2))
    cells = shapely.voronoi_polygons(
        shapely.multipoints(seeds_xy), extend_to=shapely.box(0, 0, 9, 9)
    )
    return list(shapely.get_parts(cells))


def jittered_grid(rng: np.random.Generator) -> Polygons:
    """Squares with shared vertices moved, some of them not at all: edges along grid lines."""
    n = int(rng.integers(1, 6))
    nodes = np.stack(np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij"), axis=-1)
    nodes += rng.uniform(-0.3, 0.3, nodes.shape) * rng.integers(0, 2, nodes.shape)
    return [
        shapely.Polygon([nodes[i, j], nodes[i + 1, j], nodes[i + 1, j + 1], nodes[i, j + 1]])
        for i in range(n)
        for j in range(n)
    ]


def overlapping(rng: np.random.Generator) -> Polygons:
    """Up to 25 triangles on a coarse lattice: shared vertices, collinear edges, deep piles."""
    corners = rng.integers(0, 6, (25, 3, 2)).astype(float)
    found = [shapely.Polygon(c) for c in corners]
    return [p for p in found if p.is_valid and p.area > 0] or [shapely.box(0, 0, 1, 1)]


def holes_and_parts(rng: np.random.Generator) -> Polygons:
    ring = shapely.box(0, 0, 8, 8)
    hole = shapely.Polygon(rng.uniform(1, 7, (3, 2)))
    island = shapely.affinity.scale(hole, 0.3, 0.3)
    parts = shapely.MultiPolygon([island, shapely.box(10, *rng.uniform(0, 4, 1), 12, 9)])
    return [ring - hole, parts, shapely.box(-2, -2, *rng.integers(0, 12, 2) + 0.0)]


def slivers(rng: np.random.Generator) -> Polygons:
    """Fans of triangles a few units in the last place wide, some of them upright or lying."""
    start, step = rng.uniform(-5, 5, 2), rng.uniform(-5, 5, 2) * rng.integers(0, 2, 2)
    tip = start + (step if step.any() else [1.0, 0.0])
    side = tip + rng.uniform(-1, 1, (6, 2)) * 10.0 ** rng.integers(-15, -1, (6, 1))
    fan = [shapely.Polygon([start, tip, s]) for s in side]
    return [p for p in fan if p.is_valid and p.area > 0] or [shapely.box(0, 0, 1, 1e-9)]


MAKERS: list[Maker] = [voronoi, jittered_grid, overlapping, holes_and_parts, slivers]
makers = st.sampled_from(MAKERS)
moves = st.sampled_from(
    [(1.0, 0.0), (1e-3, 0.0), (1e4, 0.0), (1.0, 1e6), (0.01, 52.0), (37.7, -530_000.37)]
)


def make_areas(maker: Maker, seed: int, move: Move) -> gpd.GeoDataFrame:
    """Random areas, scaled and shifted; what the shift made invalid is left out."""
    rng = np.random.default_rng(seed)
    scale, shift = move
    moved = [shapely.transform(p, lambda xy: xy * scale + shift) for p in maker(rng)]
    sound = [p for p in moved if p.is_valid and not p.is_empty] or [shapely.box(0, 0, 1, 1)]
    keys = rng.permutation(len(sound)) // 2  # most keys twice
    return gpd.GeoDataFrame({"key": keys}, geometry=sound)


# Points --------------------------------------------------------------------------------------


def make_points(areas: gpd.GeoDataFrame, index: AreaIndex, seed: int) -> NDArray[np.float64]:
    """Points that try the index hard: ties, near ties, rows through vertices, cell corners."""
    rng = np.random.default_rng(seed)
    vertices = shapely.get_coordinates(areas.geometry.to_numpy())
    a, b = vertices[:-1], vertices[1:]
    on_edges = a + rng.choice([0.5, 0.25, 1 / 3, 0.9], (len(a), 1)) * (b - a)
    crossed = np.column_stack([rng.permutation(vertices[:, 0]), vertices[:, 1]])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    anywhere = rng.uniform(low - 0.1 * (high - low), high + 0.1 * (high - low), (200, 2))
    frame = index._lookup.frame
    cell = rng.integers(0, (frame.columns, frame.rows), (100, 2))
    corners = (frame.x_min, frame.y_min) + cell / (frame.x_scale, frame.y_scale)
    exact = np.concatenate([vertices, on_edges, crossed, anywhere, corners])
    nudged = np.nextafter(exact, rng.choice([-np.inf, np.inf], exact.shape))
    points = np.concatenate([exact, nudged])
    return points[rng.permutation(len(points))[:600]]


# Oracles -------------------------------------------------------------------------------------


def lowest(areas: gpd.GeoDataFrame, holds: NDArray[np.bool_]) -> NDArray[np.int64]:
    """From which area holds which point (areas, points) to the position with the lowest key."""
    order = np.argsort(areas["key"].to_numpy(), kind="stable")
    first = holds[order].argmax(axis=0)
    return np.where(holds.any(axis=0), order[first], -1)


def by_geos(areas: gpd.GeoDataFrame, points: NDArray[np.float64]) -> NDArray[np.int64]:
    return lowest(
        areas,
        np.array([shapely.intersects_xy(p, points[:, 0], points[:, 1]) for p in areas.geometry]),
    )


def holds_rationally(polygon: shapely.Geometry, x: float, y: float) -> bool:
    """Even-odd rule and touch over the rings of a polygon, in exact fractions."""
    px, py, inside = Fraction(x), Fraction(y), False
    for ring in shapely.get_rings(shapely.get_parts(polygon)):
        corners = [(Fraction(u), Fraction(v)) for u, v in shapely.get_coordinates(ring)]
        for (ax, ay), (bx, by) in pairwise(corners):
            side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            if side == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
                return True
            if (ay <= py) != (by <= py):
                inside ^= (side > 0) == (by > ay)
    return inside


def by_fractions(areas: gpd.GeoDataFrame, points: NDArray[np.float64]) -> NDArray[np.int64]:
    holds = [[holds_rationally(p, x, y) for x, y in points] for p in areas.geometry]
    return lowest(areas, np.array(holds, dtype=bool).reshape(len(areas), len(points)))


# Properties ----------------------------------------------------------------------------------


@LIMITS
@given(makers, seeds, moves)
def test_every_point_gets_the_area_that_geos_gives_it(maker: Maker, seed: int, move: Move) -> None:
    areas = make_areas(maker, seed, move)
    index = AreaIndex(areas, key="key")
    points = make_points(areas, index, seed)
    found = index.assign(points[:, 0], points[:, 1])
    disputed = found != by_geos(areas, points)  # GEOS itself errs beside (0, 0), at 5e-324
    np.testing.assert_array_equal(found[disputed], by_fractions(areas, points[disputed]))
    assert (np.abs(points[disputed]).min(axis=1) < 1e-300).all()
    counts = np.bincount(found[found >= 0], minlength=len(areas))
    assert counts.sum() + (found < 0).sum() == len(points)


@settings(deadline=None, max_examples=30)
@given(makers, seeds, moves)
def test_every_point_gets_the_area_that_rational_arithmetic_gives_it(
    maker: Maker, seed: int, move: Move
) -> None:
    areas = make_areas(maker, seed, move)
    index = AreaIndex(areas, key="key")
    points = make_points(areas, index, seed)[:60]
    found = index.assign(points[:, 0], points[:, 1])
    np.testing.assert_array_equal(found, by_fractions(areas, points))


@LIMITS
@given(seeds)
def test_the_neighbours_of_zero_fall_on_their_own_side(seed: int) -> None:
    """Around zero doubles are so dense that products of them vanish in plain arithmetic."""
    rng = np.random.default_rng(seed)
    areas = gpd.GeoDataFrame(
        {"key": range(3)},
        geometry=[
            shapely.box(0, 0, 1, 1),
            shapely.Polygon([(-1, -1), (1, 1), (-1, 1)]),
            shapely.Polygon([(0, 0), (-3, 1), (-3, -1 / 3)]),
        ],
    )
    tiny = np.array([0.0, 5e-324, 1e-310, 1e-200, 1e-160, 1e-100, 1 / 3])
    points = rng.choice(np.concatenate([-tiny, tiny]), (60, 2))
    found = AreaIndex(areas, key="key").assign(points[:, 0], points[:, 1])
    np.testing.assert_array_equal(found, by_fractions(areas, points))


@LIMITS
@given(makers, seeds, moves, st.lists(st.floats(), min_size=2, max_size=20))
def test_no_double_whatever_breaks_it(
    maker: Maker, seed: int, move: Move, numbers: list[float]
) -> None:
    areas = make_areas(maker, seed, move)
    x, y = np.repeat(numbers, len(numbers)), np.tile(numbers, len(numbers))
    finite = np.isfinite(x) & np.isfinite(y)
    found = AreaIndex(areas, key="key").assign(x, y)
    assert (found[~finite] == -1).all()
    points = np.column_stack([x, y])[finite]
    west, south, east, north = areas.total_bounds
    beyond = (points < (west, south)).any(axis=1) | (points > (east, north)).any(axis=1)
    assert (found[finite][beyond] == -1).all()
    near = points[~beyond]
    np.testing.assert_array_equal(found[finite][~beyond], by_fractions(areas, near))


@LIMITS
@given(makers, seeds, moves)
def test_the_order_of_rows_and_points_does_not_matter(maker: Maker, seed: int, move: Move) -> None:
    areas = make_areas(maker, seed, move)
    areas["key"] = np.arange(len(areas))
    index = AreaIndex(areas, key="key")
    points = make_points(areas, index, seed)
    shuffle = np.random.default_rng(seed).permutation
    rows, order = shuffle(len(areas)), shuffle(len(points))
    other = AreaIndex(areas.iloc[rows], key="key").assign(*points[order].T)
    expected = index.assign(*points.T)[order]
    np.testing.assert_array_equal(np.append(rows, -1)[other], expected)


finite = st.floats(-1e30, 1e30).filter(lambda v: v == 0 or abs(v) >= 1e-120)
near = st.integers(-3, 3).map(float) | st.sampled_from([0.1, 0.3, 1e-17, 1e15, 52.1 + 2**-48])


@LIMITS
@example((0.0, 0.0, 1.0, 1.0), (5e-324, 0.0))
@example((0.1, 0.1, 0.3, 0.3), (0.2, 0.2))
@given(st.tuples(*[finite | near] * 4), st.tuples(*[st.floats(-1e30, 1e30) | near] * 2))
def test_orientation_is_the_sign_of_the_rational_determinant(
    edge: tuple[float, ...], point: tuple[float, ...]
) -> None:
    ax, ay, bx, by, x, y = map(Fraction, edge + point)
    determinant = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    assert orientation(*edge, *point) == (determinant > 0) - (determinant < 0)


@LIMITS
@given(st.tuples(*[near] * 4), st.floats(0, 1))
def test_threshold_is_the_lowest_double_not_below_the_crossing(
    edge: tuple[float, ...], share: float
) -> None:
    ax, ay, bx, by = edge
    if (ay, ax) > (by, bx):
        ax, ay, bx, by = bx, by, ax, ay
    if ax == bx:
        bx += 1.0
    x = min(max(ax + share * (bx - ax), min(ax, bx)), max(ax, bx))
    height = threshold(ax, ay, bx, by, x)
    slope = (Fraction(by) - Fraction(ay)) / (Fraction(bx) - Fraction(ax))
    crossing = Fraction(ay) + slope * (Fraction(x) - Fraction(ax))
    assert Fraction(float(np.nextafter(height, -np.inf))) < crossing <= Fraction(height)


@pytest.mark.parametrize("pile", [5, 6, 11, 200])
def test_piles_of_any_height_are_searched_to_the_bottom(pile: int) -> None:
    """A cell keeps five candidates per record; the lowest key may be in any of them."""
    rng = np.random.default_rng(pile)
    triangles = rng.uniform(0, 1, (pile, 3, 2))
    areas = gpd.GeoDataFrame(
        {"key": rng.permutation(pile)}, geometry=[*map(shapely.Polygon, triangles)]
    )
    points = np.concatenate([rng.uniform(0, 1, (5_000, 2)), triangles.reshape(-1, 2)])
    found = AreaIndex(areas, key="key").assign(points[:, 0], points[:, 1])
    np.testing.assert_array_equal(found, by_geos(areas, points))
