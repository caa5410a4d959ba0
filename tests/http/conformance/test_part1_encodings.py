"""OGC API – Features, Part 1 (17-069r4), annexes A.3, A.6 and A.7: GeoJSON, HTML, OpenAPI 3.0."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema
import pytest
from asgi_client import Client
from ogc import BASE, EVERYTHING, Feed, link_to
from openapi_spec_validator import OpenAPIV30SpecValidator
from two_faces import add_key, bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
VOID = {"meta", "link", "input", "img", "br", "hr", "path", "source", "col"}
POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
RING = {"type": "array", "items": POSITION, "minItems": 4}
PART = {"type": "array", "items": RING, "minItems": 1}


def shape(kind: str, items: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"const": kind},
            "coordinates": {"type": "array", "items": items, "minItems": 1},
        },
    }


GEOMETRY = {"oneOf": [{"type": "null"}, shape("Polygon", RING), shape("MultiPolygon", PART)]}
"""RFC 7946 as far as the feed goes: areas, in one part or in several."""
FEATURE = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": "string"},
        "geometry": GEOMETRY,
        "properties": {"type": "object"},
    },
}
COLLECTION = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": FEATURE},
    },
}


def resources(feed: Feed) -> Iterator[tuple[str, str]]:
    """Path and JSON media type of everything that the standard knows."""
    yield from ((path, JSON) for path in ("/", "/conformance", "/api", "/collections"))
    for name in feed.collections:
        [fid, *_] = feed.ids(name)
        yield f"/collections/{name}", JSON
        yield f"/collections/{name}/items", GEOJSON
        yield f"/collections/{name}/items/{quote(fid)}", GEOJSON


class Html(HTMLParser):
    """What an HTML 5 document needs: every element that is opened is closed again."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.links += [value or "" for name, value in attrs if (tag, name) == ("a", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def operations(feed: Feed) -> Iterator[tuple[str, str, Any]]:
    for path, item in feed.document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def filled(feed: Feed, path: str) -> list[str]:
    """The paths of a template, for every collection and a feature of each."""
    if "{collectionId}" not in path:
        known = {"{assetPath}": "explorer.css"}
        for name, value in known.items():
            path = path.replace(name, value)
        return [path] if "{" not in path else []
    found = []
    for name in feed.collections:
        one = path.replace("{collectionId}", name)
        found.append(one.replace("{featureId}", quote(feed.ids(name)[0])))
    return [each for each in found if "{" not in each]


def documented(feed: Feed, operation: Any, answer: Any) -> None:
    """Check that an answer is one of those that the document has for its operation."""
    told = operation["responses"][str(answer.status)]
    if "$ref" in told:
        told = feed.document["components"]["responses"][told["$ref"].rpartition("/")[2]]
    content = {each.partition(";")[0] for each in told.get("content", ())}
    found = answer.headers.get("content-type", "").partition(";")[0]
    assert found in content or "*/*" in content or not answer.raw


def test_geojson_34_definition(feed: Feed) -> None:
    """/conf/geojson/definition: /req/geojson/definition."""
    for path, media_type in resources(feed):
        for accept in (media_type, f"{media_type};q=0.9,application/xml"):
            answer = feed.get(path, accept=accept)
            assert answer.status == 200
            assert answer.headers["content-type"] == media_type


def test_geojson_35_content(feed: Feed) -> None:
    """/conf/geojson/content: /req/geojson/content."""
    for name in feed.collections:
        page = feed.page(name, limit=EVERYTHING)
        jsonschema.validate(page, COLLECTION)
        for each in page["features"][:5]:
            one = feed.get(f"/collections/{name}/items/{quote(each['id'])}", accept=GEOJSON).json()
            jsonschema.validate(one, FEATURE)
            assert one["id"] == each["id"]


def test_html_40_definition(feed: Feed) -> None:
    """/conf/html/definition: /req/html/definition."""
    for path, _ in resources(feed):
        for answer in (feed.get(path, accept=HTML), feed.get(path, f="html")):
            assert answer.status == 200
            assert answer.headers["content-type"].partition(";")[0] == HTML


def test_html_41_content(feed: Feed) -> None:
    """/conf/html/content: /req/html/content."""
    for path, _ in resources(feed):
        page = feed.get(path, accept=HTML).text
        assert page.lower().startswith("<!doctype html>")
        found = Html(page)
        assert not found.open
        assert {"html", "head", "title", "body", "a"} <= set(found.seen)
    for name in feed.collections:
        page = feed.get(f"/collections/{name}/items", accept=HTML, limit="3").text
        words = feed.collections[name]["method"].get("reasons", {})  # of codes, for people
        for feature in feed.page(name, limit="3")["features"]:
            own = f"/collections/{name}/items/{quote(feature['id'])}"
            assert own in {href.partition("?")[0] for href in Html(page).links}
            one = feed.get(own, accept=HTML).text
            for value in feature["properties"].values():
                if isinstance(value, str):
                    assert html.escape(words.get(value, {"en": value})["en"]) in one
        if feed.collections[name]["count"] > 3:
            links = Html(page).links
            assert any("offset=3" in href for href in links)


