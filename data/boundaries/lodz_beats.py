"""Rewiry and beats of Łódź: equal shares of the residents, numbered along a walk."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from lodz_source import KOMISARIATY, METRIC_CRS, Source

from geo.boundaries.division import divide, visiting_order
from geo.boundaries.sites import SiteGraph, site_graph
from geo.boundaries.voronoi import AddressCells, address_cells

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

BEATS = 130  # 110-150 is the guess of those who know the region; about 4 900 residents each
REWIRY = 18  # "kierownicy 18-stu rewirów", KMP Łódź, February 2017

log = logging.getLogger("build_lodz")


def shares_of_beats(osiedla: gpd.GeoDataFrame) -> dict[str, int]:
    """Beats per komisariat in proportion to its residents (largest remainders)."""
    residents = osiedla.groupby("komisariat")["population_2018"].sum()
    exact = residents / residents.sum() * BEATS
    beats = np.floor(exact).astype(int)
    beats[(exact - beats).sort_values(ascending=False).index[: BEATS - beats.sum()]] += 1
    return {kp: int(beats[kp]) for kp in KOMISARIATY}


def shares_of_rewiry(beats: int, *, total: int) -> list[int]:
    """Beats of each rewir: two rewiry, three where beats are most (18 in all)."""
    rewiry = min(max(round(beats * REWIRY / total), 2), 3)
    return [len(part) for part in np.array_split(np.arange(beats), rewiry)]


@dataclass(frozen=True, slots=True)
class Part:
    """A komisariat divided: the beat and the rewir number of each of its sites."""

    cells: AddressCells
    rows: NDArray[np.int64]
    beat: NDArray[np.object_]
    rewir_of: dict[str, str]


def divide_komisariat(source: Source, kp: str, *, beats: int) -> Part:
    """Divide one komisariat into rewiry and these into beats, and number them."""
    rows = np.flatnonzero(source.addresses["komisariat"] == kp)
    here = source.addresses.iloc[rows]
    area = shapely.coverage_union_all(
        source.osiedla.loc[source.osiedla["komisariat"] == kp].geometry.to_numpy()
    )
    cells = address_cells(here.geometry, area, metric_crs=METRIC_CRS)
    graph = site_graph(cells, here["population"].to_numpy())
    rewir = divide(graph, shares=shares_of_rewiry(beats, total=BEATS))
    beat = np.zeros(len(rewir), dtype=np.int64)
    published = published_sites(source, kp, cells)
    for number, count in enumerate(shares_of_rewiry(beats, total=BEATS)):
        inside = rewir == number
        around = [tuple(cells.sites[s].mean(axis=0)) for s in published if inside[s].all()]
        beat[inside] = 100 * number + divide(graph.part(inside), shares=[1] * count, around=around)
    names, rewir_of = number_beats(kp, graph, beat, anchors=[s[0] for s in published])
    log.info("%s: %d beats in %d rewiry", kp, beats, rewir.max() + 1)
    return Part(cells, rows, names, rewir_of)


def published_sites(source: Source, kp: str, cells: AddressCells) -> list[list[int]]:
    """Sites that the police named for a beat: one list per beat, beat 1 first."""
    known = source.anchors[source.anchors["komisariat"] == kp]
    points = shapely.get_coordinates(known.to_crs(METRIC_CRS).geometry.to_numpy())
    away = np.hypot(*(cells.sites[None] - points[:, None]).transpose(2, 0, 1))
    sites = known.assign(site=away.argmin(axis=1)).groupby("rejon")["site"]
    return [[int(site) for site in group] for _, group in sites]


def number_beats(
    kp: str, graph: SiteGraph, beat: NDArray[np.int64], *, anchors: list[int]
) -> tuple[NDArray[np.object_], dict[str, str]]:
    """Number beats along a walk, rewir by rewir; the published ones keep their number."""
    codes, index = np.unique(beat, return_inverse=True)
    weight = graph.weights + 1e-9
    total = np.bincount(index, weights=weight)
    centre = np.column_stack(
        [np.bincount(index, weights=weight * axis) / total for axis in graph.xy.T]
    )
    fixed = list(dict.fromkeys(int(index[site]) for site in anchors))
    rewir = codes // 100
    order: list[int] = []
    rewiry = walk_of_rewiry(centre, rewir, first=int(rewir[fixed[0]]) if fixed else None)
    for which in rewiry:
        members = np.flatnonzero(rewir == which)
        start = [i for i in fixed if rewir[i] == which] or nearest(centre, members, order)
        local = [int(np.flatnonzero(members == i)[0]) for i in start]
        order += [int(members[i]) for i in visiting_order(centre[members], first=local)]
    number = {int(code): order.index(i) + 1 for i, code in enumerate(codes)}
    names = np.array([f"{kp}-{number[int(code)]}" for code in beat], dtype=object)
    place = {int(which): f"{kp}-R{i + 1}" for i, which in enumerate(rewiry)}
    return names, {f"{kp}-{number[int(c)]}": place[int(c) // 100] for c in codes}


def walk_of_rewiry(
    centre: NDArray[np.float64], rewir: NDArray[np.int64], *, first: int | None
) -> list[int]:
    """Rewiry in the order of their numbers."""
    middle = np.array([centre[rewir == i].mean(axis=0) for i in range(rewir.max() + 1)])
    return visiting_order(middle, first=[] if first is None else [first])


def nearest(centre: NDArray[np.float64], members: NDArray[np.int64], order: list[int]) -> list[int]:
    """The member that is nearest to the last beat numbered so far; none at the beginning."""
    if not order:
        return []
    away = np.hypot(*(centre[members] - centre[order[-1]]).T)
    return [int(members[away.argmin()])]
