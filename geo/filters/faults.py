"""What can be wrong with a filter: one error, a stable code, and the values that it speaks of."""

from __future__ import annotations

from geo.errors import UsageError

__all__ = ["CODES", "FilterError", "shorten"]

CODES = (
    "filter-syntax",
    "filter-property",
    "filter-type",
    "filter-function",
    "filter-geometry",
    "filter-time",
    "filter-size",
    "filter-crs",
)
"""Every code that a `FilterError` may carry."""

LONGEST_ECHO = 80


class FilterError(UsageError):
    """A filter, a sort order or a list of properties cannot be used.

    Parameters
    ----------
    message
        What is wrong, which value, and what to do.
    code
        One of `CODES`.
    **values
        What the message speaks of, for texts in other languages; the same names for the
        same code.
    """

    code = "filter-syntax"

    def __init__(self, message: str, *, code: str, **values: object) -> None:
        super().__init__(message, code=code)
        self.values = values


def shorten(value: object) -> str:
    """A value as it is echoed: on one line, not longer than a line."""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
