"""What is wrong with a set of areas that should tile a city, listed area by area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.crs import EXCHANGE_CRS, GEOD, require_crs
from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["FINDING_COLUMNS", "FINDING_KINDS", "NOTE_KINDS", "check_coverage"]

FINDING_COLUMNS = ("kind", "areas", "area_m2", "detail")
FINDING_KINDS = ("duplicate_key", "empty", "invalid", "multipart", "overlap", "gap", "outside")
NOTE_KINDS = ("multipart",)
"""Kinds that are worth a look and no fault: an area may lie in two parts."""

_KEYS_SHOWN = 6
_HAIR_DEG = 1e-7  # the grid that areas are drawn on moves a boundary by less


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: str
    areas: tuple[str, ...]
    area_m2: float
    detail: str


def check_coverage(
    areas: geopandas.GeoDataFrame,
    *,
    boundary: BaseGeometry | None = None,
    key: str = "area_id",
    at_least_m2: float = 0.01,
) -> pd.DataFrame:
    """Find overlaps, gaps and broken shapes among areas.

    Parameters
    ----------
    areas
        Polygons or multipolygons with a key column, in a declared CRS.
    boundary
        What they should fill, in EPSG:4326. Without it only gaps that areas enclose show,
        and nothing is outside.
    key
        The column that names an area.
    at_least_m2
        Overlaps, gaps and parts outside that are smaller are passed over (geodesic m²).

    Returns
    -------
    pandas.DataFrame
        One row per finding, empty if all is well: `kind` (one of `FINDING_KINDS`), `areas`
        (keys of those concerned, separated by commas), `area_m2` (geodesic; NaN where it has no
        meaning), `detail` (what it is and where, longitude before latitude).

    Raises
    ------
    CrsError
        If the areas declare no CRS.
    InputError
        If there is no such key column.

    Notes
    -----
    Areas that are empty or invalid are reported once and left out of the other checks. Gaps
    and parts outside that are thinner than a centimetre are the rounding of coordinates.
    """
    if key not in areas.columns:
        msg = f"no column {key!r} to name the areas by: there are {list(areas.columns)}"
        raise InputError(msg)
    shapes = require_crs(areas, what="the areas").to_crs(EXCHANGE_CRS).geometry.to_numpy()
    keys = areas[key].astype(str).to_numpy(dtype=object)
    sound = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)) & shapely.is_valid(shapes)
    whole = shapes[sound]
    found = [
        *_duplicate_keys(keys),
        *_broken(shapes, keys),
        *_multipart(whole, keys[sound]),
        *_large(_overlaps(whole, keys[sound]), at_least_m2),
        *_large(_gaps(whole, keys[sound], boundary), at_least_m2),
        *_large(_outside(whole, keys[sound], boundary), at_least_m2),
    ]
    rows = [(f.kind, ", ".join(f.areas), f.area_m2, f.detail) for f in found]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def _large(findings: Iterator[_Finding], at_least_m2: float) -> Iterator[_Finding]:
    return (finding for finding in findings if finding.area_m2 >= at_least_m2)


def _duplicate_keys(keys: NDArray[np.object_]) -> Iterator[_Finding]:
    names, counts = np.unique(keys, return_counts=True)
    for name in names[counts > 1]:
        rows = ", ".join(str(row + 1) for row in np.flatnonzero(keys == name))
        yield _Finding("duplicate_key", (name,), np.nan, f"rows {rows} have this key")


def _broken(shapes: NDArray[np.object_], keys: NDArray[np.object_]) -> Iterator[_Finding]:
    for shape, name in zip(shapes, keys, strict=True):
        if shape is None or shape.is_empty:
            yield _Finding("empty", (name,), np.nan, "has no geometry")
        elif not shape.is_valid:
            yield _Finding("invalid", (name,), np.nan, shapely.is_valid_reason(shape))


def _multipart(shapes: NDArray[np.object_], keys: NDArray[np.object_]) -> Iterator[_Finding]:
    for shape, name in zip(shapes, keys, strict=True):
        parts = sorted(shapely.get_parts(shape), key=_area_m2)
        if len(parts) > 1:
            detail = f"{len(parts)} parts, the smallest at {_where(parts[0])}"
            yield _Finding("multipart", (name,), _area_m2(parts[0]), detail)


def _overlaps(shapes: NDArray[np.object_], keys: NDArray[np.object_]) -> Iterator[_Finding]:
    if shapely.coverage_is_valid(shapes):
        return
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for i, j in sorted(zip(one[one < other].tolist(), other[one < other].tolist(), strict=True)):
        common = shapely.intersection(shapes[i], shapes[j])
        if common.area > 0:
            names = (str(keys[i]), str(keys[j]))
            yield _Finding("overlap", names, _area_m2(common), f"both cover {_where(common)}")


def _gaps(
    shapes: NDArray[np.object_], keys: NDArray[np.object_], boundary: BaseGeometry | None
) -> Iterator[_Finding]:
    covered = shapely.union_all(shapes)
    filled = shapely.union_all(_without_holes(covered)) if boundary is None else boundary
    tree = shapely.STRtree(shapes)
    for hole in _wider_than_a_hair(shapely.difference(filled, covered)):
        beside = np.sort(tree.query(hole, predicate="intersects"))
        names = tuple(str(keys[i]) for i in beside[:_KEYS_SHOWN])
        yield _Finding("gap", names, _area_m2(hole), f"no area covers {_where(hole)}")


def _outside(
    shapes: NDArray[np.object_], keys: NDArray[np.object_], boundary: BaseGeometry | None
) -> Iterator[_Finding]:
    if boundary is None:
        return
    shapely.prepare(boundary)
    for i in np.flatnonzero(~shapely.covers(boundary, shapes)):
        beyond = shapely.MultiPolygon(_wider_than_a_hair(shapely.difference(shapes[i], boundary)))
        if beyond.area > 0:
            detail = f"reaches beyond the boundary at {_where(beyond)}"
            yield _Finding("outside", (str(keys[i]),), _area_m2(beyond), detail)


def _without_holes(shape: BaseGeometry) -> list[BaseGeometry]:
    return [shapely.polygons(shapely.get_exterior_ring(part)) for part in _polygons(shape)]


def _polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    parts = shapely.get_parts(shape)
    return [part for part in parts if part.geom_type == "Polygon" and part.area > 0]


def _wider_than_a_hair(shape: BaseGeometry) -> list[BaseGeometry]:
    parts = _polygons(shape)
    return [part for part in parts if not part.buffer(-_HAIR_DEG / 2).is_empty]


def _area_m2(shape: BaseGeometry) -> float:
    """Geodesic area of the polygons in a geometry."""
    parts = shapely.orient_polygons(np.array(_polygons(shape), dtype=object))
    return float(sum(GEOD.geometry_area_perimeter(part)[0] for part in parts))


def _where(shape: BaseGeometry) -> str:
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    point = largest.point_on_surface()
    return f"{point.x:.6f}, {point.y:.6f}"
