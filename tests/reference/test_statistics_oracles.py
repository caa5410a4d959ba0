"""Other people's implementations, used with the arguments that make them right."""

from __future__ import annotations

import numpy as np
import pymannkendall
import pytest
from esda.getisord import G_Local
from libpysal.weights import DistanceBand, lat2W

from geo.statistics.gi_star import gi_star, gi_star_map
from geo.statistics.trend import mann_kendall


@pytest.mark.parametrize("seed", range(5))
def test_mann_kendall_is_that_of_pymannkendall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = rng.poisson(2.0, rng.integers(4, 30))
    ours, theirs = mann_kendall(series), pymannkendall.original_test(series)
    assert ours == pytest.approx((theirs.s, theirs.var_s, theirs.z, theirs.p))


def test_mann_kendall_of_the_table() -> None:
    # Nine values with ties, as pymannkendall 1.4.3 prints them.
    found = mann_kendall([23, 24, 29, 6, 29, 24, 24, 29, 23])
    assert found.s == 3
    assert [round(float(n), 4) for n in (found.var_s, found.z, found.p)] == [
        83.6667,
        0.2187,
        0.8269,
    ]


def test_gi_star_of_six_points() -> None:
    # The example of esda's G_Local, whose analytic scores are right for binary weights only.
    points = [(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)]
    values = np.array([2, 3, 3.2, 5, 8, 7])
    near = DistanceBand(points, threshold=15)
    scores = gi_star(values, near.sparse + np.eye(6))
    theirs = G_Local(values, near, transform="B", star=True, permutations=0).Zs
    np.testing.assert_allclose(scores, theirs)
    printed = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(scores, printed, atol=5e-9)


def test_gi_star_of_a_map() -> None:
    counts = np.random.default_rng(1).poisson(0.7, (9, 11))
    near = lat2W(9, 11, rook=False)
    theirs = G_Local(counts.ravel(), near, transform="B", star=True, permutations=0).Zs
    np.testing.assert_allclose(gi_star_map(counts).ravel(), theirs)
