"""What a self-contained file holds, unfolded here a second time: the same as the feed gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_release import EVIL, write_release

from geo.maps.embed import COLUMNS, LEVEL_COLUMNS, _column, _steps, embedded_data
from geo.release.reader import open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from geo.release.reader import Release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return open_current(Folder.open(store), face="public")


@pytest.fixture(scope="module")
def data(release: Release) -> dict[str, Any]:
    """As the page reads it: through JSON."""
    return dict(json.loads(orjson.dumps(embedded_data(release))))


def values_of(column: Any) -> list[Any]:
    if isinstance(column, list):
        return column
    places = column.get("at")
    if places is None:
        runs = column["runs"]
        places = [place for i in range(0, len(runs), 2) for place in [runs[i]] * runs[i + 1]]
    return [column["of"][place] for place in places]


def corners_of(rings: list[Any]) -> list[Any]:
    if isinstance(rings[0], list):
        return [corners_of(ring) for ring in rings]
    sums = [[sum(rings[axis : i + 2 : 2]) for axis in (0, 1)] for i in range(0, len(rings), 2)]
    return [[x / 1e6, y / 1e6] for x, y in sums]


def ids_of(packed: dict[str, Any]) -> list[str]:
    if "all" in packed["ids"]:
        return list(packed["ids"]["all"])
    parts = [values_of(packed["columns"][name]) for name in packed["ids"]["key"]]
    return [".".join(row) for row in zip(*parts, strict=True)]


@pytest.mark.parametrize(
    "name", ["beats", "komisariaty", "area-periods", "hotspot-areas", "hotspot-cells"]
)
def test_the_file_holds_the_features_of_the_feed(
    release: Release, data: dict[str, Any], name: str
) -> None:
    collection, packed = release.collections[name], data["collections"][name]
    features = [json.loads(f) for f in collection.features(range(collection.count))]
    assert features
    assert ids_of(packed) == [feature["id"] for feature in features]
    held = [n for n in COLUMNS.get(name, LEVEL_COLUMNS) if n in collection.columns]
    assert list(packed["columns"]) == held
    for column in held:
        expected = [feature["properties"].get(column) for feature in features]
        assert values_of(packed["columns"][column]) == expected
    places = values_of(packed["shape"])
    assert [place < 0 for place in places] == [f["geometry"] is None for f in features]
    for place, feature in zip(places, features, strict=True):
        if feature["geometry"] is not None:
            shape = data["shapes"][place]
            assert shape["type"] == feature["geometry"]["type"]
            assert corners_of(shape["rings"]) == feature["geometry"]["coordinates"]


def test_every_shape_is_there_once(data: dict[str, Any]) -> None:
    texts = [json.dumps(shape) for shape in data["shapes"]]
    assert len(texts) == len(set(texts))
    used = {
        place
        for packed in data["collections"].values()
        for place in values_of(packed["shape"])
        if place >= 0
    }
    assert used == set(range(len(texts)))


def test_names_are_as_they_are(data: dict[str, Any]) -> None:
    assert EVIL in values_of(data["collections"]["beats"]["columns"]["name"])


scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=3)


@given(st.lists(scalars))
@settings(deadline=None)
def test_a_column_comes_back_with_its_types(values: list[Any]) -> None:
    read = values_of(json.loads(orjson.dumps(_column(values))))
    assert [(type(v), v) for v in read] == [(type(v), v) for v in values]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["a long value"] * 50, {"of": ["a long value"], "runs": [0, 50]}),
        (["one", "two"] * 50, {"of": ["one", "two"], "at": [0, 1] * 50}),
        (list(range(50)), list(range(50))),
        ([], []),
    ],
)
def test_a_column_takes_its_shortest_form(values: list[Any], form: Any) -> None:
    assert _column(values) == form


corner = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)


@given(st.lists(st.lists(st.lists(corner, min_size=1, max_size=6), min_size=1), min_size=1))
@settings(deadline=None, max_examples=50)
def test_corners_come_back_to_a_tenth_of_a_metre(polygons: list[Any]) -> None:
    read = corners_of(json.loads(orjson.dumps(_steps(polygons))))
    for ours, theirs in zip(read, polygons, strict=True):
        for ring, original in zip(ours, theirs, strict=True):
            for (x, y), (lon, lat) in zip(ring, original, strict=True):
                assert x == pytest.approx(lon, abs=5.1e-7)
                assert y == pytest.approx(lat, abs=5.1e-7)
