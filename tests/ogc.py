"""A feed as the abstract test suites of OGC see it, and which tests there are.

Numbers and names are those of the annexes A of OGC 17-069r4 (Features Part 1), 18-058r1 (Part 2),
19-079r2 (Part 3) and 21-065r2 (CQL2). `tests/http/conformance` has one test for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from asgi_client import Answer, Client

__all__ = ["ABSTRACT_TESTS", "BASE", "EVERYTHING", "GEOMETRY", "ROOTS", "Feed", "link_to"]

BASE = "http://rewir.test"
GEOMETRY = "geometry"
EVERYTHING = "1000"
"""A limit that leaves nothing of the small release out."""

_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0"
_PART_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0"
_PART_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0"

ABSTRACT_TESTS: dict[str, tuple[int, str]] = {
    # Class: the number of its first test, and the names of its tests in order.
    f"{_PART_1}/conf/core": (
        1,
        ("http crs84 root-op root-success api-definition-op api-definition-success conformance-op "
        "conformance-success fc-md-op fc-md-success fc-md-links fc-md-items fc-md-items-links "
        "fc-md-extent sfc-md-op sfc-md-success fc-op fc-bbox-definition fc-bbox-response "
        "fc-limit-definition fc-limit-response fc-time-definition fc-time-response "
        "query-param-invalid query-param-unknown fc-response fc-links fc-timeStamp "
        "fc-numberMatched fc-numberReturned f-op f-success f-links"),
    ),
    f"{_PART_1}/conf/geojson": (34, "definition content"),
    f"{_PART_1}/conf/html": (40, "definition content"),
    f"{_PART_1}/conf/oas30": (
        42,
        "completeness exceptions-codes oas-definition-1 oas-definition-2 oas-impl security",
    ),
    f"{_PART_2}/conf/crs": (
        1,
        ("crs-uri default-crs storageCrs crs-parameter crs-parameter-invalid crs-parameter-default "
        "crs-parameter-transform bbox-crs-parameter bbox-crs-parameter-invalid "
        "bbox-crs-parameter-default"),
    ),
    f"{_PART_3}/conf/queryables": (1, "get-conformance get-queryables-uris get-queryables"),
    f"{_PART_3}/conf/queryables-query-parameters": (4, "get-conformance query-param"),
    f"{_PART_3}/conf/filter": (
        6,
        ("get-conformance filter-param filter-lang-default expression-construction "
        "filter-crs-wgs84 filter-crs-param get-functions"),
    ),
    f"{_PART_3}/conf/features-filter": (
        13,
        "get-conformance get-collections get-collection filter-on-items mixing-expression",
    ),
    f"{_CQL2}/conf/cql2-text": (1, "validate escaping"),
    f"{_CQL2}/conf/cql2-json": (3, "validate"),
    f"{_CQL2}/conf/basic-cql2": (4, "basic-test comparison is-null boolean test-data logical"),
    f"{_CQL2}/conf/advanced-comparison-operators": (10, "like between in test-data logical"),
    f"{_CQL2}/conf/case-insensitive-comparison": (15, "casei casei-like test-data logical"),
    f"{_CQL2}/conf/accent-insensitive-comparison": (
        19,
        "accenti accenti-like accenti-casei accenti-casei-like test-data logical",
    ),
    f"{_CQL2}/conf/basic-spatial-functions": (25, "s_intersects test-data logical"),
    f"{_CQL2}/conf/basic-spatial-functions-plus": (28, "s_intersects test-data"),
    f"{_CQL2}/conf/spatial-functions": (
        30,
        ("s_intersects s_disjoint s_equals s_touches s_crosses s_within s_contains s_overlaps "
        "test-data logical"),
    ),
    f"{_CQL2}/conf/temporal-functions": (
        40,
        "temporal-functions-1 temporal-functions-2 test-data logical",
    ),
    f"{_CQL2}/conf/property-property": (
        46,
        ("comparison-value-property comparison-property-property comparison-value-value test-data "
        "logical"),
    ),
    f"{_CQL2}/conf/arithmetic": (52, "arithmetic test-data logical"),
}  # fmt: skip
"""Of each class that the feed declares. A test without a number of its own is no test of ours."""

_HYPHENED = {"bbox_crs": "bbox-crs", "filter_crs": "filter-crs", "filter_lang": "filter-lang"}

ROOTS = {name: name.rpartition("/conf/")[2] for name in ABSTRACT_TESTS}


@dataclass
class Feed:
    """What a client of the standards asks."""

    client: Client

    def get(self, path: str, *, accept: str = "*/*", **parameters: str) -> Answer:
        """Ask for a path or a link, with parameters added."""
        parts = urlsplit(path)
        query = [parts.query] if parts.query else []
        named = {_HYPHENED.get(name, name): value for name, value in parameters.items()}
        if named:
            query.append(urlencode(named, quote_via=quote))
        return self.client.get(f"{parts.path}?{'&'.join(query)}", accept=accept)

    def json(self, path: str, **parameters: str) -> Any:
        """The content of an answer that must be there."""
        answer = self.get(path, accept="application/json", **parameters)
        assert answer.status == 200, answer.text
        return answer.json()

    @cached_property
    def conforms_to(self) -> list[str]:
        """The classes declared."""
        return list(self.json("/conformance")["conformsTo"])

    @cached_property
    def document(self) -> Any:
        """The API document."""
        return self.json("/api")

    @cached_property
    def collections(self) -> dict[str, Any]:
        """Id to description of each collection."""
        return {each["id"]: each for each in self.json("/collections")["collections"]}

    @cached_property
    def queryables(self) -> dict[str, dict[str, str]]:
        """Collection to queryables, each with its kind; dates and geometries are kinds too."""
        found: dict[str, dict[str, str]] = {}
        for name in self.collections:
            properties = self.json(f"/collections/{name}/queryables")["properties"]
            found[name] = {key: _kind(schema) for key, schema in properties.items()}
        return found

    def of_kind(self, *kinds: str) -> list[tuple[str, str, str]]:
        """Collection, queryable and kind of every queryable of these kinds."""
        return [
            (collection, name, kind)
            for collection, queryables in self.queryables.items()
            for name, kind in queryables.items()
            if kind in kinds
        ]

    def page(self, collection: str, **parameters: str) -> Any:
        """A page of features."""
        return self.json(f"/collections/{collection}/items", **parameters)

    def ids(self, collection: str, **parameters: str) -> list[str]:
        """Ids of all the features that pass."""
        page = self.page(collection, limit=EVERYTHING, skipGeometry="true", **parameters)
        assert page["numberMatched"] == len(page["features"])
        return [feature["id"] for feature in page["features"]]

    def pass_(self, collection: str, text: str, **parameters: str) -> set[str]:
        """Ids of the features that pass a filter."""
        return set(
            self.ids(collection, filter=text, properties=_any(self, collection), **parameters)
        )

    def refused(self, collection: str, **parameters: str) -> bool:
        """Whether a request for features is a 400 that says why."""
        answer = self.get(f"/collections/{collection}/items", **parameters)
        if answer.status == 400:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.status == 400

    def parameter(self, path: str, name: str) -> Any:
        """A parameter of a route as the API document has it."""
        [found] = [
            p for p in self.document["paths"][path]["get"]["parameters"] if p["name"] == name
        ]
        return found


def link_to(links: list[dict[str, str]], rel: str, media_type: str | None = None) -> str:
    """Where the first link of a relation leads."""
    return next(
        each["href"] for each in links if each["rel"] == rel and media_type in {None, each["type"]}
    )


def _kind(schema: dict[str, str]) -> str:
    if schema.get("format", "").startswith("geometry-"):
        return GEOMETRY
    return "date" if schema.get("format") == "date" else schema["type"]


def _any(feed: Feed, collection: str) -> str:
    """A property: answers with one are small."""
    return next(name for name, kind in feed.queryables[collection].items() if kind != GEOMETRY)
