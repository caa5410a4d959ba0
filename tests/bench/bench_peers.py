"""The engines that the join is measured beside, each in its fastest documented form.

A peer prepares its tables first, unmeasured, and then joins. What it returns, pairs of point and
beat, is reduced to the lowest beat afterwards, unmeasured as well. So every choice favours it.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
    Join = Callable[[], Pairs]
    Prepare = Callable[[gpd.GeoDataFrame, NDArray[np.float64], NDArray[np.float64]], Join]

__all__ = ["PEERS", "Peer", "lowest_by_geos"]


@dataclass(frozen=True)
class Peer:
    """One engine: its label, the packages it needs, and how many points it can be asked for."""

    label: str
    packages: tuple[str, ...]
    points: int
    prepare: Prepare

    @property
    def missing(self) -> list[str]:
        """Packages that are not installed."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]


def lowest_by_geos(
    beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.int32]:
    """The reference: GEOS asked for every beat, what geopandas' `intersects` is made of."""
    lowest = np.full(len(x), -1, dtype=np.int32)
    point, beat = prepare_shapely_loop(beats, x, y)()
    lowest[point[::-1]] = beat[::-1]  # ascending beats: the last one written is the lowest
    return lowest


def prepare_shapely_loop(
    beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> Join:
    """Sort the points by x, then ask each prepared polygon about those in its box."""
    polygons = beats.geometry.to_numpy()
    shapely.prepare(polygons)

    def join() -> Pairs:
        order = np.argsort(x)
        xs, ys = x[order], y[order]
        found = []
        for polygon, (west, south, east, north) in zip(
            polygons, shapely.bounds(polygons), strict=True
        ):
            first, last = np.searchsorted(xs, west), np.searchsorted(xs, east, side="right")
            near = first + np.flatnonzero((ys[first:last] >= south) & (ys[first:last] <= north))
            found.append(order[near[shapely.intersects_xy(polygon, xs[near], ys[near])]])
        return np.concatenate(found), np.repeat(np.arange(len(found)), [*map(len, found)])

    return join


def prepare_strtree(
    beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> Join:
    tree, points = shapely.STRtree(beats.geometry.to_numpy()), shapely.points(x, y)
    return lambda: tuple(tree.query(points, predicate="intersects"))


def prepare_strtree_of_points(
    beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> Join:
    points, polygons = shapely.points(x, y), beats.geometry.to_numpy()

    def join() -> Pairs:
        beat, point = shapely.STRtree(points).query(polygons, predicate="intersects")
        return point, beat

    return join


def prepare_sjoin(predicate: str) -> Prepare:
    def prepare(beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]) -> Join:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=beats.crs))

        def join() -> Pairs:
            joined = points.sjoin(beats, predicate=predicate)
            return joined.index.to_numpy(), joined["index_right"].to_numpy()

        return join

    return prepare


QUERY = "SELECT p.point, b.beat FROM points p JOIN beats b ON ST_Intersects(b.geometry, {point})"


def prepare_sedona(beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]) -> Join:
    import sedonadb  # noqa: PLC0415 - may not be installed

    session = sedonadb.connect()
    session.create_data_frame(beats.assign(beat=np.arange(len(beats)))).to_view("beats")
    session.create_data_frame(_table(x, y)).to_view("points")
    query = QUERY.format(point=f"ST_SetSRID(ST_Point(p.x, p.y), {beats.crs.to_epsg()})")
    return lambda: _pairs(session.sql(query).to_arrow_table())


def prepare_duckdb(beats: gpd.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]) -> Join:
    import duckdb  # noqa: PLC0415 - may not be installed
    import duckdb_extension_spatial  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    folder = Path(duckdb_extension_spatial.__file__).parent
    extension = next(folder.rglob("spatial.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{extension}'")
    wkb = pa.table({"beat": np.arange(len(beats)), "wkb": shapely.to_wkb(beats.geometry)})
    connection.register("wkb", wkb)
    connection.register("xy", _table(x, y))
    connection.execute(
        "CREATE TABLE beats AS SELECT beat, ST_GeomFromWKB(wkb) AS geometry FROM wkb;"
        "CREATE TABLE points AS SELECT point, ST_Point(x, y) AS geometry FROM xy"
    )
    query = QUERY.format(point="p.geometry")
    return lambda: _pairs(connection.sql(query).to_arrow_table())


def _table(x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.table({"point": np.arange(len(x)), "x": x, "y": y})


def _pairs(table: Any) -> Pairs:
    return table["point"].to_numpy(), table["beat"].to_numpy()


PEERS = [
    Peer("shapely, prepared polygons, x-sorted", (), 1_000_000, prepare_shapely_loop),
    Peer("SedonaDB, 2 threads", ("sedonadb", "geoarrow.types"), 1_000_000, prepare_sedona),
    Peer("geopandas.sjoin, within", (), 100_000, prepare_sjoin("within")),
    Peer("shapely.STRtree of points", (), 100_000, prepare_strtree_of_points),
    Peer("shapely.STRtree of polygons", (), 100_000, prepare_strtree),
    Peer(
        "DuckDB spatial, SPATIAL_JOIN, 2 threads",
        ("duckdb", "duckdb_extension_spatial"),
        100_000,
        prepare_duckdb,
    ),
    Peer("geopandas.sjoin, intersects", (), 100_000, prepare_sjoin("intersects")),
]
