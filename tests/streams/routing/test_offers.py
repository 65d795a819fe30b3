"""Who is offered what: order, capacity, answers and their absence."""

import pytest

from schemas.assignments import AgentState, OfferMade
from schemas.config import Agent, Queue
from schemas.conversation import ContactQueued
from schemas.routing import RequestContact, RoutingCommand
from schemas.states import Presence
from tests.streams.routing.pools import (
    ONE,
    POOL,
    TWO,
    Desk,
    accept,
    agent,
    cancel,
    complete,
    config,
    contact,
    forget,
    gists,
    online,
    presence,
    reject,
    request,
    session,
)


def offers(desk: Desk) -> list[tuple[str, str]]:
    return [(offer.agent_id, offer.contact_id) for offer in desk.of(OfferMade)]


def test_the_oldest_contact_is_offered_first_and_ties_go_by_arrival() -> None:
    desk = Desk(ONE)
    for n, after_s in ((5, 0.0), (3, 1.0), (2, 0.0)):
        desk.hear(request(n), after_s)
    desk.hear(online("a1"))
    for n, epoch in ((5, 1), (3, 1), (2, 1)):
        assert offers(desk)[-1] == ("a1", contact(n))
        desk.hear(accept("a1", n, epoch))
        desk.hear(complete("a1", n))


def test_each_who_waits_is_told_its_position() -> None:
    desk = Desk(ONE, request(1), request(2), request(3))
    assert [(one.contact_id, one.position) for one in desk.of(ContactQueued)] == [
        (contact(n), n) for n in (1, 2, 3)
    ]


def test_the_longest_idle_agent_is_chosen_and_ties_go_by_id() -> None:
    desk = Desk(config(agent("a3"), agent("a2"), agent("a1")))
    for name, after_s in (("a3", 0.0), ("a2", 1.0), ("a1", 0.0)):
        desk.hear(online(name), after_s)
    for n in (1, 2, 3):
        desk.hear(request(n))
    assert [name for name, _ in offers(desk)] == ["a3", "a1", "a2"]


def test_who_completed_last_is_the_last_to_be_chosen() -> None:
    desk = Desk(TWO, online("a1"), online("a2"), request(1), accept("a1", 1))
    desk.hear(complete("a1", 1), 5.0)
    desk.hear(request(2))
    assert offers(desk)[-1] == ("a2", contact(2))


@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_nobody_gets_more_than_the_capacity_and_a_freed_slot_is_filled_at_once(capacity: int) -> None:
    desk = Desk(config(agent("a1", capacity)), online("a1"), *(request(n) for n in range(1, 6)))
    assert len(offers(desk)) == capacity
    desk.hear(accept("a1", 1))
    assert len(offers(desk)) == capacity
    assert "offer.made" in gists(desk.hear(complete("a1", 1)))
    assert desk.where(capacity + 1) == "reserved a1"


@pytest.mark.parametrize("command", [cancel(1), forget(1)])
@pytest.mark.parametrize("taken", [True, False])
def test_the_end_of_a_contact_frees_its_slot_for_the_next(command: RoutingCommand, taken: bool) -> None:
    desk = Desk(ONE, online("a1"), request(1), request(2), *([accept("a1", 1)] if taken else []))
    desk.hear(command)
    wraps_up = taken and command == cancel(1)
    assert desk.where(2) == ("pending" if wraps_up else "reserved a1")


def test_contacts_of_other_queues_are_not_for_everybody() -> None:
    queues = (Queue(name="q"), Queue(name="r"))
    both = config(agent("a1", 1, "r"), agent("a2", 2, "r", "q"), queues=queues)
    desk = Desk(both, online("a1"), online("a2"), request(1, "q"), request(2, "q"), request(3, "r"))
    assert [desk.where(n) for n in (1, 2, 3)] == ["reserved a2", "reserved a2", "reserved a1"]


@pytest.mark.parametrize(
    ("contact_is", "agent_is", "where"),
    [(True, True, "reserved a1"), (True, False, "pending"), (False, True, "pending")],
)
def test_synthetic_contacts_are_for_synthetic_agents_alone(
    contact_is: bool, agent_is: bool, where: str
) -> None:
    desk = Desk(config(agent("a1", synthetic=agent_is)), online("a1"), request(1, synthetic=contact_is))
    assert desk.where(1) == where


def test_a_queue_may_skip_the_question() -> None:
    eager = config(agent("a1"), queues=(Queue(name="q", auto_accept=True),))
    desk = Desk(eager, online("a1"))
    assert gists(desk.hear(request(1))) == "a1: assignment.made, contact.assigned"
    assert desk.where(1) == "assigned a1"
    assert desk.wait(100) == []


@pytest.mark.parametrize("known", [[], [ONE]])
def test_an_unknown_queue_is_refused(known: list[RoutingCommand]) -> None:
    desk = Desk(*known)
    assert gists(desk.hear(request(1, "nowhere"))) == "canceled refused"
    assert desk.where(1) == "over"


