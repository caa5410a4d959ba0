"""Linked data as Turtle, from the JSON-LD that the server makes: prefixes, nodes, literals."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_turtle"]


def write_turtle(document: Mapping[str, Any]) -> str:
    """A JSON-LD document in Turtle.

    Parameters
    ----------
    document
        Its context holds prefixes only, and every key but `@id` and `@type` uses one of them.
        Nodes may stand inside others.

    Returns
    -------
    str
        The same statements. A node with an id is written once, where it is described first.
    """
    prefixes = [f"@prefix {name}: <{iri}> ." for name, iri in document["@context"].items()]
    nodes: dict[str, str] = {}
    _reference({k: v for k, v in document.items() if k != "@context"}, nodes)
    return "\n".join([*prefixes, "", *nodes.values()])


def _reference(value: Any, nodes: dict[str, str]) -> str:
    """A value as it stands after its property; nodes with an id are added to `nodes`."""
    if isinstance(value, list):
        return ", ".join(_reference(each, nodes) for each in value)
    if not isinstance(value, dict):
        return _quoted(str(value))
    if "@value" in value:
        return _literal(value)
    if "@id" not in value:
        return f"[ {_statements(value, nodes)} ]"
    name = f"<{value['@id']}>"
    if len(value) > 1 and name not in nodes:
        nodes[name] = ""  # keeps its place before those that it names
        nodes[name] = f"{name} {_statements(value, nodes)} .\n"
    return name


def _statements(node: Mapping[str, Any], nodes: dict[str, str]) -> str:
    said = [f"a {node['@type']}"] if "@type" in node else []
    said += [
        f"{name} {_reference(value, nodes)}"
        for name, value in node.items()
        if not name.startswith("@")
    ]
    return " ;\n    ".join(said)


def _literal(value: Mapping[str, str]) -> str:
    text = _quoted(value["@value"])
    if "@language" in value:
        return f"{text}@{value['@language']}"
    return f"{text}^^{value['@type']}" if "@type" in value else text


def _quoted(text: str) -> str:
    """A string literal; JSON's escapes are among Turtle's."""
    return json.dumps(text, ensure_ascii=False)
