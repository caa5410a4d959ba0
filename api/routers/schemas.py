"""What a collection's properties are, as JSON Schema: to filter by, and to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.deps import (
    BaseUrl,
    CurrentCollection,
    KnownParameters,
    Language,
    SpeaksLanguages,
    require_media_type,
)
from api.links import JSON, SCHEMA
from geo.filters.rows import GEOMETRY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Collection

__all__ = ["router"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TITLES = {"en": "Geometry", "pl": "Geometria"}
_ROLES = {"period_start": "primary-interval-start", "period_end": "primary-interval-end"}
_UCUM = {
    "1/1000": "10*-3", "km²": "km2", "1/km²": "1/km2", "days": "d",
    **{unit: unit for unit in ("1", "m", "km", "1/km")},
}  # fmt: skip
"""Units as the Unified Code for Units of Measure writes them; what is counted is an annotation."""

router = APIRouter(tags=["features"], dependencies=[SpeaksLanguages, KnownParameters])

SchemaFormat = Annotated[
    Literal["json"] | None,
    Query(description="The format of the answer; without it, Accept decides."),
]
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {SCHEMA: {"schema": {"type": "object"}}}}
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
    layer: CurrentCollection,
    language: Language,
    base: BaseUrl,
    f: SchemaFormat = None,
) -> Response:
    """Describe, as JSON Schema, the properties that `filter` may name, and the geometry."""
    return _answer(request, base, layer, language=language, f=f, additionalProperties=False)


@router.get(
    "/collections/{collectionId}/schema",  # noqa: FAST003 - CurrentCollection takes it
    summary="The properties of the features",
    operation_id="getSchema",
    responses=_RESPONSES,
    response_class=Response,
)
def schema(
    request: Request,
    layer: CurrentCollection,
    language: Language,
    base: BaseUrl,
    f: SchemaFormat = None,
) -> Response:
    """Describe, as JSON Schema, what the features hold, with units and roles.

    A property that is not required may be null.
    """
    required = [name for name, column in layer.columns.items() if not column["nullable"]]
    return _answer(request, base, layer, language=language, f=f, required=required)


def _answer(
    request: Request,
    base: str,
    layer: Collection,
    *,
    language: str,
    f: str | None,
    **members: Any,
) -> Response:
    media_type = require_media_type(request, [SCHEMA, JSON], f=f and SCHEMA)
    content = {
        "$schema": DIALECT,
        "$id": base + request.scope["path"],
        "type": "object",
        "title": layer.meta["title"][language],
        "description": layer.meta["description"][language],
        "properties": _properties(layer, language=language),
    }
    headers = {"Content-Language": language}
    return Response(orjson.dumps(content | members), media_type=media_type, headers=headers)


def _properties(layer: Collection, *, language: str) -> dict[str, Any]:
    described = {
        name: _property(column, language=language) | _role(layer, name)
        for name, column in layer.columns.items()
    }
    if layer.meta["geometry"] is None:
        return described
    shape = layer.meta["geometry"].lower().removeprefix("multi")
    geometry = {
        "title": _TITLES[language],
        "x-ogc-role": "primary-geometry",
        "format": f"geometry-{shape}-or-multi{shape}",
    }
    return described | {GEOMETRY: geometry}


def _property(column: Mapping[str, Any], *, language: str) -> dict[str, Any]:
    described = {"title": column["title"][language]}
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
