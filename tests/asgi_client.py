"""A client that calls an application directly: no socket, and no library between bytes and it."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import brotli

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "rewir.test"
DECODE: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


@dataclass
class Answer:
    """What came back; `error` is what the application raised after answering."""

    status: int
    headers: dict[str, str]
    raw: bytes
    error: Exception | None = None

    @property
    def body(self) -> bytes:
        """The body without its content coding."""
        return DECODE[self.headers.get("content-encoding", "")](self.raw)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Asks an ASGI application; `headers` go with every request."""

    app: Any
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, **headers: str) -> Answer:
        return self.ask("GET", target, **headers)

    def post(self, target: str, body: bytes, **headers: str) -> Answer:
        """Send a body, in two parts."""
        return self.ask("POST", target, body=body, **headers)

    def ask(self, method: str, target: str, *, body: bytes = b"", **headers: str) -> Answer:
        """Send a request; underscores in names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path, _, query = target.partition("?")
        pairs = {"host": HOST, "x-request-id": "test"} | self.headers | named
        raw = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in pairs.items()]
        return self.send(method, unquote(path), query.encode("utf-8"), raw, body)

    def send(
        self,
        method: str,
        path: str,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes = b"",
    ) -> Answer:
        """Send a request exactly as given."""
        return asyncio.run(self._send(method, path, query, headers, body))

    async def _send(
        self,
        method: str,
        path: str,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes = b"",
    ) -> Answer:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("utf-8", "surrogateescape"),
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }
        messages: list[dict[str, Any]] = []
        parts = [body[len(body) // 2 :], body[: len(body) // 2]]

        async def receive() -> dict[str, Any]:
            if not parts:
                await asyncio.Event().wait()  # a client that waits for its answer
            part = parts.pop()
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        error = None
        try:
            await self.app(scope, receive, send)
        except Exception as raised:  # noqa: BLE001 - the framework raises again what it answered
            error = raised
        start = messages[0]
        names = {n.decode("latin-1"): v.decode("latin-1") for n, v in start["headers"]}
        return Answer(
            start["status"], names, b"".join(m.get("body", b"") for m in messages[1:]), error
        )
