"""The scan statistic: is there a cluster anywhere, of any size, with one p-value for the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from geo.errors import InputError, UsageError
from geo.statistics.dispersion import ALPHA_RANGE
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["spatial_scan"]

_FEWEST_CASES = 2
_ROUNDING = 1e-9
"""Two numbers that differ by a smaller part are equal."""

_COLUMNS = {"llr": float, "cases": np.int64, "expected": float, "rr": float, "p": float,
            "members": object}  # fmt: skip


def spatial_scan(
    cases: ArrayLike,
    population: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    max_share: float = 0.1,
    simulations: int = 999,
    seed: int,
    alpha: float = 0.0,
) -> pd.DataFrame:
    r"""Search all circles around all areas for more cases than chance would put there.

    Parameters
    ----------
    cases
        Episodes per area: whole numbers, shape (n,). For an alarm, those of the last months.
    population
        What the expectation is proportional to, shape (n,), zero or more: residents, or the
        expected episodes of a learned background.
    x, y
        A point of each area, shape (n,), in a projected CRS (or any plane).
    max_share
        A circle holds at most this share of the population; above 0, at most 0.5.
    simulations
        Maps of chance that the p-values come from.
    seed
        Of the random numbers; the same seed gives the same p-values.
    alpha
        Relative variance of the background (as of `expected_background`). At 0 chance is Poisson,
        which takes any over-dispersion for clusters.

    Returns
    -------
    DataFrame
        One row per cluster, the likeliest first, none sharing an area with one above: `llr`, the
        logarithm of the likelihood ratio; `cases` (int64); `expected`; `rr`, the rate inside
        against that outside (inf if all cases are inside); `p`; `members`, a tuple of positions
        in the input, nearest to the centre first. No row where no circle holds two cases and more
        than it should: no case, one area, all areas on one point.

    Raises
    ------
    InputError
        If a number is negative or not finite, a case count is not whole, the lengths differ, or
        an area has cases and no population.
    UsageError
        If an option is out of its range.

    Notes
    -----
    A circle of c cases and expectation e among C cases has, for c > e,

    .. math:: \mathrm{LLR} = c \ln\frac{c}{e} + (C - c) \ln\frac{C - c}{C - e}

    (Kulldorff 1997, Commun. Stat. Theory Methods 26:1481). Areas at the same distance from a
    centre enter its circle together. p is the rank of a circle among the *best* circles of the
    simulated maps, so it holds for the whole search; for clusters after the first it is careful.

    The simulated maps have the same number of cases. They are spread in proportion to the
    population, times a gamma variable of mean 1 and variance alpha for each area.

    The search has n times `max_share` n circles, and runs once per simulation: a second for some
    hundred areas. It is made for beats, not for cells.
    """
    _check_options(max_share=max_share, simulations=simulations, alpha=alpha)
    counts, weight, points = _areas(cases, population, x, y)
    total = int(counts.sum())
    if total == 0:
        return pd.DataFrame(_columns([]))
    expected = weight * (total / weight.sum())
    circles = _circles(points, expected, limit=max_share * total)
    clusters = _disjoint(circles, counts)
    if clusters:
        rng = np.random.default_rng(seed)
        chance = (_draw(rng, expected, total=total, alpha=alpha) for _ in range(simulations))
        best = np.array([circles.ratios(drawn).max() for drawn in chance])
        for cluster in clusters:
            reached = (best >= cluster.llr * (1 - _ROUNDING)).sum()
            cluster.p = (1 + reached) / (1 + simulations)
    return pd.DataFrame(_columns(clusters))


@dataclass(eq=False)
class _Cluster:
    """One row of the answer."""

    llr: float
    cases: int
    expected: float
    rr: float
    members: tuple[int, ...]
    p: float = 1.0


@dataclass(frozen=True, eq=False)
class _Circles:
    """The circles around every centre.

    Row i of `order`, shape (n, widest), holds the areas by distance from centre i. Circle j is row
    `row[j]` up to and with column `end[j]`; it expects `expected[j]` of `total` cases.
    """

    order: IntArray
    row: IntArray
    end: IntArray
    expected: FloatArray
    total: int

    def sums(self, values: ArrayLike) -> NDArray[Any]:
        """The sum over the areas of each circle."""
        return np.cumsum(np.asarray(values)[self.order], axis=1)[self.row, self.end]

    def ratios(self, cases: IntArray) -> FloatArray:
        """The log-likelihood ratio of each circle, 0 where it does not hold more than it should.

        Ends with a 0 that belongs to no circle, so that there is always a largest one.
        """
        c, e, total = self.sums(cases), self.expected, self.total
        ratio = np.zeros(len(c) + 1)
        many = np.flatnonzero((c > e) & (c >= _FEWEST_CASES))
        c, e = c[many], e[many]
        ratio[many] = special.xlogy(c, c / e) + special.xlogy(total - c, (total - c) / (total - e))
        return ratio


def _check_options(*, max_share: float, simulations: int, alpha: float) -> None:
    if not 0 < max_share <= 0.5:
        msg = f"max_share is {max_share}: it must lie above 0 and not above 0.5, such as 0.1"
        raise UsageError(msg)
    if simulations < 1:
        msg = f"simulations is {simulations}: a p-value needs at least one, better 999"
        raise UsageError(msg)
    if not (np.isfinite(alpha) and alpha >= 0):
        msg = f"alpha is {alpha}: a relative variance is zero or more"
        raise UsageError(msg)


def _areas(
    cases: ArrayLike, population: ArrayLike, x: ArrayLike, y: ArrayLike
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Cases, population and points, shape (n, 2), if they can be scanned."""
    counts = checked_counts(cases, name="cases")
    weight = checked_counts(population, name="population")
    across, up = (np.asarray(values, dtype=np.float64) for values in (x, y))
    shapes = [array.shape for array in (counts, weight, across, up)]
    if counts.ndim != 1 or len({*shapes}) > 1:
        msg = f"cases, population, x and y have the shapes {shapes}: give one of each per area"
        raise InputError(msg)
    if (counts != np.floor(counts)).any():
        msg = f"cases holds {counts[counts != np.floor(counts)][0]}: cases are whole numbers"
        raise InputError(msg)
    alone = (counts > 0) & (weight == 0)
    if alone.any():
        found = f"area {alone.argmax()} has {counts[alone][0]:.0f} cases"
        msg = f"{found} and no population: leave it out, or give it one"
        raise InputError(msg)
    points = np.column_stack([across, up])
    if not np.isfinite(points).all():
        msg = (
            f"area {(~np.isfinite(points).all(axis=1)).argmax()} has no finite point: leave it out"
        )
        raise InputError(msg)
    return counts.astype(np.int64), weight, points


