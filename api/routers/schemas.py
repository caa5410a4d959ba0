"""What a collection's properties are, as JSON Schema: to filter by, and to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request, Response

from api.deps import (
    BaseUrl,
    CurrentCollection,
    CurrentRelease,
    KnownParameters,
    Language,
    SpeaksLanguages,
    require_media_type,
)
from api.links import HTML, JSON, SCHEMA
from api.pages.layers import columns_page
from api.pages.texts import say
from api.parameters import PageFormat
from geo.filters.rows import GEOMETRY
from geo.languages import in_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Collection

__all__ = ["router"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ROLES = {"period_start": "primary-interval-start", "period_end": "primary-interval-end"}
_UCUM = {
    "1/1000": "10*-3", "km²": "km2", "1/km²": "1/km2", "days": "d",
    **{unit: unit for unit in ("1", "m", "km", "1/km")},
}  # fmt: skip
"""Units as the Unified Code for Units of Measure writes them; what is counted is an annotation."""

router = APIRouter(tags=["features"], dependencies=[SpeaksLanguages, KnownParameters])

_OFFERS = (SCHEMA, JSON, HTML)
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {SCHEMA: {"schema": {"type": "object"}}, JSON: {"schema": {"type": "object"}}}}
}


@router.get(
    "/collections/{collectionId}/queryables",  # noqa: FAST003 - CurrentCollection takes it
    summary="What a filter may name",
    operation_id="getQueryables",
    responses=_RESPONSES,
    response_class=Response,
)
def queryables(
    request: Request,
    release: CurrentRelease,
    layer: CurrentCollection,
    language: Language,
    base: BaseUrl,
    f: PageFormat = None,
) -> Response:
    """Describe, as JSON Schema, the properties that `filter` may name, and the geometry."""
    media_type = require_media_type(request, _OFFERS, f=f)
    if media_type == HTML:
        return columns_page(request, release, layer, what="what_to_filter", language=language)
    content = _schema_of(request, base, layer, language=language)
    return _answer(content | {"additionalProperties": False}, media_type, language)


@router.get(
    "/collections/{collectionId}/schema",  # noqa: FAST003 - CurrentCollection takes it
    summary="The properties of the features",
    operation_id="getSchema",
    responses=_RESPONSES,
    response_class=Response,
)
def schema(
    request: Request,
    release: CurrentRelease,
    layer: CurrentCollection,
    language: Language,
    base: BaseUrl,
    f: PageFormat = None,
) -> Response:
    """Describe, as JSON Schema, what the features hold, with units and roles.

    A property that is not required may be null.
    """
    media_type = require_media_type(request, _OFFERS, f=f)
    if media_type == HTML:
        return columns_page(request, release, layer, what="schema", language=language)
    required = [name for name, column in layer.columns.items() if not column["nullable"]]
    content = _schema_of(request, base, layer, language=language)
    return _answer(content | {"required": required}, media_type, language)


def _answer(content: Mapping[str, Any], media_type: str, language: str) -> Response:
    headers = {"Content-Language": language}
    return Response(orjson.dumps(content), media_type=media_type, headers=headers)


def _schema_of(request: Request, base: str, layer: Collection, *, language: str) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$id": base + request.scope["path"],
        "type": "object",
        "title": in_language(layer.meta["title"], language),
        "description": in_language(layer.meta["description"], language),
        "properties": _properties(layer, language=language),
    }


def _properties(layer: Collection, *, language: str) -> dict[str, Any]:
    described = {
        name: _property(column, language=language) | _role(layer, name)
        for name, column in layer.columns.items()
    }
    if layer.meta["geometry"] is None:
        return described
    shape = layer.meta["geometry"].lower().removeprefix("multi")
    geometry = {
        "title": say(language, "type_geometry").capitalize(),
        "x-ogc-role": "primary-geometry",
        "format": f"geometry-{shape}-or-multi{shape}",
    }
    return described | {GEOMETRY: geometry}


def _property(column: Mapping[str, Any], *, language: str) -> dict[str, Any]:
    described = {"title": in_language(column["title"], language)}
    if column["type"] == "date":
        described |= {"type": "string", "format": "date"}
    else:
        described |= {"type": column["type"]}
    if unit := column["unit"]:
        described["x-ogc-unit"] = _UCUM.get(unit, f"{{{unit}}}")
    return described


def _role(layer: Collection, name: str) -> dict[str, str]:
    """What a property is for the feature; only a level's areas carry their id as a property."""
    if name == "area_id" and layer.meta["level"]:
        return {"x-ogc-role": "id"}
    return {"x-ogc-role": _ROLES[name]} if name in _ROLES else {}
