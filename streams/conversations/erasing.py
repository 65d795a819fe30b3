"""Forgets a customer: what is open ends, and only what the end still needs is kept."""

from schemas.conversation import ConversationErased, EraseConversation
from schemas.keys import rating_name
from schemas.topics import CONVERSATION_COMMANDS
from streams.conversations.closing import customer_leaves
from streams.conversations.decision import Decision
from streams.conversations.state import Conversation
from streams.harness.decider import Output

REASON = "erased"


def erase(decision: Decision) -> None:
    """Also of a session that is gone, or was never heard of: others may keep something of it, and so may the
    entity of its rating."""
    session = decision.conversation
    if session.exists:
        _forget(session)
        customer_leaves(decision, REASON)
    session_id = session.session_id
    decision.say(ConversationErased(session_id=session_id))
    erase_rating = EraseConversation(session_id=session_id)
    decision.outputs.append(
        Output(CONVERSATION_COMMANDS, session.partition, rating_name(session_id), erase_rating)
    )


def _forget(session: Conversation) -> None:
    """Before the end is told, so that it names nobody. Message ids are the customer's own words, too."""
    session.customer_id = session.customer_name = session.phone = session.note = ""
    session.message_ids, session.attributes = {}, {}
    session.deferred = session.dialogue = None
    session.erased = True
