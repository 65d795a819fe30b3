"""Notes of the agent who has the contact, and whispers to it: entries that the customer sees empty."""

from schemas.conversation import AddNote, AddWhisper
from schemas.states import ConversationState, Role, Verdict
from streams.conversations.decision import Decision

NOTE = "note"
WHISPER = "whisper"
_HELD = (ConversationState.ACTIVE, ConversationState.WRAPPING)


def add(decision: Decision, command: AddNote) -> None:
    """The next entry of the transcript, for as long as the agent has the contact or wraps it up."""
    session = decision.conversation
    if session.state not in _HELD or session.erased or session.agent_id != command.agent_id:
        _refuse(decision, command)
        return
    _write(decision, command, Role.AGENT, command.agent_id, NOTE)


def whisper(decision: Decision, command: AddWhisper) -> None:
    """The same of a supervisor of the pool that the conversation is in."""
    session = decision.conversation
    pool = session.legs[-1].pool if session.legs else ""
    if session.state not in _HELD or session.erased or pool != command.pool:
        _refuse(decision, command)
        return
    _write(decision, command, Role.SYSTEM, command.supervisor, WHISPER)


def _write(decision: Decision, command: AddNote | AddWhisper, role: Role, who: str, kind: str) -> None:
    seq = decision.write(role, command.request_id, who, command.text, kind)
    decision.answer(command, Verdict.ACCEPTED, seq=seq, message_id=command.request_id)


def _refuse(decision: Decision, command: AddNote | AddWhisper) -> None:
    session = decision.conversation
    over = session.is_closed or session.erased
    decision.answer(command, Verdict.CONFLICT, reason="closed" if over else "not_assigned")
