"""Cities and data too thin for some statistic: every build ends well, and every hole says why."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely
from conftest import CITY_TOML, ORIGIN, write_nine
from made_reports import X0, Y0, fill, make_reports

from geo.city import City
from geo.errors import NotFoundError
from geo.layers.schema import AREA_PERIODS, FACES
from geo.pipeline import build_release
from geo.release.reader import Collection, Release, open_current
from geo.reports.intake import take_in
from geo.reports.store import ReportStore
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# -- what may be empty, and which code tells why ---------------------------------------------------

OPTIONAL = {
    "levels": {"parent_id", "status", "population", "neighbours"},
    "area-periods": {"parent_id", "note"},
    "area-series": {"parent_id", "status", "note"},
    "hotspot-cells": {"stability", "forecast_n", "forecast_lo80", "forecast_hi80"},
    "hotspot-areas": {"partner_hint", "note"},
    "plan-candidates": {"hotspot_id", "note"},
    "forecasts": {"parent_id", "status", "note"},
    "backtests": {"note"},
    "clusters": {"note"},
    "near-repeats": {"note"},
}
"""Columns that are empty where there is nothing of the kind, as their titles say; no code."""

COUNTS = {"n_reports", "n_episodes", "n_report_days", "n_confirmed", "n_pending", "n_unconfirmed",
          "n_joke"}  # fmt: skip
RATIO = {"smr", "smr_lo95", "smr_hi95", "smr_eb", "smr_eb_lo90", "smr_eb_hi90", "p_rr_gt_1_5"}
FUNNEL = {"funnel_class", "tau2"}
CHANGE = {"rate_ratio_yoy", "rate_ratio_lo95", "rate_ratio_hi95", "p_value", "q_value"}
SPOT_CHANGE = {"rate_ratio_yoy", "rate_ratio_lo95", "rate_ratio_hi95"}
WILLING = {"reporting_rate_rr", "reporting_rate_lo90", "reporting_rate_hi90", "low_reporting"}
PLAN = {
    "actionable", "forecast_n", "forecast_lo80", "forecast_hi80", "harm_weight", "p_eliminated",
    "score", "score_lo80", "score_hi80", "contrib_volume", "contrib_confirmation", "contrib_harm",
    "contrib_solvability", "rank_median", "rank_lo90", "rank_hi90", "tie_group", "p_best_in_beat",
    "p_top_k", "rank_raw_reports", "rank_confirmed_only", "sensitivity_flag", "low_information",
    "selection_reason", "hours", "reason_text", "reason_text_pl",
}  # fmt: skip
AHEAD = {"forecast_n", "forecast_lo80", "forecast_hi80", "last_n", "low_information"}
TESTED = {"hit_rate", "pai", "pei", "pei_star", "rri", "poisson_deviance", "log_score",
          "coverage80", "width80"}  # fmt: skip
TIMES = {"peak_weekday", "peak_hours", "peak_shift", "peak_share", "profile"}
CIRCLE = {"n_areas", "beat_ids", "n_episodes", "expected_n", "rr"}

EXPLAINS: dict[str, dict[str, set[str]]] = {
    "area-periods": {
        "unassigned": set(AREA_PERIODS) - COUNTS - {"note"},
        "no-residents": {"pop_resident", *(f"rate_per_1000{e}" for e in ("", "_lo95", "_hi95"))},
        "no-streets": {f"rate_per_street_km{e}" for e in ("", "_lo95", "_hi95")},
        "nothing-expected": RATIO | FUNNEL,
        "few-areas": FUNNEL,
        "period-incomplete": CHANGE | {"n_same_period_prev_year"},
        "no-previous-year": CHANGE | {"n_same_period_prev_year"},
        "previous-year-suppressed": CHANGE | {"n_same_period_prev_year"},
        "base-zero": CHANGE,
        "few-to-compare": {"p_value", "q_value"},
        "few-place-days": WILLING,
        "no-duplicates": WILLING,
    },
    "area-series": {"few-times": TIMES},
    "hotspot-areas": {
        "few-times": TIMES,
        "not-judged": {"stability"},
        "no-previous-year": SPOT_CHANGE | {"n_same_period_prev_year"},
        "base-zero": SPOT_CHANGE,
    },
    "plan-candidates": {
        "no-history": PLAN,
        "part-of-beat": {"rank_raw_reports", "rank_confirmed_only"},
    },
    "forecasts": {"history-too-short": AHEAD},
    "backtests": {
        "history-too-short": TESTED,
        "horizon-not-over": TESTED,
        "few-episodes": TESTED,
        "nothing-came": TESTED,
        "nothing-before-there": {"rri"},
    },
    "clusters": {
        "history-too-short": CIRCLE | {"months", "llr", "p_value", "recurrence_days"},
        "all-hidden": CIRCLE | {"months", "llr", "p_value", "recurrence_days"},
        "no-cluster": CIRCLE,
        "nothing-outside": {"rr"},
    },
    "near-repeats": {"nothing-expected": {"pair_ratio", "p_value"}},
}
"""Collection to code of `note` to the columns that it leaves empty; `suppressed` may all."""


def holes(one: Collection) -> Iterator[str]:
    """What of a collection is empty without a reason, in words."""
    kind = one.id if one.id in OPTIONAL else "levels"
    columns, optional, why = one.columns, OPTIONAL[kind], EXPLAINS.get(kind, {})
    documented = set(one.meta["method"].get("notes", ()))
    for line in one.folder.read(f"{one.id}.properties.jsonl").splitlines():
        row: dict[str, Any] = orjson.loads(line)  # NaN and Infinity are no JSON: an error
        codes = set(filter(None, (row.get("note") or "").split(",")))
        if codes - documented:
            yield f"{one.id}: code {codes - documented} is not in the manifest"
        told = set(optional).union(*(why.get(code, ()) for code in codes))
        for name, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                yield f"{one.id}.{name} is {value}"
            if value is None and not columns[name]["nullable"]:
                yield f"{one.id}.{name} is empty and may not be"
            recurs = name == "recurrence_days" and row["scan"] == "gate"
            if value is None and not (name in told or recurs or row.get("suppressed")):
                yield f"{one.id}.{name} is empty, and the note is {row.get('note')!r}"


def require_reasons(folder: Folder) -> None:
    """Every hole of both faces has its reason, and files and manifest tell the same."""
    for face in FACES:
        release = open_current(folder, face=face)
        assert len(release.collections) > 6
        for one in release.collections.values():
            assert sorted(set(holes(one))) == [], f"{face} face"
            table = one.table(list(one.columns))
            for name in table.column_names:
                numbers = table[name].drop_null().to_numpy()
                if numbers.dtype.kind == "f":
                    assert np.isfinite(numbers).all(), f"{one.id}.{name}"


def rows(release: Release, collection: str) -> pd.DataFrame:
    one = release.collections[collection]
    lines = one.folder.read(f"{collection}.properties.jsonl").splitlines()
    return pd.DataFrame([orjson.loads(line) for line in lines], columns=list(one.columns))


def built(city: City, reports: gpd.GeoDataFrame, path: Path) -> Release:
    """The internal face of a release, all of whose holes have a reason."""
    folder = Folder.open(path)
    fill(folder, reports)
    build_release(city, folder)
    require_reasons(folder)
    return open_current(folder, face="internal")


# -- cities ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """A city of columns x rows beats in a square of 3 km; its parts may be without anything."""

    columns: int = 3
    rows: int = 3
    files: bool = True
    components: str = '"residents", "addresses", "streets", "land"'
    persons: dict[str, float | None] = field(default_factory=dict)
    usual: float | None = 2000.0
    level: bool = False


def make_city(folder: Path, plan: Plan) -> City:
    """The city of nine squares, cut anew."""
    folder.mkdir()
    write_nine(folder)
    (x0, y0), across, up = ORIGIN, 3000 / plan.columns, 3000 / plan.rows
    ids = [f"S-{n + 1:02d}" for n in range(plan.columns * plan.rows)]
    squares = [
        shapely.box(x0 + c * across, y0 + r * up, x0 + (c + 1) * across, y0 + (r + 1) * up)
        for r in range(plan.rows)
        for c in range(plan.columns)
    ]
    persons = [plan.persons.get(one, plan.usual) for one in ids]
    beats = gpd.GeoDataFrame(
        {"area_id": ids, "name": ids, "parent_id": "nine", "status": "approximate",
         "population": pd.Series(persons, dtype=object)},
        geometry=squares, crs="EPSG:2180",
    )  # fmt: skip
    (folder / "beats.geojson").write_text(beats.to_crs("EPSG:4326").to_json(), encoding="utf-8")
    start, stop = CITY_TOML.index("[levels.komisariat]"), CITY_TOML.index("[levels.city]")
    toml = CITY_TOML[:start] + CITY_TOML[stop:]
    toml = toml.replace('parent = "komisariat"', 'parent = "city"')
    if not plan.files:
        start, stop = toml.index("[files]"), toml.index("[background]")
        toml = toml[:start] + toml[stop:]
    toml = toml.replace('"residents", "addresses", "streets", "land"', plan.components)
    (folder / "city.toml").write_text(toml, encoding="utf-8")
    return City.load(folder)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Plan], City]:
    """Makes each city once."""
    home = tmp_path_factory.mktemp("cities")
    made: dict[str, City] = {}

    def make(plan: Plan) -> City:
        if repr(plan) not in made:
            made[repr(plan)] = make_city(home / str(len(made)), plan)
        return made[repr(plan)]

    return make


def whole_city(table: pd.DataFrame, group: str = "all") -> pd.DataFrame:
    return table[(table["area_id"] == "nine") & (table["category_group"] == group)]


def codes(table: pd.DataFrame) -> set[str]:
    return {code for note in table["note"].dropna() for code in note.split(",")}


def reports_of_a_year(city: City, *, n: int = 400, margin: float = 150.0) -> gpd.GeoDataFrame:
    """Two periods with a hot spot: enough for maps, and quickly built."""
    return make_reports(city, n=n, spot=n // 10, first=date(2025, 8, 1), margin=margin)


def on_point(reports: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy([X0 + 1234.5] * len(reports), [Y0 + 1234.5] * len(reports))
    return reports.set_geometry(points, crs=reports.crs)


# -- reports in odd times and places --------------------------------------------------------------


def test_a_period_without_reports_in_the_middle(
    city: Callable[[Plan], City], tmp_path: Path
) -> None:
    nine = city(Plan())
    early = make_reports(nine, n=300, last=date(2025, 1, 31))
    late = make_reports(nine, n=300, first=date(2025, 8, 1), seed=2)
    late["report_id"] = "L" + late["report_id"]
    release = built(nine, pd.concat([early, late], ignore_index=True), tmp_path)
    table = whole_city(rows(release, "area-periods")).set_index("period")
    assert table["n_reports"].gt(0).to_dict() == {
        "2024H1": True, "2024H2": True, "2025H1": False, "2025H2": True, "2026H1": True,
    }  # fmt: skip
    assert table["period_complete"].all()
    assert table.loc["2025H1", "rate_per_km2"] == 0
    assert table.loc["2025H1", "rate_ratio_yoy"] == 0
    assert table.loc["2025H1", "note"] == "nothing-expected,few-to-compare,no-duplicates"
    assert "base-zero" in table.loc["2026H1", "note"]
    tested = rows(release, "backtests")
    assert set(tested.loc[tested["period"] == "2025H1", "note"]) <= {"nothing-came", "few-episodes"}


@pytest.mark.parametrize("beats", [9, 1])
def test_all_reports_on_one_point(city: Callable[[Plan], City], tmp_path: Path, beats: int) -> None:
    side = round(beats**0.5)
    here = city(Plan(side, side))
    release = built(here, on_point(reports_of_a_year(here, margin=0.0)), tmp_path)
    cells = rows(release, "hotspot-cells")
    assert not cells.duplicated(["period", "category_group"]).any()  # one cell of a map holds all
    table = rows(release, "area-periods")
    held = table[(table["level"] == "beat") & (table["category_group"] == "all")]
    held = held[held["n_reports"] > 0]
    assert set(held["area_id"]) == {held["area_id"].iloc[0]}
    inside = whole_city(table).set_index("period")["n_reports"]
    assert (held.set_index("period")["n_reports"] == inside[inside > 0]).all()
    assert not rows(release, "near-repeats")["n_pairs"].any()  # there is no pair with a distance
    assert set(rows(release, "clusters")["signal"]) == {False}


def test_one_report(city: Callable[[Plan], City], tmp_path: Path) -> None:
    nine = city(Plan())
    one = make_reports(nine, n=1, first=date(2026, 3, 1), last=date(2026, 3, 1), margin=0.0)
    one["status"] = "confirmed"
    release = built(nine, one, tmp_path)
    table = whole_city(rows(release, "area-periods"))
    assert table["n_reports"].tolist() == [1]
    assert table["note"].tolist() == ["few-areas,period-incomplete,few-place-days"]
    assert codes(rows(release, "plan-candidates")) == {"no-history"}
    assert codes(rows(release, "clusters")) == {"history-too-short"}
    assert codes(rows(release, "forecasts")) == {"history-too-short"}
    assert rows(release, "forecasts")["used_months"].eq(0).all()
    for name in ("hotspot-cells", "hotspot-areas", "backtests", "near-repeats"):
        assert release.collections[name].count == 0


def test_a_report_outside_every_area(city: Callable[[Plan], City], tmp_path: Path) -> None:
    nine = city(Plan())
    one = make_reports(nine, n=1, first=date(2026, 3, 1), last=date(2026, 3, 1))
    one["status"] = "confirmed"
    one = one.set_geometry(gpd.points_from_xy([X0 - 100], [Y0 - 100]), crs=one.crs)
    table = rows(built(nine, one, tmp_path), "area-periods")
    assert (table["n_reports"] > 0).equals(
        (table["area_id"] == "unassigned") & (table["n_reports"] == 1)
    )
    assert set(table.loc[table["n_reports"] == 1, "level"]) == {"beat", "city"}


def test_only_jokes(city: Callable[[Plan], City], tmp_path: Path) -> None:
    nine = city(Plan())
    reports = make_reports(nine, n=300, margin=0.0)
    reports["status"] = "joke"
    release = built(nine, reports, tmp_path)
    table = rows(release, "area-periods")
    assert not table["n_reports"].any()
    assert whole_city(table)["n_joke"].sum() == 300
    assert table["smr"].isna().all()
    assert release.collections["hotspot-cells"].count == 0
    assert release.collections["plan-candidates"].count == 0
    assert codes(rows(release, "clusters")) == {"no-cluster"}
    assert codes(rows(release, "backtests")) == {"history-too-short"}
    assert set(rows(release, "near-repeats")["n_pairs"]) == {0}


@pytest.mark.parametrize("status", ["new", "unconfirmed"])
def test_no_report_is_confirmed(city: Callable[[Plan], City], tmp_path: Path, status: str) -> None:
    nine = city(Plan())
    reports = reports_of_a_year(nine)
    reports["status"] = status
    table = rows(built(nine, reports, tmp_path), "area-periods")
    assert not table["n_confirmed"].any()
    rates = table.loc[table["area_id"] != "unassigned", "conf_rate_eb"]
    assert rates.between(0, 1).all()


def test_a_group_without_a_report(city: Callable[[Plan], City], tmp_path: Path) -> None:
    nine = city(Plan())
    reports = make_reports(nine, n=600, spot=60, first=date(2025, 2, 1))
    water = reports["category"].isin(nine.catalogue.members("water"))
    assert water.any()
    release = built(nine, reports[~water].reset_index(drop=True), tmp_path)
    found = {name: rows(release, name) for name in release.collections if name in EXPLAINS}
    held = {name: table[table["category_group"] == "water"] for name, table in found.items()}
    assert held["area-periods"]["n_episodes"].eq(0).all()
    assert held["area-periods"]["note"].str.startswith("nothing-expected").all()
    assert held["hotspot-areas"].empty
    assert held["plan-candidates"].empty
    assert codes(held["backtests"]) == {"few-episodes"}
    assert codes(held["clusters"]) == {"no-cluster"}
    assert codes(held["near-repeats"]) == {"nothing-expected"}
    assert not held["near-repeats"]["n_pairs"].any()
    method = release.collections["hotspot-cells"].meta["method"]
    assert "water" in {one["category_group"] for one in method["without_map"]}


# -- few areas ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("columns", "many"), [(1, 1), (3, 3), (4, 3), (4, 4)])
def test_few_areas(city: Callable[[Plan], City], tmp_path: Path, columns: int, many: int) -> None:
    """Below ten no funnel; below fifteen a prior worth one event around the city's ratio."""
    here = city(Plan(columns, many))
    table = rows(built(here, reports_of_a_year(here, n=500), tmp_path), "area-periods")
    table = table[(table["level"] == "beat") & table["smr"].notna()]
    few = table["note"].str.contains("few-areas", na=False)
    assert (few == (columns * many < 10)).all()
    assert (table["funnel_class"].isna() == few).all()
    fixed = (table["n_episodes"] + 1) / (table["expected_n"] + 1)
    difference = (table["smr_eb"] / fixed - 1).abs()
    assert len(table) >= 2 * columns * many
    if columns * many < 15:
        assert difference.max() < 1e-5  # six digits are published
    else:
        assert difference.max() > 0.01


