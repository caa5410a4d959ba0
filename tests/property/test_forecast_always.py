"""What holds for any counts: of forecasts, of what they caught, of scans and of Knox's pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.statistics.accuracy import caught
from geo.statistics.forecast import forecast_counts, log_probability, prediction_interval
from geo.statistics.knox import knox_test
from geo.statistics.scan import spatial_scan

QUICK = settings(deadline=None, max_examples=40)
HISTORIES = hnp.arrays(
    np.int64, st.tuples(st.integers(1, 25), st.integers(1, 26)), elements=st.integers(0, 60)
)
SHARES = st.floats(0.01, 0.99)


@given(HISTORIES, st.integers(1, 12), st.floats(0.5, 100))
@QUICK
def test_a_forecast_is_never_undefined(history: np.ndarray, horizon: int, half_life: float) -> None:
    forecast = forecast_counts(history, horizon=horizon, half_life=half_life)
    assert (forecast.mean > 0).all()
    assert np.isfinite(forecast.mean).all()
    assert (forecast.alpha > 0).all()
    lower, upper = prediction_interval(forecast.mean, forecast.alpha)
    assert (lower <= upper).all()
    assert (log_probability(history[:, 0], forecast.mean, forecast.alpha) <= 0).all()


@given(HISTORIES, st.randoms(use_true_random=False))
@QUICK
def test_the_order_of_places_has_no_say(history: np.ndarray, random: object) -> None:
    order = list(range(len(history)))
    random.shuffle(order)  # type: ignore[attr-defined]
    one, other = (forecast_counts(h, horizon=6) for h in (history, history[order]))
    np.testing.assert_allclose(other.mean, one.mean[order], rtol=1e-3)


@given(HISTORIES, st.integers(1, 50))
@QUICK
def test_more_episodes_in_a_place_never_lower_its_forecast_among_many(
    history: np.ndarray, more: int
) -> None:
    # Fewer than 15 places have a fixed prior, so that only the place itself and the mean move; and
    # without a season, for in a quiet one the same episodes say that the rest of the year is quiet.
    few = history[:14]
    grown = few.copy()
    grown[0, -1] += more
    one, other = (forecast_counts(h, horizon=6, half_life=9, per_year=1).mean for h in (few, grown))
    assert other[0] > one[0]


@given(hnp.arrays(np.int64, (3, 24), elements=st.integers(0, 1)))
@QUICK
def test_few_episodes_tell_no_season(history: np.ndarray) -> None:
    assert forecast_counts(history, horizon=6).season == 1


@st.composite
def places(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    many = draw(st.integers(1, 30))
    ranking = draw(hnp.arrays(float, many, elements=st.floats(0, 100)))
    counts = draw(hnp.arrays(np.int64, many, elements=st.integers(0, 30)))
    return ranking, counts, draw(hnp.arrays(float, many, elements=st.floats(0.1, 10)))


@given(places(), SHARES, SHARES)
@QUICK
def test_nobody_catches_more_than_whoever_knows(
    data: tuple[np.ndarray, np.ndarray, np.ndarray], one: float, other: float
) -> None:
    ranking, counts, area = data
    narrow, wide = (caught(ranking, counts, area, share=s) for s in sorted([one, other]))
    assert narrow <= wide + 1e-9
    assert wide <= counts.sum() + 1e-9
    best = caught(counts, counts, area, share=one)
    assert caught(ranking, counts, area, share=one) <= best + 1e-9
    assert best >= one * counts.sum() - 1e-9


@st.composite
def maps(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    many = draw(st.integers(1, 20))
    cases = draw(hnp.arrays(np.int64, many, elements=st.integers(0, 30)))
    population = draw(hnp.arrays(np.int64, many, elements=st.integers(1, 1_000)))
    x, y = (draw(hnp.arrays(np.int64, many, elements=st.integers(0, 9))) for _ in range(2))
    return cases, population, x, y


@given(maps(), st.floats(0.01, 0.5), st.floats(0, 3))
@QUICK
def test_clusters_are_disjoint_and_fall(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], max_share: float, alpha: float
) -> None:
    clusters = spatial_scan(*data, max_share=max_share, simulations=3, seed=1, alpha=alpha)
    members = [area for cluster in clusters["members"] for area in cluster]
    assert len(members) == len(set(members))
    assert (np.diff(clusters["llr"]) <= 1e-9).all()
    assert (np.diff(clusters["p"]) >= 0).all()
    assert (clusters["cases"] > clusters["expected"]).all()
    assert (clusters["rr"] > 1).all()
    share = [data[1][list(cluster)].sum() / data[1].sum() for cluster in clusters["members"]]
    assert all(s <= max_share * (1 + 1e-6) for s in share)


@given(
    hnp.arrays(np.int64, st.tuples(st.just(3), st.integers(0, 40)), elements=st.integers(0, 50)),
    st.integers(0, 30),
    st.integers(0, 30),
)
@QUICK
def test_pairs_do_not_depend_on_where_and_when_counting_begins(
    data: np.ndarray, distance: int, gap: int
) -> None:
    near = {"distance_m": distance, "gap_days": gap, "simulations": 1, "seed": 1}
    one, other = (knox_test(*(data + shift), **near) for shift in (0, 1_000))
    assert one[:3] == other[:3]
    assert one.observed >= 0
    assert 0 <= one.p_poisson <= 1
