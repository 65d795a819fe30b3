"""The persister as a process, on real Kafka and Postgres: what it stores and what it sets aside."""

import asyncio
import random
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from schemas.audit_trail import Action, Audited
from schemas.codec import encode
from schemas.config import Agent, PoolConfig, Queue
from schemas.config_change import ConfigChanged, Source
from schemas.config_diff import Change
from schemas.conversation import ConversationRated, MessageAdded
from schemas.envelope import header
from schemas.ids import session_id
from schemas.states import Role
from schemas.topics import AUDIT, CONFIG, CONFIG_AUDIT, CONVERSATION_EVENTS
from tests.workers.events import NOW_MS, changed
from tests.workers.persister.stored import assert_exactly, placed, some_sessions, until_stored
from tests.workers.world import Given, World, given


def test_what_was_said_is_stored_and_a_signal_ends_it_cleanly(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 30)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        offsets = await world.produce(CONVERSATION_EVENTS, placed(sessions, rng))
        with world.worker("persister") as process:
            await until_stored(world, len(offsets))
            process.send_signal(signal.SIGTERM)
            assert process.wait(5.0) == 0
        await assert_exactly(world, sessions)

    asyncio.run(scenario())


def unusable(session: str) -> dict[str, Given]:
    """Records that no row can hold, each by a word of its reason."""
    poison = {
        "malformed": b"not json",
        "unknown": encode(changed(session, 1)).replace(b"consultation.changed", b"unknown"),
        "is not a session id": encode(changed("not-a-session", 1)),
        "0x00": encode(message(session, "a\0b")),
        "range": encode(changed(session, 2**40)),
        "truncated": b"",
    }
    return {word: (0, session, value) for word, value in poison.items()}


def message(session: str, text: str) -> MessageAdded:
    return MessageAdded(
        session_id=session, seq=1, message_id="m", role=Role.CUSTOMER, text=text, at_ms=NOW_MS
    )


def test_records_that_cannot_be_stored_go_to_the_dead_letters_alone(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 20)
        bad = unusable(session_id(0, NOW_MS, 7))
        records = placed(sessions, rng)
        for one in bad.values():
            records.insert(rng.randrange(len(records)), one)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        offsets = await world.produce(CONVERSATION_EVENTS, records)
        with world.worker("persister"):
            await until_stored(world, len(offsets))
        await assert_exactly(world, sessions)
        letters = await world.read(world.prefix + CONVERSATION_EVENTS.dlq)
        where = {value: offset for (_, _, value), offset in zip(records, offsets, strict=True)}
        name = world.name(CONVERSATION_EVENTS)
        assert {(letter.value, header(letter.headers, "id")) for letter in letters} == {
            (value, f"{name}:0:{where[value]}") for _, _, value in bad.values()
        }
        assert len(letters) == len(bad)
        reasons = {letter.value: header(letter.headers, "reason") for letter in letters}
        for word, (_, _, value) in bad.items():
            assert word in reasons[value or b""], reasons

    asyncio.run(scenario())


def test_a_name_once_given_is_kept_and_the_latest_one_wins(world: World) -> None:
    async def scenario() -> None:
        first, second = session_id(0, NOW_MS, 1), session_id(1, NOW_MS, 2)
        said = [
            given(changed(first, 1, "kim", name="김"), 0),
            given(changed(first, 2, "kim"), 0),
            given(changed(second, 1, "kim"), 1),
            given(changed(first, 3, "kim", name="김철수"), 0),
        ]
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with world.worker("persister"):
            for number, one in enumerate(said, start=1):
                await world.produce(CONVERSATION_EVENTS, [one])
                await until_stored(world, number)
        rows = await world.fetch("SELECT name FROM customers WHERE customer_id = 'kim'")
        assert [row["name"] for row in rows] == ["김철수"]

    asyncio.run(scenario())


def test_a_lower_version_that_comes_late_changes_nothing(world: World) -> None:
    async def scenario() -> None:
        session = session_id(0, NOW_MS, 5)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with world.worker("persister"):
            for number, version in enumerate((2, 1, 3, 2), start=1):
                event = structs.replace(changed(session, version), attributes={"topic": f"{version}"})
                await world.produce(CONVERSATION_EVENTS, [given(event, 0)])
                await until_stored(world, number)
        rows = await world.fetch(
            "SELECT version, attributes->>'topic' AS topic FROM consultations WHERE session_id = $1", session
        )
        assert [(row["version"], row["topic"]) for row in rows] == [(3, "3")]

    asyncio.run(scenario())


def pool(name: str, *agents: str, version: int = NOW_MS) -> Given:
    made = tuple(Agent(id=agent, name=agent.upper(), queues=("q", "r"), capacity=2) for agent in agents)
    queues = Queue(name="q"), Queue(name="r")
    return 0, name, encode(PoolConfig(pool=name, partition=0, version=version, queues=queues, agents=made))


RATED = "SELECT version, rating, rating_comment FROM consultations WHERE session_id = $1"


def test_a_rating_is_stored_once_and_stays(world: World) -> None:
    async def scenario() -> None:
        session = session_id(0, NOW_MS, 12)
        rated = [
            ConversationRated(session_id=session, rating=rating, comment=comment, at_ms=NOW_MS)
            for rating, comment in ((5, "well done"), (5, "well done"), (1, "no"))
        ]
        await world.create(CONVERSATION_EVENTS, CONFIG)
        first, last = changed(session, 2, closed=True), changed(session, 3, closed=True)
        with world.worker("persister"):
            for number, event in enumerate([first, *rated, last], 1):
                await world.produce(CONVERSATION_EVENTS, [given(event, 0)])
                await until_stored(world, number)
        (row,) = await world.fetch(RATED, session)
        assert dict(row) == {"version": 3, "rating": 5, "rating_comment": "well done"}

    asyncio.run(scenario())


