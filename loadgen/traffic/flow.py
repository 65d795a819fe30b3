"""Keeps contacts live and commands flowing, from one process."""

import asyncio
import time
from collections import deque
from dataclasses import replace
from random import Random
from time import perf_counter, process_time

from loadgen.agents import Seat, Team, quick
from loadgen.calls import OK, Calls
from loadgen.engine import Answer, Client
from loadgen.journal import Journal
from loadgen.listener import Heard, Listener
from loadgen.traffic.contact import LiveContact, Step
from loadgen.traffic.load import Load, Now, Report
from schemas.ids import session_of

_TICK_S = 0.005
_HOLD_S = 0.25
_WINDOW_S = 1.0
_MARGIN = 1.1


class Traffic:
    """Run it with `run`, look at `now` meanwhile, end it early with `stop`."""

    def __init__(self, load: Load, secret: str, seats: list[Seat]) -> None:
        self._load = load
        self._rng = Random(load.seed)
        self._calls = Calls()
        self._heard = Heard()
        self._journal = Journal(load.journal)
        self._ready: deque[LiveContact] = deque()
        self._by_session: dict[str, LiveContact] = {}
        self._listeners: dict[str, Listener] = {}
        self._contacts = self._made = self._least_live = 0
        self._flowing, self._reached = True, False
        self._stop = asyncio.Event()
        self._window: deque[tuple[float, int]] = deque()
        self._team = Team(load.gateway, secret, seats, quick(load.handling), load.seed, ended=self._completed)

    @property
    def live(self) -> int:
        """Contacts that were started with 200 and are not over."""
        return len(self._by_session)

    @property
    def calls(self) -> Calls:
        """What became of the customers' calls so far."""
        return self._calls

    @property
    def now(self) -> Now:
        """How things flow at the moment."""
        if len(self._window) < 2:
            return Now(self.live, 0.0)
        (began, before), (ended, after) = self._window[0], self._window[-1]
        return Now(self.live, (after - before) / (ended - began))

    def pace(self, rate: float) -> None:
        """From now on so many commands a second."""
        self._load = replace(self._load, rate=rate)

    def stop(self) -> None:
        """Ends the flow; `run` then drains and returns."""
        self._stop.set()

    async def run(self, drain_s: float = 30.0) -> Report:
        """Flows for the load's seconds, then ends all contacts and waits until agents hold nothing.

        Failures of the platform are counted, never raised.
        """
        load = self._load
        client = Client(load.gateway, load.connections, load.timeout_s)
        async with self._team, client:
            began, cpu = perf_counter(), process_time()
            await self._flow(client, began + load.seconds)
            seconds, cpu, commands = perf_counter() - began, process_time() - cpu, self._commands()
            drained = await self._drain(client, drain_s)
            for listener in self._listeners.values():
                listener.stop()
        self._journal.close()
        return Report(
            seconds,
            commands,
            self._least_live,
            cpu / seconds,
            drained,
            self._calls,
            self._team.counts,
            self._heard.counts,
            self._heard.breaches + self._team.close_books(),
            self._journal,
        )

    async def _flow(self, client: Client, until: float) -> None:
        """Gives out calls as the rate allows; what is not sent for want of free contacts is not made up."""
        before, allowed, counted = perf_counter(), 0.0, self._agents_commands()
        while not self._stop.is_set() and (now := perf_counter()) < until:
            self._refill()
            allowed += (now - before) * self._load.rate - self._agents_commands() + counted
            before, counted = now, self._agents_commands()
            allowed = self._send(client, min(allowed, self._load.rate / 10), now)
            self._look(now)
            await asyncio.sleep(_TICK_S)

    def _send(self, client: Client, allowed: float, now: float) -> float:
        while allowed >= 1 and self._ready:
            if self._next(client, self._ready.popleft(), now):
                allowed -= 1
        return allowed

    def _next(self, client: Client, contact: LiveContact, now: float) -> bool:
        call = contact.call(now)
        if not call:
            self._remove(contact)
            return False

        def done(answer: Answer) -> None:
            self._calls.record(call.step.value, answer)
            self._answered(contact, call.step, answer)

        client.send("POST", call.path, call.body, "application/json", done)
        return True

    def _answered(self, contact: LiveContact, step: Step, answer: Answer) -> None:
        if step != Step.START:
            contact.answered(step, answer, time.time())
        elif started := contact.started(answer):
            contact.begin(self._journal.open(started.session_id, time.time()), perf_counter())
            self._by_session[started.session_id] = contact
            self._listen(contact, started.session_id)
        if not self._flowing:
            contact.hurry()
        if contact.over:
            self._remove(contact)
        elif answer.ok:
            self._ready.append(contact)
        else:
            asyncio.get_running_loop().call_later(_HOLD_S, self._ready.append, contact)

    def _refill(self) -> None:
        """New contacts go first: they are what keeps the number up."""
        while self._flowing and self._contacts < self._load.contacts * _MARGIN:
            self._made += 1
            self._contacts += 1
            life_s = self._load.life_s * self._rng.uniform(0.5, 1.5)
            self._ready.appendleft(LiveContact(self._made, self._load.queue, life_s))

    def _remove(self, contact: LiveContact) -> None:
        """The contact is over and no call of it is under way."""
        self._contacts -= 1
        if contact.entry:
            session = contact.entry.session_id
            self._by_session.pop(session, None)
            self._journal.write(contact.entry)
            if listener := self._listeners.pop(session, None):
                listener.stop()

    def _listen(self, contact: LiveContact, session: str) -> None:
        if self._load.listen_every and contact.number % self._load.listen_every == 0:
            rng = Random(f"{self._load.seed}:{contact.number}")
            self._listeners[session] = Listener(self._load.gateway, session, rng, self._heard)
            self._listeners[session].start()

    def _completed(self, contact_id: str, reason: str) -> None:
        """An agent's feed told an end; the customer leaves when it is a final one."""
        if reason == "completed" and (contact := self._by_session.pop(session_of(contact_id), None)):
            contact.leave(time.time())

    def _commands(self) -> int:
        return self._calls.total(OK) + self._agents_commands()

    def _agents_commands(self) -> int:
        counts = self._team.counts
        return counts["sent.accept"] + counts["sent.message"] + counts["sent.complete"]

    def _look(self, now: float) -> None:
        self._window.append((now, self._commands()))
        while now - self._window[0][0] > _WINDOW_S:
            self._window.popleft()
        if not self._reached and self.live >= self._load.contacts:
            self._reached, self._least_live = True, self.live
        self._least_live = min(self._least_live, self.live)

    async def _drain(self, client: Client, timeout_s: float) -> bool:
        """Customers end their contacts, agents complete theirs; True when nothing is left."""
        self._flowing = False
        end = perf_counter() + timeout_s
        for contact in [*self._by_session.values(), *self._ready]:
            contact.hurry()
        while self._contacts and perf_counter() < end:
            self._send(client, self._load.rate * _TICK_S + 1, perf_counter())
            await asyncio.sleep(_TICK_S)
        left = max(end - perf_counter(), 1.0)
        return await self._team.drained(left) and not self._contacts
