"""aicc-config: validates a configuration file and publishes it, as records, to all who decide by it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import yaml
from aiokafka import AIOKafkaProducer

from runtime.kafka import producer_options
from runtime.reach import reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.codec import encode
from schemas.config import ConfigError, Configuration, PoolConfig
from schemas.envelope import headers
from schemas.routing import ApplyConfig
from schemas.topics import CONFIG, ROUTING_COMMANDS


def read_file(path: Path) -> Configuration:
    """The configuration in a YAML file. Raises ConfigError naming the path of each error."""
    try:
        text = path.read_text(encoding="utf-8")
        configuration = msgspec.yaml.decode(text, type=Configuration)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8") from error
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path}{_yaml_problem(error.__context__, text) or f': {error}'}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    configuration.check()
    return configuration


def _yaml_problem(error: BaseException | None, text: str) -> str:
    """Where the text is no YAML, and why; empty if that is not what is wrong."""
    match error:
        case yaml.MarkedYAMLError(problem_mark=mark, problem=problem) if mark:
            return f", line {mark.line + 1}, column {mark.column + 1}: {problem}"
        case yaml.reader.ReaderError(position=int(at)):
            before = text.encode()[:at].decode(errors="ignore").split("\n")
            return f", line {len(before)}, column {len(before[-1]) + 1}: a character that YAML does not allow"
        case _:
            return ""


async def publish(bootstrap: str, configuration: Configuration, version: int) -> None:
    """Sends each pool, as `version`, to the topic config and to the pool that decides by it."""
    producer = AIOKafkaProducer(**producer_options(bootstrap, "aicc-config"))
    try:
        await producer.start()
        for pool in configuration.pools:
            await _publish_pool(producer, compiled(pool, version))
    finally:
        await producer.stop()


def compiled(pool: PoolConfig, version: int) -> PoolConfig:
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

    Exit status: 0 done, 1 the file is refused or Kafka does not answer, 2 wrong usage or settings.

    \b
    Examples:
      aicc-config validate infra/demo.yaml
      aicc-config apply infra/demo.yaml
    """


@main.command(epilog="Example:  aicc-config validate infra/demo.yaml")
@click.argument("file", type=click.Path(path_type=Path))
def validate(file: Path) -> None:
    """Says what is wrong with FILE, publishes nothing."""
    _or_exit(lambda: read_file(file))
    click.echo(f"{file}: fine")


@main.command(epilog="Example:  AICC_KAFKA_PORT=19092 aicc-config apply infra/demo.yaml")
@click.argument("file", type=click.Path(path_type=Path))
def apply(file: Path) -> None:
    """Publishes FILE, if it is right as a whole, to KAFKA_BOOTSTRAP or the local Kafka at AICC_KAFKA_PORT."""
    bootstrap = read_settings(Settings).kafka_bootstrap
    with reaching_kafka(bootstrap):
        done = _or_exit(lambda: apply_file(file, bootstrap))
    for pool in done.pools:
        click.echo(f"{pool.pool}: {len(pool.queues)} queues, {len(pool.agents)} agents")


def _or_exit(work: Callable[[], Configuration]) -> Configuration:
    try:
        return work()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
