"""Every error that Rewir raises on purpose, in one tree.

::

    RewirError                  code, message for the user, exit status
    ├── UsageError              the call is wrong: option, argument, parameter      exit 2
    ├── InputError              the data given are wrong: file, row, geometry       exit 1
    │   ├── CityError           a city folder, its city.toml or a boundary file
    │   ├── CrsError            a coordinate system is missing, unknown or unfit
    │   └── ReportsError        a file of reports that cannot be read at all
    ├── NotFoundError           no such city, store, release, collection, feature   exit 1
    └── StoreError              the store is damaged, or two writers met            exit 1

A message says what is wrong, which value, and what to do. It never holds a traceback,
and it never holds a secret. `api.errors` maps the tree to HTTP in one table.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "CityError",
    "CrsError",
    "InputError",
    "NotFoundError",
    "ReportsError",
    "RewirError",
    "StoreError",
    "UsageError",
]


class RewirError(Exception):
    """Base of all errors that are meant for the user.

    Parameters
    ----------
    message
        What is wrong, which value, and what to do.
    code
        A stable word for programs; the class's own code if not given.
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = code or self.code


class UsageError(RewirError):
    """The call is wrong: an option, an argument, a parameter."""

    code = "usage"
    exit_status = 2


class InputError(RewirError):
    """The data given are wrong: a file, a row, a geometry."""

    code = "input"


class CityError(InputError):
    """A city folder, its `city.toml` or one of its boundary files is wrong."""

    code = "city"


class CrsError(InputError):
    """A coordinate system is missing, unknown or unfit for the purpose."""

    code = "crs"


class ReportsError(InputError):
    """A file of reports cannot be read at all."""

    code = "reports"


class NotFoundError(RewirError):
    """There is no such city, store, release, collection or feature."""

    code = "not-found"


class StoreError(RewirError):
    """The store is damaged, or two writers met."""

    code = "store"
