"""Headers that every answer carries: who may read it, and what a browser must not do with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from api.errors import ApiError, problem
from api.negotiation import language_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ALWAYS", "READING", "AlwaysHeaders"]

READING = "GET, HEAD, OPTIONS"

ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Language, ETag, Link",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
"""All data are public and are read without credentials: any origin may."""

_PREFLIGHT = {
    "Allow": READING,
    "Access-Control-Allow-Methods": READING,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


class AlwaysHeaders:
    """Middleware: adds `ALWAYS`, answers OPTIONS, and refuses a Host that is none.

    An answer that is no page of ours gets a content security policy that allows nothing; the
    pages bring their own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer, with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                headers.setdefault("Content-Security-Policy", _NO_CONTENT_POLICY)
            await send(message)

        app: ASGIApp = self._app
        if not _names_a_host(scope):
            app = problem(ApiError(code="bad-host"), language=language_of(scope))
        elif scope["method"] == "OPTIONS":
            app = Response(status_code=204, headers=_PREFLIGHT)
        await app(scope, receive, send_with_headers)


def _names_a_host(scope: Scope) -> bool:
    """Whether the Host header can stand in a link; one that is absent is replaced elsewhere."""
    hosts = Headers(scope=scope).getlist("host")
    return all(_HOST.fullmatch(host) for host in hosts) and len(hosts) < 2
