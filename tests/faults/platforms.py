"""The whole platform under fire: traffic through the gateway, faults among the processes, the whole log."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from loadgen.agents import Breach, seats
from loadgen.traffic import Load, Traffic
from loadgen.traffic import Report as TrafficReport
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    BOT_QUESTIONS,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ROUTING_ANSWERS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from streams.conversations.decider import ConversationsDecider
from streams.routing.decider import RoutingDecider
from tests.faults import logs
from tests.faults.checker import (
    Accepted,
    Report,
    check_conversations,
    check_messages,
    check_outputs,
    check_routing,
    check_rows,
)
from tests.platform import Platform, configuration
from tests.waiting import until

LIVE = 200
PER_S = 1_000
QUEUES = ("alpha", "beta")
WRITTEN = (
    CONVERSATION_EVENTS,
    ROUTING_EVENTS,
    AGENT_ASSIGNMENTS,
    ROUTING_ANSWERS,
    CONVERSATION_COMMANDS,
    ROUTING_COMMANDS,
    BOT_QUESTIONS,
)


class Siege:
    """Traffic in two pools while faults are made; then everything is checked."""

    def __init__(
        self, platform: Platform, seed: int, rate: float = PER_S, contacts: int = LIVE, seconds: float = 600
    ) -> None:
        self.platform, self.rate, self.contacts, self._seconds = platform, rate, contacts, seconds
        self.needed_per_s = rate
        """So many commands a second are full flow."""
        self.flows = [self._flow(queue, seed + n) for n, queue in enumerate(QUEUES)]
        self.accepted: dict[str, list[tuple[str, int | None]]] = {}
        self.breaches: list[Breach] = []
        self._running: asyncio.Future[list[TrafficReport]] | None = None
        self._rate = CommandRate(platform.stack.kafka.address)

    async def begin(self) -> None:
        """Starts the traffic; returns when there is enough of it to count."""
        await self._rate.start()
        self._running = asyncio.gather(*(flow.run() for flow in self.flows))
        await self.in_full_flow()

    async def in_full_flow(self, within_s: float = 120) -> None:
        """Waits until all processes are up, the commands flow and the contacts are live: only then a
        fault counts."""

        async def enough() -> bool:
            if self.live < self.contacts or not all(map(self.platform.is_ready, self.platform.services)):
                return False
            return await self._rate.per_s() >= self.needed_per_s

        try:
            await until(enough, within_s, "")
        except TimeoutError:
            raise TimeoutError(f"not in full flow: {self.live} live, {self._rate.last:.0f}/s") from None

    def pace(self, rate: float) -> None:
        """From now on so many commands a second."""
        for flow in self.flows:
            flow.pace(rate / len(self.flows))

    async def per_s(self) -> float:
        """Commands a second, both topics together, at the moment."""
        return await self._rate.per_s()

    @property
    def last_per_s(self) -> float:
        """What `per_s` was when it was last asked."""
        return self._rate.last

    @property
    def live(self) -> int:
        """Contacts that are live now."""
        return sum(flow.live for flow in self.flows)

    async def kill(self, names: Iterable[str], times: int, rng: random.Random) -> None:
        """kill -9 of each, `times` times, in random order at random instants."""
        plan = [name for name in names for _ in range(times)]
        rng.shuffle(plan)
        for name in plan:
            await asyncio.sleep(rng.uniform(0.0, 1.0))
            await self.in_full_flow()
            self.platform.services[name].kill()

    async def end(self) -> Report:
        """Ends the traffic, lets every process come to rest, and checks the whole log."""
        for flow in self.flows:
            flow.stop()
        assert self._running is not None
        for flowed in await self._running:
            self.accepted |= {entry.session_id: entry.accepted for entry in flowed.journal.entries}
            self.breaches += flowed.breaches
        await self._rate.stop()
        report = await self._settled()
        for breach in self.breaches:
            report.blame("seen by a client", str(breach))
        return report

    async def _settled(self) -> Report:
        result = Report()

        async def fine() -> bool:
            nonlocal result
            result = await check(self.platform, self.accepted)
            return bool(result)

        with suppress(TimeoutError):
            await until(fine, 60, "not settled", every_s=2.0)
        return result

    def _flow(self, queue: str, seed: int) -> Traffic:
        load = Load(
            gateway=self.platform.base_url,
            contacts=self.contacts // 2 + 20,
            rate=self.rate / 2,
            seconds=self._seconds,
            seed=seed,
            queue=queue,
            life_s=8.0,
        )
        return Traffic(load, self.platform.secret, seats(configuration().pools, queue))


class CommandRate:
    """Commands appended to both command topics a second, ticks left out."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        topics = (CONVERSATION_COMMANDS, ROUTING_COMMANDS)
        self._tps = [TopicPartition(t.name, p) for t in topics for p in range(t.partitions)]
        self._before: tuple[float, int] | None = None
        self.last = 0.0

    async def start(self) -> None:
        await self._consumer.start()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def per_s(self) -> float:
        """Over the last 0.3 s."""
        before, began = await self._total(), time.monotonic()
        await asyncio.sleep(0.3)
        total, seconds = await self._total(), time.monotonic() - began
        self.last = (total - before) / seconds - len(self._tps)
        return self.last

    async def _total(self) -> int:
        return sum((await self._consumer.end_offsets(self._tps)).values())


def _is_made_up(record: logs.Found) -> bool:
    """A test put it there, for all readers to set aside (tests/end_to_end/test_lines.py)."""
    return record.header("cause").startswith("made.up:")


async def check(platform: Platform, accepted: Accepted) -> Report:
    """Everything that must hold, over the whole log and all rows."""
    report = Report()
    names = [topic.name for topic in WRITTEN] + [CONVERSATION_COMMANDS.dlq, ROUTING_COMMANDS.dlq]
    found = await logs.read(platform.stack.kafka.address, names)
    written = [record for records in found.values() for record in records]
    check_outputs(report, ConversationsDecider(), found[CONVERSATION_COMMANDS.name], written)
    check_outputs(report, RoutingDecider(), found[ROUTING_COMMANDS.name], written)
    events = [record for record in found[CONVERSATION_EVENTS.name] if not _is_made_up(record)]
    check_conversations(report, accepted, events)
    check_messages(report, accepted, events)
    check_routing(report, found[ROUTING_EVENTS.name])
    rows, messages = await _rows(platform.database_url)
    check_rows(report, accepted, events, rows, messages)
    return report


async def _rows(database_url: str) -> tuple[dict[str, str], dict[str, list[int]]]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT session_id::text, status FROM consultations")
        seqs = await connection.fetch(
            "SELECT session_id::text, array_agg(seq ORDER BY seq) AS seqs FROM chat_messages GROUP BY 1"
        )
    finally:
        await connection.close()
    return {row["session_id"]: row["status"] for row in rows}, {r["session_id"]: r["seqs"] for r in seqs}


def besieged(platform: Platform, seed: int, faults: Callable[[Siege], object]) -> Report:
    """Traffic, `faults` in the midst of it, and the check."""

    async def scenario() -> Report:
        siege = Siege(platform, seed)
        await siege.begin()
        await faults(siege)  # type: ignore[misc]
        await siege.in_full_flow()
        return await siege.end()

    return asyncio.run(scenario())
