"""Every way to read what somebody asks for as a street and a house number, likeliest first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo.addresses import normalise_freshly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Readings"]

_FLAT = re.compile(r"[\s,]+(m|lok|lokal|mieszkanie)\.?\s*\d+[a-z]?$", re.IGNORECASE)
_WORD_NUMBER = re.compile(r"(?<!\w)(nr|numer)\.?\s*(?=\d)", re.IGNORECASE)
_POSTCODE = re.compile(r"\d{2}-\d{3}")
_POSTCODE_APART = re.compile(r"^\d{2}-\d{3}\s+|,\s*\d{2}-\d{3}$")
_ONE_NUMBER = r"\d{1,9}( ?[^\W\d_]|[^\W\d_]{2,3})?"
_NUMBER = re.compile(rf"{_ONE_NUMBER}( ?[/-] ?{_ONE_NUMBER}){{0,3}}")
_GLUED = re.compile(r"(?<=[^\W\d_]{3})(?=\d)")


class Readings:
    """Reads addresses of a city.

    Parameters
    ----------
    city
        Its name, which people write before or behind an address.
    """

    def __init__(self, city: str) -> None:
        self._city = normalise_freshly(city)

    def of(self, text: str) -> list[tuple[str, str | None]]:
        """A street and a house number, or None, for every way to read a text.

        The number may stand behind the street or before it; a flat, a postcode and the city are
        left out.
        """
        parts = list(dict.fromkeys(self._parts(_WORD_NUMBER.sub("", text))))
        readings = []
        for part in parts:
            readings += [*_behind(_FLAT.sub("", part)), *_before(_FLAT.sub("", part))]
        for part in parts:
            if (apart := _GLUED.sub(" ", part)) != part:
                readings += _behind(_FLAT.sub("", apart))
        return list(dict.fromkeys(readings))

    def _parts(self, text: str) -> Iterator[str]:
        """What of a text may be the address: all of it, all but the place, what commas part.

        As it stands goes first, for streets named after the city (Armii Łódź).
        """
        yield (whole := _POSTCODE_APART.sub("", text))
        for part in (whole, *whole.split(",")):
            words = part.replace(",", " ").split()
            behind = words[: len(words) - self._place_words(words[::-1], turned=True)]
            for rest in (behind, behind[self._place_words(behind) :]):
                if rest:
                    yield " ".join(rest)

    def _place_words(self, words: Sequence[str], *, turned: bool = False) -> int:
        """How many of the first words are a postcode, the city's name, or both."""
        for size in range(min(len(words), len(self._city.split()) + 1), 0, -1):
            run = words[:size][::-1] if turned else words[:size]
            name = [word for word in run if not _POSTCODE.fullmatch(word)]
            if not name or normalise_freshly(" ".join(name)) == self._city:
                return size
        return 0


def _behind(text: str) -> Iterator[tuple[str, str | None]]:
    yield text, None
    words = text.split()
    for i in range(1, len(words)):
        if _NUMBER.fullmatch(tail := " ".join(words[i:])):
            yield " ".join(words[:i]).rstrip(","), tail


def _before(text: str) -> Iterator[tuple[str, str | None]]:
    words = text.split()
    for i in range(len(words) - 1, 0, -1):
        if _NUMBER.fullmatch(head := " ".join(words[:i]).rstrip(",")):
            yield " ".join(words[i:]), head
