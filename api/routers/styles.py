"""How layers look, for programs that draw maps: MapLibre, QGIS, map servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from api.deps import (
    BaseUrl,
    CurrentCollection,
    CurrentRelease,
    KnownParameters,
    Language,
    require_media_type,
)
from api.errors import ApiError
from api.routers.maps import MapChoice, check_choice
from geo.errors import NotFoundError
from geo.formats.style_mapbox import write_mapbox
from geo.formats.style_qml import write_qml
from geo.formats.style_rules import STYLE_TYPES, choices_of, limits_of, style_of
from geo.formats.style_sld import write_sld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["router"]

router = APIRouter(tags=["tiles"], dependencies=[KnownParameters])

_FILES = {STYLE_TYPES["qml"]: write_qml, STYLE_TYPES["sld"]: write_sld}
_SUFFIXES = {STYLE_TYPES["qml"]: ".qml", STYLE_TYPES["sld"]: ".sld"}

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {STYLE_TYPES["mapbox"]: {"schema": {"type": "object"}}}
        | {STYLE_TYPES[f]: {"schema": {"type": "string"}} for f in ("qml", "sld")}
    }
}


@router.get(
    "/styles/{collectionId}",  # noqa: FAST003 - CurrentCollection takes it
    summary="How a layer is drawn",
    operation_id="getStyle",
    responses=_RESPONSES,
    response_class=Response,
)
def style(
    request: Request,
    release: CurrentRelease,
    layer: CurrentCollection,
    language: Language,
    base: BaseUrl,
    choice: MapChoice,
    column: Annotated[
        str | None,
        Query(
            description="What colours the areas: a column with classes; the usual one if not "
            "given.",
            examples=["n_reports"],
        ),
    ] = None,
    f: Annotated[
        Literal["mapbox", "qml", "sld"] | None,
        Query(description="The encoding; without it, Accept decides."),
    ] = None,
) -> Response:
    """Give the classes of the release in colours that the colour-blind can tell apart.

    What is significant is hatched where the encoding can, and outlined in all of them. The style
    for MapLibre draws the layer's vector tiles; the others are for the features.
    """
    offers = list(STYLE_TYPES.values())
    media_type = STYLE_TYPES[f] if f else require_media_type(request, offers)
    shown = _shown(choices_of(release, layer), choice)
    if column is not None:
        check_choice("column", column, list(limits_of(layer, shown)))
    try:
        look = style_of(release, layer, column=column, chosen=shown, language=language)
    except NotFoundError as error:
        raise ApiError(code="no-shapes", name=layer.id) from error
    headers = {"Content-Language": language}
    if media_type == STYLE_TYPES["mapbox"]:
        tiles = f"{base}/tiles/{quote(layer.id)}.pmtiles"
        attribution = release.manifest["attribution"]
        content = write_mapbox(look, tiles=tiles, box=layer.meta["bbox"], attribution=attribution)
    else:
        content, name = _FILES[media_type](look), layer.id + _SUFFIXES[media_type]
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=media_type, headers=headers)


def _shown(offered: Mapping[str, Sequence[str]], asked: Mapping[str, str | None]) -> dict[str, str]:
    """What the style shows of the layer: what was asked for, else the usual.

    Raises
    ------
    ApiError
        If the layer has no such choice.
    """
    for name, value in asked.items():
        if value is not None and name not in offered:
            allowed = [*offered, "column", "f", "lang"]
            show = ("parameter", "allowed")
            raise ApiError(code="unknown-parameter", parameter=name, allowed=allowed, show=show)
        check_choice(name, value, list(offered.get(name, ())))
    return {name: asked.get(name) or values[0] for name, values in offered.items() if values}
