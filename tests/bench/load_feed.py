"""Put a load on the feed while its release is switched, and write what came of it.

    python tests/bench/load_feed.py [--seconds 60] [--connections 200] [--output docs/benchmarks.md]

A demo of Łódź and what was known of it a month before: two releases with other numbers in the
same places. Every answer must be one that either of them gives, to the byte.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1]))  # beside other tests
sys.path.insert(0, str(Path(__file__).parents[2]))  # runs from a checkout, installed or not

from bench_page import provenance, replace_section
from feed_load import Load, Outcome
from feed_servers import rewir

from geo.city import City
from geo.demo import ensure_demo
from geo.pipeline import build_release
from geo.release.reader import open_release
from geo.settings import Settings
from geo.storage import Folder

WORKERS = 2
SWITCH_EVERY = 5.0
EARLIER = timedelta(days=31)
MIB_OF_NOISE = 16.0
PACKAGES = ("uvicorn", "uvloop", "httptools", "fastapi", "pyarrow")

AREAS = "/collections/area-periods/items"
CONDITION = "n_reports > 20 AND category_group = 'all'"
TARGETS = (
    "/?f=json",
    "/collections?f=json",
    "/collections/beats/items?limit=1000",
    f"{AREAS}?level=beat&period=2025H2&category_group=all&limit=50",
    f"{AREAS}?limit=20&offset=5000",
    f"{AREAS}?limit=10&sortby=-n_reports&filter={quote(CONDITION)}",
    f"{AREAS}?f=csv&level=dzielnica&category_group=all",
    "/collections/hotspot-cells/items?bbox=19.44,51.75,19.48,51.78&limit=30",
    "/collections/forecasts/items?category_group=traffic&limit=20",
)

log = logging.getLogger("bench")


def main() -> None:
    """Build two releases, serve them in turn, ask, write."""
    options = _options()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    with tempfile.TemporaryDirectory() as scratch:
        store = str(Path(scratch) / "store")
        releases = _releases(store)
        with rewir(store, workers=WORKERS) as server:
            log.info("Asking for %d seconds", options.seconds)
            outcome = Load(
                store=store,
                port=server.port,
                pid=server.pid,
                releases=releases,
                targets=TARGETS,
                connections=options.connections,
                seconds=options.seconds,
                switch_every=SWITCH_EVERY,
            ).run()
    text = _report(outcome, options)
    if options.output:
        replace_section(options.output, text, name="load", script="load_feed.py")
    sys.stdout.write(text)
    sys.exit(bool(outcome.faults) or outcome.growth_mib >= MIB_OF_NOISE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--output", type=Path, help="Markdown file; its load section is replaced")
    return parser.parse_args()


def _releases(store: str) -> tuple[str, str]:
    """The demo's release, and the one of a month before."""
    last = ensure_demo(Settings(store=store), log.info)
    folder = Folder.open(store)
    as_of = date.fromisoformat(open_release(folder, last, face="public").manifest["as_of"])
    return last, build_release(City.load(), folder, as_of=as_of - EARLIER)


def _report(outcome: Outcome, options: argparse.Namespace) -> str:
    answers = sum(outcome.answers.values())
    faults = sum(outcome.faults.values())
    start, end = outcome.memory[0][1], outcome.memory[-1][1]
    rows = [
        ("answers, of which 304", f"{answers:,}, {outcome.unchanged:,}", "–"),
        ("answers of the first and of the second release",
         " and ".join(f"{n:,}" for _, n in sorted(outcome.answers.items())), "both"),
        ("switches", f"{outcome.switches}", "–"),
        ("errors, and answers that mix two releases", f"{faults:,}", "0"),
        ("memory of the server, MiB, first and last", f"{start:.0f} and {end:.0f}", "–"),
        ("growth of its peak from the second to the last third, MiB",
         f"{outcome.growth_mib:.1f}", f"< {MIB_OF_NOISE:g}"),
    ]  # fmt: skip
    about = (
        f"{options.connections} connections ask {WORKERS} workers for {len(TARGETS)} things in "
        f"turn for {options.seconds} s, every other time only for what has changed, while the "
        f"release is switched every {SWITCH_EVERY:g} s. What each release answers was learnt "
        "before, and held against its files; every answer must be one of those, tag and bytes of "
        "one release. The clients run on the same cores."
    )
    command = (
        f"python tests/bench/load_feed.py --seconds {options.seconds} "
        f"--connections {options.connections}"
    )
    lines = [
        "## Load: releases switched while many ask",
        about,
        "| what | found | target |\n|---|--:|--:|\n"
        + "\n".join(f"| {name} | {found} | {target} |" for name, found, target in rows),
        *(f"- {count} × {words}" for words, count in outcome.faults.most_common(10)),
        provenance(PACKAGES, command=command),
    ]
    return "\n\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
