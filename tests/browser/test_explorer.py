"""The map in a real browser: what it shows is what the feed says, by pointer and by keyboard."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from evil_city import EVIL, EVIL_CITY, EVIL_STREET
from playwright.sync_api import expect

from geo.statistics.rates import garwood

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser


def open_map(page: Page, address: str) -> None:
    """Open a map and wait until its areas are drawn and described."""
    page.goto(address)
    page.wait_for_selector("path[data-area][aria-label]")
    page.wait_for_selector("body:not([aria-busy])")


BEAT = '[data-area="S-8"]'
ROW = '#table-areas tbody tr[data-id="{}"] td'


@pytest.mark.parametrize("path", ["/", "/maps/areas", "/maps/hotspots", "/maps/areas?lang=pl"])
def test_page_is_whole_without_fault_or_foreign_request(
    page: Page, origin: str, requests: list[str], path: str
) -> None:
    open_map(page, origin + path)
    assert page.locator("path[data-area]").count() == 9
    assert page.locator("#legend-areas li").count() > 2
    assert page.locator(".badge:visible").count() == 2
    assert page.locator("canvas").count() > 0
    assert any("/collections/area-periods/items" in url for url in requests)
    assert all(url.startswith(origin) for url in requests)


def test_a_click_shows_a_beat_and_map_table_and_feed_agree(
    page: Page, origin: str, feed: Any
) -> None:
    open_map(page, origin + "/maps/areas?statistic=n_reports")
    row = feed("/collections/area-periods/items/beat.S-8.2026H1.all")["properties"]
    page.click(BEAT)
    assert page.inner_text("#panel h2") == "Area S-8"
    assert page.inner_text("#panel .figure strong") == f"{row['n_reports']} reports"
    assert page.inner_text(ROW.format("S-8") + " >> nth=0") == str(row["n_reports"])
    assert page.get_attribute(BEAT, "aria-label") == f"Area S-8: Reports {row['n_reports']}"
    assert page.get_attribute(BEAT, "aria-pressed") == "true"
    assert page.inner_text("#status") == f"Area S-8: Reports {row['n_reports']}"
    link = page.get_attribute("#panel .feed a", "href")
    assert feed(str(link))["properties"] == row


def test_the_interval_in_words_is_that_of_the_count(page: Page, origin: str, feed: Any) -> None:
    """The panel takes it from the density; here it is computed from the episodes themselves."""
    open_map(page, origin + "/maps/areas?area=S-4")
    n = feed("/collections/area-periods/items/beat.S-4.2026H1.all")["properties"]["n_episodes"]
    lower, upper = garwood(np.array([n]))
    low, high = re.findall(r"likely (\d+)–(\d+)", page.inner_text("#panel .figure span"))[0]
    assert (int(low), int(high)) == (round(float(lower[0])), round(float(upper[0])))


def test_statuses_add_up_to_the_reports(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/areas?area=S-7")
    parts = [int(text) for text in page.locator(".statuses li strong").all_inner_texts()]
    total = int(page.inner_text("#panel .figure strong").split()[0])
    assert len(parts) == 3
    assert sum(parts) == total


@pytest.mark.parametrize(
    ("control", "value"), [("period", "2025H1"), ("category_group", "traffic")]
)
def test_a_choice_changes_the_numbers_and_not_the_legend(
    page: Page, origin: str, feed: Any, requests: list[str], control: str, value: str
) -> None:
    open_map(page, origin + "/maps/areas?area=S-1")
    legend = page.inner_text("#legend-areas")
    before = page.inner_text("#panel .figure strong")
    page.select_option(f"#choose-{control}", value)
    expect(page.locator("#panel .figure strong")).not_to_have_text(before)
    chosen = {"period": "2026H1", "category_group": "all"} | {control: value}
    fid = f"beat.S-1.{chosen['period']}.{chosen['category_group']}"
    row = feed(f"/collections/area-periods/items/{fid}")["properties"]
    assert page.inner_text("#panel .figure strong") == f"{row['n_reports']} reports"
    assert page.inner_text("#legend-areas") == legend
    assert sum("/maps/areas" in url for url in requests) == 1
    assert sum("/collections/beats/items" in url for url in requests) == 1


def test_the_address_holds_the_state(page: Page, origin: str) -> None:
    open_map(page, origin + "/")
    page.select_option("#choose-level", "komisariat")
    page.wait_for_selector('[data-area="K2"]')
    page.click("label[for=layer-hotspots]")
    page.wait_for_url("**/maps/hotspots?*level=komisariat*")
    page.go_back()
    page.wait_for_url("**/maps/areas?*level=komisariat*")
    page.wait_for_selector("body[data-layer=areas]")
    page.click('#table-areas tr[data-id="K2"] button')
    page.reload()
    page.wait_for_selector('[data-area="K2"][aria-pressed="true"]')
    assert page.input_value("#choose-level") == "komisariat"
    assert page.inner_text("#panel h2") == "Area K2"
    page.click("a[data-lang=pl]")
    page.wait_for_selector('html[lang=pl] [data-area="K2"][aria-pressed="true"]')
    assert "zgłosze" in page.inner_text("#panel .figure strong")


def test_the_keyboard_goes_from_beat_to_beat(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/areas")
    page.focus('[data-area="S-5"]')
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.area") == "S-6"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.dataset.area") == "S-9"
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "Area S-9"


def test_a_hot_spot_tells_its_name_class_and_beats(page: Page, origin: str, feed: Any) -> None:
    open_map(page, origin + "/maps/hotspots")
    spots = feed("/collections/hotspot-areas/items?period=2026H1&category_group=all")["features"]
    assert spots
    first = spots[0]["properties"]
    page.locator("path[data-hotspot]").first.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == first["name"] == EVIL_STREET
    assert f"{first['n_episodes']} separate episodes" in page.inner_text("#panel .figure")
    assert "In the long run about" in page.inner_text("#panel .ratio")
    assert "(90%: " in page.inner_text("#panel .ratio")
    words = {99: "very sure", 95: "sure"}
    row = page.locator("#table-hotspots tbody tr").first
    assert row.locator("td").first.inner_text() == words[first["hot_class"]]
    limits = [first["rr_lo90"], first["rr_hi90"]]
    assert page.locator(".interval .beyond").count() == (limits[0] < 0.25) + (limits[1] > 8)
    shown = page.locator("#panel .shares li span:first-child").all_inner_texts()
    assert shown == first["beat_ids"].split(",")
    fill = page.locator("path[data-hotspot]").first.get_attribute("fill")
    assert fill == f"url(#hatch-{first['hot_class']})"
    facts = facts_of_panel(page)
    assert facts["Over the year"] == PATTERNS[first["emerging_plain"]]
    assert facts["Found again"] == f"on {first['stability'] * 100:.0f}% of 24 other grids"
    seen = date.fromisoformat(first["first_seen"])
    assert facts["First seen"] == f"{seen.day} {seen:%b %Y}".replace("Sep ", "Sept ")


def test_a_hot_spot_tells_its_week_its_year_and_its_bursts(page: Page, origin: str) -> None:
    """As the internal face has it; the columns are laid over those of the public one."""
    more = {
        "n_reports": 20, "n_burst": 12, "n_near_duplicates": 3, "stability": None,
        "n_same_period_prev_year": 10, "n_episodes": 15, "rate_ratio_yoy": 1.5,
        "rate_ratio_lo95": 0.63, "rate_ratio_hi95": 3.73, "peak_weekday": "fri",
        "peak_shift": "III", "peak_hours": "22-01", "peak_share": 0.42,
        "note": "not-judged",
    }  # fmt: skip

    def lay_over(route: Route) -> None:
        answer = route.fetch()
        features = answer.json()
        for feature in features["features"]:
            feature["properties"] |= more
        route.fulfill(response=answer, json=features)

    page.route("**/collections/hotspot-areas/items*", lay_over)
    open_map(page, origin + "/maps/hotspots")
    assert "(not checked on other grids)" in page.inner_text("#table-hotspots caption")
    page.locator("path[data-hotspot]").first.focus()
    page.keyboard.press("Enter")
    change = page.inner_text("#panel .change")
    assert "1.5× as many" in change
    assert "(episodes 10 → 15; 95%: 0.63–3.73×)" in change
    assert change.endswith("so part of a rise is how it was chosen.")
    facts = facts_of_panel(page)
    assert facts["Found again"] == "not checked on other grids"
    assert facts["Busiest day"] == "Friday"
    assert facts["Busiest shift"] == "III, 22–6"
    assert facts["Busiest hours"] == "22-01 (42%)"
    assert facts["Repeats within a day"] == "3 of 20 reports"
    assert facts["In bursts of one day"] == "12 of 20 reports"
    notes = page.locator("#panel .note").all_inner_texts()
    assert any("came in bursts" in text for text in notes)
    assert any("checked on other grids" in text for text in notes)


PATTERNS = {
    "persistent": "persistent", "growing": "growing", "new": "new", "fading": "fading",
    "none": "no clear pattern",
}  # fmt: skip


def facts_of_panel(page: Page) -> dict[str, str]:
    """Names and values of the list of facts in the panel."""
    rows = page.locator("#panel .facts > div")
    return {
        rows.nth(i).locator("dt").inner_text(): rows.nth(i).locator("dd").inner_text()
        for i in range(rows.count())
    }


def test_an_area_tells_what_is_likely_to_be_confirmed(page: Page, origin: str, feed: Any) -> None:
    query = "level=beat&period=2026H1&category_group=all&area_id=S-5"
    row = feed(f"/collections/area-periods/items?{query}")["features"][0]["properties"]
    open_map(page, origin + "/maps/areas?area=S-5&period=2026H1")
    facts = facts_of_panel(page)
    likely = f"{row['n_expected_confirmed']:.1f}".removesuffix(".0")
    assert facts["Likely to be confirmed"] == f"{likely} of {row['n_episodes']} episodes"
    share, low, high = (round(row[f"conf_rate_{end}"] * 100) for end in ("eb", "lo90", "hi90"))
    assert facts["Share confirmed"] == f"{share}% (90%: {low}–{high}%)"


def untested_texts(page: Page) -> list[str]:
    """The legend's, the table's and the status line's word on hot spots."""
    places = ("#untested", "#table-hotspots caption", "#status")
    return [page.locator(place).inner_text() for place in places]


