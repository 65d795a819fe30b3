"""One contact from end to end, through every process, as its customer and its agents see it."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.end_to_end.clients import Agent, Customer, Frame, Socket, begin, history, post
from tests.platform import Platform
from tests.waiting import until


def customer() -> str:
    return f"customer-{uuid.uuid4().hex[:8]}"


def online(agent: Agent) -> Agent:
    """Waits until routing knows of the socket."""
    agent.entry("agent.state", presence="routable")
    return agent


@contextmanager
def after(first: Agent, second: Agent) -> Iterator[Agent]:
    """The second agent comes when routing knows of the first, who is so the longest idle."""
    online(first)
    with second:
        yield online(second)


def is_gapless(socket: Socket, session: str = "") -> bool:
    seqs = socket.seqs(session=session)
    return seqs == list(range(1, len(seqs) + 1))


def closed(platform: Platform, session: str) -> Frame:
    """The consultation as stored, once it and all its legs are over."""
    found: Frame = {}

    def is_over() -> bool:
        found.update(history(platform, session) or {})
        return found.get("state") == "closed" and all("outcome" in leg for leg in found["legs"])

    asyncio.run(until(is_over, 20, f"{session} is not over"))
    return found


def connected(platform: Platform, session: str) -> None:
    answer = post(platform, "/agent/connect", session_id=session, queue="support")
    assert answer.status == 200, answer
    assert answer.body["status"] in ("queued", "assigned")


def test_a_contact_from_start_to_history(platform: Platform) -> None:
    session = begin(platform, name := customer())
    said = post(platform, "/chat/message", session_id=session, message="is anybody there?", message_id="m1")
    assert (said.status, said.body["message_id"]) == (200, "m1")
    with Customer(platform, session) as guest, Agent(platform, "support-1") as agent:
        online(agent)
        connected(platform, session)
        contact = agent.accept(session)
        guest.transcript(kind="agent.joined")
        agent.say(type="message", session_id=session, message="good morning", message_id="a1")
        guest.transcript(text="good morning", role="agent", sender_id="support-1")
        guest.say(type="message", message="good bye", message_id="m2")
        agent.transcript(text="good bye", role="customer")
        agent.say(type="complete", contact_id=contact, disposition="solved", note="was easy")
        guest.transcript(kind="conversation.closed")
        agent.entry("assignment.ended", contact_id=contact, reason="completed")
        assert is_gapless(guest)
        assert is_gapless(agent, session)
    stored = closed(platform, session)
    assert (stored["status"], stored["customer_id"], stored["agent_id"]) == ("completed", name, "support-1")
    assert (stored["disposition"], stored["note"]) == ("solved", "was easy")
    texts = [one["text"] for one in stored["messages"] if one.get("kind", "text") == "text"]
    assert texts == ["hello", "is anybody there?", "good morning", "good bye"]
    assert [one["seq"] for one in stored["messages"]] == guest.seqs()


def test_a_rejected_contact_goes_to_the_other_agent(platform: Platform) -> None:
    session = begin(platform, customer())
    with Agent(platform, "support-2") as first, after(first, Agent(platform, "support-3")) as second:
        connected(platform, session)
        offer = first.entry("offer.made", session_id=session)
        first.say(type="reject", contact_id=offer["contact_id"], offer_epoch=offer["offer_epoch"])
        first.entry("offer.ended", contact_id=offer["contact_id"], reason="rejected")
        assert second.entry("offer.made", session_id=session)["offer_epoch"] == 2
        contact = second.accept(session)
        first.say(type="accept", contact_id=contact, offer_epoch=offer["offer_epoch"], request_id="late")
        first.entry("command.refused", request_id="late", reason="stale_offer")
        second.say(type="complete", contact_id=contact)
    assert closed(platform, session)["agent_id"] == second.agent_id


def test_who_does_not_answer_is_passed_over_and_comes_back(platform: Platform) -> None:
    session = begin(platform, customer())
    with Agent(platform, "support-4") as first, after(first, Agent(platform, "support-5")) as second:
        connected(platform, session)
        offer = first.entry("offer.made", session_id=session)
        first.entry("offer.ended", contact_id=offer["contact_id"], reason="timeout")
        silent = first.entry("agent.state", presence="custom", reason="not responding")["seq"]
        contact = second.accept(session)
        first.entry("agent.state", presence="routable", seq=silent + 1)
        second.say(type="complete", contact_id=contact)
    stored = closed(platform, session)
    assert (stored["status"], stored["agent_id"]) == ("completed", second.agent_id)


def test_an_agent_who_comes_again_misses_nothing_and_sees_nothing_twice(platform: Platform) -> None:
    session = begin(platform, customer())
    with Agent(platform, "support-6") as agent:
        online(agent)
        connected(platform, session)
        contact = agent.accept(session)
        agent.transcript(kind="agent.joined")
        own, seen = agent.seqs("agent"), agent.seqs(session=session)
    for number in range(3):
        post(platform, "/chat/message", session_id=session, message=f"meanwhile {number}")
    with Agent(platform, "support-6", last_seq=own[-1]) as again:
        again.say(type="resume", agent_seq=own[-1], sessions={session: seen[-1]})
        again.transcript(text="meanwhile 2")
        again.say(type="complete", contact_id=contact)
        again.entry("assignment.ended", contact_id=contact, reason="completed")
        last = again.seqs("agent")
    everything = seen + again.seqs(session=session)
    assert everything == list(range(1, len(everything) + 1))
    assert own + last == list(range(own[0], last[-1] + 1))
    assert closed(platform, session)["status"] == "completed"


def test_a_customer_who_leaves_the_queue_has_abandoned_it(platform: Platform) -> None:
    session = begin(platform, customer())
    connected(platform, session)
    assert post(platform, "/chat/end", session_id=session).status == 200
    stored = closed(platform, session)
    assert stored["status"] == "abandoned"
    assert [leg["outcome"] for leg in stored["legs"]] == ["canceled"]
