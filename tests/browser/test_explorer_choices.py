"""Any months, rules of counting, changes, embedding: the explorer beyond half-years."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from geo.statistics.rates import garwood

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LAST_BOX = "(all) => all.slice(-1).map((one) => one.getBoundingClientRect().toJSON())"

ROW = '#table-areas tbody tr[data-id="{}"] td'
BEAT = "S-8"


def open_map(page: Page, address: str) -> None:
    """Open a map and wait until its areas are drawn and described."""
    page.goto(address)
    page.wait_for_selector("path[data-area][aria-label]")
    settled(page)


def settled(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.wait_for_selector("body:not([aria-busy])")


def series_of(feed: Any, area: str, group: str = "all") -> dict[str, Any]:
    """The row of an area's months."""
    found: dict[str, Any] = feed(f"/collections/area-series/items/beat.{area}.{group}")
    return found["properties"]


def months_after(first: str, n: int) -> str:
    """The month so many months later."""
    year, month = map(int, first.split("-"))
    count = 12 * year + month - 1 + n
    return f"{count // 12}-{count % 12 + 1:02d}"


@pytest.fixture(scope="module")
def bare(browser: Browser, origin: str) -> Iterator[Page]:
    """A page with the explorer's scripts, for what they compute."""
    tab = browser.new_page()
    tab.goto(f"{origin}/maps/areas")
    yield tab
    tab.close()


def test_the_interval_of_a_count_is_that_of_the_statistics(bare: Page) -> None:
    counts = [*range(60), 99, 100, 1000, 12_345, 250_000, 2.5]
    for level in (0.8, 0.9, 0.95, 0.999):
        found = bare.evaluate(
            "([counts, level]) => counts.map((n) => rewir.garwood(n, level))", [counts, level]
        )
        lower, upper = garwood(np.array(counts), level=level)
        np.testing.assert_allclose(found, np.column_stack([lower, upper]), rtol=1e-10)


def test_the_interval_of_a_count_is_the_published_one(bare: Page) -> None:
    """Ulm 1990, Am. J. Epidemiol. 131:373, and any table of exact Poisson limits."""
    assert [round(x, 4) for x in bare.evaluate("rewir.garwood(10)")] == [4.7954, 18.3904]
    assert [round(x, 4) for x in bare.evaluate("rewir.garwood(0)")] == [0.0, 3.6889]
    assert [round(x, 4) for x in bare.evaluate("rewir.garwood(1)")] == [0.0253, 5.5716]


@settings(deadline=None, max_examples=60)
@given(n=st.integers(1, 10**6), level=st.floats(0.5, 0.999))
def test_an_interval_holds_its_count_and_grows_with_it(bare: Page, n: int, level: float) -> None:
    [a, b] = bare.evaluate(
        "([n, level]) => [rewir.garwood(n, level), rewir.garwood(n + 1, level)]", [n, level]
    )
    assert a[0] < n < a[1]
    assert a[0] < b[0]
    assert a[1] < b[1]


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.7, "7 chances in 10"),
        (0.04, "4 chances in 100"),
        (0.96, "96 chances in 100"),
        (0.001, "less than one chance in 100"),
        (1, "more than 99 chances in 100"),
    ],
)
def test_a_probability_is_said_in_chances(bare: Page, p: float, text: str) -> None:
    said = bare.evaluate(
        """(p) => {
            const { lang, texts } = rewir.readJson("rewir-config");
            return rewir.makeWords(lang, texts).chances(p);
        }""",
        p,
    )
    assert said == text


def test_months_of_a_half_year_add_up_to_it(page: Page, origin: str, feed: Any) -> None:
    """The same numbers by way of the months and of the half-year, on map, table and panel."""
    open_map(page, f"{origin}/maps/areas?period=2025H2&statistic=rate_per_1000&area={BEAT}")
    half = [page.locator(ROW.format(BEAT)).nth(i).inner_text() for i in (0, 1)]
    label = page.get_attribute(f'[data-area="{BEAT}"]', "aria-label")
    page.select_option("#choose-period", "custom")
    page.wait_for_url("**months=2025-08%2F2026-01*")
    settled(page)
    assert [page.locator(ROW.format(BEAT)).nth(i).inner_text() for i in (0, 1)] == half
    assert page.get_attribute(f'[data-area="{BEAT}"]', "aria-label") == label
    row = feed(f"/collections/area-periods/items/beat.{BEAT}.2025H2.all")["properties"]
    low, high = (round(float(x[0])) for x in garwood([row["n_episodes"]]))
    figure = page.inner_text("#panel .figure")
    assert f"{row['n_reports']} reports" in figure
    assert f"{row['n_episodes']} separate episodes" in figure
    assert f"likely {low}–{high} (95%)" in figure


