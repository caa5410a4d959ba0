"""Make the boundary files of Łódź from the source data, to the same bytes every time.

Run it in the project's environment::

    python data/boundaries/build_lodz.py --source ../shared/data/lodz

City, dzielnice and osiedla are official. Komisariaty, rewiry and beats are constructed, since
nobody publishes them: approximate, unofficial. All levels come from one planar graph, so that
a border is the same row of vertices wherever it appears.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely
from lodz_beats import Part, divide_komisariat, shares_of_beats
from lodz_files import write_city
from lodz_levels import check_levels, make_levels
from lodz_source import Source, owners, read_source

from geo.boundaries.planar import planar_faces
from geo.boundaries.voronoi import label_faces
from geo.crs import EXCHANGE_CRS

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger("build_lodz")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and build."""
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--source", type=Path, required=True, help="folder of the source data")
    parser.add_argument("--output", type=Path, default=here / "lodz", help="folder to write")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    build(given.source, given.output)


def build(source_folder: Path, output: Path) -> None:
    """Make every file of the city except those written by hand."""
    start = time.perf_counter()
    source = read_source(source_folder)
    log.info("%d osiedla, %d addresses read", len(source.osiedla), len(source.addresses))
    beats = shares_of_beats(source.osiedla)
    parts = {kp: divide_komisariat(source, kp, beats=n) for kp, n in beats.items()}
    faces = make_faces(source, parts)
    log.info("%d faces of one planar graph", len(faces))
    levels = make_levels(faces, source.addresses)
    check_levels(levels, source.addresses)
    log.info("coverage of every level is exact, levels nest")
    write_city(output, levels=levels, addresses=source.addresses, source=source.folder)
    log.info("%s written in %.0f s", output.name, time.perf_counter() - start)


def make_faces(source: Source, parts: dict[str, Part]) -> gpd.GeoDataFrame:
    """Node osiedla and beat borders once; every face knows its osiedle and beat."""
    lines = list(shapely.boundary(source.osiedla.geometry.to_numpy()))
    for part in parts.values():
        ends = part.beat[part.cells.pairs]
        lines += list(part.cells.ridges[ends[:, 0] != ends[:, 1]])
    shapes = planar_faces(lines)
    owner = owners(shapes, source.osiedla.geometry.to_numpy())
    shapes, owner = shapes[owner >= 0], owner[owner >= 0]
    faces = gpd.GeoDataFrame(
        source.osiedla.iloc[owner][["name", "dzielnica", "komisariat"]].reset_index(drop=True),
        geometry=shapes,
        crs=EXCHANGE_CRS,
    ).rename(columns={"name": "osiedle"})
    for kp, part in parts.items():
        inside = (faces["komisariat"] == kp).to_numpy()
        labels = label_faces(shapes[inside], part.cells, part.beat)
        faces.loc[inside, "beat"] = labels
        faces.loc[inside, "rewir"] = [part.rewir_of[label] for label in labels]
        source.addresses.loc[part.rows, "beat"] = part.beat[part.cells.site_of]
    return faces.assign(city="lodz")


if __name__ == "__main__":
    main()
