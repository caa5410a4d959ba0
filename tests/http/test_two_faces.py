"""Two faces: without a key only what is public; with one, what the key is for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asgi_client import Answer, Client
from two_faces import COLUMN, VALUE, add_key, bearer, write_two_faces

from api.app import create_app
from geo.keys import KeyRing
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS = "/collections/area-periods/items"
READ = "internal:read"
RELEASE = "2026-08-01-0123456789ab"
HERE = Path(__file__).parents[2]
TARGETS = [
    "/", "/?f=html", "/conformance", "/api", "/collections",
    "/collections/area-periods", f"{ITEMS}?limit=10000", f"{ITEMS}/beat.S-1.2026H1.all",
    "/collections/beats/items", "/collections/hotspot-cells/items",
    "/collections/hotspot-areas/items", "/maps/areas", "/maps/hotspots", "/maps/basemap.json",
    "/locate?q=Piotrkowska+3", "/locate?lon=19.405&lat=51.705", "/assets/dom.js", "/healthz",
    "/readyz", "/metrics", f"{ITEMS}?{COLUMN}={VALUE}", f"{ITEMS}?limit=x",
    f"/collections/{COLUMN}/items",
    "/releases", "/dcat", "/dcat?f=ttl", f"/releases/{RELEASE}/collections",
    f"/releases/{RELEASE}{ITEMS}?limit=10000", f"/changes?since={RELEASE}",
    "/tiles/area-periods.pmtiles", "/styles/area-periods", "/styles/area-periods?f=qml",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two faces that differ."""
    folder = tmp_path_factory.mktemp("faces")
    write_two_faces(folder)
    return folder


@pytest.fixture(scope="module")
def token(home: Path) -> str:
    return add_key(home, READ)[1]


@pytest.fixture(scope="module")
def asked(home: Path) -> Client:
    return Client(create_app(Settings(store=str(home))))


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


def test_a_key_opens_the_internal_face(asked: Client, token: str) -> None:
    public = asked.get(ITEMS).json()["features"][0]
    for headers in (bearer(token), {"x-api-key": token}, {"authorization": f"bearer  {token}"}):
        internal = asked.get(ITEMS, **headers).json()["features"][0]
        assert internal["properties"] == public["properties"] | {COLUMN: VALUE}
    assert COLUMN in asked.get("/collections/area-periods", **bearer(token)).text
    filtered = asked.get(f"{ITEMS}?{COLUMN}={VALUE}", **bearer(token))
    assert filtered.json()["numberMatched"] > 0


@pytest.mark.parametrize("target", [t for t in TARGETS if COLUMN not in t and "=x" not in t])
def test_every_route_answers_a_key(home: Path, target: str) -> None:
    """Streets and addresses lie in the public folder only, and the internal face has them too."""
    _, token = add_key(home, READ, "metrics:read")
    client = Client(create_app(Settings(store=str(home))))
    assert client.get(target, **bearer(token)).status == 200


@pytest.mark.parametrize("target", TARGETS)
def test_no_public_answer_says_what_is_internal(asked: Client, token: str, target: str) -> None:
    for accept in ("*/*", "text/html", "application/json", "application/geo+json"):
        for encoding in ("", "gzip"):
            asked.get(target, accept=accept, accept_encoding=encoding, **bearer(token))
            answer = asked.get(target, accept=accept, accept_encoding=encoding)
            if COLUMN in target:
                # What was asked for is echoed; nothing else is said.
                assert answer.status in {400, 404, 406}
            else:
                assert COLUMN.encode() not in answer.body
                assert VALUE.encode() not in answer.body
            assert "private" not in answer.headers.get("cache-control", "")


def test_an_unknown_column_is_refused_like_any_other(asked: Client) -> None:
    """The refusal of an internal column differs from that of a made-up one in its name only."""
    inside, made_up = (asked.get(f"{ITEMS}?{name}=1").text for name in (COLUMN, "no_such_thing"))
    assert inside.replace(COLUMN, "no_such_thing") == made_up


