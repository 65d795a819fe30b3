"""Service levels as they are folded live are those that aicc-routing measures from the log."""

from collections.abc import Iterable
from random import Random

import pytest

from schemas.audit import Decided, RoutingEvent
from schemas.summary import Service
from streams.insight.measures import Terms
from streams.insight.meter import measure
from tests.streams.insight.day import Day, events_of
from tests.streams.insight.events import at, canceled, enqueued, event, served
from workers.prober.service import WINDOW_S, WITHIN_S, Queue, ServiceLevels

MINUTE_S = 60


def folded(events: Iterable[RoutingEvent], now_ms: int) -> dict[str, Service]:
    levels = ServiceLevels()
    for one in events:
        levels.hear(one)
    return {queue.queue: service for queue, service in levels.recent(now_ms).items()}


def measured(events: list[RoutingEvent], now_ms: int) -> dict[str, Service]:
    """By streams.insight, of the same whole minutes."""
    begin_ms = (now_ms // 60_000 + 1) * 60_000 - WINDOW_S * 1000
    found = measure(events, Terms(within_s=WITHIN_S, from_ms=begin_ms), now_ms).queues
    return {
        name: Service(
            queued=one.queued,
            answered=one.answered,
            abandoned=one.abandoned,
            service_level=one.answered_within_over_queued,
        )
        for name, one in found.items()
        if name and one.queued
    }


@pytest.mark.parametrize("minutes", [5, 31, 59])
def test_a_random_day_measures_the_same(rng: Random, minutes: int) -> None:
    recorder = Day(rng, agents=5, calls_per_hour=240.0).run(1.0)
    whole = events_of(recorder)
    now_ms = whole[0].at_ms + minutes * MINUTE_S * 1000 + rng.randrange(60_000)
    known = [one for one in whole if one.at_ms <= now_ms]
    found = folded(known, now_ms)
    assert {name: one for name, one in found.items() if one.queued} == measured(known, now_ms)
    assert found["q"].answered > 3


def test_overflow_refusal_and_moves_count_as_in_the_measures() -> None:
    events = [
        enqueued(0, "c1"),
        event(5, Decided.OVERFLOWED, "c1", reason="max_wait"),
        *served("c1", "a1", 6, 10, 20, 30, queue="r")[1:],
        enqueued(1, "c2"),
        event(9, Decided.MOVED, "c2", queue="r"),
        enqueued(2, "c3"),
        canceled(2, "c3", "max_depth"),
        enqueued(3, "c4"),
        canceled(40, "c4"),
        enqueued(4, "c5", synthetic=True),
        enqueued(50, "c6"),
        enqueued(58, "c7"),
    ]
    ordered = sorted(events, key=lambda one: one.at_ms)
    now_ms = at(75)
    found = folded(ordered, now_ms)
    assert found == measured(ordered, now_ms)
    assert found["r"].answered == 1
    assert found["q"] == Service(queued=5, answered=0, abandoned=1, service_level=0.0)


def test_what_came_before_the_window_is_forgotten() -> None:
    levels = ServiceLevels()
    for one in (*served("c1", "a1", 0, 10, 20, 30), *served("c2", "a1", 1000, 1030, 1040, 1050)):
        levels.hear(one)
    queue = Queue("p", "q")
    assert levels.recent(at(1100))[queue].service_level == 0.5
    assert levels.recent(at(WINDOW_S + 60))[queue].service_level == 0.0
    assert levels.recent(at(1000 + WINDOW_S + 60)) == {}


def test_who_is_moved_counts_in_the_other_queue_from_then_on() -> None:
    levels = ServiceLevels()
    levels.hear(enqueued(0, "c1"))
    levels.hear(event(1500, Decided.MOVED, "c1", queue="r"))
    assert levels.recent(at(WINDOW_S + 60)) == {
        Queue("p", "r"): Service(queued=1, answered=0, abandoned=0, service_level=0.0)
    }
