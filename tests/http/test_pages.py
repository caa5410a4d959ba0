"""Pages and their files: nothing from outside, nothing unescaped, nothing beside the folder."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from small_release import EVIL

from geo.maps.assets import FOLDER

if TYPE_CHECKING:
    from asgi_client import Client

PAGES = [
    "/?f=html",
    "/maps/areas",
    "/maps/areas?level=komisariat&period=2025H2&category_group=traffic&lang=pl",
    "/maps/hotspots",
    "/maps/hotspots?category_group=all",
    "/maps/areas?months=2026-01/2026-03&status=confirmed&statistic=rate_per_1000",
]


class Addresses(HTMLParser):
    """Collects every address that a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.leads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href", "action", "data", "poster"}:
                (self.leads if tag == "a" else self.loaded).append(value or "")


@pytest.mark.parametrize("target", PAGES)
def test_page_loads_only_from_this_origin(client: Client, target: str) -> None:
    answer = client.get(target, accept="text/html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = Addresses()
    found.feed(answer.text)
    assert any(address.startswith("/assets/") for address in found.loaded)
    for address in found.loaded:
        assert address.startswith(("/assets/", "/manifest.webmanifest", "data:")), address
        if address.startswith("/assets/"):
            assert client.get(address).status == 200, address


@pytest.mark.parametrize("target", PAGES)
def test_policy_allows_nothing_from_outside(client: Client, target: str) -> None:
    policy = client.get(target, accept="text/html").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)


def test_only_an_embedded_page_may_be_framed_by_others(client: Client) -> None:
    for target, who in (("", "'self'"), ("?embed=0", "'self'"), ("?embed=1", "*")):
        for path in ("/maps/areas", "/"):
            answer = client.get(path + target, accept="text/html")
            policy = answer.headers["content-security-policy"]
            assert policy.split("frame-ancestors ")[1].split(";")[0] == who


@pytest.mark.parametrize("target", PAGES)
def test_evil_name_stays_text(client: Client, target: str) -> None:
    assert EVIL not in client.get(target, accept="text/html").text


def test_browser_gets_the_page_and_a_program_the_links(client: Client) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert client.get("/", accept=browser).headers["content-type"].startswith("text/html")
    assert client.get("/", accept="*/*").headers["content-type"] == "application/json"


def test_page_speaks_the_readers_language(client: Client) -> None:
    polish = client.get("/maps/areas", accept="text/html", accept_language="pl")
    assert polish.headers["content-language"] == "pl"
    assert '<html lang="pl"' in polish.text
    assert "Zmyślone miasto." in polish.text


def test_assets_are_the_files_of_the_folder(client: Client) -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.name[0] != "."]
    assert len(files) > 10
    for path in files:
        answer = client.get(f"/assets/{path.relative_to(FOLDER).as_posix()}")
        assert (answer.status, answer.raw) == (200, path.read_bytes())


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../policy.py",
        "/assets/..%2Fpolicy.py",
        "/assets/%2e%2e/policy.py",
        "/assets/vendor/../../policy.py",
        "/assets//etc/passwd",
        "/assets/%2Fetc%2Fpasswd",
        "/assets/vendor",
        "/assets/",
        "/assets/dom.js%00",
        "/assets/..\\policy.py",
    ],
)
def test_nothing_beside_the_folder_is_served(client: Client, path: str) -> None:
    assert client.get(path).status == 404


def test_scripts_are_scripts(client: Client) -> None:
    """With nosniff a browser runs a script only under its own type."""
    assert client.get("/assets/dom.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/assets/explorer.css").headers["content-type"].startswith("text/css")


def test_basemap_is_the_releases(client: Client) -> None:
    answer = client.get("/maps/basemap.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["streets"][0]["name"] == EVIL
