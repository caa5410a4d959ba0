"""GDAL and the pmtiles library read a layer as vector tiles, by ranges of bytes."""

from __future__ import annotations

import gzip
import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import geopandas as gpd
import pytest
import shapely
from pmtiles.reader import Reader, all_tiles
from watched_server import fetch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watched_server import Watched

SHAPED = ["beats", "komisariaty", "city", "area-periods", "hotspot-cells", "hotspot-areas"]
EXTENT = 4096


@pytest.mark.parametrize("collection", SHAPED)
def test_the_library_reads_ranges(port: int, feed: Watched, collection: str) -> None:
    """Header, directory and every tile, each asked for alone, are bytes of the whole."""
    address = f"{feed.url}/tiles/{collection}.pmtiles"

    def part(offset: int, length: int) -> bytes:
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        with urlopen(Request(address, headers=wanted)) as answer:  # noqa: S310  (our own server)
            assert answer.status == 206
            content: bytes = answer.read()
        return content

    whole, headers = fetch(f"http://127.0.0.1:{port}/tiles/{collection}.pmtiles")
    assert headers["accept-ranges"] == "bytes"
    reader = Reader(part)
    assert reader.header()["version"] == 3
    assert [layer["id"] for layer in reader.metadata()["vector_layers"]] == [collection]

    def local(offset: int, length: int) -> bytes:
        return whole[offset : offset + length]

    tiles = dict(all_tiles(local))
    assert tiles
    for place in list(tiles)[:20]:
        assert reader.get(*place) == tiles[place]


def test_gdal_reads_the_archive_by_ranges(
    feed: Watched, run: Callable[..., str], said: Callable[[str], Any], tmp_path: Path
) -> None:
    """The GDAL within pyogrio: all beats with their values, put together from their tiles."""
    # In a process of its own, because it holds the interpreter while it waits for the relay.
    target = tmp_path / "beats.parquet"
    code = (
        "import pyogrio, sys; "
        "pyogrio.read_dataframe(sys.argv[1], layer='beats').to_parquet(sys.argv[2])"
    )
    run(sys.executable, "-c", code, f"/vsicurl/{feed.url}/tiles/beats.pmtiles", str(target))
    parts = gpd.read_parquet(target)
    assert parts.crs.to_epsg() == 3857
    beats = gpd.GeoDataFrame.from_features(said("/collections/beats/items"), crs="EPSG:4326")
    beats = beats.set_index("area_id").to_crs(3857)
    drawn = parts.dissolve("area_id")
    assert drawn.index.tolist() == beats.index.tolist()
    for name in ("name", "parent_id", "population", "area_km2"):
        assert drawn[name].tolist() == beats[name].tolist()
    missed = shapely.area(shapely.symmetric_difference(drawn.geometry, beats.geometry))
    assert (missed / shapely.area(beats.geometry)).max() < 0.01


def test_debian_gdal_reads_a_tile(
    feed: Watched, ogr2ogr: str, run: Callable[..., str], said: Callable[[str], Any], tmp_path: Path
) -> None:
    """GDAL 3.6 has no driver for the archive, but one for what is in it."""
    content, _ = fetch(f"{feed.url}/tiles/beats.pmtiles")
    tiles = dict(all_tiles(lambda start, size: content[start : start + size]))
    z, x, y = max(tiles)
    path, target = tmp_path / "tile.pbf", tmp_path / "tile.geojson"
    path.write_bytes(gzip.decompress(tiles[z, x, y]))
    where = ["-oo", f"X={x}", "-oo", f"Y={y}", "-oo", f"Z={z}", "-t_srs", "EPSG:4326"]
    run(ogr2ogr, "-f", "GeoJSON", str(target), str(path), "beats", *where)
    drawn = json.loads(target.read_text(encoding="utf-8"))["features"]
    beats = {f["id"]: f for f in said("/collections/beats/items")["features"]}
    assert drawn
    grid = 360 / (2**z * EXTENT)
    for feature in drawn:
        ours = beats[feature["properties"]["fid"]]
        assert feature["properties"].items() >= ours["properties"].items()
        shape = shapely.from_geojson(json.dumps(ours["geometry"]))
        inside = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shapely.contains(shape.buffer(2 * grid), inside)
