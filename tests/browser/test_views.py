"""The views of the map: each number is the feed's, on the map, in the table and in the panel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer
from evil_city import EVIL, EVIL_STREET
from playwright.sync_api import expect
from two_faces import add_key, bearer
from typer.testing import CliRunner

from geo.cli import map as map_command

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NOW = "period=2026H1&category_group=all"
CELLS = f"/collections/hotspot-cells/items?{NOW}&limit=10000"
LAYERS = ("areas", "hotspots", "patterns", "density", "candidates", "clusters")
COLLECTIONS = (
    "beats", "komisariaty", "area-periods", "area-series", "hotspot-areas", "hotspot-cells",
    "plan-candidates", "clusters", "forecasts",
)  # fmt: skip


def open_view(page: Page, address: str) -> None:
    """Open a map and wait until what was asked for is drawn."""
    page.goto(address)
    page.wait_for_selector("body:not([aria-busy])")
    page.wait_for_selector('#tables > div:not([hidden]) caption:has-text(",")')


def row_of(page: Page, view: str, one: str) -> list[str]:
    """The texts of a row of a table, its name first."""
    line = page.locator(f'#table-{view} tbody tr[data-id="{one}"]')
    return [line.locator("button").inner_text(), *line.locator("td").all_inner_texts()]


def choose(page: Page, view: str, one: str) -> None:
    page.click(f'#table-{view} tbody tr[data-id="{one}"] button')


def cells_on_map(page: Page) -> dict[str, int]:
    """The class of every cell that the canvas holds; -1 is hidden."""
    found = page.evaluate(
        "() => { const { ids, classes } = cell_layer_1._cells;"
        " return ids.map((id, at) => [id, classes[at]]); }"
    )
    return dict(found)


def shown_cells(feed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cells with a number and those without, of all reports now."""
    cells = {f["properties"]["cell_id"]: f["properties"] for f in feed(CELLS)["features"]}
    known = {key: p for key, p in cells.items() if p["n_reports"] is not None}
    return known, {key: p for key, p in cells.items() if key not in known}


