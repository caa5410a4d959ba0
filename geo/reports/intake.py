"""A file of reports taken into the store: what `rewir ingest` and ``POST /reports`` do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from geo.provenance import sha256_file
from geo.reports.readers import read_reports
from geo.reports.validate import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from geo.city import City
    from geo.reports.store import IngestResult, ReportStore

__all__ = ["Intake", "take_in"]


@dataclass(frozen=True)
class Intake:
    """What became of a file.

    Attributes
    ----------
    source
        SHA-256 of the file.
    result
        How many rows were accepted, known already, quarantined.
    quarantined
        The refused rows: `row, reason, detail, record`.
    """

    source: str
    result: IngestResult
    quarantined: pd.DataFrame

    def reasons(self) -> list[dict[str, str | int]]:
        """For each reason its rows, what it means, and one row as an example; most rows first."""
        told: list[dict[str, str | int]] = []
        for reason, count in self.quarantined["reason"].value_counts().items():
            example = self.quarantined.loc[self.quarantined["reason"] == reason].iloc[0]
            told.append(
                {
                    "reason": str(reason),
                    "rows": int(count),
                    "meaning": REASONS[str(reason)],
                    "example_row": int(example["row"]),
                    "example": str(example["detail"]),
                }
            )
        return told


def take_in(
    path: Path,
    *,
    city: City,
    store: ReportStore,
    crs: str | None = None,
    columns: Mapping[str, str] | None = None,
    seen_at: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> Intake:
    """Read a file, judge every row, and store what is new.

    Parameters
    ----------
    path, city, crs, columns, progress
        As `geo.read_reports` takes them.
    store
        Where the reports go; its first rows bind it to the city.
    seen_at
        When the file was taken from its service, with its zone, if its rows do not say.

    Raises
    ------
    ReportsError
        If the file cannot be read at all, or lacks a required column.
    CrsError
        If a CRS is missing, unknown or unfit.
    CityError
        If `city.toml` names a field that does not exist.
    UsageError
        If the store is another city's, or simulated reports would meet real ones.
    StoreError
        If the store cannot be read or written.
    """
    tell = progress or (lambda _: None)
    now = datetime.now(UTC)
    store.require(city.id)
    accepted, quarantined = read_reports(
        path, city=city, crs=crs, columns=columns, now=now, progress=progress
    )
    tell("storing")
    if len(accepted) or len(quarantined):
        store.claim(city.id)
    source = sha256_file(path)
    result = store.ingest(accepted, quarantined, source=source, seen_at=seen_at, now=now)
    return Intake(source, result, quarantined)
