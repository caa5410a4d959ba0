"""Links of the answers, and the descriptions of collections that they lead to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from api.scope import PINNED, tree_of
from geo.formats.coordinates import CRS84, SERVED_CRS
from geo.formats.registry import FORMATS
from geo.formats.style_rules import STYLE_TYPES
from geo.formats.tiles import MEDIA_TYPE as TILES
from geo.languages import in_language
from geo.periods import local_midnight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from api.parameters import PageOfFeatures
    from geo.release.reader import Collection, Release

__all__ = [
    "GEOJSON",
    "JSON",
    "OPENAPI",
    "SCHEMA",
    "collection_info",
    "format_links",
    "link",
    "on_page",
    "page_links",
    "self_link",
]

JSON = "application/json"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"

_MAP_OF = {"area-periods": "areas", "hotspot-cells": "hotspots", "hotspot-areas": "hotspots"}
_MAP_PARAMETERS = ("level", "period", "category_group", "lang")


def link(
    base: str, path: str, *, rel: str, media_type: str = JSON, title: str | None = None
) -> dict[str, str]:
    """A link to a path below the landing page."""
    made = {"href": base + path, "rel": rel, "type": media_type}
    return made | {"title": title} if title else made


def self_link(request: Request, base: str, *, media_type: str = JSON) -> dict[str, str]:
    """The link to what was asked for."""
    query = request.query_params.multi_items()
    return link(base, _path(request) + _query(query), rel="self", media_type=media_type)


def on_page(request: Request, base: str) -> dict[str, str]:
    """The link to the same as a page for people."""
    query = [pair for pair in request.query_params.multi_items() if pair[0] != "f"]
    path = _path(request) + _query([*query, ("f", "html")])
    return link(base, path, rel="alternate", media_type=HTML)


def page_links(
    request: Request,
    base: str,
    collection: Collection,
    *,
    page: PageOfFeatures,
    matched: int,
    form: str = "geojson",
) -> list[dict[str, str]]:
    """Links of a page: itself, the next, the one before, other formats, its map, its collection.

    `form` is the id of the page's format.
    """
    media_type = FORMATS[form].media_type.partition(";")[0]
    everything = request.query_params.multi_items()
    asked = [(n, v) for n, v in everything if n not in {"offset", "limit"}]

    def at(offset: int, rel: str) -> dict[str, str]:
        query = [*asked, ("limit", str(page.limit)), ("offset", str(offset))]
        return link(base, _path(request) + _query(query), rel=rel, media_type=media_type)

    links = [self_link(request, base, media_type=media_type)]
    if page.offset + page.limit < matched:
        links.append(at(page.offset + page.limit, "next"))
    if page.offset > 0:
        links.append(at(max(0, page.offset - page.limit), "prev"))
    links += format_links(base, _path(request), rel="alternate", query=everything, but=(form,))
    tree = tree_of(request.scope)
    links += [on_page(request, base), *_map_links(base, collection, dict(asked), tree=tree)]
    links.append(link(base, f"{tree}/collections/{quote(collection.id)}", rel="collection"))
    return links


def format_links(
    base: str,
    path: str,
    *,
    rel: str,
    query: Sequence[tuple[str, str]] = (),
    but: Sequence[str] = (),
) -> list[dict[str, str]]:
    """A link to the same features in every format except those in `but`."""
    asked = [pair for pair in query if pair[0] != "f"]
    return [
        link(
            base,
            path + _query([*asked, ("f", entry.id)]),
            rel=rel,
            media_type=entry.media_type.partition(";")[0],
        )
        for entry in FORMATS.values()
        if entry.id not in but
    ]


def collection_info(
    base: str, release: Release, collection: Collection, *, language: str, tree: str = ""
) -> dict[str, Any]:
    """What is told about a collection; `tree` is the path of the release, if that is pinned."""
    meta, path = collection.meta, f"{tree}/collections/{quote(collection.id)}"
    return {
        "id": collection.id,
        "title": in_language(meta["title"], language),
        "description": in_language(meta["description"], language),
        "links": [
            link(base, path, rel="self"),
            link(base, f"{path}/items", rel="items", media_type=GEOJSON),
            # JSON-FG shares GeoJSON's media type; of two links GDAL would follow the wrong one.
            *format_links(base, f"{path}/items", rel="items", but=("geojson", "jsonfg")),
            link(base, f"{path}/queryables", rel=_QUERYABLES, media_type=SCHEMA),
            link(base, f"{path}/schema", rel=_SCHEMA, media_type=SCHEMA),
            *_map_links(base, collection, {}, tree=tree),
            *_drawing_links(base, collection, tree=tree),
            *_versions(base, release, collection, tree=tree),
        ],
        "extent": _extent(meta, ZoneInfo(release.manifest["city"]["timezone"])),
        "itemType": "feature",
        "crs": list(SERVED_CRS),
        "storageCrs": CRS84,
        "count": collection.count,
        "geometry": meta["geometry"],
        "level": meta["level"],
        "status": meta["status"],
        "simulated": meta["simulated"],
        "properties": {
            name: column | {"title": in_language(column["title"], language)}
            for name, column in meta["columns"].items()
        },
        "method": meta["method"],
        "provenance": _provenance(release, collection),
        "breaks": meta["breaks"],
        "release": release.id,
        "licence": release.manifest["licence"],
        "attribution": release.manifest["attribution"],
    }


def _provenance(release: Release, collection: Collection) -> dict[str, Any]:
    """From what the release was made, with which code, and what its files must hash to."""
    manifest = release.manifest
    names = ("as_of", "generated_at", "code_version", "seed", "parameters", "inputs")
    files = {name: file["sha256"] for name, file in collection.meta["files"].items()}
    return {name: manifest[name] for name in names} | {"files": files}


def _extent(meta: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Where and when; days begin at the city's midnight, and the end does not belong."""
    extent: dict[str, Any] = {}
    if meta["bbox"]:
        extent["spatial"] = {"bbox": [meta["bbox"]], "crs": CRS84}
    if meta["time"]:
        ends = [local_midnight(date.fromisoformat(day), zone).isoformat() for day in meta["time"]]
        extent["temporal"] = {"interval": [ends]}
    return extent


