"""OGC API – Features, Part 1 (17-069r4), annex A.2: Core."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import shapely
from ogc import ABSTRACT_TESTS, BASE, EVERYTHING, link_to
from openapi_spec_validator import OpenAPIV30SpecValidator
from small_release import EAST, NORTH, SOUTH, WEST

if TYPE_CHECKING:
    from ogc import Feed

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
COLLECTIONS = {
    "beats", "komisariaty", "area-periods", "hotspot-cells", "hotspot-areas", "plan-candidates",
}  # fmt: skip
ITEMS = "/collections/{collectionId}/items"
PAGED = "area-periods"


def features(feed: Feed, collection: str) -> list[Any]:
    return list(feed.page(collection, limit=EVERYTHING)["features"])


def geometry(feature: Any) -> shapely.Geometry | None:
    return None if feature["geometry"] is None else shapely.geometry.shape(feature["geometry"])


def check_links(links: list[dict[str, str]]) -> None:
    assert links
    for each in links:
        assert each["href"].startswith(f"{BASE}/")
        assert each["rel"]
        assert "/" in each["type"]


def boxes() -> list[tuple[float, ...]]:
    """Boxes in and around the city, the smallest ones between the shapes of a hot spot."""
    rng = random.Random(1)  # noqa: S311 - a seeded choice of boxes
    found: list[tuple[float, ...]] = [(WEST, SOUTH, EAST, NORTH), (19.405, 51.705, 19.406, 51.706)]
    for _ in range(12):
        x, y = rng.uniform(WEST - 0.01, EAST), rng.uniform(SOUTH - 0.01, NORTH)
        side = rng.choice([0.001, 0.01, 0.02])
        found.append((round(x, 5), round(y, 5), round(x + side, 5), round(y + side, 5)))
    return found


def touches(feature: Any, box: tuple[float, ...]) -> bool:
    """What has no place is always there."""
    shape = geometry(feature)
    return shape is None or bool(shape.intersects(shapely.box(*box)))


def days(feature: Any) -> tuple[str, str] | None:
    p = feature["properties"]
    return (p["period_start"], p["period_end"]) if "period_start" in p else None


INTERVALS = {
    "2026-02-01": ("2026-02-01", "2026-02-01"),
    "2026-01-31": ("2026-01-31", "2026-01-31"),
    "2026-01-31T23:30:00Z": ("2026-02-01", "2026-02-01"),  # after midnight in Warsaw
    "2025-08-01/2026-01-31": ("2025-08-01", "2026-01-31"),
    "2026-02-01/..": ("2026-02-01", "9999-12-31"),
    "2026-02-01/": ("2026-02-01", "9999-12-31"),
    "../2025-08-01": ("0001-01-01", "2025-08-01"),
    "/2025-07-31": ("0001-01-01", "2025-07-31"),
    "1999-01-01/1999-12-31": ("1999-01-01", "1999-12-31"),
    "2026-07-31T00:00:00+02:00/2026-07-31T12:00:00.5+02:00": ("2026-07-31", "2026-07-31"),
}


def meets(feature: Any, wanted: tuple[str, str]) -> bool:
    """What has no time is always there."""
    own = days(feature)
    return own is None or (own[0] <= wanted[1] and wanted[0] <= own[1])


def test_core_01_http(feed: Feed) -> None:
    """/conf/core/http: /req/core/http."""
    for path in ("/", "/conformance", "/collections", f"/collections/{PAGED}/items"):
        full = feed.get(path)
        head = feed.client.ask("HEAD", path, accept="*/*")
        assert (head.status, head.raw) == (200, b"")
        assert head.headers["content-length"] == full.headers["content-length"]
        wrong = feed.client.ask("PUT", path)
        assert wrong.status == 405
        assert "GET" in wrong.headers["allow"]
    assert feed.get("/nothing-here").status == 404


def test_core_02_crs84(feed: Feed) -> None:
    """/conf/core/crs84: /req/core/crs84."""
    city = shapely.box(WEST, SOUTH, EAST, NORTH).buffer(0.01)
    for name in feed.collections:
        answer = feed.get(f"/collections/{name}/items", limit=EVERYTHING)
        assert answer.headers["content-crs"] == f"<{CRS84}>"
        shapes = [geometry(feature) for feature in answer.json()["features"]]
        assert any(shapes)
        assert all(city.covers(shape) for shape in shapes if shape)


def test_core_03_root_op(feed: Feed) -> None:
    """/conf/core/root-op: /req/core/root-op."""
    assert feed.get("/").status == 200


def test_core_04_root_success(feed: Feed) -> None:
    """/conf/core/root-success: /req/core/root-success."""
    landing = feed.json("/")
    check_links(landing["links"])
    rels = {each["rel"] for each in landing["links"]}
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels
    assert link_to(landing["links"], "conformance") == f"{BASE}/conformance"
    assert link_to(landing["links"], "data") == f"{BASE}/collections"
    for each in landing["links"]:
        found = feed.get(each["href"], accept=each["type"])
        assert found.status == 200
        assert found.headers["content-type"].startswith(each["type"])


def test_core_05_api_definition_op(feed: Feed) -> None:
    """/conf/core/api-definition-op: /req/core/api-definition-op."""
    links = feed.json("/")["links"]
    for each in links:
        if each["rel"] in {"service-desc", "service-doc"}:
            answer = feed.get(each["href"], accept=each["type"])
            assert answer.status == 200
            assert answer.headers["content-type"].startswith(each["type"])


def test_core_06_api_definition_success(feed: Feed) -> None:
    """/conf/core/api-definition-success: /req/core/api-definition-success."""
    link = link_to(feed.json("/")["links"], "service-desc")
    document = feed.get(link, accept="application/vnd.oai.openapi+json;version=3.0").json()
    OpenAPIV30SpecValidator(document).validate()
    assert ITEMS in document["paths"]


def test_core_07_conformance_op(feed: Feed) -> None:
    """/conf/core/conformance-op: /req/core/conformance-op."""
    answer = feed.get("/conformance", accept="application/json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"


def test_core_08_conformance_success(feed: Feed) -> None:
    """/conf/core/conformance-success: /req/core/conformance-success."""
    assert len(set(feed.conforms_to)) == len(feed.conforms_to)
    assert set(feed.conforms_to) == set(ABSTRACT_TESTS)


def test_core_09_fc_md_op(feed: Feed) -> None:
    """/conf/core/fc-md-op: /req/core/fc-md-op."""
    assert feed.get("/collections").status == 200


def test_core_10_fc_md_success(feed: Feed) -> None:
    """/conf/core/fc-md-success: /req/core/fc-md-success, /req/core/crs84."""
    content = feed.json("/collections")
    check_links(content["links"])
    assert all(each["crs"][0] == CRS84 for each in content["collections"])


def test_core_11_fc_md_links(feed: Feed) -> None:
    """/conf/core/fc-md-links: /req/core/fc-md-links."""
    links = feed.json("/collections")["links"]
    check_links(links)
    assert link_to(links, "self") == f"{BASE}/collections"
    page = feed.get(link_to(links, "alternate", "text/html"))
    assert page.headers["content-type"].startswith("text/html")


def test_core_12_fc_md_items(feed: Feed) -> None:
    """/conf/core/fc-md-items: /req/core/fc-md-items."""
    assert set(feed.collections) == COLLECTIONS
    for name, each in feed.collections.items():
        assert each["id"] == name
        assert {"title", "description", "links", "extent", "itemType", "crs"} <= set(each)


def test_core_13_fc_md_items_links(feed: Feed) -> None:
    """/conf/core/fc-md-items-links: /req/core/fc-md-items-links."""
    offered = feed.document["paths"][ITEMS]["get"]["responses"]["200"]["content"]
    for name, each in feed.collections.items():
        check_links(each["links"])
        found = {link["type"]: link["href"] for link in each["links"] if link["rel"] == "items"}
        assert found["application/geo+json"] == f"{BASE}/collections/{name}/items"
        assert set(found) <= {media_type.partition(";")[0] for media_type in offered}
        for media_type, href in found.items():
            answer = feed.get(href)
            assert answer.status == 200
            assert answer.headers["content-type"].partition(";")[0] == media_type


def test_core_14_fc_md_extent(feed: Feed) -> None:
    """/conf/core/fc-md-extent: /req/core/fc-md-extent."""
    for name, each in feed.collections.items():
        [box] = each["extent"]["spatial"]["bbox"]
        assert each["extent"]["spatial"].get("crs", CRS84) == CRS84
        shapes = [shape for shape in map(geometry, features(feed, name)) if shape]
        assert shapely.box(*box).buffer(1e-9).covers(shapely.union_all(shapes))
        times = [own for own in map(days, features(feed, name)) if own]
        assert bool(times) == ("temporal" in each["extent"])
        for own in times:
            [[start, end]] = each["extent"]["temporal"]["interval"]
            first, after = dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
            assert first.date().isoformat() <= own[0]
            assert own[1] < after.date().isoformat() or name == "plan-candidates"


def test_core_15_sfc_md_op(feed: Feed) -> None:
    """/conf/core/sfc-md-op: /req/core/sfc-md-op."""
    for name in feed.collections:
        assert feed.get(f"/collections/{name}", accept="application/json").status == 200
    assert feed.get("/collections/none-such").status == 404


def test_core_16_sfc_md_success(feed: Feed) -> None:
    """/conf/core/sfc-md-success: /req/core/sfc-md-success, /req/core/crs84."""
    for name, each in feed.collections.items():
        assert feed.json(f"/collections/{name}") == each


def test_core_17_fc_op(feed: Feed) -> None:
    """/conf/core/fc-op: /req/core/fc-op."""
    box, day = (19.401, 51.701, 19.409, 51.709), "2026-03-01"
    for name in feed.collections:
        everything = features(feed, name)
        assert everything
        wanted = [
            each["id"] for each in everything if meets(each, (day, day)) and touches(each, box)
        ]
        assert feed.ids(name, bbox=",".join(map(str, box)), datetime=day) == wanted
    assert feed.get("/collections/none-such/items").status == 404


def test_core_18_fc_bbox_definition(feed: Feed) -> None:
    """/conf/core/fc-bbox-definition: /req/core/fc-bbox-definition."""
    found = feed.parameter(ITEMS, "bbox")
    assert (found["in"], found["required"]) == ("query", False)
    assert (found["style"], found["explode"]) == ("form", False)
    schema = found["schema"]
    assert (schema["type"], schema["items"]) == ("array", {"type": "number"})
    assert schema["oneOf"] == [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]


@pytest.mark.parametrize("box", boxes())
def test_core_19_fc_bbox_response(feed: Feed, box: tuple[float, ...]) -> None:
    """/conf/core/fc-bbox-response: /req/core/fc-bbox-response."""
    west, south, east, north = box
    for name in feed.collections:
        wanted = [each["id"] for each in features(feed, name) if touches(each, box)]
        assert feed.ids(name, bbox=f"{west},{south},{east},{north}") == wanted
        assert feed.ids(name, bbox=f"{west},{south},-10,{east},{north},300") == wanted


def test_core_20_fc_limit_definition(feed: Feed) -> None:
    """/conf/core/fc-limit-definition: /req/core/fc-limit-definition."""
    found = feed.parameter(ITEMS, "limit")
    assert (found["in"], found["required"]) == ("query", False)
    assert (found["style"], found["explode"]) == ("form", False)
    assert found["schema"] == {"type": "integer", "minimum": 1, "default": 100}


def test_core_21_fc_limit_response(feed: Feed) -> None:
    """/conf/core/fc-limit-response: /req/core/fc-limit-response."""
    wanted = feed.ids(PAGED)
    pages, found, href = 0, [], f"/collections/{PAGED}/items?limit=7"
    while href:
        page = feed.json(href)
        assert 0 < len(page["features"]) <= 7
        found += [feature["id"] for feature in page["features"]]
        pages += 1
        href = next((each["href"] for each in page["links"] if each["rel"] == "next"), "")
    assert pages == 7
    assert found == wanted
    assert len(feed.page(PAGED)["features"]) <= 100


def test_core_22_fc_time_definition(feed: Feed) -> None:
    """/conf/core/fc-time-definition: /req/core/fc-time-definition."""
    found = feed.parameter(ITEMS, "datetime")
    assert (found["in"], found["required"]) == ("query", False)
    assert (found["style"], found["explode"]) == ("form", False)
    assert found["schema"]["type"] == "string"


@pytest.mark.parametrize("text", INTERVALS)
def test_core_23_fc_time_response(feed: Feed, text: str) -> None:
    """/conf/core/fc-time-response: /req/core/fc-time-response."""
    for name in feed.collections:
        wanted = [each["id"] for each in features(feed, name) if meets(each, INTERVALS[text])]
        assert feed.ids(name, datetime=text) == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "-1"), ("limit", "many"), ("limit", "1.5"),
        ("bbox", "1,2,3"), ("bbox", "1,2,3,north"), ("bbox", "0,50,1,40"), ("bbox", "0,0,0,91"),
        ("datetime", "yesterday"), ("datetime", "2026-02-30"), ("datetime", "../.."),
        ("datetime", "2026-02-02/2026-02-01"), ("datetime", "2026-02-01/2026-02-02/2026-02-03"),
    ],
)  # fmt: skip
def test_core_24_query_param_invalid(feed: Feed, name: str, value: str) -> None:
    """/conf/core/query-param-invalid: /req/core/query-param-invalid."""
    for collection in feed.collections:
        answer = feed.get(f"/collections/{collection}/items", **{name: value})
        assert answer.status == 400
        assert answer.json()["parameter"] == name


def test_core_25_query_param_unknown(feed: Feed) -> None:
    """/conf/core/query-param-unknown: /req/core/query-param-unknown."""
    paths = ["/", "/conformance", "/api", "/collections"]
    for name in feed.collections:
        [fid, *_] = feed.ids(name)
        own = f"/collections/{name}"
        paths += [own, f"{own}/items", f"{own}/items/{quote(fid)}", f"{own}/queryables"]
    for path in paths:
        answer = feed.get(path, unheard="1")
        assert answer.status == 400, path
        assert answer.json()["parameter"] == "unheard"


def test_core_26_fc_response(feed: Feed) -> None:
    """/conf/core/fc-response: /req/core/fc-response."""
    for name in feed.collections:
        page = feed.page(name)
        assert page["type"] == "FeatureCollection"
        assert page["features"]
        assert all(each["type"] == "Feature" for each in page["features"])
    chosen = feed.page(PAGED, period="2026H1", limit="100")["features"]
    assert {each["properties"]["period"] for each in chosen} == {"2026H1"}


def test_core_27_fc_links(feed: Feed) -> None:
    """/conf/core/fc-links: /req/core/fc-links, /req/core/fc-rel-type."""
    content = feed.document["paths"][ITEMS]["get"]["responses"]["200"]["content"]
    aliases = {"application/json", "application/vnd.ogc.fg+json", "application/fg+json"}
    others = {each.partition(";")[0] for each in content} - aliases - {"application/geo+json"}
    for name in feed.collections:
        href = f"{BASE}/collections/{name}/items?limit=3"
        links = feed.json(href)["links"]
        check_links(links)
        assert link_to(links, "self") == href
        found = {each["type"] for each in links if each["rel"] == "alternate"}
        # JSON-FG shares the media type of GeoJSON.
        assert found - {"application/geo+json"} == others


def test_core_28_fc_timestamp(feed: Feed) -> None:
    """/conf/core/fc-timeStamp: /req/core/fc-timeStamp.

    The member is optional. An answer is the same bytes whenever it is asked for, so it cannot say
    when it was made.
    """
    for name in feed.collections:
        for form in ("geojson", "jsonfg"):
            assert "timeStamp" not in feed.page(name, f=form)


def test_core_29_fc_numbermatched(feed: Feed) -> None:
    """/conf/core/fc-numberMatched: /req/core/fc-numberMatched."""
    for name in feed.collections:
        count = len(features(feed, name))
        for limit, offset in (("1", "0"), ("5", "3"), ("100", "1000")):
            assert feed.page(name, limit=limit, offset=offset)["numberMatched"] == count


def test_core_30_fc_numberreturned(feed: Feed) -> None:
    """/conf/core/fc-numberReturned: /req/core/fc-numberReturned."""
    for name in feed.collections:
        for limit, offset in (("1", "0"), ("5", "3"), ("100", "1000")):
            page = feed.page(name, limit=limit, offset=offset)
            assert page["numberReturned"] == len(page["features"])


def test_core_31_f_op(feed: Feed) -> None:
    """/conf/core/f-op: /req/core/f-op."""
    for name in feed.collections:
        for fid in feed.ids(name):
            assert feed.get(f"/collections/{name}/items/{quote(fid)}").status == 200
        assert feed.get(f"/collections/{name}/items/none-such").status == 404


def test_core_32_f_success(feed: Feed) -> None:
    """/conf/core/f-success: /req/core/f-success."""
    for name in feed.collections:
        for each in features(feed, name)[:5]:
            found = feed.json(f"/collections/{name}/items/{quote(each['id'])}")
            check_links(found.pop("links"))
            assert found == each


def test_core_33_f_links(feed: Feed) -> None:
    """/conf/core/f-links: /req/core/f-links."""
    for name in feed.collections:
        [fid, *_] = feed.ids(name)
        href = f"{BASE}/collections/{name}/items/{quote(fid)}"
        links = feed.json(href)["links"]
        assert link_to(links, "self") == href
        assert link_to(links, "collection") == f"{BASE}/collections/{name}"
        page = feed.get(link_to(links, "alternate", "text/html"))
        assert page.status == 200
        assert page.headers["content-type"].startswith("text/html")
