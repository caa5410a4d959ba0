"""Street lists: the form in which police publish beats, as a CSV file.

One row gives one beat a street or a part of it::

    area_id,street,from,to,side
    IV-3,Pogonowskiego,,,all
    IV-3,Zielona,1,27,odd
    IV-4,Zielona,29,,odd

An empty `from` or `to` leaves that end open. `to` takes the letters and joined numbers of a
plain number along (27 → 27A, 27/29) unless another row names them; a row whose `from` and
`to` are equal means that number alone. Where one number stands at two places, `lon` and
`lat` (EPSG:4326) name the place: the row then means the nearest address that fits.
Headers and sides may be Polish: ``rejon, ulica, od, do, strona``, ``nieparzyste``.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.addresses import house_number_key, is_house_number, normalise_street
from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["RULE_COLUMNS", "check_rules", "read_street_list", "write_street_list"]

RULE_COLUMNS = ("area_id", "street", "from", "to", "side", "lon", "lat")
_TEXT_COLUMNS = RULE_COLUMNS[:5]

_HEADERS = {
    "area_id": "area_id",
    "rejon": "area_id",
    "street": "street",
    "ulica": "street",
    "from": "from",
    "od": "from",
    "to": "to",
    "do": "to",
    "side": "side",
    "strona": "side",
    "lon": "lon",
    "lat": "lat",
}
_SIDES = {
    "": "all",
    "all": "all",
    "wszystkie": "all",
    "odd": "odd",
    "nieparzyste": "odd",
    "even": "even",
    "parzyste": "even",
}


def read_street_list(path: Path) -> pd.DataFrame:
    """Read and check a street list.

    Parameters
    ----------
    path
        A CSV file in UTF-8 with a header, separated by commas or semicolons.

    Returns
    -------
    pandas.DataFrame
        `RULE_COLUMNS`: text, but `lon` and `lat` float64 degrees (NaN: no point); `from` and
        `to` empty where open; `side` one of ``all``, ``odd``, ``even``. The index, named
        ``line``, is the line in the file.

    Raises
    ------
    InputError
        If the file cannot be read as such a list; the message gives every fault with its line.
    """
    text = _text(path)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = _header(next(rows, []), path=path)
        numbered = [(rows.line_num, cells) for cells in rows if any(map(str.strip, cells))]
    except csv.Error as error:
        msg = f"street list {path.name}, line {rows.line_num}: {error}: check the quotes there"
        raise InputError(msg) from error
    faults = list(_width_faults(numbered, width=len(header)))
    records = [dict(zip(header, map(str.strip, cells), strict=False)) for _, cells in numbered]
    lines = pd.Index([line for line, _ in numbered], name="line", dtype=np.int64)
    rules = pd.DataFrame(records, index=lines, columns=list(RULE_COLUMNS), dtype=object)
    return _checked(rules.fillna(""), faults=faults, what=f"street list {path.name}")


def write_street_list(rules: pd.DataFrame, path: Path) -> None:
    """Write rules as a CSV file that `read_street_list` reads back unchanged.

    Parameters
    ----------
    rules
        As `read_street_list` returns them. `lon` and `lat` are written with every digit, and
        only if a rule has them.
    path
        The file to write.

    Raises
    ------
    InputError
        If a rule is faulty.
    """
    checked = check_rules(rules)
    if checked[["lon", "lat"]].isna().to_numpy().all():
        checked = checked[list(_TEXT_COLUMNS)]
    checked.to_csv(path, index=False, lineterminator="\n")


def check_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Rules in the form that `read_street_list` returns, or every fault in one error.

    Parameters
    ----------
    rules
        At least `area_id` and `street`; the index says in messages which rule is meant.

    Raises
    ------
    InputError
        If a column is missing or a row is faulty.
    """
    missing = [name for name in ("area_id", "street") if name not in rules.columns]
    if missing:
        msg = f"street rules lack the column {', '.join(missing)}: they have {list(rules.columns)}"
        raise InputError(msg)
    known = rules.reindex(columns=list(RULE_COLUMNS))
    as_text = known.astype(object).where(known.notna(), "").astype(str)
    return _checked(as_text, faults=[], what="the street rules")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"cannot read street list {path}: {error.strerror}"
        raise InputError(msg) from error
    except UnicodeDecodeError as error:
        msg = (
            f"street list {path.name} is not UTF-8 (byte {error.start}): save it as "
            "'CSV UTF-8', so that ł and ó survive"
        )
        raise InputError(msg) from error


