"""Which agent gets a contact, and which contact an agent: order, skills, ranks, channels, preference."""

import pytest
from msgspec.structs import replace

from schemas.assignments import OfferMade
from schemas.audit import RoutingEvent
from schemas.config import Agent
from schemas.conversation import ContactEnded
from schemas.needs import SkillStep
from schemas.routing import RoutingCommand
from schemas.states import Channel, Choice, Presence
from tests.streams.routing.pools import (
    QUEUE,
    Desk,
    accept,
    agent,
    complete,
    config,
    contact,
    needs,
    online,
    presence,
    reject,
    request,
)

BOTH = (Channel.CHAT, Channel.VOICE)
CALL = {"channel": Channel.VOICE}


def offers(desk: Desk) -> list[str]:
    return [f"{offer.agent_id} {contact_number(offer.contact_id)}" for offer in desk.of(OfferMade)]


def contact_number(contact_id: str) -> int:
    return next(n for n in range(100) if contact(n) == contact_id)


def desk_of(*agents: Agent, choice: Choice = Choice.LONGEST_IDLE, queues: tuple[str, ...] = ("q",)) -> Desk:
    rows = tuple(replace(QUEUE, name=name, choice=choice, aging_s=60.0) for name in queues)
    return Desk(config(*agents, queues=rows))


def served(desk: Desk, agent_id: str, *more: int) -> list[int]:
    """In which order the agent, one at a time, gets who waits."""
    desk.hear(online(agent_id))
    for _ in more:
        last = desk.of(OfferMade)[-1]
        n = contact_number(last.contact_id)
        desk.hear(accept(agent_id, n, last.offer_epoch))
        desk.hear(complete(agent_id, n))
    return [contact_number(offer.contact_id) for offer in desk.of(OfferMade)]


@pytest.mark.parametrize(
    ("waits_s", "order"),
    [
        (0, [2, 1]),
        (119, [2, 1]),
        (120, [1, 2]),  # two levels of priority are worth two minutes; equals go by arrival
        (300, [1, 2]),
    ],
)
def test_the_more_urgent_goes_first_until_the_other_has_waited_longer(waits_s: int, order: list[int]) -> None:
    desk = desk_of(agent("a1"))
    desk.hear(request(1, priority=5))
    desk.hear(request(2, priority=3), waits_s)
    assert served(desk, "a1", 1) == order


def test_a_lower_rank_goes_first_whatever_the_age() -> None:
    desk = desk_of(agent("a1", 1, "q", "r", ranks={"q": 2}), queues=("q", "r"))
    desk.hear(request(1, "q"))
    desk.hear(request(2, "r"), 500)
    assert served(desk, "a1", 1) == [2, 1]


SKILLED = (
    agent("a1", 9, skills={"billing": 3, "german": 1}),
    agent("a2", 9, skills={"billing": 3, "german": 4}),
    agent("a3", 9, skills={"billing": 2, "german": 5}),
)
TEAM: list[RoutingCommand] = [online("a1"), online("a2"), online("a3")]


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (needs(), "a1"),
        (needs(german=2), "a2"),
        (needs(german=5), "a3"),
        (needs(billing=3, german=2), "a2"),
    ],
)
def test_only_who_has_the_skills_is_offered_it(asked: object, chosen: str) -> None:
    desk = desk_of(*SKILLED)
    for command in TEAM:
        desk.hear(command)
    desk.hear(request(1, skills=asked))
    assert offers(desk) == [f"{chosen} 1"]


def test_who_needs_what_nobody_has_waits_and_who_needs_what_is_not_known_is_refused() -> None:
    desk = desk_of(*SKILLED)
    for command in TEAM:
        desk.hear(command)
    desk.hear(request(1, skills=needs(billing=4)))
    desk.hear(request(2, skills=needs(juggling=1)))
    assert (desk.where(1), desk.where(2)) == ("pending", "over")
    (ended,) = desk.of(ContactEnded)
    assert (ended.outcome, ended.reason) == ("canceled", "refused")
    assert desk.of(RoutingEvent)[-1].reason == "unknown_skill"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice.LONGEST_IDLE, ["a1", "a1", "a1", "a1"]),
        (Choice.LEAST_LOADED, ["a1", "a2", "a3", "a1"]),
        (Choice.HIGHEST_PROFICIENCY, ["a2", "a2", "a2", "a2"]),
        (Choice.ROUND_ROBIN, ["a1", "a2", "a3", "a1"]),
    ],
)
def test_the_queue_chooses(choice: Choice, expected: list[str]) -> None:
    desk = desk_of(*SKILLED, choice=choice)
    for command in TEAM:
        desk.hear(command)
    for n in range(1, 5):
        desk.hear(request(n, skills=needs(billing=1, german=1)))
    assert [offer.split()[0] for offer in offers(desk)] == expected


