"""A line for each request and for what goes wrong, as text or JSON, on standard error.

A line has no query, no header and no body, so no secret and no address that somebody looked up;
of the client's address it has only the network.
"""

from __future__ import annotations

import ipaddress
import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from api.observe import REQUEST_ID

if TYPE_CHECKING:
    from api.observe import Exchange

__all__ = ["configure_logs", "log_access", "network_of"]

LONGEST_PATH = 500

_access = logging.getLogger("rewir.access")
_OURS = ("api", "geo", "rewir")


def configure_logs(kind: str) -> None:
    """Send what is logged to standard error.

    Parameters
    ----------
    kind
        ``text`` or ``json``; ``off`` leaves logging as it is.
    """
    if kind == "off":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if kind == "json" else _Text())
    logging.getLogger().handlers = [handler]
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def log_access(exchange: Exchange) -> None:
    """Write the line of a request."""
    fields = {
        "method": exchange.method,
        "path": exchange.path[:LONGEST_PATH],
        "route": exchange.route,
        "status": exchange.status,
        "ms": round(exchange.seconds * 1000, 2),
        "bytes": exchange.size,
        "key": exchange.key or None,
        "network": network_of(exchange.client),
    }
    _access.info("request", extra={"fields": fields})


@lru_cache(maxsize=1024)
def network_of(client: str) -> str | None:
    """The network of an address: what tells an attack from a crowd, but not one person."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return None
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get() or None,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class _Text(logging.Formatter):
    """Words for people; line breaks from outside are shown, not obeyed."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        words = [at, record.levelname.lower(), REQUEST_ID.get() or "-"]
        if fields is None:
            words += [record.name, super().format(record)]
        else:
            words += [f"{name}={value!r}" for name, value in fields.items() if value is not None]
        return " ".join(words)
