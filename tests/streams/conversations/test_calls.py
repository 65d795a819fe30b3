"""Stories of a call: its flow, its wait, its agent, and who hears of its end."""

import pytest
from msgspec import structs

from schemas.calls import CallTold, Expects
from schemas.codec import Tick
from schemas.conversation import CommandAnswered, ConsultationChanged, ConversationCommand, MessageAdded
from schemas.routing import RequestContact
from schemas.states import Channel, Role
from streams.conversations.state import Conversation
from streams.harness.decider import Life
from tests.streams.conversations.flows import FLOW
from tests.streams.conversations.sessions import (
    DECIDER,
    PARTITION,
    SESSION,
    Session,
    assigned,
    connect,
    end,
    ended,
    gists,
    offered,
    post,
    press,
    queued,
    requeued,
    socket,
    start_call,
    transferred,
    unreached,
)

MENU = Expects(min_digits=1, max_digits=1, timeout_s=4.0)
Commands = list[ConversationCommand]
WAITING: Commands = [start_call(), press()]
ACTIVE: Commands = [*WAITING, offered(), assigned()]


def answer(session: Session, command: ConversationCommand) -> CommandAnswered:
    (found,) = (one for one in session.hear(command) if isinstance(one, CommandAnswered))
    return found


def told(session: Session, command: ConversationCommand) -> CallTold:
    call = answer(session, command).call
    assert call is not None
    return call


def last(session: Session) -> ConsultationChanged:
    return [one for one in session.said if isinstance(one, ConsultationChanged)][-1]


def test_a_call_begins_in_its_flow() -> None:
    session = Session()
    said = session.hear(start_call(phone="010", call_id="CA1", synthetic=True))
    changed, prompt, answered = said
    assert isinstance(changed, ConsultationChanged)
    assert (changed.channel, changed.phone, changed.synthetic) == (Channel.VOICE, "010", True)
    assert changed.attributes == {"call_id": "CA1"}
    assert isinstance(prompt, MessageAdded)
    assert (prompt.role, prompt.kind, prompt.text) == (Role.BOT, "prompt", "Hello. One or two?")
    assert isinstance(answered, CommandAnswered)
    assert answered.call == CallTold(prompt="Hello. One or two?", node="menu", expects=MENU)


def test_what_was_pressed_before_is_the_first_input() -> None:
    session = Session()
    said = session.hear(start_call("2"))
    assert gists(said) == "now ivr/open, input 1, prompt 2, answer accepted ivr"
    assert isinstance(said[-1], CommandAnswered)
    assert said[-1].call == CallTold(
        prompt="Your number?", node="number", expects=Expects(min_digits=3, max_digits=5, timeout_s=9.0)
    )


def test_the_way_to_an_agent() -> None:
    session = Session(start_call(call_id="CA1"))
    said = session.hear(press("1"), after_s=20.0)
    assert gists(said) == "input 2, prompt 3, contact.requested, now waiting/open, answer accepted waiting"
    request = next(one for one in said if isinstance(one, RequestContact))
    assert (request.pool, request.queue, request.channel, request.priority) == ("p", "q", Channel.VOICE, 3)
    assert request.age_s == 0.0, "the time in the flow is no wait"
    assert request.attributes == last(session).attributes == {"call_id": "CA1", "topic": "talk"}
    assert isinstance(said[-1], CommandAnswered)
    assert said[-1].call == CallTold(prompt="Please wait.", node="desk", queue="q")
    session.hear(queued())
    waits = answer(session, press(None, "p2"))
    assert (waits.status, waits.position, waits.estimated_wait_s) == ("waiting", 2, 40.0)
    assert waits.call == CallTold(node="desk", queue="q")
    session.hear(offered())
    waits = answer(session, press(None, "p3"))
    assert (waits.status, waits.position) == ("waiting", None)
    session.hear(assigned())
    served = answer(session, press(None, "p4"))
    assert (served.status, served.agent_id) == ("active", "a1")
    session.hear(ended())
    over = answer(session, press(None, "p5"))
    assert (over.status, over.reason, over.call) == ("closed", "agent", CallTold(node="desk"))


