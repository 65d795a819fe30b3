"""Who is erased is gone from Postgres, and nothing that the log still says brings it back."""

import asyncio
import json
import random

import asyncpg

from schemas.conversation import ConversationErased, EraseConversation, MessageAdded, decode_command
from schemas.erasure import CustomerErased, digest
from schemas.ids import created_at, partition_of, session_id
from schemas.states import Role
from schemas.topics import CONFIG, CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ERASURES
from tests.workers.events import NOW_MS, changed
from tests.workers.persister.stored import until_stored
from tests.workers.world import PARTITIONS, Given, World, given, until
from workers.persister.statements import statement

KEY = "the test's own"
INSERT_AS = (
    "INSERT INTO {} (session_id, created_at, version, customer_id, channel, status, state, started_at,"
    " changed_at) VALUES ($1, $2, 1, $3, 'chat', 'open', 'bot', $2, $2)"
)
WHO, OTHER, ANOTHER, NEW = "김철수", "이영희", "박민수", "최지우"


def said(session: str, customer: str) -> list[Given]:
    """A consultation with two messages."""
    entries = [
        MessageAdded(session_id=session, seq=seq, message_id=f"m{seq}", role=Role.CUSTOMER, text="010-1234")
        for seq in (1, 2)
    ]
    events = [changed(session, 1, customer, name=customer), *entries, changed(session, 2, customer)]
    return [given(event, partition_of(session)) for event in events]


def some(rng: random.Random, count: int, after_ms: int = 0) -> list[str]:
    """Sessions, that begin a second apart."""
    return [
        session_id(number % PARTITIONS, NOW_MS + after_ms + number * 1_000, rng.getrandbits(62))
        for number in range(count)
    ]


def erasure(identity: str, customer: str, sessions: list[str], at_ms: int) -> Given:
    one = CustomerErased(id=identity, customer=digest(KEY, customer), at_ms=at_ms, sessions=tuple(sessions))
    return given(one, 0)


async def rows_of(world: World, sessions: list[str]) -> list[int]:
    """How many rows of each table name one of them."""
    tables = ("consultations", "chat_messages")
    counts = [
        await world.fetch(f"SELECT count(*) FROM {table} WHERE session_id = ANY ($1)", sessions)
        for table in tables
    ]
    return [found[0]["count"] for found in counts]


async def customers(world: World) -> set[str]:
    return {row["customer_id"] for row in await world.fetch("SELECT customer_id FROM customers")}


async def told_to_forget(world: World) -> list[str]:
    """The sessions whose owners were told, in order."""
    found = await world.read(world.name(CONVERSATION_COMMANDS), PARTITIONS)
    commands = [decode_command(record.value or b"") for record in found]
    assert all(isinstance(one, EraseConversation) for one in commands)
    return sorted(record.key.decode() for record in found if record.key)


