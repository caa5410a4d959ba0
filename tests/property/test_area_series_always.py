"""Series of months: they add up, and those of small areas cannot be worked out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_reports import STATUSES, X0, Y0, frame

from geo.layers.area_series import area_series, closed_areas, months_of
from geo.layers.areas import denominators
from geo.layers.disclosure import load_rules
from geo.layers.faces import Frame, area_face
from geo.layers.facts import find_places, make_facts
from geo.layers.levels import MetricLevels

if TYPE_CHECKING:
    import pandas as pd

    from geo.city import City
    from geo.layers.collection import Collection
    from geo.layers.disclosure import DisclosureRules

FIRST = date(2024, 1, 15)
COUNTS = {"reports": "n_reports", "episodes": "n_episodes", "confirmed": "n_confirmed"}

steps = st.integers(-2, 32).map(lambda k: k * 100.0)
report = st.tuples(steps, steps, st.integers(0, 700), st.integers(0, 23), st.sampled_from(STATUSES))
Report = tuple[float, float, int, int, str]


@pytest.fixture(scope="module")
def levels(nine: City) -> MetricLevels:
    return MetricLevels(nine)


def made(
    levels: MetricLevels,
    reports: list[Report],
    *,
    residents: list[float] | None = None,
    rules: DisclosureRules | None = None,
) -> tuple[Frame, Collection, Collection]:
    """The frame, area-periods and area-series."""
    city = levels.city
    categories = sorted(city.catalogue.categories)
    table = frame(
        city,
        category=[categories[c] for _, _, _, c, _ in reports],
        status=[s for *_, s in reports],
        when=[f"{FIRST + timedelta(days=d)} 12:00" for _, _, d, _, _ in reports],
        x=[X0 + r[0] for r in reports],
        y=[Y0 + r[1] for r in reports],
    )
    days = [d for _, _, d, _, _ in reports]
    first, end = FIRST + timedelta(days=min(days)), FIRST + timedelta(days=max(days) + 1)
    periods = city.periods.between(first, end - timedelta(days=1))
    complete = np.array([p.start >= first and p.end <= end for p in periods])
    bases = denominators(levels)
    if residents is not None:
        bases["beat"] = bases["beat"].assign(residents=residents)
    scope = Frame(levels, bases, periods, complete, (), (first, end))
    facts = make_facts(table, find_places(table, levels), city)
    areas, _ = area_face(facts, scope, rules=rules)
    return scope, areas, area_series(facts, scope, areas=areas, rules=rules)


def by_month(series: pd.DataFrame, name: str) -> np.ndarray:
    """Rows by months."""
    return np.array([text.split(",") for text in series[f"{name}_by_month"]], dtype=float)


@settings(deadline=None, max_examples=15)
@given(reports=st.lists(report, min_size=1, max_size=30))
def test_months_add_up_to_periods_and_areas_to_the_city(
    nine: City, levels: MetricLevels, reports: list[Report]
) -> None:
    scope, areas, series = made(levels, reports)
    table, periods = series.layer.table, areas.layer.table
    months = months_of(*scope.time)
    assert set(table["n_months"]) == {len(months)}
    code = np.array([nine.periods.containing(max(m.start, scope.time[0])).id for m in months])
    keys = table.set_index(["level", "area_id", "category_group"]).index
    for name, count in COUNTS.items():
        counts = by_month(table, name)
        sums = dict(zip(keys, counts, strict=True))
        for row in periods.itertuples():
            key = (row.level, row.area_id, row.category_group)
            inside = code == row.period
            # What lies in no area has no series where there are only jokes.
            assert sums.get(key, np.zeros(len(months)))[inside].sum() == getattr(row, count)
        whole = {
            (level, group): counts[rows].sum(axis=0)
            for (level, group), rows in table.groupby(["level", "category_group"]).indices.items()
        }
        for (_, group), total in whole.items():
            assert (total == whole["city", group]).all()
    assert (table["n_new_overdue"] <= table["n_new"]).all()
    assert (table["n_verification_overdue"] <= table["n_verification"]).all()
    city = table[(table["level"] == "city") & (table["category_group"] == "all")]
    for status in ("new", "verification"):
        assert city[f"n_{status}"].sum() == sum(s == status for *_, s in reports)


@settings(deadline=None, max_examples=15)
@given(
    reports=st.lists(report, min_size=1, max_size=25),
    residents=st.lists(st.sampled_from([300.0, 900.0, 1500.0, 4000.0]), min_size=9, max_size=9),
)
def test_no_month_of_a_small_area_follows_from_the_others(
    nine: City, levels: MetricLevels, reports: list[Report], residents: list[float]
) -> None:
    """Whatever is added and taken away: areas are sets of squares, and ranks tell what follows."""
    rules = load_rules(nine)
    scope, areas, series = made(levels, reports, residents=residents, rules=rules)
    table = series.layer.table
    closed = closed_areas(areas.layer, scope, rules=rules)
    hidden = areas.layer.table[areas.layer.table["suppressed"]]
    for level, flags in closed.items():
        ids = nine.levels[level]["area_id"].to_numpy()
        assert set(hidden.loc[hidden["level"] == level, "area_id"]) <= set(ids[flags])
        mine = table[(table["level"] == level) & table["area_id"].isin(ids[flags])]
        assert mine["suppressed"].all()
        assert mine.filter(regex="_by_month|profile|peak|n_new|n_ver").isna().all(axis=None)
    squares = np.vstack([np.eye(9), np.tile(np.eye(3), 3), np.ones((1, 9))])
    shown = ~np.concatenate([closed["beat"], closed["komisariat"], closed["city"]])
    # What lies in no area is shown: a level that is shown whole tells the total of every other.
    known = squares[shown]
    if any((~closed[level]).all() for level in closed):
        known = np.vstack([known, np.ones((1, 9))])
    rank = np.linalg.matrix_rank(known) if len(known) else 0
    small = np.flatnonzero(np.array(residents) < rules.least_residents)
    for beat in small:
        assert closed["beat"][beat]
        assert np.linalg.matrix_rank(np.vstack([known, np.eye(9)[beat]])) == rank + 1


@settings(deadline=None, max_examples=8)
@given(reports=st.lists(report, min_size=2, max_size=20), seed=st.integers(0, 99))
def test_the_order_of_reports_does_not_matter(
    levels: MetricLevels, reports: list[Report], seed: int
) -> None:
    """Two reports at one place and time swap their ids as well: they must not differ otherwise."""
    reports = list({(x, y, d): (x, y, d, c, s) for x, y, d, c, s in reports}.values())
    turned = [reports[i] for i in np.random.default_rng(seed).permutation(len(reports))]
    tables = [made(levels, each)[2].layer.table for each in (reports, turned)]
    counts = ["fid", "reports_by_month", "confirmed_by_month", "n_new", "n_verification_overdue"]
    assert tables[0][counts].equals(tables[1][counts])
