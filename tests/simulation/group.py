"""A consumer group with static membership: heartbeats, session timeouts, generations."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulation.broker import Broker, Place
from tests.simulation.clock import PROCESS, Process


@dataclass
class Member:
    """One instance; `joined` while a rebalance is waited for."""

    process: Process
    heard_at: float
    joined: "asyncio.Future[None] | None" = None


@dataclass
class Joined:
    """What a member learns at the end of a rebalance."""

    generation: int
    places: list[Place] = field(default_factory=list)


class Group:
    """The coordinator of one group."""

    def __init__(self, broker: Broker, name: str, places: Sequence[Place], session_s: float) -> None:
        self.broker, self.name, self.session_s = broker, name, session_s
        self.places = list(places)
        self.generation = 0
        self.rebalancing_since: float | None = None
        self.members: dict[str, Member] = {}
        self._given: dict[str, list[Place]] = {}
        broker.loop.outside(0.25, self._look)

    def rebalance(self) -> None:
        """Everybody must join anew."""
        if self.rebalancing_since is None:
            self.rebalancing_since = self.broker.loop.time()

    async def heartbeat(self, instance: str, generation: int) -> bool:
        """Whether the member is still one of that generation."""
        await self.broker.answer()
        member = self.members.get(instance)
        if member is None or member.process is not PROCESS.get():
            return False
        member.heard_at = self.broker.loop.time()
        return self.rebalancing_since is None and generation == self.generation

    async def join(self, instance: str) -> Joined:
        """Its partitions; one that comes back in time gets the same ones, in the same generation."""
        await self.broker.answer()
        process, now = PROCESS.get(), self.broker.loop.time()
        assert process is not None
        known = self.members.get(instance)
        member = self.members[instance] = Member(process, now)
        back = known is not None and known.process is not process and known.joined is None
        if not back or self.rebalancing_since is not None or instance not in self._given:
            self.rebalance()
            member.joined = self.broker.loop.create_future()
            await member.joined
        await self.broker.answer()
        return Joined(self.generation, list(self._given.get(instance, [])))

    def _look(self) -> None:
        now = self.broker.loop.time()
        for instance, member in list(self.members.items()):
            if member.joined is None and now - member.heard_at > self.session_s:
                del self.members[instance]
                self.rebalance()
            elif member.joined is not None and member.process.dead:
                del self.members[instance]
        if self.rebalancing_since is not None and self.members:
            if all(member.joined for member in self.members.values()) and now - self.rebalancing_since > 0.4:
                self._complete()
            elif now - self.rebalancing_since > 10.0:
                self.members = {name: one for name, one in self.members.items() if one.joined}
                self._complete()
        self.broker.loop.outside(0.25, self._look)

    def _complete(self) -> None:
        self.generation += 1
        self.rebalancing_since = None
        names = sorted(self.members)
        turn = self.generation // 2  # so that partitions move now and then
        self._given = {name: [] for name in names}
        for number, place in enumerate(self.places):
            if names:
                self._given[names[(number + turn) % len(names)]].append(place)
        for member in self.members.values():
            member.heard_at = self.broker.loop.time()
            if member.joined is not None and not member.joined.done():
                member.joined.set_result(None)
            member.joined = None
