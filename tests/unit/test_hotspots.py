"""The two-scale test: against double loops, against turned maps, and at its edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from geo.errors import InputError, UsageError
from geo.statistics.hotspots import HotspotTest, flagged_cells, hotspot_test
from geo.statistics.windows import touching, window_ratio, window_sum


def noisy_map(seed: int, *, shape: tuple[int, int] = (9, 12)) -> tuple[np.ndarray, ...]:
    """Counts with a hot corner and a hot cell, an uneven exposure, a ragged mask."""
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(0.2, 2, shape)
    counts = rng.poisson(exposure * rng.gamma(2, 0.5, shape))
    counts[:3, :3] += rng.poisson(4, (3, 3))
    counts[6, 8] += 14
    return counts, exposure, rng.random(shape) < 0.85


def around(row: int, column: int, shape: tuple[int, int]) -> list[tuple[int, int]]:
    return [
        (i, j)
        for i in range(row - 1, row + 2)
        for j in range(column - 1, column + 2)
        if 0 <= i < shape[0] and 0 <= j < shape[1]
    ]


def by_loops(
    counts: np.ndarray, exposure: np.ndarray, mask: np.ndarray, *, alpha: float, effect: float
) -> dict[str, np.ndarray]:
    """The formula of the docstring, cell by cell, with scipy's negative binomial."""
    total, weight = counts[mask].sum(), exposure[mask].sum()
    p = {name: np.ones(counts.shape) for name in ("p_cell", "p_window", "p_value", "q_value")}
    for cell in map(tuple, np.argwhere(mask)):
        for name, cells in (("p_cell", [cell]), ("p_window", around(*cell, counts.shape))):
            inside = [c for c in cells if mask[c]]
            observed = sum(counts[c] for c in inside)
            means = [effect * exposure[c] * total / weight for c in inside]
            m, v = sum(means), sum(mean + alpha * mean**2 for mean in means)
            p[name][cell] = stats.nbinom.sf(observed - 1, m**2 / (v - m), m / v)
        p["p_value"][cell] = min(1, 2 * min(p["p_cell"][cell], p["p_window"][cell]))
    p["q_value"][mask] = stats.false_discovery_control(p["p_value"][mask])
    return p


@pytest.mark.parametrize("effect", [1.0, 1.2])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_number_by_loops(seed: int, effect: float) -> None:
    counts, exposure, mask = noisy_map(seed)
    test = hotspot_test(counts, exposure=exposure, mask=mask, alpha=0.4, minimum_effect=effect)
    wanted = by_loops(counts, exposure, mask, alpha=0.4, effect=effect)
    for name, array in wanted.items():
        np.testing.assert_allclose(getattr(test, name), array, rtol=1e-8, err_msg=name)
    at_one = by_loops(counts, exposure, mask, alpha=0.4, effect=1.0)["q_value"]
    np.testing.assert_allclose(test.q_value_watch, at_one, rtol=1e-8)
    expected = exposure * counts[mask].sum() / exposure[mask].sum()
    for cell in np.ndindex(counts.shape):
        q, own = wanted["q_value"][cell], mask[cell] and counts[cell] > expected[cell]
        wanted_class = 99 if q <= 0.01 else 95 if q <= 0.05 else 90 if at_one[cell] <= 0.1 else 0
        assert test.hot_class[cell] == (wanted_class if own else 0)
    assert {0, 99} <= set(test.hot_class.flat)


def test_alpha_is_fitted_to_the_map_without_one() -> None:
    counts, exposure, mask = noisy_map(4, shape=(30, 30))
    test = hotspot_test(counts, exposure=exposure, mask=mask)
    again = hotspot_test(counts, exposure=exposure, mask=mask, alpha=test.alpha)
    assert test.alpha > 0.3
    same(test, again)


def test_without_exposure_every_cell_expects_the_same() -> None:
    counts, _, _ = noisy_map(5)
    same(hotspot_test(counts), hotspot_test(counts, exposure=np.full(counts.shape, 7.0)))


def same(one: HotspotTest, other: HotspotTest) -> None:
    for name in ("p_cell", "p_window", "p_value", "q_value", "q_value_watch"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9)
    np.testing.assert_array_equal(one.hot_class, other.hot_class)
    np.testing.assert_array_equal(one.scale, other.scale)
    assert one.alpha == pytest.approx(other.alpha)


@pytest.mark.parametrize("move", [np.rot90, np.flipud, np.fliplr, np.transpose])
def test_a_turned_map_gives_the_turned_answer(move: Any) -> None:
    counts, exposure, mask = noisy_map(6)
    test = hotspot_test(counts, exposure=exposure, mask=mask, minimum_effect=1.2)
    moved = hotspot_test(move(counts), exposure=move(exposure), mask=move(mask), minimum_effect=1.2)
    for name in ("p_cell", "p_window", "q_value", "hot_class"):
        np.testing.assert_allclose(getattr(moved, name), move(getattr(test, name)), rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e9])
