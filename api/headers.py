"""Headers that every answer carries: who may read it, and what a browser must not do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from api.scope import ASKING, WRITING, path_of, told

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ALWAYS", "NO_CONTENT", "READING", "AlwaysHeaders", "methods_of"]

READING = "GET, HEAD, OPTIONS"

ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Accept-Ranges, Content-Crs, Content-Disposition, Content-Language, Content-Range, ETag, "
        "Link, OGC-NumberMatched, OGC-NumberReturned, RateLimit, Retry-After, Rewir-Release, "
        "X-Request-ID"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
"""Public data are read without credentials: pages of any origin may."""

NO_CONTENT = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""For answers that are no page of ours; the pages bring their own policy."""

_PREFLIGHT = {
    "Allow": READING,
    "Access-Control-Allow-Methods": READING,
    # A key is no business of other sites' pages: Authorization and X-API-Key are not here.
    "Access-Control-Allow-Headers": (
        "Accept, Accept-Language, If-Modified-Since, If-None-Match, If-Range, Range, X-Request-ID"
    ),
    "Access-Control-Max-Age": "86400",
}
_FOR_OTHERS = ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers")


def methods_of(path: str) -> str:
    """The methods that a path takes, as the header Allow names them."""
    if path in ASKING:
        return "POST, OPTIONS" if path != "/locate" else "GET, HEAD, POST, OPTIONS"
    return "POST, OPTIONS" if path in WRITING else READING


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


_PUBLIC = _raw(ALWAYS | NO_CONTENT)
_INTERNAL = _raw(
    {n: v for n, v in (ALWAYS | NO_CONTENT).items() if n not in _FOR_OTHERS}
    | {"Cross-Origin-Resource-Policy": "same-origin"}
)
_UNCHANGED = _raw({"Access-Control-Allow-Origin": "*"})
"""A 304 says what may have changed (RFC 9110, 15.4.5), and to whom a browser may tell it."""


class AlwaysHeaders:
    """Middleware: adds `ALWAYS` to every answer with content, and answers OPTIONS itself.

    Answers of the internal face are for pages of this origin only.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(message["headers"], message["status"], told(scope).get("face"))
            await send(message)

        app: ASGIApp = self._app
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            allowed = {"Allow": methods_of(path_of(scope))}
            app = Response(status_code=204, headers=_PREFLIGHT | allowed)
        await app(scope, receive, send_with_headers)


def _add(headers: list[tuple[bytes, bytes]], status: int, face: str | None) -> None:
    """Add what is not there; what a handler says for itself stays."""
    if status == 304:
        headers += _UNCHANGED if face != "internal" else ()
        return
    there = {name for name, _ in headers}
    always = _INTERNAL if face == "internal" else _PUBLIC
    headers += [pair for pair in always if pair[0] not in there]
