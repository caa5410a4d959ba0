"""What the server says of itself: every route in OpenAPI 3.0, whole and true.

FastAPI knows the paths, the parameters and the shapes of what was asked for. What all routes have
in common it cannot know: the problems that a request can meet, the page that ``f=html`` gives,
the answer to who has it already, the keys. That is added here, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from api.errors import PROBLEM_TYPE
from api.links import HTML
from api.models import Problem
from api.openapi import as_openapi_30
from api.scope import ASKING, OPERATION, PRIVATE
from api.texts import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PROBLEM_ANSWERS", "SelfDescribing"]

PROBLEM_ANSWERS: Mapping[int, str] = {
    400: "A parameter is unknown, is given twice, or has a value that cannot be used.",
    401: "The key is none of this server's, or is not valid any more.",
    403: "The key is not for this.",
    404: "There is no such thing.",
    406: "Nothing is offered that the client accepts.",
    409: "Simulated and real reports cannot lie in one store.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body is of no type that is taken.",
    416: "The range begins after the end.",
    422: "The body cannot be read.",
    429: "Too many requests; Retry-After says when to ask again.",
    431: "The headers are too long.",
    500: "Something went wrong on the server.",
    503: "There is no release to serve, or too much to do.",
}
"""Status to what it means here."""

_ALWAYS = {400, 401, 403, 414, 429, 431, 500, 503}
_WRITING = {409, 413, 415, 422}
_ASKING = {406, 413, 415}
_FOR_WHOM_IT_CONCERNS = {*OPERATION, "/assets/{assetPath}", "/manifest.webmanifest", "/sw.js"}
"""Routes that give one thing, whatever the client likes best."""
_OF_FASTAPI = {"HTTPValidationError", "ValidationError"}
_KEYS: list[dict[str, list[str]]] = [{}, {"HTTPBearer": []}, {"APIKeyHeader": []}]
"""Nobody needs a key to read; with one the internal face is read."""


class SelfDescribing(FastAPI):
    """An application that describes itself in OpenAPI 3.0."""

    _description: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        """The API document without the address of its server.

        Returns
        -------
        dict
            Made at the first call, the same at all others.
        """
        if self._description is None:
            self._description = as_openapi_30(_whole(super().openapi()))
        return self._description


def _whole(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what all routes have in common."""
    components = document["components"]
    schemas = {n: s for n, s in components["schemas"].items() if n not in _OF_FASTAPI}
    problems = {
        _name(status): {
            "description": text,
            "content": {
                PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
                HTML: {"schema": {"type": "string"}},
            },
        }
        for status, text in PROBLEM_ANSWERS.items()
    }
    paths = {
        path: {method: _operation(path, method, each) for method, each in item.items()}
        for path, item in document["paths"].items()
    }
    return {
        **document,
        "paths": paths,
        "components": components
        | {"schemas": schemas | {"Problem": Problem.model_json_schema()}, "responses": problems},
        "security": _KEYS,
    }


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(each) for each in operation.get("parameters", ())]
    answers = {s: each for s, each in operation["responses"].items() if s < "300"}
    stated = {int(s) for s in operation["responses"] if s >= "400"}
    if "html" in _formats(parameters):
        page = {HTML: {"schema": {"type": "string"}}}
        answers["200"] = {**answers["200"], "content": answers["200"].get("content", {}) | page}
    if HTML in answers["200"].get("content", {}):
        answers["303"] = {"description": "An empty field of a form is left out of the address."}
    if method == "get" and path not in OPERATION | PRIVATE:
        answers["304"] = {"description": "The client has this answer already."}
    for status in sorted(_problems(path, method, stated)):
        answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    return {**operation, "parameters": parameters, "responses": answers}


def _problems(path: str, method: str, stated: set[int]) -> set[int]:
    """Statuses of the problems that a request can meet; 422 is FastAPI's own guess."""
    found = _ALWAYS | (stated - {422})
    if method != "get":
        return found | (_ASKING if path in ASKING else _WRITING)
    if path not in _FOR_WHOM_IT_CONCERNS:
        found |= {406}
    return found | {404} if "{" in path else found


def _formats(parameters: Iterable[Mapping[str, Any]]) -> list[str]:
    return [name for p in parameters if p["name"] == "f" for name in p["schema"].get("enum", ())]


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter is given or is not: it is never null. Lists have commas between their items."""
    schema = {k: v for k, v in parameter["schema"].items() if k not in {"title", "description"}}
    choices = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        schema = choices[0] | schema
    elif choices:
        schema["anyOf"] = choices
    if parameter["in"] == "query":
        return {"style": "form", "explode": False, **parameter, "schema": schema}
    return {**parameter, "schema": schema}


def _name(status: int) -> str:
    return TITLES[status].title().replace(" ", "")
