"""The shortest street list that says where every address belongs.

A street of one beat takes one row. Any other is cut into runs of one beat in the order of
its numbers, each run on one side of the street or on both, so that the rows are as few as
can be. One number that stands in two beats is told apart by its point.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pandas as pd

from geo.addresses import house_number_key, is_odd, normalise_street
from geo.boundaries.street_claims import assign_by_streets
from geo.boundaries.street_lists import RULE_COLUMNS, check_rules
from geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import geopandas

    from geo.addresses import HouseNumberKey

__all__ = ["streets_from_areas"]


def streets_from_areas(addresses: geopandas.GeoDataFrame, area_id: pd.Series) -> pd.DataFrame:
    """Write down which beat has which streets and numbers.

    Parameters
    ----------
    addresses
        `street`, `number` (text) and points in EPSG:4326.
    area_id
        The beat of each address, on the same index; None where it has none. No rule claims
        those.

    Returns
    -------
    pandas.DataFrame
        Rules as `read_street_list` gives them, by beat, then street, then number:
        `assign_by_streets` gives every address the same beat again. The ends of a street
        are left open, so that a new number there has a beat at once.

    Raises
    ------
    InputError
        If an address has no street, or if two addresses differ in nothing but their beat:
        no list can name them.
    """
    _require_streets(addresses)
    rows = [
        row for houses in _by_street(addresses, area_id).values() for row in _street_rows(houses)
    ]
    rows.sort(key=lambda row: (row.area_id, row.sort_key))
    table = [(r.area_id, r.street, r.first, r.last, r.side, r.lon, r.lat) for r in rows]
    lines = pd.RangeIndex(2, len(rows) + 2, name="line")  # line 1 holds the headings
    rules = pd.DataFrame(table, columns=list(RULE_COLUMNS), index=lines)
    rules = check_rules(rules)
    _require_exact(addresses, area_id, rules)
    return rules


class _House(NamedTuple):
    """One address."""

    key: HouseNumberKey
    number: str
    street: str
    area_id: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the list."""

    area_id: str
    street: str
    first: str
    last: str
    side: str
    sort_key: tuple[str, HouseNumberKey, str]
    lon: float = float("nan")
    lat: float = float("nan")


@dataclass(frozen=True, slots=True)
class _Number:
    """One house number of a street, and the beat that a range of numbers gives it."""

    key: HouseNumberKey
    text: str
    area_id: str | None

    @property
    def side(self) -> str:
        return "odd" if is_odd(self.key) else "even"


@dataclass(frozen=True, slots=True)
class _Run:
    """Numbers of one beat, in order, that one row names; `side` as in the row."""

    numbers: list[_Number]
    side: str

    @property
    def area_id(self) -> str | None:
        return self.numbers[0].area_id


# A way to cut the numbers so far: its rows, its numbers on one side only, and whether the
# sides run together at each number, as a linked list from the last to the first.
_Path: TypeAlias = "tuple[_Path, bool] | None"
_Way: TypeAlias = tuple[int, int, _Path]

# None while both sides run together, else the sides that have begun since they parted.
_State: TypeAlias = frozenset[str] | None


def _require_streets(addresses: geopandas.GeoDataFrame) -> None:
    nameless = [not normalise_street(street) for street in addresses["street"]]
    if any(nameless):
        first = addresses.index[nameless.index(True)]
        msg = (
            f"{sum(nameless)} addresses have no street, the first in row {first}: "
            "a street list cannot name them, so fill in the street or the locality"
        )
        raise InputError(msg)


def _by_street(addresses: geopandas.GeoDataFrame, area_id: pd.Series) -> dict[str, list[_House]]:
    streets: dict[str, list[_House]] = defaultdict(list)
    areas = area_id.astype(object).where(area_id.notna(), None)
    points = addresses.geometry
    columns = (addresses["street"], addresses["number"], areas, points.x, points.y)
    for street, number, area, lon, lat in zip(*columns, strict=True):
        key = normalise_street(street, keep_diacritics=True)
        streets[key].append(_House(house_number_key(number), number, street, area, lon, lat))
    return streets


def _street_rows(houses: list[_House]) -> Iterator[_Row]:
    """The rows of one street."""
    street = min(house.street for house in houses)
    areas = {house.area_id for house in houses}
    if len(areas) == 1:
        yield from _whole_street(street, areas.pop())
        return
    numbers, others = _numbers(houses)
    yield from _point_rows(street, others)
    for run in _runs(numbers, together=_fewest_rows(numbers)):
        if run.area_id is not None:
            for part in _stop_short(run, numbers):
                yield _run_row(street, part, numbers, open_ends=None not in areas)


def _whole_street(street: str, area_id: str | None) -> Iterator[_Row]:
    if area_id is not None:
        yield _Row(area_id, street, "", "", "all", (street, (), ""))


def _numbers(houses: list[_House]) -> tuple[list[_Number], list[_House]]:
    """The numbers in order, and the addresses that need a point beside them."""
    by_key: dict[HouseNumberKey, list[_House]] = defaultdict(list)
    for house in houses:
        by_key[house.key].append(house)
    on_street = Counter(house.area_id for house in houses)
    numbers, others = [], []
    for key in sorted(by_key):
        same = by_key[key]
        usual = None
        if is_odd(key) is not None:
            usual = _usual_area(same, on_street=on_street)
            numbers.append(_Number(key, min(house.number for house in same), usual))
        others += [house for house in same if house.area_id not in {usual, None}]
    return numbers, others


