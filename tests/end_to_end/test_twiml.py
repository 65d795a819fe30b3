"""A call by TwiML webhooks, and callbacks, through every process; forms are shaped as Twilio sends them."""

import asyncio
import time
import uuid
from urllib.parse import urlencode
from xml.etree import ElementTree

from tests.end_to_end.clients import FORM, Agent, begin, call, history, post
from tests.end_to_end.test_contact import closed, online
from tests.end_to_end.test_ivr import number
from tests.platform import AGENTS, Platform
from tests.waiting import until

COMMON = {
    "AccountSid": "AC00000000000000000000000000000000",
    "ApiVersion": "2010-04-01",
    "Called": "+18005551212",
    "CallerCountry": "KR",
    "Direction": "inbound",
    "To": "+18005551212",
}


class Line:
    """A caller's line, as its telephone system has it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.phone = number()
        self.sid = f"CA{uuid.uuid4().hex}"
        self.url = "/ivr/twiml"
        self.patient_until = time.monotonic() + 60

    def ask(self, url: str, **more: str) -> ElementTree.Element:
        form = {**COMMON, "CallSid": self.sid, "From": self.phone, "CallStatus": "in-progress", **more}
        reply = call(self.platform, "POST", url, urlencode(form).encode(), FORM)
        while reply.status == 503 and time.monotonic() < self.patient_until:  # as it would send it again
            reply = call(self.platform, "POST", url, urlencode(form).encode(), FORM)
        assert reply.status == 200, reply
        assert reply.media_type.startswith("text/xml")
        return ElementTree.fromstring(reply.body)

    def until(self, verb: str, **more: str) -> ElementTree.Element:
        """Does as it is told until that verb comes."""
        heard: list[ElementTree.Element] = []

        def comes() -> bool:
            heard.append(self.ask(self.url, **more))
            more.clear()
            self.url = heard[-1].findtext("Redirect") or self.url
            return heard[-1].find(verb) is not None

        asyncio.run(until(comes, 30, f"no {verb}"))
        found = heard[-1].find(verb)
        assert found is not None
        return found

    @property
    def session(self) -> str:
        return self.url.partition("session_id=")[2][:36]


def test_a_call_by_webhooks_from_the_menu_to_an_agent_and_to_history(platform: Platform) -> None:
    line = Line(platform)
    gather = line.until("Gather", CallStatus="ringing")
    assert "For sales press 1" in (gather.findtext("Say") or "")
    again = line.ask("/ivr/twiml", CallStatus="ringing")
    assert again.find("Gather") is not None
    line.url = gather.attrib["action"]
    assert again.find("Gather").attrib["action"] == line.url  # type: ignore[union-attr]
    line.until("Redirect", Digits="2", FinishedOnKey="")
    with Agent(platform, f"support-{AGENTS}") as agent:
        online(agent)
        contact = agent.accept(line.session)
        dial = line.until("Dial")
        assert dial.findtext("Number") == f"+8221588{AGENTS:04}"
        over = line.ask(dial.attrib["action"], DialCallStatus="completed", DialCallDuration="42")
        assert over.find("Hangup") is not None
        line.ask("/ivr/twiml/status", CallStatus="completed", CallDuration="60", SequenceNumber="0")
        agent.entry("assignment.ended", contact_id=contact, reason="wrapping")
        agent.say(type="complete", contact_id=contact, disposition="solved")
    stored = closed(platform, line.session)
    assert (stored["status"], stored["channel"], stored["customer_phone"]) == (
        "completed",
        "voice",
        line.phone,
    )
    assert stored["attributes"] == {"call_id": line.sid, "topic": "support"}


def test_a_call_whose_agents_telephone_is_busy_waits_on(platform: Platform) -> None:
    """The caller hears the queue's prompt again; the contact is another one, linked to the first."""
    line = Line(platform)
    line.url = line.until("Gather").attrib["action"]
    line.until("Redirect", Digits="2", FinishedOnKey="")
    with Agent(platform, f"support-{AGENTS}") as agent:
        online(agent)
        contact = agent.accept(line.session)
        dialed = line.until("Dial").attrib["action"]
        busy = {"DialCallSid": "CAbusy", "DialCallStatus": "busy", "DialBridged": "false"}
        answered = line.ask(dialed, **busy)
        assert answered.find("Hangup") is None
        assert answered.find("Say") is not None
        line.url = answered.findtext("Redirect") or ""
        agent.entry("assignment.ended", contact_id=contact, reason="wrapping")
        again = line.ask(dialed, **busy)
        assert again.find("Redirect") is not None, "the same word once more"
        gone = line.ask(dialed, **{**busy, "CallStatus": "completed"})
        assert gone.find("Hangup") is not None
        agent.say(type="complete", contact_id=contact, disposition="busy")
    stored = closed(platform, line.session)
    assert (stored["status"], [leg.get("linked_to", "") for leg in stored["legs"]]) == (
        "abandoned",
        ["", contact],
    )


def test_a_status_callback_alone_ends_a_call_in_its_queue(platform: Platform) -> None:
    line = Line(platform)
    line.url = line.until("Gather").attrib["action"]
    session = line.session
    line.until("Redirect", SpeechResult="support please", Confidence="0.9")
    line.ask("/ivr/twiml/status", CallStatus="no-answer")
    assert closed(platform, session)["status"] == "abandoned"


def test_a_customer_is_called_back_in_turn_and_tried_again_when_not_reached(platform: Platform) -> None:
    session = begin(platform, number())
    post(platform, "/agent/connect", session_id=session, queue="beta")
    reply = post(platform, "/callback", session_id=session, phone="+8210555", message_id="b")
    assert reply.status == 200, reply
    with Agent(platform, "beta-1") as agent:
        online(agent)
        offer = agent.entry("offer.made", session_id=session)
        assert offer["attributes"] == {"callback": "1", "callback_phone": "+8210555"}
        contact = agent.accept(session)
        agent.say(type="complete", contact_id=contact, disposition="not_reached")
        agent.entry("assignment.ended", contact_id=contact, reason="completed")

    def is_scheduled() -> bool:
        return (history(platform, session) or {}).get("state") == "scheduled"

    asyncio.run(until(is_scheduled, 20, "there is no other try"))
    assert post(platform, "/chat/end", session_id=session).status == 200
    stored = closed(platform, session)
    assert stored["status"] == "abandoned"
    assert [leg.get("disposition", "") for leg in stored["legs"]][-1] == "not_reached"


def test_a_time_that_is_over_or_too_far_away_is_refused(platform: Platform) -> None:
    session = begin(platform, number())
    for at_ms in (1, 2**52):
        assert post(platform, "/callback", session_id=session, at_ms=at_ms).status == 422
    post(platform, "/chat/end", session_id=session)
