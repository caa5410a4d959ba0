"""Simulated reports of a city, declared as such, with planted hot spots of known place.

Background (calibrated mixture of people, addresses, streets and land, over-dispersed), repeats on
one spot, planted spots; then hours, seasons and what becomes of each report. No number of it
speaks about the real city.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import EXCHANGE_CRS
from geo.errors import UsageError
from geo.periods import local_midnight
from geo.reports.calibration import Calibration
from geo.reports.places import Places
from geo.reports.planted import PlantedSpot, plant_spots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.city import City
    from geo.reports.calibration import CategoryProfile

__all__ = ["DEMO_LAST_DAY", "SIMULATED_PREFIX", "simulate_reports", "to_file_columns"]

SIMULATED_PREFIX = "SIM-"
"""How the id of every simulated report begins."""

DEMO_LAST_DAY = date(2026, 7, 31)
"""The last simulated day by default: the end of a plan half-year, the same on every machine."""

READ_DAYS = 1.0
VERIFY_DAYS = 3.0
RESOLVE_DAYS = 20.0
"""Mean days until a report is read, verified, and a confirmed one eliminated."""
REPEAT_DAYS = 6.0
REPEAT_M = 15.0
WITH_EVENT_TIME = 0.7
WITH_HABIT = 0.35


def simulate_reports(
    city: City, *, days: int, seed: int, last_day: date = DEMO_LAST_DAY
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Simulate the reports of a city with addresses.

    Parameters
    ----------
    city
        Any city with addresses; streets are used where it has them.
    days
        Number of local days, the last one being `last_day`.
    seed
        Seed of the random numbers: the same call gives the same reports.
    last_day
        The day on which the statuses are as given.

    Returns
    -------
    reports : GeoDataFrame
        The frame of accepted reports (`report_id, category, category_group, status, reported_at,
        event_at, part_of_day, weekdays, modified_at, geometry`) in the city's metric CRS, in
        order of time. Ids begin with ``SIM-``.
    truth : GeoDataFrame
        One row per planted spot, same CRS: `spot_id, category, category_group, pattern,
        radius_m, per_year, n_reports, first_day, last_day, geometry`.

    Raises
    ------
    UsageError
        If `days` is not positive.
    CityError
        If the city has no addresses.
    """
    if days < 1:
        msg = f"days is {days}: simulate at least one day"
        raise UsageError(msg)
    rng = np.random.default_rng(seed)
    calibration = Calibration.of(city.catalogue)
    places = Places.of(city, overdispersion=calibration.overdispersion, rng=rng)
    by_share = sorted(calibration.profiles, key=lambda c: -calibration.profiles[c].share)
    spots = plant_spots(places.addresses, by_share, rng=rng)
    first_day = last_day - timedelta(days=days - 1)
    planted = pd.concat([_planted(spot, days=days, rng=rng) for spot in spots], ignore_index=True)
    counts = planted["category"].value_counts().to_dict()
    background = _background(places, calibration, counts, first_day=first_day, days=days, rng=rng)
    drawn = pd.concat([background, planted], ignore_index=True)
    drawn = _add_times(drawn, calibration, city=city, first_day=first_day, rng=rng)
    drawn = drawn.sort_values(["reported_at", "x", "y"], ignore_index=True)
    end = pd.Timestamp(local_midnight(last_day + timedelta(days=1), city.timezone))
    reports = _add_outcomes(drawn, calibration, end=end.tz_convert("UTC"), rng=rng)
    return _frame(reports, city), _truth(spots, drawn, city)


def to_file_columns(reports: gpd.GeoDataFrame, city: City) -> gpd.GeoDataFrame:
    """The same reports as a file of the service would hold them.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, with `lon`, `lat`, the categories' and statuses' Polish names (or the first
        name of a catalogue without Polish), local times with offset, and `simulated`.
    """
    out = reports.to_crs(EXCHANGE_CRS)
    names = {c.id: _first_name(c.names) for c in city.catalogue.categories.values()}
    statuses = {s.id: _first_name(s.names) for s in city.catalogue.statuses.values()}
    out["category"] = out["category"].map(names)
    out["status"] = out["status"].map(statuses)
    out["lon"], out["lat"] = out.geometry.x.round(7), out.geometry.y.round(7)
    for column in ("reported_at", "event_at", "modified_at"):
        local = out[column].dt.tz_convert(city.timezone)
        out[column] = [None if pd.isna(t) else t.isoformat(timespec="seconds") for t in local]
    out["simulated"] = True
    return out.drop(columns="category_group")


