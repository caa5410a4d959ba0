"""The learned background: its steps by double loops, its sums, its edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geo.errors import InputError, UsageError
from geo.statistics.background import expected_background, mixture_weights
from geo.statistics.hotspots import hotspot_test

CELL = 200.0


def town(seed: int, *, shape: tuple[int, int] = (17, 20)) -> tuple[np.ndarray, list[np.ndarray]]:
    """A map and its parts: people around a centre, streets in a net, land everywhere."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    away = np.hypot(rows - shape[0] / 2, columns - shape[1] / 2)
    people = np.exp(-away / 5) * rng.gamma(2, 0.5, shape)
    streets = ((rows % 4 == 0) | (columns % 4 == 0)) * rng.uniform(50, 250, shape)
    land = np.ones(shape)
    parts = [people, streets, land]
    mean = 900 * sum(w * part / part.sum() for w, part in zip((0.6, 0.3, 0.1), parts, strict=True))
    return rng.poisson(mean * rng.gamma(2, 0.5, shape)), parts


def weights_by_loops(y: np.ndarray, x: list[np.ndarray]) -> list[float]:
    weights = [1 / len(x)] * len(x)
    for _ in range(60):
        new = []
        for w, part in zip(weights, x, strict=True):
            mixed = sum(v * other for v, other in zip(weights, x, strict=True))
            new.append(sum(y[c] * w * part[c] / mixed[c] for c in np.ndindex(y.shape) if y[c]))
        weights = [value / sum(new) for value in new]
    return weights


def step_three_by_loops(y: np.ndarray, mixed: np.ndarray, sigma: float) -> np.ndarray:
    """Each cell asks every other cell within reach, but none that is at most two away."""
    reach = int(np.ceil(4 * sigma))
    total = sum(np.exp(-0.5 * (s / sigma) ** 2) for s in range(-reach, reach + 1)) ** 2
    kappa = 4 * np.pi * sigma**2
    rest = np.empty(y.shape)
    for i, j in np.ndindex(y.shape):
        above = below = 0.0
        for k, m in np.ndindex(y.shape):
            if 2 < max(abs(i - k), abs(j - m)) <= reach:
                weight = np.exp(-0.5 * ((i - k) ** 2 + (j - m) ** 2) / sigma**2) / total
                above += weight * y[k, m]
                below += weight * mixed[k, m]
        rest[i, j] = (kappa * above + 3) / (kappa * below + 3)
    return rest


def by_loops(y: np.ndarray, x: list[np.ndarray]) -> tuple[np.ndarray, list[float]]:
    weights = weights_by_loops(y, x)
    mixed = y.sum() * sum(w * part for w, part in zip(weights, x, strict=True))
    raw = mixed * step_three_by_loops(y, mixed, 500 / CELL)
    return raw * y.sum() / raw.sum(), weights


