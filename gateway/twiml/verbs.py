"""TwiML documents: how a call stands, as verbs. Pure; the XML is written by the standard library."""

from typing import NamedTuple
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.twiml.phrases import of_place, phrases
from schemas.api_ivr import IvrStep
from schemas.calls import Expects

STEP, DIALED = "/ivr/twiml", "/ivr/twiml/dialed"
MOST_RECORDED_S = 120
_DIAL_S = 30
_UNFIT = {code: None for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: None, 0xFFFF: None}
"""XML has no way to write these."""


class Speech(NamedTuple):
    """The language of what is said, how long to wait between two questions how the call stands, and what
    stands before our paths."""

    language: str
    every_s: int
    base: str = ""

    def url(self, path: str, session_id: str, **more: str) -> str:
        """Where the telephone system comes back to."""
        query = "&".join(
            f"{name}={quote(value)}" for name, value in {"session_id": session_id, **more}.items()
        )
        return f"{self.base}{path}?{query}"


def document(*verbs: Element) -> bytes:
    """The whole of an answer."""
    response = Element("Response")
    response.extend(verbs)
    for element in response.iter():
        element.text = element.text and element.text.translate(_UNFIT)
    written: bytes = tostring(response, encoding="utf-8", xml_declaration=True)
    return written


def step(step: IvrStep, speech: Speech, address: str = "") -> bytes:
    """What the call is to do next; `address` is the agent's."""
    match step.status:
        case "ivr":
            return document(*_asks(step, speech))
        case "waiting":
            return document(*_waits(step, speech))
        case "active":
            return document(*_spoken(step.prompt, speech), _dial(step, speech, address))
        case _:
            return document(*_spoken(_goodbye(step, speech), speech), Element("Hangup"))


def try_again(speech: Speech, url: str) -> bytes:
    """Nothing is known now: the same is asked once more in a moment."""
    return document(*_spoken(phrases(speech.language).busy, speech), *_again(url, 2))


def hang_up(speech: Speech, *, reached: bool) -> bytes:
    """After the agent's telephone rang."""
    said = "" if reached else phrases(speech.language).unreached
    return document(*_spoken(said, speech), Element("Hangup"))


def maintenance(text: str, speech: Speech) -> bytes:
    """The call does not begin; its caller hears why."""
    return document(*_spoken(text, speech), Element("Hangup"))


def nothing() -> bytes:
    """To who only tells."""
    return document()


def _asks(step: IvrStep, speech: Speech) -> list[Element]:
    action = speech.url(STEP, step.session_id, asked="1")
    if step.expects is None:
        return [*_spoken(step.prompt, speech), *_again(speech.url(STEP, step.session_id), 1)]
    if step.expects.records:
        return _records(step.prompt, step.expects, action, speech)
    gather = Element(
        "Gather",
        input="dtmf speech",
        action=action,
        method="POST",
        timeout=str(max(round(step.expects.timeout_s), 1)),
        numDigits=str(step.expects.max_digits),
        finishOnKey="#",
        actionOnEmptyResult="true",
        language=speech.language,
    )
    gather.extend(_spoken(step.prompt, speech))
    return [gather]


def _records(prompt: str, expects: Expects, action: str, speech: Speech) -> list[Element]:
    record = Element(
        "Record",
        action=action,
        method="POST",
        timeout=str(max(round(expects.timeout_s), 1)),
        maxLength=str(MOST_RECORDED_S),
        finishOnKey="#",
        playBeep="true",
    )
    # Of silence <Record> says nothing: the call goes on with what follows.
    return [*_spoken(prompt, speech), record, *_again(action, 0)]


def _waits(step: IvrStep, speech: Speech) -> list[Element]:
    place = of_place(speech.language, step.position, step.estimated_wait_s)
    again = _again(speech.url(STEP, step.session_id), speech.every_s)
    return [*_spoken(step.prompt, speech), *_spoken(place, speech), *again]


def _dial(step: IvrStep, speech: Speech, address: str) -> Element:
    dialed = speech.url(DIALED, step.session_id, agent_id=step.agent_id or "")
    dial = Element("Dial", action=dialed, method="POST", timeout=str(_DIAL_S))
    scheme, _, rest = address.partition(":")
    match scheme:
        case "tel":
            SubElement(dial, "Number").text = rest
        case "sip" | "sips":
            SubElement(dial, "Sip").text = address
        case _:
            SubElement(dial, "Client").text = step.agent_id
    return dial


def _goodbye(step: IvrStep, speech: Speech) -> str:
    if step.prompt or step.status != "refused":
        return step.prompt
    said = phrases(speech.language)
    return said.closed if step.reason == "closed_hours" else said.refused


def _again(url: str, after_s: int) -> list[Element]:
    redirect = Element("Redirect", method="POST")
    redirect.text = url
    return [Element("Pause", length=str(after_s)), redirect] if after_s else [redirect]


def _spoken(text: str, speech: Speech) -> list[Element]:
    """An address is played, all else is said."""
    if not text:
        return []
    if text.startswith(("https://", "http://")) and not text.split()[1:]:
        play = Element("Play")
        play.text = text
        return [play]
    say = Element("Say", language=speech.language)
    say.text = text
    return [say]
