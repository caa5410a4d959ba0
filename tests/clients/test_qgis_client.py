"""QGIS reads the feed: Debian's QGIS 3.22 without a screen, by OGC API – Features and as files.

What this QGIS does not do: ask the server for another coordinate system (it transforms on the
map), or hand it a filter (it takes the features of the extent, and filters them itself).
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from watched_server import fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from watched_server import Watched

SCRIPT = Path(__file__).with_name("qgis_layers.py")
PATIENCE = 120
CODES = ("4326", "2180", "2177")
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def looks(qgis_python: str, clean_environment: dict[str, str]) -> Callable[..., list[Any]]:
    """Opens layers in a QGIS of their own, and gives what each holds."""

    def open_layers(*asked: dict[str, Any]) -> list[Any]:
        done = subprocess.run(
            [qgis_python, str(SCRIPT)],
            input="".join(json.dumps(each) + "\n" for each in asked),
            env=clean_environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(found) == len(asked), done.stderr
        return found

    return open_layers


def oapif(feed: Watched, collection: str, *, page: int = 1000, **asked: Any) -> dict[str, Any]:
    """A layer by OGC API – Features; with an extent, of what lies in the view alone."""
    source = f"url='{feed.url}' typename='{collection}' pageSize='{page}'"
    source += " restrictToRequestBBOX='1'" if "extent" in asked else ""
    return {"source": source, "provider": "OAPIF", **asked}


def test_every_collection_becomes_a_layer(
    looks: Callable[..., list[Any]], said: Callable[[str], Any], feed: Watched
) -> None:
    infos = said("/collections")["collections"]
    layers = looks(*(oapif(feed, info["id"]) for info in infos))
    for info, layer in zip(infos, layers, strict=True):
        assert layer["valid"], layer
        assert layer["count"] == len(layer["rows"]) == info["count"]
        # It takes a layer for a table if its first ten features have no shape.
        first = said(f"/collections/{info['id']}/items?limit=10")["features"]
        shaped = any(feature["geometry"] for feature in first)
        assert layer["crs"] == ("EPSG:4326" if shaped else "")
        assert layer["fields"] == ["id", *info["properties"]]


def test_pages_attributes_and_shapes(
    looks: Callable[..., list[Any]], said: Callable[[str], Any], feed: Watched
) -> None:
    """Five pages of two beats, every value and corner of them."""
    wanted = said("/collections/beats/items")["features"]
    names = list(wanted[0]["properties"])
    [layer] = looks(oapif(feed, "beats", page=2, fields=["id", *names]))
    assert layer["rows"] == [[f["id"], *f["properties"].values()] for f in wanted]
    for feature, wkt in zip(wanted, layer["shapes"], strict=True):
        ours = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"])))
        assert np.abs(shapely.get_coordinates(shapely.from_wkt(wkt)) - ours).max() < 1e-7
    asked = feed.queries("/collections/beats/items")
    assert [q["offset"] for q in asked if "offset" in q][-4:] == ["2", "4", "6", "8"]


def test_an_extent_and_a_filter(
    looks: Callable[..., list[Any]], said: Callable[[str], Any], feed: Watched
) -> None:
    features = said("/collections/area-periods/items?limit=10000")["features"]
    rows = [feature["properties"] for feature in features]
    many = [r["area_id"] for r in rows if r["level"] == "beat" and r["n_reports"] > 20]
    subset = '"level" = \'beat\' AND "n_reports" > 20'
    extent = [19.45, 51.745, 19.46, 51.75]
    inside, filtered, both = looks(
        oapif(feed, "beats", extent=extent, fields=["area_id"]),
        oapif(feed, "area-periods", subset=subset, fields=["area_id"]),
        oapif(feed, "area-periods", subset=subset, extent=extent, fields=["area_id"]),
    )
    assert inside["rows"] == [["S-5"]]
    assert sorted(row[0] for row in filtered["rows"]) == sorted(many)
    assert filtered["count"] == len(many) > 0
    assert both["rows"]
    assert {row[0] for row in both["rows"]} == {"S-5"}
    boxes = [q["bbox"] for q in feed.queries("/collections/beats/items") if "bbox" in q]
    assert any(np.allclose(list(map(float, box.split(","))), extent) for box in boxes)
    assert not any("filter" in q for q in feed.queries("/collections/area-periods/items"))


@pytest.mark.parametrize(
    ("form", "code"),
    [("geojson", "4326"), *((form, code) for form in ("gpkg", "fgb") for code in CODES)],
)
def test_files_become_layers(
    looks: Callable[..., list[Any]],
    said: Callable[[str], Any],
    feed: Watched,
    tmp_path: Path,
    form: str,
    code: str,
) -> None:
    """A file in metres lands within a centimetre of pyproj; GeoJSON stays in degrees."""
    query = "" if form == "geojson" else f"&crs={EPSG}{code}"  # GeoJSON says no system
    path = tmp_path / f"beats.{form}"
    path.write_bytes(fetch(f"{feed.url}/collections/beats/items?f={form}{query}")[0])
    [layer] = looks({"source": str(path), "provider": "ogr", "fields": ["area_id"]})
    wanted = said("/collections/beats/items")["features"]
    assert layer["valid"], layer
    by_id = dict(zip((row[0] for row in layer["rows"]), layer["shapes"], strict=True))
    assert sorted(by_id) == [f["id"] for f in wanted]
    assert layer["crs"] == f"EPSG:{code}"
    turn = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}", always_xy=True)
    for feature in wanted:
        degrees = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"])))
        expected = np.column_stack(turn.transform(*degrees.T))
        found = shapely.get_coordinates(shapely.from_wkt(by_id[feature["id"]]))
        assert np.abs(found - expected).max() < (1e-7 if code == "4326" else 0.01)
