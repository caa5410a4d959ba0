"""What handlers depend on: the release of this request, the language, the known parameters.

None of it waits for anything, so all of it is `async`: a plain function would be sent to a
thread and back. Handlers, which may read files, are plain functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, Path, Query, Request

from api.errors import ApiError
from api.negotiation import best_media_type, language_of
from geo.languages import LANGUAGES
from geo.locate import Locator
from geo.release.reader import Collection, Release

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Mapping, Sequence

    from api.watch import ReleaseWatch

__all__ = [
    "BaseUrl",
    "CurrentCollection",
    "CurrentLocator",
    "CurrentRelease",
    "KnownParameters",
    "Language",
    "SpeaksLanguages",
    "check_names",
    "check_parameters",
    "require_media_type",
]


async def current_release(request: Request) -> Release:
    """The release that was current when the request came; the same until it is answered."""
    release: Release | None = request.state.release
    if release is None:
        raise ApiError(code="no-release")
    return release


CurrentRelease = Annotated[Release, Depends(current_release)]


async def current_collection(
    release: CurrentRelease,
    name: Annotated[
        str,
        Path(
            alias="collectionId",
            description="Id of a collection, as `/collections` lists it.",
            examples=["beats", "area-periods"],
        ),
    ],
) -> Collection:
    """The collection that the path names."""
    if name not in release.collections:
        raise ApiError(
            code="no-collection", name=name, allowed=list(release.collections), show=("allowed",)
        )
    return release.collections[name]


CurrentCollection = Annotated[Collection, Depends(current_collection)]


async def current_locator(request: Request, release: CurrentRelease) -> Locator:
    """The look-up of addresses and points in the request's release."""
    watches: Mapping[str, ReleaseWatch] = request.app.state.watches
    return watches[release.face].locator(release)


CurrentLocator = Annotated[Locator, Depends(current_locator)]


if TYPE_CHECKING:
    LanguageCode = str
else:
    LanguageCode = Literal[LANGUAGES]


async def language(
    request: Request,
    lang: Annotated[
        LanguageCode | None,
        Query(description="Language of titles and messages; without it, Accept-Language decides."),
    ] = None,
) -> str:
    """The language of the answer."""
    return lang or language_of(request.scope)


Language = Annotated[str, Depends(language)]

SpeaksLanguages = Depends(language)
"""For routes whose texts are only those of problems."""


async def base_url(request: Request) -> str:
    """The address of the landing page as the client knows it, without a slash at its end."""
    return str(request.base_url).rstrip("/")


BaseUrl = Annotated[str, Depends(base_url)]


async def known_parameters(request: Request) -> None:
    """Refuse a request with a parameter that `/api` does not know, or that is given twice."""
    check_parameters(request, documented_parameters(request))


KnownParameters = Depends(known_parameters)


def documented_parameters(request: Request) -> list[str]:
    """Names of the query parameters that the API document has for this route."""
    path = request.app.openapi()["paths"][request.scope["route"].path_format]
    operation = path[request.method.lower()]
    return [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]


def check_parameters(request: Request, allowed: Names[str]) -> None:
    """Refuse unknown and repeated parameters.

    Raises
    ------
    ApiError
        Naming the first of them, with what is allowed.
    """
    check_names([name for name, _ in request.query_params.multi_items()], allowed)


def check_names(given: Sequence[str], allowed: Names[str]) -> None:
    """Refuse unknown and repeated names of parameters, or of fields of a form.

    Raises
    ------
    ApiError
        Naming the first of them, with what is allowed.
    """
    for name in given:
        if name not in allowed:
            raise ApiError(
                code="unknown-parameter",
                parameter=name,
                allowed=list(allowed),
                show=("parameter", "allowed"),
            )
        if given.count(name) > 1:
            raise ApiError(code="repeated-parameter", parameter=name, show=("parameter",))


def require_media_type(request: Request, offers: Sequence[str], *, f: str | None = None) -> str:
    """The media type to answer with: of the parameter `f`, else the one that Accept likes best.

    Raises
    ------
    ApiError
        If the client accepts none of the offers.
    """
    if f is not None:
        return next(offer for offer in offers if f in offer)
    chosen = best_media_type(request.headers.get("accept", ""), offers)
    if chosen is None:
        raise ApiError(code="not-acceptable", allowed=list(offers), show=("allowed",))
    return chosen
