"""Options that every Kafka client of the platform shares."""

import os
import ssl
from pathlib import Path
from typing import Any, TypedDict

from runtime.certificates import Files, client_context
from runtime.settings import Settings, parse_settings
from runtime.transit import PLAINTEXT, SASL_SSL, Transit
from schemas.topics import MAX_RECORD_BYTES

BATCH_BYTES = 1 << 18


SCRAM = "SCRAM-SHA-512"


class ClientOptions(TypedDict, total=False):
    """Keyword arguments of each client of aiokafka."""

    bootstrap_servers: str
    security_protocol: str
    ssl_context: ssl.SSLContext
    sasl_mechanism: str
    sasl_plain_username: str
    sasl_plain_password: str


class ProducerOptions(ClientOptions):
    """Keyword arguments of AIOKafkaProducer."""

    client_id: str
    enable_idempotence: bool
    acks: Any
    linger_ms: int
    max_batch_size: int
    max_request_size: int
    request_timeout_ms: int


def client_options(bootstrap: str, told: Transit | None = None) -> ClientOptions:
    """Where the brokers are, how to know them and as whom to come: a process is one user, whichever of its
    clients it is, so this is read from its environment unless it is `told`."""
    told = told or parse_settings(Settings, os.environ)
    options = ClientOptions(bootstrap_servers=bootstrap)
    if told.kafka_security != PLAINTEXT:
        options["security_protocol"] = told.kafka_security.upper()
        options["ssl_context"] = client_context(Files(told.kafka_ca, told.kafka_certificate, told.kafka_key))
    if told.kafka_security == SASL_SSL:
        options["sasl_mechanism"] = SCRAM
        options["sasl_plain_username"] = told.kafka_user
        options["sasl_plain_password"] = _password(told)
    return options


def _password(told: Transit) -> str:
    file = told.kafka_password_file
    return Path(file).read_text().strip() if file else told.kafka_password


def producer_options(
    bootstrap: str, client_id: str, linger_ms: int = 1, batch_bytes: int = BATCH_BYTES
) -> ProducerOptions:
    """Idempotent, acknowledged by all replicas, in batches of up to `batch_bytes`."""
    return ProducerOptions(
        **client_options(bootstrap),
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        linger_ms=linger_ms,
        max_batch_size=batch_bytes,
        max_request_size=MAX_RECORD_BYTES + 32_768,
        request_timeout_ms=15_000,
    )
