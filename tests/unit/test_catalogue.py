"""The catalogue: the names of the national map to the letter, and the rules of the format."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from geo.catalogue import Catalogue, fold
from geo.errors import CityError

KMZB = Catalogue.load("kmzb")

# The list of the service since October 2022, in its order.
NAMES = [
    "Akty wandalizmu",
    "Dzikie wysypiska śmieci",
    "Grupowanie się małoletnich zagrożonych demoralizacją",
    "Kłusownictwo",
    "Miejsca niebezpieczne na wodach",
    "Miejsce niebezpiecznej działalności rozrywkowej",
    "Nielegalna wycinka drzew",
    "Nielegalne rajdy samochodowe",
    "Nieprawidłowe parkowanie",
    "Niestrzeżone przejście przez tory",
    "Niestrzeżony przejazd kolejowy",
    "Niewłaściwa infrastruktura drogowa",
    "Niszczenie zieleni",
    "Osoba bezdomna wymagająca pomocy",
    "Poruszanie się po terenach leśnych quadami",
    "Przekraczanie dozwolonej prędkości",
    "Spożywanie alkoholu w miejscach niedozwolonych",
    "Używanie środków odurzających",
    "Wałęsające się bezpańskie psy",
    "Wypalanie traw",
    "Zdarzenia drogowe z udziałem zwierząt leśnych",
    "Znęcanie się nad zwierzętami",
    "Zła organizacja ruchu drogowego",
    "Żebractwo",
]
STATUSES = {
    "Nowe": "pending",
    "Weryfikacja": "pending",
    "Potwierdzone": "confirmed",
    "Potwierdzone (przekazane poza Policję)": "confirmed",
    "Potwierdzone (wyeliminowane)": "confirmed",
    "Niepotwierdzone": "unconfirmed",
    "Żart lub pomyłka": "joke",
}
GROUPS = ["all", "beat-officer", "traffic", "alcohol-drugs", "vandalism-demoralisation",
          "greenery", "poverty", "animals", "water"]  # fmt: skip

SMALL = """
id = "small"
version = "1"
[groups.all]
en = "all"
[groups.beat-officer]
en = "officer"
[groups.g]
en = "g"
[partners.guard]
en = "guard"
[statuses.new]
en = "new"
class = "pending"
[[categories]]
id = "a"
en = "Alpha"
group = "g"
actionable = true
partners = ["guard"]
aliases = ["Alfa"]
"""


def test_the_categories_are_those_of_the_service_to_the_letter() -> None:
    assert [c.names["pl"] for c in KMZB.categories.values()] == NAMES
    assert all(c.names["en"] for c in KMZB.categories.values())


def test_the_statuses_are_those_of_the_service_and_the_joke() -> None:
    assert {s.names["pl"]: s.status_class for s in KMZB.statuses.values()} == STATUSES
    assert list(KMZB.statuses) == [
        "new", "verification", "confirmed", "passed_on", "eliminated", "unconfirmed", "joke",
    ]  # fmt: skip
    assert KMZB.statuses_of("confirmed") == {"confirmed", "passed_on", "eliminated"}


def test_what_the_national_map_hides_is_marked() -> None:
    hidden = {c.names["pl"]: c.sensitivity for c in KMZB.categories.values()}
    assert {n: s for n, s in hidden.items() if s != "public"} == {
        "Używanie środków odurzających": "never",
        "Znęcanie się nad zwierzętami": "never",
        "Miejsce niebezpiecznej działalności rozrywkowej": "confirmed-only",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Bezdomność", "Osoba bezdomna wymagająca pomocy"),
        ("Dzikie kąpieliska", "Miejsca niebezpieczne na wodach"),
        ("Miejsca niebezpieczne na terenach wodnych", "Miejsca niebezpieczne na wodach"),
        ("Utonięcia", "Miejsca niebezpieczne na wodach"),
    ],
)
def test_names_of_older_lists_lead_to_the_present_category(old: str, new: str) -> None:
    assert KMZB.category(old) is not None
    assert KMZB.category(old) == KMZB.category(new)


@pytest.mark.parametrize(
    "name", ["żebractwo", "  ŻEBRACTWO ", "Z\u0307ebractwo", "zebractwo", "Begging", "begging"]
)
def test_a_name_is_found_in_any_case_form_and_language(name: str) -> None:
    assert KMZB.category(name) == "zebractwo"


@pytest.mark.parametrize("name", ["", "Akty wandalizm", "Zla organizacja ruchu drogowego", "nowe"])
def test_what_is_no_name_is_none(name: str) -> None:
    # Without its diacritics a name of the service is another word.
    assert KMZB.category(name) is None


def test_a_status_is_found_by_name_or_id() -> None:
    assert KMZB.status("potwierdzone (przekazane poza policję)") == "passed_on"
    assert KMZB.status("joke") == "joke"
    assert KMZB.status("Zamknięte") is None


def test_groups_split_the_categories_and_two_cut_across() -> None:
    assert list(KMZB.groups) == GROUPS
    assert KMZB.members("all") == set(KMZB.categories)
    parts = [KMZB.members(group) for group in GROUPS[2:]]
    assert sum(map(len, parts)) == 24
    assert frozenset().union(*parts) == KMZB.members("all")
    assert KMZB.members("beat-officer") == {c.id for c in KMZB.categories.values() if c.actionable}
    assert 0 < len(KMZB.members("beat-officer")) < 24


def test_an_unknown_group_is_named_beside_the_known() -> None:
    with pytest.raises(CityError, match="no category group 'water ': take one of all, beat-"):
        KMZB.members("water ")


def test_every_partner_of_a_category_has_a_name() -> None:
    named = {partner for c in KMZB.categories.values() for partner in c.partners}
    assert named <= set(KMZB.partners)
    assert all(c.partners for c in KMZB.categories.values() if c.actionable)


def test_fold_keeps_diacritics() -> None:
    assert fold(" Zła  ORGANIZACJA\t") == "zła organizacja"


def test_a_catalogue_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    small = Catalogue.load(path)
    assert (small.id, small.version) == ("small", "1")
    assert small.category("ALFA") == small.category("alpha") == "a"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('[groups.all]\nen = "all"', "", "group 'all' is missing"),
        ('group = "g"', 'group = "h"', "names the group 'h', which cannot hold it"),
        ('group = "g"', 'group = "all"', "names the group 'all', which cannot hold it"),
        ("actionable = true", 'actionable = "false"', "actionable is 'false', not true or false"),
        ("actionable = true", "", "actionable"),
        ('aliases = ["Alfa"]', 'sensitivity = "secret"', "has the sensitivity 'secret'"),
        ('class = "pending"', 'class = "open"', "status 'new' has the class 'open'"),
        ('partners = ["guard"]', 'partners = ["bank"]', "names unknown partners: bank"),
        ('en = "Alpha"', "", "category 'a' has no name"),
        ('id = "small"', 'id = "small', "cannot be used"),
    ],
)
def test_a_broken_rule_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "small.toml"
    assert old in SMALL
    path.write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(CityError, match=r"catalogue small\.toml cannot be used") as info:
        Catalogue.load(path)
    assert message in info.value.message


def test_a_name_of_two_categories_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    second = '\n[[categories]]\nid = "b"\nen = "Beta"\ngroup = "g"\nactionable = true\n'
    path.write_text(SMALL + second + 'aliases = ["alpha"]\n', encoding="utf-8")
    with pytest.raises(CityError, match="'alpha' names both 'a' and 'b'"):
        Catalogue.load(path)
    path.write_text(SMALL + second.replace('"b"', '"a"'), encoding="utf-8")
    with pytest.raises(CityError, match="two categories have the same id"):
        Catalogue.load(path)


@pytest.mark.parametrize("name", ["nothing", "nothing.toml"])
def test_a_missing_catalogue_is_an_error(name: str) -> None:
    with pytest.raises(CityError, match=f"no category catalogue '{name}'"):
        Catalogue.load(name)


def test_the_bundled_file_travels_with_the_package() -> None:
    assert Path(str(files("geo") / "catalogues" / "kmzb.toml")).is_file()
