"""From the tree of a filter to a condition on rows: names and types are checked here, once.

What comes out evaluates whole columns. A row passes if the condition is true; it does not if
the condition is false or unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from geo.filters.faults import FilterError, shorten
from geo.filters.functions import unknown_function
from geo.filters.shapes import CRS84, PREDICATES, read_bbox, read_shape, relate_shapes
from geo.filters.strings import like_test, without_accents, without_case
from geo.filters.times import EARLIEST, LATEST, RELATIONS, day_number, local_day, relate_times
from geo.filters.vectors import (
    ARITHMETIC,
    COMPARISONS,
    Kind,
    Vector,
    all_of,
    any_of,
    arithmetic,
    compare,
    constant,
    is_null,
    map_words,
    negate,
    one_of,
    word_mask,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from geo.filters.rows import Rows

    Evaluate: TypeAlias = Callable[[Rows], Vector]

__all__ = ["Filter", "compile_filter"]

LARGEST_NUMBER = 1e300

_CHANGES = {"casei": without_case, "accenti": without_accents}


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """A condition on the rows of a collection with the properties it was compiled for."""

    evaluate: Evaluate

    def mask(self, rows: Rows) -> NDArray[np.bool_]:
        """(rows,) where the condition is true."""
        return np.broadcast_to(self.evaluate(rows).data, rows.count)


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """An expression: its kind, its value if it is a constant, and how to evaluate it."""

    kind: Kind
    evaluate: Evaluate
    value: Any = None


def compile_filter(
    tree: Any, *, kinds: Mapping[str, Kind], zone: ZoneInfo, crs: str = CRS84
) -> Filter:
    """Check a filter against the properties of a collection, and make it ready to run.

    Parameters
    ----------
    tree
        What `geo.filters.parse.parse_filter` returns.
    kinds
        What the filter may name, from `geo.filters.rows.kinds_of`.
    zone
        The city's time zone, in which a moment is on a day.
    crs
        A value of `geo.filters.shapes.FILTER_CRS`: what geometries of the filter are written in.

    Raises
    ------
    FilterError
        If a property is unknown, types do not fit, a function is not served, or a constant
        means nothing.

    Notes
    -----
    Semantics: OGC 21-065r2 (CQL2). A text that stands where a date is compared is read as one.
    """
    term = _Compiler(kinds, zone, crs).term(tree)
    if term.kind != "boolean":
        raise _mismatch(operator="a filter", found=[term.kind], expected="a condition")
    return Filter(term.evaluate)


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Compiles the nodes of one tree; its depth is bounded by `geo.filters.limits`."""

    kinds: Mapping[str, Kind]
    zone: ZoneInfo
    crs: str

    def term(self, node: Any) -> _Term:
        if not isinstance(node, dict):
            return _literal(node)
        match node:
            case {"op": str(operator), "args": list(arguments)} if len(node) == 2:
                return self._operation(operator, arguments)
            case {"property": str(name)} if len(node) == 1:
                return self._property(name)
            case {"date": text} | {"timestamp": text} if len(node) == 1:
                return self._day(text)
            case {"bbox": list(numbers)} if len(node) == 1:
                return _shape(read_bbox(numbers, crs=self.crs))
            case {"type": str()}:
                return _shape(read_shape(node, crs=self.crs))
        raise _misplaced(node, "a property, a constant or an operation")

    def _operation(self, operator: str, arguments: list[Any]) -> _Term:
        compile_one = _OPERATIONS.get(operator)
        if compile_one is None:
            raise unknown_function(operator)
        return compile_one(self, operator, arguments)

    def _property(self, name: str) -> _Term:
        if name not in self.kinds:
            allowed = list(self.kinds)
            msg = f"there is no property {shorten(name)!r}: take one of {', '.join(allowed)}"
            raise FilterError(msg, code="filter-property", name=shorten(name), allowed=allowed)
        if self.kinds[name] == "geometry":
            return _Term("geometry", _geometry_vector)
        return _Term(self.kinds[name], lambda rows: rows.vector(name))

    def _day(self, text: Any) -> _Term:
        try:
            return _fixed("date", day_number(local_day(text, self.zone)))
        except (ValueError, OverflowError, TypeError) as error:
            msg = (
                f"{shorten(text)!r} is no day: write DATE('2026-02-01') "
                "or TIMESTAMP('2026-02-01T08:00:00Z')"
            )
            raise FilterError(msg, code="filter-time", value=shorten(text)) from error

    def logic(self, operator: str, arguments: list[Any]) -> _Term:
        terms = self._of_kind(operator, arguments, kind="boolean", least=2, most=None)
        combine = all_of if operator == "and" else any_of
        return _condition(lambda rows: combine([term.evaluate(rows) for term in terms]))

    def negation(self, operator: str, arguments: list[Any]) -> _Term:
        [term] = self._of_kind(operator, arguments, kind="boolean", least=1, most=1)
        return _condition(lambda rows: negate(term.evaluate(rows)))

    def null_test(self, operator: str, arguments: list[Any]) -> _Term:
        _count(operator, arguments, least=1, most=1)
        term = self.term(arguments[0])
        return _condition(lambda rows: is_null(term.evaluate(rows)))

    def comparison(self, operator: str, arguments: list[Any]) -> _Term:
        left, right = self._alike(operator, arguments, count=2)
        return _condition(lambda rows: compare(operator, left.evaluate(rows), right.evaluate(rows)))

    def between(self, operator: str, arguments: list[Any]) -> _Term:
        value, low, high = self._alike(operator, arguments, count=3)
        if value.kind == "boolean":
            raise _mismatch(operator, found=["boolean"], expected="number, string or date")

        def evaluate(rows: Rows) -> Vector:
            middle = value.evaluate(rows)
            from_low = compare(">=", middle, low.evaluate(rows))
            return all_of([from_low, compare("<=", middle, high.evaluate(rows))])

        return _condition(evaluate)

    def membership(self, operator: str, arguments: list[Any]) -> _Term:
        _count(operator, arguments, least=2, most=2)
        if not isinstance(arguments[1], list) or not arguments[1]:
            raise _misplaced(arguments[1], "a list with a member or more")
        terms = [arguments[0], *arguments[1]]
        value, *members = self._alike(operator, terms, count=len(terms))
        return _condition(
            lambda rows: one_of(value.evaluate(rows), [m.evaluate(rows) for m in members])
        )

    def like(self, operator: str, arguments: list[Any]) -> _Term:
        value, pattern = self._of_kind(operator, arguments, kind="string", least=2, most=2)
        if pattern.value is None:
            raise _mismatch(operator, found=["property"], expected="a constant text as its pattern")
        test = like_test(pattern.value)
        return _condition(lambda rows: word_mask(value.evaluate(rows), test))

    def change(self, operator: str, arguments: list[Any]) -> _Term:
        [term] = self._of_kind(operator, arguments, kind="string", least=1, most=1)
        change = _CHANGES[operator]
        if term.value is not None:
            return _fixed("string", change(term.value))
        return _Term("string", lambda rows: map_words(term.evaluate(rows), change))

    def arithmetic(self, operator: str, arguments: list[Any]) -> _Term:
        left, right = self._of_kind(operator, arguments, kind="number", least=2, most=2)
        return _Term(
            "number", lambda rows: arithmetic(operator, left.evaluate(rows), right.evaluate(rows))
        )

    def space(self, operator: str, arguments: list[Any]) -> _Term:
        left, right = self._of_kind(operator, arguments, kind="geometry", least=2, most=2)
        return _condition(
            lambda rows: relate_shapes(operator, left.value, right.value, shapes=rows.shapes)
        )

    def time(self, operator: str, arguments: list[Any]) -> _Term:
        _count(operator, arguments, least=2, most=2)
        (a, b), (c, d) = (self._span(operator, argument) for argument in arguments)
        return _condition(
            lambda rows: relate_times(
                operator, (a.evaluate(rows), b.evaluate(rows)), (c.evaluate(rows), d.evaluate(rows))
            )
        )

    def _span(self, operator: str, node: Any) -> tuple[_Term, _Term]:
        """First and last day of an interval; an instant is both."""
        match node:
            case {"interval": [first, last]} if len(node) == 1:
                start, end = self._end(operator, first, EARLIEST), self._end(operator, last, LATEST)
                if None not in {start.value, end.value} and start.value > end.value:
                    msg = f"the interval {shorten([first, last])} ends before it starts"
                    raise FilterError(msg, code="filter-time", value=shorten([first, last]))
                return start, end
            case {"interval": _}:
                raise _misplaced(node, "an interval with two ends")
        [term] = self._of_kind(operator, [node], kind="date", least=1, most=1)
        return term, term

    def _end(self, operator: str, node: Any, when_open: int) -> _Term:
        if node == "..":
            return _fixed("date", when_open)
        if isinstance(node, str):
            return self._day(node)
        return self._of_kind(operator, [node], kind="date", least=1, most=1)[0]

    def _of_kind(
        self, operator: str, nodes: list[Any], *, kind: Kind, least: int, most: int | None
    ) -> list[_Term]:
        _count(operator, nodes, least=least, most=most)
        terms = [self.term(node) for node in nodes]
        if any(term.kind != kind for term in terms):
            raise _mismatch(operator, found=[term.kind for term in terms], expected=kind)
        return terms

    def _alike(self, operator: str, nodes: Sequence[Any], *, count: int) -> list[_Term]:
        """Terms that can be compared; constant texts among dates are read as dates."""
        _count(operator, nodes, least=count, most=count)
        terms = [self.term(node) for node in nodes]
        if any(term.kind == "date" for term in terms):
            terms = [
                self._day(term.value) if term.kind == "string" and term.value is not None else term
                for term in terms
            ]
        found = [term.kind for term in terms]
        if len(set(found)) > 1 or "geometry" in found:
            raise _mismatch(operator, found=found, expected="values of one type")
        return terms


