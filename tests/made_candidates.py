"""Made-up plan candidates: beats of some rewirs, each with a few problems."""

from __future__ import annotations

import numpy as np
import pandas as pd


def make_candidates(many: int = 60, *, seed: int = 1, beats: int = 30) -> pd.DataFrame:
    """Candidates with every column that scores, ranks and allocations need."""
    rng = np.random.default_rng(seed)
    beat = np.arange(many) % beats
    return pd.DataFrame(
        {
            "beat_id": [f"B-{number:03d}" for number in beat],
            "rewir_id": [f"R-{number % 6}" for number in beat],
            "category_group": rng.choice(["alcohol-drugs", "greenery", "poverty"], many),
            "actionable": rng.random(many) < 0.9,
            "volume": rng.gamma(2, 5, many) + 0.01,
            "volume_alpha": rng.uniform(0.02, 0.4, many),
            "confirmed_a": rng.uniform(3, 20, many),
            "confirmed_b": rng.uniform(3, 20, many),
            "harm": rng.choice([1.0, 2.0, 5.0, 10.0], many),
            "eliminated_a": 9.0,
            "eliminated_b": 1.0,
            "n_reports": rng.integers(0, 40, many),
            "n_confirmed": rng.integers(0, 20, many),
            "low_information": rng.random(many) < 0.3,
            "hours": rng.choice([16.0, 24.0], many),
        },
        index=pd.Index([f"c{number}" for number in range(many)], name="candidate_id"),
    )
