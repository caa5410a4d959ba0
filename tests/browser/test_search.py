"""The search box in a real browser: by keyboard and pointer, on pages, on the map, in a file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from evil_city import EVIL
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

INPUT = "#search-input"
TOLD = ".search .told"
OPTIONS = "[role=option]"


@pytest.fixture
def sent(page: Page) -> list[Request]:
    """Every request of the page."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request))  # noqa: PLW0108 - as in conftest
    return found


def write(page: Page, text: str) -> None:
    """Write as people do, and wait for suggestions."""
    page.locator(INPUT).press_sequentially(text, delay=15)
    page.wait_for_selector(f"{OPTIONS}:visible")


def active(page: Page) -> str:
    """The text of the option that the box says is the one."""
    name = page.locator(INPUT).get_attribute("aria-activedescendant")
    return page.locator(f"#{name}").inner_text() if name else ""


def test_keys_choose_an_area_on_a_page(page: Page, origin: str) -> None:
    page.goto(f"{origin}/collections")
    box = page.locator(INPUT)
    expect(box).to_have_attribute("role", "combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    write(page, "s-")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator(TOLD)).to_have_text(re.compile(r"^\d+ suggestions"))
    page.keyboard.press("ArrowDown")
    first = active(page)
    page.keyboard.press("ArrowDown")
    assert active(page) != first
    page.keyboard.press("ArrowUp")
    assert active(page) == first
    page.keyboard.press("ArrowUp")
    assert active(page) == ""
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("s-")
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    write(page, "s-7")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}/beats/S-7")


def test_an_evil_name_is_text(page: Page, origin: str) -> None:
    page.goto(f"{origin}/collections")
    write(page, "s-5")
    expect(page.locator(OPTIONS).first.locator("span")).to_have_text(EVIL)
    page.locator(OPTIONS).first.click()
    page.wait_for_url(f"{origin}/beats/S-5")


def test_an_address_goes_in_the_body(page: Page, origin: str, sent: list[Request]) -> None:
    page.goto(f"{origin}/releases")
    write(page, "row 2 11")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[aria-selected=true] span").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}/locate")
    expect(page.locator(".whose h2")).to_contain_text("Your beat:")
    expect(page.locator(".address")).to_have_text(chosen)
    page.locator("nav.languages button").click()
    page.wait_for_url(f"{origin}/locate?lang=pl")
    expect(page.locator(".whose h2")).to_contain_text("Twój rejon:")
    expect(page.locator(".address")).to_have_text(chosen)
    asked = [each for each in sent if urlsplit(each.url).path.startswith("/locate")]
    assert {each.method for each in asked} == {"POST"}
    assert all("row" not in each.url.lower() and "11" not in each.url for each in asked)


def test_a_street_waits_for_its_number(page: Page, origin: str) -> None:
    page.goto(f"{origin}/releases")
    write(page, "row")
    option = page.locator(OPTIONS).filter(has_text="street").first
    street = option.locator("span").inner_text()
    option.click()
    expect(page.locator(INPUT)).to_be_focused()
    expect(page.locator(INPUT)).to_have_value(f"{street} ")
    expect(page.locator(TOLD)).to_have_text("Add a house number, or press Enter.")


def test_the_map_selects_what_is_found(page: Page, origin: str) -> None:
    page.goto(origin)
    page.wait_for_selector("body:not([aria-busy])")
    write(page, "s-7")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**area=S-7**")
    page.fill(INPUT, "Row 2 11")
    page.keyboard.press("Enter")
    expect(page.locator(TOLD)).to_have_text(re.compile("^Row 2 11: "))
    expect(page.locator("path.found")).to_have_count(1)
    found = json.loads(page.request.post(f"{origin}/locate", form={"q": "Row 2 11"}).text())
    assert f"area={found['places'][0]['areas'][0]['area_id']}" in page.url
    assert "Row" not in page.url


@pytest.mark.parametrize("start", ["/", "/maps/areas?level=beat&area=S-9", "/maps/hotspots"])
def test_the_address_says_what_the_search_chose(page: Page, origin: str, start: str) -> None:
    """As the page itself reads it: what the driver last heard of the address may be older."""
    page.goto(origin + start)
    page.wait_for_selector("body:not([aria-busy])")
    page.fill(INPUT, "Row 2 11")
    page.keyboard.press("Enter")
    expect(page.locator(TOLD)).to_have_text(re.compile("^Row 2 11: "))
    found = json.loads(page.request.post(f"{origin}/locate", form={"q": "Row 2 11"}).text())
    area, name = (found["places"][0]["areas"][0][key] for key in ("area_id", "name"))
    asked = "new URLSearchParams(location.search).getAll('area')"
    assert page.evaluate(asked) == [area]
    expect(page.locator("#panel h2")).to_have_text(name)
    page.reload()
    expect(page.locator("#panel h2")).to_have_text(name)


def test_an_area_is_told_once(page: Page, origin: str) -> None:
    page.goto(origin)
    page.wait_for_selector("body:not([aria-busy])")
    page.fill(INPUT, "S-7")
    page.keyboard.press("Enter")
    expect(page.locator(TOLD)).to_have_text("S-7")


