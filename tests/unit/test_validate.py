"""Every row is accepted or quarantined, with a reason that helps."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geo.reports.readers import read_reports
from geo.reports.validate import REASONS

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)
INSIDE = (530_500.0, 430_500.0)
GOOD = {"report_id": "1", "category": "Żebractwo", "status": "Nowe",
        "reported_at": "2026-06-01 12:00", "x": INSIDE[0], "y": INSIDE[1]}  # fmt: skip


def judged(
    nine: City, tmp_path: Path, *changes: dict[str, Any], crs: str | None = "EPSG:2180"
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Rows that are good but for the changes, read from a CSV file."""
    lines = [GOOD | {"report_id": str(i)} | change for i, change in enumerate(changes)]
    pd.DataFrame(lines, dtype=object).to_csv(tmp_path / "a.csv", index=False)
    return read_reports(tmp_path / "a.csv", city=nine, crs=crs, now=NOW)


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"category": ""}, "missing_category", "the category is empty"),
        (
            {"category": "Akty wandalizm"},
            "unknown_category",
            "the category 'Akty wandalizm' is not known: did you mean 'Akty wandalizmu'?",
        ),
        ({"category": "qqqqqq"}, "unknown_category", "see the catalogue 'kmzb'"),
        (
            {"status": "Potwierdzono"},
            "unknown_status",
            "the status 'Potwierdzono' is not known: did you mean 'Potwierdzone'?",
        ),
        ({"reported_at": ""}, "missing_time", "reported_at is empty: write it as 2026-"),
        ({"reported_at": "wczoraj"}, "unreadable_time", "reported_at is 'wczoraj'"),
        ({"reported_at": "1970-01-01"}, "unreadable_time", "is '1970-01-01', before 2000"),
        ({"reported_at": "2026-07-04"}, "future_time", "is '2026-07-04', after 2026-07-02"),
        ({"modified_at": "2027-01-01"}, "future_time", "modified_at is '2027-01-01'"),
        ({"modified_at": "soon"}, "unreadable_time", "modified_at is 'soon'"),
        ({"event_at": "at night"}, "unreadable_time", "event_at is 'at night'"),
        ({"x": ""}, "missing_coordinates", "give two coordinates"),
        ({"x": 0, "y": 0}, "missing_coordinates", "(0, 0) in EPSG:2180"),
        ({"x": "abc"}, "impossible_coordinates", "x is 'abc', which is no number"),
        ({"x": "inf"}, "impossible_coordinates", "no place on Earth"),
        ({"x": "1e12"}, "impossible_coordinates", "no place on Earth"),
        ({"x": INSIDE[1], "y": INSIDE[0]}, "swapped_axes", "only with x and y exchanged"),
        ({"y": 500_000}, "outside_city", "more than 5 km from Nine Squares"),
    ],
)
def test_a_row_with_one_fault_has_its_reason(
    nine: City, tmp_path: Path, change: dict[str, Any], reason: str, detail: str
) -> None:
    accepted, quarantined = judged(nine, tmp_path, {}, change, {})
    assert accepted["report_id"].tolist() == ["0", "2"]
    assert quarantined[["row", "reason"]].to_numpy().tolist() == [[2, reason]]
    assert detail in quarantined["detail"][0]
    record = json.loads(quarantined["record"][0])
    assert record["report_id"] == "1"
    assert record["crs"] == "EPSG:2180"
    for field, value in change.items():
        assert str(record.get(field, "")) == str(value)


def test_every_reason_is_documented_and_named_in_words() -> None:
    for code, text in REASONS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", code)
        assert len(text) > 10


def test_a_row_with_many_faults_names_them_all(nine: City, tmp_path: Path) -> None:
    wrong = {"category": "?", "status": "?", "reported_at": "?", "x": "?"}
    _, quarantined = judged(nine, tmp_path, wrong)
    assert quarantined["reason"].tolist() == ["unknown_category"]
    assert quarantined["detail"][0].count("'?'") == 4


def test_a_report_without_status_is_new(nine: City, tmp_path: Path) -> None:
    accepted, _ = judged(nine, tmp_path, {"status": ""}, {"status": None}, {"status": "joke"})
    assert accepted["status"].tolist() == ["new", "new", "joke"]


def test_garbage_event_times_are_not_known(nine: City, tmp_path: Path) -> None:
    garbage = ["-62135596800000", "0000000000", "1899-12-30", "01.01.1970", ""]
    accepted, quarantined = judged(nine, tmp_path, *({"event_at": g} for g in garbage))
    assert len(quarantined) == 0
    assert accepted["event_at"].isna().all()


def test_a_clock_may_go_a_day_ahead(nine: City, tmp_path: Path) -> None:
    accepted, quarantined = judged(
        nine,
        tmp_path,
        {"reported_at": "2026-07-03T12:00:00Z"},
        {"reported_at": "2026-07-03T12:00:01Z"},
    )
    assert (len(accepted), quarantined["reason"].tolist()) == (1, ["future_time"])


