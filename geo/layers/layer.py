"""A layer: a table of features, and each shape once, however many rows share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import EXCHANGE_CRS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["DIGITS", "Layer", "exchange_shapes"]

DIGITS = 7
"""Decimals of published coordinates: a centimetre."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One published layer.

    Attributes
    ----------
    id
        Name of the collection.
    names
        Its columns, one of the tuples of `geo.layers.schema`.
    table
        One row per feature: `fid` (text, unique) and the columns. Missing is None or NaN.
    shapes
        Different geometries in EPSG:4326, RFC 7946 winding, `DIGITS` decimals.
    shape
        int32, shape (rows,): position of each row's geometry in `shapes`, -1 for none.
    """

    id: str
    names: tuple[str, ...]
    table: pd.DataFrame
    shapes: NDArray[np.object_]
    shape: NDArray[np.int32]

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """The same as a GeoDataFrame in EPSG:4326, None where a row has no geometry."""
        geometry = np.full(len(self.table), None, dtype=object)
        placed = self.shape >= 0
        geometry[placed] = self.shapes[self.shape[placed]]
        return gpd.GeoDataFrame(self.table, geometry=geometry, crs=EXCHANGE_CRS)


def exchange_shapes(geometry: gpd.GeoSeries) -> NDArray[np.object_]:
    """Geometries as they are published: longitude, latitude, rounded, wound by RFC 7946.

    Parameters
    ----------
    geometry
        Any CRS that is declared.

    Returns
    -------
    ndarray
        Shapely geometries of the same length.
    """
    degrees = geometry.to_crs(EXCHANGE_CRS).to_numpy()
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, DIGITS))
    return np.asarray(shapely.orient_polygons(rounded, exterior_cw=False), dtype=object)
