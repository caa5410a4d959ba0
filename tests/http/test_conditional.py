"""Exact change: an ETag for each representation, 304 for those who have it, one release each."""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from asgi_client import DECODE, Client
from small_release import write_release

from api.app import create_app
from api.codings import encode
from api.conditional import MOST_HELD, VARY, Conditional, matches
from api.kept import AnswerCache, KeptAnswer
from api.watch import ReleaseWatch
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

TARGETS = [
    "/",
    "/?f=html",
    "/conformance",
    "/api",
    "/collections",
    "/collections/beats",
    "/collections/area-periods/items?period=2026H1",
    "/collections/beats/items/S-1",
    "/maps/areas",
    "/assets/dom.js",
]


@pytest.mark.parametrize("target", TARGETS)
def test_etag_is_strong_and_gives_304(client: Client, target: str) -> None:
    first = client.get(target)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    assert etag.endswith('"')
    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["vary"] == VARY
    again = client.get(target)
    assert (again.raw, again.headers) == (first.raw, first.headers)
    known = client.get(target, if_none_match=etag)
    assert (known.status, known.raw) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert known.headers[name] == first.headers[name]
    assert "content-length" not in known.headers
    assert "content-type" not in known.headers


@pytest.mark.parametrize("target", TARGETS)
def test_a_second_server_gives_the_same_bytes(client: Client, store: Path, target: str) -> None:
    """Several workers serve one store; a 304 from a cold one is right, too."""
    other = Client(create_app(Settings(store=str(store))))
    first = client.get(target)
    assert other.get(target, if_none_match=first.headers["etag"]).status == 304
    again = other.get(target)
    assert (again.headers["etag"], again.raw) == (first.headers["etag"], first.raw)


@pytest.mark.parametrize("target", TARGETS)
def test_head_is_get_without_the_body(client: Client, target: str) -> None:
    got, head = client.get(target), client.ask("HEAD", target)
    assert (head.status, head.headers, head.raw) == (200, got.headers, b"")
    assert int(head.headers["content-length"]) == len(got.raw)
    known = client.ask("HEAD", target, if_none_match=got.headers["etag"])
    assert (known.status, known.raw) == (304, b"")


def test_head_of_what_is_not_there(client: Client) -> None:
    answer = client.ask("HEAD", "/nothing")
    assert (answer.status, answer.raw) == (404, b"")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"a", {etag}', 304),
        ('"a,b" , W/"c",{etag}', 304),
        ("*", 304),
        (" * ", 304),
        ('"a"', 200),
        ("", 200),
        ("{bare}", 200),
        ('"', 200),
        ("W/", 200),
    ],
)
def test_if_none_match(client: Client, if_none_match: str, status: int) -> None:
    target = "/collections/beats/items"
    etag = client.get(target).headers["etag"]
    header = if_none_match.replace("{etag}", etag).replace("{bare}", etag.strip('"'))
    assert client.get(target, if_none_match=header).status == status


@pytest.mark.parametrize("target", ["/nothing", "/collections/beats/items?limit=0", "/healthz"])
def test_failures_and_health_are_never_304(client: Client, target: str) -> None:
    assert client.get(target, if_none_match="*").status == client.get(target).status != 304


def test_every_representation_has_its_own_tag(client: Client) -> None:
    target = "/collections/beats/items"
    answers = [
        client.get(target),
        client.get(target, accept="application/json"),
        client.get(target, accept_encoding="gzip"),
        client.get(target, accept_language="pl"),
        client.get(target, host="other.example"),
        client.get(f"{target}?limit=5"),
        client.get(f"{target}?skipGeometry=true"),
    ]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == len(answers)


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br, gzip;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("GZIP", "gzip"),
        ("gzip;q=0", ""),
        ("*;q=0", ""),
        ("identity", ""),
        ("gzip;q=0.5, identity", ""),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("identity;q=0", ""),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("deflate", ""),
        ("", ""),
        ("gzip;q=x", ""),
    ],
)
def test_codings_by_weight(client: Client, accept_encoding: str, coding: str) -> None:
    target = "/collections/area-periods/items"
    plain = client.get(target)
    answer = client.get(target, accept_encoding=accept_encoding)
    assert answer.headers.get("content-encoding", "") == coding
    assert answer.body == plain.raw
    assert int(answer.headers["content-length"]) == len(answer.raw)
    assert (answer.headers["etag"] == plain.headers["etag"]) is (coding == "")
    if coding:
        assert len(answer.raw) < len(plain.raw) / 4