def test_without_a_script_the_form_asks(page: Page, origin: str) -> None:
    context = page.context.browser.new_context(java_script_enabled=False, locale="en-GB")  # type: ignore[union-attr]
    tab = context.new_page()
    tab.goto(f"{origin}/releases")
    tab.fill(INPUT, "Row 2 11")
    tab.click("#search button:not(.here)")
    assert tab.url == f"{origin}/locate"
    expect(tab.locator(".address")).to_have_text("Row 2 11")
    expect(tab.locator(".here").first).to_be_hidden()
    context.close()
    page.goto(origin)


@pytest.mark.parametrize("path", ["/locate", "/"])
def test_the_position_is_asked_for_on_a_click_and_rounded(
    page: Page, origin: str, sent: list[Request], path: str
) -> None:
    feed = json.loads(page.request.post(f"{origin}/locate", form={"q": "Row 2 11"}).text())
    place = feed["places"][0]
    page.context.grant_permissions(["geolocation"], origin=origin)
    page.context.set_geolocation(
        {"longitude": place["lon"] + 0.0000123, "latitude": place["lat"] - 0.0000123}
    )
    page.goto(origin + path)
    page.wait_for_selector("body:not([aria-busy])")
    page.locator(".here").first.click()
    if path == "/locate":
        expect(page.locator(".address")).to_contain_text("Your position")
    else:
        expect(page.locator(TOLD)).to_contain_text("Your position: ")
    [asked] = [each for each in sent if each.method == "POST" and "suggestions" not in each.url]
    assert "?" not in asked.url or asked.url.endswith("?lang=en")
    assert re.fullmatch(r"lon=\d+\.\d{4}&lat=\d+\.\d{4}", asked.post_data or "")


def test_a_position_that_is_refused_is_told(page: Page, origin: str) -> None:
    page.goto(f"{origin}/locate")
    page.locator(".here").first.click()
    expect(page.locator(TOLD)).to_contain_text("told not to give the position")


def test_what_is_not_there_is_told(browser: Browser, origin: str) -> None:
    """On a page of its own: Chromium writes every 404 to the console."""
    context = browser.new_context(locale="en-GB", permissions=["geolocation"])
    context.set_geolocation({"longitude": 2.35, "latitude": 48.85})
    page = context.new_page()
    page.goto(origin)
    page.wait_for_selector("body:not([aria-busy])")
    page.fill(INPUT, "Row 2 9999")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{OPTIONS}:visible")
    expect(page.locator(TOLD)).to_contain_text("Row 2 9999")
    page.locator(".here").first.click()
    expect(page.locator(TOLD)).to_contain_text("No area of the city holds")
    context.close()


def test_a_device_without_position_is_told(page: Page, origin: str) -> None:
    page.add_init_script(
        "navigator.geolocation.getCurrentPosition = (_, fail) => fail({ code: 2 });"
    )
    page.goto(f"{origin}/locate")
    page.locator(".here").first.click()
    expect(page.locator(TOLD)).to_contain_text("does not know where it is")


def test_too_many_questions_are_waited_for(page: Page, origin: str) -> None:
    page.goto(f"{origin}/releases")
    page.evaluate(
        """() => {
          const headers = { "Retry-After": "7" };
          window.fetch = async () => new Response("{}", { status: 429, headers });
        }"""
    )
    page.locator(INPUT).press_sequentially("row", delay=15)
    expect(page.locator(TOLD)).to_have_text("Too many questions. Wait 7 seconds.")


def test_the_map_finds_areas_without_the_server(browser: Browser, origin: str) -> None:
    """On a page of its own: Chromium writes every failed request to the console."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(origin)
    page.wait_for_selector("body:not([aria-busy])")
    page.focus(INPUT)
    page.wait_for_load_state("networkidle")
    page.route("**/locate/suggestions*", lambda route: route.abort())
    page.route("**/locate?*", lambda route: route.abort())
    write(page, "s-7")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**area=S-7**")
    page.fill(INPUT, "Row 2 11")
    page.keyboard.press("Enter")
    expect(page.locator(TOLD)).to_contain_text("The server cannot be reached")
    context.close()


def test_a_file_finds_areas_and_asks_nobody(
    page: Page, evil_store: Path, tmp_path: Path, requests: list[str], map_file: Callable[..., Path]
) -> None:
    path = map_file(evil_store, tmp_path)
    page.goto(path.as_uri())
    page.wait_for_selector("body:not([aria-busy])")
    expect(page.locator(".search .here")).to_have_count(0)
    write(page, "s-7")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("S-7")
    page.fill(INPUT, "Row 2 11")
    page.keyboard.press("Enter")
    expect(page.locator(TOLD)).to_have_text("No area is called so.")
    assert {url.partition("?")[0].partition("#")[0] for url in requests} == {path.as_uri()}


@pytest.fixture
def map_file() -> Callable[[Path, Path], Path]:
    """Saves the map of a store as one file."""
    from geo.maps.page import areas_page  # noqa: PLC0415 - folium takes a while
    from geo.release.reader import open_current  # noqa: PLC0415
    from geo.storage import Folder  # noqa: PLC0415

    def save(store: Path, folder: Path) -> Path:
        release = open_current(Folder.open(store), face="public")
        path = folder / "map.html"
        path.write_text(areas_page(release, inline=True).html, encoding="utf-8")
        return path

    return save