# -- exposure -------------------------------------------------------------------------------------

BARE = Plan(files=False, usual=None)
NOBODY = Plan(files=False, usual=0.0)
LAND = Plan(files=False, usual=None, components='"land"')
PERSONS = Plan(files=False, usual=None, components='"residents"')


@pytest.mark.parametrize("plan", [BARE, LAND, PERSONS], ids=["all four", "land", "residents"])
def test_no_residents_addresses_or_streets(
    city: Callable[[Plan], City], tmp_path: Path, plan: Plan
) -> None:
    here = city(plan)
    release = built(here, reports_of_a_year(here), tmp_path)
    table = rows(release, "area-periods")
    table = table[(table["level"] == "beat") & (table["area_id"] != "unassigned")]
    assert set(table["exposure_used"]) == {"100 % land"}
    assert table["note"].str.startswith("no-residents,no-streets").all()
    assert table[["pop_resident", "rate_per_1000", "rate_per_street_km"]].isna().all(axis=None)
    assert table["rate_per_km2"].notna().all()
    exposures = release.collections["area-periods"].meta["method"]["exposure"]
    assert all(weights == {"land": 1.0} for weights in exposures.values())


def test_areas_without_people_expect_nothing(city: Callable[[Plan], City], tmp_path: Path) -> None:
    persons: dict[str, float | None] = {"S-01": 0.0, "S-05": 0.0}
    here = city(Plan(files=False, components='"residents"', persons=persons))
    table = rows(built(here, reports_of_a_year(here), tmp_path), "area-periods")
    table = table[table["level"] == "beat"]
    empty = table["area_id"].isin(persons)
    assert table.loc[empty, "n_reports"].sum() > 0
    assert table.loc[empty, "expected_n"].eq(0).all()
    assert table.loc[empty, "smr"].isna().all()
    assert {"no-residents", "nothing-expected"} <= codes(table[empty])
    assert table.loc[empty, "rate_per_km2"].notna().all()


