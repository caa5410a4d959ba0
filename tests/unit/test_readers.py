"""Every kind of file gives the same reports, and what cannot be read says so."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import Transformer

from geo.errors import CityError, CrsError, ReportsError, UsageError
from geo.reports.columns import parse_map
from geo.reports.formats import READERS
from geo.reports.readers import read_reports
from geo.reports.times import read_times

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.city import City

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)
CATEGORIES = ["Akty wandalizmu", "Żebractwo", "Spożywanie alkoholu w miejscach niedozwolonych"]
STATUSES = ["Nowe", "Potwierdzone (przekazane poza Policję)", "Żart lub pomyłka"]
XY = [(530_500.25, 430_500.5), (531_700.0, 432_100.0), (532_999.5, 430_000.75)]
TIMES = ["2026-06-01 10:15:00", "2026-06-02 23:59:59", "2026-03-29 02:30:00"]
PRIVATE = "tajny opis 10.1.2.3"


def rows() -> pd.DataFrame:
    """Three reports as a clerk would write them, in EPSG:2180."""
    return pd.DataFrame(
        {
            "report_id": ["11", "12", "13"],
            "category": CATEGORIES,
            "status": STATUSES,
            "reported_at": TIMES,
            "event_at": ["2026-05-31 22:00", None, "1899-12-30 00:00"],
            "modified_at": ["2026-06-05 08:00", None, None],
            "part_of_day": ["2", None, "4"],
            "weekdays": [None, "127", "1"],
            "x": [x for x, _ in XY],
            "y": [y for _, y in XY],
            "opis": PRIVATE,
            "ip": "10.1.2.3",
        }
    )


def points() -> gpd.GeoDataFrame:
    frame = rows().drop(columns=["x", "y"])
    return gpd.GeoDataFrame(
        frame, geometry=gpd.points_from_xy(*zip(*XY, strict=True)), crs="EPSG:2180"
    )


def write_csv(path: Path) -> None:
    rows().to_csv(path, index=False)


def write_polish_csv(path: Path) -> None:
    """As Excel saves it in Poland: a byte order mark, semicolons, decimal commas, its dates."""
    frame = rows()
    for column in ("reported_at", "event_at", "modified_at"):
        parsed = pd.to_datetime(frame[column], format="mixed")
        frame[column] = parsed.dt.strftime("%d.%m.%Y %H:%M:%S")
    frame.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")


def write_tsv(path: Path) -> None:
    rows().to_csv(path, index=False, sep="\t")


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    frame = rows().astype(object)
    frame["report_id"] = [11, 12.0, "13"]
    frame["reported_at"] = [datetime.fromisoformat(t) for t in TIMES]
    sheet.append([None])
    sheet.append(list(frame.columns))
    for line in frame.itertuples(index=False):
        sheet.append([None if pd.isna(v) else v for v in line])
    book.save(path)


def write_parquet(path: Path) -> None:
    frame = rows()
    frame["report_id"] = frame["report_id"].astype("int64")
    frame["reported_at"] = pd.to_datetime(frame["reported_at"])
    frame.to_parquet(path)


def write_geoparquet(path: Path) -> None:
    points().to_crs("EPSG:4326").to_parquet(path)


def write_gpkg(path: Path) -> None:
    frame = points()
    frame["reported_at"] = pd.to_datetime(frame["reported_at"])
    frame.to_file(path, driver="GPKG")


def write_geojson(path: Path) -> None:
    path.write_text(points().to_crs("EPSG:4326").to_json(drop_id=True), encoding="utf-8")


def write_old_geojson(path: Path) -> None:
    """With the `crs` member of 2008, which some programs still write."""
    raw = json.loads(points().to_json(drop_id=True))
    raw["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2180"}}
    path.write_text(json.dumps(raw), encoding="utf-8")


def write_geojsonl(path: Path) -> None:
    features = json.loads(points().to_crs("EPSG:4326").to_json(drop_id=True))["features"]
    path.write_text("\n".join(json.dumps(f) for f in features) + "\n\n", encoding="utf-8")


def write_records(path: Path) -> None:
    path.write_text(rows().to_json(orient="records", force_ascii=False), encoding="utf-8")


def epoch(text: str | None) -> int | None:
    """Milliseconds since 1970 of a Polish local time."""
    if text is None or pd.isna(text):
        return None
    local = pd.Series(pd.to_datetime([text]))
    zoned = local.dt.tz_localize("Europe/Warsaw", nonexistent="shift_forward")
    return int(zoned.iloc[0].timestamp() * 1000)


def kmzb(**more: Any) -> dict[str, Any]:
    """The same reports as the service answers them."""
    features = []
    for line in rows().astype(object).to_dict("records"):
        attributes = {
            "OBJECTID": int(line["report_id"]),
            "Status": line["status"],
            "Typ": line["category"],
            "TERYT": None,
            "Data utworzenia": epoch(line["reported_at"]),
            "Data modyfikacji": epoch(line["modified_at"]),
            "Data zdarzenia": epoch(line["event_at"]),
            "Pora dnia": None if pd.isna(line["part_of_day"]) else int(line["part_of_day"]),
            "Dni tygodnia": None if pd.isna(line["weekdays"]) else int(line["weekdays"]),
        }
        geometry = {"x": line["x"], "y": line["y"], "spatialReference": {"wkid": 2180}}
        features.append({"attributes": attributes, "geometry": geometry, "attachments": None})
    return {"features": features, "clusters": []} | more


def write_kmzb(path: Path) -> None:
    path.write_text(json.dumps(kmzb()), encoding="utf-8")


def write_quoted_kmzb(path: Path) -> None:
    """Attributes as a text in the text, names with underscores, texts in quotes again."""
    raw = kmzb()
    for feature in raw["features"]:
        quoted = {
            k.replace(" ", "_"): f'"{v}"' if isinstance(v, str) else v
            for k, v in feature["attributes"].items()
        }
        feature["attributes"] = json.dumps(quoted, ensure_ascii=False)
    path.write_text(json.dumps(raw), encoding="utf-8")


WRITERS: dict[str, tuple[str, Callable[[Path], None], str | None]] = {
    "csv": ("a.csv", write_csv, "EPSG:2180"),
    "polish csv": ("a.csv", write_polish_csv, "EPSG:2180"),
    "tsv": ("a.tsv", write_tsv, "EPSG:2180"),
    "xlsx": ("a.xlsx", write_xlsx, "EPSG:2180"),
    "parquet": ("a.parquet", write_parquet, "EPSG:2180"),
    "geoparquet": ("a.parquet", write_geoparquet, None),
    "gpkg": ("a.gpkg", write_gpkg, None),
    "geojson": ("a.geojson", write_geojson, None),
    "old geojson": ("a.geojson", write_old_geojson, None),
    "geojsonl": ("a.geojsonl", write_geojsonl, None),
    "records": ("a.json", write_records, "EPSG:2180"),
    "kmzb": ("a.json", write_kmzb, None),
    "quoted kmzb": ("a.json", write_quoted_kmzb, None),
}


def test_every_suffix_has_a_writer_here() -> None:
    assert {name.removeprefix("a") for name, _, _ in WRITERS.values()} == set(READERS)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_every_kind_of_file_gives_the_same_reports(kind: str, nine: City, tmp_path: Path) -> None:
    name, write, crs = WRITERS[kind]
    write(tmp_path / name)
    accepted, quarantined = read_reports(tmp_path / name, city=nine, crs=crs, now=NOW)
    assert quarantined["detail"].tolist() == []
    assert list(accepted["report_id"]) == ["11", "12", "13"]
    assert list(accepted["category"]) == ["akty-wandalizmu", "zebractwo", "alkohol"]
    assert list(accepted["category_group"]) == [
        "vandalism-demoralisation", "poverty", "alcohol-drugs",
    ]  # fmt: skip
    assert list(accepted["status"]) == ["new", "passed_on", "joke"]
    # In June Poland is two hours ahead; half past two on 29 March did not exist: read as three.
    assert [t.isoformat() for t in accepted["reported_at"]] == [
        "2026-06-01T08:15:00+00:00", "2026-06-02T21:59:59+00:00", "2026-03-29T01:00:00+00:00",
    ]  # fmt: skip
    assert accepted["event_at"][0] == pd.Timestamp("2026-05-31T20:00Z")
    assert accepted["event_at"].isna().tolist() == [False, True, True]
    assert accepted["modified_at"].isna().tolist() == [False, True, True]
    assert accepted["part_of_day"].fillna("-").tolist() == ["2", "-", "4"]
    assert accepted["weekdays"].fillna("-").tolist() == ["-", "127", "1"]
    found = shapely.get_coordinates(accepted.geometry)
    assert found == pytest.approx(pd.DataFrame(XY).to_numpy(), abs=1e-3)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_the_frame_has_the_contract_form(kind: str, nine: City, tmp_path: Path) -> None:
    name, write, crs = WRITERS[kind]
    write(tmp_path / name)
    accepted, quarantined = read_reports(tmp_path / name, city=nine, crs=crs, now=NOW)
    assert list(accepted.columns) == [
        "report_id", "category", "category_group", "status", "reported_at", "event_at",
        "part_of_day", "weekdays", "modified_at", "geometry",
    ]  # fmt: skip
    assert list(quarantined.columns) == ["row", "reason", "detail", "record"]
    assert accepted.crs.to_string() == nine.metric_crs
    assert isinstance(accepted.index, pd.RangeIndex)
    times = accepted[["reported_at", "event_at", "modified_at"]]
    assert {str(t) for t in times.dtypes} == {"datetime64[us, UTC]"}


@pytest.mark.parametrize("kind", list(WRITERS))
def test_free_text_and_addresses_never_enter(kind: str, nine: City, tmp_path: Path) -> None:
    name, write, crs = WRITERS[kind]
    write(tmp_path / name)
    # As in January everything is in the future, so every row shows its record.
    accepted, quarantined = read_reports(
        tmp_path / name, city=nine, crs=crs, now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert len(accepted) == 0
    assert len(quarantined) == 3
    shown = quarantined.to_json(force_ascii=False)
    assert "Żebractwo" in shown
    for word in (PRIVATE, "10.1.2.3", "opis", '"ip'):
        assert word not in shown


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "category,reported_at,lon,lat\n"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}'),
        ("a.json", '{"features": [], "clusters": []}'),
        ("a.json", "[]"),
        ("a.geojsonl", "\n"),
    ],
)
def test_a_file_with_no_rows_gives_empty_frames(
    name: str, content: str, nine: City, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    accepted, quarantined = read_reports(tmp_path / name, city=nine)
    assert (len(accepted), len(quarantined)) == (0, 0)
    assert accepted.crs.to_string() == nine.metric_crs
    assert "reported_at" in accepted.columns
    assert "reason" in quarantined.columns


def test_progress_is_told(nine: City, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    said: list[str] = []
    read_reports(tmp_path / "a.csv", city=nine, crs="EPSG:2180", progress=said.append)
    assert said == ["opening the file", "reading", "checking 3 rows"]


# -- columns ------------------------------------------------------------------------------------


def one_row(path: Path, **fields: Any) -> Path:
    """A CSV file of one good row, with other or further fields."""
    good = {"category": "Żebractwo", "reported_at": "2026-06-01 12:00", "lon": 19.45, "lat": 51.74}
    pd.DataFrame([good | fields]).dropna(axis=1).to_csv(path, index=False)
    return path


def lonlat(nine: City, x: float = XY[0][0], y: float = XY[0][1]) -> tuple[float, float]:
    lon, lat = Transformer.from_crs(nine.metric_crs, 4326, always_xy=True).transform(x, y)
    return float(lon), float(lat)


def test_a_map_goes_before_the_usual_names(nine: City, tmp_path: Path) -> None:
    lon, lat = lonlat(nine)
    path = one_row(tmp_path / "a.csv", lon=lon, lat=lat, category="?", Rodzaj="Żebractwo")
    accepted, _ = read_reports(path, city=nine, columns={"category": "Rodzaj"}, now=NOW)
    assert accepted["category"].tolist() == ["zebractwo"]


def test_names_fit_without_case_and_underscores(nine: City, tmp_path: Path) -> None:
    lon, lat = lonlat(nine)
    path = tmp_path / "a.csv"
    text = f"TYP,data_utworzenia,Longitude,LATITUDE\nŻebractwo,2026-06-01,{lon},{lat}\n"
    path.write_text(text, encoding="utf-8")
    accepted, _ = read_reports(path, city=nine, now=NOW)
    assert len(accepted) == 1


def test_missing_columns_are_named_with_those_that_are_there(nine: City, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Rodzaj,kiedy,gdzie\n1,2,3\n", encoding="utf-8")
    with pytest.raises(ReportsError) as info:
        read_reports(path, city=nine)
    for part in ("--map category=", "--map reported_at=", "--map lon=", "Rodzaj, kiedy, gdzie"):
        assert part in info.value.message


def test_a_mapped_column_that_is_not_there_is_named(nine: City, tmp_path: Path) -> None:
    path = one_row(tmp_path / "a.csv")
    with pytest.raises(ReportsError, match="has no column 'Typ' for category: it has category, "):
        read_reports(path, city=nine, columns={"category": "Typ"})


def test_a_field_that_does_not_exist_is_wrong_usage(nine: City, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no field categry: take one of report_id, "):
        read_reports(one_row(tmp_path / "a.csv"), city=nine, columns={"categry": "category"})


def test_a_field_that_city_toml_makes_up_is_an_error(nine: City, tmp_path: Path) -> None:
    settings = dataclasses.replace(nine.settings, columns={"categry": ("Typ",)})
    city = dataclasses.replace(nine, settings=settings)
    with pytest.raises(
        CityError, match=r"reports\.columns in city\.toml: there is no field categry"
    ):
        read_reports(one_row(tmp_path / "a.csv"), city=city)


def test_the_columns_of_city_toml_go_before_the_usual(nine: City, tmp_path: Path) -> None:
    columns = {"category": ("Nic", "Rodzaj"), "x": ("wschod",), "y": ("polnoc",)}
    settings = dataclasses.replace(nine.settings, columns=columns, reports_crs="EPSG:2180")
    city = dataclasses.replace(nine, settings=settings)
    path = one_row(
        tmp_path / "a.csv", category="?", Rodzaj="Żebractwo", wschod=XY[0][0], polnoc=XY[0][1]
    )
    accepted, _ = read_reports(path, city=city, now=NOW)
    assert (accepted.geometry[0].x, accepted.geometry[0].y) == pytest.approx(XY[0], abs=1e-3)


def test_a_column_that_is_there_twice_is_refused(nine: City, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("category,category,reported_at,lon,lat\na,b,2026-06-01,19,51\n", "utf-8")
    with pytest.raises(ReportsError, match="2 columns 'category': rename one"):
        read_reports(path, city=nine)


@pytest.mark.parametrize("item", ["category", "=Typ", "category=", ""])
def test_a_map_is_field_and_column(item: str) -> None:
    with pytest.raises(UsageError, match="write field=column"):
        parse_map([item])


def test_a_map_may_hold_spaces_and_signs() -> None:
    assert parse_map(["reported_at=Data utworzenia", "x=a=b"]) == {
        "reported_at": "Data utworzenia",
        "x": "a=b",
    }


# -- coordinate systems -------------------------------------------------------------------------


def test_x_and_y_go_before_degrees_when_a_system_is_named(nine: City, tmp_path: Path) -> None:
    lon, lat = lonlat(nine, *XY[1])
    path = one_row(tmp_path / "a.csv", lon=lon, lat=lat, x=XY[0][0], y=XY[0][1])
    named, _ = read_reports(path, city=nine, crs="EPSG:2180", now=NOW)
    unnamed, _ = read_reports(path, city=nine, now=NOW)
    assert (named.geometry[0].x, named.geometry[0].y) == pytest.approx(XY[0], abs=1e-3)
    assert (unnamed.geometry[0].x, unnamed.geometry[0].y) == pytest.approx(XY[1], abs=1e-3)


def test_another_system_gives_the_same_place(nine: City, tmp_path: Path) -> None:
    # The axes of EPSG:2177 are north and east; x is always the east one here.
    x, y = Transformer.from_crs(2180, 2177, always_xy=True).transform(*XY[0])
    path = one_row(tmp_path / "a.csv", lon=None, lat=None, x=x, y=y)
    accepted, _ = read_reports(path, city=nine, crs="EPSG:2177", now=NOW)
    assert (accepted.geometry[0].x, accepted.geometry[0].y) == pytest.approx(XY[0], abs=1e-3)


def test_a_column_can_name_the_system_row_by_row(nine: City, tmp_path: Path) -> None:
    lon, lat = lonlat(nine, *XY[1])
    frame = pd.DataFrame(
        {
            "category": "Żebractwo",
            "reported_at": "2026-06-01",
            "x": [XY[0][0], lon, lon],
            "y": [XY[0][1], lat, lat],
            "crs": ["EPSG:2180", "EPSG:4326", ""],
        }
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    accepted, quarantined = read_reports(tmp_path / "a.csv", city=nine, now=NOW)
    assert len(quarantined) == 0
    xy = shapely.get_coordinates(accepted.geometry)
    assert xy == pytest.approx(pd.DataFrame([XY[0], XY[1], XY[1]]).to_numpy(), abs=1e-3)


def test_an_unknown_system_is_an_error(nine: City, tmp_path: Path) -> None:
    path = one_row(tmp_path / "a.csv", x=1, y=2)
    with pytest.raises(CrsError, match="unknown coordinate system 'Gauss': write it as EPSG"):
        read_reports(path, city=nine, crs="Gauss")


def test_degrees_cannot_be_declared_as_metres(nine: City, tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="lon and lat are degrees, and EPSG:2180 counts metres"):
        read_reports(one_row(tmp_path / "a.csv"), city=nine, crs="EPSG:2180")


def test_a_geometry_without_a_system_is_an_error(nine: City, tmp_path: Path) -> None:
    points().set_crs(None, allow_override=True).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(CrsError, match="declares no coordinate system"):
        read_reports(tmp_path / "a.parquet", city=nine)
    accepted, _ = read_reports(tmp_path / "a.parquet", city=nine, crs="EPSG:2180", now=NOW)
    assert len(accepted) == 3


def test_a_wrong_system_is_told_with_the_right_one(nine: City, tmp_path: Path) -> None:
    path = one_row(tmp_path / "a.csv", lon=None, lat=None, x=XY[0][0], y=XY[0][1])
    _, quarantined = read_reports(path, city=nine, crs="EPSG:4326", now=NOW)
    assert quarantined["reason"].tolist() == ["impossible_coordinates"]
    assert (
        "in EPSG:2180 most rows would lie in the city: --crs EPSG:2180"
        in (quarantined["detail"][0])
    )


def test_geometry_that_is_no_point_is_quarantined(nine: City, tmp_path: Path) -> None:
    shapes: list[Any] = [
        {"type": "Polygon", "coordinates": [[[19, 51], [20, 51], [20, 52], [19, 51]]]},
        {"type": "Point", "coordinates": [19]},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Point", "coordinates": []},
        None,
    ]
    features = [
        {
            "type": "Feature",
            "id": i,
            "geometry": shape,
            "properties": {"category": "Żebractwo", "reported_at": "2026-06-01"},
        }
        for i, shape in enumerate(shapes)
    ]
    raw = {"type": "FeatureCollection", "features": features}
    (tmp_path / "a.geojson").write_text(json.dumps(raw), encoding="utf-8")
    _, quarantined = read_reports(tmp_path / "a.geojson", city=nine, now=NOW)
    assert quarantined["reason"].tolist() == (
        ["impossible_coordinates"] * 3 + ["missing_coordinates"] * 2
    )
    assert "a Polygon stands in place of a point" in quarantined["detail"][0]
    assert json.loads(quarantined["record"][0])["report_id"] == 0


def test_shapes_in_a_geopackage_are_judged_alike(nine: City, tmp_path: Path) -> None:
    frame = points()
    frame.geometry = [
        shapely.MultiPoint([XY[0]]),
        shapely.MultiPoint([XY[0], XY[1]]),
        shapely.box(*XY[0], *XY[1]),
    ]
    frame.to_file(tmp_path / "a.gpkg", driver="GPKG")
    accepted, quarantined = read_reports(tmp_path / "a.gpkg", city=nine, now=NOW)
    assert accepted["report_id"].tolist() == ["11"]
    assert quarantined["reason"].tolist() == ["impossible_coordinates"] * 2


# -- files that cannot be read ------------------------------------------------------------------

CLUSTERS = json.dumps(kmzb(clusters=[{"extent": [0, 0, 1, 1]}]))
BROKEN = {
    "empty": ("a.csv", b"", "a.csv is empty (0 bytes)"),
    "suffix": ("a.pdf", b"x", "a.pdf is of no known kind (.pdf): take one of .csv"),
    "no suffix": ("a", b"x", "a is of no known kind (no suffix)"),
    "cp1250": ("a.csv", "category\nŻebractwo ćma\n".encode("cp1250"), "It may be Windows-1250"),
    "cp1250 shown": ("a.csv", "category\nŻaba\n".encode("cp1250"), "where it reads 'Żaba'"),
    "utf-16": ("a.csv", "category\n".encode("utf-16"), "It may be UTF-16"),
    "json": ("a.json", b'{"features": [', "a.json is broken JSON"),
    "json text": ("a.json", b'"reports"', "a.json holds no reports"),
    "json features": ("a.json", b'{"features": 3}', "a.json holds no reports"),
    "json attributes": ("a.json", b'{"features": [{"a": 1}]}', "a.json holds no reports"),
    "clusters": ("a.json", CLUSTERS.encode(), "the service answered with 1 clusters"),
    "geojsonl": ("a.geojsonl", b'{"type":"Feature"}\n{oops\n', "a.geojsonl, line 2, is broken"),
    "geojsonl kind": ("a.geojsonl", b'{"type":"Point"}', "line 1, is no GeoJSON feature"),
    "gpkg": ("a.gpkg", b"not a database", "a.gpkg is no GeoPackage"),
    "parquet": ("a.parquet", b"PAR0", "a.parquet is no Parquet file"),
    "xlsx": ("a.xlsx", b"PK no workbook", "a.xlsx is no Excel workbook"),
    "endless quote": ("a.csv", b'"' + b"a" * 200_000, "a.csv is no CSV file"),
    "header only of nothing": ("a.csv", b"\n\n", "lacks the category"),
}


@pytest.mark.parametrize("kind", list(BROKEN))
def test_a_file_that_cannot_be_read_says_why(kind: str, nine: City, tmp_path: Path) -> None:
    name, content, message = BROKEN[kind]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReportsError) as info:
        read_reports(tmp_path / name, city=nine)
    assert message in info.value.message


def test_a_missing_file_and_a_folder_are_named(nine: City, tmp_path: Path) -> None:
    with pytest.raises(ReportsError, match=r"there is no file .*none\.csv"):
        read_reports(tmp_path / "none.csv", city=nine)
    with pytest.raises(ReportsError, match="is a folder: name the files in it"):
        read_reports(tmp_path, city=nine)


def test_a_geopackage_of_two_layers_is_refused(nine: City, tmp_path: Path) -> None:
    for layer in ("june", "july"):
        points().to_file(tmp_path / "a.gpkg", layer=layer, driver="GPKG")
    with pytest.raises(ReportsError, match=r"2 layers \(june, july\): keep only one"):
        read_reports(tmp_path / "a.gpkg", city=nine)


def test_damage_inside_a_parquet_file_is_told(nine: City, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(dict(rows()[["category", "reported_at", "x", "y"]])), path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    with pytest.raises(ReportsError, match=r"a\.parquet is no Parquet file, or it is damaged"):
        read_reports(path, city=nine, crs="EPSG:2180")


def test_a_row_of_too_many_fields_is_quarantined_alone(nine: City, tmp_path: Path) -> None:
    lon, lat = lonlat(nine)
    good = f"Żebractwo,2026-06-01,{lon},{lat}"
    lines = ["category,reported_at,lon,lat", good, f"{good},x", "Żebractwo", good, ""]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    accepted, quarantined = read_reports(tmp_path / "a.csv", city=nine, now=NOW)
    assert len(accepted) == 2
    assert quarantined["row"].tolist() == [2, 3]
    assert quarantined["reason"].tolist() == ["malformed_row"] * 2
    assert "it has 5 fields and the header 4" in quarantined["detail"][0]


def test_rows_keep_their_numbers_in_a_long_file(nine: City, tmp_path: Path) -> None:
    # Longer than the blocks in which the file is read, with line breaks inside the quotes.
    lon, lat = lonlat(nine)
    good = f'Żebractwo,"{"a line," * 8}\n",2026-06-01,{lon},{lat}\n'
    lines = ["category,opis,reported_at,lon,lat\n", *[good] * 30_000]
    for row in (1, 15_000, 30_000):
        lines[row] = "too,short\n"
    lines[20_000] = good.replace("Żebractwo", "?")
    (tmp_path / "a.csv").write_text("".join(lines), encoding="utf-8")
    accepted, quarantined = read_reports(tmp_path / "a.csv", city=nine, now=NOW)
    assert len(accepted) == 29_996
    assert quarantined["row"].tolist() == [1, 15_000, 20_000, 30_000]


def test_quotes_hold_separators_and_line_breaks(nine: City, tmp_path: Path) -> None:
    lon, lat = lonlat(nine)
    text = f'category,opis,reported_at,lon,lat\nŻebractwo,"a,\nb ""c""",2026-06-01,{lon},{lat}\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    accepted, quarantined = read_reports(tmp_path / "a.csv", city=nine, now=NOW)
    assert (len(accepted), len(quarantined)) == (1, 0)


