"""Who an agent's request comes from: the token that it bears."""

from http import HTTPStatus

from starlette.types import Scope

from gateway.answers import Refused
from gateway.state import Gateway
from gateway.tokens import BadToken, Claims, read_token


def claims_of(gateway: Gateway, scope: Scope, token: str = "") -> Claims:
    """The claims of `token`, or of the one in the header Authorization. Raises Refused (401)."""
    try:
        return read_token(token or _bearer(scope), gateway.secret)
    except BadToken as error:
        asked = (b"www-authenticate", b"Bearer")
        raise Refused(HTTPStatus.UNAUTHORIZED, f"The token is refused: {error}", asked) from error


def _bearer(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""
