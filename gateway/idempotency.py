"""Idempotency keys: whose they are, and which requests under them are the same. Pure."""

from hashlib import blake2b
from http import HTTPStatus
from typing import NamedTuple

from starlette.types import Scope

from gateway.answers import Refused
from gateway.security.tokens import Claims
from schemas.api import Body
from schemas.codec import encode
from schemas.keys import OVER, REUSED, key_name

HEADER = b"idempotency-key"
MOST_CHARACTERS = 255
REASONS = {
    REUSED: (HTTPStatus.UNPROCESSABLE_ENTITY, "The Idempotency-Key came with another request before"),
    OVER: (HTTPStatus.CONFLICT, "The Idempotency-Key was used too long ago: what became of it is not known"),
}
_CALLERS = ("session_id", "customer_id", "supervisor", "phone", "from_", "call_id")
_DIGEST_BYTES, _SEAL_BYTES = 16, 32


class Key(NamedTuple):
    """A request's key: the entity `name` on `partition` of conversation.commands; and the request's id, which
    all equal requests under the key have, and no other."""

    name: str
    partition: int
    request_id: str


def key_in(scope: Scope) -> str:
    """The header's value, without the quotes of RFC 8941; empty where there is none. Raises Refused (400)."""
    found: list[bytes] = [value for name, value in scope["headers"] if name == HEADER]
    if not found:
        return ""
    text = found[0].decode("latin-1").strip().removeprefix('"').removesuffix('"')
    if len(found) > 1 or not 1 <= len(text) <= MOST_CHARACTERS or not (text.isascii() and text.isprintable()):
        detail = f"Idempotency-Key: must be one of 1 to {MOST_CHARACTERS} printable ASCII characters"
        raise Refused(HTTPStatus.BAD_REQUEST, detail)
    return text


def caller_of(body: Body, claims: Claims | None = None) -> str:
    """Whose request it is: an agent's by its token, else that of whom the body names. Raises Refused (400)
    where it names nobody."""
    if claims is not None:
        return f"{'+'.join(claims.roles)}:{claims.pool}:{claims.sub}"
    named = ((name, getattr(body, name, "")) for name in _CALLERS)
    found = next((f"{name}:{value}" for name, value in named if value), "")
    if not found and any(hasattr(body, name) for name in _CALLERS):
        detail = "Idempotency-Key: say whose it is, by customer_id or phone: keys of two must not meet"
        raise Refused(HTTPStatus.BAD_REQUEST, detail)
    return found


def key_for(caller: str, text: str, path: str, body: Body, partitions: int, secret: bytes) -> Key:
    """The key `text` of the caller with this request. Bodies are compared as they are understood, so that one
    may come as JSON and again as a form. `secret` is the gateways' own: what was masked in a body can't be
    guessed from the digest that stands in the log."""
    whose = seal(secret, caller, text)
    partition = int(whose, 16) % partitions
    return Key(key_name(partition, whose), partition, seal(secret, whose, path, encode(body).decode()))


def seal(secret: bytes, *parts: str) -> str:
    """What stands for the parts, and tells nothing of them."""
    key = blake2b(secret, digest_size=_SEAL_BYTES).digest()
    return blake2b("\0".join(parts).encode(), digest_size=_DIGEST_BYTES, key=key).hexdigest()
