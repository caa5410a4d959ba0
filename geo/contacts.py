"""Whom to turn to: the offices that serve the areas of a city, from a file of the operator.

Nothing comes with the program. A file names units, their rooms and telephones, never a person:
who serves a beat changes with every shift, and a name is nobody's business but theirs.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.release.reader import Release

__all__ = ["COLUMNS", "Contact", "Contacts", "ContactsError"]

_Key: TypeAlias = tuple[str, str]

LONGEST = 300
MOST_BYTES = 4 << 20
_DELIMITERS = (",", ";", "\t")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.\-]*(\s*(w|wew|ext|int)\.?\s*[0-9]+)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class ContactsError(InputError):
    """A file of contacts that cannot be used."""

    code = "contacts"


@dataclass(frozen=True, slots=True)
class Contact:
    """An office, as the file has it.

    Attributes
    ----------
    level, area_id
        The area that it was written down for. If that is not the area that was asked for, it is
        one that holds it.
    unit
        What the office is called.
    address, phone, email, hours, url
        How to reach it; empty where the file says nothing.
    """

    level: str
    area_id: str
    unit: str
    address: str = ""
    phone: str = ""
    email: str = ""
    hours: str = ""
    url: str = ""


COLUMNS = tuple(field.name for field in fields(Contact))
"""The columns of the file; nothing else may be in it."""
_NEEDED = ("level", "area_id", "unit")
_WAYS = ("address", "phone", "email", "url")


class Contacts:
    """The offices of a city by the area that they serve.

    Parameters
    ----------
    offices
        Level and id of an area to its office.
    """

    def __init__(self, offices: Mapping[_Key, Contact] | None = None) -> None:
        self._offices = dict(offices or {})
        self._parents: tuple[str, Mapping[_Key, _Key]] = ("", {})

    def __len__(self) -> int:
        return len(self._offices)

    @classmethod
    def load(cls, path: str | Path) -> Contacts:
        """Read a file: CSV in UTF-8, a header line, one office a line.

        Raises
        ------
        ContactsError
            Naming the line and the value, if the file cannot be read, has a column that is none of
            `COLUMNS` (so that no person's name slips in), lacks one, or holds what is no address.
        """
        where = str(path)
        offices: dict[_Key, Contact] = {}
        for line, row in _rows(_text(Path(path)), where):
            contact = _contact(row, f"{where}, line {line}")
            key = contact.level, contact.area_id
            if key in offices:
                msg = f"{where}, line {line}: {' '.join(key)} has an office already; keep one line"
                raise ContactsError(msg)
            offices[key] = contact
        if not offices:
            msg = f"{where} holds no office below its header: add one, or leave the setting out"
            raise ContactsError(msg)
        return cls(offices)

    def check(self, release: Release) -> None:
        """Hold the file against the areas of a release.

        Raises
        ------
        ContactsError
            If it names a level or an area that the release does not have.
        """
        known = {
            level["id"]: set(_areas(release, level["collection"]))
            for level in release.manifest["levels"]
        }
        for level, area_id in self._offices:
            if level not in known:
                msg = f"contacts name the level {level!r}: take one of {', '.join(known)}"
                raise ContactsError(msg)
            if area_id not in known[level]:
                some = ", ".join(sorted(known[level])[:5])
                msg = f"contacts name the {level} {area_id!r}, which is not there: ids are {some} …"
                raise ContactsError(msg)

    def of(self, level: str, area_id: str, *, release: Release) -> Contact | None:
        """The office of an area; without one, that of the nearest area that it is part of.

        Parameters
        ----------
        level, area_id
            The area. Compare them with those of the contact to see whether it is the area's own.
        release
            Knows which area belongs to which.
        """
        if not self._offices:
            return None
        here: tuple[str, str] | None = (level, area_id)
        parents = self._parents_in(release)
        # Every step leads to a coarser level, so there is an end.
        while here is not None and here not in self._offices:
            here = parents.get(here)
        return None if here is None else self._offices[here]

    def _parents_in(self, release: Release) -> Mapping[_Key, _Key]:
        if self._parents[0] != release.id:
            self._parents = release.id, _parents(release)
        return self._parents[1]


def _text(path: Path) -> str:
    """The file as text.

    Raises
    ------
    ContactsError
        If it cannot be read, is too large or not UTF-8.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"cannot read the contacts {path}: {error.strerror or error}"
        raise ContactsError(msg) from error
    if len(content) > MOST_BYTES:
        msg = f"{path} has {len(content)} bytes: a file of offices has at most {MOST_BYTES}"
        raise ContactsError(msg)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 (byte {error.start}): save it as CSV UTF-8"
        raise ContactsError(msg) from error


def _rows(text: str, where: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of every row that is not empty.

    Raises
    ------
    ContactsError
        If the header is not as it must be, or a row has more or fewer fields.
    """
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        _check_header(names, where)
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(names):
                msg = (
                    f"{where}, line {reader.line_num}: {len(values)} fields under {len(names)} "
                    "columns; put a field that holds the separator in quotes"
                )
                raise ContactsError(msg)
            yield reader.line_num, dict(zip(names, values, strict=True))
    except csv.Error as error:
        msg = f"{where}, line {reader.line_num}: no valid CSV ({error})"
        raise ContactsError(msg) from error


def _check_header(names: list[str], where: str) -> None:
    allowed = ", ".join(COLUMNS)
    if foreign := [name for name in names if name not in COLUMNS]:
        msg = (
            f"{where} has the column {foreign[0]!r}: only {allowed} are read, so that no name of "
            "a person is published; take the column out"
        )
        raise ContactsError(msg)
    if missing := [name for name in _NEEDED if name not in names]:
        msg = f"{where} has no column {missing[0]!r}: the columns are {allowed}"
        raise ContactsError(msg)
    if twice := [name for name in names if names.count(name) > 1]:
        msg = f"{where} has the column {twice[0]!r} twice: keep one"
        raise ContactsError(msg)


def _contact(row: Mapping[str, str], where: str) -> Contact:
    """The office of a row.

    Raises
    ------
    ContactsError
        Naming the field, if something needed is missing or something given cannot be used.
    """
    values = {name: " ".join(value.split()) for name, value in row.items()}
    for name, value in values.items():
        if not value and name in _NEEDED:
            msg = f"{where}: {name} is empty; every office needs {', '.join(_NEEDED)}"
            raise ContactsError(msg)
        if len(value) > LONGEST or _CONTROL.search(value):
            msg = f"{where}: {name} is longer than {LONGEST} characters or holds control characters"
            raise ContactsError(msg)
        if value and not _fits(name, value):
            msg = f"{where}: {name}={value!r} is none; write it as {_EXAMPLES[name]}, or not at all"
            raise ContactsError(msg)
    if not any(values.get(name) for name in _WAYS):
        ways = ", ".join(_WAYS)
        msg = f"{where}: there is no way to reach {values['unit']!r}; give one of {ways}"
        raise ContactsError(msg)
    return Contact(**values)


_EXAMPLES = {
    "phone": "+48 47 841 00 00",
    "email": "office@example.org",
    "url": "https://example.org/office",
}


def _fits(name: str, value: str) -> bool:
    if name == "phone":
        # Several numbers may be given.
        return all(_PHONE.fullmatch(each.strip()) for each in re.split(r"[,;]", value))
    if name == "email":
        return _EMAIL.fullmatch(value) is not None
    return name != "url" or _is_web_address(value)


def _is_web_address(text: str) -> bool:
    """Whether a text is an http or https address: a link must not run a script."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text


def _areas(release: Release, collection: str) -> list[str]:
    ids: list[str] = release.collection(collection).table(["area_id"]).column(0).to_pylist()
    return ids


def _parents(release: Release) -> dict[_Key, _Key]:
    """Every area's level and id to those of the area of a coarser level that it belongs to."""
    levels = release.manifest["levels"]
    known = [(level["id"], set(_areas(release, level["collection"]))) for level in levels]
    parents: dict[_Key, _Key] = {}
    for number, level in enumerate(levels):
        table = release.collection(level["collection"]).table(["area_id", "parent_id"])
        for row in table.to_pylist():
            coarser = (key for key, ids in known[number + 1 :] if row["parent_id"] in ids)
            if (found := next(coarser, None)) is not None:
                parents[level["id"], row["area_id"]] = (found, row["parent_id"])
    return parents
