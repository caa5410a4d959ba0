"""What every layer counts from: the reports of one face, coded as numbers once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.episodes import find_episodes
from geo.periods import local_midnight
from geo.reports.bursts import HEAP, flag_bursts, flag_near_duplicates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.catalogue import Catalogue
    from geo.city import City
    from geo.layers.levels import MetricLevels
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

__all__ = [
    "BORDER_M",
    "ELIMINATED",
    "STATUS_CLASSES",
    "WAITING",
    "Facts",
    "Places",
    "day_number",
    "find_places",
    "make_facts",
    "period_codes",
]

STATUS_CLASSES = ("pending", "confirmed", "unconfirmed", "joke")
"""A report's `status` is a position in here."""

ELIMINATED = "eliminated"
"""The status of a threat that was confirmed and is gone; a catalogue may lack it."""

WAITING = {"new": 1, "verification": 2}
"""The statuses that have a deadline; a catalogue may lack them."""

_EPOCH = date(1970, 1, 1).toordinal()
_BEST = ("confirmed", "pending", "unconfirmed")

BORDER_M = 25.0
"""A report nearer than this to its area's border may belong to the neighbour."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where reports lie, joined once for all faces.

    Attributes
    ----------
    area
        Level id to int64 positions in the level's frame, -1 where a report is in no area.
    near_border
        Level id to booleans: within `BORDER_M` of a border of that level.
    """

    area: Mapping[str, IntArray]
    near_border: Mapping[str, BoolArray]

    def take(self, kept: BoolArray) -> Places:
        """The places of some of the reports."""
        return Places(
            {level: codes[kept] for level, codes in self.area.items()},
            {level: flags[kept] for level, flags in self.near_border.items()},
        )


