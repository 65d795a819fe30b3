"""Callbacks and messages: the customer need not wait on, and an agent comes to the customer.

The contact keeps its age where it waits already, or is asked for at a chosen time, or once the queue is open.
Who is not reached is tried again, and all of it has an end.
"""

from typing import NamedTuple

from msgspec import structs

from schemas.callbacks import CALLBACK, MESSAGE, NOT_REACHED, PHONE
from schemas.calls import QueueHome
from schemas.conversation import AskCallback, ContactEnded
from schemas.needs import Request
from schemas.states import ConsultationStatus, ConversationState, Role, Verdict
from streams.conversations.closing import ask_pool_to_end, close
from streams.conversations.customers import OVER
from streams.conversations.decision import Decision
from streams.conversations.legs import Home, answer_asker, note_end, request_again
from streams.conversations.state import Conversation, Deferred, Leg

QUEUED = (ConversationState.WAITING, ConversationState.OFFERED)
PENDING = (ConversationState.SCHEDULED, *QUEUED)


class Wish(NamedTuple):
    """Who is to be called or written to, by which queue; `at_ms` (Unix) is the chosen time, 0: in turn."""

    home: QueueHome
    asks: Request
    phone: str = ""
    at_ms: int = 0


def ask(decision: Decision, command: AskCallback) -> None:
    """The customer asks for it, or for another time; a message is an entry of the transcript, too."""
    session = decision.conversation
    if command.message_id in session.message_ids:
        _accept(decision, command)
        return
    if session.state in OVER or session.state is ConversationState.ACTIVE:
        reason = "closed" if session.state in OVER else "already_assigned"
        decision.answer(command, Verdict.CONFLICT, reason=reason)
        return
    if command.message:
        decision.write(Role.CUSTOMER, command.message_id, session.customer_id, command.message)
        session.attributes = {**session.attributes, MESSAGE: command.message}
    decision.remember(command.message_id)
    asks = Request(queue=command.home.queue, channel=session.channel, synthetic=session.synthetic)
    defer(decision, Wish(command.home, asks, command.phone, command.at_ms))
    _accept(decision, command)


def _accept(decision: Decision, command: AskCallback) -> None:
    session = decision.conversation
    where = session.state.value if session.state else ""
    decision.answer(command, Verdict.ACCEPTED, seq=session.seq, status=where, message_id=command.message_id)


def defer(decision: Decision, wish: Wish) -> None:
    """From now on nobody waits on the line: at once a contact where it is its turn, else scheduled."""
    session = decision.conversation
    before, leg = session.deferred, session.leg if session.state in QUEUED else None
    chosen_ms = max(wish.at_ms - decision.moment.appended_ms, 0)
    deferred = session.deferred = Deferred(
        home=wish.home,
        asks=wish.asks,
        phone=wish.phone or (before.phone if before else "") or session.phone,
        expires_ms=decision.after(session.policy.callback_expires_s) + chosen_ms,
        tries=before.tries if before else 0,
    )
    if leg is not None:
        _keep_place(decision, deferred, leg)
    elif before is not None:
        deferred.home, deferred.asks, deferred.waited_ms = before.home, before.asks, before.waited_ms
    session.state = ConversationState.SCHEDULED
    session.customer_due_ms = session.agent_due_ms = session.grace_due_ms = None
    decision.note_event("callback.asked")
    answer_asker(decision, "scheduled")
    session.asker = None
    deferred.due_ms = decision.at_ms if leg and not chosen_ms else _opening(decision, deferred, chosen_ms)
    if deferred.due_ms is not None and deferred.due_ms <= decision.at_ms:
        _become_contact(decision, deferred)
    else:
        decision.changed()


def _keep_place(decision: Decision, deferred: Deferred, leg: Leg) -> None:
    """What waits stays as old as it is, and asks for what it asked."""
    hours = deferred.home.hours if deferred.home.queue == leg.queue else None
    deferred.home = QueueHome(leg.queue, leg.pool, leg.pool_partition, hours)
    deferred.asks = structs.replace(leg.asks, queue=leg.queue)
    deferred.waited_ms = max(decision.at_ms - leg.waiting_since_ms, 0)
    ask_pool_to_end(decision, leg, CALLBACK)


def _opening(decision: Decision, deferred: Deferred, after_ms: int) -> int | None:
    """When the queue is open, that long after now or later, on the partition's clock; None: not soon."""
    hours, unix_ms = deferred.home.hours, decision.moment.appended_ms + after_ms
    opens_ms = hours.next_open(unix_ms) if hours else unix_ms
    return None if opens_ms is None else decision.at_ms + opens_ms - decision.moment.appended_ms


def _become_contact(decision: Decision, deferred: Deferred) -> None:
    session, home = decision.conversation, deferred.home
    deferred.due_ms, deferred.tries = None, deferred.tries + 1
    session.attributes = {**session.attributes, CALLBACK: str(deferred.tries)}
    if deferred.phone:
        session.attributes = {**session.attributes, PHONE: deferred.phone}
    since_ms = decision.at_ms - deferred.waited_ms
    request_again(decision, Home(home.pool, home.partition), deferred.asks, since_ms)


def ended(decision: Decision, deferred: Deferred, leg: Leg, news: ContactEnded) -> bool:
    """Whether the end of its contact means another try: the customer was not reached, or the queue did not
    take it, which counts as none."""
    session = decision.conversation
    missed = news.outcome == "completed" and news.disposition == NOT_REACHED
    unserved = news.outcome != "completed" and session.state in QUEUED
    if not missed and not unserved:
        return False
    note_end(decision, leg, news)
    if unserved:
        deferred.tries -= 1
    deferred.due_ms = _opening(decision, deferred, round(session.policy.callback_pause_s * 1000))
    session.agent_id, session.agent_due_ms, session.customer_due_ms = "", None, None
    if deferred.tries >= session.policy.callback_tries:
        close(decision, ConsultationStatus.EXPIRED, NOT_REACHED)
    else:
        session.state = ConversationState.SCHEDULED
        decision.changed()
    return True


def due_ms(session: Conversation) -> int | None:
    """When it becomes a contact, or is over."""
    deferred = session.deferred
    if deferred is None or session.state not in PENDING:
        return None
    due = deferred.due_ms if session.state is ConversationState.SCHEDULED else None
    return deferred.expires_ms if due is None else min(due, deferred.expires_ms)


def run_timers(decision: Decision) -> None:
    """It is time for the contact, or too late for it."""
    session, deferred, due = decision.conversation, decision.conversation.deferred, None
    due = due_ms(session)
    if deferred is None or due is None or due > decision.at_ms:
        return
    if deferred.expires_ms > decision.at_ms:
        _become_contact(decision, deferred)
        return
    if session.leg is not None and session.state in QUEUED:
        ask_pool_to_end(decision, session.leg, "expired")
    close(decision, ConsultationStatus.EXPIRED, "callback_expired")