def test_an_erased_customer_is_gone_and_no_replay_brings_it_back(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        stored, late, others = some(rng, 6), some(rng, 3, 60_000), some(rng, 4)
        later = some(rng, 1, 900_000)
        await world.create(CONVERSATION_EVENTS, CONFIG, ERASURES, CONVERSATION_COMMANDS)
        log = [one for session in stored for one in said(session, WHO)]
        log += [one for session in others for one in said(session, OTHER)]
        in_flight = [one for session in late for one in said(session, WHO)]
        anew = [one for session in later for one in said(session, WHO)]
        await world.produce(CONVERSATION_EVENTS, log)
        with world.worker("persister", erasure_key=KEY):
            await until_stored(world, len(log))
            await _deliver(world, stored[0], others[0])
            # The gateway knew of two; what began later is somebody's who is new.
            await world.produce(ERASURES, [erasure("e1", WHO, stored[:2], NOW_MS + 600_000)])
            await until_stored(world, 1, ERASURES)
            assert await rows_of(world, stored) == [0, 0]
            assert await customers(world) == {OTHER}
            (done,) = await world.fetch("SELECT * FROM erasures")
            counted = [done[name] for name in ("customers", "consultations", "messages", "deliveries")]
            assert counted == [1, 6, 12, 1]
            await world.produce(CONVERSATION_EVENTS, in_flight + anew)
            await until_stored(world, len(log) + len(in_flight) + len(anew))
            assert await rows_of(world, late) == [0, 0]
            assert await rows_of(world, later) == [1, 2]
            assert await rows_of(world, others) == [4, 8]
            assert await told_to_forget(world) == sorted(stored + late)
            # The same once more, and an erasure of nobody.
            await world.produce(ERASURES, [erasure("e1", WHO, stored[:2], NOW_MS + 600_000)])
            await world.produce(ERASURES, [erasure("e2", "nobody", [], NOW_MS)])
            await until_stored(world, 3, ERASURES)
            (none,) = await world.fetch("SELECT * FROM erasures WHERE erasure_id = 'e2'")
            assert none["customers"] == none["consultations"] == none["messages"] == none["deliveries"] == 0
        # A database restored from before: everything is read anew, and both topics at once.
        await world.fetch(
            "WITH a AS (DELETE FROM erasures), b AS (DELETE FROM erased_sessions),"
            " c AS (DELETE FROM consultations), d AS (DELETE FROM chat_messages),"
            " e AS (DELETE FROM customers) DELETE FROM sink_offsets WHERE topic = ANY ($1)",
            [world.name(CONVERSATION_EVENTS), world.name(ERASURES)],
        )
        with world.worker("persister", erasure_key=KEY):
            await until_stored(world, len(log) + len(in_flight) + len(anew))
            await until_stored(world, 3, ERASURES)
        assert await rows_of(world, stored + late) == [0, 0]
        assert await rows_of(world, others + later) == [5, 10]
        assert await customers(world) == {WHO, OTHER}

    asyncio.run(scenario())


async def _deliver(world: World, *sessions: str) -> None:
    """A delivery of a webhook of each."""
    db = await asyncpg.connect(world.database_url)
    endpoint = await db.fetchval(
        "INSERT INTO webhook_endpoints (url, description, events, secret) VALUES ('', '', '{}', '')"
        " RETURNING id"
    )
    for session in sessions:
        await db.execute(
            "INSERT INTO webhook_deliveries (endpoint_id, event_id, type, body) VALUES ($1, $2, 't', $3)",
            endpoint,
            session,
            json.dumps({"data": {"session_id": session}}),
        )
    await db.close()


def test_what_its_owner_says_is_erased_goes_with_what_was_detached(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        (gone,), (kept,), (old, other) = some(rng, 1), some(rng, 1, 5_000), some(rng, 2, 9_000)
        await world.create(CONVERSATION_EVENTS, CONFIG, ERASURES, CONVERSATION_COMMANDS)
        for table in ("consultations", "chat_messages"):
            await world.fetch(f"CREATE TABLE detached.{table}_2020_01 (LIKE {table} INCLUDING DEFAULTS)")
            await world.fetch(f"ALTER TABLE detached.{table}_2020_01 OWNER TO aicc_migrator")
        insert = INSERT_AS.format("detached.consultations_2020_01")
        try:
            await world.fetch(insert, old, created_at(old), ANOTHER)
            await world.fetch(insert, other, created_at(other), OTHER)
            forgotten = given(ConversationErased(session_id=gone), partition_of(gone))
            log = [*said(gone, OTHER), *said(kept, ANOTHER), forgotten, *said(gone, OTHER)[1:]]
            await world.produce(CONVERSATION_EVENTS, log)
            with world.worker("persister", erasure_key=KEY):
                await until_stored(world, len(log))
                assert (await rows_of(world, [gone]), await rows_of(world, [kept])) == ([0, 0], [1, 2])
                await world.produce(ERASURES, [erasure("e3", ANOTHER, [], NOW_MS + 600_000)])
                await until_stored(world, 1, ERASURES)
            assert await rows_of(world, [kept]) == [0, 0]
            left = await world.fetch("SELECT session_id FROM detached.consultations_2020_01")
            assert [row["session_id"] for row in left] == [other]
        finally:
            await world.fetch("DROP TABLE detached.consultations_2020_01, detached.chat_messages_2020_01")

    asyncio.run(scenario())


def test_an_erasure_holds_nobody_up_and_finds_what_was_being_stored(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG, ERASURES, CONVERSATION_COMMANDS)
        (under_way, known), others = some(rng, 2), some(rng, 3, 5_000)
        await world.produce(CONVERSATION_EVENTS, said(known, NEW))
        with world.worker("persister", erasure_key=KEY):
            await until_stored(world, 4)
            slow = await asyncpg.connect(world.database_url)
            async with slow.transaction():
                await slow.execute(statement("hold_erasures"))
                await slow.execute(INSERT_AS.format("consultations"), under_way, created_at(under_way), NEW)
                await world.produce(ERASURES, [erasure("e4", NEW, [known], NOW_MS + 600_000)])

                async def is_begun() -> bool:
                    return bool(await world.fetch("SELECT FROM erasures WHERE done_at IS NULL"))

                await until(is_begun, "the erasure is known")
                # Others are stored meanwhile, and what is said of the erased customer is not.
                more = [one for session in others for one in said(session, OTHER)] + said(known, NEW)
                await world.produce(CONVERSATION_EVENTS, more)
                await until_stored(world, 4 + len(more))
                assert await rows_of(world, others) == [3, 6]
                assert await is_begun()
            await slow.close()
            await until_stored(world, 1, ERASURES)
        assert await rows_of(world, [under_way, known]) == [0, 0]
        assert NEW not in await customers(world)
        assert await told_to_forget(world) == sorted([under_way, known])

    asyncio.run(scenario())
