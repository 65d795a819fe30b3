"""A call: it begins in its flow, hears input, and goes where that leads: on, to a queue or to the end."""

from schemas.callbacks import MESSAGE
from schemas.calls import QueueHome
from schemas.conversation import CallInput, ContactEnded, EndConversation, StartCall
from schemas.flows import CallBack, End, LeaveMessage, ToQueue
from schemas.needs import Request
from schemas.states import Channel, ConsultationStatus, ConversationState, Role, Verdict
from streams.conversations import ivr
from streams.conversations.closing import close
from streams.conversations.customers import OVER, check_place, hear_customer, take_back
from streams.conversations.decision import Decision
from streams.conversations.deferring import Wish, defer
from streams.conversations.legs import Home, note_end, request_agent
from streams.conversations.standing import tell
from streams.conversations.state import Call, Leg
from streams.conversations.timers import expect_customer, linger

UNREACHED = "agent_unreached"
HANGUP = "hangup"
"""The reason of an end that the telephone system tells of."""


def start(decision: Decision, command: StartCall) -> None:
    """Creates a conversation that is a call; a repeat is told how it stands."""
    session = decision.conversation
    check_place(decision, command.session_id)
    if session.gone or session.exists:
        tell(decision, command, session.call.prompt if session.call else "")
        return
    missing = [queue for queue in command.flow.queues if queue not in command.homes]
    if missing:
        raise ValueError(f"no home for the queues {missing}")
    facts = _facts(decision, command)
    begun = turn = ivr.begin(command.flow, {"call_id": command.call_id} if command.call_id else {}, facts)
    if command.input:
        turn = ivr.answer(command.flow, turn, command.input, facts)
    call = _create(decision, command, turn)
    _write_input(decision, command.message_id, command.input)
    hear_customer(decision)
    _take(decision, call, turn, begun.node)
    tell(decision, command, call.prompt)


def _create(decision: Decision, command: StartCall, turn: ivr.Turn) -> Call:
    session = decision.conversation
    session.state, session.status = ConversationState.IVR, ConsultationStatus.OPEN
    session.customer_id, session.phone = command.customer_id, command.phone
    session.channel, session.synthetic = Channel.VOICE, command.synthetic
    session.policy, session.started_at_ms = command.policy, decision.moment.appended_ms
    call = session.call = Call(flow=command.flow, homes=command.homes)
    session.attributes = turn.attributes
    decision.changed()
    return call


def hear(decision: Decision, command: CallInput) -> None:
    """The caller's input, or silence, in the flow or after it; a repeat is told what was played last."""
    session, call = decision.conversation, decision.conversation.call
    if call is None:
        tell(decision, command)
        return
    repeated = command.message_id in session.message_ids
    # By its agent's id: the word of one telephone, said again, takes the call from nobody else.
    unreached = session.state is ConversationState.ACTIVE and command.agent_id == session.agent_id
    plays = repeated or unreached or call.unheard or session.state is ConversationState.IVR
    call.unheard = False
    if unreached:
        take_back(decision, UNREACHED)
    if not repeated and session.state not in OVER:
        _hear(decision, call, command)
    tell(decision, command, call.prompt if plays else "")


def _hear(decision: Decision, call: Call, command: CallInput) -> None:
    session = decision.conversation
    hear_customer(decision)
    if command.input is None:
        return
    _write_input(decision, command.message_id, command.input)
    if session.state is ConversationState.IVR:
        at = ivr.Turn(call.node, call.prompt, session.attributes, call.tries)
        turn = ivr.answer(call.flow, at, command.input, _facts(decision, command))
        _take(decision, call, turn, call.node)


def _write_input(decision: Decision, message_id: str, said: str) -> None:
    """Silence is no entry of the transcript, but it counts once, too."""
    if said:
        decision.write(Role.CUSTOMER, message_id, decision.conversation.customer_id, said, "input")
    decision.remember(message_id)


def _facts(decision: Decision, command: StartCall | CallInput) -> ivr.Facts:
    return ivr.Facts(decision.moment.appended_ms, command.waiting)


