"""Where is this address, and whose beat is it? Look-up in a release, without its maker's tools.

An address is found as people write it: without diacritics, without the first name of the
street's patron, with ``27`` for ``27/29``. What is not certain is never guessed in silence:
the answer says how it was matched, a name that fits several streets gives all of them, and a
name that fits none gives the nearest spellings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from geo.addresses import StreetNames, house_number_key, is_odd, normalise_street
from geo.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geo.addresses import HouseNumberKey
    from geo.release.reader import Release

__all__ = [
    "LONGEST_QUERY",
    "AddressNotFoundError",
    "Answer",
    "Area",
    "Locator",
    "OutsideError",
    "Place",
]

ADDRESSES = "addresses.parquet"
LONGEST_QUERY = 200
MOST_SUGGESTIONS = 5
MOST_CANDIDATES = 20
LIKE = 0.7
"""From this similarity on a street's name is suggested (Ratcliff and Obershelp, 0 to 1)."""
SURE = 0.85
"""From here on a single name is taken for the one meant, and the answer says so."""

SHORTEST_BEGINNING = 3

_FLAT = re.compile(r"\s+(m|lok|lokal|mieszkanie)\.?\s*\d+[a-z]?$", re.IGNORECASE)
_POSTCODE = re.compile(r"\d{2}-\d{3}")
_POSTCODE_APART = re.compile(r"^\d{2}-\d{3}\s+|,\s*\d{2}-\d{3}$")
_NUMBER = re.compile(r"\d{1,9} ?[^\W\d_]?( ?[/-] ?\d{1,9} ?[^\W\d_]?){0,3}")


