"""Without network the last release is read whole: the same words, and no other day."""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from evil_city import write_evil_store
from own_server import serving

from geo.city import City
from geo.keys import KeyRing
from geo.pipeline import build_release
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

KEPT = """async (release) => {
  for (let i = 0; i < 600; i += 1) {
    const there = await navigator.serviceWorker.getRegistration();
    const names = await caches.keys();
    const all = names.length === 3 && names.every((name) => name.includes(release));
    const done = !there?.installing && there?.active?.state === "activated";
    if (all && done && navigator.serviceWorker.controller) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${release} is not kept: ${await caches.keys()}`);
}"""
ENTRIES = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const { headers } = await cache.match(request, { ignoreVary: true });
      const { pathname, search } = new URL(request.url);
      const said = ["Rewir-Release", "Cache-Control"].map((header) => headers.get(header));
      found.push([name.split(" ").at(-1), pathname + search, ...said]);
    }
  }
  return found;
}"""
WHO_MAY_KEEP = """([url, headers]) =>
  fetch(url, { headers }).then((answer) => answer.headers.get("Cache-Control"))"""
LAYERS = ("areas", "hotspots", "patterns", "density", "candidates", "clusters")


@pytest.fixture(scope="module")
def store(nine_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two releases, the older one served."""
    folder = tmp_path_factory.mktemp("kept")
    store = write_evil_store(nine_folder, folder)
    older = (store / "current").read_text(encoding="utf-8")
    build_release(City.load(folder / "city"), Folder.open(store), period="2025H2")
    switch(store, older)
    return store


@pytest.fixture(scope="module")
def releases(store: Path) -> tuple[str, str]:
    """The ids of the two, that which is served first."""
    first = (store / "current").read_text(encoding="utf-8").strip()
    (second,) = {path.name for path in (store / "releases").iterdir()} - {first}
    return first, second


@pytest.fixture
def served(store: Path, releases: tuple[str, str]) -> Iterator[str]:
    """The address of a server on the first release."""
    switch(store, releases[0])
    with serving(Settings(store=str(store))) as origin:
        yield origin


@pytest.fixture
def device(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps what it is told to, and has nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield context
    context.close()


def switch(store: Path, release: str) -> None:
    """Make another release the current one, as a build does."""
    draft = store / "current.new"
    draft.write_text(release, encoding="utf-8")
    draft.replace(store / "current")


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return page


def read_map(page: Page, address: str) -> str:
    """What the map's page says when it is done: choices, legend, tables."""
    page.goto(address)
    page.wait_for_selector("path[data-area][aria-label]")
    page.wait_for_selector("body:not([aria-busy])")
    return page.inner_text("main")


def test_every_layer_of_the_map_is_there_after_any_page(
    browser: Browser, device: BrowserContext, served: str, releases: tuple[str, str]
) -> None:
    page = opened(device, f"{served}/releases")
    page.goto(f"{served}/collections")
    page.evaluate(KEPT, releases[0])
    asked = [
        f"{served}/maps/{layer}?category_group={group}&lang={lang}"
        for layer in offered(page, served)
        for group, lang in (("all", "en"), ("traffic", "pl"))
    ]
    fresh = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", service_workers="block"
    )
    reader = fresh.new_page()
    with_network = {address: read_map(reader, address) for address in asked}
    fresh.close()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    device.set_offline(offline=True)
    for address, expected in with_network.items():
        assert read_map(page, address) == expected, address
        assert page.get_attribute("html", "lang") == address[-2:]
    assert faults == []


def offered(page: Page, served: str) -> list[str]:
    """The layers that the maps of this release have."""
    page.goto(f"{served}/")
    there = page.eval_on_selector_all("input[name=layer]", "all => all.map((one) => one.value)")
    assert set(there) <= set(LAYERS)
    return [str(layer) for layer in there]


