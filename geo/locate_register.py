"""The addresses of a city, ready to be asked: streets by any spelling, houses by their number."""

from __future__ import annotations

from collections import defaultdict
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.addresses import (
    StreetNames,
    fresh_number_key,
    house_number_key,
    is_odd,
    normalise_freshly,
    normalise_street,
)
from geo.similar_names import SimilarNames

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geo.addresses import HouseNumberKey

__all__ = ["AddressRegister"]

LIKE = 0.7
"""From this similarity on a street's name is suggested (Ratcliff and Obershelp, 0 to 1)."""
SHORTEST_BEGINNING = 3


class AddressRegister:
    """A register of addresses. A street is known by its key: its normalised name with diacritics.

    Parameters
    ----------
    columns
        ``street``, ``number``, ``lon`` and ``lat`` of every address.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.names: Sequence[str] = columns["street"]
        self.numbers: Sequence[str] = columns["number"]
        self.points = np.column_stack((columns["lon"], columns["lat"]))

    @cached_property
    def streets(self) -> StreetNames:
        """The streets, to be found letter for letter."""
        return StreetNames(self.names)

    @cached_property
    def similar(self) -> SimilarNames:
        """The streets, to be found by wrong spellings."""
        return SimilarNames({key: self.display(key) for key in self.rows_of})

    @cached_property
    def rows_of(self) -> dict[str, list[int]]:
        """Rows of each street, in the order of the register."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self.names):
            rows[normalise_street(name, keep_diacritics=True)].append(row)
        return dict(rows)

    def display(self, key: str, number: str | None = None) -> str:
        """A street as the register writes it, with a number if one is given."""
        name = self.names[self.rows_of[key][0]]
        return f"{name} {number}" if number else name

    def numbered(self, rows: Sequence[int], number: str) -> list[tuple[int, str]]:
        """Rows of a house number; failing that, those of which its first part is a part.

        Failing these, those that only a letter tells from it: a house is divided, or is one again.
        """
        asked = fresh_number_key(number)
        keys = [(row, house_number_key(self.numbers[row])) for row in rows]
        exact = [(row, "exact") for row, key in keys if key == asked]
        part = [(row, "part-of-number") for row, key in keys if asked[0] in key]
        digits = asked[0][0]
        return (
            exact
            or part
            or [(row, "part-of-number") for row, key in keys if key[0][0] == digits >= 0]
        )

    def neighbours(self, keys: Iterable[str], number: str) -> list[str]:
        """The addresses of streets, those nearest to a number that they lack first."""
        asked = fresh_number_key(number)
        rows = [row for key in keys for row in self.rows_of[key]]
        rows.sort(key=lambda row: _distance(asked, house_number_key(self.numbers[row])))
        return list(dict.fromkeys(f"{self.names[row]} {self.numbers[row]}" for row in rows))

    def starting(self, key: str, beginning: str) -> list[str]:
        """The numbers of a street that begin as somebody writes, shortest first."""
        plain = "".join(beginning.split()).upper().replace("-", "/")
        numbers = {self.numbers[row] for row in self.rows_of[key]}
        begun = [number for number in numbers if number.upper().startswith(plain)]
        return sorted(begun, key=lambda number: (len(number), house_number_key(number)))

    def nearest(self, readings: Iterable[tuple[str, str | None]]) -> list[str]:
        """The spellings that look most like one of the readings."""
        scores: dict[str, float] = defaultdict(float)
        number = None
        for street, tail in readings:
            for spelling, score in self._alike(normalise_freshly(street)):
                for key in self._spellings[spelling]:
                    if score > scores[key]:
                        scores[key], number = score, tail or number
        best = sorted(scores, key=lambda key: (-scores[key], key))
        return [self.display(key, number) for key in best]

    def _alike(self, asked: str) -> Iterator[tuple[str, float]]:
        """Spellings that are nearly the one asked for, or that begin with it."""
        for spelling in get_close_matches(asked, self._spellings, n=10, cutoff=LIKE):
            yield spelling, SequenceMatcher(None, spelling, asked).ratio()
        if len(asked) >= SHORTEST_BEGINNING:
            yield from ((s, LIKE) for s in self._spellings if s.startswith(asked))

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        """Every run of last words of every name, to the streets that end so."""
        spellings: dict[str, set[str]] = defaultdict(set)
        for key in self.rows_of:
            words = normalise_street(self.display(key)).split()
            for i in range(len(words)):
                spellings[" ".join(words[i:])].add(key)
        return spellings


def _distance(asked: HouseNumberKey, key: HouseNumberKey) -> tuple[bool, int, HouseNumberKey]:
    """How far a house is from the one asked for: no number last, then the steps between."""
    steps = abs(asked[0][0] - key[0][0])
    return key[0][0] < 0, 2 * steps + (is_odd(asked) != is_odd(key)), key
