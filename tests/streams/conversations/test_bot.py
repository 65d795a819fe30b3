"""The bot's turns within a conversation: each is asked once, answered once, and ends in time."""

from msgspec.structs import replace

from schemas.bot import BotAsked, BotPlan, Memory
from schemas.codec import Tick
from schemas.conversation import ConsultationChanged, MessageAdded
from schemas.routing import RequestContact
from schemas.states import ConversationState
from streams.harness.decider import Life
from tests.streams.conversations.sessions import (
    COMMANDS,
    DECIDER,
    PLAN,
    RULES,
    SESSION,
    Session,
    bot_hands_over,
    bot_says,
    connect,
    end,
    gists,
    post,
    start,
)


def served(plan: BotPlan = PLAN, message: str = "hello") -> Session:
    return Session(start(message, bot=plan, synthetic=True))


def questions(session: Session) -> list[BotAsked]:
    return [said for said in session.said if isinstance(said, BotAsked)]


def entries(session: Session) -> list[tuple[str, str, str]]:
    added = [said for said in session.said if isinstance(said, MessageAdded)]
    return [(one.role.value, one.kind, one.text) for one in added]


def test_a_message_is_asked_with_all_that_an_answer_needs() -> None:
    session = served()
    (asked,) = questions(session)
    assert (asked.session_id, asked.turn, asked.texts, asked.queues) == (
        SESSION,
        1,
        ("hello",),
        ("q", "sales"),
    )
    assert asked.until_ms - asked.asked_ms == 8_000
    assert asked.synthetic


def test_without_a_message_or_a_plan_nobody_is_asked() -> None:
    assert not questions(served(message=""))
    assert not questions(Session(start(), post()))


def test_what_is_written_while_the_bot_thinks_is_one_turn_more() -> None:
    session = served()
    session.hear(post("m1"))
    session.hear(replace(post("m2"), text="more"))
    assert len(questions(session)) == 1
    session.hear(bot_says("hi"))
    assert questions(session)[-1].turn == 2
    assert questions(session)[-1].texts == ("text", "more")
    assert questions(session)[-1].memory == Memory(unsure=1)


def test_an_answer_counts_once_and_for_its_turn_alone() -> None:
    session = served()
    assert gists(session.hear(bot_says("a", "b"))) == "text 2, text 3"
    assert session.hear(bot_says("a", "b")) == []
    session.hear(post("m1"))
    assert session.hear(bot_says("late", turn=1)) == []
    assert session.hear(bot_says("early", turn=3)) == []
    assert gists(session.hear(bot_says("c", turn=2))) == "text 5"


def test_a_hand_over_tells_the_agent_and_not_the_customer() -> None:
    session = served()
    said = session.hear(bot_hands_over("sales"))
    (request,) = [one for one in said if isinstance(one, RequestContact)]
    assert (request.pool, request.queue, request.synthetic) == ("p2", "sales", True)
    assert request.attributes == {
        "order_number": "1",
        "bot_reason": "asked",
        "bot_summary": "wants a person",
    }
    assert entries(session)[1:] == [("bot", "text", "one moment"), ("bot", "note", "wants a person")]
    assert session.state.state is ConversationState.WAITING
    assert session.state.dialogue is None


def test_a_queue_that_it_may_not_name_is_the_first_one() -> None:
    session = served()
    said = session.hear(bot_hands_over("elsewhere"))
    assert [one.queue for one in said if isinstance(one, RequestContact)] == ["q"]


def test_a_silent_bot_hands_over_in_time() -> None:
    session = served()
    due_ms = RULES.due_ms(session.state)
    assert due_ms == session.now_ms + 8_000
    assert session.hear(Tick(), after_s=7.9) == []
    said = session.hear(Tick(), after_s=0.1)
    assert [one.queue for one in said if isinstance(one, RequestContact)] == ["q"]
    assert session.state.attributes == {"bot_reason": "bot_no_answer"}
    assert session.hear(bot_says()) == []


def test_or_says_so_and_is_asked_again() -> None:
    session = served(replace(PLAN, says="Please try again"))
    session.hear(post("m1"))
    session.hear(Tick(), after_s=8)
    assert entries(session)[-1] == ("bot", "text", "Please try again")
    assert session.where == "bot"
    session.hear(post("m2"))
    assert (questions(session)[-1].turn, questions(session)[-1].texts) == (2, ("text",))


def test_an_agent_is_reached_whatever_the_bot_does() -> None:
    session = served()
    session.hear(connect())
    assert session.where == "waiting"
    assert session.hear(bot_hands_over()) == []
    assert session.hear(Tick(), after_s=9) == []


def test_what_it_learns_is_a_version() -> None:
    session = served()
    said = session.hear(bot_says(attributes={"order_number": "7"}))
    assert [dict(one.attributes) for one in said if isinstance(one, ConsultationChanged)] == [
        {"order_number": "7"}
    ]


def test_an_end_and_an_erasure_forget_the_dialogue() -> None:
    for command in (end(), COMMANDS["erase"]):
        session = served()
        session.hear(command)
        assert session.state.dialogue is None
        assert session.hear(bot_says()) == []


def test_it_survives_a_snapshot_in_the_middle() -> None:
    session = served()
    session.hear(post("m1"))
    again = DECIDER.unpack(DECIDER.pack(session.state))
    assert again == session.state
    assert RULES.life(again) is Life.LIVE


OFF = replace(PLAN, off=True)


def test_a_bot_that_is_off_hands_the_first_message_over_at_once() -> None:
    session = served(OFF)
    assert not questions(session)
    (asked,) = [said for said in session.said if isinstance(said, RequestContact)]
    assert (asked.queue, asked.attributes["bot_reason"]) == ("q", "bot_off")
    assert session.state.state is ConversationState.WAITING


def test_one_that_is_turned_off_hands_a_running_dialogue_over_and_is_not_heard_any_more() -> None:
    session = served()
    session.hear(replace(post(), bot_off=True))
    assert session.state.state is ConversationState.WAITING
    assert not session.hear(bot_says())


def test_one_that_is_off_says_what_it_says_when_it_does_not_answer_each_time() -> None:
    session = served(replace(OFF, says="later"))
    session.hear(replace(post(), bot_off=True))
    said = [one for one in session.said if isinstance(one, MessageAdded) and one.text == "later"]
    assert len({one.message_id for one in said}) == 2
    assert session.state.state is ConversationState.BOT
