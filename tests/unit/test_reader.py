"""Reading a release: what comes out is what was written, for every way of asking."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from small_release import EVIL, PERIODS, area_periods, beats, hotspots, write_release

from geo.errors import NotFoundError, StoreError, UsageError
from geo.release.reader import Collection, Release, current_id, open_current
from geo.release.selection import equal_mask, parse_value, time_mask, touch_masks
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    write_release(folder)
    return folder


@pytest.fixture(scope="module")
def release(store: Path) -> Release:
    return open_current(Folder.open(store), face="public")


@pytest.fixture(scope="module")
def counts(release: Release) -> Collection:
    return release.collection("area-periods")


def fids(collection: Collection, **filters: Any) -> list[str]:
    rows = collection.select(**filters).rows
    return [json.loads(f)["id"] for f in collection.features(rows)]


def test_release_knows_its_name_and_layers(release: Release) -> None:
    assert release.id == "2026-08-01-0123456789ab"
    assert list(release.collections) == [
        "beats", "komisariaty", "area-periods", "hotspot-cells", "hotspot-areas",
        "plan-candidates",
    ]  # fmt: skip
    assert release.collection("beats").count == 9
    assert release.manifest["city"]["name"] == "Nine"


@pytest.mark.parametrize("name", ["beats", "area-periods", "hotspot-cells", "hotspot-areas"])
def test_features_equal_what_was_written(release: Release, name: str) -> None:
    cells, areas = hotspots()
    written = {
        "beats": beats(),
        "area-periods": area_periods(),
        "hotspot-cells": cells,
        "hotspot-areas": areas,
    }[name]
    collection = release.collection(name)
    read = [json.loads(f) for f in collection.features(range(collection.count))]
    assert [f["id"] for f in read] == [fid for fid, _, _ in written]
    assert [f["properties"] for f in read] == [properties for _, properties, _ in written]
    for feature, (_, _, shape) in zip(read, written, strict=True):
        if shape is None:
            assert feature["geometry"] is None
        else:
            assert shapely.equals(shapely.from_geojson(json.dumps(feature["geometry"])), shape)


def test_features_without_geometry(release: Release) -> None:
    beats_ = release.collection("beats")
    feature = json.loads(beats_.features([4], geometry=False)[0])
    assert feature["geometry"] is None
    assert feature["properties"]["name"] == EVIL


def test_row_of_finds_every_feature_and_no_other(counts: Collection) -> None:
    for row, (fid, _, _) in enumerate(area_periods()):
        assert counts.row_of(fid) == row
    assert counts.row_of("beat.S-1") is None


@pytest.mark.parametrize(
    ("equals", "expected"),
    [
        ({"period": "2026H1"}, lambda p: p["period"] == "2026H1"),
        ({"n_reports": "7"}, lambda p: p["n_reports"] == 7),
        ({"rate_per_1000": "3.5"}, lambda p: p["rate_per_1000"] == 3.5),
        ({"low_information": "true"}, lambda p: p["low_information"]),
        ({"level": "beat", "category_group": "traffic"},
         lambda p: (p["level"], p["category_group"]) == ("beat", "traffic")),
        ({"area_name": EVIL}, lambda p: p["area_name"] == EVIL),
        ({"area_name": ""}, lambda _: False),
    ],
)  # fmt: skip
def test_equality(counts: Collection, equals: dict[str, str], expected: Any) -> None:
    wanted = [fid for fid, properties, _ in area_periods() if expected(properties)]
    assert fids(counts, equals=equals) == wanted


def test_paging_cuts_the_same_order(counts: Collection) -> None:
    everything = fids(counts)
    pages = [counts.select(offset=offset, limit=7) for offset in range(0, 56, 7)]
    assert {page.matched for page in pages} == {counts.count}
    assert np.concatenate([page.rows for page in pages]).tolist() == list(range(len(everything)))
    assert len(counts.select(offset=10**30, limit=10**30).rows) == 0


@pytest.mark.parametrize(
    "box",
    [
        (19.405, 51.705, 19.406, 51.706),
        (19.41, 51.71, 19.41, 51.71),
        (19.0, 51.0, 20.0, 52.0),
        (19.43, 51.73, 19.5, 51.8),
        (19.44, 51.74, 19.5, 51.8),
        (170.0, 51.0, 19.405, 52.0),
    ],
)
def test_box_agrees_with_shapely(counts: Collection, box: tuple[float, ...]) -> None:
    west, south, east, north = box
    halves = [shapely.box(*box)] if west <= east else [
        shapely.box(west, south, 180, north), shapely.box(-180, south, east, north),
    ]  # fmt: skip
    wanted = [
        fid
        for fid, _, shape in area_periods()
        if shape is None or any(shapely.intersects(shape, half) for half in halves)
    ]
    assert fids(counts, bbox=box) == wanted


def test_box_looks_at_the_geometry_not_only_its_bounds(release: Release) -> None:
    """The two squares of a hot area lie corner to corner apart: their bounds hold a gap."""
    areas = release.collection("hotspot-areas")
    gap = (19.405, 51.7005, 19.408, 51.7015)
    assert fids(areas, bbox=gap) == []
    assert fids(areas, bbox=(19.401, 51.7005, 19.408, 51.7015)) == ["2026H1.2026H1-all-c0"]


@pytest.mark.parametrize(
    ("interval", "periods"),
    [
        ((dt.date(2026, 1, 31), dt.date(2026, 1, 31)), {"2025H2"}),
        ((dt.date(2026, 1, 31), dt.date(2026, 2, 1)), {"2025H2", "2026H1"}),
        ((dt.date(2026, 8, 1), None), set()),
        ((None, dt.date(2025, 8, 1)), {"2025H2"}),
        ((None, dt.date(2025, 7, 31)), set()),
        ((None, None), set(PERIODS)),
    ],
)
def test_interval_is_inclusive(counts: Collection, interval: Any, periods: set[str]) -> None:
    wanted = [fid for fid, properties, _ in area_periods() if properties["period"] in periods]
    assert fids(counts, interval=interval) == wanted


def test_rows_without_time_match_every_interval(release: Release) -> None:
    day = dt.date(1999, 1, 1)
    assert len(fids(release.collection("beats"), interval=(day, day))) == 9


def test_table_gives_columns(counts: Collection) -> None:
    table = counts.table(["fid", "n_reports"])
    assert table.column_names == ["fid", "n_reports"]
    assert table.column("n_reports").to_pylist() == [p["n_reports"] for _, p, _ in area_periods()]
    with pytest.raises(StoreError, match="lacks the columns nothing"):
        counts.table(["nothing"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("n_reports", "7.5"), ("n_reports", "1_0"), ("n_reports", "9" * 30), ("n_reports", ""),
        ("rate_per_1000", "nan"), ("rate_per_1000", "much"), ("low_information", "yes"),
    ],
)  # fmt: skip
def test_wrong_values_are_named(counts: Collection, name: str, text: str) -> None:
    with pytest.raises(UsageError, match="not a value"):
        counts.parse(name, text)


def test_unknown_names_are_named(release: Release) -> None:
    with pytest.raises(NotFoundError, match="no collection 'plans': take one of beats"):
        release.collection("plans")
    with pytest.raises(NotFoundError, match="no property 'colour'"):
        release.collection("beats").select(equals={"colour": "red"})


def test_dates_and_dictionaries_compare() -> None:
    days = pa.chunked_array([pa.array([dt.date(2026, 1, 1), None])])
    assert equal_mask(days, "2026-01-01").tolist() == [True, False]
    words = pa.chunked_array([pa.array(["a", None, "b"]).dictionary_encode()])
    assert equal_mask(words, "b").tolist() == [False, False, True]
    with pytest.raises(UsageError, match="cannot be compared"):
        parse_value(pa.list_(pa.string()), "a")
    with pytest.raises(UsageError, match="'20260101' is not a value"):
        equal_mask(days, "20260101")


def test_masks_handle_rows_without_anything() -> None:
    none = np.array(["NaT"], dtype="datetime64[D]")
    assert time_mask(none, none, (dt.date(1, 1, 1), dt.date(9999, 12, 31))).tolist() == [True]
    [(sure, doubtful, _)] = touch_masks(np.full((1, 4), np.nan), (0.0, 0.0, 1.0, 1.0))
    assert (sure.tolist(), doubtful.tolist()) == ([True], [False])


def test_only_files_of_the_face_are_opened(tmp_path: Path) -> None:
    home = write_release(tmp_path)
    for file in (home / "internal").iterdir():
        file.unlink()
    release = open_current(Folder.open(tmp_path), face="public")
    for collection in release.collections.values():
        assert len(collection.features(range(collection.count))) == collection.count
    assert release.has("basemap.json")
    assert release.table("addresses.parquet").num_rows > 0
    internal = open_current(Folder.open(tmp_path), face="internal")
    with pytest.raises(StoreError, match="is missing"):
        internal.collection("beats").features([0])


def test_store_without_release(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no release yet") as caught:
        open_current(Folder.open(tmp_path / "none"), face="public")
    assert caught.value.error_code == "no-release"


@pytest.mark.parametrize("content", ["../../etc", "", "a/b", "two words", "x" * 200, "\x00"])
def test_current_must_name_a_release(tmp_path: Path, content: str) -> None:
    (tmp_path / "current").write_text(content)
    with pytest.raises(StoreError, match="names no release"):
        current_id(Folder.open(tmp_path))


def _break_manifest(home: Path) -> None:
    (home / "manifest.json").write_text("{")


def _other_format(home: Path) -> None:
    manifest = json.loads((home / "manifest.json").read_text())
    (home / "manifest.json").write_text(json.dumps(manifest | {"format": 2}))


def _no_faces(home: Path) -> None:
    (home / "manifest.json").write_text('{"format": 1}')


def _gone(home: Path) -> None:
    (home / "manifest.json").unlink()


def _lost_line(home: Path) -> None:
    path = home / "public" / "beats.properties.jsonl"
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")


def _no_parquet(home: Path) -> None:
    (home / "public" / "beats.index.parquet").write_bytes(b"not a table")


def _short_index(home: Path) -> None:
    name = "komisariaty.index.parquet"
    (home / "public" / "beats.index.parquet").write_bytes((home / "public" / name).read_bytes())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_break_manifest, "cannot be used"),
        (_other_format, "has not format 1"),
        (_no_faces, "cannot be used"),
        (_gone, r"manifest\.json is missing"),
        (_lost_line, "has 8 lines, the manifest 9"),
        (_no_parquet, "is no Parquet file"),
        (_short_index, "has 1 rows and the manifest 9"),
    ],
)
def test_damage_is_told(tmp_path: Path, damage: Any, message: str) -> None:
    damage(write_release(tmp_path))
    with pytest.raises(StoreError, match=message):
        open_current(Folder.open(tmp_path), face="public").collection("beats").features([0])
