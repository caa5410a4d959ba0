"""The catalogue record: what this server publishes, in the words of DCAT-AP 3.

National portals harvest such a record instead of asking people to fill in forms. A layer is a
data set; each format of its features is a distribution; the feed is the data service of all.
Themes, frequencies, languages and rights are named from the vocabularies of the EU's Publications
Office, as the profile asks.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from geo.formats.coordinates import CRS84
from geo.formats.registry import FORMATS
from geo.languages import LANGUAGES, Texts, in_language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.formats.registry import Format
    from geo.release.reader import Collection, Release
    from geo.settings import Settings

__all__ = ["CONTEXT", "describe_catalogue"]

CONTEXT: Mapping[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_EU = "http://publications.europa.eu/resource/authority"
_IANA = "https://www.iana.org/assignments/media-types"
_FILE_TYPES = {"geojson": "GEOJSON", "csv": "CSV", "xlsx": "XLSX", "gpkg": "GPKG"}
_UNREGISTERED = {"fgb": "FlatGeobuf"}
"""Formats whose media type IANA does not know."""
_LICENCES = {"CC-BY-4.0": "CC_BY_4_0", "CC0-1.0": "CC0", "CC-BY-SA-4.0": "CC_BYSA_4_0"}
_TEXTS = Texts(
    {
        "title": "Rewir: {city}",
        "description": "Police beats and citizens' threat reports as layers. {notice}",
        "keyword_beats": "police beats",
        "keyword_map": "threat map",
        "keyword_safety": "public safety",
        "no_licence": "Not stated: ask the publisher.",
        "provenance": (
            "Release {release}, built by Rewir {version} from reports with SHA-256 {sha256}."
        ),
        "provenance_simulated": (
            "Release {release}, built by Rewir {version} from simulated reports with SHA-256 "
            "{sha256}."
        ),
    },
    context="dcat",
    package=Path(__file__).parent,
)
_KEYWORDS = ("keyword_beats", "keyword_map", "keyword_safety")


def describe_catalogue(base: str, release: Release, *, settings: Settings) -> dict[str, Any]:
    """The catalogue of a release as JSON-LD.

    Parameters
    ----------
    base
        The address of the landing page, without a slash at its end.
    release
        What is published.
    settings
        Who publishes it, and whom to ask; how much one request can take.
    """
    manifest = release.manifest
    city = manifest["city"]
    title = _TEXTS.everywhere("title", city=city["name"])
    description = {
        lang: _TEXTS.say(lang, "description", notice=in_language(city["notice"], lang))
        for lang in LANGUAGES
    }
    datasets = [
        _dataset(base, release, each, settings=settings) for each in release.collections.values()
    ]
    return {
        "@context": dict(CONTEXT),
        "@id": f"{base}/dcat#catalogue",
        "@type": "dcat:Catalog",
        **_titled(title=title, description=description),
        "dct:publisher": _publisher(base, release, settings),
        "dct:language": [_iri(f"{_EU}/language/POL"), _iri(f"{_EU}/language/ENG")],
        "dct:modified": _moment(release),
        "dct:license": _licence(release),
        "dct:spatial": _place(manifest["city"]["bbox"]),
        "foaf:homepage": {"@id": f"{base}/", "@type": "foaf:Document"},
        "dcat:themeTaxonomy": _iri(f"{_EU}/data-theme"),
        "dcat:dataset": datasets,
        "dcat:service": _service(base, release, datasets, title),
    }


def _dataset(
    base: str, release: Release, collection: Collection, *, settings: Settings
) -> dict[str, Any]:
    meta, path = collection.meta, f"{base}/collections/{quote(collection.id)}"
    from_reports = meta["time"] is not None
    right = "PUBLIC" if release.face == "public" else "NON_PUBLIC"
    found = {
        "@id": path,
        "@type": "dcat:Dataset",
        **_titled(title=meta["title"], description=meta["description"]),
        "dct:identifier": path,
        "dct:publisher": _publisher(base, release, settings),
        "dcat:contactPoint": _contact(base, release, settings),
        "dcat:theme": _iri(f"{_EU}/data-theme/{'JUST' if from_reports else 'REGI'}"),
        "dcat:keyword": [each for key in _KEYWORDS for each in _texts(_TEXTS.everywhere(key))],
        # A release is made when there is something new to know, not on a day of the week.
        "dct:accrualPeriodicity": _iri(f"{_EU}/frequency/IRREG"),
        "dct:accessRights": _iri(f"{_EU}/access-right/{right}"),
        "dct:language": [_iri(f"{_EU}/language/POL"), _iri(f"{_EU}/language/ENG")],
        "dct:modified": _moment(release),
        "dcat:version": release.id,
        "dcat:landingPage": {"@id": f"{path}?f=html", "@type": "foaf:Document"},
        "dct:provenance": _provenance(release),
        "dcat:distribution": [
            _distribution(base, release, collection, entry, settings=settings)
            for entry in FORMATS.values()
        ],
    }
    if meta["bbox"]:
        found["dct:spatial"] = _place(meta["bbox"])
    if from_reports:
        found["dct:temporal"] = _time(*meta["time"])
    return found


def _distribution(
    base: str, release: Release, collection: Collection, entry: Format, *, settings: Settings
) -> dict[str, Any]:
    """The features in one format; the whole layer if one request can take that."""
    items = f"{base}/collections/{quote(collection.id)}/items?f={entry.id}"
    paged = entry.id in {"geojson", "jsonfg"}
    whole = 0 < collection.count <= (settings.max_limit if paged else settings.max_file_rows)
    url = f"{items}&limit={collection.count}" if paged and whole else items
    found = {
        "@id": f"{base}/dcat#{quote(collection.id)}-{entry.id}",
        "@type": "dcat:Distribution",
        "dct:title": [_text(f"{title} ({entry.suffixes[0][1:]})", lang)
                      for lang, title in collection.meta["title"].items()],
        "dcat:accessURL": _iri(url),
        "dct:license": _licence(release),
        "dct:rights": _rights(release),
        "dcatap:availability": _iri(f"{_EU}/planned-availability/AVAILABLE"),
        "dct:conformsTo": {"@id": CRS84, "@type": "dct:Standard"},
    }  # fmt: skip
    if whole:
        found["dcat:downloadURL"] = _iri(url)
    if entry.id in _FILE_TYPES:
        found["dct:format"] = _iri(f"{_EU}/file-type/{_FILE_TYPES[entry.id]}")
    if entry.id in _UNREGISTERED:
        label = _UNREGISTERED[entry.id]
        found["dct:format"] = {"@type": "dct:MediaTypeOrExtent", "rdfs:label": label}
    else:
        found["dcat:mediaType"] = _iri(f"{_IANA}/{entry.media_type.partition(';')[0]}")
    return found


def _service(
    base: str, release: Release, datasets: Sequence[Mapping[str, Any]], title: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "@id": f"{base}/dcat#service",
        "@type": "dcat:DataService",
        "dct:title": [_text(f"{text} (OGC API – Features)", lang) for lang, text in title.items()],
        "dcat:endpointURL": _iri(f"{base}/"),
        "dcat:endpointDescription": _iri(f"{base}/api"),
        "dct:license": _licence(release),
        "dcat:servesDataset": [_iri(each["@id"]) for each in datasets],
    }


def _publisher(base: str, release: Release, settings: Settings) -> dict[str, Any]:
    name = settings.publisher or f"Rewir: {release.manifest['city']['name']}"
    return {"@id": f"{base}/dcat#publisher", "@type": "foaf:Agent", "foaf:name": name}


def _contact(base: str, release: Release, settings: Settings) -> dict[str, Any]:
    """Whom to ask: an e-mail address or a page; without either, the landing page."""
    name = settings.publisher or f"Rewir: {release.manifest['city']['name']}"
    contact = settings.contact or f"{base}/"
    way = (
        {"vcard:hasURL": _iri(contact)}
        if contact.startswith(("http://", "https://"))
        else {"vcard:hasEmail": _iri(f"mailto:{quote(contact, safe='@+')}")}
    )
    return {"@id": f"{base}/dcat#contact", "@type": "vcard:Organization", "vcard:fn": name, **way}


def _licence(release: Release) -> dict[str, Any]:
    """A licence that the EU has a name for, else a document that says it in words."""
    licence = str(release.manifest["licence"])
    if licence in _LICENCES:
        return _iri(f"{_EU}/licence/{_LICENCES[licence]}")
    words = {"en": licence} if licence else _TEXTS.everywhere("no_licence")
    return {"@type": "dct:LicenseDocument", "dct:title": _texts(words)}


def _rights(release: Release) -> dict[str, Any]:
    sources = "; ".join(release.manifest["attribution"]) or release.manifest["city"]["name"]
    return {"@type": "dct:RightsStatement", "rdfs:label": _text(sources, "pl")}


def _provenance(release: Release) -> dict[str, Any]:
    """From what it was made; the collection's own document tells the method."""
    manifest = release.manifest
    reports = manifest["inputs"]["reports"]
    words = _TEXTS.everywhere(
        "provenance_simulated" if reports["simulated"] else "provenance",
        release=release.id,
        version=manifest["code_version"],
        sha256=reports["sha256"],
    )
    return {"@type": "dct:ProvenanceStatement", "rdfs:label": _texts(words)}


