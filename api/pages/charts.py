"""Charts drawn on the server as SVG: no script, sharp on paper, as wide as there is room.

Widths are shares of the room, heights are pixels: on a telephone bars become narrow and the type
stays readable. Colours are classes of ``area.css``. Each chart is a picture with a name; its
numbers stand in a table beside it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from api.pages.svg import percent, pixels, tag
from geo.area_months import DAYS, HOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Bar",
    "interval_mark",
    "month_chart",
    "nice_top",
    "ratio_axis",
    "shade_of",
    "week_chart",
]  # fmt: skip

LEFT = 0.065
"""Share of the width that the scale of the months takes."""
TOP, BASE, MONTHS_HEIGHT = 8.0, 150.0, 172
BAR = 0.62
SIGNS = {"above": "▴", "below": "▾"}
"""Over the bar of a month outside its usual range: colour alone would not tell it."""

DAY_LEFT = 0.085
WEEK_TOP, DAY_HEIGHT, WEEK_HEIGHT = 20.0, 17.0, 158
SHIFT_STARTS = (6, 14, 22)
SHADES = 5

RATIO_LOW, RATIO_HIGH = 0.25, 8.0
RATIO_TICKS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
RATIO_HEIGHT, AXIS_HEIGHT = 18, 15


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the chart of months.

    Attributes
    ----------
    title
        What is said of it where a pointer rests.
    value
        Its height.
    line
        The height of the line there; None for none.
    low, high
        The usual range, or None.
    label
        A text under it, where a half-year begins.
    shaded
        Whether its half-year is.
    kind
        ``""``, ``"above"``, ``"below"`` the usual range, or ``"part"`` of a month.
    """

    title: str
    value: int
    line: float | None = None
    low: int | None = None
    high: int | None = None
    label: str = ""
    shaded: bool = False
    kind: str = ""


def month_chart(bars: Sequence[Bar], *, label: str) -> Markup:
    """Bars of months, with the usual range behind them and a line before them.

    Parameters
    ----------
    bars
        The months, one after the other.
    label
        The name of the picture.
    """
    highest = max(
        [1.0, *(each for bar in bars for each in (bar.value, bar.line, bar.high) if each)]
    )
    top, step = nice_top(highest)
    slot = (1 - LEFT) / len(bars)
    parts: list[Markup] = []
    for number, bar in enumerate(bars):
        parts += _behind(bar, x=LEFT + number * slot, slot=slot, top=top)
    parts += [_level(value, top=top) for value in range(0, top + 1, step)]
    for number, bar in enumerate(bars):
        parts += _bar(bar, x=LEFT + number * slot, slot=slot, top=top)
    parts += _line(bars, slot=slot, top=top)
    return tag(
        "svg", *parts, class_="chart months", role="img", aria_label=label,
        width="100%", height=MONTHS_HEIGHT,
    )  # fmt: skip


def week_chart(
    shares: Sequence[float], *, days: Sequence[str], shifts: Mapping[str, str], label: str
) -> Markup:
    """Hours of the week, the darker the more of all lies in them.

    Parameters
    ----------
    shares
        168 shares, Monday's midnight first.
    days
        Names of the weekdays, Monday's first.
    shifts
        Names of the shifts by ``"I"``, ``"II"``, ``"III"``.
    label
        The name of the picture.
    """
    most = max(shares)
    width = (1 - DAY_LEFT) / HOURS
    cells = [
        tag("rect", x=percent(DAY_LEFT + hour * width), y=pixels(WEEK_TOP + day * DAY_HEIGHT),
            width=percent(width), height=pixels(DAY_HEIGHT),
            class_=f"hour shade-{shade_of(shares[HOURS * day + hour], most)}")
        for day in range(DAYS)
        for hour in range(HOURS)
    ]  # fmt: skip
    names = [
        tag("text", name, x=0, y=pixels(WEEK_TOP + (day + 0.72) * DAY_HEIGHT), class_="tick")
        for day, name in enumerate(days)
    ]
    return tag(
        "svg", *cells, *names, *_shift_marks(shifts, width=width), class_="chart week",
        role="img", aria_label=label, width="100%", height=WEEK_HEIGHT,
    )  # fmt: skip


def interval_mark(value: float, low: float, high: float) -> Markup:
    """A dot on its interval, on a logarithmic axis from a quarter to eight times, and its 1× line.

    Where the interval goes on beyond the axis there is an arrow. It says nothing that is not
    written beside it, so it is hidden from those who listen.
    """
    arrows = [
        tag("text", sign, x=percent(_place(limit)), y=13, class_="arrow", text_anchor=anchor)
        for sign, limit, anchor, beyond in (
            ("◂", RATIO_LOW, "start", low < RATIO_LOW),
            ("▸", RATIO_HIGH, "end", high > RATIO_HIGH),
        )
        if beyond
    ]
    ticks = [_tick_line(ratio, height=RATIO_HEIGHT) for ratio in RATIO_TICKS]
    span = tag("line", x1=percent(_place(low)), x2=percent(_place(high)), y1=9, y2=9, class_="span")
    dot = tag("circle", cx=percent(_place(value)), cy=9, r=4, class_="dot")
    return tag(
        "svg", *ticks, span, *arrows, dot, class_="mark", aria_hidden="true", width="100%",
        height=RATIO_HEIGHT,
    )  # fmt: skip


