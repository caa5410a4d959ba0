"""A style in the language of MapLibre and Mapbox GL, on the vector tiles of the layer.

It needs no sprite, no glyphs and nothing from another host, so it has no hatches and no names:
what is significant is told by outlines.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.formats.style_rules import Condition, Rule, Style

__all__ = ["write_mapbox"]

_GROUND = "#f8f7f3"
_NONE = "rgba(0, 0, 0, 0)"
_DASHES = [3, 2]


def write_mapbox(
    style: Style, *, tiles: str, box: Sequence[float], attribution: Sequence[str]
) -> bytes:
    """A style as JSON.

    Parameters
    ----------
    style
        The look.
    tiles
        Address of the PMTiles archive.
    box
        West, south, east, north in degrees: what is seen first.
    attribution
        Whom to name.
    """
    west, south, east, north = box
    span = max(east - west, north - south, 1e-6)
    source = {"type": "vector", "url": f"pmtiles://{tiles}", "attribution": ", ".join(attribution)}
    document = {
        "version": 8,
        "name": style.title,
        "metadata": {"legend": [_legend(rule) for rule in style.rules]},
        "center": [(west + east) / 2, (south + north) / 2],
        "zoom": max(0, math.floor(math.log2(360 / span))),
        "sources": {style.layer: source},
        "layers": [
            {"id": "ground", "type": "background", "paint": {"background-color": _GROUND}},
            *_classes(style),
            *(_sign(style, rule, number) for number, rule in enumerate(style.signs, start=1)),
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _classes(style: Style) -> list[dict[str, Any]]:
    """The areas by class, and their outlines."""
    looks = [rule.look for rule in style.classes]
    paints = {
        "fill": {"fill-color": _by_class(style, [look.fill or _NONE for look in looks])},
        "line": {
            "line-color": _by_class(style, [look.line for look in looks]),
            "line-width": _by_class(style, [look.width for look in looks]),
        },
    }
    return [
        _layer(style, f"{style.layer}-{kind}", kind, paint, style.where)
        for kind, paint in paints.items()
    ]


def _sign(style: Style, rule: Rule, number: int) -> dict[str, Any]:
    paint: dict[str, Any] = {"line-color": rule.look.line, "line-width": rule.look.width}
    if rule.look.dashed:
        paint["line-dasharray"] = _DASHES
    where = (*style.where, *rule.conditions)
    return _layer(style, f"{style.layer}-sign-{number}", "line", paint, where)


def _layer(
    style: Style, name: str, kind: str, paint: dict[str, Any], where: Sequence[Condition]
) -> dict[str, Any]:
    layer = {"id": name, "type": kind, "source": style.layer, "source-layer": style.layer}
    return layer | {"filter": ["all", *map(_expression, where)], "paint": paint}


def _by_class(style: Style, values: Sequence[str | float]) -> Any:
    """The value of the class that a row is in; what is null comes first, as nothing equals it."""
    pairs = sorted(
        zip(style.classes, values, strict=True),
        key=lambda pair: all(each.operator != "null" for each in pair[0].conditions),
    )
    if len(set(values)) == 1:
        return values[0]
    cases = [part for rule, value in pairs for part in (_all(rule.conditions), value)]
    return ["case", *cases, _NONE if isinstance(values[0], str) else 0]


def _all(conditions: Sequence[Condition]) -> Any:
    return ["all", *map(_expression, conditions)]


def _expression(condition: Condition) -> Any:
    if condition.operator == "null":
        return ["!", ["has", condition.column]]
    operator = "==" if condition.operator == "=" else condition.operator
    return [operator, ["get", condition.column], condition.value]


def _legend(rule: Rule) -> dict[str, Any]:
    look = rule.look
    return {"label": rule.label, "fill": look.fill, "line": look.line, "width": look.width}
