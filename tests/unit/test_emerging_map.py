"""The gate: which cells get a pattern, and the evidence in their bins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from geo.errors import InputError, UsageError
from geo.statistics.emerging import PLAIN_OF
from geo.statistics.emerging_map import EmergingMap, emerging_map, emerging_places
from geo.statistics.hotspots import hotspot_test
from geo.statistics.trend import mann_kendall

SHAPE = (30, 30)
CORNER, MIDDLE = (5, 5), (20, 20)


def year(seed: int, *, mean: float = 0.5) -> np.ndarray:
    """Twelve months of noise on a map of nine hundred cells."""
    return np.random.default_rng(seed).poisson(mean, (12, *SHAPE))


def planted(counts: np.ndarray, cell: tuple[int, int], months: slice, *, more: int) -> np.ndarray:
    """More episodes in nine cells for some months."""
    (row, column), found = cell, counts.copy()
    found[months, row - 1 : row + 2, column - 1 : column + 2] += more
    return found


def test_patterns_of_planted_spots() -> None:
    counts = planted(year(1), CORNER, slice(None), more=4)
    counts = planted(counts, MIDDLE, slice(11, 12), more=5)
    found = emerging_map(counts)
    assert found.pattern[CORNER] == "persistent"
    assert found.pattern[MIDDLE] == "new"
    assert (found.hot_bins[CORNER], found.hot_bins[MIDDLE]) == (12, 1)
    steady = ~np.isin(found.pattern, ["none", "sporadic", "oscillating", "historical"])
    assert steady.any()
    assert np.array_equal(found.plain[steady], np.vectorize(PLAIN_OF.get)(found.pattern[steady]))


def test_the_gate_is_the_hot_class_of_the_sum_or_of_the_last_bin() -> None:
    counts = planted(year(2), MIDDLE, slice(0, 3), more=5)
    found = emerging_map(counts)
    assert found.gate[MIDDLE]
    assert found.pattern[MIDDLE] == "none"  # hot for three months, long ago
    closed = ~found.gate
    assert closed.sum() > 800
    assert (found.pattern[closed] == "none").all()
    assert (found.plain[closed] == "none").all()
    assert (found.mk_p[closed] == 1).all()
    assert (found.hot_bins[closed] == 0).all()


def test_a_month_that_is_hot_everywhere_is_no_hot_month() -> None:
    counts = planted(year(3), CORNER, slice(None), more=4)
    doubled = counts.copy()
    doubled[8:] *= 5
    one, other = emerging_map(counts), emerging_map(doubled)
    assert one.pattern[CORNER] == other.pattern[CORNER] == "persistent"


@pytest.mark.parametrize(("more", "around"), [(8, 0), (0, 3)])
def test_the_evidence_of_one_cell_by_hand(more: int, around: int) -> None:
    # A lone address is judged by itself, a quarter by its window: bins, ratios, events.
    counts = planted(year(4), MIDDLE, slice(None), more=around)
    counts[:, 20, 20] += more
    found = emerging_map(counts)
    own, window = counts[:, 20, 20], counts[:, 19:22, 19:22].sum(axis=(1, 2))
    means = counts.mean(axis=(1, 2))
    # Without the spot the noise is Poisson, so that is what the learned spread comes to.
    p = 2 * np.minimum(stats.poisson.sf(own - 1, means), stats.poisson.sf(window - 1, 9 * means))
    assert found.hot_bins[MIDDLE] == (p < 0.05).sum() >= 11
    ratio = own / means if more else window / (9 * means)
    assert found.mk_z[MIDDLE] == pytest.approx(mann_kendall(ratio).z)
    assert found.mk_p[MIDDLE] == pytest.approx(mann_kendall(ratio).p)


def test_a_test_that_has_been_done_is_not_done_again() -> None:
    counts = planted(year(5), (4, 4), slice(2, 12), more=8)
    exposure = np.random.default_rng(5).uniform(0.5, 1.5, counts.shape[1:])
    options: dict[str, Any] = {"exposure": exposure, "alpha": 0.3, "minimum_effect": 1.2}
    whole = hotspot_test(counts.sum(axis=0), **options)
    found = emerging_map(counts, **options, whole=whole)
    assert found.gate.any()
    same(found, emerging_map(counts, **options))


def test_fewer_than_a_hundred_events_have_no_trend() -> None:
    counts = np.zeros((12, *SHAPE), dtype=int)
    counts[:, ::3, ::3] = 1
    few, many = counts.copy(), counts.copy()
    few[:, 12, 12] = np.arange(2, 14)  # 90 in a year
    many[:, 12, 12] = np.arange(3, 15)  # 102
    for array, wanted in ((few, "persistent"), (many, "intensifying")):
        found = emerging_map(array)
        assert found.mk_p[12, 12] < 0.001
        assert found.pattern[12, 12] == wanted


def test_a_month_without_reports_has_no_hot_cell() -> None:
    counts = planted(year(5), CORNER, slice(None), more=4)
    counts[6] = 0
    found = emerging_map(counts)
    assert found.hot_bins[CORNER] == 11
    assert found.pattern[CORNER] == "persistent"
    counts[11] = 0
    assert emerging_map(counts).pattern[CORNER] == "none"


@pytest.mark.parametrize(
    "counts",
    [
        np.zeros((12, 4, 5), dtype=int),
        np.full((12, 1, 1), 3),
        np.zeros((12, 0, 0), dtype=int),
        np.ones((1, 3, 3), dtype=int),
    ],
)
def test_a_map_of_nothing_or_of_one_cell(counts: np.ndarray) -> None:
    found = emerging_map(counts)
    assert found.pattern.shape == counts.shape[1:]
    assert (found.pattern == "none").all()
    assert not found.gate.any()


def test_all_reports_in_one_cell() -> None:
    # Without a spread of the background the map itself is all the spread there is: no hot spot.
    counts = np.zeros((12, 9, 9), dtype=int)
    counts[:, 4, 4] = 20
    assert not emerging_map(counts).gate.any()
    found = emerging_map(counts, alpha=0.5)
    assert np.argwhere(found.pattern != "none").tolist() == [[4, 4]]
    assert found.pattern[4, 4] == "persistent"


def test_what_lies_outside_plays_no_part() -> None:
    counts, mask = planted(year(6), CORNER, slice(None), more=4), np.ones(SHAPE, dtype=bool)
    mask[:, 25:] = False
    louder = np.where(mask, counts, 50)
    exposure = np.where(mask, 2.0, 0.0)
    quiet = emerging_map(np.where(mask, counts, 0), mask=mask)
    for other in (emerging_map(louder, mask=mask), emerging_map(louder, exposure=exposure)):
        same(other, quiet)
    assert (quiet.pattern[~mask] == "none").all()


def same(one: EmergingMap, other: EmergingMap) -> None:
    for name in EmergingMap._fields:
        left, right = getattr(one, name), getattr(other, name)
        if left.dtype.kind == "f":
            np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12)
        else:
            np.testing.assert_array_equal(left, right)


def test_places_by_hand() -> None:
    counts = planted(year(7), CORNER, slice(None), more=3)
    counts = planted(counts, MIDDLE, slice(8, 12), more=3)
    places = np.zeros(SHAPE, dtype=np.int32)
    places[4:7, 4:7], places[19:22, 19:22], places[0, 29] = 1, 2, 3
    table = emerging_places(counts, places)
    assert table.index.tolist() == [1, 2, 3]
    assert table["pattern"].tolist()[:2] == ["persistent", "consecutive"]
    assert table["plain"].tolist()[:2] == ["persistent", "new"]
    assert table["hot_bins"].tolist()[:2] == [12, 4]
    observed = counts[:, 4:7, 4:7].sum(axis=(1, 2))
    mean = 9 * counts.mean(axis=(1, 2))
    assert table["mk_z"][1] == pytest.approx(mann_kendall(observed / mean).z)


def test_halves_by_hand() -> None:
    """The interval of scipy for the share of the later half, told by what each half expects."""
    counts = year(9, mean=0.3)
    counts[:5, 4:7, 4:7] += 1  # once hot
    counts[7:11, 19:22, 19:22] += 1  # lately, but not in the last month
    counts[::2, 4:7, 19:22] += 1  # on and off
    places = np.zeros(SHAPE, dtype=np.int32)
    places[4:7, 4:7], places[19:22, 19:22], places[4:7, 19:22] = 1, 2, 3
    table = emerging_places(counts, places)
    assert table["pattern"].tolist() == ["none"] * 3
    assert table["plain"].tolist() == ["fading", "new", "persistent"]
    city = counts.sum(axis=(1, 2))
    share = city[6:].sum() / city.sum()
    for number, sign in ((1, -1), (2, 1), (3, 0)):
        months = counts[:, places == number].sum(axis=1)
        exact = stats.binomtest(int(months[6:].sum()), int(months.sum())).proportion_ci()
        assert int(exact.low > share) - int(exact.high < share) == sign


def test_no_place_no_row() -> None:
    table = emerging_places(year(8), np.zeros(SHAPE, dtype=np.int32))
    assert table.empty
    assert "hot_bins" in table


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"counts": np.zeros((3, 3))}, r"\(bins, rows, columns\)"),
        ({"counts": np.zeros((0, 3, 3))}, r"\(bins, rows, columns\)"),
        ({"counts": np.full((2, 3, 3), -1)}, "counts holds -1"),
        ({"counts": np.full((2, 3, 3), 0.5)}, "whole numbers"),
        ({"exposure": np.ones((3, 4))}, "one shape"),
        ({"mask": np.ones(3, dtype=bool)}, "one shape"),
    ],
)
def test_bins_that_are_none_are_refused(wrong: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"counts": np.ones((2, 3, 3))} | wrong
    with pytest.raises(InputError, match=message):
        emerging_map(given.pop("counts"), **given)


def test_options_and_places_that_are_none_are_refused() -> None:
    counts = np.ones((2, 3, 3))
    with pytest.raises(UsageError, match="alpha is -1"):
        emerging_map(counts, alpha=-1)
    with pytest.raises(InputError, match="the shape of one bin"):
        emerging_places(counts, np.zeros((3, 4), dtype=int))
    with pytest.raises(InputError, match="number them from 1"):
        emerging_places(counts, np.full((3, 3), -1))
    with pytest.raises(InputError, match="number them from 1"):
        emerging_places(counts, np.zeros((3, 3)))


@pytest.mark.parametrize("seed", range(5))
def test_a_share_that_stays_is_no_trend_whatever_the_totals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(0.5, 1.5, (8, 9))
    times = rng.permutation(np.arange(1, 13))
    counts = np.ones((12, 8, 9)) * times[:, None, None]
    counts[:, 4, 4] *= 19
    found = emerging_map(counts, exposure=exposure, alpha=0.1)
    assert found.gate[4, 4]
    assert found.mk_z[4, 4] == 0
    assert found.mk_p[4, 4] == 1
    places = np.zeros((8, 9), dtype=int)
    places[4, 4:6] = 1
    assert emerging_places(counts, places, exposure=exposure).loc[1, "mk_z"] == 0
