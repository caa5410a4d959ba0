"""How many requests a client may send: a token bucket for each, in bounded memory.

A bucket holds `burst` tokens and gains `rate` a second; a request takes one. Buckets that are
full again are the same as none, so forgetting the ones unused longest lets nobody send more than
a burst too many.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_CLIENTS", "TokenBuckets"]

MOST_CLIENTS = 10_000


class TokenBuckets:
    """The buckets of all clients.

    Parameters
    ----------
    rate
        Tokens a second; 0 lets everything through.
    burst
        Tokens in a full bucket.
    clock
        Seconds that never run back.
    """

    def __init__(
        self, rate: int, burst: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = max(burst, 1)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str) -> list[tuple[bytes, bytes]]:
        """Take a token, and say in headers what is left; no header where there is no limit.

        Raises
        ------
        ApiError
            If the bucket is empty.
        """
        if not self._rate:
            return []
        left = self.look(client) - 1
        self._buckets[client] = (left, self._clock())
        self._buckets.move_to_end(client)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return self._headers(left)

    def look(self, client: str) -> float:
        """The tokens that a client has, without taking one.

        Raises
        ------
        ApiError
            If there is less than one.
        """
        if not self._rate:
            return math.inf
        left, at = self._buckets.get(client, (float(self._burst), self._clock()))
        left = min(self._burst, left + (self._clock() - at) * self._rate)
        if left < 1:
            seconds = math.ceil((1 - left) / self._rate)
            raise ApiError(code="too-many", seconds=seconds, headers={"Retry-After": str(seconds)})
        return left

    def _headers(self, left: float) -> list[tuple[bytes, bytes]]:
        full = math.ceil(self._burst / self._rate)
        again = math.ceil((self._burst - left) / self._rate)
        return [
            (b"ratelimit-policy", b'"client";q=%d;w=%d' % (self._burst, full)),
            (b"ratelimit", b'"client";r=%d;t=%d' % (left, again)),
        ]
