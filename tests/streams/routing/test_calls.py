"""What an agent is told of a call."""

from schemas.assignments import AgentState, AssignmentMade, OfferMade, ToAgent
from schemas.states import Channel
from tests.streams.routing.pools import Desk, accept, agent, config, online, request

LEARNED = {"topic": "order", "order_number": "1234"}


def test_the_agent_is_told_that_it_is_a_call_and_what_the_caller_wants() -> None:
    desk = Desk(
        config(agent("a1", channels=(Channel.VOICE,))),
        online("a1"),
        request(1, channel=Channel.VOICE, attributes=LEARNED),
        accept("a1", 1),
        online("a1", socket="s2"),
    )
    told = [one for one in desk.said if isinstance(one, ToAgent)]
    offers = [one for one in told if isinstance(one, OfferMade | AssignmentMade)]
    held = [one.contacts[0] for one in told if isinstance(one, AgentState) and one.contacts]
    assert [(one.channel, one.attributes) for one in (*offers, *held)] == [(Channel.VOICE, LEARNED)] * 3


def test_of_a_chat_nothing_is_said_but_that_it_is_one() -> None:
    desk = Desk(config(agent("a1")), online("a1"), request(1))
    (offer,) = (one for one in desk.said if isinstance(one, OfferMade))
    assert (offer.channel, offer.attributes) == (Channel.CHAT, {})
