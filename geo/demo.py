"""The demo: three simulated years of a city, taken in and built like any user's reports."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from geo.city import City
from geo.errors import StoreError
from geo.periods import local_midnight
from geo.pipeline import build_release
from geo.provenance import sha256_file
from geo.reports.readers import read_reports
from geo.reports.simulate import DEMO_LAST_DAY, simulate_reports
from geo.reports.simulated_files import truth_path, write_simulated
from geo.reports.store import ReportStore
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.settings import Settings

__all__ = ["ensure_demo"]

STORE_NAMES = frozenset({"city", "current", "demo", "plans", "quarantine", "releases", "reports"})
"""What may lie in a store."""

DAYS = 1096
"""From the first day of the half-year 2023H2 to the last of 2026H1."""

SEED = 1


def ensure_demo(settings: Settings, progress: Callable[[str], None]) -> str:
    """Build a release where a store has none; fill an empty store with simulated reports first.

    Parameters
    ----------
    settings
        Which store and which city.
    progress
        Called with a line before each long step.

    Returns
    -------
    str
        The id of the release.

    Raises
    ------
    RewirError
        If the city or the store cannot be used.
    StoreError
        If the folder is somebody's own, and no store.
    """
    city = City.load(settings.city)
    folder = Folder.open(settings.store)
    if ReportStore(folder).is_empty():
        _refuse_foreign(folder)
        progress(f"Simulating {DAYS} days of reports for {city.name} (seed {SEED})")
        _fill(folder, city)
    return build_release(city, folder, progress=progress)


def _refuse_foreign(folder: Folder) -> None:
    """The demo is never mixed into a folder of somebody's own files."""
    if foreign := sorted(set(folder.names()) - STORE_NAMES):
        msg = (
            f"{folder.root} is no store (it holds {', '.join(foreign[:3])}): "
            "name an empty or a new folder with --store"
        )
        raise StoreError(msg)


def _fill(folder: Folder, city: City) -> None:
    """Simulate to a file and read that file back: the way every report comes in."""
    reports, truth = simulate_reports(city, days=DAYS, seed=SEED)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "demo.csv"
        write_simulated(path, reports, truth, city=city)
        # A clock that is slow must not push the last reports into the future.
        now = max(
            datetime.now(UTC), local_midnight(DEMO_LAST_DAY + timedelta(days=1), city.timezone)
        )
        accepted, quarantined = read_reports(path, city=city, now=now)
        store = ReportStore(folder)
        store.claim(city.id)
        store.ingest(accepted, quarantined, source=sha256_file(path), now=now)
        folder.create("demo/truth.geojson", truth_path(path).read_bytes())
