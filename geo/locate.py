"""Where is this address, and whose beat is it? Look-up in a release, without its maker's tools.

An address is found as people write it: without diacritics, without the first name of the
street's patron, with ``27`` for ``27/29``, with the number first, with a wrong letter or two. So
is an area: by its id or its name. What is not certain is never guessed in silence: the answer
says how it was matched, a name that fits several streets gives all of them, and a name that fits
none gives the nearest spellings. Nothing of a question is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from geo.addresses import house_number_key, normalise_freshly, normalise_street
from geo.errors import NotFoundError, UsageError
from geo.locate_areas import AreaNames
from geo.locate_readings import Readings
from geo.locate_register import AddressRegister

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo.release.reader import Release

__all__ = [
    "LONGEST_QUERY",
    "AddressNotFoundError",
    "Answer",
    "Area",
    "Locator",
    "OutsideError",
    "Place",
    "Suggestion",
]

ADDRESSES = "addresses.parquet"
LONGEST_QUERY = 200
MOST_SUGGESTIONS = 5
MOST_CANDIDATES = 20
MOST_AREAS = 3
AS_GOOD = 0.3
"""Names that differ in so little more than the best one are asked about, not chosen from."""


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

    `street` and `number` are the register's, None where no address was asked for. `match` says
    how the question was read: ``exact``, ``part-of-number`` (27 for 27/29 or 27A), ``street`` (no
    number was given), ``similar`` (another spelling), ``point``, ``area``. An area has a point
    inside it, and as `areas` itself and those that it is part of.
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


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What somebody may be about to write.

    `kind` is ``area``, ``street`` or ``address``; `text` finds it; `area` is there for areas only.
    """

    kind: str
    text: str
    area: Area | None = None


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
        """Find an address, for example ``Pogonowskiego 27/29``, or an area, for example ``VI-10``.

        Raises
        ------
        AddressNotFoundError
            If nothing is written so, with near ones as suggestions.
        UsageError
            If there is nothing to look for.
        """
        text = " ".join(query.split())
        if not normalise_freshly(text) or len(text) > LONGEST_QUERY:
            msg = f"write an address of up to {LONGEST_QUERY} characters, as 'Piotrkowska 104'"
            raise UsageError(msg, code="bad-address")
        areas = [self._area_place(number) for number in self._area_names.find(text)]
        if areas and not self._has_addresses:
            return Answer(text, tuple(areas[:MOST_CANDIDATES]))
        readings = self._readings.of(text)
        streets, without_number = self._as_written(readings)
        if areas or streets:
            return Answer(text, (*areas, *streets)[:MOST_CANDIDATES])
        return self._similar(text, readings, without_number)

    def suggest(self, beginning: str, *, most: int = 8) -> tuple[Suggestion, ...]:
        """What somebody may be about to write: areas, streets, houses of a street.

        Parameters
        ----------
        beginning
            What is written so far.
        most
            How many to give.
        """
        text = " ".join(beginning.split())
        if not normalise_freshly(text) or len(text) > LONGEST_QUERY:
            return ()
        exact = self._area_names.find(text)
        begun = self._area_names.beginning(text)[:most]
        streets, doubtful = (
            self._begun_streets(text, most=most) if self._has_addresses else ([], [])
        )
        # A few places are kept for areas: streets would take all of them.
        some = streets[: most - min(len(begun), MOST_AREAS)]
        areas = [*map(self._suggested, begun)]
        found = [*map(self._suggested, exact), *some, *areas, *streets, *doubtful]
        first: dict[tuple[str, str], Suggestion] = {}
        for each in found:
            first.setdefault((each.kind, each.text), each)
        return tuple(first.values())[:most]

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

    def _as_written(
        self, readings: Iterable[tuple[str, str | None]]
    ) -> tuple[tuple[Place, ...], tuple[tuple[str, ...], str] | None]:
        """The places of the first reading that fits, letter for letter.

        Where none does, the streets that are there and the number that they lack, if so it is.
        """
        lacking = None
        for street, number in readings:
            if keys := self._register.streets.find(street):
                if found := self._on_streets(keys, number):
                    return found, None
                lacking = lacking or (keys, str(number))
        return (), lacking

    def _on_streets(
        self, keys: Iterable[str], number: str | None, *, similar: bool = False
    ) -> tuple[Place, ...]:
        """The places of a number, or of the whole street, on each of the streets."""
        found: list[tuple[int, str]] = []
        for key in keys:
            rows = self._register.rows_of[key]
            found += (
                self._register.numbered(rows, number)
                if number
                else [(row, "street") for row in rows]
            )
        return self._places(found, similar=similar)[:MOST_CANDIDATES] if found else ()

    def _places(self, found: Sequence[tuple[int, str]], *, similar: bool) -> tuple[Place, ...]:
        """One place for each street and finest area; of many addresses there the middle one."""
        points = self._register.points[[row for row, _ in found]]
        together: dict[tuple[str, str | None], list[tuple[int, str, tuple[Area, ...]]]]
        together = defaultdict(list)
        for (row, match), areas in zip(found, self._areas_of(points), strict=True):
            street = normalise_street(self._register.names[row], keep_diacritics=True)
            finest = areas[0].area_id if areas else None
            together[street, finest].append((row, match, areas))
        places = []
        for group in together.values():
            group.sort(key=lambda item: house_number_key(self._register.numbers[item[0]]))
            row, match, areas = group[len(group) // 2]
            lon, lat = self._register.points[row].tolist()
            how = "similar" if similar else match
            places.append(
                Place(lon, lat, areas, how, self._register.names[row], self._register.numbers[row])
            )
        return tuple(places)

    def _similar(
        self,
        query: str,
        readings: Sequence[tuple[str, str | None]],
        without_number: tuple[tuple[str, ...], str] | None,
    ) -> Answer:
        """What is spelled almost so: one if it is the nearest by far, else the nearest few.

        Raises
        ------
        AddressNotFoundError
            If nothing is, or the street is there as it was written and only the number is not.
        """
        streets = self._similar_streets(readings)
        near = [self._register.display(key, number) for _, key, number in streets]
        if without_number is not None:
            raise self._no_number(query, *without_number, also=near)
        areas = self._area_names.similar(query)
        best = min([cost for cost, _, _ in streets] + list(areas.values()), default=None)
        if best is None:
            near = self._register.nearest(readings)[:MOST_SUGGESTIONS]
            raise AddressNotFoundError(_no_street(query, near), query=query, suggestions=near)
        places = [self._area_place(n) for n, cost in areas.items() if cost <= best + AS_GOOD]
        for cost, key, number in streets:
            if cost <= best + AS_GOOD:
                places += self._on_streets([key], number, similar=cost >= 1)
        return Answer(query, tuple(places[:MOST_CANDIDATES]))

    def _similar_streets(
        self, readings: Iterable[tuple[str, str | None]]
    ) -> list[tuple[float, str, str | None]]:
        """Streets that are called almost so and have the number: what they differ in first."""
        found: dict[str, tuple[float, str, str | None]] = {}
        for street, number in readings:
            for key, cost in self._register.similar.find(street).items():
                if key in found and found[key][0] <= cost:
                    continue
                if number is None or self._register.numbered(self._register.rows_of[key], number):
                    found[key] = (cost, key, number)
        return sorted(found.values(), key=lambda each: (each[0], each[1]))

    def _no_number(
        self, query: str, keys: Sequence[str], number: str, *, also: Sequence[str]
    ) -> AddressNotFoundError:
        """What to say when the street is known and the number is not: the nearest numbers.

        `also` are streets of nearly this name that have it.
        """
        near = self._register.neighbours(keys, number)
        near = list(dict.fromkeys([*near[: MOST_SUGGESTIONS - len(also[:2])], *also[:2]]))
        street = self._register.display(next(iter(keys)))
        msg = f"{street} has no number {number}; near are {', '.join(near)}"
        return AddressNotFoundError(msg, query=query, suggestions=near)

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

    def _begun_streets(self, text: str, *, most: int) -> tuple[list[Suggestion], list[Suggestion]]:
        """Houses of the street named, or streets begun so; apart from them, misspelled ones."""
        houses: list[Suggestion] = []
        streets: dict[str, float] = {}
        register = self._register
        for street, number in self._readings.of(text):
            if number is None:
                streets = register.similar.beginning(street) | streets
                continue
            known = register.streets.find(street) or [*register.similar.find(street)][:2]
            for key in known or [*register.similar.beginning(street)][:MOST_AREAS]:
                numbers = register.starting(key, number)[:most]
                houses += [Suggestion("address", register.display(key, n)) for n in numbers]
        begun = [Suggestion("street", register.display(k)) for k, c in streets.items() if c < 1]
        doubtful = [Suggestion("street", register.display(k)) for k, c in streets.items() if c >= 1]
        return [*houses, *begun][:most], doubtful[:most]

    def _suggested(self, number: int) -> Suggestion:
        area = self._all_areas[number][0]
        return Suggestion("area", area.name, area)

    def _area_place(self, number: int) -> Place:
        """An area as a place: a point inside it, and the areas that it is part of."""
        area, shape, parent = self._all_areas[number]
        inside = shape.representative_point()
        areas, later = [area], self._all_areas[number + 1 :]
        for other, _, above in later:
            if parent is not None and other.area_id == parent and other.level != areas[-1].level:
                areas.append(other)
                parent = above
        return Place(round(inside.x, 6), round(inside.y, 6), tuple(areas), "area")

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
    def _all_areas(self) -> list[tuple[Area, Any, str | None]]:
        """Every area with its shape and the id of the one above it, in the order of levels."""
        found = []
        for areas, tree in self._levels:
            table = self._release.collection(areas[0].collection).table(["area_id", "parent_id"])
            above = dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
            shapes = tree.geometries
            found += [(a, s, above[a.area_id]) for a, s in zip(areas, shapes, strict=True)]
        return found

    @cached_property
    def _area_names(self) -> AreaNames:
        levels = {
            level["id"]: tuple(level["label"].values())
            for level in self._release.manifest["levels"]
        }
        return AreaNames(levels, [(a.level, a.area_id, a.name) for a, _, _ in self._all_areas])

    @cached_property
    def _has_addresses(self) -> bool:
        return self._release.has(ADDRESSES)

    @cached_property
    def _readings(self) -> Readings:
        return Readings(str(self._release.manifest["city"]["name"]))

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
    def _register(self) -> AddressRegister:
        return AddressRegister(self._addresses)


def _no_street(query: str, near: Sequence[str]) -> str:
    hint = f"; near are {', '.join(near)}" if near else ""
    return f"no street is called so in this city: {query!r}{hint}"
