"""What is new, different and gone between two releases, feature by feature.

A feature is its id, its line of properties and its line of geometry. Two lines are the same if
their bytes are: the build writes the same values as the same bytes, so nothing is parsed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.release.reader import Collection, Release

__all__ = ["KINDS", "Change", "Changes", "find_changes"]

Kind = Literal["added", "changed", "gone"]
KINDS: tuple[Kind, ...] = ("added", "changed", "gone")


class Change(NamedTuple):
    """A feature that is not the same in both releases."""

    collection: str
    fid: str
    kind: Kind


@dataclass(frozen=True, eq=False)
class Changes:
    """All differences between two releases as one face sees them.

    Attributes
    ----------
    before, after
        Ids of the releases.
    entries
        The differences: collections in the order of the newer release, then those that only the
        older one has; in each by feature id.
    counts
        Collection to how many features were added, changed, gone; every collection of either.
    """

    before: str
    after: str
    entries: tuple[Change, ...] = field(repr=False)
    counts: Mapping[str, Mapping[Kind, int]] = field(repr=False)

    def of(self, collection: str | None) -> tuple[Change, ...]:
        """Those of one collection, or all."""
        if collection is None:
            return self.entries
        return tuple(entry for entry in self.entries if entry.collection == collection)


def find_changes(before: Release, after: Release) -> Changes:
    """Compare two releases of one store.

    Parameters
    ----------
    before, after
        The releases, opened with the same face; only files of that face are read.

    Returns
    -------
    Changes
        The same for the same two releases, always.

    Raises
    ------
    StoreError
        If a file is missing or damaged.
    """
    names = list(dict.fromkeys([*after.collections, *before.collections]))
    found = {
        name: tuple(_compare(name, before.collections.get(name), after.collections.get(name)))
        for name in names
    }
    return Changes(
        before.id,
        after.id,
        tuple(change for name in names for change in found[name]),
        {name: {k: sum(c.kind == k for c in found[name]) for k in KINDS} for name in names},
    )


def _compare(name: str, old: Collection | None, new: Collection | None) -> Iterator[Change]:
    before, after = _rows(old), _rows(new)
    same = _Sameness(old, new) if old is not None and new is not None else None
    for fid in sorted(before.keys() | after.keys()):
        if fid not in before:
            yield Change(name, fid, "added")
        elif fid not in after:
            yield Change(name, fid, "gone")
        elif same is not None and not same(before[fid], after[fid]):
            yield Change(name, fid, "changed")


def _rows(collection: Collection | None) -> dict[str, int]:
    if collection is None:
        return {}
    return {collection.fid_of(row): row for row in range(collection.count)}


class _Sameness:
    """Tells whether a row of one collection says the same as a row of another.

    Many rows share a shape, so every pair of shapes is compared once.
    """

    def __init__(self, old: Collection, new: Collection) -> None:
        self._old, self._new = old, new
        self._old_shapes = old.shape_numbers(np.arange(old.count)).tolist()
        self._new_shapes = new.shape_numbers(np.arange(new.count)).tolist()
        self._known: dict[tuple[int, int], bool] = {}

    def __call__(self, before: int, after: int) -> bool:
        if self._old.property_line(before) != self._new.property_line(after):
            return False
        pair = self._old_shapes[before], self._new_shapes[after]
        if pair not in self._known:
            self._known[pair] = self._same_shape(*pair)
        return self._known[pair]

    def _same_shape(self, before: int, after: int) -> bool:
        if before < 0 or after < 0:
            return before < 0 and after < 0
        return self._old.geometry_line(before) == self._new.geometry_line(after)
