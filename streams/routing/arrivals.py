"""How a contact comes into a queue, and what becomes of one that is too much for it."""

from schemas.audit import Decided
from schemas.config import Queue
from schemas.ids import session_of
from schemas.routing import RequestContact
from schemas.states import Overload
from streams.routing import flows
from streams.routing.claims import release
from streams.routing.configuration import follow
from streams.routing.contacts import say_canceled
from streams.routing.decision import Decision, home_of
from streams.routing.estimates import Left
from streams.routing.matching import match_agent, match_contact
from streams.routing.pool import Pool
from streams.routing.positions import say_queued
from streams.routing.state import PREFERRED, Contact, asking

DRAINED = "drained"
_REFUSED = {"max_wait": "expired", "closed_hours": "closed_hours", DRAINED: "closed_hours"}


def request(decision: Decision, command: RequestContact) -> None:
    """A new contact: offered at once, or queued. A known one changes nothing."""
    if command.contact_id in decision.pool.contacts:
        return
    home_of(command.session_id)
    if session_of(command.contact_id) != command.session_id:
        raise ValueError(f"contact {command.contact_id} is not of session {command.session_id}")
    age_ms = int(command.age_s * 1000)
    contact = asking(command, decision.at_ms, command.contact_id, command.customer_id, age_ms)
    contact.transfer = command.transfer
    contact.attributes = command.attributes
    pool = decision.pool
    _follow_config(pool, contact, command)
    if why := unfit(pool, contact):
        say_canceled(decision, contact, "refused", why)
        return
    pool.arrive(contact)
    _leave_out(decision, contact, command.left_out)
    pool.set_step(contact, PREFERRED if has_preferred(pool, contact) else 0)
    pool.wait(contact, decision.at_ms)
    decision.record(Decided.ENQUEUED, contact)
    place(decision, contact)


def _leave_out(decision: Decision, contact: Contact, agents: tuple[str, ...]) -> None:
    """Not to those who had it last."""
    queue = decision.pool.queues.get(contact.queue)
    for agent_id in agents:
        if queue is not None and decision.pool.people.get(agent_id) is not None:
            decision.pool.pause(contact, agent_id, decision.after(queue.reject_pause_s))


def be_late(decision: Decision, contact: Contact) -> None:
    """One who waits has waited for as long as its queue allows."""
    queue = decision.pool.queues.get(contact.queue)
    assert queue is not None
    _turn_away(decision, contact, queue, queue.when_late, "max_wait")


def place(decision: Decision, contact: Contact) -> None:
    """Who has just got into the line is offered, or told its place, or is too much for the queue. A contact
    that continues another one is let in: its customer is being served."""
    queue = decision.pool.queues.get(contact.queue)
    assert queue is not None
    if contact.transfer is None and (why := shut(decision, queue)):
        _turn_away(decision, contact, queue, queue.when_closed, why)
        return
    if match_contact(decision, contact):
        return
    action, why = too_much(decision, contact, queue) if contact.transfer is None else (None, "")
    if action is not None:
        _turn_away(decision, contact, queue, action, why)
    else:
        say_queued(decision, contact)


def shut(decision: Decision, queue: Queue) -> str:
    """Why the queue takes no new contacts now, if it does not; to the customer both are the same."""
    if not decision.pool.is_open(queue, decision.moment.appended_ms):
        return "closed_hours"
    return DRAINED if decision.pool.is_drained(queue.name) else ""


def too_much(
    decision: Decision, contact: Contact, queue: Queue, more: int = 0
) -> tuple[Overload | None, str]:
    """What the queue's limits do with one that nobody is free for, and which limit; `more` are to be added
    to those who wait."""
    pool = decision.pool
    if queue.when_unstaffed is not None and not pool.is_staffed(contact):
        return queue.when_unstaffed, "unstaffed"
    if (
        queue.max_depth
        and pool.waiting.depth(contact.queue, synthetic=contact.synthetic) + more > queue.max_depth
    ):
        return queue.when_full, "max_depth"
    return None, ""


def _turn_away(decision: Decision, contact: Contact, queue: Queue, action: Overload, why: str) -> None:
    former = release(decision, contact, why)
    if action is Overload.OVERFLOW and decision.pool.queues.get(queue.overflow_to) is not None:
        decision.record(Decided.OVERFLOWED, contact, reason=why)
        decision.pool.move(contact, queue.overflow_to, decision.at_ms)
        flows.moved(decision, contact, queue.name)
        place(decision, contact)
    else:
        decision.pool.drop(contact)
        flows.left(decision, contact, queue.name, Left.GAVE_UP)
        if action is Overload.REFUSE:
            say_canceled(decision, contact, _REFUSED.get(why, "refused"), why)
        elif action is Overload.MESSAGE:
            say_canceled(decision, contact, "message", why)
        else:
            say_canceled(decision, contact, "overflow", f"{action.value}: {why}")
    if former is not None:
        match_agent(decision, former)


def _follow_config(pool: Pool, contact: Contact, command: RequestContact) -> None:
    """Who asked before a queue was deleted comes into the one that it moves to; who continues a contact asks
    no more for a skill that was deleted meanwhile."""
    if pool.config is not None and (command.queue in pool.config.moves or command.transfer is not None):
        follow(contact, pool.config)


def unfit(pool: Pool, contact: Contact) -> str:
    """Why nobody could ever be found for it in this pool."""
    if pool.queues.get(contact.queue) is None:
        return "unknown_queue"
    if not contact.skills and not contact.relaxed:
        return ""
    for skills in (contact.skills, *(step.skills for step in contact.relaxed)):
        for skill in skills:
            if skill.skill not in pool.skills:
                return "unknown_skill"
    return ""


def has_preferred(pool: Pool, contact: Contact) -> bool:
    """Whether there is an agent to wait for before all others."""
    return bool(contact.preferred_s) and pool.can_prefer(contact)
