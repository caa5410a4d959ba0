"""A server in a process of its own, behind a relay that notes what its clients ask for."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

from own_server import PATIENCE, ask, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

_OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass
class Watched:
    """The address of the relay, and the requests that came through it, in their order."""

    url: str
    asked: list[str] = field(default_factory=list)

    def queries(self, path: str) -> list[dict[str, str]]:
        """The query of each request for a path."""
        parts = [urlsplit(target) for target in self.asked]
        return [dict(parse_qsl(part.query)) for part in parts if part.path == path]


def fetch(url: str) -> tuple[bytes, Message]:
    """The body and the headers of what lies at an address of ours."""
    with urlopen(url) as answer:  # noqa: S310  (our own server)
        return answer.read(), answer.headers


@contextmanager
def serving(store: Path) -> Iterator[int]:
    """The port of `rewir serve` on a store, as long as the block lasts."""
    port = free_port()
    command = [sys.executable, "-m", "geo", "serve", "--store", str(store), "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
    try:
        assert ask(port, "/readyz")[0] == 200
        yield port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


@contextmanager
def watching(port: int) -> Iterator[Watched]:
    """A relay to the server at a port. Links lead back to it, since it passes Host on."""
    relay = _Relay(("127.0.0.1", 0), _PassOn)
    relay.behind = port
    relay.watched = Watched(f"http://127.0.0.1:{relay.server_port}")
    thread = threading.Thread(target=relay.serve_forever, daemon=True)
    thread.start()
    try:
        yield relay.watched
    finally:
        relay.shutdown()
        relay.server_close()
        thread.join()


class _Relay(ThreadingHTTPServer):
    daemon_threads = True
    behind: int
    watched: Watched


class _PassOn(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Relay

    def do_GET(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def log_message(self, *_: Any) -> None:
        """The terminal is for what fails."""

    def _pass_on(self) -> None:
        self.server.watched.asked.append(self.path)
        ahead = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=PATIENCE)
        try:
            ahead.request(self.command, self.path, headers=dict(self.headers))
            answer = ahead.getresponse()
            body = answer.read()
        finally:
            ahead.close()
        self.send_response(answer.status)
        kept = [(n, v) for n, v in answer.getheaders() if n.lower() not in _OF_ONE_HOP]
        length = [] if answer.getheader("content-length") else [("content-length", str(len(body)))]
        for name, value in [*kept, *length]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