@pytest.mark.parametrize(
    ("lang", "months", "few"),
    [
        ("en", "not tested: fewer than 12 months", "not tested: too few reports (mean {} per"),
        ("pl", "nie badano: mniej niż 12 miesięcy", "nie badano: za mało zgłoszeń (średnio {} na"),
    ],
)
def test_what_was_not_tested_is_no_all_clear(
    page: Page, origin: str, feed: Any, lang: str, months: str, few: str
) -> None:
    method = feed("/collections/hotspot-areas")["method"]
    tested = {one["period"] for one in method["maps"]}
    sparse = method["without_map"][0]
    open_map(page, f"{origin}/maps/hotspots?lang={lang}")
    periods = page.eval_on_selector_all("#choose-period option", "all => all.map((o) => o.value)")
    early = min(set(periods) - tested)
    page.select_option("#choose-period", early)
    expect(page.locator("#untested")).to_be_visible()
    assert all(months in text for text in untested_texts(page))
    chosen = f"period={sparse['period']}&category_group={sparse['category_group']}"
    open_map(page, f"{origin}/maps/hotspots?lang={lang}&{chosen}")
    mean = f"{sparse['mean']:.2f}".replace(".", "," if lang == "pl" else ".")
    assert all(few.format(mean) in text for text in untested_texts(page))
    page.select_option("#choose-category_group", "all")
    page.wait_for_selector("#untested", state="hidden")


