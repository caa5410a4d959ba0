"""Measure the map in headless Chromium: first paint, and how long it takes to answer.

    python tests/bench/bench_map.py [--rounds 5] [--output docs/benchmarks.md]

On Łódź, and on a made-up city of a thousand beats whose map of density has some 30 000 cells. The
large city is built once, below build/.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # beside other tests
sys.path.insert(0, str(Path(__file__).parents[2]))  # runs from a checkout, installed or not

from bench_page import provenance, replace_section
from big_city import write_big_store
from feed_servers import rewir
from playwright.sync_api import sync_playwright

from geo.demo import ensure_demo
from geo.release.reader import open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

BIG = Path("build/big-city")
PACKAGES = ("playwright", "uvicorn")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
SIZE = {"width": 1440, "height": 900}
PATIENCE = 120_000.0
PAINT, ANSWER = 1500.0, 100.0
"""Targets, ms."""

WATCH = """
window.seen = { input: 0, task: 0, frame: 0, drawn: null, paint: null };
const longest = (name) => (list) => {
  const lengths = list.getEntries().map(({ duration }) => duration);
  window.seen[name] = Math.max(window.seen[name], ...lengths);
};
new PerformanceObserver((list) => {
  const inputs = list.getEntries().filter(({ interactionId }) => interactionId > 0);
  for (const { duration } of inputs) window.seen.input = Math.max(window.seen.input, duration);
}).observe({ type: "event", durationThreshold: 16 });
new PerformanceObserver(longest("task")).observe({ type: "longtask" });
new PerformanceObserver(longest("frame")).observe({ type: "long-animation-frame" });
new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) {
    if (name === "first-contentful-paint") window.seen.paint = startTime;
  }
}).observe({ type: "paint", buffered: true });
const look = () => {
  const drawn = document.querySelector("path[data-area][aria-label]");
  const ready = drawn && !document.body.hasAttribute("aria-busy");
  requestAnimationFrame(ready ? () => { window.seen.drawn = performance.now(); } : look);
};
requestAnimationFrame(look);
"""
DRAWN = """() => new Promise((done) => {
  const wait = () => {
    if (window.seen.drawn !== null && window.seen.paint !== null) done(window.seen);
    else setTimeout(wait, 20);
  };
  wait();
})"""
RESET = "() => Object.assign(window.seen, { input: 0, task: 0, frame: 0 })"
REST = """() => new Promise((done) => {
  let quiet = 0;
  const wait = () => {
    quiet = document.body.hasAttribute("aria-busy") ? 0 : quiet + 1;
    if (quiet < 12) requestAnimationFrame(wait);
    else setTimeout(done, 250);
  };
  requestAnimationFrame(wait);
})"""

log = logging.getLogger("bench")


class City(NamedTuple):
    """What is looked at, and how large it is."""

    name: str
    store: str
    areas: int
    corners: int
    cells: int


class Answer(NamedTuple):
    """Milliseconds: what the user waited, and what the longest task took of a processor."""

    wait: float
    work: float


def main() -> None:
    """Measure, tell, and write."""
    options = _options()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    with tempfile.TemporaryDirectory() as scratch:
        cities = _cities(Path(scratch), options)
        loads: dict[str, list[tuple[float, float]]] = {}
        answers: dict[str, dict[str, list[Answer]]] = {}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            version = browser.version
            for number in range(options.rounds):
                for city in cities:
                    log.info("Round %d, %s", number + 1, city.name)
                    load, found = _look(browser, city)
                    loads.setdefault(city.name, []).append(load)
                    for name, answer in found:
                        answers.setdefault(name, {}).setdefault(city.name, []).append(answer)
            browser.close()
    text = _report(cities, loads, answers, rounds=options.rounds, version=version)
    if options.output:
        replace_section(options.output, text, name="map")
    sys.stdout.write(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--big", type=Path, default=BIG, help="where the large city is kept")
    parser.add_argument("--store", help="a store of Łódź; without it one is made")
    parser.add_argument("--output", type=Path, help="Markdown file; its map section is replaced")
    return parser.parse_args()


def _cities(scratch: Path, options: argparse.Namespace) -> list[City]:
    store = options.store or str(scratch / "store")
    if not options.store:
        ensure_demo(Settings(store=store), log.info)
    big = write_big_store(options.big, log.info)
    return [_city("Łódź", store), _city("large", str(big))]


def _city(name: str, store: str) -> City:
    release = open_current(Folder.open(store), face="public")
    cells = release.collections["hotspot-cells"].table(["period", "category_group"]).to_pandas()
    now = (cells["period"] == release.manifest["period"]) & (cells["category_group"] == "all")
    beats = release.collections[release.manifest["levels"][0]["collection"]]
    shapes = beats.folder.read(f"{beats.id}.geometry.jsonl")
    return City(name, store, beats.count, shapes.count(b"],["), int(now.sum()))


# What is measured ----------------------------------------------------------------------------


def _look(browser: Browser, city: City) -> tuple[tuple[float, float], list[tuple[str, Answer]]]:
    """A first visit, with nothing kept, and what one does on the map."""
    with rewir(city.store) as server:
        context = browser.new_context(viewport=SIZE, locale="en-GB", service_workers="block")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(WATCH)
        page.goto(server.url("/"))
        seen = page.evaluate(DRAWN)
        answers = [(name, _answer(browser, page, act)) for name, act in _acts(page)]
        context.close()
    return (seen["paint"], seen["drawn"]), answers


def _answer(browser: Browser, page: Page, act: Callable[[], object]) -> Answer:
    """What an act of the user cost the page, until it rests again."""
    page.evaluate(REST)
    page.evaluate(RESET)
    browser.start_tracing(page=page, categories=["toplevel"])
    act()
    page.evaluate(REST)
    trace = json.loads(browser.stop_tracing())["traceEvents"]
    seen = page.evaluate("() => window.seen")
    return Answer(max(seen["input"], seen["task"], seen["frame"]), _longest_task(trace))


def _longest_task(trace: list[dict[str, Any]]) -> float:
    """Processor time of the longest task of the page's main thread, ms."""
    named = (event for event in trace if event["name"] == "thread_name")
    main = {(e["pid"], e["tid"]) for e in named if e["args"]["name"] == "CrRendererMain"}
    took = (e.get("tdur", 0) for e in trace if (e["pid"], e.get("tid")) in main)
    return max(took, default=0) / 1000


