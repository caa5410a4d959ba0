"""Pages of what there is: all collections, one of them, and its columns."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from api.pages.items import LIMITS, is_approximate
from api.pages.layout import Page, page_response
from api.pages.texts import say
from api.pages.words import Words, format_day, format_number, unit_name
from geo.languages import in_language
from geo.phrases import say_phrase, say_phrases

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from geo.release.reader import Collection, Release

__all__ = ["collection_page", "collections_page", "columns_page"]

_MAPS = {"area-periods": "/maps/areas", "hotspot-areas": "/maps/hotspots"}


def collections_page(request: Request, release: Release, *, language: str) -> Response:
    """All layers of the release."""
    context = {"layers": [_layer(release, each, language) for each in release.collections.values()]}
    page = Page("collections.html", say(language, "collections"), (), context)
    return page_response(request, release, page, language=language)


def collection_page(
    request: Request, release: Release, collection: Collection, *, language: str
) -> Response:
    """One layer: what it is, how it was made, what its columns mean."""
    meta = collection.meta
    context = {
        "layer": _layer(release, collection, language),
        "bbox": [f"{edge:.4f}" for edge in meta["bbox"] or ()],
        "columns": _columns(collection, language),
        "method": orjson.dumps(meta["method"], option=orjson.OPT_INDENT_2).decode("utf-8"),
        "licence": say_phrases(release.manifest["licence"], language, separator="; "),
        "attribution": release.manifest["attribution"],
    }
    page = Page(
        "collection.html",
        in_language(meta["title"], language),
        [(say(language, "collections"), "/collections")],
        context,
        simulated=collection.meta["simulated"],
        approximate=is_approximate(collection),
    )
    return page_response(request, release, page, language=language)


def columns_page(
    request: Request, release: Release, collection: Collection, *, what: str, language: str
) -> Response:
    """The columns of a layer.

    Parameters
    ----------
    what
        ``what_to_filter`` or ``schema``: which of the two the page is.
    """
    lead = "queryables_lead" if what == "what_to_filter" else "schema_lead"
    page = Page(
        "columns.html",
        say(language, what),
        [
            (say(language, "collections"), "/collections"),
            (
                in_language(collection.meta["title"], language),
                f"/collections/{quote(collection.id)}",
            ),
        ],
        {
            "lead": say(language, lead),
            "columns": _columns(collection, language),
            "geometry": say_phrase(collection.meta["geometry"] or "", language),
        },
        simulated=collection.meta["simulated"],
        approximate=is_approximate(collection),
    )
    return page_response(request, release, page, language=language)


def _layer(release: Release, collection: Collection, language: str) -> dict[str, Any]:
    meta, words = collection.meta, Words(release, language)
    return {
        "id": collection.id,
        "path": f"/collections/{quote(collection.id)}",
        "title": in_language(meta["title"], language),
        "description": in_language(meta["description"], language),
        "count": format_number(collection.count, language),
        "geometry": say_phrase(meta["geometry"] or "", language),
        "covers": _covers(meta["time"], language),
        "status": words.code("status", meta["status"]) if meta["status"] else "",
        "approximate": is_approximate(collection),
        "simulated": meta["simulated"],
        "first": _first_look(release, collection),
        "map": _MAPS.get(collection.id),
    }


def _covers(time: list[str] | None, language: str) -> str:
    """The days that a layer covers; the end of its interval does not belong."""
    if not time:
        return ""
    first, end = map(date.fromisoformat, time)
    last = end - timedelta(days=1)
    return " – ".join(format_day(day.isoformat(), language) for day in (first, last))


def _first_look(release: Release, collection: Collection) -> list[tuple[str, str]]:
    """Filters that make the first page of a broad layer one map instead of many on one another."""
    if collection.meta["level"]:
        return []
    manifest = release.manifest
    first = {
        "level": manifest["levels"][0]["id"],
        "period": manifest["period"],
        "category_group": next(iter(manifest["groups"])),
    }
    if not {"period", "category_group"} <= set(collection.columns):
        return []
    chosen = [(name, value) for name, value in first.items() if name in collection.columns]
    if not collection.select(equals=dict(chosen), limit=1).matched:
        return []
    return [*chosen, ("limit", str(LIMITS[-1]))]


def _columns(collection: Collection, language: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": in_language(column["title"], language),
            "type": say(language, f"type_{column['type']}"),
            "unit": "" if column["unit"] in {None, "1"} else unit_name(column["unit"], language),
            "nullable": column["nullable"],
        }
        for name, column in collection.columns.items()
    ]
