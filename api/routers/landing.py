"""The front door: what this server has, which standards it meets, and its own description."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from api.deps import (
    BaseUrl,
    CurrentRelease,
    KnownParameters,
    Language,
    SpeaksLanguages,
    require_media_type,
)
from api.filtering import CONFORMS_TO as CONFORMS_TO_FILTERING
from api.formats import CONFORMS_TO as CONFORMS_TO_CRS
from api.links import HTML, JSON, OPENAPI, link, self_link
from api.models import Conformance, Landing
from api.pages.reference import api_page, conformance_page
from api.parameters import PageFormat
from api.routers.maps import ON_PAGE, Embed, MapChoice, map_page
from geo.languages import in_language
from geo.maps.config import layers_of
from geo.priorities import COLLECTION as PLANS

__all__ = ["CONFORMS_TO", "router"]

CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    *CONFORMS_TO_CRS,
    *CONFORMS_TO_FILTERING,
)

router = APIRouter(tags=["landing"], dependencies=[SpeaksLanguages, KnownParameters])


@router.get(
    "/",
    summary="Landing page",
    response_model=Landing,
    operation_id="getLandingPage",
    dependencies=[*ON_PAGE],
)
def landing(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    choice: MapChoice,
    embed: Embed = "0",
    f: PageFormat = None,
) -> Response:
    """Lead to everything there is: links for programs, the map for people."""
    if require_media_type(request, [JSON, HTML], f=f) == HTML:
        return map_page(
            request, release, layer="areas", choice=choice, language=language, embed=embed
        )
    city = release.manifest["city"]
    content = {
        "title": f"Rewir: {city['name']}",
        "description": in_language(city["notice"], language),
        "links": [
            self_link(request, base),
            link(base, "/api", rel="service-desc", media_type=OPENAPI),
            link(base, "/api?f=html", rel="service-doc", media_type=HTML),
            link(base, "/conformance", rel="conformance"),
            link(base, "/collections", rel="data"),
            link(base, "/releases", rel="version-history"),
            link(base, "/dcat", rel="describedby", media_type="application/ld+json"),
            link(base, "/?f=html", rel="alternate", media_type=HTML),
            *(
                link(base, f"/maps/{layer}", rel="related", media_type=HTML)
                for layer in layers_of(release)
            ),
            *([link(base, "/priorities", rel="related")] if PLANS in release.collections else []),
        ],
        "release": release.id,
        "as_of": release.manifest["as_of"],
        "attribution": release.manifest["attribution"],
    }
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


@router.get(
    "/conformance",
    summary="Standards met",
    response_model=Conformance,
    operation_id="getConformanceDeclaration",
)
def conformance(request: Request, language: Language, f: PageFormat = None) -> Response:
    """List the conformance classes of OGC API standards that this server meets."""
    if require_media_type(request, [JSON, HTML], f=f) == HTML:
        return conformance_page(request, request.state.release, CONFORMS_TO, language=language)
    return Response(orjson.dumps({"conformsTo": CONFORMS_TO}), media_type=JSON)


@router.get(
    "/api",
    summary="This description",
    operation_id="getApi",
    responses={
        200: {
            "content": {
                OPENAPI: {"schema": {"type": "object"}},
                JSON: {"schema": {"type": "object"}},
            }
        }
    },
    response_class=Response,
)
def api(request: Request, base: BaseUrl, language: Language, f: PageFormat = None) -> Response:
    """Describe every route, parameter and answer in OpenAPI, or as a page."""
    media_type = require_media_type(request, [OPENAPI, JSON, HTML], f=f)
    document = request.app.openapi() | {"servers": [{"url": base}]}
    if media_type == HTML:
        return api_page(request, request.state.release, document, language=language)
    return Response(orjson.dumps(document), media_type=media_type)
