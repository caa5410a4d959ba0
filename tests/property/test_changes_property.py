"""Changes between any two releases against a comparison of their features one by one."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.release.changes import KINDS, find_changes
from geo.release.reader import Collection, Release
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

Features = dict[str, tuple[dict[str, Any], "list[int] | None"]]

fids = st.text(st.sampled_from("abcż.-"), min_size=1, max_size=3)
properties = st.fixed_dictionaries(
    {"n": st.integers(0, 2) | st.none(), "name": st.sampled_from(["ą", "b", '"\\n']) | st.none()}
)
shapes = st.none() | st.lists(st.integers(0, 1), min_size=2, max_size=2)
layers: st.SearchStrategy[Features] = st.dictionaries(
    fids, st.tuples(properties, shapes), max_size=8
)
releases = st.dictionaries(st.sampled_from(["beats", "cells", "spots"]), layers, max_size=3)


def release_of(name: str, content: Mapping[str, Features]) -> Release:
    """A release in memory; rows that have the same shape share its line."""
    folder = Folder.open(f"memory://{uuid.uuid4().hex}")
    collections = {}
    for layer, features in content.items():
        unique = sorted({json.dumps(shape) for _, shape in features.values() if shape is not None})
        lines = [-1 if s is None else unique.index(json.dumps(s)) for _, s in features.values()]
        texts = "".join(json.dumps(values) + "\n" for values, _ in features.values())
        folder.create(f"{layer}.properties.jsonl", texts.encode())
        geometry = '{{"type":"Point","coordinates":{}}}\n'
        folder.create(
            f"{layer}.geometry.jsonl", "".join(geometry.format(s) for s in unique).encode()
        )
        nothing = pa.nulls(len(features))
        index = pa.table(
            {"fid": pa.array(list(features), pa.string()), "geometry": pa.array(lines, pa.int32())}
            | dict.fromkeys(("xmin", "ymin", "xmax", "ymax"), nothing.cast(pa.float64()))
            | dict.fromkeys(("start", "end"), nothing.cast(pa.date32()))
        )
        sink = pa.BufferOutputStream()
        pq.write_table(index, sink)
        folder.create(f"{layer}.index.parquet", bytes(sink.getvalue()))
        collections[layer] = Collection(layer, {"rows": len(features), "columns": {}}, folder)
    return Release(name, "public", {}, collections, folder, folder)


@settings(deadline=None, max_examples=150)
@given(old=releases, new=releases)
def test_changes_are_those_of_brute_force(
    old: dict[str, Features], new: dict[str, Features]
) -> None:
    found = find_changes(release_of("old", old), release_of("new", new))
    expected = set()
    for layer in {*old, *new}:
        before, after = old.get(layer, {}), new.get(layer, {})
        expected |= {(layer, fid, "added") for fid in after if fid not in before}
        expected |= {(layer, fid, "gone") for fid in before if fid not in after}
        expected |= {(layer, fid, "changed") for fid in before
                     if fid in after and before[fid] != after[fid]}  # fmt: skip
    assert set(found.entries) == expected
    assert len(found.entries) == len(expected)
    assert {name: dict(counts) for name, counts in found.counts.items()} == {
        layer: {kind: sum(e[0] == layer and e[2] == kind for e in expected) for kind in KINDS}
        for layer in {*old, *new}
    }


@settings(deadline=None, max_examples=50)
@given(old=releases, new=releases)
def test_order_is_fixed_and_the_way_back_is_the_reverse(
    old: dict[str, Features], new: dict[str, Features]
) -> None:
    a, b = release_of("old", old), release_of("new", new)
    there, back = find_changes(a, b), find_changes(b, a)
    names = [*new, *(name for name in old if name not in new)]
    assert list(there.entries) == sorted(there.entries, key=lambda e: (names.index(e[0]), e[1]))
    assert there.entries == find_changes(release_of("old", old), release_of("new", new)).entries
    turned = {"added": "gone", "gone": "added", "changed": "changed"}
    assert {(c, f, turned[kind]) for c, f, kind in there.entries} == set(back.entries)
    assert find_changes(a, a).entries == ()
