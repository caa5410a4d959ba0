"""What is answered to the question whose beat a place is, as JSON; the page shows the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.area_answer import area_path
from geo.languages import in_language
from geo.locate_surroundings import nearest_hotspots, proposals_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.contacts import Contacts
    from geo.locate import Answer, Area, Place, Suggestion
    from geo.locate_surroundings import NearHotspot
    from geo.release.reader import Release

__all__ = ["locate_answer", "suggestions_answer"]


def locate_answer(
    answer: Answer,
    *,
    query: str | None,
    release: Release,
    contacts: Contacts,
    language: str,
    base: str,
) -> dict[str, Any]:
    """The answer: every place that fits, with its areas and what concerns them.

    Parameters
    ----------
    answer
        What was found.
    query
        What was asked; None if it was a point.
    release
        Where it was looked for.
    contacts
        The offices of the city.
    language
        Of names and texts.
    base
        The address of the landing page.
    """
    return {
        "status": "found" if answer.certain else "ambiguous",
        "query": query,
        "places": [
            _place(place, release, contacts=contacts, language=language, base=base)
            for place in answer.places
        ],
    }


def suggestions_answer(
    suggestions: Iterable[Suggestion], *, language: str, base: str
) -> dict[str, Any]:
    """The answer to the question what somebody may be about to write.

    Parameters
    ----------
    suggestions
        What was found.
    language
        Of the names of levels.
    base
        The address of the landing page.
    """
    return {
        "suggestions": [
            {
                "kind": each.kind,
                "text": each.text,
                "area": each.area and _area(each.area, language=language, base=base),
            }
            for each in suggestions
        ]
    }


def _place(
    place: Place, release: Release, *, contacts: Contacts, language: str, base: str
) -> dict[str, Any]:
    first = place.areas[0] if place.areas else None
    finest = release.manifest["levels"][0]["id"]
    beat = first if first is not None and first.level == finest else None
    contact = first and contacts.of(first.level, first.area_id, release=release)
    around = nearest_hotspots(release, place.lon, place.lat) if place.match != "area" else []
    return {
        "lon": place.lon,
        "lat": place.lat,
        "street": place.street,
        "number": place.number,
        "match": place.match,
        "areas": [_area(area, language=language, base=base) for area in place.areas],
        "contact": asdict(contact) | {"own": _is_own(contact, first)} if contact else None,
        "plan_candidates": [
            _proposal(each, release, language=language, base=base)
            for each in (proposals_for(release, beat.area_id) if beat else ())
        ],
        "hotspots": [_hotspot(spot, base=base) for spot in around],
    }


def _is_own(contact: Any, area: Area | None) -> bool:
    return area is not None and (contact.level, contact.area_id) == (area.level, area.area_id)


def _area(area: Area, *, language: str, base: str) -> dict[str, Any]:
    return {
        "level": area.level,
        "label": in_language(area.label, language),
        "area_id": area.area_id,
        "name": area.name,
        "status": area.status,
        "href": f"{base}/collections/{quote(area.collection)}/items/{quote(area.area_id, safe='')}",
        "page": f"{base}{area_path(area.collection, area.area_id)}",
    }


def _proposal(
    candidate: Mapping[str, Any], release: Release, *, language: str, base: str
) -> dict[str, Any]:
    """A candidate that the release chose: a proposal, for plans are made by people."""
    group = release.manifest["groups"].get(candidate["category_group"], {})
    own = candidate.get(f"reason_text_{language}")
    fid = quote(candidate["candidate_id"], safe="")
    return {
        "candidate_id": candidate["candidate_id"],
        "category_group": candidate["category_group"],
        "label": in_language(group, language) if group else candidate["category_group"],
        "name": candidate.get("name"),
        "period": candidate["period"],
        "reason": own or candidate.get("reason_text"),
        "href": f"{base}/collections/plan-candidates/items/{fid}",
    }


def _hotspot(spot: NearHotspot, *, base: str) -> dict[str, Any]:
    known = spot.properties
    return {
        "id": spot.fid,
        "name": known.get("name"),
        "hot_class": known.get("hot_class"),
        "n_episodes": known.get("n_episodes"),
        "distance_m": round(spot.distance_m),
        "direction": spot.direction,
        "href": f"{base}/collections/hotspot-areas/items/{quote(spot.fid, safe='')}",
    }
