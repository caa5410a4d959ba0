"""Settings of the program, from the environment, read when they are asked for.

Every variable starts with ``REWIR_``; one that is not known is an error, so that a typing
mistake cannot pass for a setting. Options of the command line go before the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from geo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings"]

PREFIX = "REWIR_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set, with its default.

    Attributes
    ----------
    store
        Folder or fsspec URL of the store.
    city
        A bundled city's name, or the path of a city folder.
    host, port
        Where the server listens.
    max_limit
        The largest page of features that a client may ask for.
    """

    store: str = "store"
    city: str = "lodz"
    host: str = "127.0.0.1"
    port: int = 8000
    max_limit: int = 10_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings of this process.

        Raises
        ------
        UsageError
            If a ``REWIR_`` variable is not known, or a number is none.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in (os.environ if environment is None else environment).items()
            if name.startswith(PREFIX)
        }
        known = {field.name: field.type for field in fields(cls)}
        if unknown := sorted(set(given) - set(known)):
            names = ", ".join(PREFIX + name.upper() for name in unknown)
            allowed = ", ".join(PREFIX + name.upper() for name in known)
            msg = f"unknown setting {names}: take one of {allowed}"
            raise UsageError(msg)
        values: dict[str, Any] = {n: _parse(n, v, str(known[n])) for n, v in given.items()}
        return cls(**values)


def _parse(name: str, value: str, kind: str) -> str | int:
    if kind != "int":
        return value
    if not value.isdecimal():
        msg = f"{PREFIX}{name.upper()}={value!r} is not a whole number"
        raise UsageError(msg)
    return int(value)
