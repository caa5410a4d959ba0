"""Areas found by what people call them: ``VI-10``, ``rejon IV/3``, ``komisariat 6``, a name."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from geo.addresses import normalise_freshly
from geo.similar_names import SimilarNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["AreaNames"]

_ALSO = {"komisariat": ("kp",), "osiedle": ("os",), "beat": ("rejon", "beat"), "rewir": ("rewir",)}
"""What levels are called beside their label."""
_EMPTY = {"nr", "numer", "no", "number"}
_BRACKETS = re.compile(r"\(.*\)")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


class AreaNames:
    """The areas of a city by their ids and names.

    Parameters
    ----------
    levels
        Level to its names in all languages.
    areas
        Level, id and name of every area; what is found are numbers in this order.
    """

    def __init__(
        self, levels: Mapping[str, Sequence[str]], areas: Sequence[tuple[str, str, str]]
    ) -> None:
        self._level_of = [level for level, _, _ in areas]
        self._labels: dict[str, set[tuple[str, ...]]] = {
            level: {_words(label) for label in (*labels, level, *_ALSO.get(level, ()))} - {()}
            for level, labels in levels.items()
        }
        self._exact: dict[str, list[int]] = defaultdict(list)
        whole: dict[str, str] = {}
        short_names: dict[str, str] = {}
        for number, (level, area_id, name) in enumerate(areas):
            short = _BRACKETS.sub("", name)
            spellings = {_words(area_id), _words(name), _words(short)}
            spellings |= {rest for each in set(spellings) for rest in self._without(each, level)}
            for spelling in spellings - {()}:
                self._exact["".join(spelling)].append(number)
            whole[str(number)] = self._bare(name, level)
            short_names[str(number)] = self._bare(short, level)
        self._similar = SimilarNames(short_names)
        self._whole = SimilarNames(whole)

    def find(self, asked: str) -> list[int]:
        """Numbers of the areas that are called so, letter for letter, diacritics aside."""
        found: set[int] = set(self._exact.get("".join(_words(asked)), ()))
        for level, rest in self._read(asked):
            for spelling in (rest, _with_roman(rest)):
                numbers = self._exact.get("".join(spelling), ())
                found |= {number for number in numbers if self._level_of[number] == level}
        return sorted(found)

    def similar(self, asked: str) -> dict[int, float]:
        """Numbers of the areas that may be meant, with what their name differs in."""
        found = self._similar.find(asked)
        for _, rest in self._read(asked):
            for key, cost in self._similar.find(" ".join(rest)).items():
                found[key] = min(cost, found.get(key, cost))
        return {int(key): cost for key, cost in sorted(found.items(), key=lambda each: each[1])}

    def beginning(self, asked: str) -> list[int]:
        """Numbers of the areas whose id or name somebody may be about to write."""
        plain = "".join(_words(asked))
        exact = self.find(asked)
        begun = [
            n for key, numbers in self._exact.items() if key.startswith(plain) for n in numbers
        ]
        named = [int(key) for key in self._whole.beginning(asked)]
        return list(dict.fromkeys([*exact, *sorted(begun), *named]))

    def _read(self, asked: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Levels that a text names, with its other words."""
        words = _words(asked)
        for level in self._labels:
            for rest in self._without(words, level):
                yield level, rest

    def _bare(self, name: str, level: str) -> str:
        """A name without the name of its level, if anything is left then."""
        words = _words(name)
        rests = sorted(self._without(words, level), key=len)
        return " ".join(rests[0] if rests else words)

    def _without(self, words: tuple[str, ...], level: str) -> Iterator[tuple[str, ...]]:
        """The words without the level's name before or behind them, where it stands there."""
        for label in self._labels[level]:
            size = len(label)
            if words[:size] == label and words[size:]:
                yield words[size:]
            if words[-size:] == label and words[:-size]:
                yield words[:-size]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in normalise_freshly(text).split() if word not in _EMPTY)


def _with_roman(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with a Roman number for the first, if that is a small Arabic one."""
    if words and words[0].isdecimal() and 0 < int(words[0][:4]) < len(_ROMAN):
        return (_ROMAN[int(words[0])], *words[1:])
    return words
