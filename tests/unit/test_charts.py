"""Charts of the server: where a mark lies, and how high, is its value and nothing else."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from api.pages.area_charts import months_chart_of, week_chart_of
from api.pages.area_words import AreaWords
from api.pages.charts import (
    BASE,
    LEFT,
    TOP,
    Bar,
    interval_mark,
    month_chart,
    nice_top,
    ratio_axis,
    shade_of,
    week_chart,
)
from api.pages.maplet import nice_length
from api.pages.svg import tag
from geo.area_months import months_of, poisson_range, week_of

if TYPE_CHECKING:
    from markupsafe import Markup

HOUR = st.integers(0, 10_000).map(lambda n: n / 10_000)
SHARES = st.lists(HOUR, min_size=168, max_size=168).filter(any)
COUNTS = st.lists(st.integers(0, 3000), min_size=1, max_size=60)


def drawn(svg: Markup) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - made here


def of_class(picture: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in picture.iter() if name in (each.get("class") or "").split()]


def share(text: str | None) -> float:
    assert text is not None
    assert text.endswith("%")
    return float(text[:-1]) / 100


@settings(max_examples=40, deadline=None)
@given(counts=COUNTS)
def test_bars_are_as_high_as_their_values(counts: list[int]) -> None:
    picture = drawn(month_chart([Bar(str(n), n) for n in counts], label="months"))
    top, _ = nice_top(max(1, *counts, 1))
    bars = of_class(picture, "bar")
    assert len(bars) == len(counts)
    for bar, n in zip(bars, counts, strict=True):
        height, y = float(bar.get("height", "")), float(bar.get("y", ""))
        assert height == pytest.approx((BASE - TOP) * n / top, abs=0.051)
        assert y + height == pytest.approx(BASE, abs=0.11)
        assert y >= TOP - 0.1
        assert bar.findtext("title") == str(n)


@settings(max_examples=40, deadline=None)
@given(counts=COUNTS)
def test_bars_stand_side_by_side(counts: list[int]) -> None:
    bars = of_class(drawn(month_chart([Bar("", n) for n in counts], label="")), "bar")
    ends = [(share(b.get("x")), share(b.get("x")) + share(b.get("width"))) for b in bars]
    assert ends[0][0] >= LEFT
    assert ends[-1][1] <= 1
    assert all(a[1] <= b[0] + 2e-4 for a, b in itertools.pairwise(ends))


def test_range_and_line_lie_where_they_say() -> None:
    bars = [
        Bar("a", 3, line=2.0, low=1, high=4),
        Bar("b", 9, line=6.0, low=0, high=0, kind="above"),
        Bar("c", 1, low=2, high=4, kind="below"),
    ]
    picture = drawn(month_chart(bars, label="x"))
    unit = (BASE - TOP) / 10
    first, second, _ = of_class(picture, "usual")
    assert float(first.get("y", "")) == pytest.approx(BASE - 4.5 * unit, abs=0.1)
    assert float(first.get("height", "")) == pytest.approx(4 * unit, abs=0.1)
    assert float(second.get("height", "")) == pytest.approx(unit / 2, abs=0.1)
    (line,) = of_class(picture, "city")
    assert float(line.get("y1", "")) == pytest.approx(BASE - 2 * unit, abs=0.1)
    assert float(line.get("y2", "")) == pytest.approx(BASE - 6 * unit, abs=0.1)
    # Not by its colour alone.
    assert [each.text for each in of_class(picture, "arrow")] == ["▴", "▾"]


def test_empty_months_have_a_scale() -> None:
    picture = drawn(month_chart([Bar("", 0)] * 36, label="nothing"))
    assert {bar.get("height") for bar in of_class(picture, "bar")} == {"0"}
    assert [each.text for each in of_class(picture, "tick")] == ["0", "1"]


@given(highest=st.floats(0.1, 1e9))
def test_scale_holds_the_highest(highest: float) -> None:
    top, step = nice_top(highest)
    assert top >= highest
    assert top % step == 0
    assert 1 <= top // step <= 4
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert top - step < highest


@settings(max_examples=20, deadline=None)
@given(shares=SHARES)
def test_hours_are_as_dark_as_their_shares(shares: list[float]) -> None:
    days = [f"day {number}" for number in range(7)]
    shifts = {"I": "I", "II": "II", "III": "III"}
    picture = drawn(week_chart(shares, days=days, shifts=shifts, label="week"))
    cells = of_class(picture, "hour")
    assert len(cells) == 168
    shades = [int((cell.get("class") or "")[-1]) for cell in cells]
    for one, shade in zip(shares, shades, strict=True):
        assert (shade == 0) == (one == 0)
        assert 0 <= shade <= 5
    assert shades[shares.index(max(shares))] == 5
    order = sorted(range(168), key=shares.__getitem__)
    assert [shades[i] for i in order] == sorted(shades)
    # Row by row from Monday, column by column from midnight.
    places = [(float(cell.get("y", "")), share(cell.get("x"))) for cell in cells]
    assert places == sorted(places)


def test_shifts_change_at_six_fourteen_and_twenty_two() -> None:
    shifts = {"I": "one", "II": "two", "III": "three"}
    picture = drawn(week_chart([1.0] * 168, days=["d"] * 7, shifts=shifts, label=""))
    cells = of_class(picture, "hour")[:24]
    starts = [share(cell.get("x")) for cell in cells]
    changes = [share(line.get("x1")) for line in of_class(picture, "change")]
    assert changes == pytest.approx([starts[6], starts[14], starts[22]], abs=1e-4)
    names = [each.text for each in of_class(picture, "tick")]
    assert [name for name in names if name in shifts.values()] == ["three", "one", "two", "three"]


@pytest.mark.parametrize(("one", "most", "shade"), [(0, 0, 0), (0, 1, 0), (1e-9, 1, 1), (0.2, 1, 1),
                                                    (0.21, 1, 2), (1, 1, 5)])  # fmt: skip
def test_shade(one: float, most: float, shade: int) -> None:
    assert shade_of(one, most) == shade


@given(value=st.floats(0.01, 100), spread=st.floats(1, 20))
def test_mark_lies_on_a_logarithmic_axis(value: float, spread: float) -> None:
    picture = drawn(interval_mark(value, value / spread, value * spread))
    (dot,), (span,) = of_class(picture, "dot"), of_class(picture, "span")
    ticks = [share(line.get("x1")) for line in picture.iter("line") if line != span]
    quarter, eight = ticks[0], ticks[-1]

    def place(ratio: float) -> float:
        inside = min(8.0, max(0.25, ratio))
        return quarter + (eight - quarter) * math.log(inside / 0.25) / math.log(32)

    assert share(dot.get("cx")) == pytest.approx(place(value), abs=2e-4)
    assert share(span.get("x1")) == pytest.approx(place(value / spread), abs=2e-4)
    assert share(span.get("x2")) == pytest.approx(place(value * spread), abs=2e-4)
    arrows = [each.text for each in of_class(picture, "arrow")]
    assert ("◂" in arrows) == (value / spread < 0.25)
    assert ("▸" in arrows) == (value * spread > 8)
    names = [share(each.get("x")) for each in drawn(ratio_axis()).iter("text")]
    assert names == ticks


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_texts_are_escaped(text: str) -> None:
    element = drawn(tag("text", text, aria_label=text, x=None))
    assert (element.text or "") == text
    assert element.get("aria-label") == text
    assert element.get("x") is None


@given(mean=st.floats(0, 2000))
def test_usual_range_is_that_of_a_poisson_count(mean: float) -> None:
    low, high = poisson_range(mean)
    assert (low, high) == (stats.poisson.ppf(0.05, mean), stats.poisson.ppf(0.95, mean))


SERIES = {
    "level": "beat", "area_id": "A", "month_first": "2025-11", "n_months": 4,
    "first_month_days": 30, "last_month_days": 12,
    "reports_by_month": "2,0,9,1", "episodes_by_month": "2,0,7,1", "confirmed_by_month": "1,0,3,0",
}  # fmt: skip
WHOLE = SERIES | {"level": "city", "area_id": "C", "episodes_by_month": "20,10,30,15"}


def test_months_are_named_counted_and_compared() -> None:
    months = months_of(SERIES, city=(WHOLE, 1000.0), residents=100.0)
    assert [month.month for month in months] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [month.complete for month in months] == [True, True, True, False]
    assert [month.city for month in months] == [2.0, 1.0, 3.0, 1.5]
    ranges = [(month.usual_low, month.usual_high) for month in months]
    # The area has 10 of 75 episodes.
    assert ranges == [poisson_range(n * 10 / 75) for n in (20, 10, 30, 15)]
    assert [month.outside for month in months] == [0, 0, 0, 0]


@pytest.mark.parametrize("series", [None, SERIES | {"episodes_by_month": None}])
def test_hidden_months_are_no_months(series: dict[str, object] | None) -> None:
    assert months_of(series, city=(WHOLE, 1000.0), residents=100.0) == []


def test_city_is_not_compared_with_itself() -> None:
    months = months_of(WHOLE, city=(WHOLE, 1000.0), residents=1000.0)
    assert {(month.city, month.usual_low) for month in months} == {(None, None)}


def test_week_is_split_into_shifts() -> None:
    hours = ["0"] * 168
    hours[5], hours[6], hours[24 + 13], hours[48 + 14], hours[167] = (
        "0.1",
        "0.2",
        "0.3",
        "0.3",
        "0.1",
    )
    series = {"profile": ",".join(hours), "peak_weekday": "tue", "peak_hours": "13-16",
              "peak_shift": "I"}  # fmt: skip
    week = week_of(series)
    assert week is not None
    assert dict(week.shifts) == pytest.approx({"I": 0.5, "II": 0.3, "III": 0.2})
    assert week_of({"profile": None}) is None


@pytest.mark.parametrize(("language", "said"), [("en", "I (6–14) 50%"), ("pl", "wtorek")])
def test_week_says_its_shifts(language: str, said: str) -> None:
    shares = [0.0] * 168
    shares[6], shares[14], shares[22] = 0.5, 0.3, 0.2
    week = {"shares": shares, "shifts": {"I": 0.5, "II": 0.3, "III": 0.2},
            "peak_weekday": "tue", "peak_hours": "6-9", "peak_shift": "I"}  # fmt: skip
    chart = week_chart_of({"week": week}, language=language)
    assert chart is not None
    assert said in chart.said
    assert len(chart.rows) == 7
    assert chart.rows[0][1 + 6] == {"en": "50.0", "pl": "50,0"}[language]
    assert week_chart_of({"week": None}, language=language) is None


def test_no_months_no_chart() -> None:
    assert months_chart_of(None, {"months": []}, language="en") is None  # type: ignore[arg-type]


@given(shares=st.lists(st.floats(0.001, 1), min_size=1, max_size=9))
def test_percents_of_a_whole_add_up(shares: list[float]) -> None:
    whole = [int(each) for each in AreaWords("en").percents(shares)]
    assert sum(whole) == 100
    assert all(abs(n - 100 * s / sum(shares)) < 1 for n, s in zip(whole, shares, strict=True))


@pytest.mark.parametrize(
    ("value", "english", "polish"),
    [(0.125, "0.13", "0,13"), (2.0, "2", "2"), (12.34, "12.3", "12,3"), (1234, "1,234", "1234"),
     (12345.6, "12,346", "12\N{NO-BREAK SPACE}346"), (-0.5, "−0.50", "−0,50")],
)  # fmt: skip
def test_numbers_are_written_as_the_scripts_write_them(
    value: float, english: str, polish: str
) -> None:
    assert AreaWords("en").number(value) == english
    assert AreaWords("pl").number(value) == polish


@given(most=st.floats(0.002, 500))
def test_scale_bar_is_a_round_length(most: float) -> None:
    length = nice_length(most)
    assert length <= most * (1 + 1e-6) < length * 2.5 * (1 + 1e-6)
    assert f"{length * 1000:.0f}".rstrip("0") in {"1", "2", "5"}
