"""What must hold for every list and every city, however odd its addresses."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.addresses import house_number_key, is_house_number, is_odd
from geo.boundaries.street_beats import areas_of_addresses, beats_from_streets, streets_from_beats
from geo.boundaries.street_claims import assign_by_streets
from geo.boundaries.street_lists import read_street_list, write_street_list
from geo.boundaries.street_runs import _fewest_rows, _Number, _runs, streets_from_areas
from geo.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STREETS = ["Opałowa", "Opalowa", "ul. OPALOWA", "3 Maja", "Kpt. Stefana Pogonowskiego"]
LETTERS = st.sampled_from(["", "", "", "A", "b", " C", "AA"])
PART = st.builds("{}{}".format, st.integers(1, 12), LETTERS)
NUMBER = st.one_of(
    PART,
    st.builds("{}/{}".format, PART, PART),
    st.builds("{}-{}".format, PART, PART),
    st.sampled_from(["", "bl. 3", "BL 3", "bez numeru"]),
)
# A small lattice: many addresses share a place, or a number at two places.
PLACE = st.tuples(st.integers(0, 4), st.integers(0, 4))
ADDRESSES = st.lists(st.tuples(st.sampled_from(STREETS), NUMBER, PLACE), min_size=1, max_size=40)
BEATS = ["I-1", "I-10", "I-2", "II-1"]
# Which beat a place is in; None is outside every beat.
PLAN = st.lists(st.sampled_from([*BEATS, None]), min_size=25, max_size=25)
TILED = st.lists(st.sampled_from(BEATS), min_size=25, max_size=25)


def made(rows: list[tuple[str, str, tuple[int, int]]]) -> gpd.GeoDataFrame:
    streets, numbers, places = zip(*rows, strict=True)
    x, y = zip(*places, strict=True)
    return gpd.GeoDataFrame(
        {"street": streets, "number": numbers, "population": 1.0},
        geometry=gpd.points_from_xy([19.4 + i / 3000 for i in x], [51.7 + i / 7000 for i in y]),
        crs="EPSG:4326",
    )


def beats_of(rows: list[tuple[str, str, tuple[int, int]]], plan: list[str | None]) -> pd.Series:
    return pd.Series([plan[5 * x + y] for _, _, (x, y) in rows], dtype=object)


@settings(deadline=None, max_examples=40)
@given(rows=ADDRESSES, plan=PLAN)
def test_every_address_keeps_its_beat_through_a_list(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, tuple[int, int]]],
    plan: list[str | None],
) -> None:
    addresses, beats = made(rows), beats_of(rows, plan)
    file: Path = tmp_path_factory.getbasetemp() / "list.csv"
    write_street_list(streets_from_areas(addresses, beats), file)
    claims = assign_by_streets(addresses, read_street_list(file))
    assert claims.area_id.tolist() == beats.tolist()
    assert claims.contested.empty
    assert claims.idle.empty
    assert len(claims.unclaimed) == sum(beat is None for beat in beats)


@settings(deadline=None, max_examples=15)
@given(rows=ADDRESSES, plan=TILED)
def test_every_address_keeps_its_beat_through_list_and_polygons(
    rows: list[tuple[str, str, tuple[int, int]]], plan: list[str]
) -> None:
    addresses, beats = made(rows), beats_of(rows, [*plan])
    boundary = shapely.box(19.39, 51.69, 19.41, 51.71)
    drawn = beats_from_streets(
        addresses, streets_from_areas(addresses, beats), boundary, metric_crs="EPSG:2180"
    )
    assert areas_of_addresses(addresses, drawn).tolist() == beats.tolist()
    again = streets_from_beats(addresses, drawn)
    assert again.equals(streets_from_areas(addresses, beats))


SEQUENCE = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["A", "B", None])),
    min_size=1,
    max_size=7,
    unique_by=lambda number: number[0],
)


def brute_fewest(numbers: list[_Number]) -> int:
    """The fewest rows, from all sets of rows that fit, smallest first."""
    rows = set()
    for side in ("all", "odd", "even"):
        on_side = [i for i, n in enumerate(numbers) if side in {"all", n.side}]
        for first in range(len(on_side)):
            for last in range(first, len(on_side)):
                meant = on_side[first : last + 1]
                if {numbers[i].area_id for i in meant} in ({"A"}, {"B"}):
                    rows.add(frozenset(meant))
    wanted = frozenset(i for i, n in enumerate(numbers) if n.area_id is not None)
    reached, count = {frozenset()}, 0
    while wanted not in reached:
        reached = {done | row for done in reached for row in rows}
        count += 1
    return count


@settings(deadline=None, max_examples=150)
@given(sequence=SEQUENCE)
def test_no_shorter_list_says_the_same(sequence: list[tuple[int, str | None]]) -> None:
    numbers = [_Number(house_number_key(str(n)), str(n), area) for n, area in sorted(sequence)]
    runs = [run for run in _runs(numbers, together=_fewest_rows(numbers)) if run.area_id]
    assert len(runs) == brute_fewest(numbers)
    named = sorted(number.text for run in runs for number in run.numbers)
    assert named == sorted(number.text for number in numbers if number.area_id)


@settings(deadline=None)
@given(numbers=st.lists(NUMBER, min_size=2, max_size=20))
def test_house_numbers_have_one_order_and_a_side(numbers: list[str]) -> None:
    ordered = sorted(numbers, key=house_number_key)
    for lower, upper in pairwise(ordered):
        assert house_number_key(lower)[0][0] <= house_number_key(upper)[0][0]
    for number in numbers:
        assert (is_odd(house_number_key(number)) is None) == (not is_house_number(number))


@settings(deadline=None, max_examples=50)
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_message(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_text(f"area_id,street,from,to,side,lon,lat\n{text}", encoding="utf-8")
    told = ""
    try:
        rules = read_street_list(file)
    except InputError as error:
        told = error.message
    else:
        assert set(rules["side"]) <= {"all", "odd", "even"}
        assert (rules["area_id"] != "").all()
    assert not told or "any.csv" in told
