"""GDAL reads the feed: Debian's ogr2ogr by OGC API – Features, and the one within geopandas.

Debian's GDAL 3.6 asks for a box and for pages. It does not negotiate coordinate systems (3.8 and
later do, such as the one in pyogrio), so it transforms what it gets, or opens a file in the
system that is wanted. It speaks a draft of CQL and not CQL2: the server compares for equality
what the API document names, and days; the rest of a filter GDAL applies itself.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watched_server import Watched

EXACT = ["-lco", "RFC7946=NO", "-lco", "COORDINATE_PRECISION=9"]
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CENTIMETRE = 0.01


@pytest.fixture
def copy(
    feed: Watched, ogr2ogr: str, run: Callable[..., str], tmp_path: Path
) -> Callable[..., list[Any]]:
    """Copies a collection with ogr2ogr, and gives the features of the copy."""

    def copied(collection: str, *options: str, page: int = 10_000) -> list[Any]:
        path = tmp_path / "copy.geojson"
        path.unlink(missing_ok=True)
        source = [f"OAPIF:{feed.url}", collection, "-oo", f"PAGE_SIZE={page}"]
        run(ogr2ogr, "-f", "GeoJSON", str(path), *source, *EXACT, *options)
        features: list[Any] = json.loads(path.read_text(encoding="utf-8"))["features"]
        return features

    return copied


@pytest.fixture(scope="module")
def whole(said: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """All features of a collection, as the feed gives them."""

    def features(collection: str) -> list[Any]:
        found: list[Any] = said(f"/collections/{collection}/items?limit=10000")["features"]
        return found

    return features


def corners(features: list[Any]) -> np.ndarray[Any, Any]:
    """Every corner of every shape, in the order of the features."""
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in features if f["geometry"]]
    found: np.ndarray[Any, Any] = shapely.get_coordinates(shapes)
    return found


def ids(features: list[Any]) -> list[str]:
    """Ids of the feed, or of a copy, which has them as a field."""
    return [f.get("id") or f["properties"]["id"] for f in features]


def test_a_full_copy_of_every_collection(
    copy: Callable[..., list[Any]],
    whole: Callable[[str], list[Any]],
    said: Callable[[str], Any],
) -> None:
    """Every feature, every attribute with its type, every corner."""
    collections = [info["id"] for info in said("/collections")["collections"]]
    assert len(collections) >= 10
    for collection in collections:
        copied, wanted = copy(collection), whole(collection)
        assert ids(copied) == ids(wanted), collection
        for ours, theirs in zip(wanted, copied, strict=True):
            expected = {"id": ours["id"], **ours["properties"]}
            assert repr(theirs["properties"]) == repr(expected)
            assert (theirs["geometry"] or {}).get("type") == (ours["geometry"] or {}).get("type")
        if len(corners(wanted)):
            assert np.abs(corners(copied) - corners(wanted)).max() < 1e-7


def test_more_than_three_pages(
    copy: Callable[..., list[Any]], whole: Callable[[str], list[Any]], feed: Watched
) -> None:
    """Pages follow each other by their links, and no feature is lost or twice."""
    copied, wanted = copy("area-periods", page=100), whole("area-periods")
    assert ids(copied) == ids(wanted)
    asked = feed.queries("/collections/area-periods/items")
    pages = [int(query["offset"]) for query in asked if "offset" in query]
    assert pages == list(range(100, len(wanted), 100))
    assert len(pages) > 3
    assert {query["limit"] for query in asked} == {"100"}
    # It follows the link to GeoJSON, not one to a format of the same media type.
    assert not any("f" in query for query in asked)


def test_the_feed_filters_by_a_box(
    copy: Callable[..., list[Any]], whole: Callable[[str], list[Any]], feed: Watched
) -> None:
    box = shapely.box(19.45, 51.745, 19.46, 51.75)
    wanted = [f for f in whole("beats") if shapely.intersects(_shape(f), box)]
    copied = copy("beats", "-spat", *map(str, box.bounds))
    assert ids(copied) == ids(wanted)
    assert 0 < len(copied) < 9
    asked = feed.queries("/collections/beats/items")[-1]
    assert np.allclose([float(part) for part in asked["bbox"].split(",")], box.bounds)


def test_a_box_in_metres_is_turned_by_gdal(
    copy: Callable[..., list[Any]], whole: Callable[[str], list[Any]], feed: Watched
) -> None:
    """The middle of the middle beat."""
    metres = ["531400", "431400", "531600", "431600"]
    assert ids(copy("beats", "-spat_srs", "EPSG:2180", "-spat", *metres)) == ["S-5"]
    asked = feed.queries("/collections/beats/items")[-1]
    assert "bbox-crs" not in asked
    west, south, east, north = (float(part) for part in asked["bbox"].split(","))
    middle = _shape(next(f for f in whole("beats") if f["id"] == "S-5"))
    assert shapely.contains(middle, shapely.box(west, south, east, north))


@pytest.mark.parametrize(
    ("where", "passes"),
    [
        ("level = 'beat' AND n_reports > 20",
         lambda p: p["level"] == "beat" and p["n_reports"] > 20),
        ("period = '2026H1' AND category_group = 'all'",
         lambda p: (p["period"], p["category_group"]) == ("2026H1", "all")),
        ("smr_lo95 > 1.0", lambda p: (p["smr_lo95"] or 0) > 1),
        ("funnel_class IS NULL AND NOT low_information = 1",
         lambda p: p["funnel_class"] is None and p["low_information"] is False),
        ("area_name LIKE 'Area S-_'", lambda p: (p["area_name"] or "").startswith("Area S-")),
        ("category_group IN ('traffic', 'water')",
         lambda p: p["category_group"] in {"traffic", "water"}),
    ],
)  # fmt: skip
def test_a_filter_on_attributes(
    copy: Callable[..., list[Any]],
    whole: Callable[[str], list[Any]],
    where: str,
    passes: Callable[[Any], bool],
) -> None:
    """Whoever filters, the server or GDAL: what passes is the same."""
    wanted = [f["id"] for f in whole("area-periods") if passes(f["properties"])]
    assert ids(copy("area-periods", "-where", where)) == wanted
    assert 0 < len(wanted) < 720


def test_the_server_compares_what_the_api_document_names(
    copy: Callable[..., list[Any]], whole: Callable[[str], list[Any]], feed: Watched
) -> None:
    """GDAL reads `/api` for the names, and leaves the rest of the filter to itself."""
    where = "level = 'beat' AND period = '2026H1' AND category_group = 'all' AND smr > 1.0"
    wanted = [
        f["id"]
        for f in whole("area-periods")
        if f["id"].startswith("beat.") and f["id"].endswith(".2026H1.all")
        and (f["properties"]["smr"] or 0) > 1
    ]  # fmt: skip
    assert ids(copy("area-periods", "-where", where)) == wanted
    assert 0 < len(wanted) < 10
    assert "/api" in feed.asked
    asked = feed.queries("/collections/area-periods/items")[-1]
    chosen = {"level": "beat", "period": "2026H1", "category_group": "all"}
    assert asked == {"limit": "10000", **chosen}


def test_days_become_a_time(
    copy: Callable[..., list[Any]], whole: Callable[[str], list[Any]], feed: Watched
) -> None:
    """GDAL 3.6 writes a day as `2026-02-01T`, which no standard knows; it is understood."""
    wanted = [
        f["id"] for f in whole("area-periods") if f["properties"]["period_start"] >= "2026-02-01"
    ]
    assert ids(copy("area-periods", "-where", "period_start >= '2026-02-01'")) == wanted
    assert wanted
    assert feed.queries("/collections/area-periods/items")[-1]["datetime"] == "2026-02-01T/.."


@pytest.mark.parametrize("code", ["2180", "2177"])
def test_gdal_transforms_the_copy(
    copy: Callable[..., list[Any]], whole: Callable[[str], list[Any]], feed: Watched, code: str
) -> None:
    copied = copy("beats", "-t_srs", f"EPSG:{code}")
    assert _off(corners(copied), corners(whole("beats")), code) < CENTIMETRE
    # What GDAL 3.6 cannot: ask the server for the coordinate system.
    assert all("crs" not in query for query in feed.queries("/collections/beats/items"))


@pytest.mark.parametrize("form", ["fgb", "gpkg"])
@pytest.mark.parametrize("code", ["2180", "2177"])
def test_a_file_in_metres_names_its_system(
    feed: Watched,
    ogr2ogr: str,
    run: Callable[..., str],
    whole: Callable[[str], list[Any]],
    tmp_path: Path,
    code: str,
    form: str,
) -> None:
    """Opened by its address alone, it lands where it belongs."""
    address = f"{feed.url}/collections/beats/items?f={form}&crs={EPSG}{code}"
    target = tmp_path / "copy.geojson"
    run(ogr2ogr, "-f", "GeoJSON", str(target), f"/vsicurl_streaming/{address}", *EXACT)
    copied = json.loads(target.read_text(encoding="utf-8"))
    assert copied["crs"]["properties"]["name"] == f"urn:ogc:def:crs:EPSG::{code}"
    assert _off(corners(copied["features"]), corners(whole("beats")), code) < CENTIMETRE


def test_any_filter_in_the_address_of_a_file(
    feed: Watched,
    ogr2ogr: str,
    run: Callable[..., str],
    whole: Callable[[str], list[Any]],
    tmp_path: Path,
) -> None:
    """What GDAL cannot ask for, the address can: here CQL2 with a function."""
    cql = "S_INTERSECTS(geometry, POINT(19.4559 51.749)) AND n_reports > 20"
    address = f"{feed.url}/collections/area-periods/items?f=fgb&limit=10000&filter={quote(cql)}"
    target = tmp_path / "copy.geojson"
    run(ogr2ogr, "-f", "GeoJSON", str(target), f"/vsicurl_streaming/{address}", *EXACT)
    copied = json.loads(target.read_text(encoding="utf-8"))["features"]
    point = shapely.Point(19.4559, 51.749)
    wanted = [
        f["id"]
        for f in whole("area-periods")
        if f["geometry"] and shapely.intersects(_shape(f), point)
        and f["properties"]["n_reports"] > 20
    ]  # fmt: skip
    assert sorted(f["properties"]["fid"] for f in copied) == sorted(wanted)
    assert 0 < len(wanted) < 720


@pytest.mark.parametrize("code", ["2180", "2177"])
def test_geojson_in_metres_has_north_first_and_no_name(
    feed: Watched,
    ogr2ogr: str,
    run: Callable[..., str],
    whole: Callable[[str], list[Any]],
    tmp_path: Path,
    code: str,
) -> None:
    """GeoJSON cannot name a system, so GDAL has to be told it, and that north comes first."""
    address = f"{feed.url}/collections/beats/items?crs={EPSG}{code}"
    target = tmp_path / "copy.geojson"
    system = f"EPSG:{code}"
    told = ["-s_srs", system, "-t_srs", system, "-ct", "+proj=axisswap +order=2,1"]
    run(ogr2ogr, "-f", "GeoJSON", str(target), address, *told, *EXACT)
    copied = json.loads(target.read_text(encoding="utf-8"))["features"]
    assert _off(corners(copied), corners(whole("beats")), code) < CENTIMETRE


@pytest.mark.parametrize("code", ["2180", "2177"])
def test_newer_gdal_asks_for_the_system(
    feed: Watched,
    run: Callable[..., str],
    whole: Callable[[str], list[Any]],
    tmp_path: Path,
    code: str,
) -> None:
    """The GDAL within pyogrio negotiates: the server transforms, and the axes come out right."""
    # In a process of its own, because it holds the interpreter while it waits for the relay.
    target = tmp_path / "beats.parquet"
    code_to_run = (
        "import geopandas, sys; "
        "frame = geopandas.read_file(sys.argv[1], layer='beats', CRS=sys.argv[2]); "
        "frame.to_parquet(sys.argv[3])"
    )
    run(sys.executable, "-c", code_to_run, f"OAPIF:{feed.url}", f"EPSG:{code}", str(target))
    frame = gpd.read_parquet(target)
    assert frame.crs == f"EPSG:{code}"
    assert frame["id"].tolist() == ids(whole("beats"))
    assert _off(shapely.get_coordinates(frame.geometry), corners(whole("beats")), code) < CENTIMETRE
    assert feed.queries("/collections/beats/items")[-1]["crs"] == f"{EPSG}{code}"


def _shape(feature: Any) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def _off(metres: Any, degrees: Any, code: str) -> float:
    """How far corners lie from where pyproj puts them, in metres."""
    turn = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    expected = np.column_stack(turn.transform(*degrees.T))
    return float(np.hypot(*(metres - expected).T).max())