def test_agents_follow_the_configuration_and_stay_known(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG)
        deleted: Given = (0, "p2", None)
        # a1 leaves, a2 moves to another pool before its old pool says so, p2's record is deleted.
        said = [pool("p1", "a1", "a2"), pool("p2", "a3"), pool("p3", "a2"), pool("p1"), deleted]
        await world.produce(CONFIG, said)
        with world.worker("persister"):
            await until_stored(world, len(said), CONFIG)
        rows = await world.fetch("SELECT agent_id, name, pool, queues, active FROM agents ORDER BY agent_id")
        assert [tuple(row.values()) for row in rows] == [
            ("a1", "A1", "p1", ["q", "r"], False),
            ("a2", "A2", "p3", ["q", "r"], True),
            ("a3", "A3", "p2", ["q", "r"], False),
        ]

    asyncio.run(scenario())


def test_of_two_who_publish_at_once_the_higher_version_counts(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG)
        said = [
            pool("two1", "c1", "c2"),
            *(pool("two1", "c1", version=NOW_MS + 2), pool("two1", "c2", "c3", version=NOW_MS + 1)),
            pool("two2", "d1"),
            *(pool("two2", version=NOW_MS + 2), pool("two2", "d1", "d2", version=NOW_MS + 1)),
        ]
        await world.produce(CONFIG, said)
        with world.worker("persister"):
            await until_stored(world, len(said), CONFIG)
            await world.produce(CONFIG, [pool("two2", "d1", version=NOW_MS + 3)])
            await until_stored(world, len(said) + 1, CONFIG)
        query = "SELECT agent_id, active, version FROM agents WHERE pool LIKE 'two%' ORDER BY agent_id"
        rows = await world.fetch(query)
        assert [tuple(row.values()) for row in rows] == [
            ("c1", True, NOW_MS + 2),
            ("c2", False, NOW_MS + 2),
            ("d1", True, NOW_MS + 3),
        ]

    asyncio.run(scenario())


def change(pool: str, version: int, author: str = "kim") -> Given:
    said = ConfigChanged(
        pool=pool,
        version=version,
        at_ms=version,
        author=author,
        source=Source.CLI,
        changed=1,
        changes=(Change(f"pools[{pool}].partition", after="0"),),
        config=PoolConfig(pool=pool, partition=0, version=version),
    )
    return 0, pool, encode(said)


def test_each_change_of_the_configuration_is_stored_once(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG, CONFIG_AUDIT)
        bad: Given = (0, "p1", b'{"type":"config.changed"}')
        again = change("p1", NOW_MS, "an impostor")
        said = [change("p1", NOW_MS), bad, change("p2", NOW_MS), again, change("p1", NOW_MS + 5, "lee")]
        await world.produce(CONFIG_AUDIT, said)
        with world.worker("persister"):
            await until_stored(world, len(said), CONFIG_AUDIT)
            await world.produce(CONFIG_AUDIT, said)
            await until_stored(world, 2 * len(said), CONFIG_AUDIT)
        rows = await world.fetch(
            "SELECT pool, version, author, source, changed, changes, config->>'pool' AS of, at"
            " FROM config_audit ORDER BY id"
        )
        when = datetime.fromtimestamp(NOW_MS / 1000, UTC)
        later = when + timedelta(milliseconds=5)
        assert [(row["pool"], row["version"], row["author"], row["at"]) for row in rows] == [
            ("p1", NOW_MS, "kim", when),
            ("p2", NOW_MS, "kim", when),
            ("p1", NOW_MS + 5, "lee", later),
        ]
        assert {(row["source"], row["changed"]) for row in rows} == {("cli", 1)}
        assert [row["of"] for row in rows] == ["p1", "p2", "p1"]
        assert '"path": "pools[p1].partition"' in rows[0]["changes"]
        assert len(await world.read(world.prefix + CONFIG_AUDIT.dlq)) == 2

    asyncio.run(scenario())


def audited(identity: str, **more: Any) -> Given:
    done = Audited(id=identity, at_ms=NOW_MS, actor="sue", action=Action.LISTENED, **more)
    return 0, "sue", encode(done)


def test_each_row_of_the_audit_is_stored_once(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG, AUDIT)
        bad: Given = (0, "sue", b'{"type":"audited"}')
        said = [
            audited("a", roles=("agent", "supervisor"), contact_id="s.1"),
            bad,
            audited("b"),
            audited("a"),
        ]
        await world.produce(AUDIT, said)
        with world.worker("persister"):
            await until_stored(world, len(said), AUDIT)
        rows = await world.fetch("SELECT * FROM audit ORDER BY id")
        assert [(row["audit_id"], row["actor"], row["action"]) for row in rows] == [
            ("a", "sue", "listened"),
            ("b", "sue", "listened"),
        ]
        assert [(row["roles"], row["contact_id"]) for row in rows] == [
            (["agent", "supervisor"], "s.1"),
            ([], ""),
        ]
        assert rows[0]["at"] == datetime.fromtimestamp(NOW_MS / 1000, UTC)
        assert len(await world.read(world.prefix + AUDIT.dlq)) == 1

    asyncio.run(scenario())