def test_the_cache_never_mixes_faces(asked: Client, token: str) -> None:
    """Whatever is asked first, each face gets its own answer, tag and cache rule."""
    asks: dict[str, Callable[[str], Answer]] = {
        "public": asked.get,
        "public head": lambda target: asked.ask("HEAD", target),
        "internal": lambda target: asked.get(target, **bearer(token)),
        "by header": lambda target: asked.get(target, x_api_key=token),
    }
    for number, order in enumerate(permutations(asks)):
        target = f"{ITEMS}?limit={number + 1}"  # nobody has asked for this before
        found = {name: asks[name](target) for name in [*order, *order]}
        tags = {name: answer.headers["etag"] for name, answer in found.items()}
        assert tags["public"] == tags["public head"] != tags["internal"] == tags["by header"]
        assert COLUMN not in found["public"].text
        assert found["internal"].raw == found["by header"].raw != found["public"].raw
        assert found["public"].headers["cache-control"] == "public, no-cache"
        assert found["internal"].headers["cache-control"] == "private, no-cache"
        for answer in found.values():
            assert answer.headers["vary"].endswith("Authorization, X-API-Key")


def test_a_tag_of_one_face_is_no_tag_of_the_other(asked: Client, token: str) -> None:
    public, internal = asked.get(ITEMS), asked.get(ITEMS, **bearer(token))
    crossed = asked.get(ITEMS, if_none_match=internal.headers["etag"])
    assert (crossed.status, crossed.raw) == (200, public.raw)
    key = bearer(token)
    assert asked.get(ITEMS, if_none_match=public.headers["etag"], **key).raw == internal.raw
    assert asked.get(ITEMS, if_none_match=internal.headers["etag"], **key).status == 304


def test_internal_answers_are_for_this_origin(asked: Client, token: str) -> None:
    for status, etag in ((200, ""), (304, asked.get(ITEMS, **bearer(token)).headers["etag"])):
        answer = asked.get(ITEMS, if_none_match=etag, **bearer(token))
        assert answer.status == status
        assert "access-control-allow-origin" not in answer.headers
    assert asked.get("/", **bearer(token)).headers["cross-origin-resource-policy"] == "same-origin"
    preflight = asked.ask("OPTIONS", ITEMS, origin="https://map.example")
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert "authorization" not in allowed
    assert "x-api-key" not in allowed


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer rw_0123456789ab_" + "a" * 43},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Bearer"},
        {"x-api-key": ""},
        {"x-api-key": "ż" * 10},
        {"authorization": "Bearer ../../current"},
    ],
)
@pytest.mark.parametrize("target", ["/", ITEMS, "/nothing", "/healthz"])
def test_a_wrong_key_is_refused(asked: Client, headers: dict[str, str], target: str) -> None:
    raw = [(b"host", b"rewir.test"), *((n.encode(), v.encode()) for n, v in headers.items())]
    answer = asked.send("GET", target, b"", raw)
    assert code(answer) == (401, "bad-key")
    assert answer.headers["www-authenticate"] == 'Bearer realm="rewir", error="invalid_token"'
    assert answer.headers["cache-control"] == "no-store"


def test_two_keys_at_once_are_refused(asked: Client, home: Path, token: str) -> None:
    other = add_key(home, READ)[1]
    assert code(asked.get("/", x_api_key=other, **bearer(token))) == (401, "bad-key")
    assert asked.get("/", x_api_key=token, **bearer(token)).status == 200


def test_other_authorization_is_a_proxys_business(asked: Client) -> None:
    assert asked.get(ITEMS, authorization="Basic cmV3aXI6cmV3aXI=").status == 200


def test_a_secret_with_another_id_is_refused(asked: Client, home: Path, token: str) -> None:
    other, _ = add_key(home, READ)
    mixed = f"rw_{other.id}_{token.split('_', 2)[2]}"
    assert code(asked.get("/", **bearer(mixed))) == (401, "bad-key")


