"""From a street list to the polygons of its beats, and back.

A beat is every place nearer to one of its addresses than to any other address: the list
and the address points are all that is known. So the polygons are approximate wherever no
address is near, and exact at every address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from geo.boundaries.street_claims import assign_by_streets
from geo.boundaries.street_runs import streets_from_areas
from geo.boundaries.voronoi import address_cells, dissolve_cells
from geo.crs import EXCHANGE_CRS, require_crs, transformer
from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "areas_of_addresses",
    "beats_from_areas",
    "beats_from_streets",
    "named_like",
    "streets_from_beats",
]

_NO_BEAT = ""
_NAMED_IN_MESSAGE = 20


def beats_from_streets(
    addresses: geopandas.GeoDataFrame,
    rules: pd.DataFrame,
    boundary: BaseGeometry,
    *,
    metric_crs: str,
    first_wins: bool = False,
    fill_gaps: bool = False,
    progress: Callable[[str], None] | None = None,
) -> geopandas.GeoDataFrame:
    """Draw the beats of a street list.

    Parameters
    ----------
    addresses
        `street`, `number` (text), `population` (persons) and points in EPSG:4326.
    rules
        A street list, as `read_street_list` returns it.
    boundary
        The city in EPSG:4326; beats end there.
    metric_crs
        A projected CRS in metres, where "nearest" is measured.
    first_wins
        Give an address that several beats claim to the rule that comes first.
    fill_gaps
        Give an address that no beat claims to the beat of the nearest claimed address.
    progress
        Is told what begins.

    Returns
    -------
    geopandas.GeoDataFrame
        See `beats_from_areas`.

    Raises
    ------
    InputError
        If a rule is faulty, several beats claim an address and `first_wins` is not set, no
        rule claims any address, or two beats claim addresses at one place.
    """
    claims = assign_by_streets(addresses, rules, first_wins=first_wins)
    if len(claims.contested) and not first_wins:
        told = [
            f"{row.street} {row.number}: {row.areas} (lines {row.lines})"
            for row in claims.contested.head(_NAMED_IN_MESSAGE).itertuples()
        ]
        msg = (
            f"{len(claims.contested)} addresses are claimed by two or more beats: "
            f"{_listed(told, of=len(claims.contested))}: correct the list, or let the first "
            "rule win (--first-rule)"
        )
        raise InputError(msg)
    return beats_from_areas(
        addresses,
        claims.area_id,
        boundary,
        metric_crs=metric_crs,
        fill_gaps=fill_gaps,
        progress=progress,
    )


def beats_from_areas(
    addresses: geopandas.GeoDataFrame,
    area_id: pd.Series,
    boundary: BaseGeometry,
    *,
    metric_crs: str,
    fill_gaps: bool = False,
    progress: Callable[[str], None] | None = None,
) -> geopandas.GeoDataFrame:
    """Draw beats around addresses whose beat is known.

    Parameters
    ----------
    addresses
        `population` (persons) and points in EPSG:4326. Points outside the boundary count
        for nothing.
    area_id
        The beat of each address, on the same index; None where it has none.
    boundary
        The city in EPSG:4326; beats end there.
    metric_crs
        A projected CRS in metres, where "nearest" is measured.
    fill_gaps
        Give an address without a beat to the beat of the nearest address that has one.
        Otherwise the places nearest to it belong to no beat.
    progress
        Is told what begins.

    Returns
    -------
    geopandas.GeoDataFrame
        `area_id`, `name`, `parent_id` (None), `status` ("approximate"), `population` (sum over
        the addresses), geometry in EPSG:4326; sorted by `area_id`. Every address with a beat
        lies in the polygon of its beat.

    Raises
    ------
    InputError
        If no address inside the boundary has a beat, or addresses of two beats are at one
        place, so that no polygon parts them.
    CrsError
        If `metric_crs` does not count in metres.
    """
    tell = progress or _silent
    shapely.prepare(boundary)
    inside = addresses[shapely.intersects(boundary, addresses.geometry.to_numpy())]
    labels = area_id.loc[inside.index].astype(object)
    if not labels.notna().any():
        msg = (
            f"none of {len(addresses)} addresses inside the boundary has a beat: check that "
            "the list and the addresses are of one city"
        )
        raise InputError(msg)
    labels = _spread(inside, labels, metric_crs=metric_crs, everywhere=fill_gaps)
    tell(f"cutting the city into the cells of {len(inside)} addresses")
    cells = address_cells(inside.geometry, boundary, metric_crs=metric_crs)
    tell(f"joining the cells of {labels.nunique()} beats")
    areas = dissolve_cells(cells, labels.fillna(_NO_BEAT).tolist())
    beats = _as_level(areas[areas["label"] != _NO_BEAT], inside, labels)
    tell("checking that every address lies in its beat")
    _require_kept(inside, labels, beats)
    return beats


def streets_from_beats(
    addresses: geopandas.GeoDataFrame, beats: geopandas.GeoDataFrame
) -> pd.DataFrame:
    """Write down which streets and numbers lie in which beat.

    Parameters
    ----------
    addresses
        `street`, `number` (text) and points in EPSG:4326.
    beats
        `area_id` and polygons in a declared CRS.

    Returns
    -------
    pandas.DataFrame
        Rules; see `streets_from_areas`. Addresses in no beat are in no rule.

    Raises
    ------
    InputError
        If an address in a beat cannot be named by a list.
    CrsError
        If the beats declare no CRS.
    """
    return streets_from_areas(addresses, areas_of_addresses(addresses, beats))


def areas_of_addresses(
    addresses: geopandas.GeoDataFrame, areas: geopandas.GeoDataFrame
) -> pd.Series:
    """The area each address lies in: on a border the lowest `area_id`, None outside all.

    Parameters
    ----------
    addresses
        Points in EPSG:4326.
    areas
        `area_id` and polygons in a declared CRS.

    Returns
    -------
    pandas.Series
        `area_id` on the index of the addresses.

    Raises
    ------
    CrsError
        If the areas declare no CRS.
    """
    placed = require_crs(areas, what="the beats").to_crs(EXCHANGE_CRS)
    ordered = placed.sort_values("area_id", ignore_index=True)
    points = shapely.STRtree(addresses.geometry.to_numpy())
    area, point = points.query(ordered.geometry.to_numpy(), predicate="intersects")
    lowest = np.full(len(addresses), len(ordered))
    np.minimum.at(lowest, point, area)
    names = np.array([*ordered["area_id"], None], dtype=object)
    return pd.Series(names[lowest], index=addresses.index, name="area_id", dtype=object)


def named_like(
    beats: geopandas.GeoDataFrame, level: geopandas.GeoDataFrame | None
) -> geopandas.GeoDataFrame:
    """Beats with the name and the parent that areas of the same `area_id` have in a level.

    Parameters
    ----------
    beats
        `area_id, name, parent_id`, as drawn.
    level
        A level of the city with the same columns; None changes nothing.

    Returns
    -------
    geopandas.GeoDataFrame
        A copy; beats that the level does not know stay as they are.
    """
    if level is None:
        return beats.copy()
    known = level.set_index("area_id")
    names = beats["area_id"].map(known["name"]).fillna(beats["name"])
    parents = beats["area_id"].map(known["parent_id"]).astype(object)
    return beats.assign(name=names, parent_id=parents.where(parents.notna(), None))


def _silent(_: str) -> None:
    """Tell nobody."""


def _listed(told: list[str], *, of: int) -> str:
    more = f" and {of - len(told)} more" if of > len(told) else ""
    return "; ".join(told) + more


def _spread(
    addresses: geopandas.GeoDataFrame, labels: pd.Series, *, metric_crs: str, everywhere: bool
) -> pd.Series:
    """Labels in which an address without one takes that of the nearest address that has one.

    Unless everywhere, this holds only at the very place of such an address, since one place
    cannot be both in a beat and outside.
    """
    missing = labels.isna().to_numpy()
    if not missing.any():
        return labels
    known = labels.to_numpy()[~missing]
    xy = _metric_xy(addresses, metric_crs=metric_crs)
    distance, nearest = KDTree(xy[~missing]).query(xy[missing])
    filled = labels.copy()
    near = everywhere | (distance == 0)
    filled[missing] = np.where(near, known[nearest], None)
    return filled


def _metric_xy(addresses: geopandas.GeoDataFrame, *, metric_crs: str) -> NDArray[np.float64]:
    change = transformer(EXCHANGE_CRS, metric_crs).transform
    x, y = change(addresses.geometry.x.to_numpy(), addresses.geometry.y.to_numpy())
    return np.round(np.column_stack([x, y]), 3)  # a millimetre, as the cells have it


def _as_level(
    areas: geopandas.GeoDataFrame, addresses: geopandas.GeoDataFrame, labels: pd.Series
) -> geopandas.GeoDataFrame:
    residents = addresses["population"].groupby(labels).sum(min_count=1)
    return geopandas.GeoDataFrame(
        {
            "area_id": areas["label"],
            "name": areas["label"],
            "parent_id": None,
            "status": "approximate",
            "population": areas["label"].map(residents).astype(float),
        },
        geometry=areas.geometry,
        crs=EXCHANGE_CRS,
    ).reset_index(drop=True)


def _require_kept(
    addresses: geopandas.GeoDataFrame, labels: pd.Series, beats: geopandas.GeoDataFrame
) -> None:
    known = labels.notna().to_numpy()
    polygons = beats.set_index("area_id").geometry.reindex(labels[known]).to_numpy()
    kept = shapely.intersects(polygons, addresses.geometry.to_numpy()[known])
    lost = addresses[known][~kept]
    if len(lost):
        told = [f"{street} {number}" for street, number in _named(lost)]
        msg = (
            f"{len(lost)} addresses are at the place of an address of another beat, or within "
            f"a centimetre: {_listed(told, of=len(lost))}: no polygon parts them, so give them "
            "one beat or correct their points"
        )
        raise InputError(msg)


def _named(addresses: geopandas.GeoDataFrame) -> list[tuple[str, str]]:
    first = addresses.head(_NAMED_IN_MESSAGE)
    return list(zip(first["street"], first["number"], strict=True))
