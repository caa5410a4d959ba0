"""Polish addresses as people write them: street names made comparable, house numbers in order.

Lists, look-ups and address registers spell one street in many ways: ``ul. Kosciuszki``,
``AL. KOŚCIUSZKI``, ``Aleja Tadeusza Kościuszki``. Here is the one place that knows they are
the same. No geometry, no frames: cheap to import where requests are served.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "KINDS",
    "TITLES",
    "HouseNumberKey",
    "StreetNames",
    "fresh_number_key",
    "house_number_key",
    "is_house_number",
    "is_odd",
    "normalise_freshly",
    "normalise_street",
]

HouseNumberKey: TypeAlias = tuple[tuple[int, str], ...]
"""Sorts house numbers as a street has them: 27 < 27/29 < 27A < 27A/29 < 28."""

_Reading: TypeAlias = defaultdict[str, set[str]]

# The word in front of a name that says what kind of thing it is. A plain street says nothing.
_KINDS = {
    "ul": "",
    "ulica": "",
    "al": "aleja",
    "aleja": "aleja",
    "aleje": "aleja",
    "pl": "plac",
    "plac": "plac",
    "os": "osiedle",
    "osiedle": "osiedle",
    "skw": "skwer",
    "skwer": "skwer",
    "rondo": "rondo",
}

# Titles, from the words in full to the usual abbreviation. "Księcia" is left alone, because
# its abbreviation is also that of "księdza".
_TITLES = {
    "arcybiskupa": "abp",
    "biskupa": "bp",
    "blogoslawionego": "bl",
    "blogoslawionej": "bl",
    "doktora": "dr",
    "generala": "gen",
    "inzyniera": "inz",
    "kapitana": "kpt",
    "kardynala": "kard",
    "ksiedza": "ks",
    "majora": "mjr",
    "marszalka": "marsz",
    "ojca": "o",
    "porucznika": "por",
    "profesora": "prof",
    "pulkownika": "plk",
    "swietego": "sw",
    "swietej": "sw",
    "swietych": "sw",
}

KINDS = frozenset(_KINDS.values()) - {""}
"""Words of normalised names that say what kind of street it is."""
TITLES = frozenset(_TITLES.values())
"""Words of normalised names that many leave out."""

_APOSTROPHES = str.maketrans("", "", "'’‘`´")  # noqa: RUF001 - the apostrophes people type
_UNDECOMPOSED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae"})
_BYNAME = re.compile(r"""["„”“(].*$""")
_NUMBER_PART = re.compile(r"(\d{1,9})([^\W\d_]{0,3})")
_HOUSE_NUMBER = re.compile(r"\d{1,9}[^\W\d_]{0,3}([/-]\d{1,9}[^\W\d_]{0,3})*")


def normalise_freshly(name: str, *, keep_diacritics: bool = False) -> str:
    """As `normalise_street`, for what somebody asks: nothing of it is kept.

    Parameters
    ----------
    name, keep_diacritics
        As there.
    """
    return normalise_street.__wrapped__(name, keep_diacritics=keep_diacritics)


@lru_cache(maxsize=65_536)
def normalise_street(name: str, *, keep_diacritics: bool = False) -> str:
    """A street name reduced to what tells it from other streets.

    Case, punctuation and hyphens go, ``ul.`` goes, kinds and titles take one spelling:
    ``"Al. Ks. Kard. Wyszyńskiego"`` gives ``"aleja ks kard wyszynskiego"``.

    Parameters
    ----------
    name
        The name as written, with or without the kind in front.
    keep_diacritics
        Keep ``ł`` apart from ``l``. Łódź has both an Opałowa and an Opalowa, 10 km apart.

    Returns
    -------
    str
        Lower-case words with single spaces; empty if nothing but a kind or punctuation was
        given.
    """
    words = _words(name)
    bare = [_without_diacritics(word) for word in words]
    plain = [
        _TITLES.get(b, word if keep_diacritics else b) for word, b in zip(words, bare, strict=True)
    ]
    if bare and bare[0] in _KINDS:
        plain[0] = _KINDS[bare[0]]
    return " ".join(w for i, w in enumerate(plain) if w and not _is_year_mark(plain, i))


def fresh_number_key(text: str) -> HouseNumberKey:
    """As `house_number_key`, for what somebody asks: nothing of it is kept."""
    return house_number_key.__wrapped__(text)


