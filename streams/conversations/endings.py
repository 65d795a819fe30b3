"""What the end of a contact means to a conversation that goes on after it."""

from schemas.callbacks import MESSAGE
from schemas.conversation import ContactEnded
from schemas.states import ConversationState
from streams.conversations import calls, deferring, legs
from streams.conversations.decision import Decision
from streams.conversations.state import Leg
from streams.conversations.timers import expect_customer


def hear(decision: Decision, news: ContactEnded) -> None:
    """Another try, another branch of the flow, back to where a message can be left; else it is over."""
    session, leg = decision.conversation, decision.conversation.leg
    current = leg is not None and leg.contact_id == news.contact_id and not leg.ended_at_ms
    if leg is None or not current or not session.exists or session.is_closed:
        legs.hear(decision, news)
    elif session.state is ConversationState.SCHEDULED:
        legs.note_end(decision, leg, news)  # the contact that was given up for a later one
        decision.changed()
    elif session.deferred is not None:
        if not deferring.ended(decision, session.deferred, leg, news):
            legs.hear(decision, news)
    elif session.state not in deferring.QUEUED or not _goes_on(decision, leg, news):
        legs.hear(decision, news)


def _goes_on(decision: Decision, leg: Leg, news: ContactEnded) -> bool:
    session = decision.conversation
    if session.call is not None:
        return calls.come_back(decision, session.call, leg, news)
    if news.reason != MESSAGE:
        return False
    legs.note_end(decision, leg, news)
    session.state = ConversationState.BOT
    decision.note_event("message.wanted")
    expect_customer(decision)
    decision.changed()
    legs.answer_asker(decision, "refused", reason=news.reason)
    session.asker = None
    return True
