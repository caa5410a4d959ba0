"""The scan statistic: is there a cluster anywhere, of any size, with one p-value for the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from geo.errors import InputError, UsageError
from geo.statistics.dispersion import ALPHA_RANGE, fit_alpha
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["recent_scan", "spatial_scan", "usual_alpha"]

_FEWEST_CASES = 2
_ROUNDING = 1e-9
"""Two numbers that differ by a smaller part are equal."""

_AT_ONCE = 250

_COLUMNS = {"llr": float, "cases": np.int64, "expected": float, "rr": float, "p": float,
            "bins": np.int64, "members": object}  # fmt: skip


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
    counts, weight, points = _areas(np.asarray(cases)[..., None], population, x, y)
    found = _scan(
        counts, weight, points,
        max_share=max_share, simulations=simulations, seed=seed, alpha=alpha,
    )  # fmt: skip
    return found.drop(columns="bins")


def recent_scan(
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
    r"""Search all circles in the last bin of time, the last two, and so on, at once.

    Parameters
    ----------
    cases
        Episodes per area and bin, shape (n, bins), the oldest bin first: whole numbers.
    population
        What the expectation is proportional to in every bin, shape (n,): for an alarm, what the
        areas held in the past.
    x, y, max_share, simulations, seed, alpha
        As of `spatial_scan`; alpha is that of one bin (`usual_alpha`).

    Returns
    -------
    DataFrame
        As of `spatial_scan`, and `bins` (int64): in how many of the last bins the cluster is.

    Raises
    ------
    InputError, UsageError
        As of `spatial_scan`.

    Notes
    -----
    Cylinders that end today (Kulldorff 2001, J. R. Stat. Soc. A 164:61), with the total of each
    bin given, so that a month in which the whole city reports more is no cluster. In the simulated
    maps an area keeps its gamma variable through all bins, as a place that changes does.
    """
    counts, weight, points = _areas(cases, population, x, y)
    return _scan(
        counts, weight, points,
        max_share=max_share, simulations=simulations, seed=seed, alpha=alpha,
    )  # fmt: skip


def usual_alpha(past: ArrayLike) -> float:
    r"""How much the share of an area in one bin of time usually differs from that in the others.

    Parameters
    ----------
    past
        Episodes per area and bin, shape (n, bins), two bins at least.

    Returns
    -------
    float
        Relative variance, in [0, 100]; 0 where a Poisson number of episodes differs as much.

    Raises
    ------
    InputError
        If a number is negative or not finite, or there are not two bins.

    Notes
    -----
    Each bin is held against the others: area i expects
    :math:`T_b\,(N_i - y_{ib} + 1) / \sum_j (N_j - y_{jb} + 1)` of the T episodes of bin b, where N
    are the counts of all bins. The extra episode keeps places without a past from being
    impossible.
    """
    y = checked_counts(past, name="past")
    if y.ndim != 2 or y.shape[1] < 2:
        msg = f"past has shape {y.shape}: give (areas, bins), with two bins at least"
        raise InputError(msg)
    others = y.sum(axis=1, keepdims=True) - y + 1
    expected = y.sum(axis=0) * others / np.maximum(others.sum(axis=0), 1)
    known = expected > 0
    return fit_alpha(y[known], expected[known])


def _scan(
    counts: IntArray,
    weight: FloatArray,
    points: FloatArray,
    *,
    max_share: float,
    simulations: int,
    seed: int,
    alpha: float,
) -> pd.DataFrame:
    """Search the last bins of the counts, shape (n, bins), and as many maps of chance."""
    _check_options(max_share=max_share, simulations=simulations, alpha=alpha)
    windows = _windows(counts.T)
    if not windows.any() or len(weight) < 2:
        return pd.DataFrame(_columns([]))
    circles = _circles(points, weight / weight.sum(), limit=max_share)
    clusters = _disjoint(circles, windows)
    if clusters:
        rng = np.random.default_rng(seed)
        shares, totals = weight / weight.sum(), counts.sum(axis=0)
        best = np.concatenate([
            circles.largest(_windows(_draw(rng, shares, totals=totals, alpha=alpha, many=many)))
            for many in _parts(simulations)
        ])  # fmt: skip
        for cluster in clusters:
            reached = (best >= cluster.llr * (1 - _ROUNDING)).sum()
            cluster.p = (1 + reached) / (1 + simulations)
    return pd.DataFrame(_columns(clusters))


def _windows(cases: IntArray) -> IntArray:
    """From (..., bins, n) to the sums of the last bin, the last two, and so on."""
    return np.cumsum(cases[..., ::-1, :], axis=-2)


def _parts(simulations: int) -> list[int]:
    """So many maps at a time as memory holds with ease."""
    return [min(_AT_ONCE, simulations - done) for done in range(0, simulations, _AT_ONCE)]


@dataclass(eq=False)
class _Cluster:
    """One row of the answer."""

    llr: float
    cases: int
    expected: float
    rr: float
    bins: int
    members: tuple[int, ...]
    p: float = 1.0


@dataclass(frozen=True, eq=False)
class _Circles:
    """The circles around every centre.

    Row i of `order`, shape (n, widest), holds the areas by distance from centre i. Where `whole`,
    same shape, a circle ends; it holds the areas up to there, and `share` of the expectation.
    """

    order: IntArray
    whole: BoolArray
    share: FloatArray

    def sums(self, values: ArrayLike) -> NDArray[Any]:
        """The sum over the areas of each circle."""
        return np.cumsum(np.asarray(values)[self.order], axis=1)[self.whole]

    def members(self, circle: int) -> IntArray:
        """The areas of a circle, nearest to the centre first."""
        row, end = (index[circle] for index in np.nonzero(self.whole))
        return self.order[row, : end + 1]

    def ratios(self, cases: IntArray) -> FloatArray:
        """The log-likelihood ratio of each circle, 0 where it does not hold more than it should.

        Ends with a 0 that belongs to no circle, so that there is always a largest one.
        """
        total = cases.sum()
        c, e = self.sums(cases), self.share[self.whole] * total
        ratio = np.zeros(len(c) + 1)
        many = np.flatnonzero((c > e) & (c >= _FEWEST_CASES))
        c, e = c[many], e[many]
        ratio[many] = special.xlogy(c, c / e) + special.xlogy(total - c, (total - c) / (total - e))
        return ratio

    def largest(self, maps: IntArray) -> FloatArray:
        """The largest ratio of each map, shape (maps, windows, n)."""
        from geo._scan_ratios import largest_ratios  # noqa: PLC0415 - numba takes a while to load

        found: FloatArray = largest_ratios(maps, self.order, self.whole, self.share, _FEWEST_CASES)
        return found


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
    """Cases, shape (n, bins), population and points, shape (n, 2), if they can be scanned."""
    counts = checked_counts(cases, name="cases")
    weight = checked_counts(population, name="population")
    across, up = (np.asarray(values, dtype=np.float64) for values in (x, y))
    shapes = [counts.shape[:1], *(array.shape for array in (weight, across, up))]
    if counts.ndim != 2 or weight.ndim != 1 or len({*shapes}) > 1:
        msg = f"cases, population, x and y have the shapes {shapes}: give one of each per area"
        raise InputError(msg)
    if (counts != np.floor(counts)).any():
        msg = f"cases holds {counts[counts != np.floor(counts)][0]}: cases are whole numbers"
        raise InputError(msg)
    alone = counts.any(axis=1) & (weight == 0)
    if alone.any():
        found = f"area {alone.argmax()} has {counts[alone][0].sum():.0f} cases"
        msg = f"{found} and no population: leave it out, or give it one"
        raise InputError(msg)
    points = np.column_stack([across, up])
    if not np.isfinite(points).all():
        msg = (
            f"area {(~np.isfinite(points).all(axis=1)).argmax()} has no finite point: leave it out"
        )
        raise InputError(msg)
    return counts.astype(np.int64), weight, points


def _circles(points: FloatArray, shares: FloatArray, *, limit: float) -> _Circles:
    """Every circle that does not part areas at one distance and expects no more than `limit`."""
    distance = np.hypot(*(points[:, None] - points).T)
    order = np.argsort(distance, axis=1, kind="stable")
    distance = np.take_along_axis(distance, order, axis=1)
    farther = np.diff(distance, axis=1, append=np.inf) > _ROUNDING * distance
    whole = farther & (np.cumsum(shares[order], axis=1) <= limit * (1 + _ROUNDING))
    widest = np.flatnonzero(whole.any(axis=0)).max(initial=0) + 1
    order = np.ascontiguousarray(order[:, :widest])
    share = np.cumsum(shares[order], axis=1)
    return _Circles(order, np.ascontiguousarray(whole[:, :widest]), share)


def _disjoint(circles: _Circles, windows: IntArray) -> list[_Cluster]:
    """The likeliest circle; then the likeliest that shares no area with those before; and so on."""
    clusters, ratios = [], np.array([circles.ratios(cases) for cases in windows])
    taken = np.zeros(windows.shape[1], dtype=bool)
    share = circles.share[circles.whole]
    while ratios.max() > 0:
        window, best = divmod(int(ratios.argmax()), ratios.shape[1])
        members, llr = circles.members(best), float(ratios[window, best])
        clusters.append(
            _cluster(members, windows[window], float(share[best]), llr=llr, bins=window + 1)
        )
        taken[members] = True
        ratios[:, :-1][:, circles.sums(taken) > 0] = 0.0
    return clusters


def _cluster(
    members: IntArray, cases: IntArray, share: float, *, llr: float, bins: int
) -> _Cluster:
    total = int(cases.sum())
    inside, expected = int(cases[members].sum()), share * total
    within, without = inside / expected, (total - inside) / (total - expected)
    rr = within / without if total > inside else np.inf
    return _Cluster(llr, inside, expected, float(rr), bins, tuple(members.tolist()))


def _draw(
    rng: np.random.Generator, shares: FloatArray, *, totals: IntArray, alpha: float, many: int
) -> IntArray:
    """Maps of chance with the same number of cases in each bin, shape (many, bins, n)."""
    rates = np.broadcast_to(shares, (many, len(shares)))
    if alpha > ALPHA_RANGE[0]:
        spread = rng.gamma(1 / alpha, alpha, rates.shape)
        rates = rates * (spread + np.finfo(float).tiny)  # lest all are zero
    rates = rates / rates.sum(axis=1, keepdims=True)
    return np.stack([rng.multinomial(total, rates) for total in totals], axis=1)


def _columns(clusters: list[_Cluster]) -> dict[str, pd.Series]:
    return {
        name: pd.Series([getattr(cluster, name) for cluster in clusters], dtype=dtype)
        for name, dtype in _COLUMNS.items()
    }
