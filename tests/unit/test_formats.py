"""The same rows, order, values and types in every format, each read by another's reader."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import tempfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
import small_release
from conftest import skip_or_fail
from made_reports import fill, make_reports
from pyproj import Transformer
from typer import Typer
from typer.testing import CliRunner

from geo.cli import build as build_command
from geo.errors import NotFoundError, StoreError, UsageError
from geo.formats.coordinates import CRS84, SERVED_CRS, box_to_degrees, served_crs
from geo.formats.export import SUFFIXES, _replace, export_collection
from geo.formats.extract import Extract
from geo.formats.registry import FORMATS, format_of_suffix
from geo.pipeline import build_release
from geo.release.reader import Collection, Release, open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.city import City

COLLECTIONS = ("beats", "area-periods", "hotspot-cells", "hotspot-areas")
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
KINDS = {"string": str, "integer": int, "number": float, "boolean": bool, "date": date}
TEXTS = ("geojson", "geojsonseq", "jsonfg")


@pytest.fixture(scope="module")
def store(nine: City, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder.open(tmp_path_factory.mktemp("store"))
    fill(folder, make_reports(nine, n=1200, spot=120))
    build_release(nine, folder)
    return folder


@pytest.fixture(scope="module")
def release(store: Folder) -> Release:
    return open_current(store, face="public")


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """A release by hand with a name that a spreadsheet would run."""
    monkeypatch.setattr(small_release, "EVIL", "=HYPERLINK(\"http://x\")&'<script>'\x01_x0041_")
    small_release.write_release(tmp_path / "small")
    return open_current(Folder.open(tmp_path / "small"), face="public")


def make(extract: Extract, name: str, folder: Path) -> Path:
    path = folder / f"layer{FORMATS[name].suffixes[0]}"
    path.write_bytes(b"".join(FORMATS[name].write(extract)))
    return path


def read(path: Path, collection: Collection) -> list[dict[str, Any]]:
    """Rows with typed values, and `geometry` as shapely, or as a point where there is no shape."""
    reader = {
        ".geojson": _read_json,
        ".geojsonl": _read_sequence,
        ".jsonfg": _read_json,
        ".csv": _read_csv,
        ".xlsx": _read_xlsx,
        ".fgb": _read_fgb,
    }.get(path.suffix, _read_arrow)
    rows = reader(path, collection)
    for row in rows:
        for name, column in collection.columns.items():
            if column["type"] == "date" and isinstance(row[name], str):
                row[name] = date.fromisoformat(row[name])
            if isinstance(row[name], datetime):
                row[name] = row[name].date()
    return rows


def _read_json(path: Path, _: Collection) -> list[dict[str, Any]]:
    return [_feature(f) for f in json.loads(path.read_bytes())["features"]]


def _read_sequence(path: Path, _: Collection) -> list[dict[str, Any]]:
    records = re.findall(rb"\x1e([^\x1e]*)\n", path.read_bytes())
    assert sum(map(len, records)) + 2 * len(records) == path.stat().st_size
    return [_feature(json.loads(record)) for record in records]


def _feature(feature: dict[str, Any]) -> dict[str, Any]:
    shape = feature["geometry"] or feature.get("place")
    return {
        "fid": feature["id"],
        **feature["properties"],
        "geometry": shape and shapely.from_geojson(json.dumps(shape)),
    }


def _read_csv(path: Path, collection: Collection) -> list[dict[str, Any]]:
    parse = {
        "string": lambda text: text[1:] if re.match(r"'+[=+\-@\t\r]", text) else text,
        "integer": int,
        "number": float,
        "boolean": {"true": True, "false": False}.__getitem__,
        "date": date.fromisoformat,
    }
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, strict=True):
            row: dict[str, Any] = {"fid": line["fid"]}
            for name, column in collection.columns.items():
                row[name] = parse[column["type"]](line[name]) if line[name] else None
            row["geometry"] = None
            if line.get("wkt"):
                row["geometry"] = shapely.from_wkt(line["wkt"])
            elif line["lon"]:
                row["geometry"] = shapely.Point(float(line["lon"]), float(line["lat"]))
            rows.append(row)
    return rows


def _read_xlsx(path: Path, collection: Collection) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(path)[collection.id]
    header, *lines = sheet.iter_rows(values_only=True)
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    for row in rows:
        lon, lat = row.pop("lon"), row.pop("lat")
        row["geometry"] = None if lon is None else shapely.Point(lon, lat)
    return rows


def _read_fgb(path: Path, collection: Collection) -> list[dict[str, Any]]:
    """Row by row: GDAL's Arrow reader of this format stumbles over rows without a shape."""
    meta, _, shapes, fields = pyogrio.raw.read(path)
    columns = dict(zip(meta["fields"].tolist(), fields, strict=True))
    casts = {"integer": int, "number": float, "boolean": bool, "date": pd.Timestamp.date}
    for name, column in collection.columns.items():
        cast = casts.get(column["type"], str)
        series = pd.Series(columns[name], dtype=object if cast is str else None)
        columns[name] = [None if pd.isna(v) else cast(v) for v in series]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for row, shape in zip(rows, shapes, strict=True):
        row["geometry"] = shape and shapely.from_wkb(shape)
    return rows


