"""The join on small areas whose answers can be read off a sheet of squared paper."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import CrsError, InputError
from geo.join import AreaIndex, assign_areas
from geo.join._compile import compiled

BOX = shapely.box


def frame(
    *areas: tuple[object, shapely.Geometry | None], crs: str | None = None
) -> gpd.GeoDataFrame:
    keys, geometry = zip(*areas, strict=True)
    return gpd.GeoDataFrame({"key": pd.Series(keys, dtype=object)}, geometry=[*geometry], crs=crs)


def assign(areas: gpd.GeoDataFrame, *points: tuple[float, float]) -> list[int]:
    return AreaIndex(areas, key="key").assign(*np.transpose(points)).tolist()


@pytest.fixture
def quarters() -> gpd.GeoDataFrame:
    """Four squares around (1, 1), rows not in order of their keys."""
    return frame(
        ("d", BOX(0, 0, 1, 1)),
        ("b", BOX(1, 0, 2, 1)),
        ("c", BOX(0, 1, 1, 2)),
        ("a", BOX(1, 1, 2, 2)),
    )


def test_each_point_gets_its_square(quarters: gpd.GeoDataFrame) -> None:
    assert assign(quarters, (0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5)) == [0, 1, 2, 3]


def test_a_shared_border_belongs_to_the_lowest_key(quarters: gpd.GeoDataFrame) -> None:
    assert assign(quarters, (1, 0.5), (0.5, 1), (1, 1.5), (1.5, 1), (1, 1)) == [1, 2, 3, 3, 3]


def test_the_outer_border_is_inside_and_one_step_beyond_it_is_not(
    quarters: gpd.GeoDataFrame,
) -> None:
    beyond = np.nextafter(2, 3)
    assert assign(quarters, (0, 0), (2, 2), (2, 0.3), (beyond, 0.3), (2, beyond)) == [
        0,
        3,
        1,
        -1,
        -1,
    ]
    assert assign(quarters, (-5e-324, 0.5), (0.0, 0.5), (-0.0, -0.0), (0.5, -5e-324)) == [
        -1,
        0,
        0,
        -1,
    ]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.7e308, -1.7e308, 1e19])
def test_no_coordinate_is_too_strange(quarters: gpd.GeoDataFrame, bad: float) -> None:
    assert assign(quarters, (bad, 0.5), (0.5, bad), (bad, bad)) == [-1, -1, -1]


def test_where_areas_overlap_the_lowest_key_wins() -> None:
    areas = frame((2, BOX(0, 0, 4, 4)), (1, BOX(1, 1, 3, 3)), (3, BOX(2, 2, 6, 6)))
    assert assign(areas, (0.5, 0.5), (2, 2), (3, 3), (3.5, 3.5), (5, 5), (3, 5)) == [
        0,
        1,
        1,
        0,
        2,
        2,
    ]


def test_an_area_that_is_covered_by_a_lower_key_is_never_seen() -> None:
    areas = frame(("low", BOX(0, 0, 9, 9)), ("z", BOX(2, 2, 3, 3)))
    assert assign(areas, (2.5, 2.5), (2, 2), (3, 2.5)) == [0, 0, 0]


def test_of_equal_keys_the_first_row_wins() -> None:
    areas = frame(("3100", BOX(1, 0, 3, 1)), ("0111", BOX(4, 0, 5, 1)), ("3100", BOX(0, 0, 2, 1)))
    assert assign(areas, (0.5, 0.5), (1.5, 0.5), (2.5, 0.5), (4.5, 0.5)) == [2, 0, 0, 1]


def test_keys_sort_as_plain_text_not_as_numbers() -> None:
    areas = frame(("9", BOX(0, 0, 1, 1)), ("10", BOX(1, 0, 2, 1)))
    assert assign(areas, (1, 0.5)) == [1]


def test_holes_islands_and_parts() -> None:
    ring = BOX(0, 0, 9, 9) - BOX(3, 3, 6, 6)
    parts = shapely.MultiPolygon([BOX(4, 4, 5, 5), BOX(20, 0, 21, 9)])
    areas = frame(("ring", ring), ("parts", parts))
    assert assign(areas, (1, 1), (3.5, 3.5), (4.5, 4.5), (3, 4), (20.5, 8), (15, 4)) == [
        0,
        -1,
        1,
        0,
        1,
        -1,
    ]


def test_two_areas_that_meet_in_a_point_share_it() -> None:
    areas = frame(("b", BOX(0, 0, 1, 1)), ("a", BOX(1, 1, 2, 2)))
    assert assign(areas, (1, 1), (1, 0.5), (1, 1.5)) == [1, 0, 1]


def test_a_point_whose_determinant_rounds_to_zero_still_takes_a_side() -> None:
    """(0.2, 0.6000…01) lies left of the edge by less than its coordinates' last bits."""
    a, b, point = (0.1, 0.3), (0.3, 0.9), (0.2, np.nextafter(0.6, 1))
    assert (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]) == 0
    areas = frame(
        ("z", shapely.Polygon([a, b, (0.0, 1.0)])), ("a", shapely.Polygon([a, b, (1.0, 0.0)]))
    )
    assert assign(areas, point, (0.2, 0.6), a, b) == [0, 1, 1, 1]


