"""Who waits hears where, and how long it will be; and again when that has changed enough."""

from msgspec.structs import replace

from schemas.audit import Decided, RoutingEvent
from schemas.config import Queue
from schemas.conversation import ContactQueued
from schemas.states import Overload
from tests.streams.routing.pools import (
    LONG_S,
    ONE,
    QUEUE,
    Desk,
    accept,
    agent,
    cancel,
    complete,
    config,
    contact,
    move,
    online,
    reject,
    request,
)
from tests.streams.routing.test_supervision import TEAM


def told(desk: Desk, n: int) -> list[int]:
    """The positions that the contact heard of."""
    return [one.position for one in desk.of(ContactQueued) if one.contact_id == contact(n)]


def served(desk: Desk, n: int, after_s: float) -> None:
    """a1 is done with the contact that it has, in its turn."""
    desk.hear(accept("a1", n, desk.pool.contacts[contact(n)].offer_epoch))
    desk.hear(complete("a1", n), after_s)


def busy(waiting: int, served_before: int = 0) -> Desk:
    """a1 is asked for the first of so many that came at once, after it served others for 60 s each."""
    desk = Desk(ONE, online("a1", lease_s=LONG_S))
    for n in range(100, 100 + served_before + bool(served_before)):
        desk.hear(request(n))
    for n in range(100, 100 + served_before):
        served(desk, n, 60.0)
    for n in range(1, waiting + 1):
        desk.hear(request(n))
    return desk


def test_the_first_word_is_the_place_in_the_queue() -> None:
    desk = busy(4)
    assert [told(desk, n) for n in (1, 2, 3, 4)] == [[], [1], [2], [3]]


def test_who_moves_up_hears_so_but_not_more_often_than_every_ten_seconds() -> None:
    desk = busy(4)
    served(desk, 1, 1.0)
    desk.wait(1)
    assert told(desk, 4) == [3]
    desk.wait(9)
    assert told(desk, 4) == [3, 2]
    desk.wait(30)
    assert told(desk, 4) == [3, 2, 3]  # nobody answered, so the second is back before it


def test_nothing_is_said_where_nothing_changes() -> None:
    desk = busy(3)
    desk.hear(accept("a1", 1))
    for _ in range(6):
        desk.wait(10)
    assert told(desk, 3) == [2]


def test_an_estimate_comes_with_the_place_as_soon_as_something_is_known() -> None:
    assert all(one.estimated_wait_s is None for one in busy(4).of(ContactQueued))
    desk = busy(4, served_before=12)
    last = [one for one in desk.of(ContactQueued) if one.contact_id == contact(4)][-1]
    assert last.estimated_wait_s is not None
    assert last.estimated_wait_high_s is not None
    assert 60 < last.estimated_wait_s < 400
    assert last.estimated_wait_high_s > last.estimated_wait_s


def test_the_audit_judges_the_estimate_by_the_first_offer() -> None:
    desk = busy(2, served_before=12)
    served(desk, 112, 60.0)
    served(desk, 1, 60.0)
    desk.hear(reject("a1", 2))
    judged = [one for one in desk.of(RoutingEvent) if one.contact_id == contact(2) and one.estimate_s]
    assert [(one.event, one.waited_s) for one in judged] == [(Decided.OFFERED, 120.0)]
    assert judged[0].estimate_high_s > judged[0].estimate_s


def test_who_goes_back_or_elsewhere_hears_its_new_place() -> None:
    desk = Desk(TEAM, online("a1", lease_s=LONG_S), request(1), request(2), request(3))
    desk.hear(move(3, "r"))
    assert told(desk, 3) == [2, 1]
    desk.hear(reject("a1", 1))
    desk.wait(10)
    assert told(desk, 1) == [1]


def test_synthetic_contacts_have_a_place_but_count_in_no_estimate() -> None:
    desk = Desk(TEAM, request(1, synthetic=True), request(2, synthetic=True), cancel(1))
    desk.wait(10)
    assert told(desk, 2) == [2, 1]
    assert desk.pool.flows == {}


def test_who_had_an_estimate_is_moved_to_who_is_free() -> None:
    desk = Desk(TEAM, online("a1", lease_s=LONG_S))
    for n in range(100, 106):
        desk.hear(request(n))
    for n in range(100, 105):
        served(desk, n, 60.0)
    desk.hear(request(1))
    assert desk.pool.contacts[contact(1)].said is not None
    desk.hear(online("a2", lease_s=LONG_S))
    desk.hear(move(1, "r"))
    assert desk.where(1) == "reserved a2"


def test_who_had_an_estimate_overflows_to_who_is_free() -> None:
    late = replace(QUEUE, max_wait_s=200.0, when_late=Overload.OVERFLOW, overflow_to="r")
    team = config(agent("a1"), agent("a2", 1, "r"), queues=(late, Queue(name="r")))
    desk = Desk(team, online("a1", lease_s=LONG_S))
    for n in range(100, 103):
        desk.hear(request(n))
    for n in range(100, 102):
        served(desk, n, 60.0)
    desk.hear(request(1))
    desk.hear(accept("a1", 102))
    assert desk.pool.contacts[contact(1)].said is not None
    desk.hear(online("a2", lease_s=LONG_S))
    desk.wait(201)
    assert desk.where(1) == "reserved a2"