def test_the_slider_asks_for_nothing_and_moves_no_legend(
    page: Page, origin: str, feed: Any, requests: list[str]
) -> None:
    open_map(page, f"{origin}/maps/areas?months=2026-01/2026-07&statistic=n_reports&area={BEAT}")
    series = series_of(feed, BEAT)
    counts = [int(n) for n in series["reports_by_month"].split(",")]
    sums = [0, *accumulate(counts)]
    legend = page.inner_text("#legend-areas")
    before = len(requests)
    page.focus("#months-from")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    page.focus("#months-to")
    page.keyboard.press("ArrowLeft")
    last = series["n_months"] - 1
    expected = sums[last] - sums[last - 8]
    expect(page.locator("#panel .figure strong")).to_have_text(f"{expected} reports")
    first, final = (months_after(series["month_first"], n) for n in (last - 8, last - 1))
    page.wait_for_url(f"**months={first}%2F{final}*")
    assert page.get_attribute("#months-from", "aria-valuetext") == "Nov 2025"
    assert page.inner_text(ROW.format(BEAT) + " >> nth=0") == str(expected)
    assert f"{expected}" in str(page.get_attribute(f'[data-area="{BEAT}"]', "aria-label"))
    assert page.inner_text("#legend-areas") == legend
    assert len(requests) == before
    page.go_back()
    page.wait_for_url("**months=2025-11%2F2026-07*")
    expect(page.locator("#panel .figure strong")).to_have_text(
        f"{sums[last + 1] - sums[last - 8]} reports"
    )


