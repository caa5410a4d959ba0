"""Errors as RFC 9457 problems: one shape, stable codes, in Polish or English.

`api.texts` says for every code its status and its text; `STATUS_OF` maps errors of `geo` that
come through as they are. What nobody foresaw is a 500 that tells nothing of itself.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.headers import ALWAYS, NO_CONTENT, READING, methods_of
from api.negotiation import language_of
from api.pages.problems import problem_page, wants_page
from api.scope import ASKING, path_of, told
from api.texts import PROBLEMS, expected_text, library_text, near_text, problem_text, status_title
from geo.errors import CityError, InputError, NotFoundError, RewirError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

__all__ = ["PROBLEM_TYPE", "STATUS_OF", "ApiError", "add_error_handlers", "problem"]

PROBLEM_TYPE = "application/problem+json"
LONGEST_ECHO = 100

_log = logging.getLogger(__name__)


STATUS_OF: Mapping[type[RewirError], tuple[int, str]] = {
    UsageError: (400, "bad-value"),
    NotFoundError: (404, "no-feature"),
    StoreError: (503, "store"),
    CityError: (503, "city"),
    InputError: (422, "unreadable"),
    RewirError: (500, "internal"),
}
"""Status and code of errors that come from `geo` as they are; the first that fits counts."""

_CODE_OF_STATUS = {404: "no-route", 405: "bad-method", 406: "not-acceptable"}
_KIND_OF = {
    "int_parsing": "integer",
    "int_parsing_size": "integer",
    "int_from_float": "integer",
    "greater_than_equal": "at-least",
    "literal_error": "choice",
    "bool_parsing": "boolean",
}


class ApiError(RewirError):
    """A request that cannot be answered.

    Parameters
    ----------
    code
        A key of `PROBLEMS`.
    show
        Names of `values` that the problem carries as members of its own.
    headers
        Headers that the answer needs, such as Retry-After.
    **values
        What the text speaks of. `expected` names an entry of `EXPECTED`.
    """

    def __init__(
        self,
        *,
        code: str,
        show: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> None:
        super().__init__(PROBLEMS[code].text, code=code)
        self.headers = headers or {}
        self.values = {name: _short(value) for name, value in values.items()}
        self.show = show

    def text(self, language: str) -> str:
        """What is wrong and what to do, in this language."""
        words = self.words(language)
        if words.get("near"):
            words["near"] = near_text(language, words["near"])
        if "expected" in words:
            words["expected"] = expected_text(words["expected"], language, **words)
        return problem_text(self.error_code, language, **words)

    def words(self, language: str) -> dict[str, Any]:  # noqa: ARG002 - some kinds say them in it
        """The values as they stand in the text."""
        return {
            name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            for name, value in self.values.items()
        }


def problem(
    error: Exception,
    *,
    language: str,
    headers: Mapping[str, str] | None = None,
    scope: Scope | None = None,
) -> Response:
    """The answer to a request that failed, whatever failed.

    Parameters
    ----------
    error
        Any exception; only what is meant for the client leaves the server.
    language
        One of `geo.languages.LANGUAGES`.
    headers
        Headers that the answer needs, such as Allow.
    scope
        The request's, to answer with a page who would rather read one.
    """
    status, code, detail, extra = _describe(error, language)
    body = {
        "type": "about:blank",
        "title": status_title(status, language),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if scope is not None and wants_page(scope):
        release = told(scope).get("release")
        answer = problem_page(scope, body | extra, release=release, language=language)
    else:
        answer = Response(orjson.dumps(body | extra), status, media_type=PROBLEM_TYPE)
    own = error.headers if isinstance(error, ApiError) else {}
    told_too = {"Content-Language": language, "Cache-Control": "no-store"}
    for name, value in {**(headers or {}), **own, **told_too}.items():
        answer.headers.setdefault(name, value)
    return answer


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of an application with a problem."""
    for kind in (RewirError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _handle)


def _handle(request: Request, error: Exception) -> Response:
    # What nobody foresaw is answered outside the middleware that adds these headers.
    headers = ALWAYS | NO_CONTENT
    if request_id := told(request.scope).get("request_id"):
        headers |= {"X-Request-ID": request_id}
    if isinstance(error, HTTPException) and error.status_code == 405:
        if (path := path_of(request.scope)) in ASKING:
            error.headers = {"Allow": methods_of(path).removesuffix(", OPTIONS")}
        headers |= {"Allow": _allowed(error)}
    foreseen = isinstance(error, RewirError | RequestValidationError | HTTPException)
    return problem(
        error,
        language=language_of(request.scope),
        headers=headers,
        # What nobody foresaw may lie in the making of pages.
        scope=request.scope if foreseen else None,
    )


def _describe(error: Exception, language: str) -> tuple[int, str, str, dict[str, Any]]:
    """Status, code, text and further members of a problem."""
    if isinstance(error, RequestValidationError):
        error = _as_api_error(error)
    elif isinstance(error, HTTPException):
        code = _CODE_OF_STATUS.get(error.status_code, "internal")
        error = ApiError(code=code, allowed=_allowed(error))
    if isinstance(error, ApiError):
        extra = {name: error.values[name] for name in error.show}
        return PROBLEMS[error.error_code].status, error.error_code, error.text(language), extra
    for kind, (status, code) in STATUS_OF.items():
        if isinstance(error, kind):
            _log.log(logging.ERROR if status >= 500 else logging.INFO, "%s", error)
            own = status < 500
            detail = (
                library_text(language, error.message) if own else ApiError(code=code).text(language)
            )
            return status, error.error_code if own else code, detail, {}
    return 500, "internal", ApiError(code="internal").text(language), {}


def _as_api_error(error: RequestValidationError) -> ApiError:
    """The first of the faults that the framework found in the parameters."""
    fault = error.errors()[0]
    if fault["type"] == "missing":
        name = str(fault["loc"][-1])
        return ApiError(
            code="missing-parameter", show=("parameter",), parameter=name, expected="parameter"
        )
    context = fault.get("ctx", {})
    kind = _KIND_OF.get(fault["type"], "string")
    return ApiError(
        code="bad-value",
        show=("parameter", "value", "allowed") if kind == "choice" else ("parameter", "value"),
        parameter=str(fault["loc"][-1]),
        value=str(fault.get("input", "")),
        expected=kind,
        allowed=re.findall(r"'([^']*)'", context.get("expected", "")),
        ge=context.get("ge", 0),
    )


def _allowed(error: HTTPException) -> str:
    """The methods that an address takes, where the framework found that it takes others."""
    methods = (error.headers or {}).get("Allow", "")
    return READING if methods in {"", "GET"} else f"{methods}, OPTIONS"


def _short(value: Any) -> Any:
    """A value as it is echoed: a text from outside not longer than a line."""
    if isinstance(value, str) and len(value) > LONGEST_ECHO:
        return value[:LONGEST_ECHO] + "…"
    return value
