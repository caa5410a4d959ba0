"""What a browser keeps of a release: the manifest of an installed app, and the worker's orders.

The worker's text names the release and everything that belongs to it, so a browser sees a new
worker with each release, and keeps the new one whole before it lets the old one go.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson
from markupsafe import Markup

from geo.languages import LANGUAGES, Texts
from geo.maps.assets import FOLDER, asset_link, read_asset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.maps.tile_service import TileService
    from geo.release.reader import Collection, Release

__all__ = [
    "COLOUR",
    "ICONS",
    "TEXTS",
    "offline_banner",
    "offline_head",
    "web_manifest",
    "worker_script",
]

PUBLIC = "public"
WORKER = "sw.js"
REGISTERS = "offline.js"
COLOUR = "#1b5580"
"""Of the icon, and of the frame that a browser draws around the app."""

ICONS = (
    {"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"},
    {"src": "icon-192.png", "sizes": "192x192", "type": "image/png"},
    {"src": "icon-512.png", "sizes": "512x512", "type": "image/png"},
    {
        "src": "icon-maskable-512.png",
        "sizes": "512x512",
        "type": "image/png",
        "purpose": "maskable",
    },
)
"""Files of the assets; a platform that wants points gets points, cut to its own shape."""

KEPT = (
    "area-periods",
    "area-series",
    "hotspot-areas",
    "hotspot-cells",
    "plan-candidates",
    "forecasts",
    "clusters",
)
"""Layers that the map reads, beside those of the levels."""

WITHOUT_SHAPES = frozenset({"area-periods", "area-series", "forecasts"})
"""The map takes the shapes of these from the levels."""

TEXTS = {
    "app_description": "What was reported in {city}, by beat, with its uncertainty.",
    "kept": "Offline: this is the release of {day}, kept on this device.",
    "newer": "There is a newer release. This page still shows the one of {day}.",
    "reload": "Reload",
    "title": "No network, and this page is not kept",
    "text": "The map of the last release can be read without network, and so can pages that "
    "were visited. Addresses that are looked up are never kept.",
    "map": "Open the map",
    "visited": "Pages that are kept",
}

FEW_ROWS = 2_000
"""A layer of no more rows is kept with all its periods."""

MOST_ROWS = 60_000
"""A layer with more rows than this in one period is not kept: a phone has little room."""

_OFFLINE = Texts(TEXTS, context="offline")


def web_manifest(release: Release, *, lang: str, base_url: str) -> dict[str, Any]:
    """What a browser must know to install the maps as an app.

    Parameters
    ----------
    release
        Names the city.
    lang
        ``en`` or ``pl``.
    base_url
        Goes before every path; "" at the root of the origin.

    Raises
    ------
    UsageError
        If there is no such language.
    """
    city = release.manifest["city"]["name"]
    return {
        "id": f"{base_url}/",
        "name": f"{city} · Rewir",
        "short_name": city,
        "description": _OFFLINE.say(lang, "app_description", city=city),
        "lang": lang,
        "dir": "ltr",
        "start_url": f"{base_url}/?lang={lang}",
        "scope": f"{base_url}/",
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": COLOUR,
        "icons": [icon | {"src": f"{base_url}/assets/{icon['src']}"} for icon in ICONS],
    }


def worker_script(
    release: Release, *, base_url: str, page_size: int, tiles: TileService | None = None
) -> bytes:
    """The service worker of a release.

    Parameters
    ----------
    release
        What it keeps.
    base_url
        Goes before every path; "" at the root of the origin.
    page_size
        How many features the feed gives at once.
    tiles
        What the pages draw under their maps; with another service they are other pages.

    Returns
    -------
    bytes
        JavaScript; the same for the same release and program.
    """
    orders = {
        "release": release.id,
        "root": base_url,
        "shell": [f"{base_url}/?lang={lang}" for lang in LANGUAGES],
        "assets": list(_assets(base_url)),
        "data": [
            {"path": f"{base_url}/maps/basemap.json", "address": f"{base_url}/maps/basemap.json",
             "filter": {}, "columns": []},
            *_layers(release, f"{base_url}/releases/{release.id}", page_size),
        ],
        "texts": {lang: _OFFLINE.of(lang) for lang in LANGUAGES},
    }  # fmt: skip
    script = read_asset(WORKER)
    edition = hashlib.sha256(orjson.dumps(orders) + script + repr(tiles).encode()).hexdigest()[:8]
    orders["edition"] = f"{release.id}-{edition}"
    return b"self.REWIR = %b;\n%b" % (orjson.dumps(orders), script)


def offline_head(release: Release, *, lang: str, base_url: str) -> Markup:
    """What the head of a served page says to be installed and kept: nothing on internal pages."""
    if release.face != PUBLIC:
        return Markup()
    script = asset_link(REGISTERS, base_url)
    return Markup(
        '<link rel="manifest" href="{base}/manifest.webmanifest?lang={lang}">\n'
        '<link rel="apple-touch-icon" href="{base}/assets/icon-192.png">\n'
        '<meta name="theme-color" content="{colour}">\n'
        '<script src="{url}" integrity="{integrity}" defer></script>'
    ).format(base=base_url, lang=lang, colour=COLOUR, **script)


def offline_banner(release: Release, *, lang: str, base_url: str) -> Markup:
    """Where a served page says that it is shown from a kept copy: empty until it is.

    Without it the script keeps nothing; an internal page has none.
    """
    if release.face != PUBLIC:
        return Markup()
    texts = _OFFLINE.of(lang)
    return Markup(
        '<p class="offline" id="offline" role="status" data-release="{release}" data-day="{day}"'
        ' data-root="{root}" data-kept="{kept}" data-newer="{newer}" data-reload="{reload}"></p>'
    ).format(
        release=release.id,
        day=release.manifest["as_of"],
        root=base_url,
        kept=texts["kept"],
        newer=texts["newer"],
        reload=texts["reload"],
    )


def _assets(base_url: str) -> Iterator[str]:
    """Every script, style and icon that a page loads, by the address under which it does."""
    for path in sorted(FOLDER.rglob("*")):
        name = path.relative_to(FOLDER).as_posix()
        if path.suffix in {".js", ".css"} and name != WORKER:
            yield asset_link(name, base_url)["url"]
    yield f"{base_url}/assets/icon.svg"


def _layers(release: Release, tree: str, page_size: int) -> Iterator[dict[str, Any]]:
    """The addresses that hold each layer of the current period, page after page."""
    levels = [level["collection"] for level in release.manifest["levels"]]
    for name in (*levels, *KEPT):
        if name not in release.collections:
            continue
        collection = release.collections[name]
        chosen, rows = _current(collection, release.manifest["period"])
        if rows > MOST_ROWS:
            continue
        path = f"{tree}/collections/{name}/items"
        fixed = [f"{key}={value}" for key, value in chosen.items()]
        shapes = ["skipGeometry=true"] if name in WITHOUT_SHAPES else []
        for offset in range(0, max(rows, 1), page_size):
            paging = [f"limit={page_size}", *([f"offset={offset}"] if offset else [])]
            address = f"{path}?{'&'.join([*fixed, *shapes, *paging])}"
            columns = list(collection.columns)
            yield {"path": path, "address": address, "filter": chosen, "columns": columns}


def _current(collection: Collection, period: str) -> tuple[dict[str, str], int]:
    """The filter that leaves the current period, where not all are kept, and how many rows."""
    if collection.count > FEW_ROWS and "period" in collection.columns:
        chosen = {"period": period}
        if rows := collection.select(equals=chosen, limit=0).matched:
            return chosen, rows
    return {}, collection.count
