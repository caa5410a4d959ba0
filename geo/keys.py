"""Keys of the server: who may read the internal face, bring reports, write plans.

A token is ``rw_<id>_<secret>``. The secret is 256 random bits and is shown once; the store keeps
the SHA-256 of the token. A slow hash such as scrypt protects secrets that people choose, which
can be guessed; nobody guesses 256 random bits, and a slow hash would let anyone who sends wrong
keys keep the server busy.

A key is the file ``keys/<id>.json`` and is never changed; it is revoked by ``keys/<id>.revoked``
beside it. Both are created whole or not at all.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import orjson

from geo.errors import NotFoundError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from geo.storage import Folder

__all__ = ["SCOPES", "Key", "KeyRing", "id_of"]

SCOPES: Mapping[str, str] = {
    "internal:read": "read the internal face",
    "metrics:read": "read /metrics from another machine",
    "plans:write": "write plans and notes on them",
    "reports:write": "bring reports",
}
"""What a key may be for."""

ID_BYTES = 6
SECRET_BYTES = 32
LONGEST_NAME = 80

_TOKEN = re.compile(r"rw_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the store knows it, without its secret.

    Attributes
    ----------
    id
        Twelve hexadecimal digits; no secret.
    name
        Who or what has the key.
    scopes
        Keys of `SCOPES`.
    created, expires
        From and to which moment it can be used.
    revoked
        Since when it cannot be used any more, None if nobody revoked it.
    """

    id: str
    name: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime
    revoked: datetime | None
    digest: str = field(repr=False)

    def opens(self, token: str) -> bool:
        """Whether the token is this key's; takes the same time however much of it is right."""
        return hmac.compare_digest(self.digest, _digest(token))

    def state(self, now: datetime) -> Literal["active", "expired", "revoked"]:
        """Whether the key can be used at a moment, and why not."""
        if self.revoked is not None:
            return "revoked"
        return "active" if now < self.expires else "expired"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a store."""

    folder: Folder

    def add(
        self, name: str, *, scopes: Collection[str], expires: datetime, now: datetime
    ) -> tuple[Key, str]:
        """Make a key.

        Parameters
        ----------
        name
            Who or what will have it, up to 80 characters.
        scopes
            What it is for: keys of `SCOPES`, one at least.
        expires
            From when it cannot be used any more.
        now
            The present moment.

        Returns
        -------
        key : Key
            What the store keeps.
        token : str
            The secret, which nobody can find out again.

        Raises
        ------
        UsageError
            If the name is empty or too long, a scope is not known, or the end is not to come.
        StoreError
            If the store cannot be written to.
        """
        _check(name, scopes, expires=expires, now=now)
        key_id = secrets.token_hex(ID_BYTES)
        token = f"rw_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        key = Key(key_id, name, frozenset(scopes), now, expires, None, _digest(token))
        if not self._home.create(f"{key_id}.json", _encode(key)):
            msg = f"the store has a key {key_id} already: try again"
            raise StoreError(msg)
        return key, token

    def get(self, key_id: str) -> Key | None:
        """The key of this id, as it is now; None if there is none.

        Raises
        ------
        StoreError
            If its file is damaged.
        """
        if not _ID.fullmatch(key_id) or not self._home.exists(f"{key_id}.json"):
            return None
        revoked = None
        if self._home.exists(f"{key_id}.revoked"):
            revoked = self._home.read(f"{key_id}.revoked").decode().strip()
        return _decode(key_id, self._home.read(f"{key_id}.json"), revoked)

    def all(self) -> list[Key]:
        """Every key, the oldest first.

        Raises
        ------
        StoreError
            If a file is damaged.
        """
        ids = [n.removesuffix(".json") for n in self._home.names() if n.endswith(".json")]
        keys = [key for key in map(self.get, ids) if key is not None]
        return sorted(keys, key=lambda key: (key.created, key.id))

    def revoke(self, key_id: str, *, now: datetime) -> Key:
        """End a key for good; to end it twice changes nothing.

        Raises
        ------
        NotFoundError
            If there is no such key.
        StoreError
            If the store cannot be written to.
        """
        if self.get(key_id) is None:
            msg = f"there is no key {key_id!r}: see `rewir keys list`"
            raise NotFoundError(msg, code="no-key")
        self._home.create(f"{key_id}.revoked", f"{now.isoformat()}\n".encode())
        key = self.get(key_id)
        if key is None or key.revoked is None:
            msg = f"key {key_id} could not be revoked: its files are gone"
            raise StoreError(msg)
        return key

    @property
    def _home(self) -> Folder:
        return self.folder.sub("keys")


def id_of(token: str) -> str | None:
    """The id that a token names, None if it is no token."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def _check(name: str, scopes: Collection[str], *, expires: datetime, now: datetime) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        msg = f"{name[:100]!r} is no name for a key: write up to {LONGEST_NAME} characters"
        raise UsageError(msg)
    if unknown := sorted(set(scopes) - set(SCOPES)):
        msg = f"unknown scope {', '.join(unknown)}: take some of {', '.join(SCOPES)}"
        raise UsageError(msg)
    if not scopes:
        msg = f"say what the key is for: take some of {', '.join(SCOPES)}"
        raise UsageError(msg)
    if expires <= now:
        msg = f"a key that ends at {expires.isoformat()} could never be used: name a later end"
        raise UsageError(msg)


def _encode(key: Key) -> bytes:
    content = {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created": key.created.isoformat(),
        "expires": key.expires.isoformat(),
        "sha256": key.digest,
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _decode(key_id: str, content: bytes, revoked: str | None) -> Key:
    """The key in a file.

    Raises
    ------
    StoreError
        If the file holds none.
    """
    try:
        raw = orjson.loads(content)
        return Key(
            id=key_id,
            name=str(raw["name"]),
            scopes=frozenset(raw["scopes"]),
            created=datetime.fromisoformat(raw["created"]),
            expires=datetime.fromisoformat(raw["expires"]),
            revoked=None if revoked is None else datetime.fromisoformat(revoked),
            digest=str(raw["sha256"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        msg = f"keys/{key_id} in the store is damaged: revoke the key and make another"
        raise StoreError(msg) from error
