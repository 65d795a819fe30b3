"""What happens in a queue, told to what is remembered of it for estimates; synthetic contacts stay out."""

from msgspec.structs import replace

from streams.routing.decision import Decision
from streams.routing.estimates import Flow, Left
from streams.routing.state import AgentStatus, Contact
from streams.routing.waits import Estimate


def joined(decision: Decision, contact: Contact, position: int) -> None:
    """Nobody is free for the contact: it waits from now on, and its wait is estimated."""
    contact.joined_ms = decision.at_ms
    if contact.synthetic:
        return
    flow, depth, slots = _now(decision, contact.queue)
    flow.joined(decision.at_ms, depth, slots, contact.priority)
    contact.said = _estimate(decision, contact, flow, slots, position)


def returned(decision: Decision, contact: Contact) -> None:
    """An offer came to nothing: the contact waits again."""
    if contact.joined_ms is None:
        joined(decision, contact, decision.pool.waiting.position(contact))
    elif not contact.synthetic:
        flow, depth, slots = _now(decision, contact.queue)
        flow.returned(decision.at_ms, depth, slots, _waited_s(decision, contact))


def left(decision: Decision, contact: Contact, queue: str, how: Left) -> None:
    """The contact waits no more in the queue, if ever it did."""
    if contact.joined_ms is None or contact.synthetic:
        return
    flow, depth, slots = _now(decision, queue)
    flow.left(decision.at_ms, depth, slots, how, _waited_s(decision, contact), contact.said)


def moved(decision: Decision, contact: Contact, queue: str) -> None:
    """The contact waits in another queue than this one from now on; what was said of its wait is void."""
    left(decision, contact, queue, Left.MOVED)
    contact.joined_ms = contact.said = contact.told = None


def completed(decision: Decision, contact: Contact) -> None:
    """The contact has left its slot."""
    if not contact.synthetic:
        flow, _, _ = _now(decision, contact.queue)
        flow.completed((decision.at_ms - contact.held_ms) / 1000)


def staffed(decision: Decision, agent: AgentStatus) -> None:
    """The agent can be offered contacts from now on, or no more."""
    configured = decision.pool.people.get(agent.agent_id)
    for queue in configured.queues if configured and not configured.synthetic else ():
        if queue in decision.pool.flows:
            flow, depth, slots = _now(decision, queue)
            flow.changed(decision.at_ms, depth, slots)


def configured(decision: Decision) -> None:
    """Queues are gone, and others have other agents."""
    pool = decision.pool
    for queue in sorted(pool.flows.keys() - pool.queues.keys()):
        del pool.flows[queue]
    for queue in pool.flows:
        flow, depth, slots = _now(decision, queue)
        flow.changed(decision.at_ms, depth, slots)


def estimate(decision: Decision, contact: Contact, position: int, *, dry: bool = False) -> Estimate | None:
    """Of the wait from now on; None while nothing is known. A `dry` one leaves no trace."""
    flow = decision.pool.flows.get(contact.queue)
    if flow is None or contact.synthetic:
        return None
    flow = replace(flow) if dry else flow
    return _estimate(decision, contact, flow, decision.pool.supply.slots(contact.queue), position)


def _estimate(decision: Decision, contact: Contact, flow: Flow, slots: int, position: int) -> Estimate | None:
    queue, waited_s = decision.pool.queues[contact.queue], (decision.at_ms - contact.enqueued_ms) / 1000
    return flow.estimate(position, decision.at_ms, slots, contact.priority, queue.aging_s, waited_s)


def _now(decision: Decision, queue: str) -> tuple[Flow, int, int]:
    pool = decision.pool
    flow = pool.flows.get(queue)
    if flow is None:
        flow = pool.flows[queue] = Flow(at_ms=decision.at_ms)
    return flow, pool.waiting.depth(queue, synthetic=False), pool.supply.slots(queue)


def _waited_s(decision: Decision, contact: Contact) -> float:
    return (decision.at_ms - (contact.joined_ms or 0)) / 1000