class AddressNotFoundError(NotFoundError):
    """No address is written so; `suggestions` are near ones that exist."""

    code: ClassVar[str] = "no-address"

    def __init__(self, message: str, *, query: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.query = query
        self.suggestions = tuple(suggestions)


class OutsideError(NotFoundError):
    """A point lies in no area of the city."""

    code: ClassVar[str] = "outside"


@dataclass(frozen=True, slots=True)
class Area:
    """An area that holds the place; `label` says what the level is called in each language."""

    level: str
    label: Mapping[str, str]
    collection: str
    area_id: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Place:
    """A point with the areas that hold it, finest level first.

    `street` and `number` are the register's, None where only a point was asked for. `match`
    says how the address was read: ``exact``, ``part-of-number`` (27 for 27/29), ``street``
    (no number was given), ``similar`` (another spelling), ``point``.
    """

    lon: float
    lat: float
    areas: tuple[Area, ...]
    match: str
    street: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One place if the address is certain, several candidates if it is not."""

    query: str
    places: tuple[Place, ...]

    @property
    def certain(self) -> bool:
        """Whether there is just one place."""
        return len(self.places) == 1


class Locator:
    """Look-up of addresses and points in one release.

    Parameters
    ----------
    release
        An open release, with the levels of areas and, if it has them, addresses.
    """

    def __init__(self, release: Release) -> None:
        self._release = release

    def find(self, query: str) -> Answer:
        """Find an address, for example ``Pogonowskiego 27/29``.

        Raises
        ------
        AddressNotFoundError
            If no address is written so, with near ones as suggestions.
        UsageError
            If there is nothing to look for.
        """
        text = " ".join(query.split())
        if not normalise_street(text) or len(text) > LONGEST_QUERY:
            msg = f"write an address of up to {LONGEST_QUERY} characters, as 'Piotrkowska 104'"
            raise UsageError(msg, code="bad-address")
        for street, number in self._readings(text):
            if keys := self._streets.find(street):
                return self._on_streets(text, keys, number)
        return self._similar(text)

    def at(self, lon: float, lat: float) -> Place:
        """The areas that hold a point in degrees; on a shared edge the lowest key.

        Raises
        ------
        OutsideError
            If no area does.
        """
        [areas] = self._areas_of(np.array([[lon, lat]]))
        if not areas:
            raise OutsideError(self._outside(lon, lat))
        return Place(lon, lat, areas, "point")

    def _readings(self, text: str) -> Iterator[tuple[str, str | None]]:
        """Every way to read a text as a street with or without a number, likeliest first."""
        for part in dict.fromkeys(self._parts(text)):
            plain = _FLAT.sub("", part)
            yield plain, None
            words = plain.split()
            for i in range(1, len(words)):
                if _NUMBER.fullmatch(tail := " ".join(words[i:])):
                    yield " ".join(words[:i]), tail

    def _parts(self, text: str) -> Iterator[str]:
        """What of a text may be the address: all of it, all but the place, what commas part.

        As it stands goes first, for streets named after the city (Armii Łódź).
        """
        yield (whole := _POSTCODE_APART.sub("", text))
        for part in (whole, *whole.split(",")):
            words = part.replace(",", " ").split()
            behind = words[: len(words) - self._place_words(words[::-1], turned=True)]
            for rest in (behind, behind[self._place_words(behind) :]):
                if rest:
                    yield " ".join(rest)

    def _place_words(self, words: Sequence[str], *, turned: bool = False) -> int:
        """How many of the first words are a postcode, the city's name, or both."""
        city = normalise_street(str(self._release.manifest["city"]["name"]))
        for size in range(min(len(words), len(city.split()) + 1), 0, -1):
            run = words[:size][::-1] if turned else words[:size]
            name = [word for word in run if not _POSTCODE.fullmatch(word)]
            if not name or normalise_street(" ".join(name)) == city:
                return size
        return 0

    def _on_streets(
        self, query: str, keys: Iterable[str], number: str | None, *, similar: bool = False
    ) -> Answer:
        """The places of a number, or of the whole street, on each of the streets."""
        found: list[tuple[int, str]] = []
        for key in keys:
            rows = self._rows_of[key]
            found += self._numbered(rows, number) if number else [(row, "street") for row in rows]
        if not found:
            raise self._no_number(query, keys, str(number))
        places = self._places(found, similar=similar)
        return Answer(query, places[:MOST_CANDIDATES])

    def _numbered(self, rows: Sequence[int], number: str) -> list[tuple[int, str]]:
        """Rows of a house number; failing that, those of which its first part is a part."""
        asked = house_number_key(number)
        keys = [(row, house_number_key(self._numbers[row])) for row in rows]
        exact = [(row, "exact") for row, key in keys if key == asked]
        return exact or [(row, "part-of-number") for row, key in keys if asked[0] in key]

    def _places(self, found: Sequence[tuple[int, str]], *, similar: bool) -> tuple[Place, ...]:
        """One place for each street and finest area; of many addresses there the middle one."""
        points = self._points[[row for row, _ in found]]
        together: dict[tuple[str, str | None], list[tuple[int, str, tuple[Area, ...]]]]
        together = defaultdict(list)
        for (row, match), areas in zip(found, self._areas_of(points), strict=True):
            street = normalise_street(self._names[row], keep_diacritics=True)
            finest = areas[0].area_id if areas else None
            together[street, finest].append((row, match, areas))
        places = []
        for group in together.values():
            group.sort(key=lambda item: house_number_key(self._numbers[item[0]]))
            row, match, areas = group[len(group) // 2]
            lon, lat = self._points[row].tolist()
            how = "similar" if similar else match
            places.append(Place(lon, lat, areas, how, self._names[row], self._numbers[row]))
        return tuple(places)

    def _similar(self, query: str) -> Answer:
        """The street that is spelled almost so, if there is just one; else the near spellings."""
        scores: dict[str, float] = defaultdict(float)
        number = None
        for street, tail in self._readings(query):
            asked = normalise_street(street)
            for spelling, score in self._alike(asked):
                for key in self._spellings[spelling]:
                    if score > scores[key]:
                        scores[key], number = score, tail or number
        best = sorted(scores, key=lambda key: (-scores[key], key))
        sure = [key for key in best if scores[key] >= SURE]
        if len(sure) == 1:
            return self._on_streets(query, sure, number, similar=True)
        near = [self._display(key, number) for key in best[:MOST_SUGGESTIONS]]
        raise AddressNotFoundError(_no_street(query, near), query=query, suggestions=near)

    def _alike(self, asked: str) -> Iterator[tuple[str, float]]:
        """Spellings that are nearly the one asked for, or that begin with it."""
        for spelling in get_close_matches(asked, self._spellings, n=10, cutoff=LIKE):
            yield spelling, SequenceMatcher(None, spelling, asked).ratio()
        if len(asked) >= SHORTEST_BEGINNING:
            yield from ((s, LIKE) for s in self._spellings if s.startswith(asked))

    def _no_number(self, query: str, keys: Iterable[str], number: str) -> AddressNotFoundError:
        """What to say when the street is known and the number is not: the nearest numbers."""
        asked = house_number_key(number)
        rows = [row for key in keys for row in self._rows_of[key]]
        rows.sort(key=lambda row: _distance(asked, house_number_key(self._numbers[row])))
        near = list(dict.fromkeys(f"{self._names[row]} {self._numbers[row]}" for row in rows))
        near = near[:MOST_SUGGESTIONS]
        msg = f"{self._names[rows[0]]} has no number {number}; near are {', '.join(near)}"
        return AddressNotFoundError(msg, query=query, suggestions=near)

    def _display(self, key: str, number: str | None) -> str:
        name = self._names[self._rows_of[key][0]]
        return f"{name} {number}" if number else name

    def _outside(self, lon: float, lat: float) -> str:
        west, south, east, north = self._release.manifest["city"]["bbox"]
        name = self._release.manifest["city"]["name"]
        swapped = west <= lat <= east and south <= lon <= north
        hint = "; are longitude and latitude swapped?" if swapped else ""
        box = f"lon {west:.3f} to {east:.3f}, lat {south:.3f} to {north:.3f}"
        return f"no area of {name} holds the point lon {lon}, lat {lat} (it spans {box}){hint}"

    def _areas_of(self, points: np.ndarray) -> list[tuple[Area, ...]]:
        """For each point (n, 2) the areas that hold it."""
        import shapely  # noqa: PLC0415 - loaded by the first look-up

        shapes = shapely.points(points)
        found: list[list[Area]] = [[] for _ in points]
        for areas, tree in self._levels:
            which, held = tree.query(shapes, predicate="intersects")
            # Ties go to the lowest key: areas are in the order of their keys, so to the first.
            lowest = np.full(len(points), len(areas))
            np.minimum.at(lowest, which, held)
            for point, area in enumerate(lowest.tolist()):
                if area < len(areas):
                    found[point].append(areas[area])
        return [tuple(areas) for areas in found]

    @cached_property
    def _levels(self) -> list[tuple[list[Area], Any]]:
        """Areas and search tree of each level, finest first."""
        import shapely  # noqa: PLC0415 - loaded by the first look-up

        levels = []
        for level in self._release.manifest["levels"]:
            collection = self._release.collection(level["collection"])
            table = collection.table(["area_id", "name", "status", "geometry"])
            rows = sorted(table.to_pylist(), key=lambda row: row["area_id"])
            areas = [
                Area(level["id"], level["label"], collection.id,
                     row["area_id"], row["name"], row["status"])
                for row in rows
            ]  # fmt: skip
            levels.append((areas, shapely.STRtree(shapely.from_wkb([r["geometry"] for r in rows]))))
        return levels

    @cached_property
    def _addresses(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {}
        if self._release.has(ADDRESSES):
            columns = self._release.table(ADDRESSES).to_pydict()
        if not columns.get("street"):
            msg = "this city has no address register: look up a point by lon and lat"
            raise NotFoundError(msg, code="no-addresses")
        return columns

    @cached_property
    def _names(self) -> list[str]:
        return self._addresses["street"]

    @cached_property
    def _numbers(self) -> list[str]:
        return self._addresses["number"]

    @cached_property
    def _points(self) -> np.ndarray:
        return np.column_stack((self._addresses["lon"], self._addresses["lat"]))

    @cached_property
    def _streets(self) -> StreetNames:
        return StreetNames(self._names)

    @cached_property
    def _rows_of(self) -> dict[str, list[int]]:
        """Rows of each street, in the order of the register."""
        rows: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self._names):
            rows[normalise_street(name, keep_diacritics=True)].append(row)
        return dict(rows)

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        """Every run of last words of every name, to the streets that end so."""
        spellings: dict[str, set[str]] = defaultdict(set)
        for key, rows in self._rows_of.items():
            words = normalise_street(self._names[rows[0]]).split()
            for i in range(len(words)):
                spellings[" ".join(words[i:])].add(key)
        return spellings


def _distance(asked: HouseNumberKey, key: HouseNumberKey) -> tuple[bool, int, HouseNumberKey]:
    """How far a house is from the one asked for: no number last, then the steps between."""
    steps = abs(asked[0][0] - key[0][0])
    return key[0][0] < 0, 2 * steps + (is_odd(asked) != is_odd(key)), key


def _no_street(query: str, near: Sequence[str]) -> str:
    hint = f"; near are {', '.join(near)}" if near else ""
    return f"no street is called so in this city: {query!r}{hint}"
