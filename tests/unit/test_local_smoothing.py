"""A prior of the neighbourhood: by hand, on islands, and where it helps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from geo.errors import InputError, UsageError
from geo.statistics.local_smoothing import local_empirical_bayes
from geo.statistics.smoothing import empirical_bayes

SIDE = 12


def rook(side: int = SIDE) -> np.ndarray:
    """Who shares an edge with whom on a board."""
    row, column = (axis.ravel() for axis in np.indices((side, side)))
    away = abs(row[:, None] - row) + abs(column[:, None] - column)
    return (away == 1).astype(float)


def slope(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Areas with four events on average, whose ratios rise from west to east; and the ratios."""
    rng = np.random.default_rng(seed)
    ratios = np.tile(np.linspace(0.2, 1.8, SIDE), (SIDE, 1)).ravel() * rng.gamma(
        40, 1 / 40, SIDE**2
    )
    expected = rng.gamma(4, 1, SIDE**2)
    return rng.poisson(expected * ratios), expected, ratios


def test_five_areas_by_hand() -> None:
    # A path of four and an island; with so few areas the prior has the weight of one event.
    path = np.zeros((5, 5))
    for i in range(3):
        path[i, i + 1] = path[i + 1, i] = 1
    observed, expected = np.array([4, 0, 2, 6, 3]), np.array([2.0, 3.0, 2.0, 3.0, 5.0])
    table = local_empirical_bayes(observed, expected, path)
    near = [[1], [0, 2], [1, 3], [2], []]
    m = np.array([(1 + observed[j].sum()) / (1 + expected[j].sum()) for j in near])  # r = 1
    common = observed.sum() / (expected * m).sum()
    posterior = stats.gamma(observed + 1, scale=1 / (expected + 1 / (common * m)))
    np.testing.assert_allclose(table["prior_mean"], common * m)
    np.testing.assert_allclose(table["smr_eb"], posterior.mean())
    np.testing.assert_allclose(table["smr_eb_lo"], posterior.ppf(0.05))
    np.testing.assert_allclose(table["smr_eb_hi"], posterior.ppf(0.95))
    np.testing.assert_allclose(table["p_rr_gt_1_5"], posterior.sf(1.5))
    np.testing.assert_allclose(table["smr"], observed / expected)


def test_without_neighbours_it_is_the_global_prior() -> None:
    observed, expected, _ = slope(1)
    alone = local_empirical_bayes(observed, expected, np.zeros((SIDE**2, SIDE**2)), level=0.8)
    wanted = empirical_bayes(observed, expected, level=0.8)
    pd.testing.assert_frame_equal(alone.drop(columns="prior_mean"), wanted, rtol=1e-4)
    assert np.ptp(alone["prior_mean"]) < 1e-12


def test_where_neighbours_are_alike_it_comes_nearer_to_the_truth() -> None:
    errors = []
    for seed in range(10):
        observed, expected, ratios = slope(seed)
        tables = (empirical_bayes(observed, expected),
                  local_empirical_bayes(observed, expected, rook()))  # fmt: skip
        errors.append([((table["smr_eb"] - ratios) ** 2).mean() for table in tables])
    common, local = np.mean(errors, axis=0)
    assert local < 0.8 * common


def test_where_they_are_not_it_does_little_harm() -> None:
    rng = np.random.default_rng(2)
    expected, ratios = rng.gamma(4, 2, SIDE**2), rng.gamma(4, 1 / 4, SIDE**2)
    observed = rng.poisson(expected * ratios)
    common, local = (
        ((table["smr_eb"] - ratios) ** 2).mean()
        for table in (empirical_bayes(observed, expected),
                      local_empirical_bayes(observed, expected, rook()))
    )  # fmt: skip
    assert local < 1.25 * common


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    covered = []
    for seed in range(20):
        observed, expected, ratios = slope(seed)
        table = local_empirical_bayes(observed, expected, rook())
        covered.append((table["smr_eb_lo"] <= ratios) & (ratios <= table["smr_eb_hi"]))
    # What the neighbours lead to expect is uncertain itself, which the interval leaves out.
    assert np.mean(covered) == pytest.approx(0.90, abs=0.05)


def test_an_area_is_no_witness_for_itself() -> None:
    observed, expected, _ = slope(3)
    plain = local_empirical_bayes(observed, expected, rook())
    pd.testing.assert_frame_equal(
        local_empirical_bayes(observed, expected, rook() + 5 * np.eye(SIDE**2)), plain
    )
    pd.testing.assert_frame_equal(
        local_empirical_bayes(observed, expected, sparse.coo_array(rook())), plain
    )


def test_quiet_neighbours_do_not_make_an_event_impossible() -> None:
    observed = np.zeros(SIDE**2)
    observed[50] = 3
    table = local_empirical_bayes(observed, np.full(SIDE**2, 1.0), rook())
    assert (table["prior_mean"] > 0).all()
    assert table["smr_eb"].idxmax() == 50


def test_an_area_with_no_expectation_gets_the_prior_of_its_neighbours() -> None:
    observed, expected, _ = slope(4)
    expected[17] = 0
    table = local_empirical_bayes(observed, expected, rook())
    assert np.isnan(table["smr"][17])
    assert table["smr_eb"][17] == pytest.approx(table["prior_mean"][17])
    assert table.drop(columns="smr").notna().all(axis=None)


def test_no_event_nothing_expected_no_area() -> None:
    quiet = local_empirical_bayes(np.zeros(20), np.full(20, 5.0), np.zeros((20, 20)))
    assert quiet.notna().all(axis=None)
    assert quiet["smr_eb"].between(0, 0.05, inclusive="neither").all()
    empty = local_empirical_bayes([1, 0], [0.0, 0.0], np.zeros((2, 2)))
    assert empty.isna().all(axis=None)
    assert local_empirical_bayes([], [], np.zeros((0, 0))).empty


def test_the_index_is_kept() -> None:
    observed = pd.Series([1, 2], index=["b", "a"])
    assert local_empirical_bayes(observed, [1.0, 1.0], np.eye(2)).index.tolist() == ["b", "a"]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"observed": [-1, 2]}, InputError, "observed holds -1"),
        ({"expected": [np.nan, 2]}, InputError, "expected holds nan"),
        ({"expected": [1.0]}, InputError, "one of each per area"),
        ({"neighbours": np.eye(3)}, InputError, "neighbours of each by each"),
        ({"neighbours": -np.ones((2, 2))}, InputError, "negative or not finite"),
        ({"neighbours": np.full((2, 2), np.inf)}, InputError, "negative or not finite"),
        ({"level": 90}, UsageError, "level is 90"),
    ],
)
def test_nonsense_is_refused(wrong: Any, error: type[Exception], message: str) -> None:
    given = {"observed": [1, 2], "expected": [1.0, 2.0], "neighbours": np.eye(2)} | wrong
    with pytest.raises(error, match=message):
        local_empirical_bayes(
            given.pop("observed"), given.pop("expected"), given.pop("neighbours"), **given
        )
