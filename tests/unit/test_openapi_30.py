"""OpenAPI 3.1 said in 3.0: each difference by hand."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.openapi import as_openapi_30

NOTHING = {"enum": [None], "nullable": True}
CASES: dict[str, tuple[Any, Any]] = {
    "null of two": (
        {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "T"},
        {"type": "string", "title": "T", "nullable": True},
    ),
    "null of three": (
        {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}, NOTHING]},
    ),
    "null beside a reference": (
        {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
        {"anyOf": [{"$ref": "#/components/schemas/A"}, NOTHING]},
    ),
    "types": ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
    "two types": (
        {"type": ["string", "number"]},
        {"anyOf": [{"type": "string"}, {"type": "number"}]},
    ),
    "two types or null": (
        {"type": ["string", "number", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "number"}, NOTHING]},
    ),
    "nothing but null": ({"type": "null"}, NOTHING),
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


@pytest.mark.parametrize(
    ("newer", "valid"),
    [
        ({"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}, [None, {}]),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, [None, "a", 1]),
        ({"type": ["string", "null"]}, [None, "a"]),
        ({"type": "null"}, [None]),
        ({"type": "object"}, [{}]),
    ],
)
def test_null_is_valid_where_it_was(newer: Any, valid: list[Any]) -> None:
    """What a validator of 3.0 says of the older words is what one of 3.1 says of the newer."""
    found = as_openapi_30(document(newer))
    older = found["components"]["schemas"]["B"] | {"components": found["components"]}
    for value in (None, "a", 1, {}, []):
        assert OAS30Validator(older).is_valid(value) == (value in valid), value


def test_head_of_the_document() -> None:
    found = as_openapi_30(document({}))
    assert found["openapi"] == "3.0.3"
    assert found["info"] == {"title": "T", "version": "1", "license": {"name": "MIT"}}


def test_what_it_was_given_stays() -> None:
    given = document({"const": 1})
    as_openapi_30(given)
    assert given == document({"const": 1})