_OPERATIONS: dict[str, Callable[[_Compiler, str, list[Any]], _Term]] = {
    "and": _Compiler.logic,
    "or": _Compiler.logic,
    "not": _Compiler.negation,
    "isNull": _Compiler.null_test,
    "between": _Compiler.between,
    "in": _Compiler.membership,
    "like": _Compiler.like,
    **dict.fromkeys(COMPARISONS, _Compiler.comparison),
    **dict.fromkeys(ARITHMETIC, _Compiler.arithmetic),
    **dict.fromkeys(_CHANGES, _Compiler.change),
    **dict.fromkeys(PREDICATES, _Compiler.space),
    **dict.fromkeys(RELATIONS, _Compiler.time),
}


def _condition(evaluate: Evaluate) -> _Term:
    return _Term("boolean", evaluate)


def _fixed(kind: Kind, value: Any) -> _Term:
    vector = constant(kind, value)
    return _Term(kind, lambda _rows: vector, value)


def _literal(node: Any) -> _Term:
    if isinstance(node, bool):
        return _fixed("boolean", node)
    if isinstance(node, str):
        return _fixed("string", node)
    if not isinstance(node, int | float):
        raise _misplaced(node, "a property, a constant or an operation")
    # No measure here comes near; a whole number beyond is no float at all.
    if not -LARGEST_NUMBER <= node <= LARGEST_NUMBER:
        raise _misplaced(node, f"a number up to {LARGEST_NUMBER:g}")
    return _fixed("number", float(node))


def _shape(shape: Any) -> _Term:
    return _Term("geometry", lambda _rows: constant("geometry", value=0), shape)


def _geometry_vector(rows: Rows) -> Vector:
    return Vector("geometry", rows.shapes.lines, rows.shapes.null)


def _count(operator: str, arguments: Sequence[Any], *, least: int, most: int | None) -> None:
    if len(arguments) < least or (most is not None and len(arguments) > most):
        wanted = f"{least} arguments or more" if most is None else f"{least} argument(s)"
        msg = f"{operator} takes {wanted}, and was given {len(arguments)}"
        raise FilterError(msg, code="filter-syntax", there=operator)


def _mismatch(operator: str, *, found: Sequence[str], expected: str) -> FilterError:
    got = ", ".join(dict.fromkeys(found))
    msg = f"{operator} takes {expected}, and was given {got}"
    return FilterError(msg, code="filter-type", operator=operator, found=got, wanted=expected)


def _misplaced(node: Any, expected: str) -> FilterError:
    hint = "; test for null with IS NULL" if node is None else ""
    msg = f"{shorten(node)} stands where {expected} should be{hint}"
    return FilterError(msg, code="filter-syntax", there=shorten(node))
