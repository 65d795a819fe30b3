"""A dry run: what becomes of a contact, agent by agent, and what time will change. Changes nothing."""

from collections.abc import Iterator

from schemas.answers import Candidate, Explanation, Upcoming
from schemas.config import Agent, Queue
from schemas.needs import Request, SkillStep
from schemas.routing import ExplainContact
from schemas.states import ContactState, Presence, Verdict
from streams.routing import flows
from streams.routing.arrivals import has_preferred, shut, too_much, unfit
from streams.routing.configuration import follow
from streams.routing.contacts import refuse
from streams.routing.decision import Decision
from streams.routing.matching import best_agent
from streams.routing.state import NOT_RESPONDING, PREFERRED, AgentStatus, Contact, asking
from streams.routing.supply import EXCLUSIVE

MOST_AGENTS = 500
"""So many agents are told of, those who serve the queue first."""


def explain(decision: Decision, command: ExplainContact) -> None:
    """Answers whoever waits."""
    if command.request is not None:
        contact = _imagined(decision, command.request)
    elif command.contact_id in decision.pool.contacts:
        contact = decision.pool.contacts[command.contact_id]
    else:
        refuse(decision, command, "unknown_contact")
        return
    decision.answer(command, Verdict.ACCEPTED, explanation=_explanation(decision, contact))


def _imagined(decision: Decision, asks: Request) -> Contact:
    """The contact that the request would become; it stands in no line."""
    pool = decision.pool
    contact = asking(asks, decision.at_ms)
    if pool.config is not None and asks.queue in pool.config.moves:
        follow(contact, pool.config)
    pool.set_key(contact)
    pool.set_step(contact, PREFERRED if has_preferred(pool, contact) else 0)
    if contact.step_left_ms is not None:
        contact.step_due_ms = decision.after(contact.step_left_ms / 1000)
    return contact


def _explanation(decision: Decision, contact: Contact) -> Explanation:
    pool, queue = decision.pool, decision.pool.queue(contact.queue)
    pending = contact.state is ContactState.PENDING
    free = pending and queue and not pool.offers_paused
    chosen = best_agent(pool, contact, decision.at_ms) if free else None
    agents = pool.supply.agents
    told = sorted(agents, key=lambda agent: (contact.queue not in agent.queues, agent.id))[:MOST_AGENTS]
    reason, stays = _reason(decision, contact, queue, chosen)
    if not stays:
        chosen = None
    position = pool.waiting.position(contact) if pending and stays else 0
    wait = flows.estimate(decision, contact, position, dry=True) if position and not chosen else None
    return Explanation(
        contact_id=contact.contact_id,
        queue=contact.queue,
        state=contact.state if stays else ContactState.CANCELED,
        reason=reason,
        priority=contact.priority,
        preferred_agent=contact.preferred_agent,
        position=position,
        estimated_wait_s=wait.p50_s if wait else None,
        estimated_wait_high_s=wait.p90_s if wait else None,
        waited_s=(decision.at_ms - contact.enqueued_ms) / 1000 if pending and stays else 0.0,
        chosen=chosen.agent_id if chosen else contact.agent_id,
        agents=tuple(_candidate(decision, contact, agent) for agent in told),
        more_agents=len(agents) - len(told),
        upcoming=_in_order(_upcoming(decision, contact, queue)) if stays else (),
    )


def _reason(
    decision: Decision, contact: Contact, queue: Queue | None, chosen: AgentStatus | None
) -> tuple[str, bool]:
    """In a word, why it is where it is, or what would be done with an imagined one; and whether it is, or
    would be, offered or waiting in this queue."""
    if contact.contact_id:
        return f"held by {contact.agent_id}" if contact.agent_id else _nobody(decision, contact), True
    if why := unfit(decision.pool, contact):
        return f"refused: {why}", False
    assert queue is not None
    if why := shut(decision, queue):
        return f"{queue.when_closed}: {why}", False
    if chosen is not None:
        return f"offered: {queue.choice}", True
    action, why = too_much(decision, contact, queue, more=1)
    return (f"{action}: {why}", False) if action else (f"waits: {_nobody(decision, contact)}", True)


def _nobody(decision: Decision, contact: Contact) -> str:
    if decision.pool.offers_paused:
        return "offers are paused"
    line = decision.pool.supply.line(contact.queue, contact.channel, contact.synthetic)
    return "nobody is free for it" if line.mask else "no agent serves such contacts of the queue"


def _candidate(decision: Decision, contact: Contact, agent: Agent) -> Candidate:
    status = decision.pool.agents.get(agent.id, AgentStatus(agent_id=agent.id))
    reasons = list(_why_not(decision, contact, agent, status))
    ends = [due_ms for _, due_ms in reasons]
    until_ms = max((due_ms for due_ms in ends if due_ms), default=0) if all(ends) else 0
    return Candidate(
        agent_id=agent.id,
        why_not=tuple(why for why, _ in reasons),
        until_s=(until_ms - decision.at_ms) / 1000 if until_ms else None,
        held=decision.pool.load(agent.id),
        capacity=agent.capacity,
    )


