"""The page of one area: what a resident, an officer or a journalist asks of it, on two sheets.

It shows the answer that programs get, in words, charts and tables. Charts come from
`api.pages.charts`, the map from `api.pages.maplet`; nothing on it needs a script.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from api.area_answer import area_path
from api.pages.area_charts import groups_of, months_chart_of, week_chart_of
from api.pages.area_words import AreaWords, is_number
from api.pages.charts import ratio_axis
from api.pages.layout import Page, page_response
from api.pages.maplet import maplet
from api.pages.texts import say
from api.pages.words import Words, format_day
from geo.languages import in_language
from geo.maps.texts import tell
from geo.one_area import UNASSIGNED
from geo.planning.sentences import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markupsafe import Markup
    from starlette.requests import Request
    from starlette.responses import Response

    from geo.one_area import OneArea
    from geo.release.reader import Release

__all__ = ["area_page"]

STYLES = ("area.css",)
FINEST = "beat"
"""The level by whose areas a hot spot tells its shares."""


def area_page(
    request: Request,
    release: Release,
    one: OneArea,
    content: Mapping[str, Any],
    *,
    language: str,
) -> Response:
    """The page of an area.

    Parameters
    ----------
    one
        What the release says of it.
    content
        The answer as JSON has it.
    language
        One of `geo.languages.LANGUAGES`.
    """
    group = next(iter(release.manifest["groups"]))
    row = one.numbers.get(group, {})
    if one.level["areas"] == 1:
        row = {**row, "smr_eb": None}  # a city is not compared with itself
    words, area_words = Words(release, language), AreaWords(language)
    root: str = request.scope.get("root_path", "")
    name = _name(one, language)
    context = {
        "one": one,
        "content": content,
        "lead": _lead(release, one, row, language=language),
        "parents": [
            {
                "name": _with_label(each),
                "path": area_path(_collection_of(release, each["level"]), each["area_id"]),
            }
            for each in content["parents"]
        ],
        "contact_of": _contact_of(content),
        "periods": list(release.manifest["periods"]),
        "path": area_path(content["collection"], one.area_id),
        "notes": list(_notes(one, row, language)),
        "facts": list(area_words.facts(content, row, reasons=_reasons(release, row, words))),
        "maplet": _map(release, one, name, root=root, request=request, language=language),
        "months": months_chart_of(release, content, language=language),
        "week": week_chart_of(content, language=language),
        "groups": groups_of(release, one, language=language),
        "ratio_axis": ratio_axis(),
        "hotspots": _hotspots(release, one, words, area_words),
        "candidates": [_candidate(each, one, words, area_words) for each in one.candidates.rows],
        "all_candidates": _filter(one.candidates.query),
        "candidate_period": _candidate_period(release),
        "backlog": _backlog(release, content["backlog"], area_words),
        "neighbours": _neighbours(content, area_words),
        "links": _links(release, one, group),
    }
    page = Page(
        "area.html",
        name,
        (),
        context,
        simulated=content["simulated"],
        approximate=content["status"] == "approximate" or bool(one.candidates.rows),
        styles=STYLES,
    )
    return page_response(request, release, page, language=language)


def _collection_of(release: Release, level: str) -> str:
    """The collection of a level."""
    levels = release.manifest["levels"]
    return str(next(each["collection"] for each in levels if each["id"] == level))


def _contact_of(content: Mapping[str, Any]) -> str:
    """The name of the area whose office it is."""
    contact = content["contact"] or {}
    names = {(each["level"], each["area_id"]): each["name"] for each in content["parents"]}
    return str(names.get((contact.get("level"), contact.get("area_id")), ""))


def _with_label(place: Mapping[str, Any]) -> str:
    """The name of an area after that of its level, which many names say themselves."""
    label, name = str(place["label"]), str(place["name"])
    first = label.casefold().partition(" ")[0]
    return name if first in name.casefold() else f"{label} {name}"


def _name(one: OneArea, language: str) -> str:
    if one.area_id != UNASSIGNED or one.facts is not None:
        return one.name
    return tell(language, "unassigned", level=in_language(one.level["label"], language))


def _lead(release: Release, one: OneArea, row: Mapping[str, Any], *, language: str) -> str:
    """Level and city; the half-year and its days."""
    label = in_language(one.level["label"], language)
    city = release.manifest["city"]["name"]
    where = say(language, "area_of", level=label, city=city)
    days = [row.get(key) for key in ("period_start", "period_end")]
    span = " – ".join(format_day(day, language) for day in days if day)
    when = f"{one.period} ({span})" if span else one.period
    return f"{where[:1].upper()}{where[1:]} · {when}"


def _notes(one: OneArea, row: Mapping[str, Any], language: str) -> Iterator[str]:
    """What must be read with the numbers."""
    if one.facts is None:
        yield say(language, "unassigned_lead")
    if row.get("suppressed"):
        yield say(language, "area_hidden")
    elif row.get("n_reports") == 0:
        yield say(language, "area_silent")
    elif row.get("low_information") and one.facts is not None:
        yield tell(language, "low_information")
    if row.get("period_complete") is False:
        yield say(language, "area_part")
    if row.get("low_reporting"):
        yield tell(language, "low_reporting")


def _reasons(release: Release, row: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Code to words of why numbers are missing."""
    layer = release.collections.get("area-periods")
    codes = [code for code in (row.get("note") or "").split(",") if code]
    return {} if layer is None else {code: words.note(layer, code) for code in codes}


