"""What all tests share: a city of nine squares, the bundled city, the input data outside."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.city import City

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
NO_SKIPS = os.environ.get("NO_SKIPS") == "1"
ORIGIN = (530_000.0, 430_000.0)
SIDE = 1_000.0

CITY_TOML = """
id = "nine"
name = "Nine Squares"
timezone = "Europe/Warsaw"
metric_crs = "EPSG:2180"
catalogue = "kmzb"
boundary_level = "city"

[notice]
en = "A made-up city for tests."
pl = "Zmyślone miasto do testów."

[periods]
starts = ["02-01", "08-01"]

[levels.beat]
collection = "beats"
file = "beats.geojson"
parent = "komisariat"
label = { en = "beat", pl = "rejon" }

[levels.komisariat]
collection = "komisariaty"
file = "komisariaty.geojson"
parent = "city"
label = { en = "police station", pl = "komisariat" }

[levels.city]
collection = "city"
file = "city.geojson"
label = { en = "city", pl = "miasto" }

[files]
addresses = "addresses.parquet"
streets = "streets.parquet"

[background]
components = ["residents", "addresses", "streets", "land"]
"""


def skip_or_fail(reason: str) -> None:
    """Skip a test, or fail it where skips are forbidden."""
    if NO_SKIPS:
        pytest.fail(f"skips are forbidden here, and {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The input data beside the checkout; the test is left out, by name, where they are absent."""
    if not SHARED.is_dir():
        skip_or_fail("the input data ../shared/data are not here: left out")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium; the test is left out, by name, where it is not installed."""
    path = shutil.which("chromium")
    if path is None:
        skip_or_fail("chromium is not installed (apt-get install chromium): left out")
    return str(path)


@pytest.fixture(scope="session")
def nine_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city folder: nine squares of 1 km (beats S-1 … S-9), three columns, one city."""
    folder = tmp_path_factory.mktemp("nine")
    write_nine(folder)
    return folder


@pytest.fixture(scope="session")
def nine(nine_folder: Path) -> City:
    """The city of nine squares."""
    return City.load(nine_folder)


@pytest.fixture(scope="session")
def lodz() -> City:
    """The bundled city."""
    return City.load("lodz")


def write_nine(folder: Path) -> None:
    """Write the city of nine squares: beats count from the south-west, row by row."""
    x0, y0 = ORIGIN
    squares = {
        f"S-{3 * row + column + 1}": shapely.box(
            x0 + column * SIDE, y0 + row * SIDE, x0 + (column + 1) * SIDE, y0 + (row + 1) * SIDE
        )
        for row in range(3)
        for column in range(3)
    }
    columns = {
        f"K{c + 1}": shapely.box(x0 + c * SIDE, y0, x0 + (c + 1) * SIDE, y0 + 3 * SIDE)
        for c in range(3)
    }
    beats = _areas(squares, parent=[f"K{int(k[2:]) % 3 or 3}" for k in squares], population=2000.0)
    _write(beats, folder / "beats.geojson")
    _write(_areas(columns, parent=["nine"] * 3, population=6000.0), folder / "komisariaty.geojson")
    whole = {"nine": shapely.box(x0, y0, x0 + 3 * SIDE, y0 + 3 * SIDE)}
    _write(_areas(whole, parent=[None], population=18000.0), folder / "city.geojson")
    _write_streets(folder)
    (folder / "city.toml").write_text(CITY_TOML, encoding="utf-8")


def _areas(
    polygons: dict[str, shapely.Polygon], *, parent: list[str | None], population: float
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "area_id": list(polygons),
            "name": [f"Area {key}" for key in polygons],
            "parent_id": parent,
            "status": "approximate",
            "population": population,
        },
        geometry=list(polygons.values()),
        crs="EPSG:2180",
    )


def _write(areas: gpd.GeoDataFrame, path: Path) -> None:
    """GeoJSON with every digit, so that shared corners stay shared."""
    path.write_text(json.dumps(areas.to_crs("EPSG:4326").__geo_interface__), encoding="utf-8")


def _write_streets(folder: Path) -> None:
    """Six streets 500 m apart from the edges, with an address every 50 m: 20 persons each."""
    x0, y0 = ORIGIN
    along = np.arange(25.0, 3 * SIDE, 50.0)
    lines, points = [], []
    for i in range(3):
        y = y0 + (i + 0.5) * SIDE
        x = x0 + (i + 0.5) * SIDE
        lines += [
            (f"Row {i + 1}", shapely.LineString([(x0, y), (x0 + 3 * SIDE, y)])),
            (f"Column {i + 1}", shapely.LineString([(x, y0), (x, y0 + 3 * SIDE)])),
        ]
        points += [(f"Row {i + 1}", str(n + 1), x0 + d, y + 5) for n, d in enumerate(along)]
        points += [(f"Column {i + 1}", str(n + 1), x + 5, y0 + d) for n, d in enumerate(along)]
    streets = gpd.GeoDataFrame(
        {"name": [name for name, _ in lines], "length_m": 3 * SIDE},
        geometry=[line for _, line in lines],
        crs="EPSG:2180",
    )
    addresses = gpd.GeoDataFrame(
        {"street": [p[0] for p in points], "number": [p[1] for p in points], "population": 20.0},
        geometry=gpd.points_from_xy([p[2] for p in points], [p[3] for p in points]),
        crs="EPSG:2180",
    )
    streets.to_crs("EPSG:4326").to_parquet(folder / "streets.parquet")
    addresses.to_crs("EPSG:4326").to_parquet(folder / "addresses.parquet")