@pytest.mark.parametrize("lang", ["en", "pl"])
@pytest.mark.parametrize("view", LAYERS[2:])
def test_a_view_is_whole_without_fault_or_foreign_request(
    page: Page, origin: str, requests: list[str], view: str, lang: str
) -> None:
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        open_view(page, f"{origin}/maps/{view}?lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(f"#legend-{view} li").count() > 1
    assert page.locator(f"#box-{view} tbody tr").count() > 0
    assert page.locator(".badge:visible").count() == 2
    assert all(url.startswith(origin) for url in requests)


def test_patterns_are_those_of_the_feed(page: Page, origin: str, feed: Any) -> None:
    (spot,) = feed(f"/collections/hotspot-areas/items?{NOW}")["features"]
    told = spot["properties"]
    open_view(page, origin + "/maps/patterns")
    places = page.locator(".leaflet-patterns-pane path[data-place]")
    assert places.evaluate_all("all => all.map((e) => e.dataset.place)") == [spot["id"]]
    episodes = f"{told['n_episodes']} separate episodes"
    pattern = told["emerging_plain"]
    assert (
        places.first.get_attribute("aria-label") == f"Hot spot {EVIL_STREET}, {pattern}, {episodes}"
    )
    assert page.locator(f'.leaflet-patterns-signs-pane [data-sign="{pattern}"]').count() == 1
    numbers = [str(told["persistence_months"]), str(told["n_episodes"])]
    assert row_of(page, "patterns", spot["id"]) == [EVIL_STREET, pattern, *numbers]
    places.first.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == EVIL_STREET
    assert page.inner_text("#panel .figure strong").startswith(episodes)
    assert f"in {told['persistence_months']} months of twelve" in page.inner_text("#panel .pattern")
    assert f"hotspot={spot['id']}" in page.url


def test_cells_are_those_of_the_feed_in_its_classes(page: Page, origin: str, feed: Any) -> None:
    """The class of each cell, against numpy's search in the limits of the release."""
    known, hidden = shown_cells(feed)
    assert known
    assert hidden
    limits = feed("/collections/hotspot-cells")["breaks"]["all.n_reports"]
    open_view(page, origin + "/maps/density")
    inside = np.searchsorted(limits[1:-1], [p["n_reports"] for p in known.values()], side="right")
    expected = dict(zip(known, (inside + 1).tolist(), strict=True)) | dict.fromkeys(hidden, -1)
    assert cells_on_map(page) == expected
    assert f"rows: {len(expected)}" in page.inner_text("#box-density")
    assert f"{len(hidden)}." in page.inner_text("#status").split("hidden number: ")[1]
    legend = page.inner_text("#legend-density")
    assert legend.splitlines()[1].strip() == str(int(limits[0]))
    assert "hidden" in legend


def test_a_cell_tells_the_same_everywhere(page: Page, origin: str, feed: Any) -> None:
    known, hidden = shown_cells(feed)
    most = max(known, key=lambda key: known[key]["n_reports"])
    told = known[most]
    open_view(page, origin + "/maps/density")
    assert row_of(page, "density", most)[1:3] == [str(told["n_reports"]), str(told["n_episodes"])]
    choose(page, "density", most)
    assert page.inner_text("#panel .figure strong") == f"{told['n_reports']} reports"
    assert page.inner_text("#status").endswith(f": {told['n_reports']} reports")
    assert page.get_attribute(".cell-cursor", "aria-label") == page.inner_text("#status")
    link = str(page.get_attribute("#panel .feed a", "href"))
    assert feed(link)["properties"] == told
    secret = min(hidden)
    open_view(page, f"{origin}/maps/density?cell={secret}")
    assert "Hidden:" in page.inner_text("#panel .note")
    assert page.locator("#panel .figure").count() == 0
    assert "hidden" in str(page.get_attribute(".cell-cursor", "aria-label"))


def test_with_a_key_the_cells_show_their_smooth_density(
    page: Page, origin: str, evil_store: Path
) -> None:
    _, token = add_key(evil_store, "internal:read")
    page.set_extra_http_headers(bearer(token))
    open_view(page, origin + "/maps/density")
    first = page.locator("#table-density tbody tr").first
    one = str(first.get_attribute("data-id"))
    address = f"{origin}/collections/hotspot-cells/items?{NOW}&cell_id={one}"
    answer = page.request.get(address, headers=bearer(token)).json()
    (feature,) = answer["features"]
    told = feature["properties"]
    assert first.locator("td").nth(2).inner_text() == f"{told['kde_per_km2']:.1f}"
    choose(page, "density", one)
    assert f"Density per km² {told['kde_per_km2']:.0f}" in page.inner_text("#status")
    assert page.inner_text("#panel .facts dd") == f"{told['kde_per_km2']:.1f}"
    assert page.inner_text("#legend-density h2").startswith("Smooth density")


def test_one_cursor_goes_over_the_cells(page: Page, origin: str) -> None:
    open_view(page, origin + "/maps/density")
    assert page.locator(".leaflet-cell-cursor-pane [tabindex='0']").count() == 1
    page.focus(".cell-cursor")
    page.keyboard.press("Home")
    place = "document.activeElement.dataset.cell"
    seen = [page.evaluate(place)]
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "End"):
        page.keyboard.press(key)
        seen.append(page.evaluate(place))
        assert page.inner_text("#status") == page.get_attribute(".cell-cursor", "aria-label")
    assert len(set(seen)) == len(seen)
    rows = [int(re.findall(r"N(\d+)E", cell)[0]) for cell in seen]
    assert rows[0] > rows[1] > rows[2]
    assert rows[-1] == min(rows)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**cell={seen[-1]}*")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.classList.contains('leaflet-container')")


