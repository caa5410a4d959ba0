"""The making of answers: the same one once, not too many at a time, not for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Work"]

COME_AGAIN = {"Retry-After": "1"}

_T = TypeVar("_T")


class Work:
    """What is being made now.

    When a release is followed by another, everybody asks for the same things at once: the first
    who asks has it made, the others wait for that. A thread cannot be stopped, so what takes too
    long goes on and counts until it ends; only the waiting is given up.

    Parameters
    ----------
    most
        Things being made at the same time.
    seconds
        How long anybody waits.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def share(self, key: str, make: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """What `make` makes; made once for all who ask for this key meanwhile.

        Raises
        ------
        ApiError
            If too much is being made already, or it takes too long.
        """
        task: asyncio.Task[_T] | None = self._tasks.get(key)
        if task is None:
            if len(self._tasks) >= self._most:
                raise ApiError(code="busy", headers=COME_AGAIN)
            task = self._tasks[key] = asyncio.create_task(make())
            task.add_done_callback(lambda done: self._forget(key, done))
        await asyncio.wait({task}, timeout=self._seconds)
        if not task.done():
            raise ApiError(code="too-slow", seconds=self._seconds, headers=COME_AGAIN)
        return task.result()

    def _forget(self, key: str, task: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits for it any more
