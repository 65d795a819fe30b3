"""A call in its flow: it begins, hears input, waits for an agent or ends; and how it stands for who asks."""

from msgspec import structs

from schemas.calls import CallTold, Expects
from schemas.conversation import CallInput, QueuePosition, StartCall
from schemas.flows import AnyNode, AskDigits, End, Menu, ToQueue
from schemas.needs import Request
from schemas.states import Channel, ConsultationStatus, ConversationState, Role, Verdict
from streams.conversations import ivr
from streams.conversations.closing import close
from streams.conversations.customers import OVER, check_place, hear_customer
from streams.conversations.decision import Decision
from streams.conversations.legs import Home, request_agent
from streams.conversations.state import Call, Conversation
from streams.conversations.timers import expect_customer, linger

SERVED = (ConsultationStatus.COMPLETED, ConsultationStatus.ABANDONED, ConsultationStatus.BOT_RESOLVED)
WAITS = (ConversationState.WAITING, ConversationState.OFFERED)


def start(decision: Decision, command: StartCall) -> None:
    """Creates a conversation that is a call; a repeat is told how it stands."""
    session = decision.conversation
    check_place(decision, command.session_id)
    if session.gone or session.exists:
        _tell(decision, command, session.call.prompt if session.call else "")
        return
    missing = [queue for queue in command.flow.queues if queue not in command.homes]
    if missing:
        raise ValueError(f"no home for the queues {missing}")
    turn = ivr.begin(command.flow, {"call_id": command.call_id} if command.call_id else {})
    if command.input:
        turn = ivr.answer(command.flow, turn, command.input)
    session.state, session.status = ConversationState.IVR, ConsultationStatus.OPEN
    session.customer_id, session.phone = command.customer_id, command.phone
    session.channel, session.synthetic = Channel.VOICE, command.synthetic
    session.policy, session.started_at_ms = command.policy, decision.moment.appended_ms
    session.call = Call(flow=command.flow, homes=command.homes)
    session.attributes = turn.attributes
    decision.changed()
    _write_input(decision, command.message_id, command.input)
    hear_customer(decision)
    _take(decision, session.call, turn)
    _tell(decision, command, session.call.prompt)


def hear(decision: Decision, command: CallInput) -> None:
    """The caller's input, or silence, in the flow or after it; a repeat is told what was played last."""
    session, call = decision.conversation, decision.conversation.call
    if call is None:
        _tell(decision, command)
        return
    repeated = command.message_id in session.message_ids
    plays = repeated or session.state is ConversationState.IVR
    if not repeated and session.state not in OVER:
        _hear(decision, call, command)
    _tell(decision, command, call.prompt if plays else "")


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
            home = call.homes[node.queue]
            asks = Request(
                queue=home.queue,
                channel=session.channel,
                priority=node.priority,
                synthetic=session.synthetic,
            )
            request_agent(decision, Home(home.pool, home.partition), asks)
            expect_customer(decision)
        case End():
            close(decision, ConsultationStatus.BOT_RESOLVED, "ivr")
            linger(decision)
        case _ if learned:
            decision.changed()


def _tell(decision: Decision, command: StartCall | CallInput, prompt: str = "") -> None:
    """How the call stands, and what is to be played now."""
    session, call = decision.conversation, decision.conversation.call
    if call is None:
        decision.answer(command, Verdict.CONFLICT, reason="closed" if session.gone else "not_a_call")
        return
    told = CallTold(
        prompt=prompt,
        node=call.node,
        expects=_expected(session.state, call.flow.nodes[call.node]),
        queue=session.leg.queue if session.leg and session.state not in OVER else "",
    )
    place = call.place if session.state is ConversationState.WAITING else None
    decision.answer(
        command,
        Verdict.ACCEPTED,
        status=_status(session),
        reason=session.reason,
        agent_id=session.agent_id,
        call=told,
        **(_numbers(place) if place else {}),
    )


def _status(session: Conversation) -> str:
    """As the caller sees it: an offer is a wait, the wrap-up is the agent's alone."""
    assert session.state is not None
    if session.state in WAITS:
        return ConversationState.WAITING.value
    if session.state not in OVER:
        return session.state.value
    refused = session.state is ConversationState.CLOSED and session.status not in SERVED
    return "refused" if refused else ConversationState.CLOSED.value


def _expected(state: ConversationState | None, node: AnyNode) -> Expects | None:
    match state, node:
        case ConversationState.IVR, Menu(timeout_s=timeout_s):
            return Expects(least=1, most=1, timeout_s=timeout_s)
        case ConversationState.IVR, AskDigits(least=least, most=most, timeout_s=timeout_s):
            return Expects(least=least, most=most, timeout_s=timeout_s)
        case _:
            return None


def _numbers(place: QueuePosition) -> dict[str, object]:
    numbers = structs.asdict(place)
    del numbers["session_id"]
    return numbers
