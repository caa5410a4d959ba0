"""Whatever is asked, the server answers: never a 500, always one of its own shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from asgi_client import Answer, Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_release import area_periods, write_release

from api.app import create_app
from api.codings import CODINGS, choose_coding, must_code
from api.conditional import matches
from api.models import FeatureCollection, Problem
from api.negotiation import best_media_type, preferences
from api.texts import PROBLEMS
from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

always = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ITEMS = "/collections/area-periods/items"
NAMES = [
    "limit", "offset", "bbox", "datetime", "skipGeometry", "f", "lang", "q", "lon", "lat",
    "level", "period", "category_group", "n_reports", "rate_per_1000", "low_information", "",
]  # fmt: skip
ROUTES = [
    "/", "/conformance", "/api", "/collections", "/collections/beats", ITEMS, f"{ITEMS}/x",
    "/collections/beats/items/S-1", "/maps/areas", "/maps/hotspots", "/maps/basemap.json",
    "/assets/dom.js", "/locate", "/healthz", "/readyz",
]  # fmt: skip

anything = st.text(max_size=40)
likely = st.sampled_from(
    ["1", "0", "-1", "1e5", "nan", "inf", "true", "2026-02-01", "../..", "2026-02-01/..", "/",
     "19.4,51.7,19.5,51.8", "1,2,3,4,5,6", ",,,", "Piotrkowska 3", "en", "json", "2026H1",
     "\x00", "%", "٣", "1_0", "{}", "{0}", "'", '"', "<script>", "99999999999999999999"]
)  # fmt: skip
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | anything, likely | anything), max_size=4)
header_text = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return Client(create_app(Settings(store=str(store))))


def check(answer: Answer) -> None:
    """What holds for every answer."""
    assert answer.error is None
    assert answer.status in {200, 204, 304, 400, 404, 405, 406}
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        found = Problem.model_validate_json(answer.body)
        assert found.status == answer.status
        assert found.code in PROBLEMS
        assert PROBLEMS[found.code].status == answer.status
    elif answer.status == 200 and answer.raw:
        if "json" in answer.headers["content-type"]:
            json.loads(answer.body)
        assert ("etag" in answer.headers) != (answer.headers["cache-control"] == "no-store")


@always
@given(route=st.sampled_from(ROUTES), query=pairs)
def test_any_query(client: Client, route: str, query: list[tuple[str, str]]) -> None:
    check(client.get(f"{route}?{urlencode(query)}"))


@always
@given(route=st.sampled_from(ROUTES), query=st.binary(max_size=60))
def test_any_bytes_as_query(client: Client, route: str, query: bytes) -> None:
    check(client.send("GET", route, query, [(b"host", b"rewir.test")]))


@always
@given(
    stem=st.sampled_from(["/", "/collections/", "/collections/beats/items/", "/assets/", "/maps/"]),
    rest=anything,
)
def test_any_path(client: Client, stem: str, rest: str) -> None:
    check(client.get(stem + quote(rest)))


@always
@given(
    method=st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "BREW", ""]),
    route=st.sampled_from(ROUTES),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["accept", "accept-language", "accept-encoding", "if-none-match",
                             "host", "origin", "range", "content-type"]),
            header_text,
        ),
        max_size=4,
    ),
)  # fmt: skip
def test_any_headers(
    client: Client, method: str, route: str, headers: list[tuple[str, str]]
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    if not any(name == b"host" for name, _ in raw):
        raw.append((b"host", b"rewir.test"))
    answer = client.send(method, route, b"", raw)
    if method == "HEAD":
        assert answer.error is None
        assert answer.status < 500
        assert answer.raw == b""
    else:
        check(answer)


@always
@given(limit=st.integers(1, 60), offset=st.integers(0, 60))
def test_every_page_is_a_cut_of_the_whole(client: Client, limit: int, offset: int) -> None:
    answer = client.get(f"{ITEMS}?limit={limit}&offset={offset}")
    page = FeatureCollection.model_validate_json(answer.body)
    wanted = [fid for fid, _, _ in area_periods()]
    assert [feature.id for feature in page.features] == wanted[offset : offset + limit]
    assert page.numberMatched == len(wanted)
    rels = {link.rel for link in page.links}
    assert ("next" in rels) == (offset + limit < len(wanted))
    assert ("prev" in rels) == (offset > 0)


degrees = st.floats(19.39, 19.44), st.floats(51.69, 51.74)


@always
@given(x=st.tuples(degrees[0], degrees[0]), y=st.tuples(degrees[1], degrees[1]))
def test_boxes_only_grow(client: Client, x: tuple[float, float], y: tuple[float, float]) -> None:
    """A box within a box never matches more; the whole city matches everything."""
    west, east = sorted(x)
    south, north = sorted(y)

    def matched(*box: float) -> set[str]:
        text = ",".join(f"{number:.7f}" for number in box)
        body = client.get(f"{ITEMS}?bbox={text}&skipGeometry=true").json()
        return {feature["id"] for feature in body["features"]}

    inner = matched(west, south, east, north)
    outer = matched(west - 0.001, south - 0.001, east + 0.001, north + 0.001)
    assert inner <= outer
    assert len(matched(19, 51, 20, 52)) == len(area_periods())


@always
@given(header=header_text, offers=st.permutations(["application/json", "text/html"]))
def test_negotiation_takes_any_header(header: str, offers: list[str]) -> None:
    assert all(0 <= weight <= 1 for weight in preferences(header).values())
    assert best_media_type(header, offers) in {None, *offers}
    assert choose_coding(header) in {"", *CODINGS}
    assert choose_coding(header) or not must_code(header)
    assert best_media_type("", offers) == offers[0]


@always
@given(tags=st.lists(st.text(st.sampled_from("abc, "), max_size=4), max_size=4))
def test_lists_of_tags_match_by_member(tags: list[str]) -> None:
    header = ", ".join(f'"{tag}"' for tag in tags)
    assert matches(header, '"ab"') == ("ab" in tags)


FILTERS: list[tuple[str, Callable[[Any], str]]] = [
    ("period", str), ("level", str), ("area_id", str), ("category_group", str),
    ("n_reports", str), ("low_information", lambda flag: str(flag).lower()),
]  # fmt: skip


@always
@given(row=st.sampled_from(area_periods()), chosen=st.sets(st.sampled_from(range(len(FILTERS)))))
def test_filters_keep_the_row_they_are_taken_from(
    client: Client, row: Any, chosen: set[int]
) -> None:
    fid, properties, _ = row
    equals = {FILTERS[i][0]: FILTERS[i][1](properties[FILTERS[i][0]]) for i in chosen}
    body = client.get(f"{ITEMS}?{urlencode(equals)}").json()
    wanted = [other for other, p, _ in area_periods() if all(p[n] == properties[n] for n in equals)]
    assert [feature["id"] for feature in body["features"]] == wanted
    assert fid in wanted
