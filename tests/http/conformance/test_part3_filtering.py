"""OGC API – Features, Part 3 (19-079r2), annex A: queryables and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ogc import BASE, EVERYTHING, GEOMETRY, link_to
from pyproj import Transformer

if TYPE_CHECKING:
    from ogc import Feed

QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
PART_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
NO_FILTER = "THIS IS NOT A FILTER"
VALUES = {"string": "none-such", "integer": "1", "number": "3.14", "boolean": "true",
          "date": "2026-02-01"}  # fmt: skip


def samples(feed: Feed) -> dict[str, str]:
    """Collection to a queryable that has no value in some feature, where there is one."""
    found = {}
    for name, queryables in feed.queryables.items():
        simple = [each for each, kind in queryables.items() if kind != GEOMETRY]
        rows = feed.page(name, limit=EVERYTHING)["features"]
        empty = [q for q in simple if any(row["properties"][q] is None for row in rows)]
        found[name] = (empty or simple)[0]
    return found


def nulls(feed: Feed, collection: str, queryable: str) -> list[str]:
    rows = feed.page(collection, limit=EVERYTHING)["features"]
    return [row["id"] for row in rows if row["properties"][queryable] is None]


def placed(feed: Feed, collection: str) -> list[str]:
    """Ids of the features that are somewhere."""
    rows = feed.page(collection, limit=EVERYTHING)["features"]
    return [row["id"] for row in rows if row["geometry"] is not None]


def box_of(feed: Feed, collection: str) -> tuple[float, ...]:
    [box] = feed.collections[collection]["extent"]["spatial"]["bbox"]
    return tuple(box)


def in_box(x1: Any, y1: Any, x2: Any, y2: Any) -> str:
    return f"S_INTERSECTS({GEOMETRY},BBOX({x1},{y1},{x2},{y2}))"


def declares(feed: Feed, name: str) -> None:
    answer = feed.get("/conformance", accept="application/json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert f"{PART_3}/{name}" in answer.json()["conformsTo"]


def test_queryables_01_get_conformance(feed: Feed) -> None:
    """/conf/queryables/get-conformance: no requirement of its own."""
    declares(feed, "queryables")


def test_queryables_02_get_queryables_uris(feed: Feed) -> None:
    """/conf/queryables/get-queryables-uris: /req/queryables/queryables-link."""
    for name in feed.collections:
        href = link_to(feed.json(f"/collections/{name}")["links"], QUERYABLES)
        assert href == f"{BASE}/collections/{name}/queryables"
        assert link_to(feed.collections[name]["links"], QUERYABLES) == href


def test_queryables_03_get_queryables(feed: Feed) -> None:
    """/conf/queryables/get-queryables:
    /req/queryables/get-queryables-op, /req/queryables/get-queryables-response.
    """
    for name in feed.collections:
        path = f"/collections/{name}/queryables"
        answer = feed.get(path, accept="application/schema+json")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/schema+json"
        found = answer.json()
        assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert found["$id"] == BASE + path
        assert found["type"] == "object"
        assert found["additionalProperties"] is False
        places = {n for n, each in found["properties"].items() if "type" not in each}
        assert places == {GEOMETRY}
        shape = found["properties"][GEOMETRY]
        assert "$ref" not in shape
        assert shape["format"] == "geometry-polygon-or-multipolygon"
        dates = {n for n in found["properties"] if n in {"period_start", "period_end"}}
        assert all(found["properties"][n]["format"] == "date" for n in dates)


def test_queryables_query_parameters_04_get_conformance(feed: Feed) -> None:
    """/conf/queryables-query-parameters/get-conformance: no requirement of its own."""
    declares(feed, "queryables-query-parameters")


def test_queryables_query_parameters_05_query_param(feed: Feed) -> None:
    """/conf/queryables-query-parameters/query-param:
    /req/queryables-query-parameters/parameters.
    """
    tried = 0
    for name, queryables in feed.queryables.items():
        rows = feed.page(name, limit=EVERYTHING)["features"]
        for queryable, kind in queryables.items():
            if kind == GEOMETRY:
                continue
            known = [row["properties"][queryable] for row in rows]
            value = next((each for each in known if each is not None), None)
            wanted = [row["id"] for row in rows if row["properties"][queryable] == value]
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                assert feed.ids(name, **{queryable: text}) == wanted
                tried += 1
            if kind != "string":
                assert feed.refused(name, **{queryable: "no such value"})
            assert feed.get(f"/collections/{name}/items", **{queryable: VALUES[kind]}).status == 200
    assert tried > 40


def test_filter_06_get_conformance(feed: Feed) -> None:
    """/conf/filter/get-conformance: no requirement of its own."""
    declares(feed, "filter")


def test_filter_07_filter_param(feed: Feed) -> None:
    """/conf/filter/filter-param:
    /req/filter/filter-param, /req/filter/filter-lang-param, /req/filter/response.
    """
    some = 0
    for name, queryable in samples(feed).items():
        wanted = nulls(feed, name, queryable)
        some += bool(wanted)
        text = f"{queryable} IS NULL"
        assert feed.ids(name, filter=text, filter_lang="cql2-text") == wanted
        tree = f'{{"op":"isNull","args":[{{"property":"{queryable}"}}]}}'
        assert feed.ids(name, filter=tree, filter_lang="cql2-json") == wanted
        for language, wrong in (("cql2-text", NO_FILTER), ("cql2-json", f'"{NO_FILTER}"')):
            assert feed.refused(name, filter=wrong, filter_lang=language)
        assert feed.refused(name, filter=text, filter_lang="sql")
    assert some


def test_filter_08_filter_lang_default(feed: Feed) -> None:
    """/conf/filter/filter-lang-default: /req/filter/filter-param, /req/filter/filter-lang-param."""
    assert feed.parameter("/collections/{collectionId}/items", "filter-lang")["schema"] == {
        "type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text",
    }  # fmt: skip
    for name, queryable in samples(feed).items():
        assert feed.ids(name, filter=f"{queryable} IS NULL") == nulls(feed, name, queryable)
        assert feed.refused(name, filter=NO_FILTER)


def test_filter_09_expression_construction(feed: Feed) -> None:
    """/conf/filter/expression-construction:
    /req/filter/mixing-expressions, /req/queryables/get-queryables-response.
    """
    for name in feed.collections:
        answer = feed.get(f"/collections/{name}/items", filter="this_is_not_a_queryable IS NULL")
        assert answer.status == 400
        assert answer.json()["parameter"] == "filter"
        assert set(answer.json()["allowed"]) == set(feed.queryables[name])


def test_filter_10_filter_crs_wgs84(feed: Feed) -> None:
    """/conf/filter/filter-crs-wgs84: /req/filter/filter-crs-wgs84, /req/filter/response."""
    for name in feed.collections:
        assert feed.ids(name, filter=in_box(*box_of(feed, name))) == placed(feed, name)
        assert feed.refused(name, filter=in_box(1_000_000, 1_000_000, 2_000_000, 2_000_000))


def test_filter_11_filter_crs_param(feed: Feed) -> None:
    """/conf/filter/filter-crs-param: /req/filter/filter-crs-param, /req/filter/response."""
    for name, each in feed.collections.items():
        west, south, east, north = box_of(feed, name)
        for uri in each["crs"]:
            known = "OGC:CRS84" if "CRS84" in uri else f"EPSG:{uri.rpartition('/')[2]}"
            turn = Transformer.from_crs("OGC:CRS84", known)
            a, b = zip(
                *(turn.transform(x, y) for x in (west, east) for y in (south, north)), strict=True
            )
            box = in_box(min(a), min(b), max(a), max(b))
            assert feed.ids(name, filter=box, filter_crs=uri) == placed(feed, name)
        nowhere = "http://www.opengis.net/def/crs/OGC/0/does_not_exist"
        assert feed.refused(name, filter=in_box(*box_of(feed, name)), filter_crs=nowhere)


def test_filter_12_get_functions(feed: Feed) -> None:
    """/conf/filter/get-functions: /req/filter/get-functions-operation.

    The requirement binds who declares the class for functions of one's own: this feed has none.
    """
    assert not any(each.endswith("/conf/functions") for each in feed.conforms_to)
    assert feed.get("/functions").status == 404
    assert feed.refused("beats", filter="my_own_function(name) = 1")


def test_features_filter_13_get_conformance(feed: Feed) -> None:
    """/conf/features-filter/get-conformance: no requirement of its own."""
    declares(feed, "features-filter")


def test_features_filter_14_get_collections(feed: Feed) -> None:
    """/conf/features-filter/get-collections: /req/features-filter/get-queryables-op."""
    found = feed.json("/collections")["collections"]
    assert isinstance(found, list)
    assert found
    for each in found:
        assert feed.get(f"/collections/{each['id']}/queryables").status == 200


def test_features_filter_15_get_collection(feed: Feed) -> None:
    """/conf/features-filter/get-collection: /req/features-filter/queryables-link."""
    for name in feed.collections:
        found = feed.json(f"/collections/{name}")
        assert link_to(found["links"], QUERYABLES) == f"{BASE}/collections/{name}/queryables"
        assert len(found["extent"]["spatial"]["bbox"][0]) == 4
        assert found["crs"]


def test_features_filter_16_filter_on_items(feed: Feed) -> None:
    """/conf/features-filter/filter-on-items:
    /req/features-filter/filter-param, /req/features-filter/response.
    """
    path = "/collections/{collectionId}/items"
    for parameter in ("filter", "filter-lang", "filter-crs"):
        assert feed.parameter(path, parameter)["in"] == "query"
    for name, queryable in samples(feed).items():
        target = f"/collections/{name}/items"
        answer = feed.get(target, accept="application/geo+json", filter=f"{queryable} IS NULL")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/geo+json"
        assert all(row["properties"][queryable] is None for row in answer.json()["features"])
        assert feed.get(target, accept="application/geo+json", filter=NO_FILTER).status == 400


def test_features_filter_17_mixing_expression(feed: Feed) -> None:
    """/conf/features-filter/mixing-expression: /req/filter/mixing-expressions."""
    for name in feed.collections:
        west, south, east, north = box_of(feed, name)
        everywhere = in_box(west, south, east, north)
        box = f"{west},{south},{east},{north}"
        assert feed.ids(name, filter=everywhere, bbox=box) == placed(feed, name)
        assert feed.ids(name, filter=everywhere, bbox="0,0,1,1") == []
        [fid, *_] = placed(feed, name)
        low = {"filter": everywhere, "bbox": box, "limit": "1"}
        assert feed.page(name, **low)["features"][0]["id"] == fid
