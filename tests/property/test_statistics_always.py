"""What holds for any counts: of rates, ratios, smoothing, hot spots and backgrounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.statistics.background import expected_background
from geo.statistics.comparison import benjamini_hochberg, rate_ratio
from geo.statistics.hotspots import hotspot_test
from geo.statistics.rates import garwood
from geo.statistics.smoothing import empirical_bayes, shrunk_ratio

QUICK = settings(deadline=None, max_examples=50)
COUNTS = st.integers(0, 10_000)
LEVELS = st.floats(0.01, 0.999)
MAPS = hnp.arrays(np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7), elements=COUNTS)


@given(COUNTS, LEVELS)
@QUICK
def test_garwood_holds_the_count_and_grows_with_it(count: int, level: float) -> None:
    lower, upper = garwood([count, count + 1], level=level)
    assert lower[0] <= count <= upper[0]
    assert lower[0] < lower[1]
    assert upper[0] < upper[1]


@given(COUNTS, LEVELS, LEVELS)
@QUICK
def test_garwood_widens_with_the_level(count: int, one: float, other: float) -> None:
    narrow, wide = (garwood(count, level=level) for level in sorted([one, other]))
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@given(COUNTS, COUNTS, st.floats(0.01, 100), LEVELS)
@QUICK
def test_the_ratio_turned_round_is_its_inverse(
    count: int, base: int, exposure: float, level: float
) -> None:
    assume(count and base)
    one = rate_ratio([count], [base], exposure=exposure, level=level).iloc[0]
    other = rate_ratio([base], [count], base_exposure=exposure, level=level).iloc[0]
    assert one["ratio_lo"] <= one["ratio"] <= one["ratio_hi"]
    np.testing.assert_allclose(one["ratio_lo"], 1 / other["ratio_hi"], rtol=1e-6)
    np.testing.assert_allclose(one["p_value"], other["p_value"], rtol=1e-6, atol=1e-300)


@given(hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
@QUICK
def test_q_is_no_smaller_than_p_and_keeps_its_order(p: np.ndarray) -> None:
    q = benjamini_hochberg(p)
    assert (q >= p).all()
    assert (q <= np.minimum(1, p.size * p)).all()
    assert (np.diff(q[np.argsort(p)]) >= 0).all()


@st.composite
def areas(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    many = draw(st.integers(1, 40))
    observed = draw(hnp.arrays(np.int64, many, elements=st.integers(0, 300)))
    expected = draw(hnp.arrays(float, many, elements=st.floats(0.01, 200)))
    return observed, expected


@given(areas(), LEVELS)
@QUICK
def test_smoothing_lies_between_the_crude_ratio_and_one_common_ratio(
    data: tuple[np.ndarray, np.ndarray], level: float
) -> None:
    observed, expected = data
    table = empirical_bayes(observed, expected, level=level)
    assert table.notna().all(axis=None)
    assert (table["smr_eb_lo"] <= table["smr_eb_hi"]).all()
    assert table["p_rr_gt_1_5"].between(0, 1).all()
    # Each estimate lies between its crude ratio and the prior mean, so one number parts them all.
    fallen, risen = (table["smr_eb"] < table["smr"]), (table["smr_eb"] > table["smr"])
    if fallen.any() and risen.any():
        assert table.loc[risen, "smr_eb"].max() <= table.loc[fallen, "smr_eb"].min() * (1 + 1e-9)


@given(areas(), st.randoms(use_true_random=False))
@QUICK
def test_smoothing_does_not_mind_the_order(
    data: tuple[np.ndarray, np.ndarray], random: object
) -> None:
    observed, expected = (pd.Series(column) for column in data)
    order = list(observed.index)
    random.shuffle(order)  # type: ignore[attr-defined]
    table = empirical_bayes(observed, expected)
    turned = empirical_bayes(observed.loc[order], expected.loc[order])
    pd.testing.assert_frame_equal(turned, table.loc[order], rtol=1e-3)


@given(MAPS, st.floats(0, 5), st.floats(1, 3))
@QUICK
def test_a_map_is_never_undefined(counts: np.ndarray, alpha: float, effect: float) -> None:
    test = hotspot_test(counts, alpha=alpha, minimum_effect=effect)
    for name in ("p_cell", "p_window", "p_value", "q_value", "q_value_watch"):
        array = getattr(test, name)
        assert ((array >= 0) & (array <= 1)).all(), name
    assert set(test.hot_class.flat) <= {0, 90, 95, 99}
    assert (test.q_value_watch <= test.q_value * (1 + 1e-9)).all()
    assert (test.q_value[test.hot_class >= 95] <= 0.05).all()


@given(MAPS, st.floats(0, 5), st.data())
@QUICK
def test_moving_an_episode_into_a_cell_never_cools_it(
    counts: np.ndarray, alpha: float, data: st.DataObject
) -> None:
    # The sum stays, and with it every expectation; only this cell gains, and a far one loses.
    cell, other = (
        tuple(data.draw(st.integers(0, side - 1)) for side in counts.shape) for _ in range(2)
    )
    assume(counts[other] > 0)
    assume(max(abs(a - b) for a, b in zip(cell, other, strict=True)) > 1)
    fuller = counts.copy()
    fuller[cell] += 1
    fuller[other] -= 1
    before, after = (hotspot_test(array, alpha=alpha) for array in (counts, fuller))
    assert after.p_value[cell] <= before.p_value[cell] * (1 + 1e-9)


@given(MAPS, st.data())
@QUICK
def test_the_fullest_cell_has_the_highest_class_of_lone_cells(
    counts: np.ndarray, data: st.DataObject
) -> None:
    # With equal exposure and no neighbours, the class can only rise with the count.
    alpha = data.draw(st.floats(0.01, 5))
    apart = np.zeros((2 * counts.shape[0], 2 * counts.shape[1]), dtype=np.int64)
    apart[::2, ::2] = counts
    mask = np.zeros(apart.shape, dtype=bool)
    mask[::2, ::2] = True
    test = hotspot_test(apart, mask=mask, alpha=alpha)
    order = np.argsort(counts, axis=None)
    assert (np.diff(test.hot_class[mask][order]) >= 0).all()
    assert (np.diff(test.q_value[mask][order]) <= 0).all()


@given(MAPS, st.floats(0.01, 20))
@QUICK
def test_a_shrunk_ratio_lies_between_one_and_the_crude_ratio(
    counts: np.ndarray, alpha: float
) -> None:
    expected = np.full(counts.shape, counts.mean() + 0.5)
    ratio = shrunk_ratio(counts, expected, alpha=alpha)
    crude = counts / expected
    low, high = np.minimum(crude, 1), np.maximum(crude, 1)
    assert (ratio.rr_shrunk >= low * (1 - 1e-9)).all()
    assert (ratio.rr_shrunk <= high * (1 + 1e-9)).all()
    assert (ratio.rr_lo90 <= ratio.rr_hi90).all()


@given(MAPS, st.integers(1, 4), st.data())
@QUICK
def test_a_background_shares_out_the_counts(
    counts: np.ndarray, many: int, data: st.DataObject
) -> None:
    shares = hnp.arrays(float, counts.shape, elements=st.just(0.0) | st.floats(0.001, 10))
    components = [data.draw(shares) for _ in range(many)]
    assume(any(part.any() for part in components))
    background = expected_background(counts, components, cell_m=200)
    assert np.isfinite(background.expected).all()
    assert (background.expected >= 0).all()
    np.testing.assert_allclose(background.expected.sum(), counts.sum())
    np.testing.assert_allclose(background.weights.sum(), 1)
    assert 0 <= background.alpha < np.inf