def test_the_unit_of_the_exposure_plays_no_part(factor: float) -> None:
    counts, exposure, mask = noisy_map(7)
    same(
        hotspot_test(counts, exposure=exposure, mask=mask),
        hotspot_test(counts, exposure=exposure * factor, mask=mask),
    )


def test_what_lies_outside_is_neither_tested_nor_counted() -> None:
    counts, exposure, mask = noisy_map(8)
    test = hotspot_test(counts, exposure=exposure, mask=mask)
    assert (test.hot_class[~mask] == 0).all()
    assert (test.scale[~mask] == "none").all()
    assert set(test.scale[mask]) == {"cell", "neighbourhood"}
    for name in ("p_cell", "p_window", "p_value", "q_value", "q_value_watch"):
        assert (getattr(test, name)[~mask] == 1).all(), name
    louder = np.where(mask, counts, 1_000)
    same(test, hotspot_test(louder, exposure=exposure, mask=mask))
    same(test, hotspot_test(louder, exposure=np.where(mask, exposure, 0)))


def test_a_lone_bad_address_is_told_from_a_bad_quarter() -> None:
    counts = np.random.default_rng(9).poisson(0.5, (40, 40))
    counts[10, 10] = 15
    counts[29:32, 29:32] = 3
    test = hotspot_test(counts)
    assert test.hot_class[10, 10] == 99
    assert test.scale[10, 10] == "cell"
    assert test.hot_class[30, 30] == 99
    assert test.scale[30, 30] == "neighbourhood"


def test_the_halo_of_a_hot_cell_is_trimmed() -> None:
    counts = np.random.default_rng(10).poisson(0.5, (40, 40))
    counts[19:22, 19:22] = 0
    counts[20, 20] = 40
    test = hotspot_test(counts, alpha=0.5)
    assert (test.q_value[19:22, 19:22] <= 0.01).all()
    assert test.hot_class[20, 20] == 99
    assert test.hot_class[19:22, 19:22].sum() == 99


def test_a_minimum_effect_moves_from_hot_to_watch() -> None:
    counts = np.random.default_rng(11).poisson(0.5, (40, 40))
    counts[19:22, 19:22] += 2
    plain = hotspot_test(counts, alpha=0.1)
    strict = hotspot_test(counts, alpha=0.1, minimum_effect=2.0)
    assert plain.hot_class[20, 20] >= 95
    assert strict.hot_class[20, 20] == 90
    np.testing.assert_array_equal(plain.q_value, strict.q_value_watch)
    assert (plain.p_value <= strict.p_value).all()


def test_wider_rates_give_wider_classes() -> None:
    counts, exposure, mask = noisy_map(12, shape=(20, 20))
    given = {"exposure": exposure, "mask": mask, "alpha": 0.2}
    narrow = hotspot_test(counts, **given, q_hot=0.01, q_watch=0.01)
    wide = hotspot_test(counts, **given, q_hot=0.3, q_watch=0.5)
    assert set(narrow.hot_class.flat) == {0, 99}
    assert (wide.hot_class >= narrow.hot_class).all()
    assert (wide.hot_class > 0).sum() > (narrow.hot_class > 0).sum()


@pytest.mark.parametrize("mask", [None, np.zeros((4, 5), dtype=bool)])
def test_an_empty_map_has_no_hot_spot(mask: np.ndarray | None) -> None:
    test = hotspot_test(np.zeros((4, 5), dtype=int), mask=mask)
    assert (test.p_value == 1).all()
    assert (test.q_value == 1).all()
    assert (test.hot_class == 0).all()
    assert test.alpha == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (0, 0), (3, 0)])
def test_a_map_may_be_narrow_or_nothing(shape: tuple[int, int]) -> None:
    test = hotspot_test(np.full(shape, 2), alpha=0.3)
    assert test.hot_class.shape == shape
    assert (test.hot_class == 0).all()


def test_a_single_cell_far_from_all_others_is_its_own_window() -> None:
    counts, exposure, mask = noisy_map(13, shape=(20, 20))
    mask[5:10, 5:10] = False
    mask[7, 7] = True
    test = hotspot_test(counts, exposure=exposure, mask=mask)
    assert test.p_cell[7, 7] == pytest.approx(test.p_window[7, 7])
    assert test.scale[7, 7] == "cell"