def _usual_area(same: list[_House], *, on_street: Counter[str | None]) -> str | None:
    """The beat of most addresses with one number; None if one of them has no beat."""
    here = Counter(house.area_id for house in same)
    if None in here:
        return None
    return min(here, key=lambda area: (-here[area], -on_street[area], str(area)))


def _point_rows(street: str, houses: list[_House]) -> Iterator[_Row]:
    for house in sorted(set(houses), key=lambda house: house[:3] + house[4:]):
        number = house.number.strip()
        sort_key = (street, house.key, f"{house.lon!r} {house.lat!r}")
        yield _Row(
            str(house.area_id), street, number, number, "all", sort_key, house.lon, house.lat
        )


def _fewest_rows(numbers: Sequence[_Number]) -> list[bool]:
    """Whether the sides of the street run together, at each number, for the fewest rows.

    Notes
    -----
    Dynamic programming along the street: the fewest rows up to a number depend only on its
    `_State`. Among equals the way with more numbers in runs of both sides wins.
    """
    ways: dict[_State, _Way] = {frozenset(): (0, 0, None)}
    last: dict[str, str | None] = {}
    for number in numbers:
        reached: dict[_State, _Way] = {}
        for state, (rows, apart, path) in ways.items():
            for target, row in _steps(state, number, last):
                together = target is None
                way = (rows + row, apart + (not together), (path, together))
                if target not in reached or way[:2] < reached[target][:2]:
                    reached[target] = way
        ways = reached
        last["all"] = last[number.side] = number.area_id
    return _unrolled(min(ways.values(), key=lambda way: way[:2])[2])


def _steps(
    state: _State, number: _Number, last: Mapping[str, str | None]
) -> Iterator[tuple[_State, int]]:
    """The states that a number can take, with 1 if it begins a row there, else 0."""
    begins = int(number.area_id is not None)  # numbers without a beat take no row
    goes_on = state is None and last["all"] == number.area_id
    yield None, 0 if goes_on else begins
    begun = state or frozenset()
    goes_on = number.side in begun and last[number.side] == number.area_id
    yield begun | {number.side}, 0 if goes_on else begins


def _unrolled(path: _Path) -> list[bool]:
    steps = []
    while path is not None:
        path, together = path
        steps.append(together)
    return steps[::-1]


def _runs(numbers: Sequence[_Number], *, together: Sequence[bool]) -> list[_Run]:
    runs: list[_Run] = []
    current: dict[str, _Run] = {}
    for number, joint in zip(numbers, together, strict=True):
        if joint != ("all" in current):
            current.clear()
        side = "all" if joint else number.side
        if side not in current or current[side].area_id != number.area_id:
            current[side] = _Run([], side)
            runs.append(current[side])
        current[side].numbers.append(number)
    return [_on_one_side(run) for run in runs]


def _on_one_side(run: _Run) -> _Run:
    """A run of both sides whose numbers all stand on one names that side only."""
    sides = {number.side for number in run.numbers}
    if run.side == "all" and len(sides) == 1 and len(run.numbers) > 1:
        return _Run(run.numbers, sides.pop())
    return run


def _stop_short(run: _Run, numbers: Sequence[_Number]) -> list[_Run]:
    """A run that takes along no letters of its last number that have no beat."""
    key = run.numbers[-1].key
    taken_along = [n for n in numbers if n.key > key and n.key[0][0] == key[0][0]]
    if len(run.numbers) == 1 or all(n.area_id is not None for n in taken_along):
        return [run]
    return [_Run(run.numbers[:-1], run.side), _Run(run.numbers[-1:], "all")]


def _run_row(street: str, run: _Run, numbers: Sequence[_Number], *, open_ends: bool) -> _Row:
    first, last = run.numbers[0], run.numbers[-1]
    on_side = [number.key for number in numbers if run.side in {"all", number.side}]
    is_start = open_ends and on_side[0] == first.key
    is_end = open_ends and on_side[-1] == last.key
    return _Row(
        area_id=str(run.area_id),
        street=street,
        first="" if is_start else first.text,
        last="" if is_end else last.text,
        side=run.side,
        sort_key=(street, first.key, run.side),
    )


def _require_exact(
    addresses: geopandas.GeoDataFrame, area_id: pd.Series, rules: pd.DataFrame
) -> None:
    """The list is read back: what it cannot tell apart is an error, never a surprise."""
    read_back = assign_by_streets(addresses, rules).area_id
    lost = (read_back != area_id) & (read_back.notna() | area_id.notna())
    if lost.any():
        rows = addresses.loc[lost, ["street", "number"]].agg(" ".join, axis=1)
        msg = (
            f"{int(lost.sum())} addresses have the street, number and place of an address of "
            f"another beat: {', '.join(rows.head(20))}: no list can tell them apart, so give "
            "them one beat or correct their points"
        )
        raise InputError(msg)
