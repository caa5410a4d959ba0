"""Styles over HTTP: one look in three languages, on columns and tiles that are there."""

from __future__ import annotations

import json
import operator
import os
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import tile_reader
from asgi_client import Client
from conftest import skip_or_fail
from made_reports import fill, make_reports

from api.app import create_app
from geo.formats import ramps
from geo.formats.ramps import HIDDEN, MISSING, ZERO, class_colours
from geo.formats.style_rules import STYLE_TYPES, Condition, choices_of, limits_of, style_of
from geo.pipeline import build_release
from geo.release.reader import Collection, Release, open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from geo.city import City

DEBIAN_PYTHON = "/usr/bin/python3"
SLD = {"sld": "http://www.opengis.net/sld", "ogc": "http://www.opengis.net/ogc"}
COLLECTIONS = (
    "beats", "komisariaty", "city", "area-periods", "hotspot-cells", "hotspot-areas",
    "plan-candidates", "clusters",
)  # fmt: skip
QGIS = """
import json, os, sys
from qgis.core import QgsApplication, QgsFeatureRequest, QgsVectorLayer
from qgis.core import QgsMapRendererSequentialJob, QgsMapSettings, QgsRuleBasedRenderer
from qgis.PyQt.QtCore import QSize
app = QgsApplication([], False)
app.initQgis()
features, style, picture = sys.argv[1:]
layer = QgsVectorLayer(features, "layer", "ogr")
load = layer.loadNamedStyle if style.endswith(".qml") else layer.loadSldStyle
message, done = load(style)
assert done and not message, message
rules = []
renderer = QgsRuleBasedRenderer.convertFromRenderer(layer.renderer())
for rule in renderer.rootRule().children():
    request = QgsFeatureRequest()
    if rule.filterExpression():
        request.setFilterExpression(rule.filterExpression())
    ids = sorted(f["id"] for f in layer.getFeatures(request) if f.hasGeometry())
    fills = [each.fillColor().name() for each in rule.symbol().symbolLayers()
             if each.layerType() == "SimpleFill" and each.brushStyle() == 1]
    kinds = [each.layerType() for each in rule.symbol().symbolLayers()]
    rules.append([rule.label(), ids, fills, kinds])
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setOutputSize(QSize(200, 200))
settings.setExtent(layer.extent())
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
job.renderedImage().save(picture)
colours = {job.renderedImage().pixelColor(x, y).name() for x in range(200) for y in range(200)}
print(json.dumps({"rules": rules, "colours": sorted(colours)}), flush=True)
os._exit(0)  # QGIS does not take itself down in an order that Python likes
"""


