"""Exact change: strong ETags, 304, HEAD, and every answer encoded once.

A release never changes, so neither does the answer to a request on it. The ETag is made of the
release and of everything in the request that the answer depends on; the answer itself is kept,
compressed if the client takes that, until newer ones need the room. What is asked again is
then answered before the framework sees it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders

from api.negotiation import accepts_gzip, language_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.deps import ReleaseWatch

__all__ = ["AnswerCache", "Conditional", "matches"]

VARY = "Accept, Accept-Encoding, Accept-Language"
REVALIDATE = "public, no-cache"
WORTH_COMPRESSING = 1024
GZIP_LEVEL = 6

_TAG = re.compile(r'"[^"]*"')
_TEXT = re.compile(r"text/|image/svg|application/(.*\+)?(json|javascript|xml)")
_CONTENT_HEADERS = ("content-type", "content-length", "content-encoding")


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole answer, ready to be sent; `kept` if the same request gets the same again."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: str = ""

    @property
    def kept(self) -> bool:
        return bool(self.etag)


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
        The application; it finds the release, or None, in ``scope["state"]["release"]``.
    watch
        Knows the current release.
    version
        Changes whenever the program may answer differently.
    most_bytes
        Room for answers.
    """

    def __init__(
        self, app: ASGIApp, *, watch: ReleaseWatch, version: str, most_bytes: int = 64 << 20
    ) -> None:
        self._app = app
        self._watch = watch
        self._version = version
        self._cache = AnswerCache(most_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = self._watch
        release = await run_in_threadpool(watch.look) if watch.due else watch.release
        scope["state"] = {**scope.get("state", {}), "release": release}
        if scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        key = self._key(scope, release.id if release else "")
        answer = self._cache.get(key)
        if answer is None:
            answer = await self._ask(scope, receive, key)
            if answer.kept:
                self._cache.put(key, answer)
        await _send(answer, scope, send)

    def _key(self, scope: Scope, release_id: str) -> str:
        """A hash of all that an answer depends on: it is the ETag."""
        headers = Headers(scope=scope)
        parts = (
            self._version,
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

    async def _ask(self, scope: Scope, receive: Receive, key: str) -> _Answer:
        """Let the application answer, and take the answer as a whole."""
        messages: list[Message] = []

        async def record(message: Message) -> None:
            messages.append(message)

        await self._app({**scope, "method": "GET"}, receive, record)
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Vary"] = VARY
        etag = ""
        if start["status"] == 200 and headers.get("cache-control") != "no-store":
            etag = f'"{key}"'
            headers["ETag"] = etag
            headers.setdefault("Cache-Control", REVALIDATE)
        if accepts_gzip(Headers(scope=scope).get("accept-encoding", "")) and _compressible(
            headers, body
        ):
            body = await run_in_threadpool(gzip.compress, body, GZIP_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        return _Answer(start["status"], headers.raw, body, etag)


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client has the answer already (RFC 9110, 13.1.2: weak comparison, lists, ``*``)."""
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)


async def _send(answer: _Answer, scope: Scope, send: Send) -> None:
    """Send an answer: in full, without its body to HEAD, as 304 to a client that has it."""
    status, headers, body = answer.status, answer.headers, answer.body
    known = ",".join(Headers(scope=scope).getlist("if-none-match"))
    if answer.kept and known and matches(known, answer.etag):
        names = tuple(name.encode() for name in _CONTENT_HEADERS)
        headers = [(name, value) for name, value in headers if name not in names]
        status, body = 304, b""
    if scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def _compressible(headers: Headers, body: bytes) -> bool:
    return len(body) >= WORTH_COMPRESSING and bool(_TEXT.match(headers.get("content-type", "")))


def _size(answer: _Answer) -> int:
    """Bytes of an answer, roughly with what holding it costs."""
    return len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers) + 512
