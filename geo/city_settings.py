"""`city.toml`: what a city is called and which of its files mean what.

A city is data. Levels, periods, categories, column names and denominators come from here,
so that another city works without a change of code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.crs import EXCHANGE_CRS, metric_crs, parse_crs
from geo.errors import CityError, InputError
from geo.periods import PeriodScheme

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CitySettings", "LevelSettings", "bundled_cities", "find_city"]

COMPONENTS = ("residents", "addresses", "streets", "land")
_TABLES = ("levels", "notice", "periods", "files", "background", "reports")
_WORDS = ("id", "name", "timezone", "metric_crs", "catalogue", "disclosure", "weights",
          "boundary_level")  # fmt: skip
_INSIDE = {
    "periods": ("starts",),
    "files": ("addresses", "streets", "neighbours"),
    "background": ("components",),
    "reports": ("crs", "far_m", "columns"),
}
_LEVEL_WORDS = ("collection", "file", "parent", "label", "key", "name", "parent_key",
                "population", "status", "valid_from", "valid_to")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelSettings:
    """One level of areas: its file, and which property of the file is which column.

    `status` is a word for the whole level where the file has no `status` property.
    """

    id: str
    collection: str
    file: str
    parent: str | None
    label: Mapping[str, str]
    key: str = "area_id"
    name: str = "name"
    parent_key: str = "parent_id"
    population: str = "population"
    status: str = "official"
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class CitySettings:
    """A parsed `city.toml`; `folder` is where it lies."""

    folder: Path
    id: str
    name: str
    timezone: ZoneInfo
    metric_crs: str
    catalogue: str | Path
    disclosure: Path | None
    weights: Path | None
    boundary_level: str
    notice: Mapping[str, str]
    periods: PeriodScheme
    levels: Mapping[str, LevelSettings]
    files: Mapping[str, Path]
    components: tuple[str, ...]
    reports_crs: str
    far_m: float
    columns: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, folder: Path) -> CitySettings:
        """Read `city.toml` in a folder.

        Raises
        ------
        CityError
            If it is missing, is no TOML, misses a word or has one that is not known.
        """
        path = folder / "city.toml"
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            _refuse_unknown(raw)
            return _settings(folder, raw)
        except (FileNotFoundError, NotADirectoryError) as error:
            msg = f"no city.toml in {folder}: a city is a folder with a city.toml and its files"
            raise CityError(msg) from error
        except (tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError) as error:
            msg = f"city.toml of {folder.name} cannot be used: {error}"
            raise CityError(msg) from error
        except KeyError as error:
            msg = f"city.toml of {folder.name} lacks {error}"
            raise CityError(msg) from error
        except InputError as error:
            msg = f"city.toml of {folder.name}: {error.message}"
            raise CityError(msg) from error


def bundled_cities() -> Path:
    """The folder of the cities that come with Rewir: of the wheel, or of the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_data" / "boundaries"
    return installed if installed.is_dir() else package.parent / "data" / "boundaries"


def find_city(city: str | Path) -> Path:
    """The folder of a city: a path, or the name of a bundled one.

    Raises
    ------
    CityError
        If it is neither.
    """
    for folder in (Path(city), bundled_cities() / str(city)):
        if (folder / "city.toml").is_file():
            return folder
    bundled = ", ".join(sorted(p.parent.name for p in bundled_cities().glob("*/city.toml")))
    msg = f"no city {str(city)!r}: give a folder with a city.toml, or one of: {bundled}"
    raise CityError(msg)


def _settings(folder: Path, raw: Mapping[str, Any]) -> CitySettings:
    catalogue = raw["catalogue"]
    reports = raw.get("reports", {})
    settings = CitySettings(
        folder=folder,
        id=raw["id"],
        name=raw["name"],
        timezone=_timezone(raw["timezone"]),
        metric_crs=metric_crs(raw["metric_crs"]).to_string(),
        catalogue=folder / catalogue if catalogue.endswith(".toml") else catalogue,
        disclosure=folder / raw["disclosure"] if "disclosure" in raw else None,
        weights=folder / raw["weights"] if "weights" in raw else None,
        boundary_level=raw["boundary_level"],
        notice=MappingProxyType(dict(raw.get("notice", {}))),
        periods=PeriodScheme.from_text(raw["periods"]["starts"]),
        levels=MappingProxyType({key: _level(key, item) for key, item in raw["levels"].items()}),
        files=MappingProxyType({k: folder / name for k, name in raw.get("files", {}).items()}),
        components=_components(raw.get("background", {})),
        reports_crs=parse_crs(reports.get("crs", EXCHANGE_CRS)).to_string(),
        far_m=float(reports.get("far_m", 5000)),
        columns=MappingProxyType({k: _names(v) for k, v in reports.get("columns", {}).items()}),
    )
    _check_levels(settings)
    return settings


def _level(key: str, raw: Mapping[str, Any]) -> LevelSettings:
    if unknown := sorted(set(raw) - set(_LEVEL_WORDS)):
        msg = f"levels.{key} has unknown words: {', '.join(unknown)}"
        raise ValueError(msg)
    rest = {word: str(raw[word]) for word in _LEVEL_WORDS[4:] if word in raw}
    return LevelSettings(
        id=key,
        collection=raw["collection"],
        file=raw["file"],
        parent=raw.get("parent"),
        label=MappingProxyType(dict(raw.get("label", {"en": key}))),
        **rest,
    )


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"unknown time zone {name!r}: write it as Europe/Warsaw"
        raise ValueError(msg) from error


def _components(raw: Mapping[str, Any]) -> tuple[str, ...]:
    components = tuple(raw.get("components", ("land",)))
    if not components or set(components) - set(COMPONENTS):
        msg = f"background.components is {list(components)}: take some of {', '.join(COMPONENTS)}"
        raise ValueError(msg)
    return components


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _refuse_unknown(raw: Mapping[str, Any]) -> None:
    if unknown := sorted(set(raw) - {*_TABLES, *_WORDS}):
        msg = f"unknown words: {', '.join(unknown)}; known are {', '.join((*_WORDS, *_TABLES))}"
        raise ValueError(msg)
    for table, known in _INSIDE.items():
        if unknown := sorted(set(raw.get(table, {})) - set(known)):
            msg = f"{table} has unknown words: {', '.join(unknown)}; known are {', '.join(known)}"
            raise ValueError(msg)


def _check_levels(settings: CitySettings) -> None:
    """Every parent and the boundary must be levels, and no two may share a collection."""
    levels = settings.levels
    faults = [
        f"levels.{x.id} names the parent {x.parent!r}, which is no level"
        for x in levels.values()
        if x.parent is not None and x.parent not in levels
    ]
    if settings.boundary_level not in levels:
        faults.append(f"boundary_level {settings.boundary_level!r} is no level")
    if len({x.collection for x in levels.values()}) < len(levels):
        faults.append("two levels have the same collection")
    if faults:
        raise ValueError("; ".join(faults))
