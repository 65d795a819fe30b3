"""How long silence may last, by who keeps silent and where the conversation stands."""

from schemas.states import ConversationState
from streams.conversations.decision import Decision
from streams.conversations.state import Conversation

_UNHEARD = (ConversationState.SCHEDULED, ConversationState.WAITING, ConversationState.OFFERED)


def expect_customer(decision: Decision) -> None:
    """The customer's silence begins anew. Of a call with an agent nothing is heard here while both speak;
    who waits for a callback may be silent."""
    session = decision.conversation
    if session.deferred is not None and session.state in _UNHEARD:
        session.customer_due_ms = None
        return
    if session.state is ConversationState.IVR:
        silence_s = session.policy.ivr_idle_s
    elif _spoken(session) and session.state is ConversationState.ACTIVE:
        silence_s = session.policy.call_limit_s
    else:
        silence_s = session.policy.customer_idle_s
    session.customer_due_ms = decision.after(silence_s)


def expect_agent(decision: Decision) -> None:
    """The agent owes an answer from now on; in a call the agent answers by speaking."""
    session = decision.conversation
    if not _spoken(session):
        session.agent_due_ms = decision.after(session.policy.agent_idle_s)
    else:
        expect_customer(decision)


def _spoken(session: Conversation) -> bool:
    called_back = session.deferred is not None and session.deferred.phone
    return session.call is not None or bool(called_back)


def linger(decision: Decision) -> None:
    """A call that ends under its caller is kept for a while: who asks next hears how it ended."""
    session = decision.conversation
    if session.call is not None:
        session.linger_due_ms = decision.after(session.policy.ivr_idle_s)
