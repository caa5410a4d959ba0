"""geopandas and pandas read the feed, in every format and coordinate system."""

from __future__ import annotations

import io
import json
import math
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from pyproj import Transformer
from watched_server import fetch

from geo.formats.coordinates import SERVED_CRS
from geo.formats.registry import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watched_server import Watched

ITEMS = "/collections/area-periods/items"
QUERY = "level=beat&period=2026H1&category_group=all&sortby=-n_reports"
NUMBERS = ["n_reports", "rate_per_1000", "smr", "funnel_class", "suppressed", "note"]
URI = {name.partition(":")[2]: uri for uri, name in SERVED_CRS.items() if "EPSG" in uri}


@pytest.fixture(scope="module")
def wanted(said: Callable[[str], Any]) -> list[Any]:
    """The features that every format must give, in their order."""
    features: list[Any] = said(f"{ITEMS}?{QUERY}")["features"]
    assert len(features) == 10
    return features


@pytest.fixture(scope="module")
def address(port: int) -> str:
    """Where they are; formats and systems are added to it."""
    return f"http://127.0.0.1:{port}{ITEMS}?{QUERY}"


def same_rows(frame: pd.DataFrame, features: list[Any], *, ids: str = "fid") -> None:
    """The same features in the same order with the same values, nulls where they are."""
    assert frame[ids].tolist() == [feature["id"] for feature in features]
    for name in NUMBERS:
        for ours, theirs in zip(features, frame[name], strict=True):
            value = ours["properties"][name]
            if value is None:
                assert pd.isna(theirs), name
            elif isinstance(value, str):
                assert theirs == value, name
            else:
                assert math.isclose(theirs, value, rel_tol=1e-12), name


def same_places(frame: gpd.GeoDataFrame, features: list[Any], *, code: str) -> None:
    """Every corner within a centimetre, or a ten-millionth of a degree, of where pyproj puts it."""
    turn = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    for feature, shape in zip(features, frame.geometry, strict=True):
        if feature["geometry"] is None:
            assert shape is None or shape.is_empty
            continue
        degrees = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"])))
        expected = np.column_stack(turn.transform(*degrees.T))
        off = np.abs(shapely.get_coordinates(shape) - expected).max()
        assert off < (1e-7 if code == "4326" else 0.01)


@pytest.mark.parametrize("code", URI)
@pytest.mark.parametrize("form", ["jsonfg", "fgb"])
def test_geopandas_by_address(address: str, wanted: list[Any], form: str, code: str) -> None:
    frame = gpd.read_file(f"{address}&f={form}&crs={URI[code]}")
    assert frame.crs.to_epsg() == int(code)
    same_rows(frame, wanted, ids="id" if form == "jsonfg" else "fid")
    same_places(frame, wanted, code=code)


@pytest.mark.parametrize("form", ["geojson", "geojsonseq"])
def test_geojson_is_read_in_degrees(address: str, wanted: list[Any], form: str) -> None:
    frame = gpd.read_file(f"{address}&f={form}")
    assert frame.crs.to_epsg() == 4326
    same_rows(frame, wanted, ids="id")
    same_places(frame, wanted, code="4326")


@pytest.mark.parametrize("code", URI)
def test_geopackage_as_a_file(address: str, wanted: list[Any], tmp_path: Path, code: str) -> None:
    path = tmp_path / "beats.gpkg"
    path.write_bytes(fetch(f"{address}&f=gpkg&crs={URI[code]}")[0])
    frame = gpd.read_file(path)
    assert frame.crs.to_epsg() == int(code)
    same_rows(frame, wanted)
    same_places(frame, wanted, code=code)


@pytest.mark.parametrize("code", URI)
def test_geoparquet(address: str, wanted: list[Any], code: str) -> None:
    frame = gpd.read_parquet(io.BytesIO(fetch(f"{address}&f=parquet&crs={URI[code]}")[0]))
    assert frame.crs.to_epsg() == int(code)
    same_rows(frame, wanted)
    same_places(frame, wanted, code=code)


@pytest.mark.parametrize("code", URI)
def test_csv_with_points_inside_the_shapes(address: str, wanted: list[Any], code: str) -> None:
    frame = pd.read_csv(f"{address}&f=csv&crs={URI[code]}")
    same_rows(frame, wanted)
    x, y = ("lon", "lat") if code == "4326" else ("easting", "northing")
    back = Transformer.from_crs(f"EPSG:{code}", "OGC:CRS84", always_xy=True)
    places = np.column_stack(back.transform(frame[x], frame[y]))
    for feature, place in zip(wanted, places, strict=True):
        shape = feature["geometry"] and shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape is None or shapely.contains(shape, shapely.Point(place))


def test_csv_with_shapes(port: int, said: Callable[[str], Any]) -> None:
    """A collection in which every shape stands once has it as text, north first in metres."""
    beats = said("/collections/beats/items")["features"]
    frame = pd.read_csv(f"http://127.0.0.1:{port}/collections/beats/items?f=csv&crs={URI['2180']}")
    north_first = shapely.from_wkt(frame["wkt"])
    shapes = shapely.transform(north_first, lambda corners: corners[:, ::-1])
    same_places(gpd.GeoDataFrame(frame, geometry=shapes), beats, code="2180")


def test_xlsx(address: str, wanted: list[Any]) -> None:
    content = io.BytesIO(fetch(f"{address}&f=xlsx")[0])
    same_rows(pd.read_excel(content), wanted)
    book = openpyxl.load_workbook(content)
    assert len(book.sheetnames) == 2
    about = "\n".join(str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row)
    assert "simulated" in about


def test_every_format_was_read() -> None:
    """Whoever adds a format, adds its client here."""
    read = {"geojson", "geojsonseq", "jsonfg", "csv", "xlsx", "fgb", "gpkg", "parquet"}
    assert set(FORMATS) == read


def test_json_fg_names_its_system(said: Callable[[str], Any]) -> None:
    for uri in URI.values():
        answer = said(f"/collections/beats/items?f=jsonfg&crs={uri}")
        assert answer["coordRefSys"] == uri
        for feature in answer["features"]:
            assert feature["geometry"] is None
            assert feature["place"]["type"] == "Polygon"
    plain = said("/collections/beats/items?f=jsonfg")
    assert "coordRefSys" not in plain
    assert all(feature["place"] is None for feature in plain["features"])


def test_pages_of_a_file_follow_each_other(feed: Watched, said: Callable[[str], Any]) -> None:
    """What has no room for links has them in its headers."""
    target, frames = f"{feed.url}{ITEMS}?f=csv&limit=100", []
    while target:
        body, headers = fetch(target)
        links = headers["link"].split(", <")
        frames.append(pd.read_csv(io.BytesIO(body)))
        following = [link.lstrip("<").partition(">")[0] for link in links if 'rel="next"' in link]
        target = following[0] if following else ""
    everything = said(f"{ITEMS}?limit=10000")["features"]
    assert len(frames) == 8
    assert pd.concat(frames)["fid"].tolist() == [feature["id"] for feature in everything]
