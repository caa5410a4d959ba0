"""The catalogue record for portals of open data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.dcat import describe_catalogue
from api.deps import BaseUrl, CurrentRelease, KnownParameters, Language, require_media_type
from api.links import HTML, JSON
from api.pages.releases import catalogue_page
from api.turtle import write_turtle

__all__ = ["JSONLD", "router"]

JSONLD = "application/ld+json"
TURTLE = "text/turtle"
_NAMED = {"json": JSONLD, "jsonld": JSONLD, "ttl": TURTLE, "html": HTML}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            JSONLD: {"schema": {"type": "object"}},
            TURTLE: {"schema": {"type": "string"}},
        }
    }
}

router = APIRouter(tags=["landing"], dependencies=[KnownParameters])


@router.get(
    "/dcat",
    summary="Record for catalogues of open data",
    operation_id="getCatalogueRecord",
    responses=_CONTENT,
    response_class=Response,
)
def dcat(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    f: Annotated[
        Literal["json", "jsonld", "ttl", "html"] | None,
        Query(description="The format of the answer; without it, Accept decides."),
    ] = None,
) -> Response:
    """Describe every layer as a data set of DCAT-AP 3, with a distribution in each format.

    The record says in both languages what there is, of when and where, under which licence, by
    whom and whom to ask: what a national portal needs to list it.
    """
    offers = [JSONLD, TURTLE, JSON, HTML]
    media_type = _NAMED[f] if f else require_media_type(request, offers)
    settings = request.app.state.settings
    record = describe_catalogue(base, release, settings=settings)
    if media_type == HTML:
        return catalogue_page(request, release, record, language=language)
    if media_type == TURTLE:
        return Response(write_turtle(record), media_type=TURTLE)
    return Response(orjson.dumps(record), media_type=media_type)
