"""Which rule of a street list claims which address.

Of the rules that fit an address the most exact count: a rule with a point before a range
of numbers, a range before the letters that its last number takes along. Rules of one beat
may overlap; rules of two beats that fit equally contest the address.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geo.addresses import StreetNames, house_number_key, is_odd, normalise_street
from geo.boundaries.street_lists import check_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas
    from numpy.typing import NDArray

    from geo.addresses import HouseNumberKey

__all__ = ["StreetClaims", "assign_by_streets"]

# How exactly a rule means an address.
_TAKEN_ALONG, _IN_RANGE, _AT_POINT = 1, 2, 3

_SIDE_OF = {True: "odd", False: "even", None: ""}


@dataclass(frozen=True)
class StreetClaims:
    """What a street list says about the addresses of a city, and where it fails to.

    Attributes
    ----------
    area_id
        The beat of every address, on the index of the addresses; None where no rule or
        rules of two beats claim it.
    unclaimed
        `street, number` of the addresses that no rule claims.
    contested
        `street, number, areas, lines` of the addresses that two or more beats claim: the
        beats, and the lines of their rules, each joined by commas.
    idle
        `RULE_COLUMNS` and `reason` of the rules that fit no address.
    readings
        `street, read_as` of the rules whose street was found by a looser spelling.
    """

    area_id: pd.Series
    unclaimed: pd.DataFrame
    contested: pd.DataFrame
    idle: pd.DataFrame
    readings: pd.DataFrame

    @cached_property
    def findings(self) -> pd.DataFrame:
        """All of it in one table: `finding, street, number, lines, detail`, text.

        `finding` is one of ``contested``, ``unclaimed``, ``idle``, ``read as``.
        """
        kinds = {
            "contested": self.contested.assign(detail="claimed by " + self.contested["areas"]),
            "unclaimed": self.unclaimed.assign(detail="no row claims it"),
            "idle": _by_line(self.idle).assign(detail=self.idle["reason"]),
            "read as": _by_line(self.readings).assign(detail=self.readings["read_as"]),
        }
        columns = ["street", "number", "lines", "detail"]
        told = [
            frame.reindex(columns=columns, fill_value="").astype(str).assign(finding=kind)
            for kind, frame in kinds.items()
        ]
        return pd.concat(told, ignore_index=True)[["finding", *columns]]


def assign_by_streets(
    addresses: geopandas.GeoDataFrame, rules: pd.DataFrame, *, first_wins: bool = False
) -> StreetClaims:
    """Give every address the beat whose rule claims it.

    Parameters
    ----------
    addresses
        `street`, `number` (text) and points in EPSG:4326.
    rules
        A street list, as `read_street_list` returns it.
    first_wins
        Give a contested address to the beat whose rule comes first in the list. It is
        reported as contested all the same.

    Returns
    -------
    StreetClaims
        The beat of every address, and every address and rule that needs attention.

    Raises
    ------
    InputError
        If a rule is faulty.
    """
    rules = check_rules(rules)
    streets = _streets(addresses)
    names = StreetNames(addresses["street"])
    found = [names.find(street) for street in rules["street"]]
    claims = _strongest(_claims(streets, rules=rules, found=found))
    claims["area_id"] = rules["area_id"].to_numpy()[claims["rule"]]
    claims["line"] = rules.index.to_numpy()[claims["rule"]]
    several = claims.groupby("address")["area_id"].transform("nunique") > 1
    settled = claims if first_wins else claims[~several]
    return StreetClaims(
        area_id=_areas(addresses, settled),
        unclaimed=_unclaimed(addresses, claims),
        contested=_contested(addresses, claims[several]),
        idle=_idle(rules, streets=streets, found=found),
        readings=_readings(rules, streets=streets, found=found),
    )


def _by_line(rules: pd.DataFrame) -> pd.DataFrame:
    return rules.assign(lines=rules.index.astype(str))


class _Rule(NamedTuple):
    """One rule in the terms of `_Street`; a bound is None where the range is open."""

    first: HouseNumberKey | None
    last: HouseNumberKey | None
    side: str
    lon: float
    lat: float

    @property
    def is_whole_street(self) -> bool:
        return self.first is None and self.last is None and self.side == "all"

    @property
    def reach(self) -> HouseNumberKey | None:
        """The first number that a plain upper bound no longer takes along."""
        plain = self.last is not None and len(self.last) == 1 and not self.last[0][1]
        if self.last is None or not plain or self.last[0][0] < 0 or self.first == self.last:
            return None
        return ((self.last[0][0] + 1, ""),)


@dataclass(frozen=True, slots=True)
class _Street:
    """The addresses of one street in the order of their numbers."""

    name: str
    keys: list[HouseNumberKey]
    positions: NDArray[np.int64]
    sides: NDArray[np.str_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def claims(self, rule: _Rule) -> Iterator[tuple[NDArray[np.int64], int]]:
        """Positions of the addresses that a rule means, with how exactly it means them."""
        start = 0 if rule.first is None else bisect_left(self.keys, rule.first)
        stop = len(self.keys) if rule.last is None else bisect_right(self.keys, rule.last)
        meant = np.arange(start, stop)
        if rule.first is None and not rule.is_whole_street:
            meant = meant[self.sides[meant] != ""]  # a range means numbers only
        if not np.isnan(rule.lon):
            yield self._nearest(self._on_side(meant, rule), rule), _AT_POINT
            return
        yield self.positions[self._on_side(meant, rule)], _IN_RANGE
        if rule.reach is not None:
            along = np.arange(stop, bisect_left(self.keys, rule.reach))
            yield self.positions[self._on_side(along, rule)], _TAKEN_ALONG

    def _on_side(self, meant: NDArray[np.int64], rule: _Rule) -> NDArray[np.int64]:
        return meant if rule.side == "all" else meant[self.sides[meant] == rule.side]

    def _nearest(self, meant: NDArray[np.int64], rule: _Rule) -> NDArray[np.int64]:
        if not meant.size:
            return meant
        east = (self.lon[meant] - rule.lon) * np.cos(np.radians(rule.lat))
        distance = np.hypot(east, self.lat[meant] - rule.lat)
        return self.positions[meant[distance == distance.min()]]


def _streets(addresses: geopandas.GeoDataFrame) -> dict[str, _Street]:
    members: dict[str, list[tuple[HouseNumberKey, int]]] = defaultdict(list)
    pairs = zip(addresses["street"], addresses["number"], strict=True)
    for position, (street, number) in enumerate(pairs):
        key = normalise_street(street, keep_diacritics=True)
        members[key].append((house_number_key(number), position))
    lon, lat = addresses.geometry.x.to_numpy(), addresses.geometry.y.to_numpy()
    names = addresses["street"].to_numpy()
    streets = {}
    for key, numbered in members.items():
        numbered.sort()
        positions = np.array([position for _, position in numbered], dtype=np.int64)
        streets[key] = _Street(
            name=names[positions].min(),
            keys=[number for number, _ in numbered],
            positions=positions,
            sides=np.array([_SIDE_OF[is_odd(number)] for number, _ in numbered]),
            lon=lon[positions],
            lat=lat[positions],
        )
    return streets


def _parsed(rules: pd.DataFrame) -> Iterator[_Rule]:
    columns = (rules[name] for name in ("from", "to", "side", "lon", "lat"))
    for first, last, side, lon, lat in zip(*columns, strict=True):
        lower = house_number_key(first) if first else None
        upper = house_number_key(last) if last else None
        yield _Rule(lower, upper, side, lon, lat)


def _claims(
    streets: dict[str, _Street], *, rules: pd.DataFrame, found: list[tuple[str, ...]]
) -> pd.DataFrame:
    """One row per address and rule that means it: positions, and the strength."""
    address, rule, strength = [np.empty(0, dtype=np.int64)], [], []
    for position, (parsed, keys) in enumerate(zip(_parsed(rules), found, strict=True)):
        if len(keys) != 1:
            continue
        for meant, exactness in streets[keys[0]].claims(parsed):
            address.append(meant)
            rule.append(np.full(len(meant), position))
            strength.append(np.full(len(meant), exactness))
    return pd.DataFrame(
        {
            "address": np.concatenate(address),
            "rule": np.concatenate([address[0], *rule]),
            "strength": np.concatenate([address[0], *strength]),
        }
    )


def _strongest(claims: pd.DataFrame) -> pd.DataFrame:
    best = claims.groupby("address")["strength"].transform("max")
    return claims[claims["strength"] == best].sort_values(["address", "rule"], ignore_index=True)


def _areas(addresses: geopandas.GeoDataFrame, claims: pd.DataFrame) -> pd.Series:
    areas = np.full(len(addresses), None, dtype=object)
    first = claims.drop_duplicates("address")
    areas[first["address"]] = first["area_id"]
    return pd.Series(areas, index=addresses.index, name="area_id", dtype=object)


def _unclaimed(addresses: geopandas.GeoDataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    claimed = np.zeros(len(addresses), dtype=bool)
    claimed[claims["address"]] = True
    return pd.DataFrame(addresses.loc[~claimed, ["street", "number"]])


def _contested(addresses: geopandas.GeoDataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    by_address = claims.astype({"line": str}).groupby("address")
    joined = by_address.agg(
        areas=("area_id", lambda names: ", ".join(dict.fromkeys(names))),
        lines=("line", ", ".join),
    )
    named = pd.DataFrame(addresses[["street", "number"]].iloc[joined.index])
    return named.assign(areas=joined["areas"].to_numpy(), lines=joined["lines"].to_numpy())


def _idle(
    rules: pd.DataFrame, *, streets: dict[str, _Street], found: list[tuple[str, ...]]
) -> pd.DataFrame:
    reasons = []
    for rule, keys in zip(_parsed(rules), found, strict=True):
        if not keys:
            reasons.append("no street of this name")
        elif len(keys) > 1:
            names = ", ".join(streets[key].name for key in keys)
            reasons.append(f"the name fits several streets, write one in full: {names}")
        else:
            fits = any(meant.size for meant, _ in streets[keys[0]].claims(rule))
            reasons.append("" if fits else "no such number on this street")
    told = rules.assign(reason=pd.Series(reasons, index=rules.index, dtype=object))
    return told[told["reason"] != ""]


def _readings(
    rules: pd.DataFrame, *, streets: dict[str, _Street], found: list[tuple[str, ...]]
) -> pd.DataFrame:
    """Rules whose street has other words than the address register, accents aside."""
    loose = [
        len(keys) == 1 and normalise_street(street) != normalise_street(streets[keys[0]].name)
        for street, keys in zip(rules["street"], found, strict=True)
    ]
    read_as = [
        streets[keys[0]].name for keys, is_loose in zip(found, loose, strict=True) if is_loose
    ]
    return rules.loc[loose, ["street"]].assign(read_as=read_as)
