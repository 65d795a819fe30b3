"""What bench-persist stores: conversations side by side, of each six messages and two versions."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from schemas.codec import encode, type_of
from schemas.conversation import ConsultationChanged, Leg, MessageAdded
from schemas.envelope import Headers, headers
from schemas.ids import session_id
from schemas.states import Channel, ConsultationStatus, ConversationState, Role
from schemas.topics import CONVERSATION_COMMANDS

MESSAGES = 6
RECORDS_A_SESSION = MESSAGES + 2
ROWS_A_SESSION = MESSAGES + 1
"""In chat_messages and consultations; customers come on top."""

SESSIONS_A_CUSTOMER = 4
ALIVE = 500
"""Conversations of one partition that go on at the same time."""

_SAID = (
    "주문한 상품이 아직 도착하지 않았어요. 배송 상태를 확인해 주실 수 있나요?",
    "Hello, I would like to change the address of my order before it is sent, please.",
    "환불은 보통 영업일 기준 3일에서 5일 정도 걸립니다. 잠시만 기다려 주세요.",
    "Thank you. I have found the order, and the new address stands in it now.",
)


def month_start_ms() -> int:
    """Unix milliseconds, so that all sessions have a partition of their month."""
    return int(datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


Event = MessageAdded | ConsultationChanged


def records(partition: int, sessions: int, begin_ms: int) -> Iterator[tuple[bytes, bytes, Headers]]:
    """Key, value and headers of each record of a partition, in the order of its log; the same each time."""
    rng = random.Random(partition)
    alive: list[Iterator[Event]] = []
    begun = offset = 0
    while begun < sessions or alive:
        while begun < sessions and len(alive) < ALIVE:
            at_ms = begin_ms + begun * 100
            session = session_id(partition, at_ms, rng.getrandbits(62))
            alive.append(conversation(session, f"customer-{partition}-{begun // SESSIONS_A_CUSTOMER}", at_ms))
            begun += 1
        place = rng.randrange(len(alive))
        event = next(alive[place], None)
        if event is None:
            alive[place] = alive[-1]
            alive.pop()
            continue
        cause = f"{CONVERSATION_COMMANDS.name}:{partition}:{offset}:0:{event.session_id}:0"
        yield event.session_id.encode(), encode(event), headers(cause, type_of(event), cause)
        offset += 1


def conversation(session: str, customer: str, at_ms: int) -> Iterator[Event]:
    """What is said of one session, in its order."""
    yield _consultation(session, customer, 1, at_ms, closed=False)
    for seq in range(1, MESSAGES + 1):
        by_agent = seq % 2 == 0
        yield MessageAdded(
            session_id=session,
            seq=seq,
            message_id=f"{session}-{seq}",
            role=Role.AGENT if by_agent else Role.CUSTOMER,
            sender_id="agent-17" if by_agent else customer,
            text=_SAID[seq % len(_SAID)],
            at_ms=at_ms + 1_000 * seq,
        )
    yield _consultation(session, customer, 2, at_ms, closed=True)


def _consultation(
    session: str, customer: str, version: int, at_ms: int, *, closed: bool
) -> ConsultationChanged:
    leg = Leg(
        contact_id=f"{session}.1", pool="demo", queue="support", requested_at_ms=at_ms, agent_id="agent-17"
    )
    return ConsultationChanged(
        session_id=session,
        version=version,
        customer_id=customer,
        customer_name="김민지",
        phone="010-1234-5678",
        channel=Channel.CHAT,
        state=ConversationState.CLOSED if closed else ConversationState.BOT,
        status=ConsultationStatus.COMPLETED if closed else ConsultationStatus.OPEN,
        started_at_ms=at_ms,
        changed_at_ms=at_ms + 10_000 * version,
        ended_at_ms=at_ms + 20_000 if closed else 0,
        agent_id="agent-17" if closed else "",
        pool="demo" if closed else "",
        queue="support" if closed else "",
        messages=MESSAGES if closed else 0,
        legs=(leg,) if closed else (),
    )