def test_an_expired_key_says_so(asked: Client, home: Path) -> None:
    _, token = add_key(home, READ, days=-1)
    assert code(asked.get("/", **bearer(token))) == (401, "expired-key")
    polish = asked.get("/", accept_language="pl", **bearer(token))
    assert "wygasł" in polish.json()["detail"]


def test_a_revoked_key_is_refused_without_restart(tmp_path: Path) -> None:
    write_two_faces(tmp_path)
    key, token = add_key(tmp_path, READ)
    app = create_app(Settings(store=str(tmp_path)))
    client = Client(app)
    assert client.get("/", **bearer(token)).status == 200
    KeyRing(Folder.open(tmp_path)).revoke(key.id, now=datetime.now(UTC))
    _age_keys(app)
    assert code(client.get("/", **bearer(token))) == (401, "revoked-key")


def test_a_new_key_works_without_restart(tmp_path: Path) -> None:
    write_two_faces(tmp_path)
    client = Client(create_app(Settings(store=str(tmp_path))))
    assert client.get("/").status == 200
    _, token = add_key(tmp_path, READ)
    assert client.get("/", **bearer(token)).status == 200


@pytest.mark.parametrize("target", ["/", ITEMS, "/assets/dom.js"])
def test_a_key_for_something_else_does_not_read(asked: Client, home: Path, target: str) -> None:
    _, token = add_key(home, "reports:write", "metrics:read")
    answer = asked.get(target, **bearer(token))
    assert code(answer) == (403, "missing-scope")
    assert answer.json()["scope"] == READ
    assert 'error="insufficient_scope", scope="internal:read"' in answer.headers["www-authenticate"]
    assert asked.get("/healthz", **bearer(token)).status == 200


def test_a_public_server_has_no_internal_face(home: Path, token: str) -> None:
    app = create_app(Settings(store=str(home), faces="public"))
    assert set(app.state.watches) == {"public"}
    client = Client(app)
    assert code(client.get(ITEMS, **bearer(token))) == (403, "public-only")
    assert client.get(ITEMS).status == 200


@pytest.mark.parametrize("faces", ["both", "public"])
def test_the_public_process_opens_no_internal_file(home: Path, faces: str) -> None:
    """Python reports every file that a process opens; keys read no release before they are used."""
    program = f"""
import json, os, sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(os.fspath(args[0]))
                 if isinstance(args[0] if args else None, (str, bytes, os.PathLike)) else None)
sys.path[:0] = [{str(HERE)!r}, {str(HERE / "tests")!r}]
from asgi_client import Client
from api.app import create_app
from geo.settings import Settings
client = Client(create_app(Settings(store={str(home)!r}, faces={faces!r})))
for target in {TARGETS!r}:
    client.get(target, accept="*/*")
found = [str(p) for p in opened if {str(home)!r} in str(p)]
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)  # fmt: skip
    opened = json.loads(done.stdout)
    assert any("/public/area-periods.properties.jsonl" in path for path in opened)
    assert not [path for path in opened if "/internal/" in path]


def test_the_public_face_needs_no_internal_folder(tmp_path: Path, asked: Client) -> None:
    shutil.rmtree(write_two_faces(tmp_path) / "internal")
    client = Client(create_app(Settings(store=str(tmp_path))))
    for target in TARGETS:
        if target != "/metrics":
            assert client.get(target).raw == asked.get(target).raw


def test_a_store_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    write_two_faces(tmp_path)
    key, token = add_key(tmp_path, READ)
    (tmp_path / "keys" / f"{key.id}.json").write_text("{}")
    client = Client(create_app(Settings(store=str(tmp_path))))
    assert code(client.get("/", **bearer(token))) == (503, "store")


def _age_keys(app: object) -> None:
    """Let what is remembered of keys be old, as it is after two seconds."""
    layer = app.middleware_stack  # type: ignore[attr-defined]
    while not hasattr(layer, "_keys") or not hasattr(layer._keys, "_held"):
        layer = getattr(layer, "app", None) or layer._app
    layer._keys._every = 0.0
