"""Stories of one session: repeats, lateness, silence, and news that crosses its commands."""

import msgspec
import pytest

from schemas.codec import Tick, encode
from schemas.conversation import (
    CommandAnswered,
    ConsultationChanged,
    ConversationCommand,
    MessageAdded,
    Policy,
    PostMessage,
    QueuePosition,
    StartChat,
    decode_command,
)
from schemas.routing import RequestContact, Transfer
from schemas.states import Channel, Role
from streams.conversations.state import MOST_MESSAGE_IDS
from tests.streams.conversations.sessions import (
    BEGIN_MS,
    HISTORIES,
    SESSION,
    Session,
    assigned,
    by_agent,
    connect,
    end,
    ended,
    gists,
    offered,
    post,
    queued,
    requeued,
    socket,
    start,
    transferred,
)

ACTIVE = HISTORIES["active"]


def answer(session: Session, command: ConversationCommand) -> CommandAnswered:
    (found,) = (one for one in session.hear(command) if isinstance(one, CommandAnswered))
    return found


def consultation(session: Session) -> ConsultationChanged:
    return [one for one in session.said if isinstance(one, ConsultationChanged)][-1]


def test_a_start_says_all_that_is_known() -> None:
    said = Session().hear(start(customer_name="Cho", phone="010", channel=Channel.VOICE, synthetic=True))
    found = said[0]
    assert isinstance(found, ConsultationChanged)
    assert (found.customer_id, found.customer_name, found.phone) == ("c", "Cho", "010")
    assert (found.channel, found.synthetic, found.started_at_ms) == (Channel.VOICE, True, BEGIN_MS)
    assert said[1] == MessageAdded(
        session_id=SESSION,
        seq=1,
        message_id=f"{SESSION}.start",
        role=Role.CUSTOMER,
        sender_id="c",
        text="hello",
        at_ms=BEGIN_MS,
    )


def test_a_start_without_message_writes_none() -> None:
    assert gists(Session().hear(start(message=""))) == "now bot/open, answer accepted bot"


def test_a_repeated_message_is_answered_with_its_first_seq_and_written_once() -> None:
    session = Session(start(), post("m1"), post("m2"))
    found = answer(session, post("m1"))
    assert (found.seq, found.message_id) == (2, "m1")
    assert session.state.seq == 3


def test_a_repeat_is_answered_even_after_the_end() -> None:
    session = Session(*ACTIVE, post("m1"), end())
    assert answer(session, post("m1")).seq == 3


def test_only_the_latest_message_ids_are_remembered() -> None:
    session = Session(start(message=""))
    for n in range(MOST_MESSAGE_IDS + 1):
        session.hear(post(f"m{n}"))
    assert len(session.state.message_ids) == MOST_MESSAGE_IDS
    assert answer(session, post("m1")).seq == 2
    assert answer(session, post("m0")).seq == MOST_MESSAGE_IDS + 2


@pytest.mark.parametrize(("late_ms", "verdict"), [(0, "accepted"), (1, "expired")])
def test_a_command_is_refused_after_its_time(late_ms: int, verdict: str) -> None:
    session = Session(start())
    assert answer(session, post(until_ms=session.now_ms - late_ms)).verdict.value == verdict
    assert session.state.seq == 1 + (verdict == "accepted")


def test_a_start_too_late_creates_nothing() -> None:
    session = Session()
    assert gists(session.hear(start(valid_until_ms=BEGIN_MS - 1))) == "answer expired"
    assert session.where == "absent"


def test_nobody_is_answered_who_does_not_wait() -> None:
    quiet = PostMessage(session_id=SESSION, message_id="m", text="text")
    assert gists(Session(start()).hear(quiet)) == "text 2"


def test_the_asker_hears_queued_then_assigned_and_no_more() -> None:
    session = Session(start(), connect())
    first, second = answer(session, queued()), answer(session, assigned())
    assert (first.request_id, first.status, first.position) == ("connect", "queued", 2)
    assert (second.status, second.agent_id, second.agent_name) == ("assigned", "a1", "Ann")
    assert gists(session.hear(requeued())) == "agent.left 3, now waiting/open"
    assert "answer" not in gists(session.hear(assigned(agent="a2")))


def test_who_waits_is_told_the_place_and_the_estimates_each_time() -> None:
    session = Session(start(), connect())
    place = QueuePosition(session_id=SESSION, position=2, estimated_wait_s=40.0, estimated_wait_high_s=90.0)
    answered, told = session.hear(queued())
    assert isinstance(answered, CommandAnswered)
    estimates = answered.estimated_wait_s, answered.estimated_wait_high_s
    assert (answered.position, *estimates) == (2, 40.0, 90.0)
    assert told == place
    assert session.hear(queued()) == [place]  # who asked has had the answer
    session.hear(offered())
    assert "queue.position" not in gists(session.hear(queued()))


STATUSES = [
    ("completed", "agent", "completed"),
    ("canceled", "expired", "expired"),
    ("canceled", "overflow", "overflow"),
    ("canceled", "refused", "refused"),
    ("canceled", "closed_hours", "refused"),
    ("canceled", "whatever", "failed"),
]


