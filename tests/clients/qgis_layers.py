"""Run by the Python that has QGIS: opens layers as asked on standard input, tells what they hold.

A line of input is a JSON object: `source` and `provider` as QGIS has them, and maybe `subset` (a
filter of the layer), `extent` (west, south, east, north) and `fields` (whose values are told).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer


def look(asked: dict[str, Any]) -> dict[str, Any]:
    """What a user of QGIS would see of the layer."""
    layer = QgsVectorLayer(asked["source"], "layer", asked["provider"])
    if not layer.isValid():
        return {"valid": False, "error": layer.error().message()}
    if "subset" in asked and not layer.setSubsetString(asked["subset"]):
        return {"valid": False, "error": f"refused {asked['subset']}"}
    request = QgsFeatureRequest()
    if "extent" in asked:
        request.setFilterRect(QgsRectangle(*asked["extent"]))
    features = list(layer.getFeatures(request))
    box = layer.extent()
    return {
        "valid": True,
        "count": layer.featureCount(),
        "crs": layer.crs().authid(),
        "extent": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
        "fields": [field.name() for field in layer.fields()],
        "rows": [[plain(each[name]) for name in asked.get("fields", [])] for each in features],
        "shapes": [each.geometry().asWkt(9) for each in features],
    }


def plain(value: Any) -> Any:
    """A value as JSON has it; QGIS has a null of its own."""
    return value if isinstance(value, str | int | float) else None


if __name__ == "__main__":
    application = QgsApplication([], False)  # noqa: FBT003  (QGIS names no parameters)
    application.initQgis()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(look(json.loads(line))) + "\n")
    application.exitQgis()
