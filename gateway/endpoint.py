"""The way of a POST: body in, handler, answer out, with nothing of Starlette's request and response."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Generic

from starlette.types import Receive, Scope, Send

from gateway.answers import Answer, Refused, busy, send_answer
from gateway.bodies import B, BodyReader, ClientGone
from gateway.idempotency import caller_of, key_for, key_in
from gateway.overload.customers import check_customer
from gateway.security.access import Caller, Who, admit
from gateway.security.bearer import token_of
from gateway.state import Gateway, gateway_of
from runtime.about import concern
from schemas.api import Body
from schemas.topics import CONVERSATION_COMMANDS

_CLIENT_GONE = 499


class Endpoint(ABC):
    """The way of a POST, whatever it is answered from; `who` is whom it is for."""

    who = Who.NOBODY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI application."""
        await self.respond(scope, receive, send)

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Answers and returns the status, 499 where the client left. Refusals are problem documents."""
        gateway = gateway_of(scope)
        try:
            answer = await self._answer(gateway, scope, receive)
        except Refused as refused:
            answer = refused.answer
        except ClientGone:
            return _CLIENT_GONE
        await send_answer(send, answer)
        return answer.status

    @abstractmethod
    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        """Raises Refused and ClientGone."""


class Post(Endpoint, Generic[B]):
    """An ASGI endpoint that hands the checked body and the traceparent, or "", to `handle`. The body names
    the customer's session."""

    def __init__(self, kind: type[B], handle: Callable[[Gateway, B, str], Awaitable[Answer]]) -> None:
        self._reader = BodyReader(kind)
        self._handle = handle

    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        token = token_of(scope) if gateway.passes.required else ""
        if not token:
            # What has no token at all is refused before its body is read.
            admit(gateway, self.who, token)
        body, traceparent = await self._reader.read(scope, receive, gateway.settings.body_limit_bytes)
        session = getattr(body, "session_id", "")
        if session:
            concern(session=session)
        admit(gateway, self.who, token, session)
        check_customer(gateway, scope, body)
        return await self._handle(_under_key(gateway, scope, body), body, traceparent)


class StaffPost(Endpoint, Generic[B]):
    """As Post, of agents or supervisors: the token is checked first, and `handle` is told who asks."""

    def __init__(self, kind: type[B], handle: Callable[[Gateway, B, Caller, str], Awaitable[Answer]]) -> None:
        self._reader = BodyReader(kind)
        self._handle = handle

    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        caller = admit(gateway, self.who, token_of(scope))
        body, traceparent = await self._reader.read(scope, receive, gateway.settings.body_limit_bytes)
        concern(session=getattr(body, "session_id", ""), contact=getattr(body, "contact_id", ""))
        return await self._handle(_under_key(gateway, scope, body, caller), body, caller, traceparent)


class AgentPost(StaffPost[B]):
    """Of an agent: its pool and the partition are known."""


def _under_key(gateway: Gateway, scope: Scope, body: Body, caller: Caller | None = None) -> Gateway:
    """The gateway for a request with an Idempotency-Key, or as it is. Raises Refused (400, 503)."""
    text = key_in(scope)
    if not text:
        return gateway
    partitions = gateway.outbox.partitions.get(CONVERSATION_COMMANDS.name, 0)
    if not partitions:
        raise busy("The platform can't be reached")
    whose = caller_of(body, caller)
    return gateway.under(key_for(whose, text, scope["path"], body, partitions, gateway.passes.secret))
