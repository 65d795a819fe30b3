"""What stands before a route that Starlette serves: whom it is for."""

from copy import copy

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.answers import Refused, send_answer
from gateway.consultations import parse_query
from gateway.realtime.line import deny
from gateway.security.access import RULES, Caller, Who, admit
from gateway.security.bearer import token_of
from gateway.security.origins import check_origin, origins_of
from gateway.state import gateway_of


def caller_of(scope: Scope) -> Caller:
    """Who asks; behind a guard only."""
    caller: Caller = scope["caller"]
    return caller


class Guarded:
    """An ASGI application. `rules` is by method, `WS` for sockets."""

    def __init__(self, app: ASGIApp, rules: dict[str, Who]) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents, a socket's before it opens."""
        try:
            scope["caller"] = self._admitted(scope)
        except Refused as refused:
            if scope["type"] == "websocket":
                await deny(WebSocket(scope, receive, send), refused)
            else:
                await send_answer(send, refused.answer)
            return
        await self._app(scope, receive, send)

    def _admitted(self, scope: Scope) -> Caller:
        method = scope.get("method", "WS")
        if method == "WS":
            check_origin(scope, origins_of(gateway_of(scope).settings.cors_origins))
        who = self._rules["GET" if method == "HEAD" else method]
        session_id = scope.get("path_params", {}).get("session_id")
        if session_id is None and who in (Who.CUSTOMER, Who.READER):
            session_id = parse_query(scope["query_string"]).get("session_id")
        return admit(gateway_of(scope), who, token_of(scope), session_id or "")


def guard(given: BaseRoute) -> BaseRoute:
    """The route behind its rules. Raises KeyError where the table does not name it."""
    match route := copy(given):
        case Route(methods=set() as methods):
            rules = {method: RULES[f"{method} {route.path}"] for method in methods - {"HEAD"}}
        case WebSocketRoute():
            rules = {"WS": RULES[f"WS {route.path}"]}
        case _:
            raise KeyError(f"{route} is of no kind that can be guarded")
    if set(rules.values()) != {Who.ANYONE}:
        route.app = Guarded(route.app, rules)
    return route
