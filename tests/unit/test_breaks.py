"""Class limits: every positive value has a class, and the classes are about equally full."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.layers.breaks import class_breaks, fit_breaks, join_limits


@settings(deadline=None, max_examples=200)
@given(st.lists(st.floats(1e-6, 1e9) | st.sampled_from([0.0, -1.0, np.nan, np.inf]), max_size=60))
def test_every_positive_value_has_one_of_at_most_five_classes(values: list[float]) -> None:
    limits = class_breaks(values)
    positive = [v for v in values if np.isfinite(v) and v > 0]
    if not positive:
        assert limits == []
        return
    assert limits[0] <= min(positive) * (1 + 1e-9)
    assert limits[-1] >= max(positive) * (1 - 1e-9)
    assert limits == sorted(limits)
    assert 2 <= len(limits) <= 6
    assert limits[0] == limits[-1] or len(set(limits)) == len(limits)


def test_limits_are_quantiles_with_two_digits() -> None:
    values = np.arange(1, 1001)
    assert class_breaks(values) == [1.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    assert class_breaks(values / 7) == [0.14, 29.0, 57.0, 86.0, 110.0, 150.0]
    per_class = np.histogram(values, class_breaks(values))[0]
    assert per_class.min() >= 199


def test_repeated_values_make_fewer_classes() -> None:
    assert class_breaks([1] * 50 + [2] * 3) == [1.0, 2.0]
    assert class_breaks([3, 3, 3]) == [3.0, 3.0]
    assert class_breaks([0, 0]) == []


def test_limits_print_as_they_are_meant() -> None:
    assert class_breaks([0.29, 0.57, 0.58]) == [0.29, 0.57, 0.58]
    assert repr(class_breaks([0.12345, 7.0])[0]) == "0.12"


def test_a_table_is_fitted_apart_and_over_its_periods() -> None:
    table = pd.DataFrame(
        {
            "level": ["beat"] * 4 + ["city"] * 2,
            "group": ["a", "a", "b", "b", "a", "a"],
            "n": pd.array([1, 2, 30, 40, 0, None], dtype="Int64"),
        }
    )
    found = fit_breaks(table, by=["level", "group"], columns=["n"])
    assert found == {"beat.a.n": [1.0, 2.0], "beat.b.n": [30.0, 40.0]}
    assert fit_breaks(table, by=["level"], columns=["n"])["beat.n"][-1] == 40.0


def test_one_legend_for_all_groups_goes_on_where_the_small_ones_end() -> None:
    assert join_limits([1.0, 2.0, 3.0], [1.0, 5.0, 9.0]) == [1.0, 2.0, 5.0, 9.0]
    assert join_limits([1.0, 4.0], [1.0, 1.0]) == [1.0, 4.0]


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e5])
def test_classes_move_with_the_unit(scale: float) -> None:
    values = np.array([1.0, 3.0, 4.0, 8.0, 15.0, 22.0, 31.0, 60.0])
    assert class_breaks(values * scale) == pytest.approx(
        [limit * scale for limit in class_breaks(values)], rel=1e-9
    )
