"""Three people and Łódź: each story from the first page to the answer, as it would be lived."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ADDRESS = "Pogonowskiego 27/29"
BEAT = "VI-10"
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")


def asked(address: str) -> Any:
    """What any program would read there."""
    with urlopen(address) as answer:  # noqa: S310  (our own server)
        return json.load(answer)


def drawn(page: Page) -> None:
    """Wait until the map has drawn what was asked for."""
    page.wait_for_selector("body:not([aria-busy])")


def row_of(origin: str, area: str, period: str) -> dict[str, Any]:
    """The numbers of a beat in a half-year, from the feed."""
    fid = f"beat.{area}.{period}.all"
    found: dict[str, Any] = asked(f"{origin}/collections/area-periods/items/{fid}")["properties"]
    return found


def test_a_resident_finds_the_beat_of_an_address_and_what_is_proposed_there(
    page: Page, lodz_origin: str
) -> None:
    """The first page, an address as people write it, the beat on the map, then its own page."""
    (place,) = asked(f"{lodz_origin}/locate?q={quote(ADDRESS)}")["places"]
    beat = place["areas"][0]
    page.goto(lodz_origin)
    drawn(page)
    box = page.get_by_role("combobox").first
    box.press_sequentially("pogonowskiego 27", delay=15)
    page.get_by_role("option").filter(has_text=ADDRESS).first.click()
    expect(page.locator("#panel h2")).to_have_text(beat["name"])
    expect(page).to_have_url(re.compile(f"area={beat['area_id']}"))
    expect(page.locator("#badge-approximate")).to_be_visible()

    page.locator(f'#panel a[href*="/beats/{beat["area_id"]}"]').first.click()
    expect(page.locator("h1")).to_contain_text(beat["name"])
    told = asked(f"{lodz_origin}/beats/{beat['area_id']}")
    expect(page.locator("main")).to_contain_text("Proposals, not a decision")
    for proposal in told["plan_candidates"]["rows"][:3]:
        expect(page.locator("main")).to_contain_text(proposal["reason_text"])
    n = row_of(lodz_origin, beat["area_id"], told["period"])["n_reports"]
    expect(page.locator("main")).to_contain_text(f"{n} reports")


def test_a_journalist_compares_two_half_years_and_takes_the_data(
    page: Page, lodz_origin: str, tmp_path: Path
) -> None:
    """Map, table, link to a colleague, page and file tell the same numbers."""
    seen = {}
    for period in ("2025H1", "2026H1"):
        page.goto(f"{lodz_origin}/maps/areas?statistic=n_reports&area={BEAT}")
        drawn(page)
        page.select_option("#choose-period", period)
        page.wait_for_url(f"**period={period}**")
        drawn(page)
        row = row_of(lodz_origin, BEAT, period)
        cells = page.locator(f'#table-areas tr[data-id="{BEAT}"] td').all_inner_texts()
        assert cells[0] == str(row["n_reports"])
        shape = page.locator(f'path[data-area="{BEAT}"]')
        expect(shape).to_have_attribute("aria-label", re.compile(rf"\b{row['n_reports']}\b"))
        expect(page.locator("#panel .figure strong")).to_have_text(
            re.compile(rf"^{row['n_reports']} reports?$")
        )
        seen[period] = row["n_reports"]
    assert len(set(seen.values())) == 2
    # The link alone brings somebody else to the same numbers.
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    drawn(page)
    expect(page.locator("#panel .figure strong")).to_contain_text(str(seen["2026H1"]))
    page.go_back()

    page.goto(f"{lodz_origin}/beats/{BEAT}?period=2026H1")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).first.click()
    kept = tmp_path / "rows.csv"
    download.value.save_as(kept)
    rows = list(csv.DictReader(io.StringIO(kept.read_text(encoding="utf-8-sig"))))
    (whole,) = [row for row in rows if row["category_group"] == "all" and row["period"] == "2026H1"]
    assert int(whole["n_reports"]) == seen["2026H1"]


def test_an_officer_opens_his_beat_on_a_telephone_and_prints_it(
    page: Page, lodz_origin: str
) -> None:
    """Narrow, in Polish, nothing beside the screen; two sheets that name what they are."""
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(f"{lodz_origin}/locate?lang=pl")
    page.get_by_role("combobox").last.fill("rejon VI-10")
    page.keyboard.press("Enter")
    page.locator(f'main a[href*="/beats/{BEAT}"]').first.click()
    expect(page.locator("h1")).to_contain_text(BEAT)
    for badge in ("zgłoszenia symulowane", "rejony przybliżone, nieurzędowe"):
        expect(page.locator(".badges")).to_contain_text(badge)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sheets = page.pdf(format="A4")
    assert 1 <= len(SHEET.findall(sheets)) <= 2
