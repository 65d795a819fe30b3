"""TwiML: what a telephone system is told, and that it is one."""

from collections.abc import Mapping
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from gateway.twiml import verbs
from gateway.twiml.phrases import LANGUAGES, of_place, phrases
from gateway.twiml.signature import is_genuine, signature
from gateway.twiml.verbs import Speech
from schemas.api_ivr import IvrStep
from schemas.calls import Expects
from tests.gateway.conftest import Servers
from tests.gateway.process import FORM, JSON, GatewayProcess

ENGLISH = Speech("en-US", 10)
S = "01a2071b-0000-7003-8000-000000000000"
RECORDED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
"""The example in Twilio's documentation of signatures."""

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def told(status: str, prompt: str = "", **more: object) -> IvrStep:
    return IvrStep(session_id=S, status=status, prompt=prompt, expects=None, **more)  # type: ignore[arg-type]


def shape(document: bytes) -> str:
    """Verbs in order, nested ones in brackets, with the texts."""

    def one(element: ElementTree.Element) -> str:
        inner = ", ".join(map(one, element))
        return element.tag + (f" {element.text}" if element.text else "") + (f" [{inner}]" if inner else "")

    root = ElementTree.fromstring(document)
    assert root.tag == "Response"
    return ", ".join(map(one, root))


def test_the_signature_is_the_one_of_the_documentation() -> None:
    assert signature("12345", URL, RECORDED.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_signature_of_anything_else_is_none() -> None:
    good = signature("12345", URL, RECORDED.items())
    assert is_genuine("12345", URL, RECORDED.items(), good)
    assert not is_genuine("12346", URL, RECORDED.items(), good)
    assert not is_genuine("12345", URL + "&x=1", RECORDED.items(), good)
    assert not is_genuine("12345", URL, {**RECORDED, "Digits": "9"}.items(), good)
    assert not is_genuine("12345", URL, RECORDED.items(), "")
    assert not is_genuine("12345", URL, RECORDED.items(), "é")


AGAIN = f"/ivr/twiml?session_id={S}"
STEPS = [
    (told("waiting", "One moment."), "", f"Say One moment., Pause, Redirect {AGAIN}"),
    (
        told("waiting", position=2, estimated_wait_s=100.0),
        "",
        f"Say You are number 2 in line. The wait is about 2 minutes., Pause, Redirect {AGAIN}",
    ),
    (told("active", agent_id="kim"), "tel:+8210", "Dial [Number +8210]"),
    (told("active", agent_id="kim"), "sip:kim@example.org", "Dial [Sip sip:kim@example.org]"),
    (told("active", agent_id="kim"), "", "Dial [Client kim]"),
    (told("closed", "Goodbye."), "", "Say Goodbye., Hangup"),
    (told("closed"), "", "Hangup"),
    (told("refused", reason="closed_hours"), "", "Say We are closed now. Please call again later., Hangup"),
    (told("closed", "https://example.org/bye.mp3"), "", "Play https://example.org/bye.mp3, Hangup"),
    (told("closed", "<Dial>&\x07 ]]>"), "", "Say <Dial>& ]]>, Hangup"),
]


@pytest.mark.parametrize(("step", "address", "wanted"), STEPS)
def test_how_a_call_stands_as_verbs(step: IvrStep, address: str, wanted: str) -> None:
    assert shape(verbs.step(step, ENGLISH, address)) == wanted


def test_a_menu_is_gathered_with_its_numbers() -> None:
    asked = told("ivr", "Press 1.")
    asked.expects = Expects(min_digits=1, max_digits=4, timeout_s=5.6)
    (gather,) = ElementTree.fromstring(verbs.step(asked, Speech("ko-KR", 10)))
    wanted = {"numDigits": "4", "timeout": "6", "finishOnKey": "#", "input": "dtmf speech"}
    assert wanted.items() <= gather.attrib.items()
    assert gather.attrib["action"] == f"{AGAIN}&asked=1"
    assert (gather[0].attrib["language"], gather.attrib["language"]) == ("ko-KR", "ko-KR")


def test_a_message_is_recorded_and_silence_goes_on() -> None:
    asked = told("ivr", "Speak.")
    asked.expects = Expects(min_digits=0, max_digits=0, timeout_s=5.0, records=True)
    assert shape(verbs.step(asked, ENGLISH)) == f"Say Speak., Record, Redirect {AGAIN}&asked=1"


def test_every_language_says_everything() -> None:
    for language in LANGUAGES:
        assert all(phrases(language))
        assert "7" in of_place(language, 7, None)
    assert of_place("xx", None, None) == ""


def test_only_signed_webhooks_are_taken_where_there_is_a_token(servers: Servers) -> None:
    signed = GatewayProcess(servers.environment, twiml_auth_token="12345", profile="production")
    signed.start()
    try:
        path = "/ivr/twiml/status?x=%20y"
        form = {"CallSid": "CA1", "CallStatus": "ringing", "Called": ""}

        def status(sent: Mapping[str, str], found: str) -> int:
            head = {"Content-Type": FORM, "X-Twilio-Signature": found}
            return signed.ask("POST", path, urlencode(sent).encode(), head).status

        good = signature("12345", f"http://127.0.0.1:{signed.port}{path}", form.items())
        assert status(form, good) == 200
        assert status({**form, "CallStatus": "completed"}, good) == 403
        assert status(form, "") == 403
    finally:
        signed.stop()


def test_what_is_no_webhook_is_a_problem(gateway: GatewayProcess) -> None:
    assert gateway.post("/ivr/twiml", {}, JSON).status == 415
    assert gateway.post("/ivr/twiml", b"From=%2B82", FORM).status == 422
    assert gateway.post("/ivr/twiml", b"CallSid=%00", FORM).status == 422
    reply = gateway.post("/ivr/twiml/status", b"CallSid=CA1&CallStatus=in-progress", FORM)
    assert (reply.status, reply.media_type) == (200, "text/xml; charset=utf-8")
    assert shape(reply.body) == ""


def test_a_caller_whom_nobody_answers_is_asked_to_wait_a_moment(gateway: GatewayProcess) -> None:
    reply = gateway.post("/ivr/twiml", b"CallSid=CA1&From=%2B82&CallStatus=ringing", FORM)
    assert shape(reply.body) == "Say Please wait a moment., Pause, Redirect /ivr/twiml"
    dialed = f"/ivr/twiml/dialed?session_id={S}&agent_id=kim"
    rung = gateway.post(dialed, b"CallSid=CA1&CallStatus=in-progress&DialCallStatus=no-answer", FORM)
    assert shape(rung.body).endswith(f"Redirect {dialed}&DialCallStatus=no-answer")
    more = f"/ivr/twiml?session_id={S}&asked=1"
    head = {"Content-Type": FORM, "I-Twilio-Idempotency-Token": "t1"}
    again = gateway.ask("POST", more, b"CallSid=CA1&Digits=1", head)
    assert shape(again.body).endswith(f"Redirect {AGAIN}&asked=1&Digits=1&again=t1")
