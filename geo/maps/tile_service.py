"""A background from a tile service, where an operator wants one: named, credited, the only one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geo.errors import UsageError

if TYPE_CHECKING:
    from geo.settings import Settings

__all__ = ["TileService"]

LAST_ZOOM = 22
_PLACEHOLDERS = ["{x}", "{y}", "{z}"]
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_TAIL = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?{}-]*")
_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}
_DO = "give one like https://tiles.example.org/{z}/{x}/{y}.png"


@dataclass(frozen=True, slots=True)
class TileService:
    """Where the tiles under the map come from.

    Attributes
    ----------
    url
        Address with ``{z}``, ``{x}`` and ``{y}``.
    attribution
        Whom the reader owes them, as text.
    min_zoom, max_zoom
        The zooms that the service has; beyond the last its tiles are enlarged.
    """

    url: str
    attribution: str
    min_zoom: int
    max_zoom: int

    @classmethod
    def of(cls, settings: Settings) -> TileService | None:
        """The service that the operator has set; None, as by default, if there is none.

        Raises
        ------
        UsageError
            If the address is not https (or of this server or machine), has other placeholders
            than the three, or nobody is credited.
        """
        url, attribution = settings.tiles_url.strip(), settings.tiles_attribution.strip()
        if not url and not attribution:
            return None
        if not url or not attribution:
            there, missing = ("URL", "ATTRIBUTION") if url else ("ATTRIBUTION", "URL")
            msg = f"REWIR_TILES_{there} needs REWIR_TILES_{missing}: set both, or neither"
            raise UsageError(msg)
        _check_address(url)
        low, high = settings.tiles_min_zoom, settings.tiles_max_zoom
        if not 0 <= low <= high <= LAST_ZOOM:
            msg = (
                f"REWIR_TILES_MIN_ZOOM={low} and REWIR_TILES_MAX_ZOOM={high}: "
                f"give two zooms of 0–{LAST_ZOOM}, the lower one first"
            )
            raise UsageError(msg)
        return cls(url, attribution, low, high)

    @property
    def origin(self) -> str:
        """What the pages must be allowed to load from; empty for this server itself."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    def for_page(self) -> dict[str, Any]:
        """What the script of a page reads."""
        return {
            "url": self.url,
            "attribution": self.attribution,
            "min_zoom": self.min_zoom,
            "max_zoom": self.max_zoom,
        }


def _check_address(url: str) -> None:
    """Refuse what is no template, or what a browser would load from where nobody meant."""
    if sorted(re.findall(r"\{[^}]*\}?", url)) != _PLACEHOLDERS:
        msg = f"REWIR_TILES_URL={url!r} must hold {{z}}, {{x}} and {{y}}, once each: {_DO}"
        raise UsageError(msg)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = f"REWIR_TILES_URL={url!r} is no address ({error}): {_DO}"
        raise UsageError(msg) from error
    host = parts.hostname or ""
    own = not parts.scheme and not parts.netloc and not url.startswith("//")
    local = parts.scheme == "http" and host in _OWN_MACHINE
    if not (own or local or parts.scheme == "https"):
        msg = f"REWIR_TILES_URL={url!r} is neither https nor of this server: {_DO}"
        raise UsageError(msg)
    # The address becomes part of the policy of every page: nothing may end its word there.
    named = host == "::1" or _HOST.fullmatch(host)
    tail = url.removeprefix(f"{parts.scheme}://{parts.netloc}") if parts.netloc else url
    if not (own or named) or "@" in parts.netloc or port == 0 or not _TAIL.fullmatch(tail):
        msg = f"REWIR_TILES_URL={url!r} is no plain address: {_DO}"
        raise UsageError(msg)
