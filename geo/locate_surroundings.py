"""What lies around a place: the nearest hot spots, and what is proposed for its beat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Release

__all__ = ["DIRECTIONS", "NearHotspot", "nearest_hotspots", "proposals_for"]

HOTSPOTS = "hotspot-areas"
CANDIDATES = "plan-candidates"
DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")

NEAR_M = 1000.0
MOST = 3


@dataclass(frozen=True, slots=True)
class NearHotspot:
    """A hot spot near a place.

    Attributes
    ----------
    fid, properties
        The feature.
    distance_m
        Metres along the ellipsoid to its nearest point; 0 inside it.
    direction
        One of `DIRECTIONS`, to that point; None inside it.
    """

    fid: str
    properties: Mapping[str, Any]
    distance_m: float
    direction: str | None


def nearest_hotspots(
    release: Release, lon: float, lat: float, *, within_m: float = NEAR_M, most: int = MOST
) -> list[NearHotspot]:
    """The hot spots of the current period around a point, of reports of every kind, nearest first.

    Parameters
    ----------
    release
        An open release; a face shows the hot spots that it has.
    lon, lat
        The point in degrees.
    within_m
        Only these near.
    most
        How many at most.

    Notes
    -----
    Every corner of a shape is put where its geodesic from the point leads (distance and azimuth on
    WGS 84), which is the azimuthal equidistant projection around the point: lengths from the point
    are true in it, and its straight lines differ from those of the map by less than a millimetre
    within a kilometre.
    """
    if HOTSPOTS not in release.collections:
        return []
    collection = release.collections[HOTSPOTS]
    current = {
        "period": release.manifest["period"],
        "category_group": next(iter(release.manifest["groups"])),
    }
    rows = collection.select(equals=current).rows
    numbers = collection.shape_numbers(rows)
    found = []
    for row, shape in zip(rows.tolist(), collection.shapes(numbers[numbers >= 0]), strict=True):
        distance, direction = _way_to(shape, lon, lat)
        if distance <= within_m:
            properties = orjson.loads(collection.property_line(row))
            found.append(NearHotspot(collection.fid_of(row), properties, distance, direction))
    return sorted(found, key=lambda spot: (spot.distance_m, spot.fid))[:most]


def proposals_for(release: Release, beat_id: str) -> list[Mapping[str, Any]]:
    """What the release proposes to plan for a beat: its chosen candidates, first rank first."""
    if CANDIDATES not in release.collections:
        return []
    collection = release.collections[CANDIDATES]
    rows = collection.select(equals={"beat_id": beat_id, "selected": "true"}).rows
    found = [orjson.loads(collection.property_line(row)) for row in rows.tolist()]
    return sorted(found, key=lambda each: (each["rank_median"] or math.inf, each["candidate_id"]))


def _way_to(shape: Any, lon: float, lat: float) -> tuple[float, str | None]:
    """Metres and direction from a point to the nearest point of a shape."""
    import shapely  # noqa: PLC0415 - loaded by the first look-up

    from geo.crs import GEOD  # noqa: PLC0415

    def around(coordinates: np.ndarray) -> np.ndarray:
        here = np.full(len(coordinates), lon), np.full(len(coordinates), lat)
        azimuth, _, distance = GEOD.inv(*here, *coordinates.T)
        turned = np.radians(azimuth)
        return np.column_stack((distance * np.sin(turned), distance * np.cos(turned)))

    seen = shapely.transform(shape, around)
    origin = shapely.Point(0, 0)
    way = shapely.shortest_line(origin, seen)
    (_, _), (x, y) = shapely.get_coordinates(way)
    distance = math.hypot(x, y)
    if distance == 0 or seen.covers(origin):
        return 0.0, None
    sector = round(math.degrees(math.atan2(x, y)) / 45) % len(DIRECTIONS)
    return distance, DIRECTIONS[sector]
