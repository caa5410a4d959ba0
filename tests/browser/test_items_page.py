"""Pages of features in a real browser: row and shape are one, by pointer and by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BEATS = "/collections/area-periods/items?level=beat&period=2026H1&category_group=all"
ROW = 'tr[data-fid="beat.S-5.2026H1.all"]'
SHAPE = 'path[aria-label="beat.S-5.2026H1.all"]'


@pytest.mark.parametrize(
    "path",
    [
        "/collections",
        "/collections/beats",
        BEATS,
        f"{BEATS}&lang=pl",
        "/collections/beats/items/S-5",
        "/priorities",
        "/locate",
        "/api",
        "/conformance",
    ],
)
def test_pages_ask_no_other_host_and_fit_every_width(
    page: Page, origin: str, requests: list[str], path: str
) -> None:
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(origin + path)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, width
    assert requests
    assert all(url.startswith(origin) for url in requests)


def test_row_and_shape_show_each_other(page: Page, origin: str) -> None:
    page.goto(origin + BEATS)
    shape, row = page.locator(SHAPE), page.locator(ROW)
    plain = shape.get_attribute("stroke")
    row.locator("td").first.click()
    expect(row).to_have_class("chosen")
    chosen = shape.get_attribute("stroke")
    assert chosen != plain
    row.locator("td").first.click()
    expect(row).not_to_have_class("chosen")
    assert shape.get_attribute("stroke") == plain
    shape.click()
    expect(row).to_have_class("chosen")
    other = page.locator('tr[data-fid="beat.S-1.2026H1.all"]')
    other.locator("button").press("Enter")
    expect(other).to_have_class("chosen")
    expect(row).not_to_have_class("chosen")
    expect(other.locator("button")).to_have_attribute("aria-pressed", "true")
    shape.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_class("chosen")


def test_every_row_with_a_place_has_its_shape(page: Page, origin: str) -> None:
    page.goto(origin + BEATS)
    page.wait_for_selector("path[tabindex]")
    assert page.locator("tr[data-fid]").count() == 10
    assert page.locator("path[tabindex]").count() == 9
    assert page.locator("tr[data-fid] button").count() == 9


def test_form_leads_to_what_was_chosen(page: Page, origin: str) -> None:
    page.goto(f"{origin}/collections/area-periods/items?f=html")
    page.select_option("#choose-period", "2025H2")
    page.select_option("#choose-level", "beat")
    page.fill("#choose-filter", "n_reports > 1")
    page.click(".choose button")
    page.wait_for_url("**period=2025H2**")
    assert "category_group" not in page.url
    assert page.input_value("#choose-filter") == "n_reports > 1"
    assert page.input_value("#choose-period") == "2025H2"
    fids = [row.get_attribute("data-fid") or "" for row in page.locator("tr[data-fid]").all()]
    assert fids
    assert all(fid.startswith("beat.") and ".2025H2." in fid for fid in fids)