@pytest.mark.parametrize(("lang", "words"), [("en", "Offline: this is"), ("pl", "Bez sieci: to")])
def test_a_visited_page_is_read_when_the_server_is_gone(
    device: BrowserContext, store: Path, releases: tuple[str, str], lang: str, words: str
) -> None:
    switch(store, releases[0])
    paths = [f"/beats/S-5?lang={lang}", f"/priorities?lang={lang}"]
    with serving(Settings(store=str(store))) as origin:
        page = opened(device, f"{origin}/releases?lang={lang}")
        page.evaluate(KEPT, releases[0])
        said = {}
        for path in paths:
            page.goto(origin + path)
            said[path] = page.inner_text("main")
            assert page.inner_text("#offline") == ""
        page.wait_for_timeout(500)
    for path in paths:
        page.goto(origin + path)
        assert page.inner_text("main") == said[path]
        page.wait_for_selector("#offline:not(:empty)")
        banner = page.locator("#offline")
        assert banner.get_attribute("role") == "status"
        assert banner.inner_text().startswith(words)
        assert re.search(r"\b\d{1,2} \w+ 202\d\b", banner.inner_text())


@pytest.mark.parametrize(("lang", "title"), [("en", "No network"), ("pl", "Brak sieci")])
def test_a_page_that_is_not_kept_says_so_and_leads_on(
    device: BrowserContext, served: str, releases: tuple[str, str], lang: str, title: str
) -> None:
    page = opened(device, f"{served}/priorities")
    page.evaluate(KEPT, releases[0])
    page.reload()
    page.wait_for_timeout(500)
    device.set_offline(offline=True)
    page.goto(f"{served}/beats/S-7?lang={lang}")
    assert page.inner_text("h1").startswith(title)
    assert page.eval_on_selector_all("li a", "all => all.map((one) => one.textContent)") == [
        "/priorities"
    ]
    page.click(f'a[href="/?lang={lang}"]')
    page.wait_for_selector("path[data-area][aria-label]")


def test_a_new_release_takes_the_place_of_all_that_was_kept(
    device: BrowserContext, store: Path, served: str, releases: tuple[str, str]
) -> None:
    first, second = releases
    page = opened(device, f"{served}/releases")
    page.evaluate(KEPT, first)
    page.goto(f"{served}/beats/S-8")
    page.wait_for_timeout(500)
    before = page.inner_text("main")
    switch(store, second)
    wait_for(served, second)
    # A page of the new release is in hand at once; what is kept follows as a whole.
    page.goto(f"{served}/priorities")
    assert second in page.inner_text("footer")
    page.evaluate(KEPT, second)
    entries = page.evaluate(ENTRIES)
    assert {release for part, _, release, _ in entries if part != "assets"} == {second}
    assert ["pages", "/beats/S-8"] in [entry[:2] for entry in entries]
    device.set_offline(offline=True)
    page.goto(f"{served}/beats/S-8")
    assert second in page.inner_text("footer")
    assert page.inner_text("main") != before
    assert second in read_footer_of_map(page, served)


def test_a_page_keeps_to_its_release_while_another_is_served(
    device: BrowserContext, store: Path, served: str, releases: tuple[str, str]
) -> None:
    first, second = releases
    page = opened(device, f"{served}/")
    page.wait_for_selector("path[data-area][aria-label]")
    page.evaluate(KEPT, first)
    given: list[str | None] = []
    page.on("response", lambda answer: given.append(answer.headers.get("rewir-release")))
    switch(store, second)
    wait_for(served, second)
    page.select_option("#choose-category_group", "traffic")
    page.wait_for_selector("body:not([aria-busy])")
    page.wait_for_timeout(500)
    page.select_option("#choose-level", "komisariat")
    page.wait_for_selector('[data-area="K2"][aria-label]')
    assert {release for release in given if release} <= {first}
    # What is asked of the current release is not taken for the page's own, and the reader hears.
    status = page.evaluate("() => fetch('/priorities?f=json').then((answer) => answer.status)")
    assert status == 200
    page.wait_for_selector("#offline:not(:empty)")
    assert page.inner_text("#offline").startswith("There is a newer release.")


