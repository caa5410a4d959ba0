"""Parts of an answer: one range of bytes at a time (RFC 9110, section 14).

Only answers that say ``Accept-Ranges: bytes`` come in parts. Whoever asks for several ranges, or
in words that cannot be read, gets the whole, as the standard allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from api.errors import ApiError, problem
from api.negotiation import language_of

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["IN_PARTS", "Ranges", "byte_range"]

IN_PARTS = {"Accept-Ranges": "bytes"}
"""What an answer says that can be had in parts; it must come as one piece of bytes."""

_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_MOST_DIGITS = 18


class Ranges:
    """Middleware: gives of an answer in parts what the request asks for.

    Parameters
    ----------
    app
        The application; it answers in whole and knows nothing of ranges.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a part if one is asked for, else let the answer pass as it is."""
        if scope["type"] == "http" and scope["method"] == "GET":
            asked = Headers(scope=scope)
            if "range" in asked:
                await self._app(scope, receive, _Part(scope, asked, send).pass_on)
                return
        await self._app(scope, receive, send)


class _Part:
    """Takes an answer message by message and sends the part of it that was asked for."""

    def __init__(self, scope: Scope, asked: Headers, send: Send) -> None:
        self._scope = scope
        self._asked = asked
        self._send = send
        self._start: Message | None = None

    async def pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._is_wanted(message):
            self._start = message
        elif self._start is not None:
            await self._cut(self._start, message["body"])
        else:
            await self._send(message)

    def _is_wanted(self, start: Message) -> bool:
        """Whether the answer comes in parts, and is the one that the client has a part of."""
        headers = Headers(raw=start["headers"])
        if start["status"] != 200 or headers.get("accept-ranges") != "bytes":
            return False
        # Only a strong tag says that two parts are of the same bytes; a time cannot.
        return self._asked.get("if-range", headers.get("etag")) == headers.get("etag")

    async def _cut(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        try:
            part = byte_range(self._asked["range"], len(body))
        except ApiError as error:
            await self._refuse(problem(error, language=language_of(self._scope), scope=self._scope))
            return
        if part is not None:
            first, last = part
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
            headers["Content-Length"] = str(last - first + 1)
            start = {**start, "status": 206, "headers": headers.raw}
            body = body[first : last + 1]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})

    async def _refuse(self, answer: Response) -> None:
        status = {"type": "http.response.start", "status": answer.status_code}
        await self._send({**status, "headers": answer.raw_headers})
        await self._send({"type": "http.response.body", "body": answer.body})


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a Range header asks for.

    Parameters
    ----------
    header
        Its value.
    size
        Bytes of the whole.

    Returns
    -------
    tuple of int or None
        Both inclusive; None if the whole is to be sent.

    Raises
    ------
    ApiError
        If there is no such byte.
    """
    asked = _RANGE.fullmatch(header)
    if asked is None or max(map(len, asked.groups())) > _MOST_DIGITS:
        return None
    begin, end = asked.groups()
    if not begin and not end:
        return None
    if begin and end and int(end) < int(begin):
        return None
    first = int(begin) if begin else max(0, size - int(end))
    last = min(int(end), size - 1) if begin and end else size - 1
    if first > last:
        raise ApiError(
            code="bad-range", range=header, size=size, headers={"Content-Range": f"bytes */{size}"}
        )
    return first, last
