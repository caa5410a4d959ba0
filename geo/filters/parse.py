"""A filter as it comes from outside, in one of the two encodings of CQL2, as a tree."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import orjson

from geo.filters.cql2_text import parse_text
from geo.filters.faults import FilterError, shorten
from geo.filters.limits import MAX_CHARACTERS, check_size, too_large

__all__ = ["LANGUAGES", "FilterLanguage", "parse_filter"]

FilterLanguage: TypeAlias = Literal["cql2-text", "cql2-json"]

LANGUAGES: tuple[FilterLanguage, ...] = get_args(FilterLanguage)


def parse_filter(text: str, *, language: FilterLanguage = "cql2-text") -> Any:
    """The tree of a filter, not larger than the limits.

    Parameters
    ----------
    text
        CQL2 text such as ``n_reports > 10 AND casei(name) LIKE casei('%rynek%')``, or CQL2 JSON.
    language
        Which of the two.

    Returns
    -------
    dict or bool
        As in CQL2 JSON. Whether its names and types fit, `geo.filters.compile` finds out.

    Raises
    ------
    FilterError
        If it cannot be read, or is too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise too_large(what="characters", most=MAX_CHARACTERS)
    tree = parse_text(text) if language == "cql2-text" else _parse_json(text)
    check_size(tree)
    return tree


def _parse_json(text: str) -> Any:
    # The tree is what JSON says, and every node of it is checked when it is compiled; the
    # library would turn whole numbers into fractions on the way.
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        near = shorten(text[max(error.pos - 20, 0) : error.pos + 20])
        msg = f"the filter is no JSON: {error.msg}, near {near!r}"
        raise FilterError(msg, code="filter-syntax", there=near) from error
