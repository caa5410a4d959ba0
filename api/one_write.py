"""An answer goes to the socket in one piece, not its head first and its body after.

uvloop sends whatever is written at once, and uvicorn writes twice for each answer: two calls of
the system, and a client that is woken for a head without a body. Here what is written during one
turn of the event loop is sent together at its end.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OneWriteProtocol"]


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, over a `_Gathered` transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""
        super().connection_made(_Gathered(transport, self.loop.call_soon))


class _Gathered(asyncio.Transport):
    """A transport that sends what was written when the callbacks that are due have run."""

    def __init__(
        self, transport: asyncio.Transport, call_soon: Callable[[Callable[[], None]], object]
    ) -> None:
        super().__init__()
        self._transport = transport
        self._call_soon = call_soon
        self._waiting: list[bytes] = []

    def write(self, data: Any) -> None:
        """Send with what else is written in this turn."""
        if not self._waiting:
            self._call_soon(self._send)
        self._waiting.append(data)

    def close(self) -> None:
        """Send what is left, and close."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._waiting.clear()
        self._transport.abort()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def _send(self) -> None:
        if self._waiting:
            pieces, self._waiting = self._waiting, []
            self._transport.writelines(pieces)
