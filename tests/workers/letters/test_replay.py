"""aicc-dlq on real Kafka and Postgres: what is put back is processed once, what is discarded is seen."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from runtime.letters.outcomes import Outcomes, Source
from runtime.letters.reading import SOURCES, Letter, read_letters
from runtime.letters.replaying import REPLAY_OF, NotReplayable, Replayer, open_letters
from schemas.conversation import MessageAdded
from schemas.envelope import header
from schemas.ids import session_id
from schemas.states import Role
from schemas.topics import CONFIG, CONVERSATION_COMMANDS, CONVERSATION_EVENTS, Topic
from tests.workers.events import NOW_MS
from tests.workers.persister.stored import assert_exactly, placed, some_sessions, until_stored
from tests.workers.world import World, given
from workers.dead_letters import DeadLetters

FORBIDDEN = "ALTER TABLE chat_messages ADD CONSTRAINT forbidden CHECK (text <> 'forbidden')"
ALLOWED = "ALTER TABLE chat_messages DROP CONSTRAINT forbidden"


def dlq(world: World, *arguments: str, status: int = 0) -> str:
    """What the command prints."""
    done = subprocess.run(
        [world.command("dlq"), *arguments],
        env=world.environment() | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60.0,
        check=False,
    )
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def message(seq: int, text: str = "forbidden", number: int = 11) -> MessageAdded:
    return MessageAdded(
        session_id=session_id(0, NOW_MS, number),
        seq=seq,
        message_id=f"m{seq}",
        role=Role.CUSTOMER,
        text=text,
        at_ms=NOW_MS,
    )


def test_refused_in_mid_batch_and_replayed_after_the_repair(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 60)
        records = placed(sessions, rng)
        middle = len(records) // 2
        records[middle:middle] = [given(message(seq), 0) for seq in (1, 2)]
        await world.create(CONVERSATION_EVENTS, CONFIG)
        await world.produce(CONVERSATION_EVENTS, records)
        await world.fetch(FORBIDDEN)
        try:
            with world.worker("persister"):
                await until_stored(world, len(records))
                await assert_exactly(world, sessions)
                listed = await asyncio.to_thread(dlq, world, "list")
                assert "2 dead letters" in listed
                assert "forbidden" in listed
        finally:
            await world.fetch(ALLOWED)
        with world.worker("persister"):
            assert "2 replayed, 0 not" in await asyncio.to_thread(dlq, world, "replay", "--all")
            assert "0 replayed, 0 not" in await asyncio.to_thread(dlq, world, "replay", "--all")
            await until_stored(world, len(records) + 2)
        stored = await world.fetch(
            "SELECT seq FROM chat_messages WHERE session_id = $1", message(1).session_id
        )
        assert sorted(row["seq"] for row in stored) == [1, 2]
        assert "0 dead letters" in await asyncio.to_thread(dlq, world, "list")

    asyncio.run(scenario())


def test_what_is_discarded_stays_on_record(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG)
        (offset,) = await world.produce(CONVERSATION_EVENTS, [(0, "k", b"not\x1b json")])
        with world.worker("persister"):
            await until_stored(world, 1)
        identity = f"{world.name(CONVERSATION_EVENTS)}:0:{offset}"
        shown = await asyncio.to_thread(dlq, world, "show", identity)
        assert "It is not JSON" in shown
        assert "\x1b" not in shown
        await asyncio.to_thread(dlq, world, "discard", identity, "--reason", "a [test] of ours")
        assert identity not in await asyncio.to_thread(dlq, world, "list")
        listed = await asyncio.to_thread(dlq, world, "list", "--all")
        assert identity in listed
        assert "a [test] of ours" in listed
        assert "was discarded" in await asyncio.to_thread(lambda: dlq(world, "replay", identity, status=1))
        again = await asyncio.to_thread(
            lambda: dlq(world, "discard", identity, "--reason", "once more", status=1)
        )
        assert "already" in again
        assert len(await world.read(world.name(CONVERSATION_EVENTS), 3)) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "arguments",
    [("replay",), ("replay", "a:0:1", "--all"), ("discard", "a:0:1"), ("list", "--topic", "none")],
    ids=" ".join,
)
def test_wrong_usage(world: World, arguments: tuple[str, ...]) -> None:
    assert "Usage:" in dlq(world, *arguments, status=2)


def test_an_unknown_letter_is_said_to_be_none(world: World) -> None:
    assert "There is no letter a:0:1" in dlq(world, "show", "a:0:1", status=1)


class Died(Exception):
    """The process ends here."""


class DiesBeforeSettling(Outcomes):
    """Knows of the append, but never says so."""

    async def settle(self, source: Source, replayed_to: int) -> None:
        raise Died


class DiesBeforeSending:
    """In place of the producer."""

    async def send_and_wait(self, *_: object, **__: object) -> None:
        raise Died


@asynccontextmanager
async def replaying(world: World) -> AsyncIterator[tuple[Replayer, list[Letter]]]:
    """All parts of the command, and the letters."""
    db = await asyncpg.connect(world.database_url)
    try:
        async with (
            AIOKafkaConsumer(bootstrap_servers=world.bootstrap, auto_offset_reset="earliest") as consumer,
            world.producer() as producer,
        ):
            topics = [world.prefix + topic for topic in SOURCES]
            letters = await read_letters(consumer, world.bootstrap, topics)
            yield Replayer(consumer, producer, Outcomes(db), "kim", world.prefix, settle_s=0.0), letters
    finally:
        await db.close()


async def refuse(world: World, topic: Topic, *values: bytes) -> None:
    """Records of partition 1, each refused by a worker."""
    await world.produce(topic, [(1, "k", value) for value in values])
    records = await world.read(world.name(topic), min(3, topic.partitions))
    async with world.producer() as producer:
        await DeadLetters(producer).send([(record, "bad") for record in records])


async def put_back(world: World, topic: Topic) -> list[ConsumerRecord]:
    records = await world.read(world.name(topic), min(3, topic.partitions))
    return [record for record in records if header(record.headers, REPLAY_OF)]


@pytest.mark.parametrize("appended", [True, False], ids=["after the append", "before it"])
def test_killed_between_the_steps_of_a_replay(world: World, appended: bool) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS)
        await refuse(world, CONVERSATION_EVENTS, b"one", b"two")
        async with replaying(world) as (whole, letters):
            outcomes = DiesBeforeSettling(whole.outcomes._db)
            dying = (
                Replayer(whole.consumer, whole.producer, outcomes, "lee", world.prefix, 0.0)
                if appended
                else Replayer(whole.consumer, DiesBeforeSending(), whole.outcomes, "lee", world.prefix, 0.0)
            )
            for letter in letters:
                with pytest.raises(Died):
                    await dying.replay(letter, await whole.outcomes.all())
            known = await whole.outcomes.all()
            assert [known[letter.source].outcome for letter in letters] == ["replaying"] * 2
            assert len(open_letters(letters, known)) == 2
            offsets = [await whole.replay(letter, known) for letter in letters]
            found = await put_back(world, CONVERSATION_EVENTS)
            assert [(record.offset, record.value) for record in found] == list(
                zip(offsets, (b"one", b"two"), strict=True)
            )
            known = await whole.outcomes.all()
            assert open_letters(letters, known) == []
            with pytest.raises(NotReplayable, match="was replayed"):
                await whole.replay(letters[0], known)

    asyncio.run(scenario())


def test_the_record_itself_is_put_back_where_the_letter_was_cut_off(world: World) -> None:
    async def scenario() -> None:
        large = b"x" * 800_000
        await world.create(CONVERSATION_EVENTS)
        await refuse(world, CONVERSATION_EVENTS, large)
        async with replaying(world) as (replayer, (letter,)):
            assert letter.truncated
            await replayer.replay(letter, {})
        (record,) = await put_back(world, CONVERSATION_EVENTS)
        assert record.value == large
        assert (record.partition, record.key) == (1, b"k")
        assert header(record.headers, "type") == "t"
        assert header(record.headers, REPLAY_OF) == str(letter.source)

    asyncio.run(scenario())


def test_without_its_record_a_whole_letter_is_put_back_and_a_cut_one_is_not(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS)
        await refuse(world, CONVERSATION_EVENTS, b"whole", b"x" * 800_000)
        await world.make_anew(CONVERSATION_EVENTS)
        async with replaying(world) as (replayer, (whole, cut)):
            await replayer.replay(whole, {})
            with pytest.raises(NotReplayable, match="cut off"):
                await replayer.replay(cut, {})
            known = await replayer.outcomes.all()
            assert (known[whole.source].outcome, cut.source in known) == ("replayed", False)
        (record,) = await put_back(world, CONVERSATION_EVENTS)
        assert (record.value, header(record.headers, "id")) == (b"whole", "t")
        assert not header(record.headers, "reason")

    asyncio.run(scenario())


def test_a_command_loses_its_cause_and_a_configuration_is_not_replayed(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_COMMANDS, CONFIG)
        async with world.producer() as producer:
            told = [("id", b"i"), ("cause", b"routing.commands:0:1:0:e:0")]
            for topic in (CONVERSATION_COMMANDS, CONFIG):
                await producer.send_and_wait(world.name(topic), b"v", key=b"k", partition=0, headers=told)
                records = await world.read(world.name(topic), min(3, topic.partitions))
                await DeadLetters(producer).send([(record, "bad") for record in records])
        async with replaying(world) as (replayer, letters):
            config, command = sorted(letters, key=lambda one: one.source)
            await replayer.replay(command, {})
            with pytest.raises(NotReplayable, match="aicc-config"):
                await replayer.replay(config, {})
        (record,) = await put_back(world, CONVERSATION_COMMANDS)
        assert (header(record.headers, "id"), header(record.headers, "cause")) == ("i", "")

    asyncio.run(scenario())
