"""How soon agents wrote: each contact once, however its versions are stored, and the same when read anew."""

import asyncio
import random
from dataclasses import replace

from msgspec import structs

from schemas.conversation import ConsultationChanged, Leg
from schemas.ids import partition_of, session_id
from schemas.topics import CONFIG, CONVERSATION_EVENTS
from tests.workers.events import NOW_MS, changed
from tests.workers.persister.stored import until_stored
from tests.workers.world import PARTITIONS, World, given
from workers.persister.intervals import INTERVAL_MS, add
from workers.persister.responses import Held, Place, Responses, count, telling
from workers.persister.rows import Consultation, at, merge, rows_of

HOUR_MS = NOW_MS // (4 * INTERVAL_MS) * (4 * INTERVAL_MS)


def leg(number: int, agent: str, response_ms: int = 0, ended_ms: int = 0) -> Leg:
    """Assigned at the hour; the times count from then on."""
    return Leg(
        contact_id=f"s.{number}",
        pool="p",
        queue="q",
        requested_at_ms=HOUR_MS - 5,
        assigned_at_ms=HOUR_MS,
        responded_at_ms=HOUR_MS + response_ms if response_ms else 0,
        ended_at_ms=HOUR_MS + ended_ms if ended_ms else 0,
        agent_id=agent,
    )


def versions(session: str) -> list[ConsultationChanged]:
    """Contacts: one ends a quarter later, one has an agent who only listens, one is lost and found."""
    first, second = leg(1, "a1", 900, INTERVAL_MS + 1), leg(2, "a2", 0, 2_000)
    lost, found = structs.replace(leg(3, ""), assigned_at_ms=0), leg(3, "a1", 30_000, 60_000)
    legs = [
        [leg(1, "a1")],
        [leg(1, "a1", 900)],
        [first, leg(2, "a2")],
        [first, second],
        [first, second, leg(3, "a3", 700)],
        [first, second, lost],
        [first, second, found],
        [first, second, found],
    ]
    return [structs.replace(changed(session, n), legs=tuple(of)) for n, of in enumerate(legs, 1)]


def wanted(session: str) -> dict[Place, Responses]:
    def place(begin_ms: int) -> Place:
        return Place(at(begin_ms), "p", "q", "a1", "chat", partition_of(session))

    found = {place(HOUR_MS + INTERVAL_MS): Responses(1, 900), place(HOUR_MS): Responses(1, 30_000)}
    for one in found.values():
        add(one.responses, one.response_ms)
    return found


def consultations(events: list[ConsultationChanged]) -> list[Consultation]:
    return list(merge([row for event in events for row in rows_of(event)]).consultations)


def test_whatever_batches_the_versions_come_in_each_contact_counts_once(rng: random.Random) -> None:
    session = session_id(2, NOW_MS, 5)
    for _ in range(100):
        # Owners may say again what they said, and batches hold any number of versions.
        said = [one for event in versions(session) for one in [event] * rng.randrange(1, 3)]
        stored: dict[str, Held] = {}
        total: dict[Place, Responses] = {}
        while said:
            size = rng.randrange(1, 6)
            batch, said = consultations(said[:size]), said[size:]
            for place, new in count(telling(batch), stored).items():
                assert place not in total
                total[place] = new
            for row in batch:
                stored[row.session_id] = Held(row.version, row.legs)
        assert total == wanted(session)


def test_synthetic_ones_are_left_out() -> None:
    last = structs.replace(versions(session_id(2, NOW_MS, 5))[-1], synthetic=True)
    assert telling(consultations([last])) == []


ROWS = "SELECT * FROM interval_responses ORDER BY begin_at, pool, queue, agent_id, channel, partition"


def test_they_are_stored_and_read_anew_they_are_equal(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = [session_id(number % PARTITIONS, NOW_MS + number, number) for number in range(12)]
        log = [given(event, partition_of(one)) for one in sessions for event in versions(one) * 2]
        await world.create(CONVERSATION_EVENTS, CONFIG)
        await world.produce(CONVERSATION_EVENTS, log)
        limited = replace(world, database_url=f"{world.database_url}?role=aicc_persister")
        with limited.worker("persister", batch_records=rng.randrange(5, 30)):
            await until_stored(world, len(log))
        first = await world.fetch(ROWS)
        assert sum(row["responded"] for row in first) == 2 * len(sessions)
        assert sum(row["response_ms"] for row in first) == 30_900 * len(sessions)
        assert len(first) == 2 * PARTITIONS
        await world.fetch(
            "WITH a AS (DELETE FROM interval_responses), b AS (DELETE FROM consultations)"
            " DELETE FROM sink_offsets WHERE topic = $1",
            world.name(CONVERSATION_EVENTS),
        )
        with limited.worker("persister"):
            await until_stored(world, len(log))
        assert await world.fetch(ROWS) == first

    asyncio.run(scenario())
