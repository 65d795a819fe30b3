"""A dry run says for each agent why not, and what time will change."""

from collections.abc import Sequence

import pytest

from schemas.answers import Explanation, RoutingAnswered
from schemas.config import Queue
from schemas.hours import Hours
from schemas.needs import Request, SkillStep
from schemas.routing import RoutingCommand
from schemas.states import Channel, Overload, Presence
from tests.streams.routing.pools import (
    LONG_S,
    QUEUE,
    Desk,
    accept,
    agent,
    config,
    explain,
    needs,
    online,
    presence,
    reject,
    renew,
    request,
)

NEVER = Hours(name="never", zone="UTC", weekly={"sat": ("00:00-00:01",)}, offsets=((0, 0),))
BOTH = (Channel.CHAT, Channel.VOICE)
TEAM = config(
    agent("a1", skills={"german": 2}),
    agent("a2", 2, "q", "r", channels=BOTH),
    agent("a3", 1, "r"),
    agent("z1", synthetic=True),
    queues=(
        QUEUE,
        Queue(name="r", max_depth=1, max_wait_s=30.0, when_full=Overload.CALLBACK),
        Queue(name="shut", hours="never"),
        Queue(name="empty", when_unstaffed=Overload.REFUSE),
    ),
    hours=(NEVER,),
)


def explained(desk: Desk, command: RoutingCommand) -> Explanation:
    """The answer; nothing else is said, and nothing changes."""
    before = desk.pool.pack()
    (answer,) = desk.hear(command)
    assert isinstance(answer, RoutingAnswered)
    assert answer.explanation is not None
    assert desk.pool.pack() == before
    return answer.explanation


def why_not(explanation: Explanation) -> dict[str, Sequence[str]]:
    return {one.agent_id: one.why_not for one in explanation.agents}


GERMAN = request(1, skills=needs(german=3), skills_for_s=20.0, relaxed=(SkillStep(needs(german=1), 5.0),))


def test_each_agent_has_its_reasons() -> None:
    desk = Desk(TEAM, online("a1", lease_s=LONG_S), online("a3", lease_s=LONG_S), GERMAN)
    assert why_not(explained(desk, explain(1))) == {
        "a1": ("missing_skill german 3 (has 2)",),
        "a2": ("missing_skill german 3 (has none)", "offline"),
        "a3": ("not_of_queue", "missing_skill german 3 (has none)"),
        "z1": ("synthetic", "missing_skill german 3 (has none)", "offline"),
    }


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ([presence("a1", Presence.CUSTOM, "lunch")], "away: lunch"),
        ([online("a1", lease_s=LONG_S), request(2)], "at_capacity"),
        ([online("a1"), presence("a1", Presence.OFFLINE)], "connection_lost"),
        ([], "offline"),
    ],
)
def test_why_an_agent_has_no_time(history: list[RoutingCommand], reason: str) -> None:
    found = why_not(explained(Desk(TEAM, *history), explain(asks=Request(queue="q"))))
    assert found["a1"] == (reason,)


def test_who_rejected_it_is_told_until_when() -> None:
    desk = Desk(TEAM, online("a1", lease_s=LONG_S), request(1), reject("a1", 1))
    told = explained(desk, explain(1))
    (first,) = [one for one in told.agents if one.agent_id == "a1"]
    assert (first.why_not, first.until_s) == (("left_out_for_a_while",), 60.0)
    assert [(one.in_s, one.what) for one in told.upcoming] == [(60.0, "may go to a1 again")]


def test_a_call_and_the_chats_beside_it() -> None:
    desk = Desk(TEAM, online("a2", lease_s=LONG_S), request(1), accept("a2", 1))
    desk.hear(request(2, channel=Channel.VOICE))
    assert why_not(explained(desk, explain(2)))["a2"] == ("draining_for_it",)
    chat = why_not(explained(desk, explain(asks=Request(queue="r"))))
    assert chat["a2"][0].startswith("drains_for ")
    other_call = why_not(explained(desk, explain(asks=Request(queue="q", channel=Channel.VOICE))))
    assert other_call["a2"] == ("holds_chats",)
    assert other_call["a1"] == ("wrong_channel", "offline")


def test_what_will_happen_when() -> None:
    desk = Desk(TEAM, GERMAN)
    desk.hear(renew("a1"), after_s=5.0)
    told = explained(desk, explain(1))
    assert [(one.in_s, one.what) for one in told.upcoming] == [(15.0, "settles for german 1")]
    assert (told.position, told.waited_s, told.reason) == (1, 5.0, "nobody is free for it")


@pytest.mark.parametrize(
    ("asks", "reason"),
    [
        (Request(queue="nowhere"), "refused: unknown_queue"),
        (Request(queue="q", skills=needs(magic=1)), "refused: unknown_skill"),
        (Request(queue="shut"), "refuse: closed_hours"),
        (Request(queue="empty"), "refuse: unstaffed"),
        (Request(queue="r"), "callback: max_depth"),
        (Request(queue="q"), "offered: longest_idle"),
        (Request(queue="q", skills=needs(german=5)), "waits: nobody is free for it"),
    ],
)
def test_what_would_be_done_with_a_request(asks: Request, reason: str) -> None:
    desk = Desk(TEAM, request(1, "r"), online("a1", lease_s=LONG_S))
    told = explained(desk, explain(asks=asks))
    assert told.reason == reason
    assert told.chosen == ("a1" if reason.startswith("offered") else "")


def test_while_the_preferred_agent_has_it_alone() -> None:
    desk = Desk(TEAM, online("a1", lease_s=LONG_S), request(1), online("a2", lease_s=LONG_S))
    told = explained(desk, explain(asks=Request(queue="q", preferred_agent="a1", preferred_s=30.0)))
    (second,) = [one for one in told.agents if one.agent_id == "a2"]
    assert (second.why_not, second.until_s) == (("waits_for_preferred a1",), 30.0)
    assert [one.what for one in told.upcoming] == ["settles for anyone of the queue"]


def test_an_offer_and_a_wrap_up_have_their_times() -> None:
    desk = Desk(TEAM, online("a1", lease_s=LONG_S), request(1))
    told = explained(desk, explain(1))
    assert (told.reason, told.chosen) == ("held by a1", "a1")
    assert [(one.in_s, one.what) for one in told.upcoming] == [(20.0, "goes back: a1 did not answer")]


def test_an_unknown_contact_is_a_conflict() -> None:
    answers = [one for one in Desk(TEAM).hear(explain(9)) if isinstance(one, RoutingAnswered)]
    assert [one.reason for one in answers] == ["unknown_contact"]
