"""The cells: where they lie, what they hold, how large they are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import InputError, UsageError
from geo.statistics.grid import choose_cell_size, make_grid

SQUARE = shapely.box(1_050.0, 2_000.0, 1_950.0, 2_900.0)
RING = shapely.box(0, 0, 1_000, 1_000) - shapely.box(400, 400, 600, 600)


def test_the_lattice_hangs_on_the_origin_of_the_crs() -> None:
    grid = make_grid(SQUARE, cell_m=200)
    assert (grid.x0, grid.y0, grid.shape) == (1_000.0, 2_000.0, (5, 5))
    shifted = make_grid(SQUARE, cell_m=200, origin=(50.0, -30.0))
    assert (shifted.x0, shifted.y0) == (1_050.0, 1_970.0)


def test_two_cities_share_their_cells() -> None:
    one, other = make_grid(SQUARE, cell_m=200), make_grid(RING, cell_m=200)
    assert (one.x0 - other.x0) % 200 == 0
    assert (one.y0 - other.y0) % 200 == 0


def test_share_is_the_exact_area_inside() -> None:
    grid = make_grid(SQUARE, cell_m=200)
    assert grid.share[0].tolist() == pytest.approx([0.75, 1, 1, 1, 0.75])
    assert grid.share[4].tolist() == pytest.approx([0.375, 0.5, 0.5, 0.5, 0.375])
    assert grid.mask.all()


def test_a_hole_is_no_part_of_the_mask() -> None:
    grid = make_grid(RING, cell_m=200)
    assert not grid.mask[2, 2]
    assert grid.mask.sum() == 24
    assert grid.share.sum() * 200**2 == pytest.approx(RING.area)


def test_shares_add_up_to_the_area_of_any_boundary() -> None:
    blob = shapely.Point(530_123.4, 430_987.6).buffer(1_700) - shapely.Point(
        530_500, 431_000
    ).buffer(333)
    for cell_m in (150, 200, 300, 400):
        grid = make_grid(blob, cell_m=cell_m)
        assert grid.share.sum() * cell_m**2 == pytest.approx(blob.area, rel=1e-12)
        brute = [
            [
                blob.intersection(grid.polygons([row], [column])[0]).area / cell_m**2
                for column in range(grid.shape[1])
            ]
            for row in range(grid.shape[0])
        ]
        np.testing.assert_allclose(grid.share, brute, atol=1e-9)


STAR = shapely.Polygon([(0, 0), (400, 0), (600, 200), (400, 400), (800, 800), (0, 400)])


@pytest.mark.parametrize(
    "boundary",
    [
        STAR,
        STAR.reverse(),
        shapely.MultiPolygon([STAR, shapely.box(900, 100, 1_000, 1_000)]),
        STAR - shapely.box(200, 100, 300, 200) - shapely.box(100, 200, 150, 250),
        shapely.affinity.rotate(STAR, 33).union(shapely.Point(700, 300).buffer(90)),
        shapely.affinity.translate(STAR, 530_000.1, 430_000.7),
    ],
)
@pytest.mark.parametrize("origin", [(0, 0), (37.5, 112.5)])
def test_shares_of_borders_along_the_lattice_of_parts_and_of_holes(
    boundary: shapely.Geometry, origin: tuple[float, float]
) -> None:
    grid = make_grid(boundary, cell_m=100, origin=origin)
    cells = grid.polygons(*(axis.ravel() for axis in np.indices(grid.shape)))
    clipped = shapely.area(shapely.intersection(boundary, cells)) / 100**2
    np.testing.assert_allclose(grid.share.ravel(), clipped, atol=1e-9)
    np.testing.assert_array_equal(grid.mask.ravel(), clipped > 1e-9)
    assert (grid.share.ravel()[clipped > 1 - 1e-12] == 1).all()


@pytest.mark.parametrize("area", [STAR, shapely.affinity.translate(STAR, 333, -250), RING])
def test_an_area_covers_the_cells_that_it_overlaps(area: shapely.Geometry) -> None:
    grid = make_grid(RING, cell_m=70, origin=(11, 5))
    cells = grid.polygons(*(axis.ravel() for axis in np.indices(grid.shape)))
    clipped = shapely.area(shapely.intersection(area, cells)) / 70**2
    flat, share = grid.covered(area)
    np.testing.assert_array_equal(flat, np.flatnonzero(clipped > 1e-9))
    np.testing.assert_allclose(share, clipped[flat], atol=1e-9)


def test_an_area_elsewhere_covers_nothing() -> None:
    flat, share = make_grid(RING, cell_m=70).covered(shapely.affinity.translate(STAR, 5_000, 0))
    assert flat.tolist() == share.tolist() == []


def test_shared_arrays_cannot_be_written() -> None:
    grid = make_grid(SQUARE, cell_m=200)
    with pytest.raises(ValueError, match="read-only"):
        grid.mask[0, 0] = False


def test_row_zero_is_south_and_cells_are_half_open() -> None:
    grid = make_grid(SQUARE, cell_m=200)
    row, column = grid.cell_of([1_000, 1_199.999, 1_200, 1_999], [2_000, 2_000, 2_200, 2_999])
    assert row.tolist() == [0, 0, 1, 4]
    assert column.tolist() == [0, 0, 1, 4]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (999.9, 2_100),
        (2_000, 2_100),
        (1_100, 1_999.9),
        (1_100, 3_000),
        (np.nan, 2_100),
        (1_100, np.inf),
        (-np.inf, 1e300),
    ],
)
def test_outside_is_minus_one(x: float, y: float) -> None:
    row, column = make_grid(SQUARE, cell_m=200).cell_of([x], [y])
    assert (row[0], column[0]) == (-1, -1)


def test_count_is_the_brute_count() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(800, 2_200, 500), rng.uniform(1_800, 3_100, 500)
    grid = make_grid(SQUARE, cell_m=200)
    brute = np.zeros(grid.shape, dtype=int)
    for px, py in zip(x, y, strict=True):
        row, column = int((py - 2_000) // 200), int((px - 1_000) // 200)
        if 0 <= row < 5 and 0 <= column < 5:
            brute[row, column] += 1
    counts = grid.count(x, y)
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, brute)
    np.testing.assert_allclose(grid.count(x, y, np.full(500, 2.5)), brute * 2.5)


def test_no_point_counts_zero() -> None:
    counts = make_grid(SQUARE, cell_m=200).count([], [])
    assert counts.shape == (5, 5)
    assert counts.sum() == 0


def test_polygons_are_the_cells() -> None:
    grid = make_grid(SQUARE, cell_m=200)
    (cell,) = grid.polygons([3], [1])
    assert cell.bounds == (1_200, 2_600, 1_400, 2_800)
    row, column = grid.cell_of([cell.centroid.x], [cell.centroid.y])
    assert (row[0], column[0]) == (3, 1)


def test_line_length_by_hand() -> None:
    grid = make_grid(SQUARE, cell_m=200)
    # 100 m in cell (0, 0), 200 m in (0, 1), then up: 100 m in (0, 1), 50 m in (1, 1).
    line = shapely.LineString([(1_100, 2_100), (1_300, 2_100), (1_300, 2_250)])
    length = grid.line_length([line])
    assert length[0, :3].tolist() == pytest.approx([100, 200, 0])
    assert length[1, :3].tolist() == pytest.approx([0, 50, 0])
    assert length.sum() == pytest.approx(350)


def test_line_length_is_the_clipped_length_of_every_cell() -> None:
    rng = np.random.default_rng(2)
    lines = [
        shapely.LineString(rng.uniform(900, 3_100, (rng.integers(2, 6), 2))) for _ in range(30)
    ]
    lines.append(shapely.MultiLineString([[(1_000, 2_050), (1_500, 2_050)], [(1_010, 2_110)] * 2]))
    grid = make_grid(SQUARE, cell_m=200)
    cells = grid.polygons(*(axis.ravel() for axis in np.indices(grid.shape)))
    brute = [sum(line.intersection(cell).length for line in lines) for cell in cells]
    for given in (lines, gpd.GeoSeries(lines, crs="EPSG:2180")):
        np.testing.assert_allclose(grid.line_length(given).ravel(), brute, atol=1e-6)


def test_no_line_has_no_length() -> None:
    assert make_grid(SQUARE, cell_m=200).line_length([]).sum() == 0


def test_a_point_is_not_a_line() -> None:
    with pytest.raises(InputError, match="Point among the lines"):
        make_grid(SQUARE, cell_m=200).line_length([shapely.Point(1_100, 2_100)])


@pytest.mark.parametrize("cell_m", [0, -200, np.nan, np.inf])
def test_a_cell_has_a_positive_side(cell_m: float) -> None:
    with pytest.raises(UsageError, match="positive side"):
        make_grid(SQUARE, cell_m=cell_m)


BOW = shapely.Polygon([(0, 0), (300, 300), (300, 0), (0, 200)])


@pytest.mark.parametrize("boundary", [shapely.Polygon(), shapely.Point(0, 0), BOW])
def test_a_boundary_has_an_area(boundary: shapely.Geometry) -> None:
    with pytest.raises(InputError, match="polygon with area"):
        make_grid(boundary, cell_m=200)


# Squares of 200, 300 and 400 m cover the city with 25, 17 and 13 a side.
@pytest.mark.parametrize(
    ("episodes", "chosen"), [(0, None), (84, None), (85, 400), (144, 400), (145, 300), (313, 200)]
)
def test_the_smallest_cell_that_is_full_enough(episodes: int, chosen: float | None) -> None:
    city = shapely.box(0, 0, 4_900, 4_900)
    x, y = np.random.default_rng(3).uniform(0, 4_900, (2, episodes))
    got, means = choose_cell_size(x, y, city)
    assert got == chosen
    assert means == pytest.approx({200: episodes / 625, 300: episodes / 289, 400: episodes / 169})


def test_episodes_outside_the_boundary_do_not_make_a_cell_full() -> None:
    city = shapely.box(10, 10, 390, 390)
    outside = np.full(50, 5.0)
    assert choose_cell_size(outside, outside, city) == (None, {200: 0.0, 300: 0.0, 400: 0.0})
