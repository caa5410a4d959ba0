"""What lies in each cell of a city: people, addresses, streets, land, and beats. Found once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.crs import EXCHANGE_CRS, transformer
from geo.statistics.grid import Grid, make_grid
from geo.statistics.stability import shifted_grids

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.levels import MetricLevels
    from geo.statistics.stability import ShiftedGrid

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["CellBeats", "CellGround", "Ground"]


@dataclass(frozen=True, eq=False)
class CellBeats:
    """Which beats lie in which cells: one entry per pair, by cell and falling area.

    Attributes
    ----------
    cell
        Flat position of the cell, increasing.
    beat
        Position of the beat in the finest level.
    area
        Square metres that they share.
    """

    cell: IntArray
    beat: IntArray
    area: FloatArray

    def of(self, cells: IntArray) -> tuple[IntArray, FloatArray]:
        """Beats of a set of cells, largest share first, and their shares of what beats cover.

        Parameters
        ----------
        cells
            Flat positions, increasing.

        Returns
        -------
        tuple of ndarray
            Positions of beats, and shares of sum 1; both empty where no beat is.
        """
        rows = np.flatnonzero(np.isin(self.cell, cells))
        beats, which = np.unique(self.beat[rows], return_inverse=True)
        area = np.bincount(which, weights=self.area[rows], minlength=len(beats))
        order = np.lexsort((beats, -area))
        return beats[order], area[order] / max(area.sum(), np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class CellGround:
    """A grid with its contents.

    Attributes
    ----------
    grid
        The cells.
    components
        Name to array of the grid's shape: residents, addresses, streets (m), land (share of cell).
        What the city has no data of is left out.
    beats
        The finest level's areas in each cell.
    """

    grid: Grid
    components: dict[str, FloatArray]
    beats: CellBeats


class Ground:
    """The ground of a city in cells of any size, each size worked out when first asked for."""

    def __init__(self, levels: MetricLevels) -> None:
        self.city: City = levels.city
        self.levels = levels
        self._known: dict[float, CellGround] = {}

    @cached_property
    def boundary(self) -> shapely.Geometry:
        """The city's area in its metric CRS."""
        project = transformer(EXCHANGE_CRS, self.city.metric_crs).transform
        return shapely.transform(self.city.boundary, lambda xy: np.column_stack(project(*xy.T)))

    @property
    def streets(self) -> gpd.GeoDataFrame:
        """The city's streets in its metric CRS."""
        return self.levels.streets

    def cells(self, cell_m: float) -> CellGround:
        """The ground in cells of one size, metres."""
        if cell_m not in self._known:
            grid = make_grid(self.boundary, cell_m=cell_m)
            self._known[cell_m] = CellGround(grid, self._components(grid), self._beats(grid))
        return self._known[cell_m]

    @cached_property
    def lattices(self) -> list[ShiftedGrid]:
        """The lattices that stability is judged by, with what the city consists of in each."""
        return shifted_grids(self.boundary, lambda grid: [*self._components(grid).values()])

    def _components(self, grid: Grid) -> dict[str, FloatArray]:
        return {name: self._component(name, grid) for name in self._useful}

    @cached_property
    def _useful(self) -> list[str]:
        """The components that the city knows something of; land, if it knows of nothing else."""
        shapely.prepare(self.boundary)
        x, y, persons = self._addresses
        within = shapely.intersects_xy(self.boundary, x, y)
        known = {
            "land": True,
            "streets": shapely.intersects(self.boundary, self.streets.geometry.to_numpy()).any(),
            "addresses": within.any(),
            "residents": persons[within].any(),
        }
        return [name for name in self.city.settings.components if known[name]] or ["land"]

    def _component(self, name: str, grid: Grid) -> FloatArray:
        if name == "land":
            return grid.share
        if name == "streets":
            return grid.line_length(self.streets.geometry)
        x, y, persons = self._addresses
        weights = persons if name == "residents" else np.ones(len(x))
        return grid.count(x, y, weights)

    @cached_property
    def _addresses(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Coordinates and residents of the address points; unknown residents are none."""
        x, y, persons = self.levels.addresses
        return x, y, np.nan_to_num(persons)

    def _beats(self, grid: Grid) -> CellBeats:
        """Exact shares of every beat in the cells that it covers."""
        found = [grid.covered(shape) for shape in self.levels.finest.geometry.to_numpy()]
        beat = np.repeat(np.arange(len(found)), [len(cells) for cells, _ in found])
        cell = np.concatenate([cells for cells, _ in found])
        area = np.concatenate([shares for _, shares in found]) * grid.cell_m**2
        inside = grid.mask.ravel()[cell]
        cell, beat, area = cell[inside], beat[inside], area[inside]
        order = np.lexsort((beat, -area, cell))
        return CellBeats(cell[order], beat[order], area[order])
