"""The scan statistic and Knox's test on the data sets that everybody tries them on."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal import examples
from pointpats.spacetime import Knox

from geo.statistics.knox import knox_test
from geo.statistics.scan import spatial_scan

# Leukaemia in 281 census tracts of upstate New York, 1978-1982, cases rounded down: Turnbull et al.
# 1990, Am. J. Epidemiol. 132:136; Waller and Gotway 2004. Centroids in degrees, taken as a plane.
NEW_YORK = Path(__file__).parent / "data" / "new_york_leukaemia.csv"

# SaTScan 9.6, discrete Poisson, high rates: location ids of the first cluster, from 1.
FIRST_OF_TENTH = [*(49, 48, 50, 47, 1, 15, 51, 2, 13, 14, 3, 35, 16, 52, 36, 37, 12, 11, 5, 17),
                  *(10, 4, 6, 38, 18, 9)]  # fmt: skip
FIRST_OF_HALF = [*(52, 50, 37, 49, 38, 48, 53, 39, 15, 47, 51, 1, 40, 44, 16, 2, 55, 36, 14, 43),
                 *(13, 45, 3, 35, 17, 11, 12, 46)]  # fmt: skip


@pytest.mark.parametrize(
    ("max_share", "ratios", "members"),
    [
        (
            0.10,
            [11.577255, 9.019716, 6.114140, 4.651839, 4.169203, 3.363518, 3.209485],
            FIRST_OF_TENTH,
        ),
        (0.50, [14.083511, 9.019716, 6.114140, 4.651839, 3.363518, 3.209485], FIRST_OF_HALF),
    ],
)
def test_satscan_on_leukaemia_in_new_york(
    max_share: float, ratios: list[float], members: list[int]
) -> None:
    tracts = pd.read_csv(NEW_YORK)
    assert (tracts["cases"].sum(), tracts["population"].sum()) == (552, 1_057_673)
    data = (tracts[name] for name in ("cases", "population", "longitude", "latitude"))
    clusters = spatial_scan(*data, max_share=max_share, simulations=199, seed=1)
    assert clusters["llr"].round(6).tolist()[: len(ratios)] == ratios
    assert [member + 1 for member in clusters["members"][0]] == members
    # 0.001, 0.013 and 0.976 in SaTScan; 0.00015, 0.016 and 0.982 with half of the population.
    assert clusters["p"][0] <= 0.02
    assert clusters["p"][1] == pytest.approx(0.015, abs=0.03)
    assert clusters["p"][len(ratios) - 1] > 0.9


def test_the_rows_that_satscan_prints() -> None:
    tracts = pd.read_csv(NEW_YORK)
    data = (tracts[name] for name in ("cases", "population", "longitude", "latitude"))
    clusters = spatial_scan(*data, simulations=1, seed=1).round(2)
    assert clusters.loc[0, ["cases", "expected", "rr"]].tolist() == [85, 49.71, 1.84]
    assert clusters.loc[1, ["cases", "expected", "rr"]].tolist() == [38, 17.79, 2.22]
    assert clusters.loc[6, ["cases", "expected", "rr"]].tolist() == [11, 4.61, 2.41]


def test_burkitts_lymphoma_in_uganda() -> None:
    """13 pairs against 10.1438, as in pointpats; its Poisson p leaves out the 13th pair itself."""
    cases = gpd.read_file(examples.get_path("burkitt.shp"))
    near = {"distance_m": 20, "gap_days": 5}
    test = knox_test(cases["X"], cases["Y"], cases["T"], **near, simulations=999, seed=1)
    oracle = Knox(cases[["X", "Y"]].to_numpy(), cases[["T"]].to_numpy(), delta=20, tau=5,
                  permutations=0)  # fmt: skip
    assert test.observed == oracle.nst == 13
    assert test.expected == pytest.approx(oracle.expected[0, 0])
    assert round(test.expected, 4) == 10.1438
    assert round(test.p_poisson, 4) == 0.2223
    assert oracle.p_poisson < test.p_poisson
    assert test.p_value == pytest.approx(0.21, abs=0.05)
    assert np.isfinite(test).all()
