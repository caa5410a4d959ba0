"""Phrases that data and errors hold in English, in the languages of readers.

A release names licences, exposures and kinds of geometry in English, as programs read them; so do
errors of filters. Pages say them in the reader's language, a phrase that is not known as it stands.
"""

from __future__ import annotations

import re

from geo.languages import Texts

__all__ = ["PHRASES", "say_phrase", "say_phrases"]

_ENGLISH = (
    # licences of the cities that come with this package
    "free for any use, source named (PRG, GUGiK)",
    "GUS: free with attribution",
    "public-sector information, source named",
    "Unlicense",
    # what an expected number is shared out by
    "residents",
    "addresses",
    "streets",
    "land",
    # kinds of geometry
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    # searches for clusters
    "gate",
    "alarm",
    # what a filter holds, or should
    "string",
    "number",
    "boolean",
    "date",
    "geometry",
    "property",
    "a filter",
    "a condition",
    "number, string or date",
    "a constant text as its pattern",
    "values of one type",
    # what a filter has too much of
    "characters",
    "words",
    "levels",
    "nodes",
    "operators",
    "operations",
    "coordinates",
    "spatial predicates",
    "sortby",
)
PHRASES = Texts({phrase: phrase for phrase in _ENGLISH}, context="phrases")

_SHARE = re.compile(r"(\d+) % (\w+)")


def say_phrase(phrase: str, language: str) -> str:
    """A phrase in a language; one that is not known stays as it is.

    Parameters
    ----------
    phrase
        In English, as the release or the error has it.
    language
        One of `geo.languages.LANGUAGES`.
    """
    return PHRASES.say(language, phrase) if phrase in PHRASES.english else phrase


def say_phrases(text: str, language: str, *, separator: str) -> str:
    """Phrases that stand side by side, each in a language; shares such as ``43 % land`` too.

    Parameters
    ----------
    text
        In English, as the release has it.
    language
        One of `geo.languages.LANGUAGES`.
    separator
        What stands between them.
    """
    return separator.join(_say_part(part, language) for part in text.split(separator))


def _say_part(part: str, language: str) -> str:
    share = _SHARE.fullmatch(part)
    if share:
        return f"{share[1]}% {say_phrase(share[2], language)}"
    return say_phrase(part, language)
