"""aicc-notifier: conversation.events, agent.assignments, routing.events and routing.answers into Redis."""

import asyncio
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from runtime.kafka import producer_options
from runtime.redis_client import redis_client
from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_EVENTS, ROUTING_ANSWERS, ROUTING_EVENTS
from workers.dead_letters import DeadLetters
from workers.loop import BatchLoop
from workers.notifier.feeds import agent_note, answer_note, pool_note, session_note
from workers.notifier.sink import SINK, NoteOf, RedisSink
from workers.process import Ready, member, run_worker, started
from workers.settings import WorkerSettings
from workers.spans import REDIS


class NotifierSettings(WorkerSettings, frozen=True, kw_only=True):
    """`batch_records` is small: Redis does nothing else while it takes a batch."""

    batch_records: int = 1_000
    redis_timeout_s: float = 5.0
    dead_letter_limit: int = 1_000


async def notify(settings: NotifierSettings, stop: asyncio.Event, ready: Ready) -> None:
    """Runs until `stop`."""
    sessions = settings.topic_prefix + CONVERSATION_EVENTS.name
    agents = settings.topic_prefix + AGENT_ASSIGNMENTS.name
    answers = settings.topic_prefix + ROUTING_ANSWERS.name
    pools = settings.topic_prefix + ROUTING_EVENTS.name
    note_of: dict[str, NoteOf] = {
        sessions: session_note,
        agents: agent_note,
        answers: answer_note,
        pools: pool_note,
    }
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(_redis(settings))
        producer = AIOKafkaProducer(**producer_options(settings.kafka_bootstrap, f"{SINK}-letters"))
        await started(producer, stack, settings.patience_s)
        consumer = await member(SINK, settings, stack)
        # The persister sets aside what it can't read of conversation.events: once is enough.
        letters = {
            topic: DeadLetters(producer, settings.dead_letter_limit) for topic in (agents, answers, pools)
        }
        loop = BatchLoop(SINK, consumer, RedisSink(redis, note_of, letters), settings)
        loop.store = REDIS
        ready(loop.ready)
        await loop.run(note_of, stop)


def _redis(settings: NotifierSettings) -> Redis:
    """A client that does not try again by itself: the loop does."""
    return redis_client(
        settings.redis_url,
        socket_timeout=settings.redis_timeout_s,
        socket_connect_timeout=settings.redis_timeout_s,
        retry=Retry(NoBackoff(), 0),
    )


def main() -> None:
    """The command."""
    run_worker("notifier", NotifierSettings, notify, "Passes agents' feeds and verdicts on to Redis.")


if __name__ == "__main__":
    main()
