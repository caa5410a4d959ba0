"""Addresses and points: found when certain, told apart when not, near ones when not there."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from small_release import EVIL, write_release

from geo.addresses import house_number_key, normalise_street
from geo.errors import NotFoundError, UsageError
from geo.locate import AddressNotFoundError, Locator, OutsideError
from geo.release.reader import open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def locator(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return Locator(open_current(Folder.open(store), face="public"))


@pytest.mark.parametrize(
    ("query", "match", "address", "beat"),
    [
        ("Pogonowskiego 27/29", "exact", "Kpt. Stefana Pogonowskiego 27/29", "S-1"),
        ("ul. Kpt. Stefana Pogonowskiego 27/29", "exact",
         "Kpt. Stefana Pogonowskiego 27/29", "S-1"),
        ("pogonowskiego 27-29", "exact", "Kpt. Stefana Pogonowskiego 27/29", "S-1"),
        ("Pogonowskiego 29", "part-of-number", "Kpt. Stefana Pogonowskiego 27/29", "S-1"),
        ("Pogonowskiego 27/3", "part-of-number", "Kpt. Stefana Pogonowskiego 27/29", "S-1"),
        ("Pogonowskiego 27/29 m. 4", "exact", "Kpt. Stefana Pogonowskiego 27/29", "S-1"),
        ("Pogonowskego 31", "similar", "Kpt. Stefana Pogonowskiego 31", "S-1"),
        ("Piotrkowska 3, Nine", "exact", "Piotrkowska 3", "S-9"),
        ("Piotrkowska 3 Nine", "exact", "Piotrkowska 3", "S-9"),
        ("Piotrkowska 3, 90-001 Nine", "exact", "Piotrkowska 3", "S-9"),
        ("Nine, ul. Piotrkowska 3", "exact", "Piotrkowska 3", "S-9"),
        ("NINE Piotrkowska 3", "exact", "Piotrkowska 3", "S-9"),
        ("90-001 Nine, Piotrkowska 3", "exact", "Piotrkowska 3", "S-9"),
        ("Nine 90-001, Piotrkowska 3", "exact", "Piotrkowska 3", "S-9"),
        ("Piotrkowska 3, Nine 90-001", "exact", "Piotrkowska 3", "S-9"),
        ("Piotrkowska 3 90-001", "exact", "Piotrkowska 3", "S-9"),
        ("90-001 Piotrkowska 3", "exact", "Piotrkowska 3", "S-9"),
        ("Wolności, 90-001", "street", "Wolności 2", "S-4"),
        ("Nine, Rewolucji 1905 r. 9, Nine", "exact", "Rewolucji 1905 r. 9", "S-6"),
        ("KOSCIUSZKI 10", "exact", "Tadeusza Kościuszki 10", "S-5"),
        ("al. Kościuszki 10", "exact", "Tadeusza Kościuszki 10", "S-5"),
        ("Opałowa 5", "exact", "Opałowa 5", "S-7"),
        ("Opalowa 5", "exact", "Opalowa 5", "S-3"),
        ("pl. Wolności 2", "exact", "Plac Wolności 2", "S-8"),
        ("Rewolucji 1905 r. 7a", "exact", "Rewolucji 1905 r. 7A", "S-6"),
        ("Rewolucji 1905 7 A", "exact", "Rewolucji 1905 r. 7A", "S-6"),
        ("Rewolucji 1905", "street", "Rewolucji 1905 r. 9", "S-6"),
    ],
)  # fmt: skip
def test_certain_addresses(
    locator: Locator, query: str, match: str, address: str, beat: str
) -> None:
    answer = locator.find(query)
    assert answer.certain
    [place] = answer.places
    assert (place.match, f"{place.street} {place.number}") == (match, address)
    assert [(a.level, a.area_id) for a in place.areas] == [("beat", beat), ("komisariat", "K1")]
    assert place.areas == locator.at(place.lon, place.lat).areas


@pytest.fixture(scope="module")
def in_lodz(tmp_path_factory: pytest.TempPathFactory) -> Locator:
    """A city whose own name ends a street's name."""
    store = tmp_path_factory.mktemp("lodz")
    write_release(store)
    release = open_current(Folder.open(store), face="public")
    city = {**release.manifest["city"], "name": "Łódź"}
    locator = Locator(replace(release, manifest={**release.manifest, "city": city}))
    names = ["Armii Łódź", "Nowa Łódź", "Piotrkowska", "Bielsko-Biała"]
    rows = {"street": names, "number": ["5", "6", "100", "7"]}
    points = {"lon": [19.405, 19.415, 19.425, 19.425], "lat": [51.705] * 4}
    locator.__dict__["_addresses"] = rows | points
    return locator


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("Łódź, Piotrkowska 100", "Piotrkowska 100"),
        ("Lodz, Piotrkowska 100", "Piotrkowska 100"),
        ("ŁÓDŹ Piotrkowska 100", "Piotrkowska 100"),
        ("Piotrkowska 100, Łódź", "Piotrkowska 100"),
        ("Piotrkowska 100 lodz", "Piotrkowska 100"),
        ("90-001 Łódź, Piotrkowska 100", "Piotrkowska 100"),
        ("Piotrkowska 100, 90-001 Łódź", "Piotrkowska 100"),
        ("Łódź, Piotrkowska", "Piotrkowska 100"),
        ("Armii Łódź 5, Łódź", "Armii Łódź 5"),
        ("Armii Łódź", "Armii Łódź 5"),
        ("Łódź, Nowa Łódź 6", "Nowa Łódź 6"),
    ],
)
def test_a_city_name_is_no_street(in_lodz: Locator, query: str, address: str) -> None:
    assert [f"{p.street} {p.number}" for p in in_lodz.find(query).places] == [address]


