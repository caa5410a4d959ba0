"""What the files of Łódź are made from, and which osiedla each komisariat covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries.planar import planar_faces, shared_borders

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

METRIC_CRS = "EPSG:2180"

# Which osiedla a komisariat covers. No map is published; each line gives its evidence:
# police premises (seat), consultation points of the beat officers, published plans.
KOMISARIATY: dict[str, tuple[str, ...]] = {
    # Plans for Piotrkowska 270 and Abramowskiego 19, point at Piotrkowska 86: Śródmieście.
    "I": ("Katedralna", "Śródmieście-Wschód"),
    # Seat Ciesielska 27 and the plan for Drewnowska 43 (Bałuty-Centrum), point at
    # Wielkopolska 53, debate in Żubardź (Teofilów-Wielkopolska); the west of Bałuty adjoins.
    "II": ("Bałuty Zachodnie", "Bałuty-Centrum", "Teofilów-Wielkopolska"),
    # Seat Armii Krajowej 33 (Karolew-Retkinia Wschód), plans for Wyszyńskiego 53 and 59
    # (Retkinia Zachód-Smulsko): Retkinia; Lublinek-Pienista can be reached only through it.
    "III": ("Karolew-Retkinia Wschód", "Lublinek-Pienista", "Retkinia Zachód-Smulsko"),
    # Seat Kopernika 29/31 and the plan for Wólczańska 77 (Stare Polesie), point at
    # Wapienna 15 (Koziny); the rest of Polesie north of Retkinia adjoins.
    "IV": (
        "Koziny",
        "Stare Polesie",
        "Zdrowie-Mania",
        "Złotno",
        "im. Józefa Montwiłła-Mireckiego",
    ),
    # Seat Organizacji WiN 60 (Bałuty-Doły); the north and east of Bałuty adjoin.
    "V": (
        "Bałuty-Doły",
        "Julianów-Marysin-Rogi",
        "Radogoszcz",
        "Wzniesień Łódzkich",
        "Łagiewniki",
    ),
    # Seat Wysoka 45 (Stary Widzew), point at Ketlinga 23 (Olechów-Janów), plans for
    # Służbowa 8 and Sacharowa 25 (Widzew-Wschód): all of Widzew, which has one komisariat.
    "VI": (
        "Andrzejów",
        "Dolina Łódki",
        "Mileszki",
        "Nowosolna",
        "Nr 33",
        "Olechów-Janów",
        "Stary Widzew",
        "Stoki-Sikawa-Podgórze",
        "Widzew-Wschód",
        "Zarzew",
    ),
    # Seat 3 Maja 43 (Ruda), point at Paderewskiego 47 (Piastów-Kurak), debate at
    # Rzgowska 151 (Chojny), plans for Przyszkole 8 and Cieszyńska 12 (Rokicie): Górna west.
    "VII": ("Chojny", "Nad Nerem", "Piastów-Kurak", "Rokicie", "Ruda"),
    # Seat Wólczańska 250 (Górniak), plans for Gojawiczyńskiej 58 and Śląska 168
    # (Chojny-Dąbrowa): Górna east, with Wiskitno beyond it.
    "VIII": ("Chojny-Dąbrowa", "Górniak", "Wiskitno"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """The inputs: official areas, addresses, published beat facts."""

    osiedla: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame
    anchors: gpd.GeoDataFrame
    folder: Path


def read_source(folder: Path) -> Source:
    """Read the inputs; addresses get their komisariat, residents add up to the register."""
    osiedla = gpd.read_parquet(folder / "lodz_osiedla.parquet").sort_values("name")
    kp_of = {name: kp for kp, names in KOMISARIATY.items() for name in names}
    osiedla["komisariat"] = osiedla["name"].map(kp_of)
    osiedla["geometry"] = clean_osiedla(osiedla)
    raw = gpd.read_parquet(folder / "lodz_prg_addresses_popest.parquet")
    order = raw["housenumber"].str.extract(r"^(\d+)")[0].fillna("0").astype(int)
    raw = raw.assign(order=order, x=raw.geometry.x, y=raw.geometry.y)
    raw = raw.sort_values(["street", "order", "housenumber", "x", "y"], ignore_index=True)
    registered = raw["osiedle"].map(osiedla.set_index("name")["population_2018"])
    estimated = raw.groupby("osiedle")["pop_est_2018"].transform("sum")
    addresses = gpd.GeoDataFrame(
        {
            "street": raw["street"],
            "number": raw["housenumber"],
            "population": raw["pop_est_2018"] * registered / estimated,
            "osiedle": raw["osiedle"],
            "komisariat": raw["osiedle"].map(kp_of),
        },
        geometry=raw.geometry,
    )
    anchors = gpd.read_file(folder / "kmp_lodz_priority_plan_anchors.geojson")
    return Source(osiedla.reset_index(drop=True), addresses, anchors, folder)


def clean_osiedla(osiedla: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """The osiedla as an exact coverage: noded on the grid, pinholes between them closed."""
    shapes = osiedla.geometry.to_numpy()
    faces = planar_faces(shapely.boundary(shapes))
    owner = owners(faces, shapes)
    pairs, lengths = shared_borders(faces)
    for hole in np.flatnonzero(owner < 0):
        beside = (pairs == hole).any(axis=1)
        neighbour = pairs[beside][np.argmax(lengths[beside])].sum() - hole
        owner[hole] = owner[neighbour]
    joined = [shapely.coverage_union_all(faces[owner == i]) for i in range(len(shapes))]
    return np.array(joined, dtype=object)


def owners(faces: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Position of the shape that each face lies in, -1 where none."""
    face, shape = shapely.STRtree(shapes).query(
        shapely.point_on_surface(faces), predicate="intersects"
    )
    owner = np.full(len(faces), -1, dtype=np.int64)
    owner[face[::-1]] = shape[::-1]
    return owner
