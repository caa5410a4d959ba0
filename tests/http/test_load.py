"""A server under load whose release is switched every second: the short form of `make bench`'s."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from feed_load import Load, Outcome, digest, judge
from own_server import PATIENCE, ask, free_port
from small_release import write_release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RELEASES = ("2026-08-01-aaaaaaaaaaaa", "2026-08-02-bbbbbbbbbbbb")
TARGETS = (
    "/?f=json",
    "/collections?f=json",
    "/collections/area-periods/items?limit=100",
    "/collections/area-periods/items?period=2026H1&category_group=all&limit=7&offset=2",
    "/collections/area-periods/items?filter=n_reports%20%3E%2010&sortby=-n_reports",
    "/collections/area-periods/items?f=csv&level=beat",
    "/collections/hotspot-cells/items?bbox=19.4,51.7,19.43,51.73",
    "/collections/beats/items/S-1",
)
CONNECTIONS = 50
SECONDS = 10.0
MIB_OF_NOISE = 8.0


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, int]]:
    """A store of two releases, and the port and process of a server of two workers."""
    store = tmp_path_factory.mktemp("load")
    for more, release in enumerate(RELEASES):
        write_release(store, release_id=release, more=1000 * more)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "geo", "serve", "--store", str(store), "--port", str(port),
         "--workers", "2"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert ask(port, "/readyz")[0] == 200
        yield store, port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


@pytest.fixture(scope="module")
def outcome(serving: tuple[Path, int, int]) -> Outcome:
    store, port, pid = serving
    load = Load(
        store=str(store),
        port=port,
        pid=pid,
        releases=RELEASES,
        targets=TARGETS,
        connections=CONNECTIONS,
        seconds=SECONDS,
        switch_every=1.0,
    )
    return load.run()


def test_every_answer_is_right_and_of_one_release(outcome: Outcome) -> None:
    assert not outcome.faults
    assert outcome.switches >= SECONDS - 1
    assert set(outcome.answers) == set(RELEASES)
    assert min(outcome.answers.values()) > CONNECTIONS
    assert outcome.unchanged > CONNECTIONS


def test_memory_stays_flat(outcome: Outcome) -> None:
    assert outcome.growth_mib < MIB_OF_NOISE, outcome.memory


@pytest.mark.parametrize(
    ("status", "etag", "body", "fault"),
    [
        (200, '"a"', b"one", ""),
        (304, '"a"', b"", ""),
        (200, '"a"', b"two", "tag of first, body of none or of another"),
        (200, '"a"', b"on", "tag of first, body of none or of another"),
        (200, '"c"', b"one", "a tag of 0 releases"),
        (304, '"b"', b"", "304 for another tag"),
        (503, "", b"", "503"),
    ],
)
def test_a_wrong_answer_is_seen(status: int, etag: str, body: bytes, fault: str) -> None:
    known = {"first": {("/", '"a"'): digest(b"one")}, "second": {("/", '"b"'): digest(b"two")}}
    found = Outcome()
    judge("/", '"a"', (status, {"etag": etag}, body), known, found)
    assert sum(found.faults.values()) + sum(found.answers.values()) == 1
    assert all(fault in words for words in found.faults)
    assert bool(found.faults) == bool(fault)
