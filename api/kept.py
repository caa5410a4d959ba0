"""Answers as they are kept: whole ones with their bytes, streams only with what they said."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["AnswerCache", "KeptAnswer", "http_time"]

_OF_304 = {b"cache-control", b"content-location", b"etag", b"expires", b"last-modified", b"vary"}
"""What a client needs to hear again of an answer that it has (RFC 9110, 15.4.5)."""


@dataclass(frozen=True)
class KeptAnswer:
    """An answer, ready to be sent, or to be streamed again.

    Attributes
    ----------
    status, headers, body
        What is sent; `body` is empty if the answer is a stream.
    etag
        Its tag with the quotation marks; empty for what is never kept.
    route
        The template of its path.
    streams
        Whether it is too long to be held: it is made again for everybody who asks.
    dated
        Whether it changes when the release does, so that the release's time is its own.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: str = ""
    route: str | None = None
    streams: bool = False
    dated: bool = True

    @cached_property
    def tag(self) -> bytes:
        """The tag as it stands in a header."""
        return self.etag.encode()

    @cached_property
    def bare(self) -> list[tuple[bytes, bytes]]:
        """The headers of a 304."""
        return [pair for pair in self.headers if pair[0] in _OF_304]

    @property
    def in_parts(self) -> bool:
        """Whether parts of it can be had: it is long, and whoever made it keeps it."""
        return (b"accept-ranges", b"bytes") in self.headers

    @property
    def size(self) -> int:
        """Bytes of the answer, roughly with what holding it costs."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers) + 512


class AnswerCache:
    """The answers used last, up to a number of bytes.

    Parameters
    ----------
    most_bytes
        How much the bodies may take together; a body of more than a quarter is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._answers: OrderedDict[str, KeptAnswer] = OrderedDict()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def get(self, key: str) -> KeptAnswer | None:
        """The answer of this key, now the one used last."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: str, answer: KeptAnswer) -> None:
        """Keep an answer; the ones unused longest make room."""
        if answer.size > self._most // 4:
            return
        self._drop(key)
        self._answers[key] = answer
        self._held += answer.size
        while self._held > self._most:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: str) -> None:
        if key in self._answers:
            self._held -= self._answers.pop(key).size


def http_time(header: str) -> datetime | None:
    """The moment that a header names; None if it names none, which asks for nothing."""
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