@pytest.mark.parametrize("shift", [0.0, 1e6, -7.5e6])
def test_the_result_is_that_of_geopandas(shift: float) -> None:
    rng = np.random.default_rng(5)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(rng.uniform(0, 100, (40, 2))))
    )
    cells = shapely.transform(cells, lambda xy: xy + shift)
    areas = frame(*zip(rng.permutation(len(cells)).tolist(), cells, strict=True))
    points = np.concatenate(
        [rng.uniform(-20, 120, (3_000, 2)) + shift, shapely.get_coordinates(cells)]
    )
    left = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T))
    expected = left.sjoin(areas, predicate="intersects")["key"].groupby(level=0).min()
    found = AreaIndex(areas, key="key").assign(*points.T)
    keys = pd.Series(areas["key"].to_numpy()[found[found >= 0]], index=np.flatnonzero(found >= 0))
    pd.testing.assert_series_equal(keys, expected, check_dtype=False, check_names=False)


def test_degrees_are_just_another_plane() -> None:
    areas = frame(
        ("a", BOX(19.3, 51.6, 19.5, 51.9)), ("b", BOX(19.5, 51.6, 19.7, 51.9)), crs="EPSG:4326"
    )
    assert assign(areas, (19.4, 51.7), (19.5, 51.7), (19.6, 51.7), (51.7, 19.4)) == [0, 0, 1, -1]


def test_no_areas_hold_no_points() -> None:
    empty = gpd.GeoDataFrame({"key": []}, geometry=[])
    assert assign(empty, (0, 0), (np.nan, 1)) == [-1, -1]


def test_shape_and_type_of_the_answer(quarters: gpd.GeoDataFrame) -> None:
    index = AreaIndex(quarters, key="key")
    assert index.assign([], []).shape == (0,)
    grid = index.assign(np.full((2, 3), 0.5), np.full((2, 3), 1.5))
    assert grid.dtype == np.int32
    assert grid.tolist() == [[2, 2, 2], [2, 2, 2]]
    assert index.assign(0.5, 0.5) == 0
    assert index.assign(np.array([1, 0]), np.array([0, 1], dtype=np.float32)).tolist() == [1, 2]


def test_many_points_are_shared_among_threads_and_stay_in_order(quarters: gpd.GeoDataFrame) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-1, 3, (2, 700_001))
    index = AreaIndex(quarters, key="key")
    whole = index.assign(x, y)
    pieces = [
        index.assign(a, b)
        for a, b in zip(np.split(x, [7, 9_000]), np.split(y, [7, 9_000]), strict=True)
    ]
    np.testing.assert_array_equal(whole, np.concatenate(pieces))
    with ThreadPoolExecutor(4) as pool:
        for other in pool.map(lambda _: index.assign(x, y), range(4)):
            np.testing.assert_array_equal(other, whole)


def test_strided_and_unaligned_input_is_read_as_it_is(quarters: gpd.GeoDataFrame) -> None:
    points = np.array([[0.5, 0.5], [1.5, 0.5], [1.5, 1.5]])
    index = AreaIndex(quarters, key="key")
    assert index.assign(points[:, 0], points[:, 1]).tolist() == [0, 1, 3]
    assert index.assign(points[::-1, 0], points[::-1, 1]).tolist() == [3, 1, 0]