def _read_arrow(path: Path, _: Collection) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        table = pq.read_table(path).drop_columns(["bbox"])
    else:
        meta, table = pyogrio.read_arrow(path)
        table = table.rename_columns(
            ["geometry" if n == (meta["geometry_name"] or "wkb_geometry") else n
             for n in table.column_names]
        )  # fmt: skip
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row["geometry"] = row["geometry"] and shapely.from_wkb(row["geometry"])
    return rows


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_same_rows_in_every_format(release: Release, collection: str, tmp_path: Path) -> None:
    layer = release.collections[collection]
    rows = np.arange(layer.count)[:: max(1, layer.count // 300)]
    extract = Extract(release, layer, rows)
    first = read(make(extract, "geojson", tmp_path), layer)
    assert [row["fid"] for row in first] == [layer.fid_of(row) for row in rows]
    for name in FORMATS:
        table = read(make(extract, name, tmp_path), layer)
        assert len(table) == len(first), name
        for ours, theirs in zip(table, first, strict=True):
            shape, expected = ours.pop("geometry"), theirs["geometry"]
            assert {**ours, "geometry": 0} == {**theirs, "geometry": 0}, name
            assert (shape is None) == (expected is None), name
            if shape is not None and shape.geom_type == "Point" != expected.geom_type:
                assert shapely.contains(expected, shape), name
            elif shape is not None:
                assert shapely.equals(shape, expected), name


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "fgb"])
def test_values_keep_their_type(release: Release, name: str, tmp_path: Path) -> None:
    layer = release.collections["area-periods"]
    rows = read(make(Extract.whole(release, layer), name, tmp_path), layer)
    for column, told in layer.columns.items():
        kind = KINDS[told["type"]]
        found = {type(row[column]) for row in rows} - {type(None)}
        # A number of JSON or of a sheet is not said to be whole or not.
        assert found <= ({int, float} if kind is float else {kind}), column
    assert {type(row["geometry"]) for row in rows} >= {type(None)}
    assert any(row["rate_per_1000"] is None for row in rows)


def test_the_types_of_columns_are_told(release: Release, tmp_path: Path) -> None:
    layer = release.collections["area-periods"]
    types = {"string": "String", "integer": "Integer64", "number": "Real", "boolean": "Integer",
             "date": "Date"}  # fmt: skip
    for name in ("gpkg", "fgb"):
        info = pyogrio.read_info(make(Extract.whole(release, layer), name, tmp_path))
        found = dict(zip(info["fields"].tolist(), info["ogr_types"], strict=True))
        expected = {n: f"OFT{types[c['type']]}" for n, c in layer.columns.items()}
        if name == "fgb":
            expected = {n: t.replace("OFTDate", "OFTDateTime") for n, t in expected.items()}
        assert found == {"fid": "OFTString", **expected}
        subtypes = dict(zip(info["fields"].tolist(), info["ogr_subtypes"], strict=True))
        assert {n for n, t in subtypes.items() if t == "OFSTBoolean"} == {
            n for n, c in layer.columns.items() if c["type"] == "boolean"
        }


@pytest.mark.parametrize("name", FORMATS)
def test_two_writings_give_the_same_bytes(release: Release, name: str) -> None:
    for collection in ("beats", "area-periods"):
        extract = Extract.whole(release, release.collections[collection])
        first, second = (b"".join(FORMATS[name].write(extract)) for _ in range(2))
        assert first == second


