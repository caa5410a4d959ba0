"""The bundled city's areas and addresses, as a release would give them to the look-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import shapely

from geo.city import City
from geo.locate import Locator

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = {"beat": "rejon", "rewir": "rewir", "komisariat": "komisariat"}


@dataclass(frozen=True)
class _Layer:
    id: str
    frame: Any

    def table(self, columns: Sequence[str]) -> pa.Table:
        frame = self.frame
        known = {
            name: shapely.to_wkb(frame.geometry.to_numpy()) if name == "geometry" else frame[name]
            for name in columns
        }
        return pa.table({name: list(values) for name, values in known.items()})


class _Register:
    """As much of a release as a look-up reads."""

    def __init__(self, city: City) -> None:
        self._levels = {name: _Layer(name, frame) for name, frame in city.levels.items()}
        points = city.addresses.geometry
        self._addresses = pa.table(
            {
                "street": city.addresses["street"].tolist(),
                "number": city.addresses["number"].tolist(),
                "lon": points.x.tolist(),
                "lat": points.y.tolist(),
            }
        )
        self.manifest = {
            "city": {"name": city.name, "bbox": [19.3, 51.6, 19.7, 51.9]},
            "levels": [
                {"id": name, "collection": name, "label": {"pl": LABELS.get(name, name)}}
                for name in self._levels
            ],
        }

    def collection(self, name: str) -> _Layer:
        return self._levels[name]

    def has(self, name: str) -> bool:
        return name == "addresses.parquet"

    def table(self, name: str) -> pa.Table:
        assert self.has(name)
        return self._addresses


def lodz_locator() -> Locator:
    """A look-up of the whole city."""
    return Locator(_Register(City.load("lodz")))  # type: ignore[arg-type]
