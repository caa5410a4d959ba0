"""The colours of maps: those of our own pages, for styles that others draw by.

The ramps were chosen to keep their order under every kind of colour blindness and in a grey
print: along one lightness falls evenly while hue hardly turns, around one the two arms are blue
and ochre. They end before black, so that hot spots and names still show on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HIDDEN", "HOT", "INK", "MISSING", "OUTLINE", "PAPER", "ZERO", "class_colours"]

_SEQUENTIAL = ("#e8efe8", "#d2e2dc", "#b4d1d0", "#92bcc4", "#6fa4b6", "#4d8aa6", "#2f6e93")
_BELOW = ("#dfe9ec", "#a9c8d3", "#6f9fb5", "#3f7391")
_MIDDLE = "#f1f1ec"
_ABOVE = ("#f3e3c3", "#e2b873", "#bd8137", "#84510f")

ZERO = "#fbfbf8"
"""Where a count is nought, which is in no class."""

MISSING = "#d9d9d4"
"""Where there is no value."""

HIDDEN = "#c9c2d1"
"""Where a value is not told because it is small; dotted where a style can."""

PAPER = "#fdfdfb"
"""Boundaries between areas that have a colour."""

INK = "#10222e"
"""Outlines and hatches of what is significant and no hot spot."""

OUTLINE = "#7796aa"
"""Boundaries of areas that show nothing."""

HOT = "#a3114f"
"""Hot spots, the one warm colour."""


def class_colours(limits: Sequence[float], *, diverging: bool = False) -> list[str]:
    """A colour for each class.

    Parameters
    ----------
    limits
        Limits of the classes, rising, one more than there are classes.
    diverging
        Whether the classes part at 1: those below go blue, those above ochre, and the one that
        holds 1 stays pale.

    Returns
    -------
    list of str
        ``#rrggbb`` from the lowest class to the highest.
    """
    count = max(0, len(limits) - 1)
    if not diverging:
        return _spread(_SEQUENTIAL, count)
    below = sum(upper <= 1 for upper in limits[1:])
    above = sum(lower >= 1 for lower in limits[:-1])
    middle = [_MIDDLE] * (count - below - above)
    return [*reversed(_spread(_BELOW, below)), *middle, *_spread(_ABOVE, above)]


def _spread(ramp: Sequence[str], count: int) -> list[str]:
    """Colours evenly along a ramp; a single one is its darkest."""
    last = len(ramp) - 1
    places = [last * i / (count - 1) if count > 1 else last for i in range(count)]
    return [_mix(ramp[int(p)], ramp[min(int(p) + 1, last)], p % 1) for p in places]


def _mix(first: str, second: str, share: float) -> str:
    channels = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{int(a + (b - a) * share + 0.5):02x}" for a, b in channels)
