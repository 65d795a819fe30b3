"""Who waits hears of its place and its estimated wait: when it joins, and when that has changed much."""

from schemas.conversation import ContactQueued
from streams.routing import flows
from streams.routing.decision import Decision
from streams.routing.state import Contact
from streams.routing.waits import TELL_EVERY_S, Told, worth_telling

_NEAR, _FAR_MS = 20, int(3 * TELL_EVERY_S * 1000)
"""Who is further back hears more seldom."""
_AT_ONCE, _REST_S = 200, 1.0
"""So many in one decision, the others that much later: offers must not wait for them."""


def say_queued(decision: Decision, contact: Contact) -> None:
    """Nobody is free for the contact: it hears where it waits."""
    position = decision.pool.waiting.position(contact)
    flows.joined(decision, contact, position)
    said = contact.said
    told = Told(position, said.p50_s if said else None, decision.at_ms)
    _tell(decision, contact, told, said.p90_s if said else None)
    decision.pool.tell_later(contact.queue, decision.after(TELL_EVERY_S))


def wait_again(decision: Decision, contact: Contact) -> None:
    """An offer, or an assignment, came to nothing, and nobody else is free for the contact."""
    flows.returned(decision, contact)
    decision.pool.tell_later(contact.queue, decision.after(TELL_EVERY_S))


def tell_line(decision: Decision, queue: str) -> None:
    """Those of the queue for whom enough has changed hear of it; the next time is set while anybody waits."""
    pool, said = decision.pool, len(decision.outputs)
    pool.told(queue)
    for synthetic in (False, True):
        for position, contact in enumerate(pool.waiting.line(queue, synthetic=synthetic), 1):
            if len(decision.outputs) - said < _AT_ONCE and _is_due(contact, position, decision.at_ms):
                _tell_again(decision, contact, position)
    full = len(decision.outputs) - said >= _AT_ONCE
    if pool.waiting.depth(queue, synthetic=False) or pool.waiting.depth(queue, synthetic=True):
        pool.tell_later(queue, decision.after(_REST_S if full else TELL_EVERY_S))


def _is_due(contact: Contact, position: int, now_ms: int) -> bool:
    """Whether it may be worth the work of an estimate."""
    told = contact.told
    return told is None or position <= _NEAR or now_ms - told.at_ms >= _FAR_MS


def _tell_again(decision: Decision, contact: Contact, position: int) -> None:
    estimate = flows.estimate(decision, contact, position)
    now_s = estimate.p50_s if estimate else None
    told = worth_telling(contact.told, position, now_s, decision.at_ms)
    if told is not None:
        _tell(decision, contact, told, estimate.p90_s if estimate else None)


def _tell(decision: Decision, contact: Contact, told: Told, high_s: float | None) -> None:
    contact.told = told
    if told.estimate_s is None:
        high_s = None
    decision.pass_on(
        ContactQueued(
            session_id=contact.session_id,
            contact_id=contact.contact_id,
            pool=decision.pool.name,
            pool_partition=decision.pool.partition,
            position=told.position,
            queue=contact.queue,
            estimated_wait_s=told.estimate_s,
            estimated_wait_high_s=max(high_s, told.estimate_s or 0.0) if high_s is not None else None,
        )
    )