@pytest.mark.parametrize(("outcome", "reason", "status"), STATUSES)
def test_how_the_contact_ended_is_how_the_conversation_did(outcome: str, reason: str, status: str) -> None:
    session = Session(start(), connect(), ended(outcome, reason))
    found = consultation(session)
    assert (found.status.value, found.reason) == (status, reason)
    assert [(leg.outcome, leg.reason) for leg in found.legs] == [(outcome, reason)]
    assert session.where == "gone"


def test_the_consultation_tells_its_agent_and_legs() -> None:
    found = consultation(Session(*ACTIVE, ended()))
    assert (found.agent_id, found.pool, found.queue, found.messages) == ("a1", "p", "q", 3)
    (leg,) = found.legs
    assert (leg.contact_id, leg.agent_id, leg.ended_at_ms > 0) == (f"{SESSION}.1", "a1", True)


IDLE = [
    ("bot", 600, "gone", "conversation.closed 2, now closed/expired"),
    ("waiting", 600, "closed", "contact.cancel, conversation.closed 2, now closed/abandoned"),
    ("offered", 600, "closed", "contact.cancel, conversation.closed 2, now closed/abandoned"),
    ("active", 300, "waiting", "contact.cancel, contact.requested, now waiting/open"),
    ("wrapping", 9_999, "wrapping", ""),
    ("closed", 9_999, "closed", ""),
    ("gone", 9_999, "gone", ""),
]


@pytest.mark.parametrize(("state", "after_s", "then", "said"), IDLE)
def test_silence_goes_on_for_too_long(state: str, after_s: float, then: str, said: str) -> None:
    session = Session(*HISTORIES[state])
    assert session.hear(Tick(), after_s - 0.001) == []
    assert gists(session.hear(Tick(), 0.001)) == said
    assert session.where == then


def test_the_customer_of_an_answering_agent_may_be_silent_for_as_long_as_with_the_bot() -> None:
    session = Session(*ACTIVE, by_agent())
    assert session.hear(Tick(), 599) == []
    assert gists(session.hear(Tick(), 1)) == "contact.cancel, customer.left 4, now wrapping/open"


def test_each_message_begins_the_silence_anew() -> None:
    session = Session(start())
    for n in range(5):
        assert session.hear(Tick(), 599) == []
        session.hear(post(f"m{n}"))
    assert session.where == "bot"


def test_an_idle_agent_is_replaced_and_the_late_end_of_the_first_leg_changes_no_more_than_the_leg() -> None:
    session = Session(*ACTIVE)
    session.hear(Tick(), 300)
    assert gists(session.hear(assigned(leg=2, agent="a2"))) == "agent.joined 3, now active/open"
    assert gists(session.hear(by_agent("m1", "a1"))) == "answer conflict not_assigned"
    assert gists(session.hear(ended(leg=1))) == "now active/open"
    assert (session.where, session.state.agent_id) == ("active", "a2")
    assert gists(session.hear(ended(leg=2))) == "conversation.closed 4, now closed/completed"
    assert session.where == "gone"


GRACE = [
    ("bot", "gone", "conversation.closed 2, now closed/bot_resolved"),
    ("waiting", "closed", "contact.cancel, conversation.closed 2, now closed/abandoned"),
    ("offered", "closed", "contact.cancel, conversation.closed 2, now closed/abandoned"),
    ("active", "wrapping", "contact.cancel, customer.left 3, now wrapping/open"),
    ("wrapping", "wrapping", ""),
    ("closed", "closed", ""),
]


@pytest.mark.parametrize(("state", "then", "said"), GRACE)
def test_a_customer_whose_socket_is_lost_has_a_grace(state: str, then: str, said: str) -> None:
    session = Session(*HISTORIES[state], socket(), socket(connected=False))
    assert session.hear(Tick(), 59.999) == []
    assert gists(session.hear(Tick(), 0.001)) == said
    assert session.where == then


@pytest.mark.parametrize(
    "sockets",
    [
        pytest.param([socket("s1"), socket("s2"), socket("s1", connected=False)], id="another one is open"),
        pytest.param([socket("s1"), socket("s1", connected=False), socket("s2")], id="a new one came"),
        pytest.param([socket("s1", connected=False)], id="nobody knew it"),
        pytest.param([], id="none ever"),
    ],
)
def test_a_customer_counts_as_there(sockets: list[ConversationCommand]) -> None:
    assert Session(start(), *sockets).hear(Tick(), 100) == []


def test_a_customer_without_socket_who_writes_is_there() -> None:
    session = Session(start(), socket(), socket(connected=False), post())
    assert session.hear(Tick(), 599) == []


