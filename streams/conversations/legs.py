"""Requests for an agent, and the news of them from routing."""

from typing import NamedTuple

from msgspec import structs

from schemas.conversation import (
    ContactAssigned,
    ContactEnded,
    ContactNews,
    ContactOffered,
    ContactQueued,
    ContactRequeued,
    ContactTransferred,
    QueuePosition,
)
from schemas.ids import contact_id
from schemas.needs import Request
from schemas.routing import ForgetContact, RequestContact, Transfer
from schemas.states import ConsultationStatus, ConversationState, Verdict
from streams.conversations.closing import close
from streams.conversations.decision import Decision
from streams.conversations.state import Leg
from streams.conversations.timers import expect_agent, expect_customer, linger

CANCELED = {
    "expired": ConsultationStatus.EXPIRED,
    "overflow": ConsultationStatus.OVERFLOW,
    "refused": ConsultationStatus.REFUSED,
    "message": ConsultationStatus.REFUSED,
    "closed_hours": ConsultationStatus.REFUSED,
}
WITH_CUSTOMER = (ConversationState.WAITING, ConversationState.OFFERED, ConversationState.ACTIVE)


class Home(NamedTuple):
    """A pool and its partition."""

    pool: str
    partition: int


def request_agent(decision: Decision, home: Home, asks: Request) -> None:
    """The first leg of a wait: the pool is asked, the customer waits."""
    _request(decision, home, asks, decision.at_ms)


def continue_elsewhere(
    decision: Decision, leg: Leg, home: Home, asks: Request, note: str, left_out: str
) -> None:
    """Another leg with the age of `leg`, which goes on to its own end."""
    link = Transfer(leg.contact_id, leg.agent_id, note)
    _request(decision, home, asks, leg.waiting_since_ms, link, (left_out,))


def request_again(decision: Decision, home: Home, asks: Request, since_ms: int) -> None:
    """A leg for a customer who began to wait at `since_ms`, and is not on the line."""
    _request(decision, home, asks, since_ms)


def _request(
    decision: Decision,
    home: Home,
    asks: Request,
    since_ms: int,
    link: Transfer | None = None,
    left_out: tuple[str, ...] = (),
) -> None:
    session = decision.conversation
    leg = Leg(
        contact_id=contact_id(session.session_id, len(session.legs) + 1),
        pool=home.pool,
        pool_partition=home.partition,
        queue=asks.queue,
        asks=asks,
        linked_to=link.contact_id if link else "",
        requested_at_ms=decision.moment.appended_ms,
        waiting_since_ms=since_ms,
    )
    session.legs.append(leg)
    session.dialogue = None
    if session.call is not None:
        session.call.place = None
    session.state, session.agent_id, session.agent_due_ms = ConversationState.WAITING, "", None
    request = RequestContact(
        pool=home.pool,
        contact_id=leg.contact_id,
        session_id=session.session_id,
        customer_id=session.customer_id,
        age_s=(decision.at_ms - since_ms) / 1000,
        left_out=left_out,
        transfer=link,
        attributes=session.attributes,
        **structs.asdict(asks),
    )
    decision.tell_pool(home.pool, home.partition, request)
    decision.changed()


def hear(decision: Decision, news: ContactNews) -> None:
    """News of a contact. What is not of the current leg of an open conversation changes little."""
    session = decision.conversation
    if not session.exists:
        _disown(decision, news)
        return
    leg = next((leg for leg in session.legs if leg.contact_id == news.contact_id), None)
    if leg is None:
        _disown(decision, news)
    elif isinstance(news, ContactEnded):
        _ended(decision, leg, news)
    elif leg is session.leg and not leg.ended_at_ms and session.state in WITH_CUSTOMER:
        _moved(decision, leg, news)


def _moved(decision: Decision, leg: Leg, news: ContactNews) -> None:
    session = decision.conversation
    match news:
        case ContactQueued():
            if news.queue and news.queue != leg.queue:
                leg.queue = news.queue
                decision.changed()
            _tell_place(decision, news)
        case ContactOffered():
            if session.state is ConversationState.WAITING:
                session.state = ConversationState.OFFERED
                decision.changed()
        case ContactRequeued():
            _requeued(decision, leg, news.reason)
        case ContactAssigned():
            _assigned(decision, leg, news)
        case ContactTransferred() if session.state is ConversationState.ACTIVE:
            _transferred(decision, leg, news)