def test_who_refuses_plain_answers_gets_none(client: Client) -> None:
    """Even what is too small or too packed to be worth it."""
    png = "/assets/vendor/leaflet/images/layers.png"
    for target in ("/conformance", "/healthz", png):
        plain = client.get(target)
        coded = client.get(target, accept_encoding="gzip, identity;q=0")
        assert coded.headers["content-encoding"] == "gzip"
        assert coded.body == plain.raw


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_layers_are_coded_once(store: Path, monkeypatch: pytest.MonkeyPatch, coding: str) -> None:
    coded = []

    def count(body: bytes, name: str) -> bytes:
        coded.append(name)
        return encode(body, name)

    monkeypatch.setattr("api.conditional.encode", count)
    client = Client(create_app(Settings(store=str(store))))
    target = "/collections/area-periods/items?limit=10000"
    answers = [client.get(target, accept_encoding=coding) for _ in range(3)]
    answers += [client.ask("HEAD", target, accept_encoding=coding)]
    assert coded == [coding]
    assert len({answer.headers["etag"] for answer in answers}) == 1


def test_small_and_packed_answers_stay_as_they_are(client: Client) -> None:
    assert "content-encoding" not in client.get("/healthz", accept_encoding="gzip").headers
    png = "/assets/vendor/leaflet/images/layers.png"
    assert "content-encoding" not in client.get(png, accept_encoding="gzip").headers


def test_new_release_is_noticed_without_restart(tmp_path: Path) -> None:
    write_release(tmp_path, release_id="2026-08-01-aaaaaaaaaaaa")
    client = Client(_fast_app(tmp_path))
    before = client.get("/collections/beats/items")
    write_release(tmp_path, release_id="2026-08-02-bbbbbbbbbbbb")
    after = client.get("/collections/beats/items", if_none_match=before.headers["etag"])
    assert after.status == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert client.get("/").json()["release"] == "2026-08-02-bbbbbbbbbbbb"
    assert client.get("/readyz").json()["release"] == "2026-08-02-bbbbbbbbbbbb"


def test_broken_release_does_not_end_the_good_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_release(tmp_path)
    client = Client(_fast_app(tmp_path))
    assert client.get("/readyz").status == 200
    (tmp_path / "current").write_text("2027-01-01-cccccccccccc")
    assert client.get("/collections/beats/items").status == 200
    assert "cannot be opened" in caplog.text
    (tmp_path / "current").unlink()
    assert client.get("/collections/beats/items/S-2").status == 200


def test_first_release_ends_the_waiting(tmp_path: Path) -> None:
    client = Client(_fast_app(tmp_path))
    assert client.get("/healthz").json() == {"status": "ok"}
    for target in ("/readyz", "/", "/collections", "/maps/areas", "/locate?q=a"):
        answer = client.get(target)
        assert (answer.status, answer.json()["code"]) == (503, "no-release")
    assert client.get("/assets/dom.js").status == 200
    write_release(tmp_path)
    assert client.get("/readyz").status == 200
    assert client.get("/collections").status == 200


