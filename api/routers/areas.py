"""One area, all that is known of it: a beat, or an area of any other level of the city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match

from api.area_answer import area_answer
from api.area_models import AreaAnswer
from api.deps import BaseUrl, CurrentRelease, KnownParameters, Language, require_media_type
from api.errors import ApiError
from api.links import HTML, JSON
from api.pages.area import area_page
from api.parameters import PageFormat
from api.routers.maps import check_choice
from api.scope import told
from geo.one_area import NoAreaError, OneArea, find_area, level_of

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from geo.contacts import Contacts
    from geo.release.reader import Release

__all__ = ["router"]


class LevelRoute(APIRoute):
    """A route whose first part is a collection of areas of the release that answers.

    Which collections there are, the city says; all other paths are left to be not found.
    """

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, Any]:
        """Whether a path is one of areas."""
        match, child = super().matches(scope)
        release: Release | None = told(scope).get("release")
        if match is not Match.NONE and release is not None:
            named = child["path_params"]["levelCollection"]
            if level_of(release, named) is None:
                return Match.NONE, {}
        return match, child


router = APIRouter(tags=["areas"], dependencies=[KnownParameters], route_class=LevelRoute)


@router.get(
    "/{levelCollection}/{areaId:path}",
    summary="One area",
    response_model=AreaAnswer,
    operation_id="getArea",
    responses={404: {}},
)
def area(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    collection: Annotated[
        str,
        Path(
            alias="levelCollection",
            description="Id of a collection of areas: one for each level of the city.",
            examples=["beats"],
        ),
    ],
    area_id: Annotated[str, Path(alias="areaId", description="Id of the area.", examples=["IV-3"])],
    period: Annotated[
        str | None,
        Query(description="A period; the release's if not given.", examples=["2026H1"]),
    ] = None,
    f: PageFormat = None,
) -> Response:
    """Tell everything of one area.

    Numbers with their intervals, months, hours of the week, hot spots, proposals for plans, what
    waits, neighbours. Rows are those of the feed. `unassigned` stands for what lies in no area of
    the level. A plan candidate is a proposal, not a decision.
    """
    media_type = require_media_type(request, [JSON, HTML], f=f)
    check_choice("period", period, list(release.manifest["periods"]))
    one = _find(release, collection, area_id, period=period)
    contacts: Contacts = request.app.state.contacts
    contact = contacts.of(one.level["id"], area_id, release=release)
    content = area_answer(request, release, one, contact=contact, language=language, base=base)
    if media_type == HTML:
        return area_page(request, release, one, content, language=language)
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


def _find(release: Release, collection: str, area_id: str, *, period: str | None) -> OneArea:
    level = level_of(release, collection)
    if level is None:
        raise ApiError(code="no-route")
    try:
        return find_area(release, level, area_id, period=period)
    except NoAreaError as error:
        raise ApiError(
            code="no-area",
            level=level["id"],
            name=area_id,
            near=error.near,
            suggestions=error.near,
            show=("suggestions",),
        ) from error