def _place(bbox: Sequence[float]) -> dict[str, Any]:
    west, south, east, north = bbox
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    wkt = f"POLYGON(({', '.join(f'{x} {y}' for x, y in ring)}))"
    return {"@type": "dct:Location", "dcat:bbox": _typed(wkt, "geosparql:wktLiteral")}


def _time(first: str, end: str) -> dict[str, Any]:
    """Days from first to last; the end of a layer's time does not belong."""
    last = date.fromisoformat(end) - timedelta(days=1)
    return {
        "@type": "dct:PeriodOfTime",
        "dcat:startDate": _typed(first, "xsd:date"),
        "dcat:endDate": _typed(last.isoformat(), "xsd:date"),
    }


def _moment(release: Release) -> dict[str, str]:
    return _typed(str(release.manifest["generated_at"]), "xsd:dateTime")


def _titled(*, title: Mapping[str, str], description: Mapping[str, str]) -> dict[str, Any]:
    return {"dct:title": _texts(title), "dct:description": _texts(description)}


def _iri(iri: str) -> dict[str, str]:
    return {"@id": iri}


def _texts(texts: Mapping[str, str]) -> list[dict[str, str]]:
    return [_text(text.strip(), language) for language, text in texts.items()]


def _text(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


def _typed(text: str, kind: str) -> dict[str, str]:
    return {"@value": text, "@type": kind}
