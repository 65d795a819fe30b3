"""Callbacks and messages: the place is kept, the time comes, who is not reached is tried again, all ends."""

from msgspec.structs import replace

from schemas.codec import Tick
from schemas.conversation import CommandAnswered, ConsultationChanged, ContactEnded
from schemas.hours import Hours
from schemas.ids import contact_id
from schemas.routing import CancelContact, RequestContact
from schemas.states import ConversationState, Verdict
from tests.streams.conversations.sessions import (
    BEGIN_MS,
    SESSION,
    Session,
    assigned,
    callback,
    connect,
    end,
    ended,
    gists,
    offered,
    post,
    press,
    queued,
    socket,
    start,
    start_call,
)

WAITING = (start(), connect(priority=2), queued())
NIGHT = Hours(name="h", zone="UTC", weekly={"thu": ("09:00-18:00",)})
"""BEGIN_MS is a Tuesday, 22:13:20 UTC: 34 h 46 min 40 s before the opening."""

OPENS_S = 34 * 3600 + 46 * 60 + 40


def requests(session: Session) -> list[RequestContact]:
    return [one for one in session.said if isinstance(one, RequestContact)]


def missed(leg: int, outcome: str = "completed", reason: str = "agent") -> ContactEnded:
    return replace(ended(outcome, reason, leg=leg), disposition="not_reached" if reason == "agent" else "")


def status(session: Session) -> tuple[str, str]:
    changed = [one for one in session.said if isinstance(one, ConsultationChanged)][-1]
    return changed.status.value, changed.reason


def test_in_turn_the_place_is_kept() -> None:
    session = Session(*WAITING)
    session.hear(callback(), after_s=100.0)
    cancel = [one for one in session.said if isinstance(one, CancelContact)]
    assert [(one.contact_id, one.reason) for one in cancel] == [(contact_id(SESSION, 1), "callback")]
    again = requests(session)[-1]
    assert (again.contact_id, again.age_s, again.priority, again.queue) == (f"{SESSION}.2", 100.0, 2, "q")
    assert again.attributes == {"callback": "1", "callback_phone": "+8210"}
    assert gists(session.hear(ended("canceled", "callback"))) == "now waiting/open"
    session.hear(offered(2))
    session.hear(assigned(2))
    assert session.where == "active"


def test_who_waits_for_it_may_be_silent_and_gone_from_the_page() -> None:
    session = Session(*WAITING, socket(), callback(), socket(connected=False))
    assert session.hear(Tick(), after_s=3_600.0) == []
    assert session.where == "waiting"


def test_at_the_chosen_time_with_the_age_of_before() -> None:
    session = Session(*WAITING)
    session.hear(callback(3_600.0), after_s=60.0)
    session.hear(ended("canceled", "callback"))
    assert session.where == "scheduled"
    session.hear(Tick(), after_s=3_539.0)
    assert len(requests(session)) == 1
    session.hear(Tick(), after_s=1.0)
    assert (session.where, requests(session)[-1].age_s) == ("waiting", 60.0)


def test_another_time_may_be_asked_for_and_it_may_be_given_up() -> None:
    session = Session(*WAITING, callback(3_600.0), callback(7_200.0, message_id="later"))
    session.hear(Tick(), after_s=3_700.0)
    assert session.where == "scheduled"
    session.hear(end())
    assert status(session) == ("abandoned", "customer")


def test_a_repeat_is_answered_as_it_was_and_changes_nothing() -> None:
    session = Session(*WAITING, callback())
    (answer,) = session.hear(callback())
    assert isinstance(answer, CommandAnswered)
    assert (answer.verdict, answer.status) == (Verdict.ACCEPTED, "waiting")


def test_who_is_not_reached_is_tried_three_times() -> None:
    session = Session(*WAITING, callback())
    for leg in (2, 3, 4):
        session.hear(assigned(leg))
        session.hear(missed(leg))
        if leg < 4:
            assert session.where == "scheduled"
            session.hear(Tick(), after_s=899.0)
            assert session.where == "scheduled"
            session.hear(Tick(), after_s=1.0)
            assert requests(session)[-1].attributes["callback"] == str(leg)
    assert status(session) == ("expired", "not_reached")


def test_who_is_reached_is_served() -> None:
    session = Session(*WAITING, callback(), assigned(2), ended(leg=2))
    assert status(session)[0] == "completed"


def test_a_queue_that_does_not_take_it_is_asked_again_and_no_try_is_lost() -> None:
    session = Session(*WAITING, callback())
    session.hear(missed(2, "canceled", "closed_hours"))
    assert session.where == "scheduled"
    session.hear(Tick(), after_s=900.0)
    assert requests(session)[-1].attributes["callback"] == "1"


def test_it_expires_in_the_queue_and_before() -> None:
    waits = Session(*WAITING, callback())
    assert gists(waits.hear(Tick(), after_s=259_200.0)).startswith("contact.cancel, conversation.closed")
    assert status(waits) == ("expired", "callback_expired")
    never = Session(start(), callback(hours=Hours(name="h", zone="UTC", weekly={})))
    never.hear(Tick(), after_s=259_199.0)
    assert never.where == "scheduled"
    never.hear(Tick(), after_s=1.0)
    assert status(never) == ("expired", "callback_expired")


def test_a_message_out_of_hours_becomes_a_contact_at_the_opening() -> None:
    session = Session(start(), callback(message="call me", hours=NIGHT))
    assert session.where == "scheduled"
    session.hear(Tick(), after_s=OPENS_S - 1.0)
    assert requests(session) == []
    session.hear(Tick(), after_s=1.0)
    assert requests(session)[-1].attributes["message"] == "call me"


def test_a_chat_that_a_closed_queue_asks_for_a_message_can_leave_one() -> None:
    session = Session(start(), connect())
    said = gists(session.hear(ended("canceled", "message")))
    assert said == "message.wanted 2, now bot/open, answer accepted refused"
    session.hear(callback(message="later please", hours=NIGHT))
    assert session.where == "scheduled"


def test_what_is_written_meanwhile_is_kept() -> None:
    session = Session(*WAITING, callback(3_600.0))
    assert gists(session.hear(post("more"))) == "text 3, answer accepted"
    session.hear(Tick(), after_s=3_500.0)
    assert session.where == "scheduled"


def test_a_call_hangs_up_and_is_called_back_all_the_same() -> None:
    session = Session(start_call(), press(), queued(), callback())
    hung_up = replace(end(), reason="hangup")
    assert gists(session.hear(hung_up)) == "answer accepted"
    assert session.where == "waiting"
    told = session.hear(press(None, "how"))[-1]
    assert isinstance(told, CommandAnswered)
    assert (told.status, told.reason) == (ConversationState.CLOSED.value, "callback")
    session.hear(assigned(2))
    session.hear(Tick(), after_s=8_000.0)
    assert session.where == "active"


def test_the_snapshot_of_it_is_read_again() -> None:
    from tests.streams.conversations.sessions import DECIDER

    session = Session(start(), callback(message="x", hours=NIGHT))
    assert DECIDER.unpack(DECIDER.pack(session.state)) == session.state


def test_begin_is_when_the_hours_say() -> None:
    assert NIGHT.next_open(BEGIN_MS) == BEGIN_MS + OPENS_S * 1000
