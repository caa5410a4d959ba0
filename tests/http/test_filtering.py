"""Filters in CQL2, order, choice of properties, queryables and schema, as a client meets them."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

if TYPE_CHECKING:
    from asgi_client import Answer, Client

ITEMS = "/collections/area-periods/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
PART_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
CODES = {
    "filter-syntax", "filter-property", "filter-type", "filter-function", "filter-geometry",
    "filter-time", "filter-size", "filter-crs",
}  # fmt: skip
ONE = "period='2026H1' AND category_group='all' AND level='beat'"
"""Of the 48 rows, one a beat and the one of no beat."""


def ask(client: Client, path: str = ITEMS, **parameters: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    return client.get(f"{path}?{urlencode({'limit': '100', **named}, quote_via=quote)}")


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    content = answer.json()
    assert content["numberMatched"] == len(content["features"])
    return [feature["id"] for feature in content["features"]]


def every(client: Client) -> list[dict[str, Any]]:
    return list(ask(client).json()["features"])


def beat_ids(answer: Answer) -> list[str]:
    return [fid.split(".")[1] for fid in ids(answer)]


def test_conformance_lists_each_class_of_filters(client: Client) -> None:
    classes = client.get("/conformance").json()["conformsTo"]
    assert {c.removeprefix(PART_3) for c in classes if c.startswith(PART_3)} == {
        "/queryables", "/queryables-query-parameters", "/filter", "/features-filter",
    }  # fmt: skip
    assert {c.removeprefix(CQL2) for c in classes if c.startswith(CQL2)} == {
        "/cql2-text", "/cql2-json", "/basic-cql2", "/advanced-comparison-operators",
        "/case-insensitive-comparison", "/accent-insensitive-comparison",
        "/basic-spatial-functions", "/basic-spatial-functions-plus", "/spatial-functions",
        "/temporal-functions", "/property-property", "/arithmetic",
    }  # fmt: skip


def test_filter_in_text_and_in_json_find_the_same(client: Client) -> None:
    tree = {
        "op": "and",
        "args": [
            {"op": ">", "args": [{"property": "n_reports"}, 12]},
            {"op": "=", "args": [{"property": "category_group"}, "all"]},
        ],
    }
    wanted = [
        feature["id"]
        for feature in every(client)
        if feature["properties"]["n_reports"] > 12
        and feature["properties"]["category_group"] == "all"
    ]
    text = ask(client, filter="n_reports > 12 AND category_group = 'all'")
    assert 0 < len(wanted) < 48
    assert ids(text) == wanted
    assert ids(ask(client, filter=json.dumps(tree), filter_lang="cql2-json")) == wanted


def test_filter_goes_together_with_the_other_parameters(client: Client) -> None:
    point = "19.405,51.705,19.405,51.705"
    found = ask(client, filter="n_reports > 10", period="2026H1", bbox=point, datetime="2026-03-01")
    wanted = [
        f["id"] for f in every(client)
        if f["properties"]["n_reports"] > 10 and f["properties"]["period"] == "2026H1"
        and f["properties"]["area_id"] in {"S-1", "K1", "unassigned"}
    ]  # fmt: skip
    assert ids(found) == wanted


def test_paging_keeps_filter_and_order(client: Client) -> None:
    first = ask(client, filter=ONE, sortby="-n_reports", limit="4").json()
    links = {link["rel"]: link["href"] for link in first["links"]}
    second = client.get(links["next"].removeprefix("http://rewir.test")).json()
    counts = [f["properties"]["n_reports"] for f in first["features"] + second["features"]]
    assert first["numberMatched"] == second["numberMatched"] == 10
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 8


@pytest.mark.parametrize("crs", ["4326", "2180", "2177"])
def test_geometry_in_another_system_with_its_own_axes(client: Client, crs: str) -> None:
    """A point in the middle of S-2; the first coordinate is the northing (or the latitude)."""
    turn = Transformer.from_crs("OGC:CRS84", f"EPSG:{crs}", always_xy=True)
    east, north = turn.transform(19.415, 51.705)
    wanted = ids(ask(client, filter=f"{ONE} AND s_intersects(geometry, POINT(19.415 51.705))"))
    there = f"{ONE} AND s_intersects(geometry, POINT({north:.7f} {east:.7f}))"
    swapped = f"{ONE} AND s_intersects(geometry, POINT({east:.7f} {north:.7f}))"
    assert wanted == ["beat.S-2.2026H1.all"]
    assert ids(ask(client, filter=there, filter_crs=f"{EPSG}/{crs}")) == wanted
    answer = ask(client, filter=swapped, filter_crs=f"{EPSG}/{crs}")
    assert answer.status == 400 or ids(answer) == []


def test_spatial_predicates_on_the_grid_of_beats(client: Client) -> None:
    box = "BBOX(19.40,51.70,19.41,51.71)"
    expected = {
        f"s_equals(geometry, {box})": {"S-1"},
        f"s_touches(geometry, {box})": {"S-2", "S-4", "S-5"},
        f"s_disjoint(geometry, {box})": {"S-3", "S-6", "S-7", "S-8", "S-9"},
        "s_within(geometry, BBOX(19.40,51.70,19.42,51.71))": {"S-1", "S-2"},
        "s_contains(geometry, POINT(19.425 51.725))": {"S-9"},
        "s_crosses(geometry, LINESTRING(19.395 51.705, 19.415 51.705))": {"S-1", "S-2"},
        "s_overlaps(geometry, BBOX(19.395,51.695,19.405,51.705))": {"S-1"},
    }
    for predicate, wanted in expected.items():
        assert set(beat_ids(ask(client, filter=f"{ONE} AND {predicate}"))) == wanted, predicate


def test_names_without_case_and_accents(client: Client) -> None:
    found = ask(
        client, filter=f"{ONE} AND accenti(casei(area_name)) LIKE accenti(casei('ÁREĄ 1%'))"
    )
    assert beat_ids(found) == ["S-1"]


def test_dates_compare_as_days(client: Client) -> None:
    late = ask(client, filter="period_start >= '2026-02-01'")
    assert ids(late) == [f["id"] for f in every(client) if "2026H1" in f["id"]]


def test_a_day_as_gdal_writes_it(client: Client) -> None:
    assert ids(ask(client, datetime="2026-02-01T/..")) == ids(ask(client, datetime="2026-02-01/.."))
    for text in ("T", "T/..", "2026-02-30T", "2026-02-01TT"):
        assert ask(client, datetime=text).json()["code"] == "bad-value"


def test_sortby_orders_and_puts_null_last(client: Client) -> None:
    rising = ask(client, filter=ONE, sortby="rate_per_1000")
    falling = ask(client, filter=ONE, sortby="-rate_per_1000,+area_id")
    assert beat_ids(rising) == [*(f"S-{n}" for n in range(1, 10)), "unassigned"]
    assert beat_ids(falling) == [*(f"S-{n}" for n in range(9, 0, -1)), "unassigned"]


def test_equal_rows_follow_by_id(client: Client) -> None:
    found = ids(ask(client, sortby="category_group"))
    groups = [fid.rpartition(".")[2] for fid in found]
    assert groups == sorted(groups)
    assert found[:24] == sorted(found[:24])
    assert found[24:] == sorted(found[24:])


def test_properties_chosen_are_those_and_no_others(client: Client) -> None:
    whole = every(client)
    chosen = ask(client, properties="n_reports,area_id").json()["features"]
    for before, after in zip(whole, chosen, strict=True):
        kept = {name: before["properties"][name] for name in ("area_id", "n_reports")}
        assert after == before | {"properties": kept}


def test_properties_and_skip_geometry(client: Client) -> None:
    [feature, *_] = ask(client, properties="area_id", skipGeometry="true").json()["features"]
    assert feature["geometry"] is None
    assert list(feature["properties"]) == ["area_id"]


BAD = {
    "filter=": "filter-syntax",
    "filter=n_reports+%3E": "filter-syntax",
    "filter=((((((((((((((((((((((((((((((": "filter-syntax",
    "filter=nope=1": "filter-property",
    "filter=n_reports='a'": "filter-type",
    "filter=n_reports": "filter-type",
    "filter=n_reports=null": "filter-syntax",
    "filter=upper(area_id)='A'": "filter-function",
    "filter=a_contains(area_id,('A'))": "filter-function",
    "filter=s_intersects(geometry,POINT EMPTY)": "filter-geometry",
    "filter=s_within(geometry,POLYGON((0 0,1 1,1 0,0 1,0 0)))": "filter-geometry",
    "filter=s_within(geometry,POINT(500 0))": "filter-geometry",
    "filter=t_after(period_start,DATE('2026-02-30'))": "filter-time",
    "filter=period_start='yesterday'": "filter-time",
    "filter=" + "not " * 300 + "true": "filter-size",
    "filter={": "filter-syntax",
    'filter={"op":"="}&filter-lang=cql2-json': "filter-syntax",
    "filter=[[[[&filter-lang=cql2-json": "filter-syntax",
    "filter=true&filter-crs=EPSG:9": "filter-crs",
    "filter-crs=": "filter-crs",
    "sortby=": "filter-property",
    "sortby=nope": "filter-property",
    "sortby=geometry": "filter-property",
    "sortby=area_id,-area_id": "filter-syntax",
    "sortby=--area_id": "filter-property",
    "properties=": "filter-property",
    "properties=area_id,nope": "filter-property",
    "properties=geometry": "filter-property",
}


@pytest.mark.parametrize("query", BAD)
def test_what_cannot_be_used_is_refused_in_both_languages(client: Client, query: str) -> None:
    target = f"{ITEMS}?{quote(query, safe='=&%+')}"
    texts = set()
    for language in ("en", "pl"):
        answer = client.get(f"{target}&lang={language}")
        content = answer.json()
        assert answer.status == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert content["code"] == BAD[query]
        assert content["parameter"] in {"filter", "filter-crs", "sortby", "properties"}
        assert content["detail"]
        texts.add(content["detail"])
    assert len(texts) == 2


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (
            "filter=n_reports='a'",
            "działanie „=” oczekuje: wartości jednego typu; podano: liczba, tekst",
        ),
        ("filter=n_reports", "działanie „filtr” oczekuje: warunek; podano: liczba"),
        ("filter=" + "not " * 300 + "true", "liczba operatorów nie może przekraczać 200"),
        ("filter=area_id between 'a' and 1", "podano: tekst, liczba"),
    ],
)
def test_polish_problems_hold_no_english(client: Client, query: str, text: str) -> None:
    answer = client.get(f"{ITEMS}?{quote(query, safe='=&%+')}&lang=pl")
    assert text in answer.json()["detail"]


def test_unknown_language_of_filters_is_refused(client: Client) -> None:
    content = ask(client, filter="true", filter_lang="ecql").json()
    assert content["code"] == "bad-value"
    assert content["parameter"] == "filter-lang"


def test_unknown_property_is_named_with_those_there_are(client: Client) -> None:
    content = ask(client, filter="nope = 1").json()
    assert content["name"] == "nope"
    assert {"n_reports", "geometry"} <= set(content["allowed"])


@pytest.mark.parametrize("name", ["queryables", "schema"])
@pytest.mark.parametrize("language", ["en", "pl"])
def test_schemas_describe_every_property(client: Client, name: str, language: str) -> None:
    info = client.get(f"/collections/area-periods?lang={language}").json()
    [link] = [x for x in info["links"] if x["rel"].endswith(f"/ogc/1.0/{name}")]
    path = link["href"].removeprefix("http://rewir.test")
    answer = client.get(f"{path}?lang={language}")
    content = answer.json()
    assert answer.headers["content-type"] == link["type"] == "application/schema+json"
    assert content["$id"] == link["href"]
    assert set(content["properties"]) == {*info["properties"], "geometry"}
    assert content["properties"]["geometry"]["x-ogc-role"] == "primary-geometry"
    assert content["properties"]["geometry"]["format"] == "geometry-polygon-or-multipolygon"
    jsonschema.Draft202012Validator.check_schema(content)


def test_schema_fits_the_features(client: Client) -> None:
    schema = client.get("/collections/beats/schema").json()
    for feature in ask(client, "/collections/beats/items").json()["features"]:
        known = {n: v for n, v in feature["properties"].items() if v is not None}
        jsonschema.validate(known, schema)
    assert schema["properties"]["area_id"]["x-ogc-role"] == "id"


def test_every_queryable_is_a_parameter_and_a_name_in_filters(client: Client) -> None:
    queryables = client.get("/collections/area-periods/queryables").json()["properties"]
    for name in queryables:
        assert ask(client, filter=f'"{name}" IS NULL OR "{name}" IS NOT NULL').status == 200
        if name != "geometry":
            answer = client.get(f"{ITEMS}?{name}=1")
            assert answer.status == 200 or answer.json()["code"] == "bad-value"


NAMES = ["n_reports", "area_id", "period_start", "geometry", "low_information", "nope", '"x y"']
WORDS = [
    "and", "or", "not", "=", "<>", "<", ">=", "+", "-", "*", "/", "^", "%", "div", "(", ")", ",",
    "like", "in", "between", "is", "null", "casei(", "accenti(", "s_within(", "t_after(",
    "date(", "timestamp(", "interval(", "'2026-02-01'", "'a%'", "''", "POINT(1 2)", "BBOX(1,2,3,4)",
    "POLYGON((0 0,1 0,1 1,0 0))", "POLYGON((", "EMPTY", "1", "-1", "1e400", ".5", "true", "'", '"',
    "\x00", "ł", "\U0001d518", "\u202e", "..", *NAMES,
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(NAMES).map(lambda name: {"property": name})
    | st.sampled_from(["2026-02-01", "x", "9999-12-31"]).map(lambda day: {"date": day}),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["op", "args", "type", "coordinates", "bbox", "interval",
                                       "date", "timestamp", "property"]), inner, max_size=3)
    | st.builds(lambda op, args: {"op": op, "args": args},
                st.sampled_from(["and", "or", "not", "=", "<", "+", "/", "in", "like", "between",
                                 "isNull", "casei", "s_within", "t_during", "a_equals"]),
                st.lists(inner, max_size=3)),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(text=st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=40))
@example(text=string.printable)
def test_no_text_ends_the_server(client: Client, text: str) -> None:
    answer = ask(client, filter=text, limit="1")
    assert answer.status == 200 or answer.json()["code"] in CODES


@settings(max_examples=300, deadline=None)
@given(tree=JSON)
def test_no_json_ends_the_server(client: Client, tree: Any) -> None:
    answer = ask(client, filter=json.dumps(tree), filter_lang="cql2-json", limit="1")
    assert answer.status == 200 or answer.json()["code"] in CODES
