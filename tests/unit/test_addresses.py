from __future__ import annotations

import pytest

from geo.addresses import (
    StreetNames,
    house_number_key,
    is_house_number,
    is_odd,
    normalise_street,
)

IN_ORDER = ["1", "2", "27", "27/29", "27A", "27A/29", "27AA", "27B", "28", "29/31", "29/31A", "100"]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ul. Piotrkowska", "piotrkowska"),
        ("ULICA PIOTRKOWSKA", "piotrkowska"),
        ("  Piotrkowska ", "piotrkowska"),
        ("al. Kościuszki", "aleja kosciuszki"),
        ("Aleje Kosciuszki", "aleja kosciuszki"),
        ("pl. Wolności", "plac wolnosci"),
        ("Harcerzy - Zatorowców", "harcerzy zatorowcow"),
        ("Frycza-Modrzewskiego", "frycza modrzewskiego"),
        ("Księdza Piotra Skargi", "ks piotra skargi"),
        ("Ks.Piotra Skargi", "ks piotra skargi"),
        ("św. Jerzego", "sw jerzego"),
        ("Świętego Jerzego", "sw jerzego"),
        ("Johna Wayne'a", "johna waynea"),
        ("Johna Wayne’a", "johna waynea"),
        ("Rewolucji 1905 r.", "rewolucji 1905"),
        ("Rewolucji 1905 roku", "rewolucji 1905"),
        ("Gen. Leopolda Okulickiego „Niedźwiadka”", "gen leopolda okulickiego niedzwiadka"),
        ("ul.", ""),
        ("  - ", ""),
    ],
)
def test_spellings_of_one_street_become_the_same_words(written: str, plain: str) -> None:
    assert normalise_street(written) == plain


def test_a_decomposed_accent_is_the_same_letter() -> None:
    assert normalise_street("Ko\u0301łłątaja", keep_diacritics=True) == "kółłątaja"
    assert normalise_street("Ko\u0301łłątaja") == "kollataja"


def test_diacritics_can_be_kept_where_two_streets_differ_only_in_them() -> None:
    assert normalise_street("Opałowa") == normalise_street("Opalowa")
    kept = {normalise_street(name, keep_diacritics=True) for name in ("Opałowa", "ul. OPALOWA")}
    assert kept == {"opałowa", "opalowa"}


def test_house_numbers_sort_as_a_street_has_them() -> None:
    assert sorted([*IN_ORDER[5:], *IN_ORDER[:5]], key=house_number_key) == IN_ORDER


@pytest.mark.parametrize(
    "spellings",
    [("12A", "12a", "12 A", " 12 a"), ("27/29", "27-29", "27 / 29"), ("bl. 313", "BL 313")],
)
def test_spellings_of_one_number_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({house_number_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("text", ["1", "12A", "13CA", "64/66N", "30A/32", "6/8/10", "5 A"])
def test_numbers_that_occur_are_house_numbers(text: str) -> None:
    assert is_house_number(text)


@pytest.mark.parametrize("text", ["", "-", "bl. 313", "12/", "/12", "12 or so", "A12", "-5"])
def test_other_text_is_no_house_number_and_sorts_first(text: str) -> None:
    assert not is_house_number(text)
    assert house_number_key(text) < house_number_key("0")
    assert is_odd(house_number_key(text)) is None


@pytest.mark.parametrize(
    ("number", "odd"), [("27", True), ("28", False), ("27/28", True), ("14/16/18", False)]
)
def test_the_first_part_of_a_number_says_the_side(number: str, *, odd: bool) -> None:
    assert is_odd(house_number_key(number)) is odd


STREETS = [
    "Aleja Tadeusza Kościuszki",
    "Kpt. Stefana Pogonowskiego",
    "Gen. Jarosława Dąbrowskiego",
    "Plac Gen. Jana Henryka Dąbrowskiego",
    'Gen. Leopolda Okulickiego "Niedźwiadka"',
    "Plac Wolności",
    "Opałowa",
    "Opalowa",
    "Dolna Wola",
    "Wojska Polskiego",
    "3 Maja",
    "Aleja 1 Maja",
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ul. kosciuszki", ["aleja tadeusza kościuszki"]),
        ("al. Kościuszki", ["aleja tadeusza kościuszki"]),
        ("Pogonowskiego", ["kpt stefana pogonowskiego"]),
        ("Kpt. Pogonowskiego", ["kpt stefana pogonowskiego"]),
        ("Okulickiego", ["gen leopolda okulickiego niedźwiadka"]),
        ("Gen. Leopolda Okulickiego", ["gen leopolda okulickiego niedźwiadka"]),
        ("Wolności", ["plac wolności"]),
        ("al. Wojska Polskiego", ["wojska polskiego"]),
        ("Opałowa", ["opałowa"]),
        ("opalowa", ["opalowa"]),
        ("pl. Dąbrowskiego", ["plac gen jana henryka dąbrowskiego"]),
        ("Dąbrowskiego", ["gen jarosława dąbrowskiego", "plac gen jana henryka dąbrowskiego"]),
        ("Maja", ["3 maja", "aleja 1 maja"]),
        ("3 Maja", ["3 maja"]),
        ("1 maja", ["aleja 1 maja"]),
        ("Dolna", []),
        ("al. Wolności", []),
        ("Nowa", []),
        ("", []),
    ],
)
def test_a_street_is_found_by_the_strictest_reading_that_fits(asked: str, found: list[str]) -> None:
    assert list(StreetNames(STREETS).find(asked)) == found


def test_streets_that_differ_only_in_accents_are_both_offered_to_a_third_spelling() -> None:
    assert StreetNames(["Opałowa", "Opąlowa"]).find("opalowa") == ("opałowa", "opąlowa")
