"""The six levels of Łódź: names, residents and one exact coverage each."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries.coverage import check_coverage
from geo.crs import EXCHANGE_CRS
from geo.errors import CityError

if TYPE_CHECKING:
    import pandas as pd

OFFICIAL, APPROXIMATE = "official", "approximate"
PARENTS = {
    "beat": "rewir",
    "rewir": "komisariat",
    "komisariat": "city",
    "osiedle": "dzielnica",
    "dzielnica": "city",
    "city": None,
}
CONSTRUCTED = ("beat", "rewir", "komisariat")
_TO_ASCII = str.maketrans("łŁ", "lL")


def make_levels(
    faces: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """One frame per level, finest first, sorted by `area_id`.

    Residents of a beat are those of its addresses, rounded so that the beats of a
    komisariat add up to the registered residents of its osiedla.
    """
    beats = residents_of_beats(addresses)
    place = addresses.groupby(["beat", "osiedle"])["population"].sum()
    home = place.reset_index().sort_values("population").groupby("beat")["osiedle"].last()
    faces = faces.assign(
        beat_name=[f"Rejon {key} ({home[key]})" for key in faces["beat"]],
        rewir_name=[rewir_name(key) for key in faces["rewir"]],
        komisariat_name=[f"{key} Komisariat Policji" for key in faces["komisariat"]],
        osiedle_name=faces["osiedle"],
        dzielnica_name=faces["dzielnica"],
        city_name="Łódź",
        osiedle=faces["osiedle"].map(slug),
        dzielnica=faces["dzielnica"].map(slug),
    )
    registered = addresses.groupby("osiedle")["population"].sum().round().astype(int)
    counted = {"beat": beats, "osiedle": registered.rename(index=slug)}
    return {level: make_level(faces, level, counted) for level in PARENTS}


def make_level(
    faces: gpd.GeoDataFrame, level: str, counted: dict[str, pd.Series]
) -> gpd.GeoDataFrame:
    """Dissolve the faces of one level."""
    parent = PARENTS[level]
    finest = "osiedle" if level in {"osiedle", "dzielnica", "city"} else "beat"
    rows = faces.groupby(level, sort=True)
    within = rows[finest].unique()
    shapes = [shapely.coverage_union_all(part.geometry.to_numpy()) for _, part in rows]
    return gpd.GeoDataFrame(
        {
            "area_id": list(within.index),
            "name": rows[f"{level}_name"].first().to_numpy(),
            "parent_id": rows[parent].first().to_numpy() if parent else None,
            "status": APPROXIMATE if level in CONSTRUCTED else OFFICIAL,
            "population": [int(counted[finest][list(keys)].sum()) for keys in within],
        },
        geometry=shapely.orient_polygons(shapely.normalize(np.array(shapes, dtype=object))),
        crs=EXCHANGE_CRS,
    )


def residents_of_beats(addresses: gpd.GeoDataFrame) -> pd.Series:
    """Whole residents per beat, exact in the sum over a komisariat (largest remainders)."""
    exact = addresses.groupby(["komisariat", "beat"])["population"].sum()
    whole = np.floor(exact).astype(int)
    for komisariat, part in (exact - whole).groupby(level=0):
        missing = round(exact[komisariat].sum()) - whole[komisariat].sum()
        whole[part.sort_values(ascending=False, kind="stable").index[:missing]] += 1
    return whole.droplevel(0)


def rewir_name(key: str) -> str:
    """`IV-R2` in words."""
    komisariat, number = key.split("-R")
    return f"Rewir {'I' * int(number)} Dzielnicowych KP {komisariat}"


def slug(name: str) -> str:
    """A name as a key: plain lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.translate(_TO_ASCII))
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return "-".join(letters.lower().split())


def check_levels(levels: dict[str, gpd.GeoDataFrame], addresses: gpd.GeoDataFrame) -> None:
    """Refuse levels that do not tile the city, do not nest, or lose an address.

    Raises
    ------
    CityError
        If any of this is so.
    """
    faults = [fault for level in levels for fault in level_faults(levels, level)]
    beats = levels["beat"]
    _, hit = shapely.STRtree(addresses.geometry).query(beats.geometry, predicate="contains")
    found = np.bincount(hit, minlength=len(addresses))
    if (found != 1).any():
        faults.append(f"{int((found != 1).sum())} addresses are not inside one beat")
    if faults:
        msg = f"the boundaries of Łódź are not as they should be: {'; '.join(faults)}"
        raise CityError(msg)


def level_faults(levels: dict[str, gpd.GeoDataFrame], level: str) -> list[str]:
    """What is wrong with one level."""
    areas, parent = levels[level], PARENTS[level]
    boundary = levels["city"].geometry[0]
    found = check_coverage(areas, boundary=boundary, at_least_m2=0.0)
    faults = [f"{level} {row.areas}: {row.kind}, {row.detail}" for row in found.itertuples()]
    if not shapely.coverage_is_valid(areas.geometry.to_numpy()):
        faults.append(f"{level}: borders do not share their vertices")
    if parent:
        above = levels[parent].set_index("area_id").geometry
        for key, part in areas.groupby("parent_id"):
            joined = shapely.coverage_union_all(part.geometry.to_numpy())
            if not shapely.normalize(joined).equals(shapely.normalize(above[key])):
                faults.append(f"{parent} {key} is not the union of its parts")
    return faults
