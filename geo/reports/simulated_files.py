"""Simulated reports as files: the reports like any user's file, the truth beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geo.crs import EXCHANGE_CRS
from geo.errors import UsageError
from geo.reports.simulate import to_file_columns

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from geo.city import City

__all__ = ["SUFFIXES", "truth_path", "write_simulated"]

SUFFIXES = (".csv", ".geojson", ".parquet")


def truth_path(path: Path) -> Path:
    """Where the truth of a file of simulated reports is written: ``<stem>.truth.geojson``."""
    return path.with_name(f"{path.stem}.truth.geojson")


def write_simulated(
    path: Path, reports: gpd.GeoDataFrame, truth: gpd.GeoDataFrame, *, city: City
) -> Path:
    """Write reports (EPSG:4326) and, beside them, what was planted.

    Parameters
    ----------
    path
        The file of reports; its suffix says how: ``.csv``, ``.geojson`` or ``.parquet``.
    reports, truth
        What `geo.simulate_reports` returned.
    city
        The city that they were simulated for.

    Returns
    -------
    Path
        The file of the truth.

    Raises
    ------
    UsageError
        If the suffix is none of these.
    """
    if path.suffix not in SUFFIXES:
        msg = f"cannot write reports to {path.name}: end the name in {', '.join(SUFFIXES)}"
        raise UsageError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = to_file_columns(reports, city)
    if path.suffix == ".csv":
        pd.DataFrame(table.drop(columns="geometry")).to_csv(path, index=False)
    elif path.suffix == ".geojson":
        path.write_text(table.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    else:
        table.to_parquet(path)
    planted = truth.to_crs(EXCHANGE_CRS).to_json(drop_id=True, ensure_ascii=False)
    truth_path(path).write_text(planted + "\n", encoding="utf-8")
    return truth_path(path)
