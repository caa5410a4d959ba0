"""A real server on a real release of an evil city, and a browser that notices every fault."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import uvicorn
from evil_city import write_evil_store
from playwright.sync_api import sync_playwright

from api.app import create_app
from geo.demo import ensure_demo
from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOTHING_KEPT = "Service Worker registration blocked by Playwright"
WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  window.tellViolation(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


@pytest.fixture(scope="session")
def evil_store(nine_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a release of a city whose names are markup."""
    return write_evil_store(nine_folder, tmp_path_factory.mktemp("evil"))


@pytest.fixture(scope="session")
def origin(evil_store: Path) -> Iterator[str]:
    """The address of a server on that store."""
    with serving(Settings(store=str(evil_store))) as address:
        yield address


@pytest.fixture(scope="session")
def lodz_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the demo of Łódź."""
    settings = Settings(store=str(tmp_path_factory.mktemp("lodz")))
    ensure_demo(settings, lambda _: None)
    with serving(settings) as address:
        yield address


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A server of this process on a free port, until the block ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(settings)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def feed(origin: str) -> Any:
    """Reads a path of the server as JSON, as any program would."""

    def read(path: str) -> Any:
        with urlopen(origin + path) as answer:  # noqa: S310  (our own server)
            return json.load(answer)

    return read


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Debian's Chromium. While it is open no other test of this thread can run an event loop."""
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield instance
        instance.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must end without an error, a dialog, a refused script or a foreign request."""
    # What is kept on a device has tests of its own; here every answer comes from the server.
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", service_workers="block"
    )
    tab = context.new_page()
    faults: list[str] = []
    asked: list[str] = []
    # A built-in method has no place for Playwright's mark, so it is wrapped.
    tab.expose_function("tellViolation", lambda text: faults.append(text))  # noqa: PLW0108
    tab.add_init_script(WATCH)
    tab.on("console", lambda message: faults.extend(_complaint(message)))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("requestfailed", lambda request: faults.extend(_failure(request)))
    yield tab
    here = urlsplit(tab.url)
    foreign = [
        url
        for url in asked
        if not url.startswith("data:") and urlsplit(url)[:2] != (here.scheme, here.netloc)
    ]
    context.close()
    assert faults == []
    assert foreign == []


@pytest.fixture
def requests(page: Page) -> list[str]:
    """Every address that the page asks for, data inside it aside."""
    asked: list[str] = []
    page.on("request", lambda r: None if r.url.startswith("data:") else asked.append(r.url))
    return asked


def _complaint(message: ConsoleMessage) -> list[str]:
    """What the console says of a fault; that this browser keeps nothing is none."""
    told = message.type in {"error", "warning"} and message.text != NOTHING_KEPT
    return [message.text] if told else []


def _failure(request: Request) -> list[str]:
    """What a failed request says; a newer choice may break an older request off."""
    return [] if "ERR_ABORTED" in str(request.failure) else [f"{request.failure} {request.url}"]
