"""Cells of address points: nearest wins, neighbours share their vertices, nothing is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.boundaries.planar import planar_faces, shared_borders, snap_to_grid
from geo.boundaries.voronoi import address_cells, dissolve_cells
from geo.crs import transformer
from geo.errors import CrsError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRIC = "EPSG:2180"
X0, Y0 = 530_000.0, 430_000.0
LABELS = st.sampled_from(["a", "b", "c"])
# Whole steps of 50 m: many points coincide, stand in rows, or lie on one circle.
PLACES = st.tuples(st.integers(0, 20), st.integers(0, 20))


def degrees(shape: shapely.Geometry) -> shapely.Geometry:
    change = transformer(METRIC, "EPSG:4326").transform
    return shapely.transform(shape, change, interleaved=False)


def at(xy: NDArray[np.float64]) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(X0 + xy[:, 0], Y0 + xy[:, 1]), crs=METRIC)


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X0 + x0, Y0 + y0, X0 + x1, Y0 + y1)


SQUARE = degrees(box(0, 0, 1000, 1000))
ELL = degrees(box(0, 0, 1000, 1000).difference(box(400, 400, 1000, 1000)))
RING = degrees(box(0, 0, 1000, 1000).difference(box(300, 300, 600, 700)))
TWINS = degrees(shapely.union_all([box(0, 0, 400, 1000), box(600, 0, 1000, 1000)]))


def test_every_place_belongs_to_the_label_of_its_nearest_point() -> None:
    rng = np.random.default_rng(5)
    xy, labels = rng.uniform(0, 1000, (300, 2)), rng.choice(list("abcd"), 300)
    areas = dissolve_cells(address_cells(at(xy), SQUARE, metric_crs=METRIC), labels.tolist())
    probes = rng.uniform(1, 999, (4000, 2))
    apart = np.hypot(*(probes[:, None] - xy[None]).transpose(2, 0, 1))
    nearest, away = apart.argmin(axis=1), np.sort(apart, axis=1)
    clear = away[:, 1] - away[:, 0] > 0.05  # vertices lie on a grid of a centimetre
    points = degrees(shapely.points(X0 + probes[:, 0], Y0 + probes[:, 1]))
    point, area = shapely.STRtree(areas.geometry).query(points[clear], predicate="within")
    assert clear.sum() > 3900
    assert point.tolist() == list(range(int(clear.sum())))
    assert areas["label"].to_numpy()[area].tolist() == labels[nearest[clear]].tolist()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(PLACES, LABELS), min_size=1, max_size=60),
    st.sampled_from([SQUARE, ELL, RING, TWINS]),
)
def test_areas_are_a_coverage_of_the_boundary(
    points: list[tuple[tuple[int, int], str]], boundary: shapely.Geometry
) -> None:
    xy = 50.0 * np.array([place for place, _ in points], dtype=float)
    cells = address_cells(at(xy), boundary, metric_crs=METRIC)
    areas = dissolve_cells(cells, [label for _, label in points])
    shapes = areas.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert set(areas["label"]) <= {label for _, label in points}
    missing = shapely.symmetric_difference(shapely.union_all(shapes), boundary)
    assert shapely.area(missing) < 4 * 1e-7 * boundary.length


@settings(deadline=None, max_examples=40)
@given(st.lists(PLACES, min_size=2, max_size=40))
def test_every_address_lies_in_the_area_of_its_label(places: list[tuple[int, int]]) -> None:
    xy = 50.0 * np.array(places, dtype=float) * 0.98 + 10  # none on the boundary
    labels = ["west" if x < 500 else "east" for x in xy[:, 0]]
    areas = dissolve_cells(address_cells(at(xy), SQUARE, metric_crs=METRIC), labels)
    shape = dict(zip(areas["label"], areas.geometry, strict=True))
    for point, label in zip(at(xy).to_crs("EPSG:4326"), labels, strict=True):
        assert shape[label].contains(point)


def test_coincident_points_share_a_cell_and_most_of_them_name_it() -> None:
    xy = np.array([[200.0, 500.0]] * 3 + [[800.0, 500.0]] * 2)
    cells = address_cells(at(xy), SQUARE, metric_crs=METRIC)
    assert cells.site_of.tolist() == [0, 0, 0, 1, 1]
    areas = dissolve_cells(cells, ["b", "a", "b", "d", "c"])
    assert areas["label"].tolist() == ["b", "c"]  # two of three; the lowest of a tie


def test_a_bit_that_the_boundary_cuts_off_goes_to_its_neighbour() -> None:
    # A U: the left arm's address is nearest to the top of the right arm, across the gap.
    u = degrees(box(0, 0, 1000, 1000).difference(box(450, 200, 550, 1000)))
    xy = np.array([[440.0, 900.0], [950.0, 100.0], [100.0, 100.0]])
    areas = dissolve_cells(address_cells(at(xy), u, metric_crs=METRIC), ["l", "r", "l"])
    assert areas.geometry.geom_type.tolist() == ["Polygon", "Polygon"]
    right = degrees(shapely.Point(X0 + 560, Y0 + 990))
    assert areas.set_index("label").geometry["r"].contains(right)


def test_an_address_on_the_boundary_keeps_its_cell() -> None:
    rng = np.random.default_rng(3)
    xy = np.column_stack([rng.choice([0.0, 0.001, 1000.0], 60), rng.uniform(0, 1000, 60)])
    labels = [f"{i:02d}" for i in range(60)]
    areas = dissolve_cells(address_cells(at(xy), SQUARE, metric_crs=METRIC), labels)
    assert areas["label"].tolist() == labels


def test_two_cells_have_one_ridge_down_the_middle() -> None:
    xy = np.array([[200.0, 500.0], [800.0, 500.0]])
    cells = address_cells(at(xy), SQUARE, metric_crs=METRIC)
    assert cells.pairs.tolist() == [[0, 1]]
    assert cells.lengths == pytest.approx([1000.0], abs=0.01)


def test_shared_borders_are_what_shapely_says() -> None:
    rng = np.random.default_rng(11)
    xy = rng.uniform(0, 1000, (40, 2))
    cells = address_cells(at(xy), SQUARE, metric_crs=METRIC)
    faces = planar_faces([SQUARE.boundary, *cells.ridges])
    pairs, lengths = shared_borders(faces)
    expected = {
        (i, j): faces[i].intersection(faces[j]).length
        for i in range(len(faces))
        for j in range(i + 1, len(faces))
        if faces[i].intersection(faces[j]).length > 0
    }
    found = dict(zip(map(tuple, pairs.tolist()), lengths.tolist(), strict=True))
    assert len(faces) == 40
    assert found == pytest.approx(expected)


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-90, 90))
def test_the_grid_is_seven_decimals(x: float, y: float) -> None:
    point = snap_to_grid(shapely.Point(x, y))
    assert (point.x, point.y) == (float(f"{point.x:.7f}"), float(f"{point.y:.7f}"))
    assert abs(point.x - x) <= 0.5000001e-7


@pytest.mark.parametrize(
    ("points", "boundary", "told"),
    [
        (gpd.GeoSeries([], crs=METRIC), SQUARE, "no rows"),
        (gpd.GeoSeries([shapely.Point(), None], crs=METRIC), SQUARE, "2 of 2"),
        (at(np.ones((1, 2))), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "Self-inter"),
        (at(np.ones((1, 2))), shapely.Point(0, 0), "not a valid area"),
    ],
)
def test_bad_input_is_named(points: gpd.GeoSeries, boundary: shapely.Geometry, told: str) -> None:
    with pytest.raises(InputError, match=told):
        address_cells(points, boundary, metric_crs=METRIC)


def test_coordinate_systems_are_asked_for() -> None:
    with pytest.raises(CrsError, match="declares no coordinate system"):
        address_cells(gpd.GeoSeries([shapely.Point(1, 1)]), SQUARE, metric_crs=METRIC)
    with pytest.raises(CrsError, match="US survey foot"):
        address_cells(at(np.ones((1, 2))), SQUARE, metric_crs="EPSG:3435")


def test_a_label_is_needed_for_every_point() -> None:
    cells = address_cells(at(np.ones((3, 2))), SQUARE, metric_crs=METRIC)
    with pytest.raises(InputError, match="2 labels for 3 points"):
        dissolve_cells(cells, ["a", "b"])
