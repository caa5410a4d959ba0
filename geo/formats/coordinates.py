"""Coordinate systems of the output: which there are, and shapes in them.

A release holds WGS 84, longitude first. Only the shapes that are asked for are transformed, all
corners in one call. Texts have the axes in the order of the system's definition, so latitude or
north comes first in all but CRS84 (OGC API – Features, Part 2); files of GIS programs have east
first, as their formats ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CRS84",
    "SERVED_CRS",
    "authority_name",
    "box_to_degrees",
    "is_projected",
    "north_first",
    "project",
    "served_crs",
]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

SERVED_CRS: dict[str, str] = {
    CRS84: "EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/4326": "EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/2180": "EPSG:2180",
    "http://www.opengis.net/def/crs/EPSG/0/2177": "EPSG:2177",
}
"""URI of each coordinate system that is served, and its name in the EPSG register."""

_DEGREE_DIGITS, _METRE_DIGITS = 7, 3


def served_crs(text: str) -> str:
    """The URI of a coordinate system from its URI, its CURIE or its EPSG name.

    Raises
    ------
    UsageError
        If it is none that is served.
    """
    bare = text.strip().removeprefix("[").removesuffix("]")
    short = {name: uri for uri, name in SERVED_CRS.items()} | {"OGC:CRS84": CRS84, "CRS84": CRS84}
    uri = bare if bare in SERVED_CRS else short.get(bare.upper())
    if uri is None:
        msg = f"no coordinate system {text!r}: take one of {', '.join(SERVED_CRS)}"
        raise UsageError(msg, code="unknown-crs")
    return uri


def authority_name(uri: str) -> str:
    """The name in the EPSG register, such as ``EPSG:2180``, that GIS formats write."""
    return SERVED_CRS[uri]


def is_projected(uri: str) -> bool:
    """Whether the coordinates are metres, not degrees."""
    return authority_name(uri) != "EPSG:4326" and bool(_crs(uri).is_projected)


def north_first(uri: str) -> bool:
    """Whether the definition names north or latitude before east or longitude."""
    return uri != CRS84 and _crs(uri).axis_info[0].direction == "north"


def project(shapes: NDArray[np.object_], uri: str, *, official_axes: bool) -> NDArray[np.object_]:
    """Shapes in another coordinate system.

    Parameters
    ----------
    shapes
        Shapely geometries in WGS 84, longitude first.
    uri
        The coordinate system, a key of `SERVED_CRS`.
    official_axes
        Axes in the order of the definition; else east first.

    Returns
    -------
    ndarray
        Geometries of the same shape: degrees with 7 decimals, metres with 3.

    Raises
    ------
    UsageError
        If the system cannot express a place.
    """
    swap = official_axes and north_first(uri)
    if authority_name(uri) == "EPSG:4326" and not swap:
        return shapes
    import shapely  # noqa: PLC0415 - as the modules below: GeoJSON in degrees never needs it

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        placed = _transform(xy, uri)
        return placed[:, ::-1] if swap else placed

    return np.asarray(shapely.transform(shapes, move), dtype=object)


def box_to_degrees(
    box: tuple[float, float, float, float], uri: str
) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a box whose corners follow the system's axes.

    Parameters
    ----------
    box
        Lower and upper corner, each in the order of the system's definition.
    uri
        The coordinate system, a key of `SERVED_CRS`. What lies far outside the area that it is
        meant for is left out of the box.
    """
    west, south, east, north = (
        (box[1], box[0], box[3], box[2]) if north_first(uri) else box
    )  # fmt: skip
    if authority_name(uri) == "EPSG:4326":
        return west, south, east, north
    from geo.crs import EXCHANGE_CRS, transformer  # noqa: PLC0415 - as above

    low_x, low_y, high_x, high_y = _reach(uri)
    west, east = np.clip((west, east), low_x, high_x).tolist()
    south, north = np.clip((south, north), low_y, high_y).tolist()
    # The edges of a box are curves in degrees: 21 points on each hold its true extent.
    back = transformer(authority_name(uri), EXCHANGE_CRS)
    found = back.transform_bounds(west, south, east, north, densify_pts=21)
    return found[0], found[1], found[2], found[3]


def _reach(uri: str) -> tuple[float, float, float, float]:
    """Lowest and highest east and north where a projection is meant to work, generously.

    Beyond, inverse projections give any place: a box from 0 to the end of the world would miss
    what lies in its middle.
    """
    from geo.crs import EXCHANGE_CRS, transformer  # noqa: PLC0415 - as above

    area = _crs(uri).area_of_use
    corners = (area.west - 3, area.south - 3, area.east + 3, area.north + 3)
    there = transformer(EXCHANGE_CRS, authority_name(uri))
    found = there.transform_bounds(*corners, densify_pts=21)
    return found[0], found[1], found[2], found[3]


def _transform(xy: NDArray[np.float64], uri: str) -> NDArray[np.float64]:
    """Longitude, latitude to east, north, rounded."""
    name = authority_name(uri)
    if name == "EPSG:4326":
        return np.round(xy, _DEGREE_DIGITS)
    from geo.crs import EXCHANGE_CRS, transformer  # noqa: PLC0415 - as above

    x, y = transformer(EXCHANGE_CRS, name).transform(xy[:, 0], xy[:, 1])
    placed = np.column_stack([x, y])
    if not np.isfinite(placed).all():
        msg = f"the layer lies outside what {name} can express: take CRS84"
        raise UsageError(msg, code="outside-crs")
    return np.round(placed, _METRE_DIGITS)


def _crs(uri: str) -> Any:
    from geo.crs import parse_crs  # noqa: PLC0415 - as above

    return parse_crs(authority_name(uri))
