"""The levels of areas as layers, and what the counts in them are divided by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.layers.layer import Layer, exchange_shapes
from geo.layers.neighbours import neighbour_texts
from geo.layers.schema import AREAS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.layers.levels import MetricLevels

    FloatArray = NDArray[np.float64]

__all__ = ["area_layer", "denominators", "street_metres"]

_TOUCH_M = 1e-3
"""Less than this in two areas at once is rounding, not a street along a border."""


def area_layer(levels: MetricLevels, level: str) -> Layer:
    """The areas of one level, plain, as a collection of their own.

    Parameters
    ----------
    levels
        The city's areas in its metric CRS.
    level
        One of them.

    Returns
    -------
    Layer
        One row per area in order of its id, which is also the feature id.
    """
    city = levels.city
    frame = city.levels[level]
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table.insert(0, "fid", table["area_id"])
    table["level"] = level
    table["neighbours"] = neighbour_texts(levels.frames[level])
    rows = np.arange(len(table), dtype=np.int32)
    collection = city.settings.levels[level].collection
    return Layer(collection, AREAS, table, exchange_shapes(frame.geometry), rows)


def denominators(levels: MetricLevels) -> dict[str, pd.DataFrame]:
    """Residents, addresses, streets and land of every area of every level.

    Parameters
    ----------
    levels
        The city's areas in its metric CRS.

    Returns
    -------
    dict
        Level id to a frame in the order of the level: `residents` (persons: the level's own
        number, else the sum over its addresses, NaN where neither is known), `addresses` (count),
        `streets` (km), `land` (km², on the ellipsoid). A thing the city has no file of is zero.
    """
    city = levels.city
    found = {level: _counted(frame) for level, frame in city.levels.items()}
    if len(city.addresses):
        _add_addresses(found, levels)
    if len(city.streets):
        lines = levels.streets.geometry.to_numpy()
        for level, frame in levels.frames.items():
            found[level]["streets"] = street_metres(lines, frame.geometry.to_numpy()) / 1000
    return found


def street_metres(lines: NDArray[np.object_], areas: NDArray[np.object_]) -> FloatArray:
    """Metres of street in each area.

    Parameters
    ----------
    lines
        Lines in a metric CRS.
    areas
        Polygons in the same CRS, shape (n,).

    Returns
    -------
    ndarray
        Shape (n,). A street that runs along the border between two areas counts half in each, so
        that nothing is counted twice.
    """
    shapely.prepare(areas)
    area, line = shapely.STRtree(lines).query(areas, predicate="intersects")
    whole = shapely.length(lines)
    length = whole[line]
    cut = np.flatnonzero(~shapely.contains_properly(areas[area], lines[line]))
    length[cut] = shapely.length(shapely.intersection(lines[line[cut]], areas[area[cut]]))
    twice = np.bincount(line, weights=length, minlength=len(lines)) > whole + _TOUCH_M
    shared = cut[twice[line[cut]]]
    along = shapely.intersection(lines[line[shared]], shapely.boundary(areas)[area[shared]])
    length[shared] -= shapely.length(along) / 2
    return np.bincount(area, weights=length, minlength=len(areas)).astype(np.float64)


def _counted(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "residents": frame["population"].to_numpy(dtype=float),
            "addresses": 0.0,
            "streets": 0.0,
            "land": frame["area_km2"].to_numpy(dtype=float),
        }
    )


def _add_addresses(found: dict[str, pd.DataFrame], levels: MetricLevels) -> None:
    """Count addresses, and their residents where a level says nothing of its own."""
    x, y, persons = levels.addresses
    area = levels.assign(x, y)
    for level, position in area.items():
        inside = position >= 0
        table = found[level]
        size = len(table)
        table["addresses"] = np.bincount(position[inside], minlength=size).astype(float)
        lived = np.bincount(position[inside], weights=persons[inside], minlength=size)
        unknown = table["residents"].isna().to_numpy() & np.isfinite(persons).all()
        table.loc[unknown, "residents"] = lived[unknown]
