"""Stability: what a shifted lattice finds again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import InputError, UsageError
from geo.statistics.background import expected_background
from geo.statistics.grid import Grid, make_grid
from geo.statistics.hotspots import hotspot_test
from geo.statistics.stability import (
    LEAST_STABILITY,
    ShiftedGrid,
    flagged_by_grid,
    published_class,
    shifted_grids,
    stability,
)

CITY = shapely.Point(3_030, 3_070).buffer(3_000)


def land(grid: Grid) -> list[np.ndarray]:
    return [grid.share]


def episodes(seed: int, *, noise: int = 700) -> tuple[np.ndarray, np.ndarray]:
    """Noise over the city."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 6_100, (4 * noise, 2))
    inside = shapely.contains_xy(CITY, *points.T)
    return tuple(points[inside][:noise].T)


def with_spot(seed: int, *, at: tuple[float, float], many: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise, and then so many episodes within 40 m of a point."""
    x, y = episodes(seed)
    away = np.random.default_rng(seed).uniform(-40, 40, (2, many))
    return np.append(x, at[0] + away[0]), np.append(y, at[1] + away[1])


def test_lattices_are_shifted_all_ways() -> None:
    laid = shifted_grids(CITY, land)
    assert [one.grid.cell_m for one in laid] == [150] * 8 + [200] * 8 + [300] * 8
    for cell_m in (150, 200, 300):
        corners = [(g.x0 % cell_m, g.y0 % cell_m) for g, _ in laid if g.cell_m == cell_m]
        steps = [cell_m * k / 8 for k in range(8)]
        assert corners[0] == (0, 0)
        assert sorted(x for x, _ in corners) == sorted(y for _, y in corners) == steps
    assert all(one.components[0] is one.grid.share for one in laid)


def test_the_lattice_on_the_origin_is_that_of_the_map() -> None:
    x, y = with_spot(1, at=(2_500, 3_300), many=15)
    first = shifted_grids(CITY, land, cell_sizes=[200], shifts=1)
    grid = make_grid(CITY, cell_m=200)
    counts = grid.count(x, y)
    learned = expected_background(counts, [grid.share], cell_m=200, mask=grid.mask)
    hot = hotspot_test(counts, exposure=learned.expected, mask=grid.mask, alpha=learned.alpha,
                       minimum_effect=1.2).hot_class >= 95  # fmt: skip
    flagged = flagged_by_grid(x, y, first)
    assert flagged.shape == (1, len(x))
    np.testing.assert_array_equal(flagged[0], hot[grid.cell_of(x, y)])
    assert flagged[0, -15:].all()


def test_a_bad_address_is_stable_and_noise_is_not() -> None:
    x, y = with_spot(2, at=(3_350, 2_250), many=20)
    place = np.append(np.arange(len(x) - 20), np.full(20, len(x) - 20))
    found = stability(flagged_by_grid(x, y, shifted_grids(CITY, land)), place)
    assert found[-1] > 0.9
    near = np.hypot(x - 3_350, y - 2_250)[: len(found) - 1] < 500
    assert found[:-1][~near].max() < LEAST_STABILITY


def test_a_place_is_hot_where_half_of_it_is() -> None:
    flagged = np.array(
        [
            [True, True, False, False, False, True],
            [True, False, False, True, True, True],
            [False, False, False, True, False, False],
            [True, True, True, True, True, False],
        ]
    )
    place = [0, 0, 0, 1, 1, -1]
    assert stability(flagged, place).tolist() == [0.5, 0.75]
    assert stability(flagged, place, many=4).tolist() == [0.5, 0.75, 0, 0]
    each = stability(flagged, np.arange(6))
    np.testing.assert_array_equal(each, flagged.mean(axis=0))


def test_only_stable_hot_spots_are_published_as_such() -> None:
    classes = [99, 95, 90, 0, 99, 95]
    shares = [0.5, 1.0, 0.1, 0.0, 0.49, 0.0]
    assert published_class(classes, shares).tolist() == [99, 95, 90, 0, 90, 90]


def test_nothing_is_stable_without_episodes_places_or_lattices() -> None:
    laid = shifted_grids(CITY, land, cell_sizes=[300], shifts=2)
    assert flagged_by_grid([], [], laid).shape == (2, 0)
    assert stability(np.zeros((2, 0), dtype=bool), np.zeros(0, dtype=int)).size == 0
    assert flagged_by_grid([1.0], [2.0], []).shape == (0, 1)
    assert stability(np.zeros((0, 1), dtype=bool), [0]).tolist() == [0]


def test_a_point_outside_the_lattice_is_never_hot() -> None:
    x, y = with_spot(3, at=(2_500, 3_300), many=20)
    laid = shifted_grids(CITY, land, cell_sizes=[200], shifts=2)
    alone = flagged_by_grid(x, y, laid)
    more = flagged_by_grid([*x, -9_000.0, np.nan], [*y, 0.0, 0.0], laid)
    np.testing.assert_array_equal(more[:, :-2], alone)
    assert not more[:, -2:].any()


@pytest.mark.parametrize(("shift", "flip"), [((0, 0), True), ((2_400, -4_800), False)])
def test_where_the_origin_lies_plays_no_part(shift: tuple[float, float], flip: bool) -> None:
    # Whole cells of every size fit into the shift; the order of episodes is turned as well.
    x, y = with_spot(4, at=(2_500, 3_300), many=9)
    moved = shapely.affinity.translate(CITY, *shift)
    order = slice(None, None, -1) if flip else slice(None)
    one = flagged_by_grid(x, y, shifted_grids(CITY, land, cell_sizes=[200, 300], shifts=2))
    other = flagged_by_grid(
        x[order] + shift[0],
        y[order] + shift[1],
        shifted_grids(moved, land, cell_sizes=[200, 300], shifts=2),
    )
    np.testing.assert_array_equal(other[:, order], one)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shifted_grids(CITY, land, shifts=0), UsageError, "shifts is 0"),
        (lambda: shifted_grids(CITY, land, cell_sizes=[0]), UsageError, "cell size is 0"),
        (lambda: flagged_by_grid([1.0], [], []), InputError, "one of each per episode"),
        (lambda: stability([[True, False]], [0]), InputError, "one place for each"),
        (lambda: stability([[True]], [-2]), InputError, "number them"),
        (lambda: stability([[True]], [3], many=2), InputError, "number them 0 to 1"),
        (lambda: stability([[True]], [0.5]), InputError, "number them"),
        (lambda: published_class([99], [1.5]), InputError, r"up to 1\.5"),
        (lambda: published_class([99], [0.5, 0.5]), InputError, "give one"),
    ],
)
def test_nonsense_is_refused(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_city_of_nothing_is_refused() -> None:
    grid = make_grid(CITY, cell_m=300)
    bare = ShiftedGrid(grid, [np.zeros(grid.shape)])
    with pytest.raises(InputError, match="nothing says where"):
        flagged_by_grid([3_000.0], [3_000.0], [bare])
