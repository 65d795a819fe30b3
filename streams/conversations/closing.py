"""How a conversation ends: once, in one terminal status; it is kept until its contacts have ended too."""

from schemas.routing import CancelContact
from schemas.states import ConsultationStatus, ConversationState
from streams.conversations.decision import Decision
from streams.conversations.state import Leg


def close(decision: Decision, status: ConsultationStatus, reason: str) -> None:
    """Over, in `status`; what waited for time waits no more."""
    session = decision.conversation
    session.state, session.status, session.reason = ConversationState.CLOSED, status, reason
    session.ended_at_ms = decision.moment.appended_ms
    session.customer_due_ms = session.agent_due_ms = session.grace_due_ms = None
    session.dialogue = None
    decision.note_event("conversation.closed", text=status.value)
    decision.changed()


def customer_leaves(decision: Decision, reason: str) -> None:
    """The customer is gone: from the bot resolved, from the queue abandoned, from an agent to wrap up."""
    session, leg = decision.conversation, decision.conversation.leg
    match session.state:
        case ConversationState.BOT | ConversationState.IVR:
            close(decision, ConsultationStatus.BOT_RESOLVED, reason)
        case ConversationState.SCHEDULED:
            close(decision, ConsultationStatus.ABANDONED, reason)
        case ConversationState.WAITING | ConversationState.OFFERED:
            assert leg is not None
            ask_pool_to_end(decision, leg, "customer_abandoned")
            close(decision, ConsultationStatus.ABANDONED, reason)
        case ConversationState.ACTIVE:
            assert leg is not None
            ask_pool_to_end(decision, leg, reason)
            session.state, session.reason = ConversationState.WRAPPING, reason
            session.customer_due_ms = session.agent_due_ms = session.grace_due_ms = None
            decision.note_event("customer.left")
            decision.changed()


def ask_pool_to_end(decision: Decision, leg: Leg, reason: str) -> None:
    """The leg's contact is needed no more; the pool says when it has ended."""
    cancel = CancelContact(pool=leg.pool, contact_id=leg.contact_id, reason=reason)
    decision.tell_pool(leg.pool, leg.pool_partition, cancel)