# -- times --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-07-01", "2026-06-30T22:00:00"),
        ("2026-07-01T10:15", "2026-07-01T08:15:00"),
        ("2026-07-01 10:15:30.25", "2026-07-01T08:15:30.250000"),
        ("2026-07-01T10:15:00Z", "2026-07-01T10:15:00"),
        ("2026-07-01 10:15:00 UTC", "2026-07-01T10:15:00"),
        ("2026-07-01T10:15:00-05:00", "2026-07-01T15:15:00"),
        ("2026-07-01 10:15:00+0200", "2026-07-01T08:15:00"),
        ("01.07.2026 10:15", "2026-07-01T08:15:00"),
        ("1.7.2026, 9:05:07", "2026-07-01T07:05:07"),
        ("01.07.2026", "2026-06-30T22:00:00"),
        ("1782893700000", "2026-07-01T08:15:00"),
        ("1782893700", "2026-07-01T08:15:00"),
        ("1782893700.0", "2026-07-01T08:15:00"),
        (1_782_893_700_000, "2026-07-01T08:15:00"),
        (datetime(2026, 7, 1, 10, 15), "2026-07-01T08:15:00"),  # noqa: DTZ001  (Excel's)
        # Summer time ended on 25 October 2026: 02:30 came twice, the first one counts.
        ("2026-10-25 02:30", "2026-10-25T00:30:00"),
        ("2026-10-25 03:30", "2026-10-25T02:30:00"),
        ("2026-03-29 02:30", "2026-03-29T01:00:00"),
    ],
)
def test_a_time_is_read_as_its_moment(nine: City, written: Any, utc: str) -> None:
    times = read_times(pd.Series([written, None], dtype=object), timezone=nine.timezone)
    assert times[0].tz_convert(None).isoformat() == utc
    assert pd.isna(times[1])


@pytest.mark.parametrize(
    "written", ["07/01/2026", "yesterday", "2026-13-01", "32.01.2026", "12345", "01.07.26", "1e12"]
)
def test_what_may_mean_two_times_is_none(nine: City, written: str) -> None:
    assert read_times(pd.Series([written]), timezone=nine.timezone).isna().all()


def test_how_one_row_is_written_does_not_change_another(nine: City) -> None:
    forms = ["2026-07-01", "01.07.2026", "x", "2026-07-01T00:00+02:00", "1782856800", ""]
    together = read_times(pd.Series(forms), timezone=nine.timezone)
    alone = [read_times(pd.Series([f]), timezone=nine.timezone)[0] for f in forms]
    assert [str(t) for t in together] == [str(t) for t in alone]


def test_now_needs_a_zone(nine: City, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without a time zone"):
        read_reports(one_row(tmp_path / "a.csv"), city=nine, now=datetime(2026, 7, 1))  # noqa: DTZ001
