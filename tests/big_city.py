"""A made-up city of a thousand beats with winding borders, and a store with its release.

    python tests/big_city.py build/big-city

It is as large as the explorer has to bear: about 150 vertices a beat, and some 30 000 cells with
a report in one period and group. The release is built once: to build it again, remove the folder.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs from a checkout, installed or not

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from conftest import CITY_TOML
from made_reports import fill, frame

from geo.city import City
from geo.pipeline import build_release
from geo.reports.simulate import SIMULATED_PREFIX
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    Shapes = NDArray[np.object_]

BEATS, STATIONS = 1000, 40
RADIUS = 22_700.0
MIDDLE = (530_000.0, 430_000.0)
REPORTS, SPOTS, IN_A_SPOT = 70_000, 60, 45
FIRST, DAYS = date(2025, 8, 1), 365
STREETS, ADDRESSES = 5_000, 40_000
BENDS = 26
"""Vertices of a border between two junctions."""

STATUSES = ("confirmed", "confirmed", "unconfirmed", "unconfirmed", "verification", "new", "joke")
GOLDEN = np.pi * (3.0 - 5.0**0.5)


def write_big_store(folder: Path, progress: Callable[[str], None] | None = None) -> Path:
    """Make the city, its reports and its release, unless they are there; tell the store."""
    city_folder, store = folder / "city", folder / "store"
    if not (city_folder / "city.toml").exists():
        city_folder.mkdir(parents=True, exist_ok=True)
        write_big_city(city_folder)
    if not (store / "current").exists():
        city = City.load(city_folder)
        if not (store / "reports").is_dir():
            fill(Folder.open(store), big_reports(city))
        build_release(city, Folder.open(store), progress=progress)
    return store


def write_big_city(folder: Path) -> None:
    """Write the city folder: beats, stations, city, streets and addresses."""
    rng = np.random.default_rng(1)
    beats, sites = winding_beats(rng)
    stations = _sunflower(STATIONS)
    station = np.argmin(np.linalg.norm(sites[:, None] - stations[None], axis=2), axis=1)
    parts = [shapely.union_all(beats[station == k]) for k in range(STATIONS)]
    named = [f"K{k + 1:02d}" for k in range(STATIONS)]
    kinds = {
        "beats": ([f"B-{k + 1:04d}" for k in range(BEATS)], [named[k] for k in station], beats),
        "komisariaty": (named, ["big"] * STATIONS, parts),
        "city": (["big"], [None], [shapely.union_all(parts)]),
    }
    for file, (ids, parents, shapes) in kinds.items():
        table = {"area_id": ids, "name": [f"Area {i}" for i in ids], "parent_id": parents}
        table |= {"status": "approximate", "population": 4e6 / len(shapes)}
        areas = gpd.GeoDataFrame(table, geometry=list(shapes), crs="EPSG:2180")
        areas.to_crs("EPSG:4326").to_file(folder / f"{file}.geojson", COORDINATE_PRECISION=15)
    _write_streets(folder, rng)
    toml = CITY_TOML.replace('id = "nine"', 'id = "big"').replace("Nine Squares", "A Thousand")
    (folder / "city.toml").write_text(toml, encoding="utf-8")


def winding_beats(rng: np.random.Generator) -> tuple[Shapes, FloatArray]:
    """Polygons that tile a round city, with borders as bent as streets, and a point in each."""
    sites = _sunflower(BEATS) + rng.normal(0.0, RADIUS / 160, (BEATS, 2))
    turn = np.linspace(0.0, 2 * np.pi, 721)[:-1]
    edge = RADIUS * (1.0 + 0.02 * np.sin(5 * turn) + 0.01 * np.sin(23 * turn))
    outline = shapely.Polygon(np.array(MIDDLE) + np.c_[edge * np.cos(turn), edge * np.sin(turn)])
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=outline, ordered=True)
    )
    plain = shapely.intersection(cells, outline)
    borders = shapely.line_merge(shapely.unary_union(shapely.boundary(plain)))
    bent = [_bend(line, rng) for line in shapely.get_parts(borders)]
    faces = shapely.get_parts(shapely.polygonize(bent))
    owner, found = shapely.STRtree(faces).query(shapely.centroid(plain), predicate="within")
    if len(faces) != BEATS or not np.array_equal(owner, np.arange(BEATS)):
        msg = f"{len(faces)} faces around {len(owner)} beats: bend the borders less"
        raise ValueError(msg)
    return faces[found], sites


def big_reports(city: City) -> gpd.GeoDataFrame:
    """Reports of a year all over the city, and many in a few places."""
    rng = np.random.default_rng(2)
    spread = np.sqrt(rng.random(REPORTS)) * RADIUS * 1.01
    turn = rng.random(REPORTS) * 2 * np.pi
    place = np.c_[spread * np.cos(turn), spread * np.sin(turn)]
    centre = place[rng.integers(0, REPORTS, SPOTS)]
    heaped = np.repeat(centre, IN_A_SPOT, axis=0)
    place = np.r_[place, heaped + rng.normal(0.0, 90.0, heaped.shape)] + MIDDLE
    many = len(place)
    minute = rng.integers(0, DAYS * 24 * 60, many)
    minute[:2] = 0, DAYS * 24 * 60 - 300
    when = pd.Timestamp(FIRST) + pd.to_timedelta(minute, unit="min")
    x, y = place.T
    reports = frame(
        city,
        category=rng.choice(np.array(sorted(city.catalogue.categories), dtype=object), many),
        status=rng.choice(np.array(STATUSES, dtype=object), many),
        when=when,
        x=x,
        y=y,
    )
    reports["event_at"] = reports["reported_at"] - pd.Timedelta(hours=3)
    reports["report_id"] = SIMULATED_PREFIX + reports["report_id"]
    return reports


def _sunflower(many: int) -> FloatArray:
    """Points that fill a disc evenly."""
    k = np.arange(many)
    spread, turn = RADIUS * np.sqrt((k + 0.5) / many), GOLDEN * k
    return np.asarray(MIDDLE + np.c_[spread * np.cos(turn), spread * np.sin(turn)])


def _bend(line: shapely.LineString, rng: np.random.Generator) -> shapely.LineString:
    """A line with the same ends that swings to both sides; one through vertices stays on them."""
    t = np.linspace(0.0, 1.0, BENDS)
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, t, normalized=True))
    waves = sum(
        rng.normal(0.0, 1.0 / k) * np.sin(np.pi * k * t) * np.sin(np.pi * t) for k in range(2, 9)
    )
    ahead = np.gradient(xy, axis=0)
    side = np.c_[-ahead[:, 1], ahead[:, 0]] / np.linalg.norm(ahead, axis=1, keepdims=True)
    bent = xy + 0.05 * line.length * np.clip(waves, -1.0, 1.0)[:, None] * side
    bent[[0, -1]] = xy[[0, -1]]
    return shapely.LineString(bent)


def _write_streets(folder: Path, rng: np.random.Generator) -> None:
    """Streets that wander, with addresses along them."""
    spread = np.sqrt(rng.random(STREETS)) * RADIUS * 0.97
    turn, heading = rng.random((2, STREETS)) * 2 * np.pi
    start = np.c_[spread * np.cos(turn), spread * np.sin(turn)] + MIDDLE
    ways = heading[:, None] + rng.normal(0.0, 0.15, (STREETS, 9)).cumsum(axis=1)
    step = rng.gamma(3.0, 35.0, (STREETS, 1))
    x = start[:, :1] + np.cumsum(step * np.cos(ways), axis=1)
    y = start[:, 1:] + np.cumsum(step * np.sin(ways), axis=1)
    lines = shapely.linestrings(np.stack([x, y], axis=2))
    names = [f"Street {k + 1}" for k in range(STREETS)]
    streets = {"name": names, "length_m": shapely.length(lines)}
    which = rng.integers(0, STREETS, ADDRESSES)
    points = shapely.line_interpolate_point(lines[which], rng.random(ADDRESSES), normalized=True)
    numbers = [str(n) for n in rng.integers(1, 120, ADDRESSES)]
    addresses = {"street": [names[k] for k in which], "number": numbers, "population": 90.0}
    for file, table, shapes in (("streets", streets, lines), ("addresses", addresses, points)):
        found = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:2180").to_crs("EPSG:4326")
        found.to_parquet(folder / f"{file}.parquet")


if __name__ == "__main__":
    write_big_store(Path(sys.argv[1]), lambda line: sys.stderr.write(f"{line}\n") and None)
