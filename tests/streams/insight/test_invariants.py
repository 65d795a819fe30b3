"""Each invariant has a damage that it reports."""

import pytest

from schemas.assignments import OfferEnded
from schemas.audit import Decided, RoutingEvent
from schemas.states import Channel
from streams.insight.findings import Report
from streams.insight.invariants import Feeds, Holdings
from tests.streams.insight.events import assigned, canceled, completed, enqueued, event, offered, served

FINE = [*served("c1", "a1", 0, 5, 20, 30), *served("c2", "a1", 30, 35, 40, 45)]
TWO_AT_ONCE = [enqueued(0, "c1"), enqueued(0, "c2"), assigned(1, "c1", "a1"), assigned(2, "c2", "a1")]


def found(events: list[RoutingEvent], complete: bool = True) -> set[str]:
    holdings = Holdings(report := Report(), complete=complete)
    for number, one in enumerate(events):
        holdings.hear(one, number)
    assert report.counts["routing events"] == len(events)
    return set(report.wrong)


def test_nothing_is_wrong_with_a_sound_log() -> None:
    assert not found(FINE)
    assert not found(FINE[2:], complete=False)


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([*FINE[:3], assigned(6, "c1", "a2")], "contact with two agents"),
        (TWO_AT_ONCE, "over capacity"),
        ([enqueued(0, "c"), assigned(1, "c", "a1", held=3, capacity=2)], "over capacity"),
        (FINE[1:], "offered but never enqueued"),
        ([*FINE, offered(50, "c1", "a1")], "offered but never enqueued"),
        (
            [
                *(enqueued(0, "v"), enqueued(0, "c"), assigned(1, "c", "a1", capacity=3)),
                assigned(2, "v", "a1", capacity=3, channel=Channel.VOICE),
            ],
            "a call beside others",
        ),
    ],
)
def test_damage_is_reported(events: list[RoutingEvent], kind: str) -> None:
    assert found(events) == {kind}


@pytest.mark.parametrize("freed", [Decided.REQUEUED, Decided.RELEASED, Decided.COMPLETED])
def test_a_freed_slot_is_free(freed: Decided) -> None:
    taken = TWO_AT_ONCE[:3]
    assert not found([*taken, event(2, freed, "c1", agent_id="a1"), TWO_AT_ONCE[3]])


def test_a_contact_that_is_over_is_with_nobody() -> None:
    assert not found([*TWO_AT_ONCE[:3], canceled(2, "c1", "conversation_gone"), TWO_AT_ONCE[3]])


def test_a_lowered_capacity_takes_nothing_away() -> None:
    events = [enqueued(0, "c1"), enqueued(0, "c2")]
    events += [assigned(1, name, "a1", capacity=2) for name in ("c1", "c2")]
    assert not found([*events, completed(5, "c1", "a1", held=1), completed(6, "c2", "a1")])


def gaps(*seqs: int, complete: bool = True) -> list[str]:
    feeds = Feeds(report := Report(), complete=complete)
    for number, seq in enumerate(seqs):
        feeds.hear("p", OfferEnded(agent_id="a1", seq=seq, contact_id="c", reason="timeout"), number)
    return report.wrong.get("gap in a feed", [])


def test_feeds_have_no_gap() -> None:
    assert not gaps(1, 2, 3)
    assert gaps(1, 3, 4) == ["a1: 3 after 1 at 1"]
    assert gaps(1, 2, 2) == ["a1: 2 after 2 at 2"]
    assert gaps(2, 3) == ["a1: 2 after 0 at 0"]
    assert not gaps(7, 8, complete=False)
