"""OpenAPI 3.1 said in 3.0: each difference by hand, and the whole document by a validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.app import create_app
from api.openapi import as_openapi_30
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CASES: dict[str, tuple[Any, Any]] = {
    "null of two": (
        {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "T"},
        {"type": "string", "title": "T", "nullable": True},
    ),
    "null of three": (
        {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
    ),
    "null beside a reference": (
        {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
        {"allOf": [{"$ref": "#/components/schemas/A"}], "nullable": True},
    ),
    "types": ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
    "two types": (
        {"type": ["string", "number"]},
        {"anyOf": [{"type": "string"}, {"type": "number"}]},
    ),
    "nothing but null": ({"type": "null"}, {"enum": [None], "nullable": True}),
    "constant": ({"const": "Feature", "type": "string"}, {"enum": ["Feature"], "type": "string"}),
    "examples": ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
    "limits": (
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "number", "minimum": 0, "exclusiveMinimum": True},
    ),
    "tuple": (
        {"type": "array", "prefixItems": [{"type": "number"}, {"const": 1}], "minItems": 2},
        {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": [1]}]}, "minItems": 2},
    ),
    "array of anything": ({"type": "array"}, {"type": "array", "items": {}}),
    "reference with words": (
        {"$ref": "#/components/schemas/A", "description": "D"},
        {"description": "D", "allOf": [{"$ref": "#/components/schemas/A"}]},
    ),
    "inside": (
        {"properties": {"const": {"const": 2}}, "additionalProperties": True},
        {"properties": {"const": {"enum": [2]}}, "additionalProperties": True},
    ),
    "upload": (
        {"type": "string", "contentMediaType": "text/csv"},
        {"type": "string", "format": "binary"},
    ),
}


def document(schema: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "T", "version": "1", "summary": "S",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {},
        "components": {"schemas": {"A": {"type": "object"}, "B": schema}},
    }  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_schemas(name: str) -> None:
    newer, older = CASES[name]
    found = as_openapi_30(document(newer))
    assert found["components"]["schemas"]["B"] == older
    OpenAPIV30SpecValidator(found).validate()


def test_head_of_the_document() -> None:
    found = as_openapi_30(document({}))
    assert found["openapi"] == "3.0.3"
    assert found["info"] == {"title": "T", "version": "1", "license": {"name": "MIT"}}


def test_what_it_was_given_stays() -> None:
    given = document({"const": 1})
    as_openapi_30(given)
    assert given == document({"const": 1})


def test_the_whole_application(tmp_path: Path) -> None:
    app = create_app(Settings(store=str(tmp_path)))
    OpenAPIV30SpecValidator(as_openapi_30(app.openapi())).validate()
