"""For whoever runs the server: metrics, lines of the log, readiness."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Client
from prometheus_client.parser import text_string_to_metric_families
from small_release import write_release
from two_faces import add_key, bearer

from api.app import create_app
from api.logs import configure_logs, network_of
from api.metrics import Metrics
from api.observe import Exchange, Observe
from api.watch import ReleaseWatch
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asgi_client import Answer
    from starlette.types import Receive, Scope, Send

ITEMS = "/collections/beats/items"


@pytest.fixture
def fresh(store: Path) -> Client:
    return Client(create_app(Settings(store=str(store))))


def counts(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Name and labels of each number that /metrics gives."""
    text = client.get("/metrics").text
    families = text_string_to_metric_families(text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())


def test_requests_are_counted_by_route(fresh: Client) -> None:
    etag = fresh.get(ITEMS).headers["etag"]
    for _ in range(2):
        fresh.get(ITEMS)
    fresh.get(ITEMS, if_none_match=etag)
    fresh.ask("HEAD", ITEMS)
    fresh.get(f"{ITEMS}/S-1")
    fresh.get("/secret/path")
    fresh.ask("BREW", "/")
    fresh.get(f"{ITEMS}?limit=x")
    found = counts(fresh)
    route = "/collections/{collectionId}/items"
    requests = {
        (dict(key)["method"], dict(key)["route"], dict(key)["status"]): value
        for (name, key), value in found.items()
        if name == "rewir_requests_total"
    }
    assert requests == {
        ("GET", route, "200"): 3,
        ("GET", route, "304"): 1,
        ("HEAD", route, "200"): 1,
        ("GET", route, "400"): 1,
        ("GET", f"{route}/{{featureId}}", "200"): 1,
        ("GET", "(none)", "404"): 1,
        ("other", "/", "405"): 1,
    }
    assert found["rewir_request_seconds_count", labels(route=route)] == 6
    size = len(fresh.get(ITEMS).raw)
    told = len(fresh.get(f"{ITEMS}?limit=x").raw)
    assert found["rewir_answer_bytes_total", labels(route=route)] == 3 * size + told
    assert not any("secret" in str(key) for key in found)


def test_the_release_and_its_switches_are_told(tmp_path: Path) -> None:
    write_release(tmp_path, release_id="2026-08-01-aaaaaaaaaaaa")
    app = create_app(Settings(store=str(tmp_path)))
    client = Client(app)
    client.get("/")
    app.state.watches["public"]._every = 0
    write_release(tmp_path, release_id="2026-08-02-bbbbbbbbbbbb")
    found = counts(client)
    assert found["rewir_release", labels(face="public", release="2026-08-02-bbbbbbbbbbbb")] == 1
    assert found["rewir_release_switches_total", labels(face="public")] == 1
    assert found["rewir_store_sound", labels(face="public")] == 1
    assert not any("internal" in str(key) for key in found)


def test_keys_are_counted_by_id(tmp_path: Path) -> None:
    write_release(tmp_path)
    key, token = add_key(tmp_path, "internal:read")
    client = Client(create_app(Settings(store=str(tmp_path))))
    for _ in range(2):
        client.get("/", **bearer(token))
    client.get("/", x_api_key="wrong")
    found = counts(client)
    assert found["rewir_key_requests_total", labels(key=key.id)] == 2
    assert token.rpartition("_")[2] not in client.get("/metrics").text


def test_metrics_are_for_this_machine_or_a_key(tmp_path: Path) -> None:
    write_release(tmp_path)
    app = create_app(Settings(store=str(tmp_path)))

    async def from_far(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "client": ("203.0.113.7", 1)}, receive, send)

    def status(client: Any, **headers: str) -> int:
        return Client(client).get("/metrics", **headers).status

    assert status(app) == 200
    assert status(from_far) == 403
    assert Client(from_far).get("/metrics").json()["code"] == "metrics-closed"
    # A proxy on this machine that says for whom it asks does not open them.
    assert status(app, x_forwarded_for="203.0.113.7") == 403
    assert status(app, forwarded="for=203.0.113.7") == 403
    assert status(from_far, **bearer(add_key(tmp_path, "metrics:read")[1])) == 200
    assert status(from_far, **bearer(add_key(tmp_path, "internal:read")[1])) == 403


