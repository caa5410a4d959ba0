"""Whatever the rows, their order and their files: none is lost, and the view is the same."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import RewirError
from geo.reports.readers import read_reports
from geo.reports.store import ReportStore
from geo.reports.validate import REASONS
from geo.storage import Folder

if TYPE_CHECKING:
    from geo.city import City

NOW = datetime(2026, 7, 2, 12, tzinfo=UTC)
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MANY = settings(FEW, max_examples=60)
STATES = ["Nowe", "Weryfikacja", "Potwierdzone", "Potwierdzone (wyeliminowane)"]
FIELDS = ["report_id", "category", "status", "reported_at", "modified_at", "x", "y", "opis"]


def version(number: int, state: int) -> dict[str, Any]:
    """One version of one report; each state has its own time of change, the first has none."""
    return {
        "report_id": f"r{number}",
        "category": "Żebractwo",
        "status": STATES[state],
        "reported_at": f"2026-05-{number + 1:02} 12:00",
        "modified_at": f"2026-06-{state:02} 08:00" if state else "",
        "x": 530_500 + 10 * number,
        "y": 430_500,
        "opis": "a text, not to be kept",
    }


def unnamed(number: int) -> dict[str, Any]:
    return version(number, 0) | {"report_id": ""}


def wrong(number: int, fault: str) -> dict[str, Any]:
    faults = {
        "category": {"category": "Żebractwoo"},
        "no category": {"category": ""},
        "status": {"status": "?"},
        "time": {"reported_at": "31.02.2026"},
        "no time": {"reported_at": ""},
        "future": {"reported_at": "2030-01-01"},
        "place": {"x": "x"},
        "no place": {"x": "", "y": ""},
        "swapped": {"x": 430_500, "y": 530_500 + 10 * number},
        "far": {"y": 480_000},
    }
    return version(number, 0) | {"report_id": f"w{number}"} | faults[fault]


KINDS = ["category", "no category", "status", "time", "no time", "future", "place", "no place",
         "swapped", "far"]  # fmt: skip
ROWS = st.one_of(
    st.builds(version, st.integers(0, 4), st.integers(0, 3)),
    st.builds(unnamed, st.integers(0, 4)),
    st.builds(wrong, st.integers(0, 4), st.sampled_from(KINDS)),
)


@st.composite
def mixes(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Rows, and the same rows in another order, spread over several files."""
    rows = draw(st.lists(ROWS, min_size=1, max_size=25))
    shuffled = draw(st.permutations(rows))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    bounds = [0, *cuts, len(rows)]
    return rows, [shuffled[a:b] for a, b in pairwise(bounds)]


def bring(store: ReportStore, city: City, rows: list[dict[str, Any]], now: datetime) -> Any:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        accepted, quarantined = read_reports(path, city=city, crs="EPSG:2180", now=now)
    assert len(accepted) + len(quarantined) == len(rows)
    assert set(quarantined["reason"]) <= set(REASONS)
    source = hashlib.sha256(text.getvalue().encode()).hexdigest()
    return store.ingest(accepted, quarantined, source=source, now=now)


def new_store() -> ReportStore:
    return ReportStore(Folder.open(f"memory://{uuid4().hex}"))


