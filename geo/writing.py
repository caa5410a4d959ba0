"""Numbers and dates as a language writes them, by Babel, from the data (CLDR) that browsers have.

A page and its scripts so write the same: ``12,345.6`` and ``3 Sept 2026`` in English,
``12 345,6`` and ``3 wrz 2026`` in Polish.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from babel.dates import format_skeleton
from babel.numbers import format_decimal

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "MINUS",
    "NO_BREAK",
    "locale_of",
    "write_date",
    "write_limit",
    "write_number",
    "write_rounded",
]

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
FIGURES = 3
LIMIT_DIGITS = 4
WHOLE_FROM = 1000

# Day before month, as in Europe.
_LOCALES = {"en": "en_GB"}

_EXACT = Context(prec=400)

_LATE_FROM = 10_000
# Languages that part thousands from five figures on: CLDR says so, but Babel does not read it.
_LATE_GROUPS = frozenset({"es", "it", "pl", "pt_PT"})


def locale_of(language: str) -> str:
    """The locale whose numbers and dates readers of a language get."""
    return _LOCALES.get(language, language)


def write_number(value: float, language: str) -> str:
    """A number as people write it: three figures, thousands apart; whole ones keep all figures.

    Parameters
    ----------
    value
        The number.
    language
        One of `geo.languages.LANGUAGES`.
    """
    if isinstance(value, int) or abs(value) >= WHOLE_FROM or value == 0:
        return write_rounded(value, language, digits=0)
    digits = max(0, FIGURES - 1 - math.floor(math.log10(abs(value))))
    return _written(_trimmed(value, digits), locale_of(language))


def write_rounded(value: float, language: str, *, digits: int) -> str:
    """A number with so many digits after the comma.

    Parameters
    ----------
    value
        The number; a half goes away from nought, as in browsers.
    language
        One of `geo.languages.LANGUAGES`.
    digits
        How many digits, also if they are nought.
    """
    return _written(_rounded(value, digits), locale_of(language))


def write_limit(value: float, language: str) -> str:
    """A limit of a class as it was rounded: 0.5, not 0.50.

    Parameters
    ----------
    value
        The limit.
    language
        One of `geo.languages.LANGUAGES`.
    """
    return _written(_trimmed(value, LIMIT_DIGITS), locale_of(language))


@lru_cache(maxsize=1 << 14)
def write_date(day: date, language: str, skeleton: str = "yMMMd") -> str:
    """A date, or a part of one, in a language's order and names.

    Parameters
    ----------
    day
        The day.
    language
        One of `geo.languages.LANGUAGES`.
    skeleton
        The fields by CLDR, as ``MMMd`` for day and month, ``yMMM`` for month and year.
    """
    return str(format_skeleton(skeleton, day, locale=locale_of(language)))


def _rounded(value: float, digits: int) -> str:
    """A decimal number with so many digits, from the shortest one that stands for the value."""
    step = Decimal(1).scaleb(-digits)
    return format(Decimal(str(value)).quantize(step, ROUND_HALF_UP, _EXACT), "f")


def _trimmed(value: float, digits: int) -> str:
    text = _rounded(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


# Keyed by text, as 1 and 1.00 are equal as numbers.
@lru_cache(maxsize=1 << 14)
def _written(text: str, locale: str) -> str:
    digits = len(text.partition(".")[2])
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    value = Decimal(text)
    grouped = abs(value) >= _LATE_FROM or locale not in _LATE_GROUPS
    written = format_decimal(value, pattern, locale=locale, group_separator=grouped)
    return str(written).replace("-", MINUS)
