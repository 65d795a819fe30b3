"""What each role may do, and what it may not."""

import asyncio
from datetime import date

import asyncpg
import pytest

import migrations
from infra.database.connection import connected
from infra.database.moving import move
from infra.stack import LocalStack
from migrations.runner import script_back
from tests.infra.database.filled import events, places, session_at, store
from tests.infra.database.test_moving import ODD, quiet

READ = [
    "consultations",
    "chat_messages",
    "customers",
    "agents",
    "config_audit",
    "audit",
    "sink_offsets",
    "webhook_endpoints",
    "webhook_deliveries",
    "detached_partitions",
    "erasures",
    "stale_exports",
]


def may(url: str, role: str, *statements: str) -> None:
    """Runs all in one transaction that is undone. Raises InsufficientPrivilegeError."""

    async def run() -> None:
        async with connected(f"{url}?role={role}") as db:
            assert await db.fetchval("SELECT current_user") == role
            undone = db.transaction()
            await undone.start()
            try:
                for statement in statements:
                    await db.execute(statement)
            finally:
                await undone.rollback()

    asyncio.run(run())


@pytest.mark.parametrize("role", ["aicc_gateway", "aicc_persister", "aicc_migrator"])
def test_every_role_reads(database_url: str, role: str) -> None:
    may(database_url, role, *(f"SELECT * FROM {table}" for table in READ))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO customers VALUES ('c', '', '', now(), now())",
        "UPDATE consultations SET note = ''",
        "DELETE FROM chat_messages",
        "UPDATE sink_offsets SET next_offset = 0",
        "DELETE FROM audit",
        "DELETE FROM consultations_default",
        "SELECT make_month_partition('consultations', '2030-01-01')",
        "SELECT grant_roles()",
        "CREATE TABLE mine ()",
        "DROP TABLE customers",
    ],
)
def test_the_gateway_writes_no_truth(database_url: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        may(database_url, "aicc_gateway", statement)


def test_the_gateway_keeps_webhooks(database_url: str) -> None:
    may(
        database_url,
        "aicc_gateway",
        "INSERT INTO webhook_endpoints (url, description, events, secret) VALUES ('u', '', '{}', 's')",
        "UPDATE webhook_deliveries SET tries = 0",
        "DELETE FROM webhook_endpoints",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine ()",
        "TRUNCATE consultations",
        "DROP TABLE customers",
        "ALTER TABLE consultations ADD COLUMN mine text",
        "UPDATE detached_partitions SET state = 'dropped'",
        "UPDATE alembic_version SET version_num = ''",
        "SELECT grant_roles()",
    ],
)
def test_the_persister_changes_rows_only(database_url: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        may(database_url, "aicc_persister", statement)


def test_the_persister_makes_months_of_the_two_tables_only(database: str) -> None:
    async def scenario() -> None:
        async with connected(f"{database}?role=aicc_persister") as db:
            make = "SELECT make_month_partition($1, $2)"
            assert await db.fetchval(make, "consultations", date(2031, 5, 1))
            with pytest.raises(asyncpg.RaiseError, match="no partitions"):
                await db.fetchval(make, "customers", date(2031, 5, 1))
            # A table of its own that stands in the way of another one's name changes nothing.
            await db.execute("CREATE TEMPORARY TABLE consultations_default (created_at timestamptz)")
            assert await db.fetchval(make, "consultations", date(2031, 6, 1))

    asyncio.run(scenario())


def test_the_migrator_owns_what_it_takes_care_of(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            # A database's own rights are not in a copy of it, nor in a dump.
            await db.execute("SELECT grant_roles()")
        async with connected(f"{database}?role=aicc_migrator") as db:
            for number, (at, _) in enumerate(ODD.values()):
                await store(db, events(session_at(at, number)))
            assert await move(db, "consultations", 100, quiet) == len(ODD)
            assert (await places(db))["consultations_default"] == 0
            await db.execute("CREATE TABLE later (n int)")

    asyncio.run(scenario())
    may(database, "aicc_gateway", "SELECT * FROM later", "SELECT * FROM consultations")
    may(database, "aicc_persister", "INSERT INTO later VALUES (1)", "DELETE FROM consultations")


def test_what_another_has_moved_is_still_its_owners(database: str) -> None:
    async def scenario() -> None:
        at, _ = ODD["a leap day's end"]
        async with connected(database) as db, connected(f"{database}?role=aicc_persister") as persister:
            for number in range(2):
                await store(persister, events(session_at(at, number)))
                await move(db, "consultations", 100, quiet)
                make = "SELECT make_month_partition('consultations', $1)"
                assert await persister.fetchval(make, date(2032, 1 + number, 1))
            owners = await db.fetch(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename ~ '^consultations'"
            )
            assert [row["tableowner"] for row in owners] == ["aicc_migrator"]

    asyncio.run(scenario())


def test_roles_go_back_and_come_again(database: str, stack: LocalStack) -> None:
    async def back() -> None:
        async with connected(database) as db, db.transaction():
            await db.execute(script_back("head", "a008"))
        async with connected(database) as db:
            assert (
                await db.fetchval("SELECT tableowner FROM pg_tables WHERE tablename = 'customers'") == "aicc"
            )

    asyncio.run(back())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        may(database, "aicc_gateway", "SELECT * FROM customers")
    migrations.upgrade(database)
    may(database, "aicc_gateway", "SELECT * FROM customers")


def test_who_may_not_make_roles_or_extensions_migrates_all_the_same(stack: LocalStack) -> None:
    async def run(*statements: str) -> None:
        async with connected(stack.postgres.address) as db:
            for statement in statements:
                await db.execute(statement)

    asyncio.run(run("CREATE ROLE plain LOGIN", "CREATE DATABASE plain OWNER plain"))
    try:
        url = stack.postgres.url("plain").replace("//aicc@", "//plain@")
        migrations.upgrade(url)
        may(url, "plain", "SELECT * FROM consultations")
    finally:
        asyncio.run(run("DROP DATABASE plain WITH (FORCE)", "DROP ROLE plain"))
