"""Names found although they are misspelled, turned round or cut short.

A name is a set of words. What was asked for may have its words in any order, leave out first
names and titles, write a first name as its initial, and have one or two wrong letters: as many
as a person makes on a telephone, and too few to turn a name into most others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.addresses import KINDS, TITLES, normalise_freshly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["MOST_EDITS", "SimilarNames", "edit_distances"]

MOST_EDITS = 2
LONGEST_WORD = 40
MOST_WORDS = 8
SHORTEST_FOR = (4, 6)
"""Letters a word must have to be known with one wrong one, and with two."""

# What a name costs beside its wrong letters. Below 1, so that a letter always tells more.
INITIAL = 0.1
LEFT_OUT = 0.2
EXTRA_TITLE = 0.3
WITHOUT_HEAD = 1.2

_BYNAME = re.compile(r"""["„”“(].*$""")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7",
          "viii": "8", "ix": "9", "x": "10", "xi": "11", "xii": "12", "xxiii": "23"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it is compared: its words, which of them must be there, the one that names it."""

    words: tuple[str, ...]
    core: tuple[int, ...]
    head: int


class SimilarNames:
    """Names of a city, to be found by almost any spelling.

    Parameters
    ----------
    names
        Key to name, as the register writes it.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._keys = list(names)
        self._names = [_read(name) for name in names.values()]
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, name in enumerate(self._names):
            for position, word in enumerate(name.words):
                places[word].append((number, position))
        self._words = sorted(places)
        self._places = [places[word] for word in self._words]
        self._codes, self._lengths = _as_codes(self._words)

    def find(self, asked: str) -> dict[str, float]:
        """Keys of the names that may be meant, with what each differs in: 0 is the same words.

        Parameters
        ----------
        asked
            The name as somebody wrote it.

        Returns
        -------
        dict
            From the likeliest. Whole steps are wrong letters, what is below 1 is what was left
            out; above `MOST_EDITS` wrong letters a name is not there.
        """
        words = normalise_freshly(asked).split()
        if not words or len(words) > MOST_WORDS:
            return {}
        compared = self._compare(words, [self._alike(word) for word in words])
        found = [(self._keys[number], cost) for number, cost in compared]
        return dict(sorted(found, key=lambda each: (each[1], each[0])))

    def beginning(self, asked: str) -> dict[str, float]:
        """Keys of the names that somebody may be about to write; the last word may be unfinished.

        Returns
        -------
        dict
            As `find` gives them, names of few words first.
        """
        words = normalise_freshly(asked).split()
        if not words or len(words) > MOST_WORDS:
            return {}
        found = []
        for number, cost in self._compare(words, [self._begun(w) for w in words], begun=True):
            name = self._names[number]
            # One who writes the head of a name means it more likely than its first name.
            behind = 0.05 * (not any(name.words[name.head].startswith(w) for w in words))
            found.append((self._keys[number], cost + behind + 0.01 * len(name.words)))
        return dict(sorted(found, key=lambda each: (each[1], each[0])))

    def _alike(self, word: str) -> dict[int, float]:
        """Numbers of the known words that a word may be, with their cost."""
        if len(word) > LONGEST_WORD:
            return {}
        same = {n: 0.0 for n, known in enumerate(self._words) if _same_number(word, known)}
        if len(word) == 1:
            begun = (n for n, known in enumerate(self._words) if known[0] == word)
            return dict.fromkeys(begun, INITIAL) | same
        if word in _ROMAN or not word.isalpha():
            return same
        most = sum(len(word) >= shortest for shortest in SHORTEST_FOR)
        distances = edit_distances(word, self._codes, self._lengths, most=most)
        return {int(n): float(distances[n]) for n in np.flatnonzero(distances <= most)}

    def _begun(self, word: str) -> dict[int, float]:
        """Known words that begin so; failing these, those that it may be with a wrong letter."""
        begun = {n: 0.0 for n, known in enumerate(self._words) if known.startswith(word)}
        if begun or not word.isalpha() or len(word) < SHORTEST_FOR[0]:
            return begun
        most = sum(len(word) >= shortest for shortest in SHORTEST_FOR)
        distances = edit_distances(word, self._codes, self._lengths, most=most, beginning=True)
        return {int(n): float(distances[n]) for n in np.flatnonzero(distances <= most)}

    def _compare(
        self, words: Sequence[str], matches: Sequence[dict[int, float]], *, begun: bool = False
    ) -> Iterator[tuple[int, float]]:
        """Numbers of the names that have a word for each, titles aside, with their cost."""
        costs: dict[int, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
        for asked, alike in enumerate(matches):
            for word, cost in alike.items():
                for number, position in self._places[word]:
                    costs[number][asked][position] = cost
        for number, of_name in costs.items():
            total = _cost(self._names[number], words, of_name, begun=begun)
            if total is not None:
                yield number, total


def edit_distances(
    word: str,
    codes: NDArray[np.uint32],
    lengths: NDArray[np.int64],
    *,
    most: int = MOST_EDITS,
    beginning: bool = False,
) -> NDArray[np.int64]:
    """Letters to change, add, drop or swap with their neighbour from a word to each of many.

    Parameters
    ----------
    word
        The word.
    codes, lengths
        The others: code points, (n, longest), and how many each has.
    most
        Words whose length alone differs by more are given one more than this, unread.
    beginning
        Compare with the best beginning of each word instead of the whole.

    Returns
    -------
    ndarray of int, (n,)

    Notes
    -----
    The optimal string alignment distance, by rows of its table for all words at once: Damerau
    (1964), in the restricted form in which no part is changed twice.
    """
    result = np.full(len(codes), most + 1, dtype=np.int64)
    longest = len(word) + most
    near = lengths >= len(word) - most
    if not beginning:
        near &= lengths <= longest
    chosen = np.flatnonzero(near)
    if not chosen.size:
        return result
    letters = codes[chosen, :longest].T
    rows = _table(word, letters)
    ends = np.minimum(lengths[chosen], letters.shape[0])
    if beginning:
        beyond = np.arange(len(rows))[:, None] > ends
        result[chosen] = np.where(beyond, most + 1, rows).min(axis=0)
    else:
        result[chosen] = rows[ends, np.arange(len(chosen))]
    return result


def _table(word: str, letters: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The last row of the table of distances, (longest + 1, n)."""
    size, many = letters.shape
    before = np.zeros((0, 0), dtype=np.int64)
    last = np.repeat(np.arange(size + 1)[:, None], many, axis=1)
    for i, letter in enumerate(word, start=1):
        row = np.empty_like(last)
        row[0] = i
        differs = letters != ord(letter)
        for j in range(1, size + 1):
            row[j] = np.minimum(np.minimum(last[j], row[j - 1]) + 1, last[j - 1] + differs[j - 1])
            if i > 1 and j > 1:
                swapped = (letters[j - 2] == ord(letter)) & (letters[j - 1] == ord(word[i - 2]))
                row[j] = np.where(swapped, np.minimum(row[j], before[j - 2] + 1), row[j])
        before, last = last, row
    return last


def _as_codes(words: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Words as code points, padded with 0, and their lengths."""
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    codes = np.zeros((len(words), int(lengths.max(initial=0))), dtype=np.uint32)
    for row, word in zip(codes, words, strict=True):
        row[: len(word)] = [ord(letter) for letter in word]
    return codes, lengths


def _read(name: str) -> _Name:
    words = tuple(normalise_freshly(name).split())
    main = len(normalise_freshly(_BYNAME.sub("", name)).split()) or len(words)
    core = tuple(i for i, word in enumerate(words) if not _is_optional(word)) or (0,)
    named = [i for i in core if i < main and len(words[i]) > 2 and words[i].isalpha()]
    return _Name(words, core, named[-1] if named else core[-1])


def _is_optional(word: str) -> bool:
    return word in KINDS or word in TITLES


def _same_number(asked: str, known: str) -> bool:
    return asked == known or _ROMAN.get(asked, asked) == _ROMAN.get(known, known)


def _cost(
    name: _Name,
    words: Sequence[str],
    of_name: Mapping[int, Mapping[int, float]],
    *,
    begun: bool,
) -> float | None:
    """What a name differs in from the words; None if it is another name."""
    taken: set[int] = set()
    total = 0.0
    for asked, word in enumerate(words):
        free = [(c, p) for p, c in of_name.get(asked, {}).items() if p not in taken]
        if free:
            cost, position = min(free)
            taken.add(position)
            total += cost
        elif _is_optional(word):
            total += EXTRA_TITLE
        else:
            return None
    left = [i for i in name.core if i not in taken]
    if total >= MOST_EDITS + 1 or not _enough(name, taken, left, begun=begun):
        return None
    headless = name.head not in taken and not begun
    return total + LEFT_OUT * len(left) / len(name.core) + WITHOUT_HEAD * headless


def _enough(name: _Name, taken: Iterable[int], left: Sequence[int], *, begun: bool) -> bool:
    """Whether the words that were given can stand for the name: its head, or half its letters."""
    known = set(taken) & set(name.core)
    if begun or name.head in known:
        return bool(known) or begun
    size = sum(len(name.words[i]) for i in known)
    return size > 0 and size >= sum(len(name.words[i]) for i in left)
