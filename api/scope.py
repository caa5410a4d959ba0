"""What the middlewares tell one another about a request: it lies in the scope's ``state``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = [
    "ASKING",
    "LIVE",
    "OPERATION",
    "PINNED",
    "PRIVATE",
    "WRITING",
    "is_pinned",
    "path_of",
    "told",
    "tree_of",
]

OPERATION = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes for whoever runs the server: of now, and of no face."""

LIVE = frozenset({"/releases"})
"""Routes whose answer depends on more than the release: it is made whenever somebody asks."""

WRITING = frozenset({"/reports"})
"""Routes that take something and give nothing to read."""

ASKING = frozenset({"/locate", "/locate/suggestions"})
"""Routes that take a question in the body, where no log and no history keeps it."""

PRIVATE = ASKING
"""Routes whose questions say where somebody is: neither they nor the answers are remembered."""

PINNED = "/releases/"
"""What the paths of answers begin with that come from the release they name."""


def told(scope: Scope) -> dict[str, Any]:
    """What is known of a request, for reading and for adding to.

    ``request_id`` names it, ``key`` is the `geo.keys.Key` it came with or None, ``face`` and
    ``release`` are what it is answered from, ``route`` is the template of its path. If the path
    names the release, ``pinned`` is its id, and ``written`` is when that release was.
    """
    state: dict[str, Any] = scope.setdefault("state", {})
    return state


def path_of(scope: Scope) -> str:
    """The path below the landing page."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_pinned(scope: Scope) -> bool:
    """Whether the path names the release that answers."""
    return path_of(scope).startswith(PINNED)


def tree_of(scope: Scope) -> str:
    """What paths of collections begin with: empty, or the path of the pinned release."""
    pinned = told(scope).get("pinned")
    return f"{PINNED}{quote(pinned)}" if pinned else ""
