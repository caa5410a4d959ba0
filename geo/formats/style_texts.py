"""Words of legends, and what is drawn on top of the classes because it is significant."""

from __future__ import annotations

from dataclasses import dataclass

from geo.languages import Texts

__all__ = ["SIGNS", "Sign", "say"]

_TEXTS = Texts(
    {
        "missing": "no value",
        "hidden": "hidden: a small number",
        "hot_90": "to be watched (90 %)",
        "hot_95": "hot (95 %)",
        "hot_99": "hot (99 %)",
        "below_95": "below the 95 % limits",
        "above_95": "above the 95 % limits",
        "below_998": "below the 99.8 % limits",
        "above_998": "above the 99.8 % limits",
        "signal": "more than chance explains",
        "selected": "chosen for a plan",
    },
    context="styles",
)


@dataclass(frozen=True, slots=True)
class Sign:
    """A value of a column that is shown by an outline, and by a hatch if it is sure enough.

    `label` is a key of `say`.
    """

    column: str
    value: int | bool
    label: str
    width: float
    hatch: str | None = None
    dashed: bool = False
    hot: bool = True


def _hot(value: int, *, width: float, hatch: str | None = None) -> Sign:
    return Sign("hot_class", value, f"hot_{value}", width, hatch, dashed=hatch is None)


def _funnel(value: int, label: str) -> Sign:
    sure = abs(value) == 2
    width = 2.2 if sure else 1.6
    return Sign("funnel_class", value, label, width, "dense" if sure else "wide", hot=False)


SIGNS: tuple[Sign, ...] = (
    _hot(90, width=1.6),
    _hot(95, width=1.8, hatch="wide"),
    _hot(99, width=2.2, hatch="dense"),
    _funnel(-1, "below_95"),
    _funnel(1, "above_95"),
    _funnel(-2, "below_998"),
    _funnel(2, "above_998"),
    Sign("signal", value=True, label="signal", width=2.2, hatch="wide"),
    Sign("selected", value=True, label="selected", width=2.2, hatch="wide", hot=False),
)
"""From the lowest to the topmost. A wide hatch is less sure than a dense one."""


def say(language: str, key: str) -> str:
    """A text in a language."""
    return _TEXTS.say(language, key)
