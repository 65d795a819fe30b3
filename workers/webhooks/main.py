"""aicc-webhooks: what happens to contacts, told to the endpoints that administrators have named."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from aiokafka import AIOKafkaProducer

from runtime.kafka import producer_options
from schemas.topics import CONVERSATION_EVENTS, ROUTING_EVENTS
from workers.dead_letters import DeadLetters
from workers.loop import BatchLoop
from workers.persister.sink import PostgresSink
from workers.persister.tables import Table
from workers.postgres import connections
from workers.process import Ready, member, run_worker, started
from workers.spans import POSTGRES
from workers.webhooks.claims import Claims
from workers.webhooks.courier import Courier
from workers.webhooks.sending import Sender, session_in
from workers.webhooks.settings import WebhooksSettings
from workers.webhooks.tables import Contacts, Conversations

WORKER = "webhooks"


async def tell(settings: WebhooksSettings, stop: asyncio.Event, ready: Ready) -> None:
    """Runs until `stop`."""
    woken = asyncio.Event()
    tables: Mapping[str, Table[Any]] = {
        settings.topic_prefix + CONVERSATION_EVENTS.name: Conversations(woken),
        settings.topic_prefix + ROUTING_EVENTS.name: Contacts(woken),
    }
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            await connections(
                settings.database_url,
                settings.connections,
                settings.statement_timeout_s,
                settings.patience_s,
            )
        )
        producer = AIOKafkaProducer(**producer_options(settings.kafka_bootstrap, f"{WORKER}-letters"))
        await started(producer, stack, settings.patience_s)
        consumer = await member(WORKER, settings, stack)
        sink = PostgresSink(pool, tables, DeadLetters(producer, settings.dead_letter_limit), WORKER)
        loop = BatchLoop(WORKER, consumer, sink, settings)
        loop.store = POSTGRES
        session = session_in(stack, private=settings.local or settings.webhook_private)
        sender = Sender(session, settings.timeout_s, local=settings.local)
        courier = Courier(Claims(pool, settings.timeout_s + settings.lease_margin_s), sender, settings)
        ready(loop.ready)
        await asyncio.gather(loop.run(tables, stop), courier.run(stop, woken))


def main() -> None:
    """The command."""
    run_worker("webhooks", WebhooksSettings, tell, "Sends what happens to contacts to webhooks.")


if __name__ == "__main__":
    main()
