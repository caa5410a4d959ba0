"""Gi*: against double loops, and where nothing can stand out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from geo.errors import InputError
from geo.statistics.gi_star import gi_star, gi_star_map


def by_loops(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    n, z = len(x), np.zeros(len(x))
    for i in range(n):
        w = weights[i]
        above = sum(w[j] * x[j] for j in range(n)) - x.mean() * w.sum()
        below = x.std() * np.sqrt((n * (w**2).sum() - w.sum() ** 2) / (n - 1))
        z[i] = above / below
    return z


def queen(shape: tuple[int, int], mask: np.ndarray) -> np.ndarray:
    """Who shares an edge or a corner with whom, itself included, of the cells of a mask."""
    row, column = (axis[mask] for axis in np.indices(shape))
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    return near.astype(float)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_formula_by_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = rng.gamma(1, 3, 20), rng.random((20, 20)) * (rng.random((20, 20)) < 0.4)
    wanted = by_loops(values, weights)
    np.testing.assert_allclose(gi_star(values, weights), wanted)
    np.testing.assert_allclose(gi_star(values, sparse.coo_array(weights)), wanted)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_map_is_its_cells_with_the_eight_around(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, mask = rng.poisson(1.0, (7, 9)), rng.random((7, 9)) < 0.8
    z = gi_star_map(counts, mask=mask)
    np.testing.assert_allclose(z[mask], gi_star(counts[mask], queen((7, 9), mask)))
    assert (z[~mask] == 0).all()
    whole = gi_star_map(counts)
    np.testing.assert_allclose(whole.ravel(), gi_star(counts.ravel(), queen((7, 9), counts >= 0)))


def test_standardised_rows_give_the_same_scores() -> None:
    rng = np.random.default_rng(4)
    weights = queen((5, 5), np.ones((5, 5), dtype=bool))
    values = rng.poisson(2.0, 25)
    by_row = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(gi_star(values, weights), gi_star(values, by_row))


def test_neither_unit_nor_origin_plays_a_part() -> None:
    counts = np.random.default_rng(5).poisson(1.0, (8, 8))
    np.testing.assert_allclose(gi_star_map(3.5 * counts + 100), gi_star_map(counts))
    np.testing.assert_allclose(gi_star_map(-counts), -gi_star_map(counts))


def test_what_lies_outside_plays_no_part() -> None:
    counts, mask = np.random.default_rng(6).poisson(1.0, (8, 8)), np.ones((8, 8), dtype=bool)
    mask[:, 6:] = False
    wild = np.where(mask, counts, np.nan)
    np.testing.assert_array_equal(gi_star_map(wild, mask=mask), gi_star_map(counts, mask=mask))


@pytest.mark.parametrize(
    "counts", [np.full((4, 4), 3), np.zeros((4, 4)), np.ones((1, 1)), np.ones((0, 3)), [[1, 5]]]
)
def test_where_nothing_can_stand_out_the_score_is_zero(counts: Any) -> None:
    # Equal values; no map at all; two cells, each with both in its window.
    assert (gi_star_map(counts) == 0).all()


def test_an_island_is_compared_by_itself_and_a_hermit_not_at_all() -> None:
    values = np.array([1.0, 2.0, 9.0])
    z = gi_star(values, np.diag([1.0, 1.0, 1.0]))
    np.testing.assert_allclose(z, (values - values.mean()) / values.std())
    assert gi_star(values, np.diag([1.0, 0.0, 1.0]))[1] == 0
    assert gi_star(values, np.ones((3, 3))).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        ([1.0, np.nan], np.eye(2), "the values hold nan"),
        ([1.0, 2.0], np.eye(3), "one row and one column"),
        ([[1.0, 2.0]], np.eye(2), "one row and one column"),
        ([1.0, 2.0], [[1, -1], [0, 1]], "a weight is negative"),
        ([1.0, 2.0], [[1, np.inf], [0, 1]], "not finite"),
    ],
)
def test_nonsense_is_refused(values: Any, weights: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gi_star(values, weights)


def test_a_map_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="one shape"):
        gi_star_map([1, 2])
    with pytest.raises(InputError, match="one shape"):
        gi_star_map([[1, 2]], mask=[True, False])
    with pytest.raises(InputError, match="the values hold inf"):
        gi_star_map([[1, np.inf]])
