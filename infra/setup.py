"""`aicc-setup`: topics, tables and the first configuration; says what differs and deletes nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import aiokafka
import click
from aiokafka.admin import AIOKafkaAdminClient

import migrations
from infra import config
from infra.topics import apply_topics
from runtime.settings import Settings, read_settings
from schemas.topics import CONFIG, TOPICS, Topic

DEMO_CONFIG = Path(__file__).parent / "demo.yaml"


@click.command(epilog="Example:  KAFKA_BOOTSTRAP=kafka:9092 aicc-setup --alter")
@click.option("--alter", is_flag=True, help="Also add partitions and change settings of existing topics.")
@click.option("--no-config", is_flag=True, help="Leave an empty configuration empty.")
def main(alter: bool, no_config: bool) -> None:
    """Create the topics, bring the database to the newest schema and, where no configuration was ever
    published, publish the demo's. Safe to repeat."""
    settings = read_settings(Settings)
    click.echo(f"topics at {settings.kafka_bootstrap}")
    asyncio.run(_topics(settings.kafka_bootstrap, TOPICS, alter, click.echo))
    click.echo("database schema")
    migrations.upgrade(settings.database_url)
    if not no_config and asyncio.run(_is_empty(settings.kafka_bootstrap, CONFIG.name)):
        click.echo(f"first configuration: {DEMO_CONFIG.name}")
        config.apply_file(DEMO_CONFIG, settings.kafka_bootstrap)
    click.echo("done")
    sys.stdout.flush()


async def _topics(bootstrap: str, topics: Sequence[Topic], alter: bool, say: Callable[[str], None]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await apply_topics(admin, topics, alter=alter, say=say)
    finally:
        await admin.close()


async def _is_empty(bootstrap: str, topic: str) -> bool:
    """Whether nothing was ever written: the end, since compaction may have emptied the beginning."""
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([aiokafka.TopicPartition(topic, 0)])
        return not any(ends.values())
    finally:
        await consumer.stop()