CROSSINGS = [
    pytest.param(
        [start(), connect(), offered(), end(), assigned(), ended("completed")],
        "abandoned",
        id="the end crosses the accept",
    ),
    pytest.param(
        [start(), connect(), end(), offered(), ended("canceled", "customer")],
        "abandoned",
        id="the end crosses the offer",
    ),
    pytest.param(
        [*ACTIVE, end(), requeued(), ended("canceled", "customer")],
        "completed",
        id="the end crosses the agent's loss",
    ),
    pytest.param([*ACTIVE, end(), ended("completed")], "completed", id="the end crosses the completion"),
    pytest.param([*ACTIVE, ended("completed"), end()], "completed", id="ended before the customer ends"),
    pytest.param([*ACTIVE, ended("completed"), ended("canceled")], "completed", id="ended twice"),
    pytest.param(
        [start(), connect(), ended("canceled", "refused"), queued()], "refused", id="ended before queued"
    ),
    pytest.param([*ACTIVE, ended("completed"), start()], "completed", id="a start after the end"),
]


@pytest.mark.parametrize(("commands", "status"), CROSSINGS)
def test_whatever_crosses_it_ends_once(commands: list[ConversationCommand], status: str) -> None:
    session = Session(*commands)
    assert session.where == "gone"
    assert consultation(session).status.value == status
    assert gists(session.said).count("conversation.closed") == 1


def test_news_of_the_wrong_leg_frees_the_slot() -> None:
    assert gists(Session(*ACTIVE).hear(assigned(leg=7))) == "contact.gone"


@pytest.mark.parametrize("command", [connect(pool_partition=8), connect(pool_partition=-1)])
def test_a_partition_that_nobody_has_is_poison(command: ConversationCommand) -> None:
    with pytest.raises(ValueError, match="partition"):
        Session(start()).hear(command)


@pytest.mark.parametrize(
    "command",
    [
        connect(pool_partition=-1),
        connect(priority=2**64),
        StartChat(session_id=SESSION, customer_id="c", policy=Policy(customer_idle_s=1e300)),
        StartChat(session_id=SESSION, customer_id="c", message="a\x00b"),
        PostMessage(session_id=SESSION, message_id="m", text="a\x00b"),
    ],
)
def test_what_no_snapshot_or_table_could_hold_is_no_command(command: ConversationCommand) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_command(encode(command))


def test_endless_times_are_times_that_never_come() -> None:
    policy = Policy(customer_idle_s=1e300, agent_idle_s=-5.0, customer_grace_s=1e300)
    session = Session(StartChat(session_id=SESSION, customer_id="c", policy=policy))
    assert session.hear(Tick(), 1e8) == []


def test_a_contact_that_overflowed_is_told_of_under_its_new_queue() -> None:
    session = Session(start(), connect())
    (changed,) = [
        one for one in session.hear(queued(queue="overflow")) if isinstance(one, ConsultationChanged)
    ]
    assert changed.queue == session.state.legs[0].queue == "overflow"


def test_a_transfer_asks_elsewhere_with_the_age_and_all_that_was_said() -> None:
    session = Session(*HISTORIES["active"])
    said = session.hear(transferred(to_agent="a2"), after_s=40.0)
    request = next(one for one in said if isinstance(one, RequestContact))
    assert (request.pool, request.queue, request.age_s) == ("p2", "sales", 40.0)
    assert (request.preferred_agent, request.preferred_s, request.left_out) == ("a2", 30.0, ("a1",))
    assert request.transfer == Transfer(f"{SESSION}.1", "a1", "knows it all")
    session.hear(assigned(2, "a2"))
    session.hear(ended("completed", "transferred"))
    assert session.where == "active"
    changed = consultation(session)
    assert [(leg.outcome, leg.linked_to) for leg in changed.legs] == [
        ("completed", ""),
        ("", f"{SESSION}.1"),
    ]


def test_who_transfers_again_keeps_the_first_age() -> None:
    session = Session(*HISTORIES["active"])
    session.hear(transferred(), after_s=40.0)
    session.hear(assigned(2, "a2"))
    said = session.hear(transferred(2), after_s=5.0)
    assert next(one.age_s for one in said if isinstance(one, RequestContact)) == 45.0


def test_when_the_agent_first_wrote_is_told_with_the_next_version() -> None:
    session = Session(*ACTIVE)
    joined_ms = session.now_ms
    session.hear(post("from the customer"), 1.0)
    session.hear(by_agent("first"), 2.0)
    session.hear(by_agent("second"), 4.0)
    session.hear(end(), 8.0)
    (leg,) = consultation(session).legs
    assert (leg.assigned_at_ms, leg.responded_at_ms) == (joined_ms, joined_ms + 3_000)


def test_an_agent_who_takes_over_from_a_lost_one_writes_first_anew() -> None:
    session = Session(*ACTIVE, by_agent("first"), requeued())
    assert consultation(session).legs[0].responded_at_ms == 0
    session.hear(assigned(agent="a2"), 5.0)
    session.hear(by_agent("second", "a2"), 1.0)
    session.hear(end(), 1.0)
    (leg,) = consultation(session).legs
    assert (leg.agent_id, leg.responded_at_ms - leg.assigned_at_ms) == ("a2", 1_000)
