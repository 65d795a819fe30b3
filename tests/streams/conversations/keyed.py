"""Requests under an idempotency key, and what their owners say of them."""

from typing import Any

from msgspec.structs import replace

from schemas.answers import RoutingAnswered
from schemas.codec import Tick
from schemas.conversation import CommandAnswered, KeyedRequest
from schemas.keys import key_name
from schemas.routing import AcceptOffer
from schemas.states import Verdict
from tests.streams.conversations.sessions import BEGIN_MS, PARTITION, SESSION, end, post, start

KEY = key_name(PARTITION, "0f")
KEEP_S = 20.0
UNTIL_MS = BEGIN_MS + 30_000
START = replace(start(), request_id="one", valid_until_ms=UNTIL_MS)
POST = replace(post(), request_id="one", valid_until_ms=UNTIL_MS)
ACCEPT = AcceptOffer(
    pool="p",
    agent_id="a1",
    contact_id=f"{SESSION}.1",
    offer_epoch=1,
    request_id="one",
    reply_to="gateway",
    valid_until_ms=UNTIL_MS,
)


def keyed(command: Any, gateway: str = "gateway", partition: int = PARTITION, **more: Any) -> KeyedRequest:
    """The request as `gateway` sends it."""
    asked = replace(command, reply_to=gateway, **more)
    return KeyedRequest(key=KEY, partition=partition, keep_s=KEEP_S, command=asked)


def answered(verdict: Verdict = Verdict.ACCEPTED, request_id: str = "one", **more: Any) -> CommandAnswered:
    """What a session says to the key."""
    return CommandAnswered(session_id=SESSION, request_id=request_id, reply_to=KEY, verdict=verdict, **more)


def pool_answered(verdict: Verdict = Verdict.ACCEPTED, **more: Any) -> RoutingAnswered:
    """What a pool says to the key."""
    return RoutingAnswered(pool="p", request_id="one", reply_to=KEY, verdict=verdict, **more)


OTHER = keyed(replace(end(), request_id="two"))
QUEUED = answered(status="queued", position=2)
TALES: list[list[object]] = [
    [keyed(START), keyed(START), keyed(START, "g2"), answered(seq=1), keyed(START, "g2"), OTHER],
    [keyed(POST), OTHER, answered(Verdict.CONFLICT, "two"), answered(Verdict.CONFLICT), keyed(POST)],
    [keyed(POST), QUEUED, keyed(POST, "g2"), answered(status="assigned"), keyed(POST), OTHER],
    [keyed(POST), answered(Verdict.EXPIRED), OTHER, answered(), keyed(POST)],
    [keyed(ACCEPT), pool_answered(Verdict.CONFLICT, reason="stale_offer"), keyed(ACCEPT, "g2")],
    [keyed(ACCEPT), keyed(ACCEPT, request_id="two"), pool_answered(), keyed(ACCEPT)],
    [keyed(POST, valid_until_ms=BEGIN_MS - 1), keyed(ACCEPT, valid_until_ms=BEGIN_MS - 1), keyed(POST)],
    [answered(), pool_answered(), Tick(), keyed(POST, valid_until_ms=0)],
    [keyed(POST), *[Tick()] * 5, answered(), keyed(POST), keyed(POST, valid_until_ms=0), *[Tick()] * 3],
]
"""Short logs of one key."""
