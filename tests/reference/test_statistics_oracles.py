"""Other people's implementations, used with the arguments that make them right."""

from __future__ import annotations

import numpy as np
import pymannkendall
import pytest

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
