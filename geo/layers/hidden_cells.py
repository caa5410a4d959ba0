"""Which cells and hot spots hide their numbers in the public face.

A cell with one or two reports of a group shows none. A hidden number must not follow from others:

* from another group: on one grid, "all" is the sum of the groups in it, so what is left after
  taking away the visible ones must not tell what the hidden ones hold;
* from a hot spot: its sum is shown, so its hidden cells must leave a doubt, also for who knows
  that "all" holds no less than the groups that are visible inside it.

Where it would, the smallest visible number that takes part is hidden as well. Expectations,
windows and p-values do not exist in the public face at all (`geo.layers.schema`), because each of
them is a function of the counts around.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geo.catalogue import ALL, BEAT_OFFICER
from geo.layers.hotspot_cells import PLACE
from geo.layers.layer import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from geo.catalogue import Catalogue

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

__all__ = ["Family", "HiddenCells", "families", "hide_cells", "hide_in_hotspots"]

MEASURES = ("n_reports", "n_episodes")
_COUNTS = (*MEASURES, "n_confirmed")
_RATIOS = ("rr_shrunk", "rr_lo90", "rr_hi90")
_ABSENT = ("no-previous-year", "base-zero")
"""Notes on the ratio to the year before. From it the number of that year would follow, and from
that the hidden cells of the earlier map: only the internal face has it."""


@dataclass(frozen=True, slots=True)
class Family:
    """A group, groups inside it that do not overlap, and whether they are all of it."""

    parent: str
    children: tuple[str, ...]
    whole: bool


class HiddenCells(NamedTuple):
    """The layer of cells as the public face has it.

    `rows` counts the rows that the rules ``small-cells`` and ``differences`` touched; `telling`
    holds the hot spots, as ``<period>.<group>.<place>``, whose sums tell a hidden cell, because
    no cell of them is visible.
    """

    layer: Layer
    rows: dict[str, int]
    telling: frozenset[str]


def families(catalogue: Catalogue, mapped: Iterable[str]) -> list[Family]:
    """The sums that hold between the groups that have a map.

    Parameters
    ----------
    catalogue
        Says which category is in which group.
    mapped
        Groups with a map on the same grid.

    Returns
    -------
    list of Family
        Only those with a child.
    """
    members = {group: catalogue.members(group) for group in mapped}
    primary = [g for g in members if g not in (ALL, BEAT_OFFICER)]
    found = []
    for parent in (ALL, BEAT_OFFICER):
        if parent not in members:
            continue
        sets = [[g for g in primary if members[g] <= members[parent]]]
        if parent == ALL and BEAT_OFFICER in members:
            apart = [g for g in primary if not members[g] & members[BEAT_OFFICER]]
            sets.append([BEAT_OFFICER, *apart])
        for children in filter(None, sets):
            union = frozenset().union(*(members[g] for g in children))
            found.append(Family(parent, tuple(children), whole=union == members[parent]))
    return found


def hide_cells(cells: Layer, catalogue: Catalogue, *, least_count: int) -> HiddenCells:
    """Hide small numbers of cells, and those that would give them away.

    Parameters
    ----------
    cells
        The layer of cells, complete.
    catalogue
        For the sums between groups.
    least_count
        The smallest count that is shown, besides zero.

    Returns
    -------
    HiddenCells
        The layer with hidden numbers null and `suppressed` true.
    """
    table = cells.table.copy()
    counts = {name: table[name].to_numpy(dtype=np.int64) for name in MEASURES}
    small = np.zeros(len(table), dtype=bool)
    for values in counts.values():
        small |= (values > 0) & (values < least_count)
    hidden = small.copy()
    sums = _sums_between_groups(table, catalogue)
    places = _places(table)
    before = -1
    while hidden.sum() != before:
        before = hidden.sum()
        for values in counts.values():
            for family, index in sums:
                low = _least_possible(values, hidden, sums)
                _hide_in_family(index, values, hidden, low, whole=family.whole, least=least_count)
            low = _least_possible(values, hidden, sums)
            for rows in places.values():
                _hide_in_place(rows, values, hidden, low, least=least_count)
    telling = {
        place
        for values in counts.values()
        for low in [_least_possible(values, hidden, sums)]
        for place, rows in places.items()
        if _sum_tells(values[rows], hidden[rows], low[rows], least=least_count)
    }
    for name, values in counts.items():
        table[name] = _masked(values, hidden)
    table["suppressed"] = hidden
    touched = {"small-cells": int(small.sum()), "differences": int((hidden & ~small).sum())}
    layer = Layer(cells.id, cells.names, table, cells.shapes, cells.shape)
    return HiddenCells(layer, touched, frozenset(telling))


def hide_in_hotspots(
    areas: Layer, telling: frozenset[str], *, least_count: int
) -> tuple[Layer, dict[str, int]]:
    """Hide sums of hot spots that tell a hidden cell, and small numbers of confirmed reports.

    Parameters
    ----------
    areas
        The layer of hot spots, complete.
    telling
        Hot spots whose sums must not be shown, as `HiddenCells` names them.
    least_count
        The smallest count that is shown, besides zero.

    Returns
    -------
    tuple
        The layer, its ratios rounded to one decimal, its first and last day to the first of their
        months, without notes on columns that the public face lacks; and the rows that
        ``small-hotspots`` touched.
    """
    table = areas.table.copy()
    closed = np.array([place in telling for place in _place_names(table)], dtype=bool)
    confirmed = table["n_confirmed"].to_numpy(dtype=np.int64)
    few = (confirmed > 0) & (confirmed < least_count)
    for name in _COUNTS:
        values = table[name].to_numpy(dtype=np.int64)
        table[name] = _masked(values, closed | few if name == "n_confirmed" else closed)
    for name in _RATIOS:
        table[name] = np.where(closed, np.nan, np.round(table[name].to_numpy(dtype=float), 1))
    share = table["share_of_city_episodes"].to_numpy(dtype=float)
    table["share_of_city_episodes"] = np.where(closed, np.nan, share)
    for name in ("first_seen", "last_seen"):
        table[name] = [day.replace(day=1) for day in table[name]]
    table["note"] = [_public_note(note) for note in table["note"]]
    table["suppressed"] = closed | few
    layer = Layer(areas.id, areas.names, table, areas.shapes, areas.shape)
    return layer, {"small-hotspots": int((closed | few).sum())}


def _public_note(note: object) -> str | None:
    told = note.split(",") if isinstance(note, str) else []  # else None or NaN: nothing to tell
    codes = [code for code in told if code not in _ABSENT]
    return ",".join(codes) or None


def _sums_between_groups(
    table: pd.DataFrame, catalogue: Catalogue
) -> list[tuple[Family, IntArray]]:
    """For every period and grid, and every family on it: rows of the parent and its children.

    Shape (cells, 1 + children), -1 where a group has no report in the cell.
    """
    sums = []
    numbered = table[["period", "cell_m", "cell_id", "category_group"]].assign(row=table.index)
    for _, rows in numbered.groupby(["period", "cell_m"], sort=False):
        wide = rows.set_index(["cell_id", "category_group"])["row"].unstack()  # noqa: PD010 - no duplicates
        for family in families(catalogue, wide.columns):
            index = wide[[family.parent, *family.children]].fillna(-1).to_numpy(dtype=np.int64)
            sums.append((family, index[index[:, 0] >= 0]))
    return sums


def _places(table: pd.DataFrame) -> dict[str, IntArray]:
    """Hot spot to the rows of its cells."""
    hot = table[table[PLACE] > 0]
    names = pd.Series(_place_names(hot), index=hot.index, dtype=object)
    return {
        str(name): rows.index.to_numpy(dtype=np.int64)
        for name, rows in hot.groupby(names, sort=False)
    }


def _place_names(table: pd.DataFrame) -> list[str]:
    columns = (table[name] for name in ("period", "category_group", PLACE))
    return [f"{period}.{group}.{place}" for period, group, place in zip(*columns, strict=True)]


def _least_possible(
    values: IntArray, hidden: BoolArray, sums: list[tuple[Family, IntArray]]
) -> IntArray:
    """What anybody knows each row to hold at least: a group no less than the groups inside it."""
    low = np.where(hidden, 1, values)
    for _, index in reversed(sums):  # the inner groups first
        parent = index[:, 0]
        inside = np.where(index >= 0, low[index], 0)[:, 1:].sum(axis=1)
        low[parent] = np.where(hidden[parent], np.maximum(low[parent], inside), values[parent])
    return low


def _hide_in_family(
    index: IntArray,
    values: IntArray,
    hidden: BoolArray,
    low: IntArray,
    *,
    whole: bool,
    least: int,
) -> None:
    """Hide the smallest visible child of each cell until what is left of the parent is in doubt."""
    there = index >= 0
    counts = np.where(there, values[index], 0)
    while True:
        closed = there & hidden[index]
        visible = np.where(closed, 0, counts)[:, 1:]
        k = closed[:, 1:].sum(axis=1)
        certain = np.where(closed, np.minimum(low[index], counts), 0)[:, 1:].sum(axis=1)
        left = counts[:, 0] - visible.sum(axis=1)
        tells = (left <= np.maximum(least - 1, certain)) | (whole & (left == k * (least - 1)))
        rows = np.flatnonzero(~closed[:, 0] & (left > 0) & tells)
        if not len(rows):
            return
        size = np.where(visible[rows] > 0, visible[rows], np.iinfo(np.int64).max)
        child = index[rows, 1 + size.argmin(axis=1)]
        hidden[np.where(visible[rows].any(axis=1), child, index[rows, 0])] = True


def _hide_in_place(
    rows: IntArray, values: IntArray, hidden: BoolArray, low: IntArray, *, least: int
) -> None:
    """Hide the smallest visible cell of a hot spot whose sum leaves no doubt about each."""
    visible = rows[~hidden[rows]]
    if len(visible) and _sum_tells(values[rows], hidden[rows], low[rows], least=least):
        hidden[visible[values[visible].argmin()]] = True


def _sum_tells(counts: IntArray, hidden: BoolArray, low: IntArray, *, least: int) -> bool:
    """Whether the sum of the hidden cells, which anybody can find, tells what each holds."""
    k, held = int(hidden.sum()), int(counts[hidden].sum())
    return k > 0 and (k == 1 or held in (int(low[hidden].sum()), k * (least - 1)))


def _masked(values: IntArray, hidden: BoolArray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(hidden, 0, values), hidden.copy())
