"""A busy floor for the real routing process: agents who accept at once and are done at a steady rate, and
customers who come as fast as they are freed."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from infra.config_publish import apply
from infra.services import script
from infra.stack import free_port
from schemas.assignments import AssignmentMade, OfferMade, decode_feed
from schemas.codec import Record, encode, type_of
from schemas.config import Agent, Configuration, PoolConfig, Queue
from schemas.envelope import headers
from schemas.ids import session_id
from schemas.needs import Requirement
from schemas.routing import AcceptOffer, CompleteContact, RequestContact, SetPresence
from schemas.states import Presence
from schemas.topics import PARTITIONS, ROUTING_COMMANDS, TOPICS
from tests.bench.figures import say
from tests.faults import logs
from tests.faults.processes import Service
from tests.waiting import until

POOL, PARTITION = "match", 0
SKILLS, CAPACITY = 20, 3
LONG_S = 1e6
PATIENCE_S = 120.0
READY_S = 40.0


class Plan(NamedTuple):
    """`waiting` contacts and `agents` with CAPACITY slots each, in `queues`; `per_s` slots are freed a
    second, for `warm_up_s` and then for the measured `seconds`."""

    waiting: int
    agents: int
    per_s: int
    warm_up_s: float
    seconds: float
    queues: int = 50


class Window(NamedTuple):
    """What counts: commands appended from `begin_ms` to `end_ms`, broker time."""

    begin_ms: int
    end_ms: int


@asynccontextmanager
async def routing(bootstrap: str, var: Path) -> AsyncIterator[Service]:
    """`aicc-routing` as a user starts it, once it is ready."""
    health = free_port()
    environ = {
        "KAFKA_BOOTSTRAP": bootstrap,
        "AICC_VAR": str(var),
        "AICC_INSTANCE": "bench",
        "AICC_METRICS_PORT": str(health),
    }
    service = Service("routing", [script("aicc-routing")], environ, var / "routing.log")
    service.start()
    try:
        await until(lambda: is_ready(health), READY_S, "routing is not ready")
        yield service
    finally:
        service.stop()


def is_ready(port: int) -> bool:
    """Whether the service whose health endpoint it is says so."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def prepare(bootstrap: str, plan: Plan, rng: random.Random) -> None:
    """The topics, and the pool."""
    await logs.create(bootstrap, TOPICS)
    await apply(bootstrap, Configuration(pools=(_pool(plan, rng),)), "bench")


def _pool(plan: Plan, rng: random.Random) -> PoolConfig:
    queues, skills = [f"q{n}" for n in range(plan.queues)], [f"s{n}" for n in range(SKILLS)]
    people = []
    for number in range(plan.agents):
        chosen = tuple(rng.sample(queues, rng.randint(2, 4)))
        people.append(
            Agent(
                id=f"a{number}",
                name=f"Agent {number}",
                queues=chosen,
                capacity=CAPACITY,
                ranks={queue: rng.randint(1, 3) for queue in chosen},
                skills={skill: rng.randint(1, 5) for skill in rng.sample(skills, rng.randint(3, 6))},
            )
        )
    return PoolConfig(
        pool=POOL,
        partition=PARTITION,
        queues=tuple(Queue(name=name, offer_timeout_s=PATIENCE_S) for name in queues),
        skills=tuple(skills),
        agents=tuple(people),
    )


