"""Compares what was answered 200 with what history has: nothing lost, doubled or out of order. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from loadgen.journal import Entry
from schemas.states import ConsultationStatus


class Stored(msgspec.Struct, kw_only=True, gc=False):
    """One message as history has it."""

    seq: int
    message_id: str = ""


class Item(msgspec.Struct, kw_only=True, gc=False):
    """One consultation as history has it."""

    session_id: str
    status: str
    messages: list[Stored] = []


class History(msgspec.Struct, kw_only=True, gc=False):
    """200 of /consultation/history"""

    items: list[Item]


class Findings(NamedTuple):
    """How many things are wrong, and a line on each."""

    lost: int = 0
    doubled: int = 0
    gaps: int = 0
    unsure: int = 0
    """Messages answered 200 before the verdict (`seq` null) that are not stored: perhaps refused later."""
    lines: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing is wrong."""
        return not (self.lost or self.doubled or self.gaps)


def terminal(items: Iterable[Item]) -> bool:
    """There is a consultation and it is in a terminal state."""
    states = [item.status for item in items]
    return bool(states) and ConsultationStatus.OPEN not in states


def compare(entry: Entry, items: list[Item]) -> Findings:
    """What history misses of one contact, has twice, or has not numbered 1, 2, 3, …"""
    who = entry.session_id
    if not items:
        return Findings(lost=1, lines=(f"{who}: no consultation",))
    lost = [f"{who}: still {item.status}" for item in items if not terminal([item])]
    doubled = [f"{who}: {len(items)} consultations"] if len(items) > 1 else []
    messages = items[0].messages
    stored = {message.message_id: message.seq for message in messages}
    lost += _missing(entry, stored)
    unsure = sum(seq is None and one not in stored for one, seq in entry.accepted)
    doubled += _repeated(who, messages)
    numbers = sorted({message.seq for message in messages})
    gaps = [] if numbers == list(range(1, len(numbers) + 1)) else [f"{who}: seq {numbers}"]
    return Findings(len(lost), len(doubled), len(gaps), unsure, (*lost, *doubled, *gaps))


def total(findings: Iterable[Findings]) -> Findings:
    """All of them together."""
    every = list(findings)
    return Findings(
        sum(one.lost for one in every),
        sum(one.doubled for one in every),
        sum(one.gaps for one in every),
        sum(one.unsure for one in every),
        tuple(line for one in every for line in one.lines),
    )


def _missing(entry: Entry, stored: dict[str, int]) -> list[str]:
    return [
        f"{entry.session_id}: message {one} is {stored.get(one, 'missing')}, was {seq}"
        for one, seq in entry.accepted
        if seq is not None and stored.get(one) != seq
    ]


def _repeated(who: str, messages: list[Stored]) -> list[str]:
    ids = Counter(message.message_id for message in messages if message.message_id)
    numbers = Counter(message.seq for message in messages)
    return [f"{who}: message {one} stands {times} times" for one, times in ids.items() if times > 1] + [
        f"{who}: seq {one} stands {times} times" for one, times in numbers.items() if times > 1
    ]
