"""Planted hot spots: places whose strength and time pattern are known, to be found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PATTERNS", "PlantedSpot", "plant_spots"]

PATTERNS = ("persistent", "growing", "new", "fading")
MAX_SPOTS = 16
SPACING_M = 1_200.0
NEW_DAYS = 150
"""A *new* spot starts this many days before the end."""


@dataclass(frozen=True, slots=True)
class PlantedSpot:
    """One planted spot: Gaussian around (x, y) in metres with standard deviation `radius_m`."""

    spot_id: str
    category: str
    x: float
    y: float
    radius_m: float
    per_year: float
    pattern: str

    def times(self, *, days: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Days since the start, sorted, at which its reports are made: a Poisson process."""
        intensity = self.per_year / 365.0 * _shape(self.pattern, days)
        counts = rng.poisson(intensity)
        day = np.repeat(np.arange(days, dtype=np.float64), counts)
        return np.sort(day)


def plant_spots(
    addresses: NDArray[np.float64], categories: list[str], *, rng: np.random.Generator
) -> list[PlantedSpot]:
    """Choose places at addresses, at least 1.2 km apart, strong and weak ones.

    Parameters
    ----------
    addresses
        (n, 2) coordinates in metres.
    categories
        Category ids, the most frequent first; the frequent ones get more spots.

    Returns
    -------
    list of PlantedSpot
        At most 16, fewer in a small city.
    """
    chosen = _spread(addresses, rng)
    cycle = categories[:3] * 3 + categories[3:10]
    strengths = (24.0, 40.0, 64.0, 90.0)
    return [
        PlantedSpot(
            spot_id=f"P{i + 1:02d}",
            category=cycle[i % len(cycle)],
            x=float(x),
            y=float(y),
            radius_m=float(rng.choice((60.0, 110.0, 160.0))),
            per_year=strengths[int(rng.integers(len(strengths)))],
            pattern=PATTERNS[i % len(PATTERNS)],
        )
        for i, (x, y) in enumerate(chosen)
    ]


def _spread(addresses: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Addresses in random order, each kept if it is far from those before it."""
    kept = np.empty((0, 2))
    for position in rng.permutation(len(addresses))[:2_000]:
        point = addresses[position]
        if np.all(np.hypot(*(kept - point).T) >= SPACING_M):
            kept = np.vstack([kept, point])
        if len(kept) == MAX_SPOTS:
            break
    return kept


def _shape(pattern: str, days: int) -> NDArray[np.float64]:
    """The intensity over time, relative to the spot's yearly rate."""
    day = np.arange(days)
    if pattern == "growing":
        return 2.0 * day / days
    if pattern == "new":
        return (day >= days - NEW_DAYS).astype(np.float64)
    if pattern == "fading":
        return 2.0 * (1.0 - day / days)
    return np.ones(days)
