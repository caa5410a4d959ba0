"""A city folder is read as declared, and a fault in it is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import CITY_TOML, write_nine

from geo.city import LEVEL_COLUMNS, City
from geo.errors import CityError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_nine(tmp_path)
    return tmp_path


def test_levels_have_the_contract_columns_sorted_by_key(nine: City) -> None:
    assert list(nine.levels) == ["beat", "komisariat", "city"]
    for level in nine.levels.values():
        assert tuple(level.columns) == LEVEL_COLUMNS
        assert level.crs.to_string() == "EPSG:4326"
        assert list(level["area_id"]) == sorted(level["area_id"])


def test_area_is_that_of_the_ellipsoid(nine: City) -> None:
    # A square kilometre of EPSG:2180 near its central meridian is 0.14 % larger on the ground.
    assert nine.levels["beat"]["area_km2"].to_numpy() == pytest.approx([1.0014] * 9, abs=2e-4)
    assert nine.levels["beat"]["area_km2"].sum() == pytest.approx(
        nine.levels["city"]["area_km2"].iloc[0], rel=1e-6
    )


@pytest.mark.parametrize("name", [None, "", " \u00a0"])
def test_an_area_without_a_name_is_called_by_its_key(folder: Path, name: str | None) -> None:
    path = folder / "beats.geojson"
    beats = json.loads(path.read_text(encoding="utf-8"))
    beats["features"][3]["properties"]["name"] = name
    path.write_text(json.dumps(beats), encoding="utf-8")
    assert list(City.load(folder).levels["beat"]["name"])[2:5] == ["Area S-3", "S-4", "Area S-5"]


def test_files_that_a_city_leaves_out_are_empty(folder: Path) -> None:
    text = CITY_TOML.replace('addresses = "addresses.parquet"\n', "")
    (folder / "city.toml").write_text(text, encoding="utf-8")
    city = City.load(folder)
    assert len(city.addresses) == 0
    assert len(city.neighbours) == 0
    assert list(city.addresses.columns) == ["street", "number", "population", "geometry"]


def test_rows_of_one_key_become_one_area(folder: Path) -> None:
    path = folder / "beats.geojson"
    beats = json.loads(path.read_text(encoding="utf-8"))
    for feature in beats["features"]:
        if feature["properties"]["area_id"] == "S-2":
            feature["properties"]["area_id"] = "S-1"
    path.write_text(json.dumps(beats), encoding="utf-8")
    level = City.load(folder).levels["beat"]
    assert len(level) == 8
    assert level.loc[level["area_id"] == "S-1", "area_km2"].item() == pytest.approx(2.003, abs=1e-3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "nine"\n', "", "lacks 'id'"),
        ("EPSG:2180", "EPSG:3435", "US survey foot"),
        ("EPSG:2180", "EPSG:999999", "unknown coordinate system"),
        ("Europe/Warsaw", "Europe/Lodz", "unknown time zone"),
        ('["02-01", "08-01"]', '["08-01", "02-01"]', "in order"),
        ('["02-01", "08-01"]', '["02-31"]', "month-day"),
        ('catalogue = "kmzb"', 'catalogue = "none"', "no category catalogue 'none'"),
        ('boundary_level = "city"', 'boundary_level = "town"', "'town' is no level"),
        ('parent = "komisariat"', 'parent = "rewir"', "'rewir', which is no level"),
        ('collection = "komisariaty"', 'collection = "beats"', "same collection"),
        ('file = "beats.geojson"', 'file = "no.geojson"', "no.geojson is missing"),
        ('file = "beats.geojson"', 'file = "beats.geojson"\nkeys = "x"', "unknown words: keys"),
        ('file = "beats.geojson"', 'file = "beats.geojson"\nkey = "ID"', "no property 'ID'"),
        ('"land"]', '"sea"]', "'sea'"),
        ('id = "nine"', 'id = "nine"\ncolour = "red"', "unknown words: colour"),
        ('id = "nine"', "id = nine", "cannot be used"),
    ],
)
def test_a_fault_in_city_toml_is_named(folder: Path, old: str, new: str, message: str) -> None:
    assert old in CITY_TOML
    (folder / "city.toml").write_text(CITY_TOML.replace(old, new), encoding="utf-8")
    with pytest.raises(CityError, match=message):
        City.load(folder)


def test_an_unknown_city_lists_the_bundled_ones(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"no city 'atlantis'.*lodz"):
        City.load("atlantis")
    with pytest.raises(CityError, match="no city"):
        City.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        ({"type": "Point", "coordinates": [19.4, 51.7]}, "areas without a polygon: S-1"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "'S-1' is not a valid polygon .*Self-intersection",
        ),
    ],
)
def test_a_fault_in_a_geometry_is_named(folder: Path, geometry: object, message: str) -> None:
    path = folder / "beats.geojson"
    beats = json.loads(path.read_text(encoding="utf-8"))
    beats["features"][0]["geometry"] = geometry
    path.write_text(json.dumps(beats), encoding="utf-8")
    with pytest.raises(CityError, match=message):
        City.load(folder)


def test_a_parent_that_is_no_area_is_named(folder: Path) -> None:
    path = folder / "beats.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace('"K1"', '"K9"'), encoding="utf-8")
    with pytest.raises(CityError, match="komisariat has not: K9"):
        City.load(folder)
