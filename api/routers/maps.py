"""The pages for people: a map of a layer, and a table of the same features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

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
from geo.maps.config import STATISTICS, STATUSES, layers_of, months_of
from geo.maps.page import areas_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Release

__all__ = ["ON_PAGE", "Embed", "MapChoice", "check_choice", "map_page", "router"]

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


async def counted_how(
    release: CurrentRelease,
    statistic: Annotated[
        str | None, Query(description="What colours the areas.", examples=["smr_eb"])
    ] = None,
    status: Annotated[
        str | None, Query(description="Which reports count.", examples=["confirmed"])
    ] = None,
    months: Annotated[
        str | None,
        Query(
            description="First and last month, in the place of the period.",
            examples=["2026-01/2026-03"],
        ),
    ] = None,
) -> None:
    """Choices that the page's own script reads from the address.

    Raises
    ------
    ApiError
        If the page has no such statistic or rule of counting, or the release no such months.
    """
    check_choice("statistic", statistic, [each["id"] for each in STATISTICS])
    check_choice("status", status, list(STATUSES))
    _check_months(months, months_of(release))


async def opened(
    area: Annotated[
        str | None, Query(description="The area whose numbers are open.", examples=["IV-3"])
    ] = None,
    hotspot: Annotated[
        str | None, Query(description="The hot spot whose numbers are open.")
    ] = None,
    candidate: Annotated[
        str | None, Query(description="The candidate for a plan whose numbers are open.")
    ] = None,
    cluster: Annotated[str | None, Query(description="The cluster whose numbers are open.")] = None,
    cell: Annotated[str | None, Query(description="The cell whose numbers are open.")] = None,
) -> dict[str, str | None]:
    """What is open beside the map, which the page's own script keeps in the address.

    Which areas and places there are depends on what is chosen on the page, so the page itself
    tells of one that is not there.
    """
    return {
        "area": area,
        "hotspot": hotspot,
        "candidate": candidate,
        "cluster": cluster,
        "cell": cell,
    }


ON_PAGE = (Depends(counted_how), Depends(opened))
"""Parameters that the page's own script keeps in the address and reads: links keep them."""

Embed = Annotated[
    Literal["0", "1"],
    Query(description="1: the map and its legend alone, which pages of any origin may frame."),
]


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


@router.get(
    "/maps/{layer}",
    summary="Map of a layer",
    operation_id="getMap",
    dependencies=[*ON_PAGE],
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def layer_map(
    request: Request,
    release: CurrentRelease,
    language: Language,
    choice: MapChoice,
    layer: Annotated[
        str,
        Path(
            description="`areas` by what was reported, or `hotspots`, the places that stand out "
            "from what is around them, their `patterns` over the year, the `density` of reports, "
            "`candidates` for plans of beats, `clusters` of beats.",
            examples=["areas"],
        ),
    ],
    embed: Embed = "0",
) -> Response:
    """Draw a layer of the release, with the same numbers in a table."""
    require_media_type(request, [HTML])
    if layer not in layers_of(release):
        raise ApiError(code="no-map", name=layer, allowed=layers_of(release), show=("allowed",))
    return map_page(request, release, layer=layer, choice=choice, language=language, embed=embed)


def map_page(
    request: Request,
    release: Release,
    *,
    layer: str,
    choice: Mapping[str, str | None],
    language: str,
    embed: str = "0",
) -> Response:
    """A map page on what was chosen.

    Parameters
    ----------
    layer
        One of `geo.maps.config.layers_of`.
    choice
        Level, period and category group, None or absent where nothing was chosen.
    embed
        ``1`` for a page that others may show in a frame.

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
            embed=embed == "1",
            tiles=request.app.state.tiles,
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


def _check_months(months: str | None, known: list[str]) -> None:
    """Refuse what is not two months that there are data for, the first of them first."""
    if months is None:
        return
    first, _, last = months.partition("/")
    if not (first in known and last in known and first <= last):
        raise ApiError(
            code="bad-value",
            parameter="months",
            value=months,
            expected="months",
            first=known[0],
            last=known[-1],
            show=("parameter", "value", "first", "last"),
        )
