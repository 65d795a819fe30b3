"""POST /agent/note."""

from gateway.answers import Answer, bad_field, ok
from gateway.chat import ask, refusal
from gateway.security.tokens import Claims
from gateway.state import Gateway
from schemas.api import MessageAccepted
from schemas.api_routing import AgentNote
from schemas.conversation import AddNote
from schemas.ids import session_of


async def add(gateway: Gateway, body: AgentNote, claims: Claims, traceparent: str) -> Answer:
    """A note of the agent who has the contact, or wraps it up. Raises Refused."""
    session = body.session_id or session_of(body.contact_id)
    if not session:
        raise bad_field("Name a session_id or a contact_id", "session_id")
    command = AddNote(session_id=session, agent_id=claims.sub, text=body.note, **gateway.origin()._asdict())
    answer = await ask(gateway, command, traceparent)
    taken = MessageAccepted(
        session_id=session, message_id=command.request_id, seq=answer.seq if answer else None
    )
    return refusal(answer) or ok(taken)