def _background(
    places: Places,
    calibration: Calibration,
    planted: Mapping[str, int],
    *,
    first_day: date,
    days: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Background reports and their repeats, as many as the planted ones leave room for.

    At least a third of a category stays background, however small the city.
    """
    parts = []
    for category, profile in calibration.profiles.items():
        expected = calibration.per_day * days * profile.share
        room = max(expected - planted.get(category, 0), expected / 3)
        n = int(rng.poisson(room * (1 - calibration.repeats)))
        xy = places.draw(n, mix=profile.mix, rng=rng)
        day = _draw_days(n, profile, first_day=first_day, days=days, rng=rng)
        parts.append(_rows(category, day, xy))
    first = pd.concat(parts, ignore_index=True)
    share = calibration.repeats / (1 - calibration.repeats)
    return pd.concat([first, _repeats(first, share, days=days, rng=rng)], ignore_index=True)


def _draw_days(
    n: int,
    profile: CategoryProfile,
    *,
    first_day: date,
    days: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Days since the first, by weekday and season."""
    calendar = pd.date_range(first_day, periods=days)
    weight = np.where(calendar.day_of_week >= 5, profile.weekend, 1.0)
    phase = 2 * np.pi * (calendar.month.to_numpy() - profile.peak_month) / 12
    weight = weight * (1 + profile.amplitude * np.cos(phase))
    return rng.choice(days, size=n, p=weight / weight.sum())


def _repeats(
    first: pd.DataFrame, share: float, *, days: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Further reports of the same thing: same spot, some days later, while the days last."""
    again = first.loc[rng.uniform(size=len(first)) < share].copy()
    again["day"] += np.ceil(rng.exponential(REPEAT_DAYS, len(again))).astype(int)
    again[["x", "y"]] += rng.normal(0.0, REPEAT_M, (len(again), 2))
    return again[again["day"] < days]


def _planted(spot: PlantedSpot, *, days: int, rng: np.random.Generator) -> pd.DataFrame:
    day = spot.times(days=days, rng=rng).astype(int)
    xy = rng.normal((spot.x, spot.y), spot.radius_m, (len(day), 2))
    return _rows(spot.category, day, xy).assign(spot_id=spot.spot_id)


def _rows(category: str, day: NDArray[np.int64], xy: NDArray[np.float64]) -> pd.DataFrame:
    columns = {"category": category, "day": day, "x": xy[:, 0], "y": xy[:, 1], "spot_id": None}
    return pd.DataFrame(columns).astype({"spot_id": object, "category": object})


def _add_times(
    drawn: pd.DataFrame,
    calibration: Calibration,
    *,
    city: City,
    first_day: date,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The time of the report, and for some the time of the event and its habit."""
    hour = np.empty(len(drawn), dtype=np.int64)
    for category, rows in drawn.groupby("category", sort=True).indices.items():
        hour[rows] = rng.choice(24, size=len(rows), p=calibration.profiles[str(category)].hours)
    second = rng.integers(3600, size=len(drawn))
    local = pd.Timestamp(first_day) + pd.to_timedelta(
        drawn["day"].to_numpy() * 86_400 + hour * 3_600 + second, unit="s"
    )
    zoned = local.tz_localize(city.timezone, ambiguous=np.ones(len(local), dtype=bool),
                              nonexistent="shift_forward")  # fmt: skip
    reported = pd.Series(zoned.tz_convert("UTC").as_unit("us"), index=drawn.index)
    earlier = pd.to_timedelta(np.ceil(rng.exponential(5_400, len(drawn))), unit="s")
    event = (reported - earlier).where(rng.uniform(size=len(drawn)) < WITH_EVENT_TIME)
    habit = rng.uniform(size=len(drawn)) < WITH_HABIT
    return drawn.assign(
        reported_at=reported,
        event_at=event.dt.as_unit("us"),
        part_of_day=pd.Series(_parts_of_day(hour), index=drawn.index).where(habit, None),
        weekdays=pd.Series(_weekday_names(local), index=drawn.index).where(habit, None),
    )


def _parts_of_day(hour: NDArray[np.int64]) -> NDArray[np.object_]:
    """The span of three hours that a person would tick."""
    start = hour // 3 * 3
    return np.array([f"{h:02d}-{h + 3:02d}" for h in start], dtype=object)


def _weekday_names(local: pd.DatetimeIndex) -> NDArray[np.object_]:
    weekend = local.day_of_week >= 5
    return np.where(weekend, "sat,sun", "mon,tue,wed,thu,fri").astype(object)


def _add_outcomes(
    drawn: pd.DataFrame, calibration: Calibration, *, end: pd.Timestamp, rng: np.random.Generator
) -> pd.DataFrame:
    """Status and last change of each report as they stood at `end`."""
    n = len(drawn)
    waits = rng.exponential((READ_DAYS, VERIFY_DAYS, RESOLVE_DAYS), (n, 3)).cumsum(axis=1)
    moments = [
        (drawn["reported_at"] + pd.to_timedelta(waits[:, i], unit="D")).dt.floor("s")
        for i in range(3)
    ]
    confirmed = drawn["category"].map({c: p.confirmed for c, p in calibration.profiles.items()})
    luck = rng.uniform(size=(n, 3))
    joke = luck[:, 0] < calibration.joke
    is_confirmed = luck[:, 1] < confirmed.to_numpy(np.float64)
    after = np.select(
        [
            luck[:, 2] < calibration.passed_on,
            luck[:, 2] < calibration.passed_on + _kept(calibration),
        ],
        ["passed_on", "confirmed"],
        "eliminated",
    )
    read, verified, resolved = ((m < end).to_numpy() for m in moments)
    status = np.select(
        [~read, ~verified, joke, ~is_confirmed, ~resolved], ["new", "verification", "joke",
         "unconfirmed", "confirmed"], after,
    )  # fmt: skip
    changed = moments[1].where(~(resolved & is_confirmed & ~joke & (after != "confirmed")),
                               moments[2])  # fmt: skip
    changed = changed.where(verified, moments[0]).where(read)
    return drawn.assign(status=status, modified_at=changed.dt.as_unit("us"))


def _kept(calibration: Calibration) -> float:
    """Share of confirmed reports that stay confirmed without being eliminated or passed on."""
    return max(1 - calibration.eliminated - calibration.passed_on, 0.0)


def _frame(reports: pd.DataFrame, city: City) -> gpd.GeoDataFrame:
    groups = {c.id: c.group for c in city.catalogue.categories.values()}
    frame = reports.assign(
        report_id=[f"{SIMULATED_PREFIX}{i + 1:07d}" for i in range(len(reports))],
        category_group=reports["category"].map(groups),
    )
    columns = ["report_id", "category", "category_group", "status", "reported_at", "event_at",
               "part_of_day", "weekdays", "modified_at"]  # fmt: skip
    points = gpd.points_from_xy(reports["x"].round(3), reports["y"].round(3))
    return gpd.GeoDataFrame(frame[columns], geometry=points, crs=city.metric_crs)


def _truth(spots: list[PlantedSpot], drawn: pd.DataFrame, city: City) -> gpd.GeoDataFrame:
    """What was planted, and how many reports it really gave."""
    rows = []
    for spot in spots:
        local = drawn.loc[drawn["spot_id"] == spot.spot_id, "reported_at"]
        days = local.dt.tz_convert(city.timezone).dt.date
        rows.append(
            {
                "spot_id": spot.spot_id,
                "category": spot.category,
                "category_group": city.catalogue.categories[spot.category].group,
                "pattern": spot.pattern,
                "radius_m": spot.radius_m,
                "per_year": spot.per_year,
                "n_reports": len(local),
                "first_day": days.min().isoformat() if len(days) else None,
                "last_day": days.max().isoformat() if len(days) else None,
            }
        )
    points = gpd.points_from_xy([s.x for s in spots], [s.y for s in spots])
    return gpd.GeoDataFrame(rows, geometry=points, crs=city.metric_crs)


def _first_name(names: Mapping[str, str]) -> str:
    return names.get("pl") or next(iter(names.values()))
