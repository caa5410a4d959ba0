"""What forms send: a field left empty means nothing, and the address should not hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.responses import RedirectResponse

from api.pages.layout import with_query
from api.pages.problems import wants_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["EmptyFields"]


class EmptyFields:
    """Middleware: leads a reader from an address with empty parameters to one without.

    A form without a script sends every field. To a program an empty parameter is a fault, and it
    is told so; only who wants a page is led on.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a redirection, or let the application answer."""
        app = self._app
        if scope["type"] == "http" and scope["method"] == "GET" and b"=" in scope["query_string"]:
            pairs = QueryParams(scope["query_string"]).multi_items()
            full = [pair for pair in pairs if pair[1]]
            if len(full) < len(pairs) and wants_page(scope):
                # Two slashes at the beginning would name another host.
                path = "/" + quote(scope["path"].lstrip("/"))
                app = RedirectResponse(with_query(path, full), status_code=303)
        await app(scope, receive, send)
