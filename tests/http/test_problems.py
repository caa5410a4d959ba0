"""Every failure has one shape, a stable code, and a text in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Client

from api.app import create_app
from api.errors import STATUS_OF, ApiError, problem
from api.headers import ALWAYS
from api.models import Problem
from api.texts import PROBLEMS, TITLES, status_title
from geo.errors import StoreError, UsageError
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = "/collections/area-periods/items"

FAILURES = [
    # target, status, code, what the text must name
    ("/nothing", 404, "no-route", ""),
    ("/collections/", 404, "no-route", ""),
    ("/collections/plans", 404, "no-collection", "'plans'"),
    ("/collections/plans/items", 404, "no-collection", "area-periods"),
    ("/collections/beats/items/S-99", 404, "no-feature", "'S-99'"),
    ("/collections/beats/items/", 404, "no-feature", "''"),
    ("/collections/beats/items/a%00b/c", 404, "no-feature", "beats"),
    (f"{ITEMS}?colour=red", 400, "unknown-parameter", "'colour'"),
    (f"{ITEMS}?filters=red", 400, "unknown-parameter", "category_group"),
    (f"{ITEMS}?fid=S-1", 400, "unknown-parameter", "'fid'"),
    (f"{ITEMS}?limit=1&limit=2", 400, "repeated-parameter", "'limit'"),
    (f"{ITEMS}?period=2026H1&period=2025H2", 400, "repeated-parameter", "'period'"),
    (f"{ITEMS}?limit=0", 400, "bad-value", "limit='0'"),
    (f"{ITEMS}?limit=-1", 400, "bad-value", "limit='-1'"),
    (f"{ITEMS}?limit=many", 400, "bad-value", "limit='many'"),
    (f"{ITEMS}?limit={'9' * 5000}", 400, "bad-value", "limit"),
    (f"{ITEMS}?limit=", 400, "bad-value", "limit"),
    (f"{ITEMS}?offset=-1", 400, "bad-value", "offset='-1'"),
    (f"{ITEMS}?bbox=1,2,3", 400, "bad-value", "bbox='1,2,3'"),
    (f"{ITEMS}?bbox=a,b,c,d", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=19,52,20,51", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=19,51,20,91", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=190,51,200,52", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=19,51,5,20,52,4", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=nan,nan,nan,nan", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=1e999,0,1,1", 400, "bad-value", "bbox"),
    (f"{ITEMS}?bbox=", 400, "bad-value", "bbox"),
    (f"{ITEMS}?datetime=today", 400, "bad-value", "datetime='today'"),
    (f"{ITEMS}?datetime=2026-13-01", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=2026-02-30", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=2026-02-01T10:00:00", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=../..", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=..", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=2026-03-01/2026-02-01", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=2026-01-01/2026-02-01/2026-03-01", 400, "bad-value", "datetime"),
    (f"{ITEMS}?datetime=0001-01-01T00:00:00%2B23:00", 400, "bad-value", "datetime"),
    (f"{ITEMS}?n_reports=some", 400, "bad-value", "n_reports='some'"),
    (f"{ITEMS}?rate_per_1000=inf", 400, "bad-value", "rate_per_1000"),
    (f"{ITEMS}?low_information=1", 400, "bad-value", "low_information"),
    (f"{ITEMS}?skipGeometry=perhaps", 400, "bad-value", "skipGeometry"),
    (f"{ITEMS}?f=xml", 400, "bad-value", "f='xml'"),
    (f"{ITEMS}?lang=de", 400, "bad-value", "lang='de'"),
    ("/?f=yaml", 400, "bad-value", "f='yaml'"),
    ("/?page=2", 400, "unknown-parameter", "'page'"),
    ("/conformance?x=1", 400, "unknown-parameter", "'x'"),
    ("/collections?limit=1", 400, "unknown-parameter", "'limit'"),
    ("/healthz?x", 400, "unknown-parameter", "'x'"),
    ("/maps/areas?level=street", 400, "bad-value", "beat, komisariat"),
    ("/maps/areas?period=2020H1", 400, "bad-value", "2025H2, 2026H1"),
    ("/maps/areas?category_group=crime", 400, "bad-value", "all, traffic"),
    ("/maps/hotspots?statistic=foo", 400, "bad-value", "smr_eb, n_reports"),
    ("/maps/hotspots?colour=red", 400, "unknown-parameter", "'colour'"),
    ("/maps/moon", 404, "no-map", "areas, hotspots"),
    ("/maps/areas?status=maybe", 400, "bad-value", "all, confirmed, expected"),
    ("/maps/areas?months=2026-03/2026-01", 400, "bad-value", "2026-07/2026-07"),
    ("/maps/areas?months=2026-03", 400, "bad-value", "2026-07/2026-07"),
    ("/?months=2020-01/2026-01&f=json", 400, "bad-value", "2026-07/2026-07"),
    ("/maps/areas?embed=yes", 400, "bad-value", "0, 1"),
    ("/assets/nothing.js", 404, "no-route", ""),
    ("/locate", 400, "missing-parameter", "q"),
    ("/locate?q=a&lon=1&lat=2", 400, "missing-parameter", "lon"),
    ("/locate?lon=19.4", 400, "missing-parameter", "lat"),
    ("/locate?q=", 400, "bad-value", "q=''"),
    ("/locate?lon=east&lat=51", 400, "bad-value", "lon='east'"),
    ("/locate?lon=nan&lat=51", 400, "bad-value", "lon='nan'"),
    ("/locate?lon=19&lat=91", 400, "bad-value", "lat='91'"),
    ("/locate?q=Zzyzx+1", 404, "no-address", "'Zzyzx 1'"),
    ("/locate?lon=20&lat=51.7", 404, "outside", "20.0"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "status", "code", "named"), FAILURES)
@pytest.mark.parametrize("language", ["en", "pl"])
def test_problem(
    client: Client, target: str, status: int, code: str, named: str, language: str
) -> None:
    answer = client.get(target, accept_language=language)
    assert answer.error is None
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    body = Problem.model_validate_json(answer.body)
    assert (body.status, body.code, body.type) == (status, code, "about:blank")
    assert body.title == status_title(status, language)
    assert named in body.detail
    assert len(body.detail) < 800


def test_texts_differ_by_language(client: Client) -> None:
    polish = client.get(f"{ITEMS}?limit=0", accept_language="pl").json()
    assert polish["detail"] == ("Wartości limit='0' nie można użyć. Podaj: liczba całkowita od 1.")
    english = client.get(f"{ITEMS}?limit=0&lang=en", accept_language="pl").json()
    assert english["detail"] == "limit='0' cannot be used. Give a whole number from 1."


def test_allowed_values_are_members(client: Client) -> None:
    body = client.get("/maps/areas?level=street").json()
    assert (body["parameter"], body["value"]) == ("level", "street")
    assert body["allowed"] == ["beat", "komisariat"]
    assert client.get("/?f=yaml").json()["allowed"] == ["json", "html"]
    assert "period" in client.get(f"{ITEMS}?x=1").json()["allowed"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("target", ["/", ITEMS, "/healthz", "/assets/dom.js"])
def test_other_methods_are_refused(client: Client, method: str, target: str) -> None:
    answer = client.ask(method, target)
    assert (answer.status, answer.json()["code"]) == (405, "bad-method")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "accept", ["text/plain", "application/xml", "application/geo+json;q=0", "*/*;q=0"]
)
def test_not_acceptable(client: Client, accept: str) -> None:
    answer = client.get("/collections/beats", accept=accept)
    assert (answer.status, answer.json()["code"]) == (406, "not-acceptable")
    assert answer.json()["allowed"] == ["application/json", "text/html"]


@pytest.mark.parametrize("host", ["a b", "[", "<script>", "x/y", "", "a:b:c", "[::1", "ż"])
def test_host_that_is_none(client: Client, host: str) -> None:
    raw = [(b"host", host.encode("utf-8"))]
    answer = client.send("GET", "/collections", b"", raw)
    assert (answer.status, answer.json()["code"]) == (400, "bad-host")


def test_request_without_host_is_answered(client: Client) -> None:
    answer = client.send("GET", "/collections/beats", b"", [])
    assert answer.json()["links"][0]["href"] == "http://127.0.0.1:8000/collections/beats"


def test_unforeseen_error_tells_nothing(store: Path) -> None:
    app = create_app(Settings(store=str(store)))

    def fail() -> None:
        msg = "secret words"
        raise ZeroDivisionError(msg)

    app.add_api_route("/fail", fail, response_model=None)
    answer = Client(app).get("/fail", accept_language="pl")
    assert isinstance(answer.error, ZeroDivisionError)
    assert (answer.status, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_damaged_store_is_503_and_keeps_its_paths(tmp_path: Path) -> None:
    from small_release import write_release  # noqa: PLC0415

    home = write_release(tmp_path)
    (home / "public" / "beats.properties.jsonl").unlink()
    answer = Client(create_app(Settings(store=str(tmp_path)))).get("/collections/beats/items")
    assert (answer.status, answer.json()["code"]) == (503, "store")
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize(
    "target", ["/", ITEMS, "/nothing", "/healthz", "/assets/dom.js", f"{ITEMS}?x"]
)
def test_headers_of_every_answer(client: Client, target: str) -> None:
    headers = client.get(target).headers
    for name, value in ALWAYS.items():
        assert headers[name.lower()] == value
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers


@pytest.mark.parametrize("target", ["/", ITEMS, "/nothing"])
def test_preflight(client: Client, target: str) -> None:
    answer = client.ask(
        "OPTIONS", target, origin="https://map.example", access_control_request_method="GET"
    )
    assert (answer.status, answer.raw) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


def test_texts_are_whole() -> None:
    """A title for every status, and every code is used."""
    assert {text.status for text in PROBLEMS.values()} <= set(TITLES)
    assert {code for _, code in STATUS_OF.values()} <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (UsageError("the value 7 is wrong"), 400, "the value 7 is wrong"),
        (StoreError("/very/secret is missing"), 503, "cannot be read now"),
        (ApiError(code="no-release"), 503, "no release yet"),
    ],
)
def test_errors_of_the_library(error: Any, status: int, shown: str) -> None:
    answer = problem(error, language="en")
    assert answer.status_code == status
    assert shown in bytes(answer.body).decode()
    assert "secret" not in bytes(answer.body).decode()


def test_what_the_library_says_is_announced_as_english() -> None:
    answer = problem(UsageError("the value 7 is wrong"), language="pl")
    assert "Szczegóły po angielsku: the value 7 is wrong" in bytes(answer.body).decode()


def test_long_values_are_cut(client: Client) -> None:
    body = client.get(f"{ITEMS}?datetime={'x' * 3000}").json()
    assert len(body["value"]) == 101
    assert body["value"].endswith("…")