def ratio_axis() -> Markup:
    """The axis above the marks of `interval_mark`."""
    names = [
        tag("text", f"1/{1 / ratio:.0f}" if ratio < 1 else f"{ratio:.0f}×", y=11, class_="tick",
            x=percent(_place(ratio)), text_anchor="middle")
        for ratio in RATIO_TICKS
    ]  # fmt: skip
    return tag("svg", *names, class_="mark", aria_hidden="true", width="100%", height=AXIS_HEIGHT)


def nice_top(highest: float) -> tuple[int, int]:
    """The end of a scale of whole numbers and the step of its lines, at most five of them."""
    for power in range(12):
        for digit in (1, 2, 5):
            step = digit * 10**power
            if math.ceil(highest / step) <= 4:
                return step * math.ceil(highest / step), step
    return math.ceil(highest), math.ceil(highest)


def shade_of(share: float, most: float) -> int:
    """The shade of an hour: 0 for nothing, else up to 5 in even steps of the busiest hour's."""
    return max(1, math.ceil(SHADES * share / most - 1e-9)) if share > 0 else 0


def _height(value: float, top: int) -> float:
    return (BASE - TOP) * value / top


def _behind(bar: Bar, *, x: float, slot: float, top: int) -> list[Markup]:
    """The shade of its half-year and the usual range."""
    parts = []
    if bar.shaded:
        parts.append(
            tag(
                "rect", x=percent(x), y=0, width=percent(slot), height=pixels(BASE), class_="shaded"
            )
        )
    if bar.low is not None and bar.high is not None:
        # Half a step around whole counts: a range of 0 to 0 can be seen too.
        low, high = _height(max(0.0, bar.low - 0.5), top), _height(bar.high + 0.5, top)
        high = min(high, BASE)
        parts.append(
            tag("rect", x=percent(x), y=pixels(BASE - high), width=percent(slot),
                height=pixels(high - low), class_="usual")
        )  # fmt: skip
    if bar.label:
        parts += [
            tag("line", x1=percent(x), x2=percent(x), y1=pixels(BASE), y2=pixels(BASE + 5),
                class_="axis"),
            tag("text", bar.label, x=percent(x), y=pixels(BASE + 17), class_="tick"),
        ]  # fmt: skip
    return parts


def _level(value: int, *, top: int) -> Markup:
    y = BASE - _height(value, top)
    name = "axis" if value == 0 else "grid"
    line = tag("line", x1=percent(LEFT), x2="100%", y1=pixels(y), y2=pixels(y), class_=name)
    number = tag("text", str(value), x=percent(LEFT - 0.012), y=pixels(y + 3.5), class_="tick",
                 text_anchor="end")  # fmt: skip
    return Markup("").join([line, number])


def _bar(bar: Bar, *, x: float, slot: float, top: int) -> list[Markup]:
    height = _height(bar.value, top)
    parts = [
        tag("rect", tag("title", bar.title), x=percent(x + slot * (1 - BAR) / 2),
            y=pixels(BASE - height), width=percent(slot * BAR), height=pixels(height),
            class_=f"bar {bar.kind}".strip())
    ]  # fmt: skip
    if sign := SIGNS.get(bar.kind):
        parts.append(
            tag("text", sign, x=percent(x + slot / 2), y=pixels(max(TOP, BASE - height - 1)),
                class_=f"arrow {bar.kind}", text_anchor="middle")
        )  # fmt: skip
    return parts


def _line(bars: Sequence[Bar], *, slot: float, top: int) -> list[Markup]:
    """The line from the middle of each month to the next."""
    heights = [None if bar.line is None else BASE - _height(bar.line, top) for bar in bars]
    middles = [LEFT + (number + 0.5) * slot for number in range(len(bars))]
    return [
        tag("line", x1=percent(middles[i]), y1=pixels(one), x2=percent(middles[i + 1]),
            y2=pixels(other), class_="city")
        for i, (one, other) in enumerate(itertools.pairwise(heights))
        if one is not None and other is not None
    ]  # fmt: skip


def _shift_marks(shifts: Mapping[str, str], *, width: float) -> list[Markup]:
    """Lines where shifts change, the hours under them, and the names of the shifts above."""
    bottom = WEEK_TOP + DAYS * DAY_HEIGHT
    spans = (("III", 0, 6), ("I", 6, 14), ("II", 14, 22), ("III", 22, 24))
    names = [
        tag("text", shifts[name], x=percent(DAY_LEFT + width * (start + end) / 2), y=13,
            class_="tick", text_anchor="middle")
        for name, start, end in spans
    ]  # fmt: skip
    lines = [
        tag("line", x1=percent(DAY_LEFT + width * hour), x2=percent(DAY_LEFT + width * hour), y1=3,
            y2=pixels(bottom + 4), class_="change")
        for hour in SHIFT_STARTS
    ]  # fmt: skip
    hours = [
        tag("text", str(hour), x=percent(DAY_LEFT + width * hour), y=pixels(bottom + 16),
            class_="tick", text_anchor="end" if hour == HOURS else "middle")
        for hour in (0, *SHIFT_STARTS, HOURS)
    ]  # fmt: skip
    return [*names, *lines, *hours]


def _place(ratio: float) -> float:
    """Where a ratio lies on the axis, a share of its width; margins leave room for the dot."""
    within = min(RATIO_HIGH, max(RATIO_LOW, ratio))
    return 0.06 + 0.88 * math.log2(within / RATIO_LOW) / math.log2(RATIO_HIGH / RATIO_LOW)


def _tick_line(ratio: float, *, height: int) -> Markup:
    at = percent(_place(ratio))
    return tag("line", x1=at, x2=at, y1=0, y2=height, class_="one" if ratio == 1 else "grid")
