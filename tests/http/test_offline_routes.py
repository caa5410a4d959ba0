"""The worker and the manifest: of one release, at the root, for this origin only."""

from __future__ import annotations

import hashlib
import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Client
from PIL import Image

from api.app import create_app
from geo.maps.assets import FOLDER
from geo.maps.offline import ICONS
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def orders(client: Client) -> Any:
    """What the server wrote above the worker's own text."""
    text = client.get("/sw.js").text
    first, _, rest = text.partition("\n")
    assert rest.encode() == (FOLDER / "sw.js").read_bytes()
    return json.loads(first.removeprefix("self.REWIR = ").removesuffix(";"))


def test_the_worker_is_a_script_with_a_policy_of_its_own(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert client.get("/sw.js", if_none_match=answer.headers["etag"]).status == 304


def test_the_worker_names_its_release_and_what_belongs_to_it(client: Client) -> None:
    release = client.get("/readyz").json()["release"]
    told = orders(client)
    assert told["release"] == release
    assert told["edition"].startswith(release)
    for address in (*told["shell"], *told["assets"], *(each["address"] for each in told["data"])):
        answer = client.get(address, accept="text/html, application/json, */*")
        assert answer.status == 200, address
        assert answer.headers["rewir-release"] == release
        assert not re.search("private|no-store", answer.headers["cache-control"])


def test_assets_are_named_by_their_content(client: Client) -> None:
    for address in orders(client)["assets"]:
        path, _, query = address.partition("?v=")
        answer = client.get(address)
        if query:
            assert hashlib.sha256(answer.raw).hexdigest().startswith(query)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert (
                client.get(f"{path}?v=0123456789ab").headers["cache-control"] == "public, no-cache"
            )


def test_layers_are_kept_whole(client: Client) -> None:
    for each in orders(client)["data"]:
        page = client.get(each["address"]).json()
        if "features" in page:
            assert page["numberMatched"] == page["numberReturned"] == len(page["features"])
            assert set(page["features"][0]["properties"]) <= set(each["columns"])


def test_a_small_page_size_means_more_pages(store: Path, client: Client) -> None:
    small = Client(create_app(Settings(store=str(store), max_limit=4)))
    for each in orders(client)["data"][1:]:
        parts = [p["address"] for p in orders(small)["data"] if p["path"] == each["path"]]
        features = [f for address in parts for f in small.get(address).json()["features"]]
        assert features == client.get(each["address"]).json()["features"]


def test_other_tiles_are_another_worker(store: Path, client: Client) -> None:
    address = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings = Settings(store=str(store), tiles_url=address, tiles_attribution="© somebody")
    with_tiles = Client(create_app(settings))
    assert orders(with_tiles)["edition"] != orders(client)["edition"]
    for path in ("/maps/areas", "/collections/beats/items"):
        plain, tiled = (each.get(path, accept="text/html").headers for each in (client, with_tiles))
        assert plain["etag"] != tiled["etag"]
        images = re.findall(r"img-src ([^;]+)", tiled["content-security-policy"])
        assert images == ["'self' data: https://tiles.example.org"]
        assert (
            tiled["content-security-policy"].replace(" https://tiles.example.org", "")
            == (plain["content-security-policy"])
        )


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_the_manifest_has_what_an_app_needs(client: Client, lang: str) -> None:
    answer = client.get(f"/manifest.webmanifest?lang={lang}")
    assert answer.headers["content-type"] == "application/manifest+json"
    told = answer.json()
    assert told["lang"] == lang
    assert told["start_url"] == f"/?lang={lang}"
    assert (told["id"], told["scope"], told["display"]) == ("/", "/", "standalone")
    assert client.get(told["start_url"], accept="text/html").status == 200
    assert [icon["src"].removeprefix("/assets/") for icon in told["icons"]] == [
        icon["src"] for icon in ICONS
    ]
    assert {"maskable"} == {icon["purpose"] for icon in told["icons"] if "purpose" in icon}


def test_icons_are_as_large_as_they_say(client: Client) -> None:
    for icon in ICONS:
        answer = client.get(f"/assets/{icon['src']}")
        assert answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            with Image.open(BytesIO(answer.raw)) as picture:
                assert "{}x{}".format(*picture.size) == icon["sizes"]


def test_pages_allow_no_markup_and_no_worker_of_others(client: Client) -> None:
    for path in ("/maps/areas", "/collections", "/nothing"):
        policy = client.get(path, accept="text/html").headers["content-security-policy"]
        assert "require-trusted-types-for 'script'" in policy
        assert "worker-src 'self'; manifest-src 'self'" in policy
