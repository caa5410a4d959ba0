"""Which areas hide their numbers in a period: small ones, and those that would give them away.

The counts of an area are those of its parts, of its parent and of the levels laid over it, so a
hidden number can often be found by subtraction. Here that is a question of linear algebra: every
area is a set of pieces (what no border of any level cuts), a published number is the sum of its
pieces, and a hidden one follows exactly if its set of pieces is a combination of published sets.
Then the smallest area of that combination is hidden as well, and the question is asked again.

An area hides the numbers of all category groups at once, so that none follows from the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.layers.area_counts import COUNTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.layers.area_counts import AreaCounts
    from geo.layers.levels import MetricLevels

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["area_pieces", "hide_areas", "small_counts"]

_TOLERANCE = 1e-6


def small_counts(
    counts: AreaCounts, residents: FloatArray, *, least_count: int, least_residents: float
) -> BoolArray:
    """Areas that must hide their numbers for themselves.

    Parameters
    ----------
    counts
        Counts of one level.
    residents
        Residents of its areas, NaN where unknown.
    least_count, least_residents
        Limits of the rules.

    Returns
    -------
    ndarray
        (areas, periods) booleans: fewer residents than the limit, and some count of some group
        between 1 and the limit.
    """
    small = np.zeros(counts["n_reports"].shape[:2], dtype=bool)
    for name in COUNTS:
        small |= ((counts[name] > 0) & (counts[name] < least_count)).any(axis=2)
    return small[:-1] & (residents < least_residents)[:, None]


def hide_areas(
    small: Mapping[str, BoolArray],
    residents: Mapping[str, FloatArray],
    pieces: Mapping[str, BoolArray],
) -> dict[str, BoolArray]:
    """Add the areas without which a hidden number could be found by subtraction.

    Parameters
    ----------
    small
        Level id to (areas, periods): what must be hidden.
    residents
        Level id to residents per area; of two areas that would do, the smaller one is hidden.
    pieces
        Level id to (areas, pieces): which pieces each area consists of, from `area_pieces`.

    Returns
    -------
    dict
        Level id to (areas, periods) booleans, at least `small`.
    """
    levels = list(small)
    hidden = {level: flags.copy() for level, flags in small.items()}
    periods = next(iter(small.values())).shape[1]
    for period in range(periods):
        primary = {level: np.flatnonzero(small[level][:, period]) for level in levels}
        for level in levels:
            for area in primary[level].tolist():
                _protect(hidden, level, area, period=period, residents=residents, pieces=pieces)
    return hidden


def area_pieces(
    levels: MetricLevels, x: NDArray[np.float64], y: NDArray[np.float64]
) -> dict[str, BoolArray]:
    """Which pieces each area consists of, told by points that lie in them.

    Parameters
    ----------
    levels
        The city's areas.
    x, y
        Points all over the city, metres in its metric CRS. A piece without a point is taken for
        empty, which can only hide more.

    Returns
    -------
    dict
        Level id to (areas, pieces) booleans.
    """
    area = levels.assign(x, y)
    found = np.unique(np.stack(list(area.values())), axis=1)
    return {
        level: np.arange(len(frame))[:, None] == pieces[None, :]
        for (level, frame), pieces in zip(levels.frames.items(), found, strict=True)
    }


def _protect(
    hidden: dict[str, BoolArray],
    level: str,
    area: int,
    *,
    period: int,
    residents: Mapping[str, FloatArray],
    pieces: Mapping[str, BoolArray],
) -> None:
    """Hide further areas until the numbers of this one do not follow from those published."""
    wanted = pieces[level][area].astype(float)
    while True:
        published = [
            (name, row)
            for name in hidden
            for row in np.flatnonzero(~hidden[name][:, period]).tolist()
        ]
        vectors = _published_vectors(hidden, published, period=period, pieces=pieces)
        weights = _combination(vectors, wanted)
        used = [] if weights is None else _used(published, weights)
        if not used:
            return
        name, row = min(used, key=lambda one: _size(one, residents))
        hidden[name][row, period] = True


def _published_vectors(
    hidden: Mapping[str, BoolArray],
    published: Sequence[tuple[str, int]],
    *,
    period: int,
    pieces: Mapping[str, BoolArray],
) -> FloatArray:
    """What is published, as sets of pieces: areas, and the sum of each level.

    The sum of a level that hides something is known all the same, because what lies in no area is
    published and another level tells the total.
    """
    rows = [pieces[name][row].astype(float) for name, row in published]
    if any(not flags[:, period].any() for flags in hidden.values()):
        rows += [pieces[name].sum(axis=0, dtype=float) for name in hidden]
    return np.array(rows, dtype=float).reshape(len(rows), -1)


def _combination(vectors: FloatArray, wanted: FloatArray) -> FloatArray | None:
    """Weights with which the vectors add up to the wanted one, None if there are none."""
    if not len(vectors):
        return None
    weights, *_ = np.linalg.lstsq(vectors.T, wanted, rcond=None)
    exact = np.abs(vectors.T @ weights - wanted).max(initial=0.0) < _TOLERANCE
    return np.asarray(weights, dtype=np.float64) if exact else None


def _used(published: Sequence[tuple[str, int]], weights: FloatArray) -> list[tuple[str, int]]:
    """Areas that take part in a combination; any of them if only sums of levels do."""
    real = np.abs(weights[: len(published)]) > _TOLERANCE
    used = [one for one, part in zip(published, real, strict=True) if part]
    return used or list(published)


def _size(area: tuple[str, int], residents: Mapping[str, FloatArray]) -> tuple[float, str, int]:
    level, row = area
    persons = residents[level][row]
    return (persons if np.isfinite(persons) else np.inf, level, row)
