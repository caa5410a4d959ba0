"""Which column of a file is which field of a report.

A name comes from the caller (``--map category=Typ``), else from ``[reports.columns]`` of
`city.toml`, else from the names below: our own first, then those of the national map. Case,
spaces and underscores make no difference. A column that no field claims is never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.catalogue import fold
from geo.errors import CityError, ReportsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.reports.table import Source

__all__ = ["FIELDS", "POSITION_FIELDS", "Columns", "choose_columns", "parse_map"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "report_id": ("report_id", "OBJECTID", "id"),
    "category": ("category", "Typ", "kategoria"),
    "status": ("status",),
    "reported_at": ("reported_at", "Data utworzenia", "created_at"),
    "event_at": ("event_at", "Data zdarzenia"),
    "part_of_day": ("part_of_day", "Pora dnia"),
    "weekdays": ("weekdays", "Dni tygodnia"),
    "modified_at": ("modified_at", "Data modyfikacji"),
    "seen_at": ("seen_at",),
    "x": ("x",),
    "y": ("y",),
    "lon": ("lon", "longitude", "lng"),
    "lat": ("lat", "latitude"),
    "crs": ("crs",),
    "corrects": ("corrects",),
}
"""Every field, and the names under which a file may hold it."""

POSITION_FIELDS = ("x", "y", "lon", "lat", "crs")
REQUIRED = ("category", "reported_at")


@dataclass(frozen=True, slots=True)
class Columns:
    """The chosen columns.

    Attributes
    ----------
    fields
        Field to column name, positions aside.
    x, y
        Columns of the coordinates; None where the file's geometry gives them.
    degrees
        Whether x and y are longitude and latitude.
    crs
        Column that names the CRS of x and y row by row, if there is one.
    """

    fields: Mapping[str, str]
    x: str | None
    y: str | None
    degrees: bool
    crs: str | None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The column names to read, each once."""
        names = (*self.fields.values(), self.x, self.y, self.crs)
        return tuple(dict.fromkeys(name for name in names if name is not None))


def parse_map(items: Sequence[str]) -> dict[str, str]:
    """A column map from ``field=column`` texts.

    Raises
    ------
    UsageError
        If one has no ``=``, or no field is called so.
    """
    pairs = [item.partition("=") for item in items]
    for item, (field, equals, column) in zip(items, pairs, strict=True):
        if not equals or not field.strip() or not column.strip():
            msg = f"--map {item!r}: write field=column, for example category=Typ"
            raise UsageError(msg)
    return {field.strip(): column.strip() for field, _, column in pairs}


def choose_columns(
    source: Source,
    *,
    given: Mapping[str, str] | None,
    of_city: Mapping[str, Sequence[str]],
    crs_given: bool,
) -> Columns:
    """Find every field's column in a file.

    Parameters
    ----------
    given
        Field to column name, from the caller; such a column must exist.
    of_city
        Field to the column names of `city.toml`.
    crs_given
        Whether the caller named a CRS; then x and y go before longitude and latitude.

    Raises
    ------
    UsageError
        If `given` names a field that does not exist.
    CityError
        If `of_city` does.
    ReportsError
        If a column is missing, or two have the same name.
    """
    given = dict(given or {})
    if unknown := sorted(set(given) - set(FIELDS)):
        raise UsageError(_unknown_text(unknown))
    if unknown := sorted(set(of_city) - set(FIELDS)):
        msg = f"reports.columns in city.toml: {_unknown_text(unknown)}"
        raise CityError(msg)
    if source.is_empty:
        return Columns({field: field for field in REQUIRED}, "lon", "lat", degrees=True, crs=None)
    names = {field: _find(source, field, given, of_city) for field in FIELDS}
    found = {field: name for field, name in names.items() if name is not None}
    ranked = _ranked_pairs(found, given, of_city, crs_given=crs_given, own=source.has_geometry)
    missing = [field for field in REQUIRED if field not in found]
    if not ranked:
        missing.append("position")
    if missing:
        raise ReportsError(_missing_text(source, missing))
    fields = {field: name for field, name in found.items() if field not in POSITION_FIELDS}
    x, y = ranked[0]
    chosen = Columns(fields, found.get(x), found.get(y), x == "lon",
                     found.get("crs") if x == "x" else None)  # fmt: skip
    _require_single(source, chosen)
    return chosen


def _find(
    source: Source,
    field: str,
    given: Mapping[str, str],
    of_city: Mapping[str, Sequence[str]],
) -> str | None:
    """The column of a field, or None."""
    if field in given:
        name = _match(source.columns, [given[field]])
        if name is None:
            msg = (
                f"{source.name} has no column {given[field]!r} for {field}: "
                f"it has {_listed(source.columns)}"
            )
            raise ReportsError(msg)
        return name
    return _match(source.columns, [*of_city.get(field, ()), *FIELDS[field]])


def _match(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The first name that a column has: letter by letter, else without case and underscores."""
    loose = {_loosely(column): column for column in reversed(columns)}
    for name in names:
        if name in columns:
            return name
        if _loosely(name) in loose:
            return loose[_loosely(name)]
    return None


def _loosely(name: str) -> str:
    return fold(name.replace("_", " "))


def _ranked_pairs(
    found: Mapping[str, str],
    given: Mapping[str, str],
    of_city: Mapping[str, Sequence[str]],
    *,
    crs_given: bool,
    own: bool,
) -> list[tuple[str, str]]:
    """Pairs of fields that can give the position, best first; ("", "") is the file's geometry."""
    pairs = [pair for pair in (("lon", "lat"), ("x", "y")) if set(pair) <= set(found)]

    def rank(pair: tuple[str, str]) -> int:
        if set(pair) & set(given):
            return 0
        if not pair[0]:
            return 1
        if pair == ("x", "y") and (crs_given or "crs" in found):
            return 2
        named = {_loosely(name) for field in pair for name in of_city.get(field, ())}
        return 3 if {_loosely(found[field]) for field in pair} & named else 4

    return sorted([("", ""), *pairs] if own else pairs, key=rank)


def _require_single(source: Source, chosen: Columns) -> None:
    for name in chosen.wanted:
        if source.columns.count(name) > 1:
            msg = f"{source.name} has {source.columns.count(name)} columns {name!r}: rename one"
            raise ReportsError(msg)


def _unknown_text(fields: Sequence[str]) -> str:
    return f"there is no field {', '.join(fields)}: take one of {', '.join(FIELDS)}"


def _missing_text(source: Source, missing: Sequence[str]) -> str:
    said = {
        "category": "the category (--map category=COLUMN)",
        "reported_at": "the time of the report (--map reported_at=COLUMN)",
        "position": (
            "a position (--map lon=COLUMN --map lat=COLUMN, "
            "or --map x=COLUMN --map y=COLUMN --crs EPSG:…)"
        ),
    }
    wanted = "; ".join(said[field] for field in missing)
    return f"{source.name} lacks {wanted}. It has the columns {_listed(source.columns)}"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns) if columns else "(none)"
