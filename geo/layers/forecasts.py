"""The layer of forecasts: what the next period is likely to bring to each beat.

What the public face may not tell. Counts of a beat are public, and what is computed from them may
be; a beat that hides its numbers in some period, or has so few residents that a month would have
to, has rows without numbers and takes no part in those of the others. The forecasts of cells are
for the internal face alone: each is a function of the small counts there and around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.layers.area_statistics import LOW_INFORMATION
from geo.layers.area_statistics import NOTES as AREA_NOTES
from geo.layers.breaks import METHOD as BREAKS_METHOD
from geo.layers.breaks import fit_breaks
from geo.layers.checks import CHECK_NOTES, open_areas
from geo.layers.collection import PARAMETERS, Collection, border_status
from geo.layers.layer import Layer, exchange_shapes
from geo.layers.place_forecasts import forecast_places, is_known, monthly_episodes
from geo.layers.plan_places import YEAR, plan_time
from geo.layers.schema import FORECASTS, columns_of
from geo.layers.texts import about
from geo.statistics.contenders import AREA_PRIORS_M, area_priors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.layers.disclosure import DisclosureRules
    from geo.layers.faces import Frame
    from geo.layers.facts import Facts
    from geo.layers.place_forecasts import PlaceForecast

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]

__all__ = ["COLLECTION", "NOTES", "Forecaster"]

COLLECTION = "forecasts"

NOTES = {
    "suppressed": AREA_NOTES["suppressed"],
    "history-too-short": CHECK_NOTES["history-too-short"],
}

_PRIORS = ("mean of all beats", *(f"beats around, {metres} m" for metres in AREA_PRIORS_M))
_NUMBERS = ("forecast_n", "forecast_lo80", "forecast_hi80", "last_n", "_year")


class Forecaster:
    """Makes the forecasts of beats, each once: two faces that see the same counts share theirs.

    Parameters
    ----------
    frame
        What both faces share.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._level = next(iter(frame.city.levels))
        self._time = plan_time(frame.city, first=frame.time[0], end=frame.time[1])
        beats = frame.levels.finest.geometry.to_numpy()
        self._centres = shapely.get_coordinates(shapely.point_on_surface(beats))
        self._shapes = exchange_shapes(frame.city.levels[self._level].geometry)
        self._known: dict[tuple[bytes, bytes], PlaceForecast] = {}

    def face(self, facts: Facts, *, areas: Collection, rules: DisclosureRules | None) -> Collection:
        """The collection ``forecasts`` of one face.

        Parameters
        ----------
        facts
            Reports of the face.
        areas
            The face's collection ``area-periods``: what it suppresses has no forecast either.
        rules
            The rules of the public face; None hides nothing.

        Returns
        -------
        Collection
            A row per beat and category group, by beat, then group.
        """
        open_ = open_areas(areas.layer, self._frame, rules=rules)
        numbers = np.full((len(open_), len(facts.groups), len(_NUMBERS)), np.nan)
        learned: dict[str, PlaceForecast] = {}
        if is_known(self._time) and open_.any():
            for column, group in enumerate(facts.groups):
                history = self._history(facts, group, open_)
                learned[group] = found = self._forecast(history, open_)
                last, year = (
                    history[:, -months:].sum(axis=1) for months in (self._time.horizon, YEAR)
                )
                own = (found.n, found.low, found.high, last, year)
                numbers[open_, column] = np.column_stack(own)
        if rules is not None:
            numbers[..., 0] = numbers[..., 0].round(1)
        return self._collection(self._table(numbers, facts.groups, open_), learned)

    def _history(self, facts: Facts, group: str, open_: BoolArray) -> FloatArray:
        """Monthly episodes of the open beats."""
        area = facts.places.area[self._level]
        number = np.where(open_, np.cumsum(open_) - 1, -1)
        place = np.where(area >= 0, number[area], -1)
        many = int(open_.sum())
        return monthly_episodes(facts, group, place, places=many, time=self._time)

    def _forecast(self, history: FloatArray, open_: BoolArray) -> PlaceForecast:
        key = (open_.tobytes(), history.tobytes())
        if key not in self._known:
            priors = area_priors(self._centres[open_])
            self._known[key] = forecast_places(history, time=self._time, priors=priors)
        return self._known[key]

    def _table(
        self, numbers: FloatArray, groups: tuple[str, ...], open_: BoolArray
    ) -> pd.DataFrame:
        beats, time = self._frame.city.levels[self._level], self._time
        beat = np.repeat(np.arange(len(beats)), len(groups))
        head = beats.iloc[beat].reset_index(drop=True)
        group = np.tile(np.array(groups, dtype=object), len(beats))
        told = dict(zip(_NUMBERS, numbers.reshape(-1, len(_NUMBERS)).T, strict=True))
        known = np.isfinite(told["forecast_n"])
        few = pd.arrays.BooleanArray(told["_year"] < LOW_INFORMATION, ~known)
        hidden = ~open_[beat]
        note = np.full(len(head), None, dtype=object)
        note[~known] = "history-too-short"
        note[hidden] = "suppressed"
        table = pd.DataFrame(
            {
                "fid": time.period.id + "." + head["area_id"] + "." + group,
                "area_id": head["area_id"],
                "area_name": head["name"],
                "parent_id": head["parent_id"],
                "status": head["status"],
                "period": time.period.id,
                "period_start": time.period.start,
                "period_end": time.period.last_day,
                "category_group": group,
                **told,
                "used_months": time.months,
                "low_information": few,
                "suppressed": hidden,
                "note": note,
            }
        )
        return table[["fid", *columns_of(FORECASTS, face="internal")]]

    def _collection(self, table: pd.DataFrame, learned: Mapping[str, PlaceForecast]) -> Collection:
        city, period = self._frame.city, self._time.period
        groups = len(table) // len(self._shapes)
        shape = np.repeat(np.arange(len(self._shapes), dtype=np.int32), groups)
        return Collection(
            Layer(COLLECTION, FORECASTS, table, self._shapes, shape),
            **about("forecasts", period=period.id),
            status=border_status(city, [self._level]),
            method=self._method(learned),
            breaks=fit_breaks(table, by=["category_group"], columns=("forecast_n",)),
            time=(period.start, period.end),
        )

    def _method(self, learned: Mapping[str, PlaceForecast]) -> dict[str, Any]:
        time = self._time
        return {
            "period": time.period.id,
            **PARAMETERS["forecasts"],
            "used_months": {"past": time.months, "ahead": time.ahead, "forecast": time.horizon},
            "model": "monthly episodes, weighted by age and season, drawn towards the mean of all "
            "beats or of those around (gamma-Poisson empirical Bayes; whichever would have "
            "forecast the last months best); the count to come is negative binomial, its "
            "spread that of such counts and of the drift that was seen from period to period. "
            "Each group apart; the beats' forecasts add up to about the city's.",
            "interval_80": "holds the count that comes with 80 % or more: a count is whole, so "
            "where less than one is expected it may be 0 to 0",
            "last_n": "for comparison: the plain forecast that as many come again",
            "backtest": {
                "collection": "backtests",
                "level": self._level,
                "model": "eb-drift",
                "measures": "coverage80 tells how often the interval held, log_score and "
                "poisson_deviance what the numbers were worth beside plain counts; for groups "
                f"with {PARAMETERS['backtests']['least_episodes']} episodes or more",
            },
            "learned": {
                group: {
                    "drift": round(found.drift, 3),
                    "season": round(found.season, 3),
                    "prior": _PRIORS[found.prior],
                }
                for group, found in learned.items()
            },
            "hidden_areas": "beats whose numbers are hidden in some period, or have so few "
            "residents that those of a month might be, have none here and take no part",
            "low_information": f"fewer than {LOW_INFORMATION} episodes in twelve months",
            "notes": NOTES,
            "class_breaks": BREAKS_METHOD,
        }
