"""Knox's test: whether episodes near in space come near in time more often than by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special
from scipy.spatial import KDTree

from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["KnoxTest", "knox_test"]


class KnoxTest(NamedTuple):
    """What `knox_test` gives.

    `observed` is the number of pairs near in space and in time, `expected` what it would be if
    place and time had nothing to do with each other. `p_poisson` is the probability of as many
    pairs or more from a Poisson distribution of that mean; `p_value` that among permutations.
    """

    observed: int
    expected: float
    p_poisson: float
    p_value: float


def knox_test(
    x: ArrayLike,
    y: ArrayLike,
    days: ArrayLike,
    *,
    distance_m: float,
    gap_days: float,
    simulations: int = 999,
    seed: int,
) -> KnoxTest:
    r"""Count the pairs of episodes that are near in space and in time, and compare with chance.

    Parameters
    ----------
    x, y
        Coordinates in a projected CRS in metres, shape (n,).
    days
        Times in days from any moment, shape (n,).
    distance_m
        A pair is near in space at this distance or less, metres.
    gap_days
        A pair is near in time at this gap or less, days.
    simulations
        Permutations of the times that `p_value` comes from.
    seed
        Of the permutations; the same seed gives the same `p_value`.

    Returns
    -------
    KnoxTest
        Without a pair (fewer than two episodes) nothing is expected, and both p-values are 1. They
        are 1 too where place says nothing, because all episodes are at one point.

    Raises
    ------
    InputError
        If a number is not finite, or the lengths differ.
    UsageError
        If `distance_m` or `gap_days` is negative, or there is no simulation.

    Notes
    -----
    With S pairs near in space and T near in time among N pairs, :math:`ST/N` are expected to be
    both (Knox 1964, Appl. Stat. 13:25). Pairs share episodes, so the Poisson value is rough;
    `p_value` is the rank of the count among those of permuted times.

    Give episodes, not reports: repeated reports of one event are near in space and time by nature.
    And read it as a remark: that episodes come in bursts does not make the next one foreseeable.
    """
    _check_options(distance_m=distance_m, gap_days=gap_days, simulations=simulations)
    places, times = _events(x, y, days)
    many = len(times) * (len(times) - 1) / 2
    if many == 0:
        return KnoxTest(0, 0.0, 1.0, 1.0)
    pairs = KDTree(places).query_pairs(distance_m, output_type="ndarray")
    observed = _near_in_time(times, pairs, gap=gap_days)
    expected = len(pairs) * (_pairs_within(times, gap=gap_days) / many)
    rng = np.random.default_rng(seed)
    reached = sum(
        _near_in_time(rng.permutation(times), pairs, gap=gap_days) >= observed
        for _ in range(simulations)
    )
    p_poisson = float(special.gammainc(observed, expected)) if observed else 1.0
    return KnoxTest(observed, expected, p_poisson, (1 + reached) / (1 + simulations))


def _check_options(*, distance_m: float, gap_days: float, simulations: int) -> None:
    for name, value in (("distance_m", distance_m), ("gap_days", gap_days)):
        if not (math.isfinite(value) and value >= 0):
            msg = f"{name} is {value}: it must be zero or more"
            raise UsageError(msg)
    if simulations < 1:
        msg = f"simulations is {simulations}: a p-value needs at least one, better 999"
        raise UsageError(msg)


def _events(x: ArrayLike, y: ArrayLike, days: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Points, shape (n, 2), and times."""
    columns = [np.asarray(values, dtype=np.float64) for values in (x, y, days)]
    shapes = [column.shape for column in columns]
    if columns[0].ndim != 1 or len({*shapes}) > 1:
        msg = f"x, y and days have the shapes {shapes}: give one of each per episode"
        raise InputError(msg)
    unknown = ~np.isfinite(columns).all(axis=0)
    if unknown.any():
        msg = f"episode {unknown.argmax()} lacks its place or its time: leave it out"
        raise InputError(msg)
    return np.column_stack(columns[:2]), columns[2]


def _near_in_time(times: FloatArray, pairs: IntArray, *, gap: float) -> int:
    return int((np.abs(times[pairs[:, 0]] - times[pairs[:, 1]]) <= gap).sum())


def _pairs_within(times: FloatArray, *, gap: float) -> int:
    """The number of pairs at most `gap` apart, without looking at each."""
    ordered = np.sort(times)
    last = np.searchsorted(ordered, ordered + gap, side="right")
    return int((last - np.arange(1, len(ordered) + 1)).sum())
