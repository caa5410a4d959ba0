"""Geometries in filters: literals in four coordinate systems, and relations with the features'.

A literal is checked where it comes in: one that is empty, invalid or off the globe is refused,
because relations with it would mean nothing. Predicates run once for every different geometry
that the box of the literal touches, found through a tree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.filters.faults import FilterError, shorten
from geo.filters.vectors import Vector, logical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

__all__ = [
    "CRS84",
    "FILTER_CRS",
    "PREDICATES",
    "Shapes",
    "filter_crs",
    "read_bbox",
    "read_shape",
    "relate_shapes",
]

CRS84 = "OGC:CRS84"

FILTER_CRS: Mapping[str, str] = {
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84": CRS84,
    "http://www.opengis.net/def/crs/EPSG/0/4326": "EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/2180": "EPSG:2180",
    "http://www.opengis.net/def/crs/EPSG/0/2177": "EPSG:2177",
}
"""What geometries of a filter may be written in, each with the axis order of its authority:
latitude first in EPSG:4326, northing first in EPSG:2180 and EPSG:2177."""

EXCHANGED: Mapping[str, str] = {
    "s_contains": "s_within",
    "s_crosses": "s_crosses",
    "s_disjoint": "s_disjoint",
    "s_equals": "s_equals",
    "s_intersects": "s_intersects",
    "s_overlaps": "s_overlaps",
    "s_touches": "s_touches",
    "s_within": "s_contains",
}
"""Predicate to the one that says the same when the operands are exchanged."""

PREDICATES = tuple(EXCHANGED)

LONGEST_EDGE = 1000.0
"""Metres: an edge of a projected literal is cut so that it stays straight in that projection.