def _map(
    release: Release, one: OneArea, name: str, *, root: str, request: Request, language: str
) -> Markup | None:
    layer = release.collection(one.level["collection"])
    row = layer.row_of(one.area_id)
    if row is None or one.facts is None:
        return None
    asked = request.query_params
    query = urlencode({key: asked[key] for key in ("period", "lang") if key in asked})
    return maplet(
        release,
        layer,
        row,
        hotspots=[each["id"] for each in one.hotspots.rows],
        label=say(language, "area_map", name=name),
        link=lambda area_id: root + area_path(layer.id, area_id) + (f"?{query}" if query else ""),
    )


def _hotspots(
    release: Release, one: OneArea, words: Words, area_words: AreaWords
) -> dict[str, Any] | None:
    if not one.hotspots.made:
        return None
    rows = [_hotspot(each, one, words, area_words) for each in one.hotspots.rows]
    until = one.hotspots.rows[0].get("period_end") if rows else _end_of(release, one.period)
    return {
        "rows": rows,
        "matched": one.hotspots.matched,
        "until": format_day(until or one.period, words.language),
        "all": _filter(one.hotspots.query),
    }


def _end_of(release: Release, period: str) -> str | None:
    layer = release.collection("area-periods")
    rows = layer.select(equals={"period": period}, limit=1).rows
    if not len(rows):
        return None
    return str(layer.table(["period_end"]).column(0)[int(rows[0])].as_py())


def _filter(query: str) -> tuple[tuple[str, str], ...]:
    """The parameters of the feed that leave nothing but what passes a filter."""
    return (("filter", query),) if query else ()


def _extent(spot: Mapping[str, Any], one: OneArea, area_words: AreaWords) -> Iterator[str]:
    """How large a hot spot is, which tells two of one name apart, and how much of it lies here."""
    n, area = spot.get("n_cells"), spot.get("area_km2")
    if n and area:
        side = 10 * round(100 * math.sqrt(area / n))
        yield say(area_words.language, "spot_cells", n=n, size=side)
    beats, shares = (str(spot.get(name) or "").split(",") for name in ("beat_ids", "beat_shares"))
    share = dict(zip(beats, shares, strict=False)).get(one.area_id)
    if one.level["id"] == FINEST and share and float(share) < 1:
        yield say(area_words.language, "share_here", share=area_words.percent(float(share)))


