"""One contact a second through the whole path, however much else there is: what a customer would notice."""

import asyncio
from time import perf_counter
from typing import NamedTuple

import msgspec

from loadgen import bodies
from loadgen.bodies import CONNECT, END, MESSAGE, START
from loadgen.engine import Answer, Client
from schemas.api import AgentConnect, ChatEnd, ChatMessage, ChatStart, ChatStarted

_STORED_EVERY_S = 0.05
_encode = msgspec.json.Encoder().encode


class _Kept(msgspec.Struct):
    """What is read of a stored consultation."""

    ended_at: str | None


class Passed(NamedTuple):
    """`ms` from when the contact was due until its end was stored; None where it did not come so far."""

    ms: float | None
    how: str


class Sentinel:
    """Starts a chat, writes, asks for an agent, ends it, and reads it back from the database."""

    def __init__(
        self,
        client: Client,
        run: str,
        queue: str,
        timeout_s: float = 20.0,
        look_every_s: float = _STORED_EVERY_S,
    ) -> None:
        self._client, self._run, self._queue = client, run, queue
        self._timeout_s, self._look_every_s = timeout_s, look_every_s

    async def send(self, number: int, due: float) -> Passed:
        """One contact; `due` on perf_counter's clock. Failures are told, never raised."""
        try:
            async with asyncio.timeout(self._timeout_s):
                how = await self._pass(number)
        except TimeoutError:
            how = "timeout"
        return Passed((perf_counter() - due) * 1000 if how == "ok" else None, how)

    async def _pass(self, number: int) -> str:
        customer = f"run-{self._run}-sentinel-{number}"
        begun = await self._post(START, ChatStart(customer_id=customer, message="Hello", synthetic=True))
        started = bodies.read(begun, ChatStarted)
        if started is None:
            return _fault(begun)
        session = started.session_id
        for path, body in (
            (MESSAGE, ChatMessage(session_id=session, message="Are you there?", message_id=f"s{number}")),
            (CONNECT, AgentConnect(session_id=session, queue=self._queue)),
            (END, ChatEnd(session_id=session)),
        ):
            answer = await self._post(path, body, started.token)
            if not answer.ok and answer.kind != "conflict":
                return _fault(answer)
        return await self._stored(session, started.token)

    async def _stored(self, session: str, token: str) -> str:
        """Waits until the consultation's end stands in the database."""
        while True:
            answer = await self._ask("GET", f"/consultation/{session}", b"", token)
            kept = bodies.read(answer, _Kept)
            if kept and kept.ended_at is not None:
                return "ok"
            if not answer.ok and answer.status != 404:
                return _fault(answer)
            await asyncio.sleep(self._look_every_s)

    async def _post(self, path: str, body: object, token: str = "") -> Answer:
        return await self._ask("POST", path, _encode(body), token)

    async def _ask(self, method: str, path: str, body: bytes, token: str) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        headers = (("Authorization", f"Bearer {token}"),) if token else ()
        self._client.send(method, path, body, "application/json" if body else "", done, headers)
        return await answered


def _fault(answer: Answer) -> str:
    return "wrong" if answer.ok else answer.kind
