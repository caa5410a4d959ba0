"""Vector tiles in a PMTiles archive, read by `pmtiles`, by GDAL and by a plain decoder."""

from __future__ import annotations

import gc
import json
import threading
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
import tile_reader
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.tile import Compression, TileType, tileid_to_zxy
from small_release import EAST, NORTH, SOUTH, WEST, write_release

from geo.errors import NotFoundError
from geo.formats import tiles
from geo.formats.pmtiles import tile_archive, tile_id, zoom_range
from geo.formats.tiles import tiles_of
from geo.formats.vector_tiles import EXTENT, world_square
from geo.release.reader import Collection, Release, open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

COLLECTIONS = ("beats", "area-periods", "hotspot-cells", "hotspot-areas", "plan-candidates")
WORLD_M = 40_075_016.685_578_49
MARGIN = 64
HOLED = shapely.from_wkt(
    "MULTIPOLYGON (((19.40 51.70, 19.44 51.70, 19.44 51.73, 19.40 51.73, 19.40 51.70),"
    "(19.41 51.71, 19.41 51.72, 19.42 51.72, 19.42 51.71, 19.41 51.71)),"
    "((19.46 51.70, 19.48 51.70, 19.47 51.72, 19.46 51.70)))"
)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("store")
    write_release(folder)
    return open_current(Folder.open(folder), face="public")


def archive(shapes: list[Any], table: pa.Table | None = None) -> bytes:
    """An archive with a row for each shape."""
    if table is None:
        table = pa.table({"fid": [f"f{number}" for number in range(len(shapes))]})
    content = np.array(shapes, dtype=object)
    return tile_archive("layer", table, content, np.arange(len(shapes), dtype=np.int32))


def drawn(content: bytes, zoom: int) -> dict[str, Any]:
    """Each feature of a zoom, put together from the tiles it lies in, in degrees."""
    parts: dict[str, list[Any]] = {}
    square = shapely.box(0, 0, EXTENT, EXTENT)
    for place, tile in tile_reader.read_tiles(content).items():
        for feature in tile.features if place[0] == zoom else ():
            shape = shapely.MultiPolygon(tile_reader.polygons(feature.rings))
            assert shape.is_valid
            inside = shape & square
            found = tile_reader.to_degrees(inside, place, extent=tile.extent)
            parts.setdefault(feature.properties["fid"], []).append(found)
    return {fid: shapely.union_all(shapes) for fid, shapes in parts.items()}


def away(one: Any, other: Any) -> float:
    """How far two shapes differ: the farthest that one reaches beyond the other, in degrees."""
    return max(
        float(shapely.distance(shapely.points(shapely.get_coordinates(a)), b).max(initial=0))
        for a, b in ((one, other), (other, one))
    )


