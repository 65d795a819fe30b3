"""The whole platform as processes, for tests: once a run, on the run's own Kafka, Postgres and Redis."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

import migrations
from gateway.security.keys import new_private_key
from infra.config_publish import apply
from infra.paths import JARS, VAR
from infra.services import with_role
from infra.stack import LocalStack, free_port
from infra.stack.local import local_stack
from schemas.canned import CannedAnswer
from schemas.config import Agent, Configuration, PoolConfig, Queue
from schemas.states import Channel
from schemas.topics import TOPICS
from tests.collector import Collector, collecting
from tests.faults import logs
from tests.faults.processes import Service
from tests.waiting import until

POOLS = {"support": 0, "alpha": 1, "beta": 6}
AGENTS = 40
DESK_PARTITION = 3
ANSWERS = (
    CannedAnswer(
        title="Greeting",
        shortcut="hi",
        text={
            "en": "Hello {customer_name}, this is {agent_name}.",
            "ko": "{customer_name}님, 안녕하세요. {agent_name}입니다.",
        },
    ),
    CannedAnswer(
        title="Refund in 3 days", text={"en": "Your refund takes three days.", "ko": "환불은 사흘 걸립니다."}
    ),
)
SYNTHETIC = 4
"""Agents of each pool who serve synthetic contacts alone."""


def configuration() -> Configuration:
    """A pool for each queue, on partitions of their own, with short times; its last agent takes calls."""
    return Configuration(
        pools=(*(_pool(queue, partition) for queue, partition in POOLS.items()), _people_of_pages())
    )


def _people_of_pages() -> PoolConfig:
    """A pool with the times of people, who work in browsers."""
    queue = Queue(name="desk", offer_timeout_s=60.0, wrap_up_s=90.0, reject_pause_s=2.0)
    people = tuple(Agent(id=f"desk-{n}", name=f"Desk {n}", queues=("desk",), capacity=5) for n in range(1, 9))
    return PoolConfig(
        pool="pool-desk",
        partition=DESK_PARTITION,
        queues=(queue,),
        agents=people,
        lease_grace_s=3.0,
        dispositions=("solved", "follow up"),
        canned_answers=ANSWERS,
    )


def _pool(queue: str, partition: int) -> PoolConfig:
    rows = (Queue(name=queue, offer_timeout_s=5.0, wrap_up_s=5.0, reject_pause_s=2.0),)
    people = tuple(
        Agent(
            id=f"{queue}-{n}",
            name=f"{queue.title()} {n}",
            queues=(queue,),
            address=f"tel:+8221588{n:04}" if n == AGENTS else "",
            capacity=5,
            channels=(Channel.CHAT, Channel.VOICE) if n == AGENTS else (Channel.CHAT,),
        )
        for n in range(1, AGENTS + 1)
    ) + tuple(
        Agent(id=f"{queue}-load-{n}", name=f"Load {n}", queues=(queue,), capacity=20, synthetic=True)
        for n in range(1, SYNTHETIC + 1)
    )
    return PoolConfig(
        pool=f"pool-{queue}",
        partition=partition,
        queues=rows,
        agents=people,
        lease_grace_s=3.0,
        not_responding_s=3.0,
    )


class Platform:
    """Services by name; a name may have several instances (`conversations-1`)."""

    def __init__(self, stack: LocalStack, var: Path, database_url: str, traces_to: str = "") -> None:
        self.stack, self.var, self.database_url = stack, var, database_url
        self._traces_to = traces_to
        self.secret = new_private_key()
        """Signs tokens."""

        (var / "jwt.key").write_text(self.secret)
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.services: dict[str, Service] = {}
        self._health: dict[str, str] = {}
        self.metrics: dict[str, str] = {}
        """Where each instance shows its metrics: host and port."""

    @property
    def environment(self) -> dict[str, str]:
        """What every process gets."""
        return {
            "KAFKA_BOOTSTRAP": self.stack.kafka.address,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.stack.redis.address,
            "AICC_VAR": str(self.var),
            "AICC_TRACE_ENDPOINT": self._traces_to,
            "AICC_TRACE_RATIO": "0",  # only what a test asks for
        }

    def start(self, name: str, instance: str = "0", **environ: str) -> Service:
        """Starts `aicc-<name>` as another process; it is restarted when it ends."""
        port = self.port if name == "gateway" else free_port()
        kind = "AICC_GATEWAY_PORT" if name == "gateway" else "AICC_METRICS_PORT"
        key = f"{name}-{instance}"
        # Beside other tests the machine may be too slow for any traffic; refusing it, and not waiting for the
        # log, are tested elsewhere.
        patient = {"AICC_ADMISSION": "false", "AICC_ACK_WAIT_S": "3"} if name == "gateway" else {}
        environment = {
            **self.environment,
            "DATABASE_URL": with_role(name, self.database_url),
            kind: str(port),
            "AICC_INSTANCE": key,
            **patient,
            **environ,
        }
        service = Service(key, self.command(name, key), environment, self.var / f"{key}.log")
        self.services[key] = service
        self._health[key] = f"http://127.0.0.1:{port}/{'health/' if name == 'gateway' else ''}ready"
        self.metrics[key] = f"127.0.0.1:{port}"
        service.start()
        return service

    def command(self, name: str, key: str) -> list[str]:
        """What starts `aicc-<name>` as the instance `key`."""
        return [str(Path(sys.executable).parent / f"aicc-{name}")]

    def is_ready(self, key: str) -> bool:
        """Whether the service says so."""
        try:
            with urlopen(self._health[key], timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    async def ready(self, within_s: float = 40) -> None:
        """Waits until every service is."""
        for key in self.services:
            await until(lambda key=key: self.is_ready(key), within_s, f"{key} is not ready")  # type: ignore[misc]

    def end(self, key: str) -> None:
        """Ends one service for good."""
        self.services.pop(key).stop()

    def stop(self) -> None:
        """Ends everything, the gateway first."""
        for key in sorted(self.services, key=lambda key: not key.startswith("gateway")):
            self.services[key].stop()


async def _prepare(stack: LocalStack) -> None:
    await logs.create(stack.kafka.address, TOPICS)
    await apply(stack.kafka.address, configuration(), "tests")


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Gets the platform's traces."""
    with collecting() as running:
        yield running


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Platform]:
    """Everything running and ready, on parts of its own: no other test writes to its topics."""
    with local_stack(VAR / "test" / f"{os.getpid()}.platform", JARS) as stack:
        migrations.upgrade(stack.postgres.address)
        asyncio.run(_prepare(stack))
        running = Platform(
            stack, tmp_path_factory.mktemp("platform"), stack.postgres.address, collector.address
        )
        try:
            for name in ("conversations", "routing", "persister", "notifier", "prober", "webhooks"):
                running.start(name)
            running.start("gateway", AICC_CUSTOMER_IDLE_S="20", AICC_CUSTOMER_GRACE_S="5")
            asyncio.run(running.ready())
            yield running
        finally:
            running.stop()
    shutil.rmtree(stack.var, ignore_errors=True)
