"""Postgres: schema, partitions, rights, and what workers stored of their positions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from infra.database.connection import connected
from infra.database.partitions import partitions
from infra.doctor.finding import Away, Case, Finding, ok, warning, wrong
from infra.doctor.kafka import reading
from migrations.runner import knows, newest, revision_of
from runtime.reach import without_password
from runtime.topic_id import topic_id

_AHEAD = 3
"""Months that the persister makes ahead; fewer are a warning, none for the next one is wrong."""

_BUSY = 0.8
_ROLES = ("aicc_gateway", "aicc_persister", "aicc_migrator")
_GRANT = "as the tables' owner: SELECT grant_roles()"
_WEBHOOKS = ("webhook_endpoints", "webhook_deliveries", "webhook_keys")
_NOT_GATEWAYS = ("consultations", "chat_messages", "customers", "agents", "sink_offsets")
_NOT_PERSISTERS = ("detached_partitions", "alembic_version")
_MAY = """
SELECT relname, right_, has_table_privilege($1, pg_class.oid, right_) AS may
FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY relname, right_
"""


@asynccontextmanager
async def asking(case: Case) -> AsyncIterator[asyncpg.Connection]:
    """Raises Away where nobody lets us in."""
    try:
        async with connected(case.settings.database_url) as db:
            await db.execute("SET default_transaction_read_only = on")
            yield db
    except (OSError, TimeoutError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise Away("PostgreSQL", str(error) or type(error).__name__) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise Away("PostgreSQL", str(error)) from error


async def reachable(case: Case) -> list[Finding]:
    """Whether it lets us in, keeps what it says it has, and has connections left."""
    async with asking(case) as db:
        unsafe = [name for name in ("fsync", "full_page_writes") if await _shown(db, name) == "off"]
        used: int = await db.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        most = int(await _shown(db, "max_connections"))
        standby: bool = await db.fetchval("SELECT pg_is_in_recovery()")
    found = [
        wrong(
            f"{name} is off: a crash may lose or spoil what it has said it stored",
            f"ALTER SYSTEM SET {name} = on",
        )
        for name in unsafe
    ]
    if standby:
        found.append(wrong("it is a standby, which can't be written to", "name the primary in DATABASE_URL"))
    if used > _BUSY * most:
        mend = "raise max_connections, or lower AICC_DATABASE_CONNECTIONS and AICC_CONNECTIONS"
        found.append(warning(f"{used} of {most} connections are in use", mend))
    where = without_password(case.settings.database_url)
    return found or [ok(f"{where}: {used} of {most} connections in use")]


async def migrated(case: Case) -> list[Finding]:
    """The schema is this release's."""
    async with asking(case) as db:
        revision = await revision_of(db)
    if revision == newest():
        return [ok(f"at {revision}")]
    if revision and not knows(revision):
        return [wrong(f"at {revision}, which this release does not know", "install the release that made it")]
    return [wrong(f"at {revision or 'nothing'}, not {newest()}", "aicc-setup")]


async def months(case: Case) -> list[Finding]:
    """Partitions made ahead: without one, rows go to the default partition."""
    now = datetime.now(UTC)
    wanted = [_month(now, later) for later in range(_AHEAD + 1)]
    async with asking(case) as db:
        found = await partitions(db)
    missing = [
        (parent, month)
        for parent in ("consultations", "chat_messages")
        for month in wanted
        if not any(one.parent == parent and one.since == month for one in found)
    ]
    return [
        (wrong if month in wanted[:2] else warning)(
            f"{parent} has no partition for {month:%Y-%m}", f"aicc-db partitions make --ahead {_AHEAD}"
        )
        for parent, month in missing
    ] or [ok(f"this month's and {_AHEAD} more")]


async def defaults(case: Case) -> list[Finding]:
    """What has no month is found all the same, but slows everything down that makes months."""
    async with asking(case) as db:
        found = [one for one in await partitions(db) if one.since is None]
    return [
        warning(f"{one.name} holds {one.rows:,} rows", "aicc-db partitions move") for one in found if one.rows
    ] or [ok("empty")]


async def roles(case: Case) -> list[Finding]:
    """Who serves has the rights that it needs, and not those that would let it spoil rows."""
    found = []
    async with asking(case) as db:
        for role in _ROLES:
            if await db.fetchval("SELECT to_regrole($1) IS NULL", role):
                found.append(warning(f"there is no role {role}", f"CREATE ROLE {role} NOLOGIN; {_GRANT}"))
        if found:
            return found
        for role in _ROLES[:2]:
            for row in await db.fetch(_MAY, role):
                found += _judged(role, row["relname"], row["right_"], row["may"])
        if not await db.fetchval(
            "SELECT has_function_privilege('aicc_persister', 'make_month_partition(text, date)', 'EXECUTE')"
        ):
            found.append(wrong("aicc_persister may not make partitions", _GRANT))
    return found or [ok(f"{', '.join(_ROLES[:2])} may do what they need")]


def _judged(role: str, table: str, right: str, may: bool) -> list[Finding]:
    reads = right == "SELECT"
    if role == "aicc_gateway":
        needs, spoils = reads or table in _WEBHOOKS, not reads and table in _NOT_GATEWAYS
    else:
        needs, spoils = reads or table not in _NOT_PERSISTERS, not reads and table in _NOT_PERSISTERS
    if needs and not may:
        return [wrong(f"{role} may not {right} {table}", _GRANT)]
    if spoils and may:
        return [
            warning(
                f"{role} may {right} {table}, which it need not", f"REVOKE {right} ON {table} FROM {role}"
            )
        ]
    return []


async def stored(case: Case) -> list[Finding]:
    """The persister goes on where its rows say: in the same topic, and not beyond its end."""
    async with asking(case) as db:
        rows = await db.fetch(
            "SELECT sink, topic, max(topic_id) AS topic_id FROM sink_offsets GROUP BY sink, topic"
        )
    ours = [row for row in rows if row["topic"].startswith(case.settings.topic_prefix)]
    found = []
    async with reading(case) as consumer:
        for row in ours:
            try:
                now = await topic_id(consumer._client, row["topic"])
            except UnknownTopicOrPartitionError:
                found.append(
                    wrong(f"{row['sink']} has read {row['topic']}, which is not there", "aicc-setup")
                )
                continue
            except KafkaError as error:
                raise Away("Kafka", str(error)) from error
            if row["topic_id"] not in ("", now):
                sql = f"DELETE FROM sink_offsets WHERE sink = '{row['sink']}' AND topic = '{row['topic']}'"
                said = f"{row['topic']} was made anew since {row['sink']} read it"
                found.append(wrong(said, f"{sql}: reads it from its beginning"))
    return found or [ok(f"{len(ours)} topics, each the one that was read")]


def _month(now: datetime, later: int) -> datetime:
    number = now.year * 12 + now.month - 1 + later
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


async def _shown(db: asyncpg.Connection, name: str) -> str:
    return str(await db.fetchval("SELECT current_setting($1)", name))