@pytest.mark.parametrize("name", FORMATS)
def test_no_rows_are_a_valid_file(release: Release, name: str, tmp_path: Path) -> None:
    layer = release.collections["beats"]
    assert read(make(Extract(release, layer, np.array([], dtype=int)), name, tmp_path), layer) == []


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_is_asked_for(release: Release, name: str, tmp_path: Path) -> None:
    layer = release.collections["beats"]
    extract = Extract(
        release, layer, np.array([3, 1]), properties=("area_km2", "name"), geometry=False
    )
    path = make(extract, name, tmp_path)
    if path.suffix in (".csv", ".xlsx"):
        table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_excel(path)
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
    else:
        rows = read(path, _Narrow(layer, extract.columns))
    assert [row["fid"] for row in rows] == [layer.fid_of(3), layer.fid_of(1)]
    left = {"geometry", "lon", "lat", "wkt", "fid"}
    assert all(set(row) - left == {"area_km2", "name"} for row in rows)
    assert all(row.get(key) is None for row in rows for key in left - {"fid"})


class _Narrow:
    """A collection that has only some columns."""

    def __init__(self, layer: Collection, columns: Any) -> None:
        self.id, self.columns = layer.id, columns


def test_a_property_that_is_none_is_refused(release: Release) -> None:
    extract = Extract(release, release.collections["beats"], np.arange(1), properties=("nome",))
    with pytest.raises(UsageError, match="no property 'nome': take of"):
        b"".join(FORMATS["geojson"].write(extract))


# --- coordinate systems ---------------------------------------------------------------------


@pytest.mark.parametrize("code", [4326, 2180, 2177])
@pytest.mark.parametrize("name", FORMATS)
def test_coordinates_are_those_of_pyproj(
    release: Release, name: str, code: int, tmp_path: Path
) -> None:
    layer = release.collections["beats"]
    degrees = gpd.GeoSeries([r["geometry"] for r in read(
        make(Extract.whole(release, layer), "geojson", tmp_path), layer)])  # fmt: skip
    expected = np.column_stack(
        # Without always_xy pyproj follows the axes of the definition.
        Transformer.from_crs("OGC:CRS84", f"EPSG:{code}").transform(
            *shapely.get_coordinates(degrees.to_numpy()).T
        )
    )
    tolerance = 1e-7 if code == 4326 else 0.001
    path = make(Extract.whole(release, layer, crs=f"{EPSG}{code}"), name, tmp_path)
    if name in {"xlsx", "csv"}:
        table = pd.read_excel(path) if name == "xlsx" else pd.read_csv(path)
        names = ["lat", "lon"] if code == 4326 else ["northing", "easting"]
        shapes = shapely.transform(degrees.to_numpy(), lambda _: expected)
        assert shapely.contains(shapes, shapely.points(table[names].to_numpy())).all()
        if name == "xlsx":
            return
        found = shapely.from_wkt(table["wkt"].to_numpy())
    elif name in TEXTS:
        found = np.array([row["geometry"] for row in read(path, layer)])
    else:
        frame = gpd.read_parquet(path) if name == "parquet" else gpd.read_file(path)
        assert frame.crs.to_epsg() == code
        found, expected = frame.geometry.to_numpy(), expected[:, ::-1]
    assert np.abs(shapely.get_coordinates(found) - expected).max() <= tolerance


def test_json_fg_puts_each_system_in_its_place(release: Release) -> None:
    layer = release.collections["area-periods"]
    here, there = (
        json.loads(b"".join(FORMATS["jsonfg"].write(Extract.whole(release, layer, crs=crs))))
        for crs in (CRS84, f"{EPSG}2180")
    )
    for answer in (here, there):
        assert "http://www.opengis.net/spec/json-fg-1/1.0/conf/core" in answer["conformsTo"]
        assert answer["featureType"] == "area-periods"
        assert answer["geometryDimension"] == 2
        for feature in answer["features"]:
            days = [feature["properties"][f"period_{end}"] for end in ("start", "end")]
            assert feature["time"] == {"interval": days}
    assert "coordRefSys" not in here
    assert there["coordRefSys"] == f"{EPSG}2180"
    assert all(f["place"] is None for f in here["features"])
    assert all(f["geometry"] is None for f in there["features"])
    placed = [f["place"] is not None for f in there["features"]]
    assert placed == [f["geometry"] is not None for f in here["features"]]
    assert not all(placed)
    beats = release.collections["beats"]
    timeless = json.loads(b"".join(FORMATS["jsonfg"].write(Extract.whole(release, beats))))
    assert {f["time"] for f in timeless["features"]} == {None}


