"""Headers that every answer carries: who may read it, and what a browser must not do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ALWAYS", "NO_CONTENT", "READING", "AlwaysHeaders"]

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

NO_CONTENT = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""For answers that are no page of ours; the pages bring their own policy."""

_PREFLIGHT = {
    "Allow": READING,
    "Access-Control-Allow-Methods": READING,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class AlwaysHeaders:
    """Middleware: adds `ALWAYS` to every answer, and answers OPTIONS itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer, with the headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                for name, value in NO_CONTENT.items():
                    headers.setdefault(name, value)
            await send(message)

        app: ASGIApp = self._app
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            app = Response(status_code=204, headers=_PREFLIGHT)
        await app(scope, receive, send_with_headers)