def test_a_release_that_cannot_be_had_whole_takes_no_place(
    device: BrowserContext, store: Path, releases: tuple[str, str], tmp_path: Path
) -> None:
    first, second = releases
    broken = tmp_path / "store"
    shutil.copytree(store, broken)
    switch(broken, first)
    with serving(Settings(store=str(broken))) as origin:
        page = opened(device, f"{origin}/releases")
        page.evaluate(KEPT, first)
        for path in (broken / "releases" / second / "public").glob("hotspot-cells.*"):
            path.unlink()
        switch(broken, second)
        wait_for(origin, second)
        page.goto(f"{origin}/priorities")
        page.wait_for_timeout(4000)
        entries = page.evaluate(ENTRIES)
        assert {release for part, _, release, _ in entries if part != "assets"} == {first}
        device.set_offline(offline=True)
        assert first in read_footer_of_map(page, origin)


def read_footer_of_map(page: Page, served: str) -> str:
    page.goto(f"{served}/?lang=en")
    page.wait_for_selector("path[data-area][aria-label]")
    return page.inner_text("footer")


def wait_for(served: str, release: str) -> None:
    """Until the server has seen which release is the current one."""
    for _ in range(100):
        with urlopen(f"{served}/readyz") as answer:  # noqa: S310  (our own server)
            if release in answer.read().decode():
                return
        time.sleep(0.1)
    pytest.fail(f"{release} is not served")


@pytest.fixture
def key(store: Path) -> str:
    """A key to the internal face."""
    now = datetime.now(UTC)
    ring = KeyRing(Folder.open(store))
    return ring.add("tests", scopes=["internal:read"], expires=now + timedelta(hours=1), now=now)[1]


def test_nothing_that_a_key_opens_or_a_person_looks_up_is_kept(
    device: BrowserContext, served: str, releases: tuple[str, str], key: str
) -> None:
    items = "/collections/area-periods/items?limit=3"
    with urlopen(Request(served + items, headers={"X-API-Key": key})) as answer:  # noqa: S310
        assert answer.headers["Cache-Control"].startswith("private")
    page = opened(device, f"{served}/collections")
    page.evaluate(KEPT, releases[0])
    before = page.evaluate(ENTRIES)
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert str(page.evaluate(WHO_MAY_KEEP, [items, headers])).startswith("private")
    page.goto(f"{served}/locate?q=Opa%C5%82owa")
    page.goto(f"{served}/locate?lon=19.405&lat=51.705")
    page.evaluate("() => fetch('/locate?q=Piotrkowska').then((answer) => answer.text())")
    page.goto(f"{served}/collections")
    page.wait_for_timeout(500)
    after = page.evaluate(ENTRIES)
    new = [address for _, address, *_ in after if address not in {each[1] for each in before}]
    assert new == ["/collections"]
    assert not [each for each in after if re.search("private|no-store", str(each[3]))]


def test_internal_pages_tell_no_browser_to_keep_them(served: str, key: str) -> None:
    for path in ("/", "/collections", "/beats/S-5"):
        headers = {"X-API-Key": key, "Accept": "text/html"}
        with urlopen(Request(served + path, headers=headers)) as answer:  # noqa: S310
            internal = answer.read().decode()
        with urlopen(Request(served + path, headers={"Accept": "text/html"})) as answer:  # noqa: S310
            public = answer.read().decode()
        for sign in ("offline.js", "manifest.webmanifest", 'id="offline"'):
            assert sign in public
            assert sign not in internal


PATHS = (
    "/", "/maps/hotspots", "/collections", "/collections/beats/items", "/beats/S-5", "/locate",
    "/locate?q=Piotrkowska+3", "/priorities", "/releases", "/nothing",
)  # fmt: skip


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_no_page_asks_another_host(browser: Browser, served: str, *, script: bool) -> None:
    context = browser.new_context(locale="pl-PL", java_script_enabled=script)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    for path in PATHS:
        page.goto(served + path)
        page.wait_for_load_state("networkidle")
        assert page.inner_text("main")
    context.close()
    assert len(asked) > len(PATHS)
    assert [url for url in asked if not url.startswith((f"{served}/", "data:"))] == []