@pytest.mark.parametrize("name", ["geojson", "jsonfg"])
def test_one_feature_is_a_document(release: Release, name: str) -> None:
    layer = release.collections["beats"]
    write = FORMATS[name].write_one
    assert write is not None
    head = {"links": [{"href": "here"}]}
    feature = json.loads(write(Extract(release, layer, np.array([2]), head=head)))
    assert feature["id"] == layer.fid_of(2)
    assert feature["links"] == head["links"]
    assert ("conformsTo" in feature) == (name == "jsonfg")
    plain = json.loads(write(Extract(release, layer, np.array([2]))))
    assert plain["properties"] == feature["properties"]


def test_names_of_coordinate_systems() -> None:
    for uri, name in SERVED_CRS.items():
        assert served_crs(uri) == served_crs(f"[{uri}]") == uri
        assert SERVED_CRS[served_crs(name)] == name
    assert served_crs("OGC:CRS84") == served_crs("crs84") == CRS84
    assert served_crs("epsg:4326") == f"{EPSG}4326"
    with pytest.raises(UsageError, match="no coordinate system 'EPSG:3857': take one of"):
        served_crs("EPSG:3857")


def test_a_box_comes_back_to_degrees() -> None:
    assert box_to_degrees((19.0, 51.0, 20.0, 52.0), CRS84) == (19.0, 51.0, 20.0, 52.0)
    assert box_to_degrees((51.0, 19.0, 52.0, 20.0), f"{EPSG}4326") == (19.0, 51.0, 20.0, 52.0)
    for code in (2180, 2177):
        corner = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}").transform(
            np.array([19.4, 19.5]), np.array([51.7, 51.8])
        )
        box = (corner[0][0], corner[1][0], corner[0][1], corner[1][1])
        west, south, east, north = box_to_degrees(box, f"{EPSG}{code}")
        assert west <= 19.4 + 1e-9 <= 19.5 - 1e-9 <= east
        assert south <= 51.7 + 1e-9 <= 51.8 - 1e-9 <= north
        assert east - west < 0.11
        assert north - south < 0.11
        # The far side of the world is not in it, and what lies between is not lost.
        world = box_to_degrees((-1e30, -1e30, 1e30, 1e30), f"{EPSG}{code}")
        assert shapely.box(*world).contains(shapely.box(19.3, 49.1, 19.7, 54.8))
        nowhere = box_to_degrees((1e29, 1e29, 1e30, 1e30), f"{EPSG}{code}")
        assert nowhere[1] > 54.9 or nowhere[0] > 24.2


# --- what each format owes its readers ------------------------------------------------------


def test_a_parquet_file_covers_its_rows(release: Release, tmp_path: Path) -> None:
    layer = release.collections["area-periods"]
    path = make(Extract.whole(release, layer), "parquet", tmp_path)
    about = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert about["version"] == "1.1.0"
    covering = about["columns"]["geometry"]["covering"]["bbox"]
    assert covering == {c: ["bbox", c] for c in ("xmin", "ymin", "xmax", "ymax")}
    frame = gpd.read_parquet(path)
    boxes = pq.read_table(path).column("bbox").to_pylist()
    for box, bounds, none in zip(
        boxes, frame.bounds.to_numpy(), frame.geometry.isna(), strict=True
    ):
        assert (box is None) == none
        assert none or list(box.values()) == bounds.tolist()
    west, south, east, north = frame.total_bounds
    middle = ((west + east) / 2, (south + north) / 2)
    some = gpd.read_parquet(path, bbox=(west, south, *middle))
    assert 0 < len(some) < len(frame)
    assert set(some["fid"]) == set(frame.cx[west : middle[0], south : middle[1]]["fid"])


def test_a_sheet_is_ready_to_read(release: Release, tmp_path: Path) -> None:
    layer = release.collections["area-periods"]
    book = openpyxl.load_workbook(make(Extract.whole(release, layer), "xlsx", tmp_path))
    data, about = (book[name] for name in book.sheetnames)
    assert book.sheetnames == ["area-periods", "about"]
    assert data.freeze_panes == "B2"
    assert data.auto_filter.ref == data.dimensions
    days = [c for c in data[2] if data.cell(1, c.column).value == "period_start"]
    assert days[0].is_date
    assert days[0].number_format == r"yyyy\-mm\-dd"
    notes = {str(v.sqref): v for v in data.data_validations.dataValidation}
    assert len(notes) == len(layer.columns)
    names = {c.value: c.coordinate for c in data[1]}
    assert "episodes per km² [1/km²]" in notes[names["rate_per_km2"]].prompt
    told = {row[0]: row[1:] for row in about.iter_rows(values_only=True) if row[0]}
    assert told["release"][0] == release.id
    assert told["licence"][0] == release.manifest["licence"]
    assert told["reports_sha256"][0] == release.manifest["inputs"]["reports"]["sha256"]
    for name in ("generated_at", "code_version"):
        assert told[name][0] == release.manifest[name]
    for name, value in release.manifest["inputs"]["city"].items():
        assert f"{name} {value}" in told["city_sha256"][0]
    assert "approximate, unofficial" in told["notice"][0]
    assert "przybliżone" in told["notice"][1]
    assert told["method: counting"][0] == layer.meta["method"]["counting"]
    assert told["n_episodes"][2:] == ("episodes", "integer")
    assert set(layer.columns) <= set(told)