@pytest.mark.parametrize("plan", [NOBODY, Plan(1, 1, usual=500.0)], ids=["nobody", "small beat"])
def test_where_every_beat_hides_its_numbers(
    city: Callable[[Plan], City], tmp_path: Path, plan: Plan
) -> None:
    """The public face has rows without numbers; the internal one has them."""
    here = city(plan)
    built(here, reports_of_a_year(here), tmp_path)
    folder = Folder.open(tmp_path)
    public, internal = (open_current(folder, face=face) for face in FACES)
    table = rows(public, "area-periods")
    beats = table[(table["level"] == "beat") & (table["area_id"] != "unassigned")]
    assert beats["suppressed"].all()
    assert beats["n_reports"].isna().all()
    assert codes(rows(public, "clusters")) == {"all-hidden"}
    assert codes(rows(public, "plan-candidates")) == {"suppressed"}
    assert codes(rows(public, "forecasts")) == {"suppressed"}
    assert rows(internal, "area-periods")["n_reports"].notna().all()
    series = rows(public, "area-series")
    assert series.loc[series["area_id"].isin(beats["area_id"]), "reports_by_month"].isna().all()
    assert rows(internal, "area-series")["reports_by_month"].notna().all()
    assert "all-hidden" not in codes(rows(internal, "clusters"))


