"""Replays of a pool's log: what was, what must hold, and where they begin."""

from collections.abc import Collection, Iterator

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from schemas.audit import RoutingEvent, decode_audit
from schemas.codec import Tick
from schemas.routing import RoutingCommand
from schemas.states import Channel, ContactState
from schemas.topics import CONVERSATION_COMMANDS, ROUTING_EVENTS
from streams.harness.decider import Life
from streams.harness.partition import Capture
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, Watermark, chunks
from streams.insight.checkpoint import Changelog, Checkpoint
from streams.insight.findings import Report
from streams.insight.history import History
from streams.insight.measures import Terms
from streams.insight.meter import Meter, measure
from streams.insight.verification import Verification
from streams.insight.words import command_words, decisions
from streams.routing.state import Contact
from tests.streams.conversations.walks import STEPS, Numbers
from tests.streams.insight.logs import Recorder, heard, recorded, replayed_whole
from tests.streams.routing.pools import (
    DECIDER,
    POOL,
    TWO,
    accept,
    agent,
    cancel,
    complete,
    config,
    contact,
    needs,
    online,
    request,
)
from tests.streams.routing.walks import walk_pool

STORY: list[tuple[float, RoutingCommand]] = [
    (0, TWO),
    (1, online("a1")),
    (2, online("a2")),
    (3, request(1)),
    (4, accept("a1", 1)),
    (5, request(2)),
    (6, accept("a2", 2)),
    (7, request(3)),
    (8, Tick()),
    (9, cancel(1)),
    (12, complete("a1", 1)),
    (13, accept("a1", 3)),
    (20, Tick()),
    (30, complete("a1", 3)),
    (31, complete("a2", 2)),
    (32, Tick()),
]


@pytest.fixture
def story() -> Recorder:
    return recorded(*STORY)


def test_a_whole_log_is_decided_as_it_was_and_all_holds(story: Recorder) -> None:
    report, steps, history = replayed_whole(story.log)
    assert report, str(report)
    assert [sent for step in steps for sent in step.sent] == story.sent
    assert DECIDER.pack(history.pools()[POOL]) == DECIDER.pack(story.partition.hot[POOL].state)


def test_any_past_state_is_rebuilt(story: Recorder) -> None:
    pool = replayed_whole(story.log[:10])[2].pools()[POOL]
    states = {name: (one.state, one.agent_id) for name, one in pool.contacts.items()}
    assert states == {
        contact(1): (ContactState.WRAPPING, "a1"),
        contact(2): (ContactState.ASSIGNED, "a2"),
        contact(3): (ContactState.PENDING, ""),
    }


def test_decisions_are_told_in_words(story: Recorder) -> None:
    steps = replayed_whole(story.log)[1]
    assert (
        command_words(steps[3].command) == f"contact.requested contact={contact(1)} queue=q chat priority=5"
    )
    assert list(decisions(steps[3], POOL, "")) == [
        f"enqueued {contact(1)} in q",
        f"offered {contact(1)} in q agent a1 (longest_idle; holds 1 of 1; epoch 1)",
    ]
    assert list(decisions(steps[10], "", contact(3))) == [
        f"offered {contact(3)} in q agent a1 (next_in_line; holds 1 of 1; epoch 1)"
    ]


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_every_walk_holds_and_is_measured_alike(steps: Numbers) -> None:
    walk = walk_pool(steps)
    report, found, _ = replayed_whole(walk.log)
    assert report, str(report)
    live, again = Meter(Terms()), Meter(Terms())
    for event in audit(walk.sent):
        live.hear(event)
    for step in found:
        for event in step.events:
            again.hear(event)
    assert again.measured() == live.measured()
    counted = live.measured().queues
    assert all(
        one.queued == one.answered + one.abandoned + one.flowed_out + one.canceled + one.waiting
        for one in counted.values()
    )


def audit(sent: list[Sent]) -> Iterator[RoutingEvent]:
    yield from (decode_audit(one.value or b"") for one in sent if one.topic == ROUTING_EVENTS.name)


