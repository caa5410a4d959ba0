"""What a forecast caught and how honest it was, by hand on a handful of places."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from geo.errors import InputError, UsageError
from geo.statistics.accuracy import caught, number_scores

AREA = np.array([1.0, 1.0, 2.0, 4.0, 2.0])
CAME = np.array([5, 2, 6, 1, 6])


@pytest.mark.parametrize(
    ("ranking", "share", "hits"),
    [
        ([5, 2, 6, 1, 6], 0.1, 5.0),  # densities 5, 2, 3, .25, 3: the first is a tenth
        ([5, 2, 6, 1, 6], 0.3, 11.0),  # then half of the two that tie
        ([5, 2, 6, 1, 6], 0.5, 17.0),
        ([0, 0, 0, 9, 0], 0.2, 0.5),  # half of the large empty one
        ([0, 0, 0, 0, 0], 0.25, 5.0),  # knows nothing: a quarter of everything
    ],
)
def test_places_are_taken_by_density(ranking: list[int], share: float, hits: float) -> None:
    assert caught(ranking, CAME, AREA, share=share) == pytest.approx(hits)


def test_scores_are_averages_over_places() -> None:
    mean, alpha = np.array([4.0, 3.0, 5.0, 2.0, 6.0]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    scores = number_scores(CAME, mean, alpha)
    chance = stats.nbinom(1 / alpha, 1 / (1 + alpha * mean))
    deviance = 2 * (stats.poisson.logpmf(CAME, CAME) - stats.poisson.logpmf(CAME, mean))
    assert scores.poisson_deviance == pytest.approx(deviance.mean())
    assert scores.log_score == pytest.approx(chance.logpmf(CAME).mean())
    lower, upper = chance.ppf(0.1), chance.ppf(0.9)
    assert scores.coverage80 == pytest.approx(((lower <= CAME) & (upper >= CAME)).mean())
    assert scores.width80 == pytest.approx((upper - lower).mean())


def test_no_place_no_score() -> None:
    assert np.isnan(number_scores([], [], [])).all()


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="place 1 has no area"):
        caught([1, 2], [1, 2], [1, 0], share=0.1)
    with pytest.raises(InputError, match="one of each per place"):
        caught([1, 2], [1], [1, 1], share=0.1)
    with pytest.raises(UsageError, match="share is 5"):
        caught([1, 2], [1, 2], [1, 1], share=5)
    with pytest.raises(InputError, match="mean of place 1 is 0"):
        number_scores([1, 1], [1, 0], [0, 0])
    with pytest.raises(InputError, match="one of each per place"):
        number_scores([1, 1], [1], [0])