def test_the_way_to_the_end_of_the_flow() -> None:
    session = Session(start_call(), press("2", "p1"))
    said = session.hear(press("1234#", "p2"))
    assert gists(said) == (
        "input 4, prompt 5, conversation.closed 6, now closed/bot_resolved, answer accepted closed"
    )
    assert last(session).attributes == {"topic": "number", "number": "1234"}
    assert last(session).reason == "ivr"
    assert isinstance(said[-1], CommandAnswered)
    assert said[-1].call == CallTold(prompt="Number 1234, numberbye.", node="bye")


def test_what_the_flow_learns_is_told_at_once() -> None:
    session = Session(start_call())
    assert gists(session.hear(press("2", "p1"))) == "input 2, prompt 3, now ivr/open, answer accepted ivr"
    assert last(session).attributes == {"topic": "number"}
    assert "now" not in gists(session.hear(press("7", "p2")))


def test_wrong_input_and_silence_are_borne_so_often() -> None:
    session = Session(start_call())
    assert gists(session.hear(press("9", "p1"))) == "input 2, prompt 3, answer accepted ivr"
    assert session.state.call is not None
    assert session.state.call.prompt == "No. One or two?"
    assert gists(session.hear(press("", "p2"))) == (
        "prompt 4, contact.requested, now waiting/open, answer accepted waiting"
    )
    assert session.state.call.prompt == "Sorry. Please wait."


@pytest.mark.parametrize("said", ["9", ""])
def test_a_repeat_does_not_count_again(said: str) -> None:
    session = Session(start_call())
    first = told(session, press(said, "p1"))
    assert gists(session.hear(press(said, "p1"))) == "answer accepted ivr"
    assert told(session, press(said, "p1")) == first
    assert told(session, press("1", "p2")).prompt == "Please wait."
    assert told(session, press("1", "p2")).prompt == "Please wait."
    assert gists(session.said).count("contact.requested") == 1


def test_the_last_prompt_is_told_again_to_who_did_not_get_it() -> None:
    session = Session(start_call("2"), press("1234", "p1"))
    again = answer(session, press("1234", "p1"))
    assert (again.status, again.call) == ("closed", CallTold(prompt="Number 1234, numberbye.", node="bye"))


def test_a_beginning_that_comes_again_is_told_the_same() -> None:
    session = Session(start_call())
    assert told(session, start_call()) == CallTold(prompt="Hello. One or two?", node="menu", expects=MENU)


def test_who_asks_how_it_stands_hears_the_prompt_again_and_changes_nothing() -> None:
    session = Session(start_call())
    assert gists(session.hear(press(None))) == "answer accepted ivr"
    assert told(session, press(None)) == CallTold(prompt="Hello. One or two?", node="menu", expects=MENU)


@pytest.mark.parametrize("history", [WAITING, [*WAITING, offered()], ACTIVE])
def test_what_is_pressed_after_the_flow_is_noted_and_changes_nothing(
    history: Commands,
) -> None:
    session = Session(*history)
    where = session.where
    assert gists(session.hear(press("5", "late"))).startswith("input ")
    assert gists(session.hear(press("", "later"))).startswith("answer accepted")
    assert session.where == where


HANGUPS: list[tuple[Commands, str, str]] = [
    ([start_call()], "gone", "bot_resolved"),
    (WAITING, "closed", "abandoned"),
    ([*WAITING, offered()], "closed", "abandoned"),
    (ACTIVE, "wrapping", "open"),
]


@pytest.mark.parametrize(("history", "then", "status"), HANGUPS)
def test_a_hangup(history: Commands, then: str, status: str) -> None:
    session = Session(*history)
    assert "answer accepted" in gists(session.hear(end()))
    assert (session.where, last(session).status.value) == (then, status)
    if then == "wrapping":
        assert answer(session, press("1", "late")).status == "closed"
        session.hear(ended())
        assert session.where == "gone", "nobody is left who would hear of it"


ENDS = [
    (ended("canceled", "closed_hours"), "refused", "closed_hours"),
    (ended("canceled", "refused"), "refused", "refused"),
    (ended("canceled", "expired"), "refused", "expired"),
    (ended("canceled", "overflow"), "refused", "overflow"),
    (ended("completed", "agent"), "closed", "agent"),
]


@pytest.mark.parametrize(("news", "status", "reason"), ENDS)
def test_who_is_on_the_line_hears_how_it_ended(news: ConversationCommand, status: str, reason: str) -> None:
    session = Session(*WAITING, news)
    assert session.where == "closed"
    over = answer(session, press(None, "p2"))
    assert (over.status, over.reason) == (status, reason)
    assert gists(session.hear(end())) == "answer conflict closed"
    assert session.where == "gone"