def test_one_end_of_the_months_pushes_the_other(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?months=2026-01/2026-03")
    page.focus("#months-from")
    page.keyboard.press("End")
    page.wait_for_url("**months=2026-07%2F2026-07*")
    page.click("#months button >> nth=0")
    page.wait_for_url("**months=2026-06%2F2026-06*")
    page.click("#months button >> nth=1")
    page.wait_for_url("**months=2026-07%2F2026-07*")
    assert page.get_attribute("#months button >> nth=1", "aria-disabled") == "true"
    page.click("#months button >> nth=1", force=True)
    assert page.inner_text("#months output") == "Jul 2026"


def test_a_ratio_is_not_made_up_for_months(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?statistic=smr_eb")
    page.select_option("#choose-period", "custom")
    expect(page.locator("#status")).to_contain_text("The colour now shows counts")
    assert page.input_value("#choose-statistic") == "n_reports"
    disabled = page.eval_on_selector_all(
        "#choose-statistic option", "all => all.filter((o) => o.disabled).map((o) => o.value)"
    )
    assert disabled == ["smr_eb", "rate_ratio_yoy"]
    expect(page.locator("#limits")).to_be_visible()
    page.select_option("#choose-period", "2026H1")
    expect(page.locator("#limits")).to_be_hidden()
    assert page.locator("#choose-statistic option:disabled").count() == 0


@pytest.mark.parametrize(
    ("status", "column", "figure"),
    [
        ("confirmed", "n_confirmed", "{n} confirmed reports"),
        ("expected", "n_expected_confirmed", "episodes likely to be confirmed"),
    ],
)
def test_a_rule_of_counting_counts_by_its_column(
    page: Page, origin: str, feed: Any, status: str, column: str, figure: str
) -> None:
    open_map(page, f"{origin}/maps/areas?statistic=n_reports&area={BEAT}")
    page.select_option("#choose-status", status)
    page.wait_for_url(f"**status={status}*")
    settled(page)
    value = feed(f"/collections/area-periods/items/beat.{BEAT}.2026H1.all")["properties"][column]
    text = page.inner_text(ROW.format(BEAT) + " >> nth=0")
    assert text == (f"{value:.1f}" if status == "expected" else str(value))
    assert figure.format(n=value) in page.inner_text("#panel .figure")
    title = {"confirmed": "Confirmed reports", "expected": "Episodes likely to be confirmed"}
    assert page.inner_text("#legend-areas h2") == title[status]
    if status == "confirmed":
        low, high = (round(float(x[0])) for x in garwood([value]))
        assert f"likely {low}–{high} (95%)" in page.inner_text("#panel .figure")
    page.select_option("#choose-status", "all")
    page.wait_for_url(lambda url: "status=" not in url)


def test_a_change_that_may_be_chance_is_hatched(page: Page, origin: str, feed: Any) -> None:
    open_map(page, f"{origin}/maps/areas?statistic=rate_ratio_yoy")
    query = "level=beat&period=2026H1&category_group=all&limit=100"
    rows = feed(f"/collections/area-periods/items?{query}")["features"]
    for row in (feature["properties"] for feature in rows):
        if row["area_id"] == "unassigned":
            continue
        path = page.locator(f'[data-area="{row["area_id"]}"]')
        fill, label = (str(path.get_attribute(name)) for name in ("fill", "aria-label"))
        if row["rate_ratio_yoy"] is None:
            assert fill == "url(#no-value)"
            continue
        chance = row["q_value"] is None or row["q_value"] > 0.05
        assert fill.startswith("url(#hatched") == chance
        assert ("may be chance" in label) == chance
    assert "may be chance" in page.inner_text("#legend-areas")


def test_few_episodes_are_hatched_and_said(page: Page, origin: str, feed: Any) -> None:
    open_map(page, f"{origin}/maps/areas?months=2026-07/2026-07&statistic=rate_per_1000")
    few = [
        int(series_of(feed, f"S-{i}")["episodes_by_month"].split(",")[-1]) < 10
        for i in range(1, 10)
    ]
    fills = [str(page.get_attribute(f'[data-area="S-{i}"]', "fill")) for i in range(1, 10)]
    assert [fill.startswith("url(#hatched") for fill in fills] == few
    assert any(few)


def test_an_open_tooltip_says_what_the_map_shows_now(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?statistic=n_reports")
    page.hover(f'path[data-area="{BEAT}"]')
    tip = page.locator(".leaflet-tooltip.tip")
    before = tip.inner_text()
    page.select_option("#choose-statistic", "rate_per_km2")
    page.wait_for_url("**statistic=rate_per_km2**")
    settled(page)
    label = str(page.get_attribute(f'path[data-area="{BEAT}"]', "aria-label"))
    assert label != before
    expect(tip).to_have_text(label)


@pytest.mark.parametrize("width", [1280, 1140])
def test_no_tooltip_lies_under_the_legend(page: Page, origin: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    open_map(page, f"{origin}/maps/areas")
    legend, stage = page.locator(".legend").bounding_box(), page.locator(".map").bounding_box()
    assert legend is not None
    assert stage is not None
    seen = 0
    for x in range(int(legend["x"] + legend["width"]) + 5, int(stage["x"] + stage["width"]), 20):
        page.mouse.move(x, legend["y"] + legend["height"] / 2)
        page.evaluate(NEXT_FRAME)
        # In one question: the one before may still be fading, and be gone by the next.
        for box in page.locator(".leaflet-tooltip.tip").evaluate_all(LAST_BOX):
            assert box["x"] >= legend["x"] + legend["width"]
            assert box["x"] + box["width"] <= stage["x"] + stage["width"]
            seen += 1
    assert seen > 5


@pytest.mark.parametrize("width", [1280, 360])
def test_no_choice_is_cut_off(page: Page, origin: str, width: int) -> None:
    """A select is as wide as the longest thing it can say."""
    page.set_viewport_size({"width": width, "height": 800})
    open_map(page, f"{origin}/maps/areas?lang=pl")
    if width < 480:
        page.click("#choices summary")
    cut = page.locator("#controls select:visible").evaluate_all(
        """(all) => all.map((one) => {
            const free = one.cloneNode(true);
            free.style.cssText = "position: absolute; width: max-content; max-width: none";
            one.parentNode.append(free);
            const missing = free.offsetWidth - one.offsetWidth;
            free.remove();
            return [one.id, missing];
        })"""
    )
    assert len(cut) >= 5
    assert [one for one in cut if one[1] > 0] == []


def test_what_the_map_is_not_is_one_press_away(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.click("[data-opens=what-not]")
    dialog = page.locator("#what-not")
    expect(dialog).to_be_visible()
    assert "It is not a map of crime" in dialog.inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.opens") == "what-not"
    page.keyboard.press("Enter")
    page.click("[data-closes]")
    expect(dialog).to_be_hidden()


def test_an_embedded_map_is_the_map_alone(page: Page, origin: str) -> None:
    answer = page.goto(f"{origin}/maps/areas?embed=1&statistic=n_reports")
    assert answer is not None
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    page.wait_for_selector("path[data-area][aria-label]")
    for shown in (".map", ".legend", "#badge-simulated", ".source"):
        assert page.is_visible(shown), shown
    for hidden in (".top", "#controls", "aside", ".foot"):
        assert page.is_hidden(hidden), hidden
    assert page.is_visible(".perception")
    assert page.is_hidden("#chosen")
    link = str(page.get_attribute(".source a", "href"))
    assert link == "/maps/areas?statistic=n_reports"
    page.click(f'path[data-area="{BEAT}"]')
    label = page.get_attribute(f'path[data-area="{BEAT}"]', "aria-label")
    expect(page.locator("#chosen")).to_have_text(str(label))
    expect(page.locator("#chosen")).to_be_visible()
    page.goto(f"{origin}{link}&area={BEAT}")
    page.wait_for_selector("#controls", state="visible")
    settled(page)
    assert page.is_hidden("#chosen")


def test_a_page_that_is_not_embedded_is_framed_by_its_own_origin_only(
    page: Page, origin: str
) -> None:
    answer = page.goto(f"{origin}/maps/areas?embed=0")
    assert answer is not None
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    page.wait_for_selector("path[data-area][aria-label]")


def test_the_language_goes_along(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?lang=pl")
    links = page.eval_on_selector_all("a[data-part]", "all => all.map((a) => a.search)")
    assert len(links) > 4
    assert set(links) == {"?lang=pl"}
    page.select_option("#choose-period", "custom")
    page.wait_for_url("**lang=pl**months=*")
    expect(page.locator("#months output")).to_have_text("lut 2026 – lip 2026")
