"""One generator: its share of a run, in one process on one loop."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Self

from loadgen.engine import Client
from loadgen.engine.collector import seldom_collected
from loadgen.profiles.model import Mode
from loadgen.run import script
from loadgen.run.control import Control
from loadgen.run.crew import Closed, Crew, Open
from loadgen.run.floor import Floor, Tell
from loadgen.run.ledger import Ledger
from loadgen.run.lobby import Lobby
from loadgen.run.meter import Heard, Meter
from loadgen.run.plan import Outcome, Plan
from loadgen.run.ramp import Line, Share, Times, stages_of
from loadgen.run.timers import Timers

_LOOK_S = 0.05
_STOP_S = 2.0
"""For what is under way when a run is stopped, and for who still waits at its end."""
_CLEAR_S = 10.0
_MOST_BREACHES = 100


class Generator:
    """Offers the share of the plan, between entering and leaving the context; agents are present meanwhile.

    `tell` gets the sessions that its agents were assigned and whose customers it may not have; `left` is
    called when its customers are over. Failures of the target are counted, never raised. Raises ValueError
    for steps that can't be sent.
    """

    def __init__(
        self,
        plan: Plan,
        share: Share,
        heard: Heard,
        control: Control,
        tell: Tell = lambda _: None,
        left: Callable[[], None] = lambda: None,
    ) -> None:
        profile = plan.profile
        script.compiled(profile.steps)
        self._plan = plan
        self._share = share
        self._heard = heard
        self._control = control
        self._line = Line(profile.start, stages_of(profile))
        self._times = Times(plan.arrivals, profile.speed) if profile.mode == Mode.REPLAY else None
        self._floor = Floor(plan, profile.agents, share, self._told_by_agents) if profile.agents else None
        self._tell = tell
        self._left = left
        self._lobby: Lobby | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        if self._floor:
            await self._stack.enter_async_context(self._floor)
        self._stack.enter_context(seldom_collected())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def told(self, sessions: Collection[str]) -> None:
        """Agents of another generator were assigned these."""
        if self._lobby:
            self._lobby.assigned(sessions, perf_counter())

    async def run(self, began: float) -> Outcome:
        """The run begins at `began` (perf_counter's clock)."""
        plan, control = self._plan, self._control
        connections = max(plan.profile.connections // self._share.of, 1)
        async with Client(plan.url, connections, plan.profile.timeout_s, tls=plan.tls) as client:
            meter, timers = self._meter(began), Timers()
            crew = self._crew(client, meter, timers, began)
            await asyncio.sleep(began - perf_counter())
            if plan.ledger:
                crew.ledger = self._stack.enter_context(Ledger(Path(plan.ledger), self._share.nth))
            meter.start()
            crew.start()
            reason = await self._offer(meter, began)
            now = perf_counter()
            meter.stop_counting_due(now - began)
            crew.finish(now)
            await self._drain(crew, _STOP_S if reason else plan.grace_s)
            if self._lobby:
                self._lobby.close(perf_counter())
                await self._drain(crew, _STOP_S)
            crew.kill()
            timers.close()
        if self._share.of > 1:
            self._left()
            await control.all_left.wait()  # our agents may hold others' customers
        breaches = await self._clear()
        meter.close()
        return Outcome(perf_counter() - began, control.stopped.is_set(), reason, breaches)

    def _meter(self, began: float) -> Meter:
        source = self._times or self._line
        closed = self._plan.profile.mode == Mode.VUS
        due = None if closed else lambda until: source.due(until, self._share)
        meter = Meter(self._line, began, self._heard, due)
        if self._floor:
            meter.others = self._floor.counts
        return meter

    def _crew(self, client: Client, meter: Meter, timers: Timers, began: float) -> Crew:
        plan, share, profile = self._plan, self._share, self._plan.profile
        if profile.mode == Mode.VUS:
            return Closed(plan, share, client, meter, timers, began, self._line)
        crew = Open(plan, share, client, meter, timers, began, self._times or self._line)
        if profile.mode != Mode.RATE:
            lobby = Lobby(meter, timers, profile.patience, profile.agents is not None, plan.seed)
            self._lobby, crew.waits = lobby, lobby.waits
        agents = profile.agents
        if self._floor and agents and agents.leave:
            floor = self._floor
            timers.at(began + agents.leave_at_s, lambda _: floor.leave())
        return crew

    async def _offer(self, meter: Meter, began: float) -> str:
        """Until all stages are over; "" or why it ended before."""
        plan, control = self._plan, self._control
        held_from = began + plan.profile.seconds
        ends = began + (self._times.seconds if self._times else self._line.seconds)
        while (now := perf_counter()) < ends:
            if control.stopped.is_set():
                break
            if now >= held_from and plan.profile.limit_s and control.recovered.is_set():
                break
            if plan.give_up_s and meter.unanswered and now > meter.answered_at + plan.give_up_s:
                return f"{plan.url} has not answered once in {plan.give_up_s:g} s"
            await asyncio.sleep(min(_LOOK_S, max(ends - now, 0.001)))
        return control.reason

    async def _drain(self, crew: Crew, most_s: float) -> None:
        ends = perf_counter() + most_s
        while crew.live and (now := perf_counter()) < ends:
            if self._control.stopped.is_set():
                ends = min(ends, now + _STOP_S)
            await asyncio.sleep(_LOOK_S)

    async def _clear(self) -> tuple[str, ...]:
        """Agents complete what they hold; what they saw that must never be."""
        if not self._floor:
            return ()
        team = self._floor.team
        await team.drained(_STOP_S if self._control.stopped.is_set() else _CLEAR_S)
        return tuple(" ".join(breach) for breach in team.close_books()[:_MOST_BREACHES])

    def _told_by_agents(self, sessions: list[str]) -> None:
        self.told(sessions)
        if self._share.of > 1:
            self._tell(sessions)
