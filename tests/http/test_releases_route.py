"""Releases: a list that is of now, and below each release answers that never change."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Client
from small_release import write_release
from two_faces import COLUMN, VALUE, add_key, bearer, write_two_faces

from api.app import create_app
from api.conditional import IMMUTABLE
from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD, NEW = "2026-07-01-aaaaaaaaaaaa", "2026-08-01-bbbbbbbbbbbb"
WRITTEN = 1_782_900_000  # 2026-07-01T10:00:00Z
PINNED = [
    "/collections",
    "/collections/area-periods",
    "/collections/area-periods/items?level=beat&limit=3&offset=3",
    "/collections/area-periods/items?filter=n_reports%20%3E%203&sortby=-n_reports",
    "/collections/area-periods/items?f=csv",
    "/collections/area-periods/items?f=jsonfg&limit=2",
    "/collections/beats/items/S-1",
    "/collections/beats/queryables",
    "/collections/beats/schema",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two releases; in the old one an area has another name."""
    folder = tmp_path_factory.mktemp("two")
    old = write_release(folder, release_id=OLD)
    rename(old, "Area 1", "Old area 1")
    os.utime(old / "manifest.json", (WRITTEN, WRITTEN))
    write_release(folder, release_id=NEW)
    return folder


@pytest.fixture(scope="module")
def two(home: Path) -> Client:
    return Client(create_app(Settings(store=str(home))))


def rename(release: Path, name: str, other: str) -> None:
    file = release / "public" / "beats.properties.jsonl"
    file.write_text(file.read_text("utf-8").replace(f'"{name}"', f'"{other}"'), encoding="utf-8")


def hrefs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "href" in node:
            yield node["href"]
        for value in node.values():
            yield from hrefs(value)
    elif isinstance(node, list):
        for value in node:
            yield from hrefs(value)


def test_list_has_the_newest_first(two: Client) -> None:
    found = two.get("/releases").json()["releases"]
    assert [each["id"] for each in found] == [NEW, OLD]
    assert [each["current"] for each in found] == [True, False]
    assert all(each["simulated"] and each["code_version"] == "0.1.0" for each in found)
    for each in found:
        [data] = [link["href"] for link in each["links"] if link["rel"] == "data"]
        assert two.get(data.removeprefix("http://rewir.test")).json()["collections"]


def test_list_is_of_now(tmp_path: Path) -> None:
    """A release that comes or goes changes the list and its tag, whatever the current one is."""
    write_release(tmp_path, release_id=OLD)
    write_release(tmp_path, release_id=NEW)
    client = Client(create_app(Settings(store=str(tmp_path))))
    before = client.get("/releases")
    again = client.get("/releases", if_none_match=before.headers["etag"])
    assert (again.status, again.raw) == (304, b"")
    assert "last-modified" not in before.headers
    shutil.rmtree(tmp_path / "releases" / OLD)
    after = client.get("/releases", if_none_match=before.headers["etag"])
    assert after.status == 200
    assert [each["id"] for each in after.json()["releases"]] == [NEW]


def test_damaged_and_unfinished_releases_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_release(tmp_path, release_id=NEW)
    (tmp_path / "releases" / "2026-07-02-cccccccccccc").mkdir()
    damaged = tmp_path / "releases" / OLD
    damaged.mkdir()
    (damaged / "manifest.json").write_text("{}")
    client = Client(create_app(Settings(store=str(tmp_path))))
    assert [each["id"] for each in client.get("/releases").json()["releases"]] == [NEW]
    assert OLD in caplog.text
    answer = client.get(f"/releases/{OLD}/collections")
    assert (answer.status, answer.json()["code"]) == (503, "store")


def test_old_release_is_read_as_it_was(two: Client) -> None:
    name = "/collections/beats/items/S-1"
    assert two.get(name).json()["properties"]["name"] == "Area 1"
    assert two.get(f"/releases/{NEW}{name}").json()["properties"]["name"] == "Area 1"
    assert two.get(f"/releases/{OLD}{name}").json()["properties"]["name"] == "Old area 1"
    assert two.get(f"/releases/{OLD}/collections/beats").json()["release"] == OLD


