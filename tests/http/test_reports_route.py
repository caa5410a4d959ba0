"""Bringing reports by HTTP: the same judgement and the same store as `rewir ingest`."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Answer, Client
from conftest import ORIGIN
from small_release import write_release
from two_faces import add_key, bearer

from api.app import create_app
from api.routers import reports as route
from geo.reports.simulate import SIMULATED_PREFIX
from geo.reports.store import ReportStore
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

X, Y = (int(value) + 500 for value in ORIGIN)
CSV = f"""Typ,Data utworzenia,x,y
Żebractwo,2026-06-01 12:00,{X},{Y}
Żebractwo,2026-06-01 12:00,{X},{Y}
Nic,2026-06-01 12:00,{X},{Y}
""".encode()
TYPE = {"content_type": "text/csv; charset=utf-8"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    write_release(tmp_path)
    return tmp_path


@pytest.fixture
def client(store: Path, nine_folder: Path) -> Client:
    """A client with a key for reports."""
    app = create_app(Settings(store=str(store), city=str(nine_folder)))
    return Client(app, headers=bearer(add_key(store, "reports:write")[1]))


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


def kept(store: Path) -> ReportStore:
    return ReportStore(Folder.open(store))


def test_rows_are_judged_and_stored(client: Client, store: Path, nine: City) -> None:
    answer = client.post("/reports?crs=EPSG:2180", CSV, **TYPE)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    [reason] = told.pop("reasons")
    assert told == {
        "source": hashlib.sha256(CSV).hexdigest(),
        "rows_in": 3, "accepted": 1, "duplicates": 1, "quarantined": 1,
    }  # fmt: skip
    assert (reason["reason"], reason["rows"], reason["example_row"]) == ("unknown_category", 1, 3)
    assert "'Nic'" in reason["example"]
    assert len(kept(store).view(None, nine)) == 1
    assert len(kept(store).quarantined()) == 1


def test_the_same_file_again_adds_nothing(client: Client, store: Path) -> None:
    for accepted, duplicates in ((1, 1), (0, 2)):
        told = client.post("/reports?crs=EPSG:2180", CSV, **TYPE).json()
        assert (told["accepted"], told["duplicates"]) == (accepted, duplicates)
    assert len(kept(store).quarantined()) == 1


def test_geojson_is_taken_too(client: Client, store: Path, nine: City) -> None:
    feature: dict[str, Any] = {
        "type": "Feature",
        "properties": {"Typ": "Żebractwo", "Data utworzenia": "2026-06-01 12:00"},
        "geometry": {"type": "Point", "coordinates": [X, Y]},
    }
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    told = client.post("/reports?crs=EPSG:2180", body, content_type="application/geo+json").json()
    assert (told["accepted"], told["reasons"]) == (1, [])
    assert len(kept(store).view(None, nine)) == 1


def test_it_is_as_the_command_line_has_it(
    client: Client, store: Path, tmp_path_factory: pytest.TempPathFactory, nine: City
) -> None:
    from geo.reports.intake import take_in  # noqa: PLC0415

    other = tmp_path_factory.mktemp("other")
    file = other / "a.csv"
    file.write_bytes(CSV)
    taken = take_in(file, city=nine, store=kept(other / "store"), crs="EPSG:2180")
    told = client.post("/reports?crs=EPSG:2180", CSV, **TYPE).json()
    assert told["source"] == taken.source
    assert told["reasons"] == taken.reasons()
    digests = {
        ReportStore.digest(kept(folder).view(None, nine)) for folder in (store, other / "store")
    }
    assert len(digests) == 1


def test_the_day_of_the_file_counts(client: Client, store: Path, nine: City) -> None:
    client.post("/reports?crs=EPSG:2180&seenAt=2026-07-01", CSV, **TYPE)
    [seen] = kept(store).view(None, nine)["seen_at"]
    assert str(seen) == "2026-06-30 22:00:00+00:00"
    answer = client.post("/reports?crs=EPSG:2180&seenAt=yesterday", CSV, **TYPE)
    assert code(answer) == (400, "bad-value")
    assert answer.json()["parameter"] == "seenAt"


def test_a_release_does_not_change_by_itself(client: Client, store: Path) -> None:
    before = (store / "current").read_bytes(), sorted((store / "releases").iterdir())
    client.post("/reports?crs=EPSG:2180", CSV, **TYPE)
    assert before == ((store / "current").read_bytes(), sorted((store / "releases").iterdir()))


def test_without_a_key_nothing_is_taken(client: Client, store: Path) -> None:
    nobody = Client(client.app)
    answer = nobody.post("/reports?crs=EPSG:2180", CSV, **TYPE)
    assert code(answer) == (401, "no-key")
    assert answer.headers["www-authenticate"] == 'Bearer realm="rewir"'
    reader = Client(client.app, headers=bearer(add_key(store, "internal:read")[1]))
    assert code(reader.post("/reports?crs=EPSG:2180", CSV, **TYPE)) == (403, "missing-scope")
    assert kept(store).is_empty()


@pytest.mark.parametrize(
    ("target", "body", "kind", "expected"),
    [
        ("/reports", CSV, "application/pdf", (415, "bad-body-type")),
        ("/reports", CSV, "", (415, "bad-body-type")),
        ("/reports", b"", "text/csv", (422, "reports")),
        ("/reports", b"\xff\xfe\x00", "text/csv", (422, "reports")),
        ("/reports", b"a,b\n1,2\n", "text/csv", (422, "reports")),
        ("/reports", b"{", "application/json", (422, "reports")),
        ("/reports", b"[1]", "application/geo+json", (422, "reports")),
        ("/reports?crs=EPSG:1", CSV, "text/csv", (422, "crs")),
        ("/reports?crs=EPSG:2180&x=1", CSV, "text/csv", (400, "unknown-parameter")),
        ("/reports?crs=a&crs=b", CSV, "text/csv", (400, "repeated-parameter")),
        (f"/reports?crs={'x' * 101}", CSV, "text/csv", (400, "bad-value")),
    ],
)
def test_what_cannot_be_taken(
    client: Client, store: Path, target: str, body: bytes, kind: str, expected: tuple[int, str]
) -> None:
    answer = client.post(target, body, content_type=kind)
    assert code(answer) == expected
    assert answer.error is None
    assert str(store) not in answer.text
    assert "/tmp" not in answer.text  # noqa: S108  (nothing lies there: it must not be named)
    assert kept(store).is_empty()


def test_a_file_of_nothing_is_no_fault(client: Client, store: Path) -> None:
    head = CSV.splitlines(keepends=True)[0]
    told = client.post("/reports?crs=EPSG:2180", head, **TYPE).json()
    assert (told["rows_in"], told["reasons"]) == (0, [])
    assert kept(store).is_empty()


def test_simulated_and_real_reports_do_not_meet(client: Client, store: Path) -> None:
    client.post("/reports?crs=EPSG:2180", CSV, **TYPE)
    rows = f"report_id,Typ,Data utworzenia,x,y\n{SIMULATED_PREFIX}1,Żebractwo,2026-06-01,{X},{Y}\n"
    answer = client.post("/reports?crs=EPSG:2180", rows.encode(), **TYPE)
    assert code(answer) == (409, "simulated-and-real")
    assert str(store) not in answer.text


def test_another_citys_store_is_the_servers_fault(client: Client, store: Path) -> None:
    (store / "city").write_text("elsewhere\n")
    answer = client.post("/reports?crs=EPSG:2180", CSV, **TYPE)
    assert code(answer) == (503, "city")
    assert "elsewhere" not in answer.text


def test_one_file_at_a_time(client: Client) -> None:
    with route._one_at_a_time:
        answer = client.post("/reports?crs=EPSG:2180", CSV, **TYPE)
    assert code(answer) == (503, "busy")
    assert answer.headers["retry-after"] == "5"
    assert client.post("/reports?crs=EPSG:2180", CSV, **TYPE).status == 200


def test_a_large_file_is_refused(store: Path, nine_folder: Path) -> None:
    app = create_app(Settings(store=str(store), city=str(nine_folder), max_upload_mb=1))
    client = Client(app, headers=bearer(add_key(store, "reports:write")[1]))
    answer = client.post("/reports", b"x" * ((1 << 20) + 1), **TYPE)
    assert code(answer) == (413, "too-large")


def test_other_sites_may_not_bring_reports(client: Client) -> None:
    answer = client.ask("OPTIONS", "/reports", origin="https://map.example")
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_reports_are_only_brought(client: Client, store: Path, method: str) -> None:
    reader = Client(client.app, headers=bearer(add_key(store, "internal:read")[1]))
    answer = reader.ask(method, "/reports")
    assert answer.status == 405
    assert answer.headers["allow"] == "POST, OPTIONS"
    if method != "HEAD":
        assert answer.json()["code"] == "bad-method"
        assert "POST, OPTIONS" in answer.json()["detail"]