def test_a_simulated_layer_says_so(written: Release, tmp_path: Path) -> None:
    layer = written.collections["hotspot-areas"]
    extract = Extract.whole(written, layer)
    book = openpyxl.load_workbook(make(extract, "xlsx", tmp_path))
    told = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True) if row[0]}
    assert "The reports are simulated." in told["notice"]
    make(extract, "gpkg", tmp_path)
    meta = pyogrio.read_info(tmp_path / "layer.gpkg")["layer_metadata"]
    assert "The reports are simulated." in meta["notice"]
    assert meta["release"] == written.id
    assert meta["reports_sha256"] == written.manifest["inputs"]["reports"]["sha256"]


def test_no_text_becomes_a_formula(written: Release, tmp_path: Path) -> None:
    layer = written.collections["hotspot-areas"]
    extract = Extract.whole(written, layer)
    evil = small_release.EVIL
    assert evil.startswith("=")
    sheet = openpyxl.load_workbook(make(extract, "xlsx", tmp_path))["hotspot-areas"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    # A sheet cannot hold a control character, and reads `_x0041_` as a letter: it is escaped.
    assert [c.data_type for c in cells if "HYPERLINK" in str(c.value)] == ["s"]
    assert b"_x005F_x0041_" in _sheet(tmp_path / "layer.xlsx")
    with make(extract, "csv", tmp_path).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["name"] for line in lines} == {f"'{evil}", "Piotrkowska"}
    for text in ("'=1", "''+1", "-", "@x", "\tx", "\rx", "'", "", "a=b", "'a"):
        assert _through_csv(text) == text


def _sheet(path: Path) -> bytes:
    import zipfile  # noqa: PLC0415

    return zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")


def _through_csv(text: str) -> str:
    from geo.formats.csv_text import _cell, _lines  # noqa: PLC0415

    [[cell, _]] = csv.reader(io.StringIO(_lines([[_cell(text), "x"]]).decode(), newline=""))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def test_a_csv_has_shapes_where_rows_have_their_own(release: Release, tmp_path: Path) -> None:
    for collection, own in (("beats", True), ("area-periods", False), ("hotspot-cells", True)):
        export_collection(release, collection, tmp_path / "a.csv")
        assert ("wkt" in pd.read_csv(tmp_path / "a.csv", nrows=1)) is own
    export_collection(release, "area-periods", tmp_path / "a.csv", wkt=True)
    table = pd.read_csv(tmp_path / "a.csv")
    missing = table["wkt"].isna()
    assert missing.any()
    assert missing.equals(table["lon"].isna())
    shapes = shapely.from_wkt(table["wkt"][~missing].to_numpy())
    points = shapely.points(table["lon"][~missing], table["lat"][~missing])
    assert shapely.contains(shapes, points).all()


def test_texts_come_in_pieces(release: Release) -> None:
    extract = Extract.whole(release, release.collections["area-periods"])
    for name in (*TEXTS, "csv", "xlsx"):
        sizes = [len(piece) for piece in FORMATS[name].write(extract)]
        assert len(sizes) > 3, name
        assert max(sizes) < 0.9 * sum(sizes), name


