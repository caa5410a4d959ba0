"""What holds for any counts: of trends, patterns, densities, shares, funnels and profiles."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.statistics.confirmation import beta_posterior, confirmation
from geo.statistics.density import kernel_density
from geo.statistics.emerging import PLAIN_OF, emerging_pattern
from geo.statistics.emerging_map import emerging_map
from geo.statistics.funnel import funnel
from geo.statistics.gi_star import gi_star_map
from geo.statistics.local_smoothing import local_empirical_bayes
from geo.statistics.stability import stability
from geo.statistics.time_profile import aoristic_weights, time_profile
from geo.statistics.trend import mann_kendall

QUICK = settings(deadline=None, max_examples=50)
SIDES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=7)
MAPS = hnp.arrays(np.int64, SIDES, elements=st.integers(0, 1_000))
SERIES = hnp.arrays(float, st.integers(0, 20), elements=st.integers(-5, 5) | st.floats(-9, 9))
FLAGS = hnp.arrays(np.int8, st.tuples(st.integers(0, 5), st.integers(1, 14)),
                   elements=st.integers(-1, 1))  # fmt: skip


@given(SERIES)
@QUICK
def test_a_series_turned_round_has_the_opposite_trend(values: np.ndarray) -> None:
    forth, back, negative = (mann_kendall(v) for v in (values, values[::-1], -values))
    assert forth.s == -back.s == -negative.s
    assert forth.var_s == back.var_s >= 0
    assert forth.p == back.p == negative.p
    assert 0 <= forth.p <= 1


@given(SERIES, st.floats(0.1, 10))
@QUICK
def test_only_the_order_of_values_makes_a_trend(values: np.ndarray, factor: float) -> None:
    ranks = pd.Series(values).rank(method="dense").to_numpy()
    np.testing.assert_array_equal(mann_kendall(values), mann_kendall(factor * ranks + 1))


@given(FLAGS, st.data())
@QUICK
def test_every_area_has_one_pattern_that_its_last_bin_allows(
    flags: np.ndarray, data: st.DataObject
) -> None:
    values = data.draw(hnp.arrays(float, flags.shape, elements=st.floats(-9, 9)))
    hot = flags > 0
    table = emerging_pattern(hot, values, cold=flags < 0)
    assert set(table["pattern"]) <= set(PLAIN_OF)
    own = ~table["pattern"].isin(["none", "sporadic", "oscillating"])
    assert (table["plain"][own] == table["pattern"][own].map(PLAIN_OF)).all()
    # Without a change that is sure, what comes and goes is lasting or nothing.
    assert set(table["plain"][~own]) <= {"persistent", "none"}
    cold_now = ~hot[:, -1]
    assert table["pattern"][cold_now].isin(["historical", "none"]).all()
    assert (table["pattern"][~cold_now] != "historical").all()
    assert (table["pattern"][~hot.any(axis=1)] == "none").all()
    few = emerging_pattern(hot, values, cold=flags < 0, events=np.zeros(len(hot)))
    assert not few["pattern"].isin(["intensifying", "diminishing"]).any()


@given(st.integers(1, 4), SIDES, st.data())
@QUICK
def test_a_map_of_patterns_is_never_undefined(
    bins: int, shape: tuple[int, int], data: st.DataObject
) -> None:
    counts = data.draw(hnp.arrays(np.int64, (bins, *shape), elements=st.integers(0, 30)))
    mask = data.draw(hnp.arrays(bool, shape))
    found = emerging_map(counts, mask=mask)
    assert (found.pattern[~found.gate] == "none").all()
    assert not found.gate[~mask].any()
    assert np.isfinite(found.mk_z).all()
    assert ((found.mk_p >= 0) & (found.mk_p <= 1)).all()
    assert (found.hot_bins <= bins).all()


@given(MAPS, st.data(), st.floats(1, 5_000), st.floats(10, 1_000))
@QUICK
def test_a_density_keeps_its_mass(
    counts: np.ndarray, data: st.DataObject, bandwidth_m: float, cell_m: float
) -> None:
    shares = st.just(0.0) | st.just(1.0) | st.floats(1e-6, 1)
    inside = data.draw(hnp.arrays(float, counts.shape, elements=shares))
    density = kernel_density(counts, cell_m=cell_m, bandwidth_m=bandwidth_m, inside=inside)
    assert (density >= 0).all()
    mass = (density * inside).sum() * cell_m**2 / 1e6
    np.testing.assert_allclose(mass, counts[inside > 0].sum(), rtol=1e-9, atol=1e-9)


@given(MAPS, st.data())
@QUICK
def test_scores_are_finite_and_do_not_mind_how_the_map_is_turned(
    counts: np.ndarray, data: st.DataObject
) -> None:
    mask = data.draw(hnp.arrays(bool, counts.shape))
    z = gi_star_map(counts, mask=mask)
    assert np.isfinite(z).all()
    assert (z[~mask] == 0).all()
    turned = gi_star_map(np.rot90(counts), mask=np.rot90(mask))
    np.testing.assert_allclose(turned, np.rot90(z), rtol=1e-7, atol=1e-7)


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.01, 0.99), st.floats(0.5, 500))
@QUICK
def test_a_share_lies_between_what_was_seen_and_what_was_expected(
    confirmed: int, unconfirmed: int, mean: float, strength: float
) -> None:
    verified = confirmed + unconfirmed
    row = beta_posterior([confirmed], [verified], mean=mean, strength=strength).iloc[0]
    low, high = sorted([confirmed / verified if verified else mean, mean])
    assert low - 1e-9 <= row["conf_rate_eb"] <= high + 1e-9
    assert 0 <= row["conf_rate_lo"] <= row["conf_rate_hi"] <= 1


@st.composite
def verdicts(draw: st.DrawFn) -> pd.DataFrame:
    many = draw(st.integers(0, 25))
    counts = draw(hnp.arrays(np.int64, (many, 3), elements=st.integers(0, 40)))
    table = pd.DataFrame(counts, columns=["n_confirmed", "n_pending", "n_unconfirmed"])
    for name, values in (("category", "abc"), ("unit", "AB")):
        picked = st.lists(st.sampled_from(values), min_size=many, max_size=many)
        table[name] = pd.Series(draw(picked), dtype="str")
    return table


@given(verdicts())
@settings(QUICK, max_examples=25)
def test_expected_lies_between_confirmed_and_all(counts: pd.DataFrame) -> None:
    table = confirmation(counts)
    assert table.notna().all(axis=None)
    assert (table["n_expected_confirmed"] >= table["n_confirmed"]).all()
    assert (table["n_expected_confirmed"] <= table["n_all"]).all()
    assert table["conf_rate_eb"].between(0, 1).all()


@st.composite
def areas(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    many = draw(st.integers(1, 30))
    observed = draw(hnp.arrays(np.int64, many, elements=st.integers(0, 300)))
    expected = draw(hnp.arrays(float, many, elements=st.just(0.0) | st.floats(0.01, 200)))
    return observed, expected


@given(areas())
@QUICK
def test_a_class_has_the_side_of_its_ratio(data: tuple[np.ndarray, np.ndarray]) -> None:
    table = funnel(*data)
    assert table["p_funnel"].between(0, 1).all()
    classed = table[table["funnel_class"] != 0]
    assert (np.sign(classed["smr"] - 1) == np.sign(classed["funnel_class"])).all()
    assert (classed["p_funnel"] <= np.where(classed["funnel_class"].abs() == 2, 0.002, 0.05)).all()


@given(areas(), st.data())
@QUICK
def test_smoothing_lies_between_the_ratio_and_what_neighbours_expect(
    data: tuple[np.ndarray, np.ndarray], draw: st.DataObject
) -> None:
    observed, expected = data
    assume(expected.any())
    weights = draw.draw(hnp.arrays(float, (len(observed),) * 2, elements=st.floats(0, 2)))
    table = local_empirical_bayes(observed, expected, weights)
    assert table.drop(columns="smr").notna().all(axis=None)
    ends = table[["smr", "prior_mean"]]
    assert (table["smr_eb"] >= ends.min(axis=1) * (1 - 1e-9)).all()
    assert (table["smr_eb"] <= ends.max(axis=1) * (1 + 1e-9)).all()


@given(hnp.arrays(bool, st.tuples(st.integers(1, 6), st.integers(0, 12))), st.data())
@QUICK
def test_stability_is_a_share_and_grows_with_flags(
    flagged: np.ndarray, data: st.DataObject
) -> None:
    place = data.draw(hnp.arrays(np.int64, flagged.shape[1], elements=st.integers(-1, 3)))
    share = stability(flagged, place, many=4)
    assert ((share >= 0) & (share <= 1)).all()
    more = stability(flagged | data.draw(hnp.arrays(bool, flagged.shape)), place, many=4)
    assert (more >= share).all()
    assert set(stability(np.ones_like(flagged), place, many=4)) <= {0, 1}


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6)), max_size=20))
@QUICK
def test_every_span_weighs_one(pairs: list[tuple[int, int]]) -> None:
    start = pd.Series([s for s, _ in pairs], dtype="int64")
    end = start + pd.Series([length for _, length in pairs], dtype="int64")
    times = (pd.to_datetime(column, unit="s", utc=True) for column in (start, end))
    weights = aoristic_weights(*times, timezone=ZoneInfo("Europe/Warsaw"))
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), 1)
    profile = time_profile(weights)
    assert profile.n == len(pairs)
    np.testing.assert_allclose(profile.shifts.sum(), len(pairs))
