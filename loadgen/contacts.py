"""One scripted customer: starts a chat, writes, asks for an agent, listens, and leaves."""

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from loadgen import bodies
from loadgen.calls import Calls
from loadgen.engine import Answer, Client
from loadgen.journal import Entry, Journal
from loadgen.listener import Heard, Listener
from loadgen.times import Duration
from schemas.api import ChatStarted, Connected, MessageAccepted
from schemas.conversation import MessageAdded
from schemas.states import Role


class Ending(StrEnum):
    """Who ends the contact."""

    AGENT = "agent"
    CUSTOMER = "customer"
    ABANDON = "abandon"
    """The customer leaves as soon as they would have to wait for an agent."""


@dataclass(frozen=True)
class Script:
    """What the customer does; `patience_s` bounds how long they stay for the agent's answer and end."""

    customer_id: str
    queue: str
    messages_before: int
    messages_after: int
    think: Duration
    ending: Ending
    patience_s: float = 30.0


@dataclass
class Run:
    """What all customers of a run share."""

    gateway: str
    client: Client
    calls: Calls
    journal: Journal
    heard: Heard


class Customer:
    """Plays one Script. The agent's completion is told from outside, by setting `finished`."""

    def __init__(self, script: Script, shared: Run, rng: Random) -> None:
        self.finished = asyncio.Event()
        self.answered = asyncio.Event()
        self.session_id = ""
        self._script = script
        self._shared = shared
        self._rng = rng

    async def run(self) -> Entry | None:
        """Plays the script to its end; None where the platform did not take the contact."""
        script, shared = self._script, self._shared
        answer = await self._post("start", bodies.START, bodies.start(script.customer_id, "Hello"))
        started = bodies.read(answer, ChatStarted)
        if not started:
            return None
        self.session_id = started.session_id
        entry = shared.journal.open(started.session_id, time.time())
        ear = Listener(shared.gateway, started.session_id, self._rng, shared.heard, self._heard)
        async with ear:
            await self._talk(entry)
            await self._leave(entry)
        shared.journal.write(entry)
        return entry

    async def _talk(self, entry: Entry) -> None:
        script = self._script
        await self._write(entry, script.messages_before)
        answer = await self._post("connect", bodies.CONNECT, bodies.connect(entry.session_id, script.queue))
        connected = bodies.read(answer, Connected)
        entry.connected, entry.connected_at = bool(connected), time.time()
        entry.connect_status = connected.status if connected else ""
        if entry.connect_status == "assigned" or script.ending != Ending.ABANDON:
            await self._write(entry, script.messages_after)

    async def _leave(self, entry: Entry) -> None:
        script = self._script
        waits = entry.connected and entry.connect_status != "refused"
        if script.ending == Ending.AGENT and waits:
            await _within(self.finished, script.patience_s)
        elif script.ending == Ending.CUSTOMER and waits:
            await _within(self.answered, script.patience_s)
        entry.ended_at = time.time()
        if not self.finished.is_set():
            answer = await self._post("end", bodies.END, bodies.end(entry.session_id))
            entry.ended_by_customer = answer.ok

    async def _write(self, entry: Entry, messages: int) -> None:
        for _ in range(messages):
            await asyncio.sleep(self._script.think.draw(self._rng))
            if self.finished.is_set():
                return
            message_id = f"m{len(entry.accepted) + 1}-{self._rng.randrange(1 << 32):08x}"
            body = bodies.message(entry.session_id, f"This is about order {message_id}", message_id)
            answer = await self._post("message", bodies.MESSAGE, body)
            if accepted := bodies.read(answer, MessageAccepted):
                entry.accepted.append((message_id, accepted.seq))

    async def _post(self, name: str, path: str, body: bytes) -> Answer:
        shared = self._shared
        return shared.calls.record(name, await shared.client.post(path, body))

    def _heard(self, message: MessageAdded) -> None:
        if message.role == Role.AGENT and message.kind == "text":
            self.answered.set()


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
