"""A call: it begins in its flow, hears input, and goes where that leads: on, to a queue or to the end."""

from schemas.calls import QueueHome
from schemas.conversation import CallInput, StartCall
from schemas.flows import End, ToQueue
from schemas.needs import Request
from schemas.states import Channel, ConsultationStatus, ConversationState, Role
from streams.conversations import ivr
from streams.conversations.closing import close
from streams.conversations.customers import OVER, check_place, hear_customer
from streams.conversations.decision import Decision
from streams.conversations.legs import Home, request_agent
from streams.conversations.standing import tell
from streams.conversations.state import Call
from streams.conversations.timers import expect_customer, linger


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
    turn = ivr.begin(command.flow, {"call_id": command.call_id} if command.call_id else {})
    if command.input:
        turn = ivr.answer(command.flow, turn, command.input)
    call = _create(decision, command, turn)
    _write_input(decision, command.message_id, command.input)
    hear_customer(decision)
    _take(decision, call, turn)
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
    plays = repeated or session.state is ConversationState.IVR
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
        _take(decision, call, ivr.answer(call.flow, at, command.input))


def _write_input(decision: Decision, message_id: str, said: str) -> None:
    """Silence is no entry of the transcript, but it counts once, too."""
    if said:
        decision.write(Role.CUSTOMER, message_id, decision.conversation.customer_id, said, "input")
    decision.remember(message_id)


def _take(decision: Decision, call: Call, turn: ivr.Turn) -> None:
    """The call stands where the turn says: it asks there, waits in a queue, or is over."""
    session = decision.conversation
    learned, session.attributes = turn.attributes != session.attributes, turn.attributes
    call.node, call.tries, call.prompt = turn.node, turn.tries, turn.prompt
    if turn.prompt:
        decision.write(Role.BOT, f"prompt.{session.seq + 1}", "", turn.prompt, "prompt")
    match call.flow.nodes[turn.node]:
        case ToQueue() as node:
            _hand_over(decision, call.homes[node.queue], node)
        case End():
            close(decision, ConsultationStatus.BOT_RESOLVED, "ivr")
            linger(decision)
        case _ if learned:
            decision.changed()


def _hand_over(decision: Decision, home: QueueHome, node: ToQueue) -> None:
    session = decision.conversation
    asks = Request(
        queue=home.queue, channel=session.channel, priority=node.priority, synthetic=session.synthetic
    )
    request_agent(decision, Home(home.pool, home.partition), asks)
    expect_customer(decision)
