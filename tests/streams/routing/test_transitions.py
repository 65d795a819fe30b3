"""A contact in every state meets every command: where it stands then, and who is told what."""

import pytest

from tests.streams.routing.pools import COMMANDS, HISTORIES, Desk, gists

TICK = "30 s"
TABLE = [
    ("unknown", "request", "reserved a1", "a1: offer.made, contact.offered"),
    ("unknown", "accept", "over", "a1: stale_offer"),
    ("unknown", "stale accept", "over", "a1: stale_offer"),
    ("unknown", "reject", "over", "a1: stale_offer"),
    ("unknown", "stale reject", "over", "a1: stale_offer"),
    ("unknown", "complete", "over", "a1: not_held"),
    ("unknown", "cancel", "over", "canceled unknown"),
    ("unknown", "forget", "over", ""),
    ("unknown", "agent offline", "over", "a1: offline operator"),
    ("unknown", "removed", "over", "a1: offline removed"),
    ("unknown", "30 s", "over", ""),
    ("pending", "request", "pending", ""),
    ("pending", "accept", "pending", ""),
    ("pending", "stale accept", "pending", ""),
    ("pending", "reject", "pending", ""),
    ("pending", "stale reject", "pending", ""),
    ("pending", "complete", "pending", ""),
    ("pending", "cancel", "over", "canceled customer"),
    ("pending", "forget", "over", ""),
    ("pending", "agent offline", "pending", "a1: offline operator"),
    ("pending", "removed", "pending", ""),
    ("pending", "30 s", "pending", ""),
    ("reserved", "request", "reserved a1", ""),
    ("reserved", "accept", "assigned a1", "a1: assignment.made, contact.assigned"),
    ("reserved", "stale accept", "reserved a1", "a1: stale_offer"),
    ("reserved", "reject", "pending", "a1: offer.ended rejected, contact.requeued"),
    ("reserved", "stale reject", "reserved a1", "a1: stale_offer"),
    ("reserved", "complete", "reserved a1", "a1: not_held"),
    ("reserved", "cancel", "over", "a1: offer.ended rescinded, canceled customer"),
    ("reserved", "forget", "over", "a1: offer.ended conversation_gone"),
    (
        "reserved",
        "agent offline",
        "pending",
        "a1: offer.ended operator, contact.requeued, a1: offline operator",
    ),
    ("reserved", "removed", "pending", "a1: offer.ended removed, contact.requeued, a1: offline removed"),
    ("reserved", "30 s", "pending", "a1: offer.ended timeout, contact.requeued, a1: custom not responding"),
    ("assigned", "request", "assigned a1", ""),
    ("assigned", "accept", "assigned a1", ""),
    ("assigned", "stale accept", "assigned a1", "a1: stale_offer"),
    ("assigned", "reject", "assigned a1", "a1: stale_offer"),
    ("assigned", "stale reject", "assigned a1", "a1: stale_offer"),
    ("assigned", "complete", "over", "a1: assignment.ended completed, completed agent"),
    ("assigned", "cancel", "wrapping a1", "a1: assignment.ended wrapping"),
    ("assigned", "forget", "over", "a1: assignment.ended conversation_gone"),
    (
        "assigned",
        "agent offline",
        "pending",
        "a1: assignment.ended operator, contact.requeued, a1: offline operator",
    ),
    ("assigned", "removed", "pending", "a1: assignment.ended removed, contact.requeued, a1: offline removed"),
    ("assigned", "30 s", "assigned a1", ""),
    ("wrapping", "request", "wrapping a1", ""),
    ("wrapping", "accept", "wrapping a1", "a1: stale_offer"),
    ("wrapping", "stale accept", "wrapping a1", "a1: stale_offer"),
    ("wrapping", "reject", "wrapping a1", "a1: stale_offer"),
    ("wrapping", "stale reject", "wrapping a1", "a1: stale_offer"),
    ("wrapping", "complete", "over", "a1: assignment.ended completed, completed agent"),
    ("wrapping", "cancel", "wrapping a1", ""),
    ("wrapping", "forget", "over", "a1: assignment.ended conversation_gone"),
    ("wrapping", "agent offline", "wrapping a1", "a1: offline operator"),
    ("wrapping", "removed", "wrapping a1", "a1: offline removed"),
    ("wrapping", "30 s", "over", "a1: assignment.ended completed, completed wrap_up_timeout"),
    ("over", "request", "reserved a1", "a1: offer.made, contact.offered"),
    ("over", "accept", "over", "a1: stale_offer"),
    ("over", "stale accept", "over", "a1: stale_offer"),
    ("over", "reject", "over", "a1: stale_offer"),
    ("over", "stale reject", "over", "a1: stale_offer"),
    ("over", "complete", "over", "a1: not_held"),
    ("over", "cancel", "over", "canceled unknown"),
    ("over", "forget", "over", ""),
    ("over", "agent offline", "over", "a1: offline operator"),
    ("over", "removed", "over", "a1: offline removed"),
    ("over", "30 s", "over", ""),
]


def test_the_table_is_whole() -> None:
    every = {(state, command) for state in HISTORIES for command in (*COMMANDS, TICK)}
    assert {row[:2] for row in TABLE} == every


@pytest.mark.parametrize(("state", "command", "then", "said"), TABLE)
def test_a_transition(state: str, command: str, then: str, said: str) -> None:
    desk = Desk(*HISTORIES[state])
    heard = desk.wait(30) if command == TICK else desk.hear(COMMANDS[command])
    assert gists(heard) == said
    assert desk.where(1) == then
    assert desk.gapless()
