"""Without a pointer: map, tables and pages by keys alone, and nothing hidden from who uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.dataset.area"
STOPS = '[data-area][tabindex="0"]'
TABLE = "#table-areas"


def open_map(page: Page, address: str) -> None:
    """Open a map and wait until its areas are drawn and described."""
    page.goto(address)
    page.wait_for_selector("path[data-area][aria-label]")
    settled(page)


def settled(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.wait_for_selector("body:not([aria-busy])")


def press(page: Page, *keys: str) -> str | None:
    """Press keys one after another; the area that has the focus then."""
    for key in keys:
        page.keyboard.press(key)
    area: str | None = page.evaluate(FOCUSED)
    return area


def test_a_layer_is_one_stop_of_the_tab_key(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    assert page.locator(STOPS).count() == 1
    assert page.locator("path[data-area]").count() == 9
    page.locator(STOPS).focus()
    press(page, "End")
    assert page.get_attribute(STOPS, "data-area") == "S-9"
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "S-9"
    group = page.locator(STOPS).locator("xpath=..")
    assert group.get_attribute("role") == "toolbar"
    assert group.get_attribute("aria-label") == "Areas on the map"
    expect(page.locator("#map-keys")).to_contain_text("Page Down")


@pytest.mark.parametrize("known", [True, False])
def test_arrows_go_to_the_neighbour_in_their_direction(
    page: Page, origin: str, known: bool
) -> None:
    """Beats are squares, S-1 in the south-west; without the column, by what lies near."""

    def hide(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        for feature in found["features"]:
            feature["properties"].pop("neighbours", None)
        route.fulfill(response=answer, json=found)

    if not known:
        page.route("**/collections/beats/items*", hide)
    open_map(page, f"{origin}/maps/areas")
    page.locator('[data-area="S-1"]').focus()
    assert press(page, "ArrowRight") == "S-2"
    assert press(page, "ArrowUp") == "S-5"
    assert press(page, "ArrowLeft") == "S-4"
    assert press(page, "ArrowLeft") == "S-4"
    assert press(page, "ArrowDown") == "S-1"
    assert press(page, "End") == "S-9"
    assert press(page, "ArrowUp") == "S-9"
    assert press(page, "Home") == "S-1"


def test_every_area_is_reached_and_says_its_name_and_value(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?statistic=n_reports")
    page.locator(STOPS).focus()
    press(page, "Home")
    said = [page.evaluate("document.activeElement.getAttribute('aria-label')")]
    for _ in range(8):
        press(page, "PageDown")
        said.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert len(set(said)) == 9
    assert all(": Reports " in text for text in said)
    assert press(page, "PageUp") == "S-8"
    assert press(page, "PageDown", "PageDown") == "S-9"


def test_enter_chooses_and_escape_goes_back_to_the_map(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.locator(STOPS).focus()
    assert press(page, "End", "Enter") == "S-9"
    assert page.inner_text("#panel h2") == "Area S-9"
    assert press(page, "ArrowLeft", " ") == "S-8"
    assert page.inner_text("#panel h2") == "Area S-8"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('leaflet-container')")
    expect(page.locator(".leaflet-tooltip")).to_have_count(0)
    before = page.evaluate("map_1.getCenter().lng")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(before) => map_1.getCenter().lng > before", arg=before)


def test_the_focus_survives_what_is_drawn_anew(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.select_option("#choose-category_group", "traffic")
    page.wait_for_url("**category_group=traffic**")
    settled(page)
    page.locator('[data-area="S-4"]').focus()
    page.go_back()
    page.wait_for_function("() => !location.search.includes('traffic')")
    settled(page)
    assert page.evaluate(FOCUSED) == "S-4"
    page.select_option("#choose-level", "komisariat")
    page.wait_for_selector('[data-area="K2"]')
    page.locator('[data-area="K2"]').focus()
    page.go_back()
    page.wait_for_selector('[data-area="S-4"]')
    settled(page)
    assert (page.evaluate(FOCUSED) or "").startswith("S-")


def test_what_has_the_focus_is_seen_on_the_map(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.evaluate("map_1.setZoom(map_1.getZoom() + 1.5, { animate: false })")
    page.locator(STOPS).focus()
    for key in ("Home", "PageDown", "PageDown", "PageDown", "End"):
        press(page, key)
        inside = page.evaluate(SEEN)["seen"]
        assert inside, key


def test_a_thousand_areas_answer_a_key_at_once(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    spent = page.evaluate(
        """async () => {
            const [city, middle] = [map_1.getBounds(), map_1.getCenter()];
            const [width, height] = [city.getEast() - city.getWest(), city.getNorth() - city.getSouth()];
            const place = ([a, b]) => [middle.lng + (a / 40 - .5) * width / 4, middle.lat + (b / 25 - .5) * height / 2];
            const square = (x, y) => [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]].map(place)];
            const features = Array.from({ length: 1000 }, (_, i) => ({
                type: "Feature", properties: { area_id: `B-${i}`, name: `Beat ${i}`, neighbours: [i - 1, i + 1, i - 40, i + 40].map((n) => `B-${n}`).join() },
                geometry: { type: "Polygon", coordinates: square(i % 40, Math.floor(i / 40)) },
            }));
            const layer = new rewir.AreaLayer().addTo(map_1);
            layer.setShapes(features);
            layer.paint(() => "#ffffff", (id) => id);
            const first = document.querySelector('[data-area="B-0"]');
            first.focus();
            const times = [];
            for (const key of ["ArrowRight", "ArrowUp", "ArrowRight", "ArrowUp", "PageDown", "End", "ArrowLeft", "Home", "Enter"]) {
                const start = performance.now();
                document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
                times.push(performance.now() - start);
                await new Promise(requestAnimationFrame);
            }
            times.sort((a, b) => a - b);
            return { usual: times[Math.floor(times.length / 2)], at: document.activeElement.dataset.area, stops: document.querySelectorAll('[data-area^="B-"][tabindex="0"]').length };
        }"""  # noqa: E501  (JavaScript)
    )
    assert spent["at"] == "B-0"
    assert spent["stops"] == 1
    assert spent["usual"] < 100


def test_hot_spots_are_one_stop_too(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/hotspots")
    spots = page.locator("path[data-hotspot]")
    assert spots.count() > 0
    assert page.locator('path[data-hotspot][tabindex="0"]').count() == 1
    page.locator('path[data-hotspot][tabindex="0"]').focus()
    page.keyboard.press("End")
    last = page.evaluate("document.activeElement.dataset.hotspot")
    page.keyboard.press("Enter")
    assert spots.last.get_attribute("data-hotspot") == last
    assert page.locator("#table-hotspots tr.chosen").get_attribute("data-id") == last


def test_the_map_moves_by_buttons(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    start = page.evaluate("map_1.getBounds().toBBoxString()")
    pan = page.get_by_role("group", name="Move the map")
    for name, moved in (("North", "lat > before.lat"), ("East", "lng > before.lng")):
        before = page.evaluate("map_1.getCenter()")
        pan.get_by_role("button", name=name).press("Enter")
        page.wait_for_function(f"(before) => map_1.getCenter().{moved}", arg=before)
    page.get_by_role("button", name="Zoom in").press("Enter")
    page.wait_for_function("(start) => map_1.getBounds().toBBoxString() !== start", arg=start)
    pan.get_by_role("button", name="Show everything").press("Enter")
    page.wait_for_function("(start) => map_1.getBounds().toBBoxString() === start", arg=start)


def test_a_title_sorts_its_column(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?statistic=n_reports")
    title = page.locator(f"{TABLE} th[data-key=n_reports]")
    cells = page.locator(f"{TABLE} tbody td:nth-child(2)")
    title.locator("button").focus()
    for order in ("descending", "ascending"):
        page.keyboard.press("Enter")
        assert title.get_attribute("aria-sort") == order
        numbers = [int(text) for text in cells.all_inner_texts()]
        assert numbers == sorted(numbers, reverse=order == "descending")
        words = "highest" if order == "descending" else "lowest"
        assert f"by “Reports”, {words} first" in page.inner_text("#box-areas .found")
        assert page.evaluate("document.activeElement.textContent") == "Reports"
    assert page.get_attribute("#box-areas .found", "role") == "status"
    page.select_option("#choose-period", "2025H1")
    page.wait_for_url("**period=2025H1**")
    settled(page)
    numbers = [int(text) for text in cells.all_inner_texts()]
    assert numbers == sorted(numbers)


MANY = """(n) => {
    const table = document.querySelector("#table-areas");
    const words = rewir.makeWords("en", rewir.readJson("rewir-config").texts);
    const rows = Array.from({ length: n }, (_, i) => ({ id: `B-${i}`, name: `${i % 9 ? "Beat" : "Łęczycka"} ${i}`, n: i % 7 ? i : null }));
    window.given = {
        columns: [{ key: "name", title: "Area", value: (r) => r.name, text: (r) => r.name },
                  { key: "n", title: "Count", tip: "All of them", numeric: true, value: (r) => r.n, text: (r) => String(r.n ?? "–") }],
        rows, id: (r) => r.id, words, caption: "Made up", choose: () => {},
    };
    rewir.drawTable(table, given);
}"""  # noqa: E501  (JavaScript)


def test_a_long_table_is_filtered_and_paged(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.evaluate(MANY, 250)
    rows, found = page.locator(f"{TABLE} tbody tr"), page.locator("#box-areas .found")
    assert rows.count() == 100
    expect(found).to_have_text("rows: 250 · shown: 1–100")
    after = page.get_by_role("button", name="Next →")
    after.press("Enter")
    after.press("Enter")
    after.press("Enter")
    expect(found).to_have_text("rows: 250 · shown: 201–250")
    assert after.get_attribute("aria-disabled") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Next →"
    box = page.get_by_role("searchbox", name="Filter: Area")
    box.focus()
    page.keyboard.type("leczyc")
    expect(found).to_have_text("rows: 28 of 250")
    assert rows.count() == 28
    page.evaluate("rewir.drawTable(document.querySelector('#table-areas'), given)")
    assert page.evaluate("document.activeElement.value") == "leczyc"
    page.keyboard.type("x")
    expect(rows).to_have_text("Nothing has this name.")
    box.fill("")
    page.evaluate("rewir.markRow(document.querySelector('#table-areas'), 'B-199')")
    expect(found).to_have_text("rows: 250 · shown: 101–200")
    assert page.locator(f"{TABLE} tr.chosen").get_attribute("data-id") == "B-199"


def test_rows_without_a_value_come_last(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.evaluate(MANY, 30)
    button = page.locator(f"{TABLE} th[data-key=n] button")
    cells = page.locator(f"{TABLE} tbody td:nth-child(2)")
    for _ in range(2):
        button.press("Enter")
        texts = cells.all_inner_texts()
        assert texts[-5:] == ["–"] * 5
        assert "–" not in texts[:-5]


def test_a_row_keeps_the_focus_or_leaves_it_near(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas")
    page.evaluate(MANY, 30)
    draw = "(rows) => rewir.drawTable(document.querySelector('#table-areas'), { ...given, rows })"
    page.locator(f'{TABLE} tr[data-id="B-12"] button').focus()
    page.evaluate(f"({draw})(given.rows.slice(10))")
    assert page.evaluate("document.activeElement.textContent") == "Beat 12"
    page.evaluate(f"({draw})(given.rows.slice(20))")
    assert page.evaluate("document.activeElement.closest('#table-areas') !== null")
    page.evaluate(f"({draw})([])")
    assert page.evaluate("document.activeElement.closest('thead') !== null")


def test_what_is_chosen_is_marked_by_more_than_colour(page: Page, origin: str) -> None:
    open_map(page, f"{origin}/maps/areas?area=S-3")
    row = page.locator(f"{TABLE} tr.chosen th")
    assert "▸" in row.evaluate("(cell) => getComputedStyle(cell, '::before').content")
    assert row.locator("button").get_attribute("aria-pressed") == "true"
    page.goto(f"{origin}/collections/beats/items")
    page.wait_for_selector("path[aria-label]")
    row = page.locator('tr[data-fid="S-3"]')
    row.locator("button").press("Enter")
    sign = row.locator("th").evaluate("(cell) => getComputedStyle(cell, '::before').content")
    assert "▸" in sign


PAGES = [
    "/", "/maps/hotspots", "/collections", "/collections/area-periods/items?level=beat&limit=20",
    "/collections/beats/items/S-5", "/beats/S-5", "/locate?q=Row+1+5", "/priorities", "/api",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_pages_reflow_at_400_per_cent_and_take_wider_text(
    page: Page, origin: str, address: str
) -> None:
    """1,280 px at 400 % are 320 px. Text spacing as in WCAG 1.4.12."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(origin + address)
    settled(page)
    for spacing in ("", SPACING):
        over = page.evaluate(
            """(spacing) => {
                const sheet = new CSSStyleSheet();
                sheet.replaceSync(spacing);
                document.adoptedStyleSheets = [sheet];
                return document.documentElement.scrollWidth - innerWidth;
            }""",
            spacing,
        )
        assert over <= 0
    assert page.evaluate(CUT_OFF) == []


SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""  # noqa: E501
CUT_OFF = """() => [...document.querySelectorAll("button, a, label, th, td, p, h1, h2, h3, dt, dd, li, legend, summary")]
    .filter((one) => one.checkVisibility() && !one.closest(".leaflet-pane") && getComputedStyle(one).position !== "absolute")
    .filter((one) => ["hidden", "clip"].includes(getComputedStyle(one).overflowX)
        && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
    .map((one) => one.outerHTML.slice(0, 120))"""  # noqa: E501


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("address", ["/", "/collections/area-periods/items?limit=20", "/beats/S-5"])
def test_nothing_hides_what_has_the_focus(
    page: Page, origin: str, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(origin + address)
    settled(page)
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where: dict[str, Any] | None = page.evaluate(SEEN)
        if where is None:
            break
        assert where["seen"], where
        assert where["marked"], where
        seen.append(where["html"])
    assert len(seen) > 10


SEEN = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const box = (one.type === "radio" ? one.labels[0] : one).getBoundingClientRect();
    const style = getComputedStyle(one.type === "radio" ? one.labels[0] : one);
    const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9], [.25, .25], [.75, .75]];
    const at = points.map(([x, y]) => document.elementFromPoint(box.left + x * box.width, box.top + y * box.height));
    const own = (other) => other !== null && (one.matches("path") && other.matches("path") || one.contains(other) || other.contains(one) && !other.contains(document.querySelector("main")) || one.labels?.[0]?.contains(other));
    return {
        html: one.outerHTML.slice(0, 160), seen: at.some(own),
        marked: style.outlineStyle !== "none" || (one.matches("path") && parseFloat(style.strokeWidth) >= 3) || one.matches("main, section"),
    };
}"""  # noqa: E501


@pytest.fixture
def forced(browser: Browser, origin: str) -> Iterator[Page]:
    """The map as one sees it who has chosen colours for all programs."""
    context = browser.new_context(forced_colors="active", reduced_motion="reduce")
    page = context.new_page()
    open_map(page, f"{origin}/maps/areas?area=S-3")
    yield page
    context.close()


def test_forced_colours_keep_what_colours_mean(forced: Page) -> None:
    colour = "(one) => getComputedStyle(one).backgroundColor"
    swatches = forced.locator(".legend .swatch:not(.swatch-none)").evaluate_all(
        f"(all) => all.map({colour})"
    )
    assert len(set(swatches)) == len(swatches) > 2
    chosen = forced.locator(".switch input:checked + label").evaluate(colour)
    other = forced.locator(".switch input:not(:checked) + label").first.evaluate(colour)
    assert chosen != other


def test_little_moves_for_who_wants_it_so(forced: Page) -> None:
    names = ["zoomAnimation", "fadeAnimation", "inertia"]
    assert forced.evaluate("(names) => names.filter((name) => map_1.options[name])", names) == []
    assert forced.evaluate(
        "getComputedStyle(document.querySelector('.map')).transitionDuration"
    ) in {"0s", ""}
