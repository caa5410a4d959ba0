"""Many clients at once, and releases that follow one another while they ask.

What each release answers is learnt while nothing switches, and compared with the release's own
files. Under load every answer must then be one of those, tag and body of the same release: an
answer that mixes two is seen whatever it mixes.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from own_server import PATIENCE
from processes import resident_mib

from geo.release.reader import open_release
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.release.reader import Collection

Answers = dict[tuple[str, str], str]
"""Target and ETag to the digest of the body that goes with it."""

SAMPLED = 0.25
"""Seconds between two looks at the server's memory."""

QUIET = 40
"""So many answers of one release in a row, each over a new connection: no worker has another."""


@dataclass
class Outcome:
    """What came of a load.

    Attributes
    ----------
    answers
        Release id to the number of its answers, 304 among them.
    unchanged
        How many were 304.
    faults
        What was wrong, in words, with how often.
    switches
        How often the release was switched.
    memory
        Seconds since the start and MiB of the server.
    """

    answers: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    switches: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)

    @property
    def growth_mib(self) -> float:
        """How much more memory the last third of the time took than the second one, at most."""
        end = self.memory[-1][0]
        middle = max(mib for at, mib in self.memory if end / 3 <= at < 2 * end / 3)
        last = max(mib for at, mib in self.memory if at >= 2 * end / 3)
        return last - middle


@dataclass(frozen=True)
class Load:
    """A load to put on a server.

    Attributes
    ----------
    store
        Address of the store; its `current` is switched.
    port
        Where the server listens on this machine.
    pid
        The server's process, whose memory is watched with that of its children.
    releases
        Ids of the releases to switch between.
    targets
        What is asked for; those of features are compared with the files too.
    connections, seconds, switch_every
        How many ask, for how long, and how often the release changes.
    """

    store: str
    port: int
    pid: int
    releases: Sequence[str]
    targets: Sequence[str]
    connections: int
    seconds: float
    switch_every: float

    def run(self) -> Outcome:
        """Learn what is right, ask, and judge every answer."""
        return asyncio.run(self._run())

    async def _run(self) -> Outcome:
        known: dict[str, Answers] = {}
        for release in self.releases:
            known[release] = await self._learn(release)
        outcome = Outcome()
        end = time.monotonic() + self.seconds
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._switch(end, outcome))
            tasks.create_task(self._watch(end, outcome))
            for number in range(self.connections):
                tasks.create_task(self._ask_on(number, end, known, outcome))
        return outcome

    # What is right ---------------------------------------------------------------------------

    async def _learn(self, release: str) -> Answers:
        """What every target answers while this release is the current one."""
        self._make_current(release)
        await self._settled(release)
        answers: Answers = {}
        reader = open_release(Folder.open(self.store), release, face="public")
        for target in self.targets:
            async with _Connection(self.port) as connection:
                status, headers, body = await connection.ask(target)
            assert status == 200, (target, status, body[:300])
            if headers["content-type"].startswith("application/geo+json"):
                _compare(json.loads(body), reader.collection(target.split("/")[2]))
            answers[target, headers["etag"]] = digest(body)
        return answers

    async def _settled(self, release: str) -> None:
        """Wait until every worker answers from this release."""
        deadline, in_a_row = time.monotonic() + PATIENCE, 0
        while in_a_row < QUIET:
            assert time.monotonic() < deadline, f"the server does not follow to {release}"
            async with _Connection(self.port) as connection:
                _, _, body = await connection.ask("/?f=json")
            in_a_row = in_a_row + 1 if json.loads(body)["release"] == release else 0
            await asyncio.sleep(0 if in_a_row else 0.1)

    # What is done meanwhile ------------------------------------------------------------------

    def _make_current(self, release: str) -> None:
        Folder.open(self.store).replace("current", f"{release}\n".encode())

    async def _switch(self, end: float, outcome: Outcome) -> None:
        for release in itertools.cycle(self.releases):
            self._make_current(release)
            outcome.switches += 1
            left = end - time.monotonic()
            if left <= self.switch_every:
                await asyncio.sleep(max(left, 0))
                return
            await asyncio.sleep(self.switch_every)

    async def _watch(self, end: float, outcome: Outcome) -> None:
        start = time.monotonic()
        while (now := time.monotonic()) < end:
            outcome.memory.append((now - start, resident_mib(self.pid)))
            await asyncio.sleep(SAMPLED)

    async def _ask_on(
        self, number: int, end: float, known: Mapping[str, Answers], outcome: Outcome
    ) -> None:
        """Ask for one target after the other; every other time for what has changed only."""
        held: dict[str, str] = {}
        async with _Connection(self.port) as connection:
            for turn in itertools.count(number):
                if time.monotonic() >= end:
                    return
                target = self.targets[turn % len(self.targets)]
                tag = held.get(target, "") if (turn // len(self.targets)) % 2 else ""
                try:
                    answer = await connection.ask(target, tag)
                except (OSError, EOFError, ValueError) as error:
                    outcome.faults[f"{target}: {type(error).__name__} {error}"] += 1
                    await connection.open()
                    continue
                held[target] = answer[1].get("etag", "")
                judge(target, tag, answer, known, outcome)


def _compare(answer: Mapping[str, Any], collection: Collection) -> None:
    """Hold the features of an answer against the files of the release."""
    for feature in answer.get("features", [answer]):
        row = collection.row_of(feature["id"])
        assert row is not None, feature["id"]
        own = json.loads(collection.features([row])[0])
        assert feature["properties"] == own["properties"], feature["id"]
        assert feature["geometry"] == own["geometry"], feature["id"]


def judge(
    target: str,
    tag: str,
    answer: tuple[int, dict[str, str], bytes],
    known: Mapping[str, Answers],
    outcome: Outcome,
) -> None:
    """Count an answer for its release, or as a fault."""
    status, headers, body = answer
    etag = headers.get("etag", "")
    releases = [name for name, answers in known.items() if (target, etag) in answers]
    if status not in {200, 304}:
        outcome.faults[f"{target}: {status}"] += 1
    elif len(releases) != 1:
        outcome.faults[f"{target}: a tag of {len(releases)} releases"] += 1
    elif status == 304 and (etag != tag or body):
        outcome.faults[f"{target}: 304 for another tag, or with a body"] += 1
    elif status == 200 and known[releases[0]][target, etag] != digest(body):
        outcome.faults[f"{target}: tag of {releases[0]}, body of none or of another"] += 1
    else:
        outcome.answers[releases[0]] += 1
        outcome.unchanged += status == 304


def digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


class _Connection:
    """One connection that is kept, with requests one after the other."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, target: str, tag: str = "") -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; a body cut short is an error."""
        condition = f"If-None-Match: {tag}\r\n" if tag else ""
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{condition}\r\n"
        self._writer.write(request.encode())
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            status = int(first.split()[1])
            size = 0 if status == 304 else int(headers["content-length"])
            return status, headers, await self._reader.readexactly(size)
