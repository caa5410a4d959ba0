"""How large a filter may be. What is larger is refused before anything is done with it."""

from __future__ import annotations

from typing import Any

from geo.filters.faults import FilterError

__all__ = [
    "MAX_CHARACTERS",
    "MAX_COORDINATES",
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_OPERATIONS",
    "MAX_OPERATORS",
    "MAX_PREDICATES",
    "MAX_WORDS",
    "check_size",
    "too_large",
]

MAX_CHARACTERS = 32_768
"""Of the text of a filter; a request line is not longer either."""

MAX_WORDS = 4_000
"""Of a filter in CQL2 text, a geometry counting as one."""

MAX_OPERATORS = 200
"""Of arithmetic and NOT in CQL2 text: the library's parser descends once for each."""

MAX_OPERATIONS = 200
"""Of any kind, in either encoding."""

MAX_PREDICATES = 20
"""Spatial ones: each may look at every geometry."""

MAX_DEPTH = 40
"""Of expressions in each other."""

MAX_NODES = 2_000
"""Of operators, properties and constants."""

MAX_COORDINATES = 20_000
"""Numbers in all geometries together, two for a point."""

_COORDINATE_KEYS = frozenset({"coordinates", "bbox"})


def too_large(*, what: str, most: int) -> FilterError:
    """The refusal of a filter that has more of something than it may."""
    msg = f"the filter has more than {most} {what}: make it simpler, or filter in two steps"
    return FilterError(msg, code="filter-size", what=what, most=most)


def check_size(tree: Any) -> None:
    """Refuse a tree that is too deep or has too many nodes or coordinates.

    Raises
    ------
    FilterError
        Naming the limit.
    """
    nodes, numbers, operators = 0, 0, []
    waiting = [(tree, 1, False)]
    while waiting:
        node, depth, is_coordinate = waiting.pop()
        nodes, numbers = nodes + (not is_coordinate), numbers + is_coordinate
        if isinstance(node, dict):
            operators += [str(node["op"])] if "op" in node else []
            waiting += [
                (child, depth + 1, is_coordinate or key in _COORDINATE_KEYS)
                for key, child in node.items()
            ]
        elif isinstance(node, list):
            waiting += [(child, depth + 1, is_coordinate) for child in node]
        # An expression is two containers deep: the object and the list of its arguments.
        _check(depth // 2, what="levels", most=MAX_DEPTH)
        _check(nodes // 2, what="nodes", most=MAX_NODES)
        _check(numbers, what="coordinates", most=MAX_COORDINATES)
    _check(len(operators), what="operations", most=MAX_OPERATIONS)
    spatial = sum(operator.startswith("s_") for operator in operators)
    _check(spatial, what="spatial predicates", most=MAX_PREDICATES)


def _check(number: int, *, what: str, most: int) -> None:
    if number > most:
        raise too_large(what=what, most=most)
