"""What a pool says of itself: who waits, for how long, and what its agents do."""

from random import Random

from msgspec.structs import asdict

from schemas.config import Queue
from schemas.states import Presence
from schemas.summary import PoolReport, QueueState, decode_report
from schemas.topics import POOL_REPORTS
from streams.harness.decider import Moment
from streams.harness.reporting import Reporting
from streams.routing.pool import Pool
from streams.routing.report import report
from streams.routing.state import PoolState
from tests.streams.conversations.walks import Walk, numbers
from tests.streams.routing.pools import (
    DECIDER,
    LONG_S,
    POOL,
    QUEUE,
    Desk,
    accept,
    agent,
    cancel,
    complete,
    config,
    online,
    presence,
    request,
)
from tests.streams.routing.walks import configured, options

QUEUES = (QUEUE, Queue(name="r"))


def reported(desk: Desk, later_ms: int = 0) -> PoolReport:
    found = report(desk.pool, Moment(desk.now_ms + later_ms, 77))
    assert found is not None
    return found


def agents(desk: Desk) -> dict[str, int]:
    return {state: count for state, count in asdict(reported(desk).agents).items() if count}


def queue(desk: Desk, name: str = "q", later_ms: int = 0) -> QueueState:
    return next(one for one in reported(desk, later_ms).queues if one.queue == name)


def test_a_pool_without_configuration_says_nothing() -> None:
    assert report(Pool(PoolState(pool=POOL, partition=0)), Moment(0, 0)) is None


def test_it_names_every_queue_and_the_brokers_time() -> None:
    found = reported(Desk(config(agent("a1"), queues=QUEUES)))
    assert (found.pool, found.at_ms) == (POOL, 77)
    assert found.queues == (
        QueueState(queue="q", waiting=0, longest_wait_s=0.0),
        QueueState(queue="r", waiting=0, longest_wait_s=0.0),
    )


def test_who_waits_and_for_how_long() -> None:
    desk = Desk(config(agent("a1"), queues=QUEUES), request(1, age_s=30.0))
    desk.hear(request(2, priority=0), 10)
    desk.hear(request(3, "r"), 5)
    desk.hear(request(4, synthetic=True, age_s=500.0))
    assert (queue(desk).waiting, queue(desk).longest_wait_s) == (2, 45.0)
    assert queue(desk, later_ms=1500).longest_wait_s == 46.5
    assert (queue(desk, "r").waiting, queue(desk, "r").longest_wait_s) == (1, 0.0)
    desk.hear(cancel(1))
    assert (queue(desk).waiting, queue(desk).longest_wait_s) == (1, 5.0)


def test_an_agent_is_in_the_state_that_says_most() -> None:
    team = config(agent("a1", 3), agent("a2"), agent("a3"), agent("a4"), agent("robot", synthetic=True))
    desk = Desk(team)
    assert agents(desk) == {"offline": 4}
    for name in ("a1", "a2", "a3", "robot"):
        desk.hear(online(name))
    assert agents(desk) == {"available": 3, "offline": 1}
    desk.hear(presence("a3", Presence.CUSTOM, "lunch"))
    desk.hear(presence("a2", Presence.CUSTOM, "lunch"))
    assert agents(desk) == {"available": 1, "away": 2, "offline": 1}
    desk.hear(request(1))
    assert agents(desk) == {"offered": 1, "away": 2, "offline": 1}
    desk.hear(accept("a1", 1))
    desk.hear(cancel(1))
    assert agents(desk) == {"wrapping_up": 1, "away": 2, "offline": 1}
    desk.hear(request(2))
    assert agents(desk) == {"wrapping_up": 1, "away": 2, "offline": 1}  # offered another meanwhile
    desk.hear(accept("a1", 2))
    assert agents(desk) == {"serving": 1, "away": 2, "offline": 1}
    desk.hear(complete("a1", 1))
    desk.hear(complete("a1", 2))
    desk.hear(request(3))
    desk.wait(QUEUE.offer_timeout_s + 1)
    assert agents(desk) == {"not_responding": 1, "away": 2, "offline": 1}


def test_an_estimate_leaves_no_trace() -> None:
    desk = Desk(config(agent("a1")), online("a1", lease_s=LONG_S))
    for n in (1, 2, 3):
        desk.hear(request(n))
    desk.hear(accept("a1", 1))
    desk.hear(complete("a1", 1), 60)
    before = desk.pool.pack()
    told = queue(desk, later_ms=400)
    assert told.estimated_wait_s is not None
    assert told.estimated_wait_high_s is not None
    assert 0 < told.estimated_wait_s < told.estimated_wait_high_s
    assert desk.pool.pack() == before


def test_whatever_has_happened_it_changes_nothing_and_counts_every_agent(rng: Random) -> None:
    walk = Walk(DECIDER, 0, options)
    walk.hear(POOL, configured(0), 0)
    said = 0
    for choice, passed_ms in numbers(rng, 400):
        walk.take(choice, passed_ms)
        clock = walk.partition.clock
        for entity in walk.partition.hot.values():
            before = entity.state.pack()
            found = report(entity.state, Moment(clock.at_ms, clock.appended_ms))
            assert entity.state.pack() == before
            if found is not None:
                said += 1
                people = [one for one in entity.state.people.values() if not one.synthetic]
                assert sum(asdict(found.agents).values()) == len(people)
                pending = [one for one in entity.state.pending() if not one.synthetic]
                assert sum(one.waiting for one in found.queues) == len(pending)
    assert said > 300


def test_the_harness_sends_what_the_living_say() -> None:
    walk = Walk(DECIDER, 0, options)
    walk.hear(POOL, configured(0), 0)
    (sent,) = Reporting(POOL_REPORTS, report).of(walk.partition)
    assert (sent.topic, sent.partition, sent.key) == ("pool.reports", 0, POOL.encode())
    assert decode_report(sent.value or b"").at_ms == walk.log[-1].timestamp
    assert ("type", b"pool.reported") in sent.headers
