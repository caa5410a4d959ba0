"""The map page: served beside its assets and feed, or as one file that needs neither."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import orjson
from markupsafe import Markup

from geo.errors import StoreError
from geo.languages import in_language, language_names
from geo.maps.assets import ICON, SCRIPTS, STYLES, asset_link, read_asset
from geo.maps.config import STATISTICS, STATUSES, Choice, page_config
from geo.maps.embed import embedded_data
from geo.maps.offline import offline_banner, offline_head
from geo.maps.policy import policy_of
from geo.phrases import say_phrases

if TYPE_CHECKING:
    from geo.maps.config import Chosen
    from geo.maps.tile_service import TileService
    from geo.release.reader import Release

__all__ = ["NAVIGATION", "MapPage", "areas_page"]

NAVIGATION = {
    "nav_map": "/",
    "nav_collections": "/collections",
    "nav_locate": "/locate",
    "nav_priorities": "/priorities",
    "nav_releases": "/releases",
    "nav_api": "/api",
}
"""Where the head of every served page leads to."""

_POLICY_PLACE = "<!-- policy -->"


@dataclass(frozen=True, slots=True)
class MapPage:
    """A page and the Content-Security-Policy it must be sent with."""

    html: str
    csp: str


def areas_page(
    release: Release,
    *,
    base_url: str = "",
    inline: bool = False,
    embed: bool = False,
    tiles: TileService | None = None,
    **choice: Unpack[Chosen],
) -> MapPage:
    """The page of the map: areas, hot spots and what else the release has.

    Parameters
    ----------
    release
        The release that is shown.
    base_url
        Goes before every path of assets and feed; "" where they lie at the root of the origin.
    inline
        Put scripts, styles and all data into the page, which then makes no request at all.
    embed
        Show the map, its legend and its source alone, and let pages of any origin frame it.
    tiles
        What is drawn under the map in place of our own streets; a file never has it.
    **choice
        What is shown first, as for `geo.maps.config.Choice.of`: ``layer``, ``level``, ``period``,
        ``category_group``, ``lang``. The reader can choose others on the page.

    Returns
    -------
    MapPage
        The same bytes for the same release and choice.

    Raises
    ------
    UsageError
        If the release has no such layer, level, period or group, or the maps no such language.
    NotFoundError
        If Leaflet has not been installed.
    StoreError
        If the release is damaged.
    """
    config = page_config(release, Choice.of(release, **choice), base_url=base_url)
    served = None if inline else tiles
    config["tiles"] = served.for_page() if served else None
    context = _context(release, config, inline=inline) | {"embed": embed}
    html = _render(release, context)
    origin = served.origin if served else ""
    csp = policy_of(html, inline=inline, framed_by_all=embed, images=origin)
    meta = Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(csp)
    return MapPage(html.replace(_POLICY_PLACE, meta if inline else "", 1), csp)


def _context(release: Release, config: dict[str, Any], *, inline: bool) -> dict[str, Any]:
    """What the template shows."""
    manifest, lang = release.manifest, config["lang"]
    return {
        "inline": inline,
        "policy_place": Markup(_POLICY_PLACE),  # noqa: S704  (a constant)
        "say": _speaker(config["texts"]),
        "languages": language_names(),
        "city": manifest["city"],
        "notice": in_language(manifest["city"]["notice"], lang),
        "release": release.id,
        "as_of": manifest["as_of"],
        "period_options": _period_options(config),
        "level_options": [(level["id"], level["label"]) for level in config["levels"]],
        "statistic_options": [
            (each["id"], config["texts"][f"statistic_{each['id']}"]) for each in STATISTICS
        ],
        "status_options": [(each, config["texts"][f"rule_{each}"]) for each in STATUSES],
        "navigation": {key: config["base_url"] + path for key, path in NAVIGATION.items()},
        "simulated": manifest["inputs"]["reports"]["simulated"],
        "licence": say_phrases(manifest["licence"], lang, separator="; "),
        "attribution": manifest["attribution"]
        + ([config["tiles"]["attribution"]] if config["tiles"] else []),
        "rules": [in_language(rule["text"], lang) for rule in manifest["disclosure"]["rules"]],
        "icon": _data_url(ICON, "image/svg+xml"),
        "offline_head": offline_head(release, lang=lang, base_url=config["base_url"]),
        "offline_banner": offline_banner(release, lang=lang, base_url=config["base_url"]),
        "styles": [_asset(name, config["base_url"], inline=inline) for name in STYLES],
        "scripts": [_asset(name, config["base_url"], inline=inline) for name in SCRIPTS],
        "config": config,
        "config_json": script_json(config),
        "data_json": script_json(embedded_data(release)) if inline else None,
    }


def _period_options(config: dict[str, Any]) -> list[tuple[str, str]]:
    """Half-years, the last one first; any months where their numbers are there."""
    periods = [(period, each["label"]) for period, each in config["periods"].items()][::-1]
    custom = ("custom", config["texts"]["period_custom"])
    return [*periods, custom] if config["months"]["series"] else periods


def _render(release: Release, context: dict[str, Any]) -> str:
    # folium takes a second to import, which a server should not pay before its first page.
    from geo.maps.elements import LAYERS, ClientLayer, Explorer, LocalMap, Page  # noqa: PLC0415

    try:
        west, south, east, north = map(float, release.manifest["city"]["bbox"])
    except (KeyError, TypeError, ValueError) as error:
        msg = f"release {release.id} names no bounds of its city: build it again"
        raise StoreError(msg) from error
    page, city_map = Page(context), LocalMap((west, south, east, north))
    layers = {name: ClientLayer(drawing) for name, drawing in LAYERS.items()}
    for element in (*layers.values(), Explorer(layers)):
        city_map.add_child(element)
    page.add_child(city_map)
    return str(page.render())


def script_json(value: Any) -> Markup:
    """JSON that may stand inside a script element: no ``<`` can end it or open a comment."""
    return Markup(orjson.dumps(value).decode("utf-8").replace("<", "\\u003c"))  # noqa: S704


def _speaker(texts: Any) -> Any:
    """A function from the name of a text, and what fills its gaps, to the text."""

    def say(key: str, **values: object) -> str:
        return str(texts[key]).format_map(values)

    return say


def _asset(name: str, base_url: str, *, inline: bool) -> dict[str, Any]:
    """An asset as a link with its hash, or as its text."""
    if not inline:
        return dict(asset_link(name, base_url))
    text = read_asset(name).decode("utf-8")
    # A source map would be looked for beside the file.
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL")]
    return {"text": Markup("\n".join(lines).replace("</", "<\\/"))}  # noqa: S704  (our own files)


def _data_url(name: str, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(read_asset(name)).decode('ascii')}"