def _tell_place(decision: Decision, news: ContactQueued) -> None:
    """To who asked, and to a customer who watches."""
    place = QueuePosition(
        session_id=news.session_id,
        position=news.position,
        estimated_wait_s=news.estimated_wait_s,
        estimated_wait_high_s=news.estimated_wait_high_s,
    )
    if decision.conversation.call is not None:
        decision.conversation.call.place = place
    asker = decision.conversation.asker
    if asker is not None and not asker.told:
        answer_asker(decision, "queued", **numbers_of(place))
        decision.conversation.asker = structs.replace(asker, told=True)
    if decision.conversation.state is ConversationState.WAITING:
        decision.say(place)


def numbers_of(place: QueuePosition) -> dict[str, object]:
    """The place and the estimates alone."""
    numbers = structs.asdict(place)
    del numbers["session_id"]
    return numbers


def _assigned(decision: Decision, leg: Leg, news: ContactAssigned) -> None:
    session = decision.conversation
    session.state, session.agent_id = ConversationState.ACTIVE, news.agent_id
    leg.agent_id, leg.assigned_at_ms = news.agent_id, decision.moment.appended_ms
    expect_agent(decision)
    decision.note_event("agent.joined", news.agent_id, news.agent_name)
    decision.changed()
    answer_asker(decision, "assigned", agent_id=news.agent_id, agent_name=news.agent_name)
    session.asker = None


def _transferred(decision: Decision, leg: Leg, news: ContactTransferred) -> None:
    """The customer waits for somebody else; the agent who said so is not asked again for a while."""
    leg.reason = "transferred"
    decision.note_event("agent.left", news.agent_id, leg.reason)
    asks = Request(
        queue=news.queue,
        channel=leg.asks.channel,
        priority=leg.asks.priority,
        synthetic=leg.asks.synthetic,
        preferred_agent=news.to_agent,
        preferred_s=news.wait_s if news.to_agent else 0.0,
    )
    continue_elsewhere(
        decision, leg, Home(news.to_pool, news.to_partition), asks, news.note, left_out=news.agent_id
    )


def _requeued(decision: Decision, leg: Leg, reason: str) -> None:
    session = decision.conversation
    if session.state is ConversationState.ACTIVE:
        decision.note_event("agent.left", session.agent_id, reason)
    session.state, session.agent_id, session.agent_due_ms = ConversationState.WAITING, "", None
    leg.agent_id, leg.assigned_at_ms, leg.responded_at_ms = "", 0, 0
    if session.call is not None:
        expect_customer(decision)  # while it was spoken, silence could last for hours
    decision.changed()


def _ended(decision: Decision, leg: Leg, news: ContactEnded) -> None:
    session = decision.conversation
    if leg.ended_at_ms:
        return
    note_end(decision, leg, news)
    if session.is_closed or leg is not session.leg:
        decision.changed()
        return
    if session.state is not ConversationState.WRAPPING:
        linger(decision)
    if news.outcome == "completed" or session.state is ConversationState.WRAPPING:
        session.agent_id = news.agent_id or session.agent_id
        close(decision, ConsultationStatus.COMPLETED, session.reason or news.reason)
    else:
        close(decision, CANCELED.get(news.reason, ConsultationStatus.FAILED), news.reason)
    answer_asker(decision, "refused", reason=news.reason)
    session.asker = None


def note_end(decision: Decision, leg: Leg, news: ContactEnded) -> None:
    """The leg is over, and how."""
    session = decision.conversation
    leg.ended_at_ms, leg.outcome = decision.moment.appended_ms, news.outcome
    leg.reason = leg.reason or news.reason
    leg.disposition = news.disposition
    if not session.erased:
        session.note = news.note or session.note


def answer_asker(decision: Decision, status: str, **more: object) -> None:
    """To who waits for the outcome of /agent/connect."""
    if decision.conversation.asker is not None:
        decision.answer(decision.conversation.asker, Verdict.ACCEPTED, status=status, **more)


def _disown(decision: Decision, news: ContactNews) -> None:
    """A contact of nobody's: its slot is to be freed."""
    if not isinstance(news, ContactEnded):
        forget = ForgetContact(pool=news.pool, contact_id=news.contact_id)
        decision.tell_pool(news.pool, news.pool_partition, forget)
