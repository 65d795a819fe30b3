"""An agent hands a contact over."""

import pytest

from schemas.assignments import CommandRefused, OfferMade
from schemas.audit import RoutingEvent
from schemas.config import Queue
from schemas.conversation import ContactEnded, ContactTransferred
from schemas.routing import RequestContact, RoutingCommand, Transfer
from schemas.states import Channel
from tests.streams.routing.pools import (
    LONG_S,
    POOL,
    QUEUE,
    Desk,
    accept,
    agent,
    complete,
    config,
    contact,
    gists,
    online,
    request,
    session,
    transfer,
)

TEAM = config(
    agent("a1"),
    agent("a2", 1, "q", "r"),
    agent("a3", 1, "r"),
    agent("a4", channels=(Channel.VOICE,)),
    agent("z1", synthetic=True),
    queues=(QUEUE, Queue(name="r")),
)


def talking(*present: str) -> Desk:
    """a1 talks with the first customer."""
    desk = Desk(TEAM, online("a1", lease_s=LONG_S), request(1), accept("a1", 1))
    for name in present:
        desk.hear(online(name, lease_s=LONG_S))
    return desk


@pytest.mark.parametrize(
    ("command", "queue", "pool", "to_agent"),
    [
        (transfer("a1", 1, queue="r"), "r", POOL, ""),
        (transfer("a1", 1, to_agent="a2"), "q", POOL, "a2"),
        (transfer("a1", 1, to_agent="a3"), "r", POOL, "a3"),
        (transfer("a1", 1, to_agent="a2", queue="r"), "r", POOL, "a2"),
        (transfer("a1", 1, queue="far", to_pool="p9", to_partition=7), "far", "p9", ""),
    ],
)
def test_where_it_goes(command: RoutingCommand, queue: str, pool: str, to_agent: str) -> None:
    desk = talking("a2", "a3")
    said = desk.hear(command)
    (news,) = [one for one in said if isinstance(one, ContactTransferred)]
    assert (news.queue, news.to_pool, news.to_agent, news.agent_id) == (queue, pool, to_agent, "a1")
    assert desk.where(1) == "wrapping a1"
    desk.hear(complete("a1", 1))
    (end,) = desk.of(ContactEnded)
    assert (end.outcome, end.agent_id) == ("completed", "a1")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (transfer("a1", 1), "no_target"),
        (transfer("a1", 1, queue="nowhere"), "unknown_queue"),
        (transfer("a1", 1, to_agent="a1"), "same_agent"),
        (transfer("a1", 1, to_agent="nobody"), "unknown_agent"),
        (transfer("a1", 1, to_agent="z1"), "unknown_agent"),
        (transfer("a1", 1, to_agent="a3"), "agent_offline"),
        (transfer("a1", 1, to_agent="a2", queue="r", to_pool="p9"), "no_target"),
        (transfer("a1", 1, to_agent="a4"), "wrong_channel"),
        (transfer("a1", 1, queue="r", to_pool="p9", to_partition=99), "unknown_pool"),
        (transfer("a1", 2, queue="r"), "not_held"),
        (transfer("a2", 1, queue="r"), "not_held"),
    ],
)
def test_what_is_refused_changes_nothing(command: RoutingCommand, reason: str) -> None:
    desk = talking("a2", "a4")
    before = desk.where(1)
    desk.hear(command)
    assert desk.of(CommandRefused)[-1].reason == reason
    assert desk.of(RoutingEvent)[-1].reason == reason
    assert desk.where(1) == before == "assigned a1"


def continued(**more: object) -> RequestContact:
    """What the conversation asks after a transfer."""
    return RequestContact(
        pool=POOL,
        contact_id=f"{session(1)}.2",
        session_id=session(1),
        customer_id="c",
        queue="q",
        age_s=50.0,
        left_out=("a1",),
        transfer=Transfer(contact(1), "a1", "knows it all"),
        **more,  # type: ignore[arg-type]
    )


def test_the_next_agent_hears_whose_contact_it_is_and_what_was_said_of_it() -> None:
    desk = talking("a2")
    desk.hear(transfer("a1", 1, queue="q"))
    desk.hear(continued())
    offer = desk.of(OfferMade)[-1]
    assert (offer.agent_id, offer.transfer) == ("a2", Transfer(contact(1), "a1", "knows it all"))


def test_it_stands_where_its_age_says_and_not_before_who_handed_it_over() -> None:
    desk = talking()
    desk.hear(request(2), after_s=30.0)
    desk.hear(transfer("a1", 1, queue="q"))
    desk.hear(continued())
    assert [one.contact_id for one in desk.pool.pending()] == [f"{session(1)}.2", contact(2)]
    desk.hear(complete("a1", 1))
    assert desk.where(2) == "reserved a1"
    assert "contact.offered" in gists(desk.hear(online("a2", lease_s=LONG_S)))


def test_the_named_agent_has_it_alone_for_a_while() -> None:
    desk = talking("a2", "a3")
    desk.hear(request(3))
    desk.hear(accept("a2", 3))
    desk.hear(continued(preferred_agent="a2", preferred_s=60.0))
    desk.hear(complete("a1", 1))
    assert desk.pool.contacts[f"{session(1)}.2"].state == "pending"
    desk.hear(complete("a2", 3))
    assert desk.pool.contacts[f"{session(1)}.2"].agent_id == "a2"
