"""Calls from their first prompt to history, through every process."""

import asyncio
import uuid

from tests.end_to_end.clients import Agent, Frame, post
from tests.end_to_end.test_contact import closed, online
from tests.platform import AGENTS, Platform
from tests.waiting import until

PATH = "/ivr/process"


def number() -> str:
    return f"+82{uuid.uuid4().int % 10**9:09}"


def answered(platform: Platform, *, form: bool = False, **fields: str) -> Frame | None:
    """What is to be played, or None where that is unknown."""
    reply = post(platform, PATH, form=form, **fields)
    assert reply.status in (200, 503), reply
    return reply.body if reply.status == 200 else None


def ask(platform: Platform, *, form: bool = False, **fields: str) -> Frame:
    """What is to be played; asked again, with the same id, as long as it is unknown."""
    heard: list[Frame | None] = []
    fields.setdefault("message_id", uuid.uuid4().hex)

    def is_known() -> bool:
        heard.append(answered(platform, form=form, **fields))
        return heard[-1] is not None

    asyncio.run(until(is_known, 40, "no answer to the caller"))
    return heard[-1] or {}


def stands(platform: Platform, session: str, **wanted: object) -> Frame:
    """How the call stands, once these fields are so; ... stands for any value."""
    heard: list[Frame] = []

    def is_so() -> bool:
        heard.append(answered(platform, session_id=session) or {})
        return all(name in heard[-1] and value in (..., heard[-1][name]) for name, value in wanted.items())

    asyncio.run(until(is_so, 20, f"the call does not stand so: {wanted}"))
    return heard[-1]


def test_a_call_from_the_menu_to_an_agent_and_to_history(platform: Platform) -> None:
    phone, call = number(), uuid.uuid4().hex
    begun = ask(platform, form=True, phone=phone, call_id=call)
    session = begun["session_id"]
    assert (begun["status"], begun["node"], begun["expects"]["max_digits"]) == ("ivr", "menu", 1)
    again = ask(platform, session_id=session, input="8")
    assert (again["status"], again["node"]) == ("ivr", "menu")
    assert again["prompt"].startswith("Sorry")
    handed = ask(platform, form=True, session_id=session, input="2", message_id="m2")
    assert (handed["status"], handed["queue"], handed["expects"]) == ("waiting", "support", None)
    repeated = ask(platform, session_id=session, input="2", message_id="m2")
    assert repeated["prompt"] == handed["prompt"]
    assert stands(platform, session, status="waiting")["prompt"] == ""
    with Agent(platform, f"support-{AGENTS}") as agent:
        online(agent)
        offer = agent.entry("offer.made", session_id=session)
        assert (offer["channel"], offer["attributes"]) == ("voice", {"call_id": call, "topic": "support"})
        contact = agent.accept(session)
        assert stands(platform, session, status="active")["agent_id"] == agent.agent_id
        agent.transcript(kind="prompt", text=begun["prompt"])
        agent.transcript(kind="input", role="customer", text="2")
        agent.say(type="complete", contact_id=contact, disposition="solved")
        agent.entry("assignment.ended", contact_id=contact, reason="completed")
        assert agent.seqs(session=session) == list(range(1, len(agent.seqs(session=session)) + 1))
    assert stands(platform, session, status="closed")["reason"] == "agent"
    assert ask(platform, session_id=session, event="hangup")["status"] == "closed"
    assert ask(platform, session_id=session, event="hangup")["status"] == "closed"
    stored = closed(platform, session)
    assert (stored["status"], stored["channel"], stored["customer_id"]) == ("completed", "voice", phone)
    assert stored["attributes"] == {"call_id": call, "topic": "support"}
    kinds = [one.get("kind", "text") for one in stored["messages"]]
    flow = ["prompt", "input", "prompt", "input", "prompt"]
    assert kinds == [*flow, "agent.joined", "conversation.closed"]


def test_a_call_that_the_flow_ends_itself(platform: Platform) -> None:
    session = ask(platform, customer_id=number())["session_id"]
    asked = ask(platform, session_id=session, input="3")
    assert (asked["node"], asked["expects"]["min_digits"], asked["expects"]["max_digits"]) == ("order", 4, 12)
    said = ask(platform, session_id=session, input="4711#")
    assert (said["status"], "4711" in said["prompt"]) == ("closed", True)
    stored = closed(platform, session)
    assert (stored["status"], stored["reason"], stored["legs"]) == ("bot_resolved", "ivr", [])
    assert stored["attributes"] == {"topic": "order", "order_number": "4711"}


def test_hanging_up_in_the_menu_and_in_the_queue(platform: Platform) -> None:
    menu = ask(platform, phone=number())["session_id"]
    queue = ask(platform, phone=number(), input="support")["session_id"]
    stands(platform, queue, status="waiting", position=...)
    for session, status in ((menu, "bot_resolved"), (queue, "abandoned")):
        assert ask(platform, session_id=session, event="hangup")["status"] == "closed"
        stored = closed(platform, session)
        assert (stored["status"], stored["reason"]) == (status, "hangup")
    assert [leg["outcome"] for leg in closed(platform, queue)["legs"]] == ["canceled"]


def test_a_chat_is_no_call_and_a_call_in_its_menu_no_chat(platform: Platform) -> None:
    chat = post(platform, "/chat/start", customer_id=number()).body["session_id"]
    call = ask(platform, phone=number())["session_id"]

    def are_refused() -> bool:
        replies = [
            post(platform, PATH, session_id=chat, input="1"),
            post(platform, "/chat/message", session_id=call, message="hello"),
        ]
        reasons = [reply.body.get("reason") for reply in replies]
        return [reply.status for reply in replies] == [409, 409] and reasons == ["not_a_call", "in_ivr"]

    asyncio.run(until(are_refused, 15, "one is taken for the other"))
    for session in (chat, call):
        post(platform, "/chat/end", session_id=session)


def test_a_call_goes_on_where_it_stood_when_its_owner_was_killed(platform: Platform) -> None:
    session = ask(platform, phone=number())["session_id"]
    ask(platform, session_id=session, input="3")
    platform.services["conversations-0"].kill()
    said = ask(platform, session_id=session, input="4711")
    assert (said["status"], said["node"]) == ("closed", "order_noted")
    texts = [(one["kind"], one["text"]) for one in closed(platform, session)["messages"] if "kind" in one]
    assert texts.count(("input", "4711")) == 1
