"""Each kind of fault, made for real, and what the doctor says of it."""

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import redis
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.security.keys import new_private_key
from gateway.settings import GatewaySettings
from infra.doctor.database import asking
from infra.doctor.examine import CHECKS, LIMIT_S, examine
from infra.doctor.finding import Case, DoctorSettings, Line, Standing
from infra.doctor.machine import judge_files
from infra.doctor.sense import of_gateway, of_lag, refused
from infra.paths import CHECKOUT
from infra.stack import LocalStack, free_port
from infra.topics import apply_topics
from migrations.runner import newest, script_back
from runtime.settings import parse_settings
from schemas.topics import CONVERSATION_EVENTS, TOPICS, Topic
from tests.infra.test_topics import with_admin
from workers.prober.main import ProberSettings

OK, WARNING, WRONG = Standing.OK, Standing.WARNING, Standing.WRONG


def case(stack: LocalStack, prefix: str = "", **environ: str) -> Case:
    """The session's servers, unless `environ` names others."""
    given = {**stack.environment, "AICC_TOPIC_PREFIX": prefix, **environ}
    return Case(
        parse_settings(DoctorSettings, given), given, "http://127.0.0.1:1", CHECKOUT / "requirements.lock"
    )


def look(of: Case, *names: str, limit_s: float = LIMIT_S) -> list[Line]:
    return asyncio.run(examine(of, [one for one in CHECKS if not names or one.name in names], limit_s))


def bad(lines: list[Line]) -> list[tuple[Standing, str, str]]:
    return [(one.standing, one.said, one.mend) for one in lines if one.standing is not OK]


def execute(url: str, *statements: str) -> None:
    async def run() -> None:
        db = await asyncpg.connect(url)
        try:
            for statement in statements:
                await db.execute(statement)
        finally:
            await db.close()

    asyncio.run(run())


def test_topics_missing_too_few_partitions_and_a_wrong_retention(
    stack: LocalStack, topic_prefix: str
) -> None:
    names = "topics", "topic settings", "replication"
    of = case(stack, topic_prefix)
    said = bad(look(of, *names))
    assert [(one[0], one[2]) for one in said] == [(WRONG, "aicc-setup")]
    assert f"{len(TOPICS)} topics are missing" in said[0][1]

    ours = [Topic(topic_prefix + one.name, one.partitions, one.config) for one in TOPICS]
    spoilt = topic_prefix + CONVERSATION_EVENTS.name

    async def make(admin: AIOKafkaAdminClient) -> None:
        await admin.create_topics([NewTopic(spoilt, 2, 1, topic_configs={"retention.ms": "1000"})])
        await apply_topics(admin, ours, alter=False, say=lambda _: None)

    with_admin(stack.kafka.address, make)
    said = bad(look(of, *names))
    assert (WRONG, f"{spoilt} has 2 partitions, not 8", "aicc-setup --alter") in said
    assert (WRONG, f"{spoilt}: retention.ms is 1000, not 604800000", "aicc-setup --alter") in said

    async def mend(admin: AIOKafkaAdminClient) -> None:
        await apply_topics(admin, ours, alter=True, say=lambda _: None)

    with_admin(stack.kafka.address, mend)
    deadline = time.monotonic() + 10
    while said := bad(look(of, *names)):
        assert time.monotonic() < deadline, said


def test_groups_that_nobody_serves_and_offsets_outside_of_their_logs(
    stack: LocalStack, topic_prefix: str
) -> None:
    of = case(stack, topic_prefix)
    name = topic_prefix + CONVERSATION_EVENTS.name

    async def commit() -> None:
        async with AIOKafkaConsumer(
            bootstrap_servers=stack.kafka.address,
            group_id=topic_prefix + "persister",
            enable_auto_commit=False,
        ) as consumer:
            consumer.assign([TopicPartition(name, 0)])
            await consumer.commit({TopicPartition(name, 0): 7})

    with_admin(stack.kafka.address, lambda admin: admin.create_topics([NewTopic(name, 1, 1)]))
    asyncio.run(commit())
    said = bad(look(of, "groups", "offsets", "positions"))
    assert [one[1] for one in said if "nobody is a member" in one[1]] != []
    assert any(f"{topic_prefix}persister is at 7 of {name}/0, which ends at 0" in one[1] for one in said)
    assert any("no processor works" in one[1] for one in said)
    assert all(one[0] is WRONG and one[2] for one in said)


