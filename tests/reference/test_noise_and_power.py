"""What the hot-spot test promises: noise makes no hot spot, and a real one is found.

The promises are shares of maps. Each test draws a number of maps from a fixed seed and asks whether
what it saw is compatible with the promise, by an exact binomial bound at one in a thousand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from geo.statistics.background import expected_background
from geo.statistics.hotspots import hotspot_test

SHAPE = (40, 40)
GRADIENT = np.tile(np.linspace(0.2, 1.8, 40), (40, 1))
FLAT = np.ones(SHAPE)
SPOTS = [(6, 6), (6, 32), (20, 20), (32, 6), (32, 32)]


def at_most(hits: int, draws: int, promise: float) -> bool:
    """Whether so many hits are compatible with a share of at most `promise`."""
    return bool(stats.binom.sf(hits - 1, draws, promise) > 0.001)


def at_least(hits: int, draws: int, promise: float) -> bool:
    """Whether so many hits are compatible with a share of at least `promise`."""
    return bool(stats.binom.cdf(hits, draws, promise) > 0.001)


def draw(rng: np.random.Generator, mean: np.ndarray, alpha: float = 0.0) -> np.ndarray:
    """Counts around a mean, with a relative variance of the rates from cell to cell."""
    rates = rng.gamma(1 / alpha, alpha, mean.shape) if alpha else 1.0
    return rng.poisson(mean * rates)


@pytest.mark.parametrize(
    ("mean", "alpha", "exposure"),
    [
        (0.05, 0, FLAT),
        (0.2, 0, FLAT),
        (0.5, 0, FLAT),
        (1.0, 0, FLAT),
        (5.0, 0, FLAT),
        (0.2, 2, FLAT),
        (0.5, 2, FLAT),
        (1.0, 1, FLAT),
        (1.0, 4, FLAT),
        (1.0, 0, GRADIENT),
        (0.5, 2, GRADIENT),
    ],
)
def test_noise_makes_no_hot_spot(mean: float, alpha: float, exposure: np.ndarray) -> None:
    rng, maps = np.random.default_rng(1), 200
    false = sum(
        (hotspot_test(draw(rng, mean * exposure, alpha), exposure=exposure).hot_class >= 95).any()
        for _ in range(maps)
    )
    assert at_most(false, maps, 0.05)


def test_one_bad_address_is_found() -> None:
    rng, maps, found = np.random.default_rng(2), 100, 0
    for _ in range(maps):
        counts = draw(rng, 0.2 * FLAT)
        counts[20, 20] = 6
        found += hotspot_test(counts).hot_class[20, 20] >= 95
    assert found >= 0.95 * maps


def test_a_quarter_with_five_times_the_expected_is_found() -> None:
    rng, maps, found, false, hot_cells = np.random.default_rng(3), 30, 0, 0, 0
    rates, planted = FLAT.copy(), np.zeros(SHAPE, dtype=bool)
    for row, column in SPOTS:
        planted[row - 1 : row + 2, column - 1 : column + 2] = True
    rates[planted] = 5
    for _ in range(maps):
        hot = hotspot_test(draw(rng, 0.5 * rates)).hot_class >= 95
        found += sum(hot[r - 1 : r + 2, c - 1 : c + 2].any() for r, c in SPOTS)
        false, hot_cells = false + (hot & ~planted).sum(), hot_cells + hot.sum()
    assert at_least(found, maps * len(SPOTS), 0.90)
    assert false <= 0.07 * hot_cells


class MadeUpCity(NamedTuple):
    """A mask, four components, and the true share of reports per cell."""

    mask: np.ndarray
    components: list[np.ndarray]
    truth: np.ndarray


def made_up_city(*, pull: float) -> MadeUpCity:
    """A round city of 4 400 cells: people around the centre, houses, a net of streets, land.

    `pull` is how many times more the centre draws than these explain.
    """
    rng = np.random.default_rng(4)
    rows, columns = np.indices((80, 80))
    away = np.hypot(rows - 39.5, columns - 39.5)
    mask = away < 38
    homes = np.exp(-away / 12) * rng.gamma(0.7, 1, mask.shape) * (rng.random(mask.shape) < 0.7)
    houses = homes * rng.gamma(2, 0.5, mask.shape)
    streets = (0.2 + np.exp(-away / 20)) * rng.gamma(3, 1 / 3, mask.shape)
    parts = [np.where(mask, part, 0) for part in (homes, houses, streets, np.ones(mask.shape))]
    shares = [part / part.sum() for part in parts]
    truth = np.tensordot([0.45, 0.15, 0.35, 0.05], shares, axes=1)
    truth = truth * (1 + (pull - 1) * np.exp(-0.5 * (away / 7.5) ** 2))
    return MadeUpCity(mask, parts, truth / truth.sum())


def hot_cells(counts: np.ndarray, city: MadeUpCity) -> np.ndarray:
    """As the pipeline does it: the learned background, and a fifth more than it explains."""
    background = expected_background(counts, city.components, cell_m=200, mask=city.mask)
    test = hotspot_test(
        counts,
        exposure=background.expected,
        mask=city.mask,
        alpha=background.alpha,
        minimum_effect=1.2,
    )
    return test.hot_class >= 95


@pytest.mark.parametrize("pull", [1.0, 5.0])
def test_a_centre_is_no_hot_spot_for_being_the_centre(pull: float) -> None:
    city, rng, maps = made_up_city(pull=pull), np.random.default_rng(5), 60
    drawn = [draw(rng, 4_000 * city.truth, 0.5) for _ in range(maps)]
    assert at_most(sum(hot_cells(counts, city).any() for counts in drawn), maps, 0.08)
    # A background that is flat calls it hot on every map: the test can tell.
    flat = hotspot_test(drawn[0], mask=city.mask, minimum_effect=1.2).hot_class >= 95
    assert flat.sum() > 30


@pytest.mark.parametrize("pull", [1.0, 5.0])
def test_places_that_stand_out_from_their_quarter_are_found(pull: float) -> None:
    city, rng, maps = made_up_city(pull=pull), np.random.default_rng(6), 20
    spots = [(39, 39), (30, 50), (52, 34), (20, 36), (44, 62)]
    found = false = hot = 0
    for _ in range(maps):
        mean, near = 4_000 * city.truth, np.zeros(city.mask.shape, dtype=bool)
        for row, column in spots:
            mean[row - 1 : row + 2, column - 1 : column + 2] *= 8
            near[row - 2 : row + 3, column - 2 : column + 3] = True
        cells = hot_cells(draw(rng, mean, 0.5), city)
        found += sum(cells[r - 1 : r + 2, c - 1 : c + 2].any() for r, c in spots)
        false, hot = false + (cells & ~near).sum(), hot + cells.sum()
    assert at_least(found, maps * len(spots), 0.85)
    assert false <= 0.06 * hot
