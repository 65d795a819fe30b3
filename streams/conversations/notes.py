"""Notes of the agent who has the contact: numbered entries that the customer sees empty."""

from schemas.conversation import AddNote
from schemas.states import ConversationState, Role, Verdict
from streams.conversations.decision import Decision

NOTE = "note"


def add(decision: Decision, command: AddNote) -> None:
    """The next entry of the transcript, for as long as the agent has the contact or wraps it up."""
    session = decision.conversation
    held = session.state in (ConversationState.ACTIVE, ConversationState.WRAPPING)
    if not held or session.erased or session.agent_id != command.agent_id:
        decision.answer(
            command,
            Verdict.CONFLICT,
            reason="closed" if session.is_closed or session.erased else "not_assigned",
        )
        return
    seq = decision.write(Role.AGENT, command.request_id, command.agent_id, command.text, NOTE)
    decision.answer(command, Verdict.ACCEPTED, seq=seq, message_id=command.request_id)
