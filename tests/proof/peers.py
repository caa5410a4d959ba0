"""What others do with the same map, by their defaults."""

from __future__ import annotations

import warnings
from functools import cache

import libpysal
import numpy as np
from esda.getisord import G_Local
from scipy import stats

from geo.statistics.comparison import benjamini_hochberg
from geo.statistics.emerging import emerging_pattern
from geo.statistics.gi_star import gi_star_map

HOT_Z = 1.96


def gi_star_bh(counts: np.ndarray, *, mask: np.ndarray | None = None) -> np.ndarray:
    """Gi* with its normal p-values, one-sided, and Benjamini-Hochberg at 5 %: the hot cells."""
    inside = np.ones(counts.shape, dtype=bool) if mask is None else mask
    hot = np.zeros(counts.shape, dtype=bool)
    hot[inside] = benjamini_hochberg(stats.norm.sf(gi_star_map(counts, mask=mask)[inside])) <= 0.05
    return hot


@cache
def _neighbours(rows: int, columns: int) -> libpysal.weights.W:
    return libpysal.weights.lat2W(rows, columns, rook=False)


def esda_p(counts: np.ndarray, *, seed: int) -> np.ndarray:
    """`p_sim` of esda's `G_Local` with all its defaults (only the seed and one process are set)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = G_Local(
            counts.ravel().astype(float), _neighbours(*counts.shape), n_jobs=1, seed=seed
        )
    return np.asarray(found.p_sim).reshape(counts.shape)


def older_labels(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Emerging labels without a gate, by today's wording and by the older one.

    A bin is hot or cold by the Gi* of its own map at 1.96. The older wording calls a cell
    sporadic that was hot in any bin, not only in the last, and never cold.
    """
    z = np.stack([gi_star_map(bin_) for bin_ in counts]).reshape(len(counts), -1).T
    hot, cold = z > HOT_Z, z < -HOT_Z
    today = emerging_pattern(hot, z, cold=cold)["pattern"].to_numpy()
    ever = hot.any(axis=1) & ~cold.any(axis=1) & (hot.mean(axis=1) < 0.9)
    older = np.where((today == "none") & ever, "sporadic", today)
    return today.reshape(counts.shape[1:]), older.reshape(counts.shape[1:])
