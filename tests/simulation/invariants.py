"""What must hold when a seed is over. Replays by the code as it is, whatever was planted before."""

from collections import Counter, defaultdict
from typing import Any

from schemas.envelope import Cause, header
from schemas.topics import CONVERSATION_EVENTS, ROUTING_EVENTS
from streams.harness.decider import Decider
from streams.harness.replay import replay
from streams.insight.verification import Verification
from tests.faults.checker import Report, check_conversations, check_routing
from tests.simulation import load
from tests.simulation.broker import Logged
from tests.simulation.world import WORKED, World

EXPLAINED = {
    "DELIVERY": {"delivery"},
    "HEARTBEAT": {"cut", "late"},
    "PAUSED": {"pause"},
    "STUCK": {"cut", "late", "pause", "redelivery"},
    "OTHER_WRITER": {"cut", "pause"},
    "raised GivenUp": {"cut", "late", "server"},
    "killed": {"kill", "step"},
    "stopped": {"stop"},
}
"""Which faults may end a process in which way; any other end is wrong. What was skipped without being fetched
is missed only when something comes after it."""

WITHIN_S = 20.0
"""So long after a fault it may still end a process."""


def judge(world: World) -> list[str]:
    """Everything that is wrong."""
    report = Report()
    for decider in load.DECIDERS:
        _outputs(report, world, decider)
    check_conversations(report, [], _topic(world, CONVERSATION_EVENTS.name))
    for number in load.NUMBERS[load.DECIDERS[1].source.name]:
        events = world.broker.log[ROUTING_EVENTS.name, number]
        check_routing(report, [record for record in events if record.value not in load.REFUSED])
    wrong = [*world.wrong, *_order(world), *_stored(world), *_ends(world)]
    return [*wrong, *(f"{kind}: {one}" for kind, examples in report.wrong.items() for one in examples)]


def _topic(world: World, topic: str) -> list[Logged]:
    return [
        record
        for place in sorted(world.broker.log)
        if place[0] == topic
        for record in world.broker.log[place]
    ]


def _outputs(report: Report, world: World, decider: Decider[Any, Any]) -> None:
    """One distinct output a command, as the log alone says it."""
    source = decider.source.name
    verification = Verification(report, source)
    for number in load.NUMBERS[source]:
        end = world.ends.get((source, number), 0)
        verification.expect(replay(decider, number, world.broker.log[source, number][:end]))
        verification.decided(number, range(end))
    for place, log in world.broker.log.items():
        if not place[0].endswith("changelog"):
            for record in log:
                verification.find(record)
    verification.finish()


def _order(world: World) -> list[str]:
    """Of each source partition the first copies stand in the order of their causes."""
    wrong = []
    for place, log in sorted(world.broker.log.items()):
        last: dict[str, tuple[int, int, str, int]] = {}
        seen: set[str] = set()
        for record in log:
            text = header(record.headers, "cause")
            if not text or text in seen or place[0].endswith(".dlq"):
                continue
            seen.add(text)
            cause = Cause.parse(text)
            if cause.source in last and cause.rank[0] < last[cause.source][0]:
                wrong.append(f"out of order: {text} at {record.offset} of {place}")
            last[cause.source] = cause.rank
    return wrong


def _stored(world: World) -> list[str]:
    """Each record once in Postgres, heard of in Redis, its feeds without a gap."""
    wrong = []
    for place, log in sorted(world.broker.log.items()):
        if place[0] not in WORKED:
            continue
        rows = Counter(world.postgres.rows[place])
        end = min(len(log), world.postgres.positions.get(place, (0, ""))[0])
        wrong += [f"row twice: {offset} of {place}" for offset, count in rows.items() if count > 1]
        wrong += [
            f"row missing: {offset} of {place}"
            for offset in range(end)
            if offset not in rows and log[offset].value not in load.REFUSED
        ]
    for feed, numbers in sorted(world.redis.feeds.items()):
        if feed and numbers != list(range(1, len(numbers) + 1)):
            wrong.append(f"a feed with a gap: {feed} {numbers[:20]}")
    return wrong


def _ends(world: World) -> list[str]:
    """No process ends but by a fault; and who was paused for too long does end."""
    wrong = []
    for seat in world.seats:
        for at_s, why in seat.ends:
            name = next((known for known in EXPLAINED if why.startswith(known)), "")
            struck = {kind for when_s, kind, _ in world.faults if at_s - WITHIN_S < when_s <= at_s}
            if why != "the end" and not struck & EXPLAINED.get(name, set()):
                wrong.append(f"{seat.name} ended at {at_s:.1f} s: {why}")
    return wrong + world.overdue


def by_kind(wrong: list[str]) -> dict[str, int]:
    """How many of each kind."""
    counts: dict[str, int] = defaultdict(int)
    for one in wrong:
        counts[one.split(":")[0]] += 1
    return dict(counts)
