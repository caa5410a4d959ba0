"""The catalogue of categories, groups and statuses: closed, versioned, read from a TOML file.

The bundled one is the National Threat Map's (`catalogues/kmzb.toml`); a city can bring its own.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  (dataclass fields are inspected at run time)
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import CityError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALL", "BEAT_OFFICER", "Catalogue", "Category", "Status"]

ALL = "all"
"""The group of every category."""

BEAT_OFFICER = "beat-officer"
"""The group that cuts across: what an officer on foot can act on."""

SENSITIVITIES = ("public", "confirmed-only", "never")
STATUS_CLASSES = ("pending", "confirmed", "unconfirmed", "joke")


@dataclass(frozen=True, slots=True)
class Category:
    """One category of reports.

    `group` is its one primary group; `sensitivity` is ``public``, ``confirmed-only`` (shown
    publicly only once confirmed) or ``never``; `names` maps a language to its name.
    """

    id: str
    names: Mapping[str, str]
    group: str
    actionable: bool
    sensitivity: str
    partners: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """One status of a report; `status_class` is what is counted: pending, confirmed and so on."""

    id: str
    names: Mapping[str, str]
    status_class: str


@dataclass(frozen=True)
class Catalogue:
    """Categories, groups, statuses and partners of one version."""

    id: str
    version: str
    categories: Mapping[str, Category]
    groups: Mapping[str, Mapping[str, str]]
    statuses: Mapping[str, Status]
    partners: Mapping[str, Mapping[str, str]]
    _category_of: Mapping[str, str] = field(repr=False)
    _status_of: Mapping[str, str] = field(repr=False)

    @classmethod
    def load(cls, name: str | Path) -> Catalogue:
        """Read a bundled catalogue by name, or one from a file.

        Raises
        ------
        CityError
            If there is none, or it breaks a rule of the format.
        """
        path = Path(name)
        if path.suffix != ".toml":
            path = Path(str(files("geo") / "catalogues" / f"{name}.toml"))
        try:
            return _build(tomllib.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, IsADirectoryError) as error:
            msg = f"no category catalogue {str(name)!r}: give a bundled name (kmzb) or a .toml file"
            raise CityError(msg) from error
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            msg = f"the category catalogue {path.name} cannot be used: {error}"
            raise CityError(msg) from error

    def category(self, name: str) -> str | None:
        """The id of the category that is called so: id, name in any language, or alias."""
        return self._category_of.get(fold(name))

    def status(self, name: str) -> str | None:
        """The id of the status that is called so: id or name in any language."""
        return self._status_of.get(fold(name))

    def members(self, group: str) -> frozenset[str]:
        """Ids of the categories in a group.

        Raises
        ------
        CityError
            If the catalogue has no such group.
        """
        if group not in self.groups:
            msg = f"no category group {group!r}: take one of {', '.join(self.groups)}"
            raise CityError(msg)
        return frozenset(
            c.id
            for c in self.categories.values()
            if group in (ALL, c.group) or (group == BEAT_OFFICER and c.actionable)
        )

    def statuses_of(self, status_class: str) -> frozenset[str]:
        """Ids of the statuses of a class: pending, confirmed, unconfirmed or joke."""
        return frozenset(s.id for s in self.statuses.values() if s.status_class == status_class)


def fold(name: str) -> str:
    """A name without differences of case, spaces and Unicode form; diacritics stay."""
    return " ".join(unicodedata.normalize("NFC", str(name)).casefold().split())


def _build(raw: Mapping[str, Any]) -> Catalogue:
    categories = {c["id"]: _category(c) for c in raw["categories"]}
    statuses = {
        key: Status(id=key, names=_names(s), status_class=s["class"])
        for key, s in raw["statuses"].items()
    }
    _check(raw, categories, statuses)
    return Catalogue(
        id=raw["id"],
        version=str(raw["version"]),
        categories=categories,
        groups={key: dict(names) for key, names in raw["groups"].items()},
        statuses=statuses,
        partners={key: dict(names) for key, names in raw.get("partners", {}).items()},
        _category_of=_lookup({c.id: (*c.names.values(), *c.aliases) for c in categories.values()}),
        _status_of=_lookup({s.id: tuple(s.names.values()) for s in statuses.values()}),
    )


def _category(raw: Mapping[str, Any]) -> Category:
    if not isinstance(raw["actionable"], bool):
        msg = f"category {raw['id']!r}: actionable is {raw['actionable']!r}, not true or false"
        raise TypeError(msg)
    return Category(
        id=raw["id"],
        names=_names(raw),
        group=raw["group"],
        actionable=raw["actionable"],
        sensitivity=raw.get("sensitivity", "public"),
        partners=tuple(raw.get("partners", ())),
        aliases=tuple(raw.get("aliases", ())),
        valid_from=raw.get("valid_from"),
        valid_to=raw.get("valid_to"),
    )


def _names(raw: Mapping[str, Any]) -> dict[str, str]:
    """The names by language: every two-letter key."""
    return {key: value for key, value in raw.items() if len(key) == 2 and key != "id"}


def _check(
    raw: Mapping[str, Any], categories: Mapping[str, Category], statuses: Mapping[str, Status]
) -> None:
    """Refuse what would be counted wrongly later."""
    faults = [
        f"group {name!r} is missing" for name in (ALL, BEAT_OFFICER) if name not in raw["groups"]
    ]
    if len(categories) != len(raw["categories"]):
        faults.append("two categories have the same id")
    for c in categories.values():
        if c.group not in raw["groups"] or c.group in (ALL, BEAT_OFFICER):
            faults.append(f"category {c.id!r} names the group {c.group!r}, which cannot hold it")
        if c.sensitivity not in SENSITIVITIES:
            faults.append(f"category {c.id!r} has the sensitivity {c.sensitivity!r}")
        if not c.names:
            faults.append(f"category {c.id!r} has no name: give one by language, as en = …")
        if unknown := sorted(set(c.partners) - set(raw.get("partners", {}))):
            faults.append(f"category {c.id!r} names unknown partners: {', '.join(unknown)}")
    faults += [
        f"status {s.id!r} has the class {s.status_class!r}"
        for s in statuses.values()
        if s.status_class not in STATUS_CLASSES
    ]
    if faults:
        raise ValueError("; ".join(faults))


def _lookup(names_of: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """From every folded name to its id; a name that two ids claim is an error."""
    lookup: dict[str, str] = {}
    for key, names in names_of.items():
        for name in (key, *names):
            if lookup.setdefault(fold(name), key) != key:
                msg = f"{name!r} names both {lookup[fold(name)]!r} and {key!r}"
                raise ValueError(msg)
    return lookup
