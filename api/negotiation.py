"""What a client prefers: media type, language, content coding (RFC 9110, section 12).

A header that cannot be read asks for nothing in particular: it is never an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers

from geo.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

__all__ = ["best_media_type", "language_of", "preferences"]

_RANGE = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+(/[a-z0-9!#$%&'*+.^_`|~-]+)?")


def preferences(header: str) -> dict[str, float]:
    """The ranges of an Accept header with their weights; what cannot be read is left out."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = _weight(parameters)
        if _RANGE.fullmatch(name) and weight is not None:
            weights[name] = weight
    return weights


def best_media_type(header: str, offers: Sequence[str]) -> str | None:
    """The offer that a client likes best, the first of equals; None if it accepts none.

    Parameters
    ----------
    header
        An Accept header; an empty one accepts everything.
    offers
        Media types, those liked best by the server first; parameters do not count.
    """
    weights = preferences(header) or {"*/*": 1.0}
    rated = [(_media_weight(weights, offer), offer) for offer in offers]
    best, offer = max(rated, key=lambda pair: pair[0])
    return offer if best > 0 else None


def language_of(scope: Scope) -> str:
    """The language of an answer: the parameter `lang`, else Accept-Language, else English."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [])
    if asked and asked[-1] in LANGUAGES:
        return asked[-1]
    weights = preferences(Headers(scope=scope).get("accept-language", ""))
    rated = [(_language_weight(weights, offer), offer) for offer in LANGUAGES]
    return max(rated, key=lambda pair: pair[0])[1]


def _media_weight(weights: dict[str, float], offer: str) -> float:
    """The weight of the most particular range that covers a media type."""
    name = offer.partition(";")[0]
    for wanted in (name, name.partition("/")[0] + "/*", "*/*"):
        if wanted in weights:
            return weights[wanted]
    return 0.0


def _language_weight(weights: dict[str, float], offer: str) -> float:
    """The best weight of a language in any of its regional forms."""
    return max((w for tag, w in weights.items() if tag.partition("-")[0] == offer), default=0.0)


def _weight(parameters: Sequence[str]) -> float | None:
    """The weight q, 1 if there is none, None if it is no number from 0 to 1."""
    given = [p.partition("=")[2].strip() for p in parameters if p.startswith("q")]
    if not given:
        return 1.0
    try:
        weight = float(given[0])
    except ValueError:
        return None
    return weight if 0 <= weight <= 1 else None
