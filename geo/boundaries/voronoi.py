"""Areas from address points: Voronoi cells, dissolved by label into an exact coverage.

A cell is every place nearer to one address than to any other. Cells are kept as a graph
of sites and ridges, not as polygons: areas come from the few ridges that part two labels,
noded once together with the boundary on one grid. Neighbouring areas therefore share
their vertices exactly, whatever the points look like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.spatial import KDTree, Voronoi

from geo.boundaries.planar import GRID_DEG, join_strays, planar_faces
from geo.crs import EXCHANGE_CRS, metric_crs, require_crs, transformer
from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "AddressCells",
    "address_cells",
    "dissolve_cells",
    "label_faces",
]

_SEGMENT_M = 200.0  # a straight line this long bends by 1 mm between metres and degrees


@dataclass(frozen=True, slots=True)
class AddressCells:
    """Voronoi cells of address points as a graph.

    Attributes
    ----------
    sites
        Distinct places, float64 (m, 2), in `metric_crs`, ordered by x, then y.
    site_of
        Site of every point, int64 (n,). Coincident points share one.
    pairs
        Two neighbouring sites per ridge, int64 (r, 2); only ridges inside the boundary.
    ridges
        The edge between the two cells, clipped to the boundary, EPSG:4326 (r,).
    lengths
        Length of that edge in metres (r,).
    boundary
        What the cells fill, EPSG:4326.
    metric_crs
        Where "nearer" is measured.
    """

    sites: NDArray[np.float64]
    site_of: NDArray[np.int64]
    pairs: NDArray[np.int64]
    ridges: NDArray[np.object_]
    lengths: NDArray[np.float64]
    boundary: BaseGeometry
    metric_crs: str


def address_cells(
    points: geopandas.GeoSeries, boundary: BaseGeometry, *, metric_crs: str
) -> AddressCells:
    """Cut a boundary into the Voronoi cells of points.

    Parameters
    ----------
    points
        Point geometries in a declared CRS; coincident ones share a cell. Points outside
        the boundary have a cell too, as far as it reaches in.
    boundary
        A valid polygon or multipolygon in EPSG:4326.
    metric_crs
        A projected CRS in metres, such as EPSG:2180.

    Returns
    -------
    AddressCells
        Cells for `dissolve_cells`, and their neighbours for a division.

    Raises
    ------
    InputError
        If there are no points, one is empty, or the boundary is not a valid area.
    CrsError
        If the points declare no CRS or `metric_crs` does not count in metres.
    """
    xy = _metric_points(points, crs=metric_crs)
    _require_area(boundary)
    sites, site_of = np.unique(xy, axis=0, return_inverse=True)
    pairs, lines = _ridges(sites, frame=_metric_bounds(boundary, crs=metric_crs))
    ridges = _clip(_to_degrees(lines, crs=metric_crs), boundary=boundary)
    lengths = shapely.length(_to_metres(ridges, crs=metric_crs))
    inside = lengths > 0
    return AddressCells(
        sites=sites,
        site_of=site_of.reshape(-1).astype(np.int64),
        pairs=pairs[inside],
        ridges=ridges[inside],
        lengths=lengths[inside],
        boundary=boundary,
        metric_crs=metric_crs,
    )


def dissolve_cells(cells: AddressCells, labels: Sequence[str]) -> geopandas.GeoDataFrame:
    """Join the cells of each label into one area.

    Parameters
    ----------
    cells
        Cells of n points.
    labels
        One label per point, in the order of the points. Where coincident points disagree,
        the label of most of them counts, then the lowest: one place is in one area.

    Returns
    -------
    geopandas.GeoDataFrame
        `label` (sorted), `geometry` in EPSG:4326 on the `GRID_DEG` grid: a coverage
        without gap or overlap. A label is a multipolygon only if its addresses are apart;
        a bit of a cell that the boundary cuts off from its address goes to the neighbour
        with the longest common border.

    Raises
    ------
    InputError
        If the number of labels is not the number of points.
    """
    site_labels = _site_labels(cells, labels=labels)
    parted = site_labels[cells.pairs[:, 0]] != site_labels[cells.pairs[:, 1]]
    faces = planar_faces([cells.boundary.boundary, *cells.ridges[parted]])
    faces = faces[_inside(faces, cells.boundary)]
    face_labels = label_faces(faces, cells, site_labels)
    names, inverse = np.unique(face_labels, return_inverse=True)
    areas = [shapely.coverage_union_all(faces[inverse == i]) for i in range(names.size)]
    return geopandas.GeoDataFrame({"label": names, "geometry": areas}, crs=EXCHANGE_CRS)


def label_faces(
    faces: NDArray[np.object_], cells: AddressCells, site_labels: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Label of the nearest site for every face, with cut-off bits given to a neighbour.

    Parameters
    ----------
    faces
        Polygons of one planar graph (EPSG:4326).
    cells
        The cells whose ridges made them.
    site_labels
        One label per site (m,).

    Returns
    -------
    numpy.ndarray
        One label per face.
    """
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    x, y = transformer(EXCHANGE_CRS, cells.metric_crs).transform(inner[:, 0], inner[:, 1])
    _, nearest = KDTree(cells.sites).query(np.column_stack([x, y]))
    labels = site_labels[nearest].copy()
    return join_strays(labels, faces=faces, inhabited=_inhabited(faces, cells))


