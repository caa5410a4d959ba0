"""The catalogue record: whole by DCAT-AP 3, the same in both notations, and true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Client
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, XSD
from two_faces import add_key, bearer, write_two_faces

from api.app import create_app
from api.dcat import CONTEXT
from api.turtle import write_turtle
from geo.formats.registry import FORMATS
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.graph import Node

# rdflib's own reader of JSON-LD still uses what rdflib has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

BASE = "http://rewir.test"
EU = "http://publications.europa.eu/resource/authority"
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
MANDATORY = {
    # DCAT-AP 3.0, chapters 6 and 7
    DCAT.Catalog: [DCTERMS.title, DCTERMS.description, DCTERMS.publisher],
    DCAT.Dataset: [DCTERMS.title, DCTERMS.description],
    DCAT.Distribution: [DCAT.accessURL],
    DCAT.DataService: [DCTERMS.title, DCAT.endpointURL],
    FOAF.Agent: [FOAF.name],
    DCTERMS.Location: [],
}
RECOMMENDED = {
    DCAT.Catalog: [DCAT.dataset, DCAT.service, DCTERMS.language, DCTERMS.license,
                   DCTERMS.modified, DCTERMS.spatial, FOAF.homepage, DCAT.themeTaxonomy],
    DCAT.Dataset: [DCAT.contactPoint, DCAT.distribution, DCAT.keyword, DCTERMS.publisher,
                   DCTERMS.spatial, DCAT.theme, DCTERMS.accrualPeriodicity, DCTERMS.accessRights,
                   DCTERMS.identifier, DCTERMS.modified, DCAT.landingPage, DCTERMS.provenance],
    DCAT.Distribution: [DCTERMS.license, DCTERMS.title, DCTERMS.rights],
    DCAT.DataService: [DCAT.endpointDescription, DCAT.servesDataset, DCTERMS.license],
}  # fmt: skip
LANGUAGES = {"en", "pl"}


@pytest.fixture(scope="module")
def graph(client: Client) -> Graph:
    answer = client.get("/dcat")
    assert answer.headers["content-type"] == "application/ld+json"
    return Graph().parse(data=answer.text, format="json-ld")


def only(graph: Graph, node: Node, what: URIRef) -> Any:
    [value] = graph.objects(node, what)
    return value


@pytest.mark.parametrize("kind", MANDATORY)
def test_mandatory_and_recommended_properties(graph: Graph, kind: URIRef) -> None:
    nodes = list(graph.subjects(RDF.type, kind))
    assert nodes
    for node in nodes:
        for what in [*MANDATORY[kind], *RECOMMENDED.get(kind, [])]:
            assert list(graph.objects(node, what)), (node, what)


def test_texts_are_in_both_languages(graph: Graph) -> None:
    for kind in (DCAT.Catalog, DCAT.Dataset):
        for node in graph.subjects(RDF.type, kind):
            for what in (DCTERMS.title, DCTERMS.description):
                texts = [t for t in graph.objects(node, what) if isinstance(t, Literal)]
                assert {text.language for text in texts} == LANGUAGES
                assert all(text.strip() for text in texts)
    title = {str(t) for t in graph.objects(URIRef(f"{BASE}/collections/beats"), DCTERMS.title)}
    assert title == {"beats in English", "beats po polsku"}


def test_every_layer_is_a_data_set_with_every_format(client: Client, graph: Graph) -> None:
    layers = [each["id"] for each in client.get("/collections").json()["collections"]]
    datasets = {str(node) for node in graph.subjects(RDF.type, DCAT.Dataset)}
    assert datasets == {f"{BASE}/collections/{layer}" for layer in layers}
    [catalogue] = graph.subjects(RDF.type, DCAT.Catalog)
    assert {str(node) for node in graph.objects(catalogue, DCAT.dataset)} == datasets
    [service] = graph.subjects(RDF.type, DCAT.DataService)
    assert {str(node) for node in graph.objects(service, DCAT.servesDataset)} == datasets
    for dataset in datasets:
        assert len(list(graph.objects(URIRef(dataset), DCAT.distribution))) == len(FORMATS)


def test_every_address_answers_with_the_whole_layer(client: Client, graph: Graph) -> None:
    for node in graph.subjects(RDF.type, DCAT.Distribution):
        url = str(only(graph, node, DCAT.accessURL))
        assert str(only(graph, node, DCAT.downloadURL)) == url
        answer = client.get(url.removeprefix(BASE), accept="text/html")
        assert answer.status == 200, url
        kind = answer.headers["content-type"].partition(";")[0]
        names = list(graph.objects(node, DCAT.mediaType))
        assert [str(name) for name in names] in (
            [f"https://www.iana.org/assignments/media-types/{kind}"],
            [],
        )
        assert names or kind == "application/flatgeobuf"
        if kind == "application/geo+json":
            body = answer.json()
            assert body["numberReturned"] == body["numberMatched"] == len(body["features"])
    for what in (DCAT.landingPage, DCAT.endpointURL, DCAT.endpointDescription, FOAF.homepage):
        for url in set(graph.objects(None, what)):
            assert client.get(str(url).removeprefix(BASE)).status == 200, url


def test_a_layer_beyond_one_request_offers_its_first_page(store: Path) -> None:
    small = Client(create_app(Settings(store=str(store), max_limit=3, max_file_rows=3)))
    graph = Graph().parse(data=small.get("/dcat").text, format="json-ld")
    for form in ("csv", "geojson"):
        node = URIRef(f"{BASE}/dcat#beats-{form}")
        url = str(only(graph, node, DCAT.accessURL))
        assert url == f"{BASE}/collections/beats/items?f={form}"
        assert not list(graph.objects(node, DCAT.downloadURL))


def test_a_layer_beyond_one_page_is_one_file(store: Path) -> None:
    small = Client(create_app(Settings(store=str(store), max_limit=3)))
    graph = Graph().parse(data=small.get("/dcat").text, format="json-ld")
    node = URIRef(f"{BASE}/dcat#area-periods-csv")
    answer = small.get(str(only(graph, node, DCAT.downloadURL)).removeprefix(BASE))
    assert answer.headers["ogc-numberreturned"] == answer.headers["ogc-numbermatched"] == "48"


def test_where_and_when(graph: Graph) -> None:
    layer = URIRef(f"{BASE}/collections/area-periods")
    place = only(graph, layer, DCTERMS.spatial)
    box = only(graph, place, DCAT.bbox)
    assert str(box.datatype) == "http://www.opengis.net/ont/geosparql#wktLiteral"
    assert str(box).startswith("POLYGON((19.4 51.7, 19.43 51.7, 19.43 51.73,")
    time = only(graph, layer, DCTERMS.temporal)
    ends = [only(graph, time, what) for what in (DCAT.startDate, DCAT.endDate)]
    assert [str(end) for end in ends] == ["2025-08-01", "2026-07-31"]
    assert all(end.datatype == XSD.date for end in ends)
    assert only(graph, layer, DCTERMS.modified).datatype == XSD.dateTime
    assert not list(graph.objects(URIRef(f"{BASE}/collections/beats"), DCTERMS.temporal))


def test_licence_and_rights(graph: Graph) -> None:
    for node in graph.subjects(RDF.type, DCAT.Distribution):
        assert str(only(graph, node, DCTERMS.license)) == f"{EU}/licence/CC_BY_4_0"
    assert {str(each) for each in graph.objects(None, DCTERMS.accessRights)} == {
        f"{EU}/access-right/PUBLIC"
    }


def test_licences_without_a_name_are_said_in_words(tmp_path: Path) -> None:
    home = write_two_faces(tmp_path)
    manifest = json.loads((home / "manifest.json").read_text("utf-8"))
    manifest["licence"] = 'free, "source" named; Unlicense'
    (home / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    _, token = add_key(tmp_path, "internal:read")
    client = Client(create_app(Settings(store=str(tmp_path))))
    for f in ("jsonld", "ttl"):
        found = Graph().parse(
            data=client.get(f"/dcat?f={f}").text, format={"jsonld": "json-ld", "ttl": "turtle"}[f]
        )
        [words] = {
            str(t) for d in found.subjects(RDF.type, DCTERMS.LicenseDocument)
            for t in found.objects(d, DCTERMS.title)
        }  # fmt: skip
        assert words == 'free, "source" named; Unlicense'
    assert "NON_PUBLIC" in client.get("/dcat", **bearer(token)).text


@pytest.mark.parametrize(
    ("contact", "way", "value"),
    [
        ("dane@example.org", VCARD.hasEmail, "mailto:dane@example.org"),
        ("https://example.org/kontakt", VCARD.hasURL, "https://example.org/kontakt"),
        ("", VCARD.hasURL, f"{BASE}/"),
    ],
)
def test_who_publishes_and_whom_to_ask(store: Path, contact: str, way: URIRef, value: str) -> None:
    settings = Settings(store=str(store), publisher="Urząd Miasta", contact=contact)
    client = Client(create_app(settings))
    graph = Graph().parse(data=client.get("/dcat").text, format="json-ld")
    assert {str(name) for name in graph.objects(None, FOAF.name)} == {"Urząd Miasta"}
    points = set(graph.objects(None, DCAT.contactPoint))
    assert {str(only(graph, point, way)) for point in points} == {value}
    page = client.get("/dcat", accept="text/html").text
    assert "Urząd Miasta" in page
    assert f'href="{value}"' in page


def test_both_notations_say_the_same(client: Client, graph: Graph) -> None:
    for answer in (client.get("/dcat?f=ttl"), client.get("/dcat", accept="text/turtle")):
        assert answer.headers["content-type"].startswith("text/turtle")
        assert isomorphic(Graph().parse(data=answer.text, format="turtle"), graph)
    assert client.get("/dcat?f=json").json() == client.get("/dcat").json()
    assert client.get("/dcat", accept="application/json").status == 200
    refused = client.get("/dcat", accept="text/csv")
    assert (refused.status, refused.json()["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize("text", ['"', "\\", "\n\t\r", "żółw <b>", "'''", '"""\\u0041', "\x01"])
def test_turtle_holds_any_text(text: str) -> None:
    document = {
        "@context": dict(CONTEXT),
        "@id": f"{BASE}/a",
        "@type": "dcat:Dataset",
        "dct:title": {"@value": text, "@language": "en"},
        "dct:identifier": [text, "plain"],
    }
    found = Graph().parse(data=write_turtle(document), format="turtle")
    node = URIRef(f"{BASE}/a")
    assert str(only(found, node, DCTERMS.title)) == text
    assert {str(each) for each in found.objects(node, DCTERMS.identifier)} == {text, "plain"}


def test_collections_tell_their_provenance(client: Client) -> None:
    for info in client.get("/collections").json()["collections"]:
        told = info["provenance"]
        assert told["inputs"]["reports"]["sha256"] == "0" * 64
        assert (told["seed"], told["code_version"], told["as_of"]) == (1, "0.1.0", "2026-08-01")
        assert {len(sha) for sha in told["files"].values()} == {64}
        assert {f"{info['id']}.parquet", f"{info['id']}.properties.jsonl"} <= set(told["files"])
        assert info["method"]
        assert info["licence"] == "CC-BY-4.0"
        assert info["attribution"] == ["Made by hand"]