def changelog(*captures: Capture, wanted: set[str], begin: int = 0) -> Changelog:
    """What checkpoints wrote, one after the other."""
    log = Changelog(begin, wanted)
    for number, (mark, snapshots) in enumerate(captures):
        name = f"{number:013d}-x"
        for snapshot in snapshots:
            for key, value in chunks(snapshot.entity, name, 0, snapshot):
                log.hear(key, value)
        for key, value in chunks(WATERMARK, name, 0, mark):
            log.hear(key, value)
    return log


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_from_a_checkpoint_on_everything_is_the_same(steps: Numbers) -> None:
    walk = walk_pool(steps)
    half = len(walk.log) // 2
    first = replayed_whole(walk.log[:half])[2].partition
    before = len([one for record in replayed_whole(walk.log[:half])[1] for one in record.sent])
    start = changelog(first.capture(), wanted=set(first.hot)).best
    assert start is not None
    history = History(0, report := Report(), half, start)
    found = heard(history, walk.log[half:])
    assert report, str(report)
    assert [sent for step in found for sent in step.sent] == walk.sent[before:]
    live = {name for name, one in walk.partition.hot.items() if one.life is Life.LIVE}
    assert set(history.pools()) == live


def test_the_oldest_checkpoint_that_serves_is_taken(story: Recorder) -> None:
    captures = [replayed_whole(story.log[:cut])[2].partition.capture() for cut in (2, 6, 9)]
    assert _begins(changelog(*captures, wanted={POOL})) == 2
    assert _begins(changelog(*captures, wanted={POOL}, begin=3)) == 6
    assert _begins(changelog(*captures, wanted={POOL, "other"}, begin=3)) == 9
    assert changelog(*captures, wanted={POOL}, begin=10).best is None
    compacted = Capture(captures[0].watermark, [])
    assert _begins(changelog(compacted, captures[1], wanted={POOL})) == 6


def _begins(log: Changelog) -> int:
    assert log.best is not None
    return log.best.mark.next_offset


def test_a_deleted_copy_does_not_count(story: Recorder) -> None:
    mark, (snapshot,) = replayed_whole(story.log[:6])[2].partition.capture()
    log = Changelog(0, {POOL})
    for key, value in chunks(snapshot.entity, "0-x", 0, snapshot):
        log.hear(key, value)
        log.hear(key, None)
    for key, value in chunks(WATERMARK, "0-x", 0, mark):
        log.hear(key, value)
    assert log.best == Checkpoint(mark, {}, whole=False)
    assert not log.serves


def test_without_a_beginning_a_pool_begins_with_its_next_configuration(story: Recorder) -> None:
    story.hear(40, config(agent("a1"), version=2))
    story.hear(41, online("a1"))
    story.hear(42, request(4))
    history = History(0, report := Report(), 3)
    steps = heard(history, story.log[3:])
    assert history.is_unknown
    assert report, str(report)
    assert [step.record.offset for step in steps if step.pool] == [16, 17, 18]
    assert list(history.pools()[POOL].contacts) == [contact(4)]


def test_a_hole_in_the_log_is_reported(story: Recorder) -> None:
    report = replayed_whole([*story.log[:4], *story.log[5:]])[0]
    assert report.wrong["hole in the log"] == ["4 to 4"]


def test_a_record_that_is_none_is_a_dead_letter(story: Recorder) -> None:
    bad = replace(story.log[3], value=b"{")
    report, steps, _ = replayed_whole([*story.log[:3], bad])
    assert (report.counts["dead letters"], steps[-1].command) == (1, None)


def _broken(story: Recorder, at: int, change: str, value: object) -> Report:
    """The replay's report where a contact that waits is changed behind everybody's back."""
    history = History(0, report := Report())
    heard(history, story.log[:at])
    pool = history.pools()[POOL]
    waiting: Contact = next(one for one in pool.contacts.values() if one.state is ContactState.PENDING)
    setattr(waiting, change, value)
    heard(history, story.log[at:])
    return report


def test_an_age_that_is_not_kept_is_reported(story: Recorder) -> None:
    assert "age not kept" in _broken(story, 9, "enqueued_ms", 1).wrong


def test_who_waits_for_a_free_agent_is_reported() -> None:
    """The contact waits for what nobody has; then it needs it no more, and nobody notices."""
    story = recorded((0, TWO), (1, online("a1")), (2, request(1, skills=needs(billing=3))), (3, Tick()))
    story.hear(4, online("a1", "s2"))
    story.hear(5, Tick())
    assert replayed_whole(story.log)[0]
    assert "waiting for a free agent" in _broken(story, 4, "skills", ()).wrong