def _hotspot(
    spot: Mapping[str, Any], one: OneArea, words: Words, area_words: AreaWords
) -> dict[str, Any]:
    language = words.language
    peak = [
        tell(language, f"weekday_{spot['peak_weekday']}") if spot.get("peak_weekday") else "",
        spot.get("peak_hours") or "",
        tell(language, f"shift_{spot['peak_shift']}") if spot.get("peak_shift") else "",
    ]
    pattern = spot.get("emerging_plain")
    hot_class = spot.get("hot_class")
    return {
        "id": spot["id"],
        "name": spot.get("name") or tell(language, "unnamed"),
        "path": f"/collections/hotspot-areas/items/{spot['id']}",
        "group": words.code("category_group", str(spot.get("category_group"))),
        "class": tell(language, f"class_{hot_class}") if hot_class else "",
        "extent": ", ".join(_extent(spot, one, area_words)),
        "episodes": area_words.count(spot, "n_episodes"),
        "ratio": area_words.ratio(spot, "rr_shrunk", ("rr_lo90", "rr_hi90")),
        "pattern": words.code("emerging_plain", str(pattern)) if pattern else "",
        "peak": " · ".join(each for each in peak if each),
        "partners": words.code("partner_hint", str(spot.get("partner_hint") or "")),
    }


def _candidate(
    row: Mapping[str, Any], one: OneArea, words: Words, area_words: AreaWords
) -> dict[str, Any]:
    whole = row["beat_id"] == one.area_id and not row.get("hotspot_id")
    said = COLUMNS.get(words.language, "reason_text")
    low, middle, high = (row.get(f"rank_{name}") for name in ("lo90", "median", "hi90"))
    if is_number(low) and is_number(high):
        rank = f"{area_words.number(low or 0, 0)}–{area_words.number(high or 0, 0)}"
    else:
        rank = area_words.number(middle, 0) if is_number(middle) and middle else ""
    return {
        "id": row["id"],
        "path": f"/collections/plan-candidates/items/{row['id']}",
        "name": say(words.language, "whole_area") if whole else _place_of(row),
        "group": words.code("category_group", str(row.get("category_group"))),
        "rank": rank,
        "said": row.get(said) or row.get("reason_text") or say(words.language, "hidden_short"),
    }


def _place_of(row: Mapping[str, Any]) -> str:
    """The street of a hot spot with its beat, or the beat."""
    beat = str(row.get("beat_name") or row["beat_id"])
    name = str(row.get("name") or beat)
    return f"{name} ({row['beat_id']})" if row.get("hotspot_id") else name


def _candidate_period(release: Release) -> str:
    layer = release.collections.get("plan-candidates")
    return "" if layer is None else str(layer.meta["method"].get("period", ""))


def _backlog(
    release: Release, backlog: Mapping[str, Any] | None, area_words: AreaWords
) -> dict[str, Any] | None:
    """What waits; the layer says after how many days that is too long."""
    if backlog is None:
        return None
    language = area_words.language
    overdue = release.collection("area-series").meta["method"]["overdue"]["days"]
    return {
        "day": format_day(backlog["as_of"], language),
        "lines": [
            (
                say(language, f"backlog_{name}"),
                say(language, "backlog_late", n=area_words.number(backlog[name], 0), days=days,
                    late=area_words.number(backlog[f"{name}_overdue"], 0)),
            )
            for name, days in overdue.items()
        ],
    }  # fmt: skip


def _neighbours(content: Mapping[str, Any], area_words: AreaWords) -> list[dict[str, str]]:
    return [
        {
            "name": each["name"],
            "path": area_path(content["collection"], each["area_id"]),
            "reports": area_words.count(each["numbers"] or {}, "n_reports"),
            "episodes": area_words.count(each["numbers"] or {}, "n_episodes"),
            "ratio": area_words.ratio(
                each["numbers"] or {}, "smr_eb", ("smr_eb_lo90", "smr_eb_hi90")
            ),
        }
        for each in content["neighbours"]
    ]


def _links(release: Release, one: OneArea, group: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Name, path and query of where the same numbers are."""
    area = (("level", one.level["id"]), ("area_id", one.area_id))
    period = ("period", one.period)
    rows = "/collections/area-periods/items"
    found: list[tuple[str, str, tuple[Any, ...]]] = [
        ("JSON", rows, (*area, period, ("f", "json"))),
        ("CSV", rows, (*area, period, ("f", "csv"))),
    ]
    if "area-series" in release.collections:
        series = "/collections/area-series/items"
        found.append(("months", series, (*area, ("f", "csv"))))
    if one.facts is not None:
        shown = (("level", one.level["id"]), period, ("category_group", group))
        found.append(("explorer", "/maps/areas", (*shown, ("area", one.area_id))))
        found.append(("outline", f"/collections/{one.level['collection']}/items/{one.area_id}", ()))
    return found