def test_the_caller_keeps_its_frame_and_the_index_its_answers(quarters: gpd.GeoDataFrame) -> None:
    before = quarters.copy(deep=True)
    index = AreaIndex(quarters, key="key")
    pd.testing.assert_frame_equal(quarters, before)
    quarters["key"] = list("wxyz")
    assert index.assign([1], [1]).tolist() == [3]
    assert pickle.loads(pickle.dumps(index)).assign([1], [1]).tolist() == [3]  # noqa: S301 - our own


def test_a_city_needs_more_codes_than_sixteen_bits_hold() -> None:
    steps = np.arange(300.0)
    x, y = (axis.ravel() for axis in np.meshgrid(steps, steps))
    areas = gpd.GeoDataFrame({"key": np.arange(x.size)}, geometry=BOX(x, y, x + 1, y + 1))
    found = AreaIndex(areas, key="key").assign(x + 0.5, y + 0.25)
    np.testing.assert_array_equal(found, np.arange(x.size))


BOWTIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
FAULTS = {
    "missing geometry": (None, r"area 'IV-3' has no geometry"),
    "empty": (shapely.Polygon(), r"area 'IV-3' has no geometry"),
    "line": (shapely.LineString([(0, 0), (1, 1)]), r"area 'IV-3' is not a polygon"),
    "invalid": (BOWTIE, r"area 'IV-3' is not valid \(Self-intersection.*make_valid"),
    "too large": (BOX(0, 0, 1e31, 1), r"area 'IV-3' has a coordinate .* above 1e\+30"),
    "too fine": (BOX(0, 0, 1e-130, 1), r"area 'IV-3' has a coordinate .* below 1e-120"),
}


