"""How a contact comes into a queue, and what becomes of one that is too much for it."""

from schemas.audit import Decided
from schemas.config import Queue
from schemas.conversation import ContactQueued
from schemas.routing import RequestContact
from schemas.states import Overload, Presence
from streams.routing.configuration import follow
from streams.routing.contacts import say_canceled
from streams.routing.decision import Decision
from streams.routing.matching import match_contact
from streams.routing.pool import Pool
from streams.routing.state import PREFERRED, Contact

_REFUSED = {"max_wait": "expired", "closed_hours": "closed_hours"}


def request(decision: Decision, command: RequestContact) -> None:
    """A new contact: offered at once, or queued. A known one changes nothing."""
    if command.contact_id in decision.pool.contacts:
        return
    contact = Contact(
        contact_id=command.contact_id,
        session_id=command.session_id,
        customer_id=command.customer_id,
        queue=command.queue,
        channel=command.channel,
        priority=command.priority,
        skills=command.skills,
        skills_for_s=command.skills_for_s,
        relaxed=command.relaxed,
        preferred_agent=command.preferred_agent,
        preferred_s=command.preferred_s,
        synthetic=command.synthetic,
        enqueued_ms=decision.at_ms,
        entered_ms=decision.at_ms,
    )
    pool = decision.pool
    _follow_config(pool, contact, command)
    if why := _unfit(pool, contact):
        say_canceled(decision, contact, "refused", why)
        return
    pool.arrive(contact)
    pool.set_step(contact, PREFERRED if _has_preferred(pool, contact) else 0)
    pool.wait(contact, decision.at_ms)
    decision.record(Decided.ENQUEUED, contact)
    _place(decision, contact)


def be_late(decision: Decision, contact: Contact) -> None:
    """One who waits has waited for as long as its queue allows."""
    queue = decision.pool.queue(contact.queue)
    assert queue is not None
    _turn_away(decision, contact, queue, queue.when_late, "max_wait")


def _place(decision: Decision, contact: Contact) -> None:
    """Who has just got into the line is offered, or told its place, or is too much for the queue."""
    pool, queue = decision.pool, decision.pool.queue(contact.queue)
    assert queue is not None
    if not pool.is_open(queue, decision.moment.appended_ms):
        _turn_away(decision, contact, queue, queue.when_closed, "closed_hours")
        return
    if match_contact(decision, contact):
        return
    if queue.when_unstaffed is not None and not pool.is_staffed(contact):
        _turn_away(decision, contact, queue, queue.when_unstaffed, "unstaffed")
    elif queue.max_depth and pool.waiting.depth(contact) > queue.max_depth:
        _turn_away(decision, contact, queue, queue.when_full, "max_depth")
    else:
        position = pool.waiting.position(contact)
        decision.tell_conversation(ContactQueued, contact, queue=contact.queue, position=position)


def _turn_away(decision: Decision, contact: Contact, queue: Queue, action: Overload, why: str) -> None:
    if action is Overload.OVERFLOW and decision.pool.queue(queue.overflow_to) is not None:
        decision.record(Decided.OVERFLOWED, contact, reason=why)
        decision.pool.move(contact, queue.overflow_to, decision.at_ms)
        _place(decision, contact)
        return
    decision.pool.drop(contact)
    if action is Overload.REFUSE:
        say_canceled(decision, contact, _REFUSED.get(why, "refused"), why)
    else:
        say_canceled(decision, contact, "overflow", f"{action.value}: {why}")


def _follow_config(pool: Pool, contact: Contact, command: RequestContact) -> None:
    """Who asked before a queue was deleted comes into the one that it moves to; who continues a contact asks
    no more for a skill that was deleted meanwhile."""
    if pool.config is not None and (command.queue in pool.config.moves or command.transfer is not None):
        follow(contact, pool.config)


def _unfit(pool: Pool, contact: Contact) -> str:
    """Why nobody could ever be found for it in this pool."""
    if pool.queue(contact.queue) is None:
        return "unknown_queue"
    known = pool.config.skills if pool.config else ()
    asked = [*contact.skills, *(skill for step in contact.relaxed for skill in step.skills)]
    return "" if all(skill.skill in known for skill in asked) else "unknown_skill"


def _has_preferred(pool: Pool, contact: Contact) -> bool:
    """Whether there is an agent to wait for before all others."""
    configured = pool.configured(contact.preferred_agent)
    status = pool.agents.get(contact.preferred_agent)
    if configured is None or status is None or status.presence is Presence.OFFLINE or not contact.preferred_s:
        return False
    return contact.queue in configured.queues
