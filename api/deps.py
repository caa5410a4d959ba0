"""What handlers depend on: the release of this request, the language, the known parameters.

None of it waits for anything, so all of it is `async`: a plain function would be sent to a
thread and back. Handlers, which may read files, are plain functions.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, Path, Query, Request

from api.errors import ApiError
from api.negotiation import best_media_type, language_of
from geo.errors import NotFoundError, RewirError
from geo.locate import Locator
from geo.release.reader import Collection, Release, current_id, open_release

if TYPE_CHECKING:
    from collections.abc import Collection as Names
    from collections.abc import Sequence

    from geo.storage import Folder

__all__ = [
    "BaseUrl",
    "CurrentCollection",
    "CurrentLocator",
    "CurrentRelease",
    "KnownParameters",
    "Language",
    "ReleaseWatch",
    "SpeaksLanguages",
    "check_parameters",
    "require_media_type",
]

_log = logging.getLogger(__name__)


class ReleaseWatch:
    """Keeps the current release open, and notices a new one.

    Parameters
    ----------
    folder
        The store.
    face
        ``public`` or ``internal``.
    every
        Seconds between two looks at the store.
    """

    def __init__(self, folder: Folder, *, face: str = "public", every: float = 1.0) -> None:
        self._folder = folder
        self._face = face
        self._every = every
        self._looked = float("-inf")
        self._locator: tuple[Release, Locator] | None = None
        self._release: Release | None = None
        self._lock = threading.Lock()

    @property
    def due(self) -> bool:
        """Whether it is time to look at the store again."""
        return time.monotonic() - self._looked >= self._every

    @property
    def release(self) -> Release | None:
        """The release that was current at the last look; None if there was none."""
        return self._release

    def look(self) -> Release | None:
        """Look at the store. A release that cannot be opened does not end the one being served.

        While one request looks, the others go on with the release that they have.
        """
        if self._release is not None and self._lock.locked():
            return self._release
        with self._lock:
            if self.due:
                self._release = self._open()
                self._looked = time.monotonic()
            return self._release

    def locator(self, release: Release) -> Locator:
        """The look-up of a release; kept, because its indexes are built once."""
        with self._lock:
            if self._locator is None or self._locator[0] is not release:
                self._locator = (release, Locator(release))
            return self._locator[1]

    def _open(self) -> Release | None:
        try:
            name = current_id(self._folder)
            if self._release is not None and self._release.id == name:
                return self._release
            release = open_release(self._folder, name, face=self._face)
        except NotFoundError:
            return self._release
        except RewirError as error:
            _log.error("the current release cannot be opened: %s", error)
            return self._release
        _log.info("serving release %s", release.id)
        return release


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
    watch: ReleaseWatch = request.app.state.watch
    return watch.locator(release)


CurrentLocator = Annotated[Locator, Depends(current_locator)]


async def language(
    request: Request,
    lang: Annotated[
        Literal["en", "pl"] | None,
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
    operation = request.app.openapi()["paths"][request.scope["route"].path_format]["get"]
    return [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]


def check_parameters(request: Request, allowed: Names[str]) -> None:
    """Refuse unknown and repeated parameters.

    Raises
    ------
    ApiError
        Naming the first of them, with what is allowed.
    """
    given = [name for name, _ in request.query_params.multi_items()]
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
