"""The charts of an area with what is said of them: a sentence, a table, a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from api.pages.area_words import AreaWords, is_number
from api.pages.charts import Bar, interval_mark, month_chart, week_chart
from api.pages.texts import say
from geo.area_months import DAYS, HOURS
from geo.languages import in_language
from geo.maps.texts import tell
from geo.writing import NO_BREAK, write_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from geo.one_area import OneArea
    from geo.release.reader import Release

__all__ = ["Chart", "groups_of", "months_chart_of", "week_chart_of"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, and the same in words and in a table.

    Attributes
    ----------
    svg
        The picture.
    said
        What it shows, in a sentence or two.
    head, rows
        Its numbers; the first cell of a row is its name.
    key
        Class and name of every sign.
    """

    svg: Markup
    said: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: tuple[tuple[str, str], ...] = ()


def months_chart_of(release: Release, content: Mapping[str, Any], *, language: str) -> Chart | None:
    """Episodes month by month, the city's average, the usual range; None without months.

    Parameters
    ----------
    release
        Knows when half-years begin.
    content
        The answer about the area.
    language
        Of the words.
    """
    months: Sequence[Mapping[str, Any]] = content["months"]
    if not months:
        return None
    words = AreaWords(language)
    starts = _period_starts(release)
    bars, shaded = [], False
    for number, month in enumerate(months):
        begins = month["month"] in starts or number == 0
        shaded ^= begins and number > 0
        label = _short_month(month["month"], language) if begins else ""
        bars.append(_bar(month, words, label=label, shaded=shaded))
    return Chart(
        svg=month_chart(bars, label=say(language, "chart_months")),
        said=_months_said(months, words),
        head=_months_head(months, language),
        rows=tuple(_month_row(month, words) for month in months),
        key=tuple(_months_key(months, bars, language)),
    )


def week_chart_of(content: Mapping[str, Any], *, language: str) -> Chart | None:
    """Hours of the week by shifts; None where too few reports tell the time.

    Parameters
    ----------
    content
        The answer about the area.
    language
        Of the words.
    """
    week: Mapping[str, Any] | None = content["week"]
    if week is None:
        return None
    words = AreaWords(language)
    shares, days = week["shares"], say(language, "weekdays").split()
    shifts = {name: name for name in week["shifts"]}
    rows = [
        (day, *(_share(shares[HOURS * number + hour], words) for hour in range(HOURS)))
        for number, day in zip(range(DAYS), days, strict=True)
    ]
    by_shift = words.percents([week["shifts"][name] for name in ("I", "II", "III")])
    peak = week["peak_weekday"]
    said = say(
        language,
        "week_said",
        **dict(zip(("first", "second", "third"), by_shift, strict=True)),
        weekday=tell(language, f"weekday_{peak}") if peak else "—",
        hours=week["peak_hours"] or "—",
    )
    return Chart(
        svg=week_chart(shares, days=days, shifts=shifts, label=say(language, "chart_week")),
        said=said,
        head=(say(language, "weekday"), *(str(hour) for hour in range(HOURS))),
        rows=tuple(rows),
    )


def groups_of(release: Release, one: OneArea, *, language: str) -> dict[str, Any] | None:
    """The ratio of every category group, the largest first; None for the city itself.

    Parameters
    ----------
    release
        Knows the names of the groups.
    one
        The area.
    language
        Of the words.
    """
    names = release.manifest["groups"]
    all_of_them = next(iter(names))
    words = AreaWords(language)
    rows = [row for group, row in one.numbers.items() if group != all_of_them]
    known = [row for row in rows if is_number(row.get("smr_eb_lo90"))]
    if one.level["areas"] == 1 or not known:
        return None
    known.sort(key=lambda row: -row["smr_eb"])
    others = [row for row in rows if row not in known]

    def named(chosen: list[Mapping[str, Any]]) -> str:
        texts = [in_language(names[row["category_group"]], language) for row in chosen]
        return ", ".join(texts) or say(language, "none_of_them")

    return {
        "said": say(
            language,
            "groups_said",
            above=named([row for row in known if row["smr_eb_lo90"] > 1]),
            below=named([row for row in known if row["smr_eb_hi90"] < 1]),
        ),
        "rows": [
            {
                "name": in_language(names[row["category_group"]], language),
                "episodes": words.count(row, "n_episodes"),
                "mark": _mark(row),
                "ratio": words.ratio(row, "smr_eb", ("smr_eb_lo90", "smr_eb_hi90")),
            }
            for row in (*known, *others)
        ],
    }