@pytest.mark.parametrize("target", PINNED)
def test_pinned_answer_is_that_of_the_current_one(two: Client, target: str) -> None:
    """Below the current release everything is as above it, but for the addresses."""
    current, pinned = two.get(target), two.get(f"/releases/{NEW}{target}")
    assert pinned.status == 200
    assert pinned.headers["content-type"] == current.headers["content-type"]
    if "json" not in pinned.headers["content-type"]:
        assert pinned.body == current.body
        return
    bodies = [without_links(answer.json()) for answer in (current, pinned)]
    assert bodies[0] == bodies[1]


def without_links(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: without_links(v) for k, v in node.items() if k not in {"links", "$id"}}
    return [without_links(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize("target", PINNED)
def test_links_stay_in_the_release(two: Client, target: str) -> None:
    answer = two.get(f"/releases/{OLD}{target}")
    found = (
        list(hrefs(answer.json()))
        if "json" in answer.headers["content-type"]
        else [part.split(">")[0] for part in answer.headers["link"].split("<")[1:]]
    )
    inside = f"http://rewir.test/releases/{OLD}/collections"
    outside = [
        link
        for link in found
        if not link.startswith(inside) and not link.startswith("http://www.opengis.net")
    ]
    latest = [link for link in outside if link.startswith("http://rewir.test/collections/")]
    assert outside == latest
    assert bool(latest) is (target in {"/collections", "/collections/area-periods"})
    for link in set(found) - set(outside):
        if link.startswith("http://rewir.test"):
            assert two.get(link.removeprefix("http://rewir.test")).status == 200, link


def test_a_release_has_a_landing_page(two: Client) -> None:
    """By its links a GIS program opens the release as it opens the server."""
    answer = two.get(f"/releases/{OLD}")
    found = answer.json()
    assert (found["release"], found["as_of"]) == (OLD, "2026-08-01")
    assert answer.headers["cache-control"] == IMMUTABLE
    links = {link["rel"]: link["href"].removeprefix("http://rewir.test") for link in found["links"]}
    assert links["data"] == f"/releases/{OLD}/collections"
    assert {"self", "conformance", "service-desc", "latest-version"} <= set(links)
    assert all(two.get(path).status == 200 for path in links.values())
    page = two.get(f"/releases/{OLD}", accept="text/html")
    assert f'href="/releases/{OLD}/collections/beats"' in page.text
    assert two.get("/releases/nothing").json()["code"] == "no-such-release"


def test_next_pages_of_a_release_hold_all_its_features(two: Client) -> None:
    target, seen = f"/releases/{OLD}/collections/area-periods/items?limit=7", []
    while target:
        page = two.get(target).json()
        seen += [feature["id"] for feature in page["features"]]
        target = next((link["href"].removeprefix("http://rewir.test") for link in page["links"]
                       if link["rel"] == "next"), "")  # fmt: skip
    assert len(seen) == len(set(seen)) == page["numberMatched"]


@pytest.mark.parametrize("target", PINNED)
def test_pinned_answers_may_be_kept_for_a_year(two: Client, target: str) -> None:
    answer = two.get(f"/releases/{OLD}{target}")
    assert answer.headers["cache-control"] == IMMUTABLE == "public, max-age=31536000, immutable"
    assert answer.headers["last-modified"] == "Wed, 01 Jul 2026 10:00:00 GMT"
    known = two.get(f"/releases/{OLD}{target}", if_none_match=answer.headers["etag"])
    assert known.status == 304
    assert known.headers["cache-control"] == IMMUTABLE
    assert known.headers["last-modified"] == answer.headers["last-modified"]


def test_tag_of_a_release_outlives_the_current_one(tmp_path: Path) -> None:
    write_release(tmp_path, release_id=OLD)
    app = create_app(Settings(store=str(tmp_path)))
    app.state.watches["public"]._every = 0
    client = Client(app)
    target = f"/releases/{OLD}/collections/beats/items"
    before = client.get(target)
    write_release(tmp_path, release_id=NEW)
    assert client.get("/").json()["release"] == NEW
    after = client.get(target)
    assert (after.raw, after.headers["etag"]) == (before.raw, before.headers["etag"])
    assert client.get(target, if_none_match=before.headers["etag"]).status == 304


def test_pages_follow_the_program(two: Client) -> None:
    """A page loads styles of the running version, so it is asked for again."""
    page = two.get(f"/releases/{OLD}/collections/beats/items", accept="text/html")
    assert page.headers["cache-control"] == "public, no-cache"
    assert f'href="/releases/{OLD}/collections/beats/items/S-1"' in page.text
    assert f'href="/releases/{OLD}/collections"' in page.text
    assert 'href="/collections"' in page.text
    assert "one release for ever" in page.text
    listed = two.get("/releases", accept="text/html").text
    assert f'href="/releases/{OLD}/collections"' in listed
    assert f'href="/changes?since={OLD}"' in listed


@pytest.mark.parametrize(
    "name",
    [
        "nothing", "2026-07-01", "..", "%2e%2e", ".", "current", f"{OLD}%00", "a" * 200,
        f"..%2f{OLD}", "żółw", f".{OLD}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("rest", ["/collections", "/collections/beats/items/S-1"])
def test_unknown_release_is_a_problem(two: Client, name: str, rest: str) -> None:
    answer = two.get(f"/releases/{name}{rest}")
    assert answer.status == 404
    assert answer.json()["code"] in {"no-such-release", "no-route"}
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_unknown_things_in_a_release_are_problems(two: Client) -> None:
    for target, code in [
        (f"/releases/{OLD}/collections/nothing", "no-collection"),
        (f"/releases/{OLD}/collections/beats/items/nothing", "no-feature"),
        (f"/releases/{OLD}/", "no-route"),
        (f"/releases/{OLD}/maps/areas", "no-route"),
    ]:
        answer = two.get(target)
        assert (answer.status, answer.json()["code"]) == (404, code)
    answer = two.get(f"/releases/{OLD}/collections/beats/items?limit=0")
    assert (answer.status, answer.headers["cache-control"]) == (400, "no-store")


def test_faces_of_old_releases(tmp_path: Path) -> None:
    """The internal face is for those with a key; the public one opens no file of it."""
    write_two_faces(tmp_path, release_id=OLD)
    write_two_faces(tmp_path, release_id=NEW)
    _, token = add_key(tmp_path, "internal:read")
    client = Client(create_app(Settings(store=str(tmp_path))))
    target = f"/releases/{OLD}/collections/area-periods/items?limit=1"
    internal = client.get(target, **bearer(token))
    assert internal.json()["features"][0]["properties"][COLUMN] == VALUE
    assert internal.headers["cache-control"] == "private, no-cache"
    public = client.get(target)
    assert COLUMN not in public.text
    assert public.headers["etag"] != internal.headers["etag"]
    assert client.get(target, if_none_match=internal.headers["etag"]).status == 200


def test_public_process_opens_no_internal_file_of_any_release(tmp_path: Path) -> None:
    write_two_faces(tmp_path, release_id=OLD)
    write_two_faces(tmp_path, release_id=NEW)
    opened: list[str] = []
    watching = True

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if watching and event == "open" and isinstance(args[0], str | os.PathLike):
            opened.append(os.fspath(args[0]))

    sys.addaudithook(watch)
    client = Client(create_app(Settings(store=str(tmp_path), faces="public")))
    for target in [*(f"/releases/{OLD}{rest}" for rest in PINNED), "/releases",
                   f"/changes?since={OLD}"]:  # fmt: skip
        assert client.get(target).status == 200
    watching = False
    ours = [path for path in opened if str(tmp_path) in path]
    assert any(f"{OLD}/public/area-periods.properties.jsonl" in path for path in ours)
    assert not [path for path in ours if "/internal/" in path]


def test_manifests_are_read_once(two: Client) -> None:
    assert json.loads(two.get("/releases").body) == json.loads(two.get("/releases").body)
