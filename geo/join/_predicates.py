"""On which side of an edge a point lies: the exact sign, at the price of a float product.

A floating-point filter answers almost always. Where its error bound cannot exclude a wrong
sign, the determinant is evaluated without any rounding. So the sign is the true one for every
double, and the same on every machine.

Edges run upwards: `(ax, ay)` is below `(bx, by)`, or left of it at the same height.

References
----------
Shewchuk, J. R. (1997). Adaptive precision floating-point arithmetic and fast robust geometric
predicates. Discrete & Computational Geometry 18, 305-363.

Dekker, T. J. (1971). A floating-point technique for extending the available precision.
Numerische Mathematik 18, 224-242.
"""

from __future__ import annotations

import numpy as np

from geo.join._compile import compiled

__all__ = ["LARGEST", "RELATIVE_ERROR", "SMALLEST", "UNDERFLOW", "orientation", "threshold"]

RELATIVE_ERROR = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
"""Shewchuk's bound of the error of `orientation`'s filter, relative to the sum of products."""

UNDERFLOW = 1e-290
"""Far above what products that underflow can lose, far below any determinant of a city."""

SMALLEST, LARGEST = 1e-120, 1e30
"""Magnitudes of an edge's coordinates, zero aside, for which `_exact_sign` is proven."""

_SCALE = 2.0**300
"""Lifts every product of coordinates out of the subnormal range; a power of two is exact."""

_SPLITTER = 2.0**27 + 1.0


@compiled
def orientation(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """1 if the point lies left of the edge from a to b, -1 if right of it, 0 if on its line."""
    left = (bx - ax) * (y - ay)
    right = (by - ay) * (x - ax)
    determinant = left - right
    bound = RELATIVE_ERROR * (abs(left) + abs(right)) + UNDERFLOW
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    if _is_exact(bx, ax) and _is_exact(y, ay) and _is_exact(by, ay) and _is_exact(x, ax):
        return _compare_products(bx - ax, y - ay, by - ay, x - ax)
    return _exact_sign(ax, ay, bx, by, x, y)


@compiled
def threshold(ax: float, ay: float, bx: float, by: float, x: float) -> float:
    """The lowest double at or above the height at which the edge crosses a vertical line.

    The edge must not be vertical, and `x` must lie within its extent. A point on the line is at
    or above the edge exactly when its y is at least this.
    """
    guess = ay + (by - ay) * ((x - ax) / (bx - ax))
    margin = 2.0**-48 * (abs(ay) + abs(by))
    low, high = max(ay, guess - margin), min(by, guess + margin)
    if not _at_or_above(ax, ay, bx, by, x, high):
        high = by
    if _at_or_above(ax, ay, bx, by, x, low):
        high, low = low, ay
        if _at_or_above(ax, ay, bx, by, x, low):
            return low
    while True:
        middle = low + 0.5 * (high - low)
        if middle <= low or middle >= high:
            return high
        if _at_or_above(ax, ay, bx, by, x, middle):
            high = middle
        else:
            low = middle


@compiled
def _at_or_above(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    side = orientation(ax, ay, bx, by, x, y)
    return side >= 0 if bx > ax else side <= 0


@compiled
def _is_exact(a: float, b: float) -> bool:
    """Whether `a - b` has no rounding error and its products cannot underflow."""
    difference, tail = _two_sum(a, -b)
    return tail == 0.0 and (difference == 0.0 or abs(difference) > 1e-130)


@compiled
def _compare_products(a: float, b: float, c: float, d: float) -> int:
    """The sign of `a * b - c * d`; rounding is monotone, so unequal heads decide."""
    head, tail = _two_product(a, b)
    other_head, other_tail = _two_product(c, d)
    if head == other_head:
        head, other_head = tail, other_tail
    return int(head > other_head) - int(head < other_head)


@compiled
def _exact_sign(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """The sign of the determinant as a sum of six exact products.

    `bx*y - bx*ay - ax*y - by*x + by*ax + ay*x`, kept as a non-overlapping expansion of at most
    twelve doubles. Its largest component that is not zero has the sign of the sum.
    """
    ax, ay, bx, by = ax * _SCALE, ay * _SCALE, bx * _SCALE, by * _SCALE
    x, y = x * _SCALE, y * _SCALE
    factors = ((bx, y), (-bx, ay), (-ax, y), (-by, x), (by, ax), (ay, x))
    expansion = np.zeros(12)
    length = 0
    for a, b in factors:
        head, tail = _two_product(a, b)
        length = _grow(expansion, length, tail)
        length = _grow(expansion, length, head)
    for k in range(length - 1, -1, -1):
        if expansion[k] != 0.0:
            return 1 if expansion[k] > 0.0 else -1
    return 0


@compiled
def _grow(expansion: np.ndarray, length: int, value: float) -> int:
    """Add one double to an expansion in place; its new length."""
    for k in range(length):
        value, expansion[k] = _two_sum(value, expansion[k])
    expansion[length] = value
    return length + 1


@compiled
def _two_sum(a: float, b: float) -> tuple[float, float]:
    """The rounded sum and its exact rounding error (Knuth)."""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    """The rounded product and its exact rounding error (Dekker)."""
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


@compiled
def _split(a: float) -> tuple[float, float]:
    """Two halves of at most 26 bits that add up to the number (Veltkamp)."""
    stretched = _SPLITTER * a
    high = stretched - (stretched - a)
    return high, a - high
