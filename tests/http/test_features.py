"""Collections and features: OGC API – Features Core against what was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import shapely
from asgi_client import HOST, Client
from small_release import EVIL, area_periods, beats

from api.app import create_app
from api.models import (
    CollectionInfo,
    Collections,
    Conformance,
    Feature,
    FeatureCollection,
    Landing,
)
from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asgi_client import Answer

ITEMS = "/collections/area-periods/items"


def target(href: str) -> str:
    """What to ask for to follow a link, which must lead to this server."""
    parts = urlsplit(href)
    assert (parts.scheme, parts.netloc) == ("http", HOST)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page(answer: Answer) -> FeatureCollection:
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return FeatureCollection.model_validate_json(answer.body)


def ids(answer: Answer) -> list[str]:
    found = page(answer)
    assert found.numberReturned == len(found.features)
    return [feature.id for feature in found.features]


def links(found: Any) -> dict[str, str]:
    return {link.rel: link.href for link in found.links}


def test_landing_leads_everywhere(client: Client) -> None:
    landing = Landing.model_validate_json(client.get("/").body)
    assert landing.title == "Rewir: Nine"
    wanted = {
        "self", "service-desc", "service-doc", "conformance", "data", "alternate", "related",
        "version-history", "describedby",
    }  # fmt: skip
    assert {link.rel for link in landing.links} == wanted
    for link in landing.links:
        answer = client.get(target(link.href), accept=link.type or "*/*")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith((link.type or "").partition(";")[0])


def test_conformance_names_what_is_met(client: Client) -> None:
    classes = Conformance.model_validate_json(client.get("/conformance").body).conformsTo
    names = [name.removeprefix("http://www.opengis.net/spec/") for name in classes]
    assert names[:2] == ["ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/geojson"]
    assert len(set(names)) == len(names)


def test_collections_describe_themselves(client: Client) -> None:
    found = Collections.model_validate_json(client.get("/collections").body)
    assert [c.id for c in found.collections] == [
        "beats", "komisariaty", "area-periods", "hotspot-cells", "hotspot-areas",
        "plan-candidates",
    ]  # fmt: skip
    for info in found.collections:
        one = client.get(target(links(info)["self"]))
        assert CollectionInfo.model_validate_json(one.body) == info
        assert client.get(target(links(info)["items"])).status == 200
        assert info.crs[0] == info.storageCrs == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        assert {crs.rpartition("/")[2] for crs in info.crs[1:]} == {"4326", "2180", "2177"}
        assert info.extent.spatial is not None
        north = {"hotspot-cells": (19.432, 51.712), "hotspot-areas": (19.432, 51.712)}
        assert info.extent.spatial.bbox == [[19.4, 51.7, *north.get(info.id, (19.43, 51.73))]]


def test_time_of_a_collection(client: Client) -> None:
    info = CollectionInfo.model_validate_json(client.get("/collections/area-periods").body)
    assert info.extent.temporal is not None
    assert info.extent.temporal.interval == [
        ["2025-08-01T00:00:00+02:00", "2026-08-01T00:00:00+02:00"]
    ]
    beats_ = CollectionInfo.model_validate_json(client.get("/collections/beats").body)
    assert (beats_.extent.temporal, beats_.level, beats_.status) == (None, "beat", "approximate")


@pytest.mark.parametrize(
    ("headers", "query", "title", "language"),
    [
        ({}, "", "beats in English", "en"),
        ({"accept-language": "pl-PL,pl;q=0.9,en;q=0.8"}, "", "beats po polsku", "pl"),
        ({"accept-language": "de,en;q=0.2,pl;q=0.3"}, "", "beats po polsku", "pl"),
        ({"accept-language": "pl"}, "?lang=en", "beats in English", "en"),
        ({"accept-language": "xx, ;;;=,*"}, "", "beats in English", "en"),
    ],
)
def test_titles_in_the_language_asked_for(
    client: Client, headers: dict[str, str], query: str, title: str, language: str
) -> None:
    answer = client.get(f"/collections/beats{query}", **headers)
    assert answer.json()["title"] == title
    assert answer.headers["content-language"] == language


def test_features_are_geojson(client: Client) -> None:
    """RFC 7946: no crs member, exterior rings counter-clockwise, null where there is no place."""
    answer = client.get("/collections/beats/items")
    found = page(answer)
    assert "crs" not in answer.json()
    for feature, (fid, properties, shape) in zip(found.features, beats(), strict=True):
        assert (feature.id, feature.properties) == (fid, properties)
        assert feature.geometry is not None
        read = shapely.from_geojson(feature.geometry.model_dump_json())
        assert read.equals(shape)
        assert read.exterior.is_ccw
    unassigned = client.get(f"{ITEMS}/beat.unassigned.2026H1.all")
    assert Feature.model_validate_json(unassigned.body).geometry is None


def test_pages_are_walked_by_their_links(client: Client) -> None:
    walked, where, last = [], f"{ITEMS}?limit=7&level=beat", ""
    while where:
        answer = client.get(where)
        found = page(answer)
        walked += ids(answer)
        assert found.numberMatched == 40
        last, where = where, target(links(found)["next"]) if "next" in links(found) else ""
    wanted = [fid for fid, p, _ in area_periods() if p["level"] == "beat"]
    assert walked == wanted
    before = page(client.get(last))
    assert ids(client.get(target(links(before)["prev"]))) == wanted[28:35]
    assert ids(client.get(target(links(before)["self"]))) == wanted[35:]


def test_next_is_there_only_while_there_is_more(client: Client) -> None:
    assert "next" not in links(page(client.get(f"{ITEMS}?limit=48")))
    assert "next" in links(page(client.get(f"{ITEMS}?limit=47")))
    assert "prev" not in links(page(client.get(ITEMS)))
    assert ids(client.get(f"{ITEMS}?offset=1000000000000000000")) == []


def test_limit_above_the_most_is_the_most(store: Path, client: Client) -> None:
    small = Client(create_app(Settings(store=str(store), max_limit=3)))
    assert page(small.get(f"{ITEMS}?limit=1000")).numberReturned == 3
    assert "limit=3" in links(page(small.get(f"{ITEMS}?limit=1000")))["next"]
    assert page(client.get(ITEMS)).numberReturned == 48


def test_a_file_holds_all_unless_a_limit_is_given(store: Path) -> None:
    small = Client(create_app(Settings(store=str(store), max_limit=3, max_file_rows=7)))
    whole = Client(create_app(Settings(store=str(store), max_limit=3)))
    for form in ("csv", "geojsonseq", "fgb", "gpkg", "parquet", "xlsx"):
        for query, client, returned in (
            ("", whole, 48), ("&offset=40", whole, 8), ("", small, 7), ("&limit=1000", whole, 3),
        ):  # fmt: skip
            answer = client.get(f"{ITEMS}?f={form}{query}")
            assert answer.headers["ogc-numberreturned"] == str(returned), (form, query)
    assert 'limit=7&offset=7>; rel="next"' in small.get(f"{ITEMS}?f=csv").headers["link"]


def test_a_page_leads_to_whole_files(client: Client) -> None:
    text = client.get(f"{ITEMS}?f=html&level=beat&limit=5&offset=5").text.replace("&amp;", "&")
    assert f'href="{ITEMS}?level=beat&f=csv"' in text
    assert f'href="{ITEMS}?level=beat&limit=5&offset=5&f=geojson"' in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("period=2026H1&category_group=traffic",
         lambda p: (p["period"], p["category_group"]) == ("2026H1", "traffic")),
        ("n_reports=7", lambda p: p["n_reports"] == 7),
        ("low_information=true&level=beat",
         lambda p: p["low_information"] and p["level"] == "beat"),
        ("area_name=%3Cscript%3Ealert(1)%3C%2Fscript%3E", lambda p: p["area_name"] == EVIL),
        ("area_name=%F0%9F%9A%93", lambda _: False),
        ("datetime=2026-01-31", lambda p: p["period"] == "2025H2"),
        ("datetime=2026-01-31T22:59:59Z", lambda p: p["period"] == "2025H2"),
        ("datetime=2026-01-31T23:00:00Z", lambda p: p["period"] == "2026H1"),
        ("datetime=2026-02-01T00:00:00%2B01:00/..", lambda p: p["period"] == "2026H1"),
        ("datetime=/2026-01-31", lambda p: p["period"] == "2025H2"),
        ("datetime=2026-01-31/2026-02-01", lambda _: True),
        ("datetime=0001-01-01/9999-12-31", lambda _: True),
        ("datetime=2030-01-01/", lambda _: False),
    ],
)  # fmt: skip
def test_filters_equal_brute_force(
    client: Client, query: str, expected: Callable[[Any], bool]
) -> None:
    wanted = [fid for fid, properties, _ in area_periods() if expected(properties)]
    assert ids(client.get(f"{ITEMS}?{query}")) == wanted


@pytest.mark.parametrize(
    ("bbox", "boxes"),
    [
        ("19.405,51.705,19.406,51.706", [(19.405, 51.705, 19.406, 51.706)]),
        ("19.405,51.705,-5,19.406,51.706,9000", [(19.405, 51.705, 19.406, 51.706)]),
        ("19.41,51.71,19.41,51.71", [(19.41, 51.71, 19.41, 51.71)]),
        ("170,51,19.405,52", [(170, 51, 180, 52), (-180, 51, 19.405, 52)]),
        ("0,0,1,1", [(0, 0, 1, 1)]),
    ],
)
def test_boxes_equal_brute_force(
    client: Client, bbox: str, boxes: list[tuple[float, float, float, float]]
) -> None:
    """What has no place matches every box."""
    wanted = [
        fid
        for fid, _, shape in area_periods()
        if shape is None or any(shape.intersects(shapely.box(*box)) for box in boxes)
    ]
    assert ids(client.get(f"{ITEMS}?bbox={bbox}")) == wanted


def test_features_without_time_match_every_time(client: Client) -> None:
    assert len(ids(client.get("/collections/beats/items?datetime=1999-01-01"))) == 9


def test_geometry_can_be_left_out(client: Client) -> None:
    with_, without = (
        client.get(f"/collections/beats/items?skipGeometry={flag}").json()
        for flag in ("false", "true")
    )
    assert all(feature["geometry"] is None for feature in without["features"])
    assert [f["properties"] for f in with_["features"]] == [
        f["properties"] for f in without["features"]
    ]


def test_one_feature(client: Client) -> None:
    answer = client.get("/collections/beats/items/S-5")
    feature = Feature.model_validate_json(answer.body)
    assert feature.properties["name"] == EVIL
    assert answer.headers["content-type"] == "application/geo+json"
    found = links(feature)
    assert client.get(target(found["self"])).json() == answer.json()
    assert client.get(target(found["collection"])).json()["id"] == "beats"


def test_map_of_a_collection_keeps_the_choice(client: Client) -> None:
    found = page(client.get(f"{ITEMS}?period=2025H2&level=komisariat&limit=1"))
    where = target(links(found)["alternate"])
    assert where == "/maps/areas?period=2025H2&level=komisariat"
    assert client.get(where, accept="text/html").status == 200
    spots = page(client.get("/collections/hotspot-areas/items?category_group=all"))
    assert target(links(spots)["alternate"]) == "/maps/hotspots?category_group=all"


@pytest.mark.parametrize(
    ("accept", "f", "media_type"),
    [
        ("", "", "application/geo+json"),
        ("*/*", "", "application/geo+json"),
        ("application/json", "", "application/json"),
        ("application/*;q=0.5", "", "application/geo+json"),
        ("text/html;q=0.7,application/xhtml+xml,*/*;q=0.8", "", "application/geo+json"),
        ("application/geo+json;q=0.1, application/json", "", "application/json"),
        ("text/html", "f=json", "application/geo+json"),
        ("text/html", "f=geojson", "application/geo+json"),
        (";;;,q=,/", "", "application/geo+json"),
    ],
)
def test_format_by_parameter_and_header(
    client: Client, accept: str, f: str, media_type: str
) -> None:
    answer = client.get(f"/collections/beats/items?{f}", accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, media_type)
    assert json.loads(answer.body)["numberMatched"] == 9


def test_links_follow_the_name_the_client_knows(client: Client) -> None:
    body = client.get("/collections/beats/items?limit=1", host="map.example:8443").json()
    assert all(link["href"].startswith("http://map.example:8443/") for link in body["links"])