def test_workers_keep_one_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes write into a folder, and either tells the sum."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    program = """
from api.metrics import Metrics
from api.observe import Exchange
metrics = Metrics({})
metrics.record(Exchange("id", "GET", "/", "/", 200, 0.5, 10, "", ""))
print(metrics.text().decode())
"""
    for total in (1, 2):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                              check=True)  # fmt: skip
        families = text_string_to_metric_families(done.stdout)
        found = {s.name: s.value for f in families for s in f.samples}
        assert found["rewir_requests_total"] == total
        assert found["rewir_request_seconds_sum"] == total / 2
        assert found["rewir_answer_bytes_total"] == 10 * total


def test_ready_until_the_store_is_gone(tmp_path: Path) -> None:
    write_release(tmp_path)
    app = create_app(Settings(store=str(tmp_path)))
    app.state.watches["public"]._every = 0
    client = Client(app)
    assert client.get("/readyz").status == 200
    (tmp_path / "current").rename(tmp_path / "away")
    answer = client.get("/readyz")
    assert (answer.status, answer.json()["code"]) == (503, "store")
    assert client.get("/healthz").status == 200
    assert client.get("/").status == 200
    (tmp_path / "away").rename(tmp_path / "current")
    assert client.get("/readyz").status == 200
    shutil.rmtree(tmp_path)
    assert client.get("/readyz").status == 503


@pytest.mark.parametrize("given", ["abc", "0f-1.2_3", "x" * 64])
def test_a_plain_request_id_is_kept(client: Client, given: str) -> None:
    assert client.get("/", x_request_id=given).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", 'a"b', "ż"])
def test_a_strange_request_id_is_replaced(client: Client, given: str) -> None:
    raw = [(b"host", b"rewir.test"), (b"x-request-id", given.encode())]
    found = {client.send("GET", "/", b"", raw).headers["x-request-id"] for _ in range(3)}
    assert len(found) == 3
    assert given not in found


def test_every_answer_has_a_request_id(store: Path) -> None:
    app = create_app(Settings(store=str(store)))

    def fail() -> None:
        raise ZeroDivisionError

    app.add_api_route("/fail", fail, response_model=None)
    client = Client(app)
    for target, status in (("/", 200), ("/nothing", 404), ("/fail", 500), ("/metrics", 200)):
        answer = client.get(target, x_request_id="mine")
        assert (answer.status, answer.headers["x-request-id"]) == (status, "mine")
    assert client.ask("OPTIONS", "/", x_request_id="mine").headers["x-request-id"] == "mine"
    assert client.get("/", x_api_key="x", x_request_id="mine").headers["x-request-id"] == "mine"


def test_what_fails_is_observed_as_500() -> None:
    async def fails(_: Scope, __: Receive, ___: Send) -> None:
        raise ZeroDivisionError

    seen: list[Exchange] = []
    with pytest.raises(IndexError):  # nothing was sent
        Client(Observe(fails, observers=[seen.append])).get("/x")
    assert [(e.status, e.path, e.route) for e in seen] == [(500, "/x", "(none)")]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged; logging is afterwards as it was."""
    root = logging.getLogger()
    handlers, levels = root.handlers, {n: logging.getLogger(n).level for n in ("api", "geo")}
    configure_logs("json")
    stream = io.StringIO()
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield stream
    root.handlers = handlers
    logging.getLogger("rewir").setLevel(logging.NOTSET)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def access(stream: io.StringIO) -> list[dict[str, Any]]:
    found = map(json.loads, stream.getvalue().splitlines())
    return [line for line in found if line["logger"] == "rewir.access"]


