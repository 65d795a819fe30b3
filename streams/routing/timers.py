"""What time does to a pool: offers missed, wrap-ups over, leases ended, agents back, needs relaxed."""

from schemas.states import ContactState
from schemas.switches import OF_POOLS
from streams.routing import switches
from streams.routing.agents import come_back, go_offline, miss_offer
from streams.routing.arrivals import be_late
from streams.routing.claims import release
from streams.routing.clockwork import Kind
from streams.routing.contacts import finish, relax
from streams.routing.decision import Decision
from streams.routing.matching import match_agent, match_contact
from streams.routing.positions import tell_line
from streams.routing.state import LEASE_OVER, Contact

WRAP_UP_TIMEOUT = "wrap_up_timeout"


def run_timers(decision: Decision) -> None:
    """Everything that is due, in the order of time, then kind, then agent or contact."""
    pool = decision.pool
    while due := pool.clockwork.pop(decision.at_ms):
        kind, of = due
        match kind:
            case Kind.AGENT_LOST:
                go_offline(decision, pool.agent_at(of), LEASE_OVER)
            case Kind.RETURN:
                come_back(decision, pool.agent_at(of))
            case Kind.DEADLINE:
                _deadline(decision, pool.numbered(of))
            case Kind.PAUSE:
                _end_pauses(decision, pool.numbered(of))
            case Kind.STEP:
                relax(decision, pool.numbered(of))
            case Kind.LATE:
                be_late(decision, pool.numbered(of))
            case Kind.CLAIM:
                _end_claim(decision, pool.numbered(of))
            case Kind.TELL:
                tell_line(decision, pool.queue_at(of))
            case Kind.SWITCH:
                switches.end(decision, OF_POOLS[of])


def _deadline(decision: Decision, contact: Contact) -> None:
    agent = decision.pool.agents[contact.agent_id]
    if contact.state is ContactState.WRAPPING:
        queue = decision.pool.queues.get(contact.queue)
        disposition = queue.default_disposition if queue else WRAP_UP_TIMEOUT
        finish(decision, contact, agent, WRAP_UP_TIMEOUT, disposition)
        return
    assert decision.pool.config is not None
    miss_offer(decision, agent, contact, decision.pool.config.not_responding_s)


def _end_pauses(decision: Decision, contact: Contact) -> None:
    """Those that are over are forgotten; the next one, if any, gets its time."""
    now = decision.at_ms
    left = {agent_id: until_ms for agent_id, until_ms in contact.paused.items() if until_ms > now}
    contact.paused = left
    for agent_id, until_ms in left.items():
        decision.pool.pause(contact, agent_id, until_ms)
    if contact.state is ContactState.PENDING:
        match_contact(decision, contact)


def _end_claim(decision: Decision, contact: Contact) -> None:
    """An agent drained for too long: chats again for as long, and another one drains, if there is one."""
    config = decision.pool.config
    former = release(decision, contact, "drain_s")
    assert former is not None
    former.rests_ms = decision.after(config.drain_s if config else 0.0)
    match_contact(decision, contact)
    match_agent(decision, former)
