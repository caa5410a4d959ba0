"""Pages of features: a table, a map of the same rows, and a form that filters without a script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from api.pages.layout import Page, page_response, with_query
from api.pages.table import (
    MOST_COLUMNS,
    Head,
    body,
    heads,
    intervals_of,
    main_columns,
    notes_of,
    without_limits,
)
from api.pages.texts import say
from api.pages.words import Words
from geo.languages import in_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from api.filtering import PartsOfFeatures
    from api.parameters import PageOfFeatures
    from geo.release.reader import Collection, Release
    from geo.release.selection import Selection

__all__ = ["LIMITS", "feature_page", "is_approximate", "items_page"]

CHOICES = ("level", "period", "category_group")
LIMITS = (25, 100, 500)
DRAWN = ("hot_class",)
"""What the small map must know of a feature, beside its shape."""
_PAGING = {"limit", "offset"}


def items_page(
    request: Request,
    release: Release,
    collection: Collection,
    *,
    found: Selection,
    page: PageOfFeatures,
    parts: PartsOfFeatures,
    language: str,
) -> Response:
    """A page of features, as a table and a map.

    Parameters
    ----------
    found
        The rows of this page and how many match in all.
    page
        Which part of the features this is.
    parts
        The columns asked for, the main ones if none are, and whether to draw the map.
    language
        ``en`` or ``pl``.
    """
    words, rows = Words(release, language), found.rows.tolist()
    names = without_limits(collection, _columns(request, collection, parts, language))
    records = _records(collection, rows)
    context = {
        "collection": collection,
        "columns": _sortable(request, heads(collection, names, language)),
        "rows": body(words, collection, names, records),
        "notes": notes_of(words, collection, (values for _, values in records)),
        "all_columns": _all_columns(request, collection, parts, names),
        "count": _count(language, offset=page.offset, returned=len(rows), matched=found.matched),
        "paging": _paging(request, limit=page.limit, offset=page.offset, matched=found.matched),
        "fields": _fields(request, release, collection, language=language),
        "limits": sorted({*LIMITS, page.limit}),
        "limit": page.limit,
        "filter": request.query_params.get("filter", ""),
        "filter_example": _example(collection),
        "kept": _kept(request, collection),
    }
    shown = Page(
        "items.html",
        in_language(collection.meta["title"], language),
        _crumbs(collection, language),
        context,
        features=collection.features(rows, properties=DRAWN) if parts.geometry and rows else None,
        simulated=collection.meta["simulated"],
        approximate=is_approximate(collection),
    )
    return page_response(request, release, shown, language=language)


def feature_page(
    request: Request, release: Release, collection: Collection, *, row: int, language: str
) -> Response:
    """The page of one feature: all that is known of it, and where it is."""
    [encoded] = collection.features([row])
    feature = orjson.loads(encoded)
    values, words = feature["properties"], Words(release, language)
    names = without_limits(collection, list(collection.columns))
    [row_shown] = body(words, collection, names, [(feature["id"], values)])
    titles = [head.title for head in heads(collection, names, language)]
    facts = list(zip(titles, names, row_shown["cells"], strict=True))
    title = str(values.get("name") or values.get("area_name") or feature["id"])
    path = f"/collections/{quote(collection.id)}/items"
    crumbs = [*_crumbs(collection, language), (say(language, "features"), path)]
    shapes = collection.features([row], properties=DRAWN) if feature["geometry"] else None
    page = Page(
        "feature.html",
        title,
        crumbs,
        {"collection": collection, "fid": feature["id"], "facts": facts},
        features=shapes,
        simulated=collection.meta["simulated"],
        approximate=is_approximate(collection),
    )
    return page_response(request, release, page, language=language)


def is_approximate(collection: Collection) -> bool:
    """Whether a collection's areas are no official ones."""
    return bool(collection.meta["status"] == "approximate")


def _crumbs(collection: Collection, language: str) -> list[tuple[str, str]]:
    title = in_language(collection.meta["title"], language)
    return [
        (say(language, "collections"), "/collections"),
        (title, f"/collections/{quote(collection.id)}"),
    ]


