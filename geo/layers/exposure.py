"""What the expected number of an area is shared out by: learned, not chosen.

Residents explain noise, streets explain parking, land explains dumping. So each category group has
its own mixture of what the city knows of its areas; its weights are fitted to the finest level by
expectation maximisation and then used on every level, so that the expectation of a komisariat is
that of its beats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.statistics.background import mixture_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

__all__ = ["Exposure", "fit_exposure"]


@dataclass(frozen=True, eq=False)
class Exposure:
    """Shares of the expectation.

    Attributes
    ----------
    weights
        Group to component to weight, sum 1.
    shares
        Level id to (areas, groups): the share of each area, each column of sum 1.
    used
        Group to the mixture in words, as published in `exposure_used`.
    """

    weights: Mapping[str, Mapping[str, float]]
    shares: Mapping[str, FloatArray]
    used: Mapping[str, str]


def fit_exposure(
    episodes: FloatArray,
    denominators: Mapping[str, pd.DataFrame],
    *,
    groups: Sequence[str],
    components: Sequence[str],
) -> Exposure:
    r"""Learn the mixture of each group from the finest level, and share it out on every level.

    Parameters
    ----------
    episodes
        Episodes per area of the first level, over all periods, shape (areas, groups).
    denominators
        Level id, finest first, to residents, addresses, streets, land per area.
    groups
        Ids of the groups.
    components
        Which columns of the denominators to mix; one that is unknown for an area, or zero all
        over the level, is left out.

    Returns
    -------
    Exposure
        Weights, shares and their description.

    Notes
    -----
    With :math:`x_{ik}` the share of area i in component k and y the counts, 60 rounds of

    .. math:: w_k \propto \sum_i y_i \frac{w_k x_{ik}}{\sum_j w_j x_{ij}}

    from equal weights: the likeliest Poisson mixture, as for the background of hot spots.
    """
    known = _known(next(iter(denominators.values())), components)
    finest, *_ = (_component_shares(table, known) for table in denominators.values())
    weights = np.array(
        [mixture_weights(episodes[:, g].astype(float), finest) for g in range(len(groups))]
    )
    return Exposure(
        {
            g: dict(zip(known, row.tolist(), strict=True))
            for g, row in zip(groups, weights, strict=True)
        },
        {
            level: _component_shares(table, known).T @ weights.T
            for level, table in denominators.items()
        },
        {g: _words(known, row) for g, row in zip(groups, weights, strict=True)},
    )


def _known(table: pd.DataFrame, components: Sequence[str]) -> list[str]:
    """Land is always known, so that there is always something to share out by."""
    usable = [c for c in components if np.isfinite(table[c]).all() and table[c].sum() > 0]
    return usable or ["land"]


def _component_shares(table: pd.DataFrame, known: Sequence[str]) -> FloatArray:
    """Shape (components, areas), each row of sum 1."""
    parts = np.nan_to_num(table[list(known)].to_numpy(dtype=float).T)
    total = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, total, out=np.zeros(parts.shape), where=total > 0)


def _words(known: Sequence[str], weights: FloatArray) -> str:
    parts = sorted(zip(-weights, known, strict=True))
    return " + ".join(f"{-w * 100:.0f} % {name}" for w, name in parts if -w >= 0.005)