def test_a_call_that_is_over_waits_for_its_caller_for_a_while() -> None:
    session = Session(*WAITING, ended())
    session.hear(Tick(), 29.0)
    assert session.where == "closed"
    session.hear(Tick(), 1.0)
    assert session.where == "gone"


SILENCES: list[tuple[Commands, float, str]] = [
    ([start_call()], 30.0, "closed/expired"),
    (WAITING, 600.0, "closed/abandoned"),
    ([start_call(), connect()], 600.0, "closed/abandoned"),
    ([*WAITING, offered()], 600.0, "closed/abandoned"),
    (ACTIVE, 9_000.0, "wrapping/open"),
    ([*ACTIVE, requeued(), press(None, "p2")], 600.0, "closed/abandoned"),
    ([*ACTIVE, requeued()], 600.0, "closed/abandoned"),
]


@pytest.mark.parametrize(("history", "after_s", "then"), SILENCES)
def test_silence_goes_on_for_too_long(history: Commands, after_s: float, then: str) -> None:
    session = Session(*history)
    assert session.hear(Tick(), after_s - 0.001) == []
    assert then in gists(session.hear(Tick(), 0.001))


def test_asking_how_it_stands_is_no_silence() -> None:
    session = Session(*WAITING)
    for n in range(5):
        assert session.hear(Tick(), 599.0) == []
        session.hear(press(None, f"p{n}"))
    assert session.where == "waiting"


def test_neither_agent_nor_caller_need_type_while_they_speak() -> None:
    session = Session(*ACTIVE)
    assert session.hear(Tick(), 8_000.0) == []
    session.hear(press("5", "p2"))
    assert session.hear(Tick(), 8_000.0) == []
    assert session.where == "active"


def test_whose_agent_is_not_reached_waits_again_with_the_age() -> None:
    session = Session(*ACTIVE[:-1])
    session.hear(ACTIVE[-1], after_s=20.0)
    assert gists(session.hear(unreached("other"))) == "answer accepted active", "of who has it no more"
    said = session.hear(unreached(), after_s=5.0)
    wanted = "contact.cancel, contact.requested, now waiting/open, answer accepted waiting"
    assert gists(said) == wanted
    request = next(one for one in said if isinstance(one, RequestContact))
    assert (request.queue, request.age_s, request.left_out) == ("q", 25.0, ("a1",))
    assert isinstance(said[-1], CommandAnswered)
    assert said[-1].call == CallTold(prompt="Please wait.", node="desk", queue="q")
    assert gists(session.hear(unreached())) == "answer accepted waiting", "once"


def test_a_transfer_takes_what_was_learned_along() -> None:
    session = Session(*ACTIVE)
    session.hear(queued())
    said = session.hear(transferred())
    request = next(one for one in said if isinstance(one, RequestContact))
    assert (request.channel, request.attributes) == (Channel.VOICE, {"topic": "talk"})
    assert answer(session, press(None, "p2")).position is None, "the place was another queue's"


def test_a_call_that_asks_for_an_agent_leaves_its_flow() -> None:
    session = Session(start_call(), connect())
    assert session.where == "waiting"
    assert answer(session, press("2", "p1")).status == "waiting"


def test_a_lost_socket_is_not_a_hangup() -> None:
    session = Session(start_call(), socket(), socket(connected=False))
    assert session.hear(Tick(), 29.0) == []
    assert session.where == "ivr"


def test_a_message_in_a_flow_says_where_it_belongs() -> None:
    assert gists(Session(start_call()).hear(post())) == "answer conflict in_ivr"


def test_a_flow_whose_queue_is_nowhere_is_poison() -> None:
    with pytest.raises(ValueError, match="desk"):
        Session().hear(structs.replace(start_call(), homes={}))


def test_a_call_keeps_its_flow_through_its_snapshot() -> None:
    session = Session(start_call(), press("9", "p1"))
    loaded = DECIDER.unpack(DECIDER.pack(session.state))
    assert loaded == session.state
    assert loaded.call is not None
    assert loaded.call.flow == FLOW
    fresh = DECIDER.new(SESSION, PARTITION, Life.ABSENT)
    assert isinstance(fresh, Conversation)
    assert fresh.call is None
