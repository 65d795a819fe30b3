"""What a command says, instead of a traceback, when a server that it needs is away."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

import click
from aiokafka.errors import KafkaConnectionError, KafkaError

_AWAY = (OSError, KafkaConnectionError)


@contextmanager
def reaching(server: str, address: str, variables: str, *refusals: type[Exception]) -> Iterator[None]:
    """Ends the command with status 1 and one sentence when `server` is away or raises one of `refusals`.

    `variables` are those that choose the address.
    """
    where = f"{server} at {without_password(address)}"
    try:
        yield
    except _AWAY as error:
        raise click.ClickException(
            f"{where} does not answer. Start the platform with `make run`, "
            f"or say with {variables} where it is."
        ) from error
    except refusals as error:
        raise click.ClickException(f"{where} can't be used: {error}") from error


def reaching_kafka(bootstrap: str, *refusals: type[Exception]) -> AbstractContextManager[None]:
    """`reaching` for Kafka; its clients' own lines on the terminal are left out."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return reaching("Kafka", bootstrap, "KAFKA_BOOTSTRAP or AICC_KAFKA_PORT", KafkaError, *refusals)


def without_password(address: str) -> str:
    """The address as it may be shown."""
    password = urlsplit(address).password if "://" in address else None
    return address.replace(f":{password}@", "@") if password else address