def test_oas30_42_completeness(feed: Feed) -> None:
    """/conf/oas30/completeness: /req/oas30/completeness."""
    for path, method, operation in operations(feed):
        if method != "get":
            continue
        for target in filled(feed, path):
            for accept in ("*/*", HTML):
                for query in ("", "?unheard-of=1", "?lang=xx"):
                    answer = feed.client.get(target + query, accept=accept)
                    documented(feed, operation, answer)


def test_oas30_43_exceptions_codes(feed: Feed, store: Path) -> None:
    """/conf/oas30/exceptions-codes: /req/oas30/exceptions-codes."""
    other = bearer(add_key(store, "reports:write")[1])
    wrong = {
        400: {"query": "?unheard-of=1"},
        401: {"authorization": "Bearer none"},
        403: other,
        406: {"accept": "image/png"},
        414: {"query": "?lang=" + "x" * 9000},
        431: {"x-long": "x" * 17_000},
    }
    for path, method, operation in operations(feed):
        assert {"401", "429", "500", "503"} <= set(operation["responses"])
        if method != "get":
            # A question in the body writes nothing.
            if path == "/reports":
                assert {"403", "409", "413", "415", "422"} <= set(operation["responses"])
            continue
        for target in filled(feed, path)[:1]:
            for status, how in wrong.items():
                headers = {k: v for k, v in how.items() if k != "query"}
                client = Client(feed.client.app, {"accept": "*/*"} | headers)
                answer = client.get(target + how.get("query", ""))
                documented(feed, operation, answer)
                if str(status) in operation["responses"] and status not in {403, 406}:
                    assert answer.status == status, (target, status)
        if "{collectionId}" in path:
            nothing = path.replace("{collectionId}", "none").replace("{featureId}", "x")
            if "{" not in nothing:
                documented(feed, operation, feed.get(nothing))
                assert feed.get(nothing).status == 404


def test_oas30_44_oas_definition_1(feed: Feed) -> None:
    """/conf/oas30/oas-definition-1: /req/oas30/oas-definition-1."""
    links = feed.json("/")["links"]
    for rel, media_type in (("service-desc", OPENAPI), ("service-doc", HTML)):
        answer = feed.get(link_to(links, rel, media_type), accept=media_type)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(media_type)


def test_oas30_45_oas_definition_2(feed: Feed) -> None:
    """/conf/oas30/oas-definition-2: /req/oas30/oas-definition-2."""
    document = json.loads(feed.get("/api", accept=OPENAPI).body)
    assert re.fullmatch(r"3\.0\.\d", document["openapi"])
    OpenAPIV30SpecValidator(document).validate()


def test_oas30_46_oas_impl(feed: Feed) -> None:
    """/conf/oas30/oas-impl: /req/oas30/oas-impl."""
    [server] = feed.document["servers"]
    assert server["url"] == BASE
    tried = 0
    for path, method, operation in operations(feed):
        if method != "get" or any(
            p.get("required") for p in operation["parameters"] if p["in"] == "query"
        ):
            continue
        for target in filled(feed, path):
            query = "?q=Piotrkowska+3" if path == "/locate" else ""
            answer = feed.get(target + query)
            assert answer.status == 200, target
            documented(feed, operation, answer)
            tried += 1
    assert tried > 40


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_oas30_47_security(feed: Feed, store: Path, header: str) -> None:
    """/conf/oas30/security: /req/oas30/security."""
    schemes = feed.document["components"]["securitySchemes"]
    assert {(s["type"], s.get("scheme", s.get("name"))) for s in schemes.values()} == {
        ("http", "bearer"), ("apiKey", "X-API-Key"),
    }  # fmt: skip
    either = [{name: []} for name in schemes]
    assert feed.document["security"] == [{}, *either]
    assert feed.document["paths"]["/reports"]["post"]["security"] == either
    token = add_key(store, "internal:read")[1]
    value = f"Bearer {token}" if header == "authorization" else token
    assert Client(feed.client.app, {header: value, "accept": "*/*"}).get("/").status == 200
    assert Client(feed.client.app, {header: value[:-1], "accept": "*/*"}).get("/").status == 401
