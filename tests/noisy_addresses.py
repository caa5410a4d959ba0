"""Real addresses as people write them: made noise, a class for each kind, the same every time."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from geo.addresses import KINDS, TITLES, normalise_street

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LETTERS = "aąbcćdeęfghijklłmnńoóprsśtuwyzźż"
NEAR = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiopasdfghjklzxcvbnmq", strict=True))
ASCII = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
IN_FULL = {"gen": "generała", "ks": "księdza", "kpt": "kapitana", "prof": "profesora",
           "bp": "biskupa", "dr": "doktora", "sw": "świętego", "plk": "pułkownika",
           "mjr": "majora", "por": "porucznika", "bl": "błogosławionego", "inz": "inżyniera",
           "marsz": "marszałka", "kard": "kardynała"}  # fmt: skip

Noise = tuple[str, str, str, str]
"""Class, what is asked, street and number of the register."""


def noisy_addresses(
    addresses: Sequence[tuple[str, str]], *, each: int = 25, seed: int = 7
) -> Iterator[Noise]:
    """`each` spellings of every class, of addresses drawn for it from the whole register."""
    for name, write in CLASSES.items():
        draw = random.Random(f"{seed} {name}")  # noqa: S311 - a made list, no secret
        found = 0
        while found < each:
            street, number = draw.choice(addresses)
            asked = write(street, number, draw)
            if asked is not None:
                found += 1
                yield name, asked, street, number


def last_word(street: str) -> str:
    """The word that people say: the surname of a patron."""
    words = re.sub(r'["(„].*$', "", street).split()
    return words[-1] if words[-1].isalpha() and len(words[-1]) > 2 else street


def people(street: str) -> list[str] | None:
    """First names and surname of a patron without titles; None for other streets."""
    words = [w for w in re.sub(r'["(„].*$', "", street).split()
             if normalise_street(w) not in TITLES | KINDS | {""}]  # fmt: skip
    proper = len(words) in {2, 3} and all(w.isalpha() and w[0].isupper() for w in words)
    return words if proper and words[-1].endswith(("iego", "ego", "a", "y", "i")) else None


def wrong_letter(text: str, draw: random.Random, *, at_least: int = 5) -> str | None:
    """One typing error in one of the longer words."""
    places = [m.span() for m in re.finditer(rf"[^\W\d_]{{{at_least},}}", text)]
    if not places:
        return None
    start, end = draw.choice(places)
    i = draw.randrange(start + 1, end - 1)
    kind = draw.choice(["drop", "add", "change", "swap", "near"])
    if kind == "drop":
        return text[:i] + text[i + 1 :]
    if kind == "add":
        return text[:i] + draw.choice(LETTERS) + text[i:]
    if kind == "swap" and text[i] != text[i + 1]:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    letter = NEAR.get(text[i], "x") if kind == "near" else draw.choice(LETTERS)
    return text[:i] + letter + text[i + 1 :] if letter != text[i] else None


def one_error(street: str, number: str, draw: random.Random) -> str | None:
    wrong = wrong_letter(last_word(street), draw)
    return wrong and f"{wrong} {number}"


def one_error_ascii(street: str, number: str, draw: random.Random) -> str | None:
    wrong = wrong_letter(street.translate(ASCII).lower(), draw)
    return wrong and f"{wrong} {number}"


def two_errors(street: str, number: str, draw: random.Random) -> str | None:
    once = wrong_letter(last_word(street), draw, at_least=8)
    twice = once and wrong_letter(once, draw, at_least=8)
    return twice and f"{twice} {number}"


def surname_first(street: str, number: str, _: random.Random) -> str | None:
    words = people(street)
    return words and f"{words[-1]} {' '.join(words[:-1])} {number}"


def initials(street: str, number: str, _: random.Random) -> str | None:
    words = people(street)
    return words and f"{' '.join(w[0] + '.' for w in words[:-1])} {words[-1]} {number}"


def title_in_full(street: str, number: str, _: random.Random) -> str | None:
    first, _, rest = street.partition(" ")
    title = IN_FULL.get(normalise_street(first))
    return f"ul. {title} {rest} {number}" if title and rest else None


def added_title(street: str, number: str, draw: random.Random) -> str | None:
    words = people(street)
    return words and f"{draw.choice(['gen.', 'ks.', 'św.', 'prof.'])} {words[-1]} {number}"


def kind_shortened(street: str, number: str, _: random.Random) -> str | None:
    for kind, short in (("Aleja", "al."), ("Aleje", "al."), ("Plac", "pl."), ("Osiedle", "os.")):
        if street.startswith(f"{kind} "):
            return f"{short} {street.partition(' ')[2].translate(ASCII)} {number}"
    return None


def part_of_range(street: str, number: str, draw: random.Random) -> str | None:
    return f"{last_word(street)} {draw.choice(number.split('/'))}" if "/" in number else None


def range_with_dash(street: str, number: str, _: random.Random) -> str | None:
    return f"ul. {street} {number.replace('/', ' - ')}" if "/" in number else None


def letter_apart(street: str, number: str, _: random.Random) -> str | None:
    found = re.fullmatch(r"(\d+)([A-Z])", number)
    return f"{last_word(street)} {found[1]} {found[2].lower()}" if found else None


def plain(template: str, *, ascii_only: bool = False) -> Callable[..., str]:
    def write(street: str, number: str, _: random.Random) -> str:
        text = template.format(street=street, last=last_word(street), number=number)
        return text.translate(ASCII) if ascii_only else text

    return write


CLASSES: dict[str, Callable[[str, str, random.Random], str | None]] = {
    "as registered": plain("{street} {number}"),
    "without diacritics": plain("{street} {number}", ascii_only=True),
    "surname only": plain("{last} {number}"),
    "surname, ul., no diacritics": plain("ul.{last} {number}", ascii_only=True),
    "capitals": lambda s, n, _: f"{last_word(s)} {n}".upper(),
    "number first": plain("{number} {last}"),
    "number glued": plain("{last}{number}"),
    "city and postcode": plain("{number}, ul. {last}, 90-001 Łódź"),
    "city first, flat": plain("Łódź, {last} {number} m. 12"),
    "part of a range": part_of_range,
    "range with a dash": range_with_dash,
    "letter apart": letter_apart,
    "kind shortened": kind_shortened,
    "title in full": title_in_full,
    "title added": added_title,
    "surname first": surname_first,
    "initials": initials,
    "one wrong letter": one_error,
    "one wrong letter, whole name": one_error_ascii,
    "two wrong letters": two_errors,
}
