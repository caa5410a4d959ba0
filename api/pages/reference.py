"""Pages about the server itself: its routes and parameters, and the standards it meets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from api.pages.layout import Page, page_response
from api.pages.texts import TEXTS, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from geo.release.reader import Release

__all__ = ["api_page", "conformance_page", "prose"]

_METHODS = ("get", "post", "put", "patch", "delete")
_CODE = re.compile(r"`([^`]*)`")


def conformance_page(
    request: Request, release: Release | None, classes: Sequence[str], *, language: str
) -> Response:
    """The standards that the server meets, class by class."""
    standards: dict[str, list[str]] = {}
    for uri in classes:
        standards.setdefault(uri.partition("/conf/")[0].rpartition("/spec/")[2], []).append(uri)
    context = {"standards": standards}
    page = Page("conformance.html", say(language, "conformance"), (), context)
    return page_response(request, release, page, language=language)


def api_page(
    request: Request, release: Release | None, document: Mapping[str, Any], *, language: str
) -> Response:
    """Every route with its parameters, from the OpenAPI document."""
    context = {
        "info": document["info"],
        "description": prose(document["info"]["description"]),
        "tags": _tags(document, language),
    }
    page = Page("api.html", say(language, "api"), (), context)
    return page_response(request, release, page, language=language)


def prose(text: str) -> Markup:
    """Paragraphs with code in backticks, which is all the markup that descriptions use."""
    paragraphs = [each.replace("\n", " ").strip() for each in text.strip().split("\n\n")]
    code = (_CODE.sub(r"<code>\1</code>", str(escape(each))) for each in paragraphs)
    return Markup("".join(f"<p>{each}</p>" for each in code))  # noqa: S704 - escaped before


def _tags(document: Mapping[str, Any], language: str) -> dict[str, list[dict[str, Any]]]:
    tags: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if operation := methods.get(method):
                [tag, *_] = operation.get("tags", ["other"])
                tags.setdefault(tag, []).append(
                    _operation(path, method, operation, language=language)
                )
    return tags


def _operation(
    path: str, method: str, operation: Mapping[str, Any], *, language: str
) -> dict[str, Any]:
    parameters = [_parameter(each, language) for each in operation.get("parameters", ())]
    # Without parameters of its path a route can be opened as it is.
    opens = method == "get" and "{" not in path and not any(p["required"] for p in parameters)
    return {
        "id": operation.get("operationId", f"{method} {path}"),
        "path": path,
        "method": method.upper(),
        "opens": opens,
        "summary": operation.get("summary", ""),
        "description": prose(operation.get("description", "")),
        "parameters": parameters,
        "answers": [
            (status, sorted(answer.get("content", {})))
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        ],
    }


def _parameter(parameter: Mapping[str, Any], language: str) -> dict[str, Any]:
    schema = parameter.get("schema", {})
    choices = [schema, *schema.get("anyOf", ())]
    place = f"in_{parameter['in']}"
    return {
        "name": parameter["name"],
        "where": say(language, place) if place in TEXTS else parameter["in"],
        "type": next((s["type"] for s in choices if "type" in s), ""),
        "choices": next((s["enum"] for s in choices if "enum" in s), []),
        "default": schema.get("default"),
        "required": parameter.get("required", False),
        "meaning": prose(parameter.get("description") or schema.get("description") or ""),
    }
