"""Hot spots around a place and proposals for its beat, with distances held against PROJ."""

from __future__ import annotations

import pyproj
import pytest
import shapely
from small_release import write_release

from geo.locate_surroundings import DIRECTIONS, nearest_hotspots, proposals_for
from geo.release.reader import Release, open_current
from geo.storage import Folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return open_current(Folder.open(store), face="public")


def shapes(release: Release) -> dict[str, shapely.Geometry]:
    table = release.collection("hotspot-areas").table(["fid", "geometry"]).to_pydict()
    return dict(zip(table["fid"], shapely.from_wkb(table["geometry"]), strict=True))


@pytest.mark.parametrize(
    ("lon", "lat"), [(19.4035, 51.7012), (19.3995, 51.6995), (19.405, 51.709), (19.411, 51.7005)]
)
def test_distances_are_the_shortest_geodesics(release: Release, lon: float, lat: float) -> None:
    """The nearest of many points along every edge, each by the inverse geodesic problem."""
    geod = pyproj.Geod(ellps="WGS84")
    known = shapes(release)
    for spot in nearest_hotspots(release, lon, lat, within_m=20_000):
        edges = shapely.segmentize(known[spot.fid].boundary, 2e-6)
        x, y = shapely.get_coordinates(edges).T
        azimuth, _, distance = geod.inv([lon] * len(x), [lat] * len(x), x, y)
        assert spot.distance_m == pytest.approx(distance.min(), abs=0.1)
        assert spot.direction == DIRECTIONS[round(azimuth[distance.argmin()] / 45) % 8]


def test_inside_there_is_no_way(release: Release) -> None:
    [first, *_] = nearest_hotspots(release, 19.401, 51.701)
    assert (first.distance_m, first.direction) == (0.0, None)


@pytest.mark.parametrize(
    ("lon", "lat", "direction"),
    [(19.401, 51.7045, "S"), (19.401, 51.6985, "N"), (19.3985, 51.701, "E")],
)
def test_directions_of_a_square(release: Release, lon: float, lat: float, direction: str) -> None:
    assert nearest_hotspots(release, lon, lat)[0].direction == direction


def test_only_near_ones_and_few(release: Release) -> None:
    assert nearest_hotspots(release, 19.45, 51.75) == []
    assert len(nearest_hotspots(release, 19.41, 51.705, within_m=1e5, most=1)) == 1


def test_proposals_are_the_chosen_candidates(release: Release) -> None:
    assert [p["candidate_id"] for p in proposals_for(release, "S-1")] == ["2026H2.S-1.traffic"]
    assert proposals_for(release, "S-2") == []
