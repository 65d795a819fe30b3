"""What the customer does: start, write, ask for a person, end, come and go."""

from msgspec import structs

from schemas.conversation import (
    ConnectAgent,
    CustomerSocket,
    EndConversation,
    PostMessage,
    StartChat,
)
from schemas.ids import partition_of
from schemas.needs import Request
from schemas.states import ConsultationStatus, ConversationState, Role, Verdict
from streams.conversations import bot
from streams.conversations.closing import ask_pool_to_end, close, customer_leaves
from streams.conversations.decision import Decision
from streams.conversations.legs import Home, continue_elsewhere, request_agent
from streams.conversations.state import Asker
from streams.conversations.timers import expect_agent, expect_customer

TALKING = (
    ConversationState.BOT,
    ConversationState.SCHEDULED,
    ConversationState.WAITING,
    ConversationState.OFFERED,
    ConversationState.ACTIVE,
)
OVER = (ConversationState.WRAPPING, ConversationState.CLOSED)
"""Over for the customer."""


def start(decision: Decision, command: StartChat) -> None:
    """Creates a conversation; a repeat is answered as the first one was."""
    session = decision.conversation
    check_place(decision, command.session_id)
    if session.gone or session.exists:
        decision.answer(command, Verdict.CONFLICT if session.gone else Verdict.ACCEPTED, seq=session.seq)
        return
    dialogue = bot.begin(command.bot)
    session.state, session.status = ConversationState.BOT, ConsultationStatus.OPEN
    session.customer_id, session.customer_name = command.customer_id, command.customer_name
    session.phone, session.channel, session.synthetic = command.phone, command.channel, command.synthetic
    session.policy, session.started_at_ms = command.policy, decision.moment.appended_ms
    session.dialogue = dialogue
    decision.changed()
    if command.message:
        message_id = command.message_id or f"{session.session_id}.start"
        decision.write(Role.CUSTOMER, message_id, command.customer_id, command.message)
    hear_customer(decision)
    decision.answer(command, Verdict.ACCEPTED, seq=session.seq, status=session.state.value)
    if command.message:
        bot.hear(decision, command.message, off=command.bot is not None and command.bot.off)


def check_place(decision: Decision, session_id: str) -> None:
    """Raises ValueError for a session that began on a partition that is not its own."""
    session = decision.conversation
    if partition_of(session.session_id) != session.partition or session_id != session.session_id:
        raise ValueError(f"session {session_id} is not of partition {session.partition}")


def post(decision: Decision, command: PostMessage) -> None:
    """A message of the customer, the bot or the assigned agent; a repeated id gets its first seq again."""
    session = decision.conversation
    if command.message_id in session.message_ids:
        seq = session.message_ids[command.message_id]
        decision.answer(command, Verdict.ACCEPTED, seq=seq, message_id=command.message_id)
        return
    reason = _why_not(decision, command)
    if reason:
        decision.answer(command, Verdict.CONFLICT, message_id=command.message_id, reason=reason)
        return
    seq = decision.write(
        command.role,
        command.message_id,
        command.sender_id,
        command.text,
        attachments=command.attachments,
    )
    decision.answer(command, Verdict.ACCEPTED, seq=seq, message_id=command.message_id)
    if command.role is Role.CUSTOMER:
        hear_customer(decision)
        bot.hear(decision, command.text, off=command.bot_off)
    elif command.role is Role.AGENT:
        session.agent_due_ms = None
        if session.leg and not session.leg.responded_at_ms:
            session.leg.responded_at_ms = decision.moment.appended_ms


