"""Which pages' scripts may use the gateway: its own, and those of the origins in the settings."""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Scope

from gateway.answers import Refused

_METHODS = ("GET", "POST", "PUT", "DELETE")
_SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Traceparent")
_READ = ("ETag", "Retry-After", "WWW-Authenticate")


def origins_of(text: str) -> tuple[str, ...]:
    """The origins of a list with commas."""
    return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())


def with_cors(app: ASGIApp, allowed: Collection[str]) -> ASGIApp:
    """Tells browsers that pages of these origins may call; without any, the app as it is. Cookies come along,
    as signing in needs them."""
    if not allowed:
        return app
    return CORSMiddleware(
        app,
        allow_origins=tuple(allowed),
        allow_methods=_METHODS,
        allow_headers=_SENT,
        expose_headers=_READ,
        allow_credentials=True,
    )


def check_origin(scope: Scope, allowed: Collection[str]) -> None:
    """Raises Refused (403) for a socket that another site's page opens: browsers let any page do so, and say
    which it is. Who is no browser says nothing, and may."""
    found = {
        name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"origin", b"host")
    }
    origin = found.get(b"origin", "")
    if origin and origin not in allowed and _authority(origin) != found.get(b"host", "").lower():
        raise Refused(HTTPStatus.FORBIDDEN, "Pages of this origin may not open sockets here")


def _authority(origin: str) -> str:
    """Host and port as the header Host has them. The scheme is not compared: TLS may end before us."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
