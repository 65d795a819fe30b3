"""How long silence may last, by who keeps silent and where the conversation stands."""

from schemas.states import ConversationState
from streams.conversations.decision import Decision


def expect_customer(decision: Decision) -> None:
    """The customer's silence begins anew. Of a call with an agent nothing is heard here while both speak."""
    session = decision.conversation
    if session.state is ConversationState.IVR:
        silence_s = session.policy.ivr_idle_s
    elif session.call is not None and session.state is ConversationState.ACTIVE:
        silence_s = session.policy.call_limit_s
    else:
        silence_s = session.policy.customer_idle_s
    session.customer_due_ms = decision.after(silence_s)


def expect_agent(decision: Decision) -> None:
    """The agent owes an answer from now on; in a call the agent answers by speaking."""
    session = decision.conversation
    if session.call is None:
        session.agent_due_ms = decision.after(session.policy.agent_idle_s)
    else:
        expect_customer(decision)


def linger(decision: Decision) -> None:
    """A call that ends under its caller is kept for a while: who asks next hears how it ended."""
    session = decision.conversation
    if session.call is not None:
        session.linger_due_ms = decision.after(session.policy.ivr_idle_s)
