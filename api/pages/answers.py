"""Pages of answers that are neither layers nor features: any JSON as lists and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from api.pages.layout import Page, page_response
from api.pages.texts import say
from api.pages.words import Words, column_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from geo.release.reader import Release

__all__ = ["answer_page"]


def answer_page(
    request: Request, release: Release, content: Mapping[str, Any], *, title: str, language: str
) -> Response:
    """A page of any answer that is a JSON object.

    Objects become lists of facts and lists of objects tables; what has the name of a column is
    shown under the column's title. Features get a map.

    Parameters
    ----------
    content
        What the answer is as JSON; its ``links`` are left to the page's own.
    title
        Name of the text that is the heading.
    language
        ``en`` or ``pl``.
    """
    features = content.get("features") or []
    plain = {name: value for name, value in content.items() if name not in {"links", "type"}}
    if features:
        plain["features"] = [{"id": f.get("id"), **f["properties"]} for f in features]
    facts = {name: value for name, value in plain.items() if not isinstance(value, dict | list)}
    tables = {name: value for name, value in plain.items() if isinstance(value, list)}
    page = Page(
        "answer.html",
        say(language, title),
        (),
        {
            "facts": facts,
            "tables": tables,
            "details": {name: value for name, value in plain.items() if isinstance(value, dict)},
            "titles": _titles(release, language),
            "words": Words(release, language),
        },
        features=[_shape(f) for f in features if f.get("geometry")] or None,
    )
    return page_response(request, release, page, language=language)


def _titles(release: Release, language: str) -> dict[str, str]:
    """Titles of all columns of all layers: other answers speak of the same things."""
    return {
        name: column_title(column, language)
        for collection in release.collections.values()
        for name, column in collection.columns.items()
    }


def _shape(feature: Mapping[str, Any]) -> bytes:
    return orjson.dumps({**feature, "properties": {}})