@pytest.mark.parametrize("name", COLLECTIONS)
def test_gdal_reads_every_row_where_it_lies(release: Release, name: str, tmp_path: Path) -> None:
    collection = release.collections[name]
    path = tmp_path / f"{name}.pmtiles"
    path.write_bytes(tiles_of(collection))
    assert pyogrio.list_layers(path)[:, 0].tolist() == [name]
    read = gpd.read_file(path)
    zoom = int(pyogrio.read_info(path)["dataset_metadata"]["ZOOM_LEVEL"])
    unit = WORLD_M / EXTENT / 2**zoom
    shapes = gpd.GeoSeries(source_shapes(collection), crs="EPSG:4326").to_crs("EPSG:3857")
    assert set(read["fid"]) == set(shapes.index)
    for fid, parts in read.groupby("fid"):
        found = shapely.union_all(parts.geometry.to_numpy())
        assert away(found, shapes[fid]) <= unit
        # Seams between tiles leave slivers of nothing in the union; hardly any ground.
        ground = shapely.symmetric_difference(found, shapes[fid]).area
        assert ground <= shapes[fid].length * unit


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_zoom_has_every_row_with_its_values(release: Release, name: str) -> None:
    collection = release.collections[name]
    content = tiles_of(collection)
    rows = {
        collection.fid_of(row): json.loads(collection.property_line(row))
        for row in range(collection.count)
    }
    placed = set(source_shapes(collection))
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for (zoom, _, _), tile in tile_reader.read_tiles(content).items():
        assert (tile.name, tile.extent) == (name, EXTENT)
        for feature in tile.features:
            known = found.setdefault(zoom, {}).setdefault(
                feature.properties["fid"], feature.properties
            )
            assert known == feature.properties
            assert collection.fid_of(feature.id - 1) == feature.properties["fid"]
    low, high = zooms(content)
    assert set(found) == set(range(low, high + 1))
    for features in found.values():
        assert set(features) == placed
        for fid, properties in features.items():
            wanted = {k: v for k, v in rows[fid].items() if v is not None}
            assert properties == {"fid": fid} | wanted
            assert [type(properties[key]) for key in wanted] == [type(v) for v in wanted.values()]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_archive_says_what_it_holds(release: Release, name: str) -> None:
    collection = release.collections[name]
    content = tiles_of(collection)
    header, metadata = tile_reader.read_archive(content)
    read = tile_reader.read_tiles(content)
    assert tile_reader.in_order(list(read))
    assert header["addressed_tiles_count"] == len(read)
    assert header["tile_contents_count"] <= header["tile_entries_count"] <= len(read)
    assert header["clustered"]
    assert header["tile_type"] == TileType.MVT
    assert header["internal_compression"] == header["tile_compression"] == Compression.GZIP
    assert (header["min_zoom"], header["max_zoom"]) == (min(read)[0], max(read)[0])
    box = shapely.total_bounds(np.array(list(source_shapes(collection).values()), dtype=object))
    edges = [header[f"{name}_e7"] for name in ("min_lon", "min_lat", "max_lon", "max_lat")]
    assert edges == [round(edge * 1e7) for edge in box]
    assert edges[0] <= header["center_lon_e7"] <= edges[2]
    assert edges[1] <= header["center_lat_e7"] <= edges[3]
    end = header["tile_data_offset"] + header["tile_data_length"]
    assert end == len(content)
    assert header["metadata_offset"] <= 16_384
    [layer] = metadata["vector_layers"]
    assert layer["id"] == name
    kinds = {"string": "String", "date": "String", "boolean": "Boolean"}
    told = {c: kinds.get(column["type"], "Number") for c, column in collection.columns.items()}
    assert layer["fields"] == {"fid": "String"} | told


@settings(deadline=None, max_examples=200)
@given(zoom=st.integers(0, 20), place=st.tuples(st.integers(0, 2**20), st.integers(0, 2**20)))
def test_tiles_have_the_numbers_of_the_specification(zoom: int, place: tuple[int, int]) -> None:
    x, y = (each % 2**zoom for each in place)
    assert tileid_to_zxy(tile_id(zoom, x, y)) == (zoom, x, y)


