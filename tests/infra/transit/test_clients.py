"""One client of each kind against servers with TLS, and what does not get in."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest
import redis
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from redis.exceptions import ConnectionError as RedisAway

from infra.doctor.examine import CHECKS, examine
from infra.doctor.finding import Case, DoctorSettings, Line, Standing
from infra.stack.authority import Authority
from runtime.kafka import client_options, producer_options
from runtime.redis_client import bounded_client, redis_client
from runtime.settings import parse_settings
from tests.infra.transit.cluster import SecuredStack

PLAIN = {"AICC_KAFKA_SECURITY": "plaintext"} | dict.fromkeys(
    ("AICC_KAFKA_USER", "AICC_KAFKA_PASSWORD", "AICC_KAFKA_CA"), ""
)


def come(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    """As the process of that environment."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


async def _brokers(bootstrap: str) -> int:
    admin = AIOKafkaAdminClient(**client_options(bootstrap), request_timeout_ms=5_000)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"])
    finally:
        await admin.close()


def test_a_user_with_its_password_gets_in(one_broker: SecuredStack, monkeypatch: pytest.MonkeyPatch) -> None:
    come(monkeypatch, one_broker.admin)
    assert asyncio.run(_brokers(one_broker.kafka.address)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"AICC_KAFKA_PASSWORD": "wrong"},
        {"AICC_KAFKA_USER": "nobody"},
        PLAIN,
        {"AICC_KAFKA_CA": ""},
    ],
)
def test_others_do_not(
    one_broker: SecuredStack, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    come(monkeypatch, one_broker.admin | changed)
    with pytest.raises(KafkaError):
        asyncio.run(_brokers(one_broker.kafka.address))


def test_redis_is_known_by_its_certificate(
    one_broker: SecuredStack, monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    async def ping(bounded: bool) -> bool:
        url = one_broker.redis.address
        client = bounded_client(url, most=1, wait_s=1.0) if bounded else redis_client(url)
        async with client as connected:
            return bool(await connected.ping())

    come(monkeypatch, one_broker.admin)
    assert asyncio.run(ping(bounded=True))
    assert asyncio.run(ping(bounded=False))
    come(monkeypatch, {"AICC_REDIS_CA": str(Authority(one_broker.var / "another").ca)})
    with pytest.raises(RedisAway, match="certificate verify failed"):
        asyncio.run(ping(bounded=False))


def test_postgres_is_known_by_its_certificate(one_broker: SecuredStack) -> None:
    async def is_secured(url: str) -> bool:
        db = await asyncpg.connect(url)
        try:
            return bool(await db.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
        finally:
            await db.close()

    good = one_broker.admin["DATABASE_URL"]
    assert asyncio.run(is_secured(good))
    other = str(Authority(one_broker.var / "third").ca)
    with pytest.raises(OSError, match="certificate verify failed"):
        asyncio.run(is_secured(good.replace(str(one_broker.authority.ca), other)))


def test_a_producer_comes_as_its_user(one_broker: SecuredStack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def start() -> None:
        producer = AIOKafkaProducer(**producer_options(one_broker.kafka.address, "test"))
        await producer.start()
        await producer.stop()

    come(monkeypatch, one_broker.admin)
    asyncio.run(start())


def test_the_doctor_says_how_long_certificates_last(one_broker: SecuredStack) -> None:
    def lines() -> list[Line]:
        environ = one_broker.admin
        case = Case(parse_settings(DoctorSettings, environ), environ, "http://127.0.0.1:1", Path("none"))
        return asyncio.run(examine(case, [check for check in CHECKS if check.name == "transit"]))

    (good,) = lines()
    assert (good.standing, good.said) == (Standing.OK, "Kafka and Redis by TLS, all certificates are good")
    one_broker.authority.issue("redis", days=3)
    with redis.Redis.from_url(f"{one_broker.redis.address}?ssl_ca_certs={one_broker.authority.ca}") as client:
        client.config_set("tls-cert-file", str(one_broker.authority.home / "redis.pem"))
    (soon,) = lines()
    assert soon.standing is Standing.WARNING
    assert soon.said.endswith("a certificate ends in 3 days")
