"""How a layer looks, as rules: what a row must be like, and how it is then drawn.

A row meets one rule of the classes: a class of the limits that the release was built with, nought,
no value, or a value that is hidden. What is significant is drawn on top, as a hatch and an outline,
so that colour is never the only sign. The writers of styles say the rules in their languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from geo.errors import NotFoundError, UsageError
from geo.formats.ramps import HIDDEN, HOT, INK, MISSING, OUTLINE, PAPER, ZERO, class_colours
from geo.formats.style_texts import SIGNS, say
from geo.languages import in_language
from geo.writing import write_limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geo.release.reader import Collection, Release

__all__ = [
    "STYLE_TYPES",
    "Condition",
    "Look",
    "Rule",
    "Style",
    "choices_of",
    "limits_of",
    "style_of",
]

STYLE_TYPES = {
    "mapbox": "application/vnd.mapbox.style+json",
    "qml": "application/vnd.qgis.qml",
    "sld": "application/vnd.ogc.sld+xml;version=1.0",
}
"""Languages in which a style is said, and their media types; the usual one first."""

CHOICES = ("level", "period", "category_group")
"""Columns of which one value is shown: rows of all of them lie on one another."""

_FIRST_COLUMNS = ("smr_eb", "n_episodes", "n_reports", "forecast_n")
_AROUND_ONE = {"smr", "smr_eb"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a column must be: ``=``, ``<``, ``>=`` or ``>`` a value, or ``null``."""

    column: str
    operator: str
    value: str | float | bool | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How an area is drawn.

    Attributes
    ----------
    fill
        Colour of the ground, None for none.
    line
        Colour of the outline and of the hatch.
    width
        Of the outline, in pixels.
    dashed
        Whether the outline is.
    hatch
        ``dense`` or ``wide`` for lines, ``dots``, None for none.
    """

    fill: str | None
    line: str
    width: float
    dashed: bool = False
    hatch: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that meet all conditions have a name in the legend and a look."""

    label: str
    conditions: tuple[Condition, ...]
    look: Look