def test_each_layer_names_itself(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/hotspots")
    assert page.inner_text("#subtitle") == "hot spots of reports, 2026H1"
    page.click("label[for=layer-areas]")
    expect(page.locator("#subtitle")).to_have_text("reports by area, 2026H1")
    assert page.title().endswith(": reports by area, 2026H1 · Rewir")


def test_an_unfinished_half_year_promises_no_whole_one(page: Page, origin: str, feed: Any) -> None:
    open_map(page, origin + "/maps/areas")
    row = feed("/collections/area-periods/items/beat.S-4.2026H1.all")["properties"]
    texts = page.evaluate(
        """(row) => [true, false].map((period_complete) => {
            const config = rewir.readJson("rewir-config");
            const words = rewir.makeWords(config.lang, config.texts);
            const box = document.createElement("div");
            const [level] = config.levels;
            rewir.drawArea(box, { row: { ...row, period_complete }, level, words, config, href: () => null });
            return box.querySelector(".figure span").textContent;
        })""",  # noqa: E501  (JavaScript)
        row,
    )
    assert "in a half-year like this" in texts[0]
    assert "half-year" not in texts[1]
    assert "in as many days like these" in texts[1]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("area=ZZZ", "There is no area “ZZZ”"),
        ("hotspot=2026H1.all.999", "There is no hot spot “2026H1.all.999”"),
        ("area=ZZZ&lang=pl", "nie ma na tym poziomie obszaru „ZZZ”"),
    ],
)
def test_what_is_not_in_the_release_is_told(page: Page, origin: str, query: str, text: str) -> None:
    open_map(page, f"{origin}/maps/areas?{query}")
    assert text in page.inner_text("#status")
    assert text in page.inner_text("#panel .note")