def _circles(points: FloatArray, expected: FloatArray, *, limit: float) -> _Circles:
    """Every circle that does not part areas at one distance and expects no more than `limit`."""
    orders, ends = [], []
    for centre in points:
        distance = np.hypot(*(points - centre).T)
        order = np.argsort(distance, kind="stable")
        distance = distance[order]
        farther = np.diff(distance, append=np.inf) > _ROUNDING * distance
        orders.append(order)
        ends.append(farther & (np.cumsum(expected[order]) <= limit * (1 + _ROUNDING)))
    row, end = np.nonzero(ends)
    order = np.array(orders)[:, : end.max(initial=0) + 1]
    inside = np.cumsum(expected[order], axis=1)[row, end]
    return _Circles(order, row, end, inside, total=round(expected.sum()))


def _disjoint(circles: _Circles, counts: IntArray) -> list[_Cluster]:
    """The likeliest circle; then the likeliest that shares no area with those before; and so on."""
    clusters, ratios = [], circles.ratios(counts)
    taken = np.zeros(len(counts), dtype=bool)
    while ratios.max() > 0:
        best = int(ratios.argmax())
        members = circles.order[circles.row[best], : circles.end[best] + 1]
        clusters.append(_cluster(members, counts, float(circles.expected[best]), ratios[best]))
        taken[members] = True
        ratios[:-1][circles.sums(taken) > 0] = 0.0
    return clusters


def _cluster(members: IntArray, counts: IntArray, expected: float, llr: float) -> _Cluster:
    inside, outside = int(counts[members].sum()), int(counts.sum() - counts[members].sum())
    within, without = inside / expected, outside / (counts.sum() - expected)
    rr = within / without if outside else np.inf
    return _Cluster(float(llr), inside, expected, float(rr), tuple(members.tolist()))


def _draw(rng: np.random.Generator, expected: FloatArray, *, total: int, alpha: float) -> IntArray:
    """A map of chance with the same number of cases."""
    rates = expected
    if alpha > ALPHA_RANGE[0]:
        spread = rng.gamma(1 / alpha, alpha, len(expected))
        rates = expected * (spread + np.finfo(float).tiny)  # lest all are zero
    return rng.multinomial(total, rates / rates.sum())


def _columns(clusters: list[_Cluster]) -> dict[str, pd.Series]:
    return {
        name: pd.Series([getattr(cluster, name) for cluster in clusters], dtype=dtype)
        for name, dtype in _COLUMNS.items()
    }