def test_a_request_sees_one_release(tmp_path: Path) -> None:
    """While a request is being answered the store switches and loses the old release."""
    old = write_release(tmp_path, release_id="2026-08-01-aaaaaaaaaaaa")
    watch = ReleaseWatch(Folder.open(tmp_path), every=0)
    seen = []

    async def slow(scope: Scope, _: Receive, send: Send) -> None:
        release = scope["state"]["release"]
        beats = release.collection("beats")
        seen.append((release.id, beats.features([0])))
        write_release(tmp_path, release_id="2026-08-02-bbbbbbbbbbbb")
        shutil.rmtree(old)
        seen.append((release.id, beats.features([0])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": release.id.encode()})

    app = Conditional(slow, watches={"public": watch}, version="1")
    assert Client(app).get("/").text == "2026-08-01-aaaaaaaaaaaa"
    assert seen[0] == seen[1]
    assert watch.look() is not None
    assert watch.look().id == "2026-08-02-bbbbbbbbbbbb"  # type: ignore[union-attr]


def test_store_is_looked_at_once_a_second_at_most(tmp_path: Path) -> None:
    write_release(tmp_path, release_id="2026-08-01-aaaaaaaaaaaa")
    watch = ReleaseWatch(Folder.open(tmp_path), every=3600)
    first = watch.look()
    write_release(tmp_path, release_id="2026-08-02-bbbbbbbbbbbb")
    assert watch.look() is first
    assert not watch.due


def test_program_and_release_are_in_the_tag(store: Path) -> None:
    watch = ReleaseWatch(Folder.open(store))

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    tags = {
        Client(Conditional(app, watches={"public": watch}, version=version))
        .get("/")
        .headers["etag"]
        for version in ("1", "2")
    }
    assert len(tags) == 2


def test_answer_is_made_once(store: Path) -> None:
    made = []

    async def app(_: Scope, __: Receive, send: Send) -> None:
        made.append(1)
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"a" * 5000, "more_body": True})
        await send({"type": "http.response.body", "body": b"b" * 5000})

    client = Client(
        Conditional(app, watches={"public": ReleaseWatch(Folder.open(store))}, version="1")
    )
    bodies = {client.get("/", accept_encoding="gzip").raw for _ in range(3)}
    assert len(made) == 1
    assert [gzip.decompress(body) for body in bodies] == [b"a" * 5000 + b"b" * 5000]
    client.get("/other", accept_encoding="gzip")
    assert len(made) == 2


def test_other_scopes_pass_through(store: Path) -> None:
    """A lifespan message is none of its business."""
    seen = []

    async def app(scope: Scope, _: Receive, __: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_: Message) -> None:
        return

    middleware = Conditional(app, watches={"public": ReleaseWatch(Folder.open(store))}, version="1")
    asyncio.run(middleware({"type": "lifespan"}, receive, send))
    assert seen == ["lifespan"]


def test_lifespan_opens_the_release(store: Path) -> None:
    app = create_app(Settings(store=str(store)))

    async def start() -> str:
        async with app.router.lifespan_context(app):
            release: str = app.state.watches["public"].release.id
            return release

    assert asyncio.run(start()) == "2026-08-01-0123456789ab"


def test_watch_from_several_threads_opens_once(store: Path) -> None:
    watch = ReleaseWatch(Folder.open(store), every=3600)
    found = []
    threads = [threading.Thread(target=lambda: found.append(watch.look())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(release) for release in found}) == 1


def test_cache_drops_what_is_unused_longest() -> None:
    def answer(size: int) -> KeptAnswer:
        return KeptAnswer(200, [], b"x" * size, '"e"')

    cache = AnswerCache(10_000)
    for name in "abcd":
        cache.put(name, answer(1500))
    assert cache.get("a") is not None
    cache.put("e", answer(1500))
    assert cache.get("b") is None
    assert [name for name in "acde" if cache.get(name)] == list("acde")
    cache.put("big", answer(5000))
    assert cache.get("big") is None
    cache.put("a", answer(100))
    assert cache.held == 3 * (1500 + 512) + 612


@pytest.mark.parametrize(
    ("header", "etag", "expected"),
    [('"a"', '"a"', True), ('W/"a"', '"a"', True), ('"ab"', '"a"', False), ("a", '"a"', False)],
)
def test_matches(header: str, etag: str, *, expected: bool) -> None:
    assert matches(header, etag) is expected


def _fast_app(store: Path) -> object:
    """A server that looks at the store before every request."""
    app = create_app(Settings(store=str(store)))
    app.state.watches["public"]._every = 0
    return app


def test_a_client_that_hangs_up_cuts_no_answer_short(store: Path) -> None:
    """A streamed answer is made for the others and for the cache, whoever leaves."""
    from starlette.responses import StreamingResponse  # noqa: PLC0415

    go_on = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await go_on.wait()
        yield b"second"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(parts(), media_type="text/plain")(scope, receive, send)

    middleware = Conditional(app, watches={"public": ReleaseWatch(Folder.open(store))}, version="1")

    async def ask() -> tuple[bytes, ...]:
        client = Client(middleware)
        leaves, stays = (
            asyncio.create_task(client._send("GET", "/", b"", [(b"host", b"h")])) for _ in range(2)
        )
        await asyncio.sleep(0.05)
        leaves.cancel()
        go_on.set()
        first = await stays
        return first.raw, (await client._send("GET", "/", b"", [(b"host", b"h")])).raw

    assert asyncio.run(ask()) == (b"first second", b"first second")


