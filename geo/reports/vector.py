"""Files with geometry: GeoPackage, GeoParquet, GeoJSON and the answers of the KMZB service."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError

from geo.crs import EXCHANGE_CRS
from geo.errors import ReportsError
from geo.reports.table import Positions, Source, Table, damage_told
from geo.reports.tabular import (
    PARQUET_ERRORS,
    parquet_source,
    pick_records,
    read_columns,
    records_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["geojsonl_source", "geoparquet_source", "gpkg_source", "json_source"]

# pyogrio's own errors are RuntimeErrors.
GPKG_ERRORS = (RuntimeError, OSError, ValueError, ShapelyError, CRSError)
FIRST_ESRI_CODE = 32768
"""Codes from here on are Esri's own, as 102100; smaller ones are EPSG's."""


def json_source(path: Path) -> Source:
    """GeoJSON, the KMZB service's JSON, or a list of records, told apart by their members.

    Raises
    ------
    ReportsError
        If it is broken or none of these, or a KMZB answer that is not complete.
    """
    raw = _parse(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), path.name)
    if isinstance(raw, list) and all(isinstance(item, dict) for item in raw):
        return records_source(path.name, raw)
    if not isinstance(raw, dict):
        raise ReportsError(_not_reports(path.name))
    if raw.get("type") == "Feature":
        return _geojson_source(path.name, [raw], EXCHANGE_CRS)
    features = raw.get("features")
    _require_complete(raw, path.name)
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise ReportsError(_not_reports(path.name))
    if raw.get("type") == "FeatureCollection":
        return _geojson_source(path.name, features, _geojson_crs(raw))
    return _kmzb_source(path.name, features)


def geojsonl_source(path: Path) -> Source:
    """GeoJSON features, one a line (also with record separators, RFC 8142).

    Raises
    ------
    ReportsError
        If a line is no feature.
    """
    features = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if text := line.strip(b"\x1e\xef\xbb\xbf \t\r\n"):
                feature = _parse(text, f"{path.name}, line {number},")
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    msg = f"{path.name}, line {number}, is no GeoJSON feature: write one a line"
                    raise ReportsError(msg)
                features.append(feature)
    return _geojson_source(path.name, features, EXCHANGE_CRS)


def gpkg_source(path: Path) -> Source:
    """The one layer of a GeoPackage.

    Raises
    ------
    ReportsError
        If it cannot be opened, or has several layers.
    """
    with damage_told(f"{path.name} is no GeoPackage", GPKG_ERRORS):
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        info = pyogrio.read_info(path) if len(layers) == 1 else {}
    if len(layers) != 1:
        msg = f"{path.name} has {len(layers)} layers ({', '.join(layers)}): keep only one in it"
        raise ReportsError(msg)
    has_geometry = info["geometry_type"] is not None

    def load(wanted: Sequence[str]) -> Table:
        with damage_told(f"{path.name} is no GeoPackage", GPKG_ERRORS):
            # Times stay text, so that one reader knows all about zones.
            frame = pyogrio.read_dataframe(path, columns=list(wanted), datetime_as_string=True)
            return _from_geometry(frame) if has_geometry else Table(frame)

    return Source(path.name, tuple(info["fields"]), has_geometry=has_geometry, load=load)


def geoparquet_source(path: Path) -> Source:
    """A GeoParquet file, or a plain Parquet file where it declares no geometry.

    Raises
    ------
    ReportsError
        If it is no Parquet file.
    """
    with damage_told(f"{path.name} is no Parquet file", PARQUET_ERRORS):
        schema = pq.read_schema(path)
        geo = (schema.metadata or {}).get(b"geo")
        geometry = None if geo is None else json.loads(geo)["primary_column"]
    if geometry is None:
        return parquet_source(path)

    def load(wanted: Sequence[str]) -> Table:
        with damage_told(f"{path.name} is no GeoParquet file", (*PARQUET_ERRORS, ShapelyError)):
            read_columns(path, wanted)
            frame = gpd.read_parquet(path, columns=[*wanted, geometry])
            return _from_geometry(frame.reset_index(drop=True))

    names = tuple(name for name in schema.names if name != geometry)
    return Source(path.name, names, has_geometry=True, load=load)


def _from_geometry(frame: gpd.GeoDataFrame) -> Table:
    """Split a frame into plain columns and coordinates; a MultiPoint of one point is a point."""
    geometry = frame.geometry.to_numpy()
    single = (shapely.get_type_id(geometry) == 4) & (shapely.get_num_geometries(geometry) == 1)
    geometry = np.where(single, shapely.get_geometry(geometry, 0), geometry)
    kinds = shapely.get_type_id(geometry)
    faults = np.full(len(frame), None, dtype=object)
    for i in np.flatnonzero(kinds > 0):
        faults[i] = f"a {geometry[i].geom_type} stands in place of a point"
    crs = None if frame.crs is None else CRS(frame.crs).to_string()
    positions = Positions(shapely.get_x(geometry), shapely.get_y(geometry), crs, faults)
    return Table(pd.DataFrame(frame.drop(columns=frame.geometry.name)), positions)


def _geojson_source(name: str, features: Sequence[Mapping[str, Any]], crs: str) -> Source:
    records = [_properties(feature) for feature in features]
    points = [_geojson_point(feature.get("geometry")) for feature in features]
    table = records_source(name, records)

    def load(wanted: Sequence[str]) -> Table:
        return Table(pick_records(records, wanted), _positions(points, crs))

    return replace(table, has_geometry=True, load=load)


def _properties(feature: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, with the feature's own id where they name none."""
    own = {"id": feature["id"]} if "id" in feature else {}
    properties = feature.get("properties")
    return own | (properties if isinstance(properties, dict) else {})


