"""Collections and their features: OGC API – Features, Part 1 (Core, GeoJSON)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from api.area_answer import area_path
from api.deps import (
    BaseUrl,
    CurrentCollection,
    CurrentRelease,
    KnownParameters,
    Language,
    SpeaksLanguages,
    require_media_type,
)
from api.errors import ApiError
from api.filtering import Parts
from api.formats import (
    CONTENT,
    CONTENT_OF_ONE,
    Answered,
    AnsweredOne,
    content_crs,
    page_headers,
    streamed,
)
from api.links import GEOJSON, HTML, JSON, collection_info, link, on_page, page_links, self_link
from api.models import CollectionInfo, Collections, Feature, FeatureCollection
from api.negotiation import language_of
from api.pages.items import feature_page, items_page
from api.pages.layers import collection_page, collections_page
from api.parameters import FILTER_PARAMETERS, Filters, Page, PageFormat
from api.scope import tree_of
from geo.formats.extract import Extract
from geo.formats.geojson import write_feature
from geo.one_area import level_of
from geo.release.reader import Collection, Release

__all__ = ["router"]


class GeoJsonResponse(JSONResponse):
    """Says in the API document that the answer is GeoJSON."""

    media_type = GEOJSON


router = APIRouter(tags=["features"], dependencies=[SpeaksLanguages])


@router.get(
    "/collections",
    summary="All collections",
    response_model=Collections,
    dependencies=[KnownParameters],
    operation_id="listCollections",
)
def collections(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    f: PageFormat = None,
) -> Response:
    """List the layers of the release: areas of every level, counts by period, hot spots."""
    if require_media_type(request, [JSON, HTML], f=f) == HTML:
        return collections_page(request, release, language=language)
    infos = [
        collection_info(base, release, collection, language=language, tree=tree_of(request.scope))
        for collection in release.collections.values()
    ]
    links = [self_link(request, base), on_page(request, base)]
    return _json({"links": links, "collections": infos}, language)


@router.get(
    "/collections/{collectionId}",  # noqa: FAST003 - CurrentCollection takes it
    summary="One collection",
    response_model=CollectionInfo,
    dependencies=[KnownParameters],
    operation_id="describeCollection",
)
def collection(
    request: Request,
    release: CurrentRelease,
    layer: CurrentCollection,
    language: Language,
    base: BaseUrl,
    f: PageFormat = None,
) -> Response:
    """Describe a collection: its extent, its properties with units, its method and source."""
    if require_media_type(request, [JSON, HTML], f=f) == HTML:
        return collection_page(request, release, layer, language=language)
    tree = tree_of(request.scope)
    return _json(collection_info(base, release, layer, language=language, tree=tree), language)


@router.get(
    "/collections/{collectionId}/items",  # noqa: FAST003 - CurrentCollection takes it
    summary="Features of a collection",
    response_model=FeatureCollection,
    response_class=GeoJsonResponse,
    operation_id="getFeatures",
    openapi_extra={"parameters": [*FILTER_PARAMETERS]},
    responses=CONTENT,
)
def items(
    request: Request,
    release: CurrentRelease,
    layer: CurrentCollection,
    filters: Filters,
    base: BaseUrl,
    page: Page,
    parts: Parts,
    chosen: Answered,
) -> Response:
    """Give the features that pass every filter, page by page, always in the same order.

    Filter by `bbox`, by `datetime`, by any property of the collection, for example
    `?level=beat&period=2026H1&category_group=all`, and by a CQL2 expression in `filter`; what
    passes, passes all of them. `numberMatched` counts what passes on all
    pages; the links lead to the next one. Formats without room for these have them in headers,
    and hold all that passes where no `limit` is given.
    """
    if chosen.is_file and "limit" not in request.query_params:
        page = replace(page, limit=request.app.state.settings.max_file_rows)
    found = layer.select(
        equals=filters.equals,
        bbox=filters.bbox,
        interval=filters.interval,
        where=filters.where,
        order=filters.order,
        offset=page.offset,
        limit=page.limit,
    )
    if chosen.is_page:
        language = language_of(request.scope)
        return items_page(
            request, release, layer, found=found, page=page, parts=parts, language=language
        )
    counts = {"matched": found.matched, "returned": len(found.rows)}
    links = page_links(
        request, base, layer, page=page, matched=found.matched, form=chosen.format.id
    )
    head = {
        "numberMatched": found.matched,
        "numberReturned": len(found.rows),
        "links": links,
    }
    if not chosen.plain:
        extract = Extract(
            release,
            layer,
            found.rows,
            properties=_ordered(layer, parts.properties),
            crs=chosen.crs,
            geometry=parts.geometry,
            head=head if chosen.is_json else {},
        )
        return streamed(extract, chosen, headers=page_headers(links, chosen=chosen, **counts))
    features = layer.features(
        found.rows.tolist(), geometry=parts.geometry, properties=parts.properties
    )
    body = b'%b,"features":[%b]}' % (
        orjson.dumps({"type": "FeatureCollection", **head})[:-1],
        b",".join(features),
    )
    return Response(body, media_type=chosen.media_type, headers=content_crs(chosen.crs))


@router.get(
    "/collections/{collectionId}/items/{featureId:path}",  # noqa: FAST003 - CurrentCollection takes it
    summary="One feature",
    response_model=Feature,
    response_class=GeoJsonResponse,
    dependencies=[KnownParameters],
    operation_id="getFeature",
    responses=CONTENT_OF_ONE,
)
def item(
    request: Request,
    release: CurrentRelease,
    layer: CurrentCollection,
    base: BaseUrl,
    fid: Annotated[
        str,
        Path(
            alias="featureId",
            description="Id of a feature.",
            examples=["IV-3", "beat.IV-3.2026H1.all"],
        ),
    ],
    chosen: AnsweredOne,
    language: Language,
) -> Response:
    """Give one feature by its id."""
    row = layer.row_of(fid)
    if row is None:
        raise ApiError(code="no-feature", collection=layer.id, name=fid)
    if chosen.is_page:
        return feature_page(request, release, layer, row=row, language=language)
    links = [
        self_link(request, base, media_type=GEOJSON),
        on_page(request, base),
        link(base, f"{tree_of(request.scope)}/collections/{layer.id}", rel="collection"),
        *_of_area(request, base, release, layer, fid),
    ]
    extract = Extract(release, layer, np.array([row]), crs=chosen.crs, head={"links": links})
    write = chosen.format.write_one or write_feature
    headers = content_crs(chosen.crs)
    return Response(write(extract), media_type=chosen.media_type, headers=headers)


def _of_area(
    request: Request, base: str, release: Release, layer: Collection, fid: str
) -> list[dict[str, str]]:
    """The page of an area, which is one of the current release."""
    if level_of(release, layer.id) is None or tree_of(request.scope):
        return []
    return [link(base, area_path(layer.id, fid), rel="related", media_type=HTML)]


def _ordered(layer: Collection, names: frozenset[str] | None) -> tuple[str, ...] | None:
    """Properties in the order of the collection."""
    return None if names is None else tuple(name for name in layer.columns if name in names)


def _json(content: object, language: str) -> Response:
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})
