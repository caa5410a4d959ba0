"""What changed since a release: each feature once, in pages that fit together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Client
from small_release import write_release

from api.app import create_app
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW, NEWER = (f"2026-0{month}-01-aaaaaaaaaaaa" for month in (6, 7, 8))
LAYER = "area-periods"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose second release has other numbers, one shape moved, other cells."""
    folder = tmp_path_factory.mktemp("changes")
    write_release(folder, release_id=OLD)
    change(write_release(folder, release_id=NEW))
    return folder


def change(release: Path) -> None:
    """Change three rows, one shape, and what the cells are called."""
    edit(release / "public" / f"{LAYER}.properties.jsonl", '"n_reports":11,', '"n_reports":12,')
    edit(release / "public" / "beats.geometry.jsonl", "19.41", "19.4100001", most=1)
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    public = manifest["faces"]["public"]["collections"]
    public["cells"] = public.pop("hotspot-cells") | {"id": "cells"}
    (release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for file in (release / "public").glob("hotspot-cells.*"):
        file.rename(file.with_name(file.name.replace("hotspot-cells", "cells")))


def edit(file: Path, old: str, new: str, *, most: int = -1) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, most), encoding="utf-8")


@pytest.fixture(scope="module")
def asked(home: Path) -> Client:
    return Client(create_app(Settings(store=str(home))))


def features(client: Client, release: str) -> dict[tuple[str, str], Any]:
    """Every feature of a release as its pinned pages give it."""
    root = f"/releases/{release}/collections"
    return {
        (layer["id"], feature["id"]): (feature["geometry"], feature["properties"])
        for layer in client.get(root).json()["collections"]
        for feature in client.get(f"{root}/{layer['id']}/items?limit=10000").json()["features"]
    }


def test_changes_are_those_between_the_features(asked: Client) -> None:
    """Brute force over HTTP: all features of both releases, compared one by one."""
    before, after = features(asked, OLD), features(asked, NEW)
    expected = {(*key, "added") for key in after.keys() - before.keys()}
    expected |= {(*key, "gone") for key in before.keys() - after.keys()}
    expected |= {(*key, "changed") for key in before.keys() & after.keys()
                 if before[key] != after[key]}  # fmt: skip
    answer = asked.get(f"/changes?since={OLD}&limit=10000").json()
    found = [(e["collection"], e["id"], e["change"]) for e in answer["changes"]]
    assert set(found) == expected
    assert len(found) == len(expected) == answer["numberMatched"] == answer["numberReturned"]
    assert {kind for _, _, kind in found} == {"added", "changed", "gone"}
    assert ("beats", "S-1", "changed") in found
    assert sum(sum(counts.values()) for counts in answer["counts"].values()) == len(found)
    assert (answer["since"], answer["until"]) == (OLD, NEW)


def test_links_lead_to_the_feature_that_is_meant(asked: Client) -> None:
    answer = asked.get(f"/changes?since={OLD}&limit=10000").json()
    for entry in answer["changes"]:
        home = OLD if entry["change"] == "gone" else NEW
        path = entry["href"].removeprefix("http://rewir.test")
        assert path.startswith(f"/releases/{home}/collections/{entry['collection']}/items/")
        assert asked.get(path).json()["id"] == entry["id"]


def test_one_collection(asked: Client) -> None:
    everything = asked.get(f"/changes?since={OLD}&limit=10000").json()
    for layer, counts in everything["counts"].items():
        answer = asked.get(f"/changes?since={OLD}&collection={layer}&limit=10000").json()
        mine = [entry for entry in everything["changes"] if entry["collection"] == layer]
        assert answer["changes"] == mine
        assert answer["counts"] == {layer: counts}
        assert answer["numberMatched"] == sum(counts.values()) == len(mine)


def test_pages_fit_together(asked: Client) -> None:
    everything = asked.get(f"/changes?since={OLD}&limit=10000").json()["changes"]
    target, seen, back = f"/changes?since={OLD}&limit=2", [], ""
    while target:
        page = asked.get(target).json()
        assert page["numberMatched"] == len(everything)
        seen += page["changes"]
        links = {link["rel"]: link["href"].removeprefix("http://rewir.test")
                 for link in page["links"]}  # fmt: skip
        assert ("prev" in links) is bool(back)
        back, target = target, links.get("next", "")
    assert seen == everything
    assert asked.get(f"/changes?since={OLD}&offset=999").json()["changes"] == []


def test_pages_fit_together_over_a_switch(tmp_path: Path) -> None:
    """Whoever began to read goes on with the releases that he began with."""
    write_release(tmp_path, release_id=OLD)
    change(write_release(tmp_path, release_id=NEW))
    app = create_app(Settings(store=str(tmp_path)))
    app.state.watches["public"]._every = 0
    client = Client(app)
    first = client.get(f"/changes?since={OLD}&limit=3").json()
    [after] = [link["href"] for link in first["links"] if link["rel"] == "next"]
    write_release(tmp_path, release_id=NEWER)
    second = client.get(after.removeprefix("http://rewir.test")).json()
    assert (second["until"], second["numberMatched"]) == (NEW, first["numberMatched"])
    assert second["changes"][0] != first["changes"][0]
    assert client.get(f"/changes?since={OLD}").json()["numberMatched"] == 0


def test_nothing_changes_from_a_release_to_itself(asked: Client) -> None:
    answer = asked.get(f"/changes?since={NEW}").json()
    assert (answer["changes"], answer["numberMatched"]) == ([], 0)
    there = asked.get(f"/changes?since={OLD}").json()["counts"]
    back = asked.get(f"/changes?since={NEW}&until={OLD}").json()["counts"]
    for layer, counts in there.items():
        turned = {"added": counts["gone"], "changed": counts["changed"], "gone": counts["added"]}
        assert back[layer] == turned


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "missing-parameter"),
        ("?until=" + OLD, 400, "missing-parameter"),
        ("?since=nothing", 404, "no-such-release"),
        ("?since=", 404, "no-such-release"),
        ("?since=../" + OLD, 404, "no-such-release"),
        (f"?since={OLD}&until=nothing", 404, "no-such-release"),
        (f"?since={OLD}&collection=nothing", 404, "no-collection"),
        (f"?since={OLD}&limit=0", 400, "bad-value"),
        (f"?since={OLD}&offset=-1", 400, "bad-value"),
        (f"?since={OLD}&f=csv", 400, "bad-value"),
        (f"?since={OLD}&since={OLD}", 400, "repeated-parameter"),
        (f"?since={OLD}&from={OLD}", 400, "unknown-parameter"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    asked: Client, query: str, status: int, code: str
) -> None:
    for language in ("en", "pl"):
        answer = asked.get(f"/changes{query}", accept_language=language)
        assert (answer.status, answer.json()["code"]) == (status, code)
        assert answer.json()["detail"]


def test_page_for_people(asked: Client) -> None:
    for lang, word in (("en", "What changed"), ("pl", "Co się zmieniło")):
        page = asked.get(f"/changes?since={OLD}&limit=2&lang={lang}", accept="text/html").text
        assert f"<h1>{word}</h1>" in page
        assert f"/releases/{NEW}/collections/" in page
        assert f"until={NEW}&amp;limit=2&amp;offset=2" in page
    unchanged = asked.get(f"/changes?since={NEW}", accept="text/html").text
    assert "Nothing has changed." in unchanged
