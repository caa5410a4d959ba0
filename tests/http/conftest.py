"""A server on a release written by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from asgi_client import Client
from ogc import Feed
from small_release import write_release

from api.app import create_app
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SWITCHED = 1_785_571_200  # 2026-08-01T08:00:00Z


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release."""
    folder = tmp_path_factory.mktemp("store")
    write_release(folder)
    # It has been the current one for long: its time is told from the first answer on.
    os.utime(folder / "current", (SWITCHED, SWITCHED))
    return folder


@pytest.fixture(scope="session")
def client(store: Path) -> Client:
    """A client of a server on that store."""
    return Client(create_app(Settings(store=str(store))))


@pytest.fixture(scope="session")
def feed(client: Client) -> Feed:
    """The same server, as the abstract test suites of OGC see it."""
    return Feed(client)
