"""How large a request may be: its address, its headers, its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import ApiError, problem
from api.negotiation import language_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LONGEST_ADDRESS", "LONGEST_HEADERS", "Limits"]

LONGEST_ADDRESS = 8192
LONGEST_HEADERS = 16_384
MIB = 1 << 20


class Limits:
    """Middleware: refuses what is too large before anything is done with it.

    Parameters
    ----------
    max_upload_mb
        The largest body, in MiB. One that does not say its length is counted while it comes.
    """

    def __init__(self, app: ASGIApp, *, max_upload_mb: int) -> None:
        self._app = app
        self._most_mb = max_upload_mb

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or let the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except ApiError as error:
            await problem(error, language=language_of(scope), scope=scope)(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            receive = self._counted(receive)
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Refuse what can be seen to be too large.

        Raises
        ------
        ApiError
            Naming the limit.
        """
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise ApiError(code="long-address", most=LONGEST_ADDRESS)
        size = 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"content-length" and _number(value) > self._most_mb * MIB:
                raise self._too_large()
        if size > LONGEST_HEADERS:
            raise ApiError(code="long-headers", most=LONGEST_HEADERS)

    def _counted(self, receive: Receive) -> Receive:
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._most_mb * MIB:
                raise self._too_large()
            return message

        return counted

    def _too_large(self) -> ApiError:
        return ApiError(code="too-large", most=self._most_mb)


def _number(value: bytes) -> int:
    """A length; the server has refused what is none, so that here it is as good as 0."""
    return int(value) if value.isdigit() and len(value) < 20 else 0
