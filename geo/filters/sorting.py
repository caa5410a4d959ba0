"""Order and choice of properties: what ``sortby`` and ``properties`` say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo.filters.faults import FilterError, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from geo.filters.rows import Rows
    from geo.filters.vectors import Kind

__all__ = ["MOST_SORT_KEYS", "SortKey", "order_rows", "parse_names", "parse_sortby"]

MOST_SORT_KEYS = 8


class SortKey(NamedTuple):
    """A property to sort by, and whether its greatest value comes first."""

    name: str
    descending: bool


def parse_sortby(text: str, *, kinds: Mapping[str, Kind]) -> tuple[SortKey, ...]:
    """The order that a text asks for.

    Parameters
    ----------
    text
        Names with commas between them; ``-`` before a name turns the order round, ``+`` (or the
        space that it becomes in an address) does not.
    kinds
        What may be sorted by; a geometry has no order.

    Raises
    ------
    FilterError
        If a name is unknown or named twice, or there are more than `MOST_SORT_KEYS`.
    """
    keys = [
        SortKey(part.strip().removeprefix("-" if part.strip()[:1] == "-" else "+"),
                part.strip().startswith("-"))
        for part in text.split(",")
    ]  # fmt: skip
    sortable = [name for name, kind in kinds.items() if kind != "geometry"]
    _check_names([key.name for key in keys], among=sortable)
    if len(keys) > MOST_SORT_KEYS:
        msg = f"sortby names {len(keys)} properties: name at most {MOST_SORT_KEYS}"
        raise FilterError(msg, code="filter-size", what="sortby", most=MOST_SORT_KEYS)
    return tuple(keys)


def order_rows(
    rows: Rows, chosen: NDArray[np.int64], *, keys: Sequence[SortKey]
) -> NDArray[np.int64]:
    """Rows in the order of the keys: nulls last either way, equal ones by the id of the feature.

    Parameters
    ----------
    rows
        The rows of the collection.
    chosen
        (n,) those to order.
    keys
        From the most important on.
    """
    columns = [rows.order_of_fids[chosen]]
    for key in reversed(keys):
        ranks = rows.ranks(key.name)[chosen]
        known = ranks < rows.count
        columns.append(np.where(known & key.descending, -ranks, ranks))
    return chosen[np.lexsort(columns)]


def parse_names(text: str, *, among: Collection[str]) -> tuple[str, ...]:
    """The properties that a text names, with commas between them.

    Raises
    ------
    FilterError
        If a name is unknown or named twice.
    """
    names = [part.strip() for part in text.split(",")]
    _check_names(names, among=among)
    return tuple(names)


def _check_names(names: Sequence[str], *, among: Collection[str]) -> None:
    for name in names:
        if name not in among:
            msg = f"there is no property {shorten(name)!r}: take one of {', '.join(among)}"
            raise FilterError(msg, code="filter-property", name=shorten(name), allowed=list(among))
        if names.count(name) > 1:
            msg = f"{name} is named more than once: name it once"
            raise FilterError(msg, code="filter-syntax", there=name)
