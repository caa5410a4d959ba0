"""The functions that a filter may call, and how others are refused."""

from __future__ import annotations

from geo.filters.faults import FilterError, shorten
from geo.filters.shapes import PREDICATES
from geo.filters.times import RELATIONS

__all__ = ["FUNCTIONS", "unknown_function"]

FUNCTIONS = ("casei", "accenti", "date", "timestamp", "interval", *PREDICATES, *RELATIONS)


def unknown_function(name: str) -> FilterError:
    """The refusal of a function or an operator that is not served, by its name."""
    msg = f"{shorten(name)!r} is not served in a filter: there are {', '.join(FUNCTIONS)}"
    return FilterError(msg, code="filter-function", name=shorten(name), allowed=list(FUNCTIONS))
