"""What a release says of its own worth: backtests, clusters of beats, near repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo.languages import Texts
from geo.layers.area_statistics import NOTES
from geo.layers.backtests import BACKTEST, ForecastTests, backtests, past_periods
from geo.layers.clusters import SCAN, Beats, ClusterFinder, clusters
from geo.layers.collection import Collection, border_status
from geo.layers.near_repeats import NEAR_REPEAT, near_repeats
from geo.layers.texts import about
from geo.statistics.backtest import SHARES
from geo.statistics.contenders import MODELS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.layers.disclosure import DisclosureRules
    from geo.layers.faces import Frame
    from geo.layers.facts import Facts
    from geo.layers.layer import Layer

    BoolArray = NDArray[np.bool_]

__all__ = ["CHECK_NOTES", "Checker", "open_areas"]

_CHECK_NOTES = Texts(
    {
        "history-too-short": "too little time before to forecast from or compare with",
        "horizon-not-over": "the reports end before the forecast does",
        "few-episodes": "too few episodes in the city to forecast",
        "nothing-came": "no episode came: nothing to hit",
        "nothing-before-there": "no episode there before: no ratio of the two shares",
        "no-cluster": "no cluster; llr and p_value are those of the likeliest circle",
        "nothing-outside": "all episodes lie inside: there is no rate outside",
        "all-hidden": "the numbers of every area are hidden: nothing to search",
    },
    context="notes",
)
CHECK_NOTES = _CHECK_NOTES.everything() | {"nothing-expected": NOTES["nothing-expected"]}
"""Codes of `note` in these collections."""


class Checker:
    """Makes the three collections of a face, and knows what the other face has computed."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._level = next(iter(frame.city.levels))
        self._window = frame.windows[-1] if frame.windows else None
        self._tests = ForecastTests(frame.city)
        self._finder = ClusterFinder()

    def tests(
        self,
        facts: Facts,
        reports: gpd.GeoDataFrame,
        *,
        areas: Collection,
        rules: DisclosureRules | None,
    ) -> tuple[Collection, Collection]:
        """The collections ``backtests`` and ``near-repeats`` of one face.

        Parameters
        ----------
        facts
            Reports of the face.
        reports
            The same as a frame.
        areas
            The face's collection ``area-periods``: what it suppresses takes no part here either.
        rules
            The rules of the public face; None hides nothing.

        Returns
        -------
        tuple of Collection
            In this order.
        """
        frame, window = self._frame, self._window
        ids = frame.city.levels[self._level]["area_id"].to_numpy(dtype=object)
        closed = frozenset(ids[~open_areas(areas.layer, frame, rules=rules)].tolist())
        periods = past_periods(frame.periods, frame.complete, first=frame.time[0])
        tested = backtests(reports, self._tests, periods=periods, without=closed)
        repeats = near_repeats(facts, frame.city, window)
        year = (window.start, window.end) if window else None
        past = (periods[0].start, periods[-1].end) if periods else None
        return (
            Collection(tested, **_BACKTESTS, time=past, spatial=False),
            Collection(repeats, **_NEAR_REPEATS, time=year, spatial=False),
        )

    def clusters(
        self, facts: Facts, *, areas: Collection, rules: DisclosureRules | None
    ) -> Collection:
        """The collection ``clusters`` of one face.

        Parameters
        ----------
        facts, areas, rules
            As for `tests`.

        Returns
        -------
        Collection
            Found by drawing maps of chance in compiled code: other threads can go on meanwhile.
        """
        frame, level = self._frame, self._level
        part = open_areas(areas.layer, frame, rules=rules)
        beats = Beats(frame.levels, frame.denominators[level], part)
        found = clusters(
            facts,
            beats,
            self._finder,
            window=self._window,
            period=frame.periods[-1],
            time=frame.time,
        )
        status = border_status(frame.city, [level])
        return Collection(found, **_CLUSTERS, time=frame.time, status=status)


def open_areas(areas: Layer, frame: Frame, *, rules: DisclosureRules | None) -> BoolArray:
    """The areas of the finest level none of whose numbers is hidden, or might be in a month.

    Parameters
    ----------
    areas
        The layer ``area-periods`` of the face.
    frame
        What both faces share.
    rules
        The rules of the public face; None hides nothing.

    Returns
    -------
    ndarray
        Booleans, one per area.
    """
    level = next(iter(frame.city.levels))
    table = areas.table[areas.table["level"] == level]
    hidden = set(table.loc[table["suppressed"].to_numpy(dtype=bool), "area_id"])
    ids = frame.city.levels[level]["area_id"]
    part = ~ids.isin(hidden).to_numpy(dtype=bool)
    if rules is not None:
        residents = frame.denominators[level]["residents"].to_numpy(dtype=float)
        part &= ~(residents < rules.least_residents)
    return np.asarray(part, dtype=bool)


def _notes(*codes: str) -> dict[str, Any]:
    return {code: CHECK_NOTES[code] for code in codes}


_BACKTESTS: dict[str, Any] = {
    **about("backtests"),
    "method": {
        **BACKTEST,
        "models": list(MODELS),
        "shares": list(SHARES),
        "cuts": "the first days of the last periods that are over and have a year before them",
        "reports": "those made before the cut, two years at most; episodes found among these alone",
        "measures": "hit_rate: share of what came in the best share of the area; pai: hit_rate "
        "over that share; pei, pei_star: hits over those of the best cells, of the best places; "
        "rri: share after over share before; deviance is better the smaller, log_score the "
        "larger; coverage80 counts what fell inside the 80 % interval",
        "hidden_areas": "areas whose numbers are hidden take no part among areas",
        "notes": _notes(
            "history-too-short", "horizon-not-over", "few-episodes", "nothing-came",
            "nothing-before-there",
        ),
    },
}  # fmt: skip

_CLUSTERS: dict[str, Any] = {
    **about("clusters"),
    "method": {
        **SCAN,
        "circles": "around a point in each beat, up to a tenth of the expectation",
        "gate": "expected: residents, addresses, streets and land, mixed as the counts of these "
        "months teach; two hundredths are spread evenly",
        "alarm": "expected: a beat's share of the 24 months before (12 at least), with one episode "
        "more for each beat, times the total of each of the last months; all months in one search",
        "chance": "maps with the same totals, and with the variance between beats that these "
        "counts have (gate) or that months usually have (alarm); p is the rank of the likeliest "
        "circle among those of the maps",
        "recurrence_days": "days of a month over p: looking every month, chance brings such an "
        "alarm of one group once in so many days; of n groups n times as often",
        "signal": "gate: p at most 0.05; alarm: 365 days or more",
        "hidden_areas": "beats whose numbers are hidden take no part: in no circle and no total",
        "notes": _notes("history-too-short", "no-cluster", "nothing-outside", "all-hidden"),
    },
}

_NEAR_REPEATS: dict[str, Any] = {
    **about("near-repeats"),
    "method": {
        **NEAR_REPEAT,
        "test": "Knox, on the first reports of episodes: permutations of the days",
        "bands": "from above the lower limit up to and with the upper; the first gap from 0 days. "
        "Reports within 50 m and 14 days are one episode and chains reach a little further, so "
        "the nearest band is low up to 14 days.",
        "notes": _notes("nothing-expected"),
    },
}
