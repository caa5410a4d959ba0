"""wrk as the client of every server, and what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feed_servers import Server

SCRIPT = Path(__file__).with_name("wrk.lua")
CONNECTIONS = 4
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Measured:
    """One run of one case on one server.

    Attributes
    ----------
    rate
        Answers a second; where none came in time, as if one had at the end.
    p50, p99
        Milliseconds until half, and nearly all, of the answers were there.
    size
        Bytes of an answer, with its headers.
    cost
        Milliseconds of the server's processors for an answer.
    """

    rate: float
    p50: float
    p99: float
    size: float
    cost: float


def is_installed() -> bool:
    """Whether there is a wrk."""
    return shutil.which("wrk") is not None


def measure(
    server: Server,
    path: str,
    *,
    headers: Mapping[str, str],
    seconds: int,
    varied: Sequence[str] = (),
) -> Measured:
    """Ask one server for one thing as fast as it answers.

    Parameters
    ----------
    server
        Whom to ask.
    path
        What for; with `varied`, a template.
    headers
        What each request says.
    seconds
        For how long. What is not answered by then does not count.
    varied
        Seed and groups for the script that asks for another thing every time.

    Raises
    ------
    RuntimeError
        If an answer was an error.
    """
    # At a slow server an answer takes as long as all before it: that is no error.
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"--timeout={2 * seconds}s"]
    command += ["--latency", *(f"-H{name}: {value}" for name, value in headers.items())]
    if varied:
        command += ["-s", str(SCRIPT), server.url("/"), "--", varied[0], server.prefix + path]
        command.append(",".join(varied[1:]))
    else:
        command.append(server.url(path))
    before = server.seconds()
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = server.seconds() - before
    if wrong := re.findall(r"^.*(?:Socket errors|Non-2xx).*$", said, flags=re.MULTILINE):
        msg = f"{server.url(path)}: {'; '.join(wrong)}"
        raise RuntimeError(msg)
    answers = int(_one(r"(\d+) requests in", said))
    if not answers:
        return Measured(1 / seconds, 1e3 * seconds, 1e3 * seconds, 0.0, 1e3 * spent)
    return Measured(
        rate=float(_one(r"Requests/sec:\s+([\d.]+)", said)),
        p50=_milliseconds(_one(r"^ +50% +(\S+) *$", said)),
        p99=_milliseconds(_one(r"^ +99% +(\S+) *$", said)),
        size=_bytes(_one(r"requests in [^,]+, (\S+) read", said)) / answers,
        cost=1e3 * spent / answers,
    )


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, flags=re.MULTILINE)
    if found is None:
        msg = f"wrk does not say {pattern!r}:\n{text}"
        raise RuntimeError(msg)
    return found[1]


def _milliseconds(text: str) -> float:
    return float(text.rstrip("ums")) * _UNITS[text.lstrip("0123456789.")]


def _bytes(text: str) -> float:
    return float(text.rstrip("BKMGT")) * 1024 ** "BKMGT".index(text.lstrip("0123456789.")[0])