def test_last_modified_is_when_answers_last_changed(store: Path) -> None:
    """The release is older than this process: with the process the program may have changed."""
    before = datetime.now(UTC).replace(microsecond=0)
    client = Client(create_app(Settings(store=str(store))))
    for target in TARGETS:
        told = parsedate_to_datetime(client.get(target).headers["last-modified"])
        assert before <= told <= datetime.now(UTC)
        assert client.ask("HEAD", target).headers["last-modified"] == _written(told)


def test_last_modified_follows_the_switch(tmp_path: Path) -> None:
    """Also back to a release that was the current one before: its answers are newer then."""
    app, later = _fast_app(tmp_path), datetime.now(UTC) + timedelta(hours=1)
    client, seen = Client(app), []
    app.state.watches["public"]._started = later - timedelta(days=9)
    for days, name in ((3, "a"), (2, "b"), (1, "a")):
        write_release_once(tmp_path, f"2026-08-01-{name * 12}")
        when = later - timedelta(days=days)
        os.utime(tmp_path / "current", (when.timestamp(), when.timestamp()))
        answer = client.get("/collections/beats/items")
        assert answer.headers["last-modified"] == _written(when)
        seen.append(answer.headers)
    assert seen[0]["etag"] == seen[2]["etag"] != seen[1]["etag"]
    had_b = client.get("/collections/beats/items", if_modified_since=seen[1]["last-modified"])
    assert had_b.status == 200


def test_last_modified_waits_for_the_second_to_end(tmp_path: Path) -> None:
    """Two switches in one second would have the same date: until it is over none is told."""
    write_release(tmp_path)
    app = _fast_app(tmp_path)
    client = Client(app)
    soon = time.time() + 30
    os.utime(tmp_path / "current", (soon, soon))
    assert "last-modified" not in client.get("/collections").headers
    past = time.time() - 30
    os.utime(tmp_path / "current", (past, past))
    assert "last-modified" in client.get("/collections").headers


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 304), (1, 304), (86_400, 304), (-1, 200), (-86_400, 200)]
)
def test_if_modified_since(client: Client, seconds: int, status: int) -> None:
    target = "/collections/beats/items"
    told = parsedate_to_datetime(client.get(target).headers["last-modified"])
    since = _written(told + timedelta(seconds=seconds))
    for method in ("GET", "HEAD"):
        answer = client.ask(method, target, if_modified_since=since)
        assert answer.status == status
        assert answer.headers["last-modified"] == _written(told)
        assert (answer.raw == b"") is (status == 304 or method == "HEAD")


@pytest.mark.parametrize(
    "header",
    ["", "yesterday", "2026-08-01", "Sat, 01 Aug 2026", "\xff", "0" * 500, "Sat, 99 Aug 2026 10:0"],
)
def test_what_is_no_time_asks_for_nothing(client: Client, header: str) -> None:
    assert client.get("/collections", if_modified_since=header).status == 200


def test_tags_go_before_times(client: Client) -> None:
    """RFC 9110, 13.1.3: with If-None-Match the time must not be looked at."""
    target = "/collections/beats/items"
    answer = client.get(target)
    now = _written(datetime.now(UTC) + timedelta(days=1))
    assert client.get(target, if_none_match='"x"', if_modified_since=now).status == 200
    long_ago = "Thu, 01 Jan 1970 00:00:00 GMT"
    tag = answer.headers["etag"]
    assert client.get(target, if_none_match=tag, if_modified_since=long_ago).status == 304
    assert client.get(target, if_none_match="*", if_modified_since=long_ago).status == 304


def test_problems_have_no_time(client: Client) -> None:
    now = _written(datetime.now(UTC) + timedelta(days=1))
    for target in ("/nothing", "/collections/beats/items?limit=0", "/healthz"):
        answer = client.get(target, if_modified_since=now)
        assert answer.status == client.get(target).status != 304
        assert "last-modified" not in answer.headers


PIECE = b"0123456789abcdef" * 4096


