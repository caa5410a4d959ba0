"""A release is written whole, never over another, and says the same bytes twice."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from geo.errors import StoreError
from geo.languages import LANGUAGES
from geo.layers.areas import area_layer
from geo.layers.collection import Collection
from geo.layers.layer import Layer, exchange_shapes
from geo.layers.levels import MetricLevels
from geo.layers.schema import AREAS, COLUMNS
from geo.release import writer
from geo.release.encoding import encode_layer, significant
from geo.release.identity import city_hashes, code_version, release_id
from geo.release.manifest import describe_collection
from geo.release.writer import describe_files, has_release, make_current, write_release
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

FILES = {"public/a.txt": b"a", "internal/b/c.txt": b"c"}


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    url = str(tmp_path / "store") if request.param == "local" else f"memory://{tmp_path.name}"
    return Folder.open(url)


def test_a_release_is_there_only_when_it_is_complete(store: Folder) -> None:
    assert not has_release(store, "r1")
    assert write_release(store, "r1", FILES, {"id": "r1"})
    assert has_release(store, "r1")
    assert store.read("releases/r1/public/a.txt") == b"a"
    assert store.read("releases/r1/internal/b/c.txt") == b"c"
    assert json.loads(store.read("releases/r1/manifest.json")) == {"id": "r1"}
    assert store.names("releases") == ["r1"]


def test_an_existing_release_is_left_alone(store: Folder) -> None:
    write_release(store, "r1", FILES, {"id": "r1"})
    assert not write_release(store, "r1", {"public/a.txt": b"other"}, {"id": "other"})
    assert store.read("releases/r1/public/a.txt") == b"a"


def test_a_folder_without_a_manifest_is_no_release(store: Folder) -> None:
    store.create("releases/r1/public/a.txt", b"half")
    assert not has_release(store, "r1")
    with pytest.raises(StoreError, match="build it first"):
        make_current(store, "r1")


def test_current_is_switched_to_releases_that_are_there(store: Folder) -> None:
    for name in ("r1", "r2"):
        write_release(store, name, FILES, {"id": name})
        make_current(store, name)
        assert store.read("current") == f"{name}\n".encode()


def test_a_failure_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Folder.open(tmp_path)
    monkeypatch.setattr(writer.os, "rename", _refuse)
    with pytest.raises(StoreError, match="cannot be put into"):
        write_release(store, "r1", FILES, {})
    assert not has_release(store, "r1")
    assert list((tmp_path / "releases").iterdir()) == []


def _refuse(source: str, target: str) -> None:
    raise OSError(source, target)


def test_of_two_writers_the_first_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Folder.open(tmp_path)
    rename = writer.os.rename

    def overtaken(source: str, target: str) -> None:
        monkeypatch.setattr(writer.os, "rename", rename)
        assert write_release(store, "r1", {"x": b"first"}, {"by": "first"})
        rename(source, target)

    monkeypatch.setattr(writer.os, "rename", overtaken)
    assert not write_release(store, "r1", {"x": b"second"}, {"by": "second"})
    assert store.read("releases/r1/x") == b"first"
    assert [p.name for p in (tmp_path / "releases").iterdir()] == ["r1"]


def test_a_layer_becomes_four_files_that_agree(nine: City) -> None:
    layer = area_layer(MetricLevels(nine), "beat")
    files = encode_layer(layer, face="public")
    assert files == encode_layer(area_layer(MetricLevels(nine), "beat"), face="internal")
    frame = gpd.read_parquet(io.BytesIO(files["beats.parquet"]))
    assert frame.columns[0] == "fid"
    assert frame.crs == "EPSG:4326"
    properties = [orjson.loads(line) for line in files["beats.properties.jsonl"].splitlines()]
    assert [p["area_id"] for p in properties] == frame["fid"].tolist()
    assert list(properties[0]) == list(AREAS)
    shapes = shapely.from_geojson(files["beats.geometry.jsonl"].decode().splitlines())
    assert shapely.equals_exact(shapes, frame.geometry.to_numpy()).all()
    index = pq.read_table(io.BytesIO(files["beats.index.parquet"])).to_pydict()
    assert index["geometry"] == list(range(9))
    assert np.allclose(
        np.array([index[k] for k in ("xmin", "ymin", "xmax", "ymax")]).T, frame.bounds
    )
    assert index["start"] == [None] * 9


def test_published_shapes_wind_as_rfc_7946_says() -> None:
    clockwise = shapely.Polygon(
        [(19, 51), (19, 52), (20, 52), (20, 51)],
        [[(19.2, 51.2), (19.8, 51.2), (19.8, 51.8), (19.2, 51.8)]],
    )
    found = exchange_shapes(gpd.GeoSeries([clockwise, None], crs="EPSG:4326"))
    assert found[0].exterior.is_ccw
    assert not found[0].interiors[0].is_ccw
    assert found[1] is None
    far = gpd.GeoSeries([shapely.box(530000, 430000, 531000, 431000)], crs="EPSG:2180")
    assert all(round(v, 7) == v for v in shapely.get_coordinates(exchange_shapes(far)).ravel())


def small_layer(**columns: object) -> Layer:
    table = pd.DataFrame({"fid": ["a", "b"], **columns})
    names = tuple(columns)
    shapes = np.array([shapely.box(19, 51, 20, 52)], dtype=object)
    return Layer("small", names, table, shapes, np.array([0, -1], dtype=np.int32))


def test_missing_values_are_null_and_only_where_they_may_be() -> None:
    layer = small_layer(smr=[np.nan, 1.23456789], n_reports=pd.array([None, 2], dtype="Int64"))
    files = encode_layer(layer, face="public")
    first, second = files["small.properties.jsonl"].splitlines()
    assert first == b'{"smr":null,"n_reports":null}'
    assert second == b'{"smr":1.23457,"n_reports":2}'
    assert gpd.read_parquet(io.BytesIO(files["small.parquet"])).geometry.isna().tolist() == [
        False,
        True,
    ]
    with pytest.raises(StoreError, match=r"small\.hot_class is missing in 1 rows"):
        encode_layer(small_layer(hot_class=pd.array([None, 2], dtype="Int64")), face="public")
    twice = small_layer(smr=[1.0, 2.0])
    twice.table["fid"] = "a"
    with pytest.raises(StoreError, match="feature 'a' twice"):
        encode_layer(twice, face="public")


def test_lines_are_what_orjson_makes_of_rows() -> None:
    rng = np.random.default_rng(1)
    many = 300
    numbers = rng.choice([1.0, -0.0, 0.1, 1e-9, 1e22, 123_456.0, 1e-5, np.nan, 2 / 3], many)
    texts = rng.choice(["zażółć", 'quo"te', "back\\slash\n", "</script>", "", None], many)
    days = rng.choice([date(2026, 2, 28), date(1999, 12, 31)], many)
    columns = {"area_id": texts.astype(str), "smr": numbers, "beat_id": texts, "first_seen": days,
               "n_cells": rng.integers(-5, 10**12, many), "low_information": rng.random(many) < 0.5,
               "n_reports": pd.array(rng.choice([3, None], many), dtype="Int64")}  # fmt: skip
    table = pd.DataFrame({"fid": [f"f{i}" for i in range(many)], **columns})
    for rows in (table, table[:1], table[:0]):
        nowhere = np.full(len(rows), -1, dtype=np.int32)
        layer = Layer("small", tuple(columns), rows, np.empty(0, dtype=object), nowhere)
        files = encode_layer(layer, face="internal")
        stored = pq.read_table(io.BytesIO(files["small.parquet"])).select(list(columns))
        by_row = b"".join(orjson.dumps(row) + b"\n" for row in stored.to_pylist())
        assert files["small.properties.jsonl"] == by_row


def test_numbers_keep_six_digits_and_print_short() -> None:
    values = np.array([0.1 + 0.2, 123456789.0, 1 / 3, -2 / 3, 0.0, 1e-300 / 3, 1e20 / 3, np.nan])
    found = significant(values)
    assert found[:7].tolist() == [
        0.3,
        123457000.0,
        0.333333,
        -0.666667,
        0.0,
        3.33333e-301,
        3.33333e19,
    ]
    assert np.isnan(found[7])
    many = np.random.default_rng(1).lognormal(0, 8, 2000)
    assert [float(f"{v:.5e}") for v in many] == significant(many).tolist()


def test_an_id_changes_with_whatever_goes_in(nine: City) -> None:
    same = {"as_of": date(2026, 7, 31), "inputs": city_hashes(nine), "parameters": {"a": 1}}
    first = release_id(**same)
    assert first == release_id(**same)
    assert first.startswith("2026-07-31-")
    assert first != release_id(**{**same, "parameters": {"a": 2}})
    assert first != release_id(**{**same, "inputs": {}})
    assert first[10:] == release_id(**{**same, "as_of": date(2026, 8, 1)})[10:]
    assert {
        "city.toml",
        "beats.geojson",
        "addresses.parquet",
        "kmzb.toml",
        "disclosure.toml",
    } <= set(city_hashes(nine))
    assert code_version().startswith("0.1.0+")


def test_files_are_told_of_by_hash_and_size() -> None:
    assert describe_files({"a": b"abc"})["a"] == {
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "bytes": 3,
    }


def test_a_face_has_no_limits_of_columns_that_it_has_not() -> None:
    """Limits of classes are values of a column: the largest is one of them."""
    layer = small_layer(n_reports=[1, 2], kde_per_km2=[3.5, 7.25])
    one = Collection(
        layer,
        title={},
        description={},
        status=None,
        method={},
        breaks={"all.n_reports": [1.0, 2.0], "all.kde_per_km2": [3.5, 7.25]},
    )
    told = {
        face: describe_collection(one, face=face, files={}, simulated=False)
        for face in ("public", "internal")
    }
    assert told["internal"]["breaks"] == one.breaks
    assert set(told["public"]["breaks"]) == {"all.n_reports"}
    assert "kde_per_km2" not in told["public"]["columns"]


def test_every_column_is_told_of_in_both_languages() -> None:
    for name, column in COLUMNS.items():
        assert column.titles().keys() == set(LANGUAGES)
        assert all(column.titles().values()), name
        assert column.type in {"string", "integer", "number", "boolean", "date"}, name