def _metric_points(points: geopandas.GeoSeries, *, crs: str) -> NDArray[np.float64]:
    metric_crs(crs)
    if len(points) == 0 or bool((points.is_empty | points.isna()).any()):
        msg = f"cells need points, and {_count_missing(points)}: drop rows without a position"
        raise InputError(msg)
    projected = require_crs(points, what="the address points").to_crs(crs)
    xy = shapely.get_coordinates(projected.to_numpy())
    return np.round(xy, 3)  # a millimetre: projecting must not part coincident addresses


def _count_missing(points: geopandas.GeoSeries) -> str:
    missing = int((points.is_empty | points.isna()).sum())
    return f"{missing} of {len(points)} rows have none" if len(points) else "there are no rows"


def _require_area(boundary: BaseGeometry) -> None:
    if boundary.is_empty or not boundary.is_valid or boundary.area == 0:
        reason = shapely.is_valid_reason(boundary)
        msg = f"the boundary to fill is not a valid area ({boundary.geom_type}, {reason})"
        raise InputError(msg)


def _metric_bounds(boundary: BaseGeometry, *, crs: str) -> tuple[float, float, float, float]:
    outline = shapely.segmentize(boundary.boundary, 0.001)
    x0, y0, x1, y1 = _to_metres(outline, crs=crs).bounds
    return x0 - _SEGMENT_M, y0 - _SEGMENT_M, x1 + _SEGMENT_M, y1 + _SEGMENT_M


def _ridges(
    sites: NDArray[np.float64], *, frame: tuple[float, float, float, float]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Site pairs and their Voronoi edges, cut to a frame, in metres."""
    x0, y0, x1, y1 = frame
    low = np.minimum(sites.min(axis=0), [x0, y0])
    high = np.maximum(sites.max(axis=0), [x1, y1])
    middle, reach = (low + high) / 2, 4 * float(np.hypot(*(high - low)))
    # Far guards close every real cell, too far to be nearest to any place in the frame.
    turns = np.arange(8) * np.pi / 4
    guards = reach * np.column_stack([np.cos(turns), np.sin(turns)])
    diagram = Voronoi(np.vstack([sites - middle, guards]))
    ends = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    pairs = np.sort(diagram.ridge_points.astype(np.int64), axis=1)
    real = (ends >= 0).all(axis=1) & (pairs < len(sites)).all(axis=1)
    pairs, ends = pairs[real], ends[real]
    lines = shapely.linestrings(diagram.vertices[ends] + middle)
    lines = shapely.clip_by_rect(lines, x0, y0, x1, y1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    order = order[~shapely.is_empty(lines[order])]
    return pairs[order], np.asarray(lines[order], dtype=object)


def _to_degrees(lines: NDArray[np.object_], *, crs: str) -> Any:
    change = transformer(crs, EXCHANGE_CRS).transform
    bent = shapely.segmentize(lines, _SEGMENT_M)
    return shapely.transform(bent, change, interleaved=False)


def _to_metres(geometries: Any, *, crs: str) -> Any:
    change = transformer(EXCHANGE_CRS, crs).transform
    return shapely.transform(geometries, change, interleaved=False)


def _clip(lines: NDArray[np.object_], *, boundary: BaseGeometry) -> NDArray[np.object_]:
    shapely.prepare(boundary)
    crossing = ~shapely.contains_properly(boundary, lines)
    clipped = np.array(lines, dtype=object)
    clipped[crossing] = shapely.intersection(lines[crossing], boundary)
    return clipped


def _site_labels(cells: AddressCells, *, labels: Sequence[str]) -> NDArray[np.object_]:
    """The label of most points of each site, then the lowest."""
    if len(labels) != len(cells.site_of):
        msg = f"{len(labels)} labels for {len(cells.site_of)} points: give one per point"
        raise InputError(msg)
    names, code = np.unique(np.asarray(labels, dtype=object), return_inverse=True)
    votes = coo_array(
        (np.ones(len(code), dtype=np.int64), (cells.site_of, code.reshape(-1))),
        shape=(len(cells.sites), names.size),
    ).tocsr()
    return np.asarray(names[np.asarray(votes.argmax(axis=1)).reshape(-1)], dtype=object)


def _inside(faces: NDArray[np.object_], boundary: BaseGeometry) -> NDArray[np.bool_]:
    shapely.prepare(boundary)
    return np.asarray(shapely.contains(boundary, shapely.point_on_surface(faces)))


def _inhabited(faces: NDArray[np.object_], cells: AddressCells) -> NDArray[np.bool_]:
    change = transformer(cells.metric_crs, EXCHANGE_CRS).transform
    places = shapely.points(*change(cells.sites[:, 0], cells.sites[:, 1]))
    face, inside = shapely.STRtree(places).query(faces, predicate="intersects")
    # Noding may leave a place that lies on the boundary a grid step outside of every face.
    lost = np.setdiff1d(np.arange(len(places)), inside)
    _, beside = shapely.STRtree(faces).query_nearest(places[lost], max_distance=2 * GRID_DEG)
    return np.bincount(np.concatenate([face, beside]), minlength=len(faces)) > 0
