"""Keys: made once, kept as a hash, used until they end."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from geo.cli.keys import keys_app
from geo.errors import NotFoundError, RewirError, StoreError, UsageError
from geo.keys import SCOPES, KeyRing, id_of
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(Folder.open(tmp_path))


def make(ring: KeyRing, *scopes: str, name: str = "desk") -> tuple[str, str]:
    key, token = ring.add(name, scopes=scopes or ("internal:read",), expires=NOW + YEAR, now=NOW)
    return key.id, token


def test_a_key_is_found_by_its_token(ring: KeyRing) -> None:
    key_id, token = make(ring, "internal:read", "reports:write")
    assert id_of(token) == key_id
    key = ring.get(key_id)
    assert key is not None
    assert key.opens(token)
    assert (key.name, key.created, key.expires) == ("desk", NOW, NOW + YEAR)
    assert key.scopes == {"internal:read", "reports:write"}


def test_the_store_holds_the_hash_and_never_the_token(ring: KeyRing, tmp_path: Path) -> None:
    key_id, token = make(ring)
    [file] = (tmp_path / "keys").iterdir()
    assert file.name == f"{key_id}.json"
    content = file.read_text()
    assert token.rpartition(f"{key_id}_")[2] not in content
    assert json.loads(content)["sha256"] == hashlib.sha256(token.encode()).hexdigest()


def test_secrets_are_long_and_never_the_same(ring: KeyRing) -> None:
    tokens = [make(ring)[1] for _ in range(50)]
    secrets = {token.split("_", 2)[2] for token in tokens}
    assert len(secrets) == 50
    # base64 without padding: 43 characters are 256 bits
    assert {len(secret) for secret in secrets} == {43}


def test_another_token_does_not_open(ring: KeyRing) -> None:
    key_id, token = make(ring)
    key = ring.get(key_id)
    assert key is not None
    for wrong in (token[:-1], token + "x", token.swapcase(), "", make(ring)[1], "ż" * 60):
        assert not key.opens(wrong)


@given(text=st.text())
def test_what_is_no_token_names_no_key(text: str) -> None:
    assert id_of(text) is None


@given(key_id=st.text(max_size=20))
def test_a_strange_id_reads_no_file(key_id: str) -> None:
    assert KeyRing(Folder.open("memory://nobody")).get(key_id) is None


def test_states(ring: KeyRing) -> None:
    key_id, _ = make(ring)
    key = ring.get(key_id)
    assert key is not None
    assert key.state(NOW) == "active"
    assert key.state(NOW + YEAR - timedelta(microseconds=1)) == "active"
    assert key.state(NOW + YEAR) == "expired"
    revoked = ring.revoke(key_id, now=NOW)
    assert revoked.state(NOW) == revoked.state(NOW + 2 * YEAR) == "revoked"
    assert ring.revoke(key_id, now=NOW + YEAR).revoked == NOW
    assert replace(revoked, revoked=None) == key


def test_keys_are_listed_in_order(ring: KeyRing) -> None:
    assert ring.all() == []
    later, _ = ring.add("b", scopes=["plans:write"], expires=NOW + 2 * YEAR, now=NOW + YEAR)
    earlier, _ = ring.add("a", scopes=["plans:write"], expires=NOW + 2 * YEAR, now=NOW)
    ring.revoke(later.id, now=NOW)
    assert [key.name for key in ring.all()] == ["a", "b"]
    assert [key.state(NOW) for key in ring.all()] == ["active", "revoked"]
    assert earlier in ring.all()


@pytest.mark.parametrize(
    ("name", "scopes", "days", "told"),
    [
        ("", ["internal:read"], 1, "no name"),
        (" ", ["internal:read"], 1, "no name"),
        ("a\nb", ["internal:read"], 1, "no name"),
        ("x" * 81, ["internal:read"], 1, "up to 80"),
        ("desk", [], 1, "say what the key is for"),
        ("desk", ["internal:write"], 1, "unknown scope internal:write: take some of internal:read"),
        ("desk", ["internal:read"], 0, "could never be used"),
    ],
)
def test_wrong_keys_are_refused(
    ring: KeyRing, tmp_path: Path, name: str, scopes: list[str], days: int, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        ring.add(name, scopes=scopes, expires=NOW + timedelta(days=days), now=NOW)
    assert not (tmp_path / "keys").exists()


def test_an_unknown_key_cannot_be_revoked(ring: KeyRing) -> None:
    with pytest.raises(NotFoundError, match="no key '0123456789ab'"):
        ring.revoke("0123456789ab", now=NOW)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "x"}', "not json"])
def test_a_damaged_key_is_told(ring: KeyRing, tmp_path: Path, content: str) -> None:
    key_id, _ = make(ring)
    (tmp_path / "keys" / f"{key_id}.json").write_text(content)
    with pytest.raises(StoreError, match=key_id):
        ring.get(key_id)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(keys_app, [str(a) for a in arguments])


def refused(*arguments: object) -> RewirError:
    error = run(*arguments).exception
    assert isinstance(error, RewirError)
    return error


def test_from_the_command_line(tmp_path: Path) -> None:
    made = run("add", "IV komisariat", "--scope", "internal:read", "--scope", "reports:write",
               "--expires", "2099-12-31", "--store", tmp_path)  # fmt: skip
    assert made.exit_code == 0
    token = made.stdout.strip()
    key_id = id_of(token)
    assert key_id is not None
    assert f"Key {key_id} for IV komisariat: internal:read, reports:write" in made.stderr
    assert "2099-12-31" in made.stderr
    listed = run("list", "--store", tmp_path)
    head, row = listed.stdout.splitlines()
    assert head.split() == ["id", "name", "scopes", "created", "last", "day", "state"]
    assert row.startswith(f"{key_id}  IV komisariat  internal:read reports:write  ")
    assert row.endswith("2099-12-31  active")
    assert token not in listed.output
    for _ in range(2):
        assert "is revoked since" in run("revoke", key_id, "--store", tmp_path).stdout
    assert run("list", "--store", tmp_path).stdout.rstrip().endswith("revoked")


def test_a_key_lasts_a_year_if_nothing_is_said(tmp_path: Path) -> None:
    run("add", "desk", "--scope", "internal:read", "--store", tmp_path)
    [key] = KeyRing(Folder.open(tmp_path)).all()
    assert YEAR <= key.expires - key.created <= YEAR + timedelta(days=1)


def test_no_keys(tmp_path: Path) -> None:
    assert "no keys" in run("list", "--store", tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["add", "desk"], UsageError),
        (["add", "desk", "--scope", "all"], UsageError),
        (["add", "desk", "--scope", "internal:read", "--expires", "soon"], UsageError),
        (["add", "desk", "--scope", "internal:read", "--expires", "2020-01-01"], UsageError),
        (["add", "desk", "--scope", "internal:read", "--expires", "9999-12-31"], UsageError),
        (["revoke", "0123456789ab"], NotFoundError),
        (["revoke", "../../etc/passwd"], NotFoundError),
    ],
)
def test_mistakes(tmp_path: Path, arguments: list[str], kind: type[RewirError]) -> None:
    assert type(refused(*arguments, "--store", tmp_path)) is kind


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    error = refused("list", "--store", tmp_path / "none")
    assert isinstance(error, NotFoundError)


def test_help_names_every_scope() -> None:
    shown = " ".join(run("add", "--help").stdout.replace("│", " ").split())
    assert all(scope in shown for scope in SCOPES)
