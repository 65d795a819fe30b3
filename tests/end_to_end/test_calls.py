"""Agents who work by calls alone, and customers who watch their place, through every process."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.end_to_end.clients import Customer, begin, history, post, post_as
from tests.end_to_end.test_contact import closed, customer
from tests.platform import Platform
from tests.waiting import until

AGENT = "alpha-1"


def does(platform: Platform, path: str, **fields: object) -> None:
    """A call that the pool accepts, though perhaps not in time to say so."""
    reply = post_as(platform, AGENT, path, **fields)
    assert reply.status == 200, reply
    assert reply.body["verdict"] in ("accepted", None)


def refused(platform: Platform, reason: str, path: str, **fields: object) -> None:
    """A call that the pool refuses however often it is made."""

    def conflicts() -> bool:
        reply = post_as(platform, AGENT, path, **fields)
        assert reply.status == 409 or reply.body["verdict"] is None, reply
        return reply.status == 409 and reply.body["reason"] == reason

    asyncio.run(until(conflicts, 10, f"{path} is not refused as {reason}"))


def waiting(platform: Platform) -> str:
    """The contact of a customer who has asked for an agent and does not have one yet."""
    session = begin(platform, customer())
    reply = post(platform, "/agent/connect", session_id=session, queue="alpha")
    assert (reply.status, reply.body["status"]) == (200, "queued"), reply
    return f"{session}.1"


def is_with_the_agent(platform: Platform, session: str) -> bool:
    found = history(platform, session) or {}
    return (found.get("state"), found.get("agent_id")) == ("active", AGENT)


@pytest.fixture
def present(platform: Platform) -> Iterator[None]:
    """The agent is routable for the test's time."""
    does(platform, "/agent/presence", presence="routable")
    yield
    does(platform, "/agent/presence", presence="offline")


def test_an_agent_without_a_socket_takes_and_completes_a_contact(platform: Platform, present: None) -> None:
    contact = waiting(platform)
    session = contact.partition(".")[0]
    does(platform, "/agent/heartbeat")
    refused(platform, "stale_offer", "/agent/accept", contact_id=contact, offer_epoch=2)
    does(platform, "/agent/accept", contact_id=contact, offer_epoch=1)
    asyncio.run(until(lambda: is_with_the_agent(platform, session), 10, "the contact is not the agent's"))
    refused(platform, "stale_offer", "/agent/reject", contact_id=contact, offer_epoch=1)
    does(platform, "/agent/accept", contact_id=contact, offer_epoch=1)  # said again, as by who got no answer
    does(platform, "/agent/complete", contact_id=contact, disposition="solved", note="by a call")
    refused(platform, "not_held", "/agent/complete", contact_id=contact)
    stored = closed(platform, session)
    assert (stored["status"], stored["agent_id"]) == ("completed", AGENT)
    assert (stored["disposition"], stored["note"]) == ("solved", "by a call")


def test_who_said_offline_is_offered_nothing(platform: Platform) -> None:
    does(platform, "/agent/presence", presence="routable")
    does(platform, "/agent/presence", presence="offline")
    contact = waiting(platform)
    refused(platform, "stale_offer", "/agent/accept", contact_id=contact, offer_epoch=1)
    assert post(platform, "/chat/end", session_id=contact.partition(".")[0]).status == 200


def test_a_customer_watches_the_place(platform: Platform) -> None:
    session = begin(platform, customer())
    with Customer(platform, session) as guest:
        guest.transcript(text="hello")
        reply = post(platform, "/agent/connect", session_id=session, queue="alpha")
        assert (reply.status, reply.body["position"]) == (200, 1)
        told = guest.hear(lambda frame: frame.get("type") == "queue.position")
        assert told["position"] == 1
        guest.say(type="end")
        guest.transcript(kind="conversation.closed")
