"""Tiles over HTTP: one archive of a layer, in whole and by ranges of bytes."""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tile_reader
from asgi_client import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.reader import Reader
from small_release import write_release
from two_faces import COLUMN, VALUE, add_key, bearer, write_two_faces

from api.app import create_app
from api.errors import ApiError
from api.ranges import byte_range
from geo.formats import tiles
from geo.formats.tiles import tiles_of
from geo.release.reader import Collection, open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from asgi_client import Answer

BEATS = "/tiles/beats.pmtiles"
MEDIA_TYPE = "application/vnd.pmtiles"


@pytest.fixture(scope="module")
def whole(client: Client) -> bytes:
    return client.get(BEATS).raw


def part(client: Client, wanted: str, **headers: str) -> Answer:
    return client.get(BEATS, range=wanted, **headers)


def test_the_archive_is_what_the_library_makes(client: Client, store: Path) -> None:
    release = open_current(Folder.open(store), face="public")
    for name, collection in release.collections.items():
        for encoding in ("", "gzip", "br", "gzip;q=1.0, identity;q=0.5"):
            answer = client.get(f"/tiles/{name}.pmtiles", accept_encoding=encoding)
            assert answer.status == 200
            assert "content-encoding" not in answer.headers
            assert answer.headers["content-type"] == MEDIA_TYPE
            assert answer.headers["content-length"] == str(len(answer.raw))
            assert answer.headers["accept-ranges"] == "bytes"
            assert answer.headers["etag"].startswith('"')
            assert answer.raw == tiles_of(collection)


def test_a_reader_takes_tiles_by_ranges(client: Client, whole: bytes) -> None:
    """The reader of another project fetches what it needs, as a map does."""
    asked = []

    def fetch(offset: int, length: int) -> bytes:
        asked.append(length)
        answer = part(client, f"bytes={offset}-{offset + length - 1}")
        assert answer.status == 206
        return answer.raw

    reader = Reader(fetch)
    for place, tile in tile_reader.read_tiles(whole).items():
        found = reader.get(*place)
        assert tile_reader.read_tile(gzip.decompress(found)) == tile
    assert reader.metadata()["vector_layers"][0]["id"] == "beats"
    assert max(asked) < len(whole)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-126", 0, 126),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=-99999999999", 0, None),
        ("bytes=5-99999999999", 5, None),
        ("Bytes= 5-6 ", 5, 6),
    ],
)
def test_a_range_is_answered_in_part(
    client: Client, whole: bytes, wanted: str, first: int, last: int | None
) -> None:
    size = len(whole)
    start = first % size
    stop = size - 1 if last is None else last
    full = client.get(BEATS)
    answer = part(client, wanted)
    assert answer.status == 206
    assert answer.raw == whole[start : stop + 1]
    assert answer.headers["content-range"] == f"bytes {start}-{stop}/{size}"
    assert answer.headers["content-length"] == str(len(answer.raw))
    for name in ("etag", "cache-control", "vary", "content-type", "accept-ranges"):
        assert answer.headers[name] == full.headers[name]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "wanted",
    ["bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6", "bytes 0-1", "rows=0-1",
     "bytes=0-1-2", "bytes=+1-2", "bytes=1_0-20", "bytes=٣-٤", "bytes=" + "9" * 5000 + "-", ""],
)  # fmt: skip
def test_what_is_no_single_range_gets_the_whole(client: Client, whole: bytes, wanted: str) -> None:
    headers = [(b"host", b"rewir.test"), (b"range", wanted.encode("utf-8"))]
    answer = client.send("GET", BEATS, b"", headers)
    assert (answer.status, answer.raw) == (200, whole)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("wanted", ["bytes={size}-", "bytes=999999999-9999999999", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(
    client: Client, whole: bytes, wanted: str, language: str
) -> None:
    wanted = wanted.format(size=len(whole))
    answer = part(client, wanted, accept_language=language)
    assert (answer.status, answer.json()["code"]) == (416, "bad-range")
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert str(len(whole)) in answer.json()["detail"]
    assert answer.headers["content-length"] == str(len(answer.raw))


def test_head_tells_the_size_and_knows_no_ranges(client: Client, whole: bytes) -> None:
    full = client.get(BEATS)
    for headers in ({}, {"range": "bytes=0-9"}, {"range": f"bytes={len(whole)}-"}):
        answer = client.ask("HEAD", BEATS, **headers)
        assert (answer.status, answer.raw) == (200, b"")
        assert answer.headers == full.headers


def test_if_range_takes_a_strong_tag_only(client: Client, whole: bytes) -> None:
    first = part(client, "bytes=0-126")
    etag, modified = first.headers["etag"], first.headers.get("last-modified")
    assert part(client, "bytes=0-9", if_range=etag).status == 206
    others = ['"another"', f"W/{etag}", etag.strip('"'), f'{etag}, "another"', "*"]
    for tag in [*others, modified or "Wed, 21 Oct 2026 07:28:00 GMT"]:
        answer = part(client, "bytes=0-9", if_range=tag)
        assert (answer.status, answer.raw) == (200, whole)
        # What would be refused is not even looked at.
        assert part(client, f"bytes={len(whole)}-", if_range=tag).status == 200


def test_who_has_the_answer_is_told_so_before_ranges(client: Client) -> None:
    etag = client.get(BEATS).headers["etag"]
    for wanted in ("bytes=0-9", "bytes=999999999-"):
        answer = part(client, wanted, if_none_match=etag)
        assert (answer.status, answer.raw) == (304, b"")
        assert answer.headers["etag"] == etag
    assert part(client, "bytes=0-9", if_none_match='"another"').status == 206


def test_other_answers_come_in_whole(client: Client) -> None:
    for target in ("/", "/collections/beats/items", "/assets/dom.js"):
        answer = client.get(target, range="bytes=0-9")
        assert answer.status == 200
        assert "accept-ranges" not in answer.headers
        assert answer.raw == client.get(target).raw


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/tiles/plans.pmtiles", 404, "no-collection"),
        ("/tiles/beats", 404, "no-route"),
        ("/tiles/beats.mbtiles", 404, "no-route"),
        ("/tiles/.pmtiles", 404, "no-route"),
        ("/tiles/../beats.pmtiles", 404, "no-route"),
        ("/tiles/beats.pmtiles?level=beat", 400, "unknown-parameter"),
        ("/tiles/beats.pmtiles?range=0-1", 400, "unknown-parameter"),
    ],
)
def test_what_is_not_there_is_a_problem(
    client: Client, target: str, status: int, code: str
) -> None:
    for headers in ({}, {"range": "bytes=0-9"}):
        answer = client.get(target, **headers)
        assert (answer.status, answer.json()["code"]) == (status, code)


