"""The releases of a store: which there are, in which order, and what names none."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from small_release import write_release

from geo.errors import NotFoundError, StoreError
from geo.release.history import find_release, release_ids, summarise_release, written_at
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

OLDER, OLD, NEW = "2026-07-01-ffffffffffff", "2026-08-01-ffffffffffff", "2026-08-01-000000000000"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A store with three releases; of two of the same day one was written later."""
    for age, name in enumerate((NEW, OLD, OLDER)):
        home = write_release(tmp_path, release_id=name)
        then = time.time() - 3600 * age
        os.utime(home / "manifest.json", (then, then))
    return Folder.open(tmp_path)


def test_newest_day_first_then_the_last_written(folder: Folder) -> None:
    assert release_ids(folder) == [NEW, OLD, OLDER]
    assert release_ids(Folder.open(folder.root + "/nothing")) == []


def test_unfinished_releases_are_none(folder: Folder) -> None:
    folder.create("releases/2026-09-01-aaaaaaaaaaaa/public/beats.parquet", b"")
    folder.create("releases/.2026-09-02-aaaaaaaaaaaa/manifest.json", b"{}")
    folder.create("releases/not a release/manifest.json", b"{}")
    assert release_ids(folder) == [NEW, OLD, OLDER]


def test_summary_is_the_manifest_in_short(folder: Folder) -> None:
    found = summarise_release(folder, OLD)
    assert (found.id, found.as_of, found.period) == (OLD, "2026-08-01", "2026H1")
    assert (found.code_version, found.simulated) == ("0.1.0", True)


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"as_of": "2026-09-01"}', b"\xff"])
def test_damaged_manifest_is_told(folder: Folder, manifest: bytes) -> None:
    name = "2026-09-01-aaaaaaaaaaaa"
    folder.create(f"releases/{name}/manifest.json", manifest)
    with pytest.raises(StoreError, match=f"the manifest of release {name} cannot be used"):
        summarise_release(folder, name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../releases", f"../releases/{OLD}", f"{OLD}/public", "a" * 200, "a\x00"],
)
def test_what_is_no_id_names_no_release(folder: Folder, name: str) -> None:
    for find in (lambda: find_release(folder, name, face="public"),
                 lambda: summarise_release(folder, name)):  # fmt: skip
        with pytest.raises(NotFoundError, match="has no release") as caught:
            find()
        assert caught.value.error_code == "no-such-release"


def test_a_release_is_opened_by_its_id(folder: Folder) -> None:
    release = find_release(folder, OLDER, face="public")
    assert (release.id, release.face) == (OLDER, "public")
    assert release.collection("beats").count == 9


def test_time_of_writing(folder: Folder) -> None:
    moment = written_at(folder, OLD)
    assert moment is not None
    assert moment.timestamp() == pytest.approx(time.time() - 3600, abs=300)
    assert moment.utcoffset() is not None
    assert written_at(folder, "nothing") is None


def test_time_of_writing_in_memory() -> None:
    """Other file systems tell the time too, with or without a zone."""
    folder = Folder.open("memory://history-times")
    folder.create("a", b"")
    moment = folder.modified("a")
    assert moment is not None
    assert abs(moment.timestamp() - time.time()) < 300
    assert folder.modified("b") is None
