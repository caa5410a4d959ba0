"""Which areas hide their numbers in a period: small ones, and those that would give them away.

The counts of an area are those of its parts, of its parent and of the levels laid over it, so a
hidden number can often be found by subtraction. Here that is a question of linear algebra: every
area is a set of pieces (what no border of any level cuts), a published number is the sum of its
pieces, and a hidden one follows exactly if its set of pieces is a combination of published sets.
Then the smallest area without which it does not is hidden as well.

An area hides the numbers of all category groups at once, so that none follows from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.layers.area_counts import COUNTS

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    hidden = {level: flags.copy() for level, flags in small.items()}
    for period in range(next(iter(small.values())).shape[1]):
        open_ = _Open({level: ~flags[:, period] for level, flags in hidden.items()}, pieces)
        for level, flags in small.items():
            for area in np.flatnonzero(flags[:, period]):
                _protect(open_, pieces[level][area].astype(float), residents)
        for level, shown in open_.shown.items():
            hidden[level][:, period] = ~shown
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


@dataclass(frozen=True, eq=False)
class _Open:
    """What is shown in one period: level id to booleans, one per area; and its pieces."""

    shown: dict[str, BoolArray]
    pieces: Mapping[str, BoolArray]

    def areas(self) -> list[tuple[str, int]]:
        """Every area that is shown, as level and row."""
        return [(level, i) for level, f in self.shown.items() for i in np.flatnonzero(f).tolist()]

    def without(self, area: tuple[str, int]) -> _Open:
        """The same with one more area hidden."""
        level, row = area
        flags = self.shown[level].copy()
        flags[row] = False
        return _Open({**self.shown, level: flags}, self.pieces)

    def telling(self, wanted: FloatArray) -> list[tuple[str, int]]:
        """Areas from whose numbers that of a set of pieces follows; none if it does not."""
        areas = self.areas()
        vectors = [self.pieces[level][row] for level, row in areas]
        # The sum of a level that hides something is known all the same: what lies in no area is
        # published, and a level that hides nothing tells the total.
        if any(flags.all() for flags in self.shown.values()):
            vectors += [rows.sum(axis=0) for rows in self.pieces.values()]
        if not vectors:
            return []
        table = np.array(vectors, dtype=np.float64).T
        weights, *_ = np.linalg.lstsq(table, wanted, rcond=None)
        if np.abs(table @ weights - wanted).max() > _TOLERANCE:
            return []
        real = np.abs(weights[: len(areas)]) > _TOLERANCE
        return [area for area, part in zip(areas, real, strict=True) if part] or areas


def _protect(open_: _Open, wanted: FloatArray, residents: Mapping[str, FloatArray]) -> None:
    """Hide the smallest area that is enough; where none is, the smallest, and look again."""
    while used := open_.telling(wanted):
        by_size = sorted(used, key=lambda one: _size(one, residents))
        enough = (one for one in by_size if not open_.without(one).telling(wanted))
        level, row = next(enough, by_size[0])
        open_.shown[level][row] = False


def _size(area: tuple[str, int], residents: Mapping[str, FloatArray]) -> tuple[float, str, int]:
    level, row = area
    persons = float(residents[level][row])
    return (persons if np.isfinite(persons) else np.inf, level, row)
