"""The backtest: what it counts, what it may not see, and what it says where there is nothing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made_reports import X0, Y0, frame, make_reports

from geo.errors import CityError, CrsError, InputError, UsageError
from geo.statistics.backtest import SHARES, Backtester, backtest
from geo.statistics.contenders import MODELS

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.city import City

CUT = date(2026, 2, 1)
NUMBERS = ["hit_rate", "pai", "pei", "pei_star", "rri", "poisson_deviance", "log_score",
           "coverage80", "width80"]  # fmt: skip


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=3_000, spot=500)


@pytest.fixture(scope="module")
def table(nine: City, reports: gpd.GeoDataFrame) -> pd.DataFrame:
    return backtest(
        reports, city=nine, cut_dates=[date(2025, 8, 1), CUT], horizon_days=181,
        groups=["all", "beat-officer"],
    )  # fmt: skip


def test_a_row_for_everything_that_was_tried(table: pd.DataFrame) -> None:
    keys = ["cut_date", "category_group", "level", "model", "area_frac"]
    assert len(table) == 2 * 2 * 2 * len(MODELS) * len(SHARES)
    assert not table.duplicated(keys).any()
    assert set(table["level"]) == {"beat", "cell"}
    assert table["reason"].isna().all()
    assert table[NUMBERS].notna().all(axis=None)


def test_measures_hang_together(table: pd.DataFrame) -> None:
    np.testing.assert_allclose(table["pai"], table["hit_rate"] / table["area_frac"])
    for share in ("hit_rate", "pei_star"):
        assert table[share].between(0, 1 + 1e-9).all()
    cells = table[table["level"] == "cell"]
    np.testing.assert_allclose(cells["pei"], cells["pei_star"])
    wide = table[table["area_frac"] == 0.10].reset_index(drop=True)
    narrow = table[table["area_frac"] == 0.05].reset_index(drop=True)
    assert (wide["hit_rate"] >= narrow["hit_rate"]).all()
    pd.testing.assert_series_equal(wide["log_score"], narrow["log_score"])


def test_ours_sees_the_spot_and_gives_honest_numbers(table: pd.DataFrame) -> None:
    at = table[(table["level"] == "cell") & (table["area_frac"] == 0.05)]
    mean = at.groupby("model")[NUMBERS].mean()
    assert mean.loc["eb-drift", "hit_rate"] > 2 * 0.05
    assert mean.loc["eb-drift", "log_score"] == mean["log_score"].max()
    assert mean.loc["eb-drift", "poisson_deviance"] < mean.loc["last-period", "poisson_deviance"]


def test_counts_are_those_of_the_days(nine: City, reports: gpd.GeoDataFrame) -> None:
    row = backtest(
        reports, city=nine, cut_dates=[CUT], horizon_days=181, groups=["all"], count="reports"
    ).iloc[0]
    days = reports["reported_at"].dt.tz_convert("Europe/Warsaw").dt.date
    x, y = reports.geometry.x - X0, reports.geometry.y - Y0
    inside = x.between(0, 3000) & y.between(0, 3000) & (reports["status"] != "joke")
    assert row["n_observed"] == (inside & (days >= CUT) & (days < date(2026, 8, 1))).sum()
    # The months before the cut are of 181 / 6 days each, six of them.
    assert row["n_before"] == (inside & (days < CUT) & (days >= date(2025, 8, 4))).sum()


def test_the_future_has_no_say(nine: City, reports: gpd.GeoDataFrame) -> None:
    """Moving what came changes what was caught, but neither intervals nor counts before."""
    later = (reports["reported_at"] >= pd.Timestamp("2026-02-01", tz="Europe/Warsaw")).to_numpy()
    moved = reports.copy()
    moved.loc[later, "geometry"] = moved.loc[later, "geometry"].iloc[::-1].to_numpy()
    one, other = (
        backtest(r, city=nine, cut_dates=[CUT], horizon_days=181, groups=["all"], count="reports")
        for r in (reports, moved)
    )
    assert (one["width80"] == other["width80"]).all()
    assert (one["n_before"] == other["n_before"]).all()
    assert (one["hit_rate"] != other["hit_rate"]).any()


def test_an_episode_that_goes_on_is_not_news(nine: City) -> None:
    """Reports of one place every day around the cut are one episode, which began before it."""
    when = pd.date_range("2025-02-01", "2026-07-31", freq="30D").tolist()
    again = pd.date_range("2026-01-20", "2026-02-20", freq="D").tolist()
    n, extra = len(when), len(again)
    daily = frame(
        nine, category=["alkohol"] * (n + extra), status=["confirmed"] * (n + extra),
        when=when + again, x=[*np.linspace(X0 + 50, X0 + 2_900, n), *[X0 + 1_500] * extra],
        y=[*[Y0 + 50] * n, *[Y0 + 2_500] * extra],
    )  # fmt: skip
    counted = {
        count: backtest(
            daily, city=nine, cut_dates=[CUT], horizon_days=181, groups=["all"], count=count
        ).iloc[0]["n_observed"]
        for count in ("reports", "episodes")
    }
    assert counted["reports"] - counted["episodes"] == 20


def test_the_order_of_rows_has_no_say(nine: City, reports: gpd.GeoDataFrame) -> None:
    few = reports.head(600)
    options = {"city": nine, "cut_dates": [CUT], "horizon_days": 181, "groups": ["all"]}
    one, other = (backtest(r, **options) for r in (few, few.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(one, other)


def test_groups_are_those_of_the_catalogue_that_have_reports(nine: City) -> None:
    when = pd.date_range("2025-01-01", "2026-07-31", freq="7D").tolist()
    parking = frame(
        nine, category=["parkowanie"] * len(when), status=["new"] * len(when), when=when,
        x=np.linspace(X0 + 10, X0 + 2_990, len(when)), y=[Y0 + 500] * len(when),
    )  # fmt: skip
    told: list[str] = []
    table = backtest(
        parking, city=nine, cut_dates=["2026-02-01"], horizon_days=180, progress=told.append
    )
    assert set(table["category_group"]) == {"all", "beat-officer", "traffic"}
    assert told == ["forecasting 180 days from 2026-02-01"]


@pytest.mark.parametrize(
    ("cut", "reason"),
    [(date(2024, 3, 1), "history-too-short"), (date(2020, 1, 1), "history-too-short"),
     (date(2026, 7, 1), "horizon-not-over"), (date(2030, 1, 1), "horizon-not-over")],
)  # fmt: skip
def test_what_cannot_be_tried_says_why(
    nine: City, reports: gpd.GeoDataFrame, cut: date, reason: str
) -> None:
    table = backtest(reports, city=nine, cut_dates=[cut], horizon_days=181, groups=["all"])
    assert set(table["reason"]) == {reason}
    assert table[NUMBERS].isna().all(axis=None)


def test_a_horizon_without_episodes_has_no_hit_rate(nine: City, reports: gpd.GeoDataFrame) -> None:
    late = reports["reported_at"] >= pd.Timestamp("2026-02-01", tz="Europe/Warsaw")
    few = reports[~late | (reports["category_group"] != "water")].reset_index(drop=True)
    table = backtest(few, city=nine, cut_dates=[CUT], horizon_days=181, groups=["water"])
    assert set(table["reason"]) == {"nothing-came"}
    assert table[["hit_rate", "pai", "pei", "pei_star", "rri"]].isna().all(axis=None)
    assert table[["poisson_deviance", "log_score", "coverage80"]].notna().all(axis=None)


def test_a_past_without_episodes_has_no_recapture_rate(
    nine: City, reports: gpd.GeoDataFrame
) -> None:
    early = reports["reported_at"] < pd.Timestamp("2026-02-01", tz="Europe/Warsaw")
    new = reports[~early | (reports["category"] == "parkowanie")].reset_index(drop=True)
    table = backtest(new, city=nine, cut_dates=[CUT], horizon_days=181, groups=["water"])
    assert set(table["reason"]) == {"nothing-before-there"}
    assert table["rri"].isna().all()
    assert table.drop(columns=["rri", "reason"]).notna().all(axis=None)


@pytest.mark.parametrize("many", [0, 1])
def test_hardly_a_report(nine: City, reports: gpd.GeoDataFrame, many: int) -> None:
    table = backtest(reports.head(many), city=nine, cut_dates=[CUT], horizon_days=181,
                     groups=["all"])  # fmt: skip
    assert table["reason"].notna().all()
    assert not len(backtest(reports.head(0), city=nine, cut_dates=[CUT], horizon_days=181))


def test_all_reports_on_one_point(nine: City, reports: gpd.GeoDataFrame) -> None:
    one = reports.head(300).copy()
    one["geometry"] = one["geometry"].iloc[0]
    table = backtest(one, city=nine, cut_dates=[CUT], horizon_days=181, groups=["all"])
    cells = table[table["level"] == "cell"]
    assert (cells.loc[cells["model"] == "eb-drift", "hit_rate"] == 1).all()
    assert set(table["reason"].dropna()) <= {"nothing-before-there"}
    assert table["hit_rate"].notna().all()


def test_nonsense_is_refused(nine: City, reports: gpd.GeoDataFrame) -> None:
    options = {"city": nine, "cut_dates": [CUT], "horizon_days": 181}
    with pytest.raises(UsageError, match="no cut date"):
        backtest(reports, **options | {"cut_dates": []})
    with pytest.raises(UsageError, match="horizon_days is 0"):
        backtest(reports, **options | {"horizon_days": 0})
    with pytest.raises(UsageError, match="count is 'rows'"):
        backtest(reports, **options, count="rows")
    with pytest.raises(UsageError, match="cell size is 0"):
        backtest(reports, **options, cell_m=0)
    with pytest.raises(CityError, match="no category group 'weather'"):
        backtest(reports, **options, groups=["weather"])
    with pytest.raises(InputError, match="lack status"):
        backtest(reports.drop(columns="status"), **options)
    with pytest.raises(CrsError):
        backtest(reports.to_crs("EPSG:4326"), **options)


def test_few_episodes_are_not_forecast(nine: City, reports: gpd.GeoDataFrame) -> None:
    options = {"cuts": [(CUT, 181)], "groups": ["all", "water"]}
    plain = Backtester(nine, crs=reports.crs).run(reports, **options)
    n = plain.groupby("category_group")["n_before"].min()
    assert n["water"] < n["all"]
    some = Backtester(nine, crs=reports.crs, least=n["all"]).run(reports, **options)
    few = some["category_group"] == "water"
    assert set(some.loc[few, "reason"]) == {"few-episodes"}
    assert some.loc[few, NUMBERS].isna().all(axis=None)
    pd.testing.assert_frame_equal(some[~few], plain[~few])


def test_areas_that_are_left_out_have_no_say(nine: City, reports: gpd.GeoDataFrame) -> None:
    """Among areas; the cells, and what is measured or smoothed from them, go on as before."""
    options = {"cuts": [(CUT, 181)], "groups": ["all"]}
    inside = (reports.geometry.x < X0 + 1000) & (reports.geometry.y < Y0 + 1000)
    others = reports[~inside].reset_index(drop=True)
    tester = Backtester(nine, crs=reports.crs, without={"S-1"})
    one, other = (tester.run(r, **options) for r in (reports, others))
    beats = one["level"] == "beat"
    counted = beats & ~one["model"].str.startswith("kde")
    pd.testing.assert_frame_equal(*(t[counted].drop(columns="pei") for t in (one, other)))
    assert (one.loc[~beats, "n_observed"] > other.loc[~beats, "n_observed"]).all()


def test_the_same_counts_are_looked_at_once(
    nine: City, reports: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"cuts": [(CUT, 181)], "groups": ["all"]}
    tester = Backtester(nine, crs=reports.crs)
    first = tester.run(reports, **options)
    monkeypatch.delattr("geo.statistics.backtest.predict")
    pd.testing.assert_frame_equal(tester.run(reports, **options), first)
