"""What is known of every place where a plan could be: forecast, confirmation, harm, counts.

A candidate is made of the episodes that a beat officer can act on. Where a place has none of these
but has others, it is told all the same, and marked as nothing to act on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.catalogue import ALL, BEAT_OFFICER
from geo.layers.area_counts import STANDINGS
from geo.layers.collection import PARAMETERS
from geo.layers.exposure import fit_exposure
from geo.layers.facts import STATUS_CLASSES
from geo.layers.plan_places import YEAR, find_plan_places, planned_reports
from geo.layers.practice import units_of
from geo.statistics.confirmation import confirmation_model
from geo.statistics.forecast import forecast_counts
from geo.statistics.priors import exposure_prior, nearby_exposure_prior

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from geo.catalogue import Catalogue
    from geo.city import City
    from geo.layers.facts import Facts
    from geo.layers.hotspot_maps import HotspotMap, NoMap
    from geo.layers.plan_places import PlannedReports, PlanPlaces, PlanTime
    from geo.planning.weights import PlanWeights

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["HALF_LIFE", "MIX_WORTH", "PlanGround", "primary_groups", "weigh_places"]

HALF_LIFE: float = PARAMETERS["plans"]["half_life"]
"""Months after which an episode counts half in a forecast."""

MIX_WORTH: float = PARAMETERS["plans"]["mix_worth"]
"""Episodes of the city's mix of categories that a place's own mix is drawn towards."""


LEAST_PAST = 2
"""Episodes of the past from which on there is a candidate: what happened once is no problem."""


@dataclass(frozen=True, eq=False)
class PlanGround:
    """What the groups have in common.

    Attributes
    ----------
    city, facts, time, weights
        The city, the reports of one face, the months, the weights.
    inside
        Coordinates of a point in each beat, metres.
    denominators
        Residents, addresses, streets and land of the beats.
    open_beats
        Beats whose numbers may be used.
    least
        Episodes that a part of a hot spot must hold.
    """

    city: City
    facts: Facts
    time: PlanTime
    weights: PlanWeights
    inside: tuple[FloatArray, FloatArray]
    denominators: pd.DataFrame
    open_beats: BoolArray
    least: int

    @property
    def level(self) -> str:
        """Id of the finest level."""
        return next(iter(self.city.levels))


def primary_groups(catalogue: Catalogue) -> list[str]:
    """The groups that do not overlap, in the catalogue's order."""
    return [group for group in catalogue.groups if group not in (ALL, BEAT_OFFICER)]


def weigh_places(ground: PlanGround, maps: Mapping[str, HotspotMap | NoMap]) -> pd.DataFrame:
    """Candidates of every category group, with all that a score needs.

    Parameters
    ----------
    ground
        What the groups have in common.
    maps
        Primary group to its map of the last period, as far as there is one.

    Returns
    -------
    DataFrame
        A row per part of a hot spot in a beat, and per whole beat without one, as far as there
        were episodes: `beat` and `spot` (positions; 0 for a whole beat), `category_group`,
        `actionable`, and the columns of `geo.planning.candidates`, with `n_reports` and
        `n_confirmed` of twelve months. None without any episode.

    Notes
    -----
    Reports of categories that an officer can act on and of those that one cannot are weighed
    apart. One beta-binomial model tells what share of each such set a unit confirms; a place's own
    episodes are added to it.
    """
    sets = [
        one for group in primary_groups(ground.city.catalogue)
        for one in _sets(ground, group, maps.get(group))
    ]  # fmt: skip
    if not sets:
        return pd.DataFrame()
    practice = _practice(ground, sets)
    table = pd.concat([_weigh(ground, one, practice) for one in sets], ignore_index=True)
    return table[_wanted(table)].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class _Set:
    """Reports of one group that can be acted on, or those that cannot, and their places."""

    group: str
    actionable: bool
    reports: PlannedReports
    places: PlanPlaces
    exposure: FloatArray
    standing: NDArray[np.int8]

    @property
    def id(self) -> str:
        return f"{self.group}.{self.actionable}"

    def per_place(self, which: BoolArray) -> IntArray:
        """How many of some of the reports lie in each place."""
        return np.bincount(self.places.of_report[which], minlength=len(self.places.beat))

    def stand(self, name: str) -> BoolArray:
        """The reports whose episode stands so."""
        return np.asarray(self.standing == STATUS_CLASSES.index(name))


def _sets(ground: PlanGround, group: str, one: HotspotMap | NoMap | None) -> Iterator[_Set]:
    """The one or two sets of a group that have reports."""
    facts = ground.facts
    officer, own = facts.groups.index(BEAT_OFFICER), facts.groups.index(group)
    member, acted = facts.member[:, own], facts.member[:, officer]
    for actionable, chosen, at in ((True, member & acted, officer), (False, member & ~acted, own)):
        reports = planned_reports(
            facts, chosen, facts.first[:, at], level=ground.level, one=one, time=ground.time,
            open_beats=ground.open_beats,
        )  # fmt: skip
        if not reports.first.any():
            continue
        shares, mixture = _exposure(ground, reports)
        places = find_plan_places(
            reports, one=one, inside=ground.inside, weights=mixture, months=ground.time.months,
            least=ground.least,
        )  # fmt: skip
        yield _Set(
            group, actionable, reports, places, shares[places.beat] * places.part,
            facts.standing[reports.row, at],
        )  # fmt: skip


