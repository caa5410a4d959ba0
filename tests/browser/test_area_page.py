"""The page of one area in a real browser: at every width, by night, by keyboard, on two sheets."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
import uvicorn
from playwright.sync_api import expect

from api.app import create_app
from geo.demo import ensure_demo
from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")
MOST_SHEETS = 2
WORST = 3
"""How many of the beats with the longest pages are printed; all others are shorter."""


@pytest.fixture(scope="module")
def lodz_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the demo of Łódź."""
    made = Settings(store=str(tmp_path_factory.mktemp("lodz")))
    ensure_demo(made, lambda _: None)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(made), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def asked(address: str) -> Any:
    with urlopen(address) as answer:  # noqa: S310  (our own server)
        return json.load(answer)


def worst_beats(origin: str) -> list[str]:
    """The beats whose pages have most rows."""
    items = f"{origin}/collections/beats/items?limit=1000&skipGeometry=true"
    lengths = {}
    for beat in (feature["id"] for feature in asked(items)["features"]):
        area = asked(f"{origin}/beats/{beat}")
        # A hot spot has three lines, a proposal two.
        lengths[beat] = (
            3 * area["hotspots"]["numberReturned"]
            + 2 * area["plan_candidates"]["numberReturned"]
            + len(area["neighbours"])
        )
    return sorted(lengths, key=lengths.__getitem__)[-WORST:]


def test_every_beat_prints_on_two_sheets(lodz_origin: str, browser: Browser) -> None:
    """In the language with the longer words, from a telephone, without backgrounds."""
    paths = [f"/beats/{beat}" for beat in worst_beats(lodz_origin)]
    tab = browser.new_page(viewport={"width": 360, "height": 740})
    for path in [*paths, "/rewiry/VI-R2", "/city/lodz"]:
        tab.goto(f"{lodz_origin}{path}?lang=pl")
        made = tab.pdf(prefer_css_page_size=True, print_background=False)
        assert 1 <= len(SHEET.findall(made)) <= MOST_SHEETS, path
    tab.close()


def test_paper_shows_everything_but_what_is_for_the_screen(
    page: Page, origin: str, feed: Any
) -> None:
    (spot, *_) = feed("/collections/hotspot-areas/items?period=2026H1")["features"]
    page.goto(f"{origin}/beats/{spot['properties']['beat_ids'].split(',')[0]}")
    page.emulate_media(media="print")
    for name in (".maplet .hot", ".maplet .outline", ".chart .bar", "#neighbours", ".badge"):
        expect(page.locator(name).first).to_be_visible()
    for name in (".periods", ".twin", ".top nav"):
        expect(page.locator(name).first).to_be_hidden()
    # Bars and shades are pictures, which are printed also where backgrounds are not.
    kept = "getComputedStyle(document.querySelector('.chart')).printColorAdjust"
    assert page.evaluate(kept) == "exact"


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("path", ["/beats/S-5", "/beats/S-1?lang=pl", "/city/nine"])
def test_page_fits_every_width(page: Page, origin: str, path: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if width == 768 else "light")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(origin + path)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    chart = page.locator(".chart.months").bounding_box()
    assert chart is not None
    assert 200 <= chart["width"] <= width
    # Only widths follow the screen: the type of a chart stays as large as it is.
    size = page.locator(".chart.months .tick").first.evaluate("e => getComputedStyle(e).fontSize")
    assert size == "11px"


def test_map_leads_to_neighbours_by_keyboard(page: Page, origin: str) -> None:
    page.goto(f"{origin}/beats/S-5?lang=en")
    link = page.locator('.maplet a[href^="/beats/S-8"]')
    link.focus()
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/beats/S-8\?lang=en$"))
    expect(page.locator("h1")).to_have_text("Area S-8")


def test_table_of_a_chart_opens_by_keyboard(page: Page, origin: str) -> None:
    page.goto(f"{origin}/beats/S-5")
    twin = page.locator(".twin").first
    twin.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(twin.locator("table")).to_be_visible()
    bars = page.locator(".chart.months .bar").count()
    assert twin.locator("tbody tr").count() == bars
