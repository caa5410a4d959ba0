"""Division into contiguous regions of equal weight: whole, balanced, the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from geo.boundaries.division import divide, visiting_order
from geo.boundaries.mending import mend
from geo.boundaries.sites import SiteGraph, components
from geo.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_graph(count: int, *, seed: int, heavy: float = 1.0) -> SiteGraph:
    """Points in a square of 1 km; those in the south-west corner weigh more."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1000, (count, 2))
    triangles = Delaunay(xy).simplices
    edges = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]))
    weights = np.where(xy.sum(axis=1) < 700, heavy, 1.0) * rng.integers(1, 4, count)
    pairs = np.unique(edges, axis=0).astype(np.int64)
    return SiteGraph(xy=xy, weights=weights, pairs=pairs, cuts=np.ones(len(pairs)))


def row(count: int, *, weights: NDArray[np.float64] | None = None) -> SiteGraph:
    """Sites in a row, each next to the following one."""
    xy = np.column_stack([np.arange(count) * 10.0, np.zeros(count)])
    pairs = np.column_stack([np.arange(count - 1), np.arange(1, count)])
    given_weights = np.ones(count) if weights is None else weights
    return SiteGraph(xy=xy, weights=given_weights, pairs=pairs, cuts=np.ones(count - 1))


def pieces(graph: SiteGraph, labels: NDArray[np.int64]) -> int:
    return len(np.unique(components(graph, labels)))


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 120), st.integers(1, 5), st.integers(0, 10_000), st.sampled_from([1.0, 30.0]))
def test_every_region_exists_and_is_whole(
    count: int, regions: int, seed: int, heavy: float
) -> None:
    graph = random_graph(count, seed=seed, heavy=heavy)
    labels = divide(graph, shares=[1] * regions)
    assert np.unique(labels).tolist() == list(range(regions))
    assert pieces(graph, labels) == regions


@pytest.mark.parametrize("heavy", [1.0, 20.0, 200.0])
@pytest.mark.parametrize("regions", [2, 5, 9])
def test_regions_weigh_the_same(regions: int, heavy: float) -> None:
    graph = random_graph(3000, seed=regions, heavy=heavy)
    loads = np.bincount(divide(graph, shares=[1] * regions), weights=graph.weights)
    assert loads == pytest.approx([graph.weights.sum() / regions] * regions, rel=0.04)


def test_shares_are_kept() -> None:
    graph = random_graph(3000, seed=1)
    loads = np.bincount(divide(graph, shares=[1, 2, 3]), weights=graph.weights)
    assert np.sort(loads) == pytest.approx(graph.weights.sum() * np.array([1, 2, 3]) / 6, rel=0.05)


def test_the_same_sites_give_the_same_regions() -> None:
    graph = random_graph(800, seed=3)
    first, second = (divide(graph, shares=[1] * 6) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_a_row_is_cut_in_equal_stretches() -> None:
    labels = divide(row(12), shares=[1, 1, 1])
    assert np.bincount(labels).tolist() == [4, 4, 4]
    assert (np.diff(labels) != 0).sum() == 2


def test_each_place_to_lie_around_has_a_region_of_its_own() -> None:
    graph = random_graph(3000, seed=8)
    near = [(480.0, 500.0), (520.0, 500.0)]
    labels = divide(graph, shares=[1] * 6, around=near)
    at = [int(np.hypot(*(graph.xy - place).T).argmin()) for place in near]
    assert labels[at[0]] != labels[at[1]]
    assert pieces(graph, labels) == 6


def test_a_torn_region_keeps_its_heaviest_piece() -> None:
    torn = np.array([0, 0, 1, 1, 1, 0])
    assert mend(row(6), labels=torn, parts=2).tolist() == [0, 0, 1, 1, 1, 1]


def test_an_empty_region_is_given_a_site() -> None:
    labels = mend(row(5), labels=np.zeros(5, dtype=np.int64), parts=2)
    assert sorted(np.bincount(labels).tolist()) == [1, 4]
    assert pieces(row(5), labels) == 2


def test_sites_without_weight_are_divided_along() -> None:
    weights = np.array([0.0, 0, 5, 0, 0, 5, 0, 0])
    labels = divide(row(8, weights=weights), shares=[1, 1])
    assert labels[2] != labels[5]
    assert pieces(row(8), labels) == 2


def test_a_part_of_a_graph_keeps_its_own_edges() -> None:
    part = row(5).part(np.array([True, True, False, True, True]))
    assert part.pairs.tolist() == [[0, 1], [2, 3]]
    assert part.xy[:, 0].tolist() == [0.0, 10.0, 30.0, 40.0]


@pytest.mark.parametrize(
    ("graph", "shares", "told"),
    [
        (row(4), [], "must be above 0"),
        (row(4), [1, 0], "must be above 0"),
        (row(4), [1, float("nan")], "must be above 0"),
        (row(2), [1, 1, 1], "3 regions need as many sites, not 2"),
        (row(3, weights=np.zeros(3)), [1, 1], "weigh nothing"),
        (row(5).part(np.array([True, True, False, True, True])), [1, 1], "2 unconnected groups"),
    ],
)
def test_bad_input_is_named(graph: SiteGraph, shares: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        divide(graph, shares=shares)


def test_more_places_than_regions_are_refused() -> None:
    with pytest.raises(InputError, match="3 places to lie around, but only 2 regions"):
        divide(row(9), shares=[1, 1], around=[(0, 0), (5, 0), (9, 0)])


def test_a_walk_along_a_line_does_not_jump() -> None:
    x = np.array([50.0, 10, 40, 0, 30, 20])
    assert visiting_order(np.column_stack([x, 0 * x]), first=[3]) == [3, 1, 5, 4, 2, 0]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9), st.integers(0, 10_000), st.sampled_from(["free", "given"]))
def test_a_walk_visits_all_and_no_turned_stretch_is_shorter(
    count: int, seed: int, start: str
) -> None:
    xy = np.random.default_rng(seed).uniform(0, 100, (count, 2))
    first = [count - 1] if start == "given" else []
    tour = visiting_order(xy, first=first)

    def length(order: list[int]) -> float:
        return float(np.hypot(*np.diff(xy[order], axis=0).T).sum())

    assert sorted(tour) == list(range(count))
    assert tour[0] == (count - 1 if start == "given" else int(xy[:, 1].argmax()))
    for i in range(1, count):
        for j in range(i + 1, count + 1):
            turned = tour[:i] + tour[i:j][::-1] + tour[j:]
            assert length(tour) <= length(turned) + 1e-5
