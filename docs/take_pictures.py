"""Take the pictures of the documents: the main views as a browser shows them, at fixed sizes.

python docs/take_pictures.py --store store

The same store and browser give the same bytes: the release carries its own day, nothing moves, and
every picture waits until the page is done.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parent / "pictures"
SUFFIX = ".webp"
QUALITY = 80
PATIENCE_S = 120
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--hide-scrollbars", "--font-render-hinting=none"]  # fmt: skip
STILL = "* { caret-color: transparent !important; transition: none !important; }"
A4 = (794, 1123)
MARGIN = 45
"""The size of a sheet in the pixels of a page, 96 to the inch, and twelve millimetres of it."""

FOLD = """(height) => {
  const cut = [...document.querySelectorAll("tr, h2, p, li, svg")]
    .map((one) => one.getBoundingClientRect())
    .filter(({ top, bottom }) => top < height && bottom > height);
  return Math.floor(Math.min(height, ...cut.map(({ top }) => top)));
}"""
"""Where the second sheet begins: no line is cut."""


class View(NamedTuple):
    """A picture: what is shown, how large, and to whom."""

    path: str
    size: tuple[int, int] = (1440, 900)
    scheme: Literal["light", "dark"] = "light"
    on_paper: bool = False


PHONE, TABLET = (360, 1280), (768, 1024)

VIEWS: Mapping[str, View] = {
    "map": View("/?area=VI-10"),
    "map-pl": View("/?lang=pl&statistic=n_reports"),
    "map-dark": View("/?area=VI-10", scheme="dark"),
    "map-phone": View("/?area=VI-10", PHONE),
    "map-tablet": View("/?area=VI-10", TABLET),
    "map-months": View("/?months=2026-02/2026-04&statistic=n_reports"),
    "hotspots": View("/maps/hotspots"),
    "patterns": View("/maps/patterns"),
    "density": View("/maps/density"),
    "candidates": View("/maps/candidates"),
    "beat": View("/beats/VI-10"),
    "beat-phone": View("/beats/VI-10?lang=pl", PHONE),
    "beat-print": View("/beats/VI-10", A4, on_paper=True),
    "locate": View("/locate?q=Pogonowskiego+27%2F29"),
    "priorities": View("/priorities?k=9"),
}
"""Name to view; the documents may show no other pictures of pages, and show all of these."""


def main() -> None:
    """Serve the store, look at each view, and write what is seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="store")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(VIEWS)}; all without any")
    options = parser.parse_args()
    if unknown := set(options.names) - set(VIEWS):
        parser.error(f"no picture {', '.join(sorted(unknown))}: take of {', '.join(VIEWS)}")
    chosen = {name: VIEWS[name] for name in options.names or VIEWS}
    with serving(options.store) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, view in chosen.items():
            path = PICTURES / f"{name}{SUFFIX}"
            path.write_bytes(compressed(take(browser, base, view)))
            sys.stdout.write(f"docs/pictures/{path.name} {path.stat().st_size // 1000} kB\n")
        browser.close()


def take(browser: Browser, base: str, view: View) -> bytes:
    """A view as PNG."""
    width, height = view.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=view.scheme,
        locale="en-GB",
        timezone_id="Europe/Warsaw",
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    answer = page.goto(base + view.path)
    if answer is None or answer.status != 200:
        sys.exit(f"{view.path} is not served: take another store, with --store")
    wait_until_done(page)
    if view.on_paper:
        page.emulate_media(media="print")
    shown = printed(page) if view.on_paper else page.screenshot(style=STILL)
    context.close()
    return shown


def printed(page: Page) -> bytes:
    """A printed page: its two sheets side by side, each with its margin."""
    width, height = (side - 2 * MARGIN for side in A4)
    page.set_viewport_size({"width": width, "height": 2 * height})
    page.wait_for_timeout(300)
    fold = page.evaluate(FOLD, height)
    whole = Image.open(BytesIO(page.screenshot(style=STILL)))
    sheets = Image.new("RGB", (2 * A4[0] + 1, A4[1]), "#999999")
    for n, (top, bottom) in enumerate([(0, fold), (fold, fold + height)]):
        sheet = Image.new("RGB", A4, "#ffffff")
        sheet.paste(whole.crop((0, top, width, min(bottom, 2 * height))), (MARGIN, MARGIN))
        sheets.paste(sheet, (n * (A4[0] + 1), 0))
    file = BytesIO()
    sheets.save(file, "PNG")
    return file.getvalue()


def wait_until_done(page: Page) -> None:
    """Wait for data, type and the last frame."""
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("body:not([aria-busy])")
    page.evaluate("() => document.fonts.ready.then(() => null)")
    page.wait_for_timeout(600)


def compressed(content: bytes) -> bytes:
    """A picture of a page as WebP: lines and letters stay sharp."""
    file = BytesIO()
    Image.open(BytesIO(content)).convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)
    return file.getvalue()


@contextmanager
def serving(store: str) -> Iterator[str]:
    """`rewir serve` on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "geo", "serve", "--store", store, "--port", str(port)]
    server = subprocess.Popen(command)  # noqa: S603  (our own command line)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_ready(f"{base}/readyz")
        yield base
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_ready(url: str) -> None:
    """Ask once a second until the server has a release to show."""
    for _ in range(PATIENCE_S):
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    sys.exit(f"{url} is not ready after {PATIENCE_S} s")


if __name__ == "__main__":
    main()
