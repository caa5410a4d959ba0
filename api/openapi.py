"""The API document in OpenAPI 3.0, which OGC API – Features Part 1 asks for.

FastAPI writes OpenAPI 3.1, whose schemas are those of JSON Schema 2020-12. Clients of OGC
services read 3.0, whose schemas are a dialect of an older draft: no type "null", no constants, no
lists of examples. The difference is small and known, so one document is turned into the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VERSION", "as_openapi_30"]

VERSION = "3.0.3"

_NULL = {"type": "null"}
_NOTHING = {"enum": [None], "nullable": True}
_NEWER = {
    "$schema", "$id", "$comment", "$defs", "const", "contains", "contentEncoding",
    "contentMediaType", "contentSchema", "dependentRequired", "dependentSchemas", "else",
    "examples", "if", "maxContains", "minContains", "patternProperties", "prefixItems",
    "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip
"""Keywords that 3.0 does not know; those that can be said otherwise are."""
_ONE = ("items", "not", "additionalProperties")
_MANY = ("allOf", "anyOf", "oneOf")


def as_openapi_30(document: Mapping[str, Any]) -> dict[str, Any]:
    """Say an OpenAPI 3.1 document in OpenAPI 3.0.

    Parameters
    ----------
    document
        A document of version 3.1, as FastAPI makes it; it stays as it is.

    Returns
    -------
    dict
        The same paths, parameters and answers. What a schema of 3.0 cannot say is left out, so
        that all that was valid stays valid.
    """
    found: dict[str, Any] = _walk(document)
    info = {key: value for key, value in found["info"].items() if key != "summary"}
    if "license" in info:
        info["license"] = {k: v for k, v in info["license"].items() if k != "identifier"}
    return found | {"openapi": VERSION, "info": info}


def _walk(node: Any, *, schemas: bool = False) -> Any:
    """Everything outside schemas stays; `schemas` marks a mapping of names to schemas."""
    if isinstance(node, list):
        return [_walk(each) for each in node]
    if not isinstance(node, dict):
        return node
    if schemas:
        return {name: _schema(each) for name, each in node.items()}
    return {
        key: _schema(value) if key == "schema" else _walk(value, schemas=key == "schemas")
        for key, value in node.items()
    }


def _schema(node: Any) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {} if node else {"not": {}}
    if "$ref" in node and len(node) > 1:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _schema(rest | {"allOf": [{"$ref": node["$ref"]}, *rest.get("allOf", [])]})
    found = {key: value for key, value in node.items() if key not in _NEWER}
    found |= _said_otherwise(node)
    for key in _ONE:
        if isinstance(found.get(key), dict):
            found[key] = _schema(found[key])
    for key in _MANY:
        if key in found:
            found[key] = [_schema(each) for each in found[key] if each != _NULL]
    if "properties" in found:
        found["properties"] = _walk(found["properties"], schemas=True)
    return _without_null(node, found)


def _said_otherwise(node: dict[str, Any]) -> dict[str, Any]:
    """Newer keywords in older words."""
    said: dict[str, Any] = {}
    if "const" in node:
        said["enum"] = [node["const"]]
    if node.get("examples"):
        said["example"] = node["examples"][0]
    if "prefixItems" in node:
        said["items"] = {"anyOf": list(node["prefixItems"])}
    if node.get("type") == "array" and "items" not in node and "prefixItems" not in node:
        said["items"] = {}
    if "contentMediaType" in node:
        said["format"] = "binary"
    for end in ("Minimum", "Maximum"):
        limit = node.get(f"exclusive{end}")
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            said |= {end.lower(): limit, f"exclusive{end}": True}
    return said


def _without_null(node: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Null in older words: `nullable` beside a type, and only there, or a choice of its own."""
    types = node.get("type")
    if types == "null":
        found.pop("type")
        return found | _NOTHING
    if isinstance(types, list):
        real = [name for name in types if name != "null"]
        null = len(real) < len(types)
        found.pop("type")
        if len(real) == 1:
            return found | {"type": real[0]} | ({"nullable": True} if null else {})
        return found | {"anyOf": [*({"type": t} for t in real), *([_NOTHING] if null else [])]}
    for key in ("anyOf", "oneOf"):
        if _NULL in node.get(key, ()):
            found = _or_nothing(found, key)
    return found


def _or_nothing(found: dict[str, Any], key: str) -> dict[str, Any]:
    """One of the choices, or null; one choice that is left is no choice."""
    choices = found[key]
    if len(choices) == 1 and "type" in choices[0]:
        rest = {name: value for name, value in found.items() if name != key}
        return choices[0] | rest | {"nullable": True}
    return found | {key: [*choices, _NOTHING]}
