"""Made-up maps: noise of many kinds, and places planted in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SHAPE = (40, 40)
FLAT = np.ones(SHAPE)
GRADIENT = np.tile(np.linspace(0.2, 1.8, 40), (40, 1))
VARYING = np.tile(np.linspace(0.0, 4.0, 40), (40, 1))
"""Relative variance from cell to cell: none in the west, 4 in the east."""

CENTRES = [(6, 6), (6, 32), (20, 20), (32, 6), (32, 32)]
SQUARE = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
ANGLE = [(-2, -2), (-1, -2), (0, -2), (1, -2), (2, -2), (2, -1), (2, 0), (2, 1), (2, 2)]
"""The nine cells of an L, five long on each side."""


class Noise(NamedTuple):
    """A map without any hot spot."""

    name: str
    mean: float
    alpha: float | np.ndarray
    exposure: np.ndarray


NULLS = [
    *(Noise(f"flat, mean {mean:g}", mean, 0.0, FLAT) for mean in (0.05, 0.2, 0.5, 1, 5)),
    Noise("alpha 2, mean 0.2", 0.2, 2.0, FLAT),
    Noise("alpha 2, mean 0.5", 0.5, 2.0, FLAT),
    Noise("alpha 1, mean 1", 1.0, 1.0, FLAT),
    Noise("alpha 4, mean 1", 1.0, 4.0, FLAT),
    Noise("known gradient, mean 1", 1.0, 0.0, GRADIENT),
    Noise("known gradient, alpha 2, mean 0.5", 0.5, 2.0, GRADIENT),
]
HARDER = [
    Noise("alpha 0 to 4 across the map, mean 0.5", 0.5, VARYING, FLAT),
    Noise("alpha 0 to 4 across the map, mean 1", 1.0, VARYING, FLAT),
]


def draw(rng: np.random.Generator, mean: np.ndarray, alpha: float | np.ndarray = 0.0) -> np.ndarray:
    """Counts around a mean, with a relative variance of the rates from cell to cell."""
    spread = np.broadcast_to(np.asarray(alpha, dtype=float), mean.shape)
    rates = np.ones(mean.shape)
    wide = spread > 0
    rates[wide] = rng.gamma(1 / spread[wide], spread[wide])
    return rng.poisson(mean * rates)


def planted(cells: list[tuple[int, int]]) -> list[np.ndarray]:
    """Five places of one form, each a boolean map."""
    places = []
    for row, column in CENTRES:
        place = np.zeros(SHAPE, dtype=bool)
        for down, right in cells:
            place[row + down, column + right] = True
        places.append(place)
    return places
