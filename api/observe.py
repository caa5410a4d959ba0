"""What became of each request, measured once and told to whoever keeps count."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from api.scope import path_of, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["REQUEST_ID", "Exchange", "Observe"]

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered, for what is logged meanwhile."""

NO_ROUTE = "(none)"

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PROCESS = secrets.token_hex(6)
_numbers = itertools.count(1)


class Exchange(NamedTuple):
    """A request and its answer, without anything secret: no query, no header, no body."""

    request_id: str
    method: str
    path: str
    route: str
    status: int
    seconds: float
    size: int
    key: str
    client: str


class Observe:
    """Middleware: names every request, and tells what became of it.

    The name is the client's X-Request-ID if that is short and plain, else a new one; the answer
    carries it.

    Parameters
    ----------
    observers
        Called with each `Exchange` when the answer is sent.
    """

    def __init__(self, app: ASGIApp, *, observers: Sequence[Callable[[Exchange], None]]) -> None:
        self._app = app
        self._observers = tuple(observers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and watch."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        told(scope)["request_id"] = request_id
        REQUEST_ID.set(request_id)
        status, size = 500, 0

        async def watch(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            exchange = _exchange(scope, status, time.perf_counter() - started, size)
            for observer in self._observers:
                observer(exchange)


def _exchange(scope: Scope, status: int, seconds: float, size: int) -> Exchange:
    state, client = told(scope), scope.get("client")
    key = state.get("key")
    route = state.get("route") or getattr(scope.get("route"), "path_format", NO_ROUTE)
    return Exchange(
        request_id=state["request_id"],
        method=scope["method"],
        path=path_of(scope),
        route=str(route),
        status=status,
        seconds=seconds,
        size=size,
        key=key.id if key else "",
        client=client[0] if client else "",
    )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value):
            return str(value, "ascii")
    return f"{_PROCESS}-{next(_numbers):x}"
