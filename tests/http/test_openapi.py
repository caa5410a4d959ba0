"""The API document: valid, whole, and true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from api.texts import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_client import Client

ROUTES = {
    "/", "/conformance", "/api", "/collections", "/collections/{collectionId}",
    "/collections/{collectionId}/items", "/collections/{collectionId}/items/{featureId}",
    "/collections/{collectionId}/queryables", "/collections/{collectionId}/schema",
    "/maps/{layer}", "/maps/basemap.json", "/assets/{assetPath}", "/locate", "/locate/suggestions",
    "/manifest.webmanifest", "/sw.js",
    "/healthz", "/readyz", "/metrics", "/reports", "/priorities", "/tiles/{collectionId}.pmtiles",
    "/styles/{collectionId}",
    "/{levelCollection}/{areaId}",
    "/dcat", "/releases", "/changes", "/releases/{releaseId}",
    "/releases/{releaseId}/collections",
    "/releases/{releaseId}/collections/{collectionId}",
    "/releases/{releaseId}/collections/{collectionId}/items",
    "/releases/{releaseId}/collections/{collectionId}/items/{featureId}",
    "/releases/{releaseId}/collections/{collectionId}/queryables",
    "/releases/{releaseId}/collections/{collectionId}/schema",
}  # fmt: skip
RELEASE = "2026-08-01-0123456789ab"
EXAMPLES = {
    "{releaseId}": RELEASE,
    "{collectionId}": "area-periods",
    "{featureId}": "beat.S-1.2026H1.all",
    "{assetPath}": "dom.js",
    "{levelCollection}": "beats",
    "{areaId}": "S-1",
    "{layer}": "areas",
}
VALUES = {
    "limit": "2", "offset": "1", "bbox": "19.4,51.7,19.5,51.8", "datetime": "2026-02-01/..",
    "skipGeometry": "true", "lang": "pl", "q": "Piotrkowska 3", "lon": "19.405",
    "lat": "51.705", "level": "beat", "period": "2026H1", "category_group": "all",
    "filters": "", "filter": "n_reports%20%3E%202", "filter-lang": "cql2-text",
    "sortby": "-n_reports",
    "crs": "http://www.opengis.net/def/crs/EPSG/0/2177",
    "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4326",
    "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/2180", "properties": "area_id,n_reports",
    "column": "n_reports", "statistic": "n_reports", "area": "S-1", "hotspot": "1",
    "status": "confirmed", "months": "2026-01/2026-03", "candidate": "1", "cluster": "1",
    "cell": "1", "embed": "1",
    "rewir": "K1", "k": "3", "since": RELEASE, "until": RELEASE, "collection": "beats",
    "v": "0123456789ab",
}  # fmt: skip
QUERIES = {"/locate": "?q=Piotrkowska+3", "/changes": f"?since={RELEASE}"}
"""What some routes cannot be asked without."""


@pytest.fixture(scope="module")
def document(client: Client) -> Any:
    return client.get("/api").json()


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def reading(document: Any) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        if "get" in item:
            yield path, item["get"]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_its_media_type_is_that_of_the_standard(client: Client, document: Any) -> None:
    media_type = "application/vnd.oai.openapi+json;version=3.0"
    for accept in ("*/*", media_type, "application/vnd.oai.openapi+json"):
        assert client.get("/api", accept=accept).headers["content-type"] == media_type
    plain = client.get("/api", accept="application/json")
    assert plain.headers["content-type"] == "application/json"
    assert plain.json() == document
    assert client.get("/api", accept="text/html").headers["content-type"].startswith("text/html")
    assert document["servers"] == [{"url": "http://rewir.test"}]


def test_it_is_valid(document: Any) -> None:
    OpenAPIV30SpecValidator(document).validate()


def test_it_is_made_once(client: Client) -> None:
    assert client.app.openapi() is client.app.openapi()


def test_parameters_are_never_null(document: Any) -> None:
    for _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            assert not {"nullable", "anyOf", "title", "description"} & set(schema), parameter
            if schema["type"] == "array":
                assert (parameter["style"], parameter["explode"]) == ("form", False)


def test_problems_are_documented(document: Any) -> None:
    """Every status that some problem has, is an answer of some operation, and in one shape."""
    statuses = {str(each.status) for each in PROBLEMS.values()} - {"405"}
    assert {
        status for _, operation in operations(document) for status in operation["responses"]
    } - {"200", "206", "303", "304"} == statuses
    for answer in document["components"]["responses"].values():
        schema = answer["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    for path, operation in operations(document):
        found = set(operation["responses"])
        assert {"400", "401", "403", "429", "500", "503"} <= found
        assert "404" in found or "{" not in path
        assert ("415" in found) == ("requestBody" in operation)


def test_pages_are_documented(client: Client, document: Any) -> None:
    """Each route that gives a page says so, and no other."""
    for path, operation in reading(document):
        target = path
        for name, value in EXAMPLES.items():
            target = target.replace(name, value)
        answer = client.get(target + QUERIES.get(path, ""), accept="text/html")
        is_page = answer.status == 200 and answer.headers["content-type"].startswith("text/html")
        assert is_page == ("text/html" in operation["responses"]["200"]["content"]), path


def test_it_has_every_route_and_no_other(document: Any) -> None:
    assert document["openapi"] == "3.0.3"
    assert set(document["paths"]) == ROUTES
    writing = {
        "/reports": {"post"},
        "/locate": {"get", "post"},
        "/locate/suggestions": {"post"},
    }
    for path, item in document["paths"].items():
        assert set(item) == writing.get(path, {"get"})


def test_operations_are_described(document: Any) -> None:
    found = [operation for _, operation in operations(document)]
    assert len({operation["operationId"] for operation in found}) == len(found)
    for operation in found:
        assert operation["summary"]
        assert operation["description"]
        assert operation["responses"]["200"]["content"]
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (operation["operationId"], parameter["name"])


def test_paths_and_their_parameters_agree(document: Any) -> None:
    for path, operation in operations(document):
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        assert all(p["required"] for p in operation.get("parameters", []) if p["in"] == "path")


def test_references_lead_somewhere(document: Any) -> None:
    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_schemas_are_json_schema(document: Any) -> None:
    for schema in document["components"]["schemas"].values():
        OAS30Validator.check_schema(schema)
    for _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            OAS30Validator.check_schema(parameter["schema"])


def test_documented_parameters_are_taken(client: Client, document: Any) -> None:
    """What the document offers is not refused; a problem must be about something else."""
    for path, operation in reading(document):
        target = path
        for name, value in EXAMPLES.items():
            target = target.replace(name, value)
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] != "query" or name == "filters":
                continue
            value = parameter["schema"]["enum"][0] if name == "f" else VALUES[name]
            answer = client.get(f"{target}?{name}={value}", accept="*/*")
            code = answer.json()["code"] if answer.status == 400 else "missing-parameter"
            assert code == "missing-parameter", (target, name, answer.text)


def test_answers_are_as_documented(client: Client, document: Any) -> None:
    """Each JSON answer has the type and passes the schema that the document has for it."""
    checked = set()
    for path, operation in reading(document):
        content = operation["responses"]["200"]["content"]
        media_type = next((name for name in content if "json" in name), None)
        if media_type is None:
            continue
        schema = content[media_type]["schema"]
        target = path
        for name, value in EXAMPLES.items():
            target = target.replace(name, value)
        answer = client.get(target + QUERIES.get(path, ""), accept="*/*")
        assert answer.headers["content-type"] == media_type
        OAS30Validator({**schema, "components": document["components"]}).validate(answer.json())
        checked.add(media_type)
    assert checked == {
        "application/json", "application/geo+json", "application/schema+json",
        "application/ld+json", "application/manifest+json",
        "application/vnd.mapbox.style+json",
        "application/vnd.oai.openapi+json;version=3.0",
    }  # fmt: skip
