"""The store of reports: immutable files that hold every version of every report ever seen.

New facts add files; nothing is overwritten. A file's name is the hash of its bytes and it is
written whole or not at all, so an import that breaks off leaves nothing behind, and two at once
at worst say the same thing twice.

A version is dated by `seen_at`: since when the report was known to be so. It is, in this order,
the row's own `seen_at`, the `seen_at` of the import, or the time of the version itself
(`modified_at`, and `reported_at` before any change). Where another version with the very same
time is stored already, only the order of arrival tells them apart, and it is the present moment.
A report that returns to an earlier state must carry a later `modified_at`, as those of the
national map do; without one the return looks like the earlier version said again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo.errors import StoreError, UsageError
from geo.periods import local_midnight
from geo.reports.content import frame_digest
from geo.reports.fields import first_status
from geo.reports.parts import Parts
from geo.reports.quarantine import STORED_COLUMNS, closings, new_rows, open_rows
from geo.reports.simulate import SIMULATED_PREFIX
from geo.reports.times import UTC_US
from geo.reports.validate import REPORT_COLUMNS
from geo.reports.versions import (
    KNOWN_COLUMNS,
    VERSION_COLUMNS,
    dated,
    decided_at,
    in_order,
    is_new,
    known_by,
    rows_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from geo.city import City
    from geo.storage import Folder

__all__ = ["IngestResult", "ReportStore"]


_CITY = "city"
"""The file that holds the id of the city whose reports a store has."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of the rows of a file; the four numbers always balance.

    Raises
    ------
    StoreError
        If they do not.
    """

    rows_in: int
    accepted: int
    duplicates: int
    quarantined: int

    def __post_init__(self) -> None:
        if self.rows_in != self.accepted + self.duplicates + self.quarantined:
            msg = f"rows were lost: {self}. This is a fault of Rewir; the store is unchanged"
            raise StoreError(msg)

    def __str__(self) -> str:
        return (
            f"{self.rows_in:,} rows in = {self.accepted:,} accepted "
            f"+ {self.duplicates:,} duplicates + {self.quarantined:,} quarantined"
        )


@dataclass(frozen=True)
class ReportStore:
    """The reports in a folder: ``reports/part-….parquet`` and ``quarantine/part-….parquet``."""

    folder: Folder

    def claim(self, city_id: str) -> None:
        """Bind the store to a city, as its first import does.

        Raises
        ------
        UsageError
            If it holds another city's reports.
        """
        if not self.folder.create(_CITY, f"{city_id}\n".encode()):
            self.require(city_id)

    def require(self, city_id: str) -> None:
        """Refuse a city whose reports the store does not hold; a store that is not bound has any.

        Raises
        ------
        UsageError
            If it holds another city's reports.
        """
        owner = self.folder.read(_CITY).decode().strip() if self.folder.exists(_CITY) else city_id
        if owner != city_id:
            msg = (
                f"the store {self.folder.root} holds reports of {owner!r}, not of {city_id!r}: "
                "name their city with --city, or another store with --store"
            )
            raise UsageError(msg, code="another-city")

    def ingest(
        self,
        accepted: gpd.GeoDataFrame,
        quarantined: pd.DataFrame,
        *,
        source: str,
        seen_at: datetime | None = None,
        now: datetime,
    ) -> IngestResult:
        """Add what is new in a file.

        A row is a duplicate if this version of its report is stored, or stands in the file,
        already: unless it was seen earlier than is known. Without rows nothing changes.

        Parameters
        ----------
        accepted, quarantined
            What `geo.read_reports` returned.
        source
            SHA-256 of the file.
        seen_at
            When the file was taken from its service, if its rows do not say.
        now
            The present moment.

        Raises
        ------
        StoreError
            If the store holds positions in another CRS, or cannot be read.
        UsageError
            If a moment has no time zone, or simulated reports would meet real ones.
        """
        for moment in (seen_at, now):
            if moment is not None and moment.tzinfo is None:
                msg = f"{moment} has no time zone: give one"
                raise UsageError(msg)
        rows = rows_of(accepted, source=source, seen_at=seen_at, now=now)
        known = self._reports().read(KNOWN_COLUMNS, crs=accepted.crs)
        known = _empty(KNOWN_COLUMNS) if known is None else known
        _refuse_mixture(rows["report_id"], known["report_id"])
        fresh = rows[is_new(rows, known)]
        result = IngestResult(
            rows_in=len(accepted) + len(quarantined),
            accepted=len(fresh),
            duplicates=len(accepted) - len(fresh),
            quarantined=len(quarantined),
        )
        self._reports().write(dated(fresh, known, now))
        self._record_quarantine(accepted, quarantined, source=source, now=now)
        return result

    def view(self, as_of: date | None, city: City) -> gpd.GeoDataFrame:
        """The reports as they are, or as they were known at the end of a local day.

        A report counts from the day it was filed. Its state is that of the last version seen
        by then; where all were seen later, the first of them, with the status of a new report,
        because what it was then is not known.

        Returns
        -------
        GeoDataFrame
            One row per report, sorted by `report_id`, in the city's metric CRS, with
            `REPORT_COLUMNS`, `seen_at` and `decided_at`, since when it was known to be verified
            (missing: it was not, or nobody knows when).

        Raises
        ------
        StoreError
            If the store belongs to another city (CRS or categories), or cannot be read.
        """
        versions = self._versions(city)
        if as_of is not None:
            end = local_midnight(as_of + timedelta(days=1), city.timezone)
            versions = known_by(versions, pd.Timestamp(end), first_status(city.catalogue))
        view = versions.drop_duplicates("report_id", keep="last").reset_index(drop=True)
        statuses = city.catalogue.statuses.values()
        view["decided_at"] = decided_at(
            versions, pending=[s.id for s in statuses if s.status_class == "pending"]
        )
        groups = {c.id: c.group for c in city.catalogue.categories.values()}
        view["category_group"] = view["category"].map(groups).astype("str")
        if unknown := sorted(set(view.loc[view["category_group"].isna(), "category"])):
            msg = (
                f"the store {self.folder.root} holds categories that the catalogue "
                f"{city.catalogue.id!r} has not: {', '.join(unknown[:5])}. Is it another city's?"
            )
            raise StoreError(msg)
        return view[[*REPORT_COLUMNS, "seen_at", "decided_at"]]

    def quarantined(self) -> pd.DataFrame:
        """The quarantined rows that wait for a correction.

        Returns
        -------
        DataFrame
            `record_id, row, reason, detail, record, source, recorded_at`, oldest first.
        """
        return open_rows(self._stored_quarantine())

    def is_empty(self) -> bool:
        """Whether no report was ever stored."""
        return not self._reports().names()

    @staticmethod
    def digest(view: gpd.GeoDataFrame) -> str:
        """The SHA-256 of a view: of what it says, whatever files it came in."""
        return frame_digest(view)

    def _reports(self) -> Parts:
        return Parts(self.folder, "reports")

    def _quarantine(self) -> Parts:
        return Parts(self.folder, "quarantine")

    def _record_quarantine(
        self, accepted: gpd.GeoDataFrame, quarantined: pd.DataFrame, *, source: str, now: datetime
    ) -> None:
        """Record the rows that are new in quarantine, and close those that are corrected."""
        stored = self._stored_quarantine()
        corrects = accepted["corrects"].dropna() if "corrects" in accepted else ()
        rows = new_rows(quarantined, source=source, now=now)
        closed = closings(
            stored,
            rows,
            report_ids=accepted["report_id"],
            corrects=set(corrects),
            source=source,
            now=now,
        )
        fresh = rows.loc[~rows["record_id"].isin(stored["record_id"]), list(STORED_COLUMNS)]
        self._quarantine().write(pd.concat([fresh, closed], ignore_index=True))

    def _stored_quarantine(self) -> pd.DataFrame:
        stored = self._quarantine().read(STORED_COLUMNS)
        return _empty(STORED_COLUMNS) if stored is None else stored

    def _versions(self, city: City) -> gpd.GeoDataFrame:
        frames = self._reports().read_geometry(crs=city.metric_crs)
        if not frames:
            return gpd.GeoDataFrame(_empty(VERSION_COLUMNS[:-1]), geometry=[], crs=city.metric_crs)
        return in_order(pd.concat(frames, ignore_index=True))


def _refuse_mixture(*report_ids: pd.Series) -> None:
    """Simulated and real reports never share a store: no map could tell them apart again."""
    kinds = {kind for ids in report_ids for kind in ids.str.startswith(SIMULATED_PREFIX).unique()}
    if len(kinds) > 1:
        msg = (
            "simulated and real reports cannot lie in one store: "
            "name another one for these with --store"
        )
        raise UsageError(msg, code="simulated-and-real")


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    """No rows, with the types that rows would have."""
    kinds = {name: UTC_US if name.endswith("_at") else "str" for name in columns}
    kinds |= {name: "int64" for name in columns if name == "row"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