@lru_cache(maxsize=65_536)
def house_number_key(text: str) -> HouseNumberKey:
    """The sort key of a house number; equal for two spellings of one number.

    ``"12a"``, ``"12 A"`` and ``"12A"`` are one number, as are ``"27/29"`` and ``"27-29"``.
    A text that is no house number (``"bl. 313"``) sorts before all numbers, by its words.

    Returns
    -------
    tuple of (int, str)
        One pair per joined number; a single pair with -1 for other text.
    """
    compact = _compact(text)
    if not _HOUSE_NUMBER.fullmatch(compact):
        return ((-1, " ".join(_words(text))),)
    return tuple((int(number), letters) for number, letters in _NUMBER_PART.findall(compact))


def is_house_number(text: str) -> bool:
    """Whether a text is a house number: digits first, letters after, parts joined by a slash."""
    return _HOUSE_NUMBER.fullmatch(_compact(text)) is not None


def is_odd(key: HouseNumberKey) -> bool | None:
    """The side of the street a number stands on, by its first part; None if it is no number."""
    first = key[0][0]
    return None if first < 0 else first % 2 == 1


class StreetNames:
    """The streets of a city, found by any usual spelling of their names.

    A street is known by its key: its normalised name with diacritics.

    Parameters
    ----------
    names
        Names as the address register writes them; spellings with one key are one street.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._keys: set[str] = set()
        self._readings: tuple[_Reading, ...] = tuple(defaultdict(set) for _ in range(3))
        same_words, without_kind, endings = self._readings
        for name in set(names):
            key = normalise_street(name, keep_diacritics=True)
            bare = normalise_street(name)
            self._keys.add(key)
            same_words[bare].add(key)
            without_kind[_without_kind(bare)].add(key)
            for ending in _endings(name):
                endings[ending].add(key)

    def find(self, name: str) -> tuple[str, ...]:
        """The streets a spelling can mean, by the strictest reading that fits any.

        First the same letters; then the same without diacritics; then without the kind
        (``Wolności`` for ``Plac Wolności``); then the last words of the name
        (``Pogonowskiego`` or ``Kpt. Pogonowskiego`` for ``Kpt. Stefana Pogonowskiego``).

        Returns
        -------
        tuple of str
            Keys in order: none if there is no such street, several if the name is ambiguous.
        """
        key = normalise_freshly(name, keep_diacritics=True)
        if key in self._keys:
            return (key,)
        bare = normalise_freshly(name)
        same_words, without_kind, endings = self._readings
        plain = _without_kind(bare)
        found = (
            same_words.get(bare)
            or _of_kind(bare, without_kind.get(plain))
            or _of_kind(bare, endings.get(_without_titles(plain)))
        )
        return tuple(sorted(found or ()))


def _words(text: str) -> list[str]:
    """Words in lower case, without punctuation; apostrophes join what they part."""
    composed = unicodedata.normalize("NFKC", text.casefold().translate(_APOSTROPHES))
    return re.findall(r"[^\W_]+", composed)


def _without_diacritics(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word).translate(_UNDECOMPOSED)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _compact(text: str) -> str:
    """A house number in upper case without spaces, its parts joined by slashes."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper().replace("-", "/")


def _is_year_mark(words: list[str], position: int) -> bool:
    """Whether a word is the "r." (year) of ``Rewolucji 1905 r.``, which many leave out."""
    follows_number = position > 0 and words[position - 1].isdigit()
    return follows_number and words[position] in {"r", "roku"}


def _kind(key: str) -> str:
    first, _, rest = key.partition(" ")
    return first if rest and first in KINDS else ""


def _without_kind(key: str) -> str:
    return key.removeprefix(_kind(key)).strip()


def _without_titles(name: str) -> str:
    words = name.split()
    while len(words) > 1 and words[0] in TITLES:
        del words[0]
    return " ".join(words)


def _of_kind(asked: str, keys: set[str] | None) -> set[str]:
    """Of streets that fit but for the kind, those of the kind asked for, else plain ones.

    "al. Kościuszki" can mean a street whose kind the register leaves out, never a square.
    """
    kind = _kind(asked)
    if not keys or not kind:
        return keys or set()
    return {k for k in keys if _kind(k) == kind} or {k for k in keys if not _kind(k)}


def _endings(name: str) -> set[str]:
    """Every run of last words of a name, also of the name without a byname in quotes."""
    endings: set[str] = set()
    for spelling in (name, _BYNAME.sub("", name)):
        words = _without_kind(normalise_street(spelling)).split()
        endings.update(" ".join(words[i:]) for i in range(1, len(words)))
        if spelling != name:
            endings.add(" ".join(words))
    return {ending for ending in endings if ending and not ending.isdigit()}
