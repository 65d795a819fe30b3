"""/auth: browsers of staff sign in at an OpenID provider (code flow with PKCE), refresh and sign out."""

import hmac
import logging
from http import HTTPStatus
from secrets import token_urlsafe
from time import time
from typing import Any

import msgspec
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, busy, ok
from gateway.endpoint import Endpoint
from gateway.security.access import staff_of
from gateway.security.bearer import token_of
from gateway.security.origins import check_origin, origins_of
from gateway.security.provider import Fault, Given, Provider
from gateway.security.seal import Broken
from gateway.security.tokens import BadToken, KeyPending, Role
from gateway.state import Gateway, gateway_of

log = logging.getLogger(__name__)
_LOGIN, _SESSION = "aicc_login", "aicc_session"
_LOGIN_S = 600


class Login(msgspec.Struct):
    """Kept by the browser while it is at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str


class Session(msgspec.Struct):
    """Kept by the browser while somebody is signed in."""

    sub: str
    refresh_token: str
    at: int
    """When they signed in, Unix seconds."""


class Fresh(msgspec.Struct, kw_only=True):
    """200 of /auth/refresh: what the page bears in calls and sockets, and for how many seconds it is good."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"


class Out(msgspec.Struct, kw_only=True):
    """200 of /auth/logout: where the browser may end the provider's own session, if there is such a place."""

    end_session_endpoint: str = ""


class Me(msgspec.Struct, kw_only=True):
    """200 of /auth/me."""

    sub: str
    roles: tuple[str, ...]
    pool: str
    exp: int


class Ways(msgspec.Struct, kw_only=True):
    """200 of /auth/ways: where a browser begins to sign in; empty where no provider is set."""

    login: str


_login = msgspec.json.Decoder(Login).decode
_session = msgspec.json.Decoder(Session).decode


async def ways(request: Request) -> Response:
    """Pages ask this first, so that they offer what there is."""
    answer = ok(Ways(login="/auth/login" if gateway_of(request.scope).provider else ""))
    return Response(answer.body, media_type="application/json", headers={"Cache-Control": "no-store"})


async def login(request: Request) -> Response:
    """To the provider; `next` is the page of ours to come back to."""
    gateway = gateway_of(request.scope)
    page = _own_page(request.query_params.get("next", "/"))
    begun = Login(token_urlsafe(32), token_urlsafe(32), token_urlsafe(48), page)
    try:
        url = await _provider(gateway).redirect(begun.state, begun.nonce, begun.verifier)
    except Fault as error:
        raise _away(error) from error
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    # Lax: the browser comes back from another site.
    _keep(gateway, response, _LOGIN, gateway.seals["login"].closed(begun), _LOGIN_S, "lax")
    return response