def test_a_city_name_alone_is_read_as_a_street(in_lodz: Locator) -> None:
    assert {p.street for p in in_lodz.find("Łódź").places} == {"Armii Łódź", "Nowa Łódź"}


@pytest.mark.parametrize(
    "query", ["Bielsko-Biała, Piotrkowska 100", "Piotrkowska 100, bielsko biala"]
)
def test_a_city_name_of_two_words(in_lodz: Locator, query: str) -> None:
    release = in_lodz._release
    city = {**release.manifest["city"], "name": "Bielsko-Biała"}
    elsewhere = Locator(replace(release, manifest={**release.manifest, "city": city}))
    elsewhere.__dict__["_addresses"] = in_lodz._addresses
    [place] = elsewhere.find(query).places
    assert place.street == "Piotrkowska"


def test_street_through_several_beats_needs_a_number(locator: Locator) -> None:
    answer = locator.find("Pogonowskiego")
    assert not answer.certain
    assert [(p.match, p.areas[0].area_id) for p in answer.places] == [
        ("street", "S-1"),
        ("street", "S-2"),
    ]


def test_ambiguous_name_gives_every_street(locator: Locator) -> None:
    """Each street answers to its own spelling; one that is neither's fits both."""
    both = locator.find("Opąlowa 5")
    assert not both.certain
    assert {(p.street, p.areas[0].area_id) for p in both.places} == {
        ("Opałowa", "S-7"),
        ("Opalowa", "S-3"),
    }


def test_number_decides_between_streets(locator: Locator) -> None:
    """Wolności names the street; a number that only the square has is not looked for there."""
    assert [p.street for p in locator.find("Wolności 2").places] == ["Wolności"]


@pytest.mark.parametrize(
    ("query", "suggestions"),
    [
        ("Piotrkowska 5", ["Piotrkowska 3", "Piotrkowska 1"]),
        ("Pogonowskiego 30", ["Kpt. Stefana Pogonowskiego 31", "Kpt. Stefana Pogonowskiego 27/29",
                              "Kpt. Stefana Pogonowskiego 2"]),
        ("Piotrkovia 3", ["Piotrkowska 3"]),
        ("Piotr", ["Piotrkowska"]),
        ("Zzyzx 1", []),
    ],
)  # fmt: skip
def test_not_found_suggests_near_ones(locator: Locator, query: str, suggestions: list[str]) -> None:
    with pytest.raises(AddressNotFoundError) as caught:
        locator.find(query)
    assert list(caught.value.suggestions) == suggestions
    assert caught.value.query == query
    for near in suggestions:
        assert near in caught.value.message


