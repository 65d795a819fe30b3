"""A pool shown whole: what a supervisor begins with, and the numbers of the events that follow on it."""

from schemas.answers import RoutingAnswered
from schemas.audit import Decided, RoutingEvent
from schemas.pool_view import AgentView, ContactView, PoolView, QueueView
from schemas.states import ContactState, Presence
from streams.routing.showing import MOST_AGENTS, MOST_CONTACTS
from tests.streams.routing.pools import (
    LONG_S,
    Desk,
    accept,
    agent,
    config,
    contact,
    listen,
    online,
    presence,
    request,
    show,
)

TEAM = config(agent("a1", 2), agent("a2"), agent("z1", synthetic=True))


def shown(desk: Desk) -> PoolView:
    """The answer; nothing else is said, and nothing changes."""
    before = desk.pool.pack()
    (answer,) = desk.hear(show())
    assert isinstance(answer, RoutingAnswered)
    assert answer.view is not None
    assert desk.pool.pack() == before
    return answer.view


def test_all_that_is_in_the_pool_is_shown() -> None:
    desk = Desk(TEAM, online("a1"), request(1), request(2), accept("a1", 1), listen(1))
    desk.hear(presence("a2", Presence.CUSTOM, "lunch", lease_s=LONG_S))
    desk.hear(request(3, priority=1), after_s=5)
    desk.hear(request(4, synthetic=True))
    view = shown(desk)
    assert view.queues == (QueueView(queue="q", waiting=1, longest_wait_s=0.0),)
    assert view.agents == (
        AgentView(agent_id="a1", presence=Presence.ROUTABLE, capacity=2, held=(contact(1), contact(2))),
        AgentView(agent_id="a2", presence=Presence.CUSTOM, reason="lunch", capacity=1),
    )
    first, second, third, fourth = view.contacts
    assert first == ContactView(
        contact_id=contact(1),
        customer_id="c",
        queue="q",
        state=ContactState.ASSIGNED,
        agent_id="a1",
        offer_epoch=1,
        waited_s=5.0,
        listeners=("boss",),
    )
    assert (second.state, second.agent_id) == (ContactState.RESERVED, "a1")
    assert (third.contact_id, third.state, third.priority) == (contact(3), ContactState.PENDING, 1)
    assert fourth.synthetic
    assert (view.more_agents, view.more_contacts) == (0, 0)


def test_it_goes_up_to_the_pools_last_event() -> None:
    desk = Desk(TEAM, online("a1"), request(1))
    events = desk.of(RoutingEvent)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert shown(desk).seq == len(events)


def test_a_large_pool_is_shown_in_part_and_its_queues_in_full() -> None:
    agents = [agent(f"a{n}") for n in range(MOST_AGENTS + 2)]
    desk = Desk(config(*agents), *(online(one.id) for one in agents))
    for n in range(1, MOST_AGENTS + MOST_CONTACTS + 6):
        desk.hear(request(n))
    view = shown(desk)
    assert (len(view.agents), view.more_agents) == (MOST_AGENTS, 2)
    assert (len(view.contacts), view.more_contacts) == (MOST_CONTACTS, MOST_AGENTS + 5)
    assert view.contacts[0].state is ContactState.RESERVED
    assert view.queues[0].waiting == MOST_CONTACTS + 3


def test_a_pool_that_is_none_has_nothing_to_show() -> None:
    desk = Desk()
    answer, event = desk.hear(show())
    assert isinstance(answer, RoutingAnswered)
    assert (answer.reason, answer.view) == ("unknown_pool", None)
    assert isinstance(event, RoutingEvent)
    assert (event.event, event.seq) == (Decided.REFUSED, 0), "it is nobody's event"
