"""Answers from a release that the path names: the same as the current one's, for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.errors import ApiError
from api.scope import told
from geo.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.history import History
    from geo.release.reader import Release

__all__ = ["Pinned", "history_of", "open_named", "pinned"]


async def pinned_release(
    request: Request,
    name: Annotated[
        str,
        Path(
            alias="releaseId",
            description="Id of a release, as `/releases` lists it.",
            examples=["2026-08-01-0123456789ab"],
        ),
    ],
) -> None:
    """Let the request be answered from the release that its path names."""
    state = told(request.scope)
    state["release"] = await run_in_threadpool(open_named, request, name)
    state["pinned"] = name
    state["written"] = await run_in_threadpool(history_of(request).written, name)


Pinned = Depends(pinned_release)


def pinned(router: APIRouter) -> APIRouter:
    """The routes of a router once more, below a release."""
    made = APIRouter(prefix="/releases/{releaseId}", tags=["releases"], dependencies=[Pinned])
    for route in router.routes:
        if isinstance(route, APIRoute):
            made.add_api_route(
                route.path,
                route.endpoint,
                summary=f"{route.summary}, as a release has it",
                description=route.description,
                response_model=route.response_model,
                response_class=route.response_class,
                responses=route.responses,
                dependencies=route.dependencies,
                openapi_extra=route.openapi_extra,
                operation_id=f"{route.operation_id}OfRelease",
            )
    return made


def open_named(request: Request, name: str) -> Release:
    """A release of the request's face by its id; the current one is open already.

    Raises
    ------
    ApiError
        If the store has no such release.
    StoreError
        If it is damaged or of another format.
    """
    current: Release | None = told(request.scope)["release"]
    if current is not None and current.id == name:
        return current
    try:
        return history_of(request).open(name)
    except NotFoundError as error:
        raise ApiError(code="no-such-release", name=name) from error


def history_of(request: Request) -> History:
    """The releases as the request's face sees them."""
    histories: Mapping[str, History] = request.app.state.histories
    return histories[told(request.scope)["face"]]