@pytest.mark.parametrize("query", ["", "   ", "...", "ul.", "x" * 201])
def test_nothing_to_look_for(locator: Locator, query: str) -> None:
    with pytest.raises(UsageError, match="write an address"):
        locator.find(query)


@pytest.mark.parametrize(
    ("lon", "lat", "beat"),
    [
        (19.405, 51.705, "S-1"),
        (19.41, 51.705, "S-1"),  # on the edge of S-1 and S-2
        (19.41, 51.71, "S-1"),  # on the corner of four
        (19.42, 51.72, "S-5"),
        (19.43, 51.73, "S-9"),  # the city's own corner
    ],
)
def test_points_and_ties(locator: Locator, lon: float, lat: float, beat: str) -> None:
    place = locator.at(lon, lat)
    assert place.areas[0].area_id == beat
    assert (place.match, place.street) == ("point", None)


def test_areas_carry_what_a_client_needs(locator: Locator) -> None:
    area = locator.at(19.415, 51.715).areas[0]
    assert (area.name, area.collection, area.status) == (EVIL, "beats", "approximate")
    assert area.label == {"en": "beat", "pl": "rejon"}


def test_point_outside(locator: Locator) -> None:
    with pytest.raises(OutsideError, match=r"no area of Nine holds the point lon 20\.0"):
        locator.at(20.0, 51.71)
    with pytest.raises(OutsideError, match="swapped"):
        locator.at(51.71, 19.41)


def test_city_without_addresses(tmp_path: Path) -> None:
    home = write_release(tmp_path)
    (home / "public" / "addresses.parquet").unlink()
    locator = Locator(open_current(Folder.open(tmp_path), face="public"))
    with pytest.raises(NotFoundError, match="no address register"):
        locator.find("Piotrkowska 3")
    assert locator.at(19.405, 51.705).areas[0].area_id == "S-1"


@pytest.mark.parametrize(
    ("query", "area_id"),
    [("S-5", "S-5"), ("s 5", "S-5"), ("beat S-5", "S-5"), ("rejon s5", "S-5"), ("Area 7", "S-7"),
     (EVIL, "S-5"), ("K1", "K1"), ("komisariat K1", "K1")],
)  # fmt: skip
def test_areas_by_id_and_name(locator: Locator, query: str, area_id: str) -> None:
    [place] = locator.find(query).places
    assert (place.match, place.street) == ("area", None)
    chain = [area.area_id for area in place.areas]
    assert chain == (["K1"] if area_id == "K1" else [area_id, "K1"])
    assert chain[-1] in {area.area_id for area in locator.at(place.lon, place.lat).areas}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("pio", ("street", "Piotrkowska")),
        ("piotrkowska 3", ("address", "Piotrkowska 3")),
        ("27 pogo", ("address", "Kpt. Stefana Pogonowskiego 27/29")),
        ("pogonwskiego 2", ("address", "Kpt. Stefana Pogonowskiego 2")),
        ("area 7", ("area", "Area 7")),
        ("s-7", ("area", "Area 7")),
    ],
)
def test_suggestions(locator: Locator, query: str, first: tuple[str, str]) -> None:
    found = locator.suggest(query)
    assert (found[0].kind, found[0].text) == first
    assert len({(s.kind, s.text) for s in found}) == len(found) <= 8
    for each in found:
        assert locator.find(each.text).places


def test_nothing_to_suggest(locator: Locator) -> None:
    assert locator.suggest("") == locator.suggest("...") == locator.suggest("x" * 201) == ()


def test_a_question_is_kept_nowhere(locator: Locator) -> None:
    """What is remembered for speed is what the register says, never what was asked."""
    remembered = (normalise_street, house_number_key)
    locator.suggest("Pogonowskiego 2")
    before = [function.cache_info().currsize for function in remembered]
    for asked in ("Pogonowskiego Zqxwv 27", "Pogonowskiego 27Q", "Pogonowskigo 2"):
        with suppress(AddressNotFoundError):
            locator.find(asked)
        locator.suggest(asked)
    assert [function.cache_info().currsize for function in remembered] == before
