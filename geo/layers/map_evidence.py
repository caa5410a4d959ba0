"""What a map tells besides the test: how stable it is, how it develops, and two known pictures.

Where stability is judged, a cell is published as hot only if it is hot on at least half of the
lattices that the city could have been laid out in; otherwise it is watched. Everything here is a
function of the episodes of one map, so faces that see the same reports share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.layers.facts import day_number
from geo.periods import months_before
from geo.statistics.density import kernel_density
from geo.statistics.emerging_map import emerging_map
from geo.statistics.gi_star import gi_star_map
from geo.statistics.stability import flagged_by_grid, published_class, stability

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from geo.statistics.background import Background
    from geo.statistics.emerging_map import EmergingMap
    from geo.statistics.grid import Grid
    from geo.statistics.hotspots import HotspotTest
    from geo.statistics.stability import ShiftedGrid

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["HOT", "MONTHS", "Episodes", "Evidence", "find_evidence"]

MONTHS = 12
HOT = 95


class Episodes(NamedTuple):
    """Metres in the metric CRS, and local days since 1970-01-01, of the episodes of a map."""

    x: FloatArray
    y: FloatArray
    day: IntArray


@dataclass(frozen=True, eq=False)
class Evidence:
    """Of one map; arrays of the shape of its grid.

    Attributes
    ----------
    hot_class
        int64: the class that may be published (`published_class`).
    stability
        Share of the lattices on which each cell is hot; NaN everywhere where it was not judged.
    flagged
        Booleans, shape (lattices, episodes): the episode lies in a hot cell of the lattice. No
        lattices where it was not judged.
    monthly
        Episodes per month, shape (`MONTHS`, rows, columns), the oldest month first.
    emerging
        Pattern of each cell over these months.
    gi_z, kde_per_km2
        Gi* z-scores, and a smooth density.
    """

    hot_class: IntArray
    stability: FloatArray
    flagged: BoolArray
    monthly: IntArray
    emerging: EmergingMap
    gi_z: FloatArray
    kde_per_km2: FloatArray


def find_evidence(
    episodes: Episodes,
    *,
    end: date,
    grid: Grid,
    background: Background,
    test: HotspotTest,
    lattices: Sequence[ShiftedGrid],
    minimum_effect: float,
) -> Evidence:
    """Look at the episodes of a map again.

    Parameters
    ----------
    episodes
        Those of the map.
    end
        The day after the last one of the map.
    grid, background, test
        The map: its cells, what they expect, and what the test says.
    lattices
        What stability is judged by; with none it is not judged, and every class stays.
    minimum_effect
        As the test was asked.

    Returns
    -------
    Evidence
        In the order of the episodes, where it is by episode.
    """
    x, y = episodes.x, episodes.y
    monthly = _monthly(episodes, end=end, grid=grid)
    flagged = flagged_by_grid(
        x, y, lattices, grid=grid, background=background, minimum_effect=minimum_effect
    )
    share, hot_class = np.full(grid.shape, np.nan), test.hot_class
    if lattices:
        cell = np.ravel_multi_index(grid.cell_of(x, y), grid.shape, mode="clip")
        share = stability(flagged, cell, many=share.size).reshape(grid.shape)
        hot_class = published_class(hot_class, share)
    counts = monthly.sum(axis=0)
    return Evidence(
        hot_class=hot_class,
        stability=share,
        flagged=flagged,
        monthly=monthly,
        emerging=emerging_map(
            monthly,
            exposure=background.expected,
            mask=grid.mask,
            alpha=background.alpha,
            minimum_effect=minimum_effect,
            whole=test,
        ),
        gi_z=gi_star_map(counts, mask=grid.mask),
        kde_per_km2=kernel_density(counts, cell_m=grid.cell_m, inside=grid.share),
    )


def _monthly(episodes: Episodes, *, end: date, grid: Grid) -> IntArray:
    """Episodes per month back from the end of the map, and cell of the mask."""
    edges = [day_number(months_before(end, back)) for back in range(MONTHS, 0, -1)]
    month = np.searchsorted(edges, episodes.day, side="right") - 1
    row, column = grid.cell_of(episodes.x, episodes.y)
    inside = (row >= 0) & (month >= 0)
    counts = np.zeros((MONTHS, *grid.shape), dtype=np.int64)
    np.add.at(counts, (month[inside], row[inside], column[inside]), 1)
    return np.where(grid.mask, counts, 0)
