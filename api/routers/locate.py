"""Whose beat is it? Addresses and points to areas."""

from __future__ import annotations

import math
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import WithJsonSchema

from api.deps import (
    BaseUrl,
    CurrentLocator,
    CurrentRelease,
    KnownParameters,
    Language,
    require_media_type,
)
from api.errors import ApiError
from api.links import HTML, JSON
from api.models import LocateAnswer
from api.pages.answers import locate_page
from api.parameters import PageFormat
from geo.errors import NotFoundError, UsageError
from geo.languages import in_language
from geo.locate import LONGEST_QUERY, AddressNotFoundError, Answer, Locator, OutsideError, Place

__all__ = ["router"]

router = APIRouter(tags=["locate"], dependencies=[KnownParameters])


def _degrees_up_to(most: float, example: float) -> WithJsonSchema:
    """How the API document says what `_degrees` reads."""
    schema = {"type": "number", "minimum": -most, "maximum": most, "examples": [example]}
    return WithJsonSchema(schema)


@router.get(
    "/locate",
    summary="Areas of an address or a point",
    response_model=LocateAnswer,
    operation_id="locate",
    responses={404: {}},
)
def locate(  # noqa: PLR0913, PLR0917 - as many as the route has parameters
    request: Request,
    locator: CurrentLocator,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    q: Annotated[
        str | None,
        Query(description="An address, as people write it."),
        WithJsonSchema(
            {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_QUERY,
                "examples": ["Pogonowskiego 27/29"],
            }
        ),
    ] = None,
    lon: Annotated[
        str | None, Query(description="Longitude in degrees (WGS 84)."), _degrees_up_to(180, 19.44)
    ] = None,
    lat: Annotated[
        str | None, Query(description="Latitude in degrees (WGS 84)."), _degrees_up_to(90, 51.77)
    ] = None,
    f: PageFormat = None,
) -> Response:
    """Find the areas of every level that hold an address or a point.

    A street without a number, or a name that several streets have, gives several places and
    `"status": "ambiguous"`. An address that is not in the register is a 404 with suggestions.
    The page, asked for nothing, asks for an address.
    """
    on_page = require_media_type(request, [JSON, HTML], f=f) == HTML
    if on_page and q is None and lon is None and lat is None:
        return locate_page(request, release, None, language=language)
    if (q is None) == (lon is None and lat is None) or (lon is None) != (lat is None):
        raise ApiError(code="missing-parameter", expected="place")
    if q is not None:
        answer = _find(locator, q)
    else:
        x, y = _degrees("lon", str(lon), 180.0), _degrees("lat", str(lat), 90.0)
        answer = Answer("", (_at(locator, x, y, bbox=release.manifest["city"]["bbox"]),))
    content = {
        "status": "found" if answer.certain else "ambiguous",
        "query": q,
        "places": [_place(place, base=base, language=language) for place in answer.places],
    }
    if on_page:
        return locate_page(request, release, content, language=language)
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


def _find(locator: Locator, query: str) -> Answer:
    try:
        return locator.find(query)
    except AddressNotFoundError as error:
        near = list(error.suggestions)
        raise ApiError(
            code="no-address",
            query=query,
            near=near,
            suggestions=near,
            show=("query", "suggestions"),
        ) from error
    except NotFoundError as error:
        raise ApiError(code="no-addresses") from error
    except UsageError as error:
        raise ApiError(
            code="bad-value",
            parameter="q",
            value=query,
            expected="address",
            show=("parameter", "value"),
        ) from error


def _at(locator: Locator, lon: float, lat: float, *, bbox: list[float]) -> Place:
    try:
        return locator.at(lon, lat)
    except OutsideError as error:
        raise ApiError(code="outside", lon=lon, lat=lat, bbox=bbox, show=("bbox",)) from error


def _degrees(parameter: str, text: str, most: float) -> float:
    """A coordinate.

    Raises
    ------
    ApiError
        If the text is no number, or leaves the globe.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        raise ApiError(
            code="bad-value",
            parameter=parameter,
            value=text,
            expected=parameter,
            show=("parameter", "value"),
        )
    return value


def _place(place: Place, *, base: str, language: str) -> dict[str, Any]:
    return {
        "lon": place.lon,
        "lat": place.lat,
        "street": place.street,
        "number": place.number,
        "match": place.match,
        "areas": [
            {
                "level": area.level,
                "label": in_language(area.label, language) or area.level,
                "area_id": area.area_id,
                "name": area.name,
                "status": area.status,
                "href": f"{base}/collections/{quote(area.collection)}/items/{quote(area.area_id)}",
            }
            for area in place.areas
        ],
    }
