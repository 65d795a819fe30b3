"""What holds of every session, whatever it hears."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import given, settings
from msgspec.structs import replace

from schemas.conversation import (
    Asked,
    CommandAnswered,
    ConsultationChanged,
    ConversationEvent,
    KeyedRequest,
    MessageAdded,
    decode_command,
    decode_event,
)
from schemas.keys import OVER, REUSED
from schemas.states import ConversationState
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS
from streams.harness.replay import replay
from streams.harness.sent import Sent
from tests.streams.conversations.sessions import DECIDER, PARTITION
from tests.streams.conversations.walks import (
    KEYED,
    STEPS,
    TICKS,
    Numbers,
    Walk,
    keyed_options,
    poison,
    reloaded,
    session_options,
    walk_sessions,
)


def events(walk: Walk) -> dict[str, list[ConversationEvent]]:
    found: dict[str, list[ConversationEvent]] = defaultdict(list)
    for sent in walk.sent:
        if sent.topic == CONVERSATION_EVENTS.name:
            found[sent.key.decode()].append(decode_event(sent.value or b""))
    return found


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_nothing_raises_and_each_session_is_numbered_and_ends_once(steps: Numbers) -> None:
    walk = walk_sessions(steps)
    assert not poison(walk.sent)
    for said in events(walk).values():
        seqs = [event.seq for event in said if isinstance(event, MessageAdded)]
        changes = [event for event in said if isinstance(event, ConsultationChanged)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert [change.version for change in changes] == list(range(1, len(changes) + 1))
        closings = [e for e in said if isinstance(e, MessageAdded) and e.kind == "conversation.closed"]
        closed = [change.state is ConversationState.CLOSED for change in changes]
        assert len(closings) == (1 if any(closed) else 0)
        assert not any(before and not after for before, after in pairwise(closed))
        assert len({change.status for change in changes if change.ended_at_ms}) <= 1


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_whoever_asks_under_a_key_hears_the_same_and_it_is_done_once(steps: Numbers) -> None:
    walk, known = Walk(DECIDER, PARTITION, keyed_options), dict[str, CommandAnswered]()
    for choice, passed_ms in steps:
        before, was_known = len(walk.sent), dict(known)
        walk.take(choice, passed_ms)
        answers = _answers(walk.sent[before:])
        for one in answers:
            if one.reason in (REUSED, OVER):
                continue
            final = known.setdefault(one.request_id, one)
            assert replace(one, reply_to="") == replace(final, reply_to="") or final.status == "queued"
            known[one.request_id] = one
        asked = decode_command(walk.log[-1].value or b"")
        if isinstance(asked, KeyedRequest) and asked.command.request_id in was_known:
            assert len(answers) == 1
    passed_on = [one.request_id for one in _passed_on(walk.sent)]
    assert len(passed_on) == len(set(passed_on))


def _answers(sent: list[Sent]) -> list[CommandAnswered]:
    found = (decode_event(one.value or b"") for one in sent if one.topic == CONVERSATION_EVENTS.name)
    return [one for one in found if isinstance(one, CommandAnswered) and one.request_id.startswith(KEYED)]


def _passed_on(sent: list[Sent]) -> list[Asked]:
    found = (decode_command(one.value or b"") for one in sent if one.topic == CONVERSATION_COMMANDS.name)
    return [one for one in found if isinstance(one, Asked)]


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_a_tick_leaves_nothing_due(steps: Numbers) -> None:
    walk = Walk(DECIDER, PARTITION, session_options(together=2))
    for choice, passed_ms in steps:
        walk.take(choice, passed_ms)
        assert choice % TICKS or not walk.overdue()


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_replays_are_equal_and_states_survive_their_snapshots(steps: Numbers) -> None:
    walk = walk_sessions(steps)
    assert replay(DECIDER, PARTITION, walk.log) == walk.sent
    assert reloaded(DECIDER, PARTITION, walk.log) == walk.sent
