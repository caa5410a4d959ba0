"""Values of a release in the words of a language: numbers, days, codes, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from api.pages.texts import TEXTS, say
from geo.languages import in_language
from geo.maps.texts import texts_of
from geo.phrases import say_phrases
from geo.writing import NO_BREAK, write_date, write_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Collection, Release

__all__ = ["Words", "column_title", "format_day", "format_number", "unit_name"]

NOTHING = "—"

CHANCES = frozenset({"p_top_k", "p_best_in_beat", "p_rr_gt_1_5"})
PART_OF_BEAT = "part-of-beat"
SAID = frozenset({"exposure_used", "scan"})
"""Columns whose values are phrases of `geo.phrases`."""


def format_number(value: float, language: str) -> str:
    """A number as people write it, see `geo.writing.write_number`."""
    return write_number(value, language)


def format_day(text: str, language: str) -> str:
    """A day such as 31 Jul 2026; what is no ISO day stays as it is."""
    try:
        return write_date(date.fromisoformat(text), language).replace(" ", NO_BREAK)
    except ValueError:
        return text


def column_title(column: Mapping[str, Any], language: str) -> str:
    """The title of a column, with its unit where the title does not say it."""
    title = in_language(column["title"], language)
    title = title[:1].upper() + title[1:]
    unit = column["unit"] or ""
    # A rate says of itself per what it is.
    if not unit or unit.startswith("1"):
        return title
    word = unit_name(unit, language)
    return title if word.lower() in title.lower() else f"{title} [{word}]"


def unit_name(unit: str, language: str) -> str:
    """A unit in words; signs such as km² are the same in every language."""
    return say(language, f"unit_{unit}") if f"unit_{unit}" in TEXTS else unit


@dataclass(frozen=True, slots=True)
class Words:
    """Says the values of a release's collections in a language.

    Parameters
    ----------
    release
        Knows the names of groups, categories and levels.
    language
        ``en`` or ``pl``.
    """

    release: Release
    language: str

    def cell(self, collection: Collection, name: str, row: Mapping[str, Any]) -> Markup:
        """The value of a column as markup: a number with its exact value, a day, or words."""
        value = row.get(name)
        if value is None:
            return self._missing(collection, row)
        if name in CHANCES and (limit := _nearly_sure(value, row)):
            shown = format_number(limit[1], self.language)
            return Markup('<data value="{}">{} {}</data>').format(value, limit[0], shown)
        if name == "selection_reason":
            return Markup("{}").format(self._why_chosen(collection, str(value)))
        return self.value(name, value, kind=collection.columns[name]["type"])

    def value(self, name: str, value: Any, *, kind: str) -> Markup:
        """A value that is there."""
        if isinstance(value, bool):
            return Markup("{}").format(say(self.language, "yes" if value else "no"))
        if isinstance(value, int | float):
            shown = format_number(value, self.language)
            return Markup('<data value="{}">{}</data>').format(value, shown)
        if kind == "date":
            shown = format_day(str(value), self.language)
            return Markup('<time datetime="{}">{}</time>').format(value, shown)
        return Markup("{}").format(self.code(name, str(value)))

    def code(self, name: str, value: str) -> str:
        """A code in words, where the release has words for it; else the value itself."""
        manifest = self.release.manifest
        if name == "level":
            named = {level["id"]: level["label"] for level in manifest["levels"]}
        elif name == "category_group":
            named = manifest["groups"]
        elif name == "top_category":
            named = manifest.get("categories", {})
        elif name in {"emerging_pattern", "emerging_plain"}:
            return str(texts_of(self.language).get(f"pattern_{value}", value))
        elif name == "partner_hint":
            return self._partners(value)
        elif name == "status" and value in {"approximate", "official"}:
            return say(self.language, f"status_{value}")
        elif name == "peak_weekday":
            return str(texts_of(self.language).get(f"weekday_{value}", value))
        else:
            return say_phrases(value, self.language, separator=" + ") if name in SAID else value
        return in_language(named.get(value, {}), self.language) or value

    def _partners(self, value: str) -> str:
        """Whom to ask for help, where the release names them in more languages than English."""
        method = self.release.collections["hotspot-areas"].meta["method"]
        named = {names["en"]: names for names in method.get("partners", {}).values()}
        each = value.split(", ")
        return ", ".join(in_language(named.get(one, {}), self.language) or one for one in each)

    def note(self, collection: Collection, code: str) -> str:
        """Why a number is missing, in words; a code itself if the release does not tell.

        Several codes are joined by commas.
        """
        notes = collection.meta["method"].get("notes", {})
        return "; ".join(
            str(notes.get(each, {}).get(self.language, each)) for each in code.split(",")
        )

    def reason(self, collection: Collection, row: Mapping[str, Any]) -> str:
        """Why numbers of a row are missing; "" if nothing is said."""
        if row.get("suppressed") is True:
            return say(self.language, "hidden")
        code = row.get("note")
        return self.note(collection, code) if code else ""

    def _why_chosen(self, collection: Collection, code: str) -> str:
        reasons = collection.meta["method"].get("reasons", {})
        return str(reasons.get(code, {}).get(self.language, code))

    def _missing(self, collection: Collection, row: Mapping[str, Any]) -> Markup:
        """A dash, and why, where the row says it."""
        why = self.reason(collection, row)
        if not why:
            return Markup('<span class="none">{}</span>').format(NOTHING)
        return Markup(
            '<span class="none" title="{why}">{dash}<span class="spoken"> {why}</span></span>'
        ).format(why=why, dash=NOTHING)


def _nearly_sure(value: float, row: Mapping[str, Any]) -> tuple[str, float] | None:
    """What stands for a chance that would round to 0 or 1: no draws make anything certain.

    The public face tells twentieths of a part of a beat, so 1 may be as little as 0.975.
    """
    near = 0.03 if row.get("note") == PART_OF_BEAT else 0.01
    if value > 1 - near / 2:
        return ">", 1 - near
    return ("<", near) if value < near / 2 else None
