"""Words of legends, and what is drawn on top of the classes because it is significant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SIGNS", "Sign", "say"]

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "missing": {"en": "no value", "pl": "brak wartości"},
    "hidden": {"en": "hidden: a small number", "pl": "ukryte: mała liczba"},
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A value of a column that is shown by an outline, and by a hatch if it is sure enough."""

    column: str
    value: int | bool
    label: Mapping[str, str]
    width: float
    hatch: str | None = None
    dashed: bool = False
    hot: bool = True


def _hot(value: int, label: Mapping[str, str], *, width: float, hatch: str | None = None) -> Sign:
    return Sign("hot_class", value, label, width, hatch, dashed=hatch is None)


def _funnel(value: int, *, en: str, pl: str) -> Sign:
    sure = abs(value) == 2
    limit = "99.8" if sure else "95"
    label = {"en": f"{en} the {limit} % limits", "pl": f"{pl} granic {limit.replace('.', ',')} %"}
    width = 2.2 if sure else 1.6
    return Sign("funnel_class", value, label, width, "dense" if sure else "wide", hot=False)


SIGNS: tuple[Sign, ...] = (
    _hot(90, {"en": "to be watched (90 %)", "pl": "do obserwacji (90 %)"}, width=1.6),
    _hot(95, {"en": "hot (95 %)", "pl": "gorące (95 %)"}, width=1.8, hatch="wide"),
    _hot(99, {"en": "hot (99 %)", "pl": "gorące (99 %)"}, width=2.2, hatch="dense"),
    _funnel(-1, en="below", pl="poniżej"),
    _funnel(1, en="above", pl="powyżej"),
    _funnel(-2, en="below", pl="poniżej"),
    _funnel(2, en="above", pl="powyżej"),
    Sign(
        "signal",
        value=True,
        label={"en": "more than chance explains", "pl": "więcej, niż tłumaczy przypadek"},
        width=2.2,
        hatch="wide",
    ),
    Sign(
        "selected",
        value=True,
        label={"en": "chosen for a plan", "pl": "wybrane do planu"},
        width=2.2,
        hatch="wide",
        hot=False,
    ),
)
"""From the lowest to the topmost. A wide hatch is less sure than a dense one."""


def say(language: str, key: str) -> str:
    """A text in a language."""
    return _TEXTS[key][language]
