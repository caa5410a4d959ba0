"""OGC API – Features, Part 2 (18-058r1), annex A: coordinate systems by reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from ogc import EVERYTHING
from pyproj import Transformer

if TYPE_CHECKING:
    from ogc import Feed

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"
KNOWN = {f"{EPSG}/4326": "EPSG:4326", f"{EPSG}/2180": "EPSG:2180", f"{EPSG}/2177": "EPSG:2177"}
"""URI to the name by which pyproj knows the same system, axes in the order of its authority."""
EVERY = [CRS84, *KNOWN]
TOLERANCE = {"EPSG:4326": 1e-7, "EPSG:2180": 0.01, "EPSG:2177": 0.01}
ITEMS = "/collections/{collectionId}/items"


def official(uri: str) -> Transformer:
    """From the official axes of a system to longitude and latitude."""
    return Transformer.from_crs(KNOWN[uri], "OGC:CRS84")


def to_degrees(geometry: Any, uri: str) -> shapely.Geometry:
    turn = official(uri)

    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(shapely.geometry.shape(geometry), move)


def same_place(there: Any, here: Any, uri: str) -> bool:
    """Whether two geometries match: to 1 cm, which is 1.5e-7 degrees at most."""
    if here is None or there is None:
        return here is there
    moved = to_degrees(there, uri)
    return bool(shapely.equals_exact(moved, shapely.geometry.shape(here), tolerance=1.5e-7))


def test_crs_01_crs_uri(feed: Feed) -> None:
    """/conf/crs/crs-uri: /req/crs/crs-uri, /req/crs/fc-md-crs-list, /req/crs/fc-md-storageCrs."""
    for name, each in feed.collections.items():
        one = feed.json(f"/collections/{name}")
        assert one["crs"] == each["crs"] == EVERY
        for uri in [*each["crs"], each["storageCrs"]]:
            assert re.fullmatch(r"http://www\.opengis\.net/def/crs/(OGC/1\.3|EPSG/0)/\w+", uri)


def test_crs_02_default_crs(feed: Feed) -> None:
    """/conf/crs/default-crs: /req/crs/fc-md-crs-list."""
    for name, each in feed.collections.items():
        assert CRS84 in each["crs"]
        assert CRS84 in feed.json(f"/collections/{name}")["crs"]


def test_crs_03_storagecrs(feed: Feed) -> None:
    """/conf/crs/storageCrs: /req/crs/fc-md-storageCrs-valid-value."""
    for name, each in feed.collections.items():
        assert each["storageCrs"] in each["crs"]
        assert feed.json(f"/collections/{name}")["storageCrs"] in each["crs"]


@pytest.mark.parametrize("form", ["geojson", "jsonfg"])
def test_crs_04_crs_parameter(feed: Feed, form: str) -> None:
    """/conf/crs/crs-parameter: /req/crs/fc-crs-definition, /req/crs/ogc-crs-header."""
    for path in (ITEMS, f"{ITEMS}/{{featureId}}"):
        found = feed.parameter(path, "crs")
        assert (found["in"], found["required"], found["style"]) == ("query", False, "form")
        assert found["schema"]["type"] == "string"
        assert set(found["schema"]["enum"]) == set(EVERY)
    for name, each in feed.collections.items():
        [fid, *_] = feed.ids(name)
        for uri in each["crs"]:
            for path in (f"/collections/{name}/items", f"/collections/{name}/items/{quote(fid)}"):
                answer = feed.get(path, crs=uri, f=form)
                assert answer.status == 200
                assert answer.headers["content-crs"] == f"<{uri}>"
                assert answer.headers["content-type"] == "application/geo+json"
                assert answer.json()["type"] in {"Feature", "FeatureCollection"}


@pytest.mark.parametrize(
    "value", ["http://www.opengis.net/def/crs/EPSG/0/3857", "none", CRS84[:-1]]
)
def test_crs_05_crs_parameter_invalid(feed: Feed, value: str) -> None:
    """/conf/crs/crs-parameter-invalid: /req/crs/fc-crs-valid-value."""
    for name in feed.collections:
        [fid, *_] = feed.ids(name)
        for path in (f"/collections/{name}/items", f"/collections/{name}/items/{quote(fid)}"):
            answer = feed.get(path, crs=value)
            assert answer.status == 400
            assert answer.json()["parameter"] == "crs"


def test_crs_06_crs_parameter_default(feed: Feed) -> None:
    """/conf/crs/crs-parameter-default: /req/crs/fc-crs-default-value, /req/crs/ogc-crs-header."""
    assert feed.parameter(ITEMS, "crs")["schema"]["default"] == CRS84
    for name in feed.collections:
        [fid, *_] = feed.ids(name)
        for path in (f"/collections/{name}/items", f"/collections/{name}/items/{quote(fid)}"):
            plain, named = feed.get(path), feed.get(path, crs=CRS84)
            assert plain.headers["content-crs"] == named.headers["content-crs"] == f"<{CRS84}>"
            here, there = plain.json(), named.json()
            assert here.pop("links") != there.pop("links")  # each leads to itself
            assert here == there


@pytest.mark.parametrize("uri", KNOWN)
def test_crs_07_crs_parameter_transform(feed: Feed, uri: str) -> None:
    """/conf/crs/crs-parameter-transform: /req/crs/fc-crs-action."""
    for name in feed.collections:
        here = feed.page(name, limit=EVERYTHING)["features"]
        there = feed.page(name, limit=EVERYTHING, crs=uri)["features"]
        placed = feed.page(name, limit=EVERYTHING, crs=uri, f="jsonfg")["features"]
        assert [each["id"] for each in there] == [each["id"] for each in here]
        for a, b, c in zip(here, there, placed, strict=True):
            assert same_place(b["geometry"], a["geometry"], uri)
            assert same_place(c["place"], a["geometry"], uri)
            assert c["geometry"] is None
        path = f"/collections/{name}/items/{quote(here[0]['id'])}"
        assert same_place(feed.json(path, crs=uri)["geometry"], here[0]["geometry"], uri)


@pytest.mark.parametrize("uri", KNOWN)
def test_crs_08_bbox_crs_parameter(feed: Feed, uri: str) -> None:
    """/conf/crs/bbox-crs-parameter: /req/crs/fc-bbox-crs-definition, /req/crs/bbox-crs-action."""
    found = feed.parameter(ITEMS, "bbox-crs")
    assert (found["in"], found["required"], found["style"]) == ("query", False, "form")
    assert set(found["schema"]["enum"]) == set(EVERY)
    west, south, east, north = 19.4052, 51.7052, 19.4148, 51.7148
    back = Transformer.from_crs("OGC:CRS84", KNOWN[uri])
    corners = shapely.box(west, south, east, north).exterior.coords
    a, b = np.array([back.transform(x, y) for x, y in corners]).T
    box = f"{a.min():.7f},{b.min():.7f},{a.max():.7f},{b.max():.7f}"
    some = 0
    for name in feed.collections:
        wanted = feed.ids(name, bbox=f"{west},{south},{east},{north}")
        assert feed.ids(name, bbox=box, bbox_crs=uri) == wanted
        some += 0 < len(wanted) < feed.collections[name]["count"]
    assert some


@pytest.mark.parametrize("value", ["http://www.opengis.net/def/crs/EPSG/0/3857", "none"])
def test_crs_09_bbox_crs_parameter_invalid(feed: Feed, value: str) -> None:
    """/conf/crs/bbox-crs-parameter-invalid: /req/crs/fc-bbox-crs-valid-values."""
    for name in feed.collections:
        answer = feed.get(f"/collections/{name}/items", bbox="19,51,20,52", bbox_crs=value)
        assert answer.status == 400
        assert answer.json()["parameter"] == "bbox-crs"


def test_crs_10_bbox_crs_parameter_default(feed: Feed) -> None:
    """/conf/crs/bbox-crs-parameter-default: /req/crs/fc-bbox-crs-default-value."""
    box = "19.4052,51.7052,19.4148,51.7148"
    for name in feed.collections:
        assert feed.ids(name, bbox=box) == feed.ids(name, bbox=box, bbox_crs=CRS84)
