from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.boundaries.coverage import check_coverage
from geo.boundaries.street_beats import (
    areas_of_addresses,
    beats_from_areas,
    beats_from_streets,
    named_like,
    streets_from_beats,
)
from geo.boundaries.street_claims import assign_by_streets
from geo.boundaries.street_lists import check_rules
from geo.errors import InputError

if TYPE_CHECKING:
    from geo.city import City

METRIC = "EPSG:2180"


def rules(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    names = ["area_id", "street", "from", "to", "side"]
    return check_rules(pd.DataFrame(rows, columns=names))


WEST_EAST = rules(
    ("W", "Row 1", "", "30", "all"),
    ("E", "Row 1", "31", "", "all"),
    ("W", "Row 2", "", "30", "all"),
    ("E", "Row 2", "31", "", "all"),
    ("W", "Row 3", "", "30", "all"),
    ("E", "Row 3", "31", "", "all"),
    ("W", "Column 1", "", "", "all"),
    ("E", "Column 2", "", "", "all"),
    ("E", "Column 3", "", "", "all"),
)


def test_a_list_becomes_a_coverage_with_every_address_in_its_beat(nine: City) -> None:
    told: list[str] = []
    beats = beats_from_streets(
        nine.addresses, WEST_EAST, nine.boundary, metric_crs=METRIC, progress=told.append
    )
    assert beats.columns.tolist() == [
        "area_id", "name", "parent_id", "status", "population", "geometry",
    ]  # fmt: skip
    assert beats["area_id"].tolist() == ["E", "W"]
    assert set(beats["status"]) == {"approximate"}
    assert beats["parent_id"].tolist() == [None, None]
    assert check_coverage(beats, boundary=nine.boundary).empty
    claimed = assign_by_streets(nine.addresses, WEST_EAST).area_id
    found = areas_of_addresses(nine.addresses, beats)
    assert found.tolist() == claimed.tolist()
    assert beats["population"].tolist() == [20.0 * (claimed == b).sum() for b in ("E", "W")]
    assert len(told) == 3


def test_a_place_is_in_the_beat_of_its_nearest_address(nine: City) -> None:
    beats = beats_from_streets(nine.addresses, WEST_EAST, nine.boundary, metric_crs=METRIC)
    claimed = assign_by_streets(nine.addresses, WEST_EAST).area_id.to_numpy()
    rng = np.random.default_rng(3)
    places = gpd.GeoSeries(gpd.points_from_xy(*rng.uniform(0, 3_000, (2, 400))), crs=METRIC)
    places = places.translate(530_000.0, 430_000.0)
    homes = nine.addresses.geometry.to_crs(METRIC)
    apart = np.array([homes.distance(place).to_numpy() for place in places])
    nearest = claimed[apart.argmin(axis=1)]
    margin = [np.ptp([row[claimed == b].min() for b in ("E", "W")]) for row in apart]
    inner = np.array(margin) > 0.1  # a decimetre from the border the centimetre grid is silent
    frame = gpd.GeoDataFrame(geometry=places.to_crs("EPSG:4326"))
    assert (areas_of_addresses(frame, beats).to_numpy() == nearest)[inner].all()
    assert inner.sum() > 390


def test_what_no_beat_claims_is_in_no_beat_unless_gaps_are_filled(nine: City) -> None:
    some = WEST_EAST[WEST_EAST["street"].isin(["Row 1", "Row 2"])]
    claimed = assign_by_streets(nine.addresses, some).area_id
    beats = beats_from_streets(nine.addresses, some, nine.boundary, metric_crs=METRIC)
    assert areas_of_addresses(nine.addresses, beats).tolist() == claimed.tolist()
    assert set(check_coverage(beats, boundary=nine.boundary)["kind"]) >= {"gap"}
    filled = beats_from_streets(
        nine.addresses, some, nine.boundary, metric_crs=METRIC, fill_gaps=True
    )
    kinds = set(check_coverage(filled, boundary=nine.boundary)["kind"])
    assert not kinds & {"gap", "overlap", "outside"}
    everywhere = areas_of_addresses(nine.addresses, filled)
    assert everywhere.notna().all()
    assert (everywhere == claimed)[claimed.notna()].all()
    assert filled["population"].sum() == nine.addresses["population"].sum()


def test_two_beats_at_one_address_stop_the_work_unless_the_first_rule_wins(nine: City) -> None:
    both = pd.concat([WEST_EAST, rules(("X", "Row 1", "10", "11", "all"))], ignore_index=True)
    with pytest.raises(InputError, match="2 addresses are claimed by two or more beats") as raised:
        beats_from_streets(nine.addresses, both, nine.boundary, metric_crs=METRIC)
    assert "Row 1 10: W, X" in raised.value.message
    beats = beats_from_streets(
        nine.addresses, both, nine.boundary, metric_crs=METRIC, first_wins=True
    )
    assert beats["area_id"].tolist() == ["E", "W"]


def test_a_list_of_another_city_is_refused(nine: City) -> None:
    other = rules(("A", "Piotrkowska", "", "", "all"))
    with pytest.raises(InputError, match="none of 360 addresses"):
        beats_from_streets(nine.addresses, other, nine.boundary, metric_crs=METRIC)


def pair(nine: City, *, apart_m: float) -> gpd.GeoDataFrame:
    """Two addresses in the middle of the city."""
    middle = gpd.GeoSeries(gpd.points_from_xy([531_500.0], [431_500.0]), crs=METRIC)
    places = pd.concat([middle, middle.translate(apart_m, 0.0)], ignore_index=True)
    assert nine.boundary.covers(places.to_crs("EPSG:4326")[0])
    return gpd.GeoDataFrame(
        {"street": ["S", "T"], "number": ["1", "1"], "population": [3.0, np.nan]},
        geometry=gpd.GeoSeries(places, crs=METRIC).to_crs("EPSG:4326"),
    )


def test_two_beats_at_one_place_are_refused(nine: City) -> None:
    addresses = pair(nine, apart_m=0.0)
    with pytest.raises(InputError, match="1 addresses are at the place of an address of another"):
        beats_from_areas(addresses, pd.Series(["A", "B"]), nine.boundary, metric_crs=METRIC)


def test_half_a_metre_is_enough_to_part_two_beats(nine: City) -> None:
    addresses = pair(nine, apart_m=0.5)
    beats = beats_from_areas(addresses, pd.Series(["A", "B"]), nine.boundary, metric_crs=METRIC)
    assert areas_of_addresses(addresses, beats).tolist() == ["A", "B"]
    assert beats["population"].tolist()[0] == 3.0
    assert np.isnan(beats["population"].tolist()[1])


def test_a_claimed_address_keeps_a_place_that_it_shares_with_an_unclaimed_one(nine: City) -> None:
    addresses = pair(nine, apart_m=0.0)
    beats = beats_from_areas(
        addresses, pd.Series([None, "B"], dtype=object), nine.boundary, metric_crs=METRIC
    )
    assert beats["area_id"].tolist() == ["B"]
    assert check_coverage(beats, boundary=nine.boundary).empty


def test_addresses_outside_the_boundary_count_for_nothing(nine: City) -> None:
    west = shapely.box(*nine.boundary.bounds[:2], nine.levels["beat"].geometry[0].bounds[2], 90)
    west = west.intersection(nine.boundary)
    beats = beats_from_streets(nine.addresses, WEST_EAST, west, metric_crs=METRIC)
    assert beats["area_id"].tolist() == ["W"]
    assert beats["population"].sum() < 20.0 * 200


def test_beats_become_a_list_and_every_address_keeps_its_beat(nine: City) -> None:
    squares = nine.levels["beat"]
    found = areas_of_addresses(nine.addresses, squares)
    written = streets_from_beats(nine.addresses, squares)
    assert assign_by_streets(nine.addresses, written).area_id.tolist() == found.tolist()
    # Each of six streets crosses three squares, in the order of its numbers.
    assert len(written) == 18
    assert set(written["side"]) == {"all"}


def test_an_address_on_a_border_is_in_the_lowest_beat() -> None:
    squares = gpd.GeoDataFrame(
        {"area_id": ["B", "A", "10"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 0, 3, 1)],
        crs="EPSG:4326",
    )
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0.5, 1, 1.5, 2, 9], [0.5] * 5))
    found = areas_of_addresses(points.set_crs("EPSG:4326"), squares)
    assert found.tolist() == ["B", "A", "A", "10", None]