def connect(decision: Decision, command: ConnectAgent) -> None:
    """The customer asks for a person, once at a time."""
    session = decision.conversation
    if session.state not in (ConversationState.BOT, ConversationState.IVR):
        decision.answer(command, Verdict.CONFLICT, reason=_why_no_agent(session.state))
        return
    session.asker = Asker(command.request_id, command.reply_to) if command.reply_to else None
    asks = Request(
        queue=command.queue,
        channel=session.channel,
        priority=command.priority,
        skills=command.skills,
        skills_for_s=command.skills_for_s,
        relaxed=command.relaxed,
        preferred_agent=command.preferred_agent,
        preferred_s=command.preferred_s,
        synthetic=session.synthetic,
    )
    request_agent(decision, Home(command.pool, command.pool_partition), asks)
    hear_customer(decision)


def end(decision: Decision, command: EndConversation) -> None:
    """The customer ends it, once."""
    if decision.conversation.state in OVER:
        decision.conversation.linger_due_ms = None
        decision.answer(command, Verdict.CONFLICT, reason="closed")
        return
    customer_leaves(decision, command.reason)
    decision.answer(command, Verdict.ACCEPTED, seq=decision.conversation.seq)


def socket(decision: Decision, command: CustomerSocket) -> None:
    """A socket opened or closed; the last one's loss starts the grace."""
    session = decision.conversation
    if command.connected:
        if command.socket not in session.sockets:
            session.sockets = [*session.sockets, command.socket]
        session.grace_due_ms = None
    elif command.socket in session.sockets:
        session.sockets = [socket for socket in session.sockets if socket != command.socket]
        if not session.sockets and session.state in TALKING and session.deferred is None:
            session.grace_due_ms = decision.after(session.policy.customer_grace_s)


def run_timers(decision: Decision) -> None:
    """Silence has gone on for too long, or the lost customer did not come back."""
    session, now = decision.conversation, decision.at_ms
    if _over(session.linger_due_ms, now):
        session.linger_due_ms = None
    if _over(session.grace_due_ms, now):
        session.grace_due_ms = None
        customer_leaves(decision, "customer_lost")
    if _over(session.customer_due_ms, now):
        session.customer_due_ms = None
        customer_idle(decision)
    if _over(session.agent_due_ms, now):
        session.agent_due_ms = None
        agent_idle(decision)


def hear_customer(decision: Decision) -> None:
    """The customer is there, socket or not: the idle time begins anew; with an agent, so does the agent's."""
    decision.conversation.grace_due_ms = None
    expect_customer(decision)
    if decision.conversation.state is ConversationState.ACTIVE:
        expect_agent(decision)


def customer_idle(decision: Decision) -> None:
    """A silent customer: with the bot or in a flow the conversation expires, else the customer has left."""
    if decision.conversation.state in (ConversationState.BOT, ConversationState.IVR):
        close(decision, ConsultationStatus.EXPIRED, "customer_idle")
    else:
        customer_leaves(decision, "customer_idle")


def agent_idle(decision: Decision) -> None:
    """The agent owes an answer for too long: another one is asked for."""
    take_back(decision, "agent_idle")


def take_back(decision: Decision, reason: str) -> None:
    """From the agent who has it, into the queue that it came from, with its age."""
    session, leg = decision.conversation, decision.conversation.leg
    if session.state is ConversationState.ACTIVE and leg is not None:
        ask_pool_to_end(decision, leg, reason)
        asks = structs.replace(leg.asks, queue=leg.queue, preferred_agent="")
        continue_elsewhere(
            decision, leg, Home(leg.pool, leg.pool_partition), asks, reason, left_out=leg.agent_id
        )


def _why_no_agent(state: ConversationState | None) -> str:
    if state in OVER:
        return "closed"
    return "already_assigned" if state is ConversationState.ACTIVE else "already_connecting"


def _over(due_ms: int | None, now: int) -> bool:
    return due_ms is not None and due_ms <= now


def _why_not(decision: Decision, command: PostMessage) -> str:
    session = decision.conversation
    if session.state is ConversationState.IVR:
        return "in_ivr"
    if session.state not in TALKING:
        return "closed"
    if command.role is Role.AGENT:
        mine = session.state is ConversationState.ACTIVE and session.agent_id == command.sender_id
        return "" if mine else "not_assigned"
    return ""
