"""Puts refused records back into their topics, each once, whenever the process dies (decision 16)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from runtime.letters.outcomes import Outcome, Outcomes, Source
from runtime.letters.reading import Letter, end_of, original, read_from
from schemas.envelope import Headers, header
from schemas.topics import CONFIG, CONVERSATION_COMMANDS, ROUTING_COMMANDS

REPLAY_OF = "replay_of"
"""The header of a record that was put back: the position of the refused one."""

SETTLE_S = 30.0
"""So long after a process died what it had sent may still reach the log: twice the producer's own limit."""

_BY_CAUSE = (CONVERSATION_COMMANDS.name, ROUTING_COMMANDS.name)
"""Their readers drop what has a cause below the last one that they applied."""


class NotReplayable(Exception):
    """Why a letter can't be put back."""


@dataclass(frozen=True, slots=True)
class Replayer:
    """Over one consumer of no group, one producer and the outcomes; `settle_s` as SETTLE_S."""

    consumer: AIOKafkaConsumer
    producer: AIOKafkaProducer
    outcomes: Outcomes
    author: str
    prefix: str = ""
    settle_s: float = SETTLE_S

    async def replay(self, letter: Letter, known: Mapping[Source, Outcome]) -> int:
        """The offset of the record, put back now or by somebody who died after that. Within
        `outcomes.alone`. Raises NotReplayable."""
        before = known.get(letter.source)
        if before is not None and before.outcome != "replaying":
            raise NotReplayable(f"it was {before.outcome} by {before.author}")
        if before is not None and (found := await self._appended(before)) is not None:
            await self.outcomes.settle(letter.source, found)
            return found
        record = await self._record(letter)
        if before is None:
            search_from = await end_of(self.consumer, letter.source.place)
            await self.outcomes.begin(letter.source, self.author, letter.reason, search_from)
        else:
            await self.outcomes.begin_again(letter.source, self.author)
        offset = await self._append(letter.source, record)
        await self.outcomes.settle(letter.source, offset)
        return offset

    async def _appended(self, begun: Outcome) -> int | None:
        """Where the record is that somebody had begun to put back; None if it never came to that."""
        until = begun.begun_at + timedelta(seconds=self.settle_s)
        while (now := await self.outcomes.now()) < until:
            await asyncio.sleep((until - now).total_seconds())
        async for record in read_from(self.consumer, begun.source.place, begun.search_from or 0):
            if header(record.headers, REPLAY_OF) == str(begun.source):
                return int(record.offset)
        return None

    async def _record(self, letter: Letter) -> ConsumerRecord:
        if letter.source.topic == self.prefix + CONFIG.name:
            raise NotReplayable("an old configuration would replace a newer one: publish it by `aicc-config`")
        found = await original(self.consumer, letter)
        if found is None and letter.truncated:
            raise NotReplayable(
                f"it was cut off ({letter.truncated}) and its topic does not hold it any more"
            )
        return found or letter.record

    async def _append(self, source: Source, record: ConsumerRecord) -> int:
        told = await self.producer.send_and_wait(
            source.topic,
            record.value,
            key=record.key,
            partition=source.partition,
            headers=headers_of(record, source, by_cause=source.topic.removeprefix(self.prefix) in _BY_CAUSE),
        )
        return int(told.offset)


def headers_of(record: ConsumerRecord, source: Source, *, by_cause: bool) -> Headers:
    """The record's own headers, of a letter those that it has kept, and `replay_of`. What a processor reads
    loses its cause: it was refused, never applied, and would be taken for a repeat."""
    without = {REPLAY_OF, "cause"} if by_cause else {REPLAY_OF}
    added = [(REPLAY_OF, str(source).encode())]
    if header(record.headers, "type") == "dead.letter":
        without |= _LETTERS
        added.append(("id", (header(record.headers, "source_id") or str(source)).encode()))
    return [*((name, value) for name, value in record.headers if name not in without), *added]


_LETTERS = {"id", "type", "reason", "error", "source_id", "truncated"}
"""What a letter says of itself, not of its record."""


def open_letters(letters: Sequence[Letter], known: Mapping[Source, Outcome]) -> list[Letter]:
    """Those that nobody has decided of to the end."""
    return [
        letter
        for letter in letters
        if (outcome := known.get(letter.source)) is None or outcome.outcome == "replaying"
    ]