@dataclass(frozen=True, eq=False)
class Facts:
    """Reports as arrays of one length n; jokes are among them, but in no group.

    Attributes
    ----------
    x, y
        Metres in the city's metric CRS.
    day
        Local day of the report, days since 1970-01-01.
    time, closed
        When the report was made, and when it was verified or the data ended, whichever came
        first; microseconds since 1970-01-01, UTC.
    episode
        Id of its episode; -1 for jokes.
    status
        Position in `STATUS_CLASSES`.
    waits
        int8: 1 for a report that nobody has opened (status ``new``), 2 for one that is being
        verified, 0 for every other.
    eliminated
        Booleans: confirmed, and told to be eliminated (status ``eliminated``).
    category
        Category ids.
    groups
        Ids of the category groups: the columns of `member` and `first`.
    member
        (n, groups) booleans: of the group, whatever the status.
    first
        (n, groups) booleans: the report that stands for its episode among those of the group
        that are no jokes. Their number is the number of episodes.
    standing
        (n, groups) int8: where `first`, the status of the whole episode, -1 elsewhere. An episode
        is confirmed if one of its reports is, else pending if one is.
    places
        Where the reports lie.
    times
        What they say of the time: `event_at`, `part_of_day`, `weekdays`.
    repeated, heaped
        Booleans: a near-duplicate of another report, or part of a burst (`geo.reports.bursts`).
        A joke is neither.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    day: IntArray
    time: IntArray
    closed: IntArray
    episode: IntArray
    status: IntArray
    waits: NDArray[np.int8]
    eliminated: BoolArray
    category: NDArray[np.object_]
    groups: tuple[str, ...]
    member: BoolArray
    first: BoolArray
    standing: NDArray[np.int8]
    places: Places
    times: pd.DataFrame
    repeated: BoolArray
    heaped: BoolArray

    def counted(self, group: str) -> BoolArray:
        """The reports of a group that are no jokes."""
        joke = STATUS_CLASSES.index("joke")
        return self.member[:, self.groups.index(group)] & (self.status != joke)

    def first_of(self, group: str) -> BoolArray:
        """The reports that stand for the episodes of a group."""
        return self.first[:, self.groups.index(group)]


def find_places(reports: gpd.GeoDataFrame, levels: MetricLevels) -> Places:
    """Join reports to every level of a city.

    Parameters
    ----------
    reports
        The frame of accepted reports, in the city's metric CRS.
    levels
        The city's areas in that CRS.

    Returns
    -------
    Places
        The exact join, and who lies near a border.
    """
    geometry = reports.geometry
    area = levels.assign(geometry.x.to_numpy(), geometry.y.to_numpy())
    points = geometry.to_numpy()
    return Places(
        {level: positions.astype(np.int64) for level, positions in area.items()},
        {level: _near(points, frame) for level, frame in levels.frames.items()},
    )


def make_facts(reports: gpd.GeoDataFrame, places: Places, city: City) -> Facts:
    """Code the reports of one face.

    Parameters
    ----------
    reports
        The frame of accepted reports that this face may see, in the city's metric CRS; with
        `decided_at` from the store, else a report counts as verified when it was last modified.
    places
        Their places, row by row.
    city
        The city, for its catalogue and time zone.

    Returns
    -------
    Facts
        Episodes are found among these reports only: nothing that a face may not see can link two
        reports of it.
    """
    catalogue = city.catalogue
    groups = tuple(catalogue.groups)
    category = reports["category"].to_numpy(dtype=object)
    class_of = {s.id: STATUS_CLASSES.index(s.status_class) for s in catalogue.statuses.values()}
    status = reports["status"].map(class_of).to_numpy(dtype=np.int64)
    member = _membership(category, groups, catalogue)
    episode = _episodes(reports, status=status)
    first, standing = _firsts(reports, member, episode=episode, status=status)
    day = _local_days(reports["reported_at"], city)
    repeated, heaped = _signs(reports, day, status=status, city=city)
    geometry = reports.geometry
    return Facts(
        x=geometry.x.to_numpy(),
        y=geometry.y.to_numpy(),
        day=day,
        time=_microseconds(reports["reported_at"]),
        closed=_closed(reports, day, status=status, city=city),
        episode=episode,
        status=status,
        waits=reports["status"].map(WAITING).fillna(0).to_numpy(dtype=np.int8),
        eliminated=(reports["status"] == ELIMINATED).to_numpy(dtype=bool),
        category=category,
        groups=groups,
        member=member,
        first=first,
        standing=standing,
        places=places,
        times=reports[["event_at", "part_of_day", "weekdays"]].reset_index(drop=True),
        repeated=repeated,
        heaped=heaped,
    )


def period_codes(day: IntArray, periods: Sequence[Period]) -> IntArray:
    """The period that each day lies in.

    Parameters
    ----------
    day
        Days since 1970-01-01.
    periods
        Periods in order, without a gap.

    Returns
    -------
    ndarray
        int64 positions in `periods`, -1 outside all of them.
    """
    edges = np.array([day_number(p.start) for p in periods] + [day_number(periods[-1].end)])
    code = np.searchsorted(edges, day, side="right") - 1
    return np.where(code < len(periods), code, -1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def _near(points: NDArray[np.object_], areas: gpd.GeoDataFrame) -> BoolArray:
    """Points within `BORDER_M` of a border: of its single edges, among which a tree finds fast."""
    rings = shapely.get_parts(shapely.boundary(areas.geometry.to_numpy()))
    corner, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    edges = shapely.linestrings(np.stack([corner[:-1][joined], corner[1:][joined]], axis=1))
    found = shapely.STRtree(edges).query(points, predicate="dwithin", distance=BORDER_M)
    near = np.zeros(len(points), dtype=bool)
    near[found[0]] = True
    return near


def _local_days(times: pd.Series, city: City) -> IntArray:
    local = times.dt.tz_convert(city.timezone).dt.tz_localize(None)
    return local.to_numpy().astype("datetime64[D]").astype(np.int64)


def _membership(
    category: NDArray[np.object_], groups: tuple[str, ...], catalogue: Catalogue
) -> BoolArray:
    names, code = np.unique(category.astype(str), return_inverse=True)
    table = np.array([[name in catalogue.members(g) for g in groups] for name in names], dtype=bool)
    return table.reshape(len(names), len(groups))[code]


def _episodes(reports: gpd.GeoDataFrame, *, status: IntArray) -> IntArray:
    """The episode of each report that is no joke, -1 for those."""
    rows = np.flatnonzero(status != STATUS_CLASSES.index("joke"))
    episode = np.full(len(reports), -1, dtype=np.int64)
    if len(rows):
        episode[rows] = find_episodes(reports.iloc[rows]).to_numpy()
    return episode


def _signs(
    reports: gpd.GeoDataFrame, day: IntArray, *, status: IntArray, city: City
) -> tuple[BoolArray, BoolArray]:
    """Near-duplicates and bursts among the reports that are no jokes.

    Where a category has no more reports on a day than make a heap, none of them is in one.
    """
    repeated, heaped = np.zeros((2, len(reports)), dtype=bool)
    rows = np.flatnonzero(status != STATUS_CLASSES.index("joke"))
    if len(rows):
        repeated[rows] = flag_near_duplicates(reports.iloc[rows])
        told = pd.DataFrame({"category": reports["category"].to_numpy()[rows], "day": day[rows]})
        alike = told.groupby(["category", "day"])["day"].transform("size").to_numpy()
        many = rows[alike > HEAP]
        heaped[many] = flag_bursts(reports.iloc[many], timezone=city.timezone)["burst"]
    return repeated, heaped


def _microseconds(times: pd.Series) -> IntArray:
    return times.dt.as_unit("us").astype("int64").to_numpy()


def _closed(reports: gpd.GeoDataFrame, day: IntArray, *, status: IntArray, city: City) -> IntArray:
    """When each report was verified, at the latest when the last day of all reports ended."""
    if not len(day):
        return day
    end = date.fromordinal(int(day.max()) + 1 + _EPOCH)
    last = pd.Timestamp(local_midnight(end, city.timezone))
    verified = reports["modified_at"].where(status != STATUS_CLASSES.index("pending"))
    moments = reports.get("decided_at", verified).fillna(last).clip(upper=last)
    return np.maximum(_microseconds(moments), _microseconds(reports["reported_at"]))


def _firsts(
    reports: gpd.GeoDataFrame, member: BoolArray, *, episode: IntArray, status: IntArray
) -> tuple[BoolArray, NDArray[np.int8]]:
    """Per group, the earliest report of each episode, the lowest id of two that are as early.

    And there, how the episode stands: the first of `_BEST` that one of its reports has.
    """
    first, standing = np.zeros(member.shape, dtype=bool), np.full(member.shape, -1, dtype=np.int8)
    rows = np.flatnonzero(status != STATUS_CLASSES.index("joke"))
    if not len(rows):
        return first, standing
    episode, time = episode[rows], _microseconds(reports["reported_at"])[rows]
    name = reports["report_id"].to_numpy(dtype=object)[rows].astype(str)
    order = np.lexsort((name, time, episode))
    rows, episode = rows[order], episode[order]
    place = np.argsort([STATUS_CLASSES.index(name) for name in _BEST])[status[rows]]
    for column in range(member.shape[1]):
        wanted = np.flatnonzero(member[rows, column])
        ids = episode[wanted]
        starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]][: len(ids)])
        if len(starts):
            best = np.minimum.reduceat(place[wanted], starts)
            heads = rows[wanted[starts]]
            first[heads, column] = True
            standing[heads, column] = [STATUS_CLASSES.index(_BEST[b]) for b in best]
    return first, standing
