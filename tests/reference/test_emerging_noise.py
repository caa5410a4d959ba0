"""What emerging patterns promise: noise gets no label, and planted patterns get the right one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from geo.statistics.emerging_map import emerging_map

SHAPE = (40, 40)
MONTHS = 12
RATIO = 8.0
MONTH = np.arange(MONTHS)
STEPS = np.linspace(0.6, 1.9, MONTHS)

# The rate of a planted place over twelve months, in units of what surrounds it.
COURSES = {
    "new": np.where(MONTH == 11, RATIO, 1),
    "consecutive": np.where(MONTH >= 8, RATIO, 1),
    "persistent": np.full(MONTHS, RATIO),
    "intensifying": RATIO * STEPS,
    "diminishing": RATIO * STEPS[::-1],
    "historical": np.where(MONTH < 11, RATIO, 1),
    "sporadic": np.where(MONTH % 3 == 2, RATIO, 1),
}
PLACES = {name: (5 + 12 * (i // 3), 6 + 12 * (i % 3)) for i, name in enumerate(COURSES)}


@pytest.mark.parametrize("mean", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_noise_gets_no_label(mean: float, alpha: float) -> None:
    rng, maps, labelled = np.random.default_rng(1), 4, 0
    for _ in range(maps):
        rates = rng.gamma(1 / alpha, alpha, SHAPE) if alpha else np.ones(SHAPE)
        found = emerging_map(rng.poisson(mean * rates, (MONTHS, *SHAPE)))
        labelled += int((found.pattern != "none").sum())
    assert labelled <= 0.005 * maps * np.prod(SHAPE)


@pytest.mark.parametrize(("mean", "promise"), [(0.2, 0.80), (0.5, 0.95)])
def test_planted_patterns_get_their_name(mean: float, promise: float) -> None:
    rng, maps, right = np.random.default_rng(2), 20, 0
    rates = np.full((MONTHS, *SHAPE), mean)
    for name, (row, column) in PLACES.items():
        rates[:, row - 1 : row + 2, column - 1 : column + 2] *= COURSES[name][:, None, None]
    for _ in range(maps):
        found = emerging_map(rng.poisson(rates)).pattern
        right += sum(found[at] == name for name, at in PLACES.items())
    draws = maps * len(PLACES)
    # An exact binomial bound: so few would be right one time in a thousand, were the promise true.
    assert stats.binom.cdf(right, draws, promise) > 0.001
    assert right / draws > promise - 0.05


def test_without_the_gate_noise_gets_labels() -> None:
    # The same bins, each tested for itself: what the gate is for.
    rng = np.random.default_rng(3)
    counts = rng.poisson(0.5, (MONTHS, *SHAPE))
    hot = stats.poisson.sf(counts - 1, counts.mean()) < 0.05
    now = hot[-1].mean()
    assert now > 0.01
    assert (emerging_map(counts).pattern != "none").mean() < now / 4
