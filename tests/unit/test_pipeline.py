"""From a store to a release: what comes out, what two builds share, and every odd beginning."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import orjson
import pandas as pd
import pytest
from conftest import write_nine
from made_reports import X0, Y0, fill, frame, make_reports

from geo.city import City
from geo.errors import NotFoundError, StoreError, UsageError
from geo.layers.breaks import RATIO_LIMITS
from geo.layers.hotspot_cells import COLLECTION as CELLS
from geo.layers.schema import FACES
from geo.pipeline import build_release
from geo.release.previous import previous_release
from geo.release.reader import Release, open_current, open_release
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable

COLLECTIONS = [
    "beats", "komisariaty", "city", "area-periods", "area-series", "hotspot-cells", "hotspot-areas",
    "plan-candidates", "forecasts", "backtests", "clusters", "near-repeats",
]  # fmt: skip


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=1500, spot=120)


@pytest.fixture(scope="module")
def store(
    nine: City, reports: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Folder:
    folder = Folder.open(tmp_path_factory.mktemp("store"))
    fill(folder, reports)
    build_release(nine, folder)
    return folder


def tree(folder: Folder) -> dict[str, str]:
    """Every file of the current release, with its hash."""
    home = Path(folder.root) / "releases" / folder.read("current").decode().strip()
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def rows(release: Release, collection: str) -> pd.DataFrame:
    features = release.collections[collection]
    lines = features.features(range(features.count), geometry=False)
    parsed = [orjson.loads(line) for line in lines]
    return pd.DataFrame([{"fid": f["id"], **f["properties"]} for f in parsed])


def test_a_release_holds_what_the_manifest_says(store: Folder) -> None:
    for face in FACES:
        release = open_current(store, face=face)
        assert list(release.collections) == COLLECTIONS
        for collection in release.collections.values():
            assert collection.count == len(collection.features(range(collection.count)))
            for name, file in collection.meta["files"].items():
                content = collection.folder.read(name)
                assert len(content) == file["bytes"]
                assert hashlib.sha256(content).hexdigest() == file["sha256"]
            lines = collection.folder.read(f"{collection.id}.properties.jsonl").splitlines()
            assert all(list(orjson.loads(x)) == list(collection.columns) for x in lines[::7])
    manifest = release.manifest
    assert manifest["period"] == "2026H1"
    assert manifest["periods"][0] == "2024H1"
    assert manifest["time"] == ["2024-02-01", "2026-08-01"]
    assert manifest["inputs"]["reports"]["rows"] == 1620
    assert not manifest["inputs"]["reports"]["simulated"]
    assert manifest["generated_at"] == "2026-07-31T00:00:00+02:00"
    assert release.collections["beats"].meta["status"] == "approximate"


def test_the_layers_tell_of_their_method(store: Folder) -> None:
    release = open_current(store, face="public")
    method = release.collections[CELLS].meta["method"]
    mapped = {(one["period"], one["category_group"]) for one in method["maps"]}
    missing = {(one["period"], one["category_group"]) for one in method["without_map"]}
    windows = {"2024H2", "2025H1", "2025H2", "2026H1"}
    assert mapped | missing == {(p, g) for p in windows for g in release.manifest["groups"]}
    assert mapped
    assert missing
    assert all("a map needs" in one["reason"] for one in method["without_map"])
    means = [one["mean"] for one in method["without_map"]]
    assert means == [float(one["reason"].split()[0]) for one in method["without_map"]]
    assert max(means) < method["minimum_mean"]
    for one in method["maps"]:
        assert sum(one["weights"].values()) == pytest.approx(1, abs=0.01)
    breaks = release.collections["area-periods"].meta["breaks"]
    assert {"beat.n_reports", "beat.all.n_reports", "city.traffic.rate_per_km2"} <= set(breaks)
    assert {"beat.n_confirmed", "beat.n_expected_confirmed"} <= set(breaks)
    assert breaks["beat.rate_ratio_yoy"] == breaks["city.smr_eb"] == list(RATIO_LIMITS)


def test_every_null_has_a_reason(store: Folder) -> None:
    for face in FACES:
        release = open_current(store, face=face)
        for name in ("area-periods", "hotspot-cells", "hotspot-areas"):
            table = rows(release, name)
            # Stability of cells is judged for the last period, on maps with a hot cell; a cell's
            # forecast is of its last period alone.
            later = {"stability", "forecast_n", "forecast_lo80", "forecast_hi80"}
            plain = later if name == "hotspot-cells" else {"partner_hint"}
            plain |= {"parent_id", "note", "beat_id", "beats", "beat_ids", "beat_shares", "status"}
            holes = table.drop(columns=list(plain & set(table))).isna().any(axis=1)
            if name == "area-periods":
                assert table.loc[holes, "note"].notna().all()
            else:
                told = table["suppressed"]
                if name == "hotspot-areas":
                    told = told | table["note"].notna()
                assert told[holes].all()


def test_two_stores_filled_at_different_times_give_the_same_bytes(
    nine: City, store: Folder, reports: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    other = Folder.open(tmp_path)
    half = len(reports) // 2
    fill(other, reports.iloc[half:].reset_index(drop=True), now=datetime(2027, 3, 4, tzinfo=UTC))
    fill(other, reports.iloc[:half].reset_index(drop=True), now=datetime(2028, 1, 1, tzinfo=UTC))
    build_release(nine, other)
    assert tree(other) == tree(store)


def test_building_again_builds_nothing(nine: City, store: Folder) -> None:
    before = {p: p.stat().st_mtime_ns for p in Path(store.root, "releases").rglob("*")}
    said: list[str] = []
    name = build_release(nine, store, progress=said.append)
    assert name == store.read("current").decode().strip()
    assert said == ["Reading the reports"]
    assert {p: p.stat().st_mtime_ns for p in Path(store.root, "releases").rglob("*")} == before


def test_what_may_not_be_shown_leaves_no_trace_in_the_public_files(
    nine: City, store: Folder, reports: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """Reports of hidden categories are added: not one byte of the public face changes."""
    hidden = make_reports(nine, n=200, seed=7, spot=40)
    hidden["report_id"] = [f"H-{i}" for i in range(len(hidden))]
    hidden["category"] = ["srodki-odurzajace", "znecanie-zwierzeta"] * (len(hidden) // 2)
    never = {c.id for c in nine.catalogue.categories.values() if c.sensitivity == "never"}
    hidden["category"] = [sorted(never)[i % len(never)] for i in range(len(hidden))]
    groups = {c.id: c.group for c in nine.catalogue.categories.values()}
    hidden["category_group"] = hidden["category"].map(groups)
    other = Folder.open(tmp_path)
    fill(other, pd.concat([reports, hidden], ignore_index=True))
    build_release(nine, other)
    ours, theirs = tree(store), tree(other)
    public = [name for name in ours if name.startswith("public/")]
    assert {n: ours[n] for n in public} == {n: theirs[n] for n in public}
    assert ours["internal/area-periods.parquet"] != theirs["internal/area-periods.parquet"]
    counts = {
        rule["id"]: rule["rows"]
        for rule in open_current(other, face="public").manifest["disclosure"]["rules"]
    }
    assert counts["never"] >= 240
    assert counts["small-cells"] > 0


def test_which_of_two_small_cells_holds_more_cannot_be_told(nine: City, tmp_path: Path) -> None:
    """One report moves between two cells of one beat: 1 and 2 become 2 and 1.

    The same bytes, but for the rounded ratios of hot spots, which depend on all cells of a map.
    """
    base = make_reports(nine, n=700, spot=60, margin=0.0)
    keep = ~(base.geometry.x.between(X0 + 2000, X0 + 3000) & base.geometry.y.between(Y0, Y0 + 800))
    base = base[keep].reset_index(drop=True)
    trees, spots = [], []
    for name, x in (("a", (2350, 2550, 2555)), ("b", (2350, 2355, 2555))):
        few = frame(
            nine,
            category=["wycinka-drzew"] * 3,
            status=["confirmed"] * 3,
            when=["2026-03-01 12:00", "2026-05-01 12:00", "2026-07-01 12:00"],
            x=[X0 + v for v in x],
            y=[Y0 + 300] * 3,
        )
        few["report_id"] = [f"F-{i}" for i in range(3)]
        folder = Folder.open(tmp_path / name)
        fill(folder, pd.concat([base, few], ignore_index=True))
        build_release(nine, folder)
        trees.append(tree(folder))
        spots.append(rows(open_current(folder, face="public"), "hotspot-areas"))
    public = [n for n in trees[0] if n.startswith("public/") and "hotspot-areas" not in n]
    assert {n: trees[0][n] for n in public} == {n: trees[1][n] for n in public}
    ratios = ["rr_shrunk", "rr_lo90", "rr_hi90"]
    assert spots[0].drop(columns=ratios).equals(spots[1].drop(columns=ratios))
    assert (spots[0][ratios] - spots[1][ratios]).abs().max(axis=None) < 0.15
    assert trees[0][f"internal/{CELLS}.parquet"] != trees[1][f"internal/{CELLS}.parquet"]


def test_public_and_internal_agree_on_what_both_show(store: Folder) -> None:
    inside = rows(open_current(store, face="internal"), CELLS).set_index("fid")
    outside = rows(open_current(store, face="public"), CELLS).set_index("fid")
    plain = outside[~outside["suppressed"] & (outside["category_group"] == "traffic")]
    assert len(plain)
    assert (plain["n_reports"] == inside.loc[plain.index, "n_reports"]).all()
    assert not ((outside["n_reports"] > 0) & (outside["n_reports"] < 3)).any()
    assert not ((outside["n_episodes"] > 0) & (outside["n_episodes"] < 3)).any()
    assert outside["suppressed"].any()


def test_small_areas_hide_and_so_does_what_would_tell_them(
    tmp_path: Path, reports: gpd.GeoDataFrame
) -> None:
    write_nine(tmp_path)
    path = tmp_path / "beats.geojson"
    beats = orjson.loads(path.read_bytes())
    for feature in beats["features"]:
        if feature["properties"]["area_id"] == "S-1":
            feature["properties"]["population"] = 900.0
    path.write_bytes(orjson.dumps(beats))
    folder = Folder.open(tmp_path / "store")
    fill(folder, reports)
    build_release(City.load(tmp_path), folder)
    table = rows(open_current(folder, face="public"), "area-periods")
    hidden = table[table["suppressed"]]
    # The beat itself, and one of the two others of its station: else a subtraction tells it.
    for _, one in hidden.groupby(["period", "category_group"]):
        assert len(one) == 2
        assert "S-1" in set(one["area_id"])
        assert set(one["area_id"]) <= {"S-1", "S-4", "S-7"}
    counts = ["n_reports", "n_episodes", "rate_per_km2", "smr", "smr_eb", "n_same_period_prev_year"]
    assert len(hidden)
    assert hidden[counts].isna().all(axis=None)
    after = table[table["note"].fillna("").str.contains("previous-year-suppressed")]
    assert after["n_same_period_prev_year"].isna().all()
    internal = rows(open_current(folder, face="internal"), "area-periods")
    assert not internal["suppressed"].any()


def test_an_earlier_day_and_an_earlier_period(nine: City, store: Folder) -> None:
    name = build_release(nine, store, as_of=date(2025, 12, 31))
    release = open_current(store, face="internal")
    assert name.startswith("2025-12-31-")
    assert release.manifest["period"] == "2025H2"
    assert release.manifest["time"][1] <= "2026-01-01"
    table = rows(release, "area-periods")
    assert not table.loc[table["period"] == "2025H2", "period_complete"].any()
    assert table.loc[table["period"] == "2025H1", "period_complete"].all()

    build_release(nine, store, period="2025H1")
    release = open_current(store, face="internal")
    assert release.manifest["periods"] == ["2024H1", "2024H2", "2025H1"]
    assert release.manifest["time"][1] == "2025-08-01"
    assert rows(release, "area-periods")["period_complete"].all()


# -- one release after another --------------------------------------------------------------------


HOTSPOTS = "hotspot-areas"


@pytest.fixture(scope="module")
def followed(
    nine: City, reports: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Folder:
    """A store with two releases, a month apart."""
    folder = Folder.open(tmp_path_factory.mktemp("followed"))
    fill(folder, reports)
    build_release(nine, folder, as_of=date(2026, 6, 30))
    build_release(nine, folder, as_of=date(2026, 7, 31))
    return folder


def test_a_hot_spot_keeps_its_id_in_the_next_release(followed: Folder) -> None:
    early, late = followed.names("releases")
    for face in FACES:
        before = rows(open_release(followed, early, face=face), HOTSPOTS)
        after = rows(open_release(followed, late, face=face), HOTSPOTS)
        assert not after.duplicated(["period", "category_group", "hotspot_id"]).any()
        assert (after["fid"] == after["period"] + "." + after["hotspot_id"]).all()
        # The planted place: known since the first map of the data, in every period and release.
        place = [t[t["category_group"] == "all"].nlargest(4, "n_episodes") for t in (before, after)]
        spots = set(place[0]["hotspot_id"]) | set(place[1]["hotspot_id"])
        assert len(spots) == 1
        assert spots.pop().startswith("2024H2-all-")
        assert set(place[1]["period"]) == {"2024H2", "2025H1", "2025H2", "2026H1"}
        kept = before.merge(after, on="fid", suffixes=("", "_after"))
        assert len(kept) >= 4
        assert (kept["first_seen"] >= kept["first_seen_after"]).all()
        assert len(set(place[1]["first_seen"])) == 1
        assert (after["last_seen"] <= after["period_end"]).all()
    assert (
        rows(open_current(followed, face="public"), HOTSPOTS)["first_seen"].str[-2:] == "01"
    ).all()


def test_a_release_names_the_one_before_as_its_input(
    nine: City, followed: Folder, reports: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    early, late = followed.names("releases")
    first, second = (open_release(followed, one, face="public").manifest for one in (early, late))
    assert first["inputs"]["previous_release"] is None
    content = followed.read(f"releases/{early}/internal/{HOTSPOTS}.parquet")
    digest = hashlib.sha256(content).hexdigest()
    assert second["inputs"]["previous_release"] == {"id": early, "sha256": digest}

    alone = Folder.open(tmp_path)
    fill(alone, reports)
    assert build_release(nine, alone, as_of=date(2026, 7, 31)) != late  # another input, another id


def test_two_stores_with_the_same_past_hold_the_same_bytes(
    nine: City, followed: Folder, reports: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    other = Folder.open(tmp_path)
    fill(other, reports)
    for day in (date(2026, 6, 30), date(2026, 7, 31), date(2026, 7, 31)):
        name = build_release(nine, other, as_of=day)
    assert other.names("releases") == followed.names("releases")
    assert name == followed.names("releases")[-1]
    assert tree(other) == tree(followed)


def test_both_faces_call_the_same_cells_the_same(followed: Folder) -> None:
    shown = {}
    for face in FACES:
        layer = open_current(followed, face=face).collections[HOTSPOTS]
        features = [orjson.loads(line) for line in layer.features(range(layer.count))]
        shown[face] = {
            (p["period"], p["category_group"], orjson.dumps(f["geometry"])): p["hotspot_id"]
            for f in features
            for p in [f["properties"]]
        }
    both = shown["public"].keys() & shown["internal"].keys()
    assert len(both) >= 4
    assert {k: shown["public"][k] for k in both} == {k: shown["internal"][k] for k in both}


def test_hidden_reports_leave_no_trace_in_later_public_ids(
    nine: City, followed: Folder, reports: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    never = sorted(c.id for c in nine.catalogue.categories.values() if c.sensitivity == "never")
    hidden = make_reports(nine, n=40, seed=7, spot=160)
    hidden["report_id"] = [f"H-{i}" for i in range(len(hidden))]
    hidden["category"] = [never[i % len(never)] for i in range(len(hidden))]
    groups = {c.id: c.group for c in nine.catalogue.categories.values()}
    hidden["category_group"] = hidden["category"].map(groups)
    other = Folder.open(tmp_path)
    fill(other, pd.concat([reports, hidden], ignore_index=True))
    for day in (date(2026, 6, 30), date(2026, 7, 31)):
        build_release(nine, other, as_of=day)
    ours, theirs = tree(followed), tree(other)
    public = [name for name in ours if name.startswith("public/")]
    assert {n: ours[n] for n in public} == {n: theirs[n] for n in public}
    assert ours[f"internal/{HOTSPOTS}.parquet"] != theirs[f"internal/{HOTSPOTS}.parquet"]


def test_the_release_before_is_the_last_one_of_an_earlier_day(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    day = date(2026, 7, 31)
    assert previous_release(folder, as_of=day) is None
    for name in ("2026-05-31-b", "2026-06-30-a", "2026-06-30-b", "2026-07-31-a", "2026-08-31-a"):
        folder.create(f"releases/{name}/manifest.json", b"{}")
    folder.create("releases/2026-06-30-c/public/beats.parquet", b"")  # was never finished
    found = previous_release(folder, as_of=day)
    assert found is not None
    assert found.id == "2026-06-30-b"
    assert previous_release(folder, as_of=date(2026, 5, 31)) is None


def test_a_damaged_release_before_is_told_of(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    folder.create("releases/2026-06-30-a/manifest.json", b"{}")
    found = previous_release(folder, as_of=date(2026, 7, 31))
    assert found is not None
    with pytest.raises(StoreError, match=r"2026-06-30-a cannot be used .*: build it again"):
        found.describe()


# -- odd beginnings ------------------------------------------------------------------------------


def built(city: City, reports: gpd.GeoDataFrame, tmp_path: Path, **options: Any) -> Release:
    folder = Folder.open(tmp_path)
    fill(folder, reports)
    build_release(city, folder, **options)
    return open_current(folder, face="internal")


def test_an_empty_store_is_told_of(nine: City, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is in the store: ingest a file first"):
        build_release(nine, Folder.open(tmp_path))


def test_a_day_before_everything_is_told_of(nine: City, store: Folder) -> None:
    with pytest.raises(NotFoundError, match="was known on 2001-01-01: take a later day"):
        build_release(nine, store, as_of=date(2001, 1, 1))


@pytest.mark.parametrize("period", ["2031H1", "1999H2", "2026", "H1"])
def test_a_period_outside_the_data_is_told_of(nine: City, store: Folder, period: str) -> None:
    with pytest.raises(UsageError, match=r"lies outside the data, which run|is no period"):
        build_release(nine, store, period=period)


def test_a_period_without_reports_is_zero_and_not_missing(nine: City, tmp_path: Path) -> None:
    early = make_reports(nine, n=60, first=date(2024, 8, 1), last=date(2025, 1, 31))
    late = make_reports(nine, n=60, first=date(2025, 8, 1), last=date(2026, 1, 31), seed=2)
    late["report_id"] = [f"L-{i}" for i in range(len(late))]
    release = built(nine, pd.concat([early, late], ignore_index=True), tmp_path)
    table = rows(release, "area-periods")
    empty = table[table["period"] == "2025H1"]
    assert empty["period_complete"].all()
    assert (empty["n_reports"] == 0).all()
    assert (empty["area_id"] != "unassigned").all()
    # Twelve months hold the half-year before: enough days in larger areas, but no duplicate.
    why = "nothing-expected,no-previous-year"
    assert set(empty["note"]) == {f"{why},few-place-days", f"{why},no-duplicates"}
    assert empty["reporting_rate_rr"].isna().all()
    assert empty["funnel_class"].isna().all()
    assert empty["conf_rate_eb"].between(0, 1).all()


def test_one_report_is_enough_for_a_release(nine: City, tmp_path: Path) -> None:
    one = make_reports(nine, n=1, first=date(2026, 3, 1), last=date(2026, 3, 1), margin=0.0)
    one["status"] = "confirmed"
    release = built(nine, one, tmp_path)
    table = rows(release, "area-periods").set_index("fid")
    assert table.loc["city.nine.2026H1.all", "n_reports"] == 1
    assert release.collections["hotspot-cells"].count == 0
    assert release.collections["hotspot-areas"].meta["time"] is None
    assert release.collections["hotspot-areas"].meta["bbox"] is None


def test_all_reports_on_one_point_make_one_hot_cell(nine: City, tmp_path: Path) -> None:
    reports = make_reports(nine, n=800, margin=0.0)
    reports["status"] = "confirmed"
    reports = reports.set_geometry(
        gpd.points_from_xy([X0 + 1234.5] * 800, [Y0 + 1234.5] * 800), crs=nine.metric_crs
    )
    release = built(nine, reports, tmp_path)
    cells = rows(release, "hotspot-cells")
    assert len(cells) == 0 or cells["cell_id"].nunique() == len(cells["cell_m"].unique())
    table = rows(release, "area-periods")
    whole = table[(table["level"] == "city") & (table["category_group"] == "all")]
    assert whole["n_reports"].sum() == 800


def test_jokes_alone_count_as_jokes(nine: City, tmp_path: Path) -> None:
    reports = make_reports(nine, n=40, margin=0.0)
    reports["status"] = "joke"
    table = rows(built(nine, reports, tmp_path), "area-periods")
    assert (table["n_reports"] == 0).all()
    city = table[(table["level"] == "city") & (table["category_group"] == "all")]
    assert city["n_joke"].sum() == 40


def test_one_beat_is_a_city(tmp_path: Path, one_beat: Callable[[Path], City]) -> None:
    city = one_beat(tmp_path / "one")
    release = built(city, make_reports(city, n=400, margin=0.0), tmp_path / "store")
    table = rows(release, "area-periods")
    assert set(table["level"]) == {"beat"}
    full = table[table["n_episodes"] > 0]
    assert full["smr"].to_numpy() == pytest.approx(1.0)


@pytest.fixture
def one_beat() -> Callable[[Path], City]:
    def make(folder: Path) -> City:
        folder.mkdir()
        write_nine(folder)
        toml = (folder / "city.toml").read_text(encoding="utf-8")
        start, stop = toml.index("[levels.beat]"), toml.index("[files]")
        level = '[levels.beat]\ncollection = "beats"\nfile = "city.geojson"\n\n'
        toml = toml[:start] + level + toml[stop:]
        toml = toml.replace('boundary_level = "city"', 'boundary_level = "beat"')
        (folder / "city.toml").write_text(toml, encoding="utf-8")
        return City.load(folder)

    return make


def test_a_build_says_each_step_once(nine: City, reports: gpd.GeoDataFrame, tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    fill(folder, reports)
    said: list[str] = []
    build_release(nine, folder, progress=said.append)
    assert said[0] == "Reading the reports"
    assert said[-1] == "Writing the release"
    assert len(said) == len(set(said)) == 14


def test_a_store_in_memory_works_as_well(nine: City, reports: gpd.GeoDataFrame) -> None:
    folder = Folder.open("memory://rewir-pipeline-test")
    fill(folder, reports)
    build_release(nine, folder)
    assert open_current(folder, face="public").collections["beats"].count == 9
