"""The token that a request bears."""

from urllib.parse import parse_qs

from starlette.types import Scope


def token_of(scope: Scope) -> str:
    """The one in the header Authorization, or for sockets, which browsers let say nothing else, in the
    address; empty where there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return _in_address(scope["query_string"]) if scope["type"] == "websocket" else ""


def _in_address(query: bytes) -> str:
    return parse_qs(query.decode("latin-1")).get("token", [""])[-1]
