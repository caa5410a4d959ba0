"""The immutable files of a store: a part is named by the hash of its bytes."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS

from geo.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geo.storage import Folder

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one kind: ``<kind>/part-<sha256>.parquet``."""

    folder: Folder
    kind: str

    def names(self) -> list[str]:
        """Paths of the parts within the store, sorted."""
        names = self.folder.names(self.kind)
        parts = (n for n in names if n.startswith("part-") and n.endswith(".parquet"))
        return [f"{self.kind}/{name}" for name in parts]

    def write(self, frame: pd.DataFrame) -> None:
        """Add a part, whole or not at all; no rows, no part."""
        if len(frame) == 0:
            return
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, compression="zstd")
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        self.folder.create(f"{self.kind}/part-{digest}.parquet", buffer.getvalue())

    def read(self, columns: Sequence[str], *, crs: Any = None) -> pd.DataFrame | None:
        """Some columns of all parts, without geometry; None if there are no parts.

        Parameters
        ----------
        crs
            What the geometry of every part must be in, if it has one.

        Raises
        ------
        StoreError
            If a part is damaged or in another CRS.
        """
        tables = []
        for name in self.names():
            try:
                file = pq.ParquetFile(pa.BufferReader(self.folder.read(name)))
                tables.append(file.read(columns=list(columns)).replace_schema_metadata())
                metadata = file.schema_arrow.metadata or {}
            except (pa.ArrowException, OSError) as error:
                raise StoreError(_damaged(name, error)) from error
            if crs is not None:
                stored = json.loads(metadata[b"geo"])["columns"]["geometry"]["crs"]
                _require_crs(CRS.from_json_dict(stored), crs, name)
        # Versions of the libraries differ in how they name a type of text.
        joined = pa.concat_tables(tables, promote_options="permissive") if tables else None
        return None if joined is None else joined.to_pandas()

    def read_geometry(self, *, crs: Any) -> list[gpd.GeoDataFrame]:
        """Every part as a frame.

        Raises
        ------
        StoreError
            If a part is damaged or in another CRS.
        """
        frames = []
        for name in self.names():
            try:
                frames.append(gpd.read_parquet(io.BytesIO(self.folder.read(name))))
            except (pa.ArrowException, OSError, ValueError) as error:
                raise StoreError(_damaged(name, error)) from error
            _require_crs(frames[-1].crs, crs, name)
        return frames


def _require_crs(stored: Any, wanted: Any, name: str) -> None:
    if CRS(stored) != CRS(wanted):
        msg = (
            f"the store holds positions in {CRS(stored).to_string()} ({name}) and the city "
            f"computes in {CRS(wanted).to_string()}: keep a store of its own for each city"
        )
        raise StoreError(msg)


def _damaged(name: str, error: Exception) -> str:
    return (
        f"{name} in the store is damaged ({error}): restore it from a copy, or remove it and "
        "import its source again"
    )
