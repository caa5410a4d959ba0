"""Problems as pages, for readers whose browser asked: the same facts, and where to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from api.negotiation import best_media_type
from api.pages.layout import Page, page_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response
    from starlette.types import Scope

    from geo.release.reader import Release

__all__ = ["problem_page", "wants_page"]

_JSON = ("application/problem+json", "application/json", "application/geo+json")


def wants_page(scope: Scope) -> bool:
    """Whether a client would rather read a page: it says ``f=html``, or prefers HTML to JSON."""
    request = Request(scope)
    if f := request.query_params.get("f"):
        return f == "html"
    best = best_media_type(request.headers.get("accept", ""), [*_JSON, "text/html"])
    return best == "text/html"


def problem_page(
    scope: Scope, problem: Mapping[str, Any], *, release: Release | None, language: str
) -> Response:
    """The page of a problem.

    Parameters
    ----------
    problem
        The members of the problem as JSON has them.
    release
        The release that was asked, if one was.
    language
        ``en`` or ``pl``.
    """
    page = Page(
        "problem.html",
        str(problem["title"]),
        (),
        {"problem": problem, "suggestions": problem.get("suggestions", ())},
    )
    return page_response(
        Request(scope), release, page, language=language, status=int(problem["status"])
    )
