"""Content codings: which one a client likes best, and bytes in it (RFC 9110, 8.4 and 12.5.3).

Brotli comes first where a client takes both: of the feed's JSON it makes less than gzip does, in
less time. What is small or packed already stays as it is, unless a client refuses that.
"""

from __future__ import annotations

import gzip
import re
import zlib
from typing import TYPE_CHECKING, Protocol

import brotli

from api.negotiation import preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "CODINGS",
    "Encoder",
    "choose_coding",
    "encode",
    "encoder",
    "is_worth_coding",
    "must_code",
]

CODINGS = ("br", "gzip")
"""Codings that are offered, the one liked best first."""

WORTH_CODING = 1024
GZIP_LEVEL = 6
BROTLI_QUALITY = 5

_GZIP_WINDOW = 31
_TEXT = re.compile(r"text/|image/svg|application/(.*\+)?(json|json-seq|javascript|xml)")


class Encoder(Protocol):
    """Takes pieces and gives coded pieces, not necessarily one for one."""

    def add(self, piece: bytes) -> bytes:
        """What can be sent after one more piece."""

    def end(self) -> bytes:
        """What is left to be sent."""


def choose_coding(header: str) -> str:
    """The coding that an Accept-Encoding header asks for; empty for none.

    Weights count, and of equal ones our order. A client that refuses everything gets the answer
    as it is: it has left nothing better.
    """
    weights = preferences(header)
    rated = {name: weights.get(name, weights.get("*", 0.0)) for name in CODINGS}
    best = max(CODINGS, key=lambda name: rated[name])
    return best if rated[best] > 0 and rated[best] >= weights.get("identity", 0.0) else ""


def must_code(header: str) -> bool:
    """Whether a client refuses answers as they are, and takes one of our codings instead."""
    weights = preferences(header)
    return weights.get("identity", weights.get("*", 1.0)) == 0 and choose_coding(header) != ""


def is_worth_coding(media_type: str, size: int | None) -> bool:
    """Whether an answer gets smaller; a `size` of None is that of a long stream."""
    return (size is None or size >= WORTH_CODING) and bool(_TEXT.match(media_type))


def encode(body: bytes, coding: str) -> bytes:
    """A whole body in a coding; the same bytes every time."""
    return _WHOLE[coding](body)


def encoder(coding: str) -> Encoder:
    """Codes a body piece by piece; without a coding every piece stays as it is."""
    return _IN_PIECES[coding]()


class _Brotli:
    def __init__(self) -> None:
        self._coder = brotli.Compressor(quality=BROTLI_QUALITY)

    def add(self, piece: bytes) -> bytes:
        return bytes(self._coder.process(piece))

    def end(self) -> bytes:
        return bytes(self._coder.finish())


class _Gzip:
    def __init__(self) -> None:
        self._coder = zlib.compressobj(GZIP_LEVEL, wbits=_GZIP_WINDOW)

    def add(self, piece: bytes) -> bytes:
        return self._coder.compress(piece)

    def end(self) -> bytes:
        return self._coder.flush()


class _Plain:
    def add(self, piece: bytes) -> bytes:
        return piece

    def end(self) -> bytes:
        return b""


_WHOLE: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=BROTLI_QUALITY)),
    "gzip": lambda body: gzip.compress(body, GZIP_LEVEL, mtime=0),
}
_IN_PIECES: Mapping[str, Callable[[], Encoder]] = {"br": _Brotli, "gzip": _Gzip, "": _Plain}