def _delimiter(text: str) -> str:
    heading = text.split("\n", 1)[0]
    return ";" if heading.count(";") > heading.count(",") else ","


def _header(cells: list[str], *, path: Path) -> list[str]:
    named = [_HEADERS.get(cell.strip().casefold(), "") for cell in cells]
    unknown = [cell for cell, name in zip(cells, named, strict=True) if not name]
    doubled = sorted({name for name in named if name and named.count(name) > 1})
    missing = [name for name in ("area_id", "street") if name not in named]
    faults = [f"unknown heading {cell!r}" for cell in unknown]
    faults += [f"two headings for {name!r}" for name in doubled]
    faults += [f"no heading {name!r}" for name in missing]
    if faults:
        msg = (
            f"street list {path.name}, line 1: {'; '.join(faults)}: the headings are "
            "area_id, street, from, to, side (rejon, ulica, od, do, strona) and, if needed, "
            "lon, lat"
        )
        raise InputError(msg)
    return named


def _width_faults(numbered: list[tuple[int, list[str]]], *, width: int) -> Iterator[str]:
    for line, cells in numbered:
        if len(cells) > width:
            yield (
                f"line {line}: {len(cells)} values under {width} headings: "
                "put a value that holds the separator in double quotes"
            )


def _checked(rules: pd.DataFrame, *, faults: list[str], what: str) -> pd.DataFrame:
    """Typed rules; raises all faults found here and before."""
    found = [*faults, *_faults(rules)]
    if found:
        found.sort(key=_line_of)
        count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        msg = "\n  ".join([f"{what} has {count}:", *found])
        raise InputError(msg)
    typed = rules.assign(side=[_SIDES[side.casefold()] for side in rules["side"]])
    for axis in ("lon", "lat"):
        typed[axis] = [float(value) if value else np.nan for value in rules[axis]]
    return typed.astype({**dict.fromkeys(_TEXT_COLUMNS, str), "lon": float, "lat": float})


def _line_of(fault: str) -> int:
    number = fault.removeprefix("line ").partition(":")[0]
    return int(number) if number.isdigit() else 0


def _faults(rules: pd.DataFrame) -> Iterator[str]:
    columns = (rules[name] for name in RULE_COLUMNS)
    for line, area_id, street, first, last, side, lon, lat in zip(
        rules.index, *columns, strict=True
    ):
        texts = (
            *_name_faults(area_id, street),
            *_range_faults(first, last),
            *_side_faults(side),
            *_point_faults(lon, lat),
        )
        yield from (f"line {line}: {text}" for text in texts)


def _name_faults(area_id: str, street: str) -> Iterable[str]:
    if not area_id:
        yield "area_id is empty: name the beat, for example IV-3"
    if not normalise_street(street):
        yield f"street {street!r} is no name: name the street, for example Piotrkowska"


def _range_faults(first: str, last: str) -> Iterable[str]:
    bounds = {"from": first, "to": last}
    unreadable = [n for n, v in bounds.items() if v and not is_house_number(v)]
    if unreadable and house_number_key(first) != house_number_key(last):
        for name in unreadable:
            yield (
                f"{name} {bounds[name]!r} is not a house number: write 12, 12A or 27/29, "
                "or leave it empty for an open end"
            )
    elif first and last and house_number_key(first) > house_number_key(last):
        yield f"from {first!r} is above to {last!r}: exchange them"


def _side_faults(side: str) -> Iterable[str]:
    if side.casefold() not in _SIDES:
        yield (
            f"side {side!r} is unknown: write all, odd or even (wszystkie, nieparzyste, parzyste)"
        )


def _point_faults(lon: str, lat: str) -> Iterable[str]:
    if bool(lon) != bool(lat):
        yield f"lon {lon!r} and lat {lat!r}: give both or neither"
        return
    for name, value, limit in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        if value and not _is_degree(value, limit=limit):
            yield f"{name} {value!r} is not a number of degrees from -{limit:g} to {limit:g}"


def _is_degree(value: str, *, limit: float) -> bool:
    try:
        return abs(float(value)) <= limit
    except ValueError:
        return False
