"""What three readers come for, by keys alone: no step of these uses a pointer."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MOST_STOPS = 150
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something that a selector matches has the focus; never a pointer."""
    here = "(selector) => document.activeElement.matches(selector)"
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(here, selector):
            return
    pytest.fail(f"{MOST_STOPS} stops of the Tab key and none is {selector}")


def choose(page: Page, name: str, value: str) -> None:
    """Choose in a list with the arrow keys, as it is with the focus in it."""
    tab_to(page, f"#choose-{name}")
    values = page.eval_on_selector_all(
        f"#choose-{name} option", "(all) => all.filter((o) => !o.disabled).map((o) => o.value)"
    )
    steps = values.index(value) - values.index(page.input_value(f"#choose-{name}"))
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
    expect(page.locator(f"#choose-{name}")).to_have_value(value)
    page.wait_for_url(f"**{name}={value}**")
    page.wait_for_selector("body:not([aria-busy])")


def wait_for_map(page: Page) -> None:
    """Wait until the areas are drawn and described."""
    page.wait_for_selector("path[data-area][aria-label]")
    page.wait_for_selector("body:not([aria-busy])")


def test_a_resident_finds_the_beat_of_an_address_and_reads_its_page(
    page: Page, origin: str, feed: Any
) -> None:
    page.goto(origin)
    wait_for_map(page)
    tab_to(page, "[role=combobox]")
    page.keyboard.type("row 3 45")
    expect(page.locator("[role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert chosen.get_attribute("id") == page.evaluate(
        "document.activeElement.getAttribute('aria-activedescendant')"
    )
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Area S-9")
    expect(page.locator(".search .told")).to_contain_text("Area S-9")
    tab_to(page, '#panel a[href*="/beats/S-9"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/beats/S-9**")
    assert page.inner_text("h1") == "Area S-9"
    row = feed("/collections/area-periods/items/beat.S-9.2026H1.all")["properties"]
    expect(page.locator("main")).to_contain_text(f"{row['n_reports']} reports")


def test_a_journalist_compares_half_years_and_downloads_them(
    page: Page, origin: str, feed: Any
) -> None:
    page.goto(f"{origin}/maps/areas")
    wait_for_map(page)
    choose(page, "statistic", "n_reports")
    shown = {}
    for period in ("2025H1", "2026H1"):
        choose(page, "period", period)
        tab_to(page, '#table-areas tr[data-id="S-8"] button')
        page.keyboard.press("Enter")
        expect(page.locator("#panel h2")).to_have_text("Area S-8")
        shown[period] = page.inner_text("#panel .figure strong")
        row = feed(f"/collections/area-periods/items/beat.S-8.{period}.all")["properties"]
        assert shown[period] == f"{row['n_reports']} reports"
    tab_to(page, '.foot a[href$="/collections"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/collections**")
    tab_to(page, 'a[href*="/collections/area-periods/items"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/area-periods/items**")
    tab_to(page, "#choose-period")
    page.keyboard.press("Home")
    expect(page.locator("#choose-period")).to_have_value("")
    tab_to(page, "main .choose button")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("#choose-period")).to_have_value("")
    tab_to(page, '.formats a[href*="f=csv"]')
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    rows = csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8")))
    counts = {
        row["period"]: f"{row['n_reports']} reports"
        for row in rows
        if row["level"] == "beat" and row["area_id"] == "S-8" and row["category_group"] == "all"
    }
    assert {period: counts[period] for period in shown} == shown


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    """A small screen with a keyboard at hand."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


def test_an_officer_opens_a_beat_on_a_telephone_and_prints(
    telephone: Page, origin: str, feed: Any
) -> None:
    telephone.goto(origin)
    wait_for_map(telephone)
    tab_to(telephone, "[role=combobox]")
    telephone.keyboard.type("S-8")
    expect(telephone.locator("[role=option]").first).to_contain_text("S-8")
    telephone.keyboard.press("ArrowDown")
    telephone.keyboard.press("Enter")
    expect(telephone.locator("#panel h2")).to_have_text("Area S-8")
    tab_to(telephone, '#panel a[href*="/beats/S-8"]')
    telephone.keyboard.press("Enter")
    telephone.wait_for_url("**/beats/S-8**")
    row = feed("/collections/area-periods/items/beat.S-8.2026H1.all")["properties"]
    expect(telephone.locator("main")).to_contain_text(f"{row['n_reports']} reports")
    sheets = len(SHEET.findall(telephone.pdf(format="A4")))
    assert 1 <= sheets <= 2
