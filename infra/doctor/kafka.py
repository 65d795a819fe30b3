"""Clients of Kafka for one check, which ends with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NodeNotReadyError,
    RequestTimedOutError,
)

from infra.doctor.finding import Away, Case
from runtime.kafka import client_options
from schemas.topics import TOPICS, Topic

_TIMEOUT_MS = 5_000
_AWAY = (KafkaConnectionError, KafkaTimeoutError, NodeNotReadyError, RequestTimedOutError, OSError)


@asynccontextmanager
async def administering(case: Case) -> AsyncIterator[AIOKafkaAdminClient]:
    """Raises Away."""
    client = AIOKafkaAdminClient(
        **client_options(case.settings.kafka_bootstrap), request_timeout_ms=_TIMEOUT_MS
    )
    try:
        await client.start()
        yield client
    except _AWAY as error:
        raise _away(error) from error
    finally:
        with suppress(KafkaError, OSError):
            await client.close()


@asynccontextmanager
async def client_of(case: Case) -> AsyncIterator[AIOKafkaClient]:
    """For requests of our own. Raises Away."""
    client = AIOKafkaClient(bootstrap_servers=case.settings.kafka_bootstrap, request_timeout_ms=_TIMEOUT_MS)
    try:
        await client.bootstrap()
        yield client
    except _AWAY as error:
        raise _away(error) from error
    finally:
        with suppress(KafkaError, OSError):
            await client.close()


@asynccontextmanager
async def reading(case: Case) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group. Raises Away."""
    client = AIOKafkaConsumer(
        **client_options(case.settings.kafka_bootstrap),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=_TIMEOUT_MS,
    )
    try:
        await client.start()
        yield client
    except _AWAY as error:
        raise _away(error) from error
    finally:
        with suppress(KafkaError, OSError):
            await client.stop()


def wanted(case: Case) -> dict[str, Topic]:
    """The topics that must be there, by their full names."""
    prefix = case.settings.topic_prefix
    return {prefix + one.name: Topic(prefix + one.name, one.partitions, one.config) for one in TOPICS}


def _away(error: BaseException) -> Away:
    return Away("Kafka", str(error) or type(error).__name__)
