"""Numbers that were printed elsewhere, typed in with their source."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from geo.statistics.comparison import rate_ratio
from geo.statistics.rates import garwood
from geo.statistics.smoothing import empirical_bayes

# Lip cancer in 56 Scottish districts, the data of Clayton and Kaldor 1987, Biometrics 43:671.
LIP_CANCER = [
    *(9, 39, 11, 9, 15, 8, 26, 7, 6, 20, 13, 5, 3, 8, 17, 9, 2, 7, 9, 7, 16, 31, 11, 7, 19, 15, 7),
    *(10, 16, 11, 5, 3, 7, 8, 11, 9, 11, 8, 6, 4, 10, 8, 2, 6, 19, 3, 2, 3, 28, 6, 1, 1, 1, 1),
    *(0, 0),
]
LIP_CANCER_EXPECTED = [
    *(1.4, 8.7, 3.0, 2.5, 4.3, 2.4, 8.1, 2.3, 2.0, 6.6, 4.4, 1.8, 1.1, 3.3, 7.8, 4.6, 1.1, 4.2),
    *(5.5, 4.4, 10.5, 22.7, 8.8, 5.6, 15.5, 12.5, 6.0, 9.0, 14.4, 10.2, 4.8, 2.9, 7.0, 8.5, 12.3),
    *(10.1, 12.7, 9.4, 7.2, 5.3, 18.8, 15.8, 4.3, 14.6, 50.7, 8.2, 5.6, 9.3, 88.7, 19.6, 3.4),
    *(3.6, 5.7, 7.0, 4.2, 1.8),
]


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    # Garwood 1936, Biometrika 28:437; the same in any table of exact Poisson limits.
    [
        (0, 0.0, 3.689),
        (1, 0.025, 5.572),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (100, 81.364, 121.627),
    ],
)
def test_garwood_of_the_tables(count: int, lower: float, upper: float) -> None:
    limits = garwood(count)
    assert [round(float(limit), 3) for limit in limits] == [lower, upper]


def test_twenty_against_ten() -> None:
    # Exact conditional p, the same as statsmodels' test_poisson_2indep(method="exact-cond").
    p_value = rate_ratio([20], [10])["p_value"].iloc[0]
    assert round(p_value, 4) == 0.0987
    # It promises less than the E-test and the score test do, which may err above their level.
    e_test = stats.poisson_means_test(20, 1, 10, 1).pvalue
    score = 2 * stats.norm.sf((20 - 10) / np.sqrt(20 + 10))
    assert (round(e_test, 4), round(score, 4)) == (0.0688, 0.0679)
    assert p_value > max(e_test, score)


def test_lip_cancer_in_scotland() -> None:
    """Shape 1.88 and mean 1.42: the peak of a likelihood written another way."""
    observed, expected = np.array(LIP_CANCER), np.array(LIP_CANCER_EXPECTED)
    assert (observed.sum(), round(expected.sum(), 1)) == (536, 536.2)

    def loss(prior: np.ndarray) -> float:
        shape, rate = prior
        return -stats.nbinom.logpmf(observed, shape, rate / (rate + expected)).sum()

    found = optimize.minimize(loss, [1.0, 1.0], bounds=[(0.1, 10)] * 2, method="L-BFGS-B")
    shape, rate = found.x
    assert (round(shape, 2), round(rate, 2)) == (1.88, 1.32)
    table = empirical_bayes(observed, expected)
    np.testing.assert_allclose(table["smr_eb"], (observed + shape) / (expected + rate), rtol=1e-4)
    # The likelihood peaks just where the posterior means average to the mean of the prior.
    assert table["smr_eb"].mean() == pytest.approx(shape / rate, rel=1e-4)


def test_smoothing_never_leaves_the_range_of_the_crude_ratios() -> None:
    # A moment estimator with a negative variance gives 0.0949 here, below every crude rate.
    observed, population = [10, 20, 30, 41], np.array([100, 200, 300, 400])
    expected = population * (sum(observed) / population.sum())
    smoothed = empirical_bayes(observed, expected)["smr_eb"] * (101 / 1_000)
    assert smoothed.between(0.1000, 0.1025).all()
