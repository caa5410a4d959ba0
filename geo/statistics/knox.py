"""Knox's test: whether episodes near in space come near in time more often than by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special
from scipy.spatial import KDTree

from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["KnoxTest", "knox_table", "knox_test"]


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


def knox_table(
    x: ArrayLike,
    y: ArrayLike,
    days: ArrayLike,
    *,
    distances_m: Sequence[float],
    gaps_days: Sequence[float],
    beyond_m: float | None = None,
    simulations: int = 199,
    seed: int,
) -> pd.DataFrame:
    """Count the pairs of episodes by how far apart they are in space and in time.

    Parameters
    ----------
    x, y, days
        As of `knox_test`.
    distances_m, gaps_days
        Upper limits of the bands, rising, zero or more. The first band holds the pairs up to and
        with its limit, each other those beyond the limit before.
    beyond_m
        Pairs at this distance or less are in no band; without it all are in one. Reports within
        the reach of an episode are one episode, so its pairs there are missing by construction.
    simulations, seed
        As of `knox_test`; all bands see the same permutations.

    Returns
    -------
    DataFrame
        One row per distance and gap, in this order: `distance_m`, `gap_days`, the limits of the
        bands; `observed` (int64) and `expected` pairs; `ratio`, NaN where nothing is expected;
        `p_value` among permutations, of as many pairs or more.

    Raises
    ------
    InputError
        If a number is not finite, or the lengths differ.
    UsageError
        If there is no band, limits do not rise (from `beyond_m` on), or there is no simulation.

    Notes
    -----
    As `knox_test`, band by band; the expectation is the mean of all permutations. The p-values of
    a table are not independent of each other, and one of twenty is at most 0.05 by chance.
    """
    _check_limits(distances_m, name="distances_m", above=beyond_m)
    _check_limits(gaps_days, name="gaps_days", above=None)
    _check_options(distance_m=distances_m[-1], gap_days=gaps_days[-1], simulations=simulations)
    places, times = _events(x, y, days)
    near = _Bands(places, distances_m, gaps_days, beyond=beyond_m)
    observed = near.count(times)
    rng = np.random.default_rng(seed)
    reached = np.zeros(observed.shape, dtype=np.int64)
    for _ in range(simulations):
        reached += near.count(rng.permutation(times)) >= observed
    many = len(times) * (len(times) - 1) / 2
    within = np.array([_pairs_within(times, gap=gap) for gap in gaps_days], dtype=np.float64)
    soon = np.diff(within, prepend=0.0) / max(many, 1.0)
    expected = near.pairs[:, None] * soon
    distance, gap = np.meshgrid(distances_m, gaps_days, indexing="ij")
    ratio = np.divide(observed, expected, where=expected > 0, out=np.full(expected.shape, np.nan))
    columns = {
        "distance_m": distance,
        "gap_days": gap,
        "observed": observed,
        "expected": expected,
        "ratio": ratio,
        "p_value": (1 + reached) / (1 + simulations),
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


class _Bands:
    """The pairs of places near enough for a band, and which one of each is in."""

    def __init__(
        self,
        places: FloatArray,
        distances: Sequence[float],
        gaps: Sequence[float],
        *,
        beyond: float | None,
    ) -> None:
        found = np.zeros((0, 2), dtype=np.int64)
        if len(places):
            found = KDTree(places).query_pairs(distances[-1], output_type="ndarray")
        apart = np.hypot(*(places[found[:, 0]] - places[found[:, 1]]).T)
        if beyond is not None:
            found, apart = found[apart > beyond], apart[apart > beyond]
        # The tree and hypot may round the outermost distance differently.
        band = np.minimum(np.searchsorted(distances, apart, side="left"), len(distances) - 1)
        self._gaps, self._shape = np.asarray(gaps, dtype=np.float64), (len(distances), len(gaps))
        self._one, self._other, self._band = found[:, 0], found[:, 1], band
        self.pairs = np.bincount(band, minlength=len(distances))

    def count(self, times: FloatArray) -> IntArray:
        """Pairs by band of distance and of time."""
        gap = np.searchsorted(self._gaps, np.abs(times[self._one] - times[self._other]), "left")
        soon = gap < len(self._gaps)
        flat = np.ravel_multi_index((self._band[soon], gap[soon]), self._shape)
        size = self._shape[0] * self._shape[1]
        counted: IntArray = np.bincount(flat, minlength=size).reshape(self._shape)
        return counted


def _check_limits(limits: Sequence[float], *, name: str, above: float | None) -> None:
    low = [] if above is None else [above]
    known = len(limits) and np.isfinite([*low, *limits]).all()
    if not known or (np.diff([*low, *limits]) <= 0).any() or limits[0] < 0:
        start = "zero or more" if above is None else f"above {above}"
        msg = f"{name} is {[*limits]}: give limits of bands that rise, {start}"
        raise UsageError(msg)


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
