"""A made-up log, the same for the same seed: conversations of several years and customers, their erasures in
the middle, and between them records that no row can hold."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.codec import encode
from schemas.conversation import ConsultationChanged, ConversationEvent, ConversationRated, Leg, MessageAdded
from schemas.erasure import CustomerErased, digest
from schemas.ids import session_id
from schemas.states import Channel, ConsultationStatus, ConversationState, Role
from tests.workers.events import NOW_MS, interleaved
from tests.workers.world import PARTITIONS, Given, given

KEY = "the stream's own"
HOUR_MS = 3_600_000
YEAR_MS = 365 * 24 * HOUR_MS
CUSTOMERS = 20
ERASED_EVERY = 4
"""One customer in so many, again and again."""
POISONED_EVERY = 40
"""One record in so many."""
_WORDS = ("안녕하세요", "환불", "hello", 'it\'s "quoted"', "a\tb\\n", "😀", "NULL", "{}")
_BORDERS = (datetime(2026, 10, 1), datetime(2026, 9, 30, 15), datetime(2028, 2, 29), datetime(2025, 1, 1))
"""UTC: begins of a month there and in Seoul, of a 29th of February, of a year."""
_BORDERS_MS = tuple(round(at.replace(tzinfo=UTC).timestamp() * 1000) for at in _BORDERS)


class Part(NamedTuple):
    """What is appended to conversation.events, and then to erasures."""

    events: list[Given]
    erasures: list[Given]


def parts(rng: random.Random, count: int, sessions: int) -> Sequence[Part]:
    """The log in `count` parts of `sessions` conversations each; in later ones, copies of earlier records."""
    made: list[Part] = []
    seen: list[Given] = []
    known: dict[str, list[str]] = {}
    for number in range(count):
        events = _conversations(rng, sessions, known)
        _reorder(rng, events)
        for _ in range(len(events) // POISONED_EVERY):
            events.insert(rng.randrange(len(events)), _poison(rng, number))
        for _ in range(3):  # a replay gives equal records at new offsets
            begin = rng.randrange(max(1, len(seen)))
            events += seen[begin : begin + 50]
        seen += events
        made.append(Part(events, _erasures(rng, number, known)))
    return made


def _conversations(rng: random.Random, count: int, known: dict[str, list[str]]) -> list[Given]:
    said = []
    for number in range(count):
        customer = f"c{rng.randrange(CUSTOMERS)}"
        session = session_id(number % PARTITIONS, _begin_ms(rng), rng.getrandbits(62))
        known.setdefault(customer, []).append(session)
        said.append((number % PARTITIONS, _conversation(rng, session, customer)))
    home = {events[0].session_id: partition for partition, events in said}
    return [given(event, home[event.session_id]) for event in interleaved(rng, [one for _, one in said])]


def _begin_ms(rng: random.Random) -> int:
    """Mostly of these days, some of a year ago, some by a clock that is wrong, some at the end of a month."""
    near = NOW_MS + rng.randrange(48 * HOUR_MS)
    kind = rng.random()
    if kind < 0.1:
        return near - YEAR_MS - rng.randrange(HOUR_MS)
    if kind < 0.2:
        return near + rng.randrange(2 * YEAR_MS)
    if kind < 0.3:
        return rng.choice(_BORDERS_MS) + rng.randrange(-2, 2)
    return near


def _conversation(rng: random.Random, session: str, customer: str) -> list[ConversationEvent]:
    begin_ms = int(session[:8] + session[9:13], 16)
    events: list[ConversationEvent] = []
    last = rng.randrange(1, 6)
    for step in range(1, last + 1):
        events.append(_version(rng, session, customer, step, last, begin_ms))
        events.append(
            MessageAdded(
                session_id=session,
                seq=step,
                message_id=f"m{step}",
                role=rng.choice(list(Role)),
                sender_id=rng.choice(("", "a1")),
                kind=rng.choice(("text", "text", "note")),
                text=" ".join(rng.choices(_WORDS, k=rng.randrange(4))),
                at_ms=begin_ms + step,
            )
        )
    if rng.random() < 0.3:
        rated = ConversationRated(
            session_id=session, rating=rng.randrange(1, 6), comment="👍", at_ms=begin_ms
        )
        events.append(rated)
    return events


def _version(
    rng: random.Random, session: str, customer: str, version: int, last: int, begin_ms: int
) -> ConsultationChanged:
    closed = version == last
    served = {"agent_id": "a1", "pool": "p", "queue": "q"} if rng.random() < 0.5 else {}
    leg = Leg(contact_id=f"{session}.1", pool="p", queue="q", requested_at_ms=begin_ms, agent_id="a1")
    return ConsultationChanged(
        session_id=session,
        version=version,
        customer_id=customer,
        customer_name=f"이름 {customer}" if version > 1 else "",
        phone=f"010-{customer}",
        channel=rng.choice(list(Channel)),
        state=ConversationState.CLOSED if closed else ConversationState.BOT,
        status=ConsultationStatus.COMPLETED if closed else ConsultationStatus.OPEN,
        started_at_ms=begin_ms,
        changed_at_ms=begin_ms + version,
        ended_at_ms=begin_ms + version if closed else 0,
        reason=rng.choice(("", "customer")),
        note=rng.choice(("", "스스로")),
        messages=version,
        synthetic=rng.random() < 0.1,
        legs=(leg,) if served else (),
        attributes={"menu": rng.choice(_WORDS)} if rng.random() < 0.2 else {},
        **served,
    )


def _reorder(rng: random.Random, events: list[Given]) -> None:
    """Neighbours change places, in stretches here and there; but no rating comes before what it is of."""
    for _ in range(len(events) // 100):
        begin = rng.randrange(len(events))
        stretch = events[begin : begin + 20]
        rng.shuffle(stretch)
        stretch.sort(key=lambda one: b"conversation.rated" in (one[2] or b""))
        events[begin : begin + 20] = stretch


def _poison(rng: random.Random, part: int) -> Given:
    session = session_id(part % PARTITIONS, NOW_MS, rng.getrandbits(62))
    good = ConsultationChanged(
        session_id=session,
        version=1,
        customer_id="poisoner",
        channel=Channel.CHAT,
        state=ConversationState.BOT,
        status=ConsultationStatus.OPEN,
        started_at_ms=NOW_MS,
        changed_at_ms=NOW_MS,
    )
    text = MessageAdded(session_id=session, seq=1, message_id="m", role=Role.BOT, text="a\0b", at_ms=NOW_MS)
    value = rng.choice(
        [
            b"",
            b"not json",
            encode(good).replace(b"consultation.changed", b"consultation.lost"),
            encode(good).replace(session.encode(), b"no-session"),
            encode(good).replace(b'"version":1', b'"version":%d' % 2**40),
            encode(text),
        ]
    )
    return part % PARTITIONS, session, value


def _erasures(rng: random.Random, part: int, known: dict[str, list[str]]) -> list[Given]:
    """A customer is erased as of a moment in the middle of theirs; the gateway knew of some sessions."""
    customer = f"c{part * ERASED_EVERY % CUSTOMERS}"
    sessions = [one for n, one in enumerate(known.get(customer, ())) if n == 0 or rng.random() < 0.3]
    at_ms = NOW_MS + rng.randrange(48 * HOUR_MS)
    one = CustomerErased(id=f"e{part}", customer=digest(KEY, customer), at_ms=at_ms, sessions=tuple(sessions))
    return [given(one, 0), (0, "bad", b"no erasure"), given(one, 0)]
