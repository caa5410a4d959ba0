"""Write the files of Łódź: fixed order, fixed decimals, one feature per line, and the registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from lodz_levels import CONSTRUCTED

from geo.boundaries.planar import snap_to_grid
from geo.provenance import FileRecord, sha256_file, write_registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {
    "beat": "beats.geojson",
    "rewir": "rewiry.geojson",
    "komisariat": "komisariaty.geojson",
    "osiedle": "osiedla.geojson",
    "dzielnica": "dzielnice.geojson",
    "city": "city.geojson",
}
TITLES = {
    "beat": "Beats of Łódź (approximate, unofficial)",
    "rewir": "Rewiry of Łódź (approximate, unofficial)",
    "komisariat": "Police station areas of Łódź (approximate, unofficial)",
    "osiedle": "Osiedla of Łódź",
    "dzielnica": "Dzielnice of Łódź",
    "city": "City of Łódź",
}
PRG = "Wykorzystano materiały państwowego zasobu geodezyjnego i kartograficznego (PRG, GUGiK)"
CITY_GIS = "Miasto Łódź: granice jednostek pomocniczych, System Informacji Przestrzennej"
FREE_PRG = "free for any use, source named (PRG, GUGiK)"
PUBLIC = "public-sector information, source named"


def write_city(
    output: Path,
    *,
    levels: Mapping[str, gpd.GeoDataFrame],
    addresses: gpd.GeoDataFrame,
    source: Path,
) -> None:
    """Write every file of the city and the registry that describes them."""
    output.mkdir(parents=True, exist_ok=True)
    records = {}
    for level, areas in levels.items():
        write_geojson(output / FILES[level], areas)
        records[FILES[level]] = level_record(output / FILES[level], level, rows=len(areas))
    rows = {
        "addresses.parquet": write_addresses(output / "addresses.parquet", addresses),
        "streets.parquet": write_streets(output / "streets.parquet", source),
        "neighbours.geojson": write_neighbours(output / "neighbours.geojson", source),
    }
    for name, count in rows.items():
        records[name] = FileRecord(
            **BACKGROUND[name], crs="EPSG:4326", rows=count, sha256=sha256_file(output / name)
        )
    write_registry(output, records)


def write_geojson(path: Path, areas: gpd.GeoDataFrame) -> None:
    """RFC 7946, one feature per line, seven decimals at most."""
    lines = [json.dumps(feature(row), ensure_ascii=False) for _, row in areas.iterrows()]
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8")


def feature(row: Any) -> dict[str, Any]:
    """One GeoJSON feature; a row without a parent has no `parent_id`."""
    properties = row.drop("geometry").dropna().to_dict()
    identity = {"id": properties["area_id"]} if "area_id" in properties else {}
    shape = json.loads(shapely.to_geojson(row.geometry))
    return {"type": "Feature", **identity, "properties": properties, "geometry": shape}


def write_addresses(path: Path, addresses: gpd.GeoDataFrame) -> int:
    """Address points; residents to a thousandth, which is how they were estimated."""
    frame = addresses[["street", "number", "population", "geometry"]]
    frame = frame.assign(population=frame["population"].round(3))
    frame["geometry"] = snap_to_grid(frame.geometry.to_numpy())
    write_parquet(path, frame)
    return len(frame)


def write_streets(path: Path, source: Path) -> int:
    """Schematic street lines for the background map, coordinates to 1e-6 degrees."""
    raw = gpd.read_file(source / "lodz_street_axes_from_prg_approx.geojson")
    frame = gpd.GeoDataFrame(
        {"name": raw["street"], "length_m": raw["length_m"].astype(float)},
        geometry=rounded(raw.geometry.to_numpy()),
        crs="EPSG:4326",
    )
    order = np.lexsort((*frame.bounds.to_numpy().T, frame["name"]))
    write_parquet(path, frame.iloc[order])
    return len(frame)


def write_neighbours(path: Path, source: Path) -> int:
    """Surrounding gminas for the background map."""
    raw = gpd.read_file(source / "lodz_neighbour_gminas_simplified.geojson").sort_values("terc")
    shapes = shapely.normalize(shapely.set_precision(raw.geometry.to_numpy(), 1e-6))
    frame = gpd.GeoDataFrame(
        {"name": raw["name"].to_numpy()}, geometry=shapely.orient_polygons(rounded(shapes))
    )
    write_geojson(path, frame)
    return len(frame)


def write_parquet(path: Path, frame: gpd.GeoDataFrame) -> None:
    """GeoParquet, small and the same bytes for the same rows."""
    frame.reset_index(drop=True).to_parquet(
        path, index=False, compression="zstd", compression_level=19
    )


def rounded(shapes: Any) -> Any:
    """Geometries with coordinates to 1e-6 degrees."""
    return shapely.transform(shapes, lambda xy: np.rint(xy * 1e6) / 1e6)


def level_record(path: Path, level: str, *, rows: int) -> FileRecord:
    """The registry entry of a level."""
    constructed = level in CONSTRUCTED
    return FileRecord(
        title=TITLES[level],
        source=f"made by data/boundaries/build_lodz.py from: {CITY_GIS}"
        + ("; addresses of PRG (GUGiK); GUS grid 2011" if constructed else ""),
        licence=f"{PUBLIC}; {FREE_PRG}" if constructed else PUBLIC,
        attribution=f"{CITY_GIS}. {PRG}. Źródło: GUS" if constructed else CITY_GIS,
        date="2018-12-31",
        crs="EPSG:4326",
        rows=rows,
        status="approximate" if constructed else "official",
        sha256=sha256_file(path),
        note=NOTES[level],
    )


NOTES = {
    "beat": "Approximate, unofficial: the police publish no polygons, street lists or number of "
    "beats. Balanced by estimated residents, cut along the Voronoi edges of addresses.",
    "rewir": "Approximate, unofficial: groups of constructed beats. Only their number, 18, is "
    "known (February 2017).",
    "komisariat": "Approximate, unofficial: unions of osiedla that agree with the published "
    "addresses of police premises, consultation points and priority plans.",
    "osiedle": "Borders set by City Council resolutions; residents registered on the date "
    "(BIP UMŁ). Nodes on 1e-7 degrees; pinholes of 0.1 m² in all were closed.",
    "dzielnica": "Unions of the osiedla. Dzielnice ceased as administrative units in 1993.",
    "city": "Union of the osiedla, so that all levels nest; geodesic area 293.25 km².",
}
BACKGROUND: dict[str, dict[str, str]] = {
    "addresses.parquet": {
        "title": "Address points of Łódź with estimated residents",
        "source": "PRG (GUGiK); residents: GUS census grid 1 km 2011 spread over addresses, "
        "scaled to the osiedla of BIP UMŁ",
        "licence": f"{FREE_PRG}; GUS: free with attribution",
        "attribution": f"{PRG}. Źródło: GUS",
        "date": "2018-12-31",
        "status": "official",
        "note": "Points, streets and numbers are official, `population` is an estimate, biased "
        "towards detached houses within an osiedle. The date is that of the residents; the "
        "source does not state the day of the address extract.",
    },
    "streets.parquet": {
        "title": "Schematic street lines of Łódź",
        "source": "derived from address points of PRG (GUGiK)",
        "licence": FREE_PRG,
        "attribution": PRG,
        "date": "2018-12-31",
        "status": "approximate",
        "note": "Approximate: median 18.6 m off, roads without addresses are missing. For a "
        "readable background, not for routing. The date is that of the city's other files.",
    },
    "neighbours.geojson": {
        "title": "Gminas around Łódź, very simplified",
        "source": "PRG (GUGiK) through an Unlicense repository",
        "licence": "Unlicense",
        "attribution": PRG,
        "date": "2017",
        "status": "approximate",
        "note": "Approximate: for the surroundings on a map only.",
    },
}