def _mark(row: Mapping[str, Any]) -> Markup | None:
    limits = [row.get(f"smr_eb{end}") for end in ("", "_lo90", "_hi90")]
    return interval_mark(*limits) if all(map(is_number, limits)) else None  # type: ignore[arg-type]


def _period_starts(release: Release) -> set[str]:
    """Months in which half-years begin."""
    layer = release.collections.get("area-periods")
    if layer is None:
        return set()
    days = layer.table(["period_start"]).column(0).unique().to_pylist()
    return {f"{day:%Y-%m}" for day in days}


def _bar(month: Mapping[str, Any], words: AreaWords, *, label: str, shaded: bool) -> Bar:
    n = month["episodes"]
    return Bar(
        title=f"{_long_month(month['month'], words.language)}: {words.number(n, 0)}",
        value=n,
        line=month["city"],
        low=month["usual_low"],
        high=month["usual_high"],
        label=label,
        shaded=shaded,
        kind=_kind(month),
    )


def _kind(month: Mapping[str, Any]) -> str:
    if not month["complete"]:
        return "part"
    if month["usual_low"] is None:
        return ""
    if month["episodes"] > month["usual_high"]:
        return "above"
    return "below" if month["episodes"] < month["usual_low"] else ""


def _months_said(months: Sequence[Mapping[str, Any]], words: AreaWords) -> str:
    most = max(months, key=lambda month: int(month["episodes"]))
    kinds = [_kind(month) for month in months]
    ranged = any(month["usual_low"] is not None for month in months)
    return say(
        words.language,
        "months_said" if ranged else "months_counted",
        first=_long_month(months[0]["month"], words.language),
        last=_long_month(months[-1]["month"], words.language),
        total=words.number(sum(month["episodes"] for month in months), 0),
        most=words.number(most["episodes"], 0),
        when=_long_month(most["month"], words.language),
        above=kinds.count("above"),
        below=kinds.count("below"),
        all=len(months) - kinds.count("part"),
    )


def _months_head(months: Sequence[Mapping[str, Any]], language: str) -> tuple[str, ...]:
    names = ["month", "key_episodes", *_compared(months)]
    return tuple(_capital(say(language, name)) for name in names)


def _compared(months: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of what the months are held against, as far as it is known."""
    known = (("key_city", "city"), ("key_usual", "usual_low"))
    return [key for key, name in known if any(month[name] is not None for month in months)]


def _month_row(month: Mapping[str, Any], words: AreaWords) -> tuple[str, ...]:
    cells = [_long_month(month["month"], words.language), words.number(month["episodes"], 0)]
    if month["city"] is not None:
        cells.append(words.number(month["city"], 1))
    if month["usual_low"] is not None:
        cells.append(f"{month['usual_low']}–{month['usual_high']}")
    return tuple(cells)


def _months_key(
    months: Sequence[Mapping[str, Any]], bars: Sequence[Bar], language: str
) -> list[tuple[str, str]]:
    names = {"key_city": "city", "key_usual": "usual"}
    key = [("bar", say(language, "key_episodes"))]
    key += [(names[name], say(language, name)) for name in _compared(months)]
    kinds = {bar.kind for bar in bars}
    marked = (("above", "key_above"), ("below", "key_below"), ("part", "key_partial"))
    return key + [(f"bar {kind}", say(language, name)) for kind, name in marked if kind in kinds]


def _share(share: float, words: AreaWords) -> str:
    return "" if share == 0 else words.number(100 * share, 1)


def _long_month(month: str, language: str) -> str:
    """Jul 2026."""
    return write_date(date.fromisoformat(f"{month}-01"), language, "yMMM")


def _short_month(month: str, language: str) -> str:
    """Jul ’26."""
    name = write_date(date.fromisoformat(f"{month}-01"), language, "MMM")
    return f"{name}{NO_BREAK}’{month[2:4]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
