"""POST /ivr/process: a telephone system tells what its caller did, and asks what to play next."""

from typing import NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from gateway.answers import Answer, Refused, bad_field, busy, ok
from gateway.chat import addressed, refusal
from gateway.commands import Post, to_partition
from gateway.directory import Directory, UnknownQueue
from gateway.pools import place_of
from gateway.problems import Kind
from gateway.replies import any_answer
from gateway.sessions import new_session
from gateway.state import Gateway
from schemas.api_ivr import IvrProcess, IvrStep
from schemas.calls import CallTold, QueueHome
from schemas.conversation import Asked, CallInput, CommandAnswered, EndConversation, StartCall
from schemas.flow_builtin import BUILT_IN
from schemas.flows import CallBack, Flow, LeaveMessage
from schemas.states import ConversationState, Verdict

_HANGUP, _UNREACHED = "hangup", "unreached"
_CLOSED = ConversationState.CLOSED.value


class _Asking(NamedTuple):
    command: Asked
    post: Post


async def process(gateway: Gateway, body: IvrProcess, traceparent: str) -> Answer:
    """What the call's owner says to it; there is no 200 without that. Raises Refused."""
    return ok(await step(gateway, body, traceparent))


async def step(gateway: Gateway, body: IvrProcess, traceparent: str = "") -> IvrStep:
    """The same, not yet written down. Raises Refused."""
    waiting_in = await _lengths(gateway)
    if body.session_id:
        asking = _said(gateway, body, traceparent, waiting_in)
    else:
        asking = _begun(gateway, body, traceparent, waiting_in)
    with gateway.replies.expect(asking.command.request_id, any_answer) as waiting:
        await gateway.send(asking.post)
        answer = await gateway.hear(waiting, gateway.settings.ivr_wait_s)
    if answer is None:
        raise busy("It is unknown what to play: the call has not answered", Kind.UNKNOWN_OUTCOME)
    if _is_over(asking.command, answer):
        return IvrStep(session_id=answer.session_id, status=_CLOSED, prompt="", expects=None)
    begins = isinstance(asking.command, StartCall)
    token = gateway.passes.of(answer.session_id) if begins else ""
    if refused := refusal(answer):
        raise Refused.by(refused)
    return step_of(answer, token)


def step_of(answer: CommandAnswered, token: str = "") -> IvrStep:
    """The body of the 200, with the session's `token` where the call begins."""
    told = answer.call or CallTold()
    return IvrStep(
        session_id=answer.session_id,
        status=answer.status,
        prompt=told.prompt,
        expects=told.expects,
        node=told.node or None,
        queue=told.queue or None,
        position=answer.position,
        estimated_wait_s=answer.estimated_wait_s,
        estimated_wait_high_s=answer.estimated_wait_high_s,
        agent_id=answer.agent_id or None,
        reason=answer.reason or None,
        token=token or None,
        language=told.language or None,
    )


async def _lengths(gateway: Gateway) -> dict[str, int]:
    """How many wait, by the names that flows give queues; only of those that a flow asks for."""
    measured = gateway.directory.measured
    if not measured:
        return {}
    known = await gateway.summaries.waiting()
    return {name: known.get(home_of(gateway.directory, name).queue, 0) for name in measured}


def _begun(gateway: Gateway, body: IvrProcess, traceparent: str, waiting: dict[str, int]) -> _Asking:
    """Who calls without a number is a customer of its own."""
    if body.event in (_HANGUP, _UNREACHED):
        raise bad_field("Say which call it is", "session_id")
    gateway.switchboard.check_open()
    place_of(gateway, "")
    session = new_session(gateway)
    phone, flow = body.phone or body.from_, gateway.directory.flow(BUILT_IN.name) or BUILT_IN
    command = StartCall(
        session_id=session.session_id,
        customer_id=body.customer_id or phone or f"anonymous-{session.session_id}",
        flow=flow,
        homes=homes_of(gateway.directory, flow),
        phone=phone,
        call_id=body.call_id,
        input=body.input or "",
        message_id=body.message_id or session.session_id,
        synthetic=body.synthetic,
        policy=gateway.policy,
        waiting=waiting,
        **gateway.origin()._asdict(),
    )
    return _Asking(command, to_partition(command, session.partition, traceparent))


def _said(gateway: Gateway, body: IvrProcess, traceparent: str, waiting: dict[str, int]) -> _Asking:
    origin = gateway.origin()._asdict()
    command: Asked
    if body.event == _HANGUP:
        command = EndConversation(session_id=body.session_id, reason=_HANGUP, **origin)
    else:
        unreached = body.event == _UNREACHED
        if unreached and not body.agent_id:
            raise bad_field("Say whose telephone was not reached", "agent_id")
        silent = "" if body.event and not unreached else None
        command = CallInput(
            session_id=body.session_id,
            message_id=body.message_id or origin["request_id"],
            input=silent if body.input is UNSET else body.input,
            waiting=waiting,
            agent_id=body.agent_id if unreached else "",
            **origin,
        )
    return _Asking(command, addressed(command, traceparent))


def _is_over(command: Asked, answer: CommandAnswered) -> bool:
    """Whoever asks about a call that is over is to hang up."""
    hung_up = isinstance(command, EndConversation) and answer.verdict is Verdict.ACCEPTED
    return hung_up or (answer.verdict is Verdict.CONFLICT and answer.reason == _CLOSED)


def homes_of(directory: Directory, flow: Flow) -> dict[str, QueueHome]:
    """Where each queue of the flow is, with its hours where somebody may be called back from it. Raises
    UnknownQueue."""
    deferring = {node.queue for node in flow.nodes.values() if isinstance(node, CallBack | LeaveMessage)}
    homes = {queue: home_of(directory, queue) for queue in flow.queues}
    return {
        name: replace(home, hours=directory.hours_of(home.queue)) if name in deferring else home
        for name, home in homes.items()
    }


def home_of(directory: Directory, queue: str) -> QueueHome:
    """Where the queue is; one that no pool has is the first one of all. Raises UnknownQueue."""
    try:
        return QueueHome(*directory.find(queue))
    except UnknownQueue:
        return QueueHome(*directory.find(""))