# -- what the catalogue does not know -------------------------------------------------------------


def write_csv(path: Path, reports: gpd.GeoDataFrame) -> None:
    columns = ["report_id", "category", "status", "reported_at"]
    pd.DataFrame(reports[columns]).assign(x=reports.geometry.x, y=reports.geometry.y).to_csv(
        path, index=False
    )


def test_reports_of_an_unknown_category_are_left_out(
    city: Callable[[Plan], City], tmp_path: Path
) -> None:
    """The release is the one of the other reports, to the last byte: it has their id."""
    nine = city(Plan())
    reports = reports_of_a_year(nine, margin=0.0)
    odd = reports.index % 10 == 5
    write_csv(tmp_path / "known.csv", reports[~odd])
    reports.loc[odd, "category"] = "ufo"
    write_csv(tmp_path / "all.csv", reports)
    names = []
    for file in ("known", "all"):
        folder = Folder.open(tmp_path / file)
        store = ReportStore(folder)
        taken = take_in(tmp_path / f"{file}.csv", city=nine, store=store, crs="EPSG:2180")
        assert taken.result.accepted == (~odd).sum()
        names.append(build_release(nine, folder))
    assert taken.quarantined["reason"].tolist() == ["unknown_category"] * odd.sum()
    assert taken.quarantined["detail"].str.contains("ufo").all()
    assert names[0] == names[1]
    require_reasons(folder)