def _why_not(
    decision: Decision, contact: Contact, agent: Agent, status: AgentStatus
) -> Iterator[tuple[str, int]]:
    """What is in the way, and when time ends that (0: time alone does not)."""
    if contact.queue not in agent.queues:
        yield "not_of_queue", 0
    if contact.channel not in agent.channels:
        yield "wrong_channel", 0
    if contact.synthetic is not agent.synthetic:
        yield "synthetic", 0
    yield from _unskilled(contact, agent)
    if contact.preferred and contact.preferred != agent.id:
        yield f"waits_for_preferred {contact.preferred}", contact.step_due_ms or 0
    yield from _away(decision, status)
    if contact.paused.get(agent.id, 0) > decision.at_ms:
        yield "left_out_for_a_while", contact.paused[agent.id]
    yield from _no_room(decision, contact, agent)


def _unskilled(contact: Contact, agent: Agent) -> Iterator[tuple[str, int]]:
    for need in () if contact.preferred else contact.needs:
        level = agent.skills.get(need.skill, 0)
        if level < need.level:
            has = f"has {level}" if level else "has none"
            yield f"missing_skill {need.skill} {need.level} ({has})", _settles_ms(contact, agent)


def _settles_ms(contact: Contact, agent: Agent) -> int:
    """When it settles for what the agent has, if it waits for so long; 0: never by time alone."""
    due_ms, later = contact.step_due_ms, contact.relaxed[max(contact.step, 0) :]
    for step in (*later, SkillStep(())):
        if due_ms is None or all(agent.skills.get(need.skill, 0) >= need.level for need in step.skills):
            break
        due_ms = due_ms + int(step.for_s * 1000) if step.for_s else None
    return due_ms or 0


def _away(decision: Decision, status: AgentStatus) -> Iterator[tuple[str, int]]:
    if status.presence is Presence.OFFLINE:
        yield "offline", 0
    elif status.presence is Presence.CUSTOM:
        returns = status.returns_ms if status.reason == NOT_RESPONDING else None
        yield f"away: {status.reason}" if status.reason else "away", returns or 0
    elif status.lease_ms <= decision.at_ms:
        yield "connection_lost", 0


def _no_room(decision: Decision, contact: Contact, agent: Agent) -> Iterator[tuple[str, int]]:
    if contact.agent_id == agent.id:
        return
    held, call = decision.pool.held_by(agent.id), decision.pool.slots.claim_of(agent.id)
    if any(one.channel in EXCLUSIVE for one in held):
        yield "in_call", 0
    elif len(held) >= agent.capacity:
        yield "at_capacity", 0
    elif held and contact.channel in EXCLUSIVE:
        yield "draining_for_it" if call is contact else "holds_chats", 0
    elif call is not None and call is not contact:
        yield f"drains_for {call.contact_id}", call.claim_ms or 0


def _upcoming(decision: Decision, contact: Contact, queue: Queue | None) -> Iterator[Upcoming]:
    """What time does to the contact if nothing else happens."""
    times: list[tuple[int | None, str]] = []
    if contact.state is ContactState.PENDING:
        times.append((contact.step_due_ms, f"settles for {_needs_after(contact)}"))
        times += [(due_ms, f"may go to {name} again") for name, due_ms in contact.paused.items()]
        if queue is not None and queue.max_wait_s:
            times.append((contact.entered_ms + int(queue.max_wait_s * 1000), f"{queue.when_late}: max_wait"))
        times.append((contact.claim_ms, f"{contact.claimed_by} drains for it no more"))
    elif contact.state is ContactState.RESERVED:
        times.append((contact.deadline_ms, f"goes back: {contact.agent_id} did not answer"))
    elif contact.state is ContactState.WRAPPING:
        times.append((contact.deadline_ms, "is completed: wrap_up_timeout"))
    for due_ms, what in times:
        if due_ms is not None and due_ms > decision.at_ms:
            yield Upcoming(in_s=(due_ms - decision.at_ms) / 1000, what=what)


def _in_order(upcoming: Iterator[Upcoming]) -> tuple[Upcoming, ...]:
    return tuple(sorted(upcoming, key=lambda one: (one.in_s, one.what)))


def _needs_after(contact: Contact) -> str:
    """What it settles for in its next step."""
    following = contact.step + 1
    if following == 0:
        needs = contact.skills
    else:
        needs = contact.relaxed[following - 1].skills if following <= len(contact.relaxed) else ()
    named = ", ".join(f"{need.skill} {need.level}" for need in needs)
    return named or "anyone of the queue"