def test_the_pointer_finds_the_cell_under_it(page: Page, origin: str, feed: Any) -> None:
    features = feed(CELLS)["features"]
    open_view(page, origin + "/maps/density")
    for feature in features[:: len(features) // 5]:
        corners = np.array(feature["geometry"]["coordinates"][0][:4])
        for share in (0.02, 0.5, 0.98):
            lon, lat = corners[0] + share * (corners[2] - corners[0])
            at = page.evaluate(f"cell_layer_1._at(L.latLng({lat}, {lon}))")
            assert (
                page.evaluate(f"cell_layer_1._cells.ids[{at}]") == feature["properties"]["cell_id"]
            )
    assert page.evaluate("cell_layer_1._at(L.latLng(0, 0))") == -1


def test_thirty_thousand_cells_are_drawn_where_they_are_seen(page: Page, origin: str) -> None:
    open_view(page, origin + "/maps/density")
    found = page.evaluate(
        """async () => {
            const [west, south] = [19.3, 51.7];
            const square = (x, y) => [[x, y], [x + 0.003, y], [x + 0.003, y + 0.002], [x, y + 0.002], [x, y]];
            const features = Array.from({ length: 30000 }, (_, i) => ({
                id: String(i), properties: { cell_id: String(i) },
                geometry: { type: "Polygon", coordinates: [square(west + 0.003 * (i % 200), south + 0.002 * Math.floor(i / 200))] },
            }));
            const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const layer = cell_layer_1;
            let drawings = 0;
            const draw = layer._draw;
            layer._draw = function () { drawings += 1; draw.call(layer); };
            const options = { idOf: (f) => f.id, classOf: () => 0, colours: ["var(--seq-3)"] };
            layer.setData(features, (f) => f.id, options);
            map_1.setMaxBounds(null);
            map_1.setView([south + 0.15, west + 0.3], 10, { animate: false });
            await frame(); await frame();
            const whole = layer.drawn;
            drawings = 0;
            for (let i = 0; i < 20; i += 1) map_1.panBy([2, 1], { animate: false });
            await frame(); await frame();
            const moved = drawings;
            drawings = 0;
            for (let i = 0; i < 20; i += 1) map_1.panBy([40, 0], { animate: false });
            await frame(); await frame();
            const far = drawings;
            map_1.setView([south + 0.15, west + 0.3], 15, { animate: false });
            await frame(); await frame();
            return { whole, moved, far, near: layer.drawn };
        }"""  # noqa: E501  (JavaScript)
    )
    assert found["whole"] == 30000
    assert found["moved"] == 0
    assert found["far"] == 1
    assert 0 < found["near"] < 1000


def test_candidates_are_those_of_the_feed(page: Page, origin: str, feed: Any) -> None:
    found = feed("/collections/plan-candidates/items?limit=1000")["features"]
    told = {f["id"]: f["properties"] for f in found}
    chosen = [one for one, p in told.items() if p["selected"]]
    k = feed("/collections/plan-candidates")["method"]["k"]
    open_view(page, origin + "/maps/candidates")
    signs = page.locator('.leaflet-candidates-signs-pane [data-sign="chosen"]')
    assert signs.count() == len(chosen)
    assert f"candidates {len(told)}, chosen {len(chosen)}" in page.inner_text("#status")
    for one in (chosen[0], next(one for one in told if one not in chosen)):
        p = told[one]
        rank = f"{p['rank_lo90']:.0f}–{p['rank_hi90']:.0f}"
        row = row_of(page, "candidates", one)
        assert row[2:4] == ["yes" if p["selected"] else "no", rank]
        assert row[4] == f"{p['p_top_k'] * 100:.0f}%"
        choose(page, "candidates", one)
        figure = page.inner_text("#panel .figure")
        assert f"Rank likely {rank} of {len(told)} (90%)" in figure
        assert f"in the top {k} with" in figure
        episodes = f"Likely {p['forecast_lo80']}–{p['forecast_hi80']} confirmed episodes"
        assert page.inner_text("#panel .ahead").startswith(episodes)
        link = str(page.locator("#panel .feed a").last.get_attribute("href"))
        assert feed(link)["properties"] == p
    page.click("#panel .feed a >> nth=0")
    page.wait_for_url("**/priorities?rewir=*")


def test_a_chance_is_told_in_words(page: Page, origin: str, feed: Any) -> None:
    found = feed("/collections/plan-candidates/items?limit=1000")["features"]
    one = next(f for f in found if 0.2 < f["properties"]["p_top_k"] < 0.8)
    tenths = round(one["properties"]["p_top_k"] * 10)
    open_view(page, f"{origin}/maps/candidates?candidate={one['id']}")
    assert f"with {tenths} chances in 10" in page.inner_text("#panel .figure")


def test_only_clusters_beyond_chance_are_drawn(page: Page, origin: str, feed: Any) -> None:
    for group in ("alcohol-drugs", "all"):
        rows = feed(f"/collections/clusters/items?category_group={group}")["features"]
        beyond = [f for f in rows if f["properties"]["signal"]]
        open_view(page, f"{origin}/maps/clusters?category_group={group}")
        drawn = page.locator(".leaflet-clusters-pane path[data-place]")
        ids = drawn.evaluate_all("all => all.map((e) => e.dataset.place)")
        assert sorted(ids) == sorted(f["id"] for f in beyond)
        assert page.locator("#table-clusters tbody tr").count() == len(rows)
        assert page.locator("#legend-clusters .note").count() == 2 - len(beyond)
        for feature in rows:
            p = feature["properties"]
            maps = f"{round(p['p_value'] * (p['simulations'] + 1)):,} in 1,000"
            assert row_of(page, "clusters", feature["id"])[-1] == maps
            choose(page, "clusters", feature["id"])
            assert maps in page.inner_text("#panel .change")
            if p["signal"]:
                episodes = f"{p['n_episodes']} separate episodes"
                assert page.inner_text("#panel .figure strong") == episodes
                assert page.inner_text("#panel h3 + p") == p["beat_ids"].replace(",", ", ")
            else:
                assert page.inner_text("#panel h2") == "No cluster beyond chance"


@pytest.mark.parametrize(
    ("view", "text"), [("candidates", "made for 2026H2 only"), ("clusters", "in 2026H1 only")]
)
def test_what_is_known_of_one_period_only_says_so(
    page: Page, origin: str, view: str, text: str
) -> None:
    open_view(page, f"{origin}/maps/{view}")
    assert text not in page.inner_text(f"#legend-{view}")
    before = page.inner_text(f"#table-{view} caption")
    page.select_option("#choose-period", "2025H1")
    expect(page.locator(f"#legend-{view}")).to_contain_text(text)
    assert text in page.inner_text("#status")
    assert page.inner_text(f"#table-{view} caption") == before


def test_what_was_not_tested_has_no_cells_and_says_why(page: Page, origin: str) -> None:
    open_view(page, f"{origin}/maps/density?period=2024H1")
    for place in ("#legend-density", "#table-density caption", "#status"):
        assert "not tested: fewer than 12 months" in page.locator(place).inner_text()
    assert page.locator(".cell-cursor").is_hidden()


def test_evil_names_are_text_in_every_view(page: Page, origin: str, feed: Any) -> None:
    open_view(page, origin + "/maps/patterns")
    assert page.inner_text("#table-patterns tbody button") == EVIL_STREET
    page.hover(".leaflet-patterns-pane path[data-place]")
    assert EVIL_STREET in page.inner_text(".tip")
    query = "/collections/plan-candidates/items?beat_id=S-5"
    one = feed(query)["features"][0]
    open_view(page, f"{origin}/maps/candidates?candidate={one['id']}")
    assert page.inner_text("#panel h2") == one["properties"]["name"] == EVIL
    assert page.locator("img").count() == 0


def test_no_such_thing_is_told(page: Page, origin: str) -> None:
    for view, mark in (("density", "cell"), ("candidates", "candidate"), ("clusters", "cluster")):
        open_view(page, f"{origin}/maps/{view}?{mark}=nowhere")
        assert "nowhere" in page.inner_text("#panel .note")


@pytest.fixture(scope="module")
def map_file(evil_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of the release as one file."""
    path = tmp_path_factory.mktemp("views") / "map.html"
    app = typer.Typer()
    map_command.register(app)
    result = CliRunner().invoke(app, ["density", "-o", str(path), "--store", str(evil_store)])
    assert result.exit_code == 0, result.output
    return path


def test_a_file_shows_every_layer_and_asks_for_nothing(
    page: Page, map_file: Path, requests: list[str]
) -> None:
    open_view(page, map_file.as_uri())
    assert len(cells_on_map(page)) > 100
    for view in LAYERS:
        page.click(f"label[for=layer-{view}]")
        page.wait_for_selector(f"body[data-layer={view}]:not([aria-busy])")
        page.wait_for_selector(f"#box-{view}.main tbody tr")
        assert page.locator(f"#legend-{view} li").count() > 1
    assert set(requests) == {map_file.as_uri()}


def test_a_file_and_the_feed_give_the_same_features(page: Page, map_file: Path, feed: Any) -> None:
    page.goto(map_file.as_uri())
    for name in COLLECTIONS:
        held = page.evaluate(
            """(name) => rewir.makeSource(rewir.readJson("rewir-config"), rewir.readJson("rewir-data"))
                .features(name)""",  # noqa: E501  (JavaScript)
            name,
        )
        told = feed(f"/collections/{name}/items?limit=10000")["features"]
        assert [f["id"] for f in held] == [f["id"] for f in told]
        for ours, theirs in zip(held, told, strict=True):
            properties = theirs["properties"]
            assert ours["properties"].items() <= properties.items()
            if theirs["geometry"] is None:
                assert ours["geometry"] is None
            else:
                np.testing.assert_allclose(
                    numbers_in(ours["geometry"]), numbers_in(theirs["geometry"]), atol=6e-7
                )


def numbers_in(geometry: dict[str, Any]) -> list[float]:
    """All coordinates in their order, however deep."""
    return [float(text) for text in re.findall(r"-?\d+\.?\d*", str(geometry["coordinates"]))]


STUBBED = """async (answers) => {
    const asked = [];
    window.fetch = async (url, { signal }) => {
        asked.push(url);
        await new Promise((done) => setTimeout(done, 20));
        signal?.throwIfAborted();
        return new Response(JSON.stringify(answers[asked.length - 1] ?? answers.at(-1)));
    };
    const config = { base_url: "/rewir", release: "r 1", layers: [] };
    return { asked, source: rewir.makeSource(config, null) };
}"""


def test_the_feed_is_read_to_its_last_page_of_one_release(page: Page, origin: str) -> None:
    open_view(page, origin + "/maps/areas")
    first = {
        "features": [{"id": 1}],
        "links": [{"rel": "next", "href": "http://elsewhere/x/items?a=b&offset=1"}],
    }
    second = {"features": [{"id": 2}], "links": []}
    found = page.evaluate(
        f"""async (answers) => {{
            const {{ asked, source }} = await ({STUBBED})(answers);
            const features = await source.features("cells", {{ b: 1, a: "x y" }});
            const again = await source.features("cells", {{ a: "x y", b: 1 }});
            return {{ asked, ids: features.map((f) => f.id), same: again === features }};
        }}""",
        [first, second],
    )
    assert found["ids"] == [1, 2]
    assert found["same"]
    items = "/rewir/releases/r%201/collections/cells/items"
    assert found["asked"] == [f"{items}?a=x+y&b=1&limit=10000", f"{items}?a=b&offset=1"]


def test_what_is_given_up_is_not_kept(page: Page, origin: str) -> None:
    open_view(page, origin + "/maps/areas")
    found = page.evaluate(
        f"""async (answers) => {{
            const {{ asked, source }} = await ({STUBBED})(answers);
            const stop = new AbortController();
            const given = source.features("cells", {{}}, stop.signal).catch((error) => error.name);
            stop.abort();
            const name = await given;
            const features = await source.features("cells", {{}});
            return {{ name, n: features.length, asked: asked.length }};
        }}""",
        [{"features": [{"id": 1}], "links": []}],
    )
    assert found == {"name": "AbortError", "n": 1, "asked": 2}


def test_a_visit_asks_for_the_same_only_once(page: Page, origin: str, requests: list[str]) -> None:
    open_view(page, origin + "/maps/density")
    for group in ("traffic", "all", "traffic"):
        page.select_option("#choose-category_group", group)
        page.wait_for_selector("body:not([aria-busy])")
    items = [url for url in requests if "/items?" in url]
    assert len(items) == len(set(items))
    assert all("/releases/" in url for url in items)
