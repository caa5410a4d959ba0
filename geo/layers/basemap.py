"""What the maps draw under the layers: streets, neighbours and the city line, and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.city import City

__all__ = ["address_table", "basemap_json"]

_DIGITS = 5
"""Decimals of a coordinate: a metre."""

_MAIN_M, _LONG_M = 2500.0, 800.0
"""Streets of this length are of class 1 and 2: shown first, and named first."""


def basemap_json(city: City) -> bytes:
    """Streets, neighbours and boundary of a city for its maps.

    Parameters
    ----------
    city
        The city.

    Returns
    -------
    bytes
        JSON: `streets` (name, length_m, class 1 to 3 by length, coordinates of each line, longest
        first), `neighbours` (a FeatureCollection with `name`), `boundary` (a geometry). Degrees,
        five decimals.
    """
    boundary = _geometries(np.array([city.boundary], dtype=object))[0]
    around = city.neighbours
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": shape}
        for name, shape in zip(around["name"], _geometries(around.geometry.to_numpy()), strict=True)
    ]
    neighbours = {"type": "FeatureCollection", "features": features}
    content = {"streets": _streets(city.streets), "neighbours": neighbours, "boundary": boundary}
    return orjson.dumps(content)


def address_table(city: City) -> pa.Table:
    """Addresses for look-up: street, number, lon, lat, in the order of the city's file."""
    points = city.addresses
    return pa.table(
        {
            "street": pa.array(points["street"].tolist(), pa.string()),
            "number": pa.array(points["number"].tolist(), pa.string()),
            "lon": pa.array(points.geometry.x.to_numpy(dtype=float).round(7), pa.float64()),
            "lat": pa.array(points.geometry.y.to_numpy(dtype=float).round(7), pa.float64()),
        }
    )


def _streets(streets: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    parts, row = shapely.get_parts(streets.geometry.to_numpy(), return_index=True)
    order = np.argsort(-streets["length_m"].to_numpy(dtype=float)[row], kind="stable")
    names, lengths = streets["name"].tolist(), streets["length_m"].tolist()
    return [
        {
            "name": names[row[i]],
            "length_m": round(lengths[row[i]]),
            "class": 1 + (lengths[row[i]] < _MAIN_M) + (lengths[row[i]] < _LONG_M),
            "coordinates": shapely.get_coordinates(parts[i]).round(_DIGITS).tolist(),
        }
        for i in order
    ]


def _geometries(shapes: NDArray[np.object_]) -> list[Any]:
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, _DIGITS))
    wound = shapely.orient_polygons(rounded, exterior_cw=False)
    return [orjson.loads(text) for text in shapely.to_geojson(wound)]
