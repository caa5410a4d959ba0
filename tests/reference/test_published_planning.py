"""Numbers of plan evaluation that were printed elsewhere, typed in with their source."""

from __future__ import annotations

import pytest
from scipy import stats

from geo.planning.displacement import weighted_displacement


def test_a_fall_by_twenty_against_a_fall_by_ten() -> None:
    # "-10, standard error 19" (Wheeler, crimede-coder.com, extensions of the WDD test).
    change = weighted_displacement((100, 80), (100, 90))
    assert (change.wdd, round(change.se, 2)) == (-10, 19.24)
    assert (change.lo95, change.hi95) == pytest.approx((-47.7, 27.7), abs=0.01)
    rounded = [round(value, 3) for value in change[5:]]
    assert rounded == [0.889, 0.590, 1.338]
    assert change.wdq is None


def test_the_example_of_ptools() -> None:
    # R package ptools, wdd: controls 20 and 20, treated 20 and 10, displaced 30 and 20, their
    # controls 30 and 30: -20, standard error 13.4, 90 % from -42.1 to 2.1.
    change = weighted_displacement((20, 10), (20, 20), (30, 20), (30, 30))
    assert (change.wdd, round(change.se, 2)) == (-20, 13.42)
    step = stats.norm.ppf(0.95) * change.se
    assert (round(change.wdd - step, 1), round(change.wdd + step, 1)) == (-42.1, 2.1)
    assert [round(value, 3) for value in change[5:]] == [0.5, 0.188, 1.332]


@pytest.mark.parametrize(("rings", "counts"), [((), 4), (((0, 0),), 6), (((0, 0), (0, 0)), 8)])
def test_no_episode_at_all_is_no_certainty(rings: tuple[tuple[int, int], ...], counts: int) -> None:
    """As Haldane's half in the ratio: Poisson means of a half have that variance, summed."""
    change = weighted_displacement((0, 0), (0, 0), *rings, phi=2)
    assert change.wdd == 0
    assert change.se**2 == pytest.approx(2 * 0.5 * counts)
    assert change.lo95 == -change.hi95 < -2
    one = weighted_displacement((0, 0), (1, 0), *rings, phi=2)
    assert one.se == change.se  # one episode more does not make it surer


@pytest.mark.parametrize(("after", "quotient"), [(95, 0.25), (100, 0.0), (120, -1.0)])
def test_the_displacement_quotient(after: int, quotient: float) -> None:
    # Bowers and Johnson 2003: a quarter of the benefit around; none; all of it lost again.
    change = weighted_displacement((100, 80), (1000, 1000), (100, after))
    assert change.wdq == pytest.approx(quotient)
