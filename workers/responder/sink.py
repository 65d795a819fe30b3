"""Questions in, answers out: each in a task of its own, as a model may take seconds.

A position is that of the first question which is not answered yet. After a kill some are answered again: the
conversation takes the first answer to a turn.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from runtime import tracing
from runtime.about import concern
from runtime.metrics import BOT_ANSWERS, BOT_SECONDS
from runtime.tracing import Kind, Span, context_of, derived, of_record
from schemas.bot import BotAsked, decode_question
from schemas.codec import encode, type_of
from schemas.envelope import Headers, header, headers
from schemas.ids import partition_of
from schemas.topics import CONVERSATION_COMMANDS
from workers.backoff import persist
from workers.batch import Batch, Place, Position
from workers.dead_letters import DeadLetters
from workers.loop import BatchLoop
from workers.responder.bots import Bot
from workers.responder.settings import ResponderSettings
from workers.spans import process_span, processed

log = logging.getLogger(__name__)
WORKER = "responder"
HISTORY_S = 120.0
LATE_MS = 60_000
"""So much after its time a question is not answered any more, whatever the clocks say."""


class BotSink:
    """Has every question answered by `bot`."""

    passing: tuple[type[Exception], ...] = (OSError, KafkaError)
    history_s: float | None = HISTORY_S

    def __init__(
        self,
        bot: Bot,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        letters: DeadLetters,
        settings: ResponderSettings,
    ) -> None:
        self._bot = bot
        self._consumer = consumer
        self._producer = producer
        self._letters = letters
        self._settings = settings
        self._room = asyncio.Semaphore(settings.bot_in_flight)
        self._stored: dict[Place, Position] = {}
        self._tasks: dict[Place, dict[int, asyncio.Task[None]]] = defaultdict(dict)

    async def positions(self, places: Iterable[Place]) -> Mapping[Place, Position]:
        """What was taken; before the first record what Kafka was told."""
        found = {}
        for place in places:
            if place in self._stored:
                found[place] = self._stored[place]
            elif (offset := await self._consumer.committed(TopicPartition(*place))) is not None:
                found[place] = Position(offset, "")
        return found

    async def start_at(self, place: Place, position: Position) -> None:
        """Takes note."""
        self._stored[place] = position

    async def store(self, batch: Batch) -> None:
        """Begins to answer; waits while too many are under way. Raises what an answer before has raised."""
        self.raise_failed()
        refused = []
        for record in batch.records:
            try:
                asked = decode_question(record.value or b"")
                partition_of(asked.session_id)
            except (ValueError, RecursionError) as error:
                refused.append((record, str(error)))
                continue
            await self._room.acquire()
            task = asyncio.create_task(self._answer(asked, record))
            self._tasks[batch.place][record.offset] = task
        if refused:
            await self._letters.send(refused)
        self._stored[batch.place] = Position(batch.end, self._stored[batch.place].topic_id)

    def answered_to(self, place: Place, taken: int) -> int:
        """Of what was taken: the offset after the last question before which all are answered."""
        return min([taken, *(at for at, task in self._tasks[place].items() if not task.done())])

    def raise_failed(self) -> None:
        """Forgets answers that were sent. Raises what ended one that was not."""
        for tasks in self._tasks.values():
            for offset in [offset for offset, task in tasks.items() if task.done()]:
                tasks.pop(offset).result()

    async def finish(self) -> None:
        """Waits for the answers under way."""
        under_way = [task for tasks in self._tasks.values() for task in tasks.values()]
        if under_way:
            await asyncio.wait(under_way)
        self.raise_failed()

    async def _answer(self, asked: BotAsked, record: ConsumerRecord) -> None:
        began_ns = time.time_ns()
        concern(session=asked.session_id, cause=header(record.headers, "cause"))
        try:
            if time.time() * 1000 > asked.until_ms + LATE_MS:
                BOT_ANSWERS.labels("nobody", "late").inc()
                return
            answer = await self._bot.answer(asked)
            identity = f"answer:{header(record.headers, 'id')}"
            context = processed(WORKER, record)
            named = headers(
                identity,
                type_of(answer.record),
                traceparent=derived(context, identity) if context else header(record.headers, "traceparent"),
            )
            sent_ns = time.time_ns()
            await persist(
                lambda: self._producer.send_and_wait(
                    self._settings.topic_prefix + CONVERSATION_COMMANDS.name,
                    encode(answer.record),
                    key=asked.session_id.encode(),
                    partition=partition_of(asked.session_id),
                    headers=named,
                ),
                self.passing,
                self._settings.patience_s,
                "sending an answer",
            )
            if context:
                tracing.record(_sent_span(asked, context, named, sent_ns))
                tracing.record(process_span(WORKER, record, began_ns))
            BOT_ANSWERS.labels(answer.by, answer.outcome).inc()
            BOT_SECONDS.observe(max(0.0, time.time() - record.timestamp / 1000))
        finally:
            self._room.release()


def _sent_span(asked: BotAsked, parent: str, named: Headers, began_ns: int) -> Span:
    topic, session = CONVERSATION_COMMANDS.name, asked.session_id
    attributes = of_record("send", topic, partition_of(session), named, session.encode())
    context, now_ns = context_of(named), time.time_ns()
    return Span(f"send {topic}", Kind.PRODUCER, context, parent, began_ns, now_ns, attributes)


class BotLoop(BatchLoop):
    """The loop of all sinks, which tells Kafka what is answered, not what is taken."""

    def __init__(
        self, worker: str, consumer: AIOKafkaConsumer, sink: BotSink, settings: ResponderSettings
    ) -> None:
        super().__init__(worker, consumer, sink, settings)
        self._answers = sink

    def _done(self) -> Mapping[Place, int]:
        return {place: self._answers.answered_to(place, taken) for place, taken in super()._done().items()}

    async def _finish(self) -> None:
        await super()._finish()
        await self._answers.finish()

    def _commit_now_and_then(self) -> None:
        self._answers.raise_failed()
        super()._commit_now_and_then()
