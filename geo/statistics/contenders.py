"""The forecasts that a backtest lets compete: simple counts, smooth densities, and ours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

from geo.statistics.forecast import forecast_counts
from geo.statistics.priors import equal_prior, nearby_areas_prior, nearby_cells_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.statistics.grid import Grid
    from geo.statistics.priors import Prior

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = [
    "AREA_PRIORS_M",
    "CELL_PRIORS_M",
    "MODELS",
    "Ground",
    "History",
    "Prediction",
    "area_priors",
    "cell_priors",
    "predict",
]

KERNELS_M = (200, 400, 800)
MODELS = ("last-period", "last-year", *(f"kde-{metres}" for metres in KERNELS_M), "eb-drift")
"""Names of the models, as they stand in the `model` column."""

_LEAST = 0.01
"""What a place with no past expects from a model that would say never."""

CELL_PRIORS_M = (400, 800, 1600)
AREA_PRIORS_M = (1500, 3000)
"""How far around the priors of ``eb-drift`` look: standard deviations in metres."""


@dataclass(frozen=True, eq=False)
class Ground:
    """The places of a city, at two scales.

    Attributes
    ----------
    grid
        Square cells; their places are those of the mask, row by row.
    area_of_cell
        Position of the area that the middle of each cell lies in, int64, -1 for none.
    centres
        A point of each area, metres, shape (areas, 2).
    areas_km2, cells_km2
        Size of each area and of each cell's part inside the city.
    """

    grid: Grid
    area_of_cell: IntArray
    centres: FloatArray
    areas_km2: FloatArray
    cells_km2: FloatArray

    @cached_property
    def cell_priors(self) -> Sequence[Prior]:
        """What cells expect from the cells around."""
        return cell_priors(self.grid)

    @cached_property
    def area_priors(self) -> Sequence[Prior]:
        """What areas expect from the areas around."""
        return area_priors(self.centres)


@dataclass(frozen=True, eq=False)
class History:
    """What was known before a cut: counts per place and bin, the oldest bin first.

    Attributes
    ----------
    areas, cells
        Shapes (areas, bins) and (cells, bins).
    horizon
        Bins to forecast.
    per_year
        Bins in a year.
    """

    areas: FloatArray
    cells: FloatArray
    horizon: int
    per_year: int


class Prediction(NamedTuple):
    """The mean of each place over the horizon, above zero, and its relative variance."""

    mean: FloatArray
    alpha: FloatArray


def area_priors(centres: FloatArray) -> list[Prior]:
    """The priors that ``eb-drift`` chooses from for areas.

    Parameters
    ----------
    centres
        A point of each area, metres, shape (areas, 2).

    Returns
    -------
    list of Prior
        The mean of all areas, then those around at each of `AREA_PRIORS_M`.
    """
    x, y = centres.T
    nearby = [nearby_areas_prior(x, y, bandwidth_m=metres) for metres in AREA_PRIORS_M]
    return [equal_prior, *nearby]


def cell_priors(grid: Grid) -> list[Prior]:
    """The priors that ``eb-drift`` chooses from for cells.

    Parameters
    ----------
    grid
        The cells.

    Returns
    -------
    list of Prior
        The cells around at each of `CELL_PRIORS_M`.
    """
    return [nearby_cells_prior(grid, bandwidth_m=metres) for metres in CELL_PRIORS_M]


def predict(model: str, history: History, ground: Ground, *, cells: bool) -> Prediction:
    """What a model expects of the cells, or of the areas.

    Parameters
    ----------
    model
        One of `MODELS`. Those but the last are what is usual, and take the count to be Poisson:

        * ``last-period``: as many as in a horizon's length before the cut.
        * ``last-year``: as many as in the year before the cut, in proportion to the horizon.
        * ``kde-200`` and so on: the year before the cut, smoothed by a Gaussian kernel of this
          standard deviation in metres, corrected at the city's edge. Areas get the sum of the
          cells whose middle lies in them.
        * ``eb-drift``: `forecast_counts`, with a prior from the surroundings.
    history
        Counts before the cut.
    ground
        The places.
    cells
        Whether cells are forecast, or areas.

    Returns
    -------
    Prediction
        In the order of the places.
    """
    counts = history.cells if cells else history.areas
    if model == "eb-drift":
        priors = ground.cell_priors if cells else ground.area_priors
        forecast = forecast_counts(
            counts, horizon=history.horizon, per_year=history.per_year, priors=priors
        )
        return Prediction(forecast.mean, forecast.alpha)
    mean = np.maximum(_plain(model, history, counts, ground, cells=cells), _LEAST)
    return Prediction(mean, np.zeros(len(mean)))


def _plain(
    model: str, history: History, counts: FloatArray, ground: Ground, *, cells: bool
) -> FloatArray:
    """Means of the models that know no spread."""
    if model == "last-period":
        return counts[:, -history.horizon :].sum(axis=1)
    bins = min(history.per_year, counts.shape[1])
    ratio = history.horizon / bins
    if model == "last-year":
        return counts[:, -bins:].sum(axis=1) * ratio
    year = history.cells[:, -bins:].sum(axis=1) * ratio
    smooth = _smoothed(year, ground, bandwidth_m=float(model.removeprefix("kde-")))
    if cells:
        return smooth
    inside = ground.area_of_cell >= 0
    summed = np.zeros(len(ground.centres))
    np.add.at(summed, ground.area_of_cell[inside], smooth[inside])
    return summed


def _smoothed(values: FloatArray, ground: Ground, *, bandwidth_m: float) -> FloatArray:
    """Gaussian smoothing inside the city, with the sum of the values."""
    grid = ground.grid
    field = np.zeros(grid.shape)
    field[grid.mask] = values
    above, below = (
        ndimage.gaussian_filter(array, bandwidth_m / grid.cell_m, mode="constant")[grid.mask]
        for array in (field, grid.share)
    )
    smooth = grid.share[grid.mask] * np.divide(above, below, where=below > 0, out=0 * below)
    return smooth * (values.sum() / max(smooth.sum(), np.finfo(float).tiny))
