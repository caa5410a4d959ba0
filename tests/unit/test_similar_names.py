"""Misspelled names: distances against their definition, names as people turn and shorten them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.similar_names import SimilarNames, _as_codes, edit_distances

WORDS = st.text("abcł", min_size=1, max_size=7)
STREETS = [
    "Kpt. Stefana Pogonowskiego", "Aleja Tadeusza Kościuszki", "Piotrkowska", "Plac Wolności",
    "Rewolucji 1905 r.", "Aleja Jana Pawła II", 'Gen. Leopolda Okulickiego "Niedźwiadka"',
    "Jana Kilińskiego", "Jana Kochanowskiego", "1 Maja", "Zielona", "Zielna",
]  # fmt: skip


@pytest.fixture(scope="module")
def names() -> SimilarNames:
    return SimilarNames({name: name for name in STREETS})


def restricted(a: str, b: str) -> int:
    """The optimal string alignment distance by its recursion."""

    @cache
    def steps(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        found = [
            steps(i - 1, j) + 1,
            steps(i, j - 1) + 1,
            steps(i - 1, j - 1) + (a[i - 1] != b[j - 1]),
        ]
        if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
            found.append(steps(i - 2, j - 2) + 1)
        return min(found)

    return steps(len(a), len(b))


@settings(deadline=None, max_examples=150)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=8))
def test_distances_are_those_of_the_definition(word: str, others: list[str]) -> None:
    codes, lengths = _as_codes(others)
    whole = edit_distances(word, codes, lengths, most=9)
    assert whole.tolist() == [restricted(word, other) for other in others]
    begun = edit_distances(word, codes, lengths, most=9, beginning=True)
    best = [min(restricted(word, o[:i]) for i in range(len(o) + 1)) for o in others]
    assert begun.tolist() == best
    near = edit_distances(word, codes, lengths, most=1)
    assert np.array_equal(near <= 1, whole <= 1)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Pogonowskiego Stefana", "Kpt. Stefana Pogonowskiego"),
        ("S. Pogonowskiego", "Kpt. Stefana Pogonowskiego"),
        ("gen. Pogonwskiego", "Kpt. Stefana Pogonowskiego"),
        ("Pogonowksiego", "Kpt. Stefana Pogonowskiego"),
        ("al. Kosciuszko", "Aleja Tadeusza Kościuszki"),
        ("piotrkoska", "Piotrkowska"),
        ("Rewolucji", "Rewolucji 1905 r."),
        ("Jana Pawła 2", "Aleja Jana Pawła II"),
        ("Okulickiego", 'Gen. Leopolda Okulickiego "Niedźwiadka"'),
        ("Zielona", "Zielona"),
    ],
)
def test_the_name_that_is_meant_comes_first(names: SimilarNames, asked: str, name: str) -> None:
    assert next(iter(names.find(asked))) == name


@pytest.mark.parametrize(
    "asked", ["Stefana", "Jana", "Pogonow", "Pitrokovska", "Maj 5", "", "x" * 99]
)
def test_what_is_too_little_or_too_wrong(names: SimilarNames, asked: str) -> None:
    assert not names.find(asked)


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("pio", "Piotrkowska"),
        ("poGO", "Kpt. Stefana Pogonowskiego"),
        ("jana ki", "Jana Kilińskiego"),
        ("Kilinskiego J", "Jana Kilińskiego"),
        ("zielo", "Zielona"),
        ("piotrkp", "Piotrkowska"),
    ],
)
def test_beginnings(names: SimilarNames, asked: str, first: str) -> None:
    assert next(iter(names.beginning(asked))) == first


def test_no_names() -> None:
    empty = SimilarNames({})
    assert empty.find("Piotrkowska") == {}
    assert empty.beginning("Piotrkowska") == {}