@pytest.mark.parametrize("name", ["fgb", "gpkg", "parquet"])
def test_a_client_that_goes_away_leaves_nothing(
    release: Release, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pieces: Iterator[bytes] = FORMATS[name].write(
        Extract.whole(release, release.collections["beats"])
    )
    assert list(tmp_path.iterdir()) == []
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator has it
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "layer"),
    [("geojson", None), ("geojsonseq", None), ("fgb", None), ("gpkg", "beats"), ("xlsx", "beats"),
     ("csv", None)],
)  # fmt: skip
def test_gdal_of_the_system_reads_it(
    release: Release, name: str, layer: str | None, tmp_path: Path
) -> None:
    ogrinfo = shutil.which("ogrinfo")
    if ogrinfo is None:
        skip_or_fail("ogrinfo is not installed (apt-get install gdal-bin): left out")
    path = make(Extract.whole(release, release.collections["beats"]), name, tmp_path)
    options = ["-oo", "GEOM_POSSIBLE_NAMES=wkt"] if name == "csv" else []
    run = subprocess.run(
        [str(ogrinfo), "-ro", "-so", *options, str(path), layer or "-al"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Feature Count: 9\n" in run.stdout
    assert "population: Real" in run.stdout or name == "csv"
    assert not run.stderr
    if name == "xlsx":
        assert "population: Real" in run.stdout
    else:
        assert re.search(r"Geometry: .*Polygon|Geometry: Unknown", run.stdout)


def test_every_format_opens_in_geopandas(release: Release, tmp_path: Path) -> None:
    layer = release.collections["beats"]
    for name in FORMATS:
        path = make(Extract.whole(release, layer), name, tmp_path)
        read_it = gpd.read_parquet if name == "parquet" else gpd.read_file
        frame = read_it(path, **({"layer": "beats"} if name in ("gpkg", "xlsx") else {}))
        assert len(frame) == layer.count
        assert "area_km2" in frame


# --- files ----------------------------------------------------------------------------------


def test_a_file_is_replaced_whole(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "beats.gpkg"
    for _ in range(2):
        assert export_collection(release, "beats", path) == 9
    assert len(gpd.list_layers(path)) == 1
    assert len(gpd.read_file(path)) == 9
    before = path.read_bytes()

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space left"):
        _replace(path, broken())
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["beats.gpkg"]


def test_only_rows_with_a_value(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    where = {"level": "beat", "period": "2026H1", "category_group": "all"}
    count = export_collection(release, "area-periods", path, where=where)
    table = pd.read_csv(path)
    assert count == len(table) > 0
    assert (table[list(where)] == list(where.values())).all(axis=None)
    whole = pd.DataFrame(read(_whole(release, tmp_path), release.collections["area-periods"]))
    assert count == (whole[list(where)] == list(where.values())).all(axis=1).sum()
    with pytest.raises(NotFoundError, match="no property 'nome'"):
        export_collection(release, "area-periods", path, where={"nome": "x"})


def _whole(release: Release, folder: Path) -> Path:
    export_collection(release, "area-periods", folder / "whole.geojson")
    return folder / "whole.geojson"


def test_what_cannot_be_exported_is_told(release: Release, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"end the name in \.geojson, .*\.parquet"):
        export_collection(release, "beats", tmp_path / "beats.docx")
    with pytest.raises(NotFoundError, match="take one of beats"):
        export_collection(release, "bears", tmp_path / "bears.csv")
    with pytest.raises(UsageError, match="does not exist: make it first"):
        export_collection(release, "beats", tmp_path / "nowhere" / "beats.csv")
    with pytest.raises(UsageError, match="is always longitude and latitude"):
        export_collection(release, "beats", tmp_path / "beats.geojson", crs="EPSG:2180")
    assert list(tmp_path.iterdir()) == []


def test_suffixes_belong_to_one_format() -> None:
    known = [suffix for entry in FORMATS.values() for suffix in entry.suffixes]
    assert len(known) == len(set(known))
    for entry in FORMATS.values():
        assert {format_of_suffix(f"A.B{s.upper()}") for s in entry.suffixes} == {entry}
        assert entry.suffixes[0] in SUFFIXES
    assert format_of_suffix("beats.docx") is None


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


def test_the_command_line_takes_conditions(store: Folder, tmp_path: Path) -> None:
    app = Typer()
    build_command.register(app)
    app.command("other")(lambda: None)
    path = tmp_path / "a.gpkg"
    call = ["export", "area-periods", "-o", str(path), "--store", store.root]
    run = CliRunner().invoke(
        app, [*call, "--where", "level=beat", "--where", "period=2026H1", "--crs", "EPSG:2180"]
    )
    assert run.exit_code == 0, run.output
    frame = gpd.read_file(path)
    assert set(frame["level"]) == {"beat"}
    assert set(frame["period"]) == {"2026H1"}
    assert frame.crs.to_epsg() == 2180
    for wrong in (["--where", "level"], ["--where", "level=beat", "--where", "level=city"]):
        run = CliRunner().invoke(app, [*call, *wrong])
        assert isinstance(run.exception, UsageError)
