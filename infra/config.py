"""aicc-config: validates a configuration file and publishes it, as records, to all who decide by it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from aiokafka import AIOKafkaProducer

from runtime.kafka import producer_options
from runtime.settings import Settings, read_settings
from schemas.codec import encode
from schemas.config import ConfigError, Configuration, PoolConfig
from schemas.envelope import headers
from schemas.routing import ApplyConfig
from schemas.topics import CONFIG, ROUTING_COMMANDS


def read_file(path: Path) -> Configuration:
    """The configuration in a YAML file. Raises ConfigError naming the path of each error."""
    try:
        configuration = msgspec.yaml.decode(path.read_bytes(), type=Configuration)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    configuration.check()
    return configuration


async def publish(bootstrap: str, configuration: Configuration, version: int) -> None:
    """Sends each pool, as `version`, to the topic config and to the pool that decides by it."""
    producer = AIOKafkaProducer(**producer_options(bootstrap, "aicc-config"))
    await producer.start()
    try:
        for pool in configuration.pools:
            await _publish_pool(producer, _compiled(pool, version))
    finally:
        await producer.stop()


def _compiled(pool: PoolConfig, version: int) -> PoolConfig:
    """With all that a decision needs: no decision asks a clock or a zone database."""
    hours = tuple(hours.compiled(datetime.now(UTC)) for hours in pool.hours)
    return msgspec.structs.replace(pool, version=version, hours=hours)


async def _publish_pool(producer: AIOKafkaProducer, pool: PoolConfig) -> None:
    """The pool first: who asks the gateway for a queue must find it decided."""
    key, identity = pool.pool.encode(), f"config:{pool.pool}:{pool.version}"
    applied = encode(ApplyConfig(config=pool))
    await producer.send_and_wait(
        ROUTING_COMMANDS.name,
        applied,
        key=key,
        partition=pool.partition,
        headers=headers(identity, "config.applied"),
    )
    await producer.send_and_wait(
        CONFIG.name, encode(pool), key=key, partition=0, headers=headers(identity, "pool")
    )


def apply_file(path: Path, bootstrap: str) -> Configuration:
    """Validates the file whole, then publishes it; its version is the time in milliseconds."""
    configuration = read_file(path)
    asyncio.run(publish(bootstrap, configuration, int(time.time() * 1000)))
    return configuration


@click.group()
def main() -> None:
    """Pools, queues and agents from a YAML file.

    Exit status: 0 done, 1 the file is refused, 2 wrong usage.

    Example: aicc-config apply infra/demo.yaml
    """


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def validate(file: Path) -> None:
    """Says what is wrong with FILE, publishes nothing."""
    _or_exit(lambda: read_file(file))
    click.echo(f"{file}: fine")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def apply(file: Path) -> None:
    """Publishes FILE, if it is right as a whole."""
    settings = read_settings(Settings)
    done = _or_exit(lambda: apply_file(file, settings.kafka_bootstrap))
    for pool in done.pools:
        click.echo(f"{pool.pool}: {len(pool.queues)} queues, {len(pool.agents)} agents")


def _or_exit(work: Callable[[], Configuration]) -> Configuration:
    try:
        return work()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
