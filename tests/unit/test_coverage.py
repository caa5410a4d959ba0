"""What is wrong with areas that should tile: each kind is found, named and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.boundaries.coverage import FINDING_COLUMNS, check_coverage
from geo.crs import GEOD
from geo.errors import CrsError, InputError

if TYPE_CHECKING:
    from geo.city import City


def frame(*shapes: shapely.Geometry | None, keys: list[str] | None = None) -> gpd.GeoDataFrame:
    names = keys or [f"B-{i + 1}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"area_id": names}, geometry=list(shapes), crs="EPSG:4326")


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """Thousandths of a degree east and north of the middle of Łódź."""
    return shapely.box(19.45 + x0 / 1e3, 51.77 + y0 / 1e3, 19.45 + x1 / 1e3, 51.77 + y1 / 1e3)


def square_metres(shape: shapely.Polygon) -> float:
    return abs(float(GEOD.geometry_area_perimeter(shape)[0]))


def test_areas_that_tile_have_no_finding(nine: City) -> None:
    beats = nine.levels["beat"]
    found = check_coverage(beats, boundary=beats.union_all())
    assert found.empty
    assert tuple(found.columns) == FINDING_COLUMNS


def test_an_overlap_names_both_and_its_size() -> None:
    found = check_coverage(frame(box(0, 0, 2, 1), box(1.5, 0, 3, 1)))
    assert found[["kind", "areas"]].to_numpy().tolist() == [["overlap", "B-1, B-2"]]
    assert found["area_m2"][0] == pytest.approx(square_metres(box(1.5, 0, 2, 1)), rel=1e-6)
    assert "19.45175" in found["detail"][0]


def test_one_area_in_another_is_an_overlap() -> None:
    found = check_coverage(frame(box(0, 0, 3, 3), box(1, 1, 2, 2)))
    assert found["kind"].tolist() == ["overlap"]


def test_three_on_one_another_are_three_overlaps() -> None:
    found = check_coverage(frame(*[box(0, 0, 1, 1)] * 3))
    assert found["areas"].tolist() == ["B-1, B-2", "B-1, B-3", "B-2, B-3"]


def test_a_gap_against_the_boundary() -> None:
    areas = frame(box(0, 0, 1, 1), box(2, 0, 3, 1))
    assert check_coverage(areas).empty
    found = check_coverage(areas, boundary=box(0, 0, 3, 1))
    assert found[["kind", "areas"]].to_numpy().tolist() == [["gap", "B-1, B-2"]]
    assert found["area_m2"][0] == pytest.approx(square_metres(box(1, 0, 2, 1)), rel=1e-6)


def test_an_enclosed_gap_shows_without_a_boundary() -> None:
    ring = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))
    found = check_coverage(frame(ring))
    assert found[["kind", "areas"]].to_numpy().tolist() == [["gap", "B-1"]]
    assert found["area_m2"][0] == pytest.approx(square_metres(box(1, 1, 2, 2)), rel=1e-6)


def test_what_lies_outside() -> None:
    found = check_coverage(frame(box(0, 0, 1, 1), box(1, 0, 3, 1)), boundary=box(0, 0, 2, 1))
    assert found[["kind", "areas"]].to_numpy().tolist() == [["outside", "B-2"]]
    assert found["area_m2"][0] == pytest.approx(square_metres(box(2, 0, 3, 1)), rel=1e-6)


def test_detached_parts_and_shared_keys() -> None:
    twins = shapely.union_all([box(0, 0, 1, 1), box(2, 0, 4, 1)])
    found = check_coverage(frame(twins, box(1, 0, 2, 1), keys=["X", "X"]))
    assert found["kind"].tolist() == ["duplicate_key", "multipart"]
    assert found["detail"][0] == "rows 1, 2 have this key"
    assert "2 parts" in found["detail"][1]
    assert found["area_m2"][1] == pytest.approx(square_metres(box(0, 0, 1, 1)), rel=1e-6)


def test_broken_shapes_are_told_once_and_do_not_stop_the_rest() -> None:
    bow = shapely.Polygon([(19, 51), (20, 52), (20, 51), (19, 52)])
    areas = frame(bow, None, shapely.Polygon(), box(0, 0, 1, 1), box(0, 0, 1, 1))
    found = check_coverage(areas)
    assert found["kind"].tolist() == ["invalid", "empty", "empty", "overlap"]
    assert "Self-intersection" in found["detail"][0]
    assert found["areas"].tolist() == ["B-1", "B-2", "B-3", "B-4, B-5"]


def test_small_things_are_passed_over_when_told_so() -> None:
    areas = frame(box(0, 0, 1, 1), box(0.999, 0, 2, 1))
    assert check_coverage(areas)["kind"].tolist() == ["overlap"]
    assert check_coverage(areas, at_least_m2=100.0).empty


def test_a_vertex_in_a_neighbours_edge_is_no_fault() -> None:
    areas = frame(box(0, 0, 2, 1), box(0, 1, 1, 2), box(1, 1, 2, 2))
    assert check_coverage(areas, boundary=box(0, 0, 2, 2)).empty


def test_areas_in_metres_are_measured_on_the_ellipsoid() -> None:
    areas = frame(box(0, 0, 2, 1), box(1, 0, 3, 1)).to_crs("EPSG:2180")
    found = check_coverage(areas)
    assert found["kind"].tolist() == ["overlap"]
    assert found["area_m2"][0] == pytest.approx(square_metres(box(1, 0, 2, 1)), rel=1e-4)


def test_nothing_to_check_is_a_gap_as_large_as_the_city() -> None:
    found = check_coverage(frame(), boundary=box(0, 0, 1, 1))
    assert found["kind"].tolist() == ["gap"]
    assert np.isfinite(found["area_m2"][0])


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="no column 'BEAT_NUM'"):
        check_coverage(frame(box(0, 0, 1, 1)), key="BEAT_NUM")
    with pytest.raises(CrsError, match="declares no coordinate system"):
        check_coverage(frame(box(0, 0, 1, 1)).set_crs(None, allow_override=True))
