"""Density: nothing is lost over the edge, and nothing is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geo.errors import InputError, UsageError
from geo.statistics.density import default_bandwidth, kernel_density


def by_loops(counts: np.ndarray, share: np.ndarray, *, cell_m: float, sigma_m: float) -> np.ndarray:
    """The formula of the docstring, pair by pair of cells."""
    cells = np.argwhere(np.ones(counts.shape)) * cell_m
    steps = abs(cells[:, None] - cells)
    kernel = np.exp(-0.5 * ((steps / sigma_m) ** 2).sum(axis=2))
    kernel[(steps > int(4 * sigma_m / cell_m + 0.5) * cell_m).any(axis=2)] = 0
    s, y = share.ravel(), np.where(share > 0, counts, 0).ravel()
    held = kernel @ s
    density = kernel @ np.divide(y, held, out=np.zeros(len(y)), where=y > 0) / cell_m**2 * 1e6
    return np.where(share > 0, density.reshape(counts.shape), 0)


def ragged_city(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    share = np.where(rng.random((12, 15)) < 0.7, np.minimum(rng.uniform(0.1, 2, (12, 15)), 1), 0)
    return rng.poisson(2.0, share.shape), share


@pytest.mark.parametrize("sigma_m", [120, 200, 400])
def test_the_formula_by_loops(sigma_m: float) -> None:
    counts, share = ragged_city(1)
    density = kernel_density(counts, cell_m=200, bandwidth_m=sigma_m, inside=share)
    wanted = by_loops(counts, share, cell_m=200, sigma_m=sigma_m)
    np.testing.assert_allclose(density, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("bandwidth_m", [50, 200, 5_000])
@pytest.mark.parametrize("cell_m", [100, 200, 400])
def test_the_mass_is_the_number_of_episodes(cell_m: float, bandwidth_m: float) -> None:
    counts, share = ragged_city(2)
    density = kernel_density(counts, cell_m=cell_m, bandwidth_m=bandwidth_m, inside=share)
    n = counts[share > 0].sum()
    assert (density * share).sum() * cell_m**2 / 1e6 == pytest.approx(n, rel=1e-9)


def test_far_from_the_edge_it_is_a_gaussian() -> None:
    counts = np.zeros((41, 41))
    counts[20, 20] = 7
    density = kernel_density(counts, cell_m=100, bandwidth_m=400)
    # The peak of a two-dimensional normal density, per km²; its tail beyond four sigma is cut.
    assert density[20, 20] == pytest.approx(7 / (2 * np.pi * 0.4**2), rel=1e-3)
    assert density[20, 24] / density[20, 20] == pytest.approx(np.exp(-0.5))
    assert density.max() == density[20, 20]


def test_a_mask_is_a_share_of_all_or_nothing() -> None:
    counts, share = ragged_city(3)
    by_mask = kernel_density(counts, cell_m=200, inside=share > 0)
    by_share = kernel_density(counts, cell_m=200, inside=(share > 0).astype(float))
    np.testing.assert_array_equal(by_mask, by_share)
    assert (by_mask[share == 0] == 0).all()


def test_what_lies_outside_plays_no_part() -> None:
    counts, share = ragged_city(4)
    louder = np.where(share > 0, counts, 1_000)
    one, other = (kernel_density(array, cell_m=200, inside=share) for array in (counts, louder))
    np.testing.assert_array_equal(one, other)


def test_the_bandwidth_is_wider_for_few_episodes() -> None:
    assert [default_bandwidth(n) for n in (0, 299, 300, 6_750)] == [400, 400, 200, 200]
    counts = np.full((10, 10), 3)
    for array, bandwidth_m in ((counts, 200), (counts - 1, 400)):
        given = kernel_density(array, cell_m=200, bandwidth_m=bandwidth_m)
        np.testing.assert_array_equal(kernel_density(array, cell_m=200), given)


def test_an_empty_map_a_map_of_one_cell_and_no_map() -> None:
    assert (kernel_density(np.zeros((3, 4)), cell_m=200) == 0).all()
    assert (kernel_density(np.ones((3, 4)), cell_m=200, inside=np.zeros((3, 4))) == 0).all()
    one = kernel_density([[8]], cell_m=200, inside=[[0.5]])
    assert one[0, 0] == pytest.approx(8 / 0.02)
    assert kernel_density(np.zeros((0, 3)), cell_m=200).shape == (0, 3)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"counts": [[1, -1]]}, InputError, "counts holds -1"),
        ({"counts": [1, 2]}, InputError, "one shape"),
        ({"inside": [[1.0]]}, InputError, "one shape"),
        ({"inside": [[1.0, 1.5]]}, InputError, r"inside holds 1\.5"),
        ({"inside": [[1.0, np.nan]]}, InputError, "inside holds nan"),
        ({"cell_m": 0}, UsageError, "cell_m is 0"),
        ({"bandwidth_m": -5}, UsageError, "bandwidth_m is -5"),
        ({"bandwidth_m": np.inf}, UsageError, "bandwidth_m is inf"),
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    given: dict[str, Any] = {"counts": [[1, 2]], "cell_m": 200} | wrong
    with pytest.raises(error, match=message):
        kernel_density(given.pop("counts"), **given)
