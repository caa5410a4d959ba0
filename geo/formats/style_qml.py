"""A style as QGIS keeps it: rules with symbols, for a layer of the features themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from geo.formats.style_rules import Condition, Look, Style

__all__ = ["write_qml"]

_VERSION = "3.22.0"
_DOCTYPE = b"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_DISTANCES = {"dense": 4, "wide": 8, "dots": 5}


def write_qml(style: Style) -> bytes:
    """A style as XML: a rule for each class, and one for each sign on top of them."""
    root = Element("qgis", {"version": _VERSION, "styleCategories": "Symbology"})
    renderer = SubElement(
        root, "renderer-v2", {"type": "RuleRenderer", "symbollevels": "1", "enableorderby": "0"}
    )
    rules = SubElement(renderer, "rules", {"key": _key(style.title)})
    symbols = SubElement(renderer, "symbols")
    for number, rule in enumerate(style.rules):
        conditions = " AND ".join(map(_expression, (*style.where, *rule.conditions)))
        SubElement(
            rules,
            "rule",
            {
                "key": _key(f"{style.title} {number}"),
                "symbol": str(number),
                "label": rule.label,
                **({"filter": conditions} if conditions else {}),
            },
        )
        # Symbol levels: whatever the order of the rows, signs lie above classes.
        level = 0 if number < len(style.classes) else 1
        _add_symbol(symbols, str(number), rule.look, level=level)
    indent(root)
    return _DOCTYPE + tostring(root, encoding="utf-8")


def _expression(condition: Condition) -> str:
    column = '"{}"'.format(condition.column.replace('"', '""'))
    value = condition.value
    if condition.operator == "null":
        return f"{column} IS NULL"
    if isinstance(value, bool):
        return f"{column} = {str(value).lower()}"
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"{column} = '{quoted}'"
    return f"{column} {condition.operator} {value}"


def _add_symbol(parent: Element, name: str, look: Look, *, level: int) -> None:
    symbol = SubElement(parent, "symbol", {"type": "fill", "name": name, "alpha": "1"})
    _add_layer(
        symbol,
        "SimpleFill",
        {
            "color": _colour(look.fill or "#ffffff"),
            "style": "solid" if look.fill else "no",
            "outline_color": _colour(look.line),
            "outline_style": "dash" if look.dashed else "solid",
            "outline_width": f"{look.width:g}",
            "outline_width_unit": "Pixel",
        },
        level=level,
    )
    if look.hatch == "dots":
        _add_dots(symbol, name, look, level=level)
    elif look.hatch:
        _add_lines(symbol, name, look, level=level)


def _add_lines(symbol: Element, name: str, look: Look, *, level: int) -> None:
    distance = str(_DISTANCES[look.hatch or "wide"])
    pattern = _add_layer(
        symbol,
        "LinePatternFill",
        {"angle": "45", "distance": distance, "distance_unit": "Pixel"},
        level=level,
    )
    line = SubElement(pattern, "symbol", {"type": "line", "name": f"@{name}@1", "alpha": "1"})
    options = {"line_color": _colour(look.line), "line_width": "0.8", "line_width_unit": "Pixel"}
    _add_layer(line, "SimpleLine", options, level=0)


def _add_dots(symbol: Element, name: str, look: Look, *, level: int) -> None:
    distance = str(_DISTANCES["dots"])
    options = {
        f"distance_{axis}{end}": value
        for axis in "xy"
        for end, value in (("", distance), ("_unit", "Pixel"))
    }
    pattern = _add_layer(symbol, "PointPatternFill", options, level=level)
    dot = SubElement(pattern, "symbol", {"type": "marker", "name": f"@{name}@1", "alpha": "1"})
    marker = {
        "name": "circle",
        "color": _colour(look.line),
        "outline_style": "no",
        "size": "1.4",
        "size_unit": "Pixel",
    }
    _add_layer(dot, "SimpleMarker", marker, level=0)


def _add_layer(symbol: Element, kind: str, options: dict[str, str], *, level: int) -> Element:
    attributes = {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)}
    layer = SubElement(symbol, "layer", attributes)
    home = SubElement(layer, "Option", {"type": "Map"})
    for name, value in options.items():
        SubElement(home, "Option", {"name": name, "type": "QString", "value": value})
    return layer


def _colour(text: str) -> str:
    """``#rrggbb`` as QGIS writes colours."""
    return ",".join([*(str(int(text[at : at + 2], 16)) for at in (1, 3, 5)), "255"])


def _key(text: str) -> str:
    """A name that QGIS asks for; the same for the same style."""
    return f"{{{uuid5(NAMESPACE_URL, text)}}}"
