"""Where simulated reports fall: residents, addresses, street length, land, over-dispersed.

Points are drawn from a mixture of what a city is made of; a gamma field on 200 m squares makes
some of them busier than people and streets explain, as in real maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.errors import CityError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.city import City

__all__ = ["Places"]

FIELD_M = 200.0
CURSOR_M = 12.0
"""Standard deviation of where a person puts the cursor."""
CANDIDATES = 4
"""Points drawn for each point kept, so that the field can choose."""


@dataclass(frozen=True)
class Places:
    """A city as sources of points, in its metric CRS.

    `field` is the gamma field (rows, columns) with mean 1, `origin` its south-west corner.
    """

    addresses: NDArray[np.float64]
    residents: NDArray[np.float64]
    segments: NDArray[np.float64]
    boundary: shapely.Geometry
    field: NDArray[np.float64]
    origin: NDArray[np.float64]

    @classmethod
    def of(cls, city: City, *, overdispersion: float, rng: np.random.Generator) -> Places:
        """The sources of a city, with a field of the given over-dispersion (gamma variance).

        Raises
        ------
        CityError
            If the city has no addresses.
        """
        if city.addresses.empty:
            msg = f"{city.name} has no addresses: reports are simulated around addresses only"
            raise CityError(msg)
        points = city.addresses.geometry.to_crs(city.metric_crs)
        levels = city.levels[city.settings.boundary_level].to_crs(city.metric_crs)
        boundary = levels.union_all()
        xmin, ymin, xmax, ymax = boundary.bounds
        shape = (int((ymax - ymin) // FIELD_M) + 1, int((xmax - xmin) // FIELD_M) + 1)
        people = city.addresses["population"].fillna(0).to_numpy(np.float64)
        return cls(
            addresses=np.column_stack([points.x, points.y]),
            residents=np.cumsum(people if people.sum() > 0 else np.ones(len(people))),
            segments=_segments(city.streets.geometry.to_crs(city.metric_crs)),
            boundary=boundary,
            field=rng.gamma(1 / overdispersion, overdispersion, shape),
            origin=np.array([xmin, ymin]),
        )

    def draw(
        self, n: int, *, mix: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Draw n points (n, 2) in metres inside the city, by the weights of `mix`."""
        candidates = self._mixture(CANDIDATES * n + 32, mix=mix, rng=rng)
        weight = self._field_at(candidates)
        chosen = rng.choice(len(candidates), size=n, replace=False, p=weight / weight.sum())
        return candidates[chosen]

    def _mixture(
        self, n: int, *, mix: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        counts = rng.multinomial(n, mix if len(self.segments) else _without_streets(mix))
        points = np.concatenate(
            [
                self.addresses[self._resident(counts[0], rng)],
                self.addresses[rng.integers(len(self.addresses), size=counts[1])],
                self._on_streets(counts[2], rng),
                self._on_land(counts[3], rng),
            ]
        )
        return points + rng.normal(0.0, CURSOR_M, points.shape)

    def _resident(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Positions of addresses, drawn by their residents."""
        return np.searchsorted(self.residents, rng.uniform(0, self.residents[-1], n), side="right")

    def _on_streets(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        if n == 0:
            return np.empty((0, 2))
        start, vector = self.segments[:, :2], self.segments[:, 2:]
        length = np.cumsum(np.hypot(vector[:, 0], vector[:, 1]))
        which = np.searchsorted(length, rng.uniform(0, length[-1], n), side="right")
        return start[which] + vector[which] * rng.uniform(size=(n, 1))

    def _on_land(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Uniform over the city: drawn over its box until enough lie inside."""
        xmin, ymin, xmax, ymax = self.boundary.bounds
        found = np.empty((0, 2))
        while len(found) < n:
            box = rng.uniform((xmin, ymin), (xmax, ymax), (2 * n + 16, 2))
            inside = shapely.contains_xy(self.boundary, box[:, 0], box[:, 1])
            found = np.concatenate([found, box[inside]])
        return found[:n]

    def _field_at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        cell = ((points - self.origin) // FIELD_M).astype(int)
        rows = np.clip(cell[:, 1], 0, self.field.shape[0] - 1)
        columns = np.clip(cell[:, 0], 0, self.field.shape[1] - 1)
        return self.field[rows, columns]


def _segments(lines: gpd.GeoSeries) -> NDArray[np.float64]:
    """Straight pieces of lines: (n, 4) of start x, y and vector x, y."""
    if lines.empty:
        return np.empty((0, 4))
    parts = shapely.get_parts(lines.to_numpy())
    xy, index = shapely.get_coordinates(parts, return_index=True)
    same = index[1:] == index[:-1]
    return np.column_stack([xy[:-1][same], np.diff(xy, axis=0)[same]])


def _without_streets(mix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same mixture for a city without street lines."""
    weights = mix * (1, 1, 0, 1)
    return weights / weights.sum()
