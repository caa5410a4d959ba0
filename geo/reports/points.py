"""Coordinates as files write them, read as points in the city's metric CRS, and their faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import EXCHANGE_CRS, parse_crs, transformer
from geo.errors import CrsError
from geo.reports.times import text_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.city import City
    from geo.reports.columns import Columns
    from geo.reports.table import Positions, Table

__all__ = ["Points", "read_points"]


@dataclass(frozen=True, slots=True)
class Points:
    """Where each row lies, or why nobody can say.

    Attributes
    ----------
    x, y
        float64 metres in the city's metric CRS; not finite where `code` is not None.
    code
        Per row None or a reason: missing_coordinates, impossible_coordinates, swapped_axes,
        outside_city.
    raw_x, raw_y
        The coordinates as the file has them.
    crs
        Per row the CRS in which they were read.
    faults
        Per row None, or what stands in place of a point.
    hint
        The CRS in which most of the rows would lie in the city, if it is not the one they
        were read in.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    code: NDArray[np.object_]
    raw_x: NDArray[np.object_]
    raw_y: NDArray[np.object_]
    crs: NDArray[np.object_]
    faults: NDArray[np.object_]
    hint: str | None


def read_points(table: Table, columns: Columns, *, city: City, crs: str | None) -> Points:
    """Read, project and judge the positions of a file.

    Parameters
    ----------
    crs
        What the caller declares; goes before what the file declares, which goes before the
        CRS of the city's reports (`reports.crs` in `city.toml`). Longitude and latitude
        columns are EPSG:4326.

    Raises
    ------
    CrsError
        If a CRS is unknown or missing, or longitude and latitude are declared as metres.
    """
    if columns.x is None or columns.y is None:
        if table.positions is None:
            msg = "the file has no geometry: name the columns of its coordinates"
            raise CrsError(msg)
        x, y, faults = table.positions.x, table.positions.y, table.positions.faults
        raw_x, raw_y = x.astype(object), y.astype(object)
        systems = _systems_of_geometry(table.positions, crs, city)
    else:
        x, y, faults = _numbers(table.frame, columns.x, columns.y)
        raw_x = table.frame[columns.x].to_numpy(dtype=object)
        raw_y = table.frame[columns.y].to_numpy(dtype=object)
        systems = _systems_of_columns(table.frame, columns, crs, city)
    area = _Surroundings.of(city)
    metric_x, metric_y = _project(x, y, systems, city.metric_crs)
    code = _judge(x, y, systems, area, near=area.reach(metric_x, metric_y), faults=faults)
    hint = _hint(x, y, code, systems, area, city)
    return Points(metric_x, metric_y, code, raw_x, raw_y, systems, faults, hint)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """The city in its metric CRS and how far outside a report may lie."""

    boundary: shapely.Geometry
    far_m: float
    crs: str

    @classmethod
    def of(cls, city: City) -> _Surroundings:
        boundary = gpd.GeoSeries([city.boundary], crs=EXCHANGE_CRS).to_crs(city.metric_crs).iloc[0]
        shapely.prepare(boundary)
        return cls(boundary, city.settings.far_m, city.metric_crs)

    def reach(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether points (metric CRS) lie in the city or at most `far_m` from it."""
        near = np.isfinite(x) & np.isfinite(y)
        near[near] = shapely.contains_xy(self.boundary, x[near], y[near])
        west, south, east, north = self.boundary.bounds
        pad = self.far_m
        rest = ~near & (x >= west - pad) & (x <= east + pad) & (y >= south - pad)
        rest &= y <= north + pad
        near[rest] = shapely.dwithin(self.boundary, shapely.points(x[rest], y[rest]), pad)
        return near


def _numbers(
    frame: pd.DataFrame, x: str, y: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Two columns as numbers (also with a decimal comma), and what is written but is none."""
    faults = np.full(len(frame), None, dtype=object)
    numbers = []
    for name in (x, y):
        values, unreadable = _number(frame[name])
        for i in np.flatnonzero(unreadable):
            faults[i] = f"{name} is {frame[name].iloc[i]!r}, which is no number"
        numbers.append(values)
    return numbers[0], numbers[1], faults


def _number(values: pd.Series[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(values), dtype=bool)
    text = text_values(values)
    clean = text.str.replace(r"[\s\u00a0\u202f]", "", regex=True).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(clean, errors="coerce").to_numpy(dtype=np.float64)
    written = (text != "") & (text.str.casefold() != "nan")
    return numbers, np.isnan(numbers) & written.to_numpy(dtype=bool)


def _systems_of_geometry(positions: Positions, crs: str | None, city: City) -> NDArray[np.object_]:
    count = len(positions.x)
    if crs is not None:
        return _all(parse_crs(crs).to_string(), count)
    if isinstance(positions.crs, np.ndarray):
        # The KMZB service names the system with each point; where it does not, the city does.
        named = pd.notna(positions.crs)
        return np.where(named, positions.crs, city.settings.reports_crs)
    if positions.crs is None:
        msg = "the file's geometry declares no coordinate system: name it, as --crs EPSG:2180"
        raise CrsError(msg)
    return _all(parse_crs(positions.crs).to_string(), count)


def _systems_of_columns(
    frame: pd.DataFrame, columns: Columns, crs: str | None, city: City
) -> NDArray[np.object_]:
    if crs is not None:
        if columns.degrees and not parse_crs(crs).is_geographic:
            msg = (
                f"{columns.x} and {columns.y} are degrees, and {crs} counts metres or feet: leave "
                "--crs out, or name the columns in that system (--map x=COLUMN --map y=COLUMN)"
            )
            raise CrsError(msg)
        return _all(parse_crs(crs).to_string(), len(frame))
    if columns.degrees:
        return _all(EXCHANGE_CRS, len(frame))
    if columns.crs is None:
        return _all(city.settings.reports_crs, len(frame))
    written = text_values(frame[columns.crs]).to_numpy(dtype=object)
    return np.where(written == "", city.settings.reports_crs, written)


def _all(crs: str, count: int) -> NDArray[np.object_]:
    systems = np.empty(count, dtype=object)
    systems.fill(crs)
    return systems


def _project(
    x: NDArray[np.float64], y: NDArray[np.float64], systems: NDArray[np.object_], target: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project each row from its own system; what cannot be projected becomes inf."""
    out_x, out_y = np.full(len(x), np.inf), np.full(len(y), np.inf)
    for system in pd.unique(systems):
        rows = (systems == system) & np.isfinite(x) & np.isfinite(y)
        out_x[rows], out_y[rows] = transformer(system, target).transform(x[rows], y[rows])
    return out_x, out_y


def _judge(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    systems: NDArray[np.object_],
    area: _Surroundings,
    *,
    near: NDArray[np.bool_],
    faults: NDArray[np.object_],
) -> NDArray[np.object_]:
    """The reason code of every row that is not near the city."""
    code = np.full(len(x), None, dtype=object)
    far = np.flatnonzero(~near)
    if not len(far):
        return code
    fx, fy = x[far], y[far]
    swapped = area.reach(*_project(fy, fx, systems[far], area.crs))
    missing = np.isnan(fx) | np.isnan(fy) | ((fx == 0) & (fy == 0))
    written = pd.notna(faults[far])
    possible = np.isfinite(fx) & np.isfinite(fy) & _in_range(fx, fy, systems[far])
    possible &= np.isfinite(_project(fx, fy, systems[far], EXCHANGE_CRS)[0])
    choices = ("impossible_coordinates", "missing_coordinates", "swapped_axes")
    reason = np.select(
        [written, missing, swapped], choices, np.where(possible, "outside_city", choices[0])
    )
    code[far] = reason
    return code


def _in_range(
    x: NDArray[np.float64], y: NDArray[np.float64], systems: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Whether degrees are degrees; other systems have no range that is known here."""
    degrees = [s for s in pd.unique(systems) if parse_crs(s).is_geographic]
    return ~np.isin(systems, degrees) | ((np.abs(x) <= 180) & (np.abs(y) <= 90))


def _hint(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    code: NDArray[np.object_],
    systems: NDArray[np.object_],
    area: _Surroundings,
    city: City,
) -> str | None:
    """Another CRS that would bring most of the points home, if most are lost."""
    there = (code != "missing_coordinates") & np.isfinite(x) & np.isfinite(y)
    lost = there & ((code == "impossible_coordinates") | (code == "outside_city"))
    if 2 * lost.sum() <= there.sum():
        return None
    used = set(pd.unique(systems[lost]))
    for system in (city.settings.reports_crs, city.metric_crs, EXCHANGE_CRS):
        if system not in used:
            projected = _project(x[lost], y[lost], _all(system, int(lost.sum())), city.metric_crs)
            if 2 * area.reach(*projected).sum() > lost.sum():
                return system
    return None
