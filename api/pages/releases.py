"""Pages of releases and of the catalogue record: what there is, was, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from api.pages.layout import FORMAT_NAMES, Page, page_response, with_query
from api.pages.texts import say
from api.pages.words import format_day, format_number
from api.scope import PINNED
from geo.languages import in_language
from geo.maps.texts import tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from api.parameters import PageOfFeatures
    from geo.release.reader import Release

__all__ = ["catalogue_page", "changes_page", "releases_page"]


def releases_page(
    request: Request, release: Release, infos: Sequence[Mapping[str, Any]], *, language: str
) -> Response:
    """All releases, each with the way to its data and to what has changed since."""
    rows = [
        {
            **info,
            "day": format_day(info["as_of"], language),
            "path": f"{PINNED}{quote(info['id'])}/collections",
        }
        for info in infos
    ]
    page = Page("releases.html", say(language, "releases"), (), {"rows": rows})
    return page_response(request, release, page, language=language)


def changes_page(
    request: Request,
    release: Release,
    content: Mapping[str, Any],
    *,
    page: PageOfFeatures,
    language: str,
) -> Response:
    """What is new, different and gone: how many of each layer, and which.

    Parameters
    ----------
    content
        The answer as JSON has it.
    page
        Which part of the changes this is.
    language
        ``en`` or ``pl``.
    """
    titles = {
        name: in_language(each.meta["title"], language)
        for name, each in release.collections.items()
    }
    counts = [
        {"title": titles.get(name, name), "href": _changed(request, collection=name)}
        | {kind: format_number(n, language) for kind, n in each.items()}
        for name, each in content["counts"].items()
    ]
    entries = [
        each
        | {"path": _path(each["href"]), "title": titles.get(each["collection"], each["collection"])}
        for each in content["changes"]
    ]
    shown = Page(
        "changes.html",
        say(language, "changes"),
        [(tell(language, "nav_releases"), "/releases")],
        {
            "since": content["since"],
            "until": content["until"],
            "counts": counts,
            "entries": entries,
            "count": _count(content, page, language),
            "paging": _paging(request, content, page),
        },
    )
    return page_response(request, release, shown, language=language)


def catalogue_page(
    request: Request, release: Release, record: Mapping[str, Any], *, language: str
) -> Response:
    """The catalogue record for people: every data set with its files."""

    def text(values: Sequence[Mapping[str, str]]) -> str:
        return in_language({each["@language"]: each["@value"] for each in values}, language)

    datasets = [
        {
            "title": text(each["dct:title"]),
            "description": text(each["dct:description"]),
            "page": each["dcat:landingPage"]["@id"],
            "files": [
                (FORMAT_NAMES[one["@id"].rpartition("-")[2]], one["dcat:accessURL"]["@id"])
                for one in each["dcat:distribution"]
            ],
        }
        for each in record["dcat:dataset"]
    ]
    contact = record["dcat:dataset"][0]["dcat:contactPoint"] if datasets else {}
    way = contact.get("vcard:hasEmail") or contact.get("vcard:hasURL") or record["foaf:homepage"]
    context = {
        "datasets": datasets,
        "publisher": record["dct:publisher"]["foaf:name"],
        "contact": way["@id"],
    }
    page = Page("catalogue.html", say(language, "catalogue"), (), context)
    return page_response(request, release, page, language=language)


def _count(content: Mapping[str, Any], page: PageOfFeatures, language: str) -> str:
    matched, returned = content["numberMatched"], content["numberReturned"]
    if not returned:
        return say(language, "past_end" if matched else "no_changes", matched=matched)
    first, last = page.offset + 1, page.offset + returned
    return say(language, "matched", first=first, last=last, matched=matched)


def _paging(request: Request, content: Mapping[str, Any], page: PageOfFeatures) -> dict[str, str]:
    """Ways to the pages beside; they name both releases, so that the pages fit together."""
    both = {"until": content["until"], "limit": str(page.limit)}
    links = {}
    if page.offset > 0:
        before = str(max(0, page.offset - page.limit))
        links["previous"] = _changed(request, **both, offset=before)
    if page.offset + page.limit < content["numberMatched"]:
        links["next"] = _changed(request, **both, offset=str(page.offset + page.limit))
    return links


def _changed(request: Request, **changed: str) -> str:
    drop = {*changed, "offset"}
    query = [(n, v) for n, v in request.query_params.multi_items() if n not in drop]
    return with_query("", [*query, *changed.items()])


def _path(href: str) -> str:
    return PINNED + href.partition(PINNED)[2]
