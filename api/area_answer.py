"""What is answered about one area, as JSON; its page shows the same numbers."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from api.links import GEOJSON, HTML, link, on_page, self_link
from geo.area_months import months_of, week_of
from geo.formats.about import notices_of
from geo.languages import in_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from geo.contacts import Contact
    from geo.one_area import OneArea, Place, Rows
    from geo.release.reader import Release

__all__ = ["area_answer", "area_path", "feed_path"]

LIKELY = 0.95


def area_answer(
    request: Request,
    release: Release,
    one: OneArea,
    *,
    contact: Contact | None,
    language: str,
    base: str,
) -> dict[str, Any]:
    """The answer about an area.

    Parameters
    ----------
    request
        What was asked; only its address is read.
    release
        Where the area is from.
    one
        What the release says of it.
    contact
        The office that serves it, or None.
    language
        Of names and texts.
    base
        The address of the landing page.
    """
    group = next(iter(release.manifest["groups"]))
    facts = one.facts or {}
    series = one.series.get(group)
    months = months_of(series, city=one.city, residents=facts.get("population"))
    week = week_of(series)
    return {
        "level": one.level["id"],
        "label": in_language(one.level["label"], language),
        "collection": one.level["collection"],
        "area_id": one.area_id,
        "name": one.name,
        "population": facts.get("population"),
        "area_km2": facts.get("area_km2"),
        "period": one.period,
        "parents": [_place(each, language=language, base=base) for each in one.parents],
        "contact": None if contact is None else _contact(contact, one),
        "groups": list(one.numbers.values()),
        "likely_episodes": _likely(one.numbers.get(group, {})),
        "forecasts": list(one.forecasts.values()),
        "months": [asdict(month) for month in months],
        "week": None if week is None else asdict(week),
        "backlog": _backlog(series, as_of=release.manifest["as_of"]),
        "hotspots": _rows(one.hotspots),
        "plan_candidates": _rows(one.candidates),
        "neighbours": [
            _place(each, language=language, base=base) | {"numbers": each.numbers}
            for each in one.neighbours
        ],
        **_about(release, one, language=language),
        "links": list(_links(request, one, base=base, group=group)),
    }


def area_path(collection: str, area_id: str) -> str:
    """The path of the page of an area."""
    return f"/{quote(collection, safe='')}/{quote(area_id)}"


def feed_path(collection: str, **equals: str) -> str:
    """The path of the rows of a layer that have these values."""
    return f"/collections/{collection}/items?{urlencode(equals)}"


def _place(place: Place, *, language: str, base: str) -> dict[str, Any]:
    return {
        "level": place.level["id"],
        "label": in_language(place.level["label"], language),
        "area_id": place.area_id,
        "name": place.name,
        "href": base + area_path(place.level["collection"], place.area_id),
    }


def _contact(contact: Contact, one: OneArea) -> dict[str, Any]:
    own = (contact.level, contact.area_id) == (one.level["id"], one.area_id)
    return asdict(contact) | {"own": own}


def _likely(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The exact interval of the count: that of the density, times the area."""
    limits = [row.get(f"rate_per_km2_{name}") for name in ("lo95", "hi95")]
    if row.get("n_episodes") is None or None in limits or not row.get("area_km2"):
        return None
    low, high = (math.floor(float(limit or 0) * row["area_km2"] + 0.5) for limit in limits)
    return {"low": low, "high": high, "probability": LIKELY}


def _backlog(series: Mapping[str, Any] | None, *, as_of: str) -> dict[str, Any] | None:
    names = ("new", "new_overdue", "verification", "verification_overdue")
    counts = {name: (series or {}).get(f"n_{name}") for name in names}
    return None if None in counts.values() else {"as_of": as_of, **counts}


def _rows(rows: Rows) -> dict[str, Any]:
    return {
        "made": rows.made,
        "numberMatched": rows.matched,
        "numberReturned": len(rows.rows),
        "rows": list(rows.rows),
    }


def _about(release: Release, one: OneArea, *, language: str) -> dict[str, Any]:
    """Badges and source, and what is left out: nobody may read the numbers without them."""
    manifest = release.manifest
    meta = release.collection(one.level["collection"]).meta
    simulated = manifest["inputs"]["reports"]["simulated"]
    rules = manifest["disclosure"]["rules"] if release.face == "public" else []
    return {
        "hides": [in_language(rule["text"], language) for rule in rules],
        "notices": notices_of(
            manifest, status=meta["status"], simulated=simulated, language=language
        ),
        "simulated": simulated,
        "status": meta["status"],
        "release": release.id,
        "as_of": manifest["as_of"],
        "licence": manifest["licence"],
        "attribution": manifest["attribution"],
    }


def _links(request: Request, one: OneArea, *, base: str, group: str) -> Iterable[dict[str, str]]:
    yield self_link(request, base)
    yield on_page(request, base)
    level, collection = one.level["id"], one.level["collection"]
    rows = feed_path("area-periods", level=level, area_id=one.area_id, period=one.period)
    yield link(base, rows, rel="related", media_type=GEOJSON)
    yield link(base, f"{rows}&f=csv", rel="related", media_type="text/csv")
    if one.facts is not None:
        item = f"/collections/{collection}/items/{quote(one.area_id)}"
        yield link(base, item, rel="describes", media_type=GEOJSON)
        query = urlencode({"level": level, "period": one.period, "category_group": group,
                           "area": one.area_id})  # fmt: skip
        yield link(base, f"/maps/areas?{query}", rel="related", media_type=HTML)
    yield link(base, f"/collections/{collection}", rel="collection")
