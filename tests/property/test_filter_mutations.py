"""Filters and parameters that are nearly right: answered, or refused by the name of what is wrong.

Random text is refused at its first character. What is dangerous lies near what is valid: so
valid filters are cut, joined, and changed in a few places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson
import pytest
from asgi_client import Answer, Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_release import write_release

from api.app import create_app
from geo.filters.parse import parse_filter
from geo.settings import Settings

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

always = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ITEMS = "/collections/area-periods/items"
VALID = [
    "n_reports > 10 AND category_group = 'all'",
    "rate_per_1000 IS NULL OR NOT low_information",
    "area_name LIKE 'Ar\\_%' AND parent_id IS NOT NULL",
    "n_reports BETWEEN 2 ^ 3 AND (4 + 6) * 2 - 1",
    "casei(area_id) IN (casei('s-1'), accenti('K1'))",
    "s_intersects(geometry, POLYGON((19.4 51.7,19.42 51.7,19.42 51.72,19.4 51.7)))",
    "s_within(geometry, BBOX(19.39,51.69,19.44,51.74))",
    "t_during(INTERVAL(period_start, period_end), INTERVAL('2025-01-01', '..'))",
    "period_start = DATE('2026-02-01') OR period_end < TIMESTAMP('2026-02-01T00:00:00Z')",
    "it_is_not_there = 1",
]
TREES = [parse_filter(text) for text in VALID]
PIECES = [
    "(", ")", "'", '"', ",", " AND ", " or ", "NOT ", " = ", "<>", " IN ", " LIKE ", "null", "''",
    "\\", "%", "1e309", "-", "--", "/", "div", "^", "DATE(", "INTERVAL('..','..')", "POINT(", "NaN",
    "geometry", "n_reports", "\x00", "\ue000", "🚓", "ß", "\n", "POINT EMPTY", "true", "(((((((((",
]  # fmt: skip
CODES = {
    "filter-syntax", "filter-property", "filter-type", "filter-function", "filter-geometry",
    "filter-time", "filter-size", "filter-crs", "bad-value",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return Client(create_app(Settings(store=str(store))))


def check(answer: Answer, *names: str) -> None:
    """Features, or a problem that names a parameter that was sent."""
    assert answer.error is None
    if answer.status == 200:
        assert answer.json()["type"] == "FeatureCollection"
        return
    assert answer.status == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["parameter"] in names
    assert answer.json()["code"] in CODES


@st.composite
def mutated(draw: DrawFn) -> str:
    """A valid filter with a few changes."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 8, len(text))))
        put = draw(st.sampled_from(["", *PIECES]) | st.text(max_size=3))
        text = text[:start] + put + text[end:]
    return text


@st.composite
def mutated_tree(draw: DrawFn) -> Any:
    """The tree of a valid filter with a part in the place of another."""
    tree = orjson.loads(orjson.dumps(draw(st.sampled_from(TREES))))
    spots = [*_spots(tree)]
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(spots))
        other = draw(st.sampled_from(spots))
        holder[key] = draw(
            st.sampled_from([None, True, "", "a", -1, 1e308, [], {}, [[]], {"op": "="}])
            | st.just(orjson.loads(orjson.dumps(other[0][other[1]])))
        )
        spots = [*_spots(tree)] or spots
    return tree


def _spots(node: Any) -> Any:
    """Holder and key of every part of a tree."""
    parts = node.items() if isinstance(node, dict) else enumerate(node)
    for key, part in list(parts):
        yield node, key
        if isinstance(part, dict | list):
            yield from _spots(part)


def test_filters_before_their_changes(client: Client) -> None:
    statuses = [client.get(f"{ITEMS}?filter={quote(text)}").status for text in VALID]
    assert statuses == [200] * (len(VALID) - 1) + [400]


@always
@given(text=mutated())
def test_text_nearly_right(client: Client, text: str) -> None:
    check(client.get(f"{ITEMS}?{urlencode({'filter': text}, quote_via=quote)}"), "filter")


@always
@given(left=mutated(), right=mutated(), word=st.sampled_from(["AND", "OR", "AND NOT", "", ","]))
def test_texts_joined(client: Client, left: str, right: str, word: str) -> None:
    text = f"({left}) {word} ({right})"
    check(client.get(f"{ITEMS}?{urlencode({'filter': text}, quote_via=quote)}"), "filter")


@always
@given(tree=mutated_tree())
def test_trees_nearly_right(client: Client, tree: Any) -> None:
    query = urlencode({"filter": orjson.dumps(tree), "filter-lang": "cql2-json"}, quote_via=quote)
    check(client.get(f"{ITEMS}?{query}"), "filter")


PARAMETERS = {
    "sortby": ["-n_reports", "area_id,-period", "+level", "n_reports,n_reports", "nope", "-"],
    "properties": ["area_id", "area_id,n_reports", "area_id,area_id", "nope", ",", "geometry"],
    "bbox": ["19.4,51.7,19.5,51.8", "19.4,51.7,-10,19.5,51.8,300", "1,2,3", "170,51,-170,52",
             "1e400,0,0,0", "0,91,0,92", "19.5,51.8,19.4,51.7"],
    "datetime": ["2026-02-01/..", "2026-02-01", "../..", "2026-02-30", "2026-03-01/2026-02-01"],
    "crs": ["http://www.opengis.net/def/crs/EPSG/0/2180", "EPSG:2177", "EPSG:9"],
    "bbox-crs": ["http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:9"],
    "filter-crs": ["http://www.opengis.net/def/crs/EPSG/0/2177", "EPSG:9"],
    "filter-lang": ["cql2-text", "cql2-json", "sql"],
    "limit": ["1", "1000000", "0", "1e3", "-5"],
    "offset": ["0", "47", "10000000000000000000000", "-1"],
    "skipGeometry": ["true", "perhaps"],
    "n_reports": ["12", "twelve", "1e400"],
    "period_start": ["2026-02-01", "soon"],
}  # fmt: skip


@always
@given(st.data())
def test_parameters_together(client: Client, data: st.DataObject) -> None:
    """Right and wrong values of any parameters at once: what is blamed was sent, and is wrong."""
    names = data.draw(st.lists(st.sampled_from(sorted(PARAMETERS)), unique=True, max_size=5))
    query = {name: data.draw(st.sampled_from(PARAMETERS[name])) for name in names}
    answer = client.get(f"{ITEMS}?{urlencode(query, quote_via=quote)}")
    check(answer, *names)
    if answer.status == 400:
        blamed = answer.json()["parameter"]
        alone = {blamed: query[blamed]}
        if blamed == "bbox":  # what a box is depends on its system
            alone |= {name: query[name] for name in ("bbox-crs",) if name in query}
        again = client.get(f"{ITEMS}?{urlencode(alone, quote_via=quote)}")
        assert (again.status, again.json()["parameter"]) == (400, blamed)