@pytest.mark.parametrize(("distance", "accepted"), [(0.0, 1), (4_999.0, 1), (5_001.0, 0)])
def test_a_point_near_the_city_is_accepted(
    nine: City, tmp_path: Path, distance: float, accepted: int
) -> None:
    # The city's west edge lies at x = 530 000; its edges are straight in degrees, not here.
    reports, _ = judged(nine, tmp_path, {"x": 530_000.0 - distance, "y": 431_500.0})
    assert len(reports) == accepted


def test_the_limit_is_a_distance_also_at_the_corners(nine: City, tmp_path: Path) -> None:
    boundary = gpd.GeoSeries([nine.boundary], crs=4326).to_crs(nine.metric_crs).iloc[0]
    rng = np.random.default_rng(5)
    xy = np.column_stack([rng.uniform(523e3, 540e3, 400), rng.uniform(423e3, 440e3, 400)])
    reports, quarantined = judged(nine, tmp_path, *({"x": x, "y": y} for x, y in xy))
    far = shapely.distance(boundary, shapely.points(xy)) > nine.settings.far_m
    assert 50 < far.sum() < 350
    assert (quarantined["row"] - 1).tolist() == np.flatnonzero(far).tolist()
    assert set(quarantined["reason"]) == {"outside_city"}
    assert len(reports) + len(quarantined) == 400


def test_swapped_degrees_are_seen(nine: City, tmp_path: Path) -> None:
    lon, lat = Transformer.from_crs(2180, 4326, always_xy=True).transform(*INSIDE)
    accepted, quarantined = judged(
        nine, tmp_path, {"x": lat, "y": lon}, {"x": lon, "y": lat}, crs="EPSG:4326"
    )
    assert accepted["report_id"].tolist() == ["1"]
    assert quarantined["reason"].tolist() == ["swapped_axes"]


def test_equal_rows_without_ids_are_one_report(nine: City, tmp_path: Path) -> None:
    accepted, _ = judged(
        nine,
        tmp_path,
        {"report_id": ""},
        {"report_id": "", "x": INSIDE[0] + 0.001},
        {"report_id": "", "status": "Potwierdzone", "modified_at": "2026-06-02"},
        {"report_id": "", "x": INSIDE[0] + 0.02},
        {"report_id": "", "category": "alkohol"},
        {"report_id": "", "reported_at": "2026-06-01 12:01"},
        {"report_id": "", "event_at": "2026-06-01 11:00"},
    )
    ids = accepted["report_id"].tolist()
    # A millimetre, another status: the same report. Two centimetres, or anything else: another.
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids)) == 5
    assert all(i.startswith("H-") for i in ids)


def test_one_id_with_times_is_a_report_of_several_versions(nine: City, tmp_path: Path) -> None:
    accepted, quarantined = judged(
        nine,
        tmp_path,
        {"report_id": "7"},
        {"report_id": "7", "status": "Weryfikacja", "modified_at": "2026-06-02"},
        {"report_id": "7", "status": "Potwierdzone", "modified_at": "2026-06-03"},
        {"report_id": "7"},
    )
    assert (len(accepted), len(quarantined)) == (4, 0)


def test_one_id_without_times_is_a_conflict_in_any_order(nine: City, tmp_path: Path) -> None:
    rows = [
        {"report_id": "7"},
        {"report_id": "8"},
        {"report_id": "7", "status": "Potwierdzone"},
        {"report_id": "9", "modified_at": "2026-06-02"},
        {"report_id": "9", "modified_at": "2026-06-02", "category": "alkohol"},
        {"report_id": "9", "modified_at": "2026-06-03", "category": "alkohol"},
    ]
    for order in (rows, rows[::-1]):
        accepted, quarantined = judged(nine, tmp_path, *order)
        assert sorted(accepted["report_id"]) == ["8", "9"]
        assert quarantined["reason"].tolist() == ["conflicting_id"] * 4
        assert "rows with the id '" in quarantined["detail"][0]


def test_the_times_of_sightings_order_versions_too(nine: City, tmp_path: Path) -> None:
    accepted, quarantined = judged(
        nine,
        tmp_path,
        {"report_id": "7", "seen_at": "2026-06-05"},
        {"report_id": "7", "seen_at": "2026-06-06", "status": "Potwierdzone"},
    )
    assert len(quarantined) == 0
    assert [str(t) for t in accepted["seen_at"]] == [
        "2026-06-04 22:00:00+00:00", "2026-06-05 22:00:00+00:00",
    ]  # fmt: skip


def test_text_stays_text_whatever_it_says(nine: City, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    accepted, quarantined = judged(
        nine, tmp_path, {"report_id": evil}, {"category": evil}, {"part_of_day": evil}
    )
    assert accepted["report_id"].tolist() == [evil, "2"]
    assert evil in quarantined["detail"][0]
    assert json.loads(quarantined["record"][0])["category"] == evil
