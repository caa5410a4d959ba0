"""What is too much is refused, kindly and in bounded memory."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

import pytest
from asgi_client import Answer, Client
from hypothesis import given
from hypothesis import strategies as st
from two_faces import add_key, bearer

from api import rate
from api.app import create_app
from api.errors import ApiError
from api.limits import LONGEST_ADDRESS, LONGEST_HEADERS, Limits
from api.rate import TokenBuckets
from api.work import Work
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

FAR = "203.0.113.7"


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def from_far(app: Any, client: str = FAR, target: str = "/conformance", **headers: str) -> Answer:
    """Ask as a client at another address."""

    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "client": (client, 1)}, receive, send)

    return Client(moved).get(target, **headers)


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(2, 3, clock=clock)
    for left in (2, 1, 0):
        assert dict(buckets.take("a"))[b"ratelimit"].startswith(b'"client";r=%d;' % left)
    with pytest.raises(ApiError) as refused:
        buckets.take("a")
    assert refused.value.headers == {"Retry-After": "1"}
    buckets.take("b")
    clock.now += 0.5
    buckets.take("a")
    with pytest.raises(ApiError):
        buckets.take("a")
    clock.now += 1e6
    assert dict(buckets.take("a"))[b"ratelimit"] == b'"client";r=2;t=1'


def test_no_rate_is_no_limit() -> None:
    buckets = TokenBuckets(0, 5)
    assert [buckets.take("a") for _ in range(100)] == [[]] * 100
    assert buckets.look("a") == math.inf
    assert len(buckets) == 0


@given(
    rate_=st.integers(1, 50),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(0, 3, allow_nan=False), max_size=60),
)
def test_nobody_gets_more_than_burst_and_rate(rate_: int, burst: int, steps: list[float]) -> None:
    clock, taken = Clock(), 0
    buckets = TokenBuckets(rate_, burst, clock=clock)
    for step in steps:
        clock.now += step
        try:
            buckets.take("a")
            taken += 1
        except ApiError as error:
            seconds = int(error.headers["Retry-After"])
            clock.now += seconds
            buckets.take("a")  # who waits as long as told gets in
            taken += 1
    assert taken <= burst + rate_ * (clock.now - 100) + 1e-6


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "MOST_CLIENTS", 10)
    buckets = TokenBuckets(1, 5)
    for number in range(100):
        buckets.take(f"client {number}")
    assert len(buckets) == 10


def test_too_many_from_one_address(store: Path) -> None:
    app = create_app(Settings(store=str(store), rate_limit=1, rate_burst=3))
    answers = [from_far(app) for _ in range(4)]
    assert [a.status for a in answers] == [200, 200, 200, 429]
    assert code(answers[3]) == (429, "too-many")
    assert int(answers[3].headers["retry-after"]) >= 1
    assert answers[0].headers["ratelimit-policy"] == '"client";q=3;w=3'
    assert answers[0].headers["ratelimit"] == '"client";r=2;t=1'
    assert from_far(app, "198.51.100.1").status == 200
    # This machine is not counted: a proxy here must not be shut out with all its clients.
    assert {Client(app).get("/conformance").status for _ in range(9)} == {200}


def test_an_ipv6_network_is_one_client(store: Path) -> None:
    app = create_app(Settings(store=str(store), rate_limit=1, rate_burst=1))
    assert from_far(app, "2001:db8:1:2::1").status == 200
    assert from_far(app, "2001:db8:1:2:ffff::9").status == 429
    assert from_far(app, "2001:db8:1:3::1").status == 200


def test_keys_are_counted_apart_from_addresses(tmp_path: Path) -> None:
    from small_release import write_release  # noqa: PLC0415

    write_release(tmp_path)
    one, two = (add_key(tmp_path, "internal:read")[1] for _ in range(2))
    app = create_app(Settings(store=str(tmp_path), rate_limit=1, rate_burst=2))
    for token in (one, two):
        found = [Client(app).get("/conformance", **bearer(token)).status for _ in range(3)]
        assert found == [200, 200, 429]
    assert from_far(app).status == 200


def test_who_tries_keys_is_soon_not_heard(store: Path) -> None:
    app = create_app(Settings(store=str(store), rate_limit=1, rate_burst=3))
    found = [from_far(app, x_api_key=f"guess{n}").status for n in range(5)]
    assert found == [401, 401, 401, 429, 429]


def test_forwarded_addresses_count_only_from_a_trusted_proxy(store: Path) -> None:
    def two_clients(**settings: Any) -> list[int]:
        app = create_app(Settings(store=str(store), rate_limit=1, rate_burst=1, **settings))
        return [
            from_far(app, FAR, x_forwarded_for=f"198.51.100.{n}").status for n in (1, 2)
        ]  # fmt: skip

    assert two_clients() == [200, 429]
    assert two_clients(trusted_proxy="192.0.2.1") == [200, 429]
    assert two_clients(trusted_proxy=FAR) == [200, 200]


def test_a_trusted_proxy_says_the_scheme(store: Path) -> None:
    app = create_app(Settings(store=str(store), trusted_proxy=FAR))
    link = from_far(app, target="/", x_forwarded_proto="https").json()["links"][0]["href"]
    assert link == "https://rewir.test/"
    link = from_far(app, "203.0.113.8", target="/", x_forwarded_proto="https").json()["links"][0]
    assert link["href"] == "http://rewir.test/"


def test_long_addresses_and_headers(client: Client) -> None:
    fits = LONGEST_ADDRESS - len("/conformance") - len("x=")
    assert code(client.get(f"/conformance?x={'1' * fits}")) == (400, "unknown-parameter")
    assert code(client.get(f"/conformance?x={'1' * (fits + 1)}")) == (414, "long-address")
    assert client.get("/conformance", x_other="1" * (LONGEST_HEADERS - 200)).status == 200
    assert code(client.get("/conformance", x_other="1" * LONGEST_HEADERS)) == (431, "long-headers")


def test_a_large_body_is_refused_by_its_length(store: Path) -> None:
    client = Client(create_app(Settings(store=str(store), max_upload_mb=1)))
    length = str((1 << 20) + 1)
    assert code(client.ask("POST", "/reports", content_length=length)) == (413, "too-large")
    assert client.ask("POST", "/reports", content_length=str(1 << 20)).status == 401
    assert client.ask("POST", "/reports", content_length="many").status == 401


@pytest.mark.parametrize(("chunks", "fits"), [(4, True), (5, False)])
def test_a_large_body_is_refused_while_it_comes(chunks: int, *, fits: bool) -> None:
    """A body that does not say its length is counted."""
    got = 0

    async def app(_: Scope, receive: Receive, __: Send) -> None:
        nonlocal got
        for _number in range(chunks):
            got += len((await receive())["body"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * (1 << 18), "more_body": True}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    asked = Limits(app, max_upload_mb=1)(scope, receive, lambda _: asyncio.sleep(0))
    if fits:
        asyncio.run(asked)
    else:
        with pytest.raises(ApiError, match="larger than"):
            asyncio.run(asked)
    assert got == 1 << 20


def test_the_same_is_made_once() -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        return made

    async def ask() -> list[int]:
        work = Work(most=2, seconds=5)
        first = await asyncio.gather(*(work.share("a", make) for _ in range(20)))
        assert len(work) == 0
        return [*first, await work.share("a", make)]

    assert asyncio.run(ask()) == [1] * 20 + [2]


def test_a_fault_reaches_all_who_wait() -> None:
    async def make() -> int:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    async def ask() -> list[Any]:
        work = Work(most=2, seconds=5)
        shared = (work.share("a", make) for _ in range(3))
        found = await asyncio.gather(*shared, return_exceptions=True)
        assert len(work) == 0
        return found

    assert [type(error) for error in asyncio.run(ask())] == [ZeroDivisionError] * 3


def test_too_much_and_too_slow() -> None:
    async def ask() -> None:
        go_on = asyncio.Event()

        async def make() -> str:
            await go_on.wait()
            return "made"

        work = Work(most=2, seconds=0.02)
        with pytest.raises(ApiError) as slow:
            await work.share("a", make)
        assert slow.value.error_code == "too-slow"
        # What was given up still counts, because it still runs.
        with pytest.raises(ApiError):
            await work.share("b", make)
        with pytest.raises(ApiError) as busy:
            await work.share("c", make)
        assert (busy.value.error_code, busy.value.headers) == ("busy", {"Retry-After": "1"})
        go_on.set()
        assert await work.share("a", make) == "made"
        assert len(work) <= 1

    asyncio.run(ask())


def test_a_slow_answer_is_given_up_and_health_is_not(store: Path) -> None:
    import time  # noqa: PLC0415

    app = create_app(Settings(store=str(store), request_timeout=1))
    app.add_api_route("/slow", lambda: time.sleep(1.5), response_model=None)
    answer = Client(app).get("/slow")
    assert code(answer) == (503, "too-slow")
    assert answer.headers["retry-after"] == "1"
    none = Client(create_app(Settings(store=str(store), max_concurrent=0)))
    assert code(none.get("/collections")) == (503, "busy")
    assert none.get("/healthz").status == 200
