"""Rules that meet: a configuration and a call, a break and an offer, a preference and another queue."""

from msgspec.structs import replace

from schemas.assignments import AgentState, AssignmentMade, OfferMade
from schemas.config import Queue
from schemas.conversation import ContactEnded
from schemas.routing import Transfer
from schemas.states import Channel, Overload, Presence
from tests.streams.routing.pools import (
    LONG_S,
    QUEUE,
    TWO,
    Desk,
    accept,
    agent,
    assign,
    cancel,
    complete,
    config,
    connected,
    contact,
    force,
    move,
    online,
    presence,
    reject,
    request,
)

BOTH = (Channel.CHAT, Channel.VOICE)
TALKER = agent("a1", 3, channels=BOTH)
LINK = Transfer("s.1", "a9", "knows it all")


def test_who_is_in_a_call_gets_no_chat_though_the_configuration_takes_calls_away() -> None:
    desk = Desk(config(TALKER), online("a1"), request(1, channel=Channel.VOICE), accept("a1", 1), request(2))
    desk.hear(config(replace(TALKER, channels=(Channel.CHAT,)), version=2))
    assert desk.where(2) == "pending"
    desk.hear(complete("a1", 1))
    assert desk.where(2) == "reserved a1"


def test_two_calls_do_not_starve_chats_behind_one_another() -> None:
    made = config(TALKER)
    desk = Desk(replace(made, config=replace(made.config, drain_s=60.0)), online("a1"), request(1))
    desk.hear(accept("a1", 1))
    for n in (2, 3):
        desk.hear(request(n, channel=Channel.VOICE))
    desk.hear(request(4))
    assert desk.where(4) == "pending"
    desk.wait(60)
    assert desk.where(4) == "reserved a1"


def test_who_is_at_lunch_when_an_offer_runs_out_stays_there() -> None:
    desk = Desk(TWO, online("a1"), request(1), presence("a1", Presence.CUSTOM, "lunch"))
    desk.wait(21)
    assert (desk.presence("a1"), desk.where(1)) == ("custom lunch", "pending")
    desk.wait(120)
    assert desk.presence("a1") == "custom lunch"


def test_a_break_outlasts_the_socket_that_it_began_on() -> None:
    desk = Desk(TWO, online("a1", lease_s=15.0), presence("a1", Presence.CUSTOM, "lunch", lease_s=15.0))
    desk.hear(connected("a1", "s2"))
    assert desk.presence("a1") == "custom lunch"
    desk.hear(presence("a1", Presence.OFFLINE, socket="s2"))
    desk.wait(30)
    assert desk.presence("a1") == "offline lease over"
    desk.hear(connected("a1", "s3"))
    assert desk.presence("a1") == "custom lunch"
    desk.hear(online("a1", "s3"))
    assert desk.presence("a1") == "routable"


def test_who_comes_anew_after_not_responding_is_routable() -> None:
    desk = Desk(TWO, online("a1"), request(1))
    desk.wait(21)
    desk.hear(connected("a1", "s2"))
    assert desk.presence("a1") == "routable"


def test_an_agent_forced_offline_hears_it_and_can_be_brought_back() -> None:
    desk = Desk(TWO, online("a1"), force("a1", Presence.OFFLINE))
    assert [one.presence for one in desk.of(AgentState)] == ["routable", "offline"]
    desk.hear(force("a1", Presence.ROUTABLE))
    assert desk.presence("a1") == "routable"


def test_nobody_waits_for_a_preferred_agent_who_could_never_have_it() -> None:
    people = agent("a1", channels=(Channel.VOICE,)), agent("a2"), agent("a3", 1, "r")
    team = config(*people, queues=(QUEUE, Queue(name="r")))
    desk = Desk(team, online("a1"), online("a2"), request(1, preferred_agent="a1", preferred_s=60.0))
    assert desk.where(1) == "reserved a2"
    desk.hear(request(2, preferred_agent="a2", preferred_s=60.0))
    desk.hear(online("a3"))
    desk.hear(move(2, "r"))
    assert desk.where(2) == "reserved a3"


def test_a_reject_by_somebody_else_leaves_the_preference() -> None:
    desk = Desk(
        TWO, online("a1"), request(9), online("a2"), request(1, preferred_agent="a1", preferred_s=60.0)
    )
    desk.hear(assign(1, "a2"))
    desk.hear(reject("a2", 1))
    assert desk.pool.contacts[contact(1)].preferred == "a1"


def test_who_is_being_served_is_let_in_whatever_the_limits_say() -> None:
    full = Queue(name="q", max_depth=1, when_unstaffed=Overload.REFUSE, hours="")
    desk = Desk(config(agent("a1"), queues=(full,)), request(1))
    assert [one.outcome for one in desk.of(ContactEnded)] == ["canceled"]
    desk.hear(request(2, transfer=LINK))
    assert desk.where(2) == "pending"


def test_the_note_of_a_transfer_comes_with_whatever_tells_of_the_contact() -> None:
    eager = config(agent("a1", 3, "q", "e"), queues=(QUEUE, Queue(name="e", auto_accept=True)))
    desk = Desk(eager, online("a1"), request(1, "e", transfer=LINK), request(2, transfer=LINK))
    assert desk.of(AssignmentMade)[0].transfer == LINK
    assert desk.of(OfferMade)[0].transfer == LINK
    desk.hear(online("a1", "s2"))
    assert [held.transfer for held in desk.of(AgentState)[-1].contacts] == [LINK, LINK]


def test_an_accept_said_again_is_no_refusal() -> None:
    desk = Desk(TWO, online("a1", lease_s=LONG_S), request(1), accept("a1", 1))
    assert desk.hear(accept("a1", 1)) == []
    desk.hear(cancel(1))
    assert desk.hear(accept("a1", 1)) != []


def test_a_flood_of_the_same_presence_tells_nobody_anything_and_renews_the_lease() -> None:
    desk = Desk(TWO, online("a1", lease_s=15.0))
    said = [one for _ in range(50) for one in desk.hear(online("a1", lease_s=15.0), after_s=1.0)]
    assert said == []
    desk.wait(14)
    assert desk.presence("a1") == "routable"
