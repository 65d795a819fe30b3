"""A pool's configuration changes while contacts are in it."""

from typing import Any

import pytest

from schemas.audit import Decided, RoutingEvent
from schemas.config import Queue
from schemas.conversation import ContactQueued
from schemas.needs import SkillStep
from schemas.routing import ApplyConfig, RequestContact, RoutingCommand, Transfer
from schemas.states import Presence
from streams.routing.pool import Pool
from tests.streams.routing.pools import (
    QUEUE,
    Desk,
    accept,
    agent,
    cancel,
    complete,
    config,
    contact,
    content,
    gists,
    needs,
    online,
    presence,
    reject,
    request,
)

R = Queue(name="r", aging_s=3.0)
BOTH = config(agent("a1", 1, "q", "r"), queues=(QUEUE, R))
TO_R: dict[str, Any] = {"version": 2, "queues": (R,), "moves": {"q": "r"}}
MOVED = config(agent("a1", 1, "r"), **TO_R)
LOST = config(agent("a1", 1, "r"), version=2, queues=(R,))
HELD: dict[str, list[RoutingCommand]] = {
    "pending": [request(1)],
    "reserved": [online("a1"), request(1)],
    "assigned": [online("a1"), request(1), accept("a1", 1)],
    "wrapping": [online("a1"), request(1), accept("a1", 1), cancel(1)],
}


def audit(desk: Desk, *events: Decided) -> list[str]:
    """Reasons of what was decided."""
    return [one.reason for one in desk.of(RoutingEvent) if one.event in events]


@pytest.mark.parametrize("state", HELD)
def test_a_queue_that_is_used_is_deleted_only_with_a_word_on_its_contacts(state: str) -> None:
    desk = Desk(BOTH, *HELD[state])
    before = content(desk.pool)
    assert gists(desk.hear(LOST)) == ""
    assert audit(desk, Decided.REFUSED) == ["config version 2 deletes queue q, which is in use"]
    assert content(desk.pool) == before


@pytest.mark.parametrize("to", ["q", "nowhere"])
def test_a_move_into_no_queue_of_the_pool_is_none(to: str) -> None:
    desk = Desk(BOTH, request(1))
    desk.hear(config(version=2, queues=(R,), moves={"q": to}))
    assert desk.pool.contacts[contact(1)].queue == "q"
    desk.hear(config(version=3, queues=(QUEUE, R), moves={"q": to}))
    assert desk.pool.contacts[contact(1)].queue == "q"
    assert desk.pool.config is not None
    assert (desk.pool.config.version, desk.pool.config.moves) == (3, {})


def test_an_unused_queue_needs_no_word() -> None:
    desk = Desk(BOTH, request(1), cancel(1))
    desk.hear(LOST)
    assert desk.pool.queue("q") is None


@pytest.mark.parametrize(
    ("state", "then", "said"),
    [
        ("pending", "pending", "contact.queued"),
        ("reserved", "reserved a1", ""),
        ("assigned", "assigned a1", ""),
        ("wrapping", "wrapping a1", ""),
    ],
)
def test_contacts_of_a_deleted_queue_go_on_in_another(state: str, then: str, said: str) -> None:
    desk = Desk(BOTH, *HELD[state])
    assert gists(desk.hear(MOVED)) == said
    assert (desk.where(1), desk.pool.contacts[contact(1)].queue) == (then, "r")
    assert audit(desk, Decided.MOVED) == ["queue q deleted"]
    assert [(one.queue, one.position) for one in desk.of(ContactQueued)][1:] == [("r", 1)][: len(said)]


def test_they_keep_their_age_and_their_priority_counts_as_in_the_new_queue() -> None:
    desk = Desk(BOTH, request(1, priority=9))
    desk.hear(request(2, "r", priority=0), after_s=20)
    desk.hear(MOVED, after_s=1)
    moved = desk.pool.contacts[contact(1)]
    assert moved.key_ms == moved.enqueued_ms + 27_000
    desk.hear(online("a1"))
    assert (desk.where(1), desk.where(2)) == ("pending", "reserved a1")  # 27 s of priority against 20 of age


def test_the_new_queues_limits_begin_anew() -> None:
    desk = Desk(BOTH, request(1))
    late = Queue(name="r", max_wait_s=10.0)
    desk.hear(config(version=2, queues=(late,), moves={"q": "r"}), after_s=60)
    desk.wait(9)
    assert desk.where(1) == "pending"
    desk.wait(1)
    assert desk.where(1) == "over"