def _wanted(table: pd.DataFrame) -> BoolArray:
    """Each part once; a beat as a whole only if no part of it that can be acted on is there.

    Of two rows of one place and group the one that can be acted on stays; a beat's row that cannot
    is told only where the group has no other row in the beat.
    """
    key = table["category_group"] + "." + table["beat"].astype(str)
    whole = (table["spot"] == 0).to_numpy(dtype=bool)
    acted = table["actionable"].to_numpy(dtype=bool)
    parted = key.isin(key[~whole & acted]).to_numpy(dtype=bool)
    known = key.isin(key[~whole | acted]).to_numpy(dtype=bool)
    same = key + "." + table["spot"].astype(str)
    again = ~acted & same.isin(same[acted]).to_numpy(dtype=bool)
    return ~np.where(whole, np.where(acted, parted, known), again)


def _practice(ground: PlanGround, sets: Sequence[_Set]) -> dict[str, tuple[FloatArray, float]]:
    """Set to the share that each beat's unit leads to expect, and what that is worth."""
    units = units_of(ground.city, ground.level)
    counts = pd.concat(
        [
            pd.DataFrame(
                {f"n_{name}": np.bincount(one.reports.beat[one.stand(name)], minlength=len(units))
                 for name in STANDINGS}
            ).assign(category=one.id, unit=units)
            for one in sets
        ],
        ignore_index=True,
    )  # fmt: skip
    model = confirmation_model(counts)
    means = model.mean.to_numpy().reshape(len(sets), len(units))
    return {one.id: (row, model.strength) for one, row in zip(sets, means, strict=True)}


def _weigh(
    ground: PlanGround, one: _Set, practice: Mapping[str, tuple[FloatArray, float]]
) -> pd.DataFrame:
    """All places of a set that had episodes."""
    places, months = one.places, ground.time.months
    cell = places.of_report * months + one.reports.month
    history = np.bincount(cell[one.reports.first], minlength=len(places.beat) * months)
    history = history.reshape(-1, months)
    used = np.flatnonzero(ground.open_beats[places.beat])
    volume, alpha = _forecast(ground, one, history.astype(float), used)
    mean, strength = practice[one.id]
    columns = {
        "beat": places.beat,
        "spot": places.spot,
        "confirmed_a": strength * mean[places.beat] + one.per_place(one.stand("confirmed")),
        "confirmed_b": strength * (1 - mean[places.beat]) + one.per_place(one.stand("unconfirmed")),
        "harm": _harm(ground, one),
        **_lately(ground, one),
    }
    table = pd.DataFrame({name: values[used] for name, values in columns.items()}).assign(
        category_group=one.group, actionable=one.actionable, volume=volume, volume_alpha=alpha,
        **_solvability(ground, one),
    )  # fmt: skip
    return table[history[used].sum(axis=1) >= LEAST_PAST]


def _exposure(ground: PlanGround, reports: PlannedReports) -> tuple[FloatArray, dict[str, float]]:
    """The share of each beat, and the mixture of people, addresses, streets and land behind it."""
    beats = len(ground.open_beats)
    episodes = np.bincount(reports.beat[reports.first], minlength=beats).astype(float)
    found = fit_exposure(
        episodes[:, None],
        {ground.level: ground.denominators},
        groups=("group",),
        components=ground.city.settings.components,
    )
    return found.shares[ground.level][:, 0], dict(found.weights["group"])


def _forecast(
    ground: PlanGround, one: _Set, history: FloatArray, used: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and relative variance of the places in open beats.

    The kernel of the prior is as wide as an average beat: it looks at the beats around.
    """
    width = math.sqrt(float(ground.denominators["land"].mean()) * 1e6)
    exposure, x, y = (values[used] for values in (one.exposure, one.places.x, one.places.y))
    found = forecast_counts(
        history[used],
        horizon=ground.time.horizon,
        ahead=ground.time.ahead,
        half_life=HALF_LIFE,
        priors=(
            exposure_prior(exposure),
            nearby_exposure_prior(exposure, x, y, bandwidth_m=width),
        ),
    )
    return found.mean, found.alpha


def _harm(ground: PlanGround, one: _Set) -> FloatArray:
    """Harm of an average episode, its mix of categories drawn towards that of all places."""
    first = one.reports.first
    category = ground.facts.category[one.reports.row[first]].astype(str)
    names, code = np.unique(category, return_inverse=True)
    many = len(one.places.beat)
    cell = one.places.of_report[first] * len(names) + code
    mix = np.bincount(cell, minlength=many * len(names)).reshape(many, len(names))
    drawn = mix + MIX_WORTH * mix.sum(axis=0) / mix.sum()
    return ground.weights.harm_of(pd.DataFrame(drawn, columns=names)).to_numpy()


def _solvability(ground: PlanGround, one: _Set) -> dict[str, float]:
    """The share of the set's confirmed episodes that were eliminated, in the whole city."""
    facts = ground.facts
    rows = one.reports.row[one.reports.first]
    confirmed = facts.status[rows] == STATUS_CLASSES.index("confirmed")
    if not facts.eliminated.any():  # a catalogue without such a status tells nothing of it
        confirmed = np.zeros(len(rows), dtype=bool)
    gone = facts.eliminated[rows] & confirmed
    counts = (pd.Series([float(which.sum())]) for which in (gone, confirmed))
    found = ground.weights.solvability(*counts)
    return {str(name): float(found[name].iloc[0]) for name in found.columns}


def _lately(ground: PlanGround, one: _Set) -> dict[str, IntArray]:
    """Reports and confirmed reports of the last twelve months."""
    late = one.reports.month >= ground.time.months - YEAR
    confirmed = ground.facts.status[one.reports.row] == STATUS_CLASSES.index("confirmed")
    return {"n_reports": one.per_place(late), "n_confirmed": one.per_place(late & confirmed)}
