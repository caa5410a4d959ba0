"""Texts in filters: without case, without accents, and by pattern.

A pattern becomes an expression that never goes back over what it has matched (atomic groups),
so that its cost is bounded by the product of the lengths, whatever the pattern.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["like_test", "without_accents", "without_case"]

_STROKES = str.maketrans("łŁđĐøØħĦŧŦı", "lLdDoOhHtTi")
"""Letters with a stroke that Unicode does not take apart."""

_PIECES = re.compile(r"\\(.)|(%+)|(_)|([^\\%_]+)|(\\)", re.DOTALL)


def without_case(text: str) -> str:
    """The text as it compares without regard to upper and lower case (Unicode case folding)."""
    return text.casefold()


def without_accents(text: str) -> str:
    """The text without diacritical marks: ``Łódź`` becomes ``Lodz``."""
    decomposed = unicodedata.normalize("NFD", text).translate(_STROKES)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def like_test(pattern: str) -> Callable[[str], bool]:
    """A test whether a text fits a pattern as a whole.

    Parameters
    ----------
    pattern
        ``%`` stands for any text, ``_`` for one character, and a backslash takes the meaning
        from the character after it.
    """
    segments = [""]
    for escaped, many, one, plain, slash in _PIECES.findall(pattern):
        if many:
            segments.append("")
        else:
            segments[-1] += "." if one else re.escape(escaped or plain or slash)
    first, *rest = segments
    if not rest:
        expression = re.compile(first, re.DOTALL)
    else:
        middle = "".join(f"(?>.*?{segment})" for segment in rest[:-1])
        expression = re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)
    return lambda text: expression.fullmatch(text) is not None