def test_proficiency_counts_by_the_skills_as_asked_then_idle_time() -> None:
    desk = desk_of(*SKILLED, choice=Choice.HIGHEST_PROFICIENCY)
    for command in TEAM:
        desk.hear(command)
    desk.hear(request(1, skills=needs(german=1, billing=1)))
    desk.hear(request(2, skills=needs(billing=1)))
    assert offers(desk) == ["a3 1", "a1 2"]


def test_needs_widen_step_by_step_and_at_last_anyone_will_do() -> None:
    desk = desk_of(agent("a1"), agent("a2", skills={"german": 2}))
    wider = (SkillStep(needs(german=2), 10.0),)
    desk.hear(online("a1"))
    desk.hear(request(1, skills=needs(german=4), skills_for_s=5.0, relaxed=wider))
    desk.wait(4.0)
    desk.hear(online("a2"))
    assert offers(desk) == []
    desk.wait(1.0)
    assert offers(desk) == ["a2 1"]
    desk.hear(reject("a2", 1))
    desk.wait(9.9)
    assert desk.where(1) == "pending"
    desk.wait(0.1)
    assert offers(desk) == ["a2 1", "a1 1"]


def test_the_clock_of_a_step_stands_still_while_an_offer_is_out() -> None:
    desk = desk_of(agent("a1"), agent("a2", skills={"german": 2}))
    desk.hear(request(1, skills=needs(german=2), skills_for_s=5.0))
    desk.hear(online("a2"), 2.0)
    desk.hear(reject("a2", 1), 15.0)
    desk.hear(online("a1"), 2.9)
    assert desk.where(1) == "pending"
    desk.wait(0.1)
    assert desk.where(1) == "reserved a1"


def test_a_step_without_an_end_is_for_good() -> None:
    desk = desk_of(agent("a1"))
    desk.hear(online("a1"))
    desk.hear(request(1, skills=needs(german=2)))
    desk.wait(1e5)
    assert desk.where(1) == "pending"


PREFERS = request(1, preferred_agent="a2", preferred_s=10.0)


def busy_second() -> Desk:
    """a1 is free, a2 holds a contact."""
    desk = desk_of(agent("a1", 2), agent("a2"))
    story: list[RoutingCommand] = [online("a2"), request(9), accept("a2", 9), online("a1"), PREFERS]
    for command in story:
        desk.hear(command)
    return desk


def test_the_preferred_agent_is_waited_for() -> None:
    desk = busy_second()
    assert desk.where(1) == "pending"
    desk.hear(complete("a2", 9), 5.0)
    assert desk.where(1) == "reserved a2"


@pytest.mark.parametrize(
    "then",
    [
        lambda desk: desk.wait(10.0),
        lambda desk: desk.hear(presence("a2", Presence.OFFLINE, socket="")),
        lambda desk: (desk.hear(complete("a2", 9)), desk.hear(reject("a2", 1))),
        lambda desk: desk.hear(config(agent("a1", 2), version=2)),
    ],
    ids=["time over", "offline", "rejects", "removed"],
)
def test_the_preferred_agent_is_not_waited_for_in_vain(then: object) -> None:
    desk = busy_second()
    assert callable(then)
    then(desk)
    assert desk.where(1) == "reserved a1"


@pytest.mark.parametrize("who", ["nobody", "a2", "z"])
def test_a_preferred_agent_who_is_not_there_changes_nothing(who: str) -> None:
    desk = desk_of(agent("a1"), agent("a2"), agent("z", 1, "r"), queues=("q", "r"))
    desk.hear(online("a1"))
    desk.hear(request(1, preferred_agent=who, preferred_s=10.0))
    assert desk.where(1) == "reserved a1"


def test_a_call_needs_an_agent_who_holds_nothing_and_lets_nothing_beside_it() -> None:
    desk = desk_of(agent("a1", 3, channels=BOTH), agent("a2", 3))
    desk.hear(online("a1"))
    for command in (request(1), request(2, **CALL)):
        desk.hear(command)
    assert (desk.where(1), desk.where(2)) == ("reserved a1", "pending")
    desk.hear(accept("a1", 1))
    desk.hear(complete("a1", 1))
    desk.hear(request(3))
    assert (desk.where(2), desk.where(3)) == ("reserved a1", "pending")
    desk.hear(online("a2"))
    assert desk.where(3) == "reserved a2"


def test_an_agent_without_the_channel_gets_none_of_it() -> None:
    desk = desk_of(agent("a1"), agent("a2", channels=(Channel.VOICE,)))
    desk.hear(online("a1"))
    desk.hear(request(1, **CALL))
    desk.hear(online("a2"))
    desk.hear(request(2))
    assert (desk.where(1), desk.where(2)) == ("reserved a2", "reserved a1")


def test_synthetic_contacts_and_agents_are_for_each_other() -> None:
    desk = desk_of(agent("a1"), agent("z1", synthetic=True))
    desk.hear(online("a1"))
    desk.hear(request(1, synthetic=True))
    desk.hear(online("z1"))
    desk.hear(request(2))
    assert (desk.where(1), desk.where(2)) == ("reserved z1", "reserved a1")
