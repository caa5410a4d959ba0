"""One way to compile a kernel: without the interpreter lock, and cached on disk if possible."""

from __future__ import annotations

from typing import Any

from numba import njit

__all__ = ["compiled"]


def compiled(function: Any) -> Any:
    """Compile a function with numba when it is first called.

    The machine code is kept beside the source, else in the user's cache folder. Where neither
    can be written, it is compiled anew in each process: slower to start, same answers.

    Notes
    -----
    Fast-math stays off: the predicates rely on every operation being rounded once, as IEEE 754
    says, and in the order in which it is written.

    numba renews a cached kernel when its own file changes, not when a kernel it calls does.
    After such an edit delete `geo/join/__pycache__`; an installed package is written whole.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba's word for "no folder to keep a cache in"
        return njit(nogil=True)(function)
