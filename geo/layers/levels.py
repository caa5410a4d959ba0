"""The levels of a city, projected and indexed once for every join of a build."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from geo.join import AreaIndex

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
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
