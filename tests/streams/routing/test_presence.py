"""Agents come and go: leases, graces, sockets; and configurations that change around them."""

import pytest

from schemas.assignments import AgentState
from schemas.audit import RoutingEvent
from schemas.config import PoolConfig, Queue
from schemas.routing import ApplyConfig, RoutingCommand
from schemas.states import Presence
from tests.streams.routing.pools import (
    BEGIN_MS,
    ONE,
    RULES,
    TWO,
    Desk,
    accept,
    agent,
    cancel,
    complete,
    config,
    contact,
    gists,
    online,
    presence,
    renew,
    request,
)

BREAK = presence("a1", Presence.CUSTOM, "lunch", lease_s=15.0)


def leased(*more: RoutingCommand) -> Desk:
    """Agent a1 for 15 s; a2, where configured, for ever."""
    return Desk(TWO, online("a1", lease_s=15.0), *more)


def test_an_unknown_agent_is_nobody() -> None:
    desk = Desk(ONE)
    assert gists(desk.hear(online("a9"))) == ""
    assert [one.reason for one in desk.of(RoutingEvent) if one.event == "refused"] == ["unknown_agent"]
    assert "a9" not in desk.pool.agents


def test_past_its_lease_an_agent_is_offered_nothing_and_past_the_grace_it_is_offline() -> None:
    desk = leased()
    desk.wait(15)
    desk.hear(request(1))
    assert (desk.where(1), desk.presence("a1")) == ("pending", "routable")
    desk.wait(10)
    assert desk.presence("a1") == "offline lease over"


def test_what_a_lost_agent_held_goes_to_the_next_ahead_of_younger_ones() -> None:
    desk = leased(request(1), accept("a1", 1))
    desk.hear(online("a2"), 5.0)
    for command in (request(2), accept("a2", 2), request(3)):
        desk.hear(command)
    assert gists(desk.wait(20)) == "a1: assignment.ended lease over, contact.requeued"
    desk.hear(complete("a2", 2))
    assert (desk.where(1), desk.where(3)) == ("reserved a2", "pending")
    assert desk.pool.contacts[contact(1)].enqueued_ms == BEGIN_MS


def test_renewals_keep_the_agent() -> None:
    desk = leased()
    for _ in range(20):
        desk.hear(renew("a1"), 10.0)
        desk.wait(4)
    assert desk.presence("a1") == "routable"


def test_the_lease_of_an_older_socket_is_nobodys() -> None:
    desk = leased(online("a1", "s2", lease_s=15.0))
    desk.hear(renew("a1", "s1"), 10.0)
    desk.wait(15)
    assert desk.presence("a1") == "offline lease over"


def test_a_renewal_in_the_grace_brings_offers_at_once() -> None:
    desk = leased()
    desk.wait(16)
    desk.hear(request(1))
    assert gists(desk.hear(renew("a1"))) == "a1: offer.made, contact.offered"


@pytest.mark.parametrize(
    ("before", "then"),
    [
        pytest.param([], "routable", id="who was routable is so again"),
        pytest.param([BREAK], "custom lunch", id="who was on a break is so still"),
    ],
)
def test_a_renewal_after_the_grace_brings_the_agent_back(before: list[RoutingCommand], then: str) -> None:
    desk = leased(*before)
    desk.wait(25)
    assert desk.presence("a1") == "offline lease over"
    desk.hear(request(1))
    desk.hear(renew("a1"))
    assert desk.presence("a1") == then
    assert (desk.where(1) == "reserved a1") is (then == "routable")
    assert desk.of(AgentState)[-1].presence.value == then.split()[0]


def test_who_did_not_respond_comes_back_with_a_renewal_too() -> None:
    desk = leased(request(1))
    desk.wait(20)
    desk.wait(5)
    assert desk.presence("a1") == "offline lease over"
    desk.hear(renew("a1"))
    desk.wait(1)
    assert desk.presence("a1") == "routable"


def test_a_closed_socket_ends_offers_at_once_and_presence_after_the_grace() -> None:
    desk = leased(presence("a1", Presence.OFFLINE, "socket closed"))
    desk.hear(request(1))
    assert (desk.where(1), desk.presence("a1")) == ("pending", "routable")
    desk.wait(10)
    assert desk.presence("a1") == "offline lease over"


def test_a_closed_socket_is_nothing_to_a_newer_one() -> None:
    desk = leased(online("a1", "s2"), presence("a1", Presence.OFFLINE, "socket closed", socket="s1"))
    desk.hear(request(1))
    assert desk.where(1) == "reserved a1"


