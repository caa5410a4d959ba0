"""Counts of layers add up, whatever the reports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_reports import STATUSES, X0, Y0, frame

from geo.layers.area_counts import count_areas
from geo.layers.facts import find_places, make_facts
from geo.layers.levels import MetricLevels

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.city import City
    from geo.layers.facts import Facts
    from geo.periods import Period

ADDITIVE = ("n_reports", "n_episodes", "n_confirmed", "n_pending", "n_unconfirmed", "n_joke")

steps = st.integers(-2, 32).map(lambda k: k * 100.0)
report = st.tuples(steps, steps, st.integers(0, 900), st.integers(0, 23), st.sampled_from(STATUSES))


@pytest.fixture(scope="module")
def levels(nine: City) -> MetricLevels:
    return MetricLevels(nine)


def made(city: City, reports: list[tuple[float, float, int, int, str]]) -> gpd.GeoDataFrame:
    categories = sorted(city.catalogue.categories)
    return frame(
        city,
        category=[categories[c] for _, _, _, c, _ in reports],
        status=[s for *_, s in reports],
        when=[f"{date(2024, 1, 15) + timedelta(days=d)} 12:00" for _, _, d, _, _ in reports],
        x=[X0 + r[0] for r in reports],
        y=[Y0 + r[1] for r in reports],
    )


def facts_of(city: City, reports: gpd.GeoDataFrame, levels: MetricLevels) -> Facts:
    return make_facts(reports, find_places(reports, levels), city)


def periods_of(city: City) -> list[Period]:
    return city.periods.between(date(2024, 1, 15), date(2026, 7, 31))


@settings(deadline=None, max_examples=40)
@given(reports=st.lists(report, min_size=1, max_size=40))
def test_areas_and_the_unassigned_add_up_on_every_level(
    nine: City, levels: MetricLevels, reports: list[tuple[float, float, int, int, str]]
) -> None:
    facts = facts_of(nine, made(nine, reports), levels)
    totals = {}
    for level, areas in nine.levels.items():
        counts = count_areas(facts, level=level, areas=len(areas), periods=periods_of(nine))
        totals[level] = {name: counts[name].sum(axis=0) for name in ADDITIVE}
        kinds = sum(counts[f"n_{kind}"] for kind in ("confirmed", "pending", "unconfirmed"))
        assert (counts["n_reports"] == kinds).all()
        assert (counts["n_episodes"] <= counts["n_reports"]).all()
        assert (counts["n_report_days"] <= counts["n_reports"]).all()
        assert (counts["n_boundary_25m"] <= counts["n_reports"]).all()
        assert ((counts["n_report_days"] > 0) == (counts["n_reports"] > 0)).all()
    first, *others = totals.values()
    for other in others:
        for name in ADDITIVE:
            assert (first[name] == other[name]).all()
    jokes = sum(s == "joke" for *_, s in reports)
    everything = facts.groups.index("all")
    assert first["n_reports"][:, everything].sum() == len(reports) - jokes
    assert first["n_joke"][:, everything].sum() == jokes
    # Primary groups are disjoint and together they are all.
    primary = [i for i, g in enumerate(facts.groups) if g not in ("all", "beat-officer")]
    for name in ADDITIVE:
        assert (first[name][:, primary].sum(axis=1) == first[name][:, everything]).all()


@settings(deadline=None, max_examples=25)
@given(reports=st.lists(report, min_size=2, max_size=30), seed=st.integers(0, 99))
def test_the_order_of_reports_does_not_matter(
    nine: City, levels: MetricLevels, reports: list[tuple[float, float, int, int, str]], seed: int
) -> None:
    table = made(nine, reports)
    shuffled = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    for level, areas in nine.levels.items():
        one, two = (
            count_areas(
                facts_of(nine, t, levels), level=level, areas=len(areas), periods=periods_of(nine)
            )
            for t in (table, shuffled)
        )
        assert all((one[name] == two[name]).all() for name in one.counts)


@settings(deadline=None, max_examples=25)
@given(reports=st.lists(report, min_size=2, max_size=30), where=st.integers(1, 29))
def test_a_longer_period_holds_what_its_parts_hold(
    nine: City, levels: MetricLevels, reports: list[tuple[float, float, int, int, str]], where: int
) -> None:
    """Half-years counted one by one are the whole span counted at once."""
    facts = facts_of(nine, made(nine, reports), levels)
    periods = periods_of(nine)
    whole = type(periods[0])("whole", periods[0].start, periods[-1].end)
    parts = count_areas(facts, level="beat", areas=9, periods=periods)
    once = count_areas(facts, level="beat", areas=9, periods=[whole])
    for name in (*ADDITIVE, "n_report_days", "n_boundary_25m"):
        assert (parts[name].sum(axis=1) == once[name][:, 0]).all()
    cut = periods[: 1 + where % len(periods)]
    some = count_areas(facts, level="beat", areas=9, periods=cut)
    assert np.array_equal(some["n_reports"], parts["n_reports"][:, : len(cut)])
