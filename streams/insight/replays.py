"""Replays partitions from where they are read."""

from collections.abc import Callable, Iterable
from contextlib import aclosing
from itertools import takewhile
from typing import NamedTuple

from schemas.config import PoolConfig, decode_pool
from schemas.topics import CONFIG, ROUTING_APP, ROUTING_COMMANDS, changelog
from streams.insight.bounds import Bound
from streams.insight.checkpoint import Changelog, Checkpoint
from streams.insight.findings import Report
from streams.insight.history import History, Step
from streams.insight.source import Copy, Extent, LogError, Source

Hear = Callable[[History, Step], None]
Progress = Callable[[str, int, int], None]
"""What is read, how many records of how many."""


class Choice(NamedTuple):
    """What to replay: the topic's partitions up to a bound; of a pool, or one partition, or all."""

    topic: str = ROUTING_COMMANDS.name
    pool: str = ""
    partition: int | None = None
    to: Bound = Bound()


async def replay(
    source: Source,
    choice: Choice,
    report: Report,
    hear: Hear,
    progress: Progress,
    copy: Copy | None = None,
    begin: Callable[[History], None] = lambda history: None,
) -> list[History]:
    """Every partition that is chosen: `begin` sees it before its first record, `hear` each step. Raises
    LogError where there is nothing."""
    extents = await source.extents(choice.topic)
    pools = await _pools(source, copy)
    numbers = _chosen(choice, extents, pools)
    histories = []
    for number in numbers:
        start = await _start(source, number, extents[number], choice, pools, copy)
        history = History(number, report, extents[number].begin, start)
        histories.append(history)
        begin(history)
        await _replay_one(source, choice, history, extents[number], hear, progress, copy)
    return histories


async def _replay_one(
    source: Source,
    choice: Choice,
    history: History,
    extent: Extent,
    hear: Hear,
    progress: Progress,
    copy: Copy | None,
) -> None:
    name, read = f"{choice.topic}/{history.partition.number}", 0
    async with aclosing(source.read(choice.topic, history.partition.number, extent)) as batches:
        async for records in batches:
            wanted = list(takewhile(lambda record: not choice.to.reached(record), records))
            if copy:
                copy.add(wanted)
            for record in wanted:
                step = history.hear(record)
                if step is not None:
                    hear(history, step)
            read += len(records)
            progress(name, read, extent.end - extent.begin)
            if len(wanted) < len(records):
                return


def _chosen(choice: Choice, extents: dict[int, Extent], pools: dict[str, PoolConfig]) -> list[int]:
    if choice.pool in pools and choice.partition is None:
        numbers: Iterable[int] = [pools[choice.pool].partition]
    else:
        numbers = extents if choice.partition is None else [choice.partition]
    found = [number for number in numbers if number in extents]
    if not found:
        where = choice.topic if choice.partition is None else f"{choice.topic}/{choice.partition}"
        raise LogError(f"There is no log {where}.")
    return found


async def _pools(source: Source, copy: Copy | None) -> dict[str, PoolConfig]:
    """The newest configuration of each pool, where the source has it."""
    found: dict[str, PoolConfig] = {}
    extents = await source.extents(CONFIG.name)
    for number, extent in extents.items():
        async for records in source.read(CONFIG.name, number, extent):
            if copy:
                copy.add(records)
            found |= {pool.pool: pool for one in records if one.value for pool in [decode_pool(one.value)]}
    return found


async def _start(
    source: Source,
    number: int,
    extent: Extent,
    choice: Choice,
    pools: dict[str, PoolConfig],
    copy: Copy | None,
) -> Checkpoint | None:
    """The oldest checkpoint that serves, where the log's beginning is deleted; copied with all before it."""
    if extent.begin == 0:
        return None
    name = changelog(ROUTING_APP).name
    there = (await source.extents(name)).get(number)
    here = {pool.pool for pool in pools.values() if pool.partition == number}
    heard = Changelog(extent.begin, {choice.pool} if choice.pool else here)
    if there:
        async with aclosing(source.read(name, number, there)) as batches:
            async for records in batches:
                if copy:
                    copy.add(records)
                for record in records:
                    heard.hear(record.key or b"", record.value)
                if heard.serves:
                    break
    return heard.best