@pytest.mark.parametrize("spots", [[], [(6, 6)], [(4, 20), (15, 8)]])
def test_all_five_steps_by_loops(spots: list[tuple[int, int]]) -> None:
    counts, parts = town(1)
    for row, column in spots:
        counts[row : row + 2, column : column + 2] += 12
    x = [part / part.sum() for part in parts]
    expected, weights = by_loops(counts, x)
    background = expected_background(counts, parts, cell_m=CELL)
    # Steps 1 to 4 have one answer; step 5 begins with the lenient test of it.
    alpha = hotspot_test(counts, exposure=expected).alpha
    flagged = hotspot_test(counts, exposure=expected, alpha=alpha, q_watch=0.2).hot_class > 0
    assert flagged.any() == bool(spots)
    if spots:
        out = np.zeros(counts.shape, dtype=bool)
        for row, column in np.argwhere(flagged):
            out[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = True
        out &= counts > expected
        expected, weights = by_loops(np.where(out, expected, counts), x)
        alpha = hotspot_test(counts[~out][None], exposure=expected[~out][None]).alpha
    np.testing.assert_allclose(background.weights, weights, rtol=1e-9)
    np.testing.assert_allclose(background.expected, expected * counts.sum() / expected.sum())
    assert background.alpha == pytest.approx(alpha, rel=0.02)


def test_sums_agree_inside_the_mask() -> None:
    counts, parts = town(2)
    mask = np.ones(counts.shape, dtype=bool)
    mask[:, :5] = False
    background = expected_background(counts, parts, cell_m=CELL, mask=mask)
    assert background.expected.sum() == pytest.approx(counts[mask].sum(), rel=1e-12)
    assert background.weights.sum() == pytest.approx(1)
    assert (background.expected[~mask] == 0).all()
    assert np.isfinite(background.expected).all()


def test_what_lies_outside_the_mask_changes_nothing() -> None:
    counts, parts = town(3)
    mask = np.random.default_rng(3).random(counts.shape) < 0.9
    one = expected_background(counts, parts, cell_m=CELL, mask=mask)
    louder = [np.where(mask, array, 999) for array in (counts, *parts)]
    other = expected_background(louder[0], louder[1:], cell_m=CELL, mask=mask)
    np.testing.assert_array_equal(one.expected, other.expected)
    np.testing.assert_array_equal(one.weights, other.weights)


def test_the_weights_are_found_again() -> None:
    rng = np.random.default_rng(4)
    _, parts = town(4, shape=(60, 60))
    x = np.array([part / part.sum() for part in parts])
    mean = 40_000 * np.tensordot([0.5, 0.35, 0.15], x, axes=1)
    background = expected_background(rng.poisson(mean), parts, cell_m=CELL)
    np.testing.assert_allclose(background.weights, [0.5, 0.35, 0.15], atol=0.03)
    wrong = np.abs(background.expected / mean - 1)
    assert np.median(wrong) < 0.05
    assert wrong.max() < 0.3
    assert background.alpha < 0.01


def test_the_unit_and_the_order_of_components_play_no_part() -> None:
    counts, (people, streets, land) = town(5)
    one = expected_background(counts, [people, streets, land], cell_m=CELL)
    other = expected_background(counts, [land * 1e-9, people * 1e6, streets], cell_m=CELL)
    np.testing.assert_allclose(one.expected, other.expected, rtol=1e-9)
    np.testing.assert_allclose(one.weights, np.roll(other.weights, -1), rtol=1e-9)


@pytest.mark.parametrize("move", [np.rot90, np.flipud, np.transpose])
def test_a_turned_map_gives_the_turned_answer(move: Any) -> None:
    counts, parts = town(6)
    counts[5, 5] += 20
    one = expected_background(counts, parts, cell_m=CELL)
    other = expected_background(move(counts), [move(part) for part in parts], cell_m=CELL)
    np.testing.assert_allclose(other.expected, move(one.expected), rtol=1e-9)
    assert other.alpha == pytest.approx(one.alpha)


def test_a_hot_spot_does_not_hide_itself() -> None:
    counts, parts = town(7)
    quiet = expected_background(counts, parts, cell_m=CELL)
    counts[10:13, 10:13] += 15
    loud = expected_background(counts, parts, cell_m=CELL)
    inside = (slice(10, 13), slice(10, 13))
    # 135 episodes more, of 1 000: all cells expect more in proportion, these no more than others.
    share = loud.expected / loud.expected.sum() / (quiet.expected / quiet.expected.sum())
    assert share[inside].max() < 1.1
    assert loud.alpha < 1.2 * quiet.alpha


def test_a_component_that_is_nowhere_has_no_weight() -> None:
    counts, (people, streets, land) = town(8)
    nowhere = np.zeros(counts.shape)
    with_it = expected_background(counts, [people, nowhere, streets, land], cell_m=CELL)
    without = expected_background(counts, [people, streets, land], cell_m=CELL)
    assert with_it.weights[1] == 0
    np.testing.assert_allclose(with_it.expected, without.expected, rtol=1e-12)


def test_a_component_that_explains_nothing_loses_its_weight() -> None:
    counts = np.zeros((10, 10), dtype=int)
    counts[:, :5] = 3
    west, east = np.zeros((2, 10, 10))
    west[:, :5] = east[:, 5:] = 1.0
    background = expected_background(counts, [west, east], cell_m=CELL)
    assert background.weights.tolist() == [1.0, 0.0]
    assert (background.expected[:, 5:] == 0).all()


def test_no_report_no_expectation() -> None:
    _, parts = town(9)
    background = expected_background(np.zeros(parts[0].shape, dtype=int), parts, cell_m=CELL)
    assert (background.expected == 0).all()
    np.testing.assert_allclose(background.weights, 1 / 3)
    assert background.alpha == 0


def test_reports_where_nothing_is_expected_are_no_reason_to_fail() -> None:
    counts = np.zeros((6, 6), dtype=int)
    counts[0, 0], counts[5, 5] = 4, 2
    people = np.zeros((6, 6))
    people[3:, 3:] = 1.0
    background = expected_background(counts, [people], cell_m=CELL)
    assert background.expected.sum() == pytest.approx(6)
    assert background.expected[0, 0] == 0


def test_mixture_weights_of_nothing_are_equal() -> None:
    x = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    assert mixture_weights(np.zeros(3), x).tolist() == [0.5, 0.0, 0.5]


@pytest.mark.parametrize(
    ("counts", "components", "message"),
    [
        ([[1, -1]], [[[1, 1]]], "counts holds -1"),
        ([[1, 1]], [[[1, -2]]], "a component holds -2"),
        ([[1, 1]], [[[1, np.nan]]], "a component holds nan"),
        ([[1, 1]], [[[1], [1]]], "one shape"),
        ([[1, 1]], [[[1, 1]], [[1]]], "one shape"),
        ([[1, 1]], [], "one shape"),
        ([1, 1], [[1, 1]], "one shape"),
        ([[1, 1]], [[[0, 0]], [[0, 0]]], "every component is zero"),
    ],
)
def test_a_map_that_is_none_is_refused(counts: Any, components: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        expected_background(counts, components, cell_m=CELL)


@pytest.mark.parametrize("given", [{"cell_m": 0.0}, {"cell_m": CELL, "bandwidth_m": np.nan}])
def test_a_length_that_is_none_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="positive number of metres"):
        expected_background([[1]], [[[1]]], **given)
