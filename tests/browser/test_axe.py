"""Every page of the server, and the map file, without a fault that axe knows.

The pages are those of the API document, so that a new one is tried as soon as it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import axe
import pytest
import typer
from playwright.sync_api import expect
from typer.testing import CliRunner

from geo.cli import map as map_command
from geo.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE, NARROW = (1280, 900), (360, 800)
HTML = "text/html"
AREAS = {"beats": "S-5", "komisariaty": "K2", "city": "nine"}
"""An area of each level of the evil city; the name of the beat is markup."""

QUERIES = {
    "/locate": ["", "?q=Row+1+5", "?q=Row+1+55", "?q=zzzzz"],
    "/changes": ["?since={release}"],
    "/maps/{layer}": ["", "?area=S-5", "?embed=1"],
    "/collections/{collectionId}/items": ["?limit=5"],
}
"""What a page is asked with, where bare would show little or nothing."""

PROBLEMS = ["/nothing", "/collections/nothing", "/collections/beats/items?limit=x", "/locate?q=%20"]


@pytest.fixture(scope="module")
def addresses(tab: Page, origin: str, feed: Any) -> list[str]:
    """One address or more for every page of the API document, and what else shows a page."""
    document = feed("/api?f=json")
    release = next(one["id"] for one in feed("/releases?f=json")["releases"] if one["current"])
    tab.goto(origin)
    layers = tab.evaluate('rewir.readJson("rewir-config").layers')
    paths = [path for path, methods in document["paths"].items() if _is_page(methods)]
    found = [
        filled + query.format(release=release)
        for path in paths
        for filled in _filled(path, release, layers)
        for query in QUERIES.get(path, [""])
    ]
    collections = [one["id"] for one in feed("/collections?f=json")["collections"]]
    items = [f"/collections/{one}/items?limit=5" for one in collections]
    return list(dict.fromkeys([*found, *items, *PROBLEMS]))


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """One page for all addresses."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_has_a_fault(tab: Page, origin: str, addresses: list[str], lang: str) -> None:
    assert len(addresses) > len(PROBLEMS) + 20
    faults: dict[str, list[str]] = {}
    for address in addresses:
        show(tab, f"{origin}{address}{'&' if '?' in address else '?'}lang={lang}")
        expect(tab.locator("html")).to_have_attribute("lang", lang)
        if found := faults_of(tab):
            faults[address] = found
    assert faults == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_file_has_no_fault(tab: Page, evil_store: Path, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "map.html"
    app = typer.Typer()
    map_command.register(app)
    command = ["areas", "-o", str(path), "--store", str(evil_store), "--lang", lang]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    show(tab, path.as_uri())
    assert faults_of(tab) == []


def test_a_fault_would_be_found(tab: Page, origin: str) -> None:
    show(tab, f"{origin}/collections")
    tab.evaluate("document.querySelector('h1').after(document.createElement('button'))")
    assert any(fault.startswith("button-name: ") for fault in axe.faults(tab))


def show(tab: Page, address: str) -> None:
    """Open a page by day on a wide screen, and wait for its map."""
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    tab.goto(address)
    tab.wait_for_selector("body:not([aria-busy])")
    if tab.locator("#rewir-config").count():
        tab.wait_for_selector("path[data-area][aria-label]")
    elif tab.locator("#rewir-map").count():
        tab.wait_for_selector("path[aria-label], canvas")


def faults_of(tab: Page) -> list[str]:
    """What axe finds by day, wide and narrow, and by night, which changes colours alone."""
    found = {"wide": axe.faults(tab)}
    tab.emulate_media(color_scheme="dark")
    found["dark"] = axe.faults(tab, rules=axe.COLOURS)
    tab.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    tab.emulate_media(color_scheme="light")
    found["narrow"] = axe.faults(tab)
    return [f"{state}: {fault}" for state, faults in found.items() for fault in faults]


def _is_page(methods: dict[str, Any]) -> bool:
    """Whether a route answers a browser with a page."""
    answers = methods.get("get", {}).get("responses", {})
    return HTML in answers.get("200", {}).get("content", {})


def _filled(path: str, release: str, layers: list[str]) -> list[str]:
    """A path with something real in its gaps; with every layer and every level that it takes."""
    values = {"releaseId": release, "collectionId": "beats", "featureId": AREAS["beats"]}
    several: dict[str, list[dict[str, str]]] = {
        "{layer}": [{"layer": layer} for layer in layers],
        "{areaId}": [{"levelCollection": level, "areaId": area} for level, area in AREAS.items()],
    }
    more: list[dict[str, str]] = next((each for gap, each in several.items() if gap in path), [{}])
    return [path.format_map(values | one) for one in more]