@pytest.mark.parametrize(("geometry", "message"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_area_is_named(geometry: shapely.Geometry | None, message: str) -> None:
    areas = frame(("I-1", BOX(0, 0, 1, 1)), ("IV-3", geometry))
    with pytest.raises(InputError, match=message):
        AreaIndex(areas, key="key")


def test_infinite_corners_are_refused() -> None:
    with np.errstate(all="ignore"):
        areas = frame(("a", shapely.Polygon([(0, 0), (np.inf, 0), (1, 1)])))
    with pytest.raises(InputError, match="not finite"):
        AreaIndex(areas, key="key")


def test_of_many_faulty_areas_five_are_named() -> None:
    areas = frame(*((f"b{i}", None) for i in range(8)))
    with pytest.raises(InputError, match=r"'b0', 'b1', 'b2', 'b3', 'b4' \(and 3 more\)"):
        AreaIndex(areas, key="key")


def test_faulty_keys_are_refused(quarters: gpd.GeoDataFrame) -> None:
    with pytest.raises(InputError, match=r"no column 'beat': take one of key, geometry"):
        AreaIndex(quarters, key="beat")
    with pytest.raises(InputError, match="row 1 has no 'key'"):
        AreaIndex(frame(("a", BOX(0, 0, 1, 1)), (None, BOX(1, 0, 2, 1))), key="key")
    with pytest.raises(InputError, match="no common order"):
        AreaIndex(frame(("a", BOX(0, 0, 1, 1)), (7, BOX(1, 0, 2, 1))), key="key")


def test_faulty_coordinates_are_refused(quarters: gpd.GeoDataFrame) -> None:
    index = AreaIndex(quarters, key="key")
    with pytest.raises(InputError, match=r"x has shape \(2,\) and y \(1,\)"):
        index.assign([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="must be numbers"):
        index.assign(["east"], [1.0])


def test_a_kernel_without_a_place_for_its_cache_still_runs() -> None:
    """What is typed at a prompt has no file, so numba finds no folder to keep it in."""
    namespace: dict[str, object] = {}
    exec("def twice(x):\n    return 2 * x", namespace)  # noqa: S102 - a function without a file
    assert compiled(namespace["twice"])(21) == 42


def test_importing_geo_does_not_import_numba() -> None:
    code = "import sys, geo, geo.errors, geo.crs; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Every level at once --------------------------------------------------------------------------


@pytest.fixture
def levels() -> dict[str, gpd.GeoDataFrame]:
    def level(*areas: tuple[str, shapely.Geometry]) -> gpd.GeoDataFrame:
        ids, geometry = zip(*areas, strict=True)
        return gpd.GeoDataFrame({"area_id": ids}, geometry=[*geometry], crs="EPSG:2180")

    return {
        "beat": level(("I-1", BOX(0, 0, 100, 100)), ("I-2", BOX(100, 0, 200, 100))),
        "city": level(("lodz", BOX(0, 0, 300, 100))),
    }


def points(*xy: tuple[float, float], crs: str | None = "EPSG:2180") -> gpd.GeoDataFrame:
    x, y = np.transpose(xy)
    return gpd.GeoDataFrame(
        index=[7 * i for i in range(len(xy))], geometry=gpd.points_from_xy(x, y), crs=crs
    )


def test_every_level_gets_a_column_and_the_border_a_distance(
    levels: dict[str, gpd.GeoDataFrame],
) -> None:
    found = assign_areas(points((30, 50), (100, 50), (190, 50), (260, 50), (400, 50)), levels)
    expected = pd.DataFrame(
        {
            "beat": ["I-1", "I-1", "I-2", None, None],
            "city": ["lodz", "lodz", "lodz", "lodz", None],
        },
        index=[0, 7, 14, 21, 28],
        dtype=object,
    ).assign(border_m=[30.0, 0.0, 10.0, 60.0, 200.0])
    pd.testing.assert_frame_equal(found, expected)


def test_the_border_is_that_of_the_level_asked_for(levels: dict[str, gpd.GeoDataFrame]) -> None:
    found = assign_areas(points((99, 50), (290, 40)), levels, border_level="city")
    assert found["border_m"].tolist() == [50.0, 10.0]


def test_levels_are_projected_to_the_points(levels: dict[str, gpd.GeoDataFrame]) -> None:
    degrees = {name: areas.to_crs("EPSG:4326") for name, areas in levels.items()}
    found = assign_areas(points((30, 50), (260, 50)), degrees)
    assert found["beat"].tolist() == ["I-1", None]
    np.testing.assert_allclose(found["border_m"], [30.0, 60.0], atol=1e-6)


def test_the_distance_is_that_of_geopandas(levels: dict[str, gpd.GeoDataFrame]) -> None:
    rng = np.random.default_rng(3)
    scattered = points(*rng.uniform(-50, 350, (500, 2)))
    borders = levels["beat"].boundary.union_all()
    found = assign_areas(scattered, levels)["border_m"]
    np.testing.assert_allclose(found, scattered.distance(borders), rtol=1e-12)


def test_a_report_without_a_point_is_nowhere(levels: dict[str, gpd.GeoDataFrame]) -> None:
    nowhere = gpd.GeoDataFrame(
        geometry=[None, shapely.Point(), shapely.Point(5, 5)], crs="EPSG:2180"
    )
    found = assign_areas(nowhere, levels)
    assert found["beat"].tolist() == [None, None, "I-1"]
    assert found["border_m"].tolist() == [np.inf, np.inf, 5.0]


def test_no_points_and_no_areas(levels: dict[str, gpd.GeoDataFrame]) -> None:
    none = gpd.GeoDataFrame(geometry=[], crs="EPSG:2180")
    assert assign_areas(none, levels).columns.tolist() == ["beat", "city", "border_m"]
    levels["beat"] = levels["beat"].iloc[:0]
    assert assign_areas(points((5, 5)), levels).iloc[0].tolist() == [None, "lodz", np.inf]


def test_what_cannot_be_joined_is_refused(levels: dict[str, gpd.GeoDataFrame]) -> None:
    with pytest.raises(InputError, match=r"no level 'rewir' .* take one of"):
        assign_areas(points((5, 5)), levels, border_level="rewir")
    with pytest.raises(CrsError, match="points declares no coordinate system"):
        assign_areas(points((5, 5), crs=None), levels)
    with pytest.raises(CrsError, match="need metres"):
        assign_areas(points((5, 5), crs="EPSG:4326"), levels)
    with pytest.raises(CrsError, match="need metres"):
        assign_areas(points((5, 5), crs="EPSG:3435"), levels)
    with pytest.raises(InputError, match="row 1 of the points is a polygon"):
        assign_areas(
            gpd.GeoDataFrame(geometry=[shapely.Point(), BOX(0, 0, 1, 1)], crs="EPSG:2180"), levels
        )
    levels["beat"] = levels["beat"].set_crs(None, allow_override=True)
    with pytest.raises(CrsError, match="level 'beat' declares no"):
        assign_areas(points((5, 5)), levels)


def test_the_package_shows_two_names() -> None:
    assert import_module("geo.join").__all__ == ["AreaIndex", "assign_areas"]