def _columns(
    request: Request, collection: Collection, parts: PartsOfFeatures, language: str
) -> list[str]:
    """The columns of the table; what a filter has made the same in all rows is left out."""
    if parts.properties is not None:
        return [name for name in collection.columns if name in parts.properties]
    main = main_columns(collection, language)
    return [name for name in main if name not in request.query_params]


def _sortable(request: Request, columns: Sequence[Head]) -> list[Head]:
    """Heads that sort the table by their column."""
    first = request.query_params.get("sortby", "").split(",")[0].strip()
    sortable = []
    for head in columns:
        order = _order_of(first, head.name)
        # Of numbers the largest are looked for first; the same click again turns the order round.
        falls = order != "descending" if head.right else order == "ascending"
        href = _changed(request, sortby=f"-{head.name}" if falls else head.name)
        sortable.append(replace(head, order=order, href=href))
    return sortable


def _order_of(first: str, name: str) -> str:
    """How the table is sorted by a column, in the words of ``aria-sort``."""
    if first == f"-{name}":
        return "descending"
    return "ascending" if first.lstrip("+") == name else ""


def _records(collection: Collection, rows: Sequence[int]) -> list[tuple[str, dict[str, Any]]]:
    """Ids and properties of rows."""
    features = map(orjson.loads, collection.features(rows, geometry=False))
    return [(feature["id"], feature["properties"]) for feature in features]


def _all_columns(
    request: Request, collection: Collection, parts: PartsOfFeatures, names: Sequence[str]
) -> dict[str, Any] | None:
    """How many of the columns are shown, and the way to the others or back."""
    every = list(collection.columns)
    chosen = parts.properties is not None
    if not chosen and len(every) <= MOST_COLUMNS:
        return None
    intervals = intervals_of(every)
    shown = len({*names, *(end for name in names for end in intervals.get(name, ())[:2])})
    href = _changed(request, properties="" if chosen else ",".join(every))
    return {"shown": shown, "all": len(every), "href": href, "chosen": chosen}


def _count(language: str, *, offset: int, returned: int, matched: int) -> str:
    if returned:
        last = offset + returned
        return say(language, "matched", first=offset + 1, last=last, matched=matched)
    return say(language, "past_end" if matched else "matched_none", matched=matched)


def _paging(request: Request, *, limit: int, offset: int, matched: int) -> dict[str, str]:
    links = {}
    if offset > 0:
        links["previous"] = _changed(request, limit=str(limit), offset=str(max(0, offset - limit)))
    if offset + limit < matched:
        links["next"] = _changed(request, limit=str(limit), offset=str(offset + limit))
    return links


def _changed(request: Request, **changed: str) -> str:
    """The address with parameters changed, empty ones left out; only paging keeps pages."""
    drop = {*changed} if "offset" in changed else {*changed, "offset"}
    query = [(n, v) for n, v in request.query_params.multi_items() if n not in drop]
    return with_query("", [*query, *((n, v) for n, v in changed.items() if v)]) or "?"


def _fields(
    request: Request, release: Release, collection: Collection, *, language: str
) -> list[dict[str, Any]]:
    """What the form lets a reader choose from lists."""
    manifest = release.manifest
    options = {
        "level": [
            (level["id"], in_language(level["label"], language)) for level in manifest["levels"]
        ],
        "period": [(period, period) for period in reversed(manifest["periods"])],
        "category_group": [
            (group, in_language(names, language) or group)
            for group, names in manifest["groups"].items()
        ],
    }
    return [
        {"name": name, "options": options[name], "chosen": request.query_params.get(name, "")}
        for name in CHOICES
        if name in collection.columns and collection.meta["level"] is None
    ]


def _kept(request: Request, collection: Collection) -> list[tuple[str, str]]:
    """Parameters that the form hands on: all but those that it asks for itself."""
    asked = {"filter", *_PAGING}
    if collection.meta["level"] is None:
        asked |= {name for name in CHOICES if name in collection.columns}
    return [(n, v) for n, v in request.query_params.multi_items() if n not in asked]


def _example(collection: Collection) -> str:
    """A filter that this collection can be asked with."""
    numbers = ("n_reports", "forecast_n", "population")
    return next((f"{name} >= 10" for name in numbers if name in collection.columns), "")
