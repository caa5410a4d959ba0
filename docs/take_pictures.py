"""Take the screenshots of the documents again, from a running server of our own.

python docs/take_pictures.py --store store
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = Path(__file__).parent / "pictures"
PATIENCE_S = 120
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync"]  # fmt: skip
VIEWS = {
    # name: path, width, height
    "map": ("/?area=VI-10", 1440, 900),
    "map-pl": ("/?lang=pl&statistic=n_reports", 1440, 900),
    "hotspots": ("/maps/hotspots", 1440, 900),
    "phone": ("/", 390, 844),
}


def main() -> None:
    """Serve the store, look at each view, and write it as PNG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", default="store")
    store = parser.parse_args().store
    with serving(store) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM
        )
        for name, (path, width, height) in VIEWS.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(base + path, wait_until="networkidle")
            page.screenshot(path=PICTURES / f"{name}.png")
            page.close()
            sys.stdout.write(f"docs/pictures/{name}.png\n")
        browser.close()


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
