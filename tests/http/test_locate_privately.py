"""A question in the body: answered as one in the address is, and remembered by nobody."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

import pytest
from asgi_client import Client
from small_release import write_release

from api.app import create_app
from api.conditional import Conditional
from api.logs import configure_logs
from api.models import LocateAnswer, Suggestions
from geo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asgi_client import Answer

FORM = "application/x-www-form-urlencoded"
SECRET = "Pogonowskiego 27/29"  # noqa: S105 - an address is what nobody else should learn
NOT_THERE = "Zqxwvstrasse 99"
SPOT = {"lon": "19.4051", "lat": "51.7049"}
OFFICES = """level,area_id,unit,address,phone,email,hours,url
komisariat,K1,<b>Station</b> 1,Piotrkowska 1,+48 47 841 00 00,k1@example.org,24 h,https://example.org
beat,S-2,Point 2,,47 841 00 01,,,
"""


def ask(client: Client, path: str = "/locate", *, page: bool = False, **fields: str) -> Answer:
    accept = "text/html" if page else "application/json"
    body = urlencode(fields).encode()
    return client.post(path, body, content_type=FORM, accept=accept, accept_language="en")


@pytest.fixture(scope="module")
def with_offices(tmp_path_factory: pytest.TempPathFactory) -> Client:
    store = tmp_path_factory.mktemp("offices")
    write_release(store)
    (store / "offices.csv").write_text(OFFICES, encoding="utf-8")
    settings = Settings(store=str(store), contacts=str(store / "offices.csv"))
    return Client(create_app(settings))


@pytest.mark.parametrize(
    "fields", [{"q": SECRET}, {"q": "Pogonowskego 31"}, {"q": "S-5"}, SPOT, {"q": "Pogonowskiego"}]
)
def test_both_ways_of_asking_have_one_answer(client: Client, fields: dict[str, str]) -> None:
    privately = ask(client, **fields)
    openly = client.get(f"/locate?{urlencode(fields)}", accept_language="en")
    assert privately.status == openly.status == 200
    assert privately.body == openly.body
    LocateAnswer.model_validate_json(privately.body)


def test_the_page_says_whose_beat_it_is(with_offices: Client) -> None:
    page = ask(with_offices, page=True, q=SECRET).text
    assert 'Your beat:</span> <a href="/beats/S-1">Area 1</a>' in page
    assert "Kpt. Stefana Pogonowskiego 27/29" in page
    # The office is that of the station, and says so; markup in it is text.
    assert "&lt;b&gt;Station&lt;/b&gt; 1" in page
    assert "Contact of K1" in page
    assert 'href="mailto:k1@example.org"' in page
    # The proposal is called one.
    assert "Proposals, not a decision" in page
    assert "in words 1" in page


def test_the_answer_has_what_concerns_the_place(with_offices: Client) -> None:
    [place] = ask(with_offices, q=SECRET).json()["places"]
    assert (place["contact"]["unit"], place["contact"]["own"]) == ("<b>Station</b> 1", False)
    assert [each["candidate_id"] for each in place["plan_candidates"]] == ["2026H2.S-1.traffic"]
    assert [spot["distance_m"] for spot in place["hotspots"]] == sorted(
        spot["distance_m"] for spot in place["hotspots"]
    )
    assert place["hotspots"]
    assert len(place["hotspots"]) <= 3
    [own] = ask(with_offices, q="S-2").json()["places"]
    assert (own["contact"]["unit"], own["contact"]["own"]) == ("Point 2", True)
    assert own["hotspots"] == []


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"q=x", "text/plain", 415, "bad-body-type"),
        (b'{"q": "x"}', "application/json", 415, "bad-body-type"),
        (b"q=" + b"x" * 5000, FORM, 413, "long-form"),
        (b"q=%ff", FORM, 400, "bad-form"),
        ("q=ł".encode(), FORM, 400, "bad-form"),
        (b"&".join(b"a=1" for _ in range(20)), FORM, 400, "bad-form"),
        (b"q=x&name=y", FORM, 400, "unknown-parameter"),
        (b"q=x&q=y", FORM, 400, "repeated-parameter"),
        (b"", FORM, 400, "missing-parameter"),
        (b"q=", FORM, 400, "missing-parameter"),
        (b"lon=19.4", FORM, 400, "missing-parameter"),
        (b"lon=east&lat=1", FORM, 400, "bad-value"),
        (b"q=x&lon=1&lat=1", FORM, 400, "missing-parameter"),
        (b"lon=0&lat=0", FORM, 404, "outside"),
        (b"q=Zzyzx+1", FORM, 404, "no-address"),
    ],
)
def test_what_cannot_be_answered(
    client: Client, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = client.post("/locate", body, content_type=kind, accept="application/json")
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["cache-control"] == "no-store"


def test_suggestions(client: Client) -> None:
    answer = ask(client, "/locate/suggestions", q="piotrkowska")
    found = Suggestions.model_validate_json(answer.body).suggestions
    assert [(each.kind, each.text) for each in found] == [("street", "Piotrkowska")]
    [area, *_] = ask(client, "/locate/suggestions", q="s-5").json()["suggestions"]
    assert area["area"]["page"] == "http://rewir.test/beats/S-5"
    for wrong in ({}, {"q": ""}, {"q": "x" * 201}):
        assert ask(client, "/locate/suggestions", **wrong).json()["code"] == "bad-value"
    assert ask(client, "/locate/suggestions", lon="1").status == 400
    assert client.get("/locate/suggestions?q=pio").status in {404, 405}


def test_suggestions_count_as_requests(tmp_path: Path) -> None:
    write_release(tmp_path)
    app = create_app(Settings(store=str(tmp_path), rate_limit=1, rate_burst=3))
    client = Client(app, {"x-request-id": "x"})
    client_address = ("192.0.2.7", 1)

    async def from_afar(scope: dict[str, object], receive: object, send: object) -> None:
        await app({**scope, "client": client_address}, receive, send)  # type: ignore[arg-type]

    far = Client(from_afar, client.headers)
    ask(far, "/locate/suggestions", q="pio")
    answers = [ask(far, "/locate/suggestions", q="pio") for _ in range(20)]
    refused = [each for each in answers if each.status == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1


@pytest.mark.parametrize("page", [False, True])
@pytest.mark.parametrize(
    "fields", [{"q": SECRET}, {"q": NOT_THERE}, SPOT, {"lon": "0", "lat": "0"}]
)
def test_nobody_on_the_way_keeps_the_answer(
    client: Client, fields: dict[str, str], page: bool
) -> None:
    accept = "text/html" if page else "application/json"
    for answer in (
        ask(client, page=page, **fields),
        client.get(f"/locate?{urlencode(fields)}", accept=accept),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "etag" not in answer.headers
        assert "last-modified" not in answer.headers
        assert "geolocation=(self)" in answer.headers["permissions-policy"]


def test_no_link_of_the_page_has_the_question(client: Client) -> None:
    page = ask(client, page=True, q=SECRET).text
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert links
    for link in links:
        assert "Pogonowskiego" not in link
        assert quote_plus("27/29") not in link
    # The other language asks again, in the body.
    assert re.search(r'<form method="post" action="/locate\?lang=pl">\s*<input type="hidden"', page)


def test_privacy_is_promised_only_where_it_is_kept(client: Client) -> None:
    promise = "stands in no address"
    assert promise in ask(client, page=True, q=SECRET).text
    assert promise in client.get("/locate?f=html").text
    openly = client.get(f"/locate?f=html&q={quote_plus(SECRET)}")
    assert openly.status == 200
    assert promise not in openly.text


def test_suggestions_of_a_problem_ask_in_the_body(client: Client) -> None:
    page = ask(client, page=True, q="Piotrkowska 5").text
    assert '<button name="q" value="Piotrkowska 3">' in page
    evil = ask(client, page=True, q="<img src=x onerror=alert(1)> 5")
    assert evil.status == 404
    assert "<img src=x" not in evil.text


def kept_by(app: object) -> Conditional:
    """The middleware that keeps answers."""
    layer = app.middleware_stack  # type: ignore[attr-defined]
    while not isinstance(layer, Conditional):
        layer = vars(layer).get("_app") or layer.app
    return layer


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged; logging is afterwards as it was."""
    root = logging.getLogger()
    names = ("", "api", "geo", "rewir")
    handlers, levels = root.handlers, {name: logging.getLogger(name).level for name in names}
    configure_logs("json")
    root.setLevel(logging.DEBUG)
    stream = io.StringIO()
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield stream
    root.handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_neither_log_nor_metrics_nor_store_nor_memory_have_the_question(
    tmp_path: Path, lines: io.StringIO
) -> None:
    write_release(tmp_path)
    client = Client(create_app(Settings(store=str(tmp_path), log="json")))
    before = contents(tmp_path)
    for page in (False, True):
        for fields in ({"q": SECRET}, {"q": NOT_THERE}, SPOT, {"lon": "0.1234", "lat": "0.4321"}):
            ask(client, page=page, **fields)
            client.get(f"/locate?{urlencode(fields)}", accept="text/html" if page else "*/*")
        ask(client, "/locate/suggestions", q=NOT_THERE)
    told = lines.getvalue()
    paths = {line.get("path") for line in map(json.loads, told.splitlines())}
    assert {"/locate", "/locate/suggestions"} <= paths
    metrics = client.app.state.metrics.text().decode()
    assert 'route="/locate"' in metrics
    keeper = kept_by(client.app)
    memory = repr(keeper._names) + repr(list(keeper._cache._answers.items()))
    words = [SECRET, "Pogonowskiego", "Zqxwv", quote_plus(SECRET), *SPOT.values(), "0.1234"]
    for place in (told, metrics, memory):
        for word in words:
            assert word not in place
    assert contents(tmp_path) == before


def test_methods_are_told(client: Client) -> None:
    assert client.ask("OPTIONS", "/locate").headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert client.ask("OPTIONS", "/locate/suggestions").headers["allow"] == "POST, OPTIONS"
    refused = client.ask("DELETE", "/locate")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_contacts_that_cannot_be_used_end_the_start(tmp_path: Path) -> None:
    from geo.contacts import ContactsError  # noqa: PLC0415

    (tmp_path / "offices.csv").write_text("level,area_id,unit,name\n", encoding="utf-8")
    with pytest.raises(ContactsError, match="no name of a person"):
        create_app(Settings(store=str(tmp_path), contacts=str(tmp_path / "offices.csv")))
