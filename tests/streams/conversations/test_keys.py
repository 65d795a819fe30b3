"""What an idempotency key stands for: one command, and one answer."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from schemas.answers import RoutingAnswered
from schemas.codec import Tick
from schemas.conversation import Answered, CommandAnswered, ConversationCommand, PostMessage
from schemas.keys import home_of_key, is_key, key_name
from schemas.routing import AcceptOffer
from schemas.states import Verdict
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ROUTING_ANSWERS, ROUTING_COMMANDS
from streams.conversations.keys import MOST_WAITING, Key
from streams.harness.decider import Life, Moment, Output
from tests.streams.conversations.keyed import (
    ACCEPT,
    KEEP_S,
    KEY,
    OTHER,
    POST,
    QUEUED,
    START,
    answered,
    keyed,
    pool_answered,
)
from tests.streams.conversations.sessions import (
    BEGIN_MS,
    DECIDER,
    PARTITION,
    RULES,
    SESSION,
    Session,
    connect,
    end,
    post,
    start,
)


class Remembering:
    """A key that has heard `history`, as its owner keeps it."""

    def __init__(self, *history: ConversationCommand) -> None:
        found = DECIDER.new(KEY, PARTITION, Life.ABSENT)
        assert isinstance(found, Key)
        self.key: Any = found
        self.now_ms = BEGIN_MS
        for command in history:
            self.hear(command)

    def hear(self, command: ConversationCommand, after_s: float = 0.0) -> list[Output]:
        """What is said to one more command, the state having been at rest before it."""
        self.now_ms += int(after_s * 1000)
        self.key = DECIDER.unpack(DECIDER.pack(self.key))
        outputs = RULES.step(self.key, command, Moment(self.now_ms, self.now_ms))
        if RULES.life(self.key) is Life.GONE:
            self.key = DECIDER.new(KEY, PARTITION, Life.GONE)
        return list(outputs)

    def told(self, command: ConversationCommand) -> list[tuple[str, Verdict, str]]:
        """Which gateways hear what."""
        said = [output.record for output in self.hear(command)]
        return [(one.reply_to, one.verdict, one.reason) for one in said if isinstance(one, Answered)]


def test_names_say_where_they_live() -> None:
    assert is_key(KEY)
    assert home_of_key(KEY) == PARTITION
    assert not is_key(SESSION)
    assert DECIDER.new(key_name(5, "ab:c"), 5, Life.ABSENT) == Key(name="key:5:ab:c", partition=5)


def test_the_first_request_is_passed_on_to_its_owner_who_answers_the_key() -> None:
    (passed,) = Remembering().hear(keyed(POST, partition=4))
    assert (passed.topic, passed.partition, passed.key) == (CONVERSATION_COMMANDS, 4, SESSION)
    assert passed.record == replace(POST, reply_to=KEY)
    assert isinstance(passed.record, PostMessage)
    (passed,) = Remembering().hear(keyed(ACCEPT, partition=6))
    assert (passed.topic, passed.partition, passed.key) == (ROUTING_COMMANDS, 6, "p")
    assert passed.record == replace(ACCEPT, reply_to=KEY)


def test_a_repeat_before_the_answer_waits_for_it_wherever_it_came_in() -> None:
    key = Remembering(keyed(POST))
    assert key.hear(keyed(POST, "g2")) == key.hear(keyed(POST, "g2")) == []
    assert key.told(answered(seq=7)) == [("gateway", Verdict.ACCEPTED, ""), ("g2", Verdict.ACCEPTED, "")]


@pytest.mark.parametrize(
    "answer", [answered(seq=3, message_id="m"), answered(Verdict.CONFLICT, reason="closed")]
)
def test_a_repeat_is_answered_as_the_first_one_was_and_done_no_more(answer: CommandAnswered) -> None:
    key = Remembering(keyed(POST), answer)
    (said,) = key.hear(keyed(POST, "g3"))
    assert (said.topic, said.partition, said.key) == (CONVERSATION_EVENTS, PARTITION, SESSION)
    assert said.record == replace(answer, reply_to="g3")


def test_a_pools_answer_goes_where_gateways_hear_of_pools() -> None:
    answer = pool_answered(Verdict.CONFLICT, reason="stale_offer")
    key = Remembering(keyed(ACCEPT), answer)
    (said,) = key.hear(keyed(ACCEPT, "g3"))
    assert (said.topic, said.partition, said.key) == (ROUTING_ANSWERS, PARTITION, "g3")
    assert said.record == replace(answer, reply_to="g3")


@pytest.mark.parametrize("first", [[keyed(POST)], [keyed(POST), answered()], [keyed(POST), QUEUED]])
def test_another_request_under_the_key_is_refused(first: list[ConversationCommand]) -> None:
    assert Remembering(*first).told(OTHER) == [("gateway", Verdict.CONFLICT, "key_reused")]
    other = keyed(ACCEPT, request_id="two")
    (refused,) = Remembering(*first).hear(other)
    assert isinstance(refused.record, RoutingAnswered)
    assert refused.record.reason == "key_reused"


def test_who_is_queued_hears_of_the_agent_and_so_does_who_asks_again() -> None:
    key = Remembering(keyed(POST))
    assert key.told(QUEUED) == [("gateway", Verdict.ACCEPTED, "")]
    assert key.told(keyed(POST, "g2")) == [("g2", Verdict.ACCEPTED, "")]
    assigned = answered(status="assigned", agent_id="a1")
    assert [gateway for gateway, _, _ in key.told(assigned)] == ["gateway", "g2"]
    (said,) = key.hear(keyed(POST, "g3"))
    assert said.record == replace(assigned, reply_to="g3")


def test_what_came_too_late_for_its_owner_leaves_the_key_free() -> None:
    key = Remembering(keyed(POST))
    assert key.told(answered(Verdict.EXPIRED)) == [("gateway", Verdict.EXPIRED, "")]
    assert [output.topic for output in key.hear(OTHER)] == [CONVERSATION_COMMANDS]


def test_what_came_too_late_for_the_key_is_not_taken() -> None:
    late = BEGIN_MS - 1
    key = Remembering()
    assert key.told(keyed(POST, valid_until_ms=late)) == [("gateway", Verdict.EXPIRED, "")]
    assert key.told(keyed(ACCEPT, valid_until_ms=late)) == [("gateway", Verdict.EXPIRED, "")]
    assert RULES.life(key.key) is Life.ABSENT


def test_a_key_is_remembered_for_its_time_and_then_refused_while_its_mark_counts() -> None:
    key = Remembering(keyed(POST, valid_until_ms=0), answered())
    assert RULES.due_ms(key.key) == BEGIN_MS + KEEP_S * 1000
    key.hear(Tick(), KEEP_S - 1)
    assert key.told(keyed(POST, valid_until_ms=0)) == [("gateway", Verdict.ACCEPTED, "")]
    key.hear(Tick(), 1)
    assert key.told(keyed(POST, valid_until_ms=0)) == [("gateway", Verdict.CONFLICT, "key_over")]
    assert RULES.life(key.key) is Life.GONE


def test_of_many_gateways_the_last_ones_are_told() -> None:
    key = Remembering(keyed(POST), *(keyed(POST, f"g{n}") for n in range(20)))
    assert len(key.hear(answered())) == MOST_WAITING


@pytest.mark.parametrize("stray", [answered(request_id="other"), answered(request_id="")])
def test_an_answer_to_nobody_changes_nothing(stray: CommandAnswered) -> None:
    for key in (Remembering(), Remembering(keyed(POST))):
        assert key.hear(stray) == []
        assert key.key.answer is None


@pytest.mark.parametrize("command", [post(), start(), keyed(POST, partition=8)])
def test_what_no_key_can_pass_on_is_poison(command: ConversationCommand) -> None:
    with pytest.raises(ValueError, match=r"key|partition"):
        Remembering().hear(command)


@pytest.mark.parametrize("command", [keyed(POST), answered(), pool_answered()])
def test_what_is_for_a_key_is_poison_for_a_session(command: ConversationCommand) -> None:
    with pytest.raises(ValueError, match="to a session"):
        Session(start()).hear(command)


@pytest.mark.parametrize(
    ("history", "command"),
    [([], START), ([start()], POST), ([start(), end()], POST), ([start()], connect()), ([], connect())],
)
def test_a_session_answers_the_key_that_asks(
    history: list[ConversationCommand], command: ConversationCommand
) -> None:
    asked: Any = replace(command, reply_to=KEY, request_id="one")
    session = Session(*history)
    outputs = RULES.step(session.state, asked, Moment(BEGIN_MS, BEGIN_MS))
    answers = [one for one in outputs if isinstance(one.record, CommandAnswered)]
    assert all(one.topic is CONVERSATION_COMMANDS and one.key == KEY for one in answers)
    assert {one.partition for one in answers} <= {PARTITION}
    assert len(answers) == (0 if history and command == connect() else 1)


def test_records_hold_any_clients_command() -> None:
    for command in (START, POST, ACCEPT, connect(), end()):
        record = keyed(command)
        assert DECIDER.decode(msgspec.json.encode(record)) == record
    assert isinstance(keyed(ACCEPT).command, AcceptOffer)
