"""CQL2 text as the tree that CQL2 JSON is.

The grammar is that of the library `cql2`. Its parser tries every way through nested parentheses
(two dozen of them take minutes) and descends until the stack ends (which ends the process), so
it is given neither: a scan finds what stands in parentheses and has it parsed on its own, from
the inside out, with a name in its place. The scan takes time in proportion to the text, and
mends on its way what the library does not read: ``.5``, ``+1`` or ``1e1`` as a coordinate, and
backslashes in a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cql2
import numpy as np

from geo.filters.faults import FilterError, shorten
from geo.filters.functions import FUNCTIONS, unknown_function
from geo.filters.limits import (
    MAX_COORDINATES,
    MAX_DEPTH,
    MAX_OPERATORS,
    MAX_WORDS,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse_text"]

_WORD = re.compile(
    r"""\s*(?:(?P<end>\Z)
      | (?P<geometry>(?:BBOX|(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)
          (?:\s+(?:Z|M|ZM))?(?=\s*\(|\s+EMPTY\b))
      | (?P<string>'(?:[^'\\]|''|\\.)*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[^\W\d][\w.:]*)
      | (?P<mark><=|>=|<>|!=|[-+*/%^=<>(),]))""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {
    "'": "''", "\\": "\\",
    "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
}  # fmt: skip
"""What the library reads as it stands; before any other character a backslash is one."""
_COORDINATES = re.compile(r"\s*(?!.*\bEMPTY\b)[\w\s.,()+-]*", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PARENTHESIS = re.compile(r"[()]")
_DEEPEST_GEOMETRY = 5
"""A multipolygon in a collection has four pairs of parentheses."""

_BEFORE_GROUP = frozenset({"and", "or", "not", "between", "like", "div"})
_DESCENDING = frozenset({"+", "-", "*", "/", "%", "^", "not", "div"})
_KEYWORDS = _BEFORE_GROUP | {"in", "is", "null", "true", "false"}
_CALLS = frozenset(name.lower() for name in FUNCTIONS)

_HOLE = "\ue000"
"""Begins the name that stands for a part parsed on its own; no filter may hold it."""

_FORBIDDEN = re.compile(f"[{_HOLE}\ud800-\udfff\x00]")


@dataclass(slots=True)
class _Frame:
    """What has been read inside a pair of parentheses, or of the whole text."""

    kind: str
    start: int
    parts: list[str] = field(default_factory=list)
    commas: int = 0


def parse_text(text: str) -> Any:
    """The tree of a filter in CQL2 text.

    Returns
    -------
    dict, list, str, float or bool
        What the same filter is in CQL2 JSON; whether it is a condition, is not yet checked.

    Raises
    ------
    FilterError
        If the text is no CQL2, is too complex, or calls a function that is not served.
    """
    if found := _FORBIDDEN.search(text):
        raise _unreadable(text, found.start())
    return _Scan(text).tree()


class _Scan:
    """One pass over a text, and the parts that were parsed on the way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._frames = [_Frame("group", 0)]
        self._pieces: list[Any] = []
        self._operators = 0
        self._last = ""

    def tree(self) -> Any:
        for kind, word, position in self._words():
            if word == "(":
                self._open(position)
            elif word == ")":
                self._close(position)
            else:
                self._add(kind, word)
            self._last = word.lower() if kind == "name" else ""
        if len(self._frames) > 1:
            raise _unreadable(self._text, self._frames[-1].start)
        tree = self._parse(self._frames[0])
        return _fill(tree, self._pieces)

    def _words(self) -> Iterator[tuple[str, str, int]]:
        position = 0
        for _ in range(MAX_WORDS):
            found = _WORD.match(self._text, position)
            if found is None:
                raise _unreadable(self._text, position)
            kind = str(found.lastgroup)
            if kind == "end":
                return
            word, position = found.group(kind), found.end()
            if kind == "geometry":
                position = self._end_of_geometry(found.start(kind), position)
                word = self._geometry(self._text[found.start(kind) : position])
            yield kind, word, found.start(found.lastgroup or 0)
        raise too_large(what="words", most=MAX_WORDS)

    def _add(self, kind: str, word: str) -> None:
        frame = self._frames[-1]
        frame.commas += word == ","
        if kind in {"mark", "name"} and word.lower() in _DESCENDING:
            self._operators += 1
            if self._operators > MAX_OPERATORS:
                raise too_large(what="operators", most=MAX_OPERATORS)
        frame.parts.append(_spelled(kind, word))

    def _open(self, position: int) -> None:
        if len(self._frames) > MAX_DEPTH:
            raise too_large(what="levels", most=MAX_DEPTH)
        kind = self._last
        if kind in _BEFORE_GROUP or not kind:
            kind = "group"
        elif kind == "in":
            self._forbid_list_in_list(position)
        elif kind not in _CALLS:
            raise unknown_function(kind)
        else:
            self._frames[-1].parts[-1] = kind
        self._frames.append(_Frame(kind, position))

    def _forbid_list_in_list(self, position: int) -> None:
        # No member of a list may be a condition, and each such list would double the time.
        for frame in reversed(self._frames):
            if frame.kind == "group":
                return
            if frame.kind == "in":
                raise _unreadable(self._text, position)

    def _close(self, position: int) -> None:
        frame = self._frames.pop()
        if not self._frames or (frame.kind in {"date", "timestamp"} and frame.commas):
            raise _unreadable(self._text, position)
        parts = self._frames[-1].parts
        if frame.kind == "group":
            parts.append(self._hole(self._parse(frame)))
        else:
            parts[-1] += f"({' '.join(frame.parts)})"

    def _parse(self, frame: _Frame) -> Any:
        try:
            return cql2.parse_text(" ".join(frame.parts)).to_json()
        except (cql2.ParseError, cql2.ValidationError) as error:
            raise _unreadable(self._text, frame.start) from error

    def _hole(self, tree: Any) -> str:
        self._pieces.append(tree)
        return f'"{_HOLE}{len(self._pieces) - 1}"'

    def _end_of_geometry(self, start: int, position: int) -> int:
        """Where the parentheses of a geometry close."""
        depth = 0
        for found in _PARENTHESIS.finditer(self._text, position):
            depth += 1 if found.group() == "(" else -1
            if depth == 0:
                return found.end()
            if depth > _DEEPEST_GEOMETRY:
                break
        raise _no_geometry(self._text[start:])

    def _geometry(self, written: str) -> str:
        if written.count(",") > MAX_COORDINATES:
            raise too_large(what="coordinates", most=MAX_COORDINATES)
        if not _COORDINATES.fullmatch(written):
            raise _no_geometry(written)
        mended = _NUMBER.sub(lambda found: _plain(found.group()), written)
        try:
            tree = cql2.parse_text(mended).to_json()
        except cql2.ParseError as error:
            raise _no_geometry(written) from error
        if not {"type", "bbox"} & set(tree):
            raise _no_geometry(written)
        return self._hole(tree)


def _fill(tree: Any, pieces: list[Any]) -> Any:
    """The tree with the parts in the places that were kept for them."""
    root = [tree]
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            filled = child
            while isinstance(filled, dict) and str(filled.get("property"))[:1] == _HOLE:
                filled = pieces[int(filled["property"][1:])]
            if filled is not child:
                node[key] = filled
            if isinstance(filled, dict | list):
                waiting.append(filled)
    return root[0]


def _spelled(kind: str, word: str) -> str:
    """A word as the library surely reads it: it takes the name `pointempty` for a geometry."""
    if kind == "name" and word.lower() not in _KEYWORDS:
        return f'"{word}"'
    if kind == "string":
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), word)
    return f"0{word}" if kind == "number" and word[0] == "." else word


def _plain(number: str) -> str:
    """A number without a sign before it that says nothing, and without an exponent."""
    value = float(number)
    return np.format_float_positional(value) if np.isfinite(value) else number


def _unreadable(text: str, position: int) -> FilterError:
    near = shorten(text[position : position + 40])
    msg = f"the filter is no CQL2 text at character {position + 1}, near {near!r}"
    return FilterError(msg, code="filter-syntax", there=near)


def _no_geometry(written: str) -> FilterError:
    msg = f"the geometry {shorten(written)} cannot be read: write it as WKT, not empty"
    return FilterError(msg, code="filter-geometry", value=shorten(written))
