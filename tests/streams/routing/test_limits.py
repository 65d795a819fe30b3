"""What becomes of a contact that is too much for its queue."""

from typing import Any

import pytest

from schemas.audit import RoutingEvent
from schemas.config import ConfigError, Configuration, PoolConfig, Queue
from schemas.conversation import ContactEnded, ContactQueued
from schemas.states import Overload, Presence
from tests.streams.routing.pools import (
    Desk,
    accept,
    agent,
    config,
    contact,
    online,
    presence,
    request,
)


def desk(**limits: Any) -> Desk:
    """a1 serves q and r, a2 only q; limits are q's, which overflows to r."""
    queues = (Queue(name="q", overflow_to="r", **limits), Queue(name="r"))
    return Desk(config(agent("a1", 1, "q", "r"), agent("a2"), queues=queues))


def ends(at: Desk) -> list[tuple[str, str]]:
    return [(one.contact_id, f"{one.outcome} {one.reason}") for one in at.of(ContactEnded)]


def reasons(at: Desk, event: str) -> list[str]:
    return [one.reason for one in at.of(RoutingEvent) if one.event == event]


def test_a_full_queue_refuses_who_would_have_to_wait() -> None:
    full = desk(max_depth=1)
    for n in (1, 2):
        full.hear(request(n))
    assert ends(full) == [(contact(2), "canceled refused")]
    assert reasons(full, "canceled") == ["max_depth"]
    full.hear(online("a1"))
    full.hear(online("a2"))
    assert full.where(1) == "reserved a1"
    full.hear(request(3))
    assert full.where(3) == "reserved a2"


def test_a_full_queue_sends_who_would_have_to_wait_to_another_one() -> None:
    full = desk(max_depth=1, when_full=Overload.OVERFLOW)
    for n in (1, 2):
        full.hear(request(n))
    assert full.where(2) == "pending"
    assert [(one.queue, one.position) for one in full.of(ContactQueued)] == [("q", 1), ("r", 1)]
    full.hear(online("a2"))
    assert (full.where(1), full.where(2)) == ("reserved a2", "pending")
    full.hear(online("a1"))
    assert full.where(2) == "reserved a1"


def test_a_full_queue_offers_a_callback() -> None:
    full = desk(max_depth=1, when_full=Overload.CALLBACK)
    for n in (1, 2):
        full.hear(request(n))
    assert ends(full) == [(contact(2), "canceled overflow")]
    assert reasons(full, "canceled") == ["callback: max_depth"]


@pytest.mark.parametrize(
    ("action", "then"),
    [(Overload.REFUSE, "canceled expired"), (Overload.CALLBACK, "canceled overflow")],
)
def test_who_has_waited_too_long_is_turned_away(action: Overload, then: str) -> None:
    late = desk(max_wait_s=10.0, when_late=action)
    late.hear(request(1))
    late.wait(9.9)
    assert late.where(1) == "pending"
    late.wait(0.1)
    assert ends(late) == [(contact(1), then)]


def test_who_has_waited_too_long_goes_to_another_queue_with_its_age() -> None:
    late = desk(max_wait_s=10.0, when_late=Overload.OVERFLOW)
    late.hear(request(1))
    late.hear(request(2, "r"), 5.0)
    late.wait(5.0)
    late.hear(online("a1"))
    assert (late.where(1), late.where(2)) == ("reserved a1", "pending")


def test_who_is_with_an_agent_is_never_late_and_waits_anew_when_the_agent_is_lost() -> None:
    late = desk(max_wait_s=10.0)
    for command in (online("a1"), request(1)):
        late.hear(command)
    late.hear(accept("a1", 1))
    late.wait(60.0)
    assert late.where(1) == "assigned a1"
    late.hear(presence("a1", Presence.OFFLINE, socket=""))
    late.wait(9.9)
    assert late.where(1) == "pending"
    late.wait(0.1)
    assert ends(late) == [(contact(1), "canceled expired")]


def test_nobody_waits_where_no_agent_is_there() -> None:
    empty = desk(when_unstaffed=Overload.REFUSE)
    empty.hear(request(1))
    assert ends(empty) == [(contact(1), "canceled refused")]
    assert reasons(empty, "canceled") == ["unstaffed"]
    empty.hear(presence("a2", Presence.CUSTOM, "lunch"))
    empty.hear(request(2))
    assert empty.where(2) == "pending"


@pytest.mark.parametrize(
    ("queues", "error"),
    [
        ((Queue(name="q", when_full=Overload.OVERFLOW),), "no queue '' in this pool"),
        ((Queue(name="q", when_late=Overload.OVERFLOW, overflow_to="x"),), "no queue 'x' in this pool"),
        (
            tuple(Queue(name=a, when_full=Overload.OVERFLOW, overflow_to=b) for a, b in ("qr", "rs", "sq")),
            "goes round in a circle: q → r → s → q",
        ),
    ],
)
def test_an_overflow_that_leads_nowhere_is_refused(queues: tuple[Queue, ...], error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        Configuration(pools=(PoolConfig(pool="p", partition=0, queues=queues),)).check()
