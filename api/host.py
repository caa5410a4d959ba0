"""The Host header, which stands in every link: refused if it names no host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from api.errors import ApiError, problem
from api.negotiation import language_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["RealHost"]

_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


class RealHost:
    """Middleware: a request whose Host could not stand in a link is a bad request.

    A request without Host passes: links then take the address that the server listens on.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or let the application answer."""
        app: ASGIApp = self._app
        if scope["type"] == "http":
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
                app = problem(ApiError(code="bad-host"), language=language_of(scope), scope=scope)
        await app(scope, receive, send)