def test_names_and_parents_come_from_the_level_where_it_knows_the_beat(nine: City) -> None:
    drawn = pd.DataFrame(
        {"area_id": ["S-1", "new"], "name": ["S-1", "new"], "parent_id": [None, None]}
    )
    named = named_like(drawn, nine.levels["beat"])
    assert named["name"].tolist() == ["Area S-1", "new"]
    assert named["parent_id"].tolist() == ["K1", None]
    assert named_like(drawn, None).equals(drawn)


@pytest.mark.slow
def test_every_address_of_lodz_keeps_its_beat_through_list_and_polygons(lodz: City) -> None:
    recorded = areas_of_addresses(lodz.addresses, lodz.levels["beat"])
    assert recorded.notna().all()
    written = streets_from_beats(lodz.addresses, lodz.levels["beat"])
    claims = assign_by_streets(lodz.addresses, written)
    assert claims.area_id.tolist() == recorded.tolist()
    assert claims.findings.empty
    beats = beats_from_areas(
        lodz.addresses, claims.area_id, lodz.boundary, metric_crs=lodz.metric_crs
    )
    assert areas_of_addresses(lodz.addresses, beats).tolist() == recorded.tolist()
    kinds = set(check_coverage(beats, boundary=lodz.boundary)["kind"])
    assert not kinds & {"gap", "overlap", "outside", "invalid", "empty"}


@pytest.mark.parametrize(("width_m", "kinds"), [(0.005, []), (0.03, ["gap"])])
def test_the_check_passes_over_rounding_and_nothing_wider(width_m: float, kinds: list[str]) -> None:
    width = width_m / 69_000.0  # of a degree of longitude at 51.7° N
    halves = [shapely.box(19, 51.7, 19.01, 51.71), shapely.box(19.01 + width, 51.7, 19.02, 51.71)]
    beats = gpd.GeoDataFrame({"area_id": ["W", "E"]}, geometry=halves, crs="EPSG:4326")
    whole = shapely.box(19, 51.7, 19.02, 51.71)
    assert check_coverage(beats, boundary=whole)["kind"].tolist() == kinds
