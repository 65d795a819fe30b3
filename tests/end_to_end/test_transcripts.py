"""A conversation as its customer reads it by calls, from its start to its rating, through every process."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.end_to_end.clients import Reply, begin, call, history, post, post_as
from tests.end_to_end.test_contact import closed, customer
from tests.platform import Platform
from tests.waiting import until

AGENT = "beta-2"


def get(platform: Platform, path: str) -> Reply:
    return call(platform, "GET", path)


def until_state(platform: Platform, session: str, state: str) -> dict[str, Any]:
    """The status, when the conversation stands so."""
    found: dict[str, Any] = {}

    def is_there() -> bool:
        reply = get(platform, f"/chat/{session}")
        assert reply.status in (200, 503), reply
        found.update(reply.body)
        return found.get("state") == state

    asyncio.run(until(is_there, 20, f"{session} is not {state}"))
    return found


def test_whoever_was_answered_exists_at_once(platform: Platform) -> None:
    for _ in range(20):
        session = begin(platform, customer())
        reply = get(platform, f"/chat/{session}")
        assert (reply.status, reply.body.get("state")) in ((200, "bot"), (503, None)), reply
        assert post(platform, "/chat/end", session_id=session).status == 200


def test_a_conversation_is_read_noted_and_rated(platform: Platform) -> None:
    session = begin(platform, customer(), "hello")
    until_state(platform, session, "bot")
    rates(platform, session, 5, 409)
    post(platform, "/agent/connect", session_id=session, queue="beta")
    waiting = until_state(platform, session, "waiting")
    assert (waiting["queue"], waiting["started_at_ms"] is None) == ("beta", False)
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(get, platform, f"/chat/{session}/messages?after=1&wait_s=20")
        post_as(platform, AGENT, "/agent/presence", presence="routable")
        contact = f"{session}.1"
        asyncio.run(until(lambda: _accepts(platform, contact), 20, "the contact is not taken"))
        joined = poll.result().body["items"]
    assert [(item["seq"], item["kind"], item["text"]) for item in joined] == [(2, "agent.joined", "Beta 2")]
    assert until_state(platform, session, "active")["agent_name"] == "Beta 2"
    assert post_as(platform, AGENT, "/agent/note", contact_id=contact, note="a secret").status == 200
    asyncio.run(until(lambda: _may_not_note(platform, session), 20, "a stranger may note"))
    assert post_as(platform, AGENT, "/agent/complete", contact_id=contact).status == 200
    post_as(platform, AGENT, "/agent/presence", presence="offline")
    assert until_state(platform, session, "closed")["ended_at_ms"]
    _rated(platform, session)
    items = get(platform, f"/chat/{session}/messages").body
    assert [item.get("kind", "text") for item in items["items"]] == [
        "text",
        "agent.joined",
        "hidden",
        "conversation.closed",
    ]
    assert items["over"] is True
    stored = closed(platform, session)
    assert [one["text"] for one in stored["messages"] if one.get("kind") == "note"] == ["a secret"]
    file = get(platform, f"/chat/{session}/transcript?format=json")
    assert "secret" not in json.dumps(file.body)


def _accepts(platform: Platform, contact: str) -> bool:
    reply = post_as(platform, AGENT, "/agent/accept", contact_id=contact, offer_epoch=1)
    return reply.status == 200 and reply.body["verdict"] == "accepted"


def _may_not_note(platform: Platform, session: str) -> bool:
    """Without a verdict in time it would be 200 without `seq`."""
    reply = post_as(platform, "beta-3", "/agent/note", session_id=session, note="none")
    assert reply.status == 409 or reply.body["seq"] is None, reply
    return reply.status == 409


def rates(platform: Platform, session: str, rating: int, status: int) -> None:
    """Rates it until it is known what becomes of that."""

    def is_known() -> bool:
        reply = post(platform, "/chat/rating", session_id=session, rating=rating, comment="thanks")
        assert reply.status in (status, 503), reply
        return reply.status == status

    asyncio.run(until(is_known, 20, "it is not known what becomes of the rating"))


def _rated(platform: Platform, session: str) -> None:
    """Rates it, again, and otherwise; the first one is stored."""
    for rating, status in ((4, 200), (4, 200), (1, 409)):
        rates(platform, session, rating, status)
    found = {}

    def is_stored() -> bool:
        found.update(history(platform, session) or {})
        return "rating" in found

    asyncio.run(until(is_stored, 20, "the rating is not stored"))
    assert (found["rating"], found["rating_comment"]) == (4, "thanks")
