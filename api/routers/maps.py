"""The pages for people: a map and a table of areas and hot spots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import (
    CurrentRelease,
    KnownParameters,
    Language,
    SpeaksLanguages,
    require_media_type,
)
from api.errors import ApiError
from api.links import HTML, JSON
from geo.errors import NotFoundError
from geo.maps.config import STATISTICS
from geo.maps.page import areas_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Release

__all__ = ["MapChoice", "OnPage", "check_choice", "map_page", "router"]

router = APIRouter(tags=["maps"], dependencies=[SpeaksLanguages, KnownParameters])


async def map_choice(
    level: Annotated[
        str | None,
        Query(description="Level of areas; the finest if not given.", examples=["beat"]),
    ] = None,
    period: Annotated[
        str | None,
        Query(description="A period; the release's if not given.", examples=["2026H1"]),
    ] = None,
    category_group: Annotated[
        str | None,
        Query(description="A category group; all if not given.", examples=["traffic"]),
    ] = None,
) -> dict[str, str | None]:
    """What a map shows, as chosen in its address."""
    return {"level": level, "period": period, "category_group": category_group}


MapChoice = Annotated[dict[str, str | None], Depends(map_choice)]


async def on_page(
    statistic: Annotated[
        str | None, Query(description="What colours the areas.", examples=["smr_eb"])
    ] = None,
    area: Annotated[
        str | None, Query(description="The area whose numbers are open.", examples=["IV-3"])
    ] = None,
    hotspot: Annotated[
        str | None, Query(description="The hot spot whose numbers are open.")
    ] = None,
) -> dict[str, str | None]:
    """Parameters that the page's own script keeps in the address and reads: links keep them.

    Raises
    ------
    ApiError
        If the statistic is none of the page's. Which areas there are depends on what is chosen on
        the page, so the page itself tells of one that is not there.
    """
    check_choice("statistic", statistic, [each["id"] for each in STATISTICS])
    return {"statistic": statistic, "area": area, "hotspot": hotspot}


OnPage = Depends(on_page)


@router.get(
    "/maps/areas",
    summary="Map of areas",
    operation_id="getAreasMap",
    dependencies=[OnPage],
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def areas(
    request: Request,
    release: CurrentRelease,
    language: Language,
    choice: MapChoice,
) -> Response:
    """Draw areas by what was reported, with the same numbers in a table."""
    require_media_type(request, [HTML])
    return map_page(request, release, layer="areas", choice=choice, language=language)


@router.get(
    "/maps/hotspots",
    summary="Map of hot spots",
    operation_id="getHotspotsMap",
    dependencies=[OnPage],
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def hotspots(
    request: Request,
    release: CurrentRelease,
    language: Language,
    choice: MapChoice,
) -> Response:
    """Draw the places that stand out from what is around them, and name them."""
    require_media_type(request, [HTML])
    return map_page(request, release, layer="hotspots", choice=choice, language=language)


@router.get(
    "/maps/basemap.json",
    summary="Streets and outlines under the map",
    operation_id="getBasemap",
    responses={200: {"content": {JSON: {"schema": {"type": "object"}}}}},
    response_class=Response,
)
def basemap(request: Request, release: CurrentRelease) -> Response:
    """Give the lines that the maps draw instead of calling a tile service."""
    require_media_type(request, [JSON])
    return Response(release.file("basemap.json"), media_type=JSON)


def map_page(
    request: Request,
    release: Release,
    *,
    layer: str,
    choice: Mapping[str, str | None],
    language: str,
) -> Response:
    """A map page on what was chosen.

    Parameters
    ----------
    layer
        ``areas`` or ``hotspots``.
    choice
        Level, period and category group, None or absent where nothing was chosen.

    Raises
    ------
    ApiError
        If something was chosen that the release has not, or the maps are not installed.
    """
    manifest = release.manifest
    allowed = {
        "level": [level["id"] for level in manifest["levels"]],
        "period": list(manifest["periods"]),
        "category_group": list(manifest["groups"]),
    }
    for name, value in choice.items():
        check_choice(name, value, allowed[name])
    try:
        page = areas_page(
            release,
            layer=layer,
            level=choice.get("level"),
            period=choice.get("period"),
            category_group=choice.get("category_group"),
            lang=language,
            base_url=request.scope.get("root_path", ""),
        )
    except NotFoundError as error:
        raise ApiError(code="no-assets") from error
    headers = {"Content-Language": language, "Content-Security-Policy": page.csp}
    return Response(page.html, media_type=HTML, headers=headers)


def check_choice(name: str, value: str | None, allowed: list[str]) -> None:
    """Refuse a value that is none of those there are; None chooses nothing.

    Raises
    ------
    ApiError
        Naming the parameter, with what is allowed.
    """
    if value is not None and value not in allowed:
        raise ApiError(
            code="bad-value",
            parameter=name,
            value=value,
            expected="choice",
            allowed=allowed,
            show=("parameter", "value", "allowed"),
        )