def test_a_line_for_each_request(tmp_path: Path, lines: io.StringIO) -> None:
    write_release(tmp_path)
    key, token = add_key(tmp_path, "internal:read")
    client = Client(create_app(Settings(store=str(tmp_path), log="json")))
    size = len(client.get(f"{ITEMS}?limit=1&name=secret-name", x_request_id="one").raw)
    client.get("/locate?q=Piotrkowska+3&token=secret-word", **bearer(token))
    client.get("/", x_api_key="rw_secret")
    first, second, third = access(lines)
    assert first == {
        "time": first["time"], "level": "info", "logger": "rewir.access", "message": "request",
        "request_id": "one", "method": "GET", "path": ITEMS,
        "route": "/collections/{collectionId}/items", "status": 200, "ms": first["ms"],
        "bytes": size, "key": None, "network": "127.0.0.0/24",
    }  # fmt: skip
    assert first["ms"] > 0
    assert (second["path"], second["key"], second["status"]) == ("/locate", key.id, 400)
    assert (third["status"], third["key"]) == (401, None)
    logged = lines.getvalue()
    for secret in ("secret", "Piotrkowska", token.rpartition("_")[2], "Bearer"):
        assert secret not in logged


def test_what_goes_wrong_names_its_request(tmp_path: Path, lines: io.StringIO) -> None:
    home = write_release(tmp_path)
    (home / "public" / "beats.properties.jsonl").unlink()
    client = Client(create_app(Settings(store=str(tmp_path), log="json")))
    assert client.get(ITEMS, x_request_id="broken").status == 503
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    [error] = [line for line in told if line["level"] == "error"]
    assert error["request_id"] == "broken"
    assert "beats.properties.jsonl is missing" in error["message"]


def test_text_lines_cannot_be_forged() -> None:
    from api.logs import _Text  # noqa: PLC0415

    record = logging.LogRecord("rewir.access", logging.INFO, "", 0, "request", (), None)
    record.fields = {"path": "/a\nforged", "status": 404, "key": None}
    line = _Text().format(record)
    assert "\n" not in line
    assert line.endswith(r"path='/a\nforged' status=404")
    plain = logging.LogRecord("geo", logging.WARNING, "", 0, "a %s", ("b",), None)
    assert _Text().format(plain).endswith("warning - geo a b")


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("", None),
        ("unix", None),
    ],
)
def test_of_an_address_the_network_is_kept(client: str, network: str | None) -> None:
    assert network_of(client) == network


def test_logging_stays_as_it_is_when_off() -> None:
    before = list(logging.getLogger().handlers)
    configure_logs("off")
    assert logging.getLogger().handlers == before


def test_metrics_of_a_face_that_nobody_opened(store: Path) -> None:
    watches = {face: ReleaseWatch(Folder.open(store), face=face) for face in ("public", "internal")}
    watches["public"].look()
    text = Metrics(watches).text().decode()
    assert 'rewir_release{face="public",release="2026-08-01-0123456789ab"} 1.0' in text
    assert "internal" not in text


def test_health_waits_for_no_thread(store: Path) -> None:
    """All threads are at work, and the server still says that it lives."""
    import threading  # noqa: PLC0415

    app = create_app(Settings(store=str(store)))
    stop = threading.Event()
    app.add_api_route("/slow/{n}", stop.wait, response_model=None)

    async def ask_all() -> Answer:
        client = Client(app)
        scope_headers = [(b"host", b"rewir.test")]
        busy = [
            asyncio.create_task(client._send("GET", f"/slow/{n}", b"", scope_headers))
            for n in range(50)
        ]
        await asyncio.sleep(0.2)
        answer = await client._send("GET", "/healthz", b"", scope_headers)
        stop.set()
        await asyncio.gather(*busy)
        return answer

    Client(app).get("/healthz")
    assert asyncio.run(ask_all()).status == 200
