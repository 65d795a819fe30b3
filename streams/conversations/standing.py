"""How a call stands, for the telephone system that asks."""

from schemas.callbacks import CALLBACK
from schemas.calls import CallTold, Expects
from schemas.conversation import CallInput, StartCall
from schemas.flows import AnyNode, AskDigits, LeaveMessage, Menu
from schemas.states import ConsultationStatus, ConversationState, Verdict
from streams.conversations.customers import OVER
from streams.conversations.decision import Decision
from streams.conversations.legs import numbers_of
from streams.conversations.state import Conversation

SERVED = (ConsultationStatus.COMPLETED, ConsultationStatus.ABANDONED, ConsultationStatus.BOT_RESOLVED)
SERVING = (ConversationState.WAITING, ConversationState.OFFERED, ConversationState.ACTIVE)
WAITS = (ConversationState.WAITING, ConversationState.OFFERED)


def tell(decision: Decision, command: StartCall | CallInput, prompt: str = "") -> None:
    """How the call stands, and what is to be played now."""
    session, call = decision.conversation, decision.conversation.call
    if call is None:
        decision.answer(command, Verdict.CONFLICT, reason="closed" if session.gone else "not_a_call")
        return
    told = CallTold(
        prompt=prompt,
        node=call.node,
        expects=_expected(session.state, call.flow.nodes[call.node]),
        queue=session.leg.queue if session.leg and session.state in SERVING else "",
        language=call.flow.language,
    )
    place = call.place if session.state is ConversationState.WAITING else None
    decision.answer(
        command,
        Verdict.ACCEPTED,
        status=_status(session),
        reason=CALLBACK if session.deferred and not session.is_closed else session.reason,
        agent_id=session.agent_id,
        call=told,
        **(numbers_of(place) if place else {}),
    )


def _status(session: Conversation) -> str:
    """As the caller sees it: an offer is a wait, the wrap-up is the agent's alone."""
    assert session.state is not None
    if session.deferred is not None:
        return ConversationState.CLOSED.value
    if session.state in WAITS:
        return ConversationState.WAITING.value
    if session.state not in OVER:
        return session.state.value
    refused = session.state is ConversationState.CLOSED and session.status not in SERVED
    return "refused" if refused else ConversationState.CLOSED.value


def _expected(state: ConversationState | None, node: AnyNode) -> Expects | None:
    match state, node:
        case ConversationState.IVR, Menu(timeout_s=timeout_s):
            return Expects(min_digits=1, max_digits=1, timeout_s=timeout_s)
        case ConversationState.IVR, AskDigits(min_digits=fewest, max_digits=most, timeout_s=timeout_s):
            return Expects(min_digits=fewest, max_digits=most, timeout_s=timeout_s)
        case ConversationState.IVR, LeaveMessage(timeout_s=timeout_s):
            return Expects(min_digits=0, max_digits=0, timeout_s=timeout_s, records=True)
        case _:
            return None
