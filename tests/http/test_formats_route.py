"""Formats and coordinate systems over HTTP: `f`, `Accept`, `crs`, `bbox-crs`."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import Transformer
from small_release import EAST, NORTH, SOUTH, STEP, WEST, beats

from geo.formats.coordinates import CRS84, SERVED_CRS
from geo.formats.extract import Extract
from geo.formats.registry import FORMATS
from geo.release.reader import open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asgi_client import Answer, Client

    from geo.release.reader import Release

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ITEMS = "/collections/area-periods/items"
BEATS = "/collections/beats/items"
FILES = [name for name in FORMATS if name not in {"geojson", "jsonfg"}]


@pytest.fixture(scope="module")
def release(store: Path) -> Release:
    return open_current(Folder.open(store), face="public")


def read_ids(name: str, body: bytes) -> list[str]:
    """Ids of the features, read by a reader of the format."""
    readers: dict[str, Callable[[bytes], list[str]]] = {
        "geojson": lambda b: [f["id"] for f in json.loads(b)["features"]],
        "jsonfg": lambda b: [f["id"] for f in json.loads(b)["features"]],
        "geojsonseq": lambda b: [json.loads(r)["id"] for r in b.split(b"\x1e")[1:]],
        "csv": lambda b: [row["fid"] for row in csv.DictReader(io.StringIO(b.decode()))],
        "xlsx": lambda b: [
            str(row[0]) for row in openpyxl.load_workbook(io.BytesIO(b)).worksheets[0].values
        ][1:],
        "parquet": lambda b: pq.read_table(io.BytesIO(b)).column("fid").to_pylist(),
    }
    read = readers.get(name, _ids_of_file)
    return read(body)


def _ids_of_file(body: bytes) -> list[str]:
    suffix = ".gpkg" if body.startswith(b"SQLite") else ".fgb"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(body)
        file.flush()
        ids: list[str] = pyogrio.read_dataframe(file.name, read_geometry=False)["fid"].tolist()
        return ids


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_has_the_same_page(client: Client, name: str) -> None:
    query = "level=beat&limit=7&offset=3&sortby=-n_reports"
    wanted = [f["id"] for f in client.get(f"{ITEMS}?{query}").json()["features"]]
    answer = client.get(f"{ITEMS}?{query}&f={name}")
    assert answer.status == 200
    assert answer.headers["content-type"] == FORMATS[name].media_type
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert read_ids(name, answer.body) == wanted


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("crs", SERVED_CRS)
def test_the_body_is_what_the_library_writes(
    client: Client, release: Release, name: str, crs: str
) -> None:
    answer = client.get(f"{BEATS}?f={name}&crs={crs}")
    layer = release.collections["beats"]
    content = b"".join(FORMATS[name].write(Extract.whole(release, layer, crs=crs)))
    assert answer.headers["content-crs"] == f"<{crs}>"
    if name in {"geojson", "jsonfg"}:
        ours, theirs = answer.json(), json.loads(content)
        assert ours["features"] == theirs["features"]
        assert ours["numberMatched"] == ours["numberReturned"] == 9
        assert theirs.keys() <= ours.keys()
    else:
        assert answer.body == content


def test_accept_asks_for_a_format(client: Client) -> None:
    for name, entry in FORMATS.items():
        bare = entry.media_type.partition(";")[0]
        for asked in (bare, *entry.accepts):
            answer = client.get(f"{BEATS}?limit=2", accept=f"image/png, {asked};q=0.5")
            got = answer.headers["content-type"].partition(";")[0]
            assert got == asked
            # Who asks for the media type that both have, gets GeoJSON.
            read_as = "geojson" if asked == FORMATS["geojson"].media_type else name
            assert len(read_ids(read_as, answer.body)) == 2
    assert "conformsTo" in client.get(BEATS, accept="application/vnd.ogc.fg+json").json()
    assert "conformsTo" not in client.get(BEATS, accept="application/geo+json").json()
    answer = client.get(BEATS, accept="image/png")
    assert answer.status == 406
    assert "text/csv" in str(answer.json()["allowed"])
    # What is named counts, whatever is accepted.
    assert client.get(f"{BEATS}?f=csv", accept="image/png").status == 200


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_in_headers_what_it_has_no_room_for(client: Client, name: str) -> None:
    answer = client.get(f"{ITEMS}?level=beat&f={name}&limit=5&offset=5")
    assert answer.headers["ogc-numbermatched"] == str(
        client.get(f"{ITEMS}?level=beat").json()["numberMatched"]
    )
    assert answer.headers["ogc-numberreturned"] == "5"
    suffix = FORMATS[name].suffixes[0]
    disposition = f'attachment; filename="area-periods{suffix}"'
    assert answer.headers["content-disposition"] == disposition
    told = re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["link"])
    links = {rel: href.removeprefix("http://rewir.test") for href, rel in told}
    following = client.get(links["next"])
    assert following.headers["content-type"] == FORMATS[name].media_type
    page = f"{ITEMS}?level=beat&limit=5&offset=10"
    assert read_ids(name, following.body) == read_ids("geojson", client.get(page).body)
    assert {"self", "prev", "alternate", "collection"} <= set(links)


def test_json_leads_to_every_other_format(client: Client) -> None:
    for own in ("geojson", "jsonfg"):
        answer = client.get(f"{ITEMS}?period=2026H1&limit=3&f={own}").json()
        leads = {
            link["type"]: link["href"].removeprefix("http://rewir.test")
            for link in answer["links"]
            if link["rel"] == "alternate" and "/items" in link["href"]
        }
        wanted = {e.media_type.partition(";")[0] for n, e in FORMATS.items() if n != own}
        assert wanted <= set(leads)
        for media_type in wanted:
            other = client.get(leads[media_type])
            assert other.headers["content-type"].partition(";")[0] == media_type
            name = leads[media_type].rpartition("f=")[2]
            assert len(read_ids(name, other.body)) == 3
    info = client.get("/collections/beats").json()
    items = {link["type"] for link in info["links"] if link["rel"] == "items"}
    assert items >= {e.media_type.partition(";")[0] for e in FORMATS.values()}


def test_json_fg_names_its_profile(client: Client) -> None:
    answer = client.get(f"{BEATS}?f=jsonfg")
    profile = "http://www.opengis.net/def/profile/OGC/0/jsonfg"
    assert answer.headers["link"] == f'<{profile}>; rel="profile"'
    assert answer.headers["content-type"] == "application/geo+json"
    assert "ogc-numbermatched" not in answer.headers


@pytest.mark.parametrize("crs", SERVED_CRS)
@pytest.mark.parametrize("name", ["geojson", "jsonfg"])
def test_one_feature_in_any_system(client: Client, name: str, crs: str) -> None:
    answer = client.get(f"{BEATS}/S-5?f={name}&crs={crs}")
    feature = answer.json()
    assert answer.headers["content-crs"] == f"<{crs}>"
    shape = shapely.from_geojson(json.dumps(feature["geometry"] or feature["place"]))
    degrees = next(s for fid, _, s in beats() if fid == "S-5")
    expected = shapely.get_coordinates(degrees)
    if crs != CRS84:
        code = crs.replace(EPSG, "EPSG:")
        expected = np.column_stack(Transformer.from_crs("OGC:CRS84", code).transform(*expected.T))
    near = np.abs(shapely.get_coordinates(shape.normalize()) - shapely.get_coordinates(
        shapely.Polygon(expected).normalize()))  # fmt: skip
    assert near.max() < 0.001
    assert feature["links"]
    if name == "jsonfg":
        assert feature["featureType"] == "beats"
        assert ("coordRefSys" in feature) == (crs != CRS84)


@pytest.mark.parametrize("crs", SERVED_CRS)
def test_a_box_in_any_system(client: Client, crs: str) -> None:
    """The middle of beat S-5, a hundred metres wide, touches S-5 alone."""
    x, y = WEST + 1.5 * STEP, SOUTH + 1.5 * STEP
    corners = np.array([[x - 0.001, x + 0.001], [y - 0.001, y + 0.001]])
    if crs != CRS84:
        code = crs.replace(EPSG, "EPSG:")
        corners = np.array(Transformer.from_crs("OGC:CRS84", code).transform(*corners))
    box = ",".join(f"{v:.7f}" for v in corners.T.ravel())
    found = client.get(f"{BEATS}?bbox={box}&bbox-crs={crs}").json()
    assert [f["id"] for f in found["features"]] == ["S-5"]
    low, high = corners.T
    tall = ",".join(f"{v:.7f}" for v in (*low, -5, *high, 5))
    assert client.get(f"{BEATS}?bbox={tall}&bbox-crs={crs}").json()["numberMatched"] == 1


def test_a_box_of_the_whole_country_holds_all(client: Client) -> None:
    for code in (2180, 2177):
        for box in ("-1e9,-1e9,1e9,1e9", "0,0,10000000,10000000"):
            answer = client.get(f"{BEATS}?bbox={box}&bbox-crs={EPSG}{code}")
            assert answer.json()["numberMatched"] == 9, (code, box)
        far = client.get(f"{BEATS}?bbox=9e6,9e6,9.1e6,9.1e6&bbox-crs={EPSG}{code}")
        assert far.json()["numberMatched"] == 0


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("crs=http://www.opengis.net/def/crs/EPSG/0/3857", "crs"),
        ("crs=", "crs"),
        ("bbox-crs=EPSG:9999", "bbox-crs"),
        ("f=shapefile", "f"),
        (f"bbox=5,5,1,9&bbox-crs={EPSG}2180", "bbox"),
        (f"bbox=5,9,6,5&bbox-crs={EPSG}2180", "bbox"),
        (f"bbox=91,5,92,9&bbox-crs={EPSG}4326", "bbox"),
        (f"bbox=1,2,3&bbox-crs={EPSG}2180", "bbox"),
        (f"bbox=1e999,2,3e999,4&bbox-crs={EPSG}2180", "bbox"),
    ],
)
def test_what_cannot_be_used_is_named(client: Client, query: str, parameter: str) -> None:
    answer = client.get(f"{BEATS}?{query}")
    assert answer.status == 400
    assert answer.json()["parameter"] == parameter


def test_a_longitude_may_cross_the_antimeridian(client: Client) -> None:
    west = f"{EAST + 1},{SOUTH},{WEST + STEP},{NORTH}"
    swapped = f"{SOUTH},{EAST + 1},{NORTH},{WEST + STEP}"
    plain = client.get(f"{BEATS}?bbox={west}").json()["numberMatched"]
    assert 0 < plain < 9
    other = client.get(f"{BEATS}?bbox={swapped}&bbox-crs={EPSG}4326").json()["numberMatched"]
    assert other == plain


@pytest.mark.parametrize("name", FORMATS)
def test_parts_are_left_out_in_every_format(client: Client, name: str) -> None:
    query = "properties=n_reports,period&skipGeometry=true&limit=3"
    answer = client.get(f"{ITEMS}?{query}&f={name}")
    assert answer.status == 200
    ids = [f["id"] for f in client.get(f"{ITEMS}?limit=3").json()["features"]]
    assert read_ids(name, answer.body) == ids
    assert b"category_group" not in answer.body.partition(b'"links"')[0] or name == "xlsx"
    if name == "parquet":
        names = pq.read_table(io.BytesIO(answer.body)).column_names
        assert names == ["fid", "period", "n_reports", "geometry", "bbox"]


@pytest.mark.parametrize("name", FORMATS)
def test_an_answer_is_found_again(client: Client, name: str) -> None:
    target = f"{BEATS}?f={name}"
    first = client.get(target)
    again = client.get(target, if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    head = client.ask("HEAD", target)
    assert head.body == b""
    assert head.headers["content-length"] == str(len(first.body))
    others = {client.get(f"{BEATS}?f={other}").headers["etag"] for other in FORMATS}
    assert len(others) == len(FORMATS)


def test_the_standard_is_named(client: Client) -> None:
    conforms: list[Any] = client.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in conforms


def test_gdal_opens_what_was_served(client: Client, tmp_path: Path) -> None:
    for name in FORMATS:
        path = tmp_path / f"beats{FORMATS[name].suffixes[0]}"
        answer: Answer = client.get(f"{BEATS}?f={name}&crs={EPSG}4326")
        path.write_bytes(answer.body)
        frame = (
            gpd.read_parquet(path)
            if name == "parquet"
            else gpd.read_file(path, **({"layer": "beats"} if name == "xlsx" else {}))
        )
        assert len(frame) == 9
