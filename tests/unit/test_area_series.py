"""Areas month by month: against plain pandas, by hand, and as the public face may have them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made_reports import X0, Y0, frame, make_reports

from geo.episodes import find_episodes
from geo.layers.area_series import area_series, closed_areas, months_of
from geo.layers.areas import denominators
from geo.layers.disclosure import load_rules
from geo.layers.faces import Frame, area_face
from geo.layers.facts import find_places, make_facts
from geo.layers.levels import MetricLevels
from geo.layers.profiles import profile_texts
from geo.release.encoding import encode_layer
from geo.statistics.time_profile import WEEKDAYS, time_profile, week_peaks

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.city import City
    from geo.layers.collection import Collection
    from geo.layers.disclosure import DisclosureRules

FIRST, LAST, END = date(2024, 2, 10), date(2026, 7, 17), date(2026, 7, 18)
COUNTS = {
    "reports_by_month": "n_reports",
    "episodes_by_month": "n_episodes",
    "confirmed_by_month": "n_confirmed",
}
WAITING = ("n_new", "n_new_overdue", "n_verification", "n_verification_overdue")


def frame_of(city: City, first: date, end: date) -> Frame:
    levels = MetricLevels(city)
    periods = city.periods.between(first, end)
    complete = np.array([p.start >= first and p.end <= end for p in periods])
    return Frame(levels, denominators(levels), periods, complete, (), (first, end))


def made(
    scope: Frame, reports: gpd.GeoDataFrame, rules: DisclosureRules | None = None
) -> tuple[Collection, Collection]:
    """The collections area-periods and area-series of a face."""
    facts = make_facts(reports, find_places(reports, scope.levels), scope.city)
    areas, _ = area_face(facts, scope, rules=rules)
    return areas, area_series(facts, scope, areas=areas, rules=rules)


def rows_of(one: Collection) -> pd.DataFrame:
    return one.layer.table.set_index("fid")


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    table = make_reports(nine, n=900, first=FIRST, last=LAST)
    rng = np.random.default_rng(3)
    told = rng.random(len(table)) < 0.6
    event = table["reported_at"] - pd.to_timedelta(rng.integers(1, 90, len(table)), unit="h")
    table["event_at"] = event.where(told)
    habit = rng.random(len(table)) < 0.3
    table["part_of_day"] = np.where(habit, "22-06", None)
    return table


@pytest.fixture(scope="module")
def both(nine: City, reports: gpd.GeoDataFrame) -> tuple[Collection, Collection]:
    return made(frame_of(nine, FIRST, END), reports)


@pytest.fixture(scope="module")
def series(both: tuple[Collection, Collection]) -> pd.DataFrame:
    return rows_of(both[1])


# -- counts --------------------------------------------------------------------------------------


def test_months_are_those_of_a_plain_groupby(
    nine: City, reports: gpd.GeoDataFrame, series: pd.DataFrame
) -> None:
    months = pd.period_range("2024-02", "2026-07", freq="M")
    assert set(series["month_first"]) == {"2024-02"}
    assert set(series["n_months"]) == {len(months)} == {30}
    beats = nine.levels["beat"].to_crs(nine.metric_crs)[["area_id", "geometry"]]
    serious = reports[reports["status"] != "joke"].reset_index(drop=True)
    serious["episode"] = find_episodes(serious)
    joined = serious.sjoin(beats, how="left", predicate="intersects").sort_values("area_id")
    joined = joined.drop_duplicates("report_id").fillna({"area_id": "unassigned"})
    local = joined["reported_at"].dt.tz_convert(nine.timezone).dt.tz_localize(None)
    joined["month"] = local.dt.to_period("M")
    for group in ("all", "traffic"):
        some = joined[joined["category"].isin(nine.catalogue.members(group))]
        ordered = some.sort_values(["reported_at", "report_id"])
        confirmed = some["status"].isin(nine.catalogue.statuses_of("confirmed"))
        for name, chosen in (
            ("reports_by_month", some),
            ("episodes_by_month", ordered.drop_duplicates("episode")),
            ("confirmed_by_month", some[confirmed]),
        ):
            wanted = pd.crosstab(chosen["area_id"], chosen["month"])
            wanted = wanted.reindex(columns=months, fill_value=0)
            for area, counts in wanted.iterrows():
                assert numbers(series.loc[f"beat.{area}.{group}", name]) == counts.tolist()
            assert len(wanted) == 10


def test_the_months_of_a_period_add_up_to_it(
    nine: City, both: tuple[Collection, Collection], series: pd.DataFrame
) -> None:
    table = both[0].layer.table
    months = [month.start for month in months_of(FIRST, END)]
    period = np.array([nine.periods.containing(start).id for start in months])
    checked = 0
    for row in table.itertuples():
        text = series.loc[f"{row.level}.{row.area_id}.{row.category_group}"]
        inside = period == row.period
        for column, count in COUNTS.items():
            assert np.array(numbers(text[column]))[inside].sum() == getattr(row, count)
        if row.area_id != "unassigned":
            likely = np.array(numbers(text["expected_by_month"]))[inside].sum()
            assert likely == pytest.approx(row.n_expected_confirmed, abs=0.0005 * inside.sum())
        checked += 1
    assert checked == len(table) > 500


def test_what_lies_in_no_area_has_a_row_without_a_shape(
    both: tuple[Collection, Collection], series: pd.DataFrame
) -> None:
    areas, one = both
    assert one.layer.shapes is areas.layer.shapes
    shapes = one.layer.frame.set_index("fid").geometry
    known = areas.layer.frame.drop_duplicates(["level", "area_id"]).set_index(["level", "area_id"])
    for fid, row in series.iterrows():
        if row["area_id"] == "unassigned":
            assert shapes[fid] is None
            assert any(numbers(row["reports_by_month"]))
        else:
            assert shapes[fid].equals(known.geometry[row["level"], row["area_id"]])
    assert (series["area_id"] == "unassigned").any()


@pytest.mark.parametrize(
    ("first", "end", "names", "days"),
    [
        (date(2024, 2, 10), date(2026, 7, 18), ("2024-02", 30), (20, 17)),
        (date(2024, 2, 1), date(2024, 3, 1), ("2024-02", 1), (29, 29)),
        (date(2024, 12, 31), date(2025, 1, 2), ("2024-12", 2), (1, 1)),
        (date(2025, 5, 5), date(2025, 5, 9), ("2025-05", 1), (4, 4)),
    ],
)
def test_the_calendar_of_a_series(
    nine: City, first: date, end: date, names: tuple[str, int], days: tuple[int, int]
) -> None:
    reports = make_reports(nine, n=5, first=first, last=date.fromordinal(end.toordinal() - 1))
    row = rows_of(made(frame_of(nine, first, end), reports)[1]).loc["city.nine.all"]
    assert (row["month_first"], row["n_months"]) == names
    assert (row["first_month_days"], row["last_month_days"]) == days
    assert len(row["reports_by_month"].split(",")) == names[1]


def test_a_row_by_hand(nine: City) -> None:
    """Twelve reports of drinking by one bench, on Tuesdays at 22:30, two of them one episode."""
    winter = ["01-06", "01-20", "02-10", "03-03", "03-24"]
    summer = ["04-14", "05-05", "05-26", "06-16", "07-07", "07-28", "07-28"]
    when = [f"2026-{d} 21:30" for d in winter] + [f"2026-{d} 20:30" for d in summer]
    status = ["confirmed"] * 6 + ["unconfirmed"] * 4 + ["new", "joke"]
    reports = frame(nine, category=["alkohol"] * 12, status=status, when=when,
                    x=[X0 + 500.0] * 12, y=[Y0 + 500.0] * 12)  # fmt: skip
    reports["event_at"] = reports["reported_at"]
    scope = frame_of(nine, date(2026, 1, 6), date(2026, 8, 1))
    row = rows_of(made(scope, reports)[1]).loc["beat.S-1.alcohol-drugs"]
    assert row["reports_by_month"] == "2,1,2,1,2,1,2"
    assert row["episodes_by_month"] == "1,1,2,1,2,1,2"
    assert row["confirmed_by_month"] == "2,1,2,1,0,0,0"
    assert row["expected_by_month"].startswith("1,1,2,1,0,0,")
    assert 0 < numbers(row["expected_by_month"])[-1] < 1
    assert row["peak_weekday"] == "tue"
    assert row["peak_hours"] == "20-23"
    assert (row["peak_shift"], row["peak_share"]) == ("III", 1.0)
    assert numbers(row["profile"]) == [float(hour == 24 + 22) for hour in range(168)]
    assert (row["n_new"], row["n_new_overdue"]) == (1, 1)
    assert pd.isna(row["note"])
    quiet = rows_of(made(scope, reports)[1]).loc["beat.S-2.alcohol-drugs"]
    assert quiet["reports_by_month"] == "0,0,0,0,0,0,0"
    assert quiet["note"] == "few-times"
    assert pd.isna(quiet["profile"])


# -- what waits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "when", "expected"),
    [  # the as-of day ends at 22:00 UTC
        ("new", "2026-07-29 22:00:00", (1, 0, 0, 0)),
        ("new", "2026-07-29 21:59:59", (1, 1, 0, 0)),
        ("verification", "2026-07-26 22:00:00", (0, 0, 1, 0)),
        ("verification", "2026-07-26 21:59:59", (0, 0, 1, 1)),
        ("confirmed", "2026-07-01 12:00:00", (0, 0, 0, 0)),
        ("joke", "2026-07-01 12:00:00", (0, 0, 0, 0)),
    ],
)
def test_what_waits_too_long(nine: City, status: str, when: str, expected: tuple[int, ...]) -> None:
    when_all = ["2026-07-01 09:00:00", "2026-07-31 09:00:00", when]
    reports = frame(nine, category=["alkohol"] * 3, status=["confirmed", "confirmed", status],
                    when=when_all, x=[X0 + 50.0] * 3, y=[Y0 + 50.0] * 3)  # fmt: skip
    scope = frame_of(nine, date(2026, 7, 1), date(2026, 8, 1))
    row = rows_of(made(scope, reports)[1]).loc["beat.S-1.all"]
    assert tuple(row[list(WAITING)]) == expected


def test_it_waits_until_the_day_that_the_release_knows(nine: City) -> None:
    reports = frame(nine, category=["alkohol"] * 2, status=["new", "verification"],
                    when=["2026-07-31 09:00"] * 2, x=[X0 + 50.0] * 2,
                    y=[Y0 + 50.0] * 2)  # fmt: skip
    scope = frame_of(nine, date(2026, 7, 31), date(2026, 8, 1))
    for day, late in ((date(2026, 8, 1), (0, 0)), (date(2026, 8, 2), (1, 0)),
                      (date(2026, 8, 5), (1, 1))):  # fmt: skip
        row = rows_of(made(replace(scope, known_on=day), reports)[1]).loc["city.nine.all"]
        assert (row["n_new_overdue"], row["n_verification_overdue"]) == late


# -- times ---------------------------------------------------------------------------------------


def test_profiles_are_those_of_first_reports_of_a_year(
    nine: City, reports: gpd.GeoDataFrame, series: pd.DataFrame
) -> None:
    """Counted hour by hour, without weights as arrays."""
    serious = reports[reports["status"] != "joke"].reset_index(drop=True)
    serious["episode"] = find_episodes(serious)
    first = serious.sort_values(["reported_at", "report_id"]).drop_duplicates("episode")
    local = first["reported_at"].dt.tz_convert(nine.timezone)
    recent = first[local >= pd.Timestamp("2025-07-18", tz=nine.timezone)]
    inside = ((recent.geometry.x - X0).between(0, 1000)
              & (recent.geometry.y - Y0).between(0, 1000))  # fmt: skip
    week = [0.0] * 168
    for row in recent[inside].itertuples():
        if row.part_of_day is not None and not pd.isna(row.part_of_day):
            for day in range(7):
                for hour in (22, 23, 24, 25, 26, 27, 28, 29):
                    week[(24 * day + hour) % 168] += 1 / 56
        elif not pd.isna(row.event_at):
            moment = row.event_at.tz_convert(nine.timezone)
            week[24 * moment.weekday() + moment.hour] += 1.0
    total = sum(week)
    assert total >= 10
    found = series.loc["beat.S-1.all"]
    assert numbers(found["profile"]) == pytest.approx([w / total for w in week], abs=6e-5)
    by_day = [sum(week[24 * d : 24 * d + 24]) for d in range(7)]
    assert found["peak_weekday"] == WEEKDAYS[int(np.argmax(np.round(by_day, 9)))]


def test_fewer_than_ten_times_give_no_profile(series: pd.DataFrame) -> None:
    few = series["note"].eq("few-times")
    assert few.any()
    assert (~few).any()
    for name in ("profile", "peak_weekday", "peak_hours", "peak_shift", "peak_share"):
        assert series[name].isna().equals(few), name


def test_peaks_of_many_weeks_are_those_of_each() -> None:
    rng = np.random.default_rng(5)
    weeks = rng.gamma(0.1, 1.0, (40, 7, 24))
    weeks[3] = 0.0
    weeks[4] = 1.0  # all alike: the earliest
    found = week_peaks(weeks)
    for k, week in enumerate(weeks):
        one = time_profile(week[None])
        assert found.weekday[k] == one.peak_weekday
        assert (found.hours[k], found.shift[k]) == (one.peak_hours, one.peak_shift)
        assert found.share[k] == pytest.approx(one.peak_share, nan_ok=True)
    assert found.weekday[3] is None
    assert np.isnan(found.share[3])
    assert (found.weekday[4], found.hours[4], found.shift[4]) == ("mon", "00-03", "I")


def test_texts_of_profiles() -> None:
    week = np.zeros((2, 7, 24))
    week[0, 0, 0], week[0, 6, 23] = 3.0, 1.0
    week[1] = 1.0
    one, alike = profile_texts(week)
    assert one == ",".join(["0.7500", *["0"] * 166, "0.2500"])
    assert alike == ",".join(["0.0060"] * 168)
    assert profile_texts(np.zeros((0, 7, 24))) == []


# -- the public face -----------------------------------------------------------------------------


def with_residents(scope: Frame, few: dict[str, float]) -> Frame:
    """The same, but some beats have so many residents."""
    table = scope.denominators["beat"].copy()
    ids = scope.city.levels["beat"]["area_id"].tolist()
    for area, residents in few.items():
        table.loc[ids.index(area), "residents"] = residents
    return replace(scope, denominators={**scope.denominators, "beat": table})


def monthly(city: City) -> gpd.GeoDataFrame:
    """One report a month in the middle of every beat: six a half-year."""
    days = [f"{month}-10 09:00" for month in pd.period_range("2025-02", "2026-07", freq="M")]
    middle = [(X0 + 500 + 1000 * c, Y0 + 500 + 1000 * r) for r in range(3) for c in range(3)]
    when, place = zip(*((day, one) for day in days for one in middle), strict=True)
    x, y = zip(*place, strict=True)
    many = len(when)
    kinds = {"category": ["alkohol"] * many, "status": ["confirmed"] * many}
    return frame(city, **kinds, when=when, x=x, y=y)


def test_who_has_few_residents_has_no_series(nine: City) -> None:
    """Nor has the one whose months would tell those of the first by subtraction."""
    reports = monthly(nine)
    rules = load_rules(nine)
    scope = frame_of(nine, date(2025, 2, 1), date(2026, 7, 11))
    scope = with_residents(scope, {"S-1": 999.0, "S-4": 1500.0})
    areas, series = made(scope, reports, rules)
    open_rows = areas.layer.table.query("level == 'beat' and not suppressed")
    assert "S-1" in set(open_rows["area_id"])  # its half-years are large enough to be shown
    table = rows_of(series)
    closed = table[table["suppressed"]]
    assert set(closed["area_id"]) == {"S-1", "S-4"}  # both of the western column
    assert set(closed["note"]) == {"suppressed"}
    told = [*COUNTS, "expected_by_month", "profile", "peak_share", *WAITING]
    assert closed[told].isna().all(axis=None)
    shown = table[~table["suppressed"]]
    assert shown[[*COUNTS, "expected_by_month", *WAITING]].notna().all(axis=None)
    assert made(scope, reports)[1].layer.table["reports_by_month"].notna().all()


def test_who_hides_a_half_year_has_no_series(nine: City) -> None:
    """One report of one half-year closes the whole series, and the files say nothing of it."""
    reports = make_reports(nine, n=400, first=FIRST, last=LAST)
    south = (reports.geometry.x < X0 + 1000) & (reports.geometry.y < Y0 + 1000)
    early = reports["reported_at"] < pd.Timestamp("2024-08-01", tz="UTC")
    keep = ~(south & early)
    keep |= np.arange(len(reports)) == np.flatnonzero(south & early)[0]
    rules = load_rules(nine)
    scope = with_residents(frame_of(nine, FIRST, END), {"S-1": 999.0})
    areas, series = made(scope, reports[keep].reset_index(drop=True), rules)
    hidden = areas.layer.table.query("suppressed")
    assert ("S-1", "2024H1") in set(zip(hidden["area_id"], hidden["period"], strict=True))
    closed = closed_areas(areas.layer, scope, rules=rules)
    table = rows_of(series)
    for level, flags in closed.items():
        ids = nine.levels[level]["area_id"][flags]
        rows = table[(table["level"] == level) & table["area_id"].isin(ids)]
        assert rows["suppressed"].all()
        assert set(hidden.loc[hidden["level"] == level, "area_id"]) <= set(ids)
    lines = encode_layer(series.layer, face="public")["area-series.properties.jsonl"].decode()
    mine = [line for line in lines.splitlines() if '"area_id":"S-1"' in line]
    assert len(mine) == len(nine.catalogue.groups)
    assert all('"reports_by_month":null' in line for line in mine)


def test_the_same_reports_give_the_same_bytes(
    nine: City, reports: gpd.GeoDataFrame, both: tuple[Collection, Collection]
) -> None:
    turned = reports.sample(frac=1, random_state=4).reset_index(drop=True)
    again = made(frame_of(nine, FIRST, END), turned)[1]
    one, two = (encode_layer(each.layer, face="public") for each in (both[1], again))
    assert one == two
    assert encode_layer(both[1].layer, face="internal") == one