def test_reports_outside_have_a_name(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/areas?lang=pl")
    name = page.evaluate(
        """() => {
            const { lang, texts, levels } = rewir.readJson("rewir-config");
            const row = { area_id: "unassigned", area_name: "unassigned" };
            return rewir.areaName(row, levels[0], rewir.makeWords(lang, texts));
        }"""
    )
    label = page.locator("#choose-level option").first.inner_text()
    assert name == f"Poza obszarami: {label}"


def test_approximate_beats_are_marked_wherever_they_are_named(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/areas")
    assert page.is_visible("#badge-approximate")
    assert page.is_visible("#badge-simulated")
    page.click("label[for=layer-hotspots]")
    assert page.is_visible("#badge-approximate")


def test_evil_names_stay_text(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/areas?area=S-5")
    assert page.inner_text("#panel h2") == EVIL
    assert page.inner_text('#table-areas tr[data-id="S-5"] button') == EVIL
    page.hover('[data-area="S-5"]')
    assert EVIL in page.inner_text(".tip")
    assert page.inner_text("h1").startswith(EVIL_CITY)
    assert page.title().startswith(EVIL_CITY)
    assert page.locator("img, h1 b").count() == 0
    page.evaluate("map_1.setZoom(16)")
    page.wait_for_timeout(400)


def test_classes_are_the_published_ones(page: Page, origin: str, feed: Any) -> None:
    """The colour of a value, against numpy's search in the limits of the release."""
    open_map(page, origin + "/maps/areas")
    limits = feed("/collections/area-periods")["breaks"]["beat.n_reports"]
    values = [*limits, *np.linspace(limits[0], limits[-1], 101).tolist()]
    found = page.evaluate(
        """([limits, values]) => {
            const scale = rewir.makeScale(limits);
            const place = (colour) => scale.classes.findIndex((c) => c.colour === colour);
            return values.map((value) => place(scale.colourOf(value)));
        }""",
        [limits, values],
    )
    inside = np.array(limits[1:-1])
    assert found == np.searchsorted(inside, values, side="right").tolist()
    assert page.evaluate("(limits) => rewir.makeScale(limits).colourOf(null)", limits) is None


def test_zooming_shows_streets_and_keeps_the_page_quiet(page: Page, origin: str) -> None:
    open_map(page, origin + "/maps/areas")
    for _ in range(3):
        page.click(".leaflet-control-zoom-in")
        page.wait_for_timeout(300)
    assert page.evaluate("map_1.getZoom()") > 12
    assert page.locator(".leaflet-streets-pane canvas").count() == 1


def test_a_phone_has_no_sideways_scroll(page: Page, origin: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_map(page, origin + "/maps/areas?area=S-5&lang=pl")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_lost_data_are_told(page: Page, origin: str) -> None:
    """The map stays, and says that it could not load; that is no error of the page."""
    open_map(page, origin + "/maps/areas")
    page.evaluate("() => { window.fetch = async () => { throw new TypeError('no network'); }; }")
    page.select_option("#choose-period", "2025H1")
    expect(page.locator("#status")).to_contain_text("no network")
    expect(page.locator("#panel .note")).to_contain_text("no network")
    assert page.locator("path[data-area]").count() == 9
