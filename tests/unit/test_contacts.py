"""Offices from a file: what fits is found, what does not is refused with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_release import write_release

from geo.contacts import Contact, Contacts, ContactsError
from geo.release.reader import open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.release.reader import Release

HEADER = "level,area_id,unit,address,phone,email,hours,url"
STATION = (
    'komisariat,K1,Station 1,"Piotrkowska 1, Nine",+48 47 841 00 00,k1@example.org,'
    "24 h,https://example.org/k1"
)
BEAT = "beat,S-2,Point <b>2</b>,,47 841 00 01 w. 12,,Mon 8-16,"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return open_current(Folder.open(store), face="public")


def write(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "offices.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_an_area_has_its_own_office_or_that_of_what_holds_it(
    tmp_path: Path, release: Release
) -> None:
    contacts = Contacts.load(write(tmp_path, HEADER, STATION, "", BEAT, ""))
    contacts.check(release)
    assert len(contacts) == 2
    own = contacts.of("beat", "S-2", release=release)
    assert own == Contact(
        "beat", "S-2", "Point <b>2</b>", phone="47 841 00 01 w. 12", hours="Mon 8-16"
    )
    station = contacts.of("komisariat", "K1", release=release)
    assert station is not None
    assert station.address == "Piotrkowska 1, Nine"
    assert contacts.of("beat", "S-1", release=release) == station


def test_no_file_is_no_office(release: Release) -> None:
    assert Contacts().of("beat", "S-1", release=release) is None


def test_a_beat_without_office_above(tmp_path: Path, release: Release) -> None:
    contacts = Contacts.load(write(tmp_path, HEADER, BEAT))
    assert contacts.of("beat", "S-1", release=release) is None
    assert contacts.of("komisariat", "K1", release=release) is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_write_it_in_their_own_way(
    tmp_path: Path, release: Release, delimiter: str
) -> None:
    lines = [HEADER.upper().replace(",", delimiter), BEAT.replace(",", delimiter)]
    path = write(tmp_path, *lines, encoding="utf-8-sig")
    assert Contacts.load(path).of("beat", "S-2", release=release) is not None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER + ",officer", BEAT + ",Jan"], "column 'officer'.*no name of a person"),
        ([HEADER + ",name", BEAT + ",Jan"], "column 'name'.*take the column out"),
        (["level,unit,phone", "beat,Point,1"], "no column 'area_id'"),
        (["level,area_id,unit,unit", "beat,S-1,a,b"], "'unit' twice"),
        ([HEADER], "holds no office"),
        ([], "no column 'level'"),
        ([HEADER, BEAT, BEAT], "line 3: beat S-2 has an office already"),
        ([HEADER, "beat,,Point,,1,,,"], "line 2: area_id is empty"),
        ([HEADER, "beat,S-1,Point,,,,Mon 8-16,"], "no way to reach 'Point'"),
        ([HEADER, "beat,S-1,Point,,1"], "5 fields under 8 columns"),
        ([HEADER, "beat,S-1,Point,,ask Jan,,,"], "phone='ask Jan'"),
        ([HEADER, "beat,S-1,Point,,,k1.example.org,,"], "email='k1.example.org'"),
        ([HEADER, "beat,S-1,Point,,,a@b.c?subject=<b>,,"], "email="),
        ([HEADER, "beat,S-1,Point,,,,,javascript:alert(1)"], "url='javascript:alert"),
        ([HEADER, "beat,S-1,Point,,,,,https://"], "url='https://'"),
        ([HEADER, f"beat,S-1,{'x' * 301},,1,,,"], "longer than 300"),
        ([HEADER, "beat,S-1,Po\u202eint,,1,,,"], "control characters"),
        ([HEADER, 'beat,S-1,"Point,,1,,,'], "no valid CSV"),
    ],
)
def test_what_is_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(ContactsError, match=message):
        Contacts.load(write(tmp_path, *lines))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ContactsError, match="No such file"):
        Contacts.load(tmp_path / "none.csv")
    path = write(tmp_path, HEADER, "beat,S-1,Łódź,,1,,,", encoding="cp1250")
    with pytest.raises(ContactsError, match="not UTF-8"):
        Contacts.load(path)
    path.write_bytes(b"x" * (4 << 20 | 1))
    with pytest.raises(ContactsError, match="at most"):
        Contacts.load(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("post,S-1,Point,,1,,,", "level 'post': take one of beat, komisariat"),
        ("beat,S-77,Point,,1,,,", "the beat 'S-77', which is not there"),
    ],
)
def test_areas_that_the_release_has_not(
    tmp_path: Path, release: Release, line: str, message: str
) -> None:
    contacts = Contacts.load(write(tmp_path, HEADER, line))
    with pytest.raises(ContactsError, match=message):
        contacts.check(release)
