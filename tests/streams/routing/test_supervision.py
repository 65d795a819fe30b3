"""What supervisors do by hand, and what they may not."""

import pytest
from msgspec.structs import replace

from schemas.answers import RoutingAnswered
from schemas.audit import Decided, RoutingEvent
from schemas.config import Queue
from schemas.routing import RoutingCommand
from schemas.states import Channel, Presence, Verdict
from tests.streams.routing.pools import (
    LONG_S,
    QUEUE,
    Desk,
    accept,
    agent,
    asked,
    assign,
    complete,
    config,
    contact,
    content,
    force,
    gists,
    listen,
    move,
    online,
    presence,
    prioritize,
    renew,
    request,
)

CHAT = (Channel.CHAT,)
TEAM = config(
    agent("a1"),
    agent("a2", 1, "r"),
    agent("a3", channels=(Channel.VOICE,)),
    agent("z1", synthetic=True),
    queues=(QUEUE, Queue(name="r")),
)


def desk(*present: str) -> Desk:
    """a1 is asked for the first contact; the second and the third wait."""
    made = Desk(TEAM, online("a1", lease_s=LONG_S), request(1), request(2), request(3))
    for name in present:
        made.hear(online(name, lease_s=LONG_S))
    return made


def verdict(at: Desk, command: RoutingCommand) -> str:
    """What who waits for the verdict hears."""
    (answer,) = [one for one in at.hear(asked(command)) if isinstance(one, RoutingAnswered)]
    return answer.reason or answer.verdict.value


def test_a_move_takes_the_age_along_and_is_matched_there() -> None:
    at = desk()
    assert verdict(at, move(2, "r")) == "accepted"
    assert at.pool.contacts[contact(2)].queue == "r"
    at.hear(online("a2", lease_s=LONG_S))
    assert at.where(2) == "reserved a2"
    assert at.pool.contacts[contact(2)].enqueued_ms == at.pool.contacts[contact(3)].enqueued_ms


def test_what_is_offered_is_taken_back_and_the_agent_gets_the_next_one() -> None:
    at = desk("a2")
    said = gists(at.hear(move(1, "r")))
    assert "a1: offer.ended rescinded, contact.requeued" in said
    assert (at.where(1), at.where(2)) == ("reserved a2", "reserved a1")


def test_assigned_by_hand_goes_to_whoever_has_room_whatever_the_queue() -> None:
    at = desk("a2")
    assert verdict(at, assign(3, "a2")) == "accepted"
    assert at.where(3) == "reserved a2"
    assert at.of(RoutingEvent)[-1].by == "boss"


def test_assigned_by_hand_where_nobody_is_asked_names_the_hand_too() -> None:
    eager = Queue(name="q", auto_accept=True)
    at = Desk(config(agent("a1"), agent("a2", 1, "r"), queues=(eager, Queue(name="r"))))
    at.hear(request(1))
    at.hear(online("a2"))
    at.hear(assign(1, "a2"))
    assert (at.where(1), at.of(RoutingEvent)[-1].by) == ("assigned a2", "boss")


def test_a_new_priority_is_a_new_place() -> None:
    at = desk()
    assert verdict(at, prioritize(3, 0)) == "accepted"
    at.hear(accept("a1", 1))
    at.hear(complete("a1", 1))
    assert (at.where(3), at.where(2)) == ("reserved a1", "pending")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (move(9, "r"), "unknown_contact"),
        (move(2, "nowhere"), "unknown_queue"),
        (assign(9, "a1"), "unknown_contact"),
        (assign(2, "nobody"), "unknown_agent"),
        (assign(2, "a1"), "at_capacity"),
        (assign(1, "a1"), "already_offered"),
        (assign(2, "a2"), "not_routable"),
        (assign(2, "a3"), "wrong_channel"),
        (assign(2, "z1"), "synthetic"),
        (prioritize(9, 0), "unknown_contact"),
        (force("nobody", Presence.ROUTABLE), "unknown_agent"),
        (force("z1", Presence.ROUTABLE), "agent_offline"),
        (listen(1), "not_assigned"),
        (listen(9), "unknown_contact"),
    ],
)
def test_what_is_refused_changes_nothing(command: RoutingCommand, reason: str) -> None:
    at = desk("a3")
    at.hear(online("a2", lease_s=LONG_S))
    at.hear(presence("a2", Presence.CUSTOM, "lunch"))
    before = content(at.pool)
    assert verdict(at, command) == reason
    assert content(at.pool) == before


@pytest.mark.parametrize("command", [move(1, "r"), assign(1, "a2"), prioritize(1, 0)])
def test_what_an_agent_has_accepted_stays_there(command: RoutingCommand) -> None:
    at = desk("a2")
    at.hear(accept("a1", 1))
    assert verdict(at, command) == "already_assigned"
    assert at.where(1) == "assigned a1"


def test_a_forced_presence_holds_until_the_agent_says_another() -> None:
    at = desk()
    at.hear(accept("a1", 1))
    at.hear(force("a1", Presence.CUSTOM, "training"))
    assert at.presence("a1") == "custom training"
    at.hear(complete("a1", 1))
    assert at.where(2) == "pending"
    at.hear(force("a1", Presence.ROUTABLE))
    assert (at.presence("a1"), at.where(2)) == ("routable", "reserved a1")


def test_forced_offline_gives_everything_back_and_a_renewal_does_not_undo_it() -> None:
    at = desk()
    at.hear(accept("a1", 1))
    at.hear(force("a1", Presence.OFFLINE))
    at.hear(renew("a1"))
    assert (at.presence("a1"), at.where(1)) == ("offline supervisor", "pending")


def test_listening_ends_with_the_assignment() -> None:
    at = desk()
    at.hear(accept("a1", 1))
    assert verdict(at, listen(1)) == "accepted"
    assert at.pool.contacts[contact(1)].listeners == ("boss",)
    at.hear(force("a1", Presence.OFFLINE))
    assert at.pool.contacts[contact(1)].listeners == ()


def test_every_action_names_who_in_the_audit() -> None:
    at = desk("a2")
    for command in (move(2, "r"), prioritize(3, 1), force("a2", Presence.CUSTOM), assign(3, "a2")):
        at.hear(command)
    by_hand = [one.event for one in at.of(RoutingEvent) if one.by == "boss"]
    assert by_hand == [Decided.MOVED, Decided.PRIORITIZED, Decided.PRESENCE, Decided.REFUSED]


def test_a_command_that_comes_too_late_changes_nothing() -> None:
    at = desk()
    late = replace(asked(accept("a1", 1)), valid_until_ms=at.now_ms - 1)
    (answer,) = [one for one in at.hear(late) if isinstance(one, RoutingAnswered)]
    assert (answer.verdict, at.where(1)) == (Verdict.EXPIRED, "reserved a1")


def test_a_stale_accept_is_a_conflict_for_who_waits() -> None:
    assert verdict(desk(), accept("a1", 1, epoch=0)) == "stale_offer"
