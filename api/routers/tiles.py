"""Layers as vector tiles: one archive each, which a map reads by ranges of bytes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.deps import CurrentCollection, KnownParameters, SpeaksLanguages, require_media_type
from api.errors import ApiError
from api.ranges import IN_PARTS
from geo.errors import NotFoundError
from geo.formats.tiles import MEDIA_TYPE, tiles_of

__all__ = ["router"]

router = APIRouter(tags=["tiles"], dependencies=[SpeaksLanguages, KnownParameters])

_BYTES = {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": _BYTES,
        "headers": {
            "Accept-Ranges": {
                "description": "That parts can be asked for.",
                "schema": {"type": "string", "enum": ["bytes"]},
            }
        },
    },
    206: {
        "description": "The part that the header Range asks for.",
        "content": _BYTES,
        "headers": {
            "Content-Range": {
                "description": "Which bytes of how many.",
                "schema": {"type": "string"},
            }
        },
    },
    416: {},
}


@router.get(
    "/tiles/{collectionId}.pmtiles",  # noqa: FAST003 - CurrentCollection takes it
    summary="A layer as vector tiles",
    operation_id="getTiles",
    responses=_RESPONSES,
    response_class=Response,
)
def tiles(request: Request, layer: CurrentCollection) -> Response:
    """Give all tiles of a layer as one PMTiles archive, in whole or by a range of bytes.

    Each tile has one layer, named as the collection, with all properties of its features. The
    archive is made when it is first asked for, which takes some seconds for a broad layer.
    """
    require_media_type(request, [MEDIA_TYPE])
    try:
        content = tiles_of(layer)
    except NotFoundError as error:
        raise ApiError(code="no-shapes", name=layer.id) from error
    return Response(content, media_type=MEDIA_TYPE, headers=IN_PARTS)
