"""The page that says whose beat a place is: the beat first, then whom to turn to, then the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import orjson

from api.pages.layout import Page, page_response
from api.pages.texts import say
from api.pages.words import format_number
from api.scope import told
from geo.maps.search import search_box

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from geo.release.reader import Release

__all__ = ["locate_page"]

STYLES = ("locate.css",)
STEP_M = 10
"""Metres are told in tens: a register's point is no truer."""


def locate_page(
    request: Request,
    release: Release,
    content: Mapping[str, Any] | None,
    *,
    language: str,
) -> Response:
    """The page that asks for an address and tells whose it is.

    Parameters
    ----------
    content
        The answer as JSON has it; None before anything was asked.
    language
        One of `geo.languages.LANGUAGES`.
    """
    places = content["places"] if content else []
    in_address = content is not None and request.method == "GET"
    shown = [_place(each, release, request, language=language) for each in places]
    asked = told(request.scope).get("asked", {})
    context = {
        "box": search_box(
            lang=language,
            base_url=request.scope.get("root_path", ""),
            chosen=request.query_params.get("lang", ""),
            query=(content or {}).get("query") or asked.get("q", ""),
            large=True,
        ),
        # It would not be true of a question that stands in the address.
        "private": not in_address,
        "places": shown,
        "ambiguous": content is not None and content["status"] == "ambiguous",
        "period": release.manifest["period"],
    }
    page = Page(
        "locate.html",
        say(language, "locate"),
        (),
        context,
        # In other formats the question would have to stand in the address.
        other_formats=in_address,
        features=[*_features(release, shown)] or None,
        styles=STYLES,
        own_search=True,
    )
    return page_response(request, release, page, language=language)


def _place(
    place: Mapping[str, Any], release: Release, request: Request, *, language: str
) -> dict[str, Any]:
    """A place with paths instead of addresses, and distances in words."""
    levels = release.manifest["levels"]
    # An area that is the whole city tells nobody where they are.
    whole = {level["id"] for level in levels[1:] if level["areas"] == 1}
    areas = [area | {"path": _path(area["page"], request)} for area in place["areas"]]
    is_finest = bool(areas) and areas[0]["level"] == levels[0]["id"]
    kind = "your_beat" if levels[0]["id"] == "beat" else "your_area"
    return {
        **place,
        "name": _name(place, language),
        "is_beat": is_finest,
        "kicker": say(language, kind) if is_finest and place["match"] != "area" else "",
        "first": areas[0] if areas else None,
        "others": [area for area in areas[1:] if area["level"] not in whole],
        "hotspots": [
            spot | {"way": _way(spot, language), "shown": spot["name"] or spot["id"]}
            for spot in place["hotspots"]
        ],
    }


def _name(place: Mapping[str, Any], language: str) -> str:
    """The address, the area itself, or what a point is."""
    if place["match"] == "area":
        return str(place["areas"][0]["name"])
    address = " ".join(part for part in (place["street"], place["number"]) if part)
    return address or f"{say(language, 'your_position')} ({place['lat']:.4f}, {place['lon']:.4f})"


def _way(spot: Mapping[str, Any], language: str) -> str:
    """How far and where to: 320 m to the north."""
    if spot["direction"] is None:
        return say(language, "inside_hotspot")
    metres = max(STEP_M, STEP_M * round(spot["distance_m"] / STEP_M))
    direction = say(language, f"direction_{spot['direction']}")
    shown = format_number(metres, language)
    return say(language, "metres_away", metres=shown, direction=direction)


def _path(address: str, request: Request) -> str:
    """The path of an address of this server, below its landing page."""
    return urlsplit(address).path.removeprefix(request.scope.get("root_path", ""))


def _features(release: Release, places: list[dict[str, Any]]) -> Iterator[bytes]:
    """What the map shows: the area of one place and its hot spots, and every place as a point."""
    if len(places) == 1 and (first := places[0]["first"]) is not None:
        [collection] = (
            level["collection"]
            for level in release.manifest["levels"]
            if level["id"] == first["level"]
        )
        yield from _shape(release, collection, first["area_id"], first["name"])
        for spot in places[0]["hotspots"]:
            yield from _shape(
                release, "hotspot-areas", spot["id"], spot["shown"], hot_class=spot["hot_class"]
            )
    for place in places:
        if place["match"] != "area":
            point = {"type": "Point", "coordinates": [place["lon"], place["lat"]]}
            yield _feature(place["name"], orjson.Fragment(orjson.dumps(point)))


def _shape(
    release: Release, collection: str, fid: str, name: str, **properties: Any
) -> Iterator[bytes]:
    layer = release.collections[collection]
    row = layer.row_of(fid)
    if row is None:
        return
    for number in layer.shape_numbers(np.array([row])).tolist():
        if number >= 0:
            yield _feature(name, orjson.Fragment(layer.geometry_line(number)), **properties)


def _feature(name: str, geometry: orjson.Fragment, **properties: Any) -> bytes:
    feature = {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}
    return orjson.dumps(feature)