def test_a_call_waits_for_an_agent_who_holds_a_chat() -> None:
    both = config(agent("a1", 3, channels=(Channel.CHAT, Channel.VOICE)))
    story = recorded((0, both), (1, online("a1")), (2, request(1)), (3, accept("a1", 1)))
    story.hear(4, request(2, channel=Channel.VOICE))
    story.hear(5, Tick())
    report = replayed_whole(story.log)[0]
    assert report, str(report)


def _verified(story: Recorder, written: list[Sent], cut: Collection[tuple[str, int]] = ()) -> Report:
    verification = Verification(report := Report(), "routing.commands")
    verification.expect(sent for step in replayed_whole(story.log)[1] for sent in step.sent)
    verification.decided(0, range(len(story.log)))
    for one in written:
        verification.find(one)
    verification.finish(cut)
    return report


def _letter(place: str) -> Sent:
    told = [("id", place.encode()), ("cause", place.encode())]
    return Sent("routing.commands.dlq", 0, b"", b"{", told)


def test_topics_that_hold_what_was_decided_are_fine(story: Recorder) -> None:
    report = _verified(story, [*story.sent, story.sent[4]])
    assert report, str(report)
    assert report.counts["doubled (equal)"] == 1


def test_outputs_of_later_commands_are_not_compared(story: Recorder) -> None:
    later = Recorder()
    for seconds, command in [*STORY, (40.0, request(9))]:
        later.hear(seconds, command)
    assert _verified(story, later.sent)


def test_outputs_of_another_partition_in_a_topic_of_many_are_not_compared(story: Recorder) -> None:
    told = next(one for one in story.sent if one.topic == CONVERSATION_COMMANDS.name)
    identity = b"routing.commands:7:3:0:p:0"
    others = told._replace(headers=[("id", identity), ("cause", identity)])
    assert _verified(story, [*story.sent, others])
    assert _verified(story, [*story.sent, _letter("routing.commands:7:3")])


def test_neither_is_the_dead_letter_of_a_later_command(story: Recorder) -> None:
    later = len(story.log)
    for place in (f"routing.commands:0:{later}", f"routing.commands:0:{later}:9000:agent:a1"):
        assert _verified(story, [*story.sent, _letter(place)])
    assert not _verified(story, [*story.sent, _letter(f"routing.commands:0:{later - 1}")])


@pytest.mark.parametrize(
    ("damaged", "kind"),
    [
        (lambda sent: [*sent[:5], *sent[6:]], "missing"),
        (lambda sent: [*sent[:5], sent[5]._replace(value=b"{}"), *sent[6:]], "contradictory"),
        (
            lambda sent: [*sent, sent[5]._replace(headers=[("id", b"routing.commands:0:3:0:p:99")])],
            "unexpected",
        ),
    ],
)
def test_topics_that_differ_are_reported(story: Recorder, damaged: object, kind: str) -> None:
    assert callable(damaged)
    assert set(_verified(story, damaged(story.sent)).wrong) == {kind}


def test_what_retention_has_deleted_is_not_missing(story: Recorder) -> None:
    cut = {(one.topic, one.partition) for one in story.sent}
    assert _verified(story, story.sent[8:], cut)
    assert "missing" in _verified(story, story.sent[8:]).wrong
    assert "missing" in _verified(story, [*story.sent[8:12], *story.sent[13:]], cut).wrong


def test_a_watermark_alone_is_a_start_without_pools(story: Recorder) -> None:
    history = History(0, Report(), 2, Checkpoint(Watermark(2, 1, ""), {}, whole=True))
    assert not history.is_unknown
    assert history.pools() == {}


def test_measures_of_the_story(story: Recorder) -> None:
    events = [event for step in replayed_whole(story.log)[1] for event in step.events]
    found = measure(events, Terms()).queues["q"]
    assert (found.queued, found.answered, found.handled) == (3, 3, 3)
    assert found.asa_s == (1 + 1 + 6) / 3
    assert found.aht_s == (8 + 25 + 17) / 3