@pytest.fixture
def database(stack: LocalStack, database_url: str) -> Case:
    return case(stack, DATABASE_URL=database_url)


def test_an_old_schema_a_missing_partition_rows_without_month_and_a_wrong_grant(database: Case) -> None:
    url = database.settings.database_url
    names = "postgres", "partitions", "default partitions", "roles", "migrations"
    execute(url, "SELECT make_partitions(3)")
    assert bad(look(database, *names)) == []
    month = datetime.now(UTC)
    gone = f"chat_messages_{month:%Y_%m}"
    execute(
        url,
        f"DROP TABLE {gone}",
        "INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, at) "
        "VALUES ('s', '2001-01-01', 1, 'm', 'customer', now())",
        "REVOKE INSERT ON chat_messages FROM aicc_persister",
        "GRANT DELETE ON customers TO aicc_gateway",
    )
    assert bad(look(database, *names)) == [
        (WRONG, f"chat_messages has no partition for {month:%Y-%m}", "aicc-db partitions make --ahead 3"),
        (WARNING, "chat_messages_default holds 1 rows", "aicc-db partitions move"),
        (
            WARNING,
            "aicc_gateway may DELETE customers, which it need not",
            "REVOKE DELETE ON customers FROM aicc_gateway",
        ),
        (WRONG, "aicc_persister may not INSERT chat_messages", "as the tables' owner: SELECT grant_roles()"),
    ]
    execute(url, "TRUNCATE chat_messages", script_back(newest(), "a017"))
    assert bad(look(database, "migrations")) == [(WRONG, f"at a017, not {newest()}", "aicc-setup")]
    execute(url, "UPDATE alembic_version SET version_num = 'z999'")
    assert "does not know" in bad(look(database, "migrations"))[0][1]


def test_a_topic_that_was_made_anew_beneath_what_is_stored(database: Case, topic_prefix: str) -> None:
    name = topic_prefix + CONVERSATION_EVENTS.name
    of = database._replace(
        environ={},
        settings=parse_settings(DoctorSettings, {**database.environ, "AICC_TOPIC_PREFIX": topic_prefix}),
    )
    stored = "INSERT INTO sink_offsets VALUES ('persister', '{}', 0, 5, '{}')"
    with_admin(of.settings.kafka_bootstrap, lambda admin: admin.create_topics([NewTopic(name, 1, 1)]))
    execute(
        of.settings.database_url, stored.format(name, "another"), stored.format(f"{topic_prefix}gone", "x")
    )
    said = [one[1] for one in bad(look(of, "stored positions"))]
    assert sorted(said) == sorted(
        [
            f"{name} was made anew since persister read it",
            f"persister has read {topic_prefix}gone, which is not there",
        ]
    )


def test_redis_that_evicts_and_is_almost_full(stack: LocalStack) -> None:
    of = case(stack)
    with redis.Redis.from_url(stack.redis.address) as client:
        before = client.config_get("maxmemory*")
        try:
            client.config_set("maxmemory-policy", "allkeys-lru")
            client.config_set("maxmemory", int(client.info("memory")["used_memory"] * 1.1))
            said = bad(look(of, "redis", "redis memory"))
        finally:
            for name in ("maxmemory", "maxmemory-policy"):
                client.config_set(name, before[name])
    assert said[0][:2] == (WRONG, "maxmemory-policy is allkeys-lru: it may drop feeds and positions")
    assert "of maxmemory" in said[1][1]
    assert bad(look(of, "redis", "redis memory")) == []


def test_servers_that_hang_hide_nothing_else(stack: LocalStack) -> None:
    hung = "redis", "kafka"
    for name in hung:
        stack.running[name].signal(signal.SIGSTOP)
    try:
        lines = look(case(stack), limit_s=2.5)
    finally:
        for name in hung:
            stack.running[name].signal(signal.SIGCONT)
    by_check = {line.check: line for line in lines}
    assert {by_check[name].said for name in hung} == {"no answer within 2.5 s"}
    assert by_check["postgres"].standing is OK
    assert {line.check for line in lines} == {check.name for check in CHECKS}