async def callback(request: Request) -> Response:
    """From the provider, with a code that is good for tokens."""
    gateway, asked = gateway_of(request.scope), request.query_params
    provider = _provider(gateway)
    try:
        begun = gateway.seals["login"].opened(request.cookies.get(_LOGIN, ""), _login, _LOGIN_S)
    except Broken as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "Nobody has begun to sign in here, or too long ago") from error
    if not hmac.compare_digest(begun.state.encode(), asked.get("state", "").encode()):
        raise Refused(HTTPStatus.BAD_REQUEST, "This is the answer to another sign-in")
    if "code" not in asked:
        raise Refused(HTTPStatus.FORBIDDEN, "The provider did not let you in")
    try:
        given = await provider.redeem(asked["code"], begun.verifier)
    except Fault as error:
        raise _away(error) from error
    signed_in = Session(_sub_of(gateway, given, begun.nonce), given.refresh_token, int(time()))
    response = RedirectResponse(begun.next, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    _keep(gateway, response, _LOGIN, "", 0, "lax")
    sealed = gateway.seals["session"].closed(signed_in)
    _keep(gateway, response, _SESSION, sealed, gateway.settings.session_s, "strict")
    return response


class Refresh(Endpoint):
    """POST /auth/refresh: a fresh access token for the browser's session."""

    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        provider = _provider(gateway)
        held = _held(gateway, scope)
        try:
            given = await provider.refresh(held.refresh_token)
        except Fault as error:
            raise _away(error) from error
        kept = Session(held.sub, given.refresh_token or held.refresh_token, held.at)
        fresh = Fresh(access_token=given.access_token, expires_in=given.expires_in)
        return _with_session(gateway, ok(fresh), gateway.seals["session"].closed(kept))


class Logout(Endpoint):
    """POST /auth/logout: ends the session here, at the provider, and all sockets of who signs out."""

    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        provider = _provider(gateway)
        held = _held(gateway, scope)
        try:
            await gateway.sign_outs.add(held.sub)
        except (RedisError, OSError) as error:
            raise busy("Not all gateways could be told: sign out again") from error
        try:
            await provider.revoke(held.refresh_token)
        except Fault as error:
            log.warning("the provider did not end a session: %s", type(error).__name__)
        return _with_session(gateway, ok(Out(end_session_endpoint=provider.end_session_endpoint)), "")


async def me(request: Request) -> Response:
    """Who bears this token."""
    caller = staff_of(gateway_of(request.scope), token_of(request.scope), *Role)
    answer = ok(Me(sub=caller.sub, roles=caller.roles, pool=caller.pool, exp=caller.exp))
    return Response(answer.body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _provider(gateway: Gateway) -> Provider:
    if gateway.provider is None:
        raise Refused(HTTPStatus.NOT_FOUND, "Nobody signs in here: no provider is set")
    return gateway.provider


def _own_page(path: str) -> str:
    """A path of ours: nobody is sent to another site after signing in."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if own else "/"


def _sub_of(gateway: Gateway, given: Given, nonce: str) -> str:
    """Who has signed in. Raises Refused where the id token is not the answer to our question."""
    try:
        return gateway.identity.signed_in(given.id_token, nonce)
    except KeyPending as error:
        raise busy("The provider's keys are not read yet: sign in again") from error
    except BadToken as error:
        raise Refused(HTTPStatus.FORBIDDEN, f"The provider's id token is refused: {error}") from error


def _held(gateway: Gateway, scope: Scope) -> Session:
    """The browser's session. Raises Refused (401, and 403 for another site's page)."""
    check_origin(scope, origins_of(gateway.settings.cors_origins))
    sealed = Request(scope).cookies.get(_SESSION, "")
    try:
        held = gateway.seals["session"].opened(sealed, _session, gateway.settings.session_s)
    except Broken as error:
        raise Refused(HTTPStatus.UNAUTHORIZED, "Nobody is signed in") from error
    if gateway.sign_outs.ended(held.sub, held.at):
        raise Refused(HTTPStatus.UNAUTHORIZED, "You have signed out: sign in again")
    return held


def _with_session(gateway: Gateway, answer: Answer, sealed: str) -> Answer:
    response = Response()
    _keep(gateway, response, _SESSION, sealed, gateway.settings.session_s if sealed else 0, "strict")
    cookie = (b"set-cookie", response.headers["set-cookie"].encode())
    return answer._replace(headers=(*answer.headers, cookie))


def _keep(gateway: Gateway, response: Response, name: str, text: str, for_s: int, same_site: Any) -> None:
    """No script reads it, and only /auth is sent it."""
    secure = not gateway.settings.public_url.startswith("http://")
    response.set_cookie(name, text, for_s, path="/auth", secure=secure, httponly=True, samesite=same_site)


def _away(error: Exception) -> Refused:
    """The provider refuses, or does not answer."""
    log.info("the provider: %s", type(error).__name__)
    refuses = type(error).__name__ == "OAuthError"
    if refuses:
        return Refused(HTTPStatus.UNAUTHORIZED, "The provider refuses: sign in again")
    return busy("The provider does not answer")