The chord of a parallel departs from it by d² · tan(φ) / 8R: 3 cm for 1 km in Poland.
"""

MOST_CUTS = 10_000


def filter_crs(uri: str) -> str:
    """The coordinate system that a URI names, for example ``EPSG:2180``.

    Raises
    ------
    FilterError
        If it is not one of `FILTER_CRS`.
    """
    if uri not in FILTER_CRS:
        allowed = ", ".join(FILTER_CRS)
        msg = f"filter-crs={shorten(uri)!r} is not served: take one of {allowed}"
        raise FilterError(msg, code="filter-crs", value=shorten(uri), allowed=list(FILTER_CRS))
    return FILTER_CRS[uri]


def read_shape(geojson: Mapping[str, Any], *, crs: str = CRS84) -> Geometry:
    """A geometry of a filter, in longitude and latitude.

    Parameters
    ----------
    geojson
        A GeoJSON geometry whose coordinates have the axis order of `crs`; heights are left out.
    crs
        A value of `FILTER_CRS`.

    Raises
    ------
    FilterError
        If it is no geometry, empty, invalid, or not on the globe.
    """
    import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

    try:
        shape = shapely.from_geojson(orjson.dumps(geojson))
    except (shapely.GEOSException, TypeError, orjson.JSONEncodeError) as error:
        raise _unfit(geojson, because="it is no GeoJSON") from error
    if shape is None or shape.is_empty:
        raise _unfit(geojson, because="it is empty")
    shape = shapely.force_2d(shape)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise _unfit(geojson, because="a coordinate is no finite number")
    if not shape.is_valid:
        raise _unfit(geojson, because=f"it is invalid ({shapely.is_valid_reason(shape)})")
    return _to_crs84(shape, crs)


def read_bbox(numbers: Sequence[Any], *, crs: str = CRS84) -> Geometry:
    """A box of a filter, in longitude and latitude.

    Parameters
    ----------
    numbers
        Lower corner and upper corner, each with the axis order of `crs`, with heights or
        without. In degrees, west above east crosses the antimeridian.
    crs
        A value of `FILTER_CRS`.

    Raises
    ------
    FilterError
        If it is no box, or not on the globe.
    """
    import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

    if len(numbers) not in {4, 6} or not all(map(_is_number, numbers)):
        raise _unfit(numbers, because="a box is four numbers, or six with heights")
    half = len(numbers) // 2
    a, b, c, d = (float(n) for n in [*numbers[:2], *numbers[half : half + 2]])
    if crs == "EPSG:4326":
        a, b, c, d = b, a, d, c
    in_degrees = crs in {CRS84, "EPSG:4326"}
    if b > d or (a > c and not in_degrees):
        raise _unfit(numbers, because="a box has its lower corner first")
    if in_degrees and a > c:
        halves = [_box(a, b, 180.0, d), _box(-180.0, b, c, d)]
        return _on_globe(shapely.union_all(halves), numbers)
    box = _box(a, b, c, d)
    return _on_globe(box, numbers) if in_degrees else _to_crs84(box, crs)


@dataclass(frozen=True, eq=False)
class Shapes:
    """The geometries of a collection, each different one once.

    Attributes
    ----------
    lines
        (rows,) which geometry a row has; -1 for none.
    geometries
        (n,) the geometries, in longitude and latitude.
    """

    lines: NDArray[np.int64]
    geometries: NDArray[Any] = field(repr=False)
    _own: dict[str, NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    @classmethod
    def from_geojson(cls, lines: NDArray[Any], encoded: Sequence[bytes]) -> Shapes:
        """Read the geometries; what rounding has made invalid is mended."""
        import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

        geometries = np.asarray(shapely.from_geojson(list(encoded)), dtype=object)
        broken = ~shapely.is_valid(geometries)
        geometries[broken] = shapely.make_valid(geometries[broken])
        return cls(lines.astype(np.int64), geometries)

    @property
    def null(self) -> NDArray[np.bool_]:
        """Rows without a geometry."""
        missing: NDArray[np.bool_] = self.lines < 0
        return missing

    @cached_property
    def _tree(self) -> Any:
        import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

        return shapely.STRtree(self.geometries)

    def relate(self, predicate: str, other: Geometry) -> Vector:
        """Whether ``predicate(geometry of the row, other)``; unknown for rows without one."""
        if predicate == "s_disjoint":
            hits = ~self._hits("s_intersects", other)
        else:
            hits = self._hits(predicate, other)
        return self._by_row(hits)

    def relate_each(self, predicate: str) -> Vector:
        """Whether ``predicate(geometry of the row, geometry of the row)``; found once."""
        if predicate not in self._own:
            self._own[predicate] = _holds(predicate, self.geometries, self.geometries)
        return self._by_row(self._own[predicate])

    def _hits(self, predicate: str, other: Geometry) -> NDArray[np.bool_]:
        """(n,) for every different geometry; false where the boxes are apart."""
        near = np.sort(self._tree.query(other))
        hits = np.zeros(len(self.geometries), dtype=bool)
        # What is prepared comes first, so the operands are exchanged.
        hits[near] = _holds(EXCHANGED[predicate], other, self.geometries[near])
        return hits

    def _by_row(self, hits: NDArray[np.bool_]) -> Vector:
        return logical(np.append(hits, [False])[self.lines], self.null)


def relate_shapes(
    predicate: str, left: Geometry | None, right: Geometry | None, *, shapes: Shapes
) -> Vector:
    """Whether a predicate holds between two geometries of a filter.

    Parameters
    ----------
    predicate
        A name of `PREDICATES`.
    left, right
        A literal, or None for the geometry of each row.
    shapes
        The geometries of the rows.
    """
    if left is not None and right is not None:
        return logical(np.array([_holds(predicate, left, right)]), np.zeros(1, dtype=bool))
    if left is not None:
        return shapes.relate(EXCHANGED[predicate], left)
    if right is not None:
        return shapes.relate(predicate, right)
    return shapes.relate_each(predicate)


def _holds(predicate: str, left: Any, right: Any) -> NDArray[np.bool_]:
    import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

    if not isinstance(left, np.ndarray):
        shapely.prepare(left)
    holds: NDArray[np.bool_] = getattr(shapely, predicate.removeprefix("s_"))(left, right)
    return holds


def _box(west: float, south: float, east: float, north: float) -> Geometry:
    """A box, which is a line or a point if a side has no length."""
    import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def _to_crs84(shape: Geometry, crs: str) -> Geometry:
    import shapely  # noqa: PLC0415 - loaded by the first filter that needs it

    written = shapely.to_wkt(shape, rounding_precision=2)
    if crs == CRS84:
        return _on_globe(shape, written)
    if crs != "EPSG:4326":
        shape = shapely.segmentize(shape, max(LONGEST_EDGE, shape.length / MOST_CUTS))
    turned = shapely.transform(shape, _transformer(crs).transform, interleaved=False)
    return _on_globe(turned, written)


def _on_globe(shape: Geometry, written: object) -> Geometry:
    west, south, east, north = shape.bounds
    inside = west >= -180 and east <= 180 and south >= -90 and north <= 90
    if not inside:
        raise _unfit(
            written, because="it is not on the globe: check filter-crs and the order of its axes"
        )
    return shape


@lru_cache(maxsize=len(FILTER_CRS))
def _transformer(crs: str) -> Any:
    """From a system with its own order of axes to longitude, latitude."""
    from pyproj import Transformer  # noqa: PLC0415 - loaded by the first filter that needs it

    return Transformer.from_crs(crs, CRS84, always_xy=False)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    # A whole number may be too large for a float.
    return abs(value) < 1e300 and math.isfinite(value)


def _unfit(value: object, *, because: str) -> FilterError:
    msg = f"the geometry {shorten(value)} cannot be used: {because}"
    return FilterError(msg, code="filter-geometry", value=shorten(value))