@pytest.fixture(scope="module")
def built(nine: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the city of nine squares, with hot spots, hidden cells and plans."""
    folder = tmp_path_factory.mktemp("built")
    store = Folder.open(folder)
    fill(store, make_reports(nine, n=1200, spot=120))
    build_release(nine, store)
    return folder


@pytest.fixture(scope="module")
def release(built: Path) -> Release:
    return open_current(Folder.open(built), face="public")


@pytest.fixture(scope="module")
def asked(built: Path) -> Client:
    return Client(create_app(Settings(store=str(built))))


def features(collection: Collection) -> dict[str, dict[str, Any]]:
    return {
        collection.fid_of(row): json.loads(collection.property_line(row))
        for row in range(collection.count)
        if collection.shape_numbers(np.array([row]))[0] >= 0
    }


COMPARISONS = {
    "=": operator.eq, "==": operator.eq, "<": operator.lt, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(condition: Condition, row: dict[str, Any]) -> bool:
    value = row[condition.column]
    if condition.operator == "null" or value is None:
        return condition.operator == "null" and value is None
    found: bool = COMPARISONS[condition.operator](value, condition.value)
    return found


def shown(style: Any, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {fid: row for fid, row in rows.items() if all(holds(each, row) for each in style.where)}


def evaluate(expression: Any, row: dict[str, Any]) -> Any:
    """An expression of a MapLibre style on the properties of a feature of a tile."""
    if not isinstance(expression, list):
        return expression
    name, *rest = expression
    if name in {"get", "has"}:
        return row.get(rest[0]) if name == "get" else rest[0] in row
    if name == "case":
        pairs = zip(rest[:-1:2], rest[1:-1:2], strict=True)
        return next((value for test, value in pairs if evaluate(test, row)), rest[-1])
    values = (evaluate(each, row) for each in rest)
    if name == "all":
        return all(values)
    return not next(values) if name == "!" else COMPARISONS[name](*values)


def columns_named(node: Any) -> set[str]:
    if not isinstance(node, list):
        return set()
    if node[:1] in (["get"], ["has"]):
        return {node[1]}
    return set().union(*map(columns_named, node)) if node else set()


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_row_is_in_one_class(release: Release, name: str) -> None:
    collection = release.collections[name]
    rows = features(collection)
    for column in (None, *limits_of(collection, usual(release, collection))):
        style = style_of(release, collection, column=column)
        seen = shown(style, rows)
        # Of all reports together there is no cluster here, and there is no other usual choice.
        assert seen or name == "clusters"
        for row in seen.values():
            met = [r for r in style.classes if all(holds(c, row) for c in r.conditions)]
            assert len(met) == 1
            if column is not None:
                assert met[0].look.fill == colour_of(collection, style, column, row)


def usual(release: Release, collection: Collection) -> dict[str, str]:
    return {name: values[0] for name, values in choices_of(release, collection).items() if values}


def colour_of(collection: Collection, style: Any, column: str, row: dict[str, Any]) -> str:
    """The colour by the words of the release's own method of classes."""
    value = row[column]
    if value is None:
        return HIDDEN if row.get("suppressed") else MISSING
    if value == 0:
        return ZERO
    chosen = {each.column: each.value for each in style.where}
    limits = limits_of(collection, chosen)[column]
    place = sum(value >= limit for limit in limits[1:-1])
    return class_colours(limits, diverging=column == "smr_eb")[place]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_maplibre_style_paints_its_tiles(asked: Client, release: Release, name: str) -> None:
    """Evaluated on the features of the tiles that it names, it gives each its class's colour."""
    collection = release.collections[name]
    answer = asked.get(f"/styles/{name}")
    document = answer.json()
    assert answer.headers["content-type"] == STYLE_TYPES["mapbox"]
    assert document["version"] == 8
    [(source, told)] = document["sources"].items()
    url = told["url"].removeprefix("pmtiles://http://rewir.test")
    content = asked.get(url).raw
    _, metadata = tile_reader.read_archive(content)
    [layer] = metadata["vector_layers"]
    ids = [each["id"] for each in document["layers"]]
    assert len(set(ids)) == len(ids)
    ground, fill, line, *signs = document["layers"]
    assert (ground["type"], fill["type"], line["type"]) == ("background", "fill", "line")
    for each in (fill, line, *signs):
        assert (each["source"], each["source-layer"]) == (source, layer["id"])
        named = columns_named(each["filter"]).union(*map(columns_named, each["paint"].values()))
        assert named <= set(layer["fields"])
    style = style_of(release, collection)
    wanted, painted = shown(style, features(collection)), {}
    for tile in tile_reader.read_tiles(content).values():
        for feature in tile.features:
            row = feature.properties
            if evaluate(fill["filter"], row):
                drawn = [sign for sign in signs if evaluate(sign["filter"], row)]
                colour = evaluate(fill["paint"]["fill-color"], row)
                painted[row["fid"]] = (colour, [sign["paint"]["line-color"] for sign in drawn])
    assert set(painted) == set(wanted)
    for fid, row in wanted.items():
        [met] = [r for r in style.classes if all(holds(c, row) for c in r.conditions)]
        signed = [r.look.line for r in style.signs if all(holds(c, row) for c in r.conditions)]
        assert painted[fid] == (met.look.fill or "rgba(0, 0, 0, 0)", signed)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_style_of_layers_is_well_formed(asked: Client, release: Release, name: str) -> None:
    """Elements come in the order that the schema of SLD 1.0.0 has for them."""
    root = ET.fromstring(asked.get(f"/styles/{name}?f=sld").body)  # noqa: S314 - it is our own
    assert root.tag == f"{{{SLD['sld']}}}StyledLayerDescriptor"
    assert root.get("version") == "1.0.0"
    order = {
        "StyledLayerDescriptor": "NamedLayer", "NamedLayer": "Name UserStyle",
        "UserStyle": "Name Title FeatureTypeStyle*", "FeatureTypeStyle": "Rule*",
        "Rule": "Title Filter? PolygonSymbolizer*", "PolygonSymbolizer": "Fill? Stroke?",
        "Fill": "GraphicFill? CssParameter*", "Stroke": "CssParameter*", "GraphicFill": "Graphic",
        "Graphic": "Mark Size", "Mark": "WellKnownName Fill Stroke",
        "Filter": "(And|PropertyIs\\w+)", "And": "PropertyIs\\w+*",
    }  # fmt: skip
    for element in root.iter():
        local = element.tag.rpartition("}")[2]
        children = [child.tag.rpartition("}")[2] for child in element]
        if local in order:
            parts = order[local].split()
            pattern = "".join(
                f"(?:{p.rstrip('*?')} ){p[-1] if p[-1] in '*?' else ''}" for p in parts
            )
            assert re.fullmatch(pattern, "".join(f"{child} " for child in children)), local
        elif local.startswith("PropertyIs"):
            assert children == (["PropertyName"] if local == "PropertyIsNull" else
                                ["PropertyName", "Literal"])  # fmt: skip
        else:
            assert not children
            assert element.text
    named = {each.text for each in root.iter(f"{{{SLD['ogc']}}}PropertyName")}
    assert named <= set(release.collections[name].columns)
    labels = [each.text for each in root.findall(".//sld:Rule/sld:Title", SLD)]
    assert labels == [rule.label for rule in style_of(release, release.collections[name]).rules]


@pytest.mark.parametrize("encoding", ["qml", "sld"])
@pytest.mark.parametrize("name", ["area-periods", "hotspot-cells", "plan-candidates", "beats"])
def test_qgis_draws_by_it(
    asked: Client, release: Release, tmp_path: Path, name: str, encoding: str
) -> None:
    """Every rule of QGIS takes the rows that it should, and the picture has the colours."""
    collection = release.collections[name]
    paths = [tmp_path / f"{name}.geojson", tmp_path / f"{name}.{encoding}", tmp_path / "p.png"]
    paths[0].write_bytes(asked.get(f"/collections/{name}/items?limit=10000").body)
    paths[1].write_bytes(asked.get(f"/styles/{name}?f={encoding}").body)
    told = json.loads(run_qgis(*map(str, paths)))
    style = style_of(release, collection)
    seen = shown(style, features(collection))
    assert len(told["rules"]) == len(style.rules)
    filled = set()
    for rule, (label, ids, fills, kinds) in zip(style.rules, told["rules"], strict=True):
        assert label == rule.label or not rule.conditions
        assert ids == sorted(
            f for f, row in seen.items() if all(holds(c, row) for c in rule.conditions)
        )
        if rule.look.fill:
            assert rule.look.fill in fills
            filled |= {rule.look.fill} if ids else set()
        if encoding == "qml" and rule.look.hatch:
            pattern = "PointPatternFill" if rule.look.hatch == "dots" else "LinePatternFill"
            assert kinds == ["SimpleFill", pattern]
    assert paths[2].stat().st_size > 0
    assert not filled or filled & set(told["colours"])


def run_qgis(*arguments: str) -> str:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONPATH", None)
    probe = [DEBIAN_PYTHON, "-c", "import qgis.core"]
    if not Path(DEBIAN_PYTHON).exists() or subprocess.run(probe, check=False).returncode:
        skip_or_fail("QGIS is not installed (apt-get install python3-qgis): left out")
    command = [DEBIAN_PYTHON, "-c", QGIS, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_encoding_is_negotiated(client: Client) -> None:
    for name, media_type in STYLE_TYPES.items():
        bare = media_type.partition(";")[0]
        for answer in (
            client.get(f"/styles/beats?f={name}", accept="image/png"),
            client.get("/styles/beats", accept=f"image/png, {bare};q=0.3"),
        ):
            assert answer.headers["content-type"] == media_type
            has_name = f'attachment; filename="beats.{name}"'
            told = answer.headers.get("content-disposition")
            assert told == (None if name == "mapbox" else has_name)
    assert client.get("/styles/beats").headers["content-type"] == STYLE_TYPES["mapbox"]
    answer = client.get("/styles/beats", accept="image/png")
    assert (answer.status, answer.json()["allowed"]) == (406, list(STYLE_TYPES.values()))


@pytest.mark.parametrize("encoding", STYLE_TYPES)
def test_what_is_chosen_is_what_is_drawn(client: Client, encoding: str) -> None:
    query = "level=komisariat&period=2025H2&category_group=traffic&column=n_reports&lang=pl"
    answer = client.get(f"/styles/area-periods?f={encoding}&{query}")
    assert answer.headers["content-language"] == "pl"
    for word in ("komisariat", "2025H2", "traffic", "n_reports", "brak wartości", "5 – 10"):
        assert word in answer.text
    other = client.get(f"/styles/area-periods?f={encoding}")
    for word in ("beat", "2026H1", "all", "no value"):
        assert word in other.text
    assert "2025H2" not in other.text


@pytest.mark.parametrize(
    ("target", "status", "code", "named"),
    [
        ("/styles/plans", 404, "no-collection", "plans"),
        ("/styles/", 404, "no-route", ""),
        ("/styles/beats?f=css", 400, "bad-value", "mapbox, qml, sld"),
        ("/styles/beats?level=beat", 400, "unknown-parameter", "level"),
        ("/styles/beats?column=name", 400, "bad-value", "column='name'"),
        ("/styles/area-periods?column=area_name", 400, "bad-value", "n_reports"),
        ("/styles/area-periods?level=street", 400, "bad-value", "beat, komisariat"),
        ("/styles/area-periods?period=2020H1", 400, "bad-value", "2026H1, 2025H2"),
        ("/styles/plan-candidates?period=2026H1", 400, "bad-value", "2026H2"),
        ("/styles/area-periods?colour=red", 400, "unknown-parameter", "colour"),
    ],
)
def test_what_is_not_there_is_a_problem(
    client: Client, target: str, status: int, code: str, named: str
) -> None:
    answer = client.get(target)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("name", ["backtests", "near-repeats"])
def test_a_layer_without_shapes_says_so(asked: Client, name: str) -> None:
    for target in (f"/styles/{name}", f"/tiles/{name}.pmtiles"):
        answer = asked.get(target)
        assert (answer.status, answer.json()["code"]) == (404, "no-shapes")
        assert f"'{name}'" in answer.json()["detail"]


def test_collections_lead_to_tiles_and_styles(asked: Client) -> None:
    for layer in asked.get("/collections").json()["collections"]:
        links = [x for x in layer["links"] if x["rel"] in {"enclosure", "stylesheet"}]
        if layer["geometry"] is None:
            assert not links
            continue
        assert [each["rel"] for each in links] == ["enclosure", *["stylesheet"] * 3]
        for each in links:
            answer = asked.get(each["href"].removeprefix("http://rewir.test"))
            assert (answer.status, answer.headers["content-type"]) == (200, each["type"])
    page = asked.get("/collections/beats?f=html").text
    for target in ("/tiles/beats.pmtiles", "/styles/beats?f=qml", "/styles/beats?f=sld"):
        assert f'href="{target}"' in page
    assert "/tiles/" not in asked.get("/collections/backtests?f=html").text


def test_a_pinned_collection_has_the_tiles_of_no_other_release(
    asked: Client, release: Release
) -> None:
    layer = asked.get(f"/releases/{release.id}/collections/beats").json()
    assert not [x for x in layer["links"] if "/tiles/" in x["href"] or "/styles/" in x["href"]]


def test_the_colours_are_those_of_the_pages() -> None:
    """A map of ours and a map by a style must not differ."""
    sheet = (Path(ramps.__file__).parents[1] / "maps/assets/theme.css").read_text(encoding="utf-8")
    by_day = sheet[: sheet.index("@media")]

    def colours(name: str) -> list[str]:
        return re.findall(rf"--{name}: (#[0-9a-f]{{6}});", by_day)

    for name, ramp in (("seq", "SEQUENTIAL"), ("below", "BELOW"), ("above", "ABOVE")):
        assert list(getattr(ramps, f"_{ramp}")) == colours(rf"{name}-\d")
    assert colours("middle") == [ramps._MIDDLE]
    assert colours("zero") == [ZERO]


@pytest.mark.parametrize("kind", ["normal", "protan", "deutan", "tritan"])
@pytest.mark.parametrize("count", range(2, 8))
def test_classes_keep_their_order_for_the_colour_blind(kind: str, count: int) -> None:
    """Lightness falls from class to class in the eye of each (Machado et al. 2009, table 1)."""
    seen = [lightness(colour, kind) for colour in class_colours(list(range(count + 1)))]
    assert all(a - b > 2 for a, b in pairwise(seen))
    limits = [0.1, 0.5, 0.67, 0.8, 1.25, 1.5, 2.0, 10.0]
    seen = [lightness(colour, kind) for colour in class_colours(limits, diverging=True)]
    middle = int(np.argmax(seen))
    assert middle == 3
    assert all(a < b for a, b in pairwise(seen[: middle + 1]))
    assert all(a > b for a, b in pairwise(seen[middle:]))


CONES = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def lightness(colour: str, kind: str) -> float:
    """L* of a colour as it is seen with one kind of cones missing."""
    coded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(CONES[kind] @ linear, 0, 1)
    return float(116 * np.cbrt(seen @ [0.2126, 0.7152, 0.0722]) - 16)
