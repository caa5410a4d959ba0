"""A city: its levels of areas, addresses, streets, categories and periods, read from a folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geo.catalogue import Catalogue
from geo.city_settings import CitySettings, LevelSettings, find_city
from geo.crs import EXCHANGE_CRS, GEOD, require_crs
from geo.errors import CityError, CrsError
from geo.provenance import FileRecord, read_registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    import pandas as pd

    from geo.periods import PeriodScheme

__all__ = ["LEVEL_COLUMNS", "City", "read_areas"]

LEVEL_COLUMNS = ("area_id", "name", "parent_id", "status", "population", "area_km2", "geometry")
ADDRESS_COLUMNS = ("street", "number", "population", "geometry")
STREET_COLUMNS = ("name", "length_m", "geometry")
NEIGHBOUR_COLUMNS = ("name", "geometry")


@dataclass(frozen=True)
class City:
    """A city as it was read.

    Attributes
    ----------
    settings
        The parsed `city.toml`.
    catalogue
        Categories, groups and statuses.
    levels
        Level id to GeoDataFrame in EPSG:4326 with `LEVEL_COLUMNS`, sorted by `area_id` (plain
        string order), finest level first. `population` in persons (NaN where unknown),
        `area_km2` on the ellipsoid.
    """

    settings: CitySettings
    catalogue: Catalogue
    levels: Mapping[str, gpd.GeoDataFrame]

    @classmethod
    def load(cls, path: str | Path = "lodz") -> City:
        """Read a city from its folder, or a bundled one by name.

        Raises
        ------
        CityError
            If the folder, its `city.toml`, a file or a geometry is wrong.
        """
        settings = CitySettings.load(find_city(path))
        levels = {level.id: _read_level(settings, level) for level in settings.levels.values()}
        _check_parents(settings, levels)
        return cls(settings, Catalogue.load(settings.catalogue), levels)

    @property
    def id(self) -> str:
        """Short name, as in file names and URLs."""
        return self.settings.id

    @property
    def name(self) -> str:
        """Name for people."""
        return self.settings.name

    @property
    def timezone(self) -> ZoneInfo:
        """Time zone in which days and periods begin."""
        return self.settings.timezone

    @property
    def metric_crs(self) -> str:
        """Projected CRS in metres in which everything is computed."""
        return self.settings.metric_crs

    @property
    def periods(self) -> PeriodScheme:
        """When plan periods begin."""
        return self.settings.periods

    @cached_property
    def boundary(self) -> shapely.Geometry:
        """The city's area in EPSG:4326: the union of the boundary level."""
        return self.levels[self.settings.boundary_level].union_all()

    @cached_property
    def addresses(self) -> gpd.GeoDataFrame:
        """Address points in EPSG:4326: street, number, population; empty if the city has none."""
        return self._optional("addresses", ADDRESS_COLUMNS)

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """Street lines in EPSG:4326: name, length_m; empty if the city has none."""
        return self._optional("streets", STREET_COLUMNS)

    @cached_property
    def neighbours(self) -> gpd.GeoDataFrame:
        """Surrounding areas in EPSG:4326 for the map: name; empty if the city has none."""
        return self._optional("neighbours", NEIGHBOUR_COLUMNS)

    @cached_property
    def registry(self) -> dict[str, FileRecord]:
        """Source, licence and hash of the city's files."""
        return read_registry(self.settings.folder)

    def _optional(self, kind: str, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
        """A file of the city that it may leave out."""
        path = self.settings.files.get(kind)
        if path is None:
            empty: dict[str, Any] = {column: [] for column in columns}
            return gpd.GeoDataFrame(empty, geometry="geometry", crs=EXCHANGE_CRS)
        frame = read_areas(path)
        if missing := [c for c in columns if c not in frame.columns]:
            msg = (
                f"{path.name} lacks the columns {', '.join(missing)}: it has {list(frame.columns)}"
            )
            raise CityError(msg)
        return frame[list(columns)]


def read_areas(path: Path) -> gpd.GeoDataFrame:
    """Read a vector file (GeoJSON, GeoPackage, GeoParquet …) in EPSG:4326.

    Raises
    ------
    CityError
        If it is missing or cannot be read.
    CrsError
        If it declares no CRS.
    """
    if not path.is_file():
        msg = f"the boundary file {path} is missing"
        raise CityError(msg)
    try:
        frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    except (pyogrio.errors.DataSourceError, ValueError, OSError) as error:
        msg = f"{path.name} cannot be read as areas: {error}"
        raise CityError(msg) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{path.name} has no geometry"
        raise CityError(msg)
    return require_crs(frame, what=path.name).to_crs(EXCHANGE_CRS)


def _read_level(settings: CitySettings, level: LevelSettings) -> gpd.GeoDataFrame:
    path = settings.folder / level.file
    try:
        raw = read_areas(path)
    except CrsError as error:
        raise CityError(error.message) from error
    if level.key not in raw.columns:
        msg = f"{path.name} has no property {level.key!r}: set levels.{level.id}.key in city.toml"
        raise CityError(msg)
    frame = gpd.GeoDataFrame(
        {
            "area_id": raw[level.key].map(str),
            "name": _text(raw, level.name, default=raw[level.key]),
            "parent_id": _text(raw, level.parent_key, default=None),
            "status": _text(raw, "status", default=level.status),
            "population": raw[level.population].astype(float)
            if level.population in raw
            else np.nan,
        },
        geometry=raw.geometry,
        crs=EXCHANGE_CRS,
    )
    _check_geometry(frame, path)
    frame = _one_row_per_area(frame)
    frame["area_km2"] = [abs(GEOD.geometry_area_perimeter(g)[0]) / 1e6 for g in frame.geometry]
    return frame[list(LEVEL_COLUMNS)]


def _text(raw: pd.DataFrame, column: str, *, default: Any) -> Any:
    """A column as text; what is missing, null or blank becomes the default."""
    if column not in raw.columns:
        return default if default is None or isinstance(default, str) else default.map(str)
    values = raw[column].astype(object)
    given = values.notna() & values.astype(str).str.strip().ne("")
    return values.where(given, default).map(lambda v: None if v is None else str(v))


def _one_row_per_area(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sort by key, and dissolve what a file gives in several rows of one key."""
    if frame["area_id"].is_unique:
        return frame.sort_values("area_id", ignore_index=True)
    merged = frame.dissolve("area_id", aggfunc="first", sort=True)
    return merged.reset_index().sort_values("area_id", ignore_index=True)


def _check_geometry(frame: gpd.GeoDataFrame, path: Path) -> None:
    geometry = frame.geometry.to_numpy()
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6))
    wrong = frame.loc[~polygonal | shapely.is_empty(geometry), "area_id"]
    if len(frame) == 0 or len(wrong):
        what = f"areas without a polygon: {', '.join(wrong[:5])}" if len(frame) else "no areas"
        msg = f"{path.name} has {what}"
        raise CityError(msg)
    invalid = ~shapely.is_valid(geometry)
    if invalid.any():
        first = frame.index[invalid][0]
        reason = shapely.is_valid_reason(frame.geometry[first])
        msg = (
            f"{path.name}: the area {frame['area_id'][first]!r} is not a valid polygon ({reason}); "
            f"{int(invalid.sum())} such in all: repair the file, for example with ST_MakeValid"
        )
        raise CityError(msg)


def _check_parents(settings: CitySettings, levels: Mapping[str, gpd.GeoDataFrame]) -> None:
    for level in settings.levels.values():
        if level.parent is None:
            continue
        named = levels[level.id]["parent_id"].dropna()
        if unknown := sorted(set(named) - set(levels[level.parent]["area_id"])):
            msg = (
                f"{level.file} names parents that {level.parent} has not: {', '.join(unknown[:5])}"
            )
            raise CityError(msg)