def _streaming(store: Path, pieces: int, made: list[int]) -> Conditional:
    """A server whose one answer is a stream; `made` tells of each piece."""
    from starlette.responses import StreamingResponse  # noqa: PLC0415

    async def parts() -> AsyncIterator[bytes]:
        for number in range(pieces):
            made.append(number)
            yield PIECE

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = StreamingResponse(parts(), media_type="application/geo+json-seq")
        await answer(scope, receive, send)

    return Conditional(app, watches={"public": ReleaseWatch(Folder.open(store))}, version="1")


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_long_streams_are_not_held(store: Path, coding: str) -> None:
    pieces = 4 * MOST_HELD // len(PIECE)
    made: list[int] = []
    app = _streaming(store, pieces, made)
    waiting = 0

    async def ask() -> list[Message]:
        nonlocal waiting
        messages: list[Message] = []

        async def send(message: Message) -> None:
            nonlocal waiting
            messages.append(message)
            if len(messages) > 1 and not coding:
                waiting = max(waiting, made[-1] + 2 - len(messages))

        headers = [(b"host", b"h"), (b"accept-encoding", coding.encode())]
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "headers": headers,
                 "query_string": b"", "server": ("h", 80)}  # fmt: skip
        await app(scope, _waits, send)
        return messages

    messages = asyncio.run(ask())
    body = b"".join(message.get("body", b"") for message in messages[1:])
    assert DECODE[coding](body) == PIECE * pieces
    assert waiting <= 1
    assert app._cache.held < 4096
    head = Client(app).ask("HEAD", "/", accept_encoding=coding, host="h")
    names = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    assert (head.status, head.raw) == (200, b"")
    assert {n: v for n, v in head.headers.items() if n != "last-modified"} == {
        n: v for n, v in names.items() if n != "last-modified"
    }
    assert "content-length" not in names
    assert names.get("content-encoding", "") == coding


def test_a_long_stream_is_not_made_for_who_has_it(store: Path) -> None:
    made: list[int] = []
    app = _streaming(store, 4 * MOST_HELD // len(PIECE), made)
    first = Client(app).get("/")
    made.clear()
    again = Client(app).get("/", if_none_match=first.headers["etag"])
    assert (again.status, again.raw, made) == (304, b"", [])
    assert Client(app).get("/").raw == first.raw


def test_a_stream_that_fails_at_last_is_a_problem(store: Path) -> None:
    """Headers that were kept of a good answer do not go with a bad one."""
    from starlette.responses import PlainTextResponse, StreamingResponse  # noqa: PLC0415

    good = True

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(2 * MOST_HELD // len(PIECE)):
            yield PIECE

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = StreamingResponse(parts()) if good else PlainTextResponse("no", 503)
        await answer(scope, receive, send)

    middleware = Conditional(app, watches={"public": ReleaseWatch(Folder.open(store))}, version="1")
    assert len(Client(middleware).get("/").raw) == 2 * MOST_HELD
    good = False
    failed = Client(middleware).get("/", accept_encoding="br")
    assert (failed.status, failed.text) == (503, "no")
    assert "etag" not in failed.headers
    failed = Client(middleware).get("/")
    assert (failed.status, failed.text) == (503, "no")
    assert "etag" not in failed.headers


def test_any_origin_may_read(client: Client) -> None:
    """A page elsewhere reads, sees what it needs of the headers, and may ask conditionally."""
    target = "/collections/beats/items?f=csv"
    answer = client.get(target, origin="https://map.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = set(answer.headers["access-control-expose-headers"].lower().split(", "))
    assert {"etag", "link", "content-crs", "content-range", "ogc-numbermatched"} <= exposed
    safelisted = {"cache-control", "content-language", "content-length", "content-type",
                  "expires", "last-modified", "pragma", "vary"}  # fmt: skip
    guarding = {"access-control-allow-origin", "access-control-expose-headers",
                "content-security-policy", "cross-origin-opener-policy",
                "cross-origin-resource-policy", "permissions-policy", "referrer-policy",
                "x-content-type-options", "x-frame-options"}  # fmt: skip
    assert set(answer.headers) <= exposed | safelisted | guarding
    preflight = client.ask(
        "OPTIONS", target, origin="https://map.example", access_control_request_method="GET",
        access_control_request_headers="if-none-match,range",
    )  # fmt: skip
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert {"if-none-match", "if-modified-since", "range"} <= set(allowed)


async def _waits() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def _written(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def write_release_once(store: Path, release_id: str) -> None:
    """Write a release, or switch to it if it is there."""
    if (store / "releases" / release_id).exists():
        (store / "current").write_text(release_id)
    else:
        write_release(store, release_id=release_id)