def _take(decision: Decision, call: Call, turn: ivr.Turn, came_from: str) -> None:
    """The call stands where the turn says: it asks there, waits in a queue, is over, or is to be gone on
    with by a callback."""
    session = decision.conversation
    if isinstance(call.flow.nodes[came_from], LeaveMessage) and MESSAGE in turn.attributes:
        call.message_at = came_from
    learned, session.attributes = turn.attributes != session.attributes, turn.attributes
    call.node, call.tries, call.prompt = turn.node, turn.tries, turn.prompt
    if turn.prompt:
        decision.write(Role.BOT, f"prompt.{session.seq + 1}", "", turn.prompt, "prompt")
    match call.flow.nodes[turn.node]:
        case ToQueue() as node:
            _hand_over(decision, call.homes[node.queue], node)
        case CallBack() as node:
            _defer(decision, call, node)
        case End() if call.message_at:
            _leave_message(decision, call)
        case End():
            close(decision, ConsultationStatus.BOT_RESOLVED, "ivr")
            linger(decision)
        case _ if learned:
            decision.changed()


def _defer(decision: Decision, call: Call, node: CallBack | LeaveMessage) -> None:
    session, home = decision.conversation, call.homes[node.queue]
    asks = Request(
        queue=home.queue, channel=session.channel, priority=node.priority, synthetic=session.synthetic
    )
    typed = session.attributes.get(node.number, "") if isinstance(node, CallBack) else ""
    defer(decision, Wish(home, asks, typed))


def _leave_message(decision: Decision, call: Call) -> None:
    node = call.flow.nodes[call.message_at]
    assert isinstance(node, LeaveMessage)
    _defer(decision, call, node)


def come_back(decision: Decision, call: Call, leg: Leg, news: ContactEnded) -> bool:
    """Whether the flow has a branch for what the queue said; then the call stands there. What it plays is
    heard by who asks next."""
    session, node = decision.conversation, call.flow.nodes[call.node]
    if not isinstance(node, ToQueue) or news.outcome == "completed":
        return False
    branch = {"closed_hours": node.closed, "expired": node.late}.get(news.reason, node.full)
    if not branch:
        return False
    note_end(decision, leg, news)
    session.state, call.unheard = ConversationState.IVR, True
    expect_customer(decision)
    decision.changed()
    facts = ivr.Facts(decision.moment.appended_ms)
    _take(decision, call, ivr.go_on(call.flow, branch, session.attributes, facts), branch)
    return True


def hang_up(decision: Decision, command: EndConversation) -> bool:
    """Whether the end of the line is not the end of it all: there is a callback, or the flow has a branch."""
    session, call = decision.conversation, decision.conversation.call
    if call is None or command.reason != HANGUP:
        return False
    if session.deferred is None and not _leave(decision, call):
        return False
    if session.state in OVER:
        return False
    decision.answer(command, Verdict.ACCEPTED, seq=session.seq)
    return True


def run_timers(decision: Decision) -> None:
    """A telephone system that is silent for too long is as good as one that has hung up."""
    session, call = decision.conversation, decision.conversation.call
    due = session.customer_due_ms
    if call is not None and due is not None and due <= decision.at_ms:
        _leave(decision, call)


def _leave(decision: Decision, call: Call) -> bool:
    """Whether what the caller wanted goes on without the caller."""
    session = decision.conversation
    if session.state is not ConversationState.IVR:
        return False
    if call.flow.hangup:
        facts = ivr.Facts(decision.moment.appended_ms)
        turn = ivr.go_on(call.flow, call.flow.hangup, session.attributes, facts)
        session.attributes, call.node = turn.attributes, turn.node
    node = call.flow.nodes[call.node]
    if call.flow.hangup and isinstance(node, CallBack):
        _defer(decision, call, node)
    elif call.message_at:
        _leave_message(decision, call)
    return session.deferred is not None


def _hand_over(decision: Decision, home: QueueHome, node: ToQueue) -> None:
    session = decision.conversation
    asks = Request(
        queue=home.queue, channel=session.channel, priority=node.priority, synthetic=session.synthetic
    )
    request_agent(decision, Home(home.pool, home.partition), asks)
    expect_customer(decision)
