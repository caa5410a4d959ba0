"""What the join is measured on: a city of detailed beats, and points that try it hard.

Everything follows from one seed. The beats tile the city without gap or overlap; neighbours
share every vertex. Coordinates lie on the centimetre grid, as survey data do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["make_beats", "make_points"]

CRS = "EPSG:2180"
CENTRE = (530_000.0, 435_000.0)
RADIUS = 9_660.0  # 293 km², the size of Łódź
SPACING = 14.8  # metres between vertices of a border
ROUGHNESS = 0.22  # how far a border strays, relative to its spacing
GRID = 0.01


def make_beats(*, beats: int = 251, seed: int = 1) -> gpd.GeoDataFrame:
    """Voronoi cells of random seeds in a city outline, their shared borders roughened once.

    Returns
    -------
    geopandas.GeoDataFrame
        `area_id` and geometry in EPSG:2180, keys shuffled against the order in space.
    """
    rng = np.random.default_rng(seed)
    outline = _outline(rng)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.multipoints(_spread_seeds(outline, beats, rng)), extend_to=outline
        )
    )
    borders = shapely.union_all(shapely.boundary(shapely.intersection(cells, outline)))
    arcs = shapely.get_parts(shapely.line_merge(borders))
    rough = np.array([_roughen(arc, rng) for arc in arcs])
    polygons = shapely.get_parts(shapely.polygonize(rough))
    keys = [f"{number:03d}" for number in rng.permutation(len(polygons))]
    frame = gpd.GeoDataFrame({"area_id": keys}, geometry=polygons, crs=CRS)
    return frame.sort_values("area_id", ignore_index=True)


def make_points(
    beats: gpd.GeoDataFrame, *, count: int, seed: int = 2
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Shuffled points: 70 % in clusters, 28 % uniform, 2 % outside, 0.2 % of them exact ties.

    The ties are vertices and the midpoints of edges, as far as a double can hold them.

    Returns
    -------
    x, y
        Coordinates in EPSG:2180.
    tied
        Which of the points are ties.
    """
    rng = np.random.default_rng(seed)
    ties = count // 500
    clustered, outside = int(0.7 * count), int(0.02 * count)
    points = np.concatenate(
        [
            _ties(beats, ties, rng),
            _clusters(clustered, rng),
            _disc(rng, outside, inner=1.1, outer=1.5),
            _disc(rng, count - ties - clustered - outside, inner=0.0, outer=0.97),
        ]
    )
    order = rng.permutation(count)
    return points[order, 0], points[order, 1], order < ties


def _outline(rng: np.random.Generator) -> shapely.Polygon:
    """A round city with bays."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    waves = sum(
        rng.uniform(0.01, 0.03) * np.sin(k * angle + rng.uniform(0, 2 * np.pi)) for k in range(2, 8)
    )
    radius = RADIUS * (1 + waves)
    ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + CENTRE
    return shapely.Polygon(np.round(ring / GRID) * GRID)


def _spread_seeds(
    outline: shapely.Polygon, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Random seeds, relaxed twice so that no beat is a splinter."""
    seeds = _inside(outline, rng, count)
    for _ in range(2):
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=outline)
        )
        seeds = shapely.get_coordinates(shapely.centroid(shapely.intersection(cells, outline)))
    return seeds


def _inside(outline: shapely.Polygon, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    x_min, y_min, x_max, y_max = outline.bounds
    tried = rng.uniform((x_min, y_min), (x_max, y_max), (4 * count, 2))
    return tried[shapely.contains_xy(outline, tried)][:count]


def _roughen(arc: shapely.LineString, rng: np.random.Generator) -> shapely.LineString:
    """A border with a vertex every 15 m, each moved a little; the ends stay where they meet."""
    dense = shapely.get_coordinates(shapely.segmentize(arc, SPACING))
    dense[1:-1] += rng.uniform(-ROUGHNESS, ROUGHNESS, dense[1:-1].shape) * SPACING
    return shapely.LineString(np.round(dense / GRID) * GRID)


def _ties(beats: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    points, ring = shapely.get_coordinates(beats.exterior.to_numpy(), return_index=True)
    vertices = points[rng.integers(len(points), size=count // 2)]
    start = rng.choice(np.flatnonzero(ring[:-1] == ring[1:]), size=count - len(vertices))
    return np.concatenate([vertices, (points[start] + points[start + 1]) / 2])


def _clusters(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Neyman-Scott: 2,000 places, a Gaussian cloud of 60 m around each."""
    places = _disc(rng, 2_000, inner=0.0, outer=0.9)
    chosen = places[rng.integers(len(places), size=count)]
    return chosen + rng.normal(scale=60.0, size=(count, 2))


def _disc(
    rng: np.random.Generator, count: int, *, inner: float, outer: float
) -> NDArray[np.float64]:
    radius = RADIUS * np.sqrt(rng.uniform(inner**2, outer**2, count))
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + CENTRE
