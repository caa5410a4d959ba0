"""From a file to accepted and quarantined reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from geo.errors import UsageError
from geo.reports.columns import choose_columns
from geo.reports.formats import open_source
from geo.reports.validate import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from geo.city import City

__all__ = ["read_reports"]


def read_reports(
    path: str | Path,
    *,
    city: City,
    crs: str | None = None,
    columns: Mapping[str, str] | None = None,
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read a file of reports and judge every row.

    Parameters
    ----------
    path
        A ``.csv``, ``.tsv``, ``.geojson``, ``.json``, ``.geojsonl``, ``.gpkg``, ``.parquet`` or
        ``.xlsx`` file. JSON may be GeoJSON or an answer of the KMZB service.
    city
        Gives the boundary, the catalogue, the time zone and the column names.
    crs
        CRS of the coordinates, as ``EPSG:2180``. Goes before what the file declares; columns of
        longitude and latitude are EPSG:4326, x and y without a word are in the city's
        `reports.crs`.
    columns
        Field to column name, for example ``{"category": "Typ"}``; goes before the names in
        `city.toml` and the usual ones (`geo.reports.columns.FIELDS`).
    now
        The present moment with its zone, by default the clock's.
    progress
        Called with a sentence at each step.

    Returns
    -------
    accepted : GeoDataFrame
        One row per accepted row of the file, in its order, in the city's metric CRS:
        `report_id, category, category_group, status, reported_at, event_at, part_of_day,
        weekdays, modified_at, geometry` (times UTC), then `seen_at` and `corrects` if the file
        has them. Repeated rows are all there: the store tells duplicates and versions apart.
    quarantined : DataFrame
        `row` (data row in the file, from 1), `reason` (a key of
        `geo.reports.validate.REASONS`), `detail` and `record` (JSON of the mapped columns).

    Raises
    ------
    ReportsError
        If the file cannot be read at all, or lacks a required column.
    CrsError
        If a CRS is missing, unknown or unfit.
    CityError
        If `city.toml` names a field that does not exist.
    UsageError
        If `columns` names a field that does not exist, or `now` has no zone.

    Notes
    -----
    Free text, attachments and addresses never enter: a column that no field claims is not kept.
    A row without an id gets one from its content, so equal rows are one report.
    """
    tell = progress or (lambda _: None)
    moment = now or datetime.now(UTC)
    if moment.tzinfo is None:
        msg = f"now is {moment}, without a time zone: give one"
        raise UsageError(msg)
    tell("opening the file")
    source = open_source(path)
    chosen = choose_columns(
        source, given=columns, of_city=city.settings.columns, crs_given=crs is not None
    )
    tell("reading")
    table = source.load(chosen.wanted)
    tell(f"checking {len(table.frame):,} rows")
    return validate(table, chosen, city=city, crs=crs, now=moment)
