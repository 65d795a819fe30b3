"""Requests for an agent, and the news of them from routing."""

from schemas.conversation import (
    ContactAssigned,
    ContactEnded,
    ContactNews,
    ContactOffered,
    ContactQueued,
    ContactRequeued,
    Requirement,
)
from schemas.ids import contact_id
from schemas.routing import ForgetContact, RequestContact
from schemas.states import ConsultationStatus, ConversationState, Verdict
from streams.conversations.closing import close
from streams.conversations.decision import Decision
from streams.conversations.state import Leg

CANCELED = {
    "expired": ConsultationStatus.EXPIRED,
    "overflow": ConsultationStatus.OVERFLOW,
    "refused": ConsultationStatus.REFUSED,
    "closed_hours": ConsultationStatus.REFUSED,
}
WITH_CUSTOMER = (ConversationState.WAITING, ConversationState.OFFERED, ConversationState.ACTIVE)


def request_agent(
    decision: Decision,
    pool: str,
    pool_partition: int,
    queue: str,
    priority: int,
    skills: tuple[Requirement, ...],
) -> None:
    """A new leg: the pool is asked, the customer waits."""
    session = decision.conversation
    leg = Leg(
        contact_id=contact_id(session.session_id, len(session.legs) + 1),
        pool=pool,
        pool_partition=pool_partition,
        queue=queue,
        priority=priority,
        skills=skills,
        requested_at_ms=decision.moment.appended_ms,
    )
    session.legs.append(leg)
    session.state, session.agent_id, session.agent_due_ms = ConversationState.WAITING, "", None
    decision.tell_pool(
        pool,
        pool_partition,
        RequestContact(
            pool=pool,
            contact_id=leg.contact_id,
            session_id=session.session_id,
            customer_id=session.customer_id,
            queue=queue,
            channel=session.channel,
            priority=priority,
            skills=skills,
            synthetic=session.synthetic,
        ),
    )
    decision.changed()


def hear(decision: Decision, news: ContactNews) -> None:
    """News of a contact. What is not of the current leg of an open conversation changes little."""
    session = decision.conversation
    if not session.exists:
        _disown(decision, news)
        return
    leg = next((leg for leg in session.legs if leg.contact_id == news.contact_id), None)
    if leg is None:
        _disown(decision, news)
    elif isinstance(news, ContactEnded):
        _ended(decision, leg, news)
    elif leg is session.leg and not leg.ended_at_ms and session.state in WITH_CUSTOMER:
        _moved(decision, leg, news)


def _moved(decision: Decision, leg: Leg, news: ContactNews) -> None:
    session = decision.conversation
    match news:
        case ContactQueued():
            if news.queue and news.queue != leg.queue:
                leg.queue = news.queue
                decision.changed()
            _answer_asker(decision, "queued", position=news.position, estimated_wait_s=news.estimated_wait_s)
        case ContactOffered():
            if session.state is ConversationState.WAITING:
                session.state = ConversationState.OFFERED
                decision.changed()
        case ContactRequeued():
            _requeued(decision, leg, news.reason)
        case ContactAssigned():
            _assigned(decision, leg, news)


def _assigned(decision: Decision, leg: Leg, news: ContactAssigned) -> None:
    session = decision.conversation
    session.state, session.agent_id = ConversationState.ACTIVE, news.agent_id
    leg.agent_id, leg.assigned_at_ms = news.agent_id, decision.moment.appended_ms
    session.agent_due_ms = decision.after(session.policy.agent_idle_s)
    decision.note_event("agent.joined", news.agent_id, news.agent_name)
    decision.changed()
    _answer_asker(decision, "assigned", agent_id=news.agent_id, agent_name=news.agent_name)
    session.asker = None


def _requeued(decision: Decision, leg: Leg, reason: str) -> None:
    session = decision.conversation
    if session.state is ConversationState.ACTIVE:
        decision.note_event("agent.left", session.agent_id, reason)
    session.state, session.agent_id, session.agent_due_ms = ConversationState.WAITING, "", None
    leg.agent_id, leg.assigned_at_ms = "", 0
    decision.changed()


def _ended(decision: Decision, leg: Leg, news: ContactEnded) -> None:
    session = decision.conversation
    if leg.ended_at_ms:
        return
    leg.ended_at_ms, leg.outcome, leg.reason = decision.moment.appended_ms, news.outcome, news.reason
    leg.disposition = news.disposition
    session.note = news.note or session.note
    if session.is_closed or leg is not session.leg:
        decision.changed()
        return
    if news.outcome == "completed" or session.state is ConversationState.WRAPPING:
        session.agent_id = news.agent_id or session.agent_id
        close(decision, ConsultationStatus.COMPLETED, session.reason or news.reason)
    else:
        close(decision, CANCELED.get(news.reason, ConsultationStatus.FAILED), news.reason)
    _answer_asker(decision, "refused", reason=news.reason)
    session.asker = None


def _answer_asker(decision: Decision, status: str, **more: object) -> None:
    if decision.conversation.asker is not None:
        decision.answer(decision.conversation.asker, Verdict.ACCEPTED, status=status, **more)


def _disown(decision: Decision, news: ContactNews) -> None:
    """A contact of nobody's: its slot is to be freed."""
    if not isinstance(news, ContactEnded):
        forget = ForgetContact(pool=news.pool, contact_id=news.contact_id)
        decision.tell_pool(news.pool, news.pool_partition, forget)
