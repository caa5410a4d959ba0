"""Settings of the program, from the environment, read when they are asked for.

Every variable starts with ``REWIR_``; one that is not known is an error, so that a typing
mistake cannot pass for a setting. Options of the command line go before the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

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
    max_file_rows
        Features that a file holds which is asked for without a `limit`.
    faces
        ``both``, or ``public``: no key opens the internal face then.
    workers
        Processes that serve.
    log
        ``off`` (only what went wrong), ``text`` or ``json``: a line for each request, on
        standard error.
    trusted_proxy
        Addresses of proxies, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto
        count; empty if there are none.
    rate_limit, rate_burst
        Requests a second that one client may send on and on, and at once; a `rate_limit` of 0
        is none.
    max_upload_mb
        The largest body of a request, in MiB.
    max_concurrent
        Answers that are being made at the same time.
    request_timeout
        Seconds until an answer that is not ready is given up.
    publisher
        Who publishes the data, as the catalogue record says it.
    contact
        Whom to ask about them: an e-mail address, or the address of a page.
    contacts
        File of the offices that serve the areas; empty if there is none.
    tiles_url, tiles_attribution
        A tile service to draw under the maps, with ``{z}``, ``{x}`` and ``{y}``, and whom the
        reader owes it; without them the maps draw their own streets and call nobody.
    tiles_min_zoom, tiles_max_zoom
        The zooms that the tile service has.
    """

    store: str = "store"
    city: str = "lodz"
    host: str = "127.0.0.1"
    port: int = 8000
    max_limit: int = 10_000
    max_file_rows: int = 100_000
    faces: Literal["both", "public"] = "both"
    workers: int = 1
    log: Literal["off", "text", "json"] = "off"
    trusted_proxy: str = ""
    rate_limit: int = 100
    rate_burst: int = 500
    max_upload_mb: int = 32
    max_concurrent: int = 256
    request_timeout: int = 30
    publisher: str = ""
    contact: str = ""
    contacts: str = ""
    tiles_url: str = ""
    tiles_attribution: str = ""
    tiles_min_zoom: int = 0
    tiles_max_zoom: int = 19

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings of this process.

        Raises
        ------
        UsageError
            If a ``REWIR_`` variable is not known, or its value is none of those it can have.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in (os.environ if environment is None else environment).items()
            if name.startswith(PREFIX)
        }
        known = get_type_hints(cls)
        if unknown := sorted(set(given) - set(known)):
            names = ", ".join(PREFIX + name.upper() for name in unknown)
            allowed = ", ".join(PREFIX + name.upper() for name in known)
            msg = f"unknown setting {names}: take one of {allowed}"
            raise UsageError(msg)
        values: dict[str, Any] = {n: _parse(n, v, known[n]) for n, v in given.items()}
        return cls(**values)


def _parse(name: str, value: str, kind: Any) -> str | int:
    choices = get_args(kind)
    if choices and value not in choices:
        msg = f"{PREFIX}{name.upper()}={value!r}: take one of {', '.join(choices)}"
        raise UsageError(msg)
    if kind is not int:
        return value
    if not value.isdecimal():
        msg = f"{PREFIX}{name.upper()}={value!r} is not a whole number"
        raise UsageError(msg)
    return int(value)
