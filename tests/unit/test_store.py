"""The store keeps every version once, forgets nothing, and can say what was known when."""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import geopandas as gpd
import pandas as pd
import pytest

from geo.errors import StoreError, UsageError
from geo.reports.quarantine import to_csv
from geo.reports.readers import read_reports
from geo.reports.store import IngestResult, ReportStore
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.city import City

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)
GOOD = {"category": "Żebractwo", "status": "Nowe", "reported_at": "2026-06-01 12:00",
        "x": 530_500.0, "y": 430_500.0, "opis": "tajny opis", "ip": "10.1.2.3"}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(Folder.open(tmp_path / "store"))


@pytest.fixture(params=["local", "memory"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReportStore]:
    memory = request.param == "memory"
    folder = Folder.open(f"memory://{uuid4().hex}" if memory else str(tmp_path / "store"))
    yield ReportStore(folder)
    if folder.exists():
        folder.fs.rm(folder.root, recursive=True)


class Importer:
    """Writes rows to CSV files and imports them."""

    def __init__(self, city: City, folder: Path, store: ReportStore) -> None:
        self.city, self.folder, self.store = city, folder, store
        self.now = NOW

    def __call__(self, *rows: dict[str, Any], seen_at: datetime | None = None) -> IngestResult:
        path = self.folder / "import.csv"
        pd.DataFrame([GOOD | row for row in rows], dtype=object).to_csv(path, index=False)
        return self.file(path, seen_at=seen_at)

    def file(self, path: Path, *, seen_at: datetime | None = None) -> IngestResult:
        accepted, quarantined = read_reports(path, city=self.city, crs="EPSG:2180", now=self.now)
        source = hashlib.sha256(path.read_bytes()).hexdigest()
        return self.store.ingest(
            accepted, quarantined, source=source, seen_at=seen_at, now=self.now
        )

    def status(self, as_of: date | None = None) -> dict[str, str]:
        view = self.store.view(as_of, self.city)
        return dict(zip(view["report_id"], view["status"], strict=True))


@pytest.fixture
def bring(nine: City, tmp_path: Path, store: ReportStore) -> Importer:
    return Importer(nine, tmp_path, store)


def files(store: ReportStore) -> list[str]:
    return [
        f"{kind}/{name}" for kind in ("reports", "quarantine") for name in store.folder.names(kind)
    ]


def test_rows_balance_or_nothing_is_written() -> None:
    result = IngestResult(rows_in=1234, accepted=1000, duplicates=200, quarantined=34)
    assert str(result) == "1,234 rows in = 1,000 accepted + 200 duplicates + 34 quarantined"
    with pytest.raises(StoreError, match="rows were lost"):
        IngestResult(rows_in=3, accepted=1, duplicates=1, quarantined=0)


def test_a_store_begins_empty(any_store: ReportStore, nine: City) -> None:
    assert any_store.is_empty()
    assert len(any_store.quarantined()) == 0
    view = any_store.view(None, nine)
    assert len(view) == 0
    assert view.crs.to_string() == nine.metric_crs


def test_every_row_has_one_end(any_store: ReportStore, nine: City, tmp_path: Path) -> None:
    bring = Importer(nine, tmp_path, any_store)
    result = bring(
        {"report_id": 1}, {"report_id": 2}, {"report_id": 1}, {"report_id": 3, "x": 0, "y": 0}
    )
    assert result == IngestResult(rows_in=4, accepted=2, duplicates=1, quarantined=1)
    assert not any_store.is_empty()
    assert bring.status() == {"1": "new", "2": "new"}
    assert any_store.quarantined()["reason"].tolist() == ["missing_coordinates"]


def test_the_view_has_the_contract_form(bring: Importer, nine: City) -> None:
    bring({"report_id": 2}, {"report_id": 10}, {"report_id": 1})
    view = bring.store.view(None, nine)
    assert list(view.columns) == [
        "report_id", "category", "category_group", "status", "reported_at", "event_at",
        "part_of_day", "weekdays", "modified_at", "geometry", "seen_at",
        "decided_at",
    ]  # fmt: skip
    assert view["report_id"].tolist() == ["1", "10", "2"]
    assert view["category_group"].tolist() == ["poverty"] * 3
    assert isinstance(view, gpd.GeoDataFrame)
    assert view.crs.to_string() == nine.metric_crs
    assert str(view["seen_at"].dtype) == "datetime64[us, UTC]"


def test_importing_a_file_twice_adds_nothing(bring: Importer) -> None:
    rows = [{"report_id": 1}, {"report_id": 2, "category": "?"}, {"report_id": ""}]
    bring(*rows)
    before = {name: bring.store.folder.read(name) for name in files(bring.store)}
    bring.now = NOW + timedelta(days=1)
    result = bring(*rows)
    assert result == IngestResult(rows_in=3, accepted=0, duplicates=2, quarantined=1)
    assert {name: bring.store.folder.read(name) for name in files(bring.store)} == before


def test_parts_are_named_by_their_content(bring: Importer) -> None:
    bring({"report_id": 1}, {"report_id": 2, "category": "?"})
    assert len(files(bring.store)) == 2
    for name in files(bring.store):
        digest = hashlib.sha256(bring.store.folder.read(name)).hexdigest()
        assert name.endswith(f"/part-{digest}.parquet")


def test_a_file_without_rows_changes_nothing(bring: Importer, tmp_path: Path) -> None:
    bring({"report_id": 1})
    before = files(bring.store)
    (tmp_path / "empty.csv").write_text("category,reported_at,x,y\n", encoding="utf-8")
    result = bring.file(tmp_path / "empty.csv")
    assert result == IngestResult(rows_in=0, accepted=0, duplicates=0, quarantined=0)
    assert files(bring.store) == before
    assert bring.status() == {"1": "new"}


def test_what_is_private_is_in_no_file_of_the_store(bring: Importer) -> None:
    bring({"report_id": 1}, {"report_id": 2, "category": "unheard-of"})
    for name in files(bring.store):
        content = bring.store.folder.read(name)
        frame = pd.read_parquet(io.BytesIO(content))
        text = frame.drop(columns="geometry", errors="ignore").to_csv() + str(frame.columns)
        assert "unheard-of" in text or "zebractwo" in text
        for word in ("tajny", "10.1.2.3", "opis", '"ip"'):
            assert word not in text
            assert word.encode() not in content


def test_the_later_version_counts_in_any_order(bring: Importer) -> None:
    old = {"report_id": 1}
    middle = {"report_id": 1, "status": "Weryfikacja", "modified_at": "2026-06-02"}
    late = {"report_id": 1, "status": "Niepotwierdzone", "modified_at": "2026-06-05"}
    bring(late, old)
    bring(middle)
    assert bring.status() == {"1": "unconfirmed"}
    assert bring.status(date(2026, 6, 1)) == {"1": "new"}
    assert bring.status(date(2026, 6, 2)) == {"1": "verification"}
    assert bring.status(date(2026, 6, 4)) == {"1": "verification"}
    assert bring.status(date(2026, 6, 5)) == {"1": "unconfirmed"}


def test_a_change_that_no_time_tells_counts_from_its_arrival(bring: Importer) -> None:
    bring({"report_id": 1})
    bring.now = datetime(2026, 7, 10, 12, tzinfo=UTC)
    bring({"report_id": 1, "status": "Potwierdzone"})
    assert bring.status() == {"1": "confirmed"}
    assert bring.status(date(2026, 7, 9)) == {"1": "new"}
    assert bring.status(date(2026, 7, 10)) == {"1": "confirmed"}


def test_a_day_is_local_and_inclusive(bring: Importer) -> None:
    # 22:30 and 21:30 UTC: in Łódź the first is already the next day.
    bring(
        {"report_id": 1, "reported_at": "2026-06-01T21:30:00Z"},
        {"report_id": 2, "reported_at": "2026-06-01T22:30:00Z"},
    )
    assert list(bring.status(date(2026, 5, 31))) == []
    assert list(bring.status(date(2026, 6, 1))) == ["1"]
    assert list(bring.status(date(2026, 6, 2))) == ["1", "2"]


def test_a_report_first_seen_later_counts_as_new(bring: Importer) -> None:
    bring(
        {"report_id": 1, "status": "Potwierdzone", "modified_at": "2026-06-20"},
        seen_at=datetime(2026, 7, 1, tzinfo=UTC),
    )
    assert bring.status(date(2026, 5, 31)) == {}
    view = bring.store.view(date(2026, 6, 30), bring.city)
    assert view["status"].tolist() == ["new"]
    assert view["modified_at"].isna().all()
    assert bring.status(date(2026, 7, 1)) == {"1": "confirmed"}


def test_a_report_is_decided_by_the_first_version_that_does_not_wait(bring: Importer) -> None:
    bring(
        {"report_id": 1},
        {"report_id": 1, "status": "Weryfikacja", "modified_at": "2026-06-02 12:00"},
        {"report_id": 1, "status": "Potwierdzone", "modified_at": "2026-06-04 12:00"},
        {"report_id": 1, "status": "Potwierdzone (wyeliminowane)",
         "modified_at": "2026-06-20 12:00"},
        {"report_id": 2, "status": "Weryfikacja", "modified_at": "2026-06-02 12:00"},
        {"report_id": 3, "status": "Niepotwierdzone", "seen_at": "2026-06-09"},
    )  # fmt: skip
    view = bring.store.view(None, bring.city).set_index("report_id")["decided_at"]
    assert str(view.dtype) == "datetime64[us, UTC]"
    assert view["1"] == pd.Timestamp("2026-06-04T10:00Z")
    assert pd.isna(view["2"])
    assert view["3"] == pd.Timestamp("2026-06-08T22:00Z")
    early = bring.store.view(date(2026, 6, 3), bring.city).set_index("report_id")["decided_at"]
    assert early.isna().all()


def test_no_report_is_decided_before_it_was_made(bring: Importer) -> None:
    bring({"report_id": 1, "status": "Potwierdzone", "modified_at": "2026-05-01"})
    view = bring.store.view(None, bring.city)
    assert (view["decided_at"] == view["reported_at"]).all()


def test_a_decision_without_a_time_is_not_dated_to_the_report(bring: Importer) -> None:
    bring({"report_id": 1, "status": "Potwierdzone"})
    assert bring.store.view(None, bring.city)["decided_at"].isna().all()


def test_the_row_says_better_than_the_import_when_it_was_seen(bring: Importer) -> None:
    bring(
        {"report_id": 1, "seen_at": "2026-06-10"},
        {"report_id": 2, "seen_at": ""},
        seen_at=datetime(2026, 6, 20, tzinfo=UTC),
    )
    view = bring.store.view(None, bring.city).set_index("report_id")["seen_at"]
    assert view["1"] == pd.Timestamp("2026-06-09T22:00Z")
    assert view["2"] == pd.Timestamp("2026-06-20T00:00Z")


def test_a_version_seen_earlier_than_known_is_new_knowledge(bring: Importer) -> None:
    row = {"report_id": 1, "status": "Potwierdzone", "modified_at": "2026-06-03"}
    bring(row, seen_at=datetime(2026, 6, 20, tzinfo=UTC))
    assert bring.status(date(2026, 6, 10)) == {"1": "new"}
    assert bring(row, seen_at=datetime(2026, 6, 25, tzinfo=UTC)).duplicates == 1
    assert bring(row, seen_at=datetime(2026, 6, 5, tzinfo=UTC)).accepted == 1
    assert bring.status(date(2026, 6, 10)) == {"1": "confirmed"}
    assert len(bring.store.view(None, bring.city)) == 1


def test_the_digest_is_of_what_a_view_says(bring: Importer, nine: City, tmp_path: Path) -> None:
    rows = [{"report_id": i} for i in range(5)]
    bring(*rows)
    other = Importer(nine, tmp_path, ReportStore(Folder.open(tmp_path / "other")))
    other.now = NOW + timedelta(days=3)
    other(*rows[3:])
    other(*rows[:4])
    views = [i.store.view(None, nine) for i in (bring, other)]
    digests = [ReportStore.digest(view) for view in views]
    assert digests[0] == digests[1] == ReportStore.digest(views[0][::-1])
    bring({"report_id": 4, "status": "Potwierdzone", "modified_at": "2026-06-02"})
    assert bring.store.digest(bring.store.view(None, nine)) != digests[0]


# -- quarantine ---------------------------------------------------------------------------------


def test_a_row_is_closed_when_its_report_is_accepted(bring: Importer) -> None:
    bring({"report_id": 1, "category": "?"}, {"report_id": 2, "category": "?"})
    bring({"report_id": 1})
    assert [json.loads(r)["report_id"] for r in bring.store.quarantined()["record"]] == ["2"]
    before = files(bring.store)
    bring({"report_id": 1})
    assert files(bring.store) == before


def test_an_export_can_be_corrected_and_imported(bring: Importer, tmp_path: Path) -> None:
    bring({"category": "Żebractwoo"}, {"report_id": 5, "x": "here"}, {"x": 0, "y": 0})
    path = tmp_path / "wrong.csv"
    path.write_text(to_csv(bring.store.quarantined()), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == (
        "corrects,reason,detail,report_id,category,status,reported_at,x,y,crs"
    )
    again = bring.file(path)
    assert again == IngestResult(rows_in=3, accepted=0, duplicates=0, quarantined=3)
    assert len(bring.store.quarantined()) == 3

    path.write_text(text.replace(",Żebractwoo,", ",Żebractwo,"), encoding="utf-8")
    assert bring.file(path) == IngestResult(rows_in=3, accepted=1, duplicates=0, quarantined=2)
    assert len(bring.store.quarantined()) == 2

    path.write_text(text.replace(",here,", ",nowhere,"), encoding="utf-8")
    bring.file(path)
    waiting = bring.store.quarantined()
    assert len(waiting) == 2
    assert [json.loads(r)["x"] for r in waiting["record"]] == ["0", "nowhere"]


def test_a_corrected_row_that_was_known_closes_its_row_too(bring: Importer, tmp_path: Path) -> None:
    bring({"category": "Żebractwo"}, {"category": "Żebractwoo"})
    path = tmp_path / "wrong.csv"
    text = to_csv(bring.store.quarantined())
    path.write_text(text.replace(",Żebractwoo,", ",Żebractwo,"), encoding="utf-8")
    assert bring.file(path) == IngestResult(rows_in=1, accepted=0, duplicates=1, quarantined=0)
    assert len(bring.store.quarantined()) == 0


# -- damage, neighbours, strangers --------------------------------------------------------------


def test_an_import_that_breaks_off_leaves_no_part(
    bring: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring({"report_id": 1})
    before = files(bring.store)

    def full(*_: object) -> None:
        msg = "cannot write: no space"
        raise StoreError(msg)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "_write_part", full)
        with pytest.raises(StoreError, match="no space"):
            bring({"report_id": 2}, {"report_id": 3, "category": "?"})
    assert files(bring.store) == before
    assert bring({"report_id": 2}, {"report_id": 3, "category": "?"}).accepted == 1


def test_many_may_import_at_once(nine: City, tmp_path: Path, store: ReportStore) -> None:
    def run(number: int) -> IngestResult:
        folder = tmp_path / str(number)
        folder.mkdir()
        # Everybody brings the reports 0 to 9, and ten of their own.
        own = range(100 * number, 100 * number + 10)
        rows = [{"report_id": i} for i in (*range(10), *own)]
        return Importer(nine, folder, store)(*rows)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(1, 5)))
    assert all(r.rows_in == 20 for r in results)
    assert len(store.view(None, nine)) == 50