def test_the_first_tiles_are_numbered_in_a_row() -> None:
    places = [tileid_to_zxy(number) for number in range((4**6 - 1) // 3)]
    assert [tile_id(*place) for place in places] == list(range(len(places)))


def test_holes_are_holes_and_parts_are_parts() -> None:
    content = archive([HOLED])
    _, high = zooms(content)
    rings = [
        feature.rings
        for place, tile in tile_reader.read_tiles(content).items()
        for feature in tile.features
        if place == (0, 0, 0) or place[0] == high
    ]
    assert any(tile_reader.twice_area(ring) < 0 for each in rings for ring in each)
    found = drawn(content, high)["f0"]
    assert away(found, HOLED) <= 360 / EXTENT / 2**high
    assert found.disjoint(shapely.Point(19.415, 51.715))
    assert found.contains(shapely.Point(19.47, 51.71))
    assert found.disjoint(shapely.Point(19.45, 51.71))


def test_a_shape_is_cut_at_the_margin_of_a_tile() -> None:
    content = archive([HOLED, shapely.box(19.401, 51.701, 19.402, 51.702)])
    sides = []
    for tile in tile_reader.read_tiles(content).values():
        for feature in tile.features:
            corners = np.array([corner for ring in feature.rings for corner in ring])
            assert (corners >= -MARGIN).all()
            assert (corners <= EXTENT + MARGIN).all()
            sides += [corners.min(), corners.max()]
    assert {min(sides), max(sides)} == {-MARGIN, EXTENT + MARGIN}


def test_values_keep_their_type() -> None:
    table = pa.table(
        {
            "fid": ["ż", "b", "c"],
            "whole": pa.array([0, -(2**40), None]),
            "number": [0.1, -1e300, None],
            "truth": [True, None, False],
            "day": pa.array([None, 0, 20_000], pa.date32()),
            "nothing": pa.array([None, None, None], pa.string()),
            "same": [1, 2, 1],
            "text": ["1", "", "1.0"],
        }
    )
    [first, *_] = tile_reader.read_tiles(archive([HOLED, HOLED, HOLED], table)).values()
    assert [f.properties for f in first.features] == [
        {"fid": "ż", "whole": 0, "number": 0.1, "truth": True, "same": 1, "text": "1"},
        {"fid": "b", "whole": -(2**40), "number": -1e300, "day": "1970-01-01", "same": 2,
         "text": ""},
        {"fid": "c", "truth": False, "day": "2024-10-04", "same": 1, "text": "1.0"},
    ]  # fmt: skip
    kept = first.features[0].properties
    assert [type(kept[name]) for name in ("whole", "number", "truth", "same")] == [
        int, float, bool, int,
    ]  # fmt: skip


def test_the_same_layer_has_the_same_bytes(release: Release) -> None:
    for name in COLLECTIONS:
        collection = release.collections[name]
        again = Collection(collection.id, collection.meta, collection.folder)
        one, other = tiles_of(collection), tiles_of(again)
        assert one is not other
        assert one == other


def test_equal_tiles_are_stored_once() -> None:
    """Inside a square that covers many tiles, one tile is like the next."""
    wide = shapely.box(19.0, 51.0, 20.0, 52.0)
    content = archive([wide])
    header, _ = tile_reader.read_archive(content)
    assert header["tile_contents_count"] < header["addressed_tiles_count"] / 3
    assert header["tile_entries_count"] < header["addressed_tiles_count"]
    _, high = zooms(content)
    assert away(drawn(content, high)["f0"], wide) <= 360 / EXTENT / 2**high


@pytest.mark.parametrize("latitude", [-80.0, 0.0, 51.7, 84.0])
@pytest.mark.parametrize("size", [0.001, 0.3, 12.0, 150.0])
def test_the_directory_never_needs_leaves(latitude: float, size: float) -> None:
    """A diagonal of squares: no two tiles alike, so every tile has an entry of its own."""
    steps = np.linspace(0, 0.99, 12)
    height = min(size, 84.9 - abs(latitude)) or size
    shapes = [
        shapely.Point(
            size * t, latitude + (height * t if latitude < 84 else -size / 50 * t)
        ).buffer(max(size, 1e-4) / 3, quad_segs=3)
        for t in steps
    ]
    clipped = [shape & shapely.box(-180, -85, 180, 85) for shape in shapes]
    header, _ = tile_reader.read_archive(archive(clipped))
    assert header["leaf_directory_length"] == 0
    assert header["root_length"] < 16_384 - 127
    assert header["addressed_tiles_count"] < 1000


def test_finer_zooms_for_smaller_shapes_and_fewer_for_many_rows() -> None:
    def squares(size: float) -> NDArray[np.object_]:
        corners = np.array([(x, y) for x in range(10) for y in range(10)]) * size
        shapes = shapely.box(
            19 + corners[:, 0], 51 + corners[:, 1],
            19 + corners[:, 0] + size, 51 + corners[:, 1] + size,
        )  # fmt: skip
        return world_square(shapes)

    coarse, fine = zoom_range(squares(0.1), rows=100), zoom_range(squares(0.01), rows=100)
    assert coarse < fine
    assert zoom_range(squares(0.01), rows=10_000)[1] < fine[1]
    # At the least, the finest zoom is the last one at which the layer takes a tile or two.
    assert zoom_range(squares(0.01), rows=10**9)[1] == np.floor(np.log2(0.61 * 360 / 0.1))
    # Two pixels of 256 in a tile are what the usual shape is wide where the layer begins.
    low, _ = fine
    pixels = 0.01 / 360 * 256 * 2**low
    assert 2 <= pixels < 4
    point_like = world_square(np.array([shapely.box(19, 51, 19 + 1e-9, 51 + 1e-9)]))
    assert zoom_range(point_like, rows=1)[1] == 13


def test_a_layer_without_shapes_has_no_tiles(release: Release) -> None:
    known = release.collections["beats"]
    nowhere = Collection(known.id, known.meta, known.folder)
    nowhere.__dict__["_index"] = {"geometry": np.full(known.count, -1)}
    with pytest.raises(NotFoundError, match="beats has no shapes"):
        tiles_of(nowhere)


def test_tiles_are_made_once_and_go_with_their_release(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = release.collections["beats"]
    collection = Collection(known.id, known.meta, known.folder)
    made = []
    monkeypatch.setattr(tiles, "_archive", lambda each: made.append(each.id) or b"tiles")
    threads = [threading.Thread(target=tiles_of, args=(collection,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["beats"]
    gc.collect()
    kept = len(tiles._MADE)
    del collection, threads, thread
    gc.collect()
    assert len(tiles._MADE) == kept - 1


# A ring as angles and distances from a middle never crosses itself.
STAR = st.lists(st.floats(0.05, 1.0), min_size=5, max_size=24)
PLACE = st.tuples(st.floats(-170, 170), st.floats(-70, 70))


def star(radii: list[float], middle: tuple[float, float], size: float) -> Any:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    offsets = np.array(radii)[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    return shapely.Polygon(np.array(middle) + size * offsets)


@settings(deadline=None, max_examples=40)
@given(
    rings=st.lists(STAR, min_size=1, max_size=3),
    hole=st.booleans(),
    middle=PLACE,
    size=st.floats(1e-3, 0.04),
    step=st.floats(0.0, 1.5),
)
def test_any_polygon_is_drawn_where_it_is(
    rings: list[list[float]], hole: bool, middle: tuple[float, float], size: float, step: float
) -> None:
    """Whatever the shape: valid in every tile, and never more than a unit from where it is."""
    shapes = []
    for number, radii in enumerate(rings):
        shape = star(radii, (middle[0] + number * step * size, middle[1]), size)
        if hole:
            shape -= shape.centroid.buffer(size / 20)
        shapes.append(shape)
    content = archive(shapes)
    low, high = zooms(content)
    for zoom in (low, high):
        unit = 360 / EXTENT / 2**zoom
        found = drawn(content, zoom)
        for number, shape in enumerate(shapes):
            # Narrower than a unit is nothing on the grid.
            if shape.buffer(-unit).is_empty:
                continue
            assert found[f"f{number}"].difference(shape.buffer(1.5 * unit)).area < unit**2
            missed = shape.buffer(-1.5 * unit).difference(found[f"f{number}"])
            assert missed.area < unit**2


@pytest.mark.parametrize("corner", [(WEST, SOUTH), (EAST, NORTH)])
def test_the_world_is_a_square(corner: tuple[float, float]) -> None:
    """The mercator of pyproj, scaled; and its corners."""
    placed = gpd.GeoSeries([shapely.Point(corner)], crs="EPSG:4326").to_crs("EPSG:3857")[0]
    [square] = world_square(np.array([shapely.Point(corner)]))
    assert square.x == pytest.approx(placed.x / WORLD_M + 0.5, abs=1e-12)
    assert square.y == pytest.approx(0.5 - placed.y / WORLD_M, abs=1e-12)
    edge = np.degrees(np.arctan(np.sinh(np.pi)))
    [top] = world_square(np.array([shapely.Point(-180, edge)]))
    assert (top.x, top.y) == pytest.approx((0, 0), abs=1e-12)


def zooms(content: bytes) -> tuple[int, int]:
    header, _ = tile_reader.read_archive(content)
    return header["min_zoom"], header["max_zoom"]


def source_shapes(collection: Collection) -> dict[str, Any]:
    """Id to shape of every row that has one."""
    numbers = collection.shape_numbers(np.arange(collection.count))
    rows = np.flatnonzero(numbers >= 0)
    shapes = collection.shapes(numbers[rows])
    return {collection.fid_of(row): shape for row, shape in zip(rows, shapes, strict=True)}
