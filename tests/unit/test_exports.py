"""Files of other tools hold the same rows, whatever their format."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely
from made_reports import fill, make_reports
from typer import Typer
from typer.testing import CliRunner

from geo.cli import build as build_command
from geo.errors import NotFoundError, UsageError
from geo.exports import SUFFIXES, export_collection
from geo.pipeline import build_release
from geo.release.reader import Release, open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

COLLECTIONS = ("beats", "area-periods", "hotspot-cells", "hotspot-areas")


@pytest.fixture(scope="module")
def store(nine: City, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder.open(tmp_path_factory.mktemp("store"))
    fill(folder, make_reports(nine, n=1200, spot=120))
    build_release(nine, folder)
    return folder


@pytest.fixture(scope="module")
def release(store: Folder) -> Release:
    return open_current(store, face="public")


def read(path: Path) -> pd.DataFrame:
    """Rows by feature id, values as JSON would have them, geometry as shapely."""
    if path.suffix in (".geojson", ".geojsonl"):
        text = path.read_bytes()
        features = (
            orjson.loads(text)["features"]
            if path.suffix == ".geojson"
            else [orjson.loads(line) for line in text.splitlines()]
        )
        shapes = [
            f["geometry"] and shapely.from_geojson(orjson.dumps(f["geometry"])) for f in features
        ]
        table = pd.DataFrame([{"fid": f["id"], **f["properties"]} for f in features])
        table["geometry"] = shapes
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            table = pd.DataFrame(list(csv.DictReader(file)))
        table["geometry"] = [shapely.from_wkt(w) if w else None for w in table["wkt"]]
        table = table.drop(columns=["lon", "lat", "wkt"])
    else:
        reader = gpd.read_parquet if path.suffix == ".parquet" else gpd.read_file
        table = pd.DataFrame(reader(path))
    return table.set_index("fid")


def text(value: object) -> str:
    """One way to write a value, for comparison between formats."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, (int, float, np.integer, np.floating)):
        return f"{float(value):.12g}"
    try:
        return f"{float(str(value)):.12g}"
    except ValueError:
        return str(value)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_same_rows_in_every_format(release: Release, collection: str, tmp_path: Path) -> None:
    tables = {}
    for suffix in SUFFIXES:
        path = tmp_path / f"layer{suffix}"
        assert export_collection(release, collection, path) == release.collections[collection].count
        tables[suffix] = read(path)
    first = tables[".geojson"]
    columns = [name for name in first.columns if name != "geometry"]
    assert columns == list(release.collections[collection].columns)
    for suffix, table in tables.items():
        assert list(table.index) == list(first.index), suffix
        for name in columns:
            assert [text(v) for v in table[name]] == [text(v) for v in first[name]], (suffix, name)
        for ours, theirs in zip(table["geometry"], first["geometry"], strict=True):
            assert (ours is None) == (theirs is None)
            # A GeoPackage has one kind of geometry: polygons become multi-polygons of one.
            assert ours is None or shapely.equals(ours, theirs)


def test_a_csv_has_a_point_inside_each_area(release: Release, tmp_path: Path) -> None:
    export_collection(release, "beats", tmp_path / "beats.csv")
    table = pd.read_csv(tmp_path / "beats.csv")
    points = shapely.points(table["lon"], table["lat"])
    assert shapely.contains(shapely.from_wkt(table["wkt"]), points).all()


def test_a_file_is_replaced_whole(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "beats.gpkg"
    for _ in range(2):
        export_collection(release, "beats", path)
    assert len(gpd.list_layers(path)) == 1
    assert len(gpd.read_file(path)) == 9


def test_what_cannot_be_exported_is_told(release: Release, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.geojson, \.geojsonl, \.gpkg, \.parquet, \.csv"):
        export_collection(release, "beats", tmp_path / "beats.docx")
    with pytest.raises(NotFoundError, match="take one of beats"):
        export_collection(release, "bears", tmp_path / "bears.csv")
    with pytest.raises(UsageError, match="does not exist: make it first"):
        export_collection(release, "beats", tmp_path / "nowhere" / "beats.csv")


def test_the_command_line_builds_and_exports(
    nine_folder: Path, store: Folder, tmp_path: Path
) -> None:
    app = Typer()
    build_command.register(app)
    where = ["--store", store.root]
    run = CliRunner().invoke(app, ["build", "--city", str(nine_folder), *where])
    assert run.exit_code == 0, run.output
    assert "Release 2026-07-31-" in run.output
    for face in ("public", "internal"):
        path = tmp_path / f"{face}.csv"
        run = CliRunner().invoke(
            app, ["export", "hotspot-cells", "-o", str(path), "--face", face, *where]
        )
        assert run.exit_code == 0, run.output
        assert f"rows of hotspot-cells ({face})" in run.output
    public, internal = (pd.read_csv(tmp_path / f"{f}.csv") for f in ("public", "internal"))
    assert "expected_n" in internal
    assert "expected_n" not in public
    run = CliRunner().invoke(app, ["export", "beats", "-o", "x.csv", "--face", "secret", *where])
    assert isinstance(run.exception, UsageError)