def test_nothing_but_unknown_categories_is_no_release(
    city: Callable[[Plan], City], tmp_path: Path
) -> None:
    nine = city(Plan())
    write_csv(tmp_path / "all.csv", make_reports(nine, n=5, margin=0.0).assign(category="ufo"))
    folder = Folder.open(tmp_path / "store")
    take_in(tmp_path / "all.csv", city=nine, store=ReportStore(folder), crs="EPSG:2180")
    with pytest.raises(NotFoundError, match="no report is in the store: ingest a file first"):
        build_release(nine, folder)


# -- what the documents say -----------------------------------------------------------------------


def test_the_page_of_columns_tells_every_code(root: Path) -> None:
    page = (root / "docs" / "columns.md").read_text(encoding="utf-8")
    _, reasons = page.split("## Why a number is missing")
    reasons, thin = reasons.split("## What thin data give")
    told = set(re.findall(r"^\| `([a-z-]+)` \|", reasons, flags=re.MULTILINE))
    assert told == {"suppressed"}.union(*EXPLAINS.values())
    optional = set(re.findall(r"`(\w+)`", reasons.split("| code |")[0].split("Always")[1]))
    assert optional == set().union(*OPTIONAL.values()) | {"recurrence_days"}
    used = set(re.findall(r"`([a-z]+-[a-z-]+)`", thin))
    assert used <= told | {"no-reports", "near-repeats"}
