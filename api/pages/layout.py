"""What all pages have in common: the frame, the languages, the other formats, the policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from api.pages.texts import say
from api.scope import told, tree_of
from geo.formats.registry import FORMATS
from geo.languages import LANGUAGES, language_names
from geo.maps.assets import FOLDER, asset_link
from geo.maps.offline import offline_banner, offline_head
from geo.maps.page import NAVIGATION, script_json
from geo.maps.policy import policy_of
from geo.maps.search import STYLE, search_box, search_script
from geo.maps.texts import tell
from geo.phrases import say_phrases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from geo.maps.tile_service import TileService
    from geo.release.reader import Release

__all__ = ["Crumb", "Page", "page_response", "with_query"]

STYLES = ("theme.css", "pages.css", STYLE, "access.css")
MAP_STYLES = ("vendor/leaflet/leaflet.css", *STYLES)
LEAFLET = "vendor/leaflet/leaflet.js"
MAP_SCRIPTS = (
    "trusted.js", LEAFLET, "dom.js", "theme.js", "basemap.js", "roving.js", "pan.js",
    "items.js",
)  # fmt: skip
MAP_TEXTS = (
    "zoom_in", "zoom_out", "map_keys", "shapes", "pan", "pan_north", "pan_south", "pan_west",
    "pan_east", "pan_whole",
)  # fmt: skip
FORMAT_NAMES: Mapping[str, str] = {
    "json": "JSON", "geojson": "GeoJSON", "geojsonseq": "GeoJSONSeq", "jsonfg": "JSON-FG",
    "csv": "CSV", "xlsx": "Excel", "fgb": "FlatGeobuf", "gpkg": "GeoPackage",
    "parquet": "GeoParquet", "jsonld": "JSON-LD", "ttl": "Turtle",
}  # fmt: skip

_TEMPLATES = Environment(
    loader=PackageLoader("api.pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)

Crumb = tuple[str, str]
"""A name and the path that it leads to."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is particular to a page.

    Parameters
    ----------
    template
        Name of its template.
    title
        Its heading.
    crumbs
        The way to it, from below the landing page.
    context
        What its template shows.
    simulated, approximate
        Whether what it shows is; None for what the release as a whole is.
    features
        Encoded GeoJSON features for its map; None if it has none.
    other_formats
        Whether the same address can be had in other formats.
    styles
        Style sheets of its own.
    own_search
        Whether it has the search box itself, so that its head needs none.
    """

    template: str
    title: str
    crumbs: Sequence[Crumb] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    simulated: bool | None = None
    approximate: bool | None = None
    features: Sequence[bytes] | None = None
    other_formats: bool = True
    styles: Sequence[str] = ()
    own_search: bool = False


def page_response(
    request: Request, release: Release | None, page: Page, *, language: str, status: int = 200
) -> Response:
    """The answer that is a page.

    Parameters
    ----------
    request
        What was asked; other languages and formats of the page are links to the same.
    release
        What it is asked of; None if there is none yet.
    page
        What it shows.
    language
        ``en`` or ``pl``.
    status
        Of the answer.
    """
    frame = _frame(request, release, page, language=language)
    html = _TEMPLATES.get_template(page.template).render(frame | dict(page.context))
    tiles = _tiles(request)
    headers = {
        "Content-Language": language,
        "Content-Security-Policy": policy_of(
            html, inline=False, forms=True, images=tiles.origin if tiles else ""
        ),
    }
    return Response(html, status_code=status, media_type="text/html", headers=headers)


def with_query(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A path and its query."""
    return f"{path}?{urlencode(pairs, quote_via=quote)}" if pairs else path


def _frame(
    request: Request, release: Release | None, page: Page, *, language: str
) -> dict[str, Any]:
    """What the layout shows."""
    root: str = request.scope.get("root_path", "")
    manifest = release.manifest if release else None
    can_draw = (FOLDER / LEAFLET).is_file()
    draws = page.features is not None and can_draw
    asked: Mapping[str, str] = told(request.scope).get("asked", {})
    return {
        "lang": language,
        "say": partial(say, language),
        "href": partial(_href, request, root),
        "root": root,
        "lang_chosen": _chosen_language(request),
        "page": page,
        "crumbs": _crumbs(request, page, language),
        "pinned": bool(tree_of(request.scope)),
        "manifest": manifest,
        "licence": say_phrases((manifest or {}).get("licence", ""), language, separator="; "),
        **_kept_offline(request, release, root, language),
        "city": manifest["city"] if manifest else None,
        "badges": _badges(request, release, page),
        "languages": _languages(request, root, language),
        "formats": _formats(request, root) if page.other_formats and not asked else [],
        "asked": asked,
        **_search(request, root, page, language),
        "navigation": _navigation(request, root, language),
        "styles": [
            _asset(root, name) for name in (*(MAP_STYLES if draws else STYLES), *page.styles)
        ],
        "scripts": [_asset(root, name) for name in MAP_SCRIPTS] if draws else [],
        "can_draw": can_draw,
        "features_json": _features_json(page.features or ()) if draws else None,
        "map_json": script_json(_map_settings(request, release, root, language)) if draws else None,
    }


def _search(request: Request, root: str, page: Page, language: str) -> dict[str, Markup]:
    """The search box of the head, with what was asked if that is why there is this page."""
    chosen = _chosen_language(request)
    if "/locate" not in _routes(request):
        return {"search": Markup(), "search_script": Markup()}
    asked: str = told(request.scope).get("asked", {}).get("q", "")
    box = search_box(lang=language, base_url=root, chosen=chosen, query=asked)
    return {
        "search": Markup() if page.own_search else box,
        "search_script": search_script(base_url=root),
    }


