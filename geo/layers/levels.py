"""The levels of a city, projected and indexed once for every join of a build."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from geo.crs import EXCHANGE_CRS, transformer
from geo.join import AreaIndex

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.city import City

__all__ = ["MetricLevels"]


class MetricLevels:
    """A city's areas in its metric CRS.

    Parameters
    ----------
    city
        The city.
    """

    def __init__(self, city: City) -> None:
        self.city = city

    @cached_property
    def frames(self) -> dict[str, gpd.GeoDataFrame]:
        """Level id to its areas in the metric CRS, in the order of the city's frame."""
        levels = self.city.levels.items()
        return {level: frame.to_crs(self.city.metric_crs) for level, frame in levels}

    @property
    def finest(self) -> gpd.GeoDataFrame:
        """The areas of the first level."""
        return next(iter(self.frames.values()))

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """The city's streets in its metric CRS."""
        return self.city.streets.to_crs(self.city.metric_crs)

    @cached_property
    def addresses(self) -> tuple[NDArray[np.float64], ...]:
        """Coordinates in the metric CRS, and residents (NaN: unknown), of the address points."""
        points = self.city.addresses
        project = transformer(EXCHANGE_CRS, self.city.metric_crs).transform
        x, y = project(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
        return x, y, points["population"].to_numpy(dtype=np.float64)

    def assign(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> dict[str, NDArray[np.int32]]:
        """The area of each point on every level.

        Parameters
        ----------
        x, y
            Metres in the metric CRS, shape (n,).

        Returns
        -------
        dict
            Level id to positions in its frame, int32, -1 where a point is in no area.
        """
        return {level: index.assign(x, y) for level, index in self._indexes.items()}

    @cached_property
    def _indexes(self) -> dict[str, AreaIndex]:
        return {level: AreaIndex(frame, key="area_id") for level, frame in self.frames.items()}