def test_who_wants_something_else_is_told(client: Client) -> None:
    assert client.get(BEATS, accept="application/*").status == 200
    answer = client.get(BEATS, accept="image/png")
    assert (answer.status, answer.json()["allowed"]) == (406, [MEDIA_TYPE])


def test_a_layer_without_shapes_says_so(tmp_path: Path) -> None:
    _remove_shapes(write_release(tmp_path) / "public")
    client = Client(create_app(Settings(store=str(tmp_path))))
    for language, word in (("en", "no shapes"), ("pl", "nie ma kształtów")):
        answer = client.get(BEATS, accept_language=language)
        assert (answer.status, answer.json()["code"]) == (404, "no-shapes")
        assert word in answer.json()["detail"]
        assert "'beats'" in answer.json()["detail"]


def _remove_shapes(folder: Path) -> None:
    file = folder / "beats.index.parquet"
    table = pq.read_table(file)
    nowhere = pa.array([-1] * len(table), pa.int32())
    place = table.column_names.index("geometry")
    pq.write_table(table.set_column(place, "geometry", nowhere), file)


def test_each_face_has_its_own_tiles(tmp_path: Path) -> None:
    write_two_faces(tmp_path)
    token = add_key(tmp_path, "internal:read")[1]
    client = Client(create_app(Settings(store=str(tmp_path))))
    for order in ((True, False), (False, True)):
        for has_key in order:
            for wanted in ({}, {"range": "bytes=0-999999"}):
                headers = wanted | (bearer(token) if has_key else {})
                answer = client.get("/tiles/area-periods.pmtiles", **headers)
                seen = [
                    feature.properties.get(COLUMN)
                    for tile in tile_reader.read_tiles(answer.raw).values()
                    for feature in tile.features
                ]
                assert set(seen) == {VALUE if has_key else None}
                private = "private" in answer.headers["cache-control"]
                assert private == has_key
    _, metadata = tile_reader.read_archive(client.get("/tiles/beats.pmtiles").raw)
    assert COLUMN not in str(metadata)


def test_a_new_release_has_new_tiles(tmp_path: Path) -> None:
    write_release(tmp_path)
    app = create_app(Settings(store=str(tmp_path)))
    client = Client(app)
    old = client.get(BEATS)
    write_release(tmp_path, release_id="2026-09-01-0123456789ab")
    app.state.watches["public"]._looked = float("-inf")
    new = client.get(BEATS)
    assert new.headers["etag"] != old.headers["etag"]
    # What was begun in the old release is not mixed with the new one.
    answer = part(client, "bytes=0-9", if_range=old.headers["etag"])
    assert (answer.status, answer.raw) == (200, new.raw)


def test_tiles_are_made_once_for_all_who_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_release(tmp_path)
    client = Client(create_app(Settings(store=str(tmp_path))))
    made = []

    def slow(collection: Collection) -> bytes:
        made.append(collection.id)
        threading.Event().wait(0.2)
        return bytes(1000)

    monkeypatch.setattr(tiles, "_archive", slow)
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(part(client, f"bytes={n}-{n + 9}")))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [206] * 6
    assert made == ["beats"]


@settings(deadline=None, max_examples=300)
@given(
    size=st.integers(0, 50),
    begin=st.one_of(st.none(), st.integers(0, 60)),
    end=st.one_of(st.none(), st.integers(0, 60)),
)
def test_ranges_are_those_of_a_plain_count(size: int, begin: int | None, end: int | None) -> None:
    header = f"bytes={'' if begin is None else begin}-{'' if end is None else end}"
    if begin is None:
        wanted = list(range(size))[max(0, size - end) :] if end is not None else None
    elif end is not None and end < begin:
        wanted = None
    else:
        wanted = [n for n in range(size) if begin <= n and (end is None or n <= end)]
    if wanted is None:
        assert byte_range(header, size) is None
    elif not wanted:
        with pytest.raises(ApiError):
            byte_range(header, size)
    else:
        assert byte_range(header, size) == (wanted[0], wanted[-1])


@settings(deadline=None, max_examples=300)
@given(header=st.text(max_size=30), size=st.integers(0, 1000))
def test_no_header_breaks_it(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        try:
            found = byte_range(text, size)
        except ApiError:
            continue
        assert found is None or 0 <= found[0] <= found[1] < size
