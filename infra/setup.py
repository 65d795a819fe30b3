"""`aicc-setup`: topics, tables and the first configuration; says what differs and deletes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import aiokafka
import asyncpg
import click
from aiokafka.admin import AIOKafkaAdminClient

import migrations
from infra.config import login_name
from infra.config_file import read_file
from infra.config_publish import apply
from infra.stack import StackError
from infra.topics import apply_topics
from runtime.kafka import client_options
from runtime.reach import reaching, reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.topics import CONFIG, TOPICS, Topic

DEMO_CONFIG = Path(__file__).parent / "demo.yaml"


_EPILOG = """\b
Examples:
  AICC_KAFKA_PORT=19092 AICC_POSTGRES_PORT=15433 aicc-setup
  KAFKA_BOOTSTRAP=kafka:9092 DATABASE_URL=postgresql://aicc@db/aicc aicc-setup --alter

\b
Exit status:
  0  done
  1  refused, or Kafka or PostgreSQL does not answer
  2  wrong usage or settings
"""


@click.command(epilog=_EPILOG)
@click.option("--alter", is_flag=True, help="Also add partitions and change settings of existing topics.")
@click.option("--no-config", is_flag=True, help="Leave an empty configuration empty.")
def main(alter: bool, no_config: bool) -> None:
    """Create the topics, bring the database to the newest schema and, where no configuration was ever
    published, publish the demo's. Safe to repeat."""
    settings = read_settings(Settings)
    bootstrap, database = settings.kafka_bootstrap, settings.database_url
    click.echo(f"topics at {bootstrap}")
    with reaching_kafka(bootstrap, StackError):
        asyncio.run(_topics(bootstrap, TOPICS, alter, click.echo))
    click.echo("database schema")
    with reaching("PostgreSQL", database, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError):
        migrations.upgrade(database)
    with reaching_kafka(bootstrap):
        if not no_config and asyncio.run(_is_empty(bootstrap, CONFIG.name)):
            click.echo(f"first configuration: {DEMO_CONFIG.name}")
            asyncio.run(apply(bootstrap, read_file(DEMO_CONFIG), login_name()))
    click.echo("done")


async def _topics(bootstrap: str, topics: Sequence[Topic], alter: bool, say: Callable[[str], None]) -> None:
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    try:
        await admin.start()
        await apply_topics(admin, topics, alter=alter, say=say)
    finally:
        await admin.close()


async def _is_empty(bootstrap: str, topic: str) -> bool:
    """Whether nothing was ever written: the end, since compaction may have emptied the beginning."""
    consumer = aiokafka.AIOKafkaConsumer(**client_options(bootstrap))
    try:
        await consumer.start()
        ends = await consumer.end_offsets([aiokafka.TopicPartition(topic, 0)])
        return not any(ends.values())
    finally:
        await consumer.stop()
