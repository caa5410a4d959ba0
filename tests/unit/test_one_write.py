"""Answers go out in one piece: over real sockets, from an application that writes in pieces."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
import uvloop

from api.one_write import OneWriteProtocol, _Gathered

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = b"x" * 3_000_000


class Noted(asyncio.Transport):
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[object] = []

    def writelines(self, pieces: Any) -> None:
        self.done.append(b"".join(pieces))

    def close(self) -> None:
        self.done.append("closed")

    def abort(self) -> None:
        self.done.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.done


def gathered() -> tuple[Noted, _Gathered, list[Callable[[], None]]]:
    """A transport that notes, one that gathers, and what is to be called soon."""
    noted, soon = Noted(), []
    return noted, _Gathered(noted, soon.append), soon


def test_what_is_written_in_one_turn_is_sent_at_once_and_in_order() -> None:
    noted, transport, soon = gathered()
    transport.write(b"head ")
    transport.write(b"body")
    assert noted.done == []
    assert len(soon) == 1
    soon.pop()()
    transport.write(b"more")
    assert len(soon) == 1
    soon.pop()()
    assert noted.done == [b"head body", b"more"]


def test_nothing_is_lost_when_a_connection_closes() -> None:
    noted, transport, soon = gathered()
    transport.write(b"last words")
    transport.close()
    soon.pop()()  # nothing is left for it
    assert noted.done == [b"last words", "closed"]
    assert transport.is_closing()


def test_an_abort_sends_nothing() -> None:
    noted, transport, soon = gathered()
    transport.write(b"too late")
    transport.abort()
    soon.pop()()
    assert noted.done == ["aborted"]


async def _pieces(scope: Any, receive: Any, send: Any) -> None:
    """Long bodies in pieces, with and without a pause; one that takes a body first."""
    if scope["type"] != "http":
        return
    body = (await receive())["body"] if scope["method"] == "POST" else LONG
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for start in range(0, len(body), 1_000_000):
        piece = body[start : start + 1_000_000]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if scope["path"] == "/slow":
            await asyncio.sleep(0.01)
    await send({"type": "http.response.body", "body": b""})


async def _answers(requests: list[bytes]) -> list[bytes]:
    """What the server says to each request, over a connection of its own, until it closes that."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(_pieces, http=OneWriteProtocol, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    answers = []
    for request in requests:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(request)
        answers.append(await asyncio.wait_for(reader.read(), 30))
        writer.close()
    server.should_exit = True
    await running
    return answers


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_bodies_arrive_whole(run: Callable[..., list[bytes]]) -> None:
    close = b"Host: a\r\nConnection: close\r\n"
    continued = close + b"Content-Length: 4\r\nExpect: 100-continue\r\n"
    at_once, slow, after_head, bad = run(
        _answers(
            [
                b"GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                b"GET /slow HTTP/1.1\r\n" + close + b"\r\n",
                b"POST / HTTP/1.1\r\n" + continued + b"\r\nbody",
                b"no request\r\n\r\n",
            ]
        )
    )
    assert at_once.count(b"x") >= len(LONG)
    assert slow.count(b"x") >= len(LONG)
    assert slow.endswith(b"\r\n0\r\n\r\n")
    assert after_head.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert b"body" in after_head
    assert bad.startswith(b"HTTP/1.1 400 ")
