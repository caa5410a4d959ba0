"""Releases: which there are, and what changed from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import BaseUrl, CurrentRelease, KnownParameters, Language, require_media_type
from api.errors import ApiError
from api.links import HTML, JSON, OPENAPI, link, on_page, self_link
from api.models import ChangesAnswer, Landing, Releases
from api.pages.layers import collections_page
from api.pages.releases import changes_page, releases_page
from api.parameters import Page, PageFormat, PageOfFeatures
from api.pinned import Pinned, history_of, open_named
from api.scope import PINNED, tree_of
from geo.languages import in_language
from geo.release.reader import Release

if TYPE_CHECKING:
    from geo.release.changes import Change, Changes
    from geo.release.history import ReleaseSummary

__all__ = ["router"]

router = APIRouter(tags=["releases"], dependencies=[KnownParameters])


@dataclass(frozen=True, slots=True)
class Span:
    """The two releases that are compared."""

    before: Release
    after: Release


def wanted_span(
    request: Request,
    release: CurrentRelease,
    since: Annotated[
        str,
        Query(
            description="Id of the release to compare with, as `/releases` lists it.",
            examples=["2026-08-01-0123456789ab"],
        ),
    ],
    until: Annotated[
        str | None,
        Query(
            description="Id of the release that is compared; without it, the current one.",
            examples=["2026-08-01-0123456789ab"],
        ),
    ] = None,
) -> Span:
    """The releases that a request compares."""
    after = release if until is None else open_named(request, until)
    return Span(open_named(request, since), after)


WantedSpan = Annotated[Span, Depends(wanted_span)]


@router.get(
    "/releases",
    summary="All releases",
    response_model=Releases,
    operation_id="listReleases",
)
def releases(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    f: PageFormat = None,
) -> Response:
    """List the releases that the server has, the newest first.

    Below `/releases/{releaseId}/collections` each can be read as it was when it was the current
    one; these answers never change.
    """
    media_type = require_media_type(request, [JSON, HTML], f=f)
    infos = [_info(base, each, current=release.id) for each in history_of(request).releases()]
    if media_type == HTML:
        return releases_page(request, release, infos, language=language)
    content = {"releases": infos, "links": [self_link(request, base), on_page(request, base)]}
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


@router.get(
    "/releases/{releaseId}",  # noqa: FAST003 - Pinned takes it
    summary="One release",
    response_model=Landing,
    operation_id="getRelease",
    dependencies=[Pinned],
)
def release_landing(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    f: PageFormat = None,
) -> Response:
    """Lead to the layers of a release: GIS programs open it as they open the server itself."""
    if require_media_type(request, [JSON, HTML], f=f) == HTML:
        return collections_page(request, release, language=language)
    city = release.manifest["city"]
    content = {
        "title": f"Rewir: {city['name']}, {release.id}",
        "description": in_language(city["notice"], language),
        "links": [
            self_link(request, base),
            on_page(request, base),
            link(base, f"{tree_of(request.scope)}/collections", rel="data"),
            link(base, "/conformance", rel="conformance"),
            link(base, "/api", rel="service-desc", media_type=OPENAPI),
            link(base, "/", rel="latest-version"),
        ],
        "release": release.id,
        "as_of": release.manifest["as_of"],
        "attribution": release.manifest["attribution"],
    }
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


@router.get(
    "/changes",
    summary="What changed since a release",
    response_model=ChangesAnswer,
    operation_id="getChanges",
    responses={404: {"description": "The server has no such release."}},
)
def changes(
    request: Request,
    span: WantedSpan,
    language: Language,
    base: BaseUrl,
    page: Page,
    collection: Annotated[
        str | None,
        Query(description="Only features of this collection.", examples=["area-periods"]),
    ] = None,
    f: PageFormat = None,
) -> Response:
    """List the features that are new, different or gone since a release, by collection and id.

    A feature is different if any property or its geometry is. The links name both releases, so
    pages fit together also when another release becomes the current one meanwhile.
    """
    media_type = require_media_type(request, [JSON, HTML], f=f)
    found = history_of(request).changes(span.before, span.after)
    if collection is not None and collection not in found.counts:
        raise ApiError(
            code="no-collection", name=collection, allowed=list(found.counts), show=("allowed",)
        )
    matched = found.of(collection)
    entries = matched[page.offset : page.offset + page.limit]
    counts = found.counts if collection is None else {collection: found.counts[collection]}
    content = {
        "since": found.before,
        "until": found.after,
        "collection": collection,
        "counts": counts,
        "numberMatched": len(matched),
        "numberReturned": len(entries),
        "changes": [_entry(base, found, entry) for entry in entries],
    }
    if media_type == HTML:
        return changes_page(request, span.after, content, page=page, language=language)
    content["links"] = _page_links(request, base, found, page=page, matched=len(matched))
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


def _info(base: str, summary: ReleaseSummary, *, current: str) -> dict[str, Any]:
    path = f"{PINNED}{quote(summary.id)}"
    links = [link(base, path, rel="item"), link(base, f"{path}/collections", rel="data")]
    if summary.id != current:
        links.append(link(base, f"/changes?since={quote(summary.id)}", rel="related"))
    return {
        "id": summary.id,
        "as_of": summary.as_of,
        "period": summary.period,
        "code_version": summary.code_version,
        "generated_at": summary.generated_at,
        "simulated": summary.simulated,
        "current": summary.id == current,
        "links": links,
    }


def _entry(base: str, found: Changes, change: Change) -> dict[str, str]:
    home = found.before if change.kind == "gone" else found.after
    path = f"{PINNED}{quote(home)}/collections/{quote(change.collection)}/items/{quote(change.fid)}"
    return {
        "collection": change.collection,
        "id": change.fid,
        "change": change.kind,
        "href": base + path,
    }


def _page_links(
    request: Request, base: str, found: Changes, *, page: PageOfFeatures, matched: int
) -> list[dict[str, str]]:
    """Links to the page, the next and the one before, the same for people, all releases."""
    asked = dict(request.query_params) | {"until": found.after, "limit": str(page.limit)}

    def at(offset: int, rel: str) -> dict[str, str]:
        query = urlencode(asked | {"offset": str(offset)}, quote_via=quote)
        return link(base, f"/changes?{query}", rel=rel)

    links = [self_link(request, base)]
    if page.offset + page.limit < matched:
        links.append(at(page.offset + page.limit, "next"))
    if page.offset > 0:
        links.append(at(max(0, page.offset - page.limit), "prev"))
    return [*links, on_page(request, base), link(base, "/releases", rel="up")]
