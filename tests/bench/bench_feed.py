"""Measure the feed beside other servers of the same features, and write a table of ratios.

    python tests/bench/bench_feed.py [--rounds 3] [--seconds 4] [--output docs/benchmarks.md]

One process of each server, one client, this machine only. Within a case the servers take turns,
so that a slow minute hits all of them.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))  # beside other tests
sys.path.insert(0, str(Path(__file__).parents[2]))  # runs from a checkout, installed or not

import feed_servers
from bench_page import LOAD, provenance, replace_section
from feed_client import CONNECTIONS, Measured, is_installed, measure

from geo.demo import ensure_demo
from geo.release.reader import Release, open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from feed_servers import Server

LONGEST_CASE = 8
PACKAGES = ("uvicorn", "uvloop", "httptools", "fastapi", "brotli", "pygeoapi")
BUSY = 1.0
OURS = "Rewir"
LAYERS = ("beats", "forecasts")

PAGE = "/collections/beats/items?f=json&limit=100"
WHOLE = "/collections/beats/items?f=json&limit=1000"
FILTERED = "/collections/forecasts/items?f=json&category_group=GROUP&limit=LIMIT&offset=OFFSET"
CQL2 = (
    "category_group = 'GROUP' AND forecast_n >= 0.0NUMBER "
    "AND S_INTERSECTS(geometry, BBOX(19.40, 51.70, 19.50, 51.80))"
)
BY_CQL2 = f"/collections/forecasts/items?f=json&limit=100&filter={quote(CQL2)}"

BROTLI = {"Accept-Encoding": "br"}
TABLE_HEAD = """\
| case | server | requests/s | p50 ms | p99 ms | KiB | processor ms | Rewir's rate is × |
|---|---|--:|--:|--:|--:|--:|--:|
"""

log = logging.getLogger("bench")


@dataclass
class Case:
    """One thing that is asked for.

    Attributes
    ----------
    label
        What it is.
    paths
        Server to the path there; who is not named cannot do it.
    headers
        What each request says.
    again
        Whether a client asks that has the answer already.
    varied
        Whether every request is another, so that no answer is kept.
    found
        Server to what was measured, round by round.
    """

    label: str
    paths: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    varied: bool = False
    found: dict[str, list[Measured]] = field(default_factory=dict)

    def rate(self, server: str) -> float:
        """Answers a second, by the median run."""
        return median(each.rate for each in self.found[server])

    def times(self, server: str, other: Case | None = None) -> float | None:
        """How many times another server's rate ours is: the median of the rounds' ratios."""
        found = (other or self).found
        if server not in found:
            return None
        pairs = zip(self.found[OURS], found[server], strict=True)
        return median(ours.rate / theirs.rate for ours, theirs in pairs)


def main() -> None:
    """Serve, ask, compare, write."""
    options = _options()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    if not is_installed():
        sys.exit("wrk is missing, so the feed cannot be measured: apt-get install wrk")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        store = options.store or str(folder / "store")
        if not options.store:
            ensure_demo(Settings(store=store), log.info)
        release = open_current(Folder.open(store), face="public")
        servers, left_out = _start(stack, folder, store, release)
        cases = _cases(servers)
        _same(servers)
        for number in range(options.rounds):
            _round(cases, servers, list(release.manifest["groups"]), number, options.seconds)
        memory = {name: server.memory() for name, server in servers.items()}
    text = _report(cases, memory, left_out, options)
    if options.output:
        replace_section(options.output, text, name="feed")
    sys.stdout.write(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, choices=range(1, LONGEST_CASE + 1))
    parser.add_argument("--store", help="a store to serve, in place of a new demo")
    parser.add_argument("--output", type=Path, help="Markdown file; its feed section is replaced")
    return parser.parse_args()


# What is measured ----------------------------------------------------------------------------


def _start(
    stack: ExitStack, folder: Path, store: str, release: Release
) -> tuple[dict[str, Server], dict[str, str]]:
    """The servers that can run here, and why the others cannot."""
    layers = {name: folder / f"{name}.geojson" for name in LAYERS}
    for name, target in layers.items():
        collection = release.collection(name)
        features = collection.features(collection.select().rows)
        target.write_bytes(
            b'{"type":"FeatureCollection","features":[' + b",\n".join(features) + b"]}"
        )
    makers: dict[str, Callable[[], AbstractContextManager[Server]]] = {
        "nginx": lambda: feed_servers.nginx(folder),
        "MapServer": lambda: feed_servers.mapserver(folder / "mapserver", layers),
        "pygeoapi": lambda: feed_servers.pygeoapi(folder / "pygeoapi", layers),
    }
    left_out = {name: feed_servers.missing(name) for name in makers}
    servers = {OURS: stack.enter_context(feed_servers.rewir(store))}
    for file, path in (("page", PAGE), ("whole", WHOLE)):
        (folder / f"{file}.json").write_bytes(_get(servers[OURS], path)[1])
        (folder / f"{file}.br").write_bytes(_get(servers[OURS], path, BROTLI)[1])
    for name, make in makers.items():
        if not left_out[name]:
            servers[name] = stack.enter_context(make())
    return servers, {name: why for name, why in left_out.items() if why}


def _cases(servers: Mapping[str, Server]) -> list[Case]:
    def on(path: str, *names: str, file: str = "") -> dict[str, str]:
        paths = dict.fromkeys(names, path) | ({"nginx": file} if file else {})
        return {name: path for name, path in paths.items() if name in servers}

    both = (OURS, "MapServer", "pygeoapi")
    return [
        Case("page of 100 beats", on(PAGE, *both, file="/page.json")),
        Case("all beats", on(WHOLE, *both, file="/whole.json")),
        Case("all beats, Brotli", on(WHOLE, OURS, file="/whole.br"), BROTLI),
        Case("filtered page, each another", on(FILTERED, OURS, "pygeoapi"), varied=True),
        Case("CQL2 in text and space, each another", on(BY_CQL2, OURS), varied=True),
        Case("304", on(WHOLE, OURS, file="/whole.json"), again=True),
    ]


def _same(servers: Mapping[str, Server]) -> None:
    """See that the servers answer the same: else their speeds say nothing.

    Raises
    ------
    RuntimeError
        If they do not.
    """
    filtered = FILTERED.replace("GROUP", "traffic").replace("LIMIT", "70").replace("OFFSET", "9")
    for path in (PAGE, WHOLE, filtered):
        wanted = _areas(servers[OURS], path)
        for name in {"MapServer", "pygeoapi"} & set(servers):
            if name == "MapServer" and path == filtered:
                continue
            if _areas(servers[name], path) != wanted:
                msg = f"{name} answers {path} with other features"
                raise RuntimeError(msg)


def _areas(server: Server, path: str) -> list[tuple[str, str]]:
    features = json.loads(_get(server, path)[1])["features"]
    return [(f["properties"]["area_id"], f["geometry"]["type"]) for f in features]


def _round(
    cases: Sequence[Case],
    servers: Mapping[str, Server],
    groups: Sequence[str],
    number: int,
    seconds: int,
) -> None:
    for case in cases:
        for name, path in case.paths.items():
            log.info("Round %d: %s, %s", number + 1, case.label, name)
            headers = dict(case.headers)
            if case.again:
                headers["If-None-Match"] = _get(servers[name], path)[0]
            varied = (str(number + 1), *groups) if case.varied else ()
            found = measure(servers[name], path, headers=headers, seconds=seconds, varied=varied)
            case.found.setdefault(name, []).append(found)


def _get(server: Server, path: str, headers: Mapping[str, str] | None = None) -> tuple[str, bytes]:
    """The tag and the bytes of an answer."""
    request = urllib.request.Request(server.url(path), headers=dict(headers or {}))  # noqa: S310  (our own servers)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  (our own servers)
        return answer.headers.get("ETag", ""), answer.read()


# What is told --------------------------------------------------------------------------------


def _report(
    cases: Sequence[Case],
    memory: Mapping[str, float],
    left_out: Mapping[str, str],
    options: argparse.Namespace,
) -> str:
    about = (
        "The same features from one process of each server: Rewir; pygeoapi with its GeoJSON "
        "provider, under uvicorn as Rewir is; MapServer as FastCGI behind nginx, on GeoPackages; "
        "nginx with the bytes of Rewir's answers as files. wrk asks over "
        f"{CONNECTIONS} connections for {options.seconds} s a case, on the same cores; servers "
        f"take turns, medians of {options.rounds} rounds; take the ratios, not the rates. "
        "Answers that are the same again are kept by Rewir; where each is another, all are made. "
        "KiB are those of an answer with its headers; processor ms are the server's for one "
        "answer. MapServer 8.0 has no filter by property here, neither peer has CQL2 on files, "
        "nor a 304."
    )
    held = ", ".join(f"{name} {mib:,.0f}" for name, mib in memory.items())
    lines = [
        "## Feed: beside other servers",
        about,
        TABLE_HEAD + "\n".join(line for case in cases for line in _lines(case)),
        f"Memory after all this, MiB: {held}.{_busy()}",
        *(f"Left out: {name} ({why})." for name, why in left_out.items()),
        "| promise | found | |\n|---|--:|---|\n" + "\n".join(_targets(cases)),
        f"For each second of processor time Rewir sends {_short(_of_processor(cases))} 304.",
        provenance(
            PACKAGES,
            command=f"python tests/bench/bench_feed.py --rounds {options.rounds} "
            f"--seconds {options.seconds}",
        ),
    ]
    return "\n\n".join(lines) + "\n"


def _lines(case: Case) -> list[str]:
    lines = []
    for name, found in case.found.items():
        p50, p99, size, cost = (
            median(getattr(each, what) for each in found) for what in ("p50", "p99", "size", "cost")
        )
        times = "" if name == OURS else f"{_short(case.times(name) or 0)}"
        shown = f"**{name}**" if name == OURS else name
        lines.append(
            f"| {case.label} | {shown} | {_short(case.rate(name))} | {_short(p50)} | {_short(p99)} "
            f"| {size / 1024:,.1f} | {cost:.3g} | {times} |"
        )
    return lines


def _targets(cases: Sequence[Case]) -> list[str]:
    """Each promise, and whether this run keeps it."""
    _, whole, brotli, filtered, _, unchanged = cases
    promises = [
        ("kept layer ≥ 0.4 × nginx, as it is", whole.times("nginx"), 0.4),
        ("kept layer ≥ 0.4 × nginx, in Brotli", brotli.times("nginx"), 0.4),
        ("kept layer ≥ 500 × pygeoapi, both as it is", whole.times("pygeoapi"), 500),
        (
            "kept layer in Brotli ≥ 500 × pygeoapi, which has none",
            brotli.times("pygeoapi", whole),
            500,
        ),
        ("filtered page ≥ 20 × pygeoapi", filtered.times("pygeoapi"), 20),
        ("304 ≥ 10 000/s", unchanged.rate(OURS), 10_000),
    ]
    return [
        f"| {words} | {'–' if found is None else _short(found)} | {_verdict(found, least)} |"
        for words, found, least in promises
    ]


def _of_processor(cases: Sequence[Case]) -> float:
    return 1e3 / median(each.cost for each in cases[-1].found[OURS])


def _busy() -> str:
    if LOAD < BUSY:
        return ""
    return (
        " The machine did other work at the same time: every rate and every time by the clock is "
        "worse than on an idle one, and processor time says more."
    )


def _verdict(found: float | None, least: float) -> str:
    if found is None:
        return "not measured"
    return "met" if found >= least else "**missed**"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
