"""Calls do not starve behind chats: an agent takes no more chats to be free for one, within a bound."""

from msgspec.structs import replace

from schemas.audit import Decided, RoutingEvent
from schemas.routing import ApplyConfig, RequestContact
from schemas.states import Channel, Choice, Presence
from tests.streams.routing.pools import (
    LONG_S,
    QUEUE,
    Desk,
    accept,
    agent,
    cancel,
    complete,
    config,
    contact,
    online,
    presence,
    request,
)

BOTH = (Channel.CHAT, Channel.VOICE)
DRAIN_S = 100.0


def team(*agents: str, drain_s: float = DRAIN_S) -> ApplyConfig:
    queue = replace(QUEUE, choice=Choice.LEAST_LOADED)
    made = config(*(agent(name, 2, channels=BOTH) for name in agents), queues=(queue,))
    return replace(made, config=replace(made.config, drain_s=drain_s))


def call(n: int) -> RequestContact:
    return request(n, channel=Channel.VOICE)


def chatting(*agents: str, drain_s: float = DRAIN_S) -> Desk:
    """Each agent holds one chat, numbered as the agents are, and has room for another."""
    desk = Desk(team(*agents, drain_s=drain_s))
    for n, name in enumerate(agents, 1):
        desk.hear(online(name, lease_s=LONG_S))
        desk.hear(request(n))
        desk.hear(accept(name, n))
    return desk


def test_who_holds_a_chat_takes_no_other_while_a_call_waits_and_then_gets_the_call() -> None:
    desk = chatting("a1")
    desk.hear(call(5))
    desk.hear(request(2))
    assert (desk.where(5), desk.where(2)) == ("pending", "pending")
    desk.hear(complete("a1", 1))
    assert (desk.where(5), desk.where(2)) == ("reserved a1", "pending")


def test_without_draining_the_chats_go_on() -> None:
    desk = chatting("a1", drain_s=0.0)
    desk.hear(call(5))
    desk.hear(request(2))
    assert (desk.where(5), desk.where(2)) == ("pending", "reserved a1")


def test_a_call_has_one_agent_draining_and_two_calls_have_two() -> None:
    desk = chatting("a1", "a2", "a3")
    desk.hear(call(5))
    desk.hear(request(6))
    assert desk.where(6) == "reserved a2"
    desk.hear(call(7))
    assert [desk.pool.contacts[contact(n)].claimed_by for n in (5, 7)] == ["a1", "a3"]


def test_whoever_is_free_first_gets_the_call_and_who_drained_goes_on_chatting() -> None:
    desk = chatting("a1", "a2")
    desk.hear(call(5))
    desk.hear(complete("a2", 2))
    desk.hear(request(6))
    assert (desk.where(5), desk.where(6)) == ("reserved a2", "reserved a1")


def test_the_bound_ends_it_and_the_agent_rests_from_it_for_as_long() -> None:
    desk = chatting("a1")
    desk.hear(call(5))
    desk.hear(request(2))
    desk.wait(DRAIN_S)
    assert (desk.where(5), desk.where(2)) == ("pending", "reserved a1")
    desk.hear(accept("a1", 2))
    desk.hear(complete("a1", 2))
    desk.hear(request(3), after_s=DRAIN_S - 1)
    assert desk.where(3) == "reserved a1"
    desk.hear(accept("a1", 3))
    desk.hear(complete("a1", 3), after_s=2)
    desk.hear(request(4))
    assert desk.where(4) == "pending"


def test_after_the_bound_another_agent_drains() -> None:
    desk = chatting("a1", "a2")
    desk.hear(call(5))
    desk.wait(DRAIN_S)
    assert desk.pool.contacts[contact(5)].claimed_by == "a2"


def test_an_agent_who_leaves_and_a_call_that_is_given_up_free_each_other() -> None:
    desk = chatting("a1", "a2")
    desk.hear(call(5))
    desk.hear(presence("a1", Presence.CUSTOM, "lunch"))
    assert desk.pool.contacts[contact(5)].claimed_by == "a2"
    desk.hear(request(6))
    assert desk.where(6) == "pending"
    desk.hear(cancel(5))
    assert desk.where(6) == "reserved a2"


def test_the_audit_says_who_drains_and_why_no_more() -> None:
    desk = chatting("a1")
    desk.hear(call(5))
    desk.hear(complete("a1", 1))
    kinds = (Decided.CLAIMED, Decided.UNCLAIMED)
    found = [(one.event, one.agent_id, one.reason) for one in desk.of(RoutingEvent) if one.event in kinds]
    assert found == [("claimed", "a1", "drains"), ("unclaimed", "a1", "drained")]