def _acts(page: Page) -> Iterator[tuple[str, Callable[[], object]]]:
    """By mouse and keyboard, as users do it: events made by scripts would not be measured."""
    box = page.locator(".leaflet-container").bounding_box()
    if box is None:
        msg = "the page has no map"
        raise LookupError(msg)
    x, y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5
    page.focus("#choose-period")
    yield "another half-year", lambda: page.keyboard.press("ArrowDown")
    page.focus("#choose-statistic")
    yield "another statistic", lambda: page.keyboard.press("ArrowDown")
    yield "an area is chosen", lambda: page.mouse.click(x, y)
    yield "an arrow key to its neighbour", lambda: page.keyboard.press("ArrowRight")
    yield "the map is dragged", lambda: _drag(page, x, y)
    yield "zoom in", lambda: page.click(".leaflet-control-zoom-in")
    yield "zoom out", lambda: page.click(".leaflet-control-zoom-out")
    yield "density is chosen", lambda: page.click("label[for=layer-density]")
    yield "a cell is chosen", lambda: page.mouse.click(x, y)
    yield "the map is dragged, with cells", lambda: _drag(page, x, y)
    yield "zoom in, with cells", lambda: page.click(".leaflet-control-zoom-in")
    yield "zoom out, with cells", lambda: page.click(".leaflet-control-zoom-out")


def _drag(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 220, y - 120, steps=12)
    page.mouse.up()


# What is told --------------------------------------------------------------------------------


def _report(
    cities: list[City],
    loads: dict[str, list[tuple[float, float]]],
    answers: dict[str, dict[str, list[Answer]]],
    *,
    rounds: int,
    version: str,
) -> str:
    sizes = "; ".join(
        f"{city.name}: {city.areas:,} beats with {city.corners:,} corners, {city.cells:,} cells"
        for city in cities
    )
    about = (
        "A first visit with nothing kept, and what one does then with mouse and keyboard, in "
        f"headless Chromium {version} of {SIZE['width']} × {SIZE['height']} without a graphics "
        "card, the server on the same cores; each round a browser window and a server of its own, "
        f"medians of {rounds}. An answer is the longest of: input to next paint, a task, a frame "
        "until the page rests again; what is below 50 ms is not told apart. Beside it the "
        f"processor time of the longest task, which other programs slow down less. {sizes}."
    )
    names = [city.name for city in cities]
    head = " | ".join(f"{name}, ms | {name}, processor ms" for name in names)
    table = [
        _row(label, [_told([load[k] for load in loads[n]], PAINT) + " | " for n in names], PAINT)
        for k, label in enumerate(("first contentful paint", "areas are drawn"))
    ]
    table += [_row(act, [_both(found[n]) for n in names], ANSWER) for act, found in answers.items()]
    lines = [
        "## Map: first paint and answers",
        about,
        "\n".join([f"| what | {head} | target |", f"|---|{'--:|' * 2 * len(names)}--:|", *table]),
        provenance(PACKAGES, command=f"python tests/bench/bench_map.py --rounds {rounds}"),
    ]
    return "\n\n".join(lines) + "\n"


def _row(label: str, cells: list[str], target: float) -> str:
    return f"| {label} | {' | '.join(cells)} | < {target:,.0f} |"


def _both(found: list[Answer]) -> str:
    return (
        f"{_told([a.wait for a in found], ANSWER)} | {statistics.median(a.work for a in found):.0f}"
    )


def _told(values: list[float], target: float) -> str:
    """The median, in bold where it misses its target."""
    middle = statistics.median(values)
    text = f"{middle:,.0f}" if middle >= 50 else "< 50"
    return f"**{text}**" if middle >= target else text


if __name__ == "__main__":
    main()
