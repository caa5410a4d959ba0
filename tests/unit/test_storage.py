"""A folder of files: whole or not at all, never overwritten, switched in one step."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from geo.errors import StoreError
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Folder]:
    url = str(tmp_path / "store") if request.param == "local" else f"memory://{uuid4().hex}"
    opened = Folder.open(url)
    yield opened
    if opened.exists():
        opened.fs.rm(opened.root, recursive=True)


def test_a_folder_need_not_exist_to_be_asked(folder: Folder) -> None:
    assert not folder.exists()
    assert folder.names() == []
    assert folder.names("reports") == []


def test_what_was_created_is_read(folder: Folder) -> None:
    assert folder.create("reports/a.bin", b"\x00\xff")
    assert folder.read("reports/a.bin") == b"\x00\xff"
    assert folder.names() == ["reports"]
    assert folder.names("reports") == ["a.bin"]
    assert folder.sub("reports").read("a.bin") == b"\x00\xff"


def test_create_never_overwrites(folder: Folder) -> None:
    assert folder.create("a", b"first")
    assert not folder.create("a", b"second")
    assert folder.read("a") == b"first"


def test_replace_makes_and_switches(folder: Folder) -> None:
    folder.replace("current", b"one")
    folder.replace("current", b"two")
    assert folder.read("current") == b"two"
    assert folder.names() == ["current"]


def test_names_are_sorted(folder: Folder) -> None:
    for name in ("b", "a", "c"):
        folder.create(name, b"")
    assert folder.names() == ["a", "b", "c"]


def test_a_missing_file_is_named(folder: Folder) -> None:
    with pytest.raises(StoreError, match=r"plans/x\.json is missing in"):
        folder.read("plans/x.json")


def test_one_of_many_writers_wins(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda i: folder.create("a", str(i).encode()), range(40)))
    assert won.count(True) == 1
    assert folder.read("a") == str(won.index(True)).encode()
    assert folder.names() == ["a"]


def test_a_write_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    folder = Folder.open(tmp_path)
    folder.create("a", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"cannot write .*/b: No space left on device"):
        folder.create("b", b"new")
    with pytest.raises(StoreError, match="No space left"):
        folder.replace("a", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert folder.read("a") == b"old"


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder", encoding="utf-8")
    with pytest.raises(StoreError, match="is a file: a store is a folder"):
        Folder.open(tmp_path / "store")


@pytest.mark.parametrize("url", ["nosuch://bucket/store", "s4://x"])
def test_an_unknown_kind_of_store_is_an_error(url: str) -> None:
    with pytest.raises(StoreError, match="cannot open the store"):
        Folder.open(url)
