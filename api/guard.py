"""Who asks, how often, and from which face they are answered.

Without a key a request is answered from the public face. A key is sent as
``Authorization: Bearer …`` or ``X-API-Key: …``, never in the address, which proxies log. One that
is not valid is refused, not ignored: nobody takes public numbers for internal ones. Requests of
this machine that have no key are not counted: a proxy here, of which the server was not told,
would else be shut out with all its clients.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from api.errors import ApiError, problem
from api.keys import require_scope, unauthorised
from api.negotiation import language_of
from api.scope import OPERATION, path_of, told
from geo.errors import RewirError

if TYPE_CHECKING:
    from collections.abc import Container

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.keys import KeyWatch
    from api.rate import TokenBuckets
    from geo.keys import Key

__all__ = ["Guard", "is_local"]

READ_INTERNAL = "internal:read"


class Guard:
    """Middleware: finds the key, counts the request, and chooses the face.

    Parameters
    ----------
    keys
        Knows the keys.
    buckets
        Count requests, by key or by address.
    faces
        The faces that this server has.
    """

    def __init__(
        self, app: ASGIApp, *, keys: KeyWatch, buckets: TokenBuckets, faces: Container[str]
    ) -> None:
        self._app = app
        self._keys = keys
        self._buckets = buckets
        self._faces = faces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or let the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told(scope).update(key=None, face="public")
        try:
            counted = await self._admit(scope)
        except RewirError as error:
            await problem(error, language=language_of(scope), scope=scope)(scope, receive, send)
            return
        if not counted:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(counted)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    async def _admit(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Headers that say what is left of the client's allowance.

        Raises
        ------
        ApiError
            If the client sends too much, or its key is not valid or not for this.
        StoreError
            If the keys cannot be read.
        """
        token, client = _token(scope), _client(scope)
        if token is None:
            return self._buckets.take(client) if client else []
        key = await self._known(token, client)
        told(scope)["key"] = key
        counted = self._buckets.take(f"key {key.id}")
        told(scope)["face"] = self._face(scope, key)
        return counted

    async def _known(self, token: str, client: str) -> Key:
        """The key of a token; whoever tries wrong ones is counted, and soon not heard."""
        if client:
            self._buckets.look(client)
        try:
            return await self._keys.find(token)
        except ApiError:
            if client:
                self._buckets.take(client)
            raise

    def _face(self, scope: Scope, key: Key) -> str:
        if scope["method"] not in {"GET", "HEAD"} or path_of(scope) in OPERATION:
            return "public"
        require_scope(key, READ_INTERNAL)
        if "internal" not in self._faces:
            raise ApiError(code="public-only")
        return "internal"


def is_local(scope: Scope) -> bool:
    """Whether a request comes from this machine, and not through a proxy that says so."""
    names = {name for name, _ in scope["headers"]}
    return _client(scope) == "" and not names & {b"x-forwarded-for", b"forwarded"}


def _token(scope: Scope) -> str | None:
    """The key that was sent; other kinds of authorization are a proxy's business.

    Raises
    ------
    ApiError
        If several were sent.
    """
    tokens = set()
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            tokens.add(value)
        elif name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() == b"bearer":
                tokens.add(rest.strip())
    if len(tokens) > 1:
        raise unauthorised(code="bad-key")
    return tokens.pop().decode("latin-1") if tokens else None


def _client(scope: Scope) -> str:
    """Whose requests are counted together; empty for this machine."""
    client = scope.get("client")
    return _network(client[0]) if client else ""


@lru_cache(maxsize=4096)
def _network(host: str) -> str:
    """An address, or the /64 that an IPv6 client can choose addresses from."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_loopback:
        return ""
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host
