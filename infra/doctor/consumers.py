"""Who reads the topics, and how far."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from infra.doctor.finding import Case, Finding, ok, wrong
from infra.doctor.kafka import administering, reading
from runtime.groups import member_count
from schemas.positions import decode_position
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATIONS_APP, POSITIONS, ROUTING_APP, ROUTING_COMMANDS
from workers.prober.probe import Stage, stages

_READ = {CONVERSATIONS_APP: CONVERSATION_COMMANDS.name, ROUTING_APP: ROUTING_COMMANDS.name}
_LOOKED_AT = 1_000
"""Records of positions: a minute or so of theirs."""

_RECENT_S = 10.0
_PAUSE_S = 0.2
_RUNBOOK = "docs/runbooks"


T = TypeVar("T")


class Owner(NamedTuple):
    """Who says that it owns a partition."""

    group: str
    topic: str
    partition: int


async def members(case: Case) -> list[Finding]:
    """Every group needs somebody who works for it."""
    async with administering(case) as admin:
        counts = {group: await _members(admin, group) for group in _groups(case)}
    found = [
        wrong(
            f"nobody is a member of group {group}",
            f"start {_command(case, group)}; {_RUNBOOK}/GroupWithoutMembers.md",
        )
        for group, count in counts.items()
        if not count
    ]
    return found or [ok(", ".join(f"{group} {count}" for group, count in counts.items()))]


async def offsets(case: Case) -> list[Finding]:
    """What groups committed has to lie within the logs."""
    found, looked = [], 0
    async with administering(case) as admin, reading(case) as consumer:
        there = await _partitions(admin)
        for group in _groups(case):
            committed = {
                tp: at.offset
                for tp, at in (await _committed(admin, group)).items()
                if at.offset >= 0 and Stage(group, tp.topic) in stages(case.settings.topic_prefix)
            }
            looked += len(committed)
            found += await _outside(consumer, group, {tp: at for tp, at in committed.items() if tp in there})
    return found or [ok(f"{looked} committed, each within its log")]


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    return await _patiently(lambda: member_count(admin, group))


async def _committed(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, Any]:
    return await _patiently(lambda: admin.list_consumer_group_offsets(group))


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """A coordinator that has only just begun is asked again, for as long as the check may take."""
    while True:
        try:
            return await ask()
        except (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError):
            await asyncio.sleep(_PAUSE_S)


async def _outside(
    consumer: AIOKafkaConsumer, group: str, committed: dict[TopicPartition, int]
) -> list[Finding]:
    begins, ends = await consumer.beginning_offsets(committed), await consumer.end_offsets(committed)
    found = []
    for tp, at in committed.items():
        place = f"{tp.topic}/{tp.partition}"
        if at > ends[tp]:
            said = f"{group} is at {at} of {place}, which ends at {ends[tp]}: the topic was made anew"
            found.append(wrong(said, "docs/architecture.md, 'Why a processor ends': re-created topic"))
        elif at < begins[tp]:
            said = f"{begins[tp] - at} records of {place} were deleted before {group} processed them"
            found.append(wrong(said, f"{_RUNBOOK}/RecordsLost.md"))
    return found


async def positions(case: Case) -> list[Finding]:
    """Processors say twice a second where they are: each partition has an owner that does."""
    prefix = case.settings.topic_prefix
    async with administering(case) as admin, reading(case) as consumer:
        there = await _partitions(admin)
        reports = (
            await reported(consumer, prefix) if TopicPartition(prefix + POSITIONS.name, 0) in there else {}
        )
    by_topic = {prefix + topic: prefix + group for group, topic in _READ.items()}
    need = [Owner(by_topic[tp.topic], *tp) for tp in sorted(there) if tp.topic in by_topic]
    newest = max((at for one, at in reports.items() if one.group in by_topic.values()), default=0.0)
    if not newest or time.time() - newest > _RECENT_S:
        said = f"none for {time.time() - newest:.0f} s" if newest else "there is none"
        return [wrong(f"{said}: no processor works", "start aicc-conversations and aicc-routing")]
    silent = [one for one in need if newest - reports.get(one, 0.0) > _RECENT_S]
    return [
        wrong(
            f"nobody says where it is in {one.topic}/{one.partition}",
            f"start {_command(case, one.group)}; {_RUNBOOK}/PartitionStuck.md",
        )
        for one in silent
    ] or [ok(f"{len(need)} partitions of commands have an owner that says where it is")]


async def reported(consumer: AIOKafkaConsumer, prefix: str) -> dict[Owner, float]:
    """When each owner spoke last: append time in seconds, of the newest records only; the prober is one."""
    tp = TopicPartition(prefix + POSITIONS.name, 0)
    begin, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
    consumer.assign([tp])
    consumer.seek(tp, max(begin, end - _LOOKED_AT))
    found: dict[Owner, float] = {}
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                said = decode_position(record.value or b"")
                found[Owner(said.group, said.topic, said.partition)] = record.timestamp / 1000
    return found


async def _partitions(admin: AIOKafkaAdminClient) -> set[TopicPartition]:
    rows = await admin.describe_topics()
    return {TopicPartition(row["topic"], one["partition"]) for row in rows for one in row["partitions"]}


def _groups(case: Case) -> Sequence[str]:
    return sorted({stage.group for stage in stages(case.settings.topic_prefix)})


def _command(case: Case, group: str) -> str:
    name = group.removeprefix(case.settings.topic_prefix)
    return name if name.startswith("aicc-") else f"aicc-{name}"