def test_who_is_free_in_the_new_queue_is_offered_it_at_once() -> None:
    desk = Desk(config(agent("a1"), agent("a2", 1, "r"), queues=(QUEUE, R)), online("a2"), request(1))
    said = gists(desk.hear(config(agent("a2", 1, "r"), **TO_R)))
    assert said == "contact.queued, a2: offer.made, contact.offered"


def test_an_aging_that_changes_counts_for_those_who_wait() -> None:
    desk = Desk(config(agent("a1")), request(1, priority=1))
    desk.hear(request(2, priority=0), after_s=10)
    desk.hear(config(agent("a1"), version=2, queues=(Queue(name="q", aging_s=5.0),)))
    desk.hear(online("a1"))
    assert desk.where(1) == "reserved a1"


def continued(n: int, queue: str, **more: Any) -> RequestContact:
    return request(n, queue, transfer=Transfer(contact(1), "a1"), age_s=0.0, **more)


@pytest.mark.parametrize(
    "later",
    [
        [],
        [config(version=3, queues=(R,))],
        [config(version=3, queues=(Queue(name="s"),), moves={"r": "s"})],
    ],
)
def test_who_asked_before_the_queue_was_deleted_comes_into_the_other_one(later: list[ApplyConfig]) -> None:
    desk = Desk(BOTH, *HELD["assigned"], MOVED, complete("a1", 1), *later)
    desk.hear(continued(2, "q"))
    assert desk.pool.contacts[contact(2)].queue == ("s" if later and later[0].config.moves else "r")


WIDER = (SkillStep(needs(billing=4, german=2), 5.0), SkillStep(needs(german=1), 0.0))
PICKY: dict[str, Any] = {"skills": needs(german=3, billing=2), "relaxed": WIDER}
GERMAN = agent("a1", skills={"german": 5})
NO_BILLING = config(GERMAN, version=2, skills=("german",))


def asks(pool: Pool, n: int) -> list[str]:
    found = pool.contacts[contact(n)]
    steps = (found.skills, *(step.skills for step in found.relaxed))
    return [" ".join(f"{one.skill}:{one.level}" for one in needs) for needs in steps]


def test_nobody_waits_for_a_skill_that_is_deleted() -> None:
    desk = Desk(config(GERMAN), online("a1"), request(1, **PICKY))
    assert desk.where(1) == "pending"
    assert gists(desk.hear(NO_BILLING)) == "a1: offer.made, contact.offered"
    assert asks(desk.pool, 1) == ["german:3", "german:2", "german:1"]
    assert audit(desk, Decided.RELAXED) == ["skill billing deleted"]


def test_who_is_held_asks_no_more_for_it_either() -> None:
    able = agent("a1", skills={"german": 5, "billing": 5})
    desk = Desk(config(able), online("a1"), request(1, **PICKY), NO_BILLING, reject("a1", 1))
    assert asks(desk.pool, 1) == ["german:3", "german:2", "german:1"]
    desk.wait(60)
    assert desk.where(1) == "reserved a1"


def test_who_continues_a_contact_asks_no_more_for_it_but_who_is_new_is_refused() -> None:
    desk = Desk(config(GERMAN), NO_BILLING, continued(2, "q", **PICKY))
    assert asks(desk.pool, 2) == ["german:3", "german:2", "german:1"]
    assert gists(desk.hear(request(3, **PICKY))) == "canceled refused"


@pytest.mark.parametrize("now", [agent("a1", 1, "r"), agent("a1", synthetic=True)])
def test_nobody_waits_for_an_agent_who_does_not_serve_the_queue_any_more(now: Any) -> None:
    mine: dict[str, Any] = {"preferred_agent": "a1", "preferred_s": 1000.0}
    away = presence("a1", Presence.CUSTOM, "lunch")
    desk = Desk(config(agent("a1"), agent("a2")), online("a1"), away, online("a2"), request(1, **mine))
    assert desk.where(1) == "pending"
    desk.hear(config(now, agent("a2"), version=2, queues=(QUEUE, R)))
    assert desk.where(1) == "reserved a2"
    assert audit(desk, Decided.RELAXED) == ["step 0"]


def test_a_raised_capacity_is_used_at_once() -> None:
    desk = Desk(config(agent("a1")), online("a1"), request(1), request(2))
    assert gists(desk.hear(config(agent("a1", 2), version=2))) == "a1: offer.made, contact.offered"