def _kept_offline(
    request: Request, release: Release | None, root: str, language: str
) -> dict[str, Markup]:
    """What lets a browser keep the current release; pages of others are not for keeping."""
    if release is None or tree_of(request.scope):
        return {"offline_head": Markup(), "offline_banner": Markup()}
    return {
        "offline_head": offline_head(release, lang=language, base_url=root),
        "offline_banner": offline_banner(release, lang=language, base_url=root),
    }


def _href(request: Request, root: str, path: str, *pairs: tuple[str, str]) -> str:
    """An address on this server, in the language and the release that the reader has chosen."""
    if path.startswith("/collections"):
        path = tree_of(request.scope) + path
    return _site_href(request, root, path, *pairs)


def _site_href(request: Request, root: str, path: str, *pairs: tuple[str, str]) -> str:
    """An address on this server, in the language that the reader has chosen."""
    chosen = _chosen_language(request)
    return with_query(root + path, [*pairs, *([("lang", chosen)] if chosen else [])])


def _chosen_language(request: Request) -> str:
    """The language that the address names; without one, the browser's counts everywhere."""
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in LANGUAGES else ""


def _same(
    request: Request, root: str, *, leaving: frozenset[str] = frozenset(), **changed: str
) -> str:
    """The address of the page with some parameters changed and some left out."""
    path = root + quote(request.scope["path"].removeprefix(root))
    gone = leaving | changed.keys()
    query = [(n, v) for n, v in request.query_params.multi_items() if n not in gone]
    return with_query(path, [*query, *changed.items()])


def _paged(form: str) -> frozenset[str]:
    """What a link to a file leaves out: a reader who saves one wants more than this page."""
    files = FORMATS.keys() - {"geojson", "jsonfg"}
    return frozenset({"limit", "offset"}) if form in files else frozenset()


def _languages(request: Request, root: str, language: str) -> list[tuple[str, str, str]]:
    return [
        (code, name, _same(request, root, lang=code))
        for code, name in language_names().items()
        if code != language
    ]


def _formats(request: Request, root: str) -> list[tuple[str, str]]:
    """The other formats of this page, as the API document has them."""
    route = request.scope.get("route")
    described = _routes(request).get(getattr(route, "path_format", ""), {})
    offered: list[str] = []
    for parameter in described.get("get", {}).get("parameters", ()):
        if parameter["name"] == "f":
            schema = parameter["schema"]
            offered = next(s["enum"] for s in (schema, *schema.get("anyOf", ())) if "enum" in s)
    return [
        (FORMAT_NAMES.get(name, name), _same(request, root, f=name, leaving=_paged(name)))
        for name in offered
        if name != "html" and not (name == "json" and {"geojson", "jsonld"} & {*offered})
    ]


def _navigation(request: Request, root: str, language: str) -> list[tuple[str, str, bool]]:
    """Name and address of each part of this server, and whether the page is that part."""
    routes, here = _routes(request), request.scope["path"].removeprefix(root)
    return [
        (tell(language, key), _site_href(request, root, path), path == here)
        for key, path in NAVIGATION.items()
        if path in routes
    ]


def _crumbs(request: Request, page: Page, language: str) -> list[Crumb]:
    """The way to a page; below a release it begins with that."""
    if not (tree := tree_of(request.scope)):
        return list(page.crumbs)
    pinned: str = told(request.scope)["pinned"]
    return [
        (tell(language, "nav_releases"), "/releases"),
        (pinned, f"{tree}/collections"),
        *page.crumbs,
    ]


def _routes(request: Request) -> Mapping[str, Any]:
    """The routes of the API document; a problem may be found before there is an application."""
    app = request.scope.get("app")
    return app.openapi()["paths"] if app else {}


def _badges(request: Request, release: Release | None, page: Page) -> list[str]:
    """What must be said of everything on the page before it is read."""
    if release is None:
        return []
    simulated, approximate = page.simulated, page.approximate
    if simulated is None:
        simulated = release.manifest["inputs"]["reports"]["simulated"]
    if approximate is None:
        approximate = any(c.meta["status"] == "approximate" for c in release.collections.values())
    told = {
        "badge_simulated": simulated,
        "badge_approximate": approximate,
        "badge_internal": release.face == "internal",
        "badge_pinned": bool(tree_of(request.scope)),
    }
    return [key for key, holds in told.items() if holds]


def _asset(root: str, name: str) -> dict[str, str]:
    return asset_link(name, root)


def _features_json(features: Sequence[bytes]) -> Markup:
    """A feature collection that may stand inside a script element."""
    body = b'{"type":"FeatureCollection","features":[%b]}' % b",".join(features)
    return Markup(body.decode("utf-8").replace("<", "\\u003c"))  # noqa: S704 - no tag can begin


def _tiles(request: Request) -> TileService | None:
    """What the operator wants under the maps; a problem may be found before there is an app."""
    app = request.scope.get("app")
    tiles: TileService | None = app.state.tiles if app else None
    return tiles


def _map_settings(
    request: Request, release: Release | None, root: str, language: str
) -> dict[str, Any]:
    tiles = _tiles(request)
    return {
        "tiles": tiles.for_page() if tiles else None,
        "basemap": f"{root}/maps/basemap.json",
        "bbox": release.manifest["city"]["bbox"] if release else None,
        "texts": {key: tell(language, key) for key in MAP_TEXTS}
        | {"show_on_map": say(language, "show_on_map")},
    }
