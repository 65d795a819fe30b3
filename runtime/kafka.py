"""Options that every Kafka client of the platform shares."""

from typing import Any, TypedDict

from schemas.topics import MAX_RECORD_BYTES

BATCH_BYTES = 1 << 18


class ProducerOptions(TypedDict):
    """Keyword arguments of AIOKafkaProducer."""

    bootstrap_servers: str
    client_id: str
    enable_idempotence: bool
    acks: Any
    linger_ms: int
    max_batch_size: int
    max_request_size: int
    request_timeout_ms: int


def producer_options(
    bootstrap: str, client_id: str, linger_ms: int = 1, batch_bytes: int = BATCH_BYTES
) -> ProducerOptions:
    """Idempotent, acknowledged by all replicas, in batches of up to `batch_bytes`."""
    return ProducerOptions(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        linger_ms=linger_ms,
        max_batch_size=batch_bytes,
        max_request_size=MAX_RECORD_BYTES + 32_768,
        request_timeout_ms=15_000,
    )
