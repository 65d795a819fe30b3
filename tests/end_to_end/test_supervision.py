"""What agents hand over, supervisors do by hand and dry runs tell, by calls through every process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tests.end_to_end.clients import Reply, history, post, post_as
from tests.end_to_end.test_calls import AGENT, does, present, waiting
from tests.platform import Platform
from tests.waiting import until

__all__ = ["present"]
OTHER = "support-7"


def accepted(reply: Reply) -> None:
    """A supervisor's call that the pool did."""
    assert (reply.status, reply.body.get("verdict")) == (200, "accepted"), reply


def refused(reply: Reply, reason: str) -> None:
    """One that it did not."""
    assert (reply.status, reply.body.get("reason")) == (409, reason), reply


@contextmanager
def at_work(platform: Platform, agent: str) -> Iterator[None]:
    """The agent is routable while the block runs."""
    assert post_as(platform, agent, "/agent/presence", presence="routable").status == 200
    try:
        yield
    finally:
        assert post_as(platform, agent, "/agent/presence", presence="offline").status == 200


def is_with(platform: Platform, contact: str, agent: str) -> None:
    """Waits until the contact's conversation is the agent's."""

    def so() -> bool:
        found = history(platform, contact.partition(".")[0]) or {}
        return (found.get("state"), found.get("agent_id")) == ("active", agent)

    asyncio.run(until(so, 10, f"{contact} is not with {agent}"))


def end(platform: Platform, contact: str) -> None:
    assert post(platform, "/chat/end", session_id=contact.partition(".")[0]).status == 200


def test_a_dry_run_says_why_a_contact_waits(platform: Platform) -> None:
    contact = waiting(platform)
    reply = post(platform, "/routing/explain", contact_id=contact, queue="alpha")
    assert reply.status == 200, reply
    assert (reply.body["contact_id"], reply.body["state"]) == (contact, "pending")
    assert reply.body["agents"]
    assert all(agent["why_not"] for agent in reply.body["agents"])
    end(platform, contact)


def test_a_dry_run_of_a_request_names_who_would_get_it(platform: Platform, present: None) -> None:
    reply = post(platform, "/routing/explain", queue="alpha")
    assert (reply.status, reply.body.get("chosen")) == (200, AGENT), reply


def test_a_dry_run_of_an_unknown_contact_is_404(platform: Platform) -> None:
    reply = post(platform, "/routing/explain", contact_id="nobody.1", pool="pool-alpha")
    assert (reply.status, reply.body["reason"]) == (404, "unknown_contact")


def test_a_supervisor_gives_a_contact_to_an_agent_by_hand(platform: Platform) -> None:
    contact = waiting(platform)
    accepted(post(platform, "/supervisor/prioritize", contact_id=contact, priority=0, pool="pool-alpha"))
    refused(post(platform, "/supervisor/assign", contact_id=contact, agent_id=AGENT), "not_routable")
    with at_work(platform, AGENT):
        # Waiting, it was offered at once: by hand, it is so already.
        refused(post(platform, "/supervisor/assign", contact_id=contact, agent_id=AGENT), "already_offered")
        does(platform, "/agent/accept", contact_id=contact, offer_epoch=1)
        is_with(platform, contact, AGENT)
        accepted(post(platform, "/supervisor/listen", contact_id=contact, pool="pool-alpha"))
        accepted(post(platform, "/supervisor/presence", agent_id=AGENT, presence="custom", reason="training"))
        does(platform, "/agent/complete", contact_id=contact)


def test_an_agent_hands_a_contact_over_to_another_pool(platform: Platform, present: None) -> None:
    contact = waiting(platform)
    does(platform, "/agent/accept", contact_id=contact, offer_epoch=1)
    is_with(platform, contact, AGENT)
    with at_work(platform, OTHER):
        does(platform, "/agent/transfer", contact_id=contact, queue="support", note="knows it all")
        second = contact.removesuffix(".1") + ".2"

        def is_taken() -> bool:
            reply = post_as(platform, OTHER, "/agent/accept", contact_id=second, offer_epoch=1)
            return reply.status == 200

        asyncio.run(until(is_taken, 10, "the other pool's agent is not offered it"))
        is_with(platform, second, OTHER)
        does(platform, "/agent/complete", contact_id=contact)
        assert post_as(platform, OTHER, "/agent/complete", contact_id=second).status == 200