@FEW
@given(mix=mixes())
def test_order_and_files_do_not_change_the_view(nine: City, mix: Any) -> None:
    rows, spread = mix
    one, many = new_store(), new_store()
    whole = bring(one, nine, rows, NOW)
    parts = [bring(many, nine, part, NOW + timedelta(hours=i)) for i, part in enumerate(spread)]

    assert whole.rows_in == whole.accepted + whole.duplicates + whole.quarantined == len(rows)
    for name in ("rows_in", "accepted", "duplicates", "quarantined"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
    # Counted another way: what is not wrong, without repetition.
    good = {tuple(r.items()) for r in rows if not r["report_id"].startswith("w")}
    assert whole.accepted == len(good)
    for as_of in (None, date(2026, 5, 3), date(2026, 6, 1), date(2026, 6, 2)):
        views = [store.view(as_of, nine) for store in (one, many)]
        pd.testing.assert_frame_equal(*(pd.DataFrame(view) for view in views))
        assert ReportStore.digest(views[0]) == ReportStore.digest(views[1])


@FEW
@given(mix=mixes())
def test_the_view_is_the_last_state_said(nine: City, mix: Any) -> None:
    rows, spread = mix
    store = new_store()
    for part in spread:
        bring(store, nine, part, NOW)
    expected: dict[str, int] = {}
    for row in rows:
        if row["report_id"].startswith("r"):
            state = STATES.index(row["status"])
            expected[row["report_id"]] = max(expected.get(row["report_id"], 0), state)
    view = store.view(None, nine)
    named = view[view["report_id"].str.startswith("r")]
    ids = ["new", "verification", "confirmed", "eliminated"]
    found = {r: ids.index(s) for r, s in zip(named["report_id"], named["status"], strict=True)}
    assert found == expected
    assert len(view) - len(named) == len({r["x"] for r in rows if r["report_id"] == ""})


@FEW
@given(mix=mixes())
def test_importing_again_adds_nothing(nine: City, mix: Any) -> None:
    rows, spread = mix
    store = new_store()
    for part in spread:
        bring(store, nine, part, NOW)
    before = {kind: store.folder.names(kind) for kind in ("reports", "quarantine")}
    again = bring(store, nine, rows, NOW + timedelta(days=2))
    assert again.accepted == 0
    assert {kind: store.folder.names(kind) for kind in before} == before


CELLS = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=20),
    st.floats().map(repr),
    st.integers().map(str),
    st.datetimes().map(str),
    st.sampled_from(["", "nan", "None", "Żebractwo", "Nowe", "2026-06-01", "530500", "430500"]),
)


@MANY
@given(rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=8))
def test_any_text_in_any_cell_has_its_end(
    nine: City, tmp_path: Path, rows: list[list[str]]
) -> None:
    path = tmp_path / "cells.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["report_id", "category", "status", "reported_at", "x", "y"])
        writer.writerows(rows)
    accepted, quarantined = read_reports(path, city=nine, crs="EPSG:2180", now=NOW)
    assert len(accepted) + len(quarantined) == len(rows)
    assert quarantined["row"].is_unique
    assert (quarantined["detail"].str.len() > 0).all()
    assert all(isinstance(json.loads(record), dict) for record in quarantined["record"])
    assert np.isfinite(shapely.get_coordinates(accepted.geometry)).all()


def read_or_refuse(city: City, path: Path) -> int | None:
    """How many rows were judged; None if the file was refused, in words and by no other error."""
    try:
        accepted, quarantined = read_reports(path, city=city, now=NOW)
    except RewirError as error:
        return None if len(error.message) > 10 else -1
    return len(accepted) + len(quarantined)


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text("ab1-"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "type", "coordinates"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FEATURE = st.fixed_dictionaries(
    {"type": st.just("Feature"), "geometry": VALUES},
    optional={
        "id": VALUES,
        "properties": VALUES
        | st.fixed_dictionaries({"category": VALUES, "reported_at": VALUES, "status": VALUES}),
        "attributes": VALUES | st.fixed_dictionaries({"Typ": VALUES, "Data utworzenia": VALUES}),
    },
)
DOCUMENTS = st.one_of(
    VALUES,
    st.fixed_dictionaries({"type": st.just("FeatureCollection"), "features": st.lists(FEATURE)}),
    st.fixed_dictionaries({"features": st.lists(FEATURE)}),
    st.fixed_dictionaries({"features": VALUES, "clusters": VALUES, "crs": VALUES}),
)


@MANY
@given(document=DOCUMENTS)
def test_any_json_is_read_or_refused_in_words(nine: City, tmp_path: Path, document: Any) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    read = read_or_refuse(nine, path)
    if read is not None:
        rows = document if isinstance(document, list) else document.get("features", [document])
        assert read == len(rows)


@pytest.mark.parametrize("suffix", ["csv", "json", "geojsonl", "gpkg", "parquet", "xlsx"])
@settings(FEW, max_examples=15)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(
    suffix: str, nine: City, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / f"any.{suffix}"
    path.write_bytes(content)
    assert read_or_refuse(nine, path) in (None, 0)
