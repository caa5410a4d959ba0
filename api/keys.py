"""The key that a request came with: found, fresh, and for the purpose."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from api.errors import ApiError
from geo.keys import id_of

if TYPE_CHECKING:
    from geo.keys import Key, KeyRing

__all__ = ["KeyWatch", "require_scope", "unauthorised"]

_REFUSED = {"revoked": "revoked-key", "expired": "expired-key"}


class KeyWatch:
    """The keys used last, each read anew when it is some seconds old.

    Parameters
    ----------
    ring
        The keys of the store.
    every
        Seconds after which a key is read again: a revoked one is refused from then on.
    most
        Keys to remember, known and unknown ones.
    """

    def __init__(self, ring: KeyRing, *, every: float = 2.0, most: int = 1024) -> None:
        self._ring = ring
        self._every = every
        self._most = most
        self._held: OrderedDict[str, tuple[float, Key | None]] = OrderedDict()

    async def find(self, token: str) -> Key:
        """The key of a token.

        Raises
        ------
        ApiError
            If there is none, or it is expired or revoked.
        StoreError
            If the store cannot be read.
        """
        key_id = id_of(token)
        key = None if key_id is None else await self._get(key_id)
        if key is None or not key.opens(token):
            raise unauthorised(code="bad-key")
        state = key.state(datetime.now(UTC))
        if state != "active":
            raise unauthorised(code=_REFUSED[state])
        return key

    async def _get(self, key_id: str) -> Key | None:
        read, key = self._held.get(key_id, (float("-inf"), None))
        if time.monotonic() - read >= self._every:
            read, key = time.monotonic(), await run_in_threadpool(self._ring.get, key_id)
        self._held[key_id] = (read, key)
        self._held.move_to_end(key_id)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return key


def require_scope(key: Key | None, scope: str) -> None:
    """Refuse a key that is not for this.

    Raises
    ------
    ApiError
        If there is no key, or it lacks the scope.
    """
    if key is None:
        raise unauthorised(code="no-key", scope=scope)
    if scope not in key.scopes:
        challenge = f'Bearer realm="rewir", error="insufficient_scope", scope="{scope}"'
        raise ApiError(
            code="missing-scope",
            scope=scope,
            show=("scope",),
            headers={"WWW-Authenticate": challenge},
        )


def unauthorised(*, code: str, scope: str = "") -> ApiError:
    """The refusal of a request whose key is missing or not valid, with what to send instead."""
    challenge = 'Bearer realm="rewir"'
    if code != "no-key":
        challenge += ', error="invalid_token"'
    return ApiError(code=code, scope=scope, headers={"WWW-Authenticate": challenge})