def test_servers_that_are_away_are_reported_once_each(stack: LocalStack) -> None:
    port = free_port()
    of = case(
        stack,
        KAFKA_BOOTSTRAP=f"127.0.0.1:{port}",
        DATABASE_URL=f"postgresql://aicc@127.0.0.1:{port}/aicc",
        REDIS_URL=f"redis://127.0.0.1:{port}/0",
    )
    lines = [line for line in look(of) if "answer" in line.said and line.check != "gateway"]
    wrong = [(line.check, line.mend) for line in lines if line.standing is WRONG]
    assert [check for check, _ in wrong] == ["kafka", "postgres", "redis"]
    assert all("make run" in mend for _, mend in wrong)


def test_a_database_that_is_not_there(stack: LocalStack) -> None:
    said = bad(look(case(stack, DATABASE_URL=stack.postgres.url("nobody_made_it")), "postgres"))
    assert "nobody_made_it" in said[0][1]


def test_certificates_near_their_end(stack: LocalStack, tmp_path: Path) -> None:
    files = {days: certificate(tmp_path / f"{days}.pem", days) for days in (-1, 3, 90)}
    names = ",".join(map(str, [*files.values(), tmp_path / "none.pem"]))
    said = bad(look(case(stack, AICC_CERTIFICATES=names), "certificates"))
    assert [one[0] for one in said] == [WRONG, WARNING, WRONG]
    assert "ends in" in said[1][1]
    assert "can't be read" in said[2][1]


def certificate(file: Path, days: int) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return file


def test_keys_that_others_may_read_or_that_are_none(stack: LocalStack, tmp_path: Path) -> None:
    of = case(stack, AICC_VAR=str(tmp_path))
    key = tmp_path / "jwt.key"
    assert bad(look(of, "keys")) == []
    key.write_text("nonsense")
    assert bad(look(of, "keys"))[0][0] is WRONG
    key.write_text(new_private_key())
    key.chmod(0o644)
    assert bad(look(of, "keys")) == [(WARNING, f"others than its owner may read {key}", f"chmod 600 {key}")]


def test_packages_beside_the_lock(stack: LocalStack, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("aiokafka==0.0.1 \\\n    --hash=sha256:0\nnever-heard-of==1\n")
    said = bad(look(case(stack)._replace(lock=lock), "packages"))
    assert said[0][0] is WARNING
    assert said[0][1].endswith("not 0.0.1")


@pytest.mark.parametrize(
    ("limit", "used", "connections", "standing"),
    [
        (1024, 900, 0, WRONG),
        (1024, 10, 15_000, WARNING),
        (20_000, 10, 15_000, None),
        (-1, 10**6, 10**6, None),
    ],
)
def test_open_files(limit: int, used: int, connections: int, standing: Standing | None) -> None:
    found = judge_files("x", limit, used, connections)
    assert [one.standing for one in found] == ([standing] if standing else [])


@pytest.mark.parametrize(
    ("environ", "standing"),
    [
        ({}, None),
        ({"AICC_GATEWAY_HOST": "0.0.0.0"}, WRONG),
        ({"AICC_PROFILE": "production", "AICC_ERASURE_KEY": "k"}, None),
        ({"AICC_PROFILE": "production", "AICC_ERASURE_KEY": "k", "AICC_ADMISSION": "false"}, WARNING),
        ({"AICC_LEASE_S": "5"}, WRONG),
        ({"AICC_CONNECT_WAIT_S": "9"}, WARNING),
        ({"AICC_BODY_LIMIT_BYTES": "2000000"}, WRONG),
        ({"AICC_EVERY_S": "10"}, WRONG),
        ({"AICC_OIDC_ISSUER": "https://i.example"}, WRONG),
        ({"AICC_JWKS_URL": "https://i.example", "AICC_JWT_KEY": "k"}, WARNING),
    ],
)
def test_settings_that_contradict_each_other(environ: dict[str, str], standing: Standing | None) -> None:
    gateway, prober = parse_settings(GatewaySettings, environ), parse_settings(ProberSettings, environ)
    found = [*of_gateway(gateway), *of_lag(gateway, prober)]
    assert [one.standing for one in found] == ([standing] if standing else [])


def test_a_value_that_no_service_takes_is_said_once(stack: LocalStack) -> None:
    said = refused({"AICC_METRICS_PORT": "many"})
    assert [one.said for one in said] == ["AICC_METRICS_PORT is 'many', but must be a port, 0 to 65535."]


def test_nothing_is_ever_changed(database: Case) -> None:
    """Postgres itself refuses what would write."""

    async def write() -> None:
        async with asking(database) as db:
            await db.execute("DELETE FROM customers")

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        asyncio.run(write())