def test_a_store_of_another_system_is_refused(bring: Importer, nine: City) -> None:
    bring({"report_id": 1})
    frame = bring.store.view(None, nine).drop(columns="seen_at").to_crs("EPSG:2177")
    nothing = pd.DataFrame({"row": [], "reason": [], "detail": [], "record": []})
    with pytest.raises(StoreError, match="keep a store of its own for each city"):
        bring.store.ingest(frame, nothing, source="s", now=NOW)


def test_a_damaged_part_is_named(bring: Importer, nine: City) -> None:
    bring({"report_id": 1})
    bring.store.folder.replace("reports/part-0.parquet", b"PAR1 no parquet")
    with pytest.raises(StoreError, match=r"reports/part-0\.parquet in the store is damaged"):
        bring.store.view(None, nine)
    with pytest.raises(StoreError, match=r"reports/part-0\.parquet in the store is damaged"):
        bring({"report_id": 2})


def test_categories_of_another_catalogue_are_refused(bring: Importer, nine: City) -> None:
    bring({"report_id": 1})
    frame = bring.store.view(None, nine).assign(report_id="x", category="burglary")
    nothing = pd.DataFrame({"row": [], "reason": [], "detail": [], "record": []})
    bring.store.ingest(frame, nothing, source="s", now=NOW)
    with pytest.raises(StoreError, match="the catalogue 'kmzb' has not: burglary"):
        bring.store.view(None, nine)


def test_moments_need_a_zone(bring: Importer) -> None:
    with pytest.raises(UsageError, match="has no time zone"):
        bring({"report_id": 1}, seen_at=datetime(2026, 6, 1))  # noqa: DTZ001  (that is the fault)


def test_simulated_and_real_reports_never_meet(bring: Importer) -> None:
    bring({"report_id": "SIM-0000001"}, {"report_id": "SIM-0000002"})
    with pytest.raises(UsageError, match=r"cannot lie in one store.*--store") as raised:
        bring({"report_id": "KMZB-1"})
    assert raised.value.error_code == "simulated-and-real"
    assert set(bring.status()) == {"SIM-0000001", "SIM-0000002"}
    assert bring({"report_id": "SIM-0000003"}).accepted == 1
