"""A style as a Styled Layer Descriptor 1.0.0 (OGC 02-070), for map servers.

Hatches are of marks that the standard names: crosses for lines, circles for dots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from geo.formats.style_rules import Condition, Look, Rule, Style

__all__ = ["write_sld"]

_NAMESPACES = {
    "xmlns": "http://www.opengis.net/sld",
    "xmlns:ogc": "http://www.opengis.net/ogc",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": (
        "http://www.opengis.net/sld http://schemas.opengis.net/sld/1.0.0/StyledLayerDescriptor.xsd"
    ),
}
_COMPARISONS = {
    "=": "PropertyIsEqualTo",
    "<": "PropertyIsLessThan",
    ">": "PropertyIsGreaterThan",
    ">=": "PropertyIsGreaterThanOrEqualTo",
}
_MARKS = {"dense": ("x", 6), "wide": ("x", 11), "dots": ("circle", 3)}


def write_sld(style: Style) -> bytes:
    """A style as XML: a rule for each class, and one for each sign on top of them."""
    root = Element("StyledLayerDescriptor", {"version": "1.0.0", **_NAMESPACES})
    layer = SubElement(root, "NamedLayer")
    _text(layer, "Name", style.layer)
    user_style = SubElement(layer, "UserStyle")
    _text(user_style, "Name", style.layer)
    _text(user_style, "Title", style.title)
    for rules in (style.classes, style.signs):
        if rules:
            # Each is drawn after the one before, whatever the order of the rows.
            kind = SubElement(user_style, "FeatureTypeStyle")
            for rule in rules:
                _add_rule(kind, style, rule)
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _add_rule(parent: Element, style: Style, rule: Rule) -> None:
    element = SubElement(parent, "Rule")
    _text(element, "Title", rule.label)
    conditions = [*style.where, *rule.conditions]
    if conditions:
        home = SubElement(element, "ogc:Filter")
        if len(conditions) > 1:
            home = SubElement(home, "ogc:And")
        for condition in conditions:
            _add_condition(home, condition)
    _add_symbols(element, rule.look)


def _add_condition(parent: Element, condition: Condition) -> None:
    name = _COMPARISONS.get(condition.operator, "PropertyIsNull")
    element = SubElement(parent, f"ogc:{name}")
    _text(element, "ogc:PropertyName", condition.column)
    if condition.operator != "null":
        value = condition.value
        text = str(value).lower() if isinstance(value, bool) else f"{value}"
        _text(element, "ogc:Literal", text)


def _add_symbols(parent: Element, look: Look) -> None:
    """The ground and its outline; a hatch is a second symbol, as a fill is of one kind."""
    ground = SubElement(parent, "PolygonSymbolizer")
    if look.fill:
        _css(SubElement(ground, "Fill"), fill=look.fill)
    stroke = {"stroke": look.line, "stroke-width": f"{look.width:g}"}
    if look.dashed:
        stroke["stroke-dasharray"] = "5 3"
    _css(SubElement(ground, "Stroke"), **stroke)
    if look.hatch:
        shape, size = _MARKS[look.hatch]
        fill = SubElement(SubElement(parent, "PolygonSymbolizer"), "Fill")
        graphic = SubElement(SubElement(fill, "GraphicFill"), "Graphic")
        mark = SubElement(graphic, "Mark")
        _text(mark, "WellKnownName", shape)
        _css(SubElement(mark, "Fill"), fill=look.line)
        _css(SubElement(mark, "Stroke"), **{"stroke": look.line, "stroke-width": "0.6"})
        _text(graphic, "Size", str(size))


def _css(parent: Element, **parameters: str) -> None:
    for name, value in parameters.items():
        SubElement(parent, "CssParameter", {"name": name}).text = value


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
