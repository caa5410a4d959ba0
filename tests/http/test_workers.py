"""Several processes serve one store as if they were one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from own_server import PATIENCE, ask, free_port
from prometheus_client.parser import text_string_to_metric_families
from small_release import write_release
from two_faces import add_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORKERS = 2


def read(port: int, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask over a connection of its own: any worker may answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{target}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  (our own server)
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[Path, int, subprocess.Popen[str]]]:
    """A store, and a port on which two workers serve it."""
    write_release(tmp_path, release_id="2026-08-01-aaaaaaaaaaaa")
    port = free_port()
    arguments = ["serve", "--store", str(tmp_path), "--port", str(port), "--workers", str(WORKERS)]
    # A file takes any number of lines; a pipe that nobody reads would stop the server.
    with _log_of(tmp_path).open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "geo", *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | {"REWIR_LOG": "json"},
        )
        try:
            ask(port, "/readyz")
            yield tmp_path, port, process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=PATIENCE)


def test_workers_serve_switch_count_and_end(
    serving: tuple[Path, int, subprocess.Popen[str]],
) -> None:
    store, port, process = serving
    # They answer alike: the same bytes, the same tag.
    answers = [read(port, "/collections/beats/items") for _ in range(20)]
    assert {status for status, _, _ in answers} == {200}
    assert len({(headers["etag"], body) for _, headers, body in answers}) == 1
    # One count: what each worker has answered is in the sum that any of them tells.
    families = text_string_to_metric_families(read(port, "/metrics")[2].decode())
    requests = {
        sample.labels["route"]: sample.value
        for family in families for sample in family.samples
        if sample.name == "rewir_requests_total"
    }  # fmt: skip
    assert requests["/collections/{collectionId}/items"] == 20
    # A new release appears in each of them, while they answer, and nobody is turned away.
    _switch_under_load(store, port)
    # A key that is revoked is refused by each of them within seconds.
    key, token = add_key(store, "internal:read")
    assert {read(port, "/", Authorization=f"Bearer {token}")[0] for _ in range(8)} == {200}
    (store / "keys" / f"{key.id}.revoked").write_text("2026-08-01T00:00:00+00:00\n")
    time.sleep(2.5)
    assert {read(port, "/", Authorization=f"Bearer {token}")[0] for _ in range(8)} == {401}
    # They end when they are told to, and say nothing but their lines.
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    errors = _log_of(store).read_text(encoding="utf-8")
    assert process.returncode == 0
    assert output.startswith(f"Nine at http://127.0.0.1:{port}")
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert len([line for line in lines if line.get("path") == "/collections/beats/items"]) >= 20
    assert token not in errors


def test_readiness_of_every_worker_tells_a_lost_store(
    serving: tuple[Path, int, subprocess.Popen[str]],
) -> None:
    store, port, _ = serving
    assert {read(port, "/readyz")[0] for _ in range(8)} == {200}
    shutil.rmtree(store)
    time.sleep(1.5)
    assert {read(port, "/readyz")[0] for _ in range(8)} == {503}
    assert {read(port, "/healthz")[0] for _ in range(8)} == {200}


def _log_of(store: Path) -> Path:
    return store.with_name(f"{store.name}.log")


def _switch_under_load(store: Path, port: int) -> None:
    """Ask all the time while the store switches; an answer is of the one release or the other."""
    found: list[tuple[int, str]] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            status, _, body = read(port, "/?f=json")
            found.append((status, json.loads(body)["release"]))

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    write_release(store, release_id="2026-08-02-bbbbbbbbbbbb")
    time.sleep(2.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for status, _ in found} == {200}
    assert {release for _, release in found} <= {
        "2026-08-01-aaaaaaaaaaaa",
        "2026-08-02-bbbbbbbbbbbb",
    }
    after = {json.loads(read(port, "/?f=json")[2])["release"] for _ in range(12)}
    assert after == {"2026-08-02-bbbbbbbbbbbb"}