def test_who_rejects_is_left_out_for_a_while_and_the_next_one_gets_it_with_its_age() -> None:
    desk = Desk(TWO, online("a1"), online("a2"), request(1))
    desk.hear(request(2), 1.0)
    desk.hear(reject("a1", 1), 1.0)
    assert (desk.where(1), desk.where(2)) == ("pending", "reserved a2")
    desk.hear(request(3), 1.0)
    assert desk.where(3) == "reserved a1"  # paused for the first contact only
    desk.hear(accept("a2", 2))
    desk.hear(complete("a2", 2))
    assert desk.where(1) == "reserved a2"


def test_a_pause_ends_at_its_time() -> None:
    desk = Desk(ONE, online("a1"), request(1), reject("a1", 1))
    desk.wait(59.999)
    assert desk.where(1) == "pending"
    assert gists(desk.wait(0.001)) == "a1: offer.made, contact.offered"
    assert desk.of(OfferMade)[-1].offer_epoch == 2


def test_an_answer_counts_until_a_tick_says_otherwise() -> None:
    desk = Desk(ONE, online("a1"), request(1))
    assert desk.wait(19.999) == []
    desk.hear(accept("a1", 1), 5.0)
    assert desk.where(1) == "assigned a1"


def test_no_answer_leaves_the_agent_not_responding_until_its_time() -> None:
    desk = Desk(TWO, online("a1"), online("a2"), request(1))
    desk.wait(20)
    assert (desk.where(1), desk.presence("a1")) == ("reserved a2", "custom not responding")
    desk.hear(request(2))
    assert desk.where(2) == "pending"
    assert gists(desk.hear(accept("a1", 1))) == "a1: stale_offer"
    desk.hear(accept("a2", 1, epoch=2))
    desk.wait(39.999)
    assert desk.presence("a1") == "custom not responding"
    desk.wait(0.001)
    assert (desk.presence("a1"), desk.where(2)) == ("routable", "reserved a1")
    assert desk.gapless()


def test_no_answer_is_made_good_by_the_agents_own_action() -> None:
    desk = Desk(ONE, online("a1"), request(1))
    desk.wait(20)
    desk.hear(request(2))
    desk.hear(online("a1"))
    assert (desk.presence("a1"), desk.where(1), desk.where(2)) == ("routable", "pending", "reserved a1")
    assert desk.wait(39) != []


STALE = [
    pytest.param([reject("a1", 1)], accept("a1", 1, 1), id="rejected before"),
    pytest.param([], accept("a2", 1, 1), id="another agent's"),
    pytest.param([], reject("a2", 1, 1), id="another agent's to reject"),
    pytest.param([cancel(1)], accept("a1", 1, 1), id="canceled before"),
    pytest.param([presence("a1", Presence.OFFLINE, socket="")], accept("a1", 1, 1), id="gone meanwhile"),
    pytest.param([], accept("a1", 1, 0), id="an epoch of before"),
    pytest.param([], accept("a1", 1, 2), id="an epoch to come"),
    pytest.param([accept("a1", 1, 1)], reject("a1", 1, 1), id="accepted before"),
]


@pytest.mark.parametrize(("before", "command"), STALE)
def test_a_stale_answer_is_refused_and_changes_nothing(
    before: list[RoutingCommand], command: RoutingCommand
) -> None:
    desk = Desk(TWO, online("a1"), online("a2"), request(1), *before)
    where = desk.where(1)
    assert gists(desk.hear(command)).endswith(": stale_offer")
    assert desk.where(1) == where


@pytest.mark.parametrize("name", ["a2", "nobody"])
def test_only_the_holder_completes(name: str) -> None:
    desk = Desk(TWO, online("a1"), online("a2"), request(1), accept("a1", 1))
    assert gists(desk.hear(complete(name, 1))) == ("a2: not_held" if name == "a2" else "")
    assert desk.where(1) == "assigned a1"


def test_wrap_up_holds_the_slot_until_its_time() -> None:
    desk = Desk(ONE, online("a1"), request(1), accept("a1", 1), request(2), cancel(1))
    assert desk.wait(29.999) == []
    said = gists(desk.wait(0.001))
    assert "completed wrap_up_timeout" in said
    assert (desk.where(1), desk.where(2)) == ("over", "reserved a1")


def test_a_socket_starts_from_everything_that_is_held() -> None:
    desk = Desk(config(agent("a1", 3)), online("a1"), request(1), accept("a1", 1), request(2))
    (told,) = (one for one in desk.hear(online("a1", "s2")) if isinstance(one, AgentState))
    assert [(held.contact_id, held.state.value) for held in told.contacts] == [
        (contact(1), "assigned"),
        (contact(2), "reserved"),
    ]


@pytest.mark.parametrize("session_id", ["nonsense", session(1).replace("-7001-", "-7fff-")])
def test_a_contact_of_no_session_is_poison(session_id: str) -> None:
    command = RequestContact(
        pool=POOL,
        contact_id="c",
        session_id=session_id,
        customer_id="c",
        queue="q",
    )
    with pytest.raises(ValueError, match=r"session id|UUID|partition"):
        Desk(config(Agent(id="a1", name="A", queues=("q",)))).hear(command)
