"""Stability: what a shifted lattice finds again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from scipy.interpolate import RegularGridInterpolator

from geo.errors import InputError, UsageError
from geo.statistics.background import Background, expected_background
from geo.statistics.dispersion import fit_alpha
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


def patchy(grid: Grid) -> list[np.ndarray]:
    """Land, and people who live towards the east."""
    column = np.arange(grid.shape[1]) * grid.cell_m + grid.x0
    return [grid.share, grid.share * (1 + np.maximum(column, 0) / 1_000)]


def learned(
    x: np.ndarray, y: np.ndarray, components: Any = land, *, cell_m: float = 200
) -> dict[str, Any]:
    """The map of some episodes."""
    grid = make_grid(CITY, cell_m=cell_m)
    counts = np.where(grid.mask, grid.count(x, y), 0)
    background = expected_background(counts, components(grid), cell_m=cell_m, mask=grid.mask)
    return {"grid": grid, "background": background}


def laid_by_hand(
    x: np.ndarray, y: np.ndarray, one: ShiftedGrid, grid: Grid, background: Background
) -> np.ndarray:
    """The docstring of `flagged_by_grid` with other tools: classes on one lattice."""
    laid = one.grid
    middles = [
        start + (np.arange(many) + 0.5) * grid.cell_m
        for start, many in zip((grid.y0, grid.x0), grid.shape, strict=True)
    ]
    between = RegularGridInterpolator(middles, background.rest)
    row, column = np.indices(laid.shape)
    at = [laid.y0 + (row + 0.5) * laid.cell_m, laid.x0 + (column + 0.5) * laid.cell_m]
    at = [np.clip(axis, ends[0], ends[-1]) for axis, ends in zip(at, middles, strict=True)]
    parts = [np.where(laid.mask, part, 0) for part in one.components]
    mixed = sum(w * part / part.sum() for w, part in zip(background.weights, parts, strict=True))
    expected = len(x) * mixed * between(np.stack(at, axis=-1))
    counts = np.where(expected > 0, laid.count(x, y), 0)
    out = shapely.union_all(grid.polygons(*np.nonzero(background.standing_out)))
    squares = laid.polygons(row.ravel(), column.ravel())
    apart = shapely.area(shapely.intersection(squares, out)).reshape(laid.shape) < 1
    kept = apart & (expected > 0)
    alpha = fit_alpha(counts[kept].astype(float), expected[kept])
    test = hotspot_test(counts, exposure=expected, mask=laid.mask, alpha=alpha, minimum_effect=1.2)
    return test.hot_class


def test_lattices_are_shifted_all_ways() -> None:
    laid = shifted_grids(CITY, land)
    assert [one.grid.cell_m for one in laid] == [150] * 8 + [200] * 8 + [300] * 8
    for cell_m in (150, 200, 300):
        corners = [(g.x0 % cell_m, g.y0 % cell_m) for g, _ in laid if g.cell_m == cell_m]
        steps = [cell_m * k / 8 for k in range(8)]
        assert corners[0] == (0, 0)
        assert sorted(x for x, _ in corners) == sorted(y for _, y in corners) == steps
    assert all(one.components[0] is one.grid.share for one in laid)


@pytest.mark.parametrize("components", [land, patchy])
@pytest.mark.parametrize("cell_m", [150, 200, 300])
def test_the_lattice_of_the_map_gives_the_map(components: Any, cell_m: float) -> None:
    x, y = with_spot(1, at=(2_500, 3_300), many=15)
    first = shifted_grids(CITY, components, cell_sizes=[cell_m], shifts=1)
    one = learned(x, y, components, cell_m=cell_m)
    grid, background = one["grid"], one["background"]
    assert background.standing_out.any()
    hot = hotspot_test(grid.count(x, y), exposure=background.expected, mask=grid.mask,
                       alpha=background.alpha, minimum_effect=1.2).hot_class >= 95  # fmt: skip
    flagged = flagged_by_grid(x, y, first, **one)
    assert flagged.shape == (1, len(x))
    np.testing.assert_array_equal(flagged[0], hot[grid.cell_of(x, y)])
    assert flagged[0, -15:].any()


@pytest.mark.parametrize("seed", range(4))
def test_the_background_is_laid_on_every_lattice(seed: int) -> None:
    x, y = with_spot(seed, at=(2_500 + 90 * seed, 3_300), many=6 + 3 * seed)
    laid = shifted_grids(CITY, patchy, shifts=3)
    one = learned(x, y, patchy, cell_m=(200, 300)[seed % 2])
    flagged = flagged_by_grid(x, y, laid, **one)
    for lattice, row in zip(laid, flagged, strict=True):
        hot = laid_by_hand(x, y, lattice, **one) >= 95
        np.testing.assert_array_equal(row, hot[lattice.grid.cell_of(x, y)])


@pytest.mark.parametrize("seed", range(3))
def test_learning_anew_on_every_lattice_would_say_the_same(seed: int) -> None:
    x, y = with_spot(seed, at=(3_350, 2_250), many=8)
    laid = shifted_grids(CITY, patchy)
    quick = flagged_by_grid(x, y, laid, **learned(x, y, patchy))
    slow = np.zeros_like(quick)
    for lattice, row in zip(laid, slow, strict=True):
        grid = lattice.grid
        counts = np.where(grid.mask, grid.count(x, y), 0)
        anew = expected_background(counts, lattice.components, cell_m=grid.cell_m, mask=grid.mask)
        test = hotspot_test(counts, exposure=anew.expected, mask=grid.mask, alpha=anew.alpha,
                            minimum_effect=1.2)  # fmt: skip
        row[:] = (test.hot_class >= 95)[grid.cell_of(x, y)]
    assert (quick != slow).mean() < 0.003
    assert abs(quick[:, -8:].mean() - slow[:, -8:].mean()) < 0.1


def test_a_bad_address_is_stable_and_noise_is_not() -> None:
    x, y = with_spot(2, at=(3_350, 2_250), many=20)
    place = np.append(np.arange(len(x) - 20), np.full(20, len(x) - 20))
    found = stability(flagged_by_grid(x, y, shifted_grids(CITY, land), **learned(x, y)), place)
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
    none = learned(np.array([]), np.array([]))
    assert flagged_by_grid([], [], laid, **none).shape == (2, 0)
    assert stability(np.zeros((2, 0), dtype=bool), np.zeros(0, dtype=int)).size == 0
    assert flagged_by_grid([1.0], [2.0], [], **none).shape == (0, 1)
    assert stability(np.zeros((0, 1), dtype=bool), [0]).tolist() == [0]


def test_a_point_outside_the_lattice_is_never_hot() -> None:
    x, y = with_spot(3, at=(2_500, 3_300), many=20)
    laid = shifted_grids(CITY, land, cell_sizes=[200], shifts=2)
    one = learned(x, y)
    alone = flagged_by_grid(x, y, laid, **one)
    more = flagged_by_grid([*x, -9_000.0, np.nan], [*y, 0.0, 0.0], laid, **one)
    np.testing.assert_array_equal(more[:, :-2], alone)
    assert not more[:, -2:].any()


@pytest.mark.parametrize(("shift", "flip"), [((0, 0), True), ((2_400, -4_800), False)])
def test_where_the_origin_lies_plays_no_part(shift: tuple[float, float], flip: bool) -> None:
    # Whole cells of every size fit into the shift; the order of episodes is turned as well.
    x, y = with_spot(4, at=(2_500, 3_300), many=9)
    moved = shapely.affinity.translate(CITY, *shift)
    order = slice(None, None, -1) if flip else slice(None)
    laid, again = (
        shifted_grids(city, land, cell_sizes=[200, 300], shifts=2) for city in (CITY, moved)
    )
    one = learned(x, y)
    grid = one["grid"]
    there = replace(grid, x0=grid.x0 + shift[0], y0=grid.y0 + shift[1])
    other = flagged_by_grid(
        x[order] + shift[0], y[order] + shift[1], again, grid=there, background=one["background"]
    )
    one = flagged_by_grid(x, y, laid, **one)
    np.testing.assert_array_equal(other[:, order], one)


NO_MAP = learned(np.array([]), np.array([]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shifted_grids(CITY, land, shifts=0), UsageError, "shifts is 0"),
        (lambda: shifted_grids(CITY, land, cell_sizes=[0]), UsageError, "cell size is 0"),
        (lambda: flagged_by_grid([1.0], [], [], **NO_MAP), InputError, "one of each per episode"),
        (
            lambda: flagged_by_grid([1.0], [1.0], shifted_grids(CITY, patchy), **NO_MAP),
            InputError,
            "2 components on a lattice, 1 weights",
        ),
        (
            lambda: flagged_by_grid(
                [1.0], [1.0], [], **NO_MAP | {"grid": make_grid(CITY, cell_m=90)}
            ),
            InputError,
            "give both of one map",
        ),
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


def test_a_lattice_of_nothing_is_never_hot() -> None:
    x, y = with_spot(5, at=(2_500, 3_300), many=20)
    grid = make_grid(CITY, cell_m=300)
    bare = ShiftedGrid(grid, [np.zeros(grid.shape)])
    assert not flagged_by_grid(x, y, [bare], **learned(x, y)).any()
