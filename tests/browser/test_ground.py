"""What lies under the map: our own streets and names, or the tiles of one service."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from math import cos, sin
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from own_server import serving
from PIL import Image
from shapely import Polygon

from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CREDIT = '© somebody <b onclick="alert(1)">&'
NAMES = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const { a, b, e, f } = this.getTransform();
    window.written.push([text, e, f, Math.atan2(b, a), this.measureText(text).width]);
    write.call(this, text, x, y);
  };
}"""

ONCE = """async () => {
  window.written.length = 0;
  map_1.fire("moveend");
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return window.written;
}"""
"""One drawing, that of the last move."""


class _Tiles(BaseHTTPRequestHandler):
    """A grey tile for every address."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Referer")))
        file = BytesIO()
        Image.new("L", (256, 256), 200).save(file, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(file.getvalue())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def tile_service() -> Iterator[str]:
    """The origin of a server that has nothing but tiles."""
    _Tiles.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Tiles)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("path", ["/", "/collections/beats/items"])
def test_tiles_come_from_the_one_service_and_are_credited_as_text(
    browser: Browser, evil_store: Path, path: str
) -> None:
    context = browser.new_context(locale="en-GB", service_workers="block")
    page = context.new_page()
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    with tile_service() as tiles:
        settings = Settings(
            store=str(evil_store),
            tiles_url=f"{tiles}/t/{{z}}/{{x}}/{{y}}.png",
            tiles_attribution=CREDIT,
            tiles_max_zoom=12,
        )
        with serving(settings) as origin:
            page.goto(origin + path)
            page.wait_for_selector("img.leaflet-tile-loaded")
            assert page.inner_text(".leaflet-control.credit") == CREDIT
            assert page.locator("[onclick]").count() == 0
            from_service = [url for url in asked if url.startswith(f"{tiles}/t/")]
            others = [url for url in asked if not url.startswith((origin, tiles, "data:"))]
            assert from_service
            assert others == []
            # Another origin, a neighbour of the service even, is refused.
            page.evaluate("() => { new Image().src = 'http://localhost:1/t/1/1/1.png'; }")
            page.wait_for_timeout(300)
    context.close()
    assert any("img-src" in text for text in refused)
    assert {referer for _, referer in _Tiles.asked} == {None}
    assert max(int(url.split("/")[2]) for url, _ in _Tiles.asked) <= 12


def test_without_a_service_there_are_our_own_streets(page: Page, origin: str) -> None:
    page.goto(origin)
    page.wait_for_selector("path[data-area][aria-label]")
    assert page.locator("img.leaflet-tile, .credit").count() == 0
    assert page.locator(".leaflet-streets-pane canvas").count() == 1


@pytest.mark.parametrize("zoom", [11, 13, 14, 15, 16])
def test_names_do_not_touch(page: Page, origin: str, zoom: int) -> None:
    page.goto(origin)
    page.wait_for_selector("path[data-area][aria-label]")
    page.wait_for_selector("body:not([aria-busy])")
    page.evaluate(NAMES)
    page.evaluate("zoom => { map_1.setZoom(zoom, { animate: false }); }", zoom)
    page.wait_for_timeout(400)
    names = page.evaluate(ONCE)
    assert names
    boxes = [_corners(*name[1:]) for name in names]
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            assert not _touch(one, other), (names[i], zoom)


def test_markup_that_a_script_writes_becomes_text(page: Page, origin: str) -> None:
    page.goto(origin)
    page.wait_for_selector("path[data-area][aria-label]")
    written = page.evaluate("""() => {
      const box = document.createElement("div");
      box.innerHTML = "<img src=x onerror=alert(3)><span aria-hidden='true'>+</span>";
      document.body.append(box);
      return [box.children.length, box.textContent];
    }""")
    assert written == [0, "<img src=x onerror=alert(3)><span aria-hidden='true'>+</span>"]


def _corners(x: float, y: float, angle: float, width: float) -> list[tuple[float, float]]:
    """A name's box of letters, turned."""
    high = 5.0
    return [
        (x + i * width / 2 * cos(angle) - j * high * sin(angle),
         y + i * width / 2 * sin(angle) + j * high * cos(angle))
        for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]  # fmt: skip


def _touch(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    """Whether two convex shapes meet."""
    return bool(Polygon(one).intersects(Polygon(other)))