def test_who_comes_back_within_the_grace_keeps_what_was_held() -> None:
    desk = leased(request(1), accept("a1", 1), presence("a1", Presence.OFFLINE, "socket closed"))
    desk.wait(9)
    desk.hear(online("a1", "s2"))
    desk.wait(9)
    assert desk.where(1) == "assigned a1"


def test_who_says_offline_over_an_open_socket_stays_offline() -> None:
    desk = leased(presence("a1", Presence.OFFLINE, "home"), renew("a1"))
    desk.hear(request(1))
    assert desk.where(1) == "pending"
    desk.wait(10)
    desk.hear(renew("a1"))
    assert desk.presence("a1") == "offline lease over"
    desk.hear(online("a1"))
    assert desk.where(1) == "reserved a1"


def test_an_operator_takes_an_agent_off_at_once() -> None:
    desk = leased(request(1), accept("a1", 1), presence("a1", Presence.OFFLINE, socket=""))
    assert (desk.where(1), desk.presence("a1")) == ("pending", "offline operator")
    desk.hear(renew("a1"))
    assert desk.presence("a1") == "offline operator"


def test_on_a_break_nothing_is_offered_and_what_is_held_stays() -> None:
    desk = Desk(config(agent("a1", 2)), online("a1"), request(1), accept("a1", 1), BREAK, request(2))
    assert (desk.where(1), desk.where(2)) == ("assigned a1", "pending")
    assert "offer.made" in gists(desk.hear(online("a1")))


def test_the_wrap_up_of_a_lost_agent_is_over_with_it() -> None:
    desk = leased(request(1), accept("a1", 1))
    desk.hear(cancel(1), 14.0)
    assert "completed wrap_up_timeout" in gists(desk.wait(11))
    assert desk.where(1) == "over"


CHANGES = [
    pytest.param(config(agent("a2"), version=2), "pending", id="its agent removed"),
    pytest.param(config(agent("a1"), version=2, queues=()), "assigned a1", id="its queue removed"),
    pytest.param(config(agent("a1"), version=1, queues=()), "assigned a1", id="an older version"),
    pytest.param(config(version=2), "pending", id="all agents removed"),
]


@pytest.mark.parametrize(("change", "where"), CHANGES)
def test_no_contact_is_lost_by_a_change(change: RoutingCommand, where: str) -> None:
    desk = Desk(TWO, online("a1"), request(1), accept("a1", 1), change)
    assert desk.where(1) == where
    assert desk.pool.queue("q") is not None
    assert desk.gapless()


def test_a_change_that_brings_agents_to_who_waits_matches_them_at_once() -> None:
    queues = (Queue(name="q"), Queue(name="r"))
    desk = Desk(config(agent("a1", 2), queues=queues), online("a1"), request(1, "r"), request(2, "r"))
    said = gists(desk.hear(config(agent("a1", 2, "q", "r"), version=2, queues=queues)))
    assert said.count("offer.made") == 2


def test_agents_who_leave_together_are_not_offered_what_the_others_held() -> None:
    desk = Desk(TWO, online("a1"), online("a2"), request(1))
    assert gists(desk.hear(config(version=2))) == (
        "a1: offer.ended removed, contact.requeued, a1: offline removed, a2: offline removed"
    )
    assert desk.where(1) == "pending"


def test_a_lower_capacity_takes_nothing_away_and_adds_nothing() -> None:
    desk = Desk(config(agent("a1", 3)), online("a1"), *(request(n) for n in range(1, 6)))
    desk.hear(config(agent("a1", 1), version=2))
    for n in (1, 2):
        desk.hear(accept("a1", n))
        assert "offer.made" not in gists(desk.hear(complete("a1", n)))
    desk.hear(accept("a1", 3))
    assert gists(desk.hear(complete("a1", 3))).count("offer.made") == 1


def test_a_removed_agent_who_returns_goes_on_in_its_feed() -> None:
    desk = Desk(ONE, online("a1"), request(1), accept("a1", 1), config(version=2))
    assert gists(desk.hear(online("a1"))) == "a1: unknown_agent"
    desk.hear(config(agent("a1"), version=3))
    assert "offer.made" in gists(desk.hear(online("a1", "s2")))
    assert desk.gapless()


def test_a_removed_agent_wraps_up_at_once() -> None:
    desk = Desk(ONE, online("a1"), request(1), accept("a1", 1), cancel(1), config(version=2))
    assert RULES.due_ms(desk.pool) == desk.now_ms
    assert "completed wrap_up_timeout" in gists(desk.wait(0))


def test_another_pools_configuration_is_refused() -> None:
    desk = Desk(ONE)
    other = PoolConfig(pool="other", partition=0, version=9)
    desk.hear(ApplyConfig(config=other))
    assert desk.pool.config is not None
    assert desk.pool.config.version == 1
