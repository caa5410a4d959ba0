"""The release before: an input of the next one, because hot spots take over its ids."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd

from geo.crs import EXCHANGE_CRS
from geo.layers.hotspot_areas import COLLECTION
from geo.layers.hotspot_ids import KNOWN_COLUMNS, known_spots
from geo.release.reader import open_release
from geo.release.writer import has_release

if TYPE_CHECKING:
    from datetime import date

    from geo.storage import Folder

__all__ = ["PreviousRelease", "previous_release"]

_DAY = len("2026-07-31")


@dataclass(frozen=True, eq=False)
class PreviousRelease:
    """A release of the same store whose as-of day is earlier."""

    id: str
    folder: Folder = field(repr=False)

    def describe(self) -> dict[str, str]:
        """Its id, and the SHA-256 of its internal hot spots, as the next manifest tells of it.

        Raises
        ------
        StoreError
            If it is damaged or of another format.
        """
        layer = open_release(self.folder, self.id, face="internal").collection(COLLECTION)
        content = layer.folder.read(f"{COLLECTION}.parquet")
        return {"id": self.id, "sha256": hashlib.sha256(content).hexdigest()}

    def spots(self, crs: str, *, face: str) -> gpd.GeoDataFrame:
        """Its hot spots, as one face has them.

        Parameters
        ----------
        crs
            The city's metric CRS.
        face
            ``public`` or ``internal``.

        Returns
        -------
        GeoDataFrame
            As `geo.layers.hotspot_ids.known_spots` gives them.

        Raises
        ------
        StoreError
            If it is damaged or of another format.
        """
        layer = open_release(self.folder, self.id, face=face).collection(COLLECTION)
        names = [name for name in KNOWN_COLUMNS if name in layer.columns]
        table = layer.table([*names, "geometry"]).to_pandas()
        shapes = gpd.GeoSeries.from_wkb(table.pop("geometry"), crs=EXCHANGE_CRS)
        return known_spots(gpd.GeoDataFrame(table, geometry=shapes), crs)


def previous_release(folder: Folder, *, as_of: date) -> PreviousRelease | None:
    """The release that a new one follows.

    Parameters
    ----------
    folder
        The store.
    as_of
        The as-of day of the new release.

    Returns
    -------
    PreviousRelease or None
        Of the releases with an earlier as-of day the one whose id sorts last; None where there is
        none. So a release does not become its own predecessor when it is built again.
    """
    names = [name for name in folder.names("releases") if name[:_DAY] < as_of.isoformat()]
    found = (name for name in reversed(names) if has_release(folder, name))
    name = next(found, None)
    return None if name is None else PreviousRelease(name, folder)
