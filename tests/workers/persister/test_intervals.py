"""What pools decide stands in quarters of an hour: as the measures have it, once, also when read anew."""

import asyncio
import random
from collections import Counter

import pytest

from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.topics import CONFIG, ROUTING_EVENTS
from streams.insight.measures import Measures, Terms
from streams.insight.meter import ALL, measure
from tests.streams.insight.day import Day, events_of
from tests.streams.insight.events import HOUR_MS, canceled, enqueued, event, served
from tests.workers.persister.stored import until_stored
from tests.workers.world import Given, World
from workers.persister.intervals import BOUNDS_MS, INTERVAL_MS, Counts, Tally, add

SUMS = ("offered", "answered", "answered_within", "abandoned", "refused", "canceled", "overflowed", "handled")
TIMES = ("wait_ms", "abandon_wait_ms", "talk_ms", "wrap_up_ms")


@pytest.fixture(scope="module")
def day() -> list[RoutingEvent]:
    """Three hours of a center."""
    return events_of(Day(random.Random(7)).run(3.0))


def totals(tally: Tally) -> dict[str, Counter[str]]:
    """By queue, over all intervals and agents."""
    found: dict[str, Counter[str]] = {}
    for place, counts in tally.rows.items():
        row = found.setdefault(place.queue, Counter())
        for name in (*SUMS, *TIMES):
            row[name] += getattr(counts, name)
        row["waits"] += sum(counts.waits)
        row["handles"] += sum(counts.handles)
        row["wrap_ups"] += sum(counts.wrap_ups)
    return found


def wanted(measures: Measures) -> dict[str, float]:
    return {
        "offered": measures.queued,
        "answered": measures.answered,
        "answered_within": measures.answered_within,
        "abandoned": measures.abandoned,
        "refused": measures.refused,
        "canceled": measures.canceled,
        "overflowed": measures.flowed_out,
        "handled": measures.handled,
        "wait_ms": measures.answer_wait_s * 1000,
        "abandon_wait_ms": measures.abandon_wait_s * 1000,
        "talk_ms": measures.talk_s * 1000,
        "wrap_up_ms": measures.wrap_up_s * 1000,
        "waits": measures.answered,
        "handles": measures.handled,
        "wrap_ups": measures.handled,
    }


def test_a_day_adds_up_to_its_measures(day: list[RoutingEvent]) -> None:
    tally = Tally({}, {})
    tally.hear(day)
    queues = measure(day, Terms()).queues
    found = totals(tally)
    assert found.keys() == queues.keys() - {ALL} == {"q", "r"}
    for queue, row in found.items():
        assert dict(row) == pytest.approx(wanted(queues[queue]), abs=1e-3)
    assert len({place.begin_ms for place in tally.rows}) >= 12
    assert sum(row["abandoned"] for row in found.values()) > 10


def test_each_counts_where_it_happens() -> None:
    quarter = INTERVAL_MS // 1000
    tally = Tally({}, {})
    tally.hear(
        [
            *served("s.1", "a1", 10, quarter + 5, quarter + 65, 2 * quarter + 5),
            enqueued(20, "s.2"),
            event(30, Decided.OVERFLOWED, "s.2"),
            canceled(quarter, "s.2", queue="r"),
            enqueued(40, "s.3"),
            canceled(40, "s.3", "closed_hours"),
        ]
    )
    said = {
        ((place.begin_ms - HOUR_MS) // INTERVAL_MS, place.queue, place.agent_id): {
            name: found for name in SUMS if (found := getattr(counts, name))
        }
        for place, counts in tally.rows.items()
    }
    assert said == {
        (0, "q", ""): {"offered": 2, "overflowed": 1, "refused": 1},
        (1, "q", "a1"): {"answered": 1},
        (1, "r", ""): {"offered": 1, "abandoned": 1},
        (2, "q", "a1"): {"handled": 1},
    }
    assert not tally.contacts


def test_buckets_double_every_second_step() -> None:
    assert (BOUNDS_MS[0], BOUNDS_MS[2], BOUNDS_MS[20]) == (100, 200, 102_400)
    assert list(BOUNDS_MS) == sorted(set(BOUNDS_MS))
    counts = Counts()
    for value_ms in (0, 99, 100, 10**12):
        add(counts.waits, value_ms)
    assert (counts.waits[:2], counts.waits[-1], len(counts.waits)) == ([2, 1], 1, len(BOUNDS_MS) + 1)


ROWS = "SELECT * FROM intervals ORDER BY begin_at, pool, queue, agent_id, channel"


def test_read_again_it_counts_once_and_read_anew_the_rows_are_equal(
    world: World, day: list[RoutingEvent]
) -> None:
    async def scenario() -> None:
        await world.create(ROUTING_EVENTS, CONFIG)
        half = len(day) // 2
        log: list[Given] = [(0, one.pool, encode(one)) for one in day]
        # A replay of the pool's owner gives equal events at new offsets.
        again = [*log[:half], *log[half - 50 : half], (0, "p", b"not json"), *log[half:]]
        await world.produce(ROUTING_EVENTS, again)
        with world.worker("persister", batch_records=300):
            await until_stored(world, len(again), ROUTING_EVENTS)
        first = await world.fetch(ROWS)
        tally = Tally({}, {})
        tally.hear(day)
        assert len(first) == len(tally.rows)
        for name in (*SUMS, *TIMES):
            wanted = sum(getattr(counts, name) for counts in tally.rows.values())
            assert sum(row[name] for row in first) == wanted, name
        assert sum(map(sum, (row["handles"] for row in first))) == sum(row["handled"] for row in first)
        await world.fetch(
            "WITH a AS (DELETE FROM intervals), b AS (DELETE FROM interval_contacts),"
            " c AS (DELETE FROM interval_pools) DELETE FROM sink_offsets WHERE topic = $1",
            world.name(ROUTING_EVENTS),
        )
        with world.worker("persister"):
            await until_stored(world, len(again), ROUTING_EVENTS)
        assert await world.fetch(ROWS) == first

    asyncio.run(scenario())
