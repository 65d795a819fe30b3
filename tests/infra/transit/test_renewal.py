"""Another authority and new certificates for all three servers while records flow: none is lost."""

import asyncio
import signal
import socket
import ssl
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from cryptography import x509

from infra.kafka.users import show_certificate
from infra.stack.ports import LOOPBACK
from infra.stack.secured import SecuredPostgres
from runtime.kafka import client_options, producer_options
from runtime.redis_client import redis_client
from tests.infra.transit.cluster import SecuredStack
from tests.infra.transit.test_clients import come
from tests.waiting import until

pytestmark = pytest.mark.faults
TOPIC = "renewed"


def shown(stack: SecuredStack, port: int) -> int:
    """The serial number of the certificate that a new client is shown."""
    context = ssl.create_default_context(cafile=stack.authority.ca)
    with (
        socket.create_connection((LOOPBACK, port), 5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        certificate = connection.getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate).serial_number


def serials(stack: SecuredStack) -> dict[str, int]:
    """Of the files."""
    files = {name: stack.authority.home / f"{name}.pem" for name in ("aicc-broker", "postgres", "redis")}
    return {
        name: x509.load_pem_x509_certificate(path.read_bytes()).serial_number for name, path in files.items()
    }


class Flow:
    """Sends numbers one after the other, until it is stopped; each is acknowledged before the next."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self.sent, self._going = 0, True

    async def run(self) -> None:
        """Raises KafkaError where one is refused for good."""
        while self._going:
            await self._producer.send_and_wait(TOPIC, str(self.sent).encode())
            self.sent += 1

    async def goes_on(self) -> None:
        """Waits for twenty more."""
        wanted = self.sent + 20
        await until(lambda: self.sent >= wanted, 30, "nothing flows")

    def stop(self) -> None:
        self._going = False


async def _renew(stack: SecuredStack, admin: AIOKafkaAdminClient, redis: Any) -> None:
    """As docs/security.md says it: first trust both, then sign anew, then have the servers read it."""
    stack.authority.succeed()
    for name in ("aicc-broker", "postgres", "redis"):
        stack.authority.issue(name)
    files = stack.nodes[0].files
    for listener, trusted in (("clients", ""), ("brokers", str(files.ca))):
        for node in stack.nodes:
            await show_certificate(admin, node.number, listener, str(files.certificate), trusted)
    assert isinstance(stack.postgres, SecuredPostgres)
    stack.postgres.install()
    stack.running["postgres"].signal(signal.SIGHUP)
    path = str(stack.authority.home / "redis.pem")
    await redis.config_set("tls-cert-file", path)


async def _numbers(bootstrap: str, end: int) -> list[int]:
    consumer = AIOKafkaConsumer(**client_options(bootstrap), auto_offset_reset="earliest")
    await consumer.start()
    try:
        place = TopicPartition(TOPIC, 0)
        consumer.assign([place])
        found: list[int] = []
        while len(found) < end:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found += [int(record.value) for record in records]
        return found
    finally:
        await consumer.stop()


def test_nothing_is_lost_while_all_certificates_change(
    one_broker: SecuredStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(monkeypatch, one_broker.admin)
    stack, bootstrap = one_broker, one_broker.kafka.address
    ports = {
        "aicc-broker": stack.nodes[0].peers[0].clients,
        "postgres": stack.postgres.port,
        "redis": stack.redis.port,
    }

    async def run() -> int:
        admin = AIOKafkaAdminClient(**client_options(bootstrap))
        await admin.start()
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
        redis = redis_client(stack.redis.address)
        pool = await asyncpg.create_pool(stack.admin["DATABASE_URL"], min_size=0)
        before = serials(stack)
        async with AIOKafkaProducer(**producer_options(bootstrap, "test")) as producer:
            flow = Flow(producer)
            flowing = asyncio.create_task(flow.run())
            await flow.goes_on()
            await _renew(stack, admin, redis)
            after = serials(stack)
            assert not set(before.values()) & set(after.values())
            for name, port in ports.items():
                if name != "postgres":  # it talks before TLS; below its client checks the new one
                    await until(
                        lambda name=name, port=port: shown(stack, port) == after[name],  # type: ignore[misc]
                        30,
                        f"{name} shows its old certificate",
                    )
            await flow.goes_on()
            stack.authority.forget()  # who still shows what the former authority signed is refused now
            for connection in list(producer.client._conns.values()):
                connection.close()
            await redis.connection_pool.disconnect()
            await pool.expire_connections()
            await flow.goes_on()
            assert await redis.ping()
            assert await pool.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            flow.stop()
            await flowing
        await redis.aclose()
        await pool.close()
        await admin.close()
        assert await _numbers(bootstrap, flow.sent) == list(range(flow.sent))
        return flow.sent

    print(f"{asyncio.run(run())} records")
