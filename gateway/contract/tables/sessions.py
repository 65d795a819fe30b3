"""How staff's browsers sign in and out."""

from msgspec import Struct

from gateway.contract.route import TEXT, Parameter, Route, Who, get
from gateway.problems import Kind
from gateway.security import signing_in


def _with_cookie(path: str, summary: str, answer: type[Struct]) -> Route:
    """What the cookie of a session is enough for."""
    return Route(
        method="POST",
        path=path,
        summary=summary,
        who=Who.ANYONE,
        answer=answer,
        problems=(Kind.NOT_FOUND, Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.UNAVAILABLE),
    )


ROUTES: tuple[Route, ...] = (
    get("/auth/ways", "How staff's browsers may sign in", Who.ANYONE, signing_in.Ways),
    get(
        "/auth/login",
        "303 to the OpenID provider, where staff sign in",
        Who.ANYONE,
        TEXT,
        Kind.NOT_FOUND,
        Kind.UNAUTHENTICATED,
        Kind.UNAVAILABLE,
        parameters=(Parameter(name="next", says="The page of ours to come back to."),),
    ),
    get(
        "/auth/callback",
        "303 to that page: the provider sends the browser here, with a code",
        Who.ANYONE,
        TEXT,
        Kind.NOT_FOUND,
        Kind.UNREADABLE,
        Kind.UNAUTHENTICATED,
        Kind.FORBIDDEN,
        Kind.UNAVAILABLE,
        parameters=(Parameter(name="code"), Parameter(name="state")),
    ),
    get("/auth/me", "Who bears this token", Who.STAFF, signing_in.Me),
    _with_cookie("/auth/refresh", "A fresh access token for who has signed in", signing_in.Fresh),
    _with_cookie("/auth/logout", "Signs out: session, tokens and sockets end", signing_in.Out),
)
