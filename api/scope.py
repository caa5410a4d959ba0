"""What the middlewares tell one another about a request: it lies in the scope's ``state``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = ["OPERATION", "path_of", "told"]

OPERATION = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes for whoever runs the server: of now, and of no face."""


def told(scope: Scope) -> dict[str, Any]:
    """What is known of a request, for reading and for adding to.

    ``request_id`` names it, ``key`` is the `geo.keys.Key` it came with or None, ``face`` and
    ``release`` are what it is answered from, ``route`` is the template of its path.
    """
    state: dict[str, Any] = scope.setdefault("state", {})
    return state


def path_of(scope: Scope) -> str:
    """The path below the landing page."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