def _geojson_point(geometry: Any) -> tuple[float, float, str | None]:
    if geometry is None:
        return np.nan, np.nan, None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        return np.nan, np.nan, f"a {kind} stands in place of a point"
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return np.nan, np.nan, None if coordinates == [] else "the point has no two coordinates"
    return _number_pair(coordinates[0], coordinates[1])


def _number_pair(x: Any, y: Any) -> tuple[float, float, str | None]:
    """Two numbers, also written as text; None for both is no point at all."""
    if x is None and y is None:
        return np.nan, np.nan, None
    try:
        return float(x), float(y), None
    except (TypeError, ValueError):
        return np.nan, np.nan, f"the coordinates {x!r}, {y!r} are no numbers"


def _geojson_crs(raw: Mapping[str, Any]) -> str:
    """WGS 84 as RFC 7946 fixes it, or the older `crs` member where a program wrote one."""
    member = raw.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return str(name) if name else EXCHANGE_CRS


def _kmzb_source(name: str, features: Sequence[Mapping[str, Any]]) -> Source:
    records = [_attributes(feature, name) for feature in features]
    points, systems = [], np.full(len(features), None, dtype=object)
    for i, feature in enumerate(features):
        geometry = feature.get("geometry")
        geometry = geometry if isinstance(geometry, dict) else {}
        points.append(_number_pair(geometry.get("x"), geometry.get("y")))
        systems[i] = _wkid(geometry.get("spatialReference"))
    table = records_source(name, records)

    def load(wanted: Sequence[str]) -> Table:
        return Table(pick_records(records, wanted), _positions(points, systems))

    return replace(table, has_geometry=True, load=load)


def _attributes(feature: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The attributes; the service has been seen to send them, and texts in them, twice quoted."""
    attributes = feature.get("attributes")
    if isinstance(attributes, str):
        attributes = _parse(attributes.encode(), f"{name}, attributes,")
    if not isinstance(attributes, dict):
        raise ReportsError(_not_reports(name))
    return {_unquote(key): _unquote(value) for key, value in attributes.items()}


def _unquote(value: Any) -> Any:
    """A text without quotation marks around the whole of it."""
    while isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return value


def _wkid(reference: Any) -> str | None:
    code = reference.get("wkid") if isinstance(reference, dict) else None
    if not isinstance(code, int):
        return None
    return f"{'ESRI' if code >= FIRST_ESRI_CODE else 'EPSG'}:{code}"


def _positions(
    points: Sequence[tuple[float, float, str | None]], crs: str | NDArray[np.object_]
) -> Positions:
    faults = np.full(len(points), None, dtype=object)
    faults[:] = [fault for _, _, fault in points]
    xy = np.array([(x, y) for x, y, _ in points], dtype=np.float64).reshape(-1, 2)
    return Positions(xy[:, 0].copy(), xy[:, 1].copy(), crs, faults)


def _require_complete(raw: Mapping[str, Any], name: str) -> None:
    """Clusters in an answer stand for reports that it does not hold."""
    if clusters := raw.get("clusters"):
        count = len(clusters) if isinstance(clusters, list) else "some"
        msg = (
            f"{name} is not complete: the service answered with {count} clusters in place of "
            "single reports. Ask again for smaller squares, until no answer has clusters"
        )
        raise ReportsError(msg)


def _parse(text: bytes, name: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        msg = f"{name} is broken JSON: {error}"
        raise ReportsError(msg) from error


def _not_reports(name: str) -> str:
    return (
        f"{name} holds no reports: expected a GeoJSON FeatureCollection, an answer of the KMZB "
        "service (features with attributes and geometry) or a list of objects"
    )
