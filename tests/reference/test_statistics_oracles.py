"""Other people's implementations, used with the arguments that make them right."""

from __future__ import annotations

from pathlib import Path

import libpysal
import numpy as np
import pymannkendall
import pyogrio
import pytest
from esda.getisord import G_Local
from esda.smoothing import Empirical_Bayes, Spatial_Empirical_Bayes
from libpysal.weights import DistanceBand, W, lat2W

from geo.statistics.gi_star import gi_star, gi_star_map
from geo.statistics.local_smoothing import local_empirical_bayes
from geo.statistics.smoothing import empirical_bayes
from geo.statistics.trend import mann_kendall


@pytest.mark.parametrize("seed", range(5))
def test_mann_kendall_is_that_of_pymannkendall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    series = rng.poisson(2.0, rng.integers(4, 30))
    ours, theirs = mann_kendall(series), pymannkendall.original_test(series)
    assert ours == pytest.approx((theirs.s, theirs.var_s, theirs.z, theirs.p))


def test_mann_kendall_of_the_table() -> None:
    # Nine values with ties, as pymannkendall 1.4.3 prints them.
    found = mann_kendall([23, 24, 29, 6, 29, 24, 24, 29, 23])
    assert found.s == 3
    assert [round(float(n), 4) for n in (found.var_s, found.z, found.p)] == [
        83.6667,
        0.2187,
        0.8269,
    ]


def test_gi_star_of_six_points() -> None:
    # The example of esda's G_Local, whose analytic scores are right for binary weights only.
    points = [(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)]
    values = np.array([2, 3, 3.2, 5, 8, 7])
    near = DistanceBand(points, threshold=15)
    scores = gi_star(values, near.sparse + np.eye(6))
    theirs = G_Local(values, near, transform="B", star=True, permutations=0).Zs
    np.testing.assert_allclose(scores, theirs)
    printed = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    np.testing.assert_allclose(scores, printed, atol=5e-9)


def test_gi_star_of_a_map() -> None:
    counts = np.random.default_rng(1).poisson(0.7, (9, 11))
    near = lat2W(9, 11, rook=False)
    theirs = G_Local(counts.ravel(), near, transform="B", star=True, permutations=0).Zs
    np.testing.assert_allclose(gi_star_map(counts).ravel(), theirs)


def marshall(events: np.ndarray, people: np.ndarray) -> np.ndarray:
    """The moment estimator of Marshall 1991, Applied Statistics 40:283."""
    rate, common = events / people, events.sum() / people.sum()
    within = (people * (rate - common) ** 2).sum() / people.sum()
    between = max(within - common / people.mean(), 0)
    return common + (rate - common) * between / (between + common / people)


def test_global_smoothing_beside_marshall_on_sudden_infant_deaths() -> None:
    # Sudden infant deaths in the hundred counties of North Carolina, 1974 to 1978.
    table = pyogrio.read_dataframe(libpysal.examples.get_path("sids2.shp"), read_geometry=False)
    deaths, births = table["SID74"].to_numpy(), table["BIR74"].to_numpy()
    theirs = Empirical_Bayes(deaths, births).r.ravel()
    np.testing.assert_allclose(marshall(deaths, births), theirs)
    printed = [0.0016973, 0.0017054, 0.0017731, 0.0020129, 0.0035349]
    np.testing.assert_allclose(theirs[:5], printed, atol=5e-8)
    # Ours fits the spread by likelihood, not by moments: the same order, a little more shrinkage.
    common = deaths.sum() / births.sum()
    ours = empirical_bayes(deaths, births * common)["smr_eb"] * common
    assert np.corrcoef(ours, theirs)[0, 1] > 0.998
    np.testing.assert_allclose(ours, theirs, rtol=0.1)


def test_local_smoothing_beside_marshall_on_homicides() -> None:
    # Homicides in 78 counties around St. Louis, 1979 to 1984.
    table = pyogrio.read_dataframe(libpysal.examples.get_path("stl_hom.shp"), read_geometry=False)
    deaths, people = table["HC7984"].to_numpy(), table["PO7984"].to_numpy()
    lines = Path(libpysal.examples.get_path("stl.gal")).read_text().splitlines()
    rows = [line.split() for line in lines[1:]]
    neighbours = {key[0]: row for key, row in zip(rows[::2], rows[1::2], strict=True)}
    near = W(neighbours, id_order=list(neighbours))
    globally = Empirical_Bayes(deaths, people).r.ravel()
    locally = Spatial_Empirical_Bayes(deaths, people, near).r.ravel()
    np.testing.assert_allclose(globally[:2], [2.36718950e-05, 4.54539167e-05], rtol=1e-8)
    np.testing.assert_allclose(locally[:2], [4.01485749e-05, 3.62437513e-05], rtol=1e-8)
    common = deaths.sum() / people.sum()
    ours = local_empirical_bayes(deaths, people * common, near.sparse)["smr_eb"] * common
    assert np.corrcoef(ours, locally)[0, 1] > 0.98
