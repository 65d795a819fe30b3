"""How soon agents wrote to whom they had accepted, counted when the contact is over: pure.

Each contact counts once: in the version that first says it is over. None takes that back, so it does not
matter which versions of a batch are stored.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from schemas.conversation import Leg
from schemas.ids import partition_of
from workers.persister.intervals import INTERVAL_MS, add
from workers.persister.rows import Consultation, at

_MARK = '"responded_at_ms"'
_legs = msgspec.json.Decoder(tuple[Leg, ...]).decode


class Place(NamedTuple):
    """What a row is of."""

    begin_at: datetime
    pool: str
    queue: str
    agent_id: str
    channel: str
    partition: int


class Responses(msgspec.Struct):
    """What a row is more by; milliseconds."""

    responded: int = 0
    response_ms: int = 0
    responses: list[int] = []


class Held(NamedTuple):
    """A consultation as it is stored; `legs` is JSON."""

    version: int
    legs: str


def telling(consultations: Iterable[Consultation]) -> list[Consultation]:
    """Those of which a contact may be over that an agent wrote to."""
    return [row for row in consultations if _MARK in row.legs and not row.synthetic]


def count(rows: Iterable[Consultation], held: Mapping[str, Held]) -> dict[Place, Responses]:
    """What the rows say that is not known yet, given what is stored of them."""
    found: dict[Place, Responses] = {}
    for row in rows:
        known = held.get(row.session_id, Held(0, "[]"))
        if row.version <= known.version:
            continue
        over = {leg.contact_id for leg in _legs(known.legs) if leg.ended_at_ms}
        for leg in _legs(row.legs):
            if leg.responded_at_ms and leg.ended_at_ms and leg.contact_id not in over:
                _count(found.setdefault(_place(row, leg), Responses()), leg)
    return found


def columns(counted: Mapping[Place, Responses]) -> Sequence[Sequence[Any]]:
    """Rows of the statement, in the order of the keys. An array of arrays would need equal lengths."""
    return [
        (*place, one.responded, one.response_ms, f"{{{','.join(map(str, one.responses))}}}")
        for place, one in sorted(counted.items())
    ]


def _place(row: Consultation, leg: Leg) -> Place:
    begin_at = at(leg.ended_at_ms // INTERVAL_MS * INTERVAL_MS)
    return Place(begin_at, leg.pool, leg.queue, leg.agent_id, row.channel, partition_of(row.session_id))


def _count(counts: Responses, leg: Leg) -> None:
    """Broker time may run backwards."""
    after_ms = max(0, leg.responded_at_ms - leg.assigned_at_ms)
    counts.responded += 1
    counts.response_ms += after_ms
    add(counts.responses, after_ms)
