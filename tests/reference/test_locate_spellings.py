"""How many of 500 noisy spellings of real addresses are found, and which are not."""

from __future__ import annotations

from collections import Counter

import pytest
from lodz_register import lodz_locator
from noisy_addresses import CLASSES, noisy_addresses

from geo.locate import AddressNotFoundError, Locator

LEAST = 0.98
LEAST_CERTAIN = 0.97
LEAST_OF_A_CLASS = 0.92


@pytest.fixture(scope="module")
def locator() -> Locator:
    return lodz_locator()


def same_house(number: str, found: str | None) -> bool:
    """Part of a range may be a house of its own."""
    return bool(set(number.split("/")) & set((found or "").split("/")))


def test_spellings_of_real_addresses(locator: Locator) -> None:
    register = locator._addresses
    rows = list(zip(register["street"], register["number"], strict=True))
    hits: Counter[str] = Counter()
    certain = 0
    missed = []
    for kind, asked, street, number in noisy_addresses(rows):
        try:
            answer = locator.find(asked)
        except AddressNotFoundError as error:
            missed.append(f"{kind}: {asked!r} is {street} {number}, near {error.suggestions}")
            continue
        found = [p for p in answer.places if p.street == street and same_house(number, p.number)]
        if found:
            hits[kind] += 1
            certain += answer.certain
        else:
            places = [f"{p.street} {p.number}" for p in answer.places]
            missed.append(f"{kind}: {asked!r} is {street} {number}, found {places}")
    total = 25 * len(CLASSES)
    assert total == 500
    told = "\n".join(missed)
    assert hits.total() >= LEAST * total, told
    assert certain >= LEAST_CERTAIN * total, told
    weak = {kind: hits[kind] for kind in CLASSES if hits[kind] < LEAST_OF_A_CLASS * 25}
    assert not weak, told


@pytest.mark.parametrize(
    "asked", ["Broadway 5", "Champs-Élysées 3", "Zzyzx 1", "qwertyuiop", "12345", "10 Downing"]
)
def test_what_is_not_there_is_not_found(locator: Locator, asked: str) -> None:
    with pytest.raises(AddressNotFoundError):
        locator.find(asked)


@pytest.mark.parametrize(
    ("asked", "level", "area_id"),
    [
        ("VI-10", "beat", "VI-10"),
        ("vi 10", "beat", "VI-10"),
        ("rejon IV/3", "beat", "IV-3"),
        ("Rejon nr IV-3", "beat", "IV-3"),
        ("rejon 6/10", "beat", "VI-10"),
        ("komisariat VI", "komisariat", "VI"),
        ("VI komisariat", "komisariat", "VI"),
        ("KP 6", "komisariat", "VI"),
        ("Bałuty-Centrum", "osiedle", "baluty-centrum"),
        ("baluty centrum", "osiedle", "baluty-centrum"),
        ("osiedle Baluty Centrum", "osiedle", "baluty-centrum"),
        ("Bałuty Centrumm", "osiedle", "baluty-centrum"),
    ],
)
def test_areas_by_what_people_call_them(
    locator: Locator, asked: str, level: str, area_id: str
) -> None:
    [place] = locator.find(asked).places
    assert place.match == "area"
    assert (place.areas[0].level, place.areas[0].area_id) == (level, area_id)
    if level == "beat":
        assert [area.level for area in place.areas][:3] == ["beat", "rewir", "komisariat"]
        assert locator.at(place.lon, place.lat).areas[0].area_id == area_id


def test_street_of_the_name_of_an_area_is_told_too(locator: Locator) -> None:
    found = locator.find("Złotno").places
    assert {place.match for place in found} == {"area", "street"}
