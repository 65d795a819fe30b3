"""Wrong input, silence, three failures, closed hours, a full queue and hanging up: each has its branch."""

from msgspec.structs import replace

from schemas.codec import Tick
from schemas.conversation import CallInput, CommandAnswered, EndConversation
from schemas.flow_rules import errors_in
from schemas.routing import RequestContact
from tests.streams.conversations.branching import BRANCHING, HOMES, NIGHT
from tests.streams.conversations.sessions import Session, end, ended, press, queued, start_call

HANGUP: EndConversation = replace(end(), reason="hangup")


def call(waiting: int = 0, *, open_: bool = True) -> Session:
    flow = BRANCHING if open_ else replace(BRANCHING, hours=(NIGHT,))
    return Session(replace(start_call(), flow=flow, homes=HOMES, waiting={"desk": waiting}))


def told(session: Session) -> CommandAnswered:
    return [one for one in session.said if isinstance(one, CommandAnswered)][-1]


def prompt(session: Session) -> str:
    found = told(session).call
    return found.prompt if found else ""


def says(session: Session, *said: str) -> str:
    for number, one in enumerate(said):
        session.hear(press(one, f"{one}.{number}.{session.state.seq}"))
    return prompt(session)


def asked(session: Session) -> RequestContact:
    return [one for one in session.said if isinstance(one, RequestContact)][-1]


def test_nothing_is_wrong_with_it() -> None:
    assert errors_in(BRANCHING) == []


def test_open_and_short_it_goes_to_the_queue() -> None:
    session = call(4)
    assert (session.where, prompt(session)) == ("waiting", "Wait.")
    found = told(session).call
    assert found is not None
    assert found.language == "ko-KR"


def test_a_long_queue_and_closed_hours_are_branches() -> None:
    assert prompt(call(5)).startswith("Many wait.")
    assert prompt(call(open_=False)) == "Speak."
    expects = told(call(open_=False)).call
    assert expects is not None
    assert expects.expects is not None
    assert expects.expects.records


def test_the_length_is_asked_for_with_each_input() -> None:
    session = call(9)
    command: CallInput = replace(press("2"), waiting={"desk": 9})
    session.hear(command)
    assert prompt(session) == "Speak."


def test_wrong_input_and_silence_end_after_three() -> None:
    for said in ("9", ""):
        session = call(5)
        says(session, said, said)
        assert session.where == "ivr"
        assert says(session, said) == "Sorry. Bye."
        assert session.state.status == "bot_resolved"


def test_what_the_queue_refuses_comes_back_to_its_branch() -> None:
    for reason, heard in (
        ("closed_hours", "Speak."),
        ("refused", "Many wait. 1: call me back. 2: leave a message."),
        ("overflow", "Many wait. 1: call me back. 2: leave a message."),
        ("expired", "Sorry. Bye."),
    ):
        session = call()
        session.hear(queued())
        session.hear(ended("canceled", reason))
        session.hear(press(None, "how"))
        assert prompt(session) == heard, reason
        session.hear(press(None, "how again"))
        assert session.where == ("closed" if reason == "expired" else "ivr")


def test_a_callback_from_the_flow_goes_to_the_number_that_was_typed() -> None:
    session = call(7)
    assert says(session, "1", "12345") == "We will call."
    assert (told(session).status, told(session).reason) == ("closed", "callback")
    assert session.where == "scheduled"  # the queue is closed: the night's hours
    session.hear(HANGUP)
    session.hear(Tick(), after_s=34 * 3600 + 46 * 60 + 40)
    request = asked(session)
    assert (request.queue, request.priority, request.attributes["callback_phone"]) == ("q", 4, "12345")


def test_a_message_is_kept_whether_its_caller_says_goodbye_or_not() -> None:
    for last in (HANGUP, Tick()):
        session = call(open_=False)
        assert says(session, "https://records.example/1") == "Thanks."
        session.hear(last, after_s=100.0)
        assert session.where == "scheduled"
        session.hear(Tick(), after_s=34 * 3600 + 46 * 60 - 60)
        assert asked(session).attributes["message"] == "https://records.example/1"


def test_who_hangs_up_in_the_flow_takes_its_last_branch() -> None:
    session = call(5)
    session.hear(HANGUP)
    assert (session.where, session.state.attributes) == ("gone", {})
    changed = [one for one in session.said if getattr(one, "attributes", None)]
    assert changed[-1].attributes == {"left": "yes"}  # type: ignore[attr-defined]


def test_who_hangs_up_in_the_queue_is_abandoned() -> None:
    session = call()
    session.hear(HANGUP)
    assert (session.where, session.state.status) == ("closed", "abandoned")


def test_a_call_keeps_the_version_that_it_began_with() -> None:
    session = call(5)
    newer = replace(BRANCHING, version=2, nodes={**BRANCHING.nodes, "sorry": BRANCHING.nodes["gone"]})
    session.hear(replace(start_call(), flow=newer, homes=HOMES))
    assert session.state.call is not None
    assert session.state.call.flow.version == 1
    assert says(session, "", "", "") == "Sorry. Bye."
