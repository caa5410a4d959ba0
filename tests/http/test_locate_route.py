"""The look-up over HTTP: the same answers as the library gives, with links to the areas."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from small_release import write_release

from api.models import LocateAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from asgi_client import Client


def ask(client: Client, query: str, **headers: str) -> LocateAnswer:
    answer = client.get(f"/locate?{query}", **headers)
    assert answer.status == 200, answer.text
    return LocateAnswer.model_validate_json(answer.body)


@pytest.mark.parametrize(
    ("query", "match", "beat"),
    [
        ("q=Pogonowskiego+27/29", "exact", "S-1"),
        ("q=Pogonowskiego%2027%2F29", "exact", "S-1"),
        ("q=KO%C5%9ACIUSZKI+10", "exact", "S-5"),
        ("q=Kosciuszki+10", "exact", "S-5"),
        ("q=Pogonowskego+31", "similar", "S-1"),
        ("lon=19.415&lat=51.725", "point", "S-8"),
        ("lon=%2B19.415&lat=5.1725e1", "point", "S-8"),
    ],
)
def test_found(client: Client, query: str, match: str, beat: str) -> None:
    found = ask(client, query)
    assert found.status == "found"
    [place] = found.places
    assert place.match == match
    assert [area.area_id for area in place.areas] == [beat, "K1"]
    assert place.areas[0].status == "approximate"


def test_areas_lead_to_their_features(client: Client) -> None:
    for area in ask(client, "lon=19.415&lat=51.715").places[0].areas:
        feature = client.get(urlsplit(area.href).path).json()
        assert (feature["id"], feature["properties"]["name"]) == (area.area_id, area.name)


def test_labels_in_the_language_asked_for(client: Client) -> None:
    [place] = ask(client, "q=Piotrkowska+3&lang=pl").places
    assert [area.label for area in place.areas] == ["rejon", "komisariat"]
    [place] = ask(client, "q=Piotrkowska+3", accept_language="en").places
    assert [area.label for area in place.areas] == ["beat", "police station"]


def test_ambiguous_names_give_candidates(client: Client) -> None:
    found = ask(client, "q=Pogonowskiego")
    assert found.status == "ambiguous"
    assert [place.areas[0].area_id for place in found.places] == ["S-1", "S-2"]


def test_not_found_suggests(client: Client) -> None:
    answer = client.get("/locate?q=Piotrkowska+5&lang=pl")
    assert answer.status == 404
    body = answer.json()
    assert (body["code"], body["query"]) == ("no-address", "Piotrkowska 5")
    assert body["suggestions"] == ["Piotrkowska 3", "Piotrkowska 1"]
    assert body["detail"].endswith("Podobne: Piotrkowska 3, Piotrkowska 1.")


def test_evil_address_stays_json(client: Client) -> None:
    answer = client.get("/locate?q=%3Cscript%3Ealert(2)%3C/script%3E")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_outside_says_where_the_city_is(client: Client) -> None:
    body = client.get("/locate?lon=51.71&lat=19.41").json()
    assert (body["code"], body["bbox"]) == ("outside", [19.4, 51.7, 19.43, 51.73])


def test_city_without_addresses(tmp_path: Path) -> None:
    from asgi_client import Client as Asks  # noqa: PLC0415 - a server of its own

    from api.app import create_app  # noqa: PLC0415
    from geo.settings import Settings  # noqa: PLC0415

    (write_release(tmp_path) / "public" / "addresses.parquet").unlink()
    answer = Asks(create_app(Settings(store=str(tmp_path)))).get("/locate?q=Piotrkowska+3")
    assert (answer.status, answer.json()["code"]) == (404, "no-addresses")
