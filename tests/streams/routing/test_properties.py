"""What holds of every pool, whatever it hears."""

from collections import Counter, defaultdict

from hypothesis import given, settings

from schemas.assignments import decode_feed
from schemas.audit import decode_audit
from schemas.topics import AGENT_ASSIGNMENTS, ROUTING_EVENTS
from streams.harness.replay import replay
from tests.faults.checker import Report, check_routing
from tests.faults.logs import Found
from tests.streams.conversations.walks import STEPS, TICKS, Numbers, Walk, poison, reloaded
from tests.streams.routing.naive import free_pairs, unindexed
from tests.streams.routing.pools import DECIDER, POOL
from tests.streams.routing.walks import options, walk_pool


def audit(walk: Walk) -> list[Found]:
    written = [sent for sent in walk.sent if sent.topic == ROUTING_EVENTS.name]
    return [
        Found(sent.topic, sent.partition, offset, 0, sent.key, sent.value, sent.headers)
        for offset, sent in enumerate(written)
    ]


def unmatched(walk: Walk) -> list[tuple[str, str]]:
    """Who waits although an agent is free for it."""
    if POOL not in walk.partition.hot or walk.partition.hot[POOL].state.offers_paused:
        return []
    return free_pairs(walk.partition.hot[POOL].state, walk.partition.clock.at_ms)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_nothing_raises_nobody_holds_too_much_and_feeds_have_no_gap(steps: Numbers) -> None:
    walk = walk_pool(steps)
    assert not poison(walk.sent)
    report = Report()
    check_routing(report, audit(walk))
    assert report, str(report)
    feeds: dict[str, list[int]] = defaultdict(list)
    for sent in walk.sent:
        if sent.topic == AGENT_ASSIGNMENTS.name:
            feeds[sent.key.decode()].append(decode_feed(sent.value or b"").seq)
    events = [decode_audit(one.value or b"").seq for one in audit(walk)]
    feeds["the pool's own"] = [seq for seq in events if seq]  # none before its configuration
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in feeds.values())


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_a_tick_leaves_nothing_due_and_nobody_waiting_for_a_free_agent(steps: Numbers) -> None:
    walk = Walk(DECIDER, 0, options)
    for choice, passed_ms in steps:
        walk.take(choice, passed_ms)
        if choice % TICKS == 0:
            assert not walk.overdue()
            assert not unmatched(walk)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_contact_is_held_by_nobody_twice(steps: Numbers) -> None:
    walk = Walk(DECIDER, 0, options)
    for choice, passed_ms in steps:
        walk.take(choice, passed_ms)
        if POOL in walk.partition.hot:
            pool = walk.partition.hot[POOL].state
            held = Counter(one.contact_id for name in pool.agents for one in pool.held_by(name))
            assert all(count == 1 for count in held.values())


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_a_configuration_loses_no_contact_and_puts_each_in_a_queue_of_its_own(steps: Numbers) -> None:
    walk = Walk(DECIDER, 0, options)
    for choice, passed_ms in steps:
        before = set(walk.partition.hot[POOL].state.contacts) if POOL in walk.partition.hot else set()
        walk.take(choice, passed_ms)
        if b'"config.applied"' in (walk.log[-1].value or b""):
            pool = walk.partition.hot[POOL].state
            assert set(pool.contacts) == before
            for contact in pool.contacts.values():
                queue = pool.queue(contact.queue)
                assert queue is not None
                assert contact.key_ms == contact.enqueued_ms + int(contact.priority * queue.aging_s * 1000)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_everything_is_decided_as_by_looking_at_everything(steps: Numbers) -> None:
    walk = walk_pool(steps)
    with unindexed():
        assert replay(DECIDER, 0, walk.log) == walk.sent


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_replays_are_equal_and_states_survive_their_snapshots(steps: Numbers) -> None:
    walk = walk_pool(steps)
    assert replay(DECIDER, 0, walk.log) == walk.sent
    assert reloaded(DECIDER, 0, walk.log) == walk.sent