def test_poisson_at_alpha_zero() -> None:
    counts = np.random.default_rng(14).poisson(1.0, (12, 12))
    test = hotspot_test(counts, alpha=0.0)
    np.testing.assert_allclose(test.p_cell, stats.poisson.sf(counts - 1, counts.mean()))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"counts": [[1, -1]]}, "counts holds -1"),
        ({"counts": [[1, np.nan]]}, "counts holds nan"),
        ({"counts": [[1, 1.5]]}, r"counts holds 1\.5: episodes are whole"),
        ({"counts": [1, 2]}, "one shape"),
        ({"exposure": [[1.0, 2.0], [1.0, 2.0]]}, "one shape"),
        ({"exposure": [[1.0, np.inf]]}, "exposure holds inf"),
        ({"mask": [[True]]}, "one shape"),
    ],
)
def test_a_map_that_is_none_is_refused(wrong: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"counts": [[1, 2]]} | wrong
    with pytest.raises(InputError, match=message):
        hotspot_test(given.pop("counts"), **given)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minimum_effect": 0.9}, "minimum_effect is 0.9"),
        ({"minimum_effect": np.nan}, "minimum_effect is nan"),
        ({"alpha": -0.1}, "alpha is -0.1"),
        ({"alpha": np.inf}, "alpha is inf"),
        ({"q_hot": 0.2}, "q_hot is 0.2 and q_watch 0.1"),
        ({"q_watch": 1.0}, "q_watch 1.0"),
        ({"q_hot": 0.001}, "q_hot is 0.001"),
    ],
)
def test_an_option_that_is_none_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        hotspot_test([[1, 2]], **wrong)


def test_window_sums_by_loops() -> None:
    counts, exposure, mask = noisy_map(15)
    sums = window_sum(counts)
    ratio = window_ratio(counts, exposure, mask=mask)
    for cell in np.ndindex(counts.shape):
        cells = around(*cell, counts.shape)
        assert sums[cell] == sum(counts[c] for c in cells)
        n, e = (
            sum(a[c] for c in cells if mask[c]) if mask[cell] else 0 for a in (counts, exposure)
        )
        assert ratio.window_n[cell] == n
        assert ratio.window_expected[cell] == pytest.approx(e)
        assert ratio.window_rr[cell] == pytest.approx(n / e if e else 1.0)


def test_touching_is_sharing_an_edge_or_a_corner() -> None:
    flags = np.zeros((5, 6), dtype=bool)
    flags[0, 0] = flags[3, 4] = True
    wanted = np.zeros((5, 6), dtype=bool)
    wanted[:2, :2] = wanted[2:5, 3:6] = True
    np.testing.assert_array_equal(touching(flags), wanted)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 3.0, 40.0])
@pytest.mark.parametrize("effect", [1.0, 1.2])
@pytest.mark.parametrize("q", [0.01, 0.05, 0.2, 0.5])
def test_flagged_cells_are_those_of_the_full_test(alpha: float, effect: float, q: float) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        mask = rng.random((30, 20)) < 0.9
        exposure = np.where(mask, rng.gamma(2, 0.4, mask.shape), 0.0)
        rate = rng.gamma(1 / alpha, alpha, mask.shape) if alpha else 1.0
        counts = rng.poisson(exposure * rate).astype(float)
        counts[10:12, 5:8] += rng.poisson(6 * exposure[10:12, 5:8])
        expected = exposure * (counts.sum() / exposure.sum())
        test = hotspot_test(
            counts, exposure=expected, mask=mask, alpha=alpha, minimum_effect=effect
        )
        whole = (test.q_value <= q) & (counts > expected)
        inside = mask & (expected > 0)
        quick = flagged_cells(
            counts, expected, inside=inside, alpha=alpha, minimum_effect=effect, q=q
        )
        np.testing.assert_array_equal(quick, whole)


def test_flagged_cells_of_an_empty_map_are_none() -> None:
    nothing = np.zeros((4, 5))
    assert not flagged_cells(nothing, nothing, inside=nothing > 0, alpha=1.0).any()
    assert not flagged_cells(nothing, nothing, inside=nothing == 0, alpha=1.0).any()


def test_no_tail_below_the_mean_is_small() -> None:
    # What `flagged_cells` leaves out. Geometric counts of a large mean come down to the bound.
    mean = np.concatenate([np.linspace(1, 40, 4_000), np.arange(1.0, 2_000)])
    for size in (1.0, 1.3, 2.0, 10.0, 1e6):
        tail = stats.nbinom.sf(np.floor(mean) - 1, size, size / (size + mean))
        assert tail.min() >= 1 / np.e
    assert stats.nbinom.sf(0, 0.05, 0.05 / 1.05) < 1 / np.e
