"""Whose beat is it? Addresses, points and names to areas, and to what concerns them.

The same can be asked in the address, which is for programs, and in the body, which is for people:
what is in the body is in no log of a proxy and no history of a browser. Neither way is anything of
it kept here.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import WithJsonSchema

from api.asked import FORM, asked_in_body
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
from api.locate_answer import locate_answer, suggestions_answer
from api.models import LocateAnswer, Suggestions
from api.pages.locate import locate_page
from api.parameters import PageFormat
from geo.errors import NotFoundError, UsageError
from geo.locate import LONGEST_QUERY, AddressNotFoundError, Answer, Locator, OutsideError, Place

__all__ = ["router"]

NOT_KEPT = {"Cache-Control": "no-store"}
"""By nobody on the way, and so by none of our own caches either."""

router = APIRouter(tags=["locate"], dependencies=[KnownParameters])


def _degrees_up_to(most: float, example: float) -> dict[str, Any]:
    """How the API document says what `_degrees` reads."""
    return {"type": "number", "minimum": -most, "maximum": most, "examples": [example]}


_Q = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_QUERY,
    "examples": ["Pogonowskiego 27/29"],
}
_LON, _LAT = _degrees_up_to(180, 19.44), _degrees_up_to(90, 51.77)


def _form(*required: str, **fields: dict[str, Any]) -> dict[str, Any]:
    """How the API document describes the body of a question."""
    schema = {"type": "object", "additionalProperties": False, "properties": fields}
    if required:
        schema["required"] = list(required)
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}}


async def _question(request: Request) -> dict[str, str]:
    return await asked_in_body(request, fields=("q", "lon", "lat"))


async def _beginning(request: Request) -> dict[str, str]:
    return await asked_in_body(request, fields=("q",))


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
        Query(description="An address, a street or an area, as people write it."),
        WithJsonSchema(_Q),
    ] = None,
    lon: Annotated[
        str | None, Query(description="Longitude in degrees (WGS 84)."), WithJsonSchema(_LON)
    ] = None,
    lat: Annotated[
        str | None, Query(description="Latitude in degrees (WGS 84)."), WithJsonSchema(_LAT)
    ] = None,
    f: PageFormat = None,
) -> Response:
    """Find the areas of every level that hold an address or a point, and what concerns them.

    The contact of the area (if the operator has given a file of offices), what is proposed for the
    beat, and the hot spots within a kilometre. A street without a number, or a name that several
    streets have, gives several places and `"status": "ambiguous"`. An address that is not in the
    register is a 404 with suggestions. The page, asked for nothing, asks for an address. People
    should rather be asked by `POST`: their address is then in no log.
    """
    given = {"q": q, "lon": lon, "lat": lat}
    asked = {name: value for name, value in given.items() if value is not None}
    on_page = require_media_type(request, [JSON, HTML], f=f) == HTML
    if on_page and not asked:
        return _unkept(locate_page(request, release, None, language=language))
    return _answer(request, locator, asked, language=language, base=base, on_page=on_page)


@router.post(
    "/locate",
    summary="Areas of an address or a point, asked privately",
    response_model=LocateAnswer,
    operation_id="locatePrivately",
    responses={404: {}},
    openapi_extra=_form(q=_Q, lon=_LON, lat=_LAT),
)
def locate_privately(
    request: Request,
    locator: CurrentLocator,
    language: Language,
    base: BaseUrl,
    asked: Annotated[dict[str, str], Depends(_question)],
    f: PageFormat = None,
) -> Response:
    """Answer as `GET` does, to a question in the body: `q`, or `lon` and `lat`.

    Nothing is changed by it, and nothing of it is written down.
    """
    on_page = require_media_type(request, [JSON, HTML], f=f) == HTML
    return _answer(request, locator, asked, language=language, base=base, on_page=on_page)


@router.post(
    "/locate/suggestions",
    summary="What somebody may be about to write",
    response_model=Suggestions,
    operation_id="getSuggestions",
    openapi_extra=_form("q", q=_Q),
)
def suggestions(
    request: Request,
    locator: CurrentLocator,
    language: Language,
    base: BaseUrl,
    asked: Annotated[dict[str, str], Depends(_beginning)],
) -> Response:
    """Give up to eight areas, streets and addresses that begin so, the likeliest first."""
    require_media_type(request, [JSON])
    beginning = asked.get("q", "")
    if not 0 < len(beginning) <= LONGEST_QUERY:
        raise _no_address(beginning)
    found = locator.suggest(beginning)
    content = suggestions_answer(found, language=language, base=base)
    headers = {"Content-Language": language}
    return _unkept(Response(orjson.dumps(content), media_type=JSON, headers=headers))


def _answer(
    request: Request,
    locator: Locator,
    asked: dict[str, str],
    *,
    language: str,
    base: str,
    on_page: bool,
) -> Response:
    """The answer to a question, wherever it stood.

    Raises
    ------
    ApiError
        If it is none, or nothing is found.
    """
    q, lon, lat = (asked.get(name) for name in ("q", "lon", "lat"))
    if (q is None) == (lon is None and lat is None) or (lon is None) != (lat is None):
        raise ApiError(code="missing-parameter", expected="place")
    release = request.state.release
    if q is not None:
        answer = _find(locator, q)
    else:
        x, y = _degrees("lon", str(lon), 180.0), _degrees("lat", str(lat), 90.0)
        answer = Answer("", (_at(locator, x, y, bbox=release.manifest["city"]["bbox"]),))
    content = locate_answer(
        answer,
        query=q,
        release=release,
        contacts=request.app.state.contacts,
        language=language,
        base=base,
    )
    if on_page:
        return _unkept(locate_page(request, release, content, language=language))
    headers = {"Content-Language": language}
    return _unkept(Response(orjson.dumps(content), media_type=JSON, headers=headers))


def _unkept(answer: Response) -> Response:
    answer.headers.update(NOT_KEPT)
    return answer


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
        raise _no_address(query) from error


def _no_address(query: str) -> ApiError:
    return ApiError(
        code="bad-value",
        parameter="q",
        value=query,
        expected="address",
        show=("parameter", "value"),
    )


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