@dataclass(frozen=True, slots=True)
class Style:
    """A layer's look.

    Attributes
    ----------
    layer
        Id of the collection, and name of the layer in its tiles.
    title
        For people.
    where
        What is shown of the layer at all.
    classes
        Rules of which every shown row meets exactly one.
    signs
        Rules of what is drawn on top.
    """

    layer: str
    title: str
    where: tuple[Condition, ...]
    classes: tuple[Rule, ...]
    signs: tuple[Rule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, from the lowest to the topmost."""
        return (*self.classes, *self.signs)


def choices_of(release: Release, collection: Collection) -> dict[str, list[str]]:
    """What can be chosen to be shown: column to its values, the usual one first."""
    if collection.meta["level"]:
        return {}
    manifest = release.manifest
    usual = {
        "level": [level["id"] for level in manifest["levels"]],
        "period": [manifest["period"], *reversed(manifest["periods"])],
        "category_group": list(manifest["groups"]),
    }
    found = {}
    for name in CHOICES:
        if name in collection.columns:
            there = collection.table([name]).column(name).unique().drop_null().to_pylist()
            known = list(dict.fromkeys(value for value in usual[name] if value in there))
            found[name] = known + sorted((v for v in there if v not in known), reverse=True)
    return found


def limits_of(collection: Collection, chosen: Mapping[str, str]) -> dict[str, list[float]]:
    """Columns that have classes in what is chosen, and the limits of these.

    Limits of a level come first: they are the same for every group, so that a legend stays.
    """
    breaks = collection.meta["breaks"]
    level, group = chosen.get("level"), chosen.get("category_group")
    found: dict[str, list[float]] = {}
    for column in collection.columns:
        for parts in ((level, column), (level, group, column), (group, column), (column,)):
            limits = breaks.get(".".join(part or "" for part in parts))
            if limits:
                found.setdefault(column, limits)
    return found


def style_of(
    release: Release,
    collection: Collection,
    *,
    column: str | None = None,
    chosen: Mapping[str, str] | None = None,
    language: str = "en",
) -> Style:
    """The look of a collection.

    Parameters
    ----------
    release, collection
        What is drawn.
    column
        What colours it; None for the usual one, or for outlines if no column has classes.
    chosen
        Level, period and category group, as far as they are not the usual ones.
    language
        Of the legend.

    Raises
    ------
    NotFoundError
        If the collection has no shapes.
    UsageError
        If there is no such choice, or the column has no classes.
    """
    if collection.meta["bbox"] is None:
        msg = f"{collection.id} has no shapes, so it has no style: read its features"
        raise NotFoundError(msg, code="no-shapes")
    shown = _chosen(choices_of(release, collection), chosen or {})
    limits = limits_of(collection, shown)
    if column is None:
        column = next((name for name in _FIRST_COLUMNS if name in limits), None)
    elif column not in limits:
        msg = f"{collection.id} has no classes of {column!r}: take one of {', '.join(limits)}"
        raise UsageError(msg)
    names = [in_language(collection.meta["title"], language), *shown.values()]
    if column is not None:
        names.append(in_language(collection.columns[column]["title"], language))
        classes = _classes(collection, column, limits[column], language)
    else:
        classes = _outlines(collection, language)
    return Style(
        collection.id,
        " · ".join(names),
        tuple(Condition(name, "=", value) for name, value in shown.items()),
        tuple(classes),
        tuple(_signs(collection, language)),
    )


def _chosen(offered: Mapping[str, Sequence[str]], chosen: Mapping[str, str]) -> dict[str, str]:
    for name, value in chosen.items():
        if value not in offered.get(name, ()):
            msg = f"no {name} {value!r} here: take one of {', '.join(offered.get(name, ()))}"
            raise UsageError(msg)
    return {name: chosen.get(name, values[0]) for name, values in offered.items() if values}


def _classes(
    collection: Collection, column: str, limits: Sequence[float], language: str
) -> Iterator[Rule]:
    """Classes by value; the first takes all below it too, and the last all above."""
    colours = class_colours(limits, diverging=column in _AROUND_ONE)
    for place, (colour, (low, high)) in enumerate(zip(colours, pairwise(limits), strict=True)):
        begin = Condition(column, ">=", low) if place else Condition(column, ">", 0)
        end = [Condition(column, "<", high)] if place + 1 < len(colours) else []
        yield Rule(_span(low, high, language), (begin, *end), _ground(colour))
    yield Rule("0", (Condition(column, "=", 0),), _ground(ZERO))
    yield from _without_value(collection, (Condition(column, "null"),), _ground(MISSING), language)


def _outlines(collection: Collection, language: str) -> Iterator[Rule]:
    """No classes: every area is an outline."""
    title = in_language(collection.meta["title"], language)
    yield from _without_value(collection, (), Look(None, OUTLINE, 1.2), language, label=title)


def _without_value(
    collection: Collection,
    conditions: tuple[Condition, ...],
    look: Look,
    language: str,
    *,
    label: str | None = None,
) -> Iterator[Rule]:
    """What is hidden is a class of its own, beside what is only not there."""
    label = label or say(language, "missing")
    if "suppressed" not in collection.columns:
        yield Rule(label, conditions, look)
        return
    yield Rule(label, (*conditions, Condition("suppressed", "=", value=False)), look)
    hidden = Look(HIDDEN, OUTLINE, 0.6, hatch="dots")
    conditions = (*conditions, Condition("suppressed", "=", value=True))
    yield Rule(say(language, "hidden"), conditions, hidden)


def _signs(collection: Collection, language: str) -> Iterator[Rule]:
    for sign in SIGNS:
        if sign.column in collection.columns:
            look = Look(None, HOT if sign.hot else INK, sign.width, sign.dashed, sign.hatch)
            condition = Condition(sign.column, "=", sign.value)
            yield Rule(say(language, sign.label), (condition,), look)


def _ground(colour: str) -> Look:
    return Look(colour, PAPER, 1.1)


def _span(low: float, high: float, language: str) -> str:
    first, last = (write_limit(limit, language) for limit in (low, high))
    return f"{first} – {last}" if low < high else first