def _versions(
    base: str, release: Release, collection: Collection, *, tree: str
) -> list[dict[str, str]]:
    """From the current collection to the one that stays, and back."""
    path = f"/collections/{quote(collection.id)}"
    if tree:
        return [link(base, path, rel="latest-version")]
    return [link(base, f"{PINNED}{quote(release.id)}{path}", rel="bookmark")]


def _map_links(
    base: str, collection: Collection, asked: Mapping[str, str], *, tree: str
) -> list[dict[str, str]]:
    """The page that draws the collection, with the same choice of level, period and group.

    Maps are of the current release only.
    """
    level = collection.meta["level"]
    name = _MAP_OF.get(collection.id, "areas" if level else None)
    if name is None or tree:
        return []
    choice = {n: v for n, v in asked.items() if n in _MAP_PARAMETERS}
    if level:
        choice["level"] = level
    if name == "hotspots":
        choice.pop("level", None)
    return [
        link(base, f"/maps/{name}{_query(list(choice.items()))}", rel="alternate", media_type=HTML)
    ]


def _drawing_links(base: str, collection: Collection, *, tree: str) -> list[dict[str, str]]:
    """Tiles and styles, which follow the current release."""
    if tree or collection.meta["bbox"] is None:
        return []
    name = quote(collection.id)
    styles = [
        link(base, f"/styles/{name}?f={f}", rel="stylesheet", media_type=media_type)
        for f, media_type in STYLE_TYPES.items()
    ]
    tiles = link(base, f"/tiles/{name}.pmtiles", rel="enclosure", media_type=TILES)
    return [tiles, *styles]


def _path(request: Request) -> str:
    path: str = request.scope["path"]
    return quote(path.removeprefix(request.scope.get("root_path", "")))


def _query(pairs: list[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
