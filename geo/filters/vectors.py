"""Columns as a filter sees them: values, where they are unknown, and logic of three values.

A comparison with null is neither true nor false but unknown, as in SQL and in CQL2. A vector of
length one is a constant; NumPy's broadcasting makes it meet a whole column. Texts are kept as
numbers of words, so that a comparison with a constant looks at every word once and not at
every row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "Kind",
    "Vector",
    "all_of",
    "any_of",
    "arithmetic",
    "compare",
    "constant",
    "is_null",
    "logical",
    "map_words",
    "negate",
    "one_of",
    "word_array",
    "word_mask",
]

Kind: TypeAlias = Literal["string", "number", "boolean", "date", "geometry"]
"""What can be compared with what; whole numbers and fractions are one kind."""

COMPARISONS: dict[str, Callable[..., Any]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}

ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda a, b: np.trunc(np.divide(a, b)),
    "^": np.power,
}
"""As SQL: the rest has the sign of the dividend, whole division drops the fraction."""


def word_array(*texts: str) -> NDArray[Any]:
    """Texts as the array of objects that `Vector.words` is."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Values of one kind.

    Attributes
    ----------
    kind
        What the values are.
    data
        (rows,) or (1,): float64 numbers, int64 days since 1970, bool, or the numbers of words.
    null
        Where the value is unknown; `data` means nothing there, and is False in a boolean.
    words
        The texts that `data` counts, for the kind ``string``.
    """

    kind: Kind
    data: NDArray[Any]
    null: Mask
    words: NDArray[Any] = field(default_factory=word_array)

    @property
    def is_constant(self) -> bool:
        """Whether it is one value for all rows."""
        return len(self.data) == 1


def constant(kind: Kind, value: Any) -> Vector:
    """One known value for all rows."""
    known = np.zeros(1, dtype=bool)
    if kind == "string":
        return Vector(kind, np.zeros(1, dtype=np.int64), known, word_array(value))
    return Vector(kind, np.array([value]), known)


def logical(data: NDArray[Any], null: Mask) -> Vector:
    """A boolean vector, False where it is unknown."""
    data, null = np.broadcast_arrays(np.asarray(data, dtype=bool), null)
    return Vector("boolean", data & ~null, null)


def compare(operator: str, left: Vector, right: Vector) -> Vector:
    """Compare two vectors of one kind; texts by code points."""
    function = COMPARISONS[operator]
    if left.kind != "string":
        data = function(left.data, right.data)
    elif right.is_constant:
        data = _by_word(function, left.words, right.words[right.data])[left.data]
    elif left.is_constant:
        data = _by_word(function, left.words[left.data], right.words)[right.data]
    else:
        data = _by_word(function, left.words[left.data], right.words[right.data])
    return logical(data, left.null | right.null)


def one_of(value: Vector, members: Sequence[Vector]) -> Vector:
    """Whether a value equals any member; unknown if it equals none and one of them is null."""
    fixed = [member for member in members if member.is_constant and not member.null[0]]
    found = [compare("=", value, member) for member in members if member not in fixed]
    if fixed:
        found.append(_among(value, fixed))
    return any_of(found)


def _among(value: Vector, members: Sequence[Vector]) -> Vector:
    if value.kind == "string":
        wanted = {member.words[member.data[0]] for member in members}
        return word_mask(value, wanted.__contains__)
    wanted_data = np.concatenate([member.data for member in members])
    return logical(np.isin(value.data, wanted_data), value.null)


def word_mask(value: Vector, test: Callable[[str], bool]) -> Vector:
    """A test of texts, made once a word."""
    table = np.fromiter(map(test, value.words), dtype=bool, count=len(value.words))
    return logical(table[value.data], value.null)


def map_words(value: Vector, change: Callable[[str], str]) -> Vector:
    """A change of texts, made once a word."""
    return Vector("string", value.data, value.null, word_array(*map(change, value.words)))


def all_of(terms: Sequence[Vector]) -> Vector:
    """AND: false if any term is false, else unknown if any is unknown, else true."""
    data, null = terms[0].data, terms[0].null
    for term in terms[1:]:
        surely_false = (~data & ~null) | (~term.data & ~term.null)
        data = data & term.data
        null = ~data & ~surely_false
    return logical(data, null)


def any_of(terms: Sequence[Vector]) -> Vector:
    """OR: true if any term is true, else unknown if any is unknown, else false."""
    data, null = terms[0].data, terms[0].null
    for term in terms[1:]:
        data = data | term.data
        null = (null | term.null) & ~data
    return logical(data, null)


def negate(term: Vector) -> Vector:
    """NOT: unknown stays unknown."""
    return logical(~term.data, term.null)


def is_null(value: Vector) -> Vector:
    """Whether a value is unknown, which is always known."""
    return logical(value.null, np.zeros(1, dtype=bool))


def arithmetic(operator: str, left: Vector, right: Vector) -> Vector:
    """Compute with numbers; a result that is none, as of a division by zero, is null."""
    with np.errstate(all="ignore"):
        data = ARITHMETIC[operator](left.data, right.data)
    return Vector("number", data, left.null | right.null | ~np.isfinite(data))


def _by_word(
    function: Callable[..., Any], left: NDArray[Any], right: NDArray[Any]
) -> NDArray[np.bool_]:
    return np.asarray(function(left, right), dtype=bool)
