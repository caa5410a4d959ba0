"""Exact change: strong ETags, 304, HEAD, and every answer encoded once.

A release never changes, so neither does the answer to a request on it. The ETag is made of the
release and of everything in the request that the answer depends on; the answer itself is kept,
compressed as the client takes it, until newer ones need the room. What is asked again is then
answered before the framework sees it. An answer too long to be held is made for each who asks,
and sent while it is made; of it only the headers are kept.

`Last-Modified` is the time when the release became the current one, or when this process began,
if that is later: with either, answers may change. It is told only once the second it names has
passed without another switch. A pinned release has the time at which it was written.

The face is part of what an answer depends on, and of its ETag: an answer of the internal face is
never given to whom the public one is due. It may be kept by nobody but its reader.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

from api.codings import choose_coding, encode, encoder, is_worth_coding, must_code
from api.errors import ApiError, problem
from api.kept import AnswerCache, KeptAnswer, http_time
from api.negotiation import language_of
from api.scope import LIVE, OPERATION, PRIVATE, is_pinned, path_of, told
from api.work import Work
from geo.release.reader import Release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.watch import ReleaseWatch

__all__ = ["IMMUTABLE", "Conditional", "matches"]

VARY = "Accept, Accept-Encoding, Accept-Language, Authorization, X-API-Key"
REVALIDATE = {"public": "public, no-cache", "internal": "private, no-cache"}
IMMUTABLE = "public, max-age=31536000, immutable"

_TAG = re.compile(r'"[^"]*"')
_VARYING = {b"host", b"accept", b"accept-language", b"accept-encoding"}
"""Headers that an answer can depend on."""
_CONDITIONS = {b"if-none-match": b",", b"if-modified-since": b""}

MOST_NAMES = 1024
LONGEST_NAME = 2048
MOST_HELD = 4 << 20
"""Bytes of an answer that is still being made from which on it is streamed."""


class Conditional:
    """Middleware: fixes the release of a request, and answers again what was answered before.

    Parameters
    ----------
    app
        The application; it finds the release, or None, in what `api.scope.told` gives.
    watches
        Face to the watch of its release. A face is looked at when somebody first asks for it.
    version
        Changes whenever the program may answer differently.
    work
        Bounds what is being made.
    most_bytes
        Room for answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        watches: Mapping[str, ReleaseWatch],
        version: str,
        work: Work | None = None,
        most_bytes: int = 64 << 20,
    ) -> None:
        self._app = app
        self._watches = watches
        self._version = version
        self._work = Work(most=256, seconds=30) if work is None else work
        self._cache = AnswerCache(most_bytes)
        self._names: dict[tuple[object, ...], str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = told(scope)
        face = state.setdefault("face", "public")
        watch = self._watches[face]
        if watch.due:
            await run_in_threadpool(watch.look)
        release, modified = watch.seen
        state["release"] = release
        if scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        name, asked = self._read(scope, face, release.id if release else "")
        answer = self._cache.get(name)
        if answer is None:
            answer = await self._make(scope, name)
        state["route"] = answer.route
        if answer.etag and _has(asked, answer, modified):
            await _send(answer, send, modified=modified, known=True)
        elif answer.streams and scope["method"] == "GET":
            await self._stream(scope, receive, send, _headers(answer, modified))
        else:
            await _send(answer, send, modified=modified, head=scope["method"] == "HEAD")

    def _read(self, scope: Scope, face: str, release_id: str) -> tuple[str, dict[bytes, bytes]]:
        """What the answer is called, and what the client says of the one that it has."""
        varying: list[tuple[bytes, bytes]] = []
        conditions: dict[bytes, bytes] = {}
        for header in scope["headers"]:
            name = header[0]
            if name in _VARYING:
                varying.append(header)
            elif name in _CONDITIONS:
                before = conditions.get(name)
                more = header[1]
                conditions[name] = more if before is None else before + _CONDITIONS[name] + more
        asked = (
            face,
            release_id,
            scope["scheme"],
            tuple(scope.get("server") or ()),  # any iterable, says ASGI
            scope.get("root_path", ""),
            scope["path"],
            scope["query_string"],
            *varying,
        )
        known = self._names.get(asked)
        if known is None:
            known = self._name(scope, face, release_id)
            if path_of(scope) not in PRIVATE:
                self._remember(asked, known)
        return known, conditions

    def _remember(self, asked: tuple[object, ...], name: str) -> None:
        """Keep a name, so that the same request need not be understood again."""
        if len(repr(asked)) > LONGEST_NAME:
            return
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        self._names[asked] = name

    def _name(self, scope: Scope, face: str, release_id: str) -> str:
        """A hash of all that an answer depends on: it is the ETag.

        A pinned answer depends on the release that its path names, not on the current one.
        """
        headers = Headers(scope=scope)
        takes = headers.get("accept-encoding", "")
        parts = (
            self._version,
            face,
            "" if is_pinned(scope) else release_id,
            scope["scheme"],
            headers.get("host", repr(scope.get("server"))),
            scope.get("root_path", ""),
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers.get("accept", ""),
            language_of(scope),
            choose_coding(takes),
            must_code(takes),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    async def _make(self, scope: Scope, name: str) -> KeptAnswer:
        """A new answer, kept if it can be; or the problem why there is none."""

        async def make() -> KeptAnswer:
            answer = await self._ask(scope, name)
            if answer.etag and path_of(scope) not in LIVE and not answer.in_parts:
                self._cache.put(name, answer)
            return answer

        if path_of(scope) in OPERATION:
            return await make()
        try:
            return await self._work.share(name, make)
        except ApiError as error:
            failed = problem(error, language=language_of(scope), scope=scope)
            return KeptAnswer(failed.status_code, failed.raw_headers, bytes(failed.body))

    async def _ask(self, scope: Scope, name: str) -> KeptAnswer:
        """Let the application answer, and take the answer as a whole if it is not too long."""
        asked = {**scope, "method": "GET"}
        status, raw, body = await _take(self._app, asked)
        headers = MutableHeaders(raw=raw)
        takes = Headers(scope=scope).get("accept-encoding", "")
        size = None if body is None else len(body)
        coding = choose_coding(takes)
        if not (must_code(takes) or is_worth_coding(headers.get("content-type", ""), size)):
            coding = ""
        etag = _describe(headers, status, _tag_of(scope, name, body or b""), told(scope))
        if coding:
            headers["Content-Encoding"] = coding
        route: str | None = getattr(asked.get("route"), "path_format", None)
        dated = path_of(scope) not in LIVE and not is_pinned(scope)
        if body is None:
            return KeptAnswer(status, headers.raw, b"", etag, route, streams=True, dated=dated)
        if coding:
            body = await run_in_threadpool(encode, body, coding)
        headers["Content-Length"] = str(len(body))
        return KeptAnswer(status, headers.raw, body, etag, route, dated=dated)

    async def _stream(
        self, scope: Scope, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]
    ) -> None:
        """Let the application answer, and send each piece when it is made."""
        coder = encoder(dict(headers).get(b"content-encoding", b"").decode("latin-1"))

        async def pass_on(message: Message) -> None:
            nonlocal coder
            if message["type"] == "http.response.start":
                if message["status"] == 200:
                    message = {**message, "headers": list(headers)}
                else:
                    coder = encoder("")
                await send(message)
                return
            more = message.get("more_body", False)
            piece = await run_in_threadpool(coder.add, message.get("body", b""))
            piece += b"" if more else coder.end()
            if piece or not more:
                await send({"type": "http.response.body", "body": piece, "more_body": more})

        await self._app(scope, receive, pass_on)


async def _take(app: ASGIApp, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes | None]:
    """Status, headers and body of an answer; None for a body that goes on for too long."""
    start: Message = {}
    pieces: list[bytes] = []
    held, too_long = 0, asyncio.Event()

    async def record(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.start":
            start.update(message)
            return
        pieces.append(message.get("body", b""))
        held += len(pieces[-1])
        if message.get("more_body", False) and held > MOST_HELD:
            pieces.clear()
            too_long.set()
            await asyncio.Event().wait()

    making = asyncio.ensure_future(app(scope, _stays(), record))
    waiting = asyncio.ensure_future(too_long.wait())
    try:
        await asyncio.wait({making, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        making.cancel()
    if not too_long.is_set():
        making.result()
        return start["status"], list(start["headers"]), b"".join(pieces)
    with suppress(asyncio.CancelledError):
        await making
    return start["status"], list(start["headers"]), None


def _stays() -> Receive:
    """A client that sends no body and never leaves.

    An answer is made for all who ask for it and for the cache: that the first of them hangs up
    must not cut it short.
    """
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _tag_of(scope: Scope, name: str, body: bytes) -> str:
    """The tag of an answer: its name, and its content where the name does not tell that."""
    if path_of(scope) not in LIVE:
        return name
    return hashlib.sha256(name.encode() + body).hexdigest()[:32]


def _describe(headers: MutableHeaders, status: int, tag: str, state: Mapping[str, object]) -> str:
    """Say in the headers of an answer who may keep it, and return its ETag, if it has one."""
    headers["Vary"] = VARY
    if status != 200 or headers.get("cache-control") == "no-store":
        return ""
    etag = headers["ETag"] = f'"{tag}"'
    release = state.get("release")
    if isinstance(release, Release):
        headers["Rewir-Release"] = release.id
    if written := state.get("written"):
        headers["Last-Modified"] = str(written)
    if state["face"] != "public":
        headers["Cache-Control"] = REVALIDATE["internal"]
    elif "pinned" in state and not headers.get("content-type", "").startswith("text/html"):
        headers["Cache-Control"] = IMMUTABLE
    else:
        # Pages load styles of this version of the program: also those of a pinned release.
        headers.setdefault("Cache-Control", REVALIDATE["public"])
    return etag


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client has the answer already (RFC 9110, 13.1.2: weak comparison, lists, ``*``)."""
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


def _has(asked: Mapping[bytes, bytes], answer: KeptAnswer, modified: bytes) -> bool:
    """Whether the client has this answer: by its tag, and only without one by its time."""
    if not asked:
        return False
    if b"if-none-match" in asked:
        tags = asked[b"if-none-match"]
        # The one tag that most clients send is told without reading it as a list.
        return tags == answer.tag or matches(tags.decode("latin-1"), answer.etag)
    ours = dict(_headers(answer, modified)).get(b"last-modified", b"")
    since = http_time(asked[b"if-modified-since"].decode("latin-1"))
    changed = http_time(ours.decode("latin-1"))
    return since is not None and changed is not None and changed <= since


def _headers(
    answer: KeptAnswer, modified: bytes, *, bare: bool = False
) -> list[tuple[bytes, bytes]]:
    """The headers of an answer; its time is the release's, which may become current again."""
    headers = list(answer.bare if bare else answer.headers)
    if modified and answer.dated and answer.etag:
        headers.append((b"last-modified", modified))
    return headers


async def _send(
    answer: KeptAnswer, send: Send, *, modified: bytes, head: bool = False, known: bool = False
) -> None:
    """Send an answer: in full, without its body to HEAD, as 304 to a client that has it."""
    status = 304 if known else answer.status
    headers = _headers(answer, modified, bare=known)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or known else answer.body})