class Floor:
    """The people. `serving` are the contacts that agents have accepted."""

    def __init__(
        self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, plan: Plan, rng: random.Random
    ):
        self._producer, self._consumer, self._plan, self._rng = producer, consumer, plan, rng
        self._numbers = count(1)
        self._ids = count(1)
        self.serving: list[AssignmentMade] = []
        self.offered = self.requested = 0

    async def run(self) -> Window:
        """Fills the floor, keeps it busy, and gives what is to be measured."""
        answering = asyncio.ensure_future(self._answer())
        try:
            await self._open()
            say(f"{self._plan.per_s} freed slots a second, {self._plan.warm_up_s:g} s to warm up")
            await self._keep_busy(self._plan.warm_up_s)
            say(f"measuring for {self._plan.seconds:g} s")
            begin_ms = await self._mark()
            await self._keep_busy(self._plan.seconds)
            window = Window(begin_ms, await self._mark())
            await until(self._quiet, PATIENCE_S, "routing does not come to rest")
        finally:
            answering.cancel()
        return window

    @property
    def waiting(self) -> int:
        return self.requested - self.offered

    async def _open(self) -> None:
        """All agents there and full, everybody else waiting."""
        for number in range(self._plan.agents):
            said = SetPresence(
                pool=POOL,
                agent_id=f"a{number}",
                presence=Presence.ROUTABLE,
                socket="s",
                lease_s=LONG_S,
            )
            await self._send(said)
        slots = self._plan.agents * CAPACITY
        while len(self.serving) < slots or self.waiting < self._plan.waiting:
            # In steps, as agents with rare queues are full only when enough have come for these.
            missing = self._plan.waiting + slots - self.requested
            for _ in range(min(500, missing) if missing > 0 else 50):
                await self._send(self._request())
            await until(self._quiet, PATIENCE_S, "offers are not answered")
            if self.waiting > 2 * self._plan.waiting + slots:
                raise RuntimeError(f"{len(self.serving)} of {slots} slots are taken")
        say(f"{len(self.serving):,} being served, {self.waiting:,} waiting")

    async def _keep_busy(self, seconds: float) -> None:
        began, freed = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            while freed < passed * self._plan.per_s and self.serving:
                await self._send(self._complete())
                await self._send(self._request())
                freed += 1
            await asyncio.sleep(0.001)

    async def _quiet(self) -> bool:
        """Whether routing has heard all, and offers nothing any more."""
        await self._producer.flush()
        before = self.offered
        await asyncio.sleep(0.3)
        return before == self.offered

    async def _mark(self) -> int:
        """Now, by the broker."""
        sent = await self._send(SetPresence(pool=POOL, agent_id="nobody", presence=Presence.ROUTABLE))
        return int((await sent).timestamp)

    async def _answer(self) -> None:
        """Offers are accepted as they come."""
        while True:
            for records in (await self._consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    await self._hear(record.value)

    async def _hear(self, value: bytes) -> None:
        match decode_feed(value):
            case OfferMade() as made:
                self.offered += 1
                accept = AcceptOffer(
                    pool=POOL,
                    agent_id=made.agent_id,
                    contact_id=made.contact_id,
                    offer_epoch=made.offer_epoch,
                )
                await self._send(accept)
            case AssignmentMade() as made:
                self.serving.append(made)

    def _complete(self) -> CompleteContact:
        at = self._rng.randrange(len(self.serving))
        self.serving[at], self.serving[-1] = self.serving[-1], self.serving[at]
        made = self.serving.pop()
        return CompleteContact(pool=POOL, agent_id=made.agent_id, contact_id=made.contact_id)

    def _request(self) -> RequestContact:
        self.requested += 1
        number = next(self._numbers)
        session = session_id(number % PARTITIONS, int(time.time() * 1000), number)
        skills = (
            (Requirement(f"s{self._rng.randrange(SKILLS)}", self._rng.randint(1, 3)),)
            if self._rng.random() < 0.5
            else ()
        )
        return RequestContact(
            pool=POOL,
            contact_id=f"{session}.1",
            session_id=session,
            customer_id=f"c{number}",
            queue=f"q{self._rng.randrange(self._plan.queues)}",
            priority=self._rng.choice((3, 5, 5, 5)),
            skills=skills,
            skills_for_s=self._rng.uniform(20.0, 60.0) if skills else 0.0,
        )

    async def _send(self, command: Record) -> "asyncio.Future[Any]":
        """Sends it; the future is of its acknowledgement."""
        sent: asyncio.Future[Any] = await self._producer.send(
            ROUTING_COMMANDS.name,
            encode(command),
            key=POOL.encode(),
            partition=PARTITION,
            headers=headers(f"bench:{next(self._ids)}", type_of(command)),
        )
        return sent
