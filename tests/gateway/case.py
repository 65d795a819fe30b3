"""A request that is sent over a connection of its own, and what may be answered to it."""

from collections.abc import Mapping
from typing import NamedTuple

HERE = b"Host: here\r\n"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ANY_REFUSAL = frozenset(range(400, 500))
ANYTHING = ANY_REFUSAL | {200}


class Case(NamedTuple):
    """Bytes for one connection. `allowed` are the statuses of the first answer; with `silent` the server may
    also close without one, or wait for more; without any nothing is waited for."""

    kind: str
    raw: bytes
    allowed: frozenset[int] = ANY_REFUSAL
    silent: bool = True


def request(
    method: str, path: str | bytes, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A well-formed one, of a single use."""
    target = path if isinstance(path, bytes) else path.encode()
    fields = {
        "Connection": "close",
        **({"Content-Length": str(len(body))} if body else {}),
        **(headers or {}),
    }
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in fields.items())
    return method.encode() + b" " + target + b" HTTP/1.1\r\n" + HERE + lines + b"\r\n" + body
