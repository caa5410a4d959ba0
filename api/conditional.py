"""Exact change: strong ETags, 304, HEAD, and every answer encoded once.

A release never changes, so neither does the answer to a request on it. The ETag is made of the
release and of everything in the request that the answer depends on; the answer itself is kept,
compressed if the client takes that, until newer ones need the room. What is asked again is
then answered before the framework sees it.

The face is part of what an answer depends on, and of its ETag: an answer of the internal face is
never given to whom the public one is due. It may be kept by nobody but its reader.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

from api.errors import ApiError, problem
from api.negotiation import accepts_gzip, language_of
from api.scope import OPERATION, path_of, told
from api.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.watch import ReleaseWatch

__all__ = ["AnswerCache", "Conditional", "matches"]

VARY = "Accept, Accept-Encoding, Accept-Language, Authorization, X-API-Key"
REVALIDATE = {"public": "public, no-cache", "internal": "private, no-cache"}
WORTH_COMPRESSING = 1024
GZIP_LEVEL = 6

_TAG = re.compile(r'"[^"]*"')
_TEXT = re.compile(r"text/|image/svg|application/(.*\+)?(json|javascript|xml)")
_OF_304 = {b"cache-control", b"content-location", b"etag", b"expires", b"last-modified", b"vary"}
"""What a client needs to hear again of an answer that it has (RFC 9110, 15.4.5)."""

_VARYING = {b"host", b"accept", b"accept-language", b"accept-encoding"}
"""Headers that an answer can depend on."""

MOST_NAMES = 1024
LONGEST_NAME = 2048


@dataclass(frozen=True)
class _Answer:
    """A whole answer, ready to be sent; `kept` if the same request gets the same again."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: str = ""
    route: str | None = None

    @property
    def kept(self) -> bool:
        return bool(self.etag)

    @cached_property
    def tag(self) -> bytes:
        return self.etag.encode()

    @cached_property
    def bare(self) -> list[tuple[bytes, bytes]]:
        """The headers of a 304."""
        return [pair for pair in self.headers if pair[0] in _OF_304]


class AnswerCache:
    """The answers used last, up to a number of bytes.

    Parameters
    ----------
    most_bytes
        How much the bodies may take together; a body of more than a quarter is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._answers: OrderedDict[str, _Answer] = OrderedDict()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def get(self, key: str) -> _Answer | None:
        """The answer of this key, now the one used last."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: str, answer: _Answer) -> None:
        """Keep an answer; the ones unused longest make room."""
        if _size(answer) > self._most // 4:
            return
        self._drop(key)
        self._answers[key] = answer
        self._held += _size(answer)
        while self._held > self._most:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: str) -> None:
        if key in self._answers:
            self._held -= _size(self._answers.pop(key))


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
        release = await run_in_threadpool(watch.look) if watch.due else watch.release
        state["release"] = release
        if scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        name, known = self._read(scope, face, release.id if release else "")
        answer = self._cache.get(name)
        if answer is None:
            answer = await self._make(scope, name)
        state["route"] = answer.route
        await _send(answer, known, send, head=scope["method"] == "HEAD")

    def _read(self, scope: Scope, face: str, release_id: str) -> tuple[str, bytes]:
        """What the answer is called, and which answers the client has."""
        varying, known = [], b""
        for header in scope["headers"]:
            if header[0] in _VARYING:
                varying.append(header)
            elif header[0] == b"if-none-match":
                known = known + b"," + header[1] if known else header[1]
        asked = (
            face,
            release_id,
            scope["scheme"],
            scope.get("server"),
            scope.get("root_path", ""),
            scope["path"],
            scope["query_string"],
            *varying,
        )
        name = self._names.get(asked)
        if name is None:
            name = self._name(scope, face, release_id)
            self._remember(asked, name)
        return name, known

    def _remember(self, asked: tuple[object, ...], name: str) -> None:
        """Keep a name, so that the same request need not be understood again."""
        if len(repr(asked)) > LONGEST_NAME:
            return
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        self._names[asked] = name

    def _name(self, scope: Scope, face: str, release_id: str) -> str:
        """A hash of all that an answer depends on: it is the ETag."""
        headers = Headers(scope=scope)
        parts = (
            self._version,
            face,
            release_id,
            scope["scheme"],
            headers.get("host", repr(scope.get("server"))),
            scope.get("root_path", ""),
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers.get("accept", ""),
            language_of(scope),
            accepts_gzip(headers.get("accept-encoding", "")),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    async def _make(self, scope: Scope, name: str) -> _Answer:
        """A new answer, kept if it can be; or the problem why there is none."""

        async def make() -> _Answer:
            answer = await self._ask(scope, name)
            if answer.kept:
                self._cache.put(name, answer)
            return answer

        if path_of(scope) in OPERATION:
            return await make()
        try:
            return await self._work.share(name, make)
        except ApiError as error:
            failed = problem(error, language=language_of(scope), scope=scope)
            return _Answer(failed.status_code, failed.raw_headers, bytes(failed.body))

    async def _ask(self, scope: Scope, name: str) -> _Answer:
        """Let the application answer, and take the answer as a whole."""
        messages: list[Message] = []
        asked = {**scope, "method": "GET"}

        async def record(message: Message) -> None:
            messages.append(message)

        await self._app(asked, _stays(), record)
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        headers = MutableHeaders(raw=list(start["headers"]))
        etag = _describe(headers, start["status"], name, told(scope)["face"])
        if accepts_gzip(Headers(scope=scope).get("accept-encoding", "")) and _compressible(
            headers, body
        ):
            body = await run_in_threadpool(gzip.compress, body, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        route: str | None = getattr(asked.get("route"), "path_format", None)
        return _Answer(start["status"], headers.raw, body, etag, route)


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


def _describe(headers: MutableHeaders, status: int, name: str, face: str) -> str:
    """Say in the headers of an answer who may keep it, and return its ETag, if it has one."""
    headers["Vary"] = VARY
    if status != 200 or headers.get("cache-control") == "no-store":
        return ""
    etag = headers["ETag"] = f'"{name}"'
    if face == "public":
        headers.setdefault("Cache-Control", REVALIDATE[face])
    else:
        headers["Cache-Control"] = REVALIDATE[face]
    return etag


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client has the answer already (RFC 9110, 13.1.2: weak comparison, lists, ``*``)."""
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


async def _send(answer: _Answer, known: bytes, send: Send, *, head: bool) -> None:
    """Send an answer: in full, without its body to HEAD, as 304 to a client that has it."""
    status, headers, body = answer.status, answer.headers, answer.body
    # The one tag that most clients send is told without reading it as a list.
    if answer.kept and (known == answer.tag or matches(known.decode("latin-1"), answer.etag)):
        status, headers, body = 304, answer.bare, b""
    if head:
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def _compressible(headers: Headers, body: bytes) -> bool:
    return len(body) >= WORTH_COMPRESSING and bool(_TEXT.match(headers.get("content-type", "")))


def _size(answer: _Answer) -> int:
    """Bytes of an answer, roughly with what holding it costs."""
    return len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers) + 512
